"""A run: a stretch of contour whose vertices two keys share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Run"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Run:
    """Parameters
    ----------
    line, other : int
        The contour of the first and of the second key that the run lies on; -1 where that key has none.
    here, there : (n,) float64
        Lengths along these contours, model pixels; empty where there is none.
    first, second : (n, 2) float64
        Where the vertices are at either key, model pixels.
    cyclic : bool
        Whether the last vertex joins the first.
    lone, drawn : int
        As in `Aligned`.
    """

    line: int
    other: int
    here: Floats
    there: Floats
    first: Floats
    second: Floats
    cyclic: bool
    lone: int = 0
    drawn: int = 0

    def __len__(self) -> int:
        return len(self.first)
