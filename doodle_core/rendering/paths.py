"""Polygons to Skia paths in bulk: the bytes that Skia's own reader of stored paths takes, written from arrays.

A stored path is, in 32-bit words: version and fill rule, number of points, number of conic weights, number of verbs;
the points as x, y float32; one byte a verb, filled up to a whole word. Skia does not promise that format, so
`understood` tries it once, and `paths_of` calls Skia's functions point by point where it has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import skia
from numpy.typing import NDArray

__all__ = ["paths_of", "stored", "understood"]

_VERSION = 5
_EVEN_ODD = 1 << 8
_MOVE, _LINE, _CLOSE = 0, 1, 5


def stored(
    points: NDArray[Any], offsets: NDArray[Any], shapes: NDArray[Any], even_odd: NDArray[np.bool_]
) -> tuple[memoryview, NDArray[np.int64]]:
    """Stored paths, one after the other.

    Parameters
    ----------
    points : (P, 2)
        Finite; pixels.
    offsets : (C + 1,) int
        Closed polygon c has the points offsets[c]:offsets[c + 1], at least one.
    shapes : (S + 1,) int
        Path s has the polygons shapes[s]:shapes[s + 1], at least one.
    even_odd : (S,) bool
        The fill rule of each path; else it is nonzero.

    Returns
    -------
    bytes : memoryview
    places : (S + 1,) int64
        Path s lies at places[s]:places[s + 1].
    """
    first = offsets[shapes]
    counts = np.diff(first)
    polygons = np.diff(shapes)
    verbs = counts + polygons  # a move and lines, as many as points, and a close each
    words = 4 + 2 * counts + (verbs + 3) // 4
    ends = np.cumsum(words)
    starts = ends - words
    data = np.full(int(ends[-1]) if len(ends) else 0, _LINE * 0x01010101, np.uint32)
    data[starts] = _VERSION + _EVEN_ODD * even_odd.astype(np.uint32)
    data[starts + 1] = counts
    data[starts + 2] = 0
    data[starts + 3] = verbs
    at = np.repeat(starts + 4 - 2 * first[:-1], counts) + 2 * np.arange(len(points))
    numbers = data.view(np.float32)
    numbers[at] = points[:, 0]
    numbers[at + 1] = points[:, 1]
    flat = data.view(np.uint8)
    shape = np.repeat(np.arange(len(counts)), polygons)
    earlier = np.arange(len(shape)) - shapes[:-1][shape]  # polygons before this one in its path, each with a close
    verb = 4 * (starts + 4 + 2 * counts)[shape] + earlier - first[:-1][shape]
    flat[verb + offsets[:-1]] = _MOVE
    flat[verb + offsets[1:]] = _CLOSE
    return data.data.cast("B"), np.concatenate([[0], 4 * ends])


@lru_cache(maxsize=1)
def understood() -> bool:
    """Whether this Skia reads stored paths as they are written here."""
    points = np.array([[1, 2], [3, 4.5], [5, 6], [7, 8], [1, 9], [2, 2], [4, 1]], np.float32)
    offsets, shapes = np.array([0, 3, 7]), np.array([0, 2])
    data, places = stored(points, offsets, shapes, np.array([True]))
    path = skia.Path()
    read = path.readFromMemory(data[: places[1]])
    return read == places[1] and path == next(_by_points(points, offsets, shapes, np.array([True])))


def paths_of(
    points: NDArray[Any], offsets: NDArray[Any], shapes: NDArray[Any], even_odd: NDArray[np.bool_]
) -> Iterator[skia.Path]:
    """The paths of polygons, as `stored`."""
    if not understood():
        yield from _by_points(points, offsets, shapes, even_odd)
        return
    data, places = stored(points, offsets, shapes, even_odd)
    make = skia.Path
    for start, end in pairwise(places.tolist()):
        path = make()
        path.readFromMemory(data[start:end])
        yield path


def _by_points(
    points: NDArray[Any], offsets: NDArray[Any], shapes: NDArray[Any], even_odd: NDArray[np.bool_]
) -> Iterator[skia.Path]:
    for start, end, rule in zip(shapes[:-1], shapes[1:], even_odd, strict=True):
        path = skia.Path()
        for polygon in range(start, end):
            path.addPoly([skia.Point(*p) for p in points[offsets[polygon] : offsets[polygon + 1]].tolist()], True)
        path.setFillType(skia.PathFillType.kEvenOdd if rule else skia.PathFillType.kWinding)
        yield path
