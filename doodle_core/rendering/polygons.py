"""Polygons cut to a box, for those that reach so far outside the picture that Skia's numbers run out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["cut_to_box"]


def cut_to_box(
    points: NDArray[Any], offsets: NDArray[np.int64], low: tuple[float, float], high: tuple[float, float]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Closed polygons, none of which leaves a box: inside it they enclose what they did, as often as they did.

    Sutherland and Hodgman, "Reentrant polygon clipping", 1974. Polygons within the box stay as they are; one that is
    wholly outside becomes a single point of the box.

    Parameters
    ----------
    points : (P, 2) float32 or float64
    offsets : (C + 1,) int64
    low, high
        Two corners of the box.

    Returns
    -------
    points, offsets
        As given.
    """
    if not len(points) or (points.min() >= max(low) and points.max() <= min(high)):
        return points, offsets
    outside = ((points < low) | (points > high)).any(axis=1)
    if not outside.any():
        return points, offsets
    pieces = []
    marks = np.add.reduceat(outside, offsets[:-1]) > 0
    for far, start, end in zip(marks.tolist(), offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        piece = points[start:end]
        if far:
            for axis in (0, 1):
                piece = _cut(piece, axis, low[axis], 1.0)
                piece = _cut(piece, axis, high[axis], -1.0)
            if not len(piece):
                piece = np.array([low], points.dtype)
        pieces.append(piece)
    return np.concatenate(pieces), np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])])


def _cut(polygon: NDArray[Any], axis: int, border: float, sign: float) -> NDArray[Any]:
    """The part of a polygon on one side of a border: sign * (x - border) >= 0."""
    if not len(polygon):
        return polygon
    depth = sign * (polygon[:, axis] - border)
    following = np.roll(polygon, -1, axis=0)
    deeper = np.roll(depth, -1)
    inside = depth >= 0
    crosses = inside != (deeper >= 0)
    share = np.where(crosses, depth / np.where(crosses, depth - deeper, 1.0), 0.0)
    crossings = polygon + share[:, None] * (following - polygon)
    crossings[:, axis] = border
    both = np.stack([polygon, crossings], axis=1).reshape(-1, 2)
    return both[np.stack([inside, crosses], axis=1).reshape(-1)]
