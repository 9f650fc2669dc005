"""Colours tell lines apart: a red leg that passes a blue one is red on the other side, too.

The network looks at shapes only. Where both keys have lines of several colours, a pair of tokens is the less likely the
less alike their colours are, and lines of one colour are also matched among themselves. Colours that only one key has
may have changed into each other, and say nothing there: a hat painted anew stays a hat, and a drawing whose colours all
change is matched by its shapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.contour import Contour
from doodle_core.matching.tokens import Tokens

__all__ = ["Tints", "mixed", "tell_apart"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_WEIGHT = 12.0  # how much less likely, as a logarithm, a pair of quite unlike colours is
_ALIKE, _UNLIKE = 0.15, 0.45  # distances in the cube of display colours, up to which and from which that holds
_GROUPS = 6  # colours at most whose lines are matched among themselves: each costs a run of the network
_COLOUR = slice(4, 7)  # the columns of a contour's values that are its colour


@dataclass(frozen=True, eq=False)
class Tints:
    """What colours say of the tokens of two keys.

    unlike  (Na, Nb) float64, how much less likely a pair is, as a logarithm, from 0 on
    groups  tokens of one colour that both keys have: indices at the first key and at the second
    """

    unlike: Floats
    groups: tuple[tuple[Ints, Ints], ...]


def tell_apart(a: Tokens, b: Tokens, lines: Sequence[Contour], others: Sequence[Contour]) -> Tints | None:
    """What their colours say of the tokens of two keys' contours; None where they say nothing."""
    if not len(a) or not len(b) or not _coloured(lines) or not _coloured(others):
        return None
    shown = [_display(tokens, contours) for tokens, contours in ((a, lines), (b, others))]
    away = np.sqrt(((shown[0][:, None] - shown[1][None]) ** 2).sum(axis=2))
    away[np.ix_(away.min(axis=1) > _ALIKE, away.min(axis=0) > _ALIKE)] = 0.0
    unlike = _WEIGHT * np.clip((away - _ALIKE) / (_UNLIKE - _ALIKE), 0.0, 1.0)
    return Tints(unlike, _groups(*shown)) if unlike.any() else None


def mixed(likely: Floats, own: Floats, rows: Ints, columns: Ints) -> Floats:
    """Two opinions in equal shares: likely (N, M + 1), logarithms, the last column for none, and `own` of some of its
    rows and columns only."""
    answer = likely.copy()
    other = np.full((len(rows), likely.shape[1]), -np.inf)
    other[:, columns], other[:, -1] = own[:, :-1], own[:, -1]
    answer[rows] = np.logaddexp(likely[rows], other) - np.log(2.0)
    return answer


def _groups(first: Floats, second: Floats) -> tuple[tuple[Ints, Ints], ...]:
    """Indices of tokens of one colour, from colours (Na, 3) and (Nb, 3): the most common colours first."""
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


def _coloured(contours: Sequence[Contour]) -> bool:
    return bool(contours) and contours[0].points.shape[1] >= _COLOUR.stop


def _display(tokens: Tokens, contours: Sequence[Contour]) -> Floats:
    """Colours of the middles of tokens as a display shows them, in which equal steps look about equal: (N, 3), 0..1."""
    parts = [np.zeros((0, 3))]
    for index, contour in enumerate(contours):
        count = int(tokens.first[index + 1] - tokens.first[index])
        parts.append(contour.at((np.arange(count) + 0.5) * contour.length / max(count, 1))[:, _COLOUR])
    return np.concatenate(parts) ** (1 / 2.2)
