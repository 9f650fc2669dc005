"""What it costs to call two shapes of neighbouring keys the same: minus the logarithm of how likely it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.congruence import congruence
from doodle_core.matching.description import Description
from doodle_core.matching.ends import ends_kept
from doodle_core.matching.motion import Motion

__all__ = ["Fine", "looks", "placed"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]
Bools: TypeAlias = NDArray[np.bool_]

_FORM = (0.35, 0.2, 0.15)  # how much the numbers of `forms` differ between two drawings of one shape
_SIZE = 0.25  # logarithm: how much its size does
_WIDTH = 0.3  # and its width
_COLOUR = 0.25  # how far apart two colours of one shape may lie
_PLACE_SIZE = 0.15  # that part of its spread a shape lies off its expected place, beside the error of the motion
_MISFIT = 0.03  # what is left of a shape's form after the best turn and scale
_TURN = 1.5  # the cost of a turn by 180 degrees against its neighbours, halved
_STILL = 0.15
_FORWARDS = 0.09  # how much running the same way is preferred


@dataclass(frozen=True, eq=False)
class Fine:
    """The cost (M,) of M pairs, and how each lies.

    Parameters
    ----------
    cost : (M,) float64
    backwards : (M,) bool
        Whether the second runs the other way.
    start : (M,) int64
        From which sample, where it is closed.
    factor : (M,) complex128
        How the first turns and grows beyond its surroundings; 1 where its form does not say.
    """

    cost: Floats
    backwards: Bools
    start: Ints
    factor: Complexes

    def of(self, rows: Ints) -> Fine:
        """Some of the pairs."""
        return Fine(self.cost[rows], self.backwards[rows], self.start[rows], self.factor[rows])


def looks(a: Description, b: Description) -> tuple[Floats, Floats, Bools]:
    """The cost (Na, Nb) by form, width and colour, wherever the shapes are; by size; and which pairs are possible."""
    possible = (a.areas[:, None] == b.areas[None]) & (a.layers[:, None] == b.layers[None])
    cost = np.zeros(possible.shape)
    for column, scale in enumerate(_FORM):
        cost += _tail((a.forms[:, None, column] - b.forms[None, :, column]) / scale)
    size = [np.log(np.maximum(d.spreads, 0.3)) for d in (a, b)]
    large = 1.5 * _tail((size[0][:, None] - size[1][None]) / _SIZE)
    wide = [np.log(np.maximum(d.widths, 0.05)) for d in (a, b)]
    cost += _tail((wide[0][:, None] - wide[1][None]) / _WIDTH)
    apart = np.sqrt(sum((a.colours[:, None, c] - b.colours[None, :, c]) ** 2 for c in range(4)))
    cost += _tail(apart / _COLOUR)
    return cost, large, possible


def placed(a: Description, b: Description, motion: Motion, loose: float = 1.0) -> Floats:
    """The cost (Na, Nb) of how far each shape of the second key lies from where the motion expects one of the first."""
    expected = motion.at(a.centres)
    scale = loose * (motion.error + _PLACE_SIZE * a.spreads)
    return 1.5 * _tail(np.abs(expected[:, None] - b.centres[None]) / scale[:, None])


def fine(a: Description, b: Description, i: Ints, j: Ints, motion: Motion, loose: float = 1.0, every: int = 1) -> Fine:
    """The cost of M pairs by place and by the outlines, without `looks`.

    Parameters
    ----------
    loose : float
        How much farther off they may lie than late in the search.
    every : int
        Of how many samples of the outlines one is looked at.
    """
    moved = motion.of(i)
    p, q = moved.turned(a.outline[i, ::every]), b.outline[j, ::every]
    both = a.closed[i] & b.closed[j]
    around = a.closed[i] | b.closed[j]
    forwards = _FORWARDS + ends_kept(a.outlines, b.outlines, a.main[i], b.main[j], moved)
    fit = congruence(p, q, around, ~both, _STILL, forwards)
    expected = moved.at(a.centres[i])
    scale = loose * (moved.error + _PLACE_SIZE * a.spreads[i])
    cost = 1.5 * _tail(np.abs(expected - b.centres[j]) / scale)
    small = 0.3 / (0.3 + a.spreads[i] + b.spreads[j])  # a dot has no form
    cost += (1 - small) * (1.5 * _tail(fit.misfit / _MISFIT) + _TURN * (1 - np.cos(fit.turn)))
    cost += 1.5 * _tail(np.log(fit.scale) / _SIZE) * (1 - small)
    # A round shape may have turned by any angle, and one that hardly fits says nothing.
    tells = (1 - small) * np.exp(-fit.misfit / _MISFIT) * np.minimum(1.0, 2.0 * np.maximum(a.forms[i, 1], ~both))
    factor = 1 + tells * (fit.scale * np.exp(1j * fit.turn) - 1)
    return Fine(cost, fit.backwards, fit.start * every, factor)


def _tail(value: Floats) -> Floats:
    """Like a square where small, and growing only slowly where large: what is strange is not impossible."""
    answer: Floats = np.log1p(value * value)
    return answer
