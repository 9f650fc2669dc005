"""Pieces of line brought onto pieces of line as one sheet that bends: which became which, softly.

Robust point matching (Chui and Rangarajan 2003): where each piece should be, and which piece of the other key that is,
are found in turn, from coarse to fine. At first every piece may have become any that lies in a wide circle and has like
ink round it (shape contexts, Belongie, Malik and Puzicha 2002). Shares that sum to one on both sides (Sinkhorn 1967,
with a share for "none") keep two pieces from taking the same one. The sheet follows them: each place moves, turns and
grows as the places near it do (moving least squares, Schaefer, McPhail and Warren 2006). Then the circles shrink.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Places", "carried", "register"]

Floats: TypeAlias = NDArray[np.float64]
Complexes: TypeAlias = NDArray[np.complex128]

# Lengths below are in pieces.
_WIDEST = 0.25  # of the drawing's spread: the first circle,
_NARROWEST = 0.5  # the last one,
_SHRINK = 0.8  # and each beside the one before
_FAR = 5.0  # circles: farther than that, all is as far
_ACROSS = 2.5  # nats that a piece costs which lies across
_UNLIKE = 6.0  # and one round which the ink lies otherwise
_NONE = -4.5  # nats: a piece without a partner
_BALANCED = 12  # rounds of balancing shares
_STIFF = 1.33  # the sheet is told by what is nearer than that, at least,
_STIFFER = 0.5  # or than that many circles,
_WHOLE = 0.02  # and a little by all of the drawing
_HELD = 4.0  # square pieces: a smaller patch says little about turns
_ANGLES, _RINGS = 8, 3  # of a shape context
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Places:
    """Pieces of line of one drawing.

    Parameters
    ----------
    middles : (N,) complex128
        In lengths of a piece.
    along : (N,) complex128
        Unit directions, of either sign.
    """

    middles: Complexes
    along: Complexes

    def __len__(self) -> int:
        return len(self.middles)


def register(first: Places, second: Places, known: tuple[Complexes, Complexes]) -> tuple[Floats, Floats]:
    """Which piece became which.

    Parameters
    ----------
    first, second : Places
        N and M pieces, neither 0.
    known : two of (K,) complex128
        Places of the first drawing that are matched already, and where they are in the second, in lengths of a piece.

    Returns
    -------
    pairs : (N, M) float64
        Logarithms of the shares in which each piece of the first became each of the second.
    none : (N,) float64
        Logarithms of the shares that have no partner.
    """
    spread = max(_spread(first.middles), _spread(second.middles), 1.0)
    unlike = _UNLIKE * _unlike(_context(first.middles, spread), _context(second.middles, spread))
    sheet = _Sheet(np.ones(len(first), complex), np.zeros(len(first), complex))
    circle = max(_WIDEST * spread, 1.33)
    while True:
        pairs, none = _shares(first, second, sheet, circle, unlike)
        if circle <= _NARROWEST:
            break
        whole = pairs.sum(axis=1)
        goals = pairs @ second.middles / np.maximum(whole, _TINY)
        places = np.concatenate([first.middles, known[0]])
        trust = np.concatenate([whole, np.ones(len(known[0]))])
        sheet = _fitted(first.middles, places, np.concatenate([goals, known[1]]), trust, spread, circle)
        circle *= _SHRINK
    return np.log(np.maximum(pairs, _TINY)), np.log(np.maximum(none, _TINY))


def carried(at: Complexes, known: tuple[Complexes, Complexes]) -> Complexes:
    """Where places (N,) go with places of the first drawing, at least one, whose places in the second are known,
    (K,) each, as one sheet that bends."""
    spread = max(_spread(known[0]), 1.0)
    sheet = _fitted(at, *known, np.ones(len(known[0])), spread, _NARROWEST)
    answer: Complexes = sheet.factor * at + sheet.shift
    return answer


@dataclass(frozen=True, eq=False)
class _Sheet:
    """Where each place of the first drawing goes: x -> factor * x + shift, (N,) each."""

    factor: Complexes
    shift: Complexes


def _shares(first: Places, second: Places, sheet: _Sheet, circle: float, unlike: Floats) -> tuple[Floats, Floats]:
    """Shares (N, M) that sum to at most one along either axis, and what is left along the second, (N,)."""
    expected = sheet.factor * first.middles + sheet.shift
    turned = sheet.factor * first.along
    turned /= np.maximum(np.abs(turned), _TINY)
    away = np.abs(np.subtract.outer(expected, second.middles)) / circle
    cosine = np.abs(
        np.multiply.outer(turned.real, second.along.real) + np.multiply.outer(turned.imag, second.along.imag)
    )
    kernel = np.exp(-0.5 * np.minimum(away, _FAR) ** 2 - _ACROSS * (1 - cosine) - unlike)
    least = np.exp(_NONE)
    rows, columns = np.ones(len(first)), np.ones(len(second))
    for _ in range(_BALANCED):
        rows = 1 / (kernel @ columns + least)
        columns = 1 / (rows @ kernel + least)
    return rows[:, None] * kernel * columns, rows * least


def _fitted(at: Complexes, x: Complexes, y: Complexes, trust: Floats, spread: float, circle: float) -> _Sheet:
    """The similarities that take places x onto y (P,), by least squares near each place of `at` (N,)."""
    reach = max(_STIFFER * circle, _STIFF)
    apart = np.subtract.outer(at.real, x.real) ** 2 + np.subtract.outer(at.imag, x.imag) ** 2
    weight = ((spread * spread / (apart + reach * reach)) ** 2 + _WHOLE) * trust
    columns = np.stack([np.ones(len(x)), x.real, x.imag, y.real, y.imag, np.abs(x) ** 2, *_parts(x.conj() * y)], axis=1)
    sums = weight @ columns
    mean = sums[:, 1:] / np.maximum(sums[:, :1], 1e-300)
    mx, my = mean[:, 0] + 1j * mean[:, 1], mean[:, 2] + 1j * mean[:, 3]
    patch = np.maximum(mean[:, 4] - np.abs(mx) ** 2, 0.0)
    both = mean[:, 5] + 1j * mean[:, 6] - mx.conj() * my
    factor = (both + _HELD) / (patch + _HELD)
    return _Sheet(factor, my - factor * mx)


def _parts(z: Complexes) -> tuple[Floats, Floats]:
    return z.real, z.imag


def _spread(places: Complexes) -> float:
    return float(np.sqrt(np.mean(np.abs(places - places.mean()) ** 2)))


def _context(places: Complexes, spread: float) -> Floats:
    """How the other pieces lie round each: their shares in rings and directions, (N, _RINGS * _ANGLES), sums 1."""
    apart = np.subtract.outer(places, places).T
    ring = np.log1p(np.abs(apart) / spread * 4) / np.log(5) * _RINGS
    step = 2 * np.pi / _ANGLES
    sector = np.angle(apart) / step
    answer = np.empty((len(places), _RINGS * _ANGLES))
    for k in range(_RINGS):
        near = np.maximum(0.0, 1 - np.abs(ring - k - 0.5))
        for m in range(_ANGLES):
            off = np.abs((sector - m + _ANGLES / 2) % _ANGLES - _ANGLES / 2)
            answer[:, k * _ANGLES + m] = (near * np.maximum(0.0, 1 - off)).sum(axis=1)
    return answer / np.maximum(answer.sum(axis=1, keepdims=True), _TINY)


def _unlike(a: Floats, b: Floats) -> Floats:
    """The chi-squared distance of histograms (N, K) and (M, K): (N, M), 0 to 1."""
    answer = np.zeros((len(a), len(b)))
    for k in range(a.shape[1]):
        both = np.add.outer(a[:, k], b[:, k])
        answer += np.subtract.outer(a[:, k], b[:, k]) ** 2 / np.maximum(both, _TINY)
    return answer / 2
