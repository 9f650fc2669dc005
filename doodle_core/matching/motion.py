"""A smooth rough motion of the drawing, from shapes that are matched: where each shape should be at the other key.

Round every shape the matched shapes beside it say how it moves, turns, grows, and is foreshortened: an affine map by
least squares, weighed by nearness (moving least squares, Schaefer 2006), held to the motion of the whole where little
is near, and to a similarity where little tells. No shape is asked about itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["UNKNOWN", "Motion", "as_groups", "motion_of", "similar", "still"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]

UNKNOWN = 2.5
"""Model pixels: how far off a map may be of which nothing is known."""
_MARGIN, _SURE = 2.0, 0.7  # times what is seen; model pixels: how far off the best is
_NEAR = 3.0  # model pixels: nearer than that, all are as near
_STIFF = 0.05  # how much the motion of the whole counts, beside one shape at a distance of one spread of the drawing
_ROBUST = 3.0  # model pixels: who moves so much otherwise than his neighbours counts half
_ROUNDS = 3
_LIMIT = 2.5  # the most by which a motion grows, or shrinks
_HELD = 4.0  # square model pixels: where what is near is smaller, it says little about turns
_SIMILAR = 1.0
_FLAT = 0.6  # the most skew, beside the factor: a circle becomes an ellipse of 1 by 4


@dataclass(frozen=True, eq=False)
class Motion:
    """One affine map a shape: x -> factor * x + skew * conj(x) + shift.

    Parameters
    ----------
    factor, skew, shift : (N,) complex128
        `factor` turns and grows; `skew` makes one direction shorter and the other longer.
    error : (N,) float64
        How far off the map is thought to be, model pixels.
    """

    factor: Complexes
    skew: Complexes
    shift: Complexes
    error: Floats

    def of(self, rows: Ints) -> Motion:
        """That of some shapes."""
        return Motion(self.factor[rows], self.skew[rows], self.shift[rows], self.error[rows])

    @property
    def known_factor(self) -> Complexes:
        """`factor` as far as it is known, (N,): 1 where the map may be far off."""
        known = np.clip((UNKNOWN - self.error) / (UNKNOWN - 1), 0.0, 1.0)
        answer: Complexes = 1 + known * (self.factor - 1)
        return answer

    def turned(self, places: Complexes) -> Complexes:
        """Places of every shape, (N,) or (N, P), as vectors: turned, grown and foreshortened, but not moved."""
        factor, skew = (self.factor, self.skew) if places.ndim == 1 else (self.factor[:, None], self.skew[:, None])
        answer: Complexes = factor * places + skew * places.conj()
        return answer

    def at(self, places: Complexes) -> Complexes:
        """Where places of every shape, (N,) or (N, P), should be at the other key."""
        answer: Complexes = self.turned(places) + (self.shift if places.ndim == 1 else self.shift[:, None])
        return answer

    def inverse(self) -> Motion:
        """The way back."""
        known = np.abs(self.factor) ** 2 - np.abs(self.skew) ** 2
        known = np.where(np.abs(known) < 1e-9, 1e-9, known)
        factor, skew = self.factor.conj() / known, -self.skew / known
        return Motion(factor, skew, -factor * self.shift - skew * self.shift.conj(), self.error)


def still(count: int) -> Motion:
    """Nothing moves."""
    return Motion(np.ones(count, complex), np.zeros(count, complex), np.zeros(count, complex), np.full(count, UNKNOWN))


def motion_of(
    centres: Complexes,
    matched: Ints,
    places: Complexes,
    goals: Complexes,
    trust: Floats,
    sure: NDArray[np.bool_] | None = None,
) -> Motion:
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
    sure : (M,) bool
        Those that count as much however they move.
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
        motion = _maps(near, np.repeat(trust, size) / size, x, y)
        predicted = motion.of(matched).at(places - middle)
        off = np.sqrt(np.mean(np.abs(predicted - (goals - middle)) ** 2, axis=1))
        typical = float(np.median(off))
        doubt = (off / max(_ROBUST, typical)) ** 2
        trust = trust / (1 + (doubt if sure is None else np.where(sure, 0.0, doubt)))
    error = _errors(near, np.repeat(trust, size) / size, np.repeat(off, size))
    shift = motion.shift + middle - motion.turned(np.full(len(centres), middle))
    return Motion(motion.factor, motion.skew, shift, error)


def similar(places: Complexes, goals: Complexes, trust: Floats) -> tuple[complex, complex]:
    """The similarity x -> factor * x + shift that takes places (P,) onto goals (P,) best; no turn where they are all
    in one place."""
    total = max(float(trust.sum()), 1e-12)
    x, y = (trust * places).sum() / total, (trust * goals).sum() / total
    spread = float((trust * np.abs(places - x) ** 2).sum())
    factor = (trust * (places - x).conj() * (goals - y)).sum() / spread if spread > 1e-6 * total else 1.0 + 0j
    size = abs(factor)
    factor = factor / max(size, 1e-9) * float(np.clip(size, 1 / _LIMIT, _LIMIT)) if size > 1e-9 else 1.0 + 0j
    return complex(factor), complex(y - factor * x)


def as_groups(
    motion: Motion, groups: Sequence[Ints], matched: Ints, places: Complexes, goals: Complexes, trust: Floats
) -> Motion:
    """The motion, but that the shapes of each group (rows of the first key) move by one similarity. The other
    parameters are those of `motion_of`."""
    factor, skew, shift, error = motion.factor.copy(), motion.skew.copy(), motion.shift.copy(), motion.error.copy()
    for own in groups:
        some = np.flatnonzero(np.isin(matched, own))
        if not len(some):
            continue
        x, y = places[some], goals[some]
        weight = np.repeat(trust[some], x.shape[1]).reshape(x.shape)
        for _ in range(_ROUNDS):
            turned, moved = similar(x.ravel(), y.ravel(), weight.ravel())
            off = np.sqrt(np.mean(np.abs(turned * x + moved - y) ** 2, axis=1))
            doubt = 1 + (off / max(_ROBUST, float(np.median(off)))) ** 2
            weight = np.repeat(trust[some] / doubt, x.shape[1]).reshape(x.shape)
        factor[own], skew[own], shift[own] = turned, 0.0, moved
        error[own] = np.clip(_MARGIN * float(np.median(off)), _SURE, UNKNOWN)
    return Motion(factor, skew, shift, error)


def _errors(near: NDArray[np.float32], trust: Floats, off: Floats) -> Floats:
    """How far off the maps are round every shape, as they are for the matched ones (P,)."""
    table = np.stack([trust, trust * off * off], axis=1)
    whole = table.sum(axis=0) / max(float(trust.sum()), 1e-12)
    sums = (near @ table.astype(np.float32)).astype(np.float64) + _STIFF * whole
    answer: Floats = np.clip(_MARGIN * np.sqrt(sums[:, 1] / np.maximum(sums[:, 0], 1e-300)), _SURE, UNKNOWN)
    return answer


def _squares(p: Complexes, q: Complexes) -> NDArray[np.float32]:
    """Squares of the distances (N, P), single precision."""
    across, down = (
        np.subtract.outer(u.astype(np.float32), v.astype(np.float32)) for u, v in ((p.real, q.real), (p.imag, q.imag))
    )
    answer: NDArray[np.float32] = across * across + down * down
    return answer


def _maps(near: NDArray[np.float32], trust: Floats, x: Complexes, y: Complexes) -> Motion:
    """Least squares affine maps, one a row of `near` (N, P), of places (P,) onto places (P,) that count as `trust`."""
    parts = [x, y, np.conj(x) * y, x * y, x * x]
    columns = [np.ones(len(x)), np.abs(x) ** 2, *(half for part in parts for half in (part.real, part.imag))]
    table = trust[:, None] * np.stack(columns, axis=1)
    whole = table.sum(axis=0) / max(float(trust.sum()), 1e-12)
    sums = (near @ table.astype(np.float32)).astype(np.float64) + _STIFF * whole
    means = sums[:, 1:] / np.maximum(sums[:, 0], 1e-300)[:, None]
    mx, my, conjugate, product, square = (means[:, k] + 1j * means[:, k + 1] for k in (1, 3, 5, 7, 9))
    spread = np.maximum(means[:, 0] - np.abs(mx) ** 2, 0.0)
    one, two, oblong = conjugate - np.conj(mx) * my, product - mx * my, square - mx * mx
    # Some more places that do not turn or grow, and more that are not foreshortened: a single shape, or two, say little
    # about either. From the normal equations of `factor` and `skew`.
    firm, shear = spread + _HELD, spread * (1 + _SIMILAR) + _HELD
    one, known = one + _HELD, np.maximum(firm * shear - np.abs(oblong) ** 2, 1e-12)
    factor, skew = (one * shear - two * oblong.conj()) / known, (two * firm - one * oblong) / known
    size = np.abs(factor)
    factor = factor / np.maximum(size, 1e-9) * np.clip(size, 1 / _LIMIT, _LIMIT)
    skew = skew * np.minimum(1.0, _FLAT * np.abs(factor) / np.maximum(np.abs(skew), 1e-9))
    return Motion(factor, skew, my - factor * mx - skew * mx.conj(), np.zeros(len(factor)))
