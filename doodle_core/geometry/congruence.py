"""How far one outline is another one turned, scaled and moved; of closed ones from which start, of open ones which way.

Outlines are complex numbers (M, K), places evenly along M contours. The best turn of one onto another is the argument
of their correlation, and the correlations for all starts of a closed one are one Fourier transform. Of the starts of a
closed one that wins from which it deforms least: it may be stretched in one direction, as a bar that grows, or turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Congruence", "congruence", "correlations", "starts"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Complexes: TypeAlias = NDArray[np.complex128]

_SMALL = 1e-12
_BENT, _STRETCHED, _TURNED = 1.0, 0.12, 0.11  # what counts for a start: what is left, logarithms of stretch, radians
_THIN = 0.02  # of an outline's energy: what it has less of across tells nothing
_FLAT = 0.05  # the least stretch that is told apart
_STRETCHING = 0.3  # how much of the misfit of a similarity counts where a stretch explains it


@dataclass(frozen=True, eq=False)
class Congruence:
    """The best turn, scale and start of M outlines on M others.

    Parameters
    ----------
    turn, scale : (M,) float64
        Radians; ratio of the spreads.
    misfit : (M,) float64
        What is left after the best turn and scale: 0 where they are alike, 1 where they have nothing in common.
    backwards : (M,) bool
        Whether the second runs the other way.
    start : (M,) int64
        The sample of the second, as it then runs, that the first's first sample lies on.
    worth : (M, 2) float64
        How well the best start fits when the second runs as it is, and backwards: 1 at best.
    """

    turn: Floats
    scale: Floats
    misfit: Floats
    backwards: Bools
    start: Ints
    worth: Floats


def correlations(first: Complexes, second: Complexes) -> Complexes:
    """Mean of conj(first[k]) * second[k + s] for every start s: (M, K). Both have their mean removed."""
    count = first.shape[1]
    product = np.conj(np.fft.fft(first, axis=1)) * np.fft.fft(second, axis=1)
    answer: Complexes = np.fft.ifft(product, axis=1) / count
    return answer


def starts(first: Complexes, second: Complexes) -> tuple[Floats, Floats]:
    """How well closed outlines (M, K) fit for every start: by the affine map that fits best, less what that turns and
    stretches (M, K), 1 at best; and the part of the second that it leaves, (M, K). Both have their mean removed."""
    one, two = correlations(first, second), correlations(first.conj(), second)
    size = np.mean(np.abs(first) ** 2, axis=1)[:, None] + _SMALL
    other = np.mean(np.abs(second) ** 2, axis=1)[:, None] + _SMALL
    oblong = np.mean(first * first, axis=1)[:, None]
    firm = size * (1 + _THIN)
    known = size * firm - np.abs(oblong) ** 2
    factor, skew = (one * firm - two * oblong.conj()) / known, (two * size - one * oblong) / known
    left = np.clip(1 - (factor.conj() * one + skew.conj() * two).real / other, 0.0, 1.0)
    size, flat = np.abs(factor), np.abs(skew)
    large = np.log(np.maximum(size + flat, _SMALL))
    narrow = np.log(np.maximum(np.maximum(size - flat, _FLAT * (size + flat)), _SMALL))
    mirrored = flat > size
    worth = 1 - _BENT * left - _STRETCHED * np.hypot(large, narrow) - _TURNED * np.abs(np.angle(factor + _SMALL))
    return worth - mirrored, np.where(mirrored, 1.0, left)


def congruence(
    first: Complexes, second: Complexes, around: Bools, either: Bools, still: float, forwards: Floats | float = 0.0
) -> Congruence:
    """Compare outlines (M, K) pair by pair.

    Parameters
    ----------
    around : (M,) bool
        Whether the second may begin anywhere, being closed.
    either : (M,) bool
        Whether the second may run the other way.
    still : float
        How much a small turn is preferred: of two starts the one that turns less wins, where they fit about as well.
    forwards : (M,) float64 or float
        How much running the same way is preferred.
    """
    size, count = first.shape
    p, q = first - first.mean(axis=1, keepdims=True), second - second.mean(axis=1, keepdims=True)
    ep, eq = (np.mean(np.abs(v) ** 2, axis=1) for v in (p, q))
    energy = np.sqrt(ep * eq)
    values = np.zeros((size, 2, count), complex)
    back = q[:, ::-1]
    values[:, 0, 0], values[:, 1, 0] = np.mean(np.conj(p) * q, axis=1), np.mean(np.conj(p) * back, axis=1)
    left = np.ones(values.shape)
    closed = np.zeros(values.shape)
    for side, other, rows in ((0, q, np.flatnonzero(around)), (1, back, np.flatnonzero(around & either))):
        if len(rows):
            values[rows, side] = correlations(p[rows], other[rows])
            closed[rows, side], left[rows, side] = starts(p[rows], other[rows])
    values /= np.maximum(energy, _SMALL)[:, None, None]
    worth = np.abs(values + still) / (1 + still)
    worth[~around, :, 1:] = -1.0
    ring = around & ~either  # an open one that goes round does not stretch: its ends tell where it starts
    worth[ring] = closed[ring]
    best = worth.argmax(axis=2)
    tops = np.take_along_axis(worth, best[:, :, None], axis=2)[:, :, 0]
    backwards = either & (tops[:, 1] > tops[:, 0] + forwards)
    way = backwards.astype(np.int64)
    every = np.arange(size)
    start = best[every, way]
    value = values[every, way, start]
    misfit = np.maximum(1 - np.abs(value) ** 2, 0.0)
    return Congruence(
        turn=np.angle(value + _SMALL),
        scale=np.sqrt(np.maximum(eq, _SMALL) / np.maximum(ep, _SMALL)),
        misfit=np.where(ring, _STRETCHING * misfit + (1 - _STRETCHING) * left[every, way, start], misfit),
        backwards=backwards,
        start=start,
        worth=tops,
    )
