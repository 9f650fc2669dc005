"""Colours of lines, as drawn: at keys those of their strokes, in between mixed from key to key.

Pieces of line know where they come from: paired keys tell both drawings by the same vertices, and each vertex has the
colour of the stroke that it lies on at either key. Lines that only one key has keep their own colour.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core import raster
from doodle_core.drawing import Drawing, Strokes
from doodle_core.look import PLAIN
from doodle_core.painting import Painted, of_strokes, paint_strokes
from doodle_core.raster import RESOLUTION
from doodle_core.strokes.drawing_on import drawn_along
from doodle_core.strokes.paired import Paired
from doodle_core.strokes.strokelets import NUMBERS

__all__ = ["between", "ink_at", "ink_of_latent", "ink_of_pair", "known", "plain_colour"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_ON = 0.5  # model pixels: a line that is nowhere farther from a stroke is that stroke
_SEEN = 256  # pixels a side: how the colours of solid areas are looked up
_TOGETHER = 1 << 18  # places times pieces of stroke measured at once
_UNKNOWN = np.array([np.nan, np.nan, np.nan, 0.0])


def plain_colour(drawing: Drawing | None, unknown: NDArray[np.floating]) -> Floats | None:
    """The one colour of a drawing's ink, (3,), None where it has several. unknown (3,): what stands for none known."""
    if not isinstance(drawing, Strokes) or drawing.colours is None:
        return np.asarray(unknown, np.float64)
    return None if drawing.plain is None else drawing.plain.astype(np.float64)


def ink_of_latent(latent: NDArray[np.float32], drawing: Drawing | None) -> Floats:
    """What is painted at a key: the colour at the start and the end of each strokelet of its latent, and the number of
    its stroke: (count, 2, 4), NaN for colours that are not known."""
    rows = np.asarray(latent, np.float64).reshape(-1, NUMBERS)
    points = rows[:, [0, 1, 4, 2, 3, 5]].reshape(-1, 3)
    follows = (points[2::2] == points[1:-1:2]).all(axis=1)
    runs = np.repeat(np.cumsum(np.concatenate([[0], ~follows])), 2)
    return ink_at(points, runs, drawing).reshape(-1, 2, 4)


def ink_of_pair(paired: Paired, first: Drawing | None, second: Drawing | None) -> Floats:
    """What is painted between two keys of these drawings: at the first and at the second, (2, V, 4), each vertex's
    colour and number of stroke; NaN for colours that are not known."""
    ink, other = ink_at(paired.first, paired.runs, first), ink_at(paired.second, paired.runs, second)
    lone = paired.lone[paired.runs][:, None]
    return np.stack([np.where(lone == 2, other, ink), np.where(lone == 1, ink, other)])


def between(paired: Paired, ink: Floats, fraction: float, unknown: NDArray[np.floating]) -> Floats:
    """Colour and number of stroke of each vertex at a fraction of the way: (V, 4). ink: as ink_of_pair made it."""
    first, second = known(ink, unknown)
    mixed = np.where(first == second, first, (1 - fraction) * first + fraction * second)
    return drawn_along(paired, mixed, fraction)


def known(ink: Floats, unknown: NDArray[np.floating]) -> Floats:
    """Ink (..., 4) with `unknown`, (3,), for the colours that are not known."""
    return np.where(np.isnan(ink), np.append(unknown, 0.0), ink)


def ink_at(points: Floats, runs: Ints, drawing: Drawing | None) -> Floats:
    """Colour and number of stroke at vertices (n, 3) of a drawing's lines, (n, 4); runs (n,): the line of each, rising.

    A line is of the stroke that it follows from end to end. One that follows none was traced: it has the colours seen
    where it lies.
    """
    answer = np.tile(_UNKNOWN, (len(points), 1))
    if not isinstance(drawing, Strokes) or not len(drawing.points) or not len(points):
        return answer
    known = drawing.colours is not None
    if drawing.colours is None:
        drawing = _black(drawing)
    painted = of_strokes(drawing, 4 * RESOLUTION)
    if not len(painted.rows) and not drawing.filled.any():
        return answer
    begins = np.flatnonzero(np.diff(runs, prepend=-1))
    lengths = np.diff(begins, append=len(points))
    stray = np.ones(len(points), bool)
    if len(painted.rows):
        strokes, number = np.unique(painted.strokes, return_inverse=True)
        away, nearest = _nearest(points, painted, number.reshape(-1))
        worst, mean = np.maximum.reduceat(away, begins), np.add.reduceat(away, begins)
        chosen = np.where(worst <= _ON, mean, np.inf).argmin(axis=1)
        on = worst[np.arange(len(begins)), chosen] <= _ON
        # Without areas nothing was traced: what strayed was cut off far outside, and the nearest will do.
        if not drawing.filled.any():
            chosen = np.where(on, chosen, mean.argmin(axis=1))
            on[:] = True
        stray = ~np.repeat(on, lengths)
        own = np.repeat(chosen, lengths)
        answer = _on_pieces(points, painted, nearest[np.arange(len(points)), own])
        answer[:, 3] = strokes[own]
    if stray.any():
        answer[stray] = _seen(points[stray], drawing)
    if not known:
        answer[:, :3] = np.nan
    return answer


def _nearest(points: Floats, painted: Painted, number: Ints) -> tuple[Floats, Ints]:
    """How far each of S strokes is from places (n, 2 or more), and its piece that is nearest: (n, S) each. number (P,):
    the stroke of each piece, rising from 0."""
    begins = np.flatnonzero(np.diff(number, prepend=-1))
    away, nearest = np.empty((len(points), len(begins))), np.empty((len(points), len(begins)), np.int64)
    step = max(1, _TOGETHER // len(number))
    for first in range(0, len(points), step):
        part = slice(first, first + step)
        square = _squares(points[part, None, :2], painted.rows[None])[0]
        least = np.minimum.reduceat(square, begins, axis=1)
        away[part] = np.sqrt(least)
        # The first piece of each stroke that is as near.
        place, piece = np.nonzero(square == least[:, number])
        nearest[first + place[::-1], number[piece[::-1]]] = piece[::-1]
    return away, nearest


def _squares(places: Floats, rows: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Squared distances of places (..., 2) from the axes of strokelets (..., 6), and how far along these they lie."""
    along = rows[..., 2:4] - rows[..., :2]
    from_start = places - rows[..., :2]
    length = np.maximum((along**2).sum(axis=-1), 1e-18)
    share = np.clip((from_start * along).sum(axis=-1) / length, 0.0, 1.0)
    return ((from_start - share[..., None] * along) ** 2).sum(axis=-1), share


def _on_pieces(points: Floats, painted: Painted, pieces: Ints) -> Floats:
    """Colours (n, 4), the last 0, where places lie on these pieces."""
    share = _squares(points[:, :2], painted.rows[pieces])[1][:, None]
    colours = painted.colours[pieces, :, :3]
    mixed = np.where(colours[:, 0] == colours[:, 1], colours[:, 0], (1 - share) * colours[:, 0] + share * colours[:, 1])
    return np.column_stack([mixed, np.zeros(len(points))])


def _seen(points: Floats, drawing: Strokes) -> Floats:
    """Colour and number of stroke that a drawing shows at places, (n, 4); beside its ink, where ink is nearest."""
    from scipy import ndimage  # slow to import, and lines alone need none of it

    ink = raster.ink(drawing, _SEEN)
    count = max(1, len(drawing) - 1)
    numbers = np.repeat(np.arange(len(drawing)) / count, np.diff(drawing.offsets)).astype(np.float32)
    numbered = replace(drawing, colours=np.repeat(numbers[:, None], 3, axis=1))
    shown = [paint_strokes(one, ink, PLAIN) for one in (drawing, numbered)]
    picture = np.concatenate([shown[0], shown[1][..., :1] * count], axis=2)
    places = np.floor((points[:, :2] / RESOLUTION + 0.5) * _SEEN)
    column, row = np.clip(places, 0, _SEEN - 1).astype(np.int64).T
    bare = ink < 0.5
    if not bare.all():
        row, column = ndimage.distance_transform_edt(bare, return_distances=False, return_indices=True)[:, row, column]
    return picture[row, column].astype(np.float64)


def _black(strokes: Strokes) -> Strokes:
    """The same with a colour, for the sake of their order."""
    return replace(strokes, colours=np.zeros((len(strokes.points), 3), np.float32))
