"""Line boil: every drawing shaken by itself, as if its lines had been traced anew for each picture.

The plane is displaced by a sum of plane waves with amplitudes of their own for each *wobble*, a number that the caller
holds for as many frames as it likes. The displacement is a function of place alone, so what touches goes on touching.
Lines are displaced as lines and keep their weight, those of a picture too; of what is not lines, the field is warped.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.bridge import held, whole
from doodle_core.drawing import Drawing, Picture, Strokes
from doodle_core.errors import DoodleError
from doodle_core.look import resample
from doodle_core.nudge import NONE as STILL
from doodle_core.nudge import Nudge
from doodle_core.raster import FIELD_LIMIT, RESOLUTION
from doodle_core.strips import in_strips
from doodle_core.strokes.strokelets import NUMBERS
from doodle_core.strokes.tiles import TILE, ranges
from doodle_core.waves import on_grid, parts, placed

__all__ = ["AMOUNT_LIMIT", "NONE", "Boil", "Warped", "apply", "goes_as_lines", "is_lines", "pieces", "warped"]

Array: TypeAlias = NDArray[np.float32]
Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

AMOUNT_LIMIT = 1000.0  # model pixels; far more than leaves a drawing of anything
_WAVES = 24
_SHORTEST, _LONGEST = 5.0, 30.0  # model pixels
_STEEP = 0.35  # how much the displacement changes a pixel, above which waves are held back
_STREAM = 1  # of bridge.held; sigma's held shake has 0
_CHORD = 0.15  # output pixels: how far a bent line may lie from the straight pieces that it is drawn with
_PIECES = (0.2, 4.0)  # model pixels: the shortest and the longest of these
_GRID = 64  # places a side at which the displacement is turned round
_FINE = 256  # and these, between which it is straight
_ROUNDS = 3
_THIN = 3.0  # model pixels: the radius of a line
_OPAQUE, _MOSTLY = 0.9, 0.95  # ink in the middle of a line, and of how many lines of a picture
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


def is_lines(drawing: Drawing | None) -> bool:
    """Whether a drawing is opaque lines and nothing else, which a latent of strokelets holds as they are."""
    return isinstance(drawing, Strokes) and not drawing.filled.any() and bool((drawing.opacities >= 1).all())


def goes_as_lines(drawing: Drawing | None, latent: Array) -> bool:
    """Whether a drawing shakes as the lines of its latent do, and what these lack of it as a field.

    It is lines, or a picture of opaque lines so thin that both edges go with the middle. Areas are told by lines as
    well, thick ones, whose edges go their own ways; and greys are not told by a latent at all.
    """
    if not isinstance(drawing, Picture):
        return is_lines(drawing)
    rows = latent.reshape(-1, NUMBERS)
    rows = rows[_there(rows)]
    if not len(rows) or rows[:, 4:].max() > _THIN:
        return False
    middle = (rows[:, :2] + rows[:, 2:4]) / (2 * RESOLUTION) + 0.5
    height, width = drawing.ink.shape
    column, row = np.clip(middle * (width, height), 0, (width - 1, height - 1)).astype(np.int64).T
    return bool(np.mean(drawing.ink[row, column] >= _OPAQUE) >= _MOSTLY)


def apply(latent: Array, boil: Boil, size: int) -> Array:
    """A latent of strokelets (6 * count,) with its plane displaced: (6 * more,) float32, more of them as they bend.

    size: pixels a side that it will be drawn at; the larger, the shorter the pieces that stand for a bend.
    Their order is kept, and lines that go on go on. Radii stay. Strokelets of which nothing shows stay as they are.
    """
    rows = np.asarray(latent, np.float32).reshape(-1, NUMBERS)
    if boil.amount == 0:
        return rows.reshape(-1)
    owner, shares = pieces(latent, boil, size)
    there = _there(rows)[owner]
    starts, ends = rows[owner][:, [0, 1, 4]].astype(np.float64), rows[owner][:, [2, 3, 5]].astype(np.float64)
    # One formula for the end of a piece and the start of the next: they must be the same place.
    before, after = (starts + (ends - starts) * share[:, None] for share in shares.T)
    last = shares[:, 1] == 1
    after[last] = ends[last]
    # The end of a piece is the start of the next, but for a strokelet's last.
    away = boil.displacement(np.concatenate([before[:, :2], after[last, :2]]))
    beyond = np.roll(away[: len(before)], -1, axis=0)
    beyond[last] = away[len(before) :]
    before[:, :2] += np.where(there[:, None], away[: len(before)], 0)
    after[:, :2] += np.where(there[:, None], beyond, 0)
    bent = np.column_stack([before[:, :2], after[:, :2], before[:, 2], after[:, 2]])
    return bent.astype(np.float32).reshape(-1)


def pieces(latent: Array, boil: Boil, size: int) -> tuple[NDArray[np.int64], Floats]:
    """Into which pieces `apply` cuts the strokelets of a latent: the strokelet of each, (P,) rising, and from where to
    where along it the piece reaches, (P, 2) in 0..1."""
    rows = np.asarray(latent, np.float32).reshape(-1, NUMBERS).astype(np.float64)
    length = np.hypot(rows[:, 2] - rows[:, 0], rows[:, 3] - rows[:, 1])
    count = np.ones(len(rows), np.int64)
    if boil.amount > 0:
        count = np.where(_there(rows), np.ceil(length / _piece(boil.amount, size)), 1).astype(np.int64).clip(1)
    owner = np.repeat(np.arange(len(rows)), count)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    return owner, (step[:, None] + (0, 1)) / count[owner][:, None]


def _there(rows: NDArray[np.floating]) -> NDArray[np.bool_]:
    """The strokelets (N, 6) of which something could show."""
    shown: NDArray[np.bool_] = rows[:, 4:].max(axis=1) > -FIELD_LIMIT
    return shown


def _piece(amount: float, size: int) -> float:
    """Model pixels: how long straight pieces of a line may be, so that it bends as its plane does."""
    waves = _waves(amount)
    bend = amount * float(np.sqrt((waves[:, 2] ** 2 * (waves[:, :2] ** 2).sum(1) ** 2).sum()))
    return float(np.clip(np.sqrt(8 * _CHORD * RESOLUTION / size / bend), *_PIECES))


def warped(field: Array, boil: Boil, nudge: Nudge = STILL) -> Array:
    """A field (n, n) of model pixels, or a difference of two, with its plane displaced: (n, n) float32, the caller's.

    nudge: what has been done to the drawing of the field, and is to come after the shake: the displacement is nudged
    with it. What lies beside the field is as at its border.
    """
    n = len(field)
    if boil.amount == 0:
        return field.copy()
    away = resample(_back(boil, nudge), n)
    away *= np.float32(n / RESOLUTION)
    answer = np.empty_like(field)

    def several(first: int, last: int) -> None:
        rows = np.arange(first, last, dtype=np.float32)[:, None] + away[0, first:last]
        answer[first:last] = _straight(field, rows, np.arange(n, dtype=np.float32) + away[1, first:last])

    in_strips(several, n, answer.size >= _LARGE)
    return answer


@dataclass(frozen=True, eq=False)
class Warped:
    """What `warped` answers, less another field (n, n) and then times a factor, only where it is asked for: a
    `refine.Sampled`."""

    field: Array
    boil: Boil
    nudge: Nudge
    factor: float
    less: Array | None = None

    def ranges(self) -> tuple[Array, Array]:
        from scipy import ndimage  # slow to import, and lines alone need none of it

        least, most = ranges(self.field)
        # What comes to a tile is from those about the place that its middle comes from, steep as the plane may be.
        least, most = ndimage.minimum_filter(least, 5), ndimage.maximum_filter(most, 5)
        count, tile = len(least), RESOLUTION / len(self.field) * TILE
        middle = (np.arange(count) + 0.5) * tile
        cells = np.minimum(middle * (_FINE / RESOLUTION), _FINE - 1).astype(np.int64)
        away = _fine(self.boil, self.nudge)[:, cells[:, None], cells]
        there = np.stack([middle[:, None] + away[0], middle + away[1]]) / tile
        rows, columns = np.clip(there, 0, count - 1).astype(np.int64)
        least, most = least[rows, columns], most[rows, columns]
        if self.less is not None:
            lowest, highest = ranges(self.less)
            least, most = least - highest, most - lowest
        return least * np.float32(self.factor), most * np.float32(self.factor)

    def at(self, places: Ints) -> Array:
        n = len(self.field)
        scale, half = np.float32(_FINE / n), np.float32(0.5)
        rows, columns = (part.astype(np.float32) for part in np.divmod(places, n))
        there = (rows + half) * scale - half, (columns + half) * scale - half
        fine = _fine(self.boil, self.nudge)
        pixel = np.float32(n / RESOLUTION)
        rows += _straight(fine[0], *there) * pixel
        columns += _straight(fine[1], *there) * pixel
        answer = _straight(self.field, rows, columns)
        if self.less is not None:
            answer -= self.less.reshape(-1).take(places)
        answer *= np.float32(self.factor)
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


@lru_cache(maxsize=8)
def _fine(boil: Boil, nudge: Nudge) -> Array:
    """`_back` at so many places, (2, _FINE, _FINE), that between them it is straight."""
    return resample(_back(boil, nudge), _FINE)


@lru_cache(maxsize=8)  # a wobble is held for several frames
def _back(boil: Boil, nudge: Nudge) -> Array:
    """How far away the ink comes from that the displacement brings to each place of a grid: rows and columns,
    (2, _GRID, _GRID) float32, model pixels."""
    unit = RESOLUTION / _GRID
    axis = (np.arange(_GRID) + 0.5) * unit - RESOLUTION / 2
    # Waves of a plane that has been nudged are waves, too.
    waves = _waves(boil.amount).copy()
    waves[:, :2] @= np.linalg.inv(nudge.matrix)
    phases = -(waves[:, :2] @ nudge.shift) * RESOLUTION
    still = np.stack([on_grid(axis, axis, waves, phases, amplitudes) for amplitudes in boil._amplitudes])  # x, y
    ahead = np.tensordot(nudge.matrix, still, 1)[::-1]
    # What comes to p was at p - b, where the displacement is b: a fixed point, near enough after a few rounds.
    back = -ahead
    rows, columns = np.indices((_GRID, _GRID), np.float64)
    for _ in range(_ROUNDS):
        there = rows + back[0] / unit, columns + back[1] / unit
        back = -np.stack([_straight(part, *there) for part in ahead])
    answer = back.astype(np.float32)
    answer.flags.writeable = False
    return answer
