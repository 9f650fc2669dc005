"""Corners of polygons moved to where Skia puts them anyway, but along their edges.

Skia's analytic anti-aliasing rounds the y of every corner to a quarter of a pixel, and leaves x where it is. A slanted
edge then lies up to an eighth of a pixel beside its place, and a straight line of half a pixel may have half its ink or
twice. Moved along the longer of its two edges to such a row, a corner leaves that edge where it was.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["snapped"]

_ROWS = 4.0  # a pixel
_MOST = 0.45  # of an edge's length: its ends must not change places
_ASIDE = 0.5  # pixels squared: twice the area by which the other edge may be led aside


def snapped(points: NDArray[Any], offsets: NDArray[np.int64]) -> NDArray[Any]:
    """Closed polygons with their corners on Skia's rows.

    Parameters
    ----------
    points : (P, 2) float32 or float64
        Pixels.
    offsets : (C + 1,) int64
        Polygon c has the points offsets[c]:offsets[c + 1], at least one.

    Returns
    -------
    points : (P, 2), of the same type
        A corner stays where its edges are too flat or too short, or where the other one would be led aside.
    """
    if not len(points):
        return points
    x, y = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    forth_x, forth_y = _to_next(x, offsets), _to_next(y, offsets)  # of the edge from each corner
    length = np.abs(forth_x) + np.abs(forth_y)
    back_x, back_y, back_length = (_of_previous(edge, offsets) for edge in (forth_x, forth_y, length))
    longer = (back_length > length).astype(points.dtype)
    along_x, along_y = forth_x + longer * (back_x - forth_x), forth_y + longer * (back_y - forth_y)
    lift = np.rint(y * _ROWS) * (1.0 / _ROWS) - y
    swept = np.abs(forth_x * back_y - forth_y * back_x)  # twice the area between the two edges
    steep = np.abs(lift) < _MOST * np.abs(along_y)
    share = lift * steep / np.where(steep, along_y, 1)
    share *= np.abs(share) * swept <= _ASIDE
    result = np.empty_like(points)
    np.add(x, share * along_x, out=result[:, 0])
    np.add(y, share * along_y, out=result[:, 1])
    return result


def _to_next(values: NDArray[Any], offsets: NDArray[np.int64]) -> NDArray[Any]:
    """What is to be added to each corner's value for that of the next."""
    steps = np.empty_like(values)
    np.subtract(values[1:], values[:-1], out=steps[:-1])
    steps[offsets[1:] - 1] = values[offsets[:-1]] - values[offsets[1:] - 1]
    return steps


def _of_previous(values: NDArray[Any], offsets: NDArray[np.int64]) -> NDArray[Any]:
    """The value of the corner before each."""
    moved = np.empty_like(values)
    moved[1:] = values[:-1]
    moved[offsets[:-1]] = values[offsets[1:] - 1]
    return moved
