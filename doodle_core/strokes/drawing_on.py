"""Ink that only one of two keys has, drawn on as a pen would: lines from a point on, not small pictures of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.strokes.paired import Paired

__all__ = ["draw_on", "drawn_along"]

Floats: TypeAlias = NDArray[np.float64]

_SET_DOWN = 0.08  # of the way from key to key: in this time the pen reaches its full weight


@dataclass(frozen=True)
class _Growing:
    """A run that is partly drawn. rows: its vertices (n,), from where the pen starts; points: where these are at the
    key that has the line, (n, 3); share: how much of it is drawn; start_radius: of the pen before it is set down."""

    rows: NDArray[np.int64]
    points: Floats
    share: float
    start_radius: float

    def reached(self, values: Floats) -> Floats:
        """What is along the whole line, (n, C), at the places of the vertices on the part that is drawn."""
        walked = _walked(self.points)
        return np.stack([np.interp(walked * self.share, walked, column) for column in values.T], axis=1)


def draw_on(paired: Paired, vertices: Floats, fraction: float) -> Floats:
    """The vertices (V, 3) of a walk at a fraction in 0..1, with the runs that are `drawn` as far as they are by then.

    A run's share that is drawn grows evenly with the fraction, along the line of the key that has it; the whole line
    goes with its starting vertex, so that it stays joined to what it continues.
    """
    answer = vertices if not 0.0 < fraction < 1.0 else vertices.copy()
    for run in _growing(paired, fraction):
        points = run.points
        reached, moved = run.reached(points), answer[run.rows]
        reached[:, :2] += moved[0, :2] - points[0, :2]
        down = min(1.0, run.share / _SET_DOWN)
        reached[:, 2] = (1 - down) * run.start_radius + down * reached[:, 2]
        answer[run.rows] = reached
    return answer


def drawn_along(paired: Paired, values: Floats, fraction: float) -> Floats:
    """What belongs to the vertices, (V, C), along the runs that are `drawn`: where `draw_on` has brought each vertex of
    such a run, the ink is that of another place of its line. Others keep their values."""
    answer = values if not 0.0 < fraction < 1.0 else values.copy()
    for run in _growing(paired, fraction):
        answer[run.rows] = run.reached(answer[run.rows])
    return answer


def _growing(paired: Paired, fraction: float) -> Iterator[_Growing]:
    """The runs that are `drawn`, at a fraction of the way; none at either end."""
    if not 0.0 < fraction < 1.0:
        return
    for run in np.flatnonzero((paired.drawn != 0) & (np.diff(paired.offsets) > 0)):
        rows = np.arange(paired.offsets[run], paired.offsets[run + 1])[:: 1 if paired.drawn[run] > 0 else -1]
        comes = _comes(paired.first[rows], paired.second[rows])
        here, gone = (paired.second, paired.first) if comes else (paired.first, paired.second)
        share = fraction if comes else 1 - fraction
        yield _Growing(rows, here[rows], share, float(gone[rows, 2].min()))


def _walked(points: Floats) -> Floats:
    """Length of line up to each of its points (n, 2 or more)."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points[:, :2], axis=0).T))])


def _comes(first: Floats, second: Floats) -> bool:
    """Whether a run (n, 3) is of the second key: at the key without it, it is in one place, and thinner."""
    still, too = (not np.ptp(key[:, :2], axis=0).any() for key in (first, second))
    return bool(first[:, 2].max() <= second[:, 2].max()) if still and too else still
