"""Which shape became which: the large ones first, from several guesses, from rough to fine, and the cheapest wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.matching import guesses
from doodle_core.matching.costs import fine
from doodle_core.matching.description import Description
from doodle_core.matching.evidence import MOSTLY, keeping, order_kept
from doodle_core.matching.hints import NO_CONSTRAINTS, Constraints
from doodle_core.matching.motion import motion_of, still
from doodle_core.matching.rounds import HUGE, LONE, Guess, Matching, Pairs, Problem, assigned
from doodle_core.matching.steady import steadied

__all__ = ["Matching", "finalists", "search"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_REST = 25.0  # the cost of two shapes left without a partner where the order was kept
_COPIED = 0.9  # order kept so well is that of a copied key
_LOOSE = (3.0, 1.7, 1.0, 1.0)  # round by round, how much farther shapes may lie from where they are expected
_CLEARLY = 0.97
_MOST_LISTED = 0.8
_TELLING = 3.0  # so many more vertices in common than by chance show a copy
_KEPT = (3, 2, 1)  # how many answers each round goes on with
_OTHERS = 9  # answers besides the best that are given
_MANY = 100  # shapes: of more, only the large ones are begun from every guess
_FEW = 24  # shapes: of more, the large ones are matched first,
_LARGE = 4  # a part of so many


def search(a: Description, b: Description, asked: Constraints = NO_CONSTRAINTS) -> Matching:
    """Match the shapes of two keys."""
    return finalists(Problem(a, b, asked))[0]


def finalists(problem: Problem) -> list[Matching]:
    """The best matching of the shapes of two keys, and up to _OTHERS others that were found on the way: what is hardly
    worse here may deform the drawing less."""
    a, b = problem.a, problem.b
    if not len(a) or not len(b):
        none = np.zeros(0, np.int64)
        return [Matching(none, none, np.zeros(0), still(len(a)), 0.0, Pairs(none, none, np.zeros(0)))]
    if problem.asked.links:
        return _as_linked(problem, finalists(Problem(a, b, replace(problem.asked, links=()))))
    found = []
    listed = guesses.as_one_list(problem)
    if listed is not None:
        if len(a) > _FEW and _is_copy(problem, listed):
            problem.copy = listed.seen
        found.append(problem.round(listed.motion, listed, _LOOSE[0]))
        if len(a) > _FEW and order_kept(found[0].seen.j) > _CLEARLY and found[0].energy < -LONE * len(found[0].i):
            return [_with_rest(problem, _refined(problem, found)[0])]
    found.append(_begun(problem, guesses.nothing_moves))
    # A list that was clearly copied and edited needs no other guess.
    if listed is not None and order_kept(found[0].seen.j) > _COPIED and found[0].energy <= found[1].energy:
        return [_with_rest(problem, _refined(problem, found[:1])[0])]
    many = max(len(a), len(b)) > _MANY
    for guess in (_large_first,) if many else (guesses.together, guesses.by_form, guesses.by_relations, _large_first):
        found.append(_begun(problem, guess))
    answer = _refined(problem, found)
    if listed is not None:  # the order itself is an answer, too
        half = np.full(len(listed.i), 0.5)
        answer.append(Matching(listed.i, listed.j, half, listed.motion, np.inf, Pairs(listed.i, listed.j, half)))
    return [_with_rest(problem, one) for one in _different(answer)]


def _as_linked(problem: Problem, without: list[Matching]) -> list[Matching]:
    """From what was found without links: with them, and also as if all shapes moved, or a part of them, as what is
    linked."""
    found = [problem.round(one.motion, one, _LOOSE[-1]) for one in without[: _KEPT[0]]]
    made = guesses.linked(problem, without[0].motion)
    if max(len(problem.a), len(problem.b)) <= _MANY:
        made.append(guesses.by_relations(problem))
    found += [problem.round(one.motion, one, _LOOSE[0]) for one in made]
    return [_with_rest(problem, steadied(problem, one, without[0])) for one in _refined(problem, found)]


def _is_copy(problem: Problem, listed: Guess) -> bool:
    """Whether the second list is clearly the first, edited: shapes have as many vertices, one after the other, as they
    would not by chance."""
    here, there = problem.a.counts[:, 1], problem.b.counts[:, 1]
    alike = here[listed.i] == there[listed.j]
    chance = float((here[:, None] == there[None]).mean())
    if len(alike) < _MOST_LISTED * min(len(here), len(there)):
        return False  # a few in order there always are
    return bool(alike.mean() >= MOSTLY and alike.sum() - chance * len(alike) >= _TELLING)


def _begun(problem: Problem, guess: Callable[[Problem], Guess]) -> Matching:
    made = guess(problem)
    return problem.round(made.motion, made, _LOOSE[0])


def _refined(problem: Problem, found: list[Matching]) -> list[Matching]:
    """Several after more rounds, the best first: the worse are dropped on the way."""
    dropped: list[Matching] = []
    for number, loose in enumerate(_LOOSE[1:]):
        found = _different(sorted(found, key=lambda one: one.energy))
        dropped = found + dropped
        last = number == len(_LOOSE) - 2
        most = 1 if last or max(len(problem.a), len(problem.b)) > HUGE else _KEPT[number]
        found = [problem.round(one.motion, one, loose, last) for one in found[:most]]
    return _different(sorted(found, key=lambda one: one.energy) + dropped)[: 1 + _OTHERS]


def _different(found: list[Matching]) -> list[Matching]:
    """Without those whose pairs an earlier one has."""
    names, answer = set(), []
    for one in found:
        name = one.i.tobytes(), one.j.tobytes()
        if name not in names:
            names.add(name)
            answer.append(one)
    return answer


def _large_first(problem: Problem) -> Guess:
    """As the large shapes move."""
    a, b = problem.a, problem.b
    if min(len(a), len(b)) <= _FEW:
        return guesses.nothing_moves(problem)
    large = [np.argsort(-d.spreads, kind="stable")[: max(12, len(d) // _LARGE)] for d in (a, b)]
    own = problem.demands
    large = [np.union1d(some, rows) for some, rows in zip(large, (own.i, own.j), strict=True)]
    found = search(a.part(large[0]), b.part(large[1]), problem.asked)
    i, j = large[0][found.i], large[1][found.j]
    if not len(i):
        return guesses.nothing_moves(problem)
    moved = still(len(a))
    for field in ("factor", "skew", "shift", "error"):
        getattr(moved, field)[large[0]] = getattr(found.motion, field)
    ends = fine(a, b, i, j, moved)
    places, goals = problem.places(i, j, ends)
    return Guess(motion_of(a.centres, i, places, goals, found.confidence), i[:0], j[:0])


def _with_rest(problem: Problem, found: Matching) -> Matching:
    """With those left over that the order says are one, where it was kept, and that differ in form and place alone."""
    if order_kept(found.j) < MOSTLY:
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
    both = np.concatenate([found.i, i])[order], np.concatenate([found.j, j])[order]
    return replace(found, i=both[0], j=both[1], confidence=confidence)
