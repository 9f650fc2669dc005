"""How far one outline is another one turned, scaled and moved; of closed ones from which start, of open ones which way.

Outlines are complex numbers (M, K), places evenly along M contours. The best turn of one
onto another is the argument of their correlation, and the correlation for all starts of a closed one is one Fourier
transform.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Congruence", "congruence", "correlations"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Complexes: TypeAlias = NDArray[np.complex128]

_SMALL = 1e-12


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
    rows = np.flatnonzero(around)
    values[:, 0, 0], values[:, 1, 0] = np.mean(np.conj(p) * q, axis=1), np.mean(np.conj(p) * back, axis=1)
    if len(rows):
        values[rows, 0] = correlations(p[rows], q[rows])
        both = np.flatnonzero(around & either)
        values[both, 1] = correlations(p[both], back[both])
    values /= np.maximum(energy, _SMALL)[:, None, None]
    worth = np.abs(values + still)
    worth[~around, :, 1:] = -1.0
    best = worth.argmax(axis=2)
    tops = np.take_along_axis(worth, best[:, :, None], axis=2)[:, :, 0] / (1 + still)
    backwards = either & (tops[:, 1] > tops[:, 0] + forwards)
    way = backwards.astype(np.int64)
    every = np.arange(size)
    start = best[every, way]
    value = values[every, way, start]
    return Congruence(
        turn=np.angle(value + _SMALL),
        scale=np.sqrt(np.maximum(eq, _SMALL) / np.maximum(ep, _SMALL)),
        misfit=np.maximum(1 - np.abs(value) ** 2, 0.0),
        backwards=backwards,
        start=start,
        worth=tops,
    )
