"""From a signed field to a picture: resample, cut with a crisp edge, colour.

The model answers 64 x 64 numbers, yet a frame is sharp at any size, because the *field* is scaled (smooth, so it scales well) and only
then cut into ink. The cut is one output pixel wide, so an edge is anti-aliased and no more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from .errors import DoodleError

__all__ = ["FIELD_LIMIT", "LINE_WEIGHT_LIMIT", "RESOLUTION", "SOFTNESS_LIMIT", "Look", "cut", "resample", "shade"]

Array = npt.NDArray[np.float32]

RESOLUTION = 64  # model pixels a side; fields count in these whatever their sampling
FIELD_LIMIT = 3.0  # fields are truncated here, so nothing may shift or soften an edge by more
LINE_WEIGHT_LIMIT = 2.0
SOFTNESS_LIMIT = 4.0
_PAPER_MARGIN = 0.5  # decoded paper lies near -FIELD_LIMIT, not exactly on it: what softness has to leave alone


@dataclass(frozen=True)
class Look:
    """How ink is cut from a field and coloured.

    line_weight -- model pixels added on each side of a line, -2..2 (negative thins).
    softness    -- model pixels of extra edge width, 0..4; 0 is an edge of one output pixel.
    colour      -- straight (not premultiplied) RGBA, 0..1 each.

    Raises DoodleError for numbers outside those ranges, NaN included.
    """

    line_weight: float = 0.0
    softness: float = 0.0
    colour: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)

    def __post_init__(self) -> None:
        if not -LINE_WEIGHT_LIMIT <= self.line_weight <= LINE_WEIGHT_LIMIT:
            raise DoodleError(f"line weight {self.line_weight} is outside -{LINE_WEIGHT_LIMIT:g}..{LINE_WEIGHT_LIMIT:g}")
        if not 0.0 <= self.softness <= SOFTNESS_LIMIT:
            raise DoodleError(f"softness {self.softness} is outside 0..{SOFTNESS_LIMIT:g}")
        if len(self.colour) != 4 or not all(0.0 <= value <= 1.0 for value in self.colour):
            raise DoodleError(f"colour {self.colour} must be four numbers in 0..1: red, green, blue, alpha")


def _catmull_rom(distance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The cubic convolution kernel with a = -1/2 (Keys 1981; Catmull and Rom 1974)."""
    x = np.abs(distance)
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0))


def _b_spline(distance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The cubic B-spline kernel; a partition of unity that does not interpolate by itself."""
    x = np.abs(distance)
    near = 2.0 / 3.0 + x * x * (0.5 * x - 1.0)
    far = (2.0 - x) ** 3 / 6.0
    return np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0))
