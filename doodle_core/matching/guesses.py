"""Ways to begin the search of what became what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.matching.costs import fine, placed
from doodle_core.matching.description import Description
from doodle_core.matching.motion import Motion, motion_of, similar, still
from doodle_core.matching.ordered import in_step
from doodle_core.matching.relations import related
from doodle_core.matching.rounds import LONE, NEVER, Guess, Pairs, Problem, candidates

__all__ = ["as_one_list", "by_form", "by_relations", "linked", "nothing_moves", "parted", "together"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]

_NONE = np.zeros(0, np.int64)
_FIELDS = ("factor", "skew", "shift", "error")
_MOST_LINKS = 6  # links, the last ones, that other shapes may move like


def linked(problem: Problem, rest: Motion) -> list[Guess]:
    """As the shapes move that the artist linked: all shapes as those near them; all as one; each as that linked shape,
    or as before, by which it finds a partner. Links say where a shape goes, and perhaps how it turns.

    rest: how shapes move by what was found without links.
    """
    own, stay = problem.demands, still(len(problem.a))
    if not own.linked:
        return []
    answer = []
    for way in (0, 1) if (own.goals[:, 0] != own.goals[:, 1]).any() else (0,):
        goals = own.goals[:, way]
        every = _as_one(stay, own.places.ravel(), goals.ravel())
        near = motion_of(problem.a.centres, own.i, own.places, goals, np.ones(len(own.i)))
        each = [_as_one(stay, here, there) for here, there in zip(own.places, goals, strict=True)][-_MOST_LINKS:]
        answer += [Guess(motion, own.i, own.j) for motion in (every, near)]
        answer += [parted(problem, [rest, *each])]
        if len(each) > 1:
            answer.append(parted(problem, [rest, near]))
    moves = (own.goals[:, 0] - own.places).mean(axis=1)
    shifted = [replace(stay, shift=stay.shift + move) for move in moves.tolist()][-_MOST_LINKS:]
    return [
        *answer,
        Guess(replace(stay, shift=stay.shift + moves.mean()), own.i, own.j),
        parted(problem, [rest, *shifted]),
    ]


def _as_one(stay: Motion, places: Complexes, goals: Complexes) -> Motion:
    """All as one, by the similarity that takes places (P,) onto goals (P,)."""
    factor, shift = similar(places, goals, np.ones(len(places)))
    return replace(stay, factor=stay.factor * factor, shift=stay.shift + shift)


def parted(problem: Problem, motions: Sequence[Motion]) -> Guess:
    """As if parts of the drawing moved by one of some motions each: every shape as it finds a partner."""
    a, b = problem.a, problem.b
    general = problem.general(_NONE, _NONE)
    rows, columns = candidates(general + np.min([placed(a, b, motion) for motion in motions], axis=0))
    costs = np.stack([fine(a, b, rows, columns, motion).cost for motion in motions])
    cost = np.full(general.shape, NEVER)
    cost[rows, columns] = general[rows, columns] + costs.min(axis=0)
    i, j = problem.assigned(problem.with_twins(cost))
    chosen = np.zeros(general.shape, np.int64)
    chosen[rows, columns] = costs.argmin(axis=0)
    which = np.zeros(len(a), np.int64)
    which[i] = chosen[i, j]
    every = np.arange(len(a))
    made = {name: np.stack([getattr(one, name) for one in motions])[which, every] for name in _FIELDS}
    return Guess(Motion(**made), i, j)


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
    i, j = problem.assigned(general)
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
    i, j = problem.assigned(related(a, b, cost))
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
