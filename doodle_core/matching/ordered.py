"""The cheapest pairs that keep the order of both keys: one list, edited."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["in_step"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


def in_step(cost: Floats, lone: float) -> tuple[Ints, Ints]:
    """Align two lists (Needleman and Wunsch 1970).

    Parameters
    ----------
    cost : (Na, Nb) float64
        Of each pair.
    lone : float
        What leaving out one entry of each list costs.

    Returns
    -------
    i, j : (M,) int64
        The pairs, both rising.
    """
    rows, columns = cost.shape
    gain = np.minimum(cost - lone, 0.0)
    # least[r, c]: the least sum with the first r and the first c entries. A row needs the running least along it.
    least = np.zeros((rows + 1, columns + 1))
    for row in range(rows):
        taken = np.minimum(least[row, 1:], least[row, :-1] + gain[row])
        least[row + 1, 1:] = np.minimum.accumulate(np.minimum(taken, 0.0))
    i, j = [], []
    row, column = rows, columns
    while row and column:
        here = least[row, column]
        if here == least[row - 1, column]:
            row -= 1
        elif here == least[row, column - 1]:
            column -= 1
        else:
            row, column = row - 1, column - 1
            i.append(row)
            j.append(column)
    return np.array(i[::-1], np.int64), np.array(j[::-1], np.int64)
