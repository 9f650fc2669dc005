"""What the artist says of how shapes move: some move as one piece, and some hold until they vanish or appear."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.inbetween.aligned import Aligned
from doodle_core.matching.hints import Constraints

__all__ = ["Piece", "absent", "pieces", "settled"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Complexes: TypeAlias = NDArray[np.complex128]

_TINY = 1e-9  # square model pixels: a smaller piece does not turn


@dataclass(frozen=True, eq=False)
class Piece:
    """Vertices that move as one: moved, turned and grown together, while their form goes evenly from key to key.

    Parameters
    ----------
    rows : (V,) int64
        Vertices of the geometry.
    weight : (V,) float64
        How much each counts for where the piece is, sum 1; 0 for those that one key lacks.
    own : (2, V) complex128
        Where they lie from the middle of the piece at either key, as the first key has it turned and grown.
    turn, growth : float
        From key to key: radians, and the logarithm of the scale.
    """

    rows: Ints
    weight: Floats
    own: Complexes
    turn: float
    growth: float

    def move(self, places: Floats, fraction: float) -> None:
        """Put the piece where its vertices lie on the whole among places (V, 2), at a fraction of the way."""
        middle = self.weight @ (places[self.rows] @ (1, 1j))
        factor = np.exp(fraction * (self.growth + 1j * self.turn))
        form = (1 - fraction) * self.own[0] + fraction * self.own[1]
        moved = middle + factor * form
        places[self.rows, 0], places[self.rows, 1] = moved.real, moved.imag


def pieces(aligned: Aligned, asked: Constraints) -> list[Piece]:
    """The pieces that constraints ask for."""
    answer = []
    paired = aligned.lone[aligned.runs] == 0
    weight = _weights(aligned) * paired
    keys = [key @ (1, 1j) for key in (aligned.first, aligned.second)]
    for own, other in asked.groups:
        rows = _vertices(aligned, _members(aligned, own, 0) | _members(aligned, other, 1))
        share = weight[rows]
        if not share.any():
            continue
        share = share / share.sum()
        first, second = (key[rows] - share @ key[rows] for key in keys)
        spread = share @ np.abs(first) ** 2
        factor = (share @ (first.conj() * second)) / spread if spread > _TINY else 1.0
        if abs(factor) < _TINY:
            factor = 1.0
        forms = np.stack([first, second / factor])
        lone = ~paired[rows]
        key_of = np.maximum(aligned.lone[aligned.runs[rows]] - 1, 0)  # what one key lacks keeps the other's form
        forms[:, lone] = forms[key_of[lone], np.flatnonzero(lone)]
        answer.append(Piece(rows, share, forms, float(np.angle(factor)), float(np.log(abs(factor)))))
    return answer


def settled(aligned: Aligned, asked: Constraints) -> Aligned:
    """The geometry with shapes that have no partner where they are, at both keys and as they are."""
    runs = np.zeros(len(aligned.lone), bool)
    for key in (0, 1):
        runs[_runs(aligned, _members(aligned, asked.alone[key], key))] = True
    runs &= aligned.lone > 0
    if not runs.any():
        return aligned
    shapes = aligned.shapes
    rows, own = runs[aligned.runs], aligned.lone[aligned.runs]
    first = np.where((rows & (own == 2))[:, None], aligned.second, aligned.first)
    second = np.where((rows & (own == 1))[:, None], aligned.first, aligned.second)
    values = shapes.values.copy()
    painted, own = rows[shapes.vertices], own[shapes.vertices]
    values[1][:, painted & (own == 1)] = values[0][:, painted & (own == 1)]
    values[0][:, painted & (own == 2)] = values[1][:, painted & (own == 2)]
    drawn = np.where(runs, 0, aligned.drawn).astype(aligned.drawn.dtype)
    return replace(aligned, first=first, second=second, drawn=drawn, shapes=replace(shapes, values=values))


def absent(aligned: Aligned, asked: Constraints) -> tuple[Bools, Bools]:
    """The shapes (S,) that are not there before half-way, and those that are not there from then on."""
    return _members(aligned, asked.alone[1], 1), _members(aligned, asked.alone[0], 0)


def _members(aligned: Aligned, shapes: frozenset[int], key: int) -> Bools:
    """Which shapes of the in-betweens come from some of a key."""
    return np.isin(aligned.shapes.origins[:, key], sorted(shapes))


def _runs(aligned: Aligned, members: Bools) -> Ints:
    shapes = aligned.shapes
    return np.unique(shapes.runs[np.repeat(members, np.diff(shapes.shapes))])


def _vertices(aligned: Aligned, members: Bools) -> Ints:
    inside = np.zeros(len(aligned.lone), bool)
    inside[_runs(aligned, members)] = True
    return np.flatnonzero(inside[aligned.runs])


def _weights(aligned: Aligned) -> Floats:
    """The length of contour round each vertex, (V,), at both keys together; at least a little."""
    starts, ends = aligned.edges
    length = sum(np.hypot(*(key[ends] - key[starts]).T) for key in (aligned.first, aligned.second))
    count = len(aligned.first)
    answer: Floats = np.bincount(starts, length, count) + np.bincount(ends, length, count) + 1e-3
    return answer
