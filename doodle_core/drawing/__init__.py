"""What a key shows: a `Drawing` (lines and areas in paint order) or a `Picture` (pixels)."""

from typing import TypeAlias

from doodle_core.drawing.drawing import MOST_SHAPES, MOST_VERTICES, Drawing
from doodle_core.drawing.picture import Picture
from doodle_core.drawing.storage import digest, from_bytes, is_empty, to_bytes

__all__ = [
    "MOST_SHAPES",
    "MOST_VERTICES",
    "Drawing",
    "Picture",
    "Shown",
    "Strokes",
    "digest",
    "from_bytes",
    "is_empty",
    "to_bytes",
]

Strokes = Drawing
"""The name of `Drawing` in the first edition, kept for scripts: `Strokes.make(...)`."""

Shown: TypeAlias = Drawing | Picture
"""What a key shows."""
