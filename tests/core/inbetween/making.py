"""Drawings and alignments for tests, in model pixels from the canvas's centre."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import contours_of
from doodle_core.inbetween.aligned import Aligned
from doodle_core.inbetween.alignment import align
from doodle_core.matching.correspondence import Span


def drawn(polylines: Sequence[np.ndarray], radius: float = 1.0, **more: Any) -> Drawing:
    """A drawing of polylines (n, 2) in model pixels."""
    return Drawing.make([np.asarray(line, float)[:, :2] / 64 + 0.5 for line in polylines], radius / 64, **more)


def true_spans(first: Drawing, second: Drawing) -> list[Span]:
    """Contour k becomes contour k, vertex by vertex; contours have as many vertices at both keys."""
    pairs = enumerate(zip(contours_of(first), contours_of(second), strict=True))
    return [Span(k, k, one.lengths, two.lengths) for k, (one, two) in pairs if len(one.points)]


def aligned(first: Sequence[np.ndarray], second: Sequence[np.ndarray], **more: Any) -> Aligned:
    """Polylines in model pixels, the k-th of the one the k-th of the other."""
    one, two = drawn(first, **more), drawn(second, **more)
    return align(one, two, true_spans(one, two))


def places(drawing: Drawing) -> np.ndarray:
    """Vertices (V, 2) in model pixels from the centre."""
    return drawing.points.astype(np.float64) * 64 - 32


def line(start: tuple[float, float], degrees: float, length: float, pieces: int = 6) -> np.ndarray:
    """A straight polyline from `start`, (pieces + 1, 2); degrees clockwise from the right."""
    along = np.linspace(0, length, pieces + 1)[:, None]
    a = np.radians(degrees)
    return np.array(start) + along * (np.cos(a), np.sin(a))


def ring(radius: float = 8.0, centre: tuple[float, float] = (0, 0), count: int = 24, begin: float = 0.0) -> np.ndarray:
    """A closed polygon (count, 2)."""
    a = np.radians(begin) + np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.array(centre) + radius * np.stack([np.cos(a), np.sin(a)], axis=1)


def star(radius: float = 12.0, centre: tuple[float, float] = (0, 0), begin: float = 0.0) -> np.ndarray:
    """A five-pointed star, (10, 2)."""
    a = np.radians(begin) + np.arange(10) * np.pi / 5
    reach = np.where(np.arange(10) % 2, 0.45, 1.0) * radius
    return np.array(centre) + reach[:, None] * np.stack([np.cos(a), np.sin(a)], axis=1)


def turned(points: np.ndarray, degrees: float, centre: tuple[float, float] = (0, 0)) -> np.ndarray:
    a = np.radians(degrees)
    return (points - centre) @ [[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]] + centre


def lengths(points: np.ndarray) -> np.ndarray:
    return np.hypot(*np.diff(points, axis=0).T)


def area(points: np.ndarray) -> float:
    """The surface of a polygon (n, 2), by the shoelace formula."""
    x, y = points.T
    return abs(float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2)
