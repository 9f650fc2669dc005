"""Whole shapes onto whole shapes: what became what between two keys, without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.inbetween.alignment import align
from doodle_core.matching.along import follow
from doodle_core.matching.certainty import LONE, certain, signs
from doodle_core.matching.correspondence import Span
from doodle_core.matching.description import Description, describe
from doodle_core.matching.energy import energy
from doodle_core.matching.evidence import MOSTLY, order_kept
from doodle_core.matching.hints import NO_CONSTRAINTS, Constraints
from doodle_core.matching.linking import linked
from doodle_core.matching.motion import Motion, still
from doodle_core.matching.parts import parts
from doodle_core.matching.rounds import Matching, Problem
from doodle_core.matching.search import finalists
from doodle_core.matching.splitting import halves
from doodle_core.matching.surrounding import contradicted

__all__ = ["match"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_REFEREED = 40  # lines: of no more, several answers are compared by how much they deform the drawing
_SEARCHED = 4.0  # model pixels of contour a nat: how much the search's own opinion counts where links are
_COPY = 0.03  # of the length of all contours: so much more a copy, or a key drawn in the same order, may deform it


def match(first: Drawing, second: Drawing, asked: Constraints = NO_CONSTRAINTS) -> list[Span]:
    """Match the contours of two drawings, shape by shape. Lines become lines and areas areas, of their own layer.

    asked: what the artist says of it.
    """
    a, b = describe(first), describe(second)
    problem = Problem(a, b, asked)
    found = finalists(problem)
    if len(found) == 1 or max(len(a), len(b)) > _REFEREED or first.areas.any() or second.areas.any():
        best = _with_certainty(problem, found, 0)
        return linked(_followed(a, b, best, asked), (first, second), asked)
    answers = [linked(_followed(a, b, one, asked), (first, second), asked) for one in found]
    total = float(a.outlines.lengths.sum())
    costs = [
        energy(align(first, second, answer))
        + contradicted(answer, (first, second), asked)
        + (_SEARCHED * one.energy if asked.links else 0.0)
        - _COPY * total * (_copied(a, b, one) or _in_turn(a, b, one))
        for answer, one in zip(answers, found, strict=True)
    ]
    number = int(np.argmin(costs))
    return linked(_followed(a, b, _with_certainty(problem, found, number), asked), (first, second), asked)


def _with_certainty(problem: Problem, found: Sequence[Matching], number: int) -> Matching:
    """One of several answers, and how sure its pairs are."""
    one = found[number]
    if not len(one.i):
        return one
    rivals = [rival for rival in found if rival is not one]
    sure = certain(signs(problem, one, rivals), problem.linked(one.i, one.j))
    return replace(one, confidence=sure)


def _followed(a: Description, b: Description, found: Matching, asked: Constraints) -> list[Span]:
    """The spans of pairs of shapes."""
    rows, columns, moved, sure = _with_halves(a, b, found, asked)
    i, j, pair = parts(a, b, rows, columns)
    marks = follow(a.outlines, b.outlines, i, j, moved.of(rows[pair]), _copied(a, b, found))
    spans = [Span(int(c), int(d), *m, s) for c, d, m, s in zip(i, j, marks, sure[pair].tolist(), strict=True)]
    lone = [Span(c, -1, np.array([0.0, a.outlines.lengths[c]]), np.zeros(0), LONE) for c in _lone(a, i)]
    lone += [Span(-1, d, np.zeros(0), np.array([0.0, b.outlines.lengths[d]]), LONE) for d in _lone(b, j)]
    return spans + lone


def _with_halves(
    a: Description, b: Description, found: Matching, asked: Constraints
) -> tuple[Ints, Ints, Motion, Floats]:
    """The pairs, and those of areas that became two or were two; how the first of each moves, and how sure each is."""
    back = found.motion.of(found.i).inverse()
    other = still(len(b))
    for name in ("factor", "skew", "shift"):
        getattr(other, name)[found.j] = getattr(back, name)
    came = halves(a, b, found.i, found.j, found.motion)
    gone = halves(b, a, found.j, found.i, other)[::-1]
    came, gone = (_wanted(a, b, pairs, asked) for pairs in (came, gone))
    rows, columns = (np.concatenate(side) for side in zip((found.i, found.j), came, gone, strict=True))
    return rows, columns, found.motion, np.concatenate([found.confidence, np.full(len(rows) - len(found.i), 0.5)])


def _wanted(a: Description, b: Description, pairs: tuple[Ints, Ints], asked: Constraints) -> tuple[Ints, Ints]:
    """The pairs of rows without shapes that have no partner."""
    i, j = pairs
    kept = ~np.isin(a.numbers[i], sorted(asked.alone[0])) & ~np.isin(b.numbers[j], sorted(asked.alone[1]))
    return i[kept], j[kept]


def _copied(a: Description, b: Description, found: Matching) -> bool:
    """Whether the second key seems a copy of the first, edited: the order is kept, and the numbers of vertices."""
    alike = (a.counts[found.i] == b.counts[found.j]).all(axis=1)
    most = len(alike) > 1 and len(alike) >= MOSTLY * min(len(a), len(b))
    return most and order_kept(found.j) >= MOSTLY and bool(alike.mean() >= MOSTLY)


def _in_turn(a: Description, b: Description, found: Matching) -> bool:
    """Whether every shape has a partner, one after the other: as of a pose that was drawn again by habit."""
    return len(found.i) == len(a) == len(b) > 1 and bool((np.diff(found.j) > 0).all())


def _lone(d: Description, taken: Ints) -> list[int]:
    """The contours that have vertices and are not taken."""
    free = d.outlines.counts > 0
    free[taken] = False
    return np.flatnonzero(free).tolist()
