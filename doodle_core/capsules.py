"""The exact field of many tapered capsules at once, by branch and bound over a quadtree of tiles.

A tapered capsule is what a round pen covers when it goes straight from a to b while its radius changes evenly: the
union of the discs round a + t (b - a) with radius r0 + t (r1 - r0). Its signed distance (positive inside) is the
largest of the discs' own, max over t of r(t) - |p - c(t)|. Hence it changes by at most the distance one moves, and so a
tile's centre bounds the whole tile: a capsule that is worse at the centre than the best one there by more than twice
the tile's reach cannot win anywhere in the tile. Tiles are split in four, and capsules dropped, until tiles are pixels.

Everything here is in output pixels; pixel (row j, column i) has its centre at (i + 0.5, j + 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Capsules", "capsules", "faded", "largest"]

Floats: TypeAlias = NDArray[np.float64]

_CHUNK = 1 << 13  # (tile, capsule) pairs looked at together: small enough for the processor's caches
_SLACK = 1e-9  # pixels; rounding must not drop the winner
_TINY = 1e-9  # pixels; a shorter piece is a dot


@dataclass(frozen=True, eq=False)
class Capsules:
    """P capsules ready to be measured.

    shape   (8, P): start x, y; unit axis x, y; length; start radius; radius per length; how far along the axis the best
            disc lies per distance from the axis (slope / sqrt(1 - slope^2))
    fade    (2, P): opacity at the start, opacity per length; None when all are opaque
    """

    shape: Floats
    fade: Floats | None

    def __len__(self) -> int:
        return self.shape.shape[1]

    def __getitem__(self, which: NDArray[np.bool_]) -> Capsules:
        return Capsules(self.shape[:, which], None if self.fade is None else self.fade[:, which])

    def moved(self, x: float, y: float) -> Capsules:
        """The same capsules, shifted."""
        shape = self.shape.copy()
        shape[0] += x
        shape[1] += y
        return Capsules(shape, self.fade)


def capsules(start: Floats, end: Floats, radii: Floats, opacities: Floats | None = None) -> Capsules:
    """Capsules from start and end points (P, 2), radii (P, 2) and opacities (P, 2) at start and end, pixels.

    Radii may be negative: the largest of r - distance is then minus the smallest of |r| + distance.
    """
    axis = end - start
    length = np.hypot(axis[:, 0], axis[:, 1])
    change = radii[:, 1] - radii[:, 0]
    # One end's disc holds the other's: only the larger disc shows. Points in one place come here, too.
    dot = (length < _TINY) | (np.abs(change) >= length)
    late = dot & (change > 0)
    start = np.where(late[:, None], end, start)
    first = np.where(late, radii[:, 1], radii[:, 0])
    safe = np.where(dot, 1.0, length)
    slope = np.where(dot, 0.0, change / safe)
    lean = slope / np.sqrt(np.maximum(1.0 - slope * slope, 1e-12))
    unit = np.where(dot[:, None], (1.0, 0.0), axis / safe[:, None])  # any axis will do for a dot, but it needs one
    length = np.where(dot, 0.0, length)
    shape = np.stack([start[:, 0], start[:, 1], unit[:, 0], unit[:, 1], length, first, slope, lean])
    if opacities is None or (opacities >= 1).all():
        return Capsules(shape, None)
    opacity = np.where(late, opacities[:, 1], opacities[:, 0])
    return Capsules(shape, np.stack([opacity, np.where(dot, 0.0, (opacities[:, 1] - opacities[:, 0]) / safe)]))


def faded(distance: Floats, opacity: Floats | float) -> Floats:
    """The field of translucent ink: what cuts back to opacity times the coverage of `distance`, both in pixels.

    Where there is coverage c, the answer is opacity * c - 0.5; away from it, and where the ink is opaque, the distance.
    """
    coverage = np.clip(distance + 0.5, 0.0, 1.0)
    return np.where((coverage <= 0) | (np.asarray(opacity) >= 1), distance, opacity * coverage - 0.5)


def largest(pieces: Capsules, width: int, height: int, limit: float) -> Floats:
    """The largest field of any capsule at each pixel centre, (height, width), pixels, cut off at +-limit.

    Work and memory follow the pixels within reach of ink, wherever the capsules lie and however many coincide.
    """
    answer = np.full((height, width), -float(limit))
    tile = 1
    while tile < max(width, height):
        tile *= 2
    if tile == 1:  # a single pixel still needs one level of halving
        tile = 2
    count = len(pieces)
    if count == 0:
        return answer
    zero = np.zeros(1, np.int64)
    # A task: tile size, tiles' columns and rows, where each tile's run of capsules starts, the capsules.
    tasks = [(tile, zero, zero, zero, np.arange(count))]
    while tasks:
        tile, columns, rows, starts, members = tasks.pop()
        if len(members) > _CHUNK and len(starts) > 1:
            middle = max(1, int(np.searchsorted(starts, len(members) // 2)))
            middle = min(middle, len(starts) - 1)
            cut = starts[middle]
            tasks.append((tile, columns[middle:], rows[middle:], starts[middle:] - cut, members[cut:]))
            tasks.append((tile, columns[:middle], rows[:middle], starts[:middle], members[:cut]))
            continue
        half = tile // 2
        columns = np.stack([2 * columns, 2 * columns + 1])  # (2, tiles)
        rows = np.stack([2 * rows, 2 * rows + 1])
        runs = np.diff(starts, append=len(members))
        xs = np.repeat((columns + 0.5) * half, runs, axis=1)  # (2, pairs): the halves' centres
        ys = np.repeat((rows + 0.5) * half, runs, axis=1)
        shape = np.take(pieces.shape, members, axis=1)
        fade = None if pieces.fade is None else np.take(pieces.fade, members, axis=1)
        value, along = _measure(shape, xs, ys)  # (2, 2, pairs): lower/upper, left/right
        if half == 1:
            if fade is not None:
                value = faded(value, fade[0] + fade[1] * along)
            best = np.maximum.reduceat(value, starts, axis=2)  # (2, 2, tiles)
            j, i = np.broadcast_arrays(rows[:, None], columns[None])
            there = (i < width) & (j < height)
            answer[j[there], i[there]] = np.clip(best[there], -limit, limit)
            continue
        reach = (half - 1) * 0.5**0.5  # from the centre to the farthest pixel centre
        upper, lower = value + (reach + _SLACK), value
        lower -= reach
        if fade is not None:
            opacity = np.stack([fade[0], fade[0] + fade[1] * shape[4]])
            upper, lower = faded(upper, opacity.max(axis=0)), faded(lower, opacity.min(axis=0))
        best = np.maximum.reduceat(lower, starts, axis=2)
        # Where the best is beyond the limit all over the tile, it alone stays: the others would show no difference.
        done = best >= limit
        within = (columns * half < width)[None] & (rows * half < height)[:, None]
        floor = np.where(within, np.maximum(best, -limit), np.inf)
        if done.any():
            upper = np.where(np.repeat(done, runs, axis=2), lower, upper)
        keep = upper >= np.repeat(floor, runs, axis=2)
        quarter, pair = np.nonzero(keep.reshape(4, -1))
        if len(pair) == 0:
            continue
        owner = quarter * len(starts) + np.repeat(np.arange(len(starts)), runs)[pair]
        fresh = np.flatnonzero(np.diff(owner, prepend=-1))
        owner = owner[fresh]
        i, j = np.broadcast_to(columns[None], (2, *columns.shape)), np.broadcast_to(rows[:, None], (2, *rows.shape))
        tasks.append((half, i.reshape(-1)[owner], j.reshape(-1)[owner], fresh, members[pair]))
    return answer


def _measure(shape: Floats, xs: Floats, ys: Floats) -> tuple[Floats, Floats]:
    """Field and place along the axis of each capsule at the crossings of its two xs and two ys: (2 ys, 2 xs, pairs).

    The largest disc lies at t = u + v * lean, where u, v are the point's coordinates along and across the axis (the
    derivative of r(t) - |p - c(t)| vanishes there), kept within the capsule.
    """
    x, y, ex, ey, length, radius, slope, lean = shape
    dx, dy = xs - x, ys - y
    u = (dx * ex)[None] + (dy * ey)[:, None]
    v = (dx * ey)[None] - (dy * ex)[:, None]
    tapered = slope.any()
    # In place from here on: this is where the time goes.
    if tapered:
        np.abs(v, out=v)
        along = v * lean
        along += u
        np.maximum(along, 0.0, out=along)
    else:
        along = np.maximum(u, 0.0)
    np.minimum(along, length, out=along)
    u -= along
    u *= u
    v *= v
    u += v
    np.sqrt(u, out=u)
    value = np.subtract(radius, u, out=u)
    if tapered:
        value += np.multiply(slope, along, out=v)
    return value, along
