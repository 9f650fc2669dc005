"""The map between two polylines that deforms least: dynamic programming over their points, many pairs at once."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["warp"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]

_STEPS = ((1, 1), (1, 2), (2, 1), (2, 3), (3, 2), (1, 3), (3, 1))
_STRETCH = 0.5  # what being stretched costs, beside being turned
_BAND = 0.25  # of the number of points: how far the map may stray from the even one
_PLACE = 0.15  # what lying apart costs, beside being stretched and turned
_CORNER = 0.5  # what a corner on a corner gains, a radian
_STRAY = 0.02  # what each step that is not even costs, of the mean length of a step
_NEVER = np.float32(1e9)


def warp(p: Complexes, q: Complexes, sharp_p: Floats, sharp_q: Floats) -> Floats:
    """The place on `q` of each point of `p`.

    Parameters
    ----------
    p, q : (M, K) complex128
        Points of M pairs, `p` already turned, scaled and moved onto `q`; the first belong together, and the last.
    sharp_p, sharp_q : (M, K) float64
        How far the polyline turns there, radians, where that is a corner; else 0.

    Returns
    -------
    places : (M, K) float64
        Not falling, from 0 to K - 1: an index into `q`, straight between points.
    """
    size, count = p.shape
    p, q = p.astype(np.complex64), q.astype(np.complex64)
    unit = (np.abs(np.diff(p, axis=1)).mean(axis=1) + np.abs(np.diff(q, axis=1)).mean(axis=1)) / 2 + np.float32(1e-6)
    p, q = p / unit[:, None], q / unit[:, None]
    spread = np.sqrt(np.mean(np.abs(q - q.mean(axis=1, keepdims=True)) ** 2, axis=1)) + np.float32(1e-3)
    least = np.full((size, count, count), _NEVER, np.float32)
    came = np.zeros((size, count, count), np.int8)
    least[:, 0, 0] = 0
    sharp = sharp_p.astype(np.float32), sharp_q.astype(np.float32)
    band = max(4, int(_BAND * count))
    chords = {b: q[:, b:] - q[:, :-b] for _, b in _STEPS}
    reach = {b: np.abs(v) for b, v in chords.items()}
    for i in range(1, count):
        low, high = max(1, i - band), min(count, i + band + 1)
        apart = np.abs(p[:, i, None] - q[:, low:high]) / spread[:, None]
        place = np.float32(_PLACE) * apart * apart
        row = np.full((size, high - low), _NEVER, np.float32)
        best = np.zeros((size, high - low), np.int8)
        for number, (a, b) in enumerate(_STEPS):
            start = max(low, b)
            if i < a or start >= high:
                continue
            u = p[:, i] - p[:, i - a]
            v, long = chords[b][:, start - b : high - b], reach[b][:, start - b : high - b]
            own = np.abs(u)[:, None]
            product = 2 * (own * long - (u.real[:, None] * v.real + u.imag[:, None] * v.imag))
            cost = (product + np.float32(_STRETCH) * (own - long) ** 2) / (own + long + np.float32(1e-3))
            cost += least[:, i - a, start - b : high - b] + np.float32(_STRAY * (a != b))
            cost += place[:, start - low :] * np.float32((a + b) / 2)
            part = row[:, start - low :]
            better = cost < part
            np.copyto(part, cost, where=better)
            best[:, start - low :][better] = number
        row -= np.float32(_CORNER) * np.minimum(sharp[0][:, i, None], sharp[1][:, low:high])
        least[:, i, low:high], came[:, i, low:high] = row, best
    return _traced(came, count)


def _traced(came: NDArray[np.int8], count: int) -> Floats:
    """Back from the ends: the places (M, K)."""
    size = len(came)
    steps = np.array(_STEPS)
    every = np.arange(size)
    i, j = np.full(size, count - 1), np.full(size, count - 1)
    places = np.full((size, count), -1.0)
    places[every, i] = j
    while (i > 0).any():
        step = steps[came[every, i, j]]
        a = np.minimum(step[:, 0], i)
        before, behind = i - a, np.maximum(j - step[:, 1], 0)
        for skipped in (1, 2):
            rows = np.flatnonzero(a > skipped)
            part = skipped / a[rows]
            places[rows, i[rows] - skipped] = j[rows] + part * (behind[rows] - j[rows])
        i, j = before, np.where(before == i, j, behind)
        places[every, i] = j
    places[:, 0] = 0.0
    return places
