"""How much a correspondence bends, turns and moves a drawing: the referee between several of them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.sampling import outlines_of
from doodle_core.inbetween.aligned import Aligned
from doodle_core.inbetween.joints import joints

__all__ = ["energy"]

Floats: TypeAlias = NDArray[np.float64]
Complexes: TypeAlias = NDArray[np.complex128]

_TURN = 0.1  # a model pixel of contour that turns by one radian costs as much as so many that bend
_MOVE = 1.0 / 64.0  # and one that moves by a model pixel
_LONE = 1.0  # and one that only one key has
_PAINTED = 0.5  # and one that becomes of quite another colour
_JOINT = 3.0  # what an end that keeps touching another line where it touched it gains
_AT_END = 0.01  # model pixels
_ALIKE, _UNLIKE = 0.15, 0.45  # distances in the cube of display colours, up to which and from which that holds


def energy(aligned: Aligned) -> float:
    """Model pixels of contour that are bent on the way from key to key (as-rigid-as-possible: Alexa, Cohen-Or and Levin
    2000, with one rotation for each run), and, weighed less, that turn, move
    otherwise than the whole, change their colour, or are of one key only; less what ends that stay joined gain."""
    starts, ends = aligned.edges
    runs = aligned.runs
    first, second = _complex(aligned.first), _complex(aligned.second)
    paired = aligned.lone[runs[starts]] == 0
    lone = ~paired
    own = aligned.lone[runs[starts]] == 1
    before, after = first[ends] - first[starts], second[ends] - second[starts]
    alone = np.where(own, np.abs(before), np.abs(after))[lone].sum()
    before, after, run = before[paired], after[paired], runs[starts[paired]]
    count = len(aligned.offsets) - 1
    product = after * before.conj()
    turn = np.angle(_summed(run, product.real, count) + 1j * _summed(run, product.imag, count))[run]
    length = (np.abs(before) + np.abs(after)) / 2
    bent = np.abs(after * np.exp(-1j * turn) - before).sum()
    middle, goal = ((key[starts] + key[ends])[paired] / 2 for key in (first, second))
    moved = np.abs(goal - _as_a_whole(middle, goal, length))
    painted = _painted(aligned, _summed(run, length, count))
    return float(
        bent
        + _TURN * (length * np.abs(turn)).sum()
        + _MOVE * (length * moved).sum()
        + _LONE * alone
        + _PAINTED * painted
        - _JOINT * _joined(aligned)
    )


def _joined(aligned: Aligned) -> int:
    """How many ends of contours touch other lines, at both keys at the same place there."""
    found, runs = joints(aligned), aligned.runs
    # A contour that its spans cut has ends of its own to touch.
    other = aligned.contours[0][runs[found.ends]] != aligned.contours[0][runs[found.starts]]
    ends = np.unique(found.ends[other])
    good = np.ones(len(ends), bool)
    for key in (0, 1):
        contours = aligned.contours[key][runs[ends]]
        lengths = outlines_of(aligned.keys[key]).lengths[contours]
        places = aligned.places[key, ends]
        good &= np.minimum(np.abs(places), np.abs(places - lengths)) < _AT_END
    return int(good.sum())


def _painted(aligned: Aligned, lengths: Floats) -> float:
    """Model pixels of contour that change their colour; lengths (R,): those of the paired runs."""
    shapes = aligned.shapes
    if shapes.values.shape[1] < 5 or not len(shapes.vertices):
        return 0.0
    first, second = shapes.values[:, 2:5].astype(np.float64) ** (1 / 2.2)
    away = np.sqrt(((first - second) ** 2).sum(axis=0))
    contour = np.repeat(np.arange(len(shapes.runs)), np.diff(shapes.offsets))
    mean = _summed(contour, away, len(shapes.runs)) / np.maximum(np.diff(shapes.offsets), 1)
    return float((np.clip((mean - _ALIKE) / (_UNLIKE - _ALIKE), 0, 1) * lengths[shapes.runs]).sum())


def _as_a_whole(
    places: NDArray[np.complex128], goals: NDArray[np.complex128], weight: Floats
) -> NDArray[np.complex128]:
    """Where the similarity that fits all of the drawing best takes places (N,): what is left is motion of parts."""
    total = max(float(weight.sum()), 1e-9)
    p, q = (weight * places).sum() / total, (weight * goals).sum() / total
    spread = (weight * np.abs(places - p) ** 2).sum()
    turn = (weight * (goals - q) * (places - p).conj()).sum() / spread if spread > 1e-9 else 1.0
    answer: Complexes = turn * (places - p) + q
    return answer


def _summed(run: NDArray[np.int64], values: Floats, count: int) -> Floats:
    answer: Floats = np.bincount(run, values, count).astype(np.float64)
    return answer


def _complex(points: Floats) -> NDArray[np.complex128]:
    answer: NDArray[np.complex128] = points[:, 0] + 1j * points[:, 1]
    return answer
