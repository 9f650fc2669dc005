"""Values of pixels at places between them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["sampled"]

Floats: TypeAlias = NDArray[np.float64]


def sampled(values: NDArray[np.float32], places: Floats) -> Floats:
    """Values (H, W) of pixels at places (..., 2), between pixel centres straight, beyond the edge those of the edge."""
    height, width = values.shape
    x = np.clip(places[..., 0] - 0.5, 0, width - 1)
    y = np.clip(places[..., 1] - 0.5, 0, height - 1)
    i = np.minimum(x.astype(np.int64), max(width - 2, 0))
    j = np.minimum(y.astype(np.int64), max(height - 2, 0))
    fx, fy = x - i, y - j
    right, below = np.minimum(i + 1, width - 1), np.minimum(j + 1, height - 1)
    top = values[j, i] * (1 - fx) + values[j, right] * fx
    bottom = values[below, i] * (1 - fx) + values[below, right] * fx
    return np.asarray(top * (1 - fy) + bottom * fy, np.float64)
