"""Units that all of the library shares."""

__all__ = ["MODEL_PIXELS"]

MODEL_PIXELS = 64.0
"""Model pixels along a side of the canvas, whatever the picture's size: the unit of line weight, softness and sigma."""
