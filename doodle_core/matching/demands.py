"""Constraints as the search of whole shapes sees them: by rows of two descriptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.sampling import Outlines
from doodle_core.matching.description import Description
from doodle_core.matching.hints import Constraints, Link, Place
from doodle_core.matching.pinned import Stretch, both_ways
from doodle_core.units import MODEL_PIXELS

__all__ = ["PLACES", "Demands", "demands", "located"]

Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]

PLACES = 8
"""Places of a linked shape that say how it moves."""


@dataclass(frozen=True, eq=False)
class Demands:
    """What constraints ask of rows.

    Parameters
    ----------
    i, j : (F,) int64
        Rows that are partners.
    places : (F, PLACES) complex128
        Places of each of these shapes at the first key, model pixels,
    goals : (F, 2, PLACES) complex128
        and where they are at the second, where both run the same way, and where not.
    lone : two int64 arrays
        Rows without a partner, or whose partner is decided elsewhere.
    groups : tuple of two int64 arrays
        Rows that move as one.
    """

    i: Ints
    j: Ints
    places: Complexes
    goals: Complexes
    lone: tuple[Ints, Ints]
    groups: tuple[tuple[Ints, Ints], ...]

    def restrict(self, possible: NDArray[np.bool_]) -> None:
        """Take away the pairs (Na, Nb) that they exclude."""
        possible[self.lone[0]] = False
        possible[:, self.lone[1]] = False
        for own, other in self.groups:
            if len(own) and len(other):
                mine, theirs = np.zeros(len(possible), bool), np.zeros(possible.shape[1], bool)
                mine[own], theirs[other] = True, True
                possible[mine[:, None] != theirs[None]] = False
        possible[self.i] = False
        possible[:, self.j] = False
        possible[self.i, self.j] = True

    @property
    def linked(self) -> bool:
        """Whether a link says how the drawing moves."""
        return bool(len(self.i))


def demands(a: Description, b: Description, asked: Constraints) -> Demands:
    """What constraints ask of the rows of two descriptions; what these do not have is left out."""
    rows = [dict(zip(d.numbers.tolist(), range(len(d)), strict=True)) for d in (a, b)]
    pairs: dict[tuple[int, int], list[Link]] = {}
    lone = [{rows[k][s] for s in asked.alone[k] if s in rows[k]} for k in (0, 1)]
    taken: tuple[set[int], set[int]] = (set(), set())
    for link in asked.links:
        pair = rows[0].get(link.shape, -1), rows[1].get(link.other, -1)
        if pair in pairs:
            pairs[pair].append(link)
        elif min(pair) < 0 or pair[0] in taken[0] or pair[1] in taken[1]:
            for k in (0, 1):  # partly another's: not this search's to decide
                if pair[k] >= 0 and pair[k] not in taken[k]:
                    lone[k].add(pair[k])
        else:
            pairs[pair] = [link]
            for k in (0, 1):
                taken[k].add(pair[k])
                lone[k].discard(pair[k])
    i, j = np.array(list(pairs), np.int64).reshape(-1, 2).T
    moves = [_moves(a, b, *pair, links) for pair, links in pairs.items()]
    places = np.array([move[0] for move in moves], complex).reshape(-1, PLACES)
    goals = np.array([move[1:] for move in moves], complex).reshape(-1, 2, PLACES)
    more = _twins(a, b, i, j, (*taken, *lone))
    return Demands(
        np.concatenate([i, a.twins[i[more]]]),
        np.concatenate([j, b.twins[j[more]]]),
        np.concatenate([places, places[more]]),
        np.concatenate([goals, goals[more]]),
        (_sorted(lone[0]), _sorted(lone[1])),
        tuple((_rows(own, rows[0]), _rows(other, rows[1])) for own, other in asked.groups),
    )


def located(outlines: Outlines, contours: range, place: Place) -> tuple[int, float]:
    """The contour of some, and the length along it, where it comes nearest to a place in canvas units."""
    goal = complex(*place) * MODEL_PIXELS
    best = (np.inf, contours.start, 0.0)
    for contour in contours:
        own = slice(int(outlines.offsets[contour]), int(outlines.offsets[contour + 1]))
        points, along = outlines.points[own], outlines.along[own]
        if not len(points):
            continue
        steps = np.diff(points, append=points[-1:])
        size = np.abs(steps) ** 2
        share = np.clip(((goal - points) * steps.conj()).real / np.maximum(size, 1e-12), 0, 1)
        away = np.abs(points + share * steps - goal)
        k = int(away.argmin())
        if away[k] < best[0]:
            best = float(away[k]), contour, float(along[k] + share[k] * np.abs(steps[k]))
    return best[1], best[2]


def _moves(
    a: Description, b: Description, row: int, other: int, links: list[Link]
) -> tuple[Complexes, Complexes, Complexes]:
    """Places of a linked shape at the first key, along its main contour, and at the second through the links: running
    the same way, and the other."""
    sides, stretches, pins = (a, b), [], []
    for side, own in zip(sides, (row, other), strict=True):
        main = int(side.main[own])
        stretches.append(Stretch(main, 0.0, float(side.outlines.lengths[main]), bool(side.outlines.closed[main])))
    for link in links:
        ends = [located(d.outlines, _contours(d, n), p) for d, n, p in ((a, row, link.place), (b, other, link.goal))]
        if all(end[0] == stretch.contour for end, stretch in zip(ends, stretches, strict=True)):
            pins.append((ends[0][1], ends[1][1]))
    if not pins:  # of holes
        here, there = (np.full(PLACES, complex(*p) * MODEL_PIXELS) for p in (links[0].place, links[0].goal))
        return here, there, there
    one, two = stretches
    return both_ways((a.outlines, b.outlines), (one, two), pins, PLACES)


def _contours(d: Description, row: int) -> range:
    shape = int(d.numbers[row])
    return range(int(d.contours[shape]), int(d.contours[shape + 1]))


def _twins(a: Description, b: Description, i: Ints, j: Ints, used: tuple[set[int], ...]) -> Ints:
    """Which of the pairs are of an area and an area, or line and line, whose other halves go along."""
    own, other = a.twins[i], b.twins[j]
    free = [
        o >= 0 and t >= 0 and o not in used[0] and t not in used[1] and o not in used[2] and t not in used[3]
        for o, t in zip(own.tolist(), other.tolist(), strict=True)
    ]
    return np.flatnonzero(np.array(free, bool)) if free else np.zeros(0, np.int64)


def _rows(shapes: frozenset[int], rows: dict[int, int]) -> Ints:
    return _sorted({rows[shape] for shape in shapes if shape in rows})


def _sorted(values: set[int]) -> Ints:
    return np.array(sorted(values), np.int64)
