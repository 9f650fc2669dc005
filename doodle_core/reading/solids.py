"""Shares of pixels to the outlines of areas, with holes.

Lengths and places are working pixels.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from doodle_core.geometry.isolines import isolines
from doodle_core.geometry.simplification import kept_vertices

__all__ = ["outlines_of"]

Floats: TypeAlias = NDArray[np.float64]

_TOLERANCE = 0.2  # pixels


def outlines_of(
    share: NDArray[np.float32], smallest: float, thinnest: float = 0.0, tolerance: float = _TOLERANCE
) -> list[list[Floats]]:
    """The areas of pixels that are covered by more than half: for each its outlines, closed polygons (k, 2).

    Parameters
    ----------
    share : (H, W) float32
    smallest : float
        Areas of fewer pixels are left out.
    thinnest : float
        So are those that are nowhere this far from their edge.
    tolerance : float
        Pixels by which an outline may miss the exact one.
    """
    labels, count = ndimage.label(share > 0.5)
    if not count:
        return []
    large = np.bincount(labels.reshape(-1), minlength=count + 1) >= smallest
    if thinnest > 0:
        deep = ndimage.distance_transform_edt(labels > 0)
        large &= np.append(0.0, ndimage.maximum(deep, labels, np.arange(1, count + 1))) >= thinnest
    large[0] = False
    areas: dict[int, list[Floats]] = defaultdict(list)
    for points, (row, column) in isolines(share):
        label = int(labels[row, column])
        if large[label] and _area(points) >= 1.0:
            areas[label].append(points)
    return [_few(outlines, tolerance) for _, outlines in sorted(areas.items())]


def _few(outlines: list[Floats], tolerance: float) -> list[Floats]:
    """Outlines with as few vertices as nobody can see."""
    closed = [np.concatenate([points, points[:1]]) for points in outlines]
    offsets = np.concatenate([[0], np.cumsum([len(points) for points in closed])])
    values = np.concatenate(closed)
    kept = kept_vertices(values, offsets, np.full(len(values), tolerance))
    kept[offsets[1:] - 1] = False
    return [values[low:high][kept[low:high]] for low, high in pairwise(offsets)]


def _area(points: Floats) -> float:
    x, y = (points - points[0]).T
    return abs(float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())) / 2
