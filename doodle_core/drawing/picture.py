"""A picture: ink on the square canvas, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing.drawing import _own
from doodle_core.errors import DoodleError

__all__ = ["Picture"]


@dataclass(frozen=True, eq=False)
class Picture:
    """Ink coverage on the square canvas, and its colours. The arrays become read-only copies.

    Parameters
    ----------
    ink : (n, n) float32, n >= 1
        0 is paper, 1 is ink; row j, column i has its centre at ((i + 0.5) / n, (j + 0.5) / n).
    colours : (n, n, 3) uint8 or None
        Red, green and blue of the ink as the picture file has them (sRGB). None: not known, and painted in the style's
        colour.
    light : bool
        Whether ink is light on dark paper: colours that are pale on white paper are not meant to be.

    Raises
    ------
    DoodleError
        For another shape, NaN, or values outside 0 to 1.
    """

    ink: NDArray[np.float32]
    colours: NDArray[np.uint8] | None = None
    light: bool = False

    def __post_init__(self) -> None:
        ink = _own(self.ink, np.float32)
        if ink.ndim != 2 or ink.shape[0] != ink.shape[1] or ink.shape[0] < 1:
            raise DoodleError(f"ink has shape {ink.shape}; give a square (n, n)")
        if not ((ink >= 0) & (ink <= 1)).all():  # NaN compares false
            raise DoodleError("ink has values that are not between 0 and 1; scale the picture to 0..1")
        object.__setattr__(self, "ink", ink)
        if self.colours is not None:
            colours = _own(self.colours, np.uint8)
            if colours.shape != (*ink.shape, 3):
                raise DoodleError(f"colours have shape {colours.shape}; give ({ink.shape[0]}, {ink.shape[1]}, 3)")
            object.__setattr__(self, "colours", colours)
