"""Strokelets drawn exactly at the output's size, with work only where an edge is.

A decoded field has 64 x 64 samples and cannot know what lies between them: enlarged, line ends and corners come out
round, and where lines meet they run together. The strokelets know. So in small tiles about the edges every pixel is
measured by the formula of `capsules`; any other tile, paper or deep in ink, gets one number.

Tiles are found as in `capsules`: a field changes by at most the distance one moves. So its value at a tile's centre
tells whether an edge can be in the tile, and a strokelet worse there than the best by more than twice the tile's reach
wins nowhere in it. Tiles are split in four, and strokelets dropped, until tiles are 8 pixels wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.capsules import capsules
from doodle_core.raster import FIELD_LIMIT, RESOLUTION
from doodle_core.strokes.strokelets import NUMBERS

__all__ = ["refine"]

Array: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]

_TILE = 8  # output pixels: the side of the smallest tiles
_COARSE = 6.0  # model pixels: the largest are at least as wide, so that they are few
_TOGETHER = 512  # tiles measured together: small enough for the processor's caches
_ADDED = 0.1  # model pixels: how much more than at nine of a tile's pixels something added may be elsewhere in it
_SLACK = 1e-4  # model pixels; rounding must not drop the winner
_FAR = 1024.0  # model pixels; what lies farther out is brought here, as by the decoder


@dataclass(frozen=True, eq=False)
class _Tiles:
    """T square tiles of one size: their places in its grid (T,), the number of strokelets of each (T,), and these."""

    rows: Ints
    columns: Ints
    runs: Ints
    members: Ints

    def centres(self, side: int) -> tuple[Array, Array]:
        """x and y of their centres, (T,) each, output pixels."""
        half = np.float32(side / 2)
        return (self.columns * side).astype(np.float32) + half, (self.rows * side).astype(np.float32) + half


def refine(
    latent: Array, size: int, level: float = 0.0, reach: float = FIELD_LIMIT, added: Array | None = None
) -> Array:
    """The field of strokelets, exact within `reach` of `level`: (size, size) float32, model pixels, +-FIELD_LIMIT.

    latent  (6 * count,) float32 strokelets
    level   where the ink will be cut
    reach   how far from the level values matter, model pixels: half the width of the edge; elsewhere they are on the
            right side of it and no more. FIELD_LIMIT about level 0 makes every pixel exact
    added   (size, size) float32: what is added to it before it is cut (a pin); the answer is then the sum, exact where
            the sum lies within reach of the level

    A pixel that matters has the same value whatever else does.
    """
    pixel = RESOLUTION / size
    shape = _shape(latent, size)
    # From where to where the strokelets' own field matters, in each of the smallest tiles; output pixels.
    low = high = np.full((1, 1), level, np.float64)
    if added is not None:
        least, most = _range(added)
        low, high, reach = level - most, level - least, reach + _ADDED
    low, high = (low - reach) / pixel, (high + reach) / pixel

    side = _TILE
    while side * pixel < _COARSE:
        side *= 2
    tiles = _all(-(-size // side), shape.shape[1])
    coarse = np.full((-(-size // side),) * 2, -FIELD_LIMIT / pixel, np.float32)
    while True:
        half = (side - 1) * 0.5**0.5 + _SLACK / pixel  # from the centre to the farthest pixel's
        value, best = _at_centres(shape, tiles, side)
        coarse[tiles.rows, tiles.columns] = best
        here = (best >= low.min() - half) & (best <= high.max() + half)
        if side == _TILE and added is not None:
            here &= best >= low[tiles.rows, tiles.columns] - half
            here &= best <= high[tiles.rows, tiles.columns] + half
        tiles = _kept(tiles, here, value >= np.repeat(np.where(here, best - 2 * half, np.inf), tiles.runs))
        if side == _TILE:
            break
        side //= 2
        count = -(-size // side)
        tiles = _split(tiles, count)
        coarse = np.repeat(np.repeat(coarse, 2, 0), 2, 1)[:count, :count]

    coarse *= np.float32(pixel)
    np.clip(coarse, -FIELD_LIMIT, FIELD_LIMIT, out=coarse)
    answer = np.repeat(np.repeat(coarse, _TILE, 1), _TILE, 0)
    _draw(shape, tiles, answer, pixel)
    answer = np.ascontiguousarray(answer[:size, :size])
    if added is not None:
        answer += added
    return answer


def _range(added: Array) -> tuple[Array, Array]:
    """The least and the largest of `added` in each of the smallest tiles, as far as nine of its pixels tell."""
    count = -(-len(added) // _TILE)
    asked = (np.arange(count)[:, None] * _TILE + (0, _TILE // 2, _TILE - 1)).reshape(-1)
    asked = np.minimum(asked, len(added) - 1)
    some = added[np.ix_(asked, asked)].reshape(count, 3, count, 3)
    return some.min(axis=(1, 3)), some.max(axis=(1, 3))


def _shape(latent: Array, size: int) -> Array:
    """`Capsules.shape` of the strokelets that can show, (8, P) float32, output pixels."""
    rows = np.clip(latent.reshape(-1, NUMBERS).astype(np.float64), -_FAR, _FAR)
    rows = rows[rows[:, 4:].max(axis=1) > -FIELD_LIMIT]
    scale = size / RESOLUTION
    places = (rows[:, :4] + RESOLUTION / 2) * scale
    return capsules(places[:, :2], places[:, 2:], rows[:, 4:] * scale).shape.astype(np.float32)


def _all(count: int, number: int) -> _Tiles:
    """All of count x count tiles, each with every one of the strokelets; no tiles where there are none."""
    across = count if number else 0
    rows, columns = (part.reshape(-1) for part in np.indices((across, across)))
    return _Tiles(rows, columns, np.full(len(rows), number), np.tile(np.arange(number), len(rows)))


def _kept(tiles: _Tiles, here: NDArray[np.bool_], near: NDArray[np.bool_]) -> _Tiles:
    """Only the tiles `here` (T,), with only the strokelets `near`, of which the others have none."""
    owner = np.repeat(np.arange(len(here)), tiles.runs)
    runs = np.bincount(owner[near], minlength=len(here))
    return _Tiles(tiles.rows[here], tiles.columns[here], runs[here], tiles.members[near])


def _split(tiles: _Tiles, count: int) -> _Tiles:
    """The quarters of tiles, those within count x count, each with all strokelets of its tile."""
    rows = tiles.rows * 2 + np.array([[0], [0], [1], [1]])
    columns = tiles.columns * 2 + np.array([[0], [1], [0], [1]])
    there = (rows < count) & (columns < count)
    runs = np.broadcast_to(tiles.runs, there.shape)[there]
    begins = np.broadcast_to(np.cumsum(tiles.runs) - tiles.runs, there.shape)[there]
    moved = np.repeat(begins - (np.cumsum(runs) - runs), runs)
    return _Tiles(rows[there], columns[there], runs, tiles.members[np.arange(len(moved)) + moved])


def _at_centres(shape: Array, tiles: _Tiles, side: int) -> tuple[Array, Array]:
    """Each strokelet's field at the centre of its tile, and the largest in each tile, output pixels."""
    xs, ys = tiles.centres(side)
    x, y, ex, ey, *rest = np.take(shape, tiles.members, axis=1)
    dx, dy = np.repeat(xs, tiles.runs) - x, np.repeat(ys, tiles.runs) - y
    value = _field(dx * ex + dy * ey, dx * ey - dy * ex, *rest)
    return value, np.maximum.reduceat(value, np.cumsum(tiles.runs) - tiles.runs)


def _draw(shape: Array, tiles: _Tiles, answer: Array, pixel: float) -> None:
    """Write the smallest tiles' pixels, model pixels."""
    # Those with many strokelets first: the tiles that have an n-th one are then the first few, whatever n.
    order = np.argsort(-tiles.runs, kind="stable")
    xs, ys = (part[order] for part in tiles.centres(_TILE))
    rows, columns, runs = tiles.rows[order], tiles.columns[order], tiles.runs[order]
    begins = (np.cumsum(tiles.runs) - tiles.runs)[order]
    away = np.arange(_TILE, dtype=np.float32) + np.float32(0.5 - _TILE / 2)
    line = np.arange(_TILE)
    for first in range(0, len(order), _TOGETHER):
        part = slice(first, first + _TOGETHER)
        best = np.empty(0, np.float32)
        for turn in range(int(runs[first])):
            number = int(np.searchsorted(-runs[part], -turn))
            some = slice(first, first + number)
            traits = np.take(shape, tiles.members[begins[some] + turn], axis=1)
            value = _spread(traits, xs[some], ys[some], away)
            if turn == 0:
                best = value
            else:
                np.maximum(best[..., :number], value, out=best[..., :number])
        best *= np.float32(pixel)
        np.clip(best, -FIELD_LIMIT, FIELD_LIMIT, out=best)
        answer[rows[part] * _TILE + line[:, None, None], columns[part] * _TILE + line[:, None]] = best


def _spread(shape: Array, xs: Array, ys: Array, away: Array) -> Array:
    """Fields of strokelets (8, P) at the pixels round a place each, xs, ys (P,): (tile, tile, P)."""
    x, y, ex, ey, *rest = shape
    dx, dy = xs - x, ys - y
    away = away[:, None]
    u = (dx * ex + dy * ey + away * ex)[None] + (away * ey)[:, None]
    v = (dx * ey - dy * ex + away * ey)[None] - (away * ex)[:, None]
    return _field(u, v, *rest)


def _field(u: Array, v: Array, length: Array, radius: Array, slope: Array, lean: Array) -> Array:
    """Fields by places along and across the axes, as in `capsules`; u and v are written over."""
    np.abs(v, out=v)
    along = v * lean
    along += u
    np.maximum(along, np.float32(0.0), out=along)
    np.minimum(along, length, out=along)
    u -= along
    u *= u
    v *= v
    u += v
    np.sqrt(u, out=u)
    along *= slope
    along += radius
    along -= u
    return along
