"""Drawings to fields and ink.

ink: coverage, float32 in 0..1 (1 = ink). field: float32 signed distance to the ink's edge, POSITIVE INSIDE the ink, in
model pixels (1/64 of the canvas side) whatever the sampling, truncated to [-FIELD_LIMIT, FIELD_LIMIT].
A field cut at its own size n is the ink: ink = clip(field * (n / 64) + 0.5, 0, 1).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.capsules import capsules, faded, largest
from doodle_core.drawing import Drawing, Picture, Strokes
from doodle_core.errors import DoodleError
from doodle_core.pixels import area_average, from_pixels, split_sheet

__all__ = ["FAR", "FIELD_LIMIT", "RESOLUTION", "check_size", "field", "field_from_ink", "from_pixels", "ink", "needed"]
__all__ += ["split_sheet"]

RESOLUTION = 64  # model pixels a side of the canvas
FIELD_LIMIT = 3.0  # model pixels; farther from an edge the field is flat

Array: TypeAlias = NDArray[np.float32]
Floats: TypeAlias = NDArray[np.float64]

FAR = 1e6  # canvas sides; farther points are brought here, where double precision still resolves a pixel's millionth
_SAME = 1 / 1024  # output pixels; a point that bends its line by less is dropped
_MAX_SIZE = 16384


def field(drawing: Drawing, size: int, resolution: int = RESOLUTION) -> Array:
    """The drawing's field sampled at size x size pixel centres: (size, size) float32, model pixels, +-FIELD_LIMIT.

    Strokes: the exact distance to their tapered segments. A filled stroke is solid inside (nonzero winding; its outline
    closes, and its ink opacity is its points' mean). Radius 0 draws nothing but a fill, opacity 0 nothing at all; a
    line thinner than a pixel keeps its true centre, so about half coverage there. Translucent ink follows
    field_from_ink's rule: a pixel of coverage c and opacity o has the field that cuts to o * c. Where strokes overlap
    the larger field counts, so translucent ink does not add up.
    Pictures: averaged down and then measured, or measured and then enlarged, so that edges stay sharp.

    resolution is the number of model pixels a side, if not 64. Raises DoodleError for a size under 1 or over 16384.
    """
    check_size(size)
    if isinstance(drawing, Strokes):
        measured = _stroke_field(drawing, size, FIELD_LIMIT * size / resolution) * (resolution / size)
        return np.clip(measured, -FIELD_LIMIT, FIELD_LIMIT).astype(np.float32)
    native = len(drawing.ink)
    if size <= native:
        return field_from_ink(_shrunk(drawing, size), resolution)
    return np.clip(_enlarged(field_from_ink(drawing.ink, resolution), size), -FIELD_LIMIT, FIELD_LIMIT)


def ink(drawing: Drawing, size: int) -> Array:
    """The drawing's ink coverage at size x size pixels: (size, size) float32, 0..1; what its field cuts to.

    Raises DoodleError for a size under 1 or over 16384.
    """
    check_size(size)
    if isinstance(drawing, Strokes):
        return np.clip(_stroke_field(drawing, size, 1.0) + 0.5, 0.0, 1.0).astype(np.float32)
    if size <= len(drawing.ink):
        return _shrunk(drawing, size)
    unit = min(RESOLUTION, 5 * size)  # model pixels a side: of the usual ones, a few output pixels would be too many
    return np.clip(field(drawing, size, unit) * np.float32(size / unit) + np.float32(0.5), 0, 1)


def field_from_ink(ink: NDArray[np.floating], resolution: float = RESOLUTION) -> Array:
    """The field whose cut at the same size is `ink`: (n, n) in 0..1 -> (n, n) float32, model pixels, +-FIELD_LIMIT.

    Partly covered pixels: (ink - 0.5) * resolution / n. Elsewhere the distance to the edge that runs through the
    nearest pixels of the other kind, each edge lying ink - 0.5 pixels beyond its pixel's centre, as in the anti-aliased
    distance transform of Gustavson and Strand (2011); at least half a pixel, with the sign of the side.
    """
    ink = np.asarray(ink, np.float64)
    n = len(ink)
    limit = FIELD_LIMIT * n / resolution
    outside = _beyond(ink, limit)  # pixels, <= -0.5 where ink is 0
    inside = -_beyond(1.0 - ink, limit)
    pixels = np.where(ink <= 0, outside, np.where(ink >= 1, inside, ink - 0.5))
    return np.clip(pixels * (resolution / n), -FIELD_LIMIT, FIELD_LIMIT).astype(np.float32)


def check_size(size: int) -> None:
    """DoodleError for a picture that is not of 1 to 16384 whole pixels a side."""
    if not (isinstance(size, int | np.integer) and 1 <= size <= _MAX_SIZE):
        raise DoodleError(f"size {size} is not possible; give 1 to {_MAX_SIZE} pixels")


def _beyond(ink: Floats, limit: float) -> Floats:
    """Field of the pixels without ink, <= -0.5, by the nearest with ink: (n, n), pixels; -limit where there is ink."""
    from scipy import ndimage  # slow to import, and lines alone need none of it

    bare = ink <= 0
    answer = np.full(ink.shape, -limit)
    if bare.all() or not bare.any():
        return answer
    j, i = np.nonzero(bare)
    near: NDArray[np.int32] = ndimage.distance_transform_edt(bare, return_distances=False, return_indices=True)
    close = (near[0][bare] - j) ** 2 + (near[1][bare] - i) ** 2 <= (limit + 1.5) ** 2
    j, i = j[close], i[close]
    nearest_j, nearest_i = near[0][j, i], near[1][j, i]
    padded = np.pad(ink, 1)
    best = np.full(len(j), -limit)
    # The nearest pixel with ink may be a faint one before a fuller one: ask its neighbours, too.
    for dj in (-1, 0, 1):
        for di in (-1, 0, 1):
            there = padded[nearest_j + (1 + dj), nearest_i + (1 + di)]
            away = np.sqrt((nearest_j + dj - j) ** 2.0 + (nearest_i + di - i) ** 2.0)
            np.maximum(best, np.where(there > 0, there - 0.5 - away, -limit), out=best)
    answer[j, i] = best  # ink is 1 at most and a pixel away at least: -0.5 or less
    return answer


def _shrunk(picture: Picture, size: int) -> Array:
    if size == len(picture.ink):
        return picture.ink.copy()
    rows = area_average(picture.ink, size, axis=0)
    return np.clip(area_average(rows, size, axis=1), 0, 1).astype(np.float32)


def _enlarged(values: Array, size: int) -> Array:
    """(n, n) -> (size, size), bilinear between pixel centres, flat beyond the outermost."""
    n = len(values)
    place = np.clip((np.arange(size) + 0.5) * (n / size) - 0.5, 0, n - 1)
    first = np.minimum(place.astype(np.int64), max(n - 2, 0))
    second = np.minimum(first + 1, n - 1)
    part = (place - first).astype(np.float32)
    rows = values[first] * (1 - part)[:, None] + values[second] * part[:, None]
    return rows[:, first] * (1 - part) + rows[:, second] * part


def _stroke_field(strokes: Strokes, size: int, limit: float) -> Floats:
    """Field of the strokes in output pixels, +-limit."""
    points = np.clip(strokes.points.astype(np.float64), -FAR, FAR) * size
    radii = strokes.radii.astype(np.float64).clip(max=FAR) * float(size)
    opacities = strokes.opacities.astype(np.float64)
    closed = strokes.cyclic | strokes.filled
    owner = np.repeat(np.arange(len(strokes)), np.diff(strokes.offsets))
    keep = needed(np.column_stack([points, radii, opacities]), owner)
    points, radii, opacities, owner = points[keep], radii[keep], opacities[keep], owner[keep]
    counts = np.bincount(owner, minlength=len(strokes))
    offsets = np.concatenate([[0], np.cumsum(counts)])
    inked = np.bincount(owner, opacities, minlength=len(strokes)) > 0

    # Each point starts a piece: to the next point, from the last to the first, or a dot.
    start = np.arange(len(points))
    end = start + 1
    last = offsets[1:][counts > 0] - 1
    end[last] = np.where(closed[counts > 0], offsets[:-1][counts > 0], last)
    # The last point of an open stroke is already the end of a piece, unless it is the only one.
    lone = np.zeros(len(points), bool)
    lone[last] = (end[last] == last) & (counts[counts > 0] > 1)
    solid = (strokes.filled & (counts > 2) & inked)[owner]
    ends = np.stack([start, end], axis=1)
    width = radii[ends]
    closing = np.zeros(len(points), bool)
    closing[last] = (strokes.filled & ~strokes.cyclic)[counts > 0]
    width[closing] = 0.0  # a fill closes its outline without drawing the line
    visible = (width.max(axis=1, initial=0) > 0) & (opacities[ends].max(axis=1, initial=0) > 0)
    drawn = ~lone & (solid | visible)
    start, end = start[drawn], end[drawn]
    pieces = capsules(points[start], points[end], width[drawn], opacities[ends[drawn]])
    answer = largest(pieces, size, size, limit)
    for index in np.flatnonzero(strokes.filled & (counts > 2) & inked):
        part = slice(offsets[index], offsets[index + 1])
        _fill(answer, points[part], width[part], float(opacities[part].mean()), limit)
    return answer


def needed(values: Floats, owner: NDArray[np.integer]) -> NDArray[np.int64]:
    """Indices of the points that shape the strokes: not those that lie, within _SAME, between their neighbours.

    values (N, 2 or more): x and y in output pixels, and whatever else goes evenly from point to point; owner (N,) the
    stroke of each. A hand's stroke has many more points than pixels; every second point may go, again and again while
    that thins out.
    """
    kept = np.arange(len(values))
    for _ in range(16):
        if len(kept) < 3:
            break
        # Every second within its own stroke: a stroke must not look different beside others.
        begins = np.flatnonzero(np.diff(owner[kept], prepend=-1))
        rank = np.arange(len(kept)) - np.repeat(begins, np.diff(begins, append=len(kept)))
        middle = np.flatnonzero(rank[:-1] % 2)
        before, here, after = kept[middle - 1], kept[middle], kept[middle + 1]
        whole = values[after] - values[before]
        part = values[here] - values[before]
        square = (whole[:, :2] ** 2).sum(axis=1)
        place = (whole[:, :2] * part[:, :2]).sum(axis=1) / np.where(square > 0, square, 1)
        off = np.abs(part - place[:, None] * whole).max(axis=1)
        gone = (off < _SAME) & (place > 0) & (place < 1) & (owner[before] == owner[after])
        if not gone.any():
            break
        kept = np.delete(kept, middle[gone])
    return kept


def _fill(answer: Floats, outline: Floats, width: Floats, opacity: float, limit: float) -> None:
    """Write a closed outline's solid inside into the field, by nonzero winding.

    outline (k, 2) pixels; width (k, 2) the line's radii at both ends of the edge that starts at each point.
    """
    size = len(answer)
    low = np.clip(np.floor(outline.min(axis=0)), 0, size).astype(int)
    high = np.clip(np.ceil(outline.max(axis=0)), 0, size).astype(int)
    columns, rows = high - low
    if columns < 1 or rows < 1:
        return
    outline = outline - low
    turns = _winding(outline, columns, rows)
    inside = turns != 0
    if not inside.any():
        return
    start, end = outline, np.roll(outline, -1, axis=0)
    if (np.abs(turns) > 1).any():
        start, end, width = _boundary(start, end, width, turns, limit)
    # Inside, the edge of the ink lies radius + distance away: the capsules' own formula with the radius negated.
    depth = -largest(capsules(start, end, -width), columns, rows, limit)
    window = answer[low[1] : high[1], low[0] : high[0]]
    window[inside] = np.maximum(window[inside], np.maximum(faded(depth[inside], opacity), -limit))


def _winding(outline: Floats, columns: int, rows: int) -> NDArray[np.int64]:
    """How often the closed outline turns round each pixel centre, (rows, columns): crossings of the ray to the left."""
    turns = np.zeros(rows * (columns + 1))
    following = np.roll(outline, -1, axis=0)
    for first in range(0, len(outline), 4096):  # many long edges at once would need much memory
        (x0, y0), (x1, y1) = outline[first : first + 4096].T, following[first : first + 4096].T
        top = np.clip(np.ceil(np.minimum(y0, y1) - 0.5), 0, rows).astype(np.int64)
        bottom = np.clip(np.ceil(np.maximum(y0, y1) - 0.5), 0, rows).astype(np.int64)
        crossed = bottom - top  # half open, so that a corner on a row counts once
        edge = np.repeat(np.arange(len(top)), crossed)
        j = np.arange(len(edge)) - np.repeat(np.cumsum(crossed) - crossed, crossed) + top[edge]
        x = x0[edge] + (j + 0.5 - y0[edge]) * ((x1 - x0)[edge] / (y1 - y0)[edge])
        i = np.clip(np.floor(x - 0.5) + 1, 0, columns).astype(np.int64)
        turns += np.bincount(j * (columns + 1) + i, np.where(y1 > y0, 1.0, -1.0)[edge], minlength=len(turns))
    return np.cumsum(turns.reshape(rows, columns + 1), axis=1)[:, :columns].astype(np.int64)


def _boundary(
    start: Floats, end: Floats, width: Floats, turns: NDArray[np.int64], limit: float
) -> tuple[Floats, Floats, Floats]:
    """The parts of an outline's edges with paper on one side: where it overlaps itself, others lie within the ink."""
    rows, columns = turns.shape
    across = end - start
    enter, leave = _clipped(start, across, -limit - 2, np.array([columns, rows]) + limit + 2)
    length = np.hypot(across[:, 0], across[:, 1]) * (leave - enter)
    parts = np.where(leave > enter, np.ceil(2 * length), 0).astype(np.int64)
    edge = np.repeat(np.arange(len(start)), parts)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = ((leave - enter) / np.maximum(parts, 1))[edge]
    before = (enter[edge] + step * share)[:, None]
    after = before + share[:, None]
    first, second = start[edge] + before * across[edge], start[edge] + after * across[edge]
    change = (width[:, 1] - width[:, 0])[edge, None]
    radii = width[edge, :1] + change * np.concatenate([before, after], axis=1)
    middle = (first + second) / 2
    # The four pixel centres round a part: paper among them, on one side of the edge or the other?
    padded = np.pad(np.abs(turns), 2)
    column = np.clip(np.floor(middle[:, 0] - 0.5), -2, columns).astype(np.int64) + 2
    row = np.clip(np.floor(middle[:, 1] - 0.5), -2, rows).astype(np.int64) + 2
    around = np.stack([padded[row + dj, column + di] for dj in (0, 1) for di in (0, 1)])
    paper = (around == 0).any(axis=0)
    # Beside a crossing both kinds lie within a pixel: there, count the turns on either side exactly.
    unsure = np.flatnonzero(paper & (around > 1).any(axis=0))
    if len(unsure):
        along = across[edge[unsure]]
        normal = along[:, ::-1] * (1, -1) / np.hypot(along[:, :1], along[:, 1:])
        sides = [_turns_at(middle[unsure] + 0.05 * sign * normal, start, end) for sign in (-1, 1)]
        paper[unsure] = (sides[0] == 0) | (sides[1] == 0)
    return first[paper], second[paper], radii[paper]


def _clipped(start: Floats, across: Floats, low: float, high: Floats) -> tuple[Floats, Floats]:
    """From which t to which, in 0..1, edges start + t * across lie in a box (Liang and Barsky, 1984); never: (0, 0)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([(low - start) / across, (high - start) / across])
    level = across == 0
    within = (start >= low) & (start <= high)
    enter = np.where(level, np.where(within, 0, 2), ends.min(axis=0)).max(axis=1)
    leave = np.where(level, 1, ends.max(axis=0)).min(axis=1)
    enter, leave = np.clip(enter, 0, 1), np.clip(leave, 0, 1)
    empty = enter >= leave
    return np.where(empty, 0, enter), np.where(empty, 0, leave)


def _turns_at(places: Floats, start: Floats, end: Floats) -> NDArray[np.int64]:
    """How often the outline turns round each place, (m, 2) -> (m,)."""
    turns = np.zeros(len(places), np.int64)
    for index, (x, y) in enumerate(places):
        down, up = (start[:, 1] <= y) & (end[:, 1] > y), (end[:, 1] <= y) & (start[:, 1] > y)
        crossed = down | up
        a, b = start[crossed], end[crossed]
        left = a[:, 0] + (y - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1]) < x
        turns[index] = np.count_nonzero(left & down[crossed]) - np.count_nonzero(left & up[crossed])
    return turns
