"""A sheet to draw a figure on: shapes with names, curves through points, lines of ink that taper.

The sheet's units: x to the right, y up, the ground is y = 0, the canvas is SIDE units wide and tall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "GROUND",
    "MIDDLE",
    "MODEL_PIXEL",
    "SIDE",
    "Points",
    "Shape",
    "Sheet",
    "along",
    "blob",
    "curve",
    "even",
    "ring",
    "tube",
    "turned",
]

Points = NDArray[np.float64]

SIDE = 112.0
MIDDLE, GROUND = 0.475, 0.955  # where x = 0 and y = 0 are on the canvas, from its left and from its top
MODEL_PIXEL = 1 / 64  # of the canvas' side
FINE = 6  # vertices from anchor to anchor


@dataclass(frozen=True, eq=False)
class Shape:
    """One shape of a drawing.

    Parameters
    ----------
    name : str
        The same in every pose, and no other shape has it.
    area : bool
        A filled area, or else a line.
    points : (N, 2) float32
        Canvas units: the canvas is [0, 1] x [0, 1], y DOWN.
    radii : (N,) float32
        Half the width of the line at each vertex, canvas units. Areas: 0.
    closed : bool
        Whether the last vertex joins the first.
    material, layer : str
    """

    name: str
    area: bool
    points: NDArray[np.float32]
    radii: NDArray[np.float32]
    closed: bool
    material: str
    layer: str


@dataclass
class Sheet:
    """Shapes in the order in which they are painted, those of one layer after those of the other."""

    shapes: list[Shape] = field(default_factory=list)
    layer: str = ""

    def area(self, name: str, points: ArrayLike, material: str) -> None:
        """Paint an area with the outline `points` (N, 2), sheet units."""
        outline = _on_canvas(points)
        self.shapes.append(Shape(name, True, outline, np.zeros(len(outline), np.float32), True, material, self.layer))

    def line(
        self,
        name: str,
        points: ArrayLike,
        width: float = 0.34,
        material: str = "Ink",
        taper: tuple[float, float] = (0.45, 0.3),
        closed: bool = False,
    ) -> None:
        """Draw a line through `points` (N, 2), sheet units.

        `width` is its largest radius in model pixels, `taper` what is left of it at the start and at the end.
        """
        path = _on_canvas(points)
        steps = np.hypot(*np.diff(path, axis=0).T)
        t = np.concatenate([[0.0], np.cumsum(steps)]) / max(float(steps.sum()), 1e-9)
        ends = taper[0] + (taper[1] - taper[0]) * t
        press = np.ones(len(t)) if closed else ends + (1 - ends) * np.sin(np.pi * np.clip(t, 0, 1)) ** 0.6
        radii = (width * MODEL_PIXEL * press).astype(np.float32)
        self.shapes.append(Shape(name, False, path, radii, closed, material, self.layer))


def curve(anchors: ArrayLike, corners: Sequence[int] = (), closed: bool = False, fine: int = FINE) -> Points:
    """A smooth curve through the anchors (N, 2), sharp at those numbered in `corners`; FINE vertices a span.

    A closed curve ends before it comes back to its first vertex.
    """
    points = np.asarray(anchors, float)
    if not closed:
        cuts = [0, *corners, len(points) - 1]
        pieces = [_through(points[a : b + 1], fine) for a, b in pairwise(cuts)]
        return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])
    if not corners:  # three anchors more on either side, then the middle is as smooth as the rest
        count = len(points)
        around = _through(points[np.arange(-3, count + 4) % count], fine)
        return around[3 * fine : (3 + count) * fine]
    first = corners[0]
    rolled = np.concatenate([np.roll(points, -first, axis=0), points[first : first + 1]])
    return curve(rolled, [c - first for c in corners[1:]], fine=fine)[:-1]


def _through(points: Points, fine: int) -> Points:
    """A cubic curve through the points (N, 2) whose speed follows the root of the spans' lengths: no loops."""
    if len(points) == 2:
        return points[0] + np.linspace(0, 1, fine + 1)[:, None] * (points[1] - points[0])
    spans = np.diff(points, axis=0)
    length = np.maximum(np.hypot(*spans.T), 1e-9)[:, None] ** 0.5
    speed = spans / length
    inner = (speed[:-1] * length[1:] + speed[1:] * length[:-1]) / (length[:-1] + length[1:])
    tangents = np.concatenate([1.5 * speed[:1] - 0.5 * inner[:1], inner, 1.5 * speed[-1:] - 0.5 * inner[-1:]])
    t = np.linspace(0, 1, fine, endpoint=False)[:, None]
    parts = [
        (2 * t**3 - 3 * t**2 + 1) * a
        + (t**3 - 2 * t**2 + t) * h * m
        + (3 * t**2 - 2 * t**3) * b
        + (t**3 - t**2) * h * n
        for a, b, m, n, h in zip(points[:-1], points[1:], tangents[:-1], tangents[1:], length, strict=True)
    ]
    return np.concatenate([*parts, points[-1:]])


def even(points: ArrayLike, count: int) -> Points:
    """`count` vertices at equal distances along a polyline (N, 2)."""
    path = np.asarray(points, float)
    return along(path, np.linspace(0.0, 1.0, count))


def along(points: Points, at: Sequence[float] | Points) -> Points:
    """The points at the shares `at` (M,) of a polyline's length: (M, 2)."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    t = np.concatenate([[0.0], np.cumsum(steps)]) / max(float(steps.sum()), 1e-9)
    return np.stack([np.interp(at, t, points[:, axis]) for axis in (0, 1)], axis=-1)


def tube(spine: ArrayLike, widths: ArrayLike) -> tuple[Points, Points]:
    """The left and the right side, (N, 2) each, of a tube around a spine (N, 2), `widths` (N,) from its middle."""
    path = np.asarray(spine, float)
    ahead = np.gradient(path, axis=0)
    ahead /= np.maximum(np.hypot(*ahead.T), 1e-9)[:, None]
    out = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) * np.asarray(widths, float)[:, None]
    return path + out, path - out


def ring(left: Points, right: Points) -> Points:
    """The outline of what lies between two sides."""
    return np.concatenate([left, right[::-1]])


def blob(centre: ArrayLike, radii: tuple[float, float], lean: float = 0.0, count: int = 20) -> Points:
    """An ellipse as (count, 2), turned by `lean` radians."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    flat = np.stack([radii[0] * np.cos(angles), radii[1] * np.sin(angles)], axis=1)
    return np.asarray(centre, float) + turned(flat, lean)


def turned(points: ArrayLike, angle: float) -> Points:
    """Points (..., 2) turned around the origin, to the left for a positive angle in radians."""
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(points, float) @ np.array([[c, s], [-s, c]])


def _on_canvas(points: ArrayLike) -> NDArray[np.float32]:
    path = np.asarray(points, float)
    return np.stack([MIDDLE + path[:, 0] / SIDE, GROUND - path[:, 1] / SIDE], axis=1).astype(np.float32)
