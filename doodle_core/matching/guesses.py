"""Ways to begin the search of what became what."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.matching.costs import fine, placed
from doodle_core.matching.description import Description
from doodle_core.matching.motion import Motion, still
from doodle_core.matching.ordered import in_step
from doodle_core.matching.relations import related
from doodle_core.matching.rounds import LONE, NEVER, Guess, Pairs, Problem, assigned

__all__ = ["as_one_list", "by_form", "by_relations", "nothing_moves", "together"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_NONE = np.zeros(0, np.int64)


def nothing_moves(problem: Problem) -> Guess:
    """As if nothing moved."""
    return Guess(still(len(problem.a)), _NONE, _NONE)


def together(problem: Problem) -> Guess:
    """As if all moved as one."""
    return Guess(_together(problem.a, problem.b), _NONE, _NONE)


def as_one_list(problem: Problem) -> Guess | None:
    """As if the one list of shapes were the other, edited."""
    a, b = problem.a, problem.b
    rest, one = still(len(a)), _together(a, b)
    cost = problem.general(_NONE, _NONE) + 0.5 * np.minimum(placed(a, b, rest), placed(a, b, one))
    i, j = in_step(cost, 2 * LONE)
    if len(i) < 2:
        return None
    closer = fine(a, b, i, j, rest)
    ends = replace(closer, cost=np.zeros(len(i)), start=np.where(a.closed[i] | b.closed[j], closer.start, 0))
    return Guess(problem.motion(i, j, ends), i, j, Pairs(i, j, np.ones(len(i))))


def by_form(problem: Problem) -> Guess:
    """As shapes move that are alike, wherever they are."""
    a, b = problem.a, problem.b
    general = problem.general(_NONE, _NONE)
    i, j = assigned(general - LONE)
    if not len(i):
        return nothing_moves(problem)
    closer = fine(a, b, i, j, still(len(a)), 20.0)
    # Those that look like one another, and like no other, count.
    others = general.copy()
    others[i, j] = np.inf
    margin = np.minimum(np.minimum(others.min(axis=1)[i], others.min(axis=0)[j]), LONE) - general[i, j]
    best = np.argsort(-margin - np.minimum(a.spreads[i], 3.0))[: max(4, len(i) // 4)]
    best.sort()
    return Guess(problem.motion(i[best], j[best], closer.of(best)), _NONE, _NONE)


def by_relations(problem: Problem) -> Guess:
    """As shapes move whose surroundings stay theirs."""
    a, b = problem.a, problem.b
    rest = np.minimum(placed(a, b, still(len(a)), 6.0), placed(a, b, _together(a, b), 6.0))
    cost = problem.general(_NONE, _NONE) + rest
    cost[~problem.possible] = NEVER
    i, j = assigned(related(a, b, cost) - LONE)
    return Guess(problem.motion(i, j, fine(a, b, i, j, still(len(a)), 20.0)), _NONE, _NONE)


def _together(a: Description, b: Description) -> Motion:
    """All as one: the centre of the whole onto the centre, and the spread onto the spread."""
    middles, sizes = [], []
    for d in (a, b):
        weight = np.maximum(d.lengths, 0.1)
        middle = (d.centres * weight).sum() / weight.sum()
        middles.append(middle)
        sizes.append(np.sqrt(((np.abs(d.centres - middle) ** 2 + d.spreads**2) * weight).sum() / weight.sum()))
    factor = np.full(len(a), complex(np.clip(sizes[1] / max(sizes[0], 1e-6), 0.5, 2.0)))
    return replace(still(len(a)), factor=factor, shift=middles[1] - factor * middles[0])
