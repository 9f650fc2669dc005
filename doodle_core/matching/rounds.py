"""One round of matching: the best pairs under a motion, and the motion that these pairs show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.matching.costs import Fine, fine, looks, placed
from doodle_core.matching.demands import PLACES, demands
from doodle_core.matching.description import SAMPLES, Description
from doodle_core.matching.evidence import agreements, in_order, weighed
from doodle_core.matching.hints import LEAVING, NO_CONSTRAINTS, Constraints
from doodle_core.matching.motion import Motion, as_groups, motion_of
from doodle_core.matching.stacking import overlaps, stacking_gain

__all__ = ["HUGE", "LONE", "NEVER", "Guess", "Matching", "Pairs", "Problem", "assigned", "candidates"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

LONE = 11.0
"""The cost of two shapes left without a partner."""
HUGE = 300
"""Shapes: of more, less is looked at."""
NEVER = 1e6
"""That of a pair that may not be."""
_CANDIDATES = 8  # pairs a shape that are looked at closely
_AS_LISTED = 3.0  # how much being itself in a list that was copied gains
_PARTS = 4  # places of a shape that say how it moves
_MOST = 50.0  # nats: more is as sure
_LINKED = 4.0  # how many others one pair counts for the motion that the artist linked


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of rows (M,) of the two descriptions, i rising, and how sure each is, 0 to 1."""

    i: Ints
    j: Ints
    sure: Floats


@dataclass(frozen=True, eq=False)
class Guess:
    """How shapes move, and pairs (M,) that say what is evidence; none where only the motion is guessed.

    `seen`: pairs that say how much the order of shapes is kept; None where that is not known.
    """

    motion: Motion
    i: Ints
    j: Ints
    seen: Pairs | None = None


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
    seen : Pairs
        What would be matched without regard to the order of shapes.
    costs : Costs
        What it was chosen by; None where that was not kept.
    """

    i: Ints
    j: Ints
    confidence: Floats
    motion: Motion
    energy: float
    seen: Pairs
    costs: Costs | None = None


@dataclass(frozen=True, eq=False)
class Costs:
    """What pairs of shapes cost.

    Parameters
    ----------
    alone, whole : (Na, Nb) float64
        Without what their order says, and with it.
    closer : Fine
        How those lie that were looked at closely.
    where : (Na, Nb) int64
        Which of `closer` each is; -1 for none.
    """

    alone: Floats
    whole: Floats
    closer: Fine
    where: Ints


class Problem:
    """Two descriptions, and what stays the same through all rounds."""

    def __init__(self, a: Description, b: Description, asked: Constraints = NO_CONSTRAINTS) -> None:
        self.a, self.b = a, b
        self.looks, self.sizes, self.possible = looks(a, b)
        self.asked, self.demands = asked, demands(a, b, asked)
        self.demands.restrict(self.possible)
        self.agree = agreements(a, b)
        self.overlaps = overlaps(a), overlaps(b)
        self.copy: Pairs | None = None  # what became what in a list that was copied and edited

    def general(self, i: Ints, j: Ints) -> Floats:
        """The cost (Na, Nb) of pairs wherever they are, by what the pairs (M,) show to be evidence."""
        cost = self.looks + self.sizes + weighed(self.agree, self.possible, i, j)
        cost[~self.possible] = NEVER
        return cost

    def costs(self, motion: Motion, before: Guess | Matching, loose: float = 1.0) -> Costs:
        """What pairs cost where shapes are expected by a motion, and the evidence is what matched pairs say.

        Parameters
        ----------
        loose : float
            How much farther shapes may lie from where they are expected.
        """
        a, b = self.a, self.b
        evidence = weighed(self.agree, self.possible, before.i, before.j)
        rough = self.looks + self.sizes + evidence + placed(a, b, motion, loose)
        order = np.zeros(rough.shape)
        known = before.seen if self.copy is None else self.copy
        if known is not None:
            order = in_order(self.possible, known.i, known.j, known.sure)
        if self.copy is not None:
            order[self.copy.i, self.copy.j] -= _AS_LISTED
        rough[~self.possible] = NEVER
        rows, columns = candidates(rough + order)
        closer = fine(a, b, rows, columns, motion, loose, 1 if loose <= 1 else 2)
        cost = np.full(rough.shape, NEVER)
        cost[rows, columns] = (evidence + 0.5 * self.looks)[rows, columns] + closer.cost
        cost[~self.possible] = NEVER
        where = np.full(rough.shape, -1)
        where[rows, columns] = np.arange(len(rows))
        alone = self.with_twins(cost)
        return Costs(alone, self.with_twins(cost + order) if order.any() else alone, closer, where)

    def round(self, motion: Motion, before: Guess | Matching, loose: float = 1.0, keep: bool = False) -> Matching:
        """Match anew, and `keep` the costs; other parameters as `costs`."""
        costs = self.costs(motion, before, loose)
        alone, cost = costs.alone, costs.whole
        i, j = self.assigned(alone)
        seen = Pairs(i, j, np.maximum(2 * _confidence(alone, i, j) - 1, 0.0))
        if cost is not alone:
            i, j = self.assigned(cost)
        ends = costs.closer.of(costs.where[i, j])
        confidence = _confidence(cost, i, j)
        linked = self.linked(i, j)
        confidence[linked] = 1.0
        after = self.motion(i, j, ends, np.maximum(2 * confidence - 1, 0.02))
        # Order that was guessed makes itself, and gains nothing.
        counted = alone if isinstance(before, Guess) and self.copy is None else cost
        energy = float(counted[i, j].sum()) - self.partners_worth(len(i)) - stacking_gain(*self.overlaps, i, j)
        return Matching(i, j, confidence, after, energy, seen, costs if keep else None)

    def assigned(self, cost: Floats) -> tuple[Ints, Ints]:
        """The best pairs of a cost (Na, Nb), with those that are linked."""
        gain = cost - LONE
        gain[self.demands.i, self.demands.j] = -NEVER
        return assigned(gain)

    def partners_worth(self, count: int) -> float:
        """What so many pairs are worth. Links may say that a part of the drawing leaves the frame: then nothing is
        gained by the last pairs."""
        most = min(len(self.a), len(self.b))
        return LONE * (min(count, (1 - LEAVING) * most) if self.demands.linked else count)

    def linked(self, i: Ints, j: Ints) -> NDArray[np.bool_]:
        """Which pairs (M,) the artist linked."""
        partner = np.full(len(self.a), -1)
        partner[self.demands.i] = self.demands.j
        answer: NDArray[np.bool_] = partner[i] == j
        return answer

    def with_twins(self, cost: Floats) -> Floats:
        """An area and the line round it go to an area and the line round that."""
        here, there = np.flatnonzero(self.a.twins >= 0), np.flatnonzero(self.b.twins >= 0)
        if len(here) and len(there):
            own, other = np.ix_(here, there), np.ix_(self.a.twins[here], self.b.twins[there])
            both = (np.minimum(cost[own], 2 * LONE) + np.minimum(cost[other], 2 * LONE)) / 2
            cost = cost.copy()
            cost[own] = np.where(self.possible[own] & self.possible[other], both, NEVER)
        return cost

    def motion(self, i: Ints, j: Ints, ends: Fine, sure: Floats | float = 1.0) -> Motion:
        """The motion that pairs show, counted as they are sure."""
        places, goals = self.places(i, j, ends)
        trust = 1 / (1 + np.exp((ends.cost - 5.0) / 1.5)) + 0.02
        weight = sure * trust * (0.3 + np.minimum(self.a.spreads[i], 5.0) / 5.0)
        linked = self.linked(i, j)
        weight[linked] = _LINKED
        found = motion_of(self.a.centres, i, places, goals, weight, linked)
        return as_groups(found, self.grouped(i, j), i, places, goals, weight)

    def grouped(self, i: Ints, j: Ints) -> list[Ints]:
        """Rows that move as one piece, where these are the pairs (M,)."""
        return [np.union1d(own, i[np.isin(j, other)]) for own, other in self.demands.groups]

    def places(self, i: Ints, j: Ints, ends: Fine) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Some places of pairs at either key, (M, P) each."""
        a, b = self.a, self.b
        count = _PARTS if len(a) <= HUGE else _PARTS // 2
        steps = np.arange(count) * (SAMPLES // count) + SAMPLES // (2 * count)
        run = np.where(ends.backwards[:, None], SAMPLES - 1 - steps, steps)
        around = (a.closed[i] | b.closed[j])[:, None]
        forth = (steps + ends.start[:, None]) % SAMPLES
        run = np.where(around, np.where(ends.backwards[:, None], SAMPLES - 1 - forth, forth), run)
        places, goals = a.outline[i][:, steps], np.take_along_axis(b.outline[j], run, axis=1)
        some = PLACES // count
        for own, other, here, there in zip(
            self.demands.i, self.demands.j, self.demands.places, self.demands.goals, strict=True
        ):
            rows = np.flatnonzero((i == own) & (j == other))
            back = ends.backwards[rows].astype(np.int64)
            places[rows], goals[rows] = here[some // 2 :: some], there[back, some // 2 :: some]
        return places, goals


def candidates(cost: Floats) -> tuple[Ints, Ints]:
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
    i, j = np.nonzero(chosen & (cost < NEVER))
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
    next_best = np.minimum(np.minimum(others.min(axis=1)[i], others.min(axis=0)[j]), LONE)
    answer: Floats = 1 / (1 + np.exp(-np.clip(next_best - own, -_MOST, _MOST)))
    return answer
