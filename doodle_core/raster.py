"""Drawings to fields and ink, pictures to drawings.

ink: coverage, float32 in 0..1 (1 = ink). field: float32 signed distance to the ink's edge, POSITIVE INSIDE the ink, in
model pixels (1/64 of the canvas side) whatever the sampling, truncated to [-FIELD_LIMIT, FIELD_LIMIT].
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing, Picture

__all__ = ["FIELD_LIMIT", "RESOLUTION", "field", "field_from_ink", "from_pixels", "ink", "split_sheet"]

RESOLUTION = 64  # model pixels a side of the canvas
FIELD_LIMIT = 3.0  # model pixels; farther from an edge the field is flat

Array: TypeAlias = NDArray[np.float32]


def field(drawing: Drawing, size: int, resolution: int = RESOLUTION) -> Array:
    """The drawing's field sampled at size x size pixel centres: (size, size) float32, model pixels."""
    raise NotImplementedError


def ink(drawing: Drawing, size: int) -> Array:
    """The drawing's ink coverage at size x size pixels: (size, size) float32, 0..1."""
    raise NotImplementedError


def field_from_ink(ink: NDArray[np.floating], resolution: int = RESOLUTION) -> Array:
    """The field whose cut at the same size is `ink`, (n, n) -> (n, n) float32, model pixels."""
    raise NotImplementedError


def from_pixels(
    pixels: NDArray[Any], polarity: Literal["auto", "dark", "light"] = "auto", size: int | None = None
) -> Picture:
    """A picture file's pixels, H x W or H x W x 2|3|4, as a square Picture."""
    raise NotImplementedError


def split_sheet(pixels: NDArray[Any], columns: int, rows: int) -> list[NDArray[Any]]:
    """Cut a sheet of doodles into its cells, row by row."""
    raise NotImplementedError
