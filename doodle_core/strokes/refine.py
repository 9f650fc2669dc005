"""Strokelets drawn exactly at the output's size, with work only where an edge is.

A decoded field has 64 x 64 samples and cannot know what lies between them: enlarged, line ends and corners come out
round, and where lines meet they run together. The strokelets know. So in small tiles about the edges every pixel is
measured by the formula of `capsules`; any other tile, paper or deep in ink, gets one number.

Tiles are found as in `capsules`: a field changes by at most the distance one moves. So its value at a tile's centre
tells whether an edge can be in the tile, and a strokelet worse there than the best by more than twice the tile's reach
wins nowhere in it. Tiles are split in four, and strokelets dropped, until tiles are 8 pixels wide; see `tiles`.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.capsules import capsules
from doodle_core.raster import FIELD_LIMIT, RESOLUTION
from doodle_core.strokes.strokelets import NUMBERS
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
    ranges,
    split,
    spread,
)

__all__ = ["Added", "refine"]

Array: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]


class Sampled(Protocol):
    """Something that is added to a field and costs time at every pixel. It is asked for few."""

    def ranges(self) -> tuple[Array, Array]:
        """The least and the largest number of it in each of the smallest tiles, as `tiles.ranges`."""
        ...

    def at(self, places: Ints) -> Array:
        """(N,) numbers of pixels, row after row -> (N,) float32."""
        ...


Added: TypeAlias = Array | Sampled
"""What is added to a field, see `refine`."""

_FAR = 1024.0  # model pixels; what lies farther out is brought here, as by the decoder


def refine(
    latent: Array, size: int, level: float = 0.0, reach: float = FIELD_LIMIT, added: Added | None = None
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
        least, most = ranges(added) if isinstance(added, np.ndarray) else added.ranges()
        low, high = level - most, level - least
    low, high = (low - reach) / pixel, (high + reach) / pixel

    side = TILE
    while side * pixel < COARSE:
        side *= 2
    tiles = all_tiles(-(-size // side), shape.shape[1])
    coarse = np.full((-(-size // side),) * 2, -FIELD_LIMIT / pixel, np.float32)
    while True:
        half = (side - 1) * 0.5**0.5 + SLACK / pixel  # from the centre to the farthest pixel's
        value, best = at_centres(shape, tiles, side)
        coarse[tiles.rows, tiles.columns] = best
        if side == TILE and added is not None:
            lowest, highest = low[tiles.rows, tiles.columns] - half, high[tiles.rows, tiles.columns] + half
        else:
            lowest, highest = low.min() - half, high.max() + half
        here = (best >= lowest) & (best <= highest)
        # What is worse loses at every pixel, or loses nowhere but where it makes no difference.
        worst = np.where(here, np.maximum(best - 2 * half, lowest), np.inf)
        tiles = kept(tiles, here, value >= np.repeat(worst, tiles.runs))
        if side == TILE:
            break
        side //= 2
        count = -(-size // side)
        tiles = split(tiles, count)
        coarse = np.repeat(np.repeat(coarse, 2, 0), 2, 1)[:count, :count]

    coarse *= np.float32(pixel)
    np.clip(coarse, -FIELD_LIMIT, FIELD_LIMIT, out=coarse)
    if added is not None and not isinstance(added, np.ndarray):
        # Where lines are far the field is flat, but what is added to it need not be.
        asked = (coarse + most >= level - reach) & (coarse + least <= level + reach)
        asked[tiles.rows, tiles.columns] = True
        middle = (least + most) / 2  # which is on the same side as all that is between them
        coarse += np.where(asked, 0, middle)
    answer = np.repeat(np.repeat(coarse, TILE, 1), TILE, 0)
    _draw(shape, tiles, answer, pixel)
    if added is not None and not isinstance(added, np.ndarray):
        _add(added, answer, size, asked, (level - reach - most, level + reach - least, middle))
    answer = np.ascontiguousarray(answer[:size, :size])
    if isinstance(added, np.ndarray):
        answer += added
    return answer


def _add(added: Sampled, answer: Array, size: int, asked: NDArray[np.bool_], bounds: tuple[Array, ...]) -> None:
    """Add to the pixels of the smallest tiles that are `asked`: what is right to those between the first and the second
    bound of their tile, the third to the others."""
    rows, columns = np.nonzero(asked)
    lowest, highest, middle = (bound[rows, columns][:, None, None] for bound in bounds)
    pixels = _pixels(answer)
    value = pixels[rows, columns]
    near = np.flatnonzero((value >= lowest) & (value <= highest))
    tile, within = np.divmod(near, TILE * TILE)
    row, column = rows[tile] * TILE + within // TILE, columns[tile] * TILE + within % TILE
    right = value.reshape(-1)[near] + added.at(np.minimum(row, size - 1) * size + np.minimum(column, size - 1))
    value += middle
    value.reshape(-1)[near] = right
    pixels[rows, columns] = value


def _pixels(picture: Array) -> Array:
    """The pixels of the smallest tiles, (rows, columns, TILE, TILE); written to, they are the picture's."""
    count = len(picture) // TILE
    return picture.reshape(count, TILE, count, TILE).transpose(0, 2, 1, 3)


def _shape(latent: Array, size: int) -> Array:
    """`Capsules.shape` of the strokelets that can show, (8, P) float32, output pixels."""
    rows = np.clip(latent.reshape(-1, NUMBERS).astype(np.float64), -_FAR, _FAR)
    rows = rows[rows[:, 4:].max(axis=1) > -FIELD_LIMIT]
    scale = size / RESOLUTION
    places = (rows[:, :4] + RESOLUTION / 2) * scale
    return capsules(places[:, :2], places[:, 2:], rows[:, 4:] * scale).shape.astype(np.float32)


def _draw(shape: Array, tiles: Tiles, answer: Array, pixel: float) -> None:
    """Write the smallest tiles' pixels, model pixels."""
    # Those with many strokelets first: the tiles that have an n-th one are then the first few, whatever n.
    order = np.argsort(-tiles.runs, kind="stable")
    xs, ys = (part[order] for part in tiles.centres(TILE))
    rows, columns, runs = tiles.rows[order], tiles.columns[order], tiles.runs[order]
    begins = (np.cumsum(tiles.runs) - tiles.runs)[order]
    away = np.arange(TILE, dtype=np.float32) + np.float32(0.5 - TILE / 2)
    pixels = _pixels(answer)
    for first in range(0, len(order), TOGETHER):
        part = slice(first, first + TOGETHER)
        best = np.empty(0, np.float32)
        for turn in range(int(runs[first])):
            number = int(np.searchsorted(-runs[part], -turn))
            some = slice(first, first + number)
            traits = chosen(shape, tiles.members[begins[some] + turn])
            value = spread(traits, xs[some], ys[some], away)
            if turn == 0:
                best = value
            else:
                np.maximum(best[..., :number], value, out=best[..., :number])
        best *= np.float32(pixel)
        np.clip(best, -FIELD_LIMIT, FIELD_LIMIT, out=best)
        pixels[rows[part], columns[part]] = best.transpose(2, 0, 1)
