"""Square tiles of a picture, each with the strokelets that matter in it: how `refine` and `painting` find their work.

Strokelets are `Capsules.shape` columns, (8, P) float32, output pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "COARSE",
    "SLACK",
    "TILE",
    "TOGETHER",
    "Tiles",
    "all_tiles",
    "at_centres",
    "chosen",
    "field",
    "kept",
    "placed",
    "ranges",
    "split",
    "spread",
]

Array: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]

TILE = 8  # output pixels: the side of the smallest tiles
COARSE = 6.0  # model pixels: the largest are at least as wide, so that they are few
TOGETHER = 512  # tiles measured together: small enough for the processor's caches
SLACK = 1e-4  # model pixels; rounding must not drop the winner


@dataclass(frozen=True, eq=False)
class Tiles:
    """T square tiles of one size: their places in its grid (T,), the number of strokelets of each (T,), and these."""

    rows: Ints
    columns: Ints
    runs: Ints
    members: Ints

    def centres(self, side: int) -> tuple[Array, Array]:
        """x and y of their centres, (T,) each, output pixels."""
        half = np.float32(side / 2)
        return (self.columns * side).astype(np.float32) + half, (self.rows * side).astype(np.float32) + half


def all_tiles(count: int, number: int) -> Tiles:
    """All of count x count tiles, each with every one of the strokelets; no tiles where there are none."""
    across = count if number else 0
    rows, columns = (part.reshape(-1) for part in np.indices((across, across)))
    return Tiles(rows, columns, np.full(len(rows), number), np.tile(np.arange(number), len(rows)))


def kept(tiles: Tiles, here: NDArray[np.bool_], near: NDArray[np.bool_]) -> Tiles:
    """Only the tiles `here` (T,), with only the strokelets `near`, of which the others have none."""
    owner = np.repeat(np.arange(len(here)), tiles.runs)
    runs = np.bincount(owner[near], minlength=len(here))
    return Tiles(tiles.rows[here], tiles.columns[here], runs[here], tiles.members[near])


def split(tiles: Tiles, count: int) -> Tiles:
    """The quarters of tiles, those within count x count, each with all strokelets of its tile."""
    rows = tiles.rows * 2 + np.array([[0], [0], [1], [1]])
    columns = tiles.columns * 2 + np.array([[0], [1], [0], [1]])
    there = (rows < count) & (columns < count)
    runs = np.broadcast_to(tiles.runs, there.shape)[there]
    begins = np.broadcast_to(np.cumsum(tiles.runs) - tiles.runs, there.shape)[there]
    moved = np.repeat(begins - (np.cumsum(runs) - runs), runs)
    return Tiles(rows[there], columns[there], runs, tiles.members[np.arange(len(moved)) + moved])


def chosen(shape: Array, members: Ints) -> Array:
    """These strokelets' columns, (8, n). (To clip indices that are all good is quicker than to check them.)"""
    return shape.take(members, 1, mode="clip")


def at_centres(shape: Array, tiles: Tiles, side: int) -> tuple[Array, Array]:
    """Each strokelet's field at the centre of its tile, and the largest in each tile, output pixels."""
    xs, ys = tiles.centres(side)
    x, y, ex, ey, *rest = chosen(shape, tiles.members)
    dx, dy = np.repeat(xs, tiles.runs) - x, np.repeat(ys, tiles.runs) - y
    value = field(dx * ex + dy * ey, dx * ey - dy * ex, *rest)
    return value, np.maximum.reduceat(value, np.cumsum(tiles.runs) - tiles.runs)


def spread(shape: Array, xs: Array, ys: Array, away: Array) -> Array:
    """Fields of strokelets (8, P) at the pixels round a place each, xs, ys (P,): (tile, tile, P)."""
    u, v = _across(shape, xs, ys, away)
    return field(u, v, *shape[4:])


def placed(shape: Array, xs: Array, ys: Array) -> tuple[Array, Array]:
    """Fields of strokelets (8, P) in the smallest tiles about xs, ys (P,), and how far along its axis each pixel's
    nearest disc lies: (TILE, TILE, P) each."""
    u, v = _across(shape, xs, ys, np.arange(TILE, dtype=np.float32) + np.float32(0.5 - TILE / 2))
    along = np.clip(np.abs(v) * shape[7] + u, np.float32(0.0), shape[4])
    return field(u, v, *shape[4:]), along


def _across(shape: Array, xs: Array, ys: Array, away: Array) -> tuple[Array, Array]:
    """Places along and across the strokelets' axes of the pixels round a place each, (tile, tile, P) each."""
    x, y, ex, ey = shape[:4]
    dx, dy = xs - x, ys - y
    away = away[:, None]
    u = (dx * ex + dy * ey + away * ex)[None] + (away * ey)[:, None]
    v = (dx * ey - dy * ex + away * ey)[None] - (away * ex)[:, None]
    return u, v


def field(u: Array, v: Array, length: Array, radius: Array, slope: Array, lean: Array) -> Array:
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


def ranges(picture: Array) -> tuple[Array, Array]:
    """The least and the largest number in each of the smallest tiles of a picture (n, n)."""
    lacking = -len(picture) % TILE
    whole = np.pad(picture, (0, lacking), mode="edge") if lacking else picture
    return _extreme(whole, np.minimum), _extreme(whole, np.maximum)


def _extreme(picture: Array, which: np.ufunc) -> Array:
    """Along columns both times: numpy does that with whole rows of numbers."""
    for _ in range(2):
        rows, columns = picture.shape
        picture = np.ascontiguousarray(which.reduce(picture.reshape(rows // TILE, TILE, columns), axis=1).T)
    return picture
