"""Ink that only one of two keys has, drawn on as a pen would: lines from a point on, not small pictures of them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.strokes.paired import Paired

__all__ = ["draw_on", "drawn_along"]

Floats: TypeAlias = NDArray[np.float64]

_SET_DOWN = 0.08  # of the way from key to key: in this time the pen reaches its full weight


def draw_on(paired: Paired, vertices: Floats, fraction: float) -> Floats:
    """The vertices (V, 3) of a walk at a fraction in 0..1, with the runs that are `drawn` as far as they are by then.

    A run's share that is drawn grows evenly with the fraction, along the line of the key that has it; the whole line
    goes with its starting vertex, so that it stays joined to what it continues.
    """
    marked = np.flatnonzero((paired.drawn != 0) & (np.diff(paired.offsets) > 0))
    if not len(marked) or fraction in (0.0, 1.0):
        return vertices
    answer = vertices.copy()
    for run in marked:
        part = slice(int(paired.offsets[run]), int(paired.offsets[run + 1]))
        comes = _comes(paired.first[part], paired.second[part])
        path, share = (paired.second, fraction) if comes else (paired.first, 1 - fraction)
        points, moved = path[part], answer[part]
        if paired.drawn[run] < 0:
            points, moved = points[::-1], moved[::-1]
        walked = _walked(points)
        reached = np.stack([np.interp(walked * share, walked, column) for column in points.T], axis=1)
        reached[:, :2] += moved[0, :2] - points[0, :2]
        start = (paired.first if comes else paired.second)[part][:, 2].min()
        down = min(1.0, share / _SET_DOWN)
        reached[:, 2] = (1 - down) * start + down * reached[:, 2]
        answer[part] = reached if paired.drawn[run] > 0 else reached[::-1]
    return answer


def drawn_along(paired: Paired, values: Floats, fraction: float) -> Floats:
    """What belongs to the vertices, (V, C), along the runs that are `drawn`: where `draw_on` has brought each vertex of
    such a run, the ink is that of another place of its line. Others keep their values."""
    marked = np.flatnonzero((paired.drawn != 0) & (np.diff(paired.offsets) > 0))
    if not len(marked) or fraction in (0.0, 1.0):
        return values
    answer = values.copy()
    for run in marked:
        part = slice(int(paired.offsets[run]), int(paired.offsets[run + 1]))
        comes = _comes(paired.first[part], paired.second[part])
        path, share = (paired.second, fraction) if comes else (paired.first, 1 - fraction)
        points, own = path[part], answer[part]
        if paired.drawn[run] < 0:
            points, own = points[::-1], own[::-1]
        walked = _walked(points)
        reached = np.stack([np.interp(walked * share, walked, column) for column in own.T], axis=1)
        answer[part] = reached if paired.drawn[run] > 0 else reached[::-1]
    return answer


def _walked(points: Floats) -> Floats:
    """Length of line up to each of its points (n, 2 or more)."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points[:, :2], axis=0).T))])


def _comes(first: Floats, second: Floats) -> bool:
    """Whether a run (n, 3) is of the second key: at the key without it, it is in one place, and thinner."""
    still, too = (not np.ptp(key[:, :2], axis=0).any() for key in (first, second))
    return bool(first[:, 2].max() <= second[:, 2].max()) if still and too else still
