"""What dense scenes are made of: shapes in model pixels, placed and turned."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Sheet", "bow", "disc", "limb", "moved", "polygon"]

Floats: TypeAlias = NDArray[np.float64]
Colour: TypeAlias = tuple[float, float, float]


@dataclass
class Sheet:
    """Shapes in paint order: (kind, points (n, 2) in canvas units, closed, colour, width in canvas units, layer)."""

    shapes: list[tuple[str, Floats, bool, Colour, float, int]] = field(default_factory=list)
    layer: int = 0

    def area(self, points: ArrayLike, colour: Colour) -> None:
        """A filled outline, in model pixels."""
        self.shapes.append(("area", np.asarray(points, float) / 64, True, colour, 0.0, self.layer))

    def line(
        self, points: ArrayLike, width: float = 0.6, closed: bool = False, colour: Colour = (0.05, 0.05, 0.1)
    ) -> None:
        """A line, in model pixels."""
        self.shapes.append(("line", np.asarray(points, float) / 64, closed, colour, width / 64, self.layer))

    def filled(self, points: ArrayLike, colour: Colour, width: float = 0.6) -> None:
        """An area with a line round it."""
        self.area(points, colour)
        self.line(points, width, True)


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


def limb(start: ArrayLike, angles: tuple[float, ...], lengths: tuple[float, ...]) -> list[Floats]:
    """Joints of a chain of bones: angles are summed up, degrees, 0 to the right, turning as y down does."""
    joints, angle = [np.asarray(start, float)], 0.0
    for turn, length in zip(angles, lengths, strict=True):
        angle += turn
        joints.append(joints[-1] + length * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))]))
    return joints
