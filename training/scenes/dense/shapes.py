"""What dense scenes are made of: shapes in model pixels, placed and turned, and hidden by what lies before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.drawing import Drawing
from doodle_core.drawing.building import offsets_of

__all__ = ["Shape", "Sheet", "bow", "disc", "drawing_of", "limb", "moved", "outside", "polygon", "tube"]

Floats: TypeAlias = NDArray[np.float64]
Colour: TypeAlias = tuple[float, float, float]

INK: Colour = (0.05, 0.05, 0.1)
_FINE = 0.2  # model pixels: how finely a line is cut where something hides it
_SEEN = 0.5  # model pixels: a shorter piece of what is hidden is not drawn


@dataclass(frozen=True, eq=False)
class Shape:
    """One shape, and which it is: the same number at every time, and in every piece of a line that is partly hidden.

    Parameters
    ----------
    number : int
    contours : (n, 2) float64 each
        Sides of the canvas. Those of an area after the first are holes.
    area, closed : bool
    colour
        Linear red, green and blue.
    width : float
        Of a line, sides of the canvas.
    layer : int
    """

    number: int
    contours: tuple[Floats, ...]
    area: bool
    closed: bool
    colour: Colour
    width: float
    layer: int


@dataclass
class Sheet:
    """Shapes in paint order. `layer` is that of the next shape; lines drawn while `before` holds outlines, (n, 2) in
    model pixels, end where these hide them."""

    shapes: list[Shape] = field(default_factory=list)
    layer: int = 0
    before: Sequence[Floats] = ()
    _count: int = 0

    def area(self, points: ArrayLike, colour: Colour, *holes: ArrayLike, shown: bool = True) -> None:
        """A filled outline, in model pixels, and the holes in it."""
        contours = tuple(np.asarray(part, float) / 64 for part in (points, *holes))
        if shown:
            self.shapes.append(Shape(self._count, contours, True, True, colour, 0.0, self.layer))
        self._count += 1

    def line(
        self, points: ArrayLike, width: float = 0.6, closed: bool = False, colour: Colour = INK, shown: bool = True
    ) -> None:
        """A line, in model pixels."""
        whole = np.asarray(points, float)
        parts = outside(whole, closed, self.before) if self.before else [(whole, closed)]
        for part, round_ in parts if shown else ():
            self.shapes.append(Shape(self._count, (part / 64,), False, round_, colour, width / 64, self.layer))
        self._count += 1

    def filled(self, points: ArrayLike, colour: Colour, width: float = 0.6, shown: bool = True) -> None:
        """An area with a line round it."""
        self.area(points, colour, shown=shown)
        self.line(points, width, True, shown=shown)


def drawing_of(shapes: Sequence[Shape]) -> Drawing:
    """The shapes as a drawing."""
    contours = [part for shape in shapes for part in shape.contours]
    each = np.array([len(shape.contours) for shape in shapes], np.int64)
    counts = np.array([len(part) for part in contours], np.int64)
    vertices = [sum(len(part) for part in shape.contours) for shape in shapes]
    colours = np.clip(np.array([shape.colour for shape in shapes], np.float64).reshape(-1, 3), 0, 1)
    arrays: dict[str, Any] = {
        "points": np.concatenate([np.zeros((0, 2)), *contours]),
        "radii": np.repeat([shape.width / 2 for shape in shapes], vertices),
        "opacities": np.ones(int(counts.sum())),
        "offsets": offsets_of(counts),
        "cyclic": np.repeat([shape.closed for shape in shapes], each),
        "shapes": offsets_of(each),
        "areas": [shape.area for shape in shapes],
        "colours": np.repeat(colours, vertices, axis=0),
        "layers": [shape.layer for shape in shapes],
    }
    return Drawing(**arrays)


def moved(points: ArrayLike, at: ArrayLike = (0, 0), turn: float = 0.0, scale: ArrayLike = 1.0) -> Floats:
    """Points scaled, turned by degrees and moved."""
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    answer: Floats = np.asarray(points, float) * scale @ np.array([[c, s], [-s, c]]) + np.asarray(at, float)
    return answer


def disc(at: ArrayLike, rx: float, ry: float | None = None, turn: float = 0.0, count: int = 24) -> Floats:
    """An ellipse."""
    angle = np.arange(count) / count * 2 * np.pi
    return moved(np.stack([np.cos(angle) * rx, np.sin(angle) * (rx if ry is None else ry)], 1), at, turn)


def polygon(*corners: tuple[float, float], each: int = 5) -> Floats:
    """Straight sides, each of some points."""
    p = np.array(corners, float)
    q = np.roll(p, -1, axis=0)
    part = np.arange(each)[None, :, None] / each
    return (p[:, None] * (1 - part) + q[:, None] * part).reshape(-1, 2)


def bow(p: ArrayLike, q: ArrayLike, bulge: float = 0.15, count: int = 12) -> Floats:
    """A curved line from place to place: a parabola, as high as that part of the distance."""
    p, q = np.asarray(p, float), np.asarray(q, float)
    part = np.linspace(0, 1, count)[:, None]
    normal = np.array([q[1] - p[1], p[0] - q[0]])
    return p + (q - p) * part + normal * (4 * part * (1 - part)) * bulge


def tube(joints: Sequence[Floats], widths: Sequence[float]) -> Floats:
    """The outline of a limb along joints (n, 2) with half widths (n,): round at its ends."""
    p, r = np.asarray(joints, float), np.asarray(widths, float)
    along = np.gradient(p, axis=0)
    along /= np.hypot(*along.T)[:, None]
    side = np.stack([-along[:, 1], along[:, 0]], axis=1)
    part = np.linspace(0, len(p) - 1, 4 * (len(p) - 1) + 1)

    def fine(values: Floats) -> Floats:
        return np.stack([np.interp(part, np.arange(len(p)), column) for column in values.T], axis=1)

    caps = []
    for end, sign in ((-1, 1.0), (0, -1.0)):
        angle = np.radians(np.array([45.0, 0.0, -45.0]))
        caps.append(p[end] + r[end] * (np.outer(np.cos(angle), along[end]) + np.outer(np.sin(angle), side[end])) * sign)
    return np.concatenate([fine(p + side * r[:, None]), caps[0], fine(p - side * r[:, None])[::-1], caps[1]])


def limb(start: ArrayLike, angles: tuple[float, ...], lengths: tuple[float, ...]) -> list[Floats]:
    """Joints of a chain of bones: angles are summed up, degrees, 0 to the right, turning as y down does."""
    joints, angle = [np.asarray(start, float)], 0.0
    for turn, length in zip(angles, lengths, strict=True):
        angle += turn
        joints.append(joints[-1] + length * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))]))
    return joints


def inside(points: Floats, outline: Floats) -> NDArray[np.bool_]:
    """Which points (n, 2) lie in an outline (m, 2), by the even-odd rule."""
    x, y = points[:, 0, None], points[:, 1, None]
    p, q = outline, np.roll(outline, -1, axis=0)
    crosses = (p[:, 1] > y) != (q[:, 1] > y)
    rise = np.where(q[:, 1] == p[:, 1], 1.0, q[:, 1] - p[:, 1])
    left = x < p[:, 0] + (y - p[:, 1]) / rise * (q[:, 0] - p[:, 0])
    answer: NDArray[np.bool_] = (crosses & left).sum(axis=1) % 2 == 1
    return answer


def outside(points: Floats, closed: bool, outlines: Sequence[Floats]) -> list[tuple[Floats, bool]]:
    """The parts of a line (n, 2) that no outline hides, and whether each is closed."""
    ring = np.concatenate([points, points[:1]]) if closed else points
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(ring, axis=0).T))])
    marks = np.unique(np.concatenate([along, np.arange(0, along[-1], _FINE)]))
    fine = np.stack([np.interp(marks, along, column) for column in ring.T], axis=1)
    own = np.isin(marks, along)
    free = np.ones(len(marks), bool)
    for outline in outlines:
        free &= ~inside(fine, outline)
    if free.all():
        return [(points, closed)]
    if not free.any():
        return []
    if closed:  # begun where it is hidden
        start = int(np.argmin(free))
        fine, free, own = (np.concatenate([v[start:-1], v[: start + 1]]) for v in (fine, free, own))
    answer = []
    for part in np.split(np.arange(len(free)), np.flatnonzero(np.diff(free)) + 1):
        if free[part[0]]:
            kept = part[own[part] | (part == part[0]) | (part == part[-1])]
            if np.hypot(*np.diff(fine[kept], axis=0).T).sum() > _SEEN:
                answer.append((fine[kept], False))
    return answer
