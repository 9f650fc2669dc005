"""Which shape became which: from rough to fine, from several guesses, and the cheapest wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.matching.costs import Fine, fine, looks, placed
from doodle_core.matching.description import SAMPLES, Description
from doodle_core.matching.evidence import agreements, in_order, keeping, order_kept, weighed
from doodle_core.matching.motion import Motion, motion_of, still
from doodle_core.matching.ordered import in_step

__all__ = ["Matching", "search"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

_LONE = 11.0  # the cost of two shapes left without a partner
_REST = 25.0  # the same where the order was kept
_COPIED = 0.9  # order kept so well is that of a copied key
_KEPT = 0.75  # that part of the order at least, beyond luck
_CANDIDATES = 8  # pairs a shape that are looked at closely
_LOOSE = (3.0, 1.7, 1.0)  # round by round, how much farther shapes may lie from where they are expected
_PARTS = 4  # places of a shape that say how it moves
_NEVER = 1e6


@dataclass(frozen=True, eq=False)
class Matching:
    """Pairs of shapes.

    Parameters
    ----------
    i, j : (M,) int64
        Rows of the two descriptions; i rises.
    confidence : (M,) float64
        0 to 1.
    motion : Motion
        How each shape of the first key was expected to move.
    energy : float
        The cost of it all: lower is better.
    """

    i: Ints
    j: Ints
    confidence: Floats
    motion: Motion
    energy: float


class _Problem:
    """What stays the same through all rounds."""

    def __init__(self, a: Description, b: Description) -> None:
        self.a, self.b = a, b
        self.looks, self.sizes, self.possible = looks(a, b)
        self.agree = agreements(a, b)

    def round(self, motion: Motion, i: Ints, j: Ints, ordered: bool, loose: float = 1.0) -> Matching:
        """Match anew: where shapes are expected by a motion, what the evidence says by the pairs matched before."""
        a, b = self.a, self.b
        general = weighed(self.agree, self.possible, i, j)
        if ordered:
            general += in_order(self.possible, i, j)
        rough = self.looks + self.sizes + general + placed(a, b, motion, loose)
        rough[~self.possible] = _NEVER
        rows, columns = _candidates(rough)
        closer = fine(a, b, rows, columns, motion, loose)
        cost = np.full(rough.shape, _NEVER)
        cost[rows, columns] = general[rows, columns] + 0.5 * self.looks[rows, columns] + closer.cost
        cost[~self.possible] = _NEVER
        cost = self.with_twins(cost)
        i, j = assigned(cost - _LONE)
        where = np.full(rough.shape, -1)
        where[rows, columns] = np.arange(len(rows))
        chosen = where[i, j]
        ends = Fine(closer.cost[chosen], closer.backwards[chosen], closer.start[chosen])
        confidence = _confidence(cost, i, j)
        after = self.motion(i, j, ends, np.maximum(2 * confidence - 1, 0.02))
        energy = float((cost[i, j] - _LONE).sum())
        return Matching(i, j, confidence, after, energy)

    def with_twins(self, cost: Floats) -> Floats:
        """An area and the line round it go to an area and the line round that."""
        here, there = np.flatnonzero(self.a.twins >= 0), np.flatnonzero(self.b.twins >= 0)
        if len(here) and len(there):
            own, other = np.ix_(here, there), np.ix_(self.a.twins[here], self.b.twins[there])
            both = (np.minimum(cost[own], 2 * _LONE) + np.minimum(cost[other], 2 * _LONE)) / 2
            cost = cost.copy()
            cost[own] = np.where(self.possible[own] & self.possible[other], both, _NEVER)
        return cost

    def motion(self, i: Ints, j: Ints, ends: Fine, sure: Floats | float = 1.0) -> Motion:
        """The motion that pairs show, counted as they are sure."""
        a, b = self.a, self.b
        steps = np.arange(_PARTS) * (SAMPLES // _PARTS) + SAMPLES // (2 * _PARTS)
        places = a.outline[i][:, steps]
        run = np.where(ends.backwards[:, None], SAMPLES - 1 - steps, steps)
        around = (a.closed[i] | b.closed[j])[:, None]
        forth = (steps + ends.start[:, None]) % SAMPLES
        run = np.where(around, np.where(ends.backwards[:, None], SAMPLES - 1 - forth, forth), run)
        goals = np.take_along_axis(b.outline[j], run, axis=1)
        trust = 1 / (1 + np.exp((ends.cost - 5.0) / 1.5)) + 0.02
        return motion_of(a.centres, i, places, goals, sure * trust * (0.3 + np.minimum(a.spreads[i], 5.0) / 5.0))


def search(a: Description, b: Description) -> Matching:
    """Match the shapes of two keys."""
    if not len(a) or not len(b):
        none = np.zeros(0, np.int64)
        return Matching(none, none, np.zeros(0), still(len(a)), 0.0)
    problem = _Problem(a, b)
    guesses = _guesses(problem)
    found = [problem.round(*guess, _LOOSE[0]) for guess in guesses[:2]]
    # A list that was clearly copied and edited needs no other guess.
    if order_kept(found[0].i, found[0].j) > _COPIED and found[0].energy <= found[1].energy:
        return _with_rest(problem, _refined(problem, found[:1]))
    found += [problem.round(*guess, _LOOSE[0]) for guess in guesses[2:]]
    return _with_rest(problem, _refined(problem, found))


def _refined(problem: _Problem, found: list[Matching]) -> Matching:
    """The best of several after more rounds, of which the worse are dropped on the way."""
    for number, loose in enumerate(_LOOSE[1:]):
        found = sorted(found, key=lambda matching: matching.energy)[: 3 - number]
        found = [problem.round(one.motion, one.i, one.j, True, loose) for one in found]
    return min(found, key=lambda matching: matching.energy)


def _with_rest(problem: _Problem, found: Matching) -> Matching:
    """With those left over that the order says are one, where it was kept, and that differ in form and place alone."""
    if order_kept(found.i, found.j) < _KEPT:
        return found
    a, b = problem.a, problem.b
    free = np.ones(len(a), bool), np.ones(len(b), bool)
    free[0][found.i], free[1][found.j] = False, False
    left = problem.possible & keeping(problem.possible.shape, found.i, found.j)
    left &= free[0][:, None] & free[1][None]
    for name in ("style", "closed", "contours", "count"):
        left &= problem.agree[name]
    rows, columns = np.nonzero(left)
    if not len(rows):
        return found
    cost = np.zeros(left.shape)
    cost[rows, columns] = np.minimum(fine(a, b, rows, columns, found.motion).cost - _REST, 0.0)
    i, j = assigned(cost)
    order = np.argsort(np.concatenate([found.i, i]), kind="stable")
    confidence = np.concatenate([found.confidence, np.full(len(i), 0.3)])[order]
    return Matching(
        np.concatenate([found.i, i])[order], np.concatenate([found.j, j])[order], confidence, found.motion, found.energy
    )


def _guesses(problem: _Problem) -> list[tuple[Motion, Ints, Ints, bool]]:
    """Ways to begin: as if nothing moved, as if all moved as one, and as if the order had been kept."""
    a, b = problem.a, problem.b
    none = np.zeros(0, np.int64)
    general = problem.looks + problem.sizes + weighed(problem.agree, problem.possible, none, none)
    general[~problem.possible] = _NEVER
    rest = still(len(a))
    one = _together(a, b)
    guesses = [(rest, none, none, False), (one, none, none, False)]
    guesses.append((_alike(problem, general), none, none, False))
    i, j = in_step(general + 0.5 * np.minimum(placed(a, b, rest), placed(a, b, one)), 2 * _LONE)
    if len(i) > 1:
        around = a.closed[i] | b.closed[j]
        closer = fine(a, b, i, j, rest)
        motion = problem.motion(i, j, Fine(np.zeros(len(i)), closer.backwards, np.where(around, closer.start, 0)))
        guesses.insert(0, (motion, i, j, True))
    return guesses


def _alike(problem: _Problem, general: Floats) -> Motion:
    """As shapes move that are alike, wherever they are."""
    a, b = problem.a, problem.b
    i, j = assigned(general - _LONE)
    if not len(i):
        return still(len(a))
    closer = fine(a, b, i, j, still(len(a)), 20.0)
    # Those that look like one another, and like no other, count.
    others = general.copy()
    others[i, j] = np.inf
    margin = np.minimum(np.minimum(others.min(axis=1)[i], others.min(axis=0)[j]), _LONE) - general[i, j]
    best = np.argsort(-margin - np.minimum(a.spreads[i], 3.0))[: max(4, len(i) // 4)]
    best.sort()
    return problem.motion(i[best], j[best], Fine(closer.cost[best], closer.backwards[best], closer.start[best]))


def _together(a: Description, b: Description) -> Motion:
    """All as one: the centre of the whole onto the centre, and the spread onto the spread."""
    middles, sizes = [], []
    for d in (a, b):
        weight = np.maximum(d.lengths, 0.1)
        middle = (d.centres * weight).sum() / weight.sum()
        middles.append(middle)
        sizes.append(np.sqrt(((np.abs(d.centres - middle) ** 2 + d.spreads**2) * weight).sum() / weight.sum()))
    factor = np.clip(sizes[1] / max(sizes[0], 1e-6), 0.5, 2.0)
    factor = np.full(len(a), complex(factor))
    return Motion(factor, middles[1] - factor * middles[0])


def _candidates(cost: Floats) -> tuple[Ints, Ints]:
    """The cheapest pairs of each row and of each column."""
    rows, columns = cost.shape
    chosen = np.zeros(cost.shape, bool)
    if columns > _CANDIDATES:
        np.put_along_axis(chosen, np.argpartition(cost, _CANDIDATES, axis=1)[:, :_CANDIDATES], True, axis=1)
    else:
        chosen[:] = True
    if rows > _CANDIDATES:
        np.put_along_axis(chosen, np.argpartition(cost, _CANDIDATES, axis=0)[:_CANDIDATES], True, axis=0)
    else:
        chosen[:] = True
    i, j = np.nonzero(chosen & (cost < _NEVER))
    return i, j


def assigned(gain: Floats) -> tuple[Ints, Ints]:
    """The pairs of the least sum, of those below 0."""
    from scipy.optimize import linear_sum_assignment  # slow to import

    capped = np.minimum(gain, 0.0)
    i, j = linear_sum_assignment(capped)
    kept = capped[i, j] < 0
    return i[kept], j[kept]


def _confidence(cost: Floats, i: Ints, j: Ints) -> Floats:
    """How much worse each pair's next best is, and how good the pair itself, as 0 to 1."""
    if not len(i):
        return np.zeros(0)
    others = cost.copy()
    own = cost[i, j]
    others[i, j] = np.inf
    next_best = np.minimum(np.minimum(others.min(axis=1)[i], others.min(axis=0)[j]), _LONE)
    answer: Floats = 1 / (1 + np.exp(-(next_best - own)))
    return answer
