"""Pictures of 8 bits to numbers, straight and as exact as what was painted.

Skia paints pictures of 8 bits in two thirds of the time that half floats take. But colours are linear, and 8 linear
bits are few in the darks. So whole codes are painted, and a pixel that has one of them is given the very colour that
the code stands for. Only where colours mix does a code mean its number over 255.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.rendering.inks import Inks
from doodle_core.strips import in_strips

__all__ = ["Palette", "palette_of"]

Floats: TypeAlias = NDArray[np.float32]
Bytes: TypeAlias = NDArray[np.uint8]

_MOST = 255
_SEEN = 0.25  # codes: of what is darker or fainter, nothing is seen
_FEW = 128  # distinct numbers that may have codes of their own
_ASIDE = 2  # codes beside the nearest that they may have then: where colours mix, so much is seen of it
_BAND = 1 << 16  # pixels whose numbers stay in the processor's cache
_MANY = 1 << 18  # pixels that are worth a second thread
_NUMBERS = np.linspace(0.0, 1.0, _MOST + 1, dtype=np.float32)


@dataclass(frozen=True)
class Palette:
    """What the codes of a painted picture stand for.

    Parameters
    ----------
    colour : (3,) float32 or None
        The one colour of everything; the picture then has alpha alone, (h, w) uint8. None where there are several; it
        then has (h, w, 4) uint8, premultiplied.
    values : (256,) float32
        Of every channel of opaque pixels, and of alpha.
    glazes : (k,) uint32
        The pixels of translucent shapes that lie on nothing, sorted.
    under : (k, 3) float32
        Their straight colours.
    """

    colour: Floats | None
    values: Floats
    glazes: NDArray[np.uint32]
    under: Floats

    def straight(self, codes: Bytes, out: Floats) -> None:
        """Fill rows of a picture, (h, w, 4) float32, contiguous, straight, from those of its codes, contiguous."""
        height, width = codes.shape[:2]
        if not codes.size:
            return
        rows = max(1, _BAND // width)
        work = self._several if self.colour is None else self._one
        table = self._table()

        def strip(first: int, last: int) -> None:
            for top in range(first, last, rows):
                bottom = min(top + rows, last)
                work(table, codes[top:bottom].reshape(-1), out[top:bottom].reshape(-1))

        in_strips(strip, height, height * width >= _MANY)

    def _table(self) -> NDArray[Any]:
        """Four numbers of every code; or two of every pair of codes, since a table of a pair of bytes is as fast."""
        count = len(self.values)
        if self.colour is not None:
            four = np.empty((count, 4), np.float32)
            four[:, :3] = self.colour
            four[:, 3] = self.values
            four[0] = 0.0
            return four.view(np.complex128)[:, 0]
        two = np.empty((count, count, 2), np.float32)
        two[..., 0] = self.values  # the lower byte, which comes first
        two[..., 1] = self.values[:, None]
        return two.reshape(-1).view(np.complex64)

    def _one(self, table: NDArray[np.complex128], codes: Bytes, out: Floats) -> None:
        table.take(codes, out=out.view(np.complex128), mode="clip")

    def _several(self, table: NDArray[np.complex64], codes: Bytes, out: Floats) -> None:
        table.take(codes.view("<u2"), out=out.view(np.complex64), mode="clip")
        pixels = codes.view("<u4")
        # Neither clear, which is 0, nor opaque.
        mixed = np.flatnonzero(pixels - np.uint32(1) < np.uint32((_MOST << 24) - 1))
        if not len(mixed):
            return
        found = pixels.take(mixed)
        straight = found.view(np.uint8).reshape(-1, 4).astype(np.float32)
        alpha = straight[:, 3].astype(np.intp)
        straight /= straight[:, 3:].copy()
        np.minimum(straight, 1.0, out=straight)
        straight[:, 3] = self.values.take(alpha)
        if len(self.glazes):
            place = np.minimum(self.glazes.searchsorted(found), len(self.glazes) - 1)
            known = np.flatnonzero(self.glazes.take(place) == found)
            straight[known, :3] = self.under[place[known]]
        out.view(np.complex128).put(mixed, straight.view(np.complex128))


def palette_of(inks: Inks) -> tuple[Palette, Floats]:
    """The palette of a drawing, and the inks to paint it in.

    Parameters
    ----------
    inks : Inks
        Of at least one shape.

    Returns
    -------
    palette : Palette
    painted : (S, 4) float32
        Straight; for shapes whose ink is even, as it may be given to Skia so that codes come out whole.
    """
    mean, even = inks.mean, ~inks.varies
    codes = _codes(mean)
    opaque = codes[:, 3] == _MOST
    colours = mean[:, :3]
    if (colours == colours[0]).all() and (inks.vertices is None or (inks.vertices[:, :3] == colours[0]).all()):
        values = _values(codes[even, 3], mean[even, 3])
        return Palette(colours[0].copy(), values, np.zeros(0, np.uint32), np.zeros((0, 3), np.float32)), mean
    flat = opaque & even
    numbers, which = np.unique(mean[flat, :3], return_inverse=True)
    chosen = _own_codes(numbers, codes[even & ~opaque, 3])
    painted = mean.copy()
    painted[opaque] = _NUMBERS[codes[opaque]]
    painted[flat, :3] = _NUMBERS[chosen[which]].reshape(-1, 3)
    values = _values(np.concatenate([chosen, codes[even, 3]]), np.concatenate([numbers, mean[even, 3]]))
    return Palette(None, values, *_glazes(mean[~opaque & even])), painted


def _codes(numbers: Floats) -> NDArray[np.int64]:
    """The nearest codes of numbers from 0 to 1; 0 is for what is not seen."""
    codes = numbers * np.float32(_MOST)
    whole = np.floor(codes + np.float32(0.5)).astype(np.int64)
    whole[(whole == 0) & (codes > _SEEN)] = 1
    return whole


def _own_codes(numbers: Floats, taken: NDArray[np.int64]) -> NDArray[np.int64]:
    """Codes near some numbers, rising and each there once: codes of their own, none of those that are taken, where
    there are as many near by. Else neighbours share one."""
    nearest = _codes(numbers)
    if len(numbers) > _FEW:
        return nearest
    barred, last = set(taken.tolist()), 0
    lowest = []  # what each may have if those before it have the lowest that they may; 0 where there is none
    for code in nearest.tolist():
        least = max(last + 1, code - _ASIDE)
        while least in barred:
            least += 1
        fits = 0 < code < _MOST and least <= min(code + _ASIDE, _MOST - 1)
        last = least if fits else last
        lowest.append(least if fits else 0)
    following = _MOST
    for place in range(len(lowest) - 1, -1, -1):
        if lowest[place]:
            code = max(lowest[place], min(int(nearest[place]), following - 1))
            while code in barred:
                code -= 1
            nearest[place] = following = code
    for place in range(1, len(lowest)):
        # The one before it is nearer than another that has the code by chance.
        if not lowest[place] and nearest[place] < _MOST and abs(nearest[place] - nearest[place - 1]) <= _ASIDE:
            nearest[place] = nearest[place - 1]
    return nearest


def _values(codes: NDArray[np.int64], numbers: Floats) -> Floats:
    """What every code stands for: the mean of the numbers that have it."""
    count = np.bincount(codes, minlength=_MOST + 1)
    count[[0, _MOST]] = 0
    values = _NUMBERS.copy()
    used = count > 0
    values[used] = np.bincount(codes, numbers, _MOST + 1)[used] / count[used]
    return values


def _glazes(inks: Floats) -> tuple[NDArray[np.uint32], Floats]:
    """The pixels of translucent inks, as Skia makes them, sorted, and the colours that they stand for."""
    seen = inks.copy()
    seen[:, :3] *= inks[:, 3:]
    codes = np.floor(seen * np.float32(_MOST) + np.float32(0.5)).astype(np.uint8)
    pixels, first = np.unique(codes.view("<u4").reshape(-1), return_index=True)
    return pixels, inks[first, :3]
