"""Which shape became which by what lies round it, wherever the whole has gone: neighbours stay neighbours.

Every shape may become one of some candidates. Where a shape and its neighbour become two candidates, the one should lie
from the other as at the first key. The candidates that agree best are found by passing messages between neighbours
(min-sum belief propagation, Pearl 1988), which follows motions that differ from part to part.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.matching.costs import fine
from doodle_core.matching.description import Description
from doodle_core.matching.motion import still

__all__ = ["related"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]

_CANDIDATES = 8
_NEAR, _LARGE = 6, 4  # neighbours of a shape: of all shapes, and of the large ones
_OFF = 1.5  # model pixels that a neighbour may lie elsewhere,
_OFF_SHARE = 0.25  # and that part of the distance
_MOST = 4.0  # the most that one neighbour says
_ROUNDS = 8
_KEPT = 0.5  # of the messages of the round before: they must not swing
_NONE = 6.0  # the cost of being no candidate


def related(a: Description, b: Description, cost: Floats) -> Floats:
    """The cost (Na, Nb) of each pair with what its surroundings say; what is no candidate costs much.

    Parameters
    ----------
    cost : (Na, Nb) float64
        Of each pair alone. 1e6 or more: impossible.
    """
    rows, columns = cost.shape
    count = min(_CANDIDATES, columns)
    chosen = np.argpartition(cost, count - 1, axis=1)[:, :count]
    own = np.minimum(np.take_along_axis(cost, chosen, axis=1), 1e3)
    one, two = _neighbours(a)
    if not len(one):
        return cost
    apart = _apart(a, b, chosen, one, two)
    # Messages from `one` to `two`: what each of its candidates costs, by the best of the candidates of `one`.
    messages = np.zeros((len(one), count))
    back = _reversed(one, two)
    for _ in range(_ROUNDS):
        belief = own + _summed(two, messages, rows)
        ahead = belief[one] - np.where(back[:, None] >= 0, messages[np.maximum(back, 0)], 0.0)
        best = (ahead[:, :, None] + apart).min(axis=1)
        floor = np.minimum(ahead.min(axis=1), _NONE)[:, None]
        fresh = np.minimum(best - floor, _MOST)
        fresh -= fresh.min(axis=1, keepdims=True)
        messages = _KEPT * messages + (1 - _KEPT) * fresh
    belief = own + _summed(two, messages, rows)
    answer = np.full(cost.shape, 1e6)
    np.put_along_axis(answer, chosen, belief, axis=1)
    answer[cost >= 1e6] = 1e6
    return answer


def _neighbours(a: Description) -> tuple[Ints, Ints]:
    """Pairs of neighbours, each twice: (E,) rows from which a message goes, and to which."""
    count = len(a)
    away = np.abs(a.centres[:, None] - a.centres[None])
    np.fill_diagonal(away, np.inf)
    away[a.layers[:, None] != a.layers[None]] *= 2.0
    linked = np.zeros((count, count), bool)
    large = np.flatnonzero(a.spreads >= np.quantile(a.spreads, 0.75)) if count else np.zeros(0, np.int64)
    for some, most in ((np.arange(count), _NEAR), (large, _LARGE)):
        near = min(most, len(some) - 1)
        if near > 0:
            found = some[np.argpartition(away[:, some], near - 1, axis=1)[:, :near]]
            np.put_along_axis(linked, found, True, axis=1)
    linked |= linked.T
    np.fill_diagonal(linked, False)
    one, two = np.nonzero(linked)
    return one, two


def _reversed(one: Ints, two: Ints) -> Ints:
    """Which message goes the other way, (E,)."""
    count = int(max(one.max(), two.max())) + 1
    place = np.full((count, count), -1)
    place[one, two] = np.arange(len(one))
    return place[two, one]


def _apart(a: Description, b: Description, chosen: Ints, one: Ints, two: Ints) -> Floats:
    """How much candidates of `one` (E, C) and of `two` (E, C) contradict each other: (E, C, C)."""
    step = a.centres[two] - a.centres[one]
    turn = _turns(a, b, chosen)
    there = b.centres[chosen]
    found = there[two][:, None, :] - there[one][:, :, None]
    scale = (_OFF + _OFF_SHARE * np.abs(step))[:, None, None]
    off = np.abs(found - step[:, None, None]) / scale
    turned = np.abs(found - (turn[one] * step[:, None])[:, :, None]) / scale
    cost = np.minimum(np.log1p(np.minimum(off, turned) ** 2) * 1.2, _MOST)
    cost[chosen[one][:, :, None] == chosen[two][:, None, :]] = _MOST  # two shapes do not become one
    return cost


def _turns(a: Description, b: Description, chosen: Ints) -> Complexes:
    """How each shape would turn and grow as each of its candidates, (Na, C): 1 where its form does not say."""
    rows = np.repeat(np.arange(len(a)), chosen.shape[1])
    columns = chosen.reshape(-1)
    fit = fine(a, b, rows, columns, still(len(a)), 20.0)
    return fit.factor.reshape(chosen.shape)


def _summed(to: Ints, values: Floats, rows: int) -> Floats:
    answer = np.zeros((rows, values.shape[1]))
    np.add.at(answer, to, values)
    return answer
