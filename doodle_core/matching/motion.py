"""A smooth rough motion of the drawing, from shapes that are matched: where each shape should be at the other key.

Round every shape the matched shapes beside it say how it moves, turns and grows: a similarity by least squares, weighed
by nearness (moving least squares, Schaefer 2006), held to the motion of the whole where little is near. No shape is
asked about itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Motion", "motion_of", "still"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]

_NEAR = 3.0  # model pixels: nearer than that, all are as near
_STIFF = 0.05  # how much the motion of the whole counts, beside one shape at a distance of one spread of the drawing
_ROBUST = 3.0  # model pixels: who moves so much otherwise than his neighbours counts half
_ROUNDS = 3
_LIMIT = 2.5  # the most by which a motion grows, or shrinks


@dataclass(frozen=True, eq=False)
class Motion:
    """One similarity a shape: x -> factor * x + shift. (N,) complex128 each."""

    factor: Complexes
    shift: Complexes


def still(count: int) -> Motion:
    """Nothing moves."""
    return Motion(np.ones(count, complex), np.zeros(count, complex))


def motion_of(centres: Complexes, matched: Ints, places: Complexes, goals: Complexes, trust: Floats) -> Motion:
    """The motion at every shape of the first key.

    Parameters
    ----------
    centres : (N,) complex128
        Centres of all shapes of the first key.
    matched : (M,) int64
        Which of them are matched.
    places, goals : (M, P) complex128
        Some places of each matched shape at the first key, and where those are at the second.
    trust : (M,) float64
        How much each counts.
    """
    if not len(matched):
        return still(len(centres))
    size = places.shape[1]
    x, y = places.reshape(-1), goals.reshape(-1)
    trust = trust * np.ones(len(matched))
    # Where all of a drawing lies, for the scale of distances.
    reach = max(float(np.sqrt(np.mean(np.abs(x - x.mean()) ** 2))), 1.0)
    middle = x.mean()
    x, y = x - middle, y - middle  # small numbers, for single precision
    distance = _squares(centres - middle, x) + np.float32(_NEAR**2)
    near = (np.float32(reach * reach) / distance) ** 2
    near.reshape(len(centres), len(matched), size)[matched, np.arange(len(matched))] = 0.0
    for _ in range(_ROUNDS):
        motion = _similarities(near, np.repeat(trust, size) / size, x, y)
        predicted = motion.factor[matched, None] * (places - middle) + motion.shift[matched, None]
        off = np.sqrt(np.mean(np.abs(predicted - (goals - middle)) ** 2, axis=1))
        typical = float(np.median(off))
        trust = trust / (1 + (off / max(_ROBUST, typical)) ** 2)
    return Motion(motion.factor, motion.shift + middle - motion.factor * middle)


def _squares(p: Complexes, q: Complexes) -> NDArray[np.float32]:
    """Squares of the distances (N, P), single precision."""
    across, down = (
        np.subtract.outer(u.astype(np.float32), v.astype(np.float32)) for u, v in ((p.real, q.real), (p.imag, q.imag))
    )
    answer: NDArray[np.float32] = across * across + down * down
    return answer


def _similarities(near: NDArray[np.float32], trust: Floats, x: Complexes, y: Complexes) -> Motion:
    """Least squares similarities, one a row of `near` (N, P), of places (P,) onto places (P,) that count as `trust`."""
    cross = np.conj(x) * y
    columns = [np.ones(len(x)), x.real, x.imag, y.real, y.imag, cross.real, cross.imag, np.abs(x) ** 2]
    table = trust[:, None] * np.stack(columns, axis=1)
    whole = table.sum(axis=0) / max(float(trust.sum()), 1e-12)
    sums = (near @ table.astype(np.float32)).astype(np.float64) + _STIFF * whole
    total = np.maximum(sums[:, 0], 1e-300)
    means = sums[:, 1:] / total[:, None]
    mx, my = means[:, 0] + 1j * means[:, 1], means[:, 2] + 1j * means[:, 3]
    cross = means[:, 4] + 1j * means[:, 5] - np.conj(mx) * my
    spread = means[:, 6] - np.abs(mx) ** 2
    # One more place that does not turn or grow: a single shape, or two, say little about either.
    held = 4.0
    factor = (cross + held) / (np.maximum(spread, 0.0) + held)
    size = np.abs(factor)
    factor = factor / np.maximum(size, 1e-9) * np.clip(size, 1 / _LIMIT, _LIMIT)
    return Motion(factor, my - factor * mx)
