"""Polylines over time with fewer vertices, the same ones at every time."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["kept"]

Floats: TypeAlias = NDArray[np.float64]


def kept(points: Floats, radii: Floats, tolerance: float) -> NDArray[np.int64]:
    """The numbers of the vertices that are needed, the first and the last always.

    Douglas and Peucker, "Algorithms for the reduction of the number of points required to represent a digitized line"
    (1973), for all times at once: a vertex stays where it is needed at any.

    Parameters
    ----------
    points : (F, V, 2) float64
    radii : (F, V) float64
    tolerance : float
        How far, at any time, a vertex may be from the straight piece that stands for it, and its radius from that
        piece's.
    """
    count = points.shape[1]
    needed = np.zeros(count, np.bool_)
    needed[[0, -1]] = True
    waiting = [(0, count - 1)] if count > 2 else []
    while waiting:
        first, last = waiting.pop()
        a, b = points[:, first, None], points[:, last, None]
        inner = points[:, first + 1 : last] - a
        chord = b - a
        share = (inner * chord).sum(axis=2) / np.maximum((chord**2).sum(axis=2), 1e-12)
        share = np.clip(share, 0.0, 1.0)
        gap = inner - share[..., None] * chord
        wide = radii[:, first, None] + share * (radii[:, last, None] - radii[:, first, None])
        away = np.hypot(gap[..., 0], gap[..., 1])
        np.maximum(away, np.abs(radii[:, first + 1 : last] - wide), out=away)
        most = away.max(axis=0)
        worst = int(most.argmax())
        if most[worst] > tolerance:
            middle = first + 1 + worst
            needed[middle] = True
            waiting += [span for span in ((first, middle), (middle, last)) if span[1] - span[0] > 1]
    return np.flatnonzero(needed)
