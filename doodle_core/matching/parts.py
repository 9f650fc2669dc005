"""Which contour of a shape became which contour of its partner: outlines onto outlines, holes onto holes."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.matching.description import Description

__all__ = ["parts"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]

_COUNT = 32
_WORST = 4.0


def parts(a: Description, b: Description, i: Ints, j: Ints) -> tuple[Ints, Ints, Ints]:
    """Pairs of contours.

    Parameters
    ----------
    i, j : (M,) int64
        Pairs of rows of the descriptions.

    Returns
    -------
    first, second : (P,) int64
        Contours of the two drawings.
    pair : (P,) int64
        The pair of shapes that each belongs to.
    """
    first, second, pair = [], [], []
    several = (a.counts[i, 0] > 1) | (b.counts[j, 0] > 1)
    for m in range(len(i)):
        if not several[m]:
            found = [(int(a.main[i[m]]), int(b.main[j[m]]))]
        else:
            found = _pairs(a, b, int(a.numbers[i[m]]), int(b.numbers[j[m]]))
        for c, d in found:
            first.append(c)
            second.append(d)
            pair.append(m)
    return np.array(first, np.int64), np.array(second, np.int64), np.array(pair, np.int64)


def _pairs(a: Description, b: Description, s: int, t: int) -> list[tuple[int, int]]:
    from scipy.optimize import linear_sum_assignment  # slow to import

    inside = [_contours(a, s), _contours(b, t)]
    (ca, ma, ra, da), (cb, mb, rb, db) = (_measured(d, c) for d, c in zip((a, b), inside, strict=True))
    # Places and sizes as parts of the whole shape's.
    place = np.abs(ma[:, None] - mb[None]) / 0.3
    size = np.abs(np.log(ra[:, None] / rb[None])) / 0.5
    hole = 3.0 * ((da[:, None] % 2) != (db[None] % 2))
    cost = np.log1p(place**2) + np.log1p(size**2) + hole
    rows, columns = linear_sum_assignment(np.minimum(cost - _WORST, 0.0))
    found = [(int(ca[r]), int(cb[c])) for r, c in zip(rows, columns, strict=True) if cost[r, c] < _WORST]
    if not found:
        found = [(int(ca[ra.argmax()]), int(cb[rb.argmax()]))]
    return found


def _contours(d: Description, shape: int) -> Ints:
    numbers = np.arange(d.contours[shape], d.contours[shape + 1])
    return numbers[d.outlines.counts[numbers] > 0]


def _measured(d: Description, contours: Ints) -> tuple[Ints, Complexes, Floats, Ints]:
    """Contours; their centres and spreads, with the whole shape's as unit; how many of the others each lies in."""
    _, points = d.outlines.sampled(contours, _COUNT)
    centres = points.mean(axis=1)
    spreads = np.sqrt(np.mean(np.abs(points - centres[:, None]) ** 2, axis=1)) + 0.05
    largest = int(spreads.argmax())
    depth = np.zeros(len(contours), np.int64)
    for k, outline in enumerate(points):
        for m, point in enumerate(points[:, 0]):
            if m != k and d.outlines.closed[contours[k]]:
                x, y = outline - point, np.roll(outline, -1) - point
                crosses = ((x.imag > 0) != (y.imag > 0)) & (x.real * y.imag - y.real * x.imag > 0) == (y.imag > x.imag)
                crosses &= (x.imag > 0) != (y.imag > 0)
                depth[m] += int(crosses.sum()) % 2
    return contours, (centres - centres[largest]) / spreads[largest], spreads / spreads[largest], depth
