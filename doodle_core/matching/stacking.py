"""What lies on what: of two shapes that overlap at both keys, the upper one mostly stays the upper one."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.matching.description import Description

__all__ = ["overlaps", "stacking_gain"]

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

_EXPECTED = (0.9, 4.0)  # that share of so many overlapping pairs is expected to keep its order


def stacking_gain(first: Bools, second: Bools, i: Ints, j: Ints) -> float:
    """How much likelier pairs of shapes (M,) are for keeping what lies on what, nats: below 0 where they do not.

    As much as it is seen to be kept: where paint order is random, it says nothing.

    Parameters
    ----------
    first, second : (Na, Na) and (Nb, Nb) bool
        `overlaps` of either key.
    i, j : (M,) int64
        The pairs; i rises.
    """
    one, two = np.nonzero(np.triu(first[np.ix_(i, i)]))  # the second lies on the first
    both = second[j[one], j[two]]
    kept = int((both & (j[one] < j[two])).sum())
    count = int(both.sum())
    expected, worth = _EXPECTED
    share = (kept + expected * worth) / (count + worth)
    return float(kept * np.log(share / 0.5) + (count - kept) * np.log((1 - share) / 0.5))


def overlaps(d: Description) -> Bools:
    """Which shapes overlap (N, N): one an area, in one layer, and not an area with its own line."""
    near = np.abs(d.centres[:, None] - d.centres[None]) < np.maximum(d.spreads[:, None], d.spreads[None])
    answer: Bools = near & (d.areas[:, None] | d.areas[None]) & (d.layers[:, None] == d.layers[None])
    twins = np.flatnonzero(d.twins >= 0)
    answer[twins, d.twins[twins]] = False
    np.fill_diagonal(answer, False)
    return answer
