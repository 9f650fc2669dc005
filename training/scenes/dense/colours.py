"""The colours of dense scenes: linear red, green and blue."""

from __future__ import annotations

__all__ = ["BLUE", "BROWN", "DARK", "GREEN", "GREY", "RED", "SKIN", "WHITE", "YELLOW"]

SKIN, RED, BLUE, BROWN = (0.8, 0.55, 0.42), (0.7, 0.1, 0.1), (0.1, 0.2, 0.6), (0.25, 0.12, 0.05)
GREY, GREEN, WHITE, YELLOW = (0.45, 0.45, 0.5), (0.15, 0.45, 0.15), (0.95, 0.95, 0.95), (0.85, 0.7, 0.1)
DARK = (0.02, 0.02, 0.02)
