"""How sure it is what a shape became: as often as shapes were right of which the search could say as much.

What tells is how much dearer the next best is, of what would draw something else: two equal dots in one place are not
in doubt. A logistic regression of it was fitted to scenes whose truth is known (docs/model-log.md, section 22).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.matching.correspondence import Span
from doodle_core.matching.description import Description
from doodle_core.matching.rounds import LONE as DEAREST
from doodle_core.matching.rounds import Matching, Problem

__all__ = ["LONE", "certain", "of_pieces", "signs"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

_SAME = 0.3  # model pixels: shapes that differ by less draw the same
_LIMIT = 12.0  # nats: more makes no difference
_RIVAL = 40.0  # and in the cost of a whole other answer
_NEAR = 5  # shapes round each that are asked, too
_LINKED = 0.99  # what the artist said
_WEIGHTS = (-3.01, -0.176, 0.111, 0.129, 0.007, 0.25, -0.133, 5.04, -0.299)  # of what `signs` gives; a constant first
# And of lines that pieces followed: a constant; the share of likelihood; whether whole shapes agree; both; how sure
# these are then (the logarithm of odds).
_PIECES = {"network": (-4.13, 1.71, 1.33, 2.63, 1.01), "stretches": (-1.68, 0.7, 1.05, 1.52, 0.9)}
_SUREST = 0.98
LONE = 0.6
"""How sure it is that a shape has no partner, where whole shapes say so,"""
_LONE_PIECE = 0.1  # and where pieces of lines have none


def signs(problem: Problem, found: Matching, rivals: Sequence[Matching]) -> Floats:
    """What can be said of each pair (M, 8): its cost; how much dearer the next best is, without and with what the order
    says; the same of what is round it; how much dearer other answers are that have it otherwise; its size; how much of
    the drawing has partners; how far off the motion may be.

    Parameters
    ----------
    rivals
        Other answers of the search.
    """
    if not len(found.i):
        return np.zeros((0, 8))
    a, b = problem.a, problem.b
    costs = found.costs or problem.costs(found.motion, found)
    same = _alike(a), _alike(b)
    alone, whole = (_margin(cost, found.i, found.j, same) for cost in (costs.alone, costs.whole))
    own = np.minimum(costs.alone[found.i, found.j], _LIMIT)
    apart = np.abs(np.subtract.outer(a.centres[found.i], a.centres[found.i]))
    near = np.argsort(apart, axis=1)[:, : _NEAR + 1]
    other = np.full(len(found.i), _RIVAL)
    for rival in rivals:
        partner = np.full(len(a), -1)
        partner[rival.i] = rival.j
        there = partner[found.i]
        differs = (there != found.j) & ~((there >= 0) & same[1][found.j, np.maximum(there, 0)])
        gap = float(np.clip(rival.energy - found.energy, 0.0, _RIVAL))
        other[differs] = np.minimum(other[differs], gap)
    share = 2 * len(found.i) / (len(a) + len(b))
    return np.stack(
        [
            own,
            alone,
            whole,
            np.median(whole[near], axis=1),
            other,
            np.log(a.spreads[found.i] + 0.3),
            np.full(len(own), share),
            found.motion.error[found.i],
        ],
        axis=1,
    )


def certain(said: Floats, linked: Bools) -> Floats:
    """How sure pairs are, (M,), 0 to 1, from their `signs` (M, 8) and whether the artist linked them."""
    weighed = _WEIGHTS[0] + _shaped(said) @ np.array(_WEIGHTS[1:])
    return np.where(linked, _LINKED, 1 / (1 + np.exp(-weighed)))


def _shaped(said: Floats) -> Floats:
    """Signs as the regression takes them: differences of a nat count more where there are few."""
    answer = said.copy()
    answer[:, 1:4] = np.sign(said[:, 1:4]) * np.sqrt(np.abs(said[:, 1:4]))
    answer[:, 4] = np.sqrt(said[:, 4])
    return answer


def of_pieces(found: Sequence[Span], by_shape: Sequence[Span], way: str) -> list[Span]:
    """Spans found piece by piece, whose `sure` is a share of likelihood, as sure as such spans were seen to be.

    Parameters
    ----------
    by_shape : sequence of Span
        What whole shapes say. Spans that are among these, as those of areas, are as sure as they were.
    way : str
        "network" or "stretches".
    """
    known = {id(span) for span in by_shape}
    pairs = {(span.line, span.other): float(np.clip(span.sure, 1 - _SUREST, _SUREST)) for span in by_shape}
    constant, share, agreed, both, odds = _PIECES[way]
    answer = []
    for span in found:
        if id(span) in known:
            sure = span.sure
        elif span.line < 0 or span.other < 0:
            sure = _LONE_PIECE
        else:
            weighed = constant + share * span.sure
            if (span.line, span.other) in pairs:
                other = pairs[span.line, span.other]
                weighed += agreed + both * span.sure + odds * np.log(other / (1 - other))
            sure = 1 / (1 + np.exp(-weighed))
        answer.append(replace(span, sure=float(sure)))
    return answer


def _margin(cost: Floats, i: Ints, j: Ints, same: tuple[Bools, Bools]) -> Floats:
    """How much dearer it is, nats, to give each pair (M,) up for the best that draws something else: another without a
    partner, none, or another pair's in exchange."""
    own = cost[i, j]
    cross = np.minimum(cost[np.ix_(i, j)], 2 * DEAREST)  # of the one with the other's partner
    swapped = cross + cross.T - own[:, None] - own[None]
    swapped[same[0][np.ix_(i, i)] | same[1][np.ix_(j, j)]] = np.inf
    best = swapped.min(axis=1)
    free = np.ones(cost.shape[0], bool), np.ones(cost.shape[1], bool)
    free[0][i], free[1][j] = False, False
    if free[0].any():
        rows = np.where(same[0][np.ix_(np.flatnonzero(free[0]), i)], np.inf, cost[free[0]][:, j])
        best = np.minimum(best, rows.min(axis=0) - own)
    if free[1].any():
        columns = np.where(same[1][np.ix_(j, np.flatnonzero(free[1]))], np.inf, cost[i][:, free[1]])
        best = np.minimum(best, columns.min(axis=1) - own)
    answer: Floats = np.clip(np.minimum(best, DEAREST - own), -_LIMIT, _LIMIT)
    return answer


def _alike(d: Description) -> Bools:
    """Which shapes of a drawing would draw the same in each other's place (N, N): their places, sizes and directions
    are."""
    second = np.mean((d.outline - d.centres[:, None]) ** 2, axis=1) / np.maximum(d.spreads, _SAME)
    apart = np.abs(d.centres[:, None] - d.centres[None]) + np.abs(d.spreads[:, None] - d.spreads[None])
    apart += np.abs(second[:, None] - second[None])
    answer: Bools = (apart <= _SAME) & (d.areas[:, None] == d.areas[None])
    return answer
