"""Drawings to fields and ink.

ink: coverage, float32 in 0..1 (1 = ink). field: float32 signed distance to the ink's edge, POSITIVE INSIDE the ink, in
model pixels (1/64 of the canvas side) whatever the sampling, truncated to [-FIELD_LIMIT, FIELD_LIMIT].
A field cut at its own size n is the ink: ink = clip(field * (n / 64) + 0.5, 0, 1).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing, Picture, Shown
from doodle_core.errors import DoodleError
from doodle_core.pixels import area_average, from_pixels, split_sheet

__all__ = ["FIELD_LIMIT", "RESOLUTION", "check_size", "field", "field_from_ink", "from_pixels", "ink", "split_sheet"]

RESOLUTION = 64  # model pixels a side of the canvas
FIELD_LIMIT = 3.0  # model pixels; farther from an edge the field is flat

Array: TypeAlias = NDArray[np.float32]
Floats: TypeAlias = NDArray[np.float64]

_FINE = 256  # pixels a side at which drawings are measured, at least
_MAX_SIZE = 16384


def field(drawing: Shown, size: int, resolution: int = RESOLUTION) -> Array:
    """The field of a drawing or picture, sampled at size x size pixel centres: (size, size) float32, model pixels,
    +-FIELD_LIMIT.

    Drawings are painted at a finer size, all in one ink, and measured. Pictures are averaged down and then measured, or
    measured and then enlarged, so that edges stay sharp. Translucent ink follows field_from_ink's rule: a pixel of so
    much ink has the field that is cut to it.

    resolution is the number of model pixels a side, if not 64. Raises DoodleError for a size under 1 or over 16384.
    """
    check_size(size)
    if isinstance(drawing, Drawing):
        return _drawn_field(drawing, size, resolution)
    native = len(drawing.ink)
    if size <= native:
        return field_from_ink(_shrunk(drawing, size), resolution)
    return np.clip(_enlarged(field_from_ink(drawing.ink, resolution), size), -FIELD_LIMIT, FIELD_LIMIT)


def ink(drawing: Shown, size: int) -> Array:
    """The ink coverage of a drawing or picture at size x size pixels: (size, size) float32, 0..1.

    Raises DoodleError for a size under 1 or over 16384.
    """
    check_size(size)
    if isinstance(drawing, Drawing):
        from doodle_core.rendering import coverage  # needs the rasteriser: slow to import, and pictures need none

        return coverage(drawing, size)
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


def _drawn_field(drawing: Drawing, size: int, resolution: int) -> Array:
    opaque = _opaque(drawing)
    finer = max(1, _FINE // size)
    measured = field_from_ink(ink(opaque, size * finer), resolution).reshape(size, finer, size, finer)
    # At a pixel's centre, not over all of it: a mean would lower the ridge of a thin line.
    middle = slice((finer - 1) // 2, finer // 2 + 1)
    answer = np.ascontiguousarray(measured[:, middle, :, middle].mean(axis=(1, 3), dtype=np.float32))
    if opaque is not drawing:
        shown = ink(drawing, size)
        faint = np.clip((shown - np.float32(0.5)) * np.float32(resolution / size), -FIELD_LIMIT, FIELD_LIMIT)
        np.minimum(answer, faint, out=answer, where=shown < np.float32(0.99) * ink(opaque, size))
    return answer


def _opaque(drawing: Drawing) -> Drawing:
    """The drawing with all its shapes opaque that leave any ink; itself where they are."""
    inked = drawing.select(np.bincount(drawing.shape_of_vertex, drawing.opacities, len(drawing)) > 0)
    if (inked.opacities == 1).all():
        return drawing
    return replace(inked, opacities=np.ones_like(inked.opacities))


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
