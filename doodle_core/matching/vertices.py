"""Vertex onto vertex: contours that were copied and edited, and so have as many vertices, spaced alike."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.congruence import starts as fitted
from doodle_core.geometry.sampling import Outlines

__all__ = ["by_vertices"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Complexes: TypeAlias = NDArray[np.complex128]
Marks: TypeAlias = tuple[Floats, Floats]

_STILL = 0.15  # how much a small turn is preferred
_SPACED = 0.12  # the part of the length that may be spaced otherwise
_WEIGHT = 1.0  # how much spacing counts for the start, beside form
_STILL_STANDING = 1e-3  # model pixels
_SAME_NUMBER = 0.1  # how much worse contours may fit vertex to vertex: as many vertices are seldom chance
_MOST = 400  # vertices: above, contours are matched by their form


def by_vertices(
    a: Outlines, b: Outlines, i: Ints, j: Ints, factor: Complexes, forwards: Floats, even: Floats
) -> dict[int, Marks]:
    """The marks of those pairs of contours that go vertex to vertex, by the number of the pair.

    Parameters
    ----------
    i, j : (M,) int64
        Pairs of contours.
    factor : (M,) complex128
        How each pair's surroundings turn and grow.
    forwards : (M,) float64
        How much running the same way is preferred.
    even : (M,) float64
        How well they fit by places evenly along them, as `Congruence.worth`: closed ones that fit about as well
        vertex to vertex go so, however these are spaced.
    """
    counts = a.distinct[i], b.distinct[j]
    alike = (counts[0] == counts[1]) & (a.closed[i] == b.closed[j]) & (counts[0] > 2) & (counts[0] <= _MOST)
    alike &= (a.lengths[i] > 0) & (b.lengths[j] > 0)
    answer = _unchanged(a, b, i, j)
    alike[list(answer)] = False
    keys = counts[0] * 2 + a.closed[i]
    for key in np.unique(keys[alike]).tolist():
        rows = np.flatnonzero(alike & (keys == key))
        n, closed = key // 2, bool(key % 2)
        own, other = _table(a, i[rows], n), _table(b, j[rows], n)
        start, backwards, good, worth = _best(a, b, own, other, closed, factor[rows], forwards[rows])
        good |= closed & (worth > even[rows] - _SAME_NUMBER)
        for m, row in enumerate(rows.tolist()):
            if good[m]:
                whole = float(a.lengths[i[row]]), float(b.lengths[j[row]])
                answer[row] = _marks(
                    a.along[own[m]], b.along[other[m]], whole, closed, int(start[m]), bool(backwards[m])
                )
    return answer


def _unchanged(a: Outlines, b: Outlines, i: Ints, j: Ints) -> dict[int, Marks]:
    """Contours whose vertices lie one and all where they lay, or all moved by the same: each vertex is itself."""
    answer = {}
    for m in np.flatnonzero((a.counts[i] == b.counts[j]) & (a.closed[i] == b.closed[j])).tolist():
        own, other = (slice(o.offsets[c], o.offsets[c + 1]) for o, c in ((a, i[m]), (b, j[m])))
        moved = b.points[other] - a.points[own]
        if np.abs(moved - moved[0]).max() <= _STILL_STANDING:
            here, there = a.along[own], b.along[other]
            kept = np.concatenate([[True], np.diff(here) > 1e-9])
            kept[-1] = True
            if not (np.diff(here[kept]) > 0).all():
                kept[:] = False
                kept[[0, -1]] = True
            answer[m] = (here[kept], there[kept]) if kept.sum() > 1 else (np.zeros(2), np.zeros(2))
    return answer


def _table(outlines: Outlines, contours: Ints, n: int) -> Ints:
    return outlines.offsets[contours][:, None] + np.arange(n)


def _steps(along: Floats, lengths: Floats, closed: bool) -> Floats:
    """The length from each vertex to the next, as parts of the whole."""
    ends = np.concatenate([along, lengths[:, None]], axis=1) if closed else along
    return np.diff(ends, axis=1) / lengths[:, None]


def _best(
    a: Outlines, b: Outlines, own: Ints, other: Ints, closed: bool, factor: Complexes, forwards: Floats
) -> tuple[Ints, Bools, Bools, Floats]:
    """Start and direction of each pair (rows of vertices (M, n)), whether they are spaced alike, and how well they
    fit."""
    p, q = a.points[own] * factor[:, None], b.points[other]
    p, q = p - p.mean(axis=1, keepdims=True), q - q.mean(axis=1, keepdims=True)
    energy = np.sqrt(np.mean(np.abs(p) ** 2, axis=1) * np.mean(np.abs(q) ** 2, axis=1)) + 1e-12
    whole = [
        np.array([(o.along[r[-1]] + abs(o.points[r[0]] - o.points[r[-1]])) if closed else o.along[r[-1]] for r in rows])
        for o, rows in ((a, own), (b, other))
    ]
    u, v = _steps(a.along[own], whole[0], closed), _steps(b.along[other], whole[1], closed)
    size, n = p.shape
    starts = n if closed else 1
    worth, apart = np.empty((size, 2, starts)), np.empty((size, 2, starts))
    for way in (0, 1):
        r = q if way == 0 else q[:, ::-1]
        if closed:
            worth[:, way] = fitted(p, r)[0]
        else:
            value = np.mean(np.conj(p) * r, axis=1)[:, None] / energy[:, None]
            worth[:, way] = np.abs(value + _STILL) / (1 + _STILL)
        # Reversed, the step from vertex k is the one that led to it.
        w = v if way == 0 else (np.roll(v[:, ::-1], -1, axis=1) if closed else v[:, ::-1])
        for s in range(starts):
            apart[:, way, s] = np.abs(u - (np.roll(w, -s, axis=1) if closed else w)).sum(axis=1) / 2
    # Spacing tells as much as it is uneven, and yet the same at both.
    uneven = np.minimum(*(np.abs(w - w.mean(axis=1, keepdims=True)).sum(axis=1) / 2 for w in (u, v)))
    telling = np.clip(1 - apart.min(axis=(1, 2)) / np.maximum(uneven, 1e-9), 0.0, 1.0) ** 2
    total = worth - _WEIGHT * telling[:, None, None] * apart
    total[:, 0] += forwards[:, None]
    if closed:
        turned = _area(p) * _area(q) < 0
        total[turned, 0] -= 0.5
        total[~turned, 1] -= 0.5
    flat = total.reshape(size, -1).argmax(axis=1)
    way, start = flat // starts, flat % starts
    rows = np.arange(size)
    return start, way == 1, apart[rows, way, start] < _SPACED, worth[rows, way, start]


def _area(points: Complexes) -> Floats:
    return np.imag(np.conj(points) * np.roll(points, -1, axis=1)).sum(axis=1) / 2


def _marks(
    along: Floats, other: Floats, whole: tuple[float, float], closed: bool, start: int, backwards: bool
) -> Marks:
    """Marks at every vertex."""
    n = len(along)
    order = (np.arange(n) + start) % n
    if backwards:
        order = n - 1 - order
    there = other[order]
    if closed:
        here = np.append(along, whole[0])
        sign = -1.0 if backwards else 1.0
        steps = np.mod(sign * np.diff(there), whole[1])
        there = there[0] + sign * np.concatenate([[0.0], np.cumsum(steps), [whole[1]]])
    else:
        here, there = along.copy(), there.copy()
        here[-1] = whole[0]
        there[0], there[-1] = (whole[1], 0.0) if backwards else (0.0, whole[1])
    kept = np.concatenate([[True], np.diff(here) > 1e-9])
    if not kept[-1]:
        kept[np.flatnonzero(kept)[-1]] = False
        kept[0] = kept[-1] = True
    return here[kept], there[kept]
