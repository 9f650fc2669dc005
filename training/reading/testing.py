"""Drawings that the reader is measured with and never trained on: other kinds, made by other code.

Scenes of `training.scenes`, and curves from formulas: Lissajous figures, star polygons, rosettes, waves, trees, gears,
fields of crossings at known angles, and robots of flat colours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from training.reading.drawings import joined
from training.scenes import SCENES

__all__ = ["KINDS", "tested"]

Floats: TypeAlias = NDArray[np.float64]


def _lissajous(rng: Generator, centre: Floats, reach: float) -> list[tuple[Floats, bool]]:
    a, b = rng.choice([(1, 2), (2, 3), (3, 4), (1, 3), (3, 5)])
    t = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    curve = np.stack([np.sin(a * t + rng.uniform(0.3, 1.2)), np.sin(b * t)], axis=1)
    return [(centre + reach * curve, True)]


def _star(rng: Generator, centre: Floats, reach: float) -> list[tuple[Floats, bool]]:
    n, k = [(5, 2), (7, 2), (7, 3), (8, 3), (9, 4)][int(rng.integers(5))]
    angle = rng.uniform(0, 6.3) + 2 * np.pi * k * np.arange(n) / n
    return [(centre + reach * np.stack([np.cos(angle), np.sin(angle)], axis=1), True)]


def _rosette(rng: Generator, centre: Floats, reach: float) -> list[tuple[Floats, bool]]:
    n, t = int(rng.integers(4, 8)), np.linspace(0, 2 * np.pi, 90, endpoint=False)
    ring = np.stack([np.cos(t), np.sin(t)], axis=1) * reach * 0.5
    angles = rng.uniform(0, 6.3) + 2 * np.pi * np.arange(n) / n
    return [(centre + ring + 0.5 * reach * np.array([np.cos(a), np.sin(a)]), True) for a in angles]


def _waves(rng: Generator, centre: Floats, reach: float) -> list[tuple[Floats, bool]]:
    n, x = int(rng.integers(3, 8)), np.linspace(-1, 1, 140)
    return [
        (
            centre + reach * np.stack([x, (2 * k / n - 1) + 0.5 / n * np.sin(rng.uniform(4, 14) * x + k)], axis=1),
            False,
        )
        for k in range(n)
    ]


def _tree(rng: Generator, centre: Floats, reach: float) -> list[tuple[Floats, bool]]:
    lines: list[tuple[Floats, bool]] = []

    def grow(start: Floats, angle: float, long: float, depth: int) -> None:
        t = np.linspace(0, 1, 24)
        bend = angle + rng.normal() * 0.5 * t
        steps = np.stack([np.cos(bend), np.sin(bend)], axis=1) * long / 23
        branch = start + np.concatenate([np.zeros((1, 2)), np.cumsum(steps[:-1], axis=0)])
        lines.append((branch, False))
        if depth:
            for side in (-1, 1):
                at = int(rng.integers(12, 23))
                grow(branch[at], bend[at] + side * rng.uniform(0.4, 1), long * 0.62, depth - 1)

    grow(centre + [0, 0.9 * reach], -np.pi / 2, 1.1 * reach, 3)
    return lines


def _gear(rng: Generator, centre: Floats, reach: float) -> list[tuple[Floats, bool]]:
    n = int(rng.integers(7, 13))
    angle = 2 * np.pi * np.arange(4 * n) / (4 * n)
    radius = reach * np.tile([1, 1, 0.78, 0.78], n)
    rim = centre + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    t = np.linspace(0, 2 * np.pi, 70, endpoint=False)
    return [(rim, True), (centre + 0.35 * reach * np.stack([np.cos(t), np.sin(t)], axis=1), True)]


def _crosses(rng: Generator, centre: Floats, reach: float) -> list[tuple[Floats, bool]]:
    """Pairs of strokes, straight or bent, that cross once at 20 to 90 degrees."""
    lines: list[tuple[Floats, bool]] = []
    side = max(1, int(reach // 22))
    for row in range(side):
        for column in range(side):
            middle = centre + reach * (2 * np.array([column + 0.5, row + 0.5]) / side - 1)
            first = rng.uniform(0, np.pi)
            for angle in (first, first + np.radians(rng.uniform(20, 90))):
                t = np.linspace(-1, 1, 30)[:, None] * reach / side * 0.9
                along = np.array([np.cos(angle), np.sin(angle)])
                bend = rng.normal() * 0.004 * t * t
                lines.append((middle + t * along + bend * np.array([-along[1], along[0]]), False))
    return lines


KINDS: dict[str, Callable[[Generator, Floats, float], list[tuple[Floats, bool]]]] = {
    "lissajous": _lissajous,
    "star": _star,
    "rosette": _rosette,
    "waves": _waves,
    "tree": _tree,
    "gear": _gear,
    "crosses": _crosses,
}


def _scene(rng: Generator, size: int, ink: Floats, pen: float) -> Drawing:
    """A scene of `training.scenes` at some time, turned, over the whole picture."""
    scene = SCENES[int(rng.integers(len(SCENES)))]
    drawing = scene.draw(float(rng.uniform(0, scene.keys - 1)))
    angle, scale = rng.normal() * 0.3, rng.uniform(0.8, 1.1)
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    points = (drawing.points - 0.5) @ np.array([[c, s], [-s, c]]) + 0.5
    lines = np.flatnonzero(~drawing.filled)
    pieces = [points[drawing.offsets[k] : drawing.offsets[k + 1]] for k in lines]
    closed = [bool(drawing.cyclic[k]) for k in lines]
    return Drawing.make(pieces, pen / size, 1.0, closed, False, [ink] * len(pieces))


def _robot(rng: Generator, size: int, ink: Floats, pen: float) -> list[Drawing]:
    """Boxes and ellipses in flat colours with outlines, one over the other."""
    parts = []
    t = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    for _ in range(int(rng.integers(3, 7))):
        middle, sides = rng.uniform(0.2, 0.8, 2), rng.uniform(0.06, 0.25, 2)
        box = rng.random() < 0.5
        outline = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) if box else np.stack([np.cos(t), np.sin(t)], axis=1)
        fill = rng.uniform(0.3, 1, 3) * (rng.permutation(3) > 0)
        parts.append(Drawing.make([middle + sides * outline], 0.0, 1.0, True, True, [fill]))
        parts.append(Drawing.make([middle + sides * outline], pen / size, 1.0, True, False, [ink]))
    return parts


def tested(rng: Generator, size: int, ink: Floats, kind: str) -> Drawing:
    """A drawing of a kind ("scene", "robot" or one of `KINDS`), in one ink (3,), linear; radii of 0.6 to 3.5 pixels."""
    pen = float(np.exp(rng.uniform(np.log(0.6), np.log(3.5))))
    if kind == "scene":
        return _scene(rng, size, ink, pen)
    if kind == "robot":
        return joined(_robot(rng, size, ink, pen))
    lines: list[tuple[Floats, bool]] = []
    if kind == "crosses":
        lines = _crosses(rng, np.full(2, size / 2), 0.45 * size)
        pen = min(pen, 2.0)
    else:
        for _ in range(int(rng.integers(1, 4))):
            reach = size * rng.uniform(0.15, 0.4)
            lines += KINDS[kind](rng, rng.uniform(0.25 * size, 0.75 * size, 2), reach)
    points = [line / size for line, _ in lines]
    return Drawing.make(points, pen / size, 1.0, [closed for _, closed in lines], False, [ink] * len(lines))
