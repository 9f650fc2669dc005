"""Polylines with fewer vertices, all of a drawing at once."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["kept_vertices"]

Floats: TypeAlias = NDArray[np.float64]


def kept_vertices(
    values: Floats, offsets: NDArray[np.int64], tolerance: Floats, fixed: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Which vertices of polylines are enough to stay within a tolerance (Ramer 1972, Douglas and Peucker 1973).

    Every level of the recursion is one pass over all vertices, so that many short polylines cost no more than a long
    one.

    Parameters
    ----------
    values : (V, C) float64
        Places, and what else is straight between vertices.
    offsets : (N + 1,) int64
        Polyline n has the vertices offsets[n]:offsets[n + 1]. A closed one ends with its first vertex once more.
    tolerance : (V,) float64
        How far the result may lie from each vertex, in the unit of the values.
    fixed : (V,) bool or None
        Vertices that are kept in any case. First and last ones are.

    Returns
    -------
    (V,) bool
    """
    kept = np.zeros(len(values), np.bool_)
    if not len(values):
        return kept
    some = offsets[1:] > offsets[:-1]
    first, last = offsets[:-1][some], offsets[1:][some] - 1
    kept[first] = kept[last] = True
    if fixed is not None:
        kept |= fixed
    closed = (last > first) & (np.abs(values[first] - values[last]).max(axis=1) < 1e-9)
    for start, end in zip(first[closed], last[closed], strict=True):  # the farthest vertex is the second anchor
        kept[start + np.argmax(((values[start:end] - values[start]) ** 2).sum(axis=1))] = True
    open_ = np.ones(len(values), np.bool_)  # whether a vertex lies in a stretch that may still be cut
    while True:
        anchors = np.flatnonzero(kept)
        stretch = np.cumsum(kept) - 1
        inner = np.flatnonzero(~kept & open_)
        if not len(inner):
            return kept
        part = stretch[inner]
        low, high = values[anchors[part]], values[anchors[part + 1]]
        chord = high - low
        away = values[inner] - low
        share = np.clip((away * chord).sum(axis=1) / np.maximum((chord**2).sum(axis=1), 1e-12), 0, 1)
        off = np.sqrt(((away - share[:, None] * chord) ** 2).sum(axis=1)) / tolerance[inner]
        begins = np.flatnonzero(np.diff(part, prepend=-1))
        worst = np.maximum.reduceat(off, begins)
        counts = np.diff(np.append(begins, len(inner)))
        open_[inner[np.repeat(worst <= 1, counts)]] = False
        # The first of equal ones, so that the result does not depend on the machine.
        peak = np.flatnonzero((off == np.repeat(worst, counts)) & (off > 1))
        peak = peak[np.diff(part[peak], prepend=-1) > 0]
        kept[inner[peak]] = True
