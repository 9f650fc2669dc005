"""Which way an open line runs, by where its ends are: a tail hangs on the body by the same end at both keys."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.sampling import Outlines
from doodle_core.matching.motion import Motion

__all__ = ["ends_kept"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_WEIGHT = 0.06  # what is gained, as a part of a perfect fit, by ends nearer by the scale below
_MOST = 0.25
_HUNG = 0.3  # what is gained where the one end that touches other lines does so at both keys


def ends_kept(a: Outlines, b: Outlines, i: Ints, j: Ints, motion: Motion) -> Floats:
    """How much nearer the ends of open contours (M,) are to where they are expected when both run the same way: (M,),
    below 0 where the other way is nearer, 0 where one is closed.

    Parameters
    ----------
    i, j : (M,) int64
        Pairs of contours.
    motion : Motion
        How each pair's surroundings move, (M,).
    """
    answer = np.zeros(len(i))
    rows = np.flatnonzero(~a.closed[i] & ~b.closed[j])
    if not len(rows):
        return answer
    none, whole = np.zeros((len(rows), 1)), np.ones((len(rows), 1))
    p = a.at(i[rows], np.concatenate([none, whole * a.lengths[i[rows], None]], axis=1))
    q = b.at(j[rows], np.concatenate([none, whole * b.lengths[j[rows], None]], axis=1))
    own = motion.of(rows)
    expected, scale = own.at(p), own.error[:, None] + 1.0
    ahead, back = (np.log1p((np.abs(expected - end) / scale) ** 2).sum(axis=1) for end in (q, q[:, ::-1]))
    hung = _one_each(a.hanging[i[rows]], b.hanging[j[rows]])
    answer[rows] = np.clip(_WEIGHT * (back - ahead), -_MOST, _MOST) + _HUNG * hung
    return answer


def _one_each(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Floats:
    """1 where just one end touches at either key (M, 2), and the same; -1 where the other one; else 0."""
    single = (first.sum(axis=1) == 1) & (second.sum(axis=1) == 1)
    return np.where(single, np.where(first[:, 0] == second[:, 0], 1.0, -1.0), 0.0)
