"""Outlines of what is over a level in a field of pixels, exact between pixels (marching squares)."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["isolines"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_TOP, _RIGHT, _BOTTOM, _LEFT = range(4)
# By which corners of a square are over the level (top left 1, top right 2, bottom right 4, bottom left 8): from which
# of its sides to which the outline runs, with what is over the level to the left. Where two opposite corners are, they
# are apart.
_RUNS = {
    1: ((_LEFT, _TOP),),
    2: ((_TOP, _RIGHT),),
    3: ((_LEFT, _RIGHT),),
    4: ((_RIGHT, _BOTTOM),),
    5: ((_LEFT, _TOP), (_RIGHT, _BOTTOM)),
    6: ((_TOP, _BOTTOM),),
    7: ((_LEFT, _BOTTOM),),
    8: ((_BOTTOM, _LEFT),),
    9: ((_BOTTOM, _TOP),),
    10: ((_TOP, _RIGHT), (_BOTTOM, _LEFT)),
    11: ((_BOTTOM, _RIGHT),),
    12: ((_RIGHT, _LEFT),),
    13: ((_RIGHT, _TOP),),
    14: ((_TOP, _LEFT),),
}


def isolines(values: NDArray[np.floating], level: float = 0.5) -> list[tuple[Floats, tuple[int, int]]]:
    """The closed outlines of what is over a level.

    Lorensen and Cline (1987), in the plane; beyond the picture there is nothing over the level.

    Parameters
    ----------
    values : (H, W) float
    level : float

    Returns
    -------
    list of outlines: points (k, 2) float64, pixels, x and y, pixel (j, i) having its centre at (i + 0.5, j + 0.5); and
    the row and column of a pixel over the level beside it. In the order of the rows.
    """
    padded = np.pad(np.asarray(values, np.float64), 1, constant_values=min(0.0, level) - 1.0)
    padded[0] = padded[-1] = padded[:, 0] = padded[:, -1] = min(0.0, float(np.min(values, initial=0.0)))
    over = padded > level
    width = padded.shape[1]
    kind = over[:-1, :-1] + 2 * over[:-1, 1:] + 4 * over[1:, 1:] + 8 * over[1:, :-1]
    row, column = np.nonzero((kind > 0) & (kind < 15))
    kinds = kind[row, column]
    # Numbers of a square's sides: that above pixel corner (j, i) is 2 (j width + i), the one left of it the next.
    base = 2 * (row * width + column)
    sides = np.stack([base, base + 3, base + 2 * width, base + 1])
    starts, ends = [], []
    for number, runs in _RUNS.items():
        which = np.flatnonzero(kinds == number)
        for start, end in runs:
            starts.append(sides[start, which])
            ends.append(sides[end, which])
    start, end = np.concatenate(starts), np.concatenate(ends)
    order = np.argsort(start)
    start, end = start[order], end[order]
    following = np.searchsorted(start, end)
    j, i = np.divmod(start // 2, width)
    upright = start % 2 == 1
    to_j, to_i = j + upright, i + ~upright
    low, high = padded[j, i], padded[to_j, to_i]
    share = (level - low) / np.where(high == low, 1.0, high - low)
    points = np.stack([i - 0.5 + share * (to_i - i), j - 0.5 + share * (to_j - j)], axis=1)
    first = over[j, i]
    inside = np.stack([np.where(first, j, to_j) - 1, np.where(first, i, to_i) - 1], axis=1)
    answer = []
    for loop in _loops(following):
        j_, i_ = inside[loop[0]].tolist()
        answer.append((points[loop], (j_, i_)))
    return answer


def _loops(following: Ints) -> list[Ints]:
    """The cycles of a permutation."""
    successor = following.tolist()
    seen = [False] * len(successor)
    answer = []
    for number in range(len(successor)):
        if seen[number]:
            continue
        loop = []
        while not seen[number]:
            seen[number] = True
            loop.append(number)
            number = successor[number]
        answer.append(np.array(loop))
    return answer
