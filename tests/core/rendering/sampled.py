"""Pictures of shapes by asking of many points in each pixel whether they lie inside: slow, and plain to see."""

from __future__ import annotations

import numpy as np

SAMPLES = 8  # a pixel and axis


def line(points: np.ndarray, radii: np.ndarray, size: int, closed: bool = False) -> np.ndarray:
    """The coverage (size, size) of a round brush along a polyline, in canvas units: (n, 2), (n,)."""
    places = _places(size)
    inside = np.zeros(len(places), bool)
    for centre, radius in zip(points, radii, strict=True):
        inside |= ((places - centre) ** 2).sum(axis=1) < radius**2
    count = len(points)
    for first in range(count if closed else count - 1):
        second = (first + 1) % count
        inside |= _between(places, points[first], points[second], radii[first], radii[second])
    return _pixels(inside, size)


def area(outlines: list[np.ndarray], size: int) -> np.ndarray:
    """The coverage (size, size) of closed outlines (n, 2), by the even-odd rule, in canvas units."""
    places = _places(size)
    inside = np.zeros(len(places), bool)
    for outline in outlines:
        for (x, y), (to_x, to_y) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
            crossed = (y <= places[:, 1]) != (to_y <= places[:, 1])
            with np.errstate(divide="ignore", invalid="ignore"):
                left = places[:, 0] < x + (places[:, 1] - y) / (to_y - y) * (to_x - x)
            inside ^= crossed & left
    return _pixels(inside, size)


def _between(places: np.ndarray, start: np.ndarray, end: np.ndarray, radius: float, other: float) -> np.ndarray:
    """Whether places lie within the common tangents of two discs (and between the points where these touch)."""
    length = float(np.hypot(*(end - start)))
    fall = radius - other
    if length <= abs(fall) or length == 0:
        return np.zeros(len(places), bool)
    forth = (end - start) / length
    along = (places - start) @ forth
    aside = np.abs((places - start) @ np.array([-forth[1], forth[0]]))
    sine = fall / length
    cosine = np.sqrt(1 - sine**2)
    on_tangent = along * cosine - aside * sine  # from where the tangent touches the first disc
    return (along * sine + aside * cosine < radius) & (on_tangent > 0) & (on_tangent < length * cosine)


def _places(size: int) -> np.ndarray:
    axis = (np.arange(size * SAMPLES) + 0.5) / (size * SAMPLES)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _pixels(inside: np.ndarray, size: int) -> np.ndarray:
    return inside.reshape(size, SAMPLES, size, SAMPLES).mean(axis=(1, 3))
