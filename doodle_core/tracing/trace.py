"""A drawing's ink back to strokes: centre lines with radii, going straight through crossings.

The ink is thinned to lines one pixel wide at _SIZE pixels a side. Their graph is put in order: spurs go, crossings that
thinning pulled apart into two forks become one junction again, and at each junction the branches that continue each
other best are one stroke. Then every point moves to the middle between the ink's two edges, which the field tells far
more exactly than a pixel, and the lines are reduced to few points.

Inside lengths and places are working pixels: x right, y down, (0, 0) at the canvas's corner.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from doodle_core import look, raster
from doodle_core.drawing import Drawing, Shown
from doodle_core.errors import DoodleError
from doodle_core.tracing.centreline import centred, reduced
from doodle_core.tracing.junctions import strokes
from doodle_core.tracing.solid import discs
from doodle_core.tracing.thinning import branches, thin

__all__ = ["trace", "trace_field"]

Array: TypeAlias = NDArray[np.float32]
Floats: TypeAlias = NDArray[np.float64]

_SIZE = 256  # working pixels a side
_SCALE = _SIZE / raster.RESOLUTION  # working pixels in a model pixel
_PINHOLE = 8  # working pixels; a smaller hole is filled before thinning, which would go round it
_SOLID = 3 * _SCALE  # deeper ink is an area, not a line
_SMALLEST = 0.8 * _SCALE  # radius of the smallest disc that covers a part of one
_MARGIN = 2 * _SCALE  # how far beyond the canvas a line may be led


def trace(drawing: Shown, tolerance: float = 0.12, simplify: bool = True) -> Drawing:
    """The centre lines, with radii, of a drawing's ink at half coverage, as a person might have drawn them.

    tolerance  model pixels (1/64 of the side), > 0: about how far a simplified line may lie from the traced one
    simplify   False: points about every model pixel, evenly along each stroke, instead of few

    Strokes go through crossings, closed lines are cyclic, dots have one point. Opacities are 1, and nothing is filled:
    solid ink comes as thick strokes along its medial axis, and dots. The same drawing gives the same strokes, bit for
    bit; without ink there are none. Raises DoodleError for a tolerance that is not a number above 0.
    """
    _check(tolerance)
    return _traced(raster.field(drawing, _SIZE), tolerance, simplify)


def trace_field(values: Array, tolerance: float = 0.12, simplify: bool = True) -> Drawing:
    """As trace, from a signed field (n, n) float32, model pixels, positive inside, such as the model's 64 x 64.

    Raises DoodleError for another shape or values that are not finite.
    """
    _check(tolerance)
    values = np.asarray(values, np.float32)
    if values.ndim != 2 or values.shape[0] != values.shape[1] or len(values) < 1:
        raise DoodleError(f"the field has shape {values.shape}; give a square (n, n)")
    if not np.isfinite(values).all():
        raise DoodleError("the field has values that are not finite numbers; give distances in model pixels")
    return _traced(look.resample(values, _SIZE), tolerance, simplify)


def _check(tolerance: float) -> None:
    if not (np.isfinite(tolerance) and tolerance > 0):
        raise DoodleError(f"tolerance {tolerance} is not possible; give a number of model pixels above 0")


def _traced(values: Array, tolerance: float, simplify: bool) -> Drawing:
    if not (values > 0).any():
        return Drawing.make()
    mask, depth = _depth(values)
    lines, blots = strokes(branches(thin(mask)), depth)
    polylines, widths, cyclic = [], [], []
    for points, radii, closed in centred(lines, depth):
        points, radii = reduced(points, radii, closed, tolerance * _SCALE, None if simplify else _SCALE)
        polylines.append(np.clip(points, -_MARGIN, _SIZE + _MARGIN) / _SIZE)
        widths.append(radii / _SIZE)
        cyclic.append(closed and len(points) > 2)
    for points, radius in _blots(blots, mask, depth):
        polylines.append(points / _SIZE)
        widths.append(np.full(len(points), radius / _SIZE))
        cyclic.append(False)
    traced = Drawing.make(polylines, widths, cyclic=cyclic)
    if depth.max() <= _SOLID:
        return traced
    # Lines have no such depths: look whether the area is covered.
    bare = (depth > 0) & (raster.field(traced, _SIZE) * _SCALE < -1.0)
    for x, y, radius in discs(bare, depth, _SMALLEST):
        polylines.append(np.array([[x, y]]) / _SIZE)
        widths.append(np.full(1, radius / _SIZE))
        cyclic.append(False)
    return Drawing.make(polylines, widths, cyclic=cyclic)


def _depth(values: Array) -> tuple[NDArray[np.bool_], Floats]:
    """The ink without pinholes, and the distance to its edge, working pixels, positive inside, not truncated there."""
    mask = values > 0
    paper, _ = ndimage.label(~mask)
    small = np.bincount(paper.reshape(-1)) < _PINHOLE
    small[0] = False
    holes = small[paper]
    depth = values.astype(np.float64) * _SCALE
    unknown = values > raster.FIELD_LIMIT * 0.9
    if holes.any():
        mask |= holes
        unknown = mask
    if unknown.any():
        # Ink that the canvas cuts goes on beyond, unless there is nothing else.
        around = np.pad(mask, 1, mode="constant") if mask.all() else np.pad(mask, 1, mode="edge")
        away, near = ndimage.distance_transform_edt(around, return_indices=True)
        # The nearest pixel of paper lies that far beyond the edge.
        padded = np.pad(depth, 1, mode="edge")
        measured = (away + np.maximum(padded[near[0], near[1]], -1.0))[1:-1, 1:-1]
        depth = np.where(unknown, np.maximum(measured, depth), depth)
    return mask, depth


def _blots(places: list[Floats], mask: NDArray[np.bool_], depth: Floats) -> list[tuple[Floats, float]]:
    """Dots and short dashes (points (1 or 2, 2), radius) of the pieces of ink at the places, by area and moments."""
    if not places:
        return []
    labels, _ = ndimage.label(mask, np.ones((3, 3)))
    boxes = ndimage.find_objects(labels)
    answer = []
    for place in places:
        label = labels[int(place[1]), int(place[0])]
        rows, columns = boxes[label - 1]
        rows, columns = slice(max(rows.start - 1, 0), rows.stop + 1), slice(max(columns.start - 1, 0), columns.stop + 1)
        cover = np.clip(depth[rows, columns] + 0.5, 0, 1)
        other = labels[rows, columns]
        cover[(other > 0) & (other != label)] = 0
        j, i = np.nonzero(cover)
        weight = cover[j, i]
        area = float(weight.sum())
        offsets = np.stack([i + columns.start + 0.5, j + rows.start + 0.5], axis=1)
        centre = weight @ offsets / area
        offsets -= centre
        spread, axes = np.linalg.eigh((offsets * weight[:, None]).T @ offsets / area)
        # A capsule of half length h and radius r: its moments and its area say both.
        radius = float(np.sqrt(area / np.pi))
        half = 0.0
        for _ in range(20):
            tall = (
                4 * radius * half**3 / 3
                + np.pi * radius**2 * half**2
                + 8 * radius**3 * half / 3
                + np.pi * radius**4 / 4
            ) / area
            half = max(0.0, half + (float(spread[1]) - tall) / max(2 * np.sqrt(float(spread[1])), 0.3))
            radius = (np.sqrt(4 * half**2 + np.pi * area) - 2 * half) / np.pi
        if half < 0.2 * radius:
            answer.append((centre[None], float(np.sqrt(area / np.pi))))
        else:
            answer.append((centre + np.outer([-half, half], axes[:, 1]), float(radius)))
    return answer
