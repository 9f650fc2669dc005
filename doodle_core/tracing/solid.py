"""Solid ink as discs: what the centre lines of an area leave bare is covered by the largest discs that fit.

Thinning takes a compact area, such as a filled square, down to a point or a squiggle, and there is no centre line to
follow. Discs round the deepest bare places, largest first, are a coarse medial axis (Blum 1967).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["discs"]

Floats: TypeAlias = NDArray[np.float64]


def discs(bare: NDArray[np.bool_], depth: Floats, smallest: float, most: int = 32) -> list[tuple[float, float, float]]:
    """Discs (x, y, radius), in pixels, that cover the bare ink.

    bare      (n, n) bool: ink that nothing covers yet; not changed
    depth     (n, n) float64: distance to the edge of the ink, positive inside
    smallest  a disc of a smaller radius is not worth one
    """
    left = np.where(bare, depth, 0.0)
    rows, columns = np.mgrid[0 : bare.shape[0], 0 : bare.shape[1]]
    answer: list[tuple[float, float, float]] = []
    while len(answer) < most:
        j, i = np.unravel_index(int(left.argmax()), left.shape)
        radius = float(left[j, i])
        if radius < smallest:
            break
        answer.append((float(i) + 0.5, float(j) + 0.5, radius))
        left[(rows - j) ** 2 + (columns - i) ** 2 <= radius**2] = 0.0
    return answer
