"""Line boil: every drawing shaken by itself, as if its lines had been traced anew for each picture.

The plane is displaced by a sum of plane waves with amplitudes of their own for each *wobble*, a number that the caller
holds for as many frames as it likes. The displacement is a function of place alone, so what touches goes on touching.
Drawings are displaced by their vertices, so that lines keep their weight; of pictures the field is warped.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.bridge import held, whole
from doodle_core.errors import DoodleError
from doodle_core.look import resample
from doodle_core.raster import RESOLUTION
from doodle_core.strips import in_strips
from doodle_core.transform import NONE as STILL
from doodle_core.transform import Transform
from doodle_core.waves import on_grid, parts, placed

__all__ = ["AMOUNT_LIMIT", "NONE", "Boil", "warped"]

Array: TypeAlias = NDArray[np.float32]
Floats: TypeAlias = NDArray[np.float64]

AMOUNT_LIMIT = 1000.0  # model pixels; far more than leaves a drawing of anything
_WAVES = 24
_SHORTEST, _LONGEST = 5.0, 30.0  # model pixels
_STEEP = 0.35  # how much the displacement changes a pixel, above which waves are held back
_STREAM = 1  # of bridge.held; sigma's held shake has 0
_GRID = 64  # places a side at which the displacement is turned round
_ROUNDS = 3
_LARGE = 1 << 15  # places: as many are worth another thread


@dataclass(frozen=True)
class Boil:
    """How a drawing is shaken.

    amount  standard deviation of the displacement in x, and in y, at every place: model pixels, 0..AMOUNT_LIMIT; 0
            shakes nothing
    seed    which shake: any whole number
    wobble  which of its wobbles: any whole number; each is as unlike the one before as any other

    Raises DoodleError for another amount, NaN included, or numbers that are not whole.
    """

    amount: float = 0.0
    seed: int = 0
    wobble: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= AMOUNT_LIMIT:
            raise DoodleError(f"boil {self.amount} is not possible; give 0 to {AMOUNT_LIMIT:g}")
        object.__setattr__(self, "seed", whole("seed", self.seed))
        object.__setattr__(self, "wobble", whole("wobble", self.wobble))

    def displacement(self, points: NDArray[np.floating]) -> Floats:
        """Where places (N, 2) go, less where they are: (N, 2). Model pixels from the canvas's centre, y down."""
        # Sines of single precision are ten times as fast, and good for a thousandth of a pixel.
        single = np.float32
        return parts(points.astype(single), _waves(self.amount).astype(single)) @ self._amplitudes.T

    @property
    def _amplitudes(self) -> Floats:
        """Of the waves' parts: in x, and in y."""
        return self.amount * held(self.seed, self.wobble, 4 * _WAVES, _STREAM).reshape(2, -1)


NONE = Boil()


@lru_cache(maxsize=8)
def _waves(amount: float) -> Floats:
    """The waves of a displacement, (W, 3), see `waves.placed`.

    From as long as a limb to hardly longer than a line is wide: a hand that traces errs at every scale. The stronger
    the shake, the more of it is in the long ones, or the plane would fold and lines with it.
    """
    lengths = np.geomspace(_SHORTEST, _LONGEST, _WAVES)
    slope = amount * 2 * np.pi / lengths
    return placed(lengths, 1 / np.sqrt(1 + (slope / _STEEP) ** 2), 0.5)


def warped(field: Array, boil: Boil, transform: Transform = STILL) -> Array:
    """A field (n, n) of model pixels, or a difference of two, with its plane displaced: (n, n) float32, the caller's.

    transform: what has been done to the drawing of the field, and is to come after the shake: the displacement is
    transformed with it. What lies beside the field is as at its border.
    """
    n = len(field)
    if boil.amount == 0:
        return field.copy()
    away = resample(_back(boil, transform), n)
    away *= np.float32(n / RESOLUTION)
    answer = np.empty_like(field)

    def several(first: int, last: int) -> None:
        rows = np.arange(first, last, dtype=np.float32)[:, None] + away[0, first:last]
        answer[first:last] = _straight(field, rows, np.arange(n, dtype=np.float32) + away[1, first:last])

    in_strips(several, n, answer.size >= _LARGE)
    return answer


def _straight(field: NDArray[Any], rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[Any]:
    """The values of a field (n, n) at places in it, straight between its pixels; beside it as at its border."""
    most = len(field) - 1
    if most == 0:
        return np.full(rows.shape, field[0, 0])
    row, column = np.clip(rows, 0, most), np.clip(columns, 0, most)
    above, left = (np.minimum(part.astype(np.int32), most - 1) for part in (row, column))
    row -= above
    column -= left
    corner = above * (most + 1)
    corner += left
    flat = field.reshape(-1)
    upper, lower = flat.take(corner, mode="clip"), flat.take(corner + (most + 1), mode="clip")
    corner += 1
    upper += column * (flat.take(corner, mode="clip") - upper)
    lower += column * (flat.take(corner + (most + 1), mode="clip") - lower)
    lower -= upper
    lower *= row
    lower += upper
    return lower


@lru_cache(maxsize=8)  # a wobble is held for several frames
def _back(boil: Boil, transform: Transform) -> Array:
    """How far away the ink comes from that the displacement brings to each place of a grid: rows and columns,
    (2, _GRID, _GRID) float32, model pixels."""
    unit = RESOLUTION / _GRID
    axis = (np.arange(_GRID) + 0.5) * unit - RESOLUTION / 2
    # Waves of a plane that has been transformed are waves, too.
    waves = _waves(boil.amount).copy()
    waves[:, :2] @= np.linalg.inv(transform.matrix)
    phases = -(waves[:, :2] @ transform.shift) * RESOLUTION
    still = np.stack([on_grid(axis, axis, waves, phases, amplitudes) for amplitudes in boil._amplitudes])  # x, y
    ahead = np.tensordot(transform.matrix, still, 1)[::-1]
    # What comes to p was at p - b, where the displacement is b: a fixed point, near enough after a few rounds.
    back = -ahead
    rows, columns = np.indices((_GRID, _GRID), np.float64)
    for _ in range(_ROUNDS):
        there = rows + back[0] / unit, columns + back[1] / unit
        back = -np.stack([_straight(part, *there) for part in ahead])
    answer = back.astype(np.float32)
    answer.flags.writeable = False
    return answer
