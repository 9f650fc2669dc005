"""Colours tell lines apart: a red leg that passes a blue one is red on the other side, too.

The matcher looks at shapes only. Where both keys have strokes of several colours, a pair of pieces is the less likely
the less alike their colours are, and lines of one colour are also matched among themselves. Colours that only one key
has may have changed into each other, and say nothing there: a hat painted anew stays a hat, and a drawing whose colours
all change is matched by its shapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.colouring import ink_at
from doodle_core.drawing import Drawing, Strokes
from doodle_core.strokes.pieces import Pieces

__all__ = ["Drawings", "Tints", "mixed", "palettes", "tell_apart"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Drawings: TypeAlias = tuple[Drawing | None, Drawing | None]
"""What two keys show; None where only the latent is known."""

_WEIGHT = 12.0  # how much less likely, as a logarithm, a pair of quite unlike colours is
_ALIKE, _UNLIKE = 0.15, 0.45  # distances in the cube of display colours, up to which and from which that holds
_GROUPS = 6  # colours at most whose lines are matched among themselves: each costs a run of the network


@dataclass(frozen=True, eq=False)
class Tints:
    """What colours say of the pieces of two keys.

    unlike  (Na, Nb) float64, how much less likely a pair is, as a logarithm, from 0 on
    groups  pieces of one colour that both keys have: indices at the first key and at the second
    """

    unlike: Floats
    groups: tuple[tuple[Ints, Ints], ...]


def palettes(drawings: Drawings) -> bytes:
    """A name of the colours by which lines might be told apart; b"" where they cannot: one colour, or none known."""
    first, second = drawings
    if not isinstance(first, Strokes) or not isinstance(second, Strokes):
        return b""
    plain = first.plain is not None and second.plain is not None
    return b"" if plain or not first.palette or not second.palette else first.palette + second.palette


def tell_apart(a: Pieces, b: Pieces, drawings: Drawings) -> Tints | None:
    """What their colours say of the pieces of two keys; None where they say nothing."""
    if not palettes(drawings) or not len(a) or not len(b):
        return None
    shown = [_display(pieces, drawing) for pieces, drawing in zip((a, b), drawings, strict=True)]
    if not all(np.isfinite(colours).all() for colours in shown):
        return None  # lines of a drawing that has no ink: not its own
    away = np.sqrt(((shown[0][:, None] - shown[1][None]) ** 2).sum(axis=2))
    away[np.ix_(away.min(axis=1) > _ALIKE, away.min(axis=0) > _ALIKE)] = 0.0
    unlike = _WEIGHT * np.clip((away - _ALIKE) / (_UNLIKE - _ALIKE), 0.0, 1.0)
    return Tints(unlike, _groups(*shown)) if unlike.any() else None


def mixed(likely: Floats, own: Floats, rows: Ints, columns: Ints) -> Floats:
    """Two opinions in equal shares: likely (N, M + 1), logarithms, the last column for nowhere, and `own` of some of
    its rows and columns only."""
    answer = likely.copy()
    other = np.full((len(rows), likely.shape[1]), -np.inf)
    other[:, columns], other[:, -1] = own[:, :-1], own[:, -1]
    answer[rows] = np.logaddexp(likely[rows], other) - np.log(2.0)
    return answer


def _groups(first: Floats, second: Floats) -> tuple[tuple[Ints, Ints], ...]:
    """Indices of pieces of one colour, from colours (Na, 3) and (Nb, 3): the most common colours first."""
    colours = np.concatenate([first, second])
    left = np.arange(len(colours))
    found: list[tuple[Ints, Ints]] = []
    while len(left) and len(found) < _GROUPS:
        values, counts = np.unique(np.round(colours[left], 3), axis=0, return_counts=True)
        near = np.sqrt(((colours[left] - values[counts.argmax()]) ** 2).sum(axis=1)) <= _ALIKE
        if not near.any():
            break
        some, left = left[near], left[~near]
        here, there = some[some < len(first)], some[some >= len(first)] - len(first)
        if len(here) and len(there):
            found.append((here, there))
    return tuple(found)


def _display(pieces: Pieces, drawing: Drawing | None) -> Floats:
    """Colours as a display shows them, in which equal steps look about equal: (N, 3), 0..1."""
    points = np.column_stack([pieces.place, pieces.table[:, 5]]).astype(np.float64)
    return ink_at(points, pieces.line, drawing)[:, :3] ** (1 / 2.2)
