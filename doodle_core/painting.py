"""Lines in colours: which colour ink has where lines of several colours meet.

Strokes lie over each other in their order, as Grease Pencil draws them: the edge of the upper one is mixed with the
lower one by coverage, as in "over" of Porter and Duff (1984). Along one stroke the piece of it that is nearest counts.

Most of a picture has no choice: only tiles with lines of several colours in reach are measured pixel by pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core import raster
from doodle_core.capsules import capsules
from doodle_core.drawing import Strokes
from doodle_core.look import Look, cut, edge
from doodle_core.raster import FIELD_LIMIT, RESOLUTION
from doodle_core.strokes.tiles import (
    COARSE,
    SLACK,
    TILE,
    TOGETHER,
    Tiles,
    all_tiles,
    at_centres,
    chosen,
    kept,
    placed,
    split,
)

__all__ = ["Painted", "of_strokes", "paint", "paint_strokes"]

Array: TypeAlias = NDArray[np.float32]
Floats: TypeAlias = NDArray[np.float64]

_FAR = 1024.0  # model pixels; what lies farther out is brought here, as where it is drawn
_FAINT = 1e-6  # the coverage that ink has where it has none, so that paper beside a line has the line's colour, too


@dataclass(frozen=True, eq=False)
class Painted:
    """R strokelets in colour.

    rows     (R, 6) float32, as in a latent: model pixels from the canvas's centre
    colours  (R, 2, 3) at the start and the end of each, evenly between; or (R, 2, 4), with opacities
    strokes  (R,): which stroke it is of; those of higher number lie over those of lower
    """

    rows: NDArray[np.floating]
    colours: NDArray[np.floating]
    strokes: NDArray[np.floating]

    def __getitem__(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Painted:
        return Painted(self.rows[which], self.colours[which], self.strokes[which])

    @property
    def shown(self) -> Painted:
        """Those that can show, the undermost first."""
        seen = np.flatnonzero(self.rows[:, 4:].max(axis=1, initial=-np.inf) > -FIELD_LIMIT)
        return self[seen[np.argsort(self.strokes[seen], kind="stable")]]


def of_strokes(strokes: Strokes, size: int, weight: float = 0.0) -> Painted:
    """The lines of strokes with colours, of as many pieces as matter at size x size, without what fills them.

    weight: model pixels added to every radius.
    """
    assert strokes.colours is not None
    owner = np.repeat(np.arange(len(strokes)), np.diff(strokes.offsets))
    places = np.clip(strokes.points.astype(np.float64), -raster.FAR, raster.FAR)
    wide = np.minimum(strokes.radii.astype(np.float64), raster.FAR)
    values = np.column_stack([places * size, wide * size, strokes.colours, strokes.opacities])
    keep = raster.needed(values, owner)
    owner = owner[keep]
    points = places[keep] * RESOLUTION - RESOLUTION / 2
    radii = np.where(strokes.opacities[keep] > 0, wide[keep], 0.0) * RESOLUTION
    counts = np.bincount(owner, minlength=len(strokes))
    last = np.cumsum(counts)[counts > 0] - 1
    end = np.arange(len(owner)) + 1
    end[last] = np.where(strokes.cyclic[counts > 0], (np.cumsum(counts) - counts)[counts > 0], last)
    lone = np.zeros(len(owner), bool)
    lone[last] = (end[last] == last) & (counts[counts > 0] > 1)
    start = np.flatnonzero(~lone & (np.maximum(radii, radii[np.minimum(end, len(end) - 1)]) > 0))
    end = end[start]
    rows = np.column_stack([points[start], points[end], radii[start] + weight, radii[end] + weight])
    colours = strokes.colours[keep]
    if (strokes.opacities < 1).any():
        colours = np.column_stack([colours, strokes.opacities[keep]])
    return Painted(rows, np.stack([colours[start], colours[end]], axis=1), owner[start].astype(np.float64))


def paint(painted: Painted, ink: Array, look: Look) -> Array:
    """The colour of ink, (n, n) float32 as cut with `look` (0 where none is needed), at every pixel: (n, n, 3) float32.

    Right wherever there is ink and a pixel beyond; elsewhere the colour of a line near, so that no filter of the
    picture brings another one in. Black without strokelets.
    """
    size = len(ink)
    painted = painted.shown
    if not len(painted.rows):
        return np.zeros((size, size, 3), np.float32)
    brush = _Brush.of(painted, size, look)
    if brush.plain:
        return np.broadcast_to(brush.start[:3, 0], (size, size, 3)).copy()
    side = TILE
    wanted = [_inked(ink)]
    while side * brush.pixel < COARSE:
        side *= 2
        wanted.append(_halved(wanted[-1]))
    tiles = all_tiles(-(-size // side), len(painted.rows))
    coarse = np.zeros((-(-size // side),) * 2 + (3,), np.float32)
    while True:
        half = (side - 1) * 0.5**0.5 + SLACK / brush.pixel
        value, best = at_centres(brush.shape, tiles, side)
        coarse[tiles.rows, tiles.columns] = brush.nearest(tiles, side, value, best)
        here = wanted.pop()[tiles.rows, tiles.columns]
        # What may cover any of the tile, and what may be nearest somewhere in it; in the end one that is near will do.
        near = best if side == TILE else best - 2 * half
        reach = np.where(here, np.minimum(near, brush.low - half), np.inf)
        tiles = kept(tiles, here, value >= np.repeat(reach, tiles.runs).astype(np.float32))
        if side == TILE:
            break
        side //= 2
        count = -(-size // side)
        tiles = split(tiles, count)
        coarse = np.repeat(np.repeat(coarse, 2, 0), 2, 1)[:count, :count]
    count = len(coarse)
    answer = np.repeat(np.repeat(coarse, TILE, axis=1), TILE, axis=0)
    brush.draw(tiles, answer.reshape(count, TILE, count, TILE, 3))
    return answer[:size, :size]


def paint_strokes(strokes: Strokes, ink: Array, look: Look, weight: float = 0.0) -> Array:
    """As `paint`, for strokes with colours, what fills them as well: (n, n, 3) float32; weight as for `of_strokes`."""
    size = len(ink)
    filled = strokes.filled & (np.diff(strokes.offsets) > 2)
    if not filled.any():
        return paint(of_strokes(strokes, size, weight), ink, look)
    assert strokes.colours is not None
    answer, covered = np.zeros((size, size, 3), np.float32), np.zeros((size, size, 1), np.float32)
    # A fill and a line alike are put over what is there; lines between two fills go together.
    for part in np.split(np.arange(len(strokes)), np.flatnonzero(filled[1:] | filled[:-1]) + 1):
        some = _some(strokes, part)
        if some.colours is None:  # strokes without points
            continue
        field = raster.field(some, size) + np.float32(weight)
        share = np.maximum(cut(field, look), _FAINT * np.exp2(field * np.float32(size / RESOLUTION)))[..., None]
        if filled[part[0]]:
            upper = np.broadcast_to(some.colours.mean(axis=0), answer.shape)
        else:
            upper = paint(of_strokes(some, size, weight), cut(field, look), look)
        answer += share * (upper - answer)
        covered += share * (1 - covered)
    answer /= covered
    return np.clip(answer, 0.0, 1.0, out=answer)


def _some(strokes: Strokes, which: NDArray[np.int64]) -> Strokes:
    """A run of the strokes."""
    assert strokes.colours is not None
    first, last = int(which[0]), int(which[-1]) + 1
    points = slice(int(strokes.offsets[first]), int(strokes.offsets[last]))
    return Strokes(
        points=strokes.points[points],
        radii=strokes.radii[points],
        opacities=strokes.opacities[points],
        offsets=strokes.offsets[first : last + 1] - strokes.offsets[first],
        cyclic=strokes.cyclic[first:last],
        filled=strokes.filled[first:last],
        colours=strokes.colours[points],
    )


@dataclass(frozen=True, eq=False)
class _Brush:
    """P strokelets ready to paint, the undermost first.

    shape   (8, P) float32, `Capsules.shape`
    start   (C, P) float32: colour at the start, with 4 channels the opacity, too; slope: how it changes per output
            pixel
    stroke  (P,) rising
    colour  (P,): equal for equal colours that do not change, below 0 for those that do
    pixel   model pixels of an output pixel
    low     where ink begins, output pixels; wide: from there to full ink
    """

    shape: Array
    start: Array
    slope: Array
    stroke: NDArray[np.int64]
    colour: NDArray[np.int64]
    pixel: float
    low: float
    wide: float

    @classmethod
    def of(cls, painted: Painted, size: int, look: Look) -> _Brush:
        rows = np.clip(painted.rows.astype(np.float64), -_FAR, _FAR)
        scale = size / RESOLUTION
        places, radii = (rows[:, :4] + RESOLUTION / 2) * scale, rows[:, 4:] * scale
        shape = capsules(places[:, :2], places[:, 2:], radii).shape
        first, last = painted.colours[:, 0], painted.colours[:, 1]
        dot = shape[4] == 0
        # Of a dot only the larger end is drawn.
        first = np.where((dot & (radii[:, 1] > radii[:, 0]))[:, None], last, first)
        slope = np.where(dot[:, None], 0.0, (last - first) / np.where(dot, 1.0, shape[4])[:, None])
        _, colour = np.unique(first.astype(np.float32), axis=0, return_inverse=True)
        changes = slope.any(axis=1)
        width = edge(size, look) * scale
        return cls(
            shape=shape.astype(np.float32),
            start=first.T.astype(np.float32),
            slope=slope.T.astype(np.float32),
            stroke=np.unique(painted.strokes, return_inverse=True)[1].astype(np.int64),
            colour=np.where(changes, -1 - np.arange(len(changes)), colour.reshape(-1)),
            pixel=1 / scale,
            low=-look.line_weight * scale - width / 2,
            wide=width,
        )

    @property
    def plain(self) -> bool:
        return bool((self.colour == self.colour[0]).all() and self.colour[0] >= 0)

    def nearest(self, tiles: Tiles, side: int, value: Array, best: Array) -> Array:
        """The colour of the strokelet with the largest field at each tile's centre, (T, 3)."""
        won = np.flatnonzero(value == np.repeat(best, tiles.runs))
        owner = np.repeat(np.arange(len(best)), tiles.runs)[won]
        first = np.flatnonzero(np.diff(owner, prepend=-1))
        member = tiles.members[won[first]]
        xs, ys = tiles.centres(side)
        x, y, ex, ey, length = self.shape[:5, member]
        along = np.clip((xs - x) * ex + (ys - y) * ey, 0.0, length)
        colours: Array = (self.start[:3, member] + self.slope[:3, member] * along).T
        return np.clip(colours, 0.0, 1.0, out=colours)

    def draw(self, tiles: Tiles, answer: Array) -> None:
        """Write the pixels of the smallest tiles into answer (count, TILE, count, TILE, 3)."""
        begins = np.cumsum(tiles.runs) - tiles.runs
        if not len(begins):
            return
        colour = self.colour[tiles.members]
        least, most = np.minimum.reduceat(colour, begins), np.maximum.reduceat(colour, begins)
        alike = (least == most) & (least >= 0)
        plain = np.flatnonzero(alike)
        member = tiles.members[begins[plain]]
        answer[tiles.rows[plain], :, tiles.columns[plain]] = self.start[:3, member].T[:, None, None]
        stroke = self.stroke[tiles.members]
        one = np.minimum.reduceat(stroke, begins) == np.maximum.reduceat(stroke, begins)
        for here, paint_some in ((~alike & one, self._along), (~alike & ~one, self._mixed)):
            some = kept(tiles, here, np.repeat(here, tiles.runs))
            ends = np.cumsum(some.runs)
            for first in range(0, len(ends), TOGETHER):
                part = slice(first, first + TOGETHER)
                members = some.members[ends[first] - some.runs[first] : ends[part][-1]]
                few = Tiles(some.rows[part], some.columns[part], some.runs[part], members)
                colours = paint_some(few)
                np.clip(colours, 0.0, 1.0, out=colours)  # rounding may leave them a hair outside
                answer[few.rows, :, few.columns] = colours.transpose(3, 1, 2, 0)

    def _along(self, tiles: Tiles) -> Array:
        """The colours of the pixels of T smallest tiles with one stroke each, (3, TILE, TILE, T)."""
        begins = np.cumsum(tiles.runs) - tiles.runs
        _, colours, place = self._layers(tiles, np.arange(len(begins)), begins, tiles.runs)
        return np.take(colours[:3], place, axis=-1)

    def _mixed(self, tiles: Tiles) -> Array:
        """The colours of the pixels of T smallest tiles, (3, TILE, TILE, T)."""
        owner = np.repeat(np.arange(len(tiles.runs)), tiles.runs)
        stroke = self.stroke[tiles.members]
        # What a tile has of one stroke is a layer; layers follow each other tile by tile, the undermost first.
        begins = np.flatnonzero((np.diff(stroke, prepend=-1) != 0) | (np.diff(owner, prepend=-1) != 0))
        shares, colours, place = self._layers(tiles, owner[begins], begins, np.diff(begins, append=len(stroke)))
        number = np.bincount(owner[begins], minlength=len(tiles.runs))
        undermost = np.cumsum(number) - number
        # Tiles with many layers first: those that have an n-th one are then the first few, whatever n.
        order = np.argsort(-number, kind="stable")
        answer = np.zeros((3, TILE, TILE, len(order)), np.float32)
        covered = np.zeros((TILE, TILE, len(order)), np.float32)
        for turn in range(int(number[order[0]])):
            count = int(np.searchsorted(-number[order], -turn))
            layer = place[undermost[order[:count]] + turn]
            share, colour = (part.take(layer, -1, mode="clip") for part in (shares, colours))
            if len(colour) > 3:
                share *= colour[3]
            under, cover = answer[..., :count], covered[..., :count]
            under += share * (colour[:3] - under)
            cover += share * (1 - cover)
        answer /= covered
        unsorted = np.empty_like(answer)
        unsorted[..., order] = answer
        return unsorted

    def _layers(
        self, tiles: Tiles, tile: NDArray[np.int64], begins: NDArray[np.int64], runs: NDArray[np.int64]
    ) -> tuple[Array, Array, NDArray[np.int64]]:
        """Coverage (TILE, TILE, L) and colours, (C, 1, 1, L) or (C, TILE, TILE, L), of L layers: those of a tile each,
        of the members from begins on. In an order of their own: the third tells the place of each, (L,)."""
        order = np.argsort(-runs, kind="stable")
        xs, ys = (part[tile[order]] for part in tiles.centres(TILE))
        changing = bool((self.colour[tiles.members] < 0).any())
        for turn in range(int(runs[order[0]])):
            count = int(np.searchsorted(-runs[order], -turn))
            member = tiles.members[begins[order[:count]] + turn]
            field, along = placed(chosen(self.shape, member), xs[:count], ys[:count])
            if turn == 0:  # of one stroke without changes, all members have one colour
                best, where, colours = field, along, self.start[:, None, None, member]
                nearest = np.broadcast_to(member, field.shape).copy() if changing else member
            elif changing:
                better = field > best[..., :count]
                for known, new in ((best, field), (where, along), (nearest, member)):
                    np.copyto(known[..., :count], new, where=better)
            else:
                np.maximum(best[..., :count], field, out=best[..., :count])
        if changing:
            colours = self.slope.take(nearest, 1, mode="clip")
            colours *= where
            colours += self.start.take(nearest, 1, mode="clip")
        share = np.clip((best - np.float32(self.low)) * np.float32(1 / self.wide), 0.0, 1.0)
        faint = share <= 0
        share[faint] = np.float32(_FAINT) * np.exp2(np.clip(best[faint], -60, 0))
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return share, colours, place


def _inked(ink: Array) -> NDArray[np.bool_]:
    """The tiles with ink in them or a pixel beside them: (count, count)."""
    count = -(-len(ink) // TILE)
    there = np.zeros((count * TILE,) * 2, bool)
    np.greater(ink, 0, out=there[: len(ink), : len(ink)])
    rows = np.logical_or.reduce(there.reshape(count, TILE, -1), axis=1)
    top, bottom = there[::TILE], there[TILE - 1 :: TILE]
    rows[:-1] |= top[1:]
    rows[1:] |= bottom[:-1]
    cells = rows.reshape(count, count, TILE)
    answer: NDArray[np.bool_] = cells.any(axis=2)
    answer[:, :-1] |= cells[:, 1:, 0]
    answer[:, 1:] |= cells[:, :-1, -1]
    return answer


def _halved(inked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The same for tiles twice as wide."""
    even = np.pad(inked, (0, len(inked) % 2))
    answer: NDArray[np.bool_] = even[::2, ::2] | even[1::2, ::2] | even[::2, 1::2] | even[1::2, 1::2]
    return answer
