"""Which shape of a drawing is at a place: what a pointer means."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.drawing.drawing import Drawing

__all__ = ["distances", "edges", "foot", "holding", "nearest", "on_shape"]


def edges(drawing: Drawing) -> NDArray[np.int64]:
    """The edges of all contours, as pairs of vertices, in the order of the contours.

    Parameters
    ----------
    drawing : Drawing

    Returns
    -------
    (E, 2) int64
        A closed contour, as those of areas are, has one from its last vertex to its first. A contour of one vertex has
        one of no length.
    """
    starts, stops = drawing.offsets[:-1].astype(np.int64), drawing.offsets[1:].astype(np.int64)
    following = np.arange(1, len(drawing.points) + 1, dtype=np.int64)
    there = stops > starts
    closed = drawing.cyclic | drawing.filled
    following[stops[there] - 1] = np.where(closed[there], starts[there], stops[there] - 1)
    kept = np.ones(len(following), bool)
    kept[stops[there] - 1] = closed[there] | (stops - starts == 1)[there]
    here = np.flatnonzero(kept)
    return np.stack([here, following[here]], axis=1)


def distances(drawing: Drawing, place: ArrayLike) -> NDArray[np.float64]:
    """How far each shape's contours are from a place.

    Parameters
    ----------
    drawing : Drawing
    place : (2,)
        Canvas units.

    Returns
    -------
    (S,) float64
        Canvas units, to the middle of a line and the border of an area; infinite for a shape without vertices.
    """
    pairs = edges(drawing)
    found = np.full(len(drawing), np.inf)
    if len(pairs):
        at = np.asarray(place, np.float64)
        a, b = drawing.points[pairs].astype(np.float64).transpose(1, 0, 2)
        away = np.hypot(*(_foot(a, b, at) - at).T)
        np.minimum.at(found, drawing.shape_of_vertex[pairs[:, 0]], away)
    return found


def holding(drawing: Drawing, place: ArrayLike) -> NDArray[np.bool_]:
    """Which areas a place lies inside of, (S,), by the even-odd rule; no lines.

    Parameters
    ----------
    drawing : Drawing
    place : (2,)
        Canvas units.
    """
    pairs = edges(drawing)
    x, y = np.asarray(place, np.float64)
    a, b = drawing.points[pairs].astype(np.float64).transpose(1, 0, 2)
    crosses = (a[:, 1] > y) != (b[:, 1] > y)
    a, b, owners = a[crosses], b[crosses], drawing.shape_of_vertex[pairs[crosses, 0]]
    right = a[:, 0] + (y - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0]) > x
    odd = np.bincount(owners[right], minlength=len(drawing)) % 2 == 1
    return odd & drawing.areas


def nearest(drawing: Drawing, place: ArrayLike, reach: float, among: ArrayLike | None = None) -> int | None:
    """The shape that somebody means who points to a place.

    Parameters
    ----------
    drawing : Drawing
    place : (2,)
        Canvas units.
    reach : float
        Canvas units: a contour nearer than this is meant, the nearest one, and of several as near the front one;
        beyond, the front area that the place lies inside of.
    among : (S,) bool, optional
        Which shapes count; all.

    Returns
    -------
    int or None
        Its number; None where nothing is.
    """
    allowed = np.ones(len(drawing), bool) if among is None else np.asarray(among, bool)
    away = np.where(allowed, distances(drawing, place), np.inf)
    if len(away):
        backwards = away[::-1]
        front = len(away) - 1 - int(np.argmin(backwards))
        if away[front] <= reach:
            return front
    inside = np.flatnonzero(holding(drawing, place) & allowed)
    return int(inside[-1]) if len(inside) else None


def foot(drawing: Drawing, shape: int, place: ArrayLike) -> tuple[int, int, float] | None:
    """The point of a shape's contours that is nearest to a place.

    Parameters
    ----------
    drawing : Drawing
    shape : int
    place : (2,)
        Canvas units.

    Returns
    -------
    (int, int, float) or None
        The numbers of two vertices, and the share, 0 to 1, of the way from the first to the second; None for a shape
        without vertices.
    """
    pairs = edges(drawing)
    pairs = pairs[drawing.shape_of_vertex[pairs[:, 0]] == shape]
    if not len(pairs):
        return None
    at = np.asarray(place, np.float64)
    a, b = drawing.points[pairs].astype(np.float64).transpose(1, 0, 2)
    found = _foot(a, b, at)
    best = int(np.argmin(np.hypot(*(found - at).T)))
    length = float(np.hypot(*(b[best] - a[best])))
    share = float(np.hypot(*(found[best] - a[best]))) / length if length > 0 else 0.0
    return int(pairs[best, 0]), int(pairs[best, 1]), min(share, 1.0)


def on_shape(drawing: Drawing, shape: int) -> tuple[float, float]:
    """A place on a shape: the middle vertex of its first contour.

    Parameters
    ----------
    drawing : Drawing
    shape : int
        Of one with vertices.

    Returns
    -------
    x, y : float
        Canvas units.
    """
    contour = int(drawing.shapes[shape])
    start, stop = (int(number) for number in drawing.offsets[contour : contour + 2])
    x, y = drawing.points[min((start + stop) // 2, len(drawing.points) - 1)]
    return float(x), float(y)


def _foot(a: NDArray[np.float64], b: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nearest points on segments from a (E, 2) to b (E, 2)."""
    along = b - a
    length = (along**2).sum(axis=1)
    share = np.clip(((at - a) * along).sum(axis=1) / np.where(length > 0, length, 1.0), 0.0, 1.0)
    foot: NDArray[np.float64] = a + share[:, None] * along
    return foot
