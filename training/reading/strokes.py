"""Strokes of many kinds, in pixels: what the drawings of `drawings` are made of.

Every function takes a random generator and a box, and returns `Stroke`s; places outside the picture are allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["FAMILIES", "Box", "Stroke", "closed_curve", "smooth", "widths"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stroke:
    """A polyline (n, 2), pixels. `most`: the largest radius that leaves its shape to be seen."""

    points: Floats
    closed: bool = False
    most: float = 99.0


@dataclass(frozen=True)
class Box:
    """A place to draw in: its centre and half its side, pixels."""

    x: float
    y: float
    reach: float

    def place(self, rng: Generator) -> Floats:
        """A random place within."""
        return np.array([self.x, self.y]) + self.reach * rng.uniform(-1, 1, 2)


def smooth(rng: Generator, start: Floats, length: float, bend: float, heading: float | None = None) -> Floats:
    """A curve of a length whose curvature, within `bend` radians in all or so, wanders."""
    n = max(4, int(length / 1.5))
    t = np.linspace(0, 1, n)
    turn = sum(rng.normal() * bend / k * np.sin(np.pi * k * t + rng.uniform(0, 6.3)) for k in range(1, 5))
    first = rng.uniform(0, 2 * np.pi) if heading is None else heading
    angle = first + turn + rng.normal() * bend * 0.7 * t
    steps = length / (n - 1) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return start + np.concatenate([np.zeros((1, 2)), np.cumsum(steps[:-1], axis=0)])


def closed_curve(rng: Generator, centre: Floats, reach: float, rough: float) -> Floats:
    """A closed curve round a centre: a circle at `rough` 0, lobed and dented at 1."""
    n = int(np.clip(reach * 5, 16, 240))
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    radius = 1 + rough * sum(rng.normal() * 0.35 / k * np.cos(k * t + rng.uniform(0, 6.3)) for k in range(1, 6))
    flat, turn = rng.uniform(0.35, 1), rng.uniform(0, np.pi)
    x, y = reach * radius * np.cos(t), reach * radius * np.sin(t) * flat
    return centre + np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=1)


def widths(rng: Generator, points: Floats, radius: float) -> Floats:
    """Radii along a stroke: even, tapered at the ends, or as the pressure of a hand."""
    n, kind = len(points), rng.random()
    t = np.linspace(0, 1, n)
    if kind < 0.5:
        return np.full(n, radius)
    if kind < 0.75:
        share = rng.uniform(0.05, 0.5)
        taper = np.minimum(1, np.minimum(t if rng.random() < 0.8 else 1, (1 - t) if rng.random() < 0.8 else 1) / share)
        return radius * np.maximum(taper ** rng.uniform(0.5, 1), 0.15)
    wave = 1 + rng.uniform(0.1, 0.6) * np.sin(rng.uniform(2, 9) * t + rng.uniform(0, 6.3))
    return radius * wave


def _rotated(points: Floats, angle: float) -> Floats:
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, s], [-s, c]])


def _curves(rng: Generator, box: Box) -> list[Stroke]:
    bend = rng.uniform(0.1, 3)
    return [
        Stroke(smooth(rng, box.place(rng), rng.uniform(0.4, 3) * box.reach, bend)) for _ in range(rng.integers(1, 6))
    ]


def _corners(rng: Generator, box: Box) -> list[Stroke]:
    """Polylines, some with bent sides."""
    strokes = []
    for _ in range(rng.integers(1, 4)):
        points = np.array([box.place(rng) for _ in range(rng.integers(3, 8))])
        closed = rng.random() < 0.4
        if rng.random() < 0.4:
            points = np.concatenate([_bent(rng, a, b) for a, b in pairwise(points)])
        strokes.append(Stroke(points, closed))
    return strokes


def _bent(rng: Generator, a: Floats, b: Floats) -> Floats:
    t = np.linspace(0, 1, 14)[:-1, None]
    across = np.array([a[1] - b[1], b[0] - a[0]]) * rng.normal() * 0.25
    return a + (b - a) * t + across * 4 * t * (1 - t)


def _rings(rng: Generator, box: Box) -> list[Stroke]:
    """Closed curves of all sizes, tiny ones too, and arcs of them."""
    strokes = []
    for _ in range(rng.integers(1, 7)):
        reach = np.exp(rng.uniform(np.log(2.5), np.log(max(4, box.reach))))
        curve = closed_curve(rng, box.place(rng), reach, rng.choice([0, 0, 0.4, 1]))
        whole = rng.random() < 0.7
        part = curve if whole else curve[: max(4, int(rng.uniform(0.2, 0.9) * len(curve)))]
        strokes.append(Stroke(part, whole, 0.4 * reach))
    return strokes


def _spiral(rng: Generator, box: Box) -> list[Stroke]:
    turns, gap = rng.uniform(1.5, 6), rng.uniform(3, 12)
    t = np.linspace(0.3, turns * 2 * np.pi, int(turns * 60))
    r = gap * t / (2 * np.pi)
    spiral = np.stack([r * np.cos(t), r * np.sin(t) * rng.uniform(0.5, 1)], axis=1)
    return [Stroke(box.place(rng) + _rotated(spiral, rng.uniform(0, 6.3)), most=0.35 * gap)]


def _hatching(rng: Generator, box: Box) -> list[Stroke]:
    """Lines side by side, in one direction or two, drawn with an uneven hand."""
    strokes = []
    gap = np.exp(rng.uniform(np.log(2.6), np.log(13)))
    angle = rng.uniform(0, np.pi)
    for turn in (0.0, rng.uniform(0.4, 1.6)) if rng.random() < 0.4 else (0.0,):
        count = int(min(28, 2 * box.reach / gap))
        long = rng.uniform(0.3, 1) * box.reach
        loose = rng.uniform(0, 0.3)
        curve = rng.normal() * 0.15
        for k in range(count):
            y = (k - count / 2) * gap + rng.normal() * loose * gap * 0.5
            ends = long * (1 + loose * rng.normal(size=2))
            t = np.linspace(-ends[0], ends[1], 12)
            line = np.stack([t, y + curve * (t * t / long - long / 2) + rng.normal() * loose * 0.1 * t], axis=1)
            strokes.append(Stroke(np.array([box.x, box.y]) + _rotated(line, angle + turn), most=0.33 * gap))
    return strokes


def _parallel(rng: Generator, box: Box) -> list[Stroke]:
    """A curve and others at a distance from it, some almost on it, as sketched lines are."""
    base = smooth(rng, box.place(rng), rng.uniform(0.6, 3) * box.reach, rng.uniform(0.1, 1.5))
    along = np.gradient(base, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.maximum(np.hypot(*along.T), 1e-6)[:, None]
    sketched = rng.random() < 0.2
    strokes, at = [Stroke(base)], 0.0
    for _ in range(rng.integers(1, 4)):
        at += rng.uniform(0.5, 3) if sketched else rng.uniform(2.4, 9)
        drift = rng.normal() * 2 * np.linspace(0, 1, len(base))[:, None] if sketched else 0
        first, last = np.sort(rng.integers(0, len(base), 2)) if sketched else (0, len(base))
        strokes.append(Stroke((base + normal * (at + drift))[first : max(last, first + 3)], most=2.5))
    return strokes


def _crossings(rng: Generator, box: Box) -> list[Stroke]:
    """Long lines through each other, many of them through one place."""
    strokes = []
    centre = box.place(rng)
    straight = rng.random() < 0.5
    for _ in range(rng.integers(2, 9)):
        through = centre if rng.random() < 0.3 else box.place(rng)
        angle, long = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 1.6) * box.reach
        start = through - long * rng.uniform(0.2, 0.8) * np.array([np.cos(angle), np.sin(angle)])
        strokes.append(Stroke(smooth(rng, start, long, 0 if straight else rng.uniform(0, 0.8), angle)))
    return strokes


def _tangle(rng: Generator, box: Box) -> list[Stroke]:
    """A closed curve, or part of one, that crosses itself again and again."""
    centre, t = box.place(rng), np.linspace(0, 2 * np.pi, int(np.clip(box.reach * 8, 40, 500)), endpoint=False)
    curve = np.zeros((len(t), 2))
    for k in range(1, int(rng.integers(3, 6))):
        curve += rng.normal(size=2) / k**0.7 * np.cos(k * t[:, None] + rng.uniform(0, 2 * np.pi, 2))
    curve = centre + box.reach * curve / np.abs(curve).max() * rng.uniform(0.5, 1)
    closed = rng.random() < 0.6
    return [Stroke(curve if closed else curve[: int(rng.uniform(0.4, 0.95) * len(t))], closed, 0.06 * box.reach + 0.4)]


def _tangents(rng: Generator, box: Box) -> list[Stroke]:
    """Circles that touch, and lines that leave a curve along its tangent."""
    curve = smooth(rng, box.place(rng), rng.uniform(1, 3) * box.reach, rng.uniform(0.5, 2))
    strokes = [Stroke(curve)]
    for _ in range(rng.integers(1, 4)):
        k = int(rng.integers(1, len(curve) - 1))
        along = curve[k] - curve[k - 1]
        angle = np.arctan2(along[1], along[0])
        if rng.random() < 0.5:
            r = rng.uniform(3, 0.5 * box.reach + 4)
            side = np.array([-np.sin(angle), np.cos(angle)]) * r * rng.choice([-1, 1])
            strokes.append(Stroke(_circle(curve[k] + side, r), True))
        else:
            strokes.append(Stroke(smooth(rng, curve[k], rng.uniform(0.3, 1.2) * box.reach, 1.0, angle)))
    return strokes


def _circle(centre: Floats, r: float) -> Floats:
    t = np.linspace(0, 2 * np.pi, int(np.clip(r * 5, 14, 160)), endpoint=False)
    return centre + r * np.stack([np.cos(t), np.sin(t)], axis=1)


def _letters(rng: Generator, box: Box) -> list[Stroke]:
    """Rows of small signs made of a few arcs and bars each."""
    strokes = []
    height = np.exp(rng.uniform(np.log(7), np.log(34)))
    slant = rng.normal() * 0.2
    for row in range(int(rng.integers(1, 4))):
        x, y = box.x - box.reach, box.y + (row - 1) * height * 1.7
        while x < box.x + box.reach:
            wide = height * rng.uniform(0.4, 0.8)
            for _ in range(rng.integers(1, 4)):
                sign = _sign(rng) * np.array([wide, height])
                sign[:, 0] -= slant * sign[:, 1]
                strokes.append(Stroke(np.array([x, y]) + sign, most=0.09 * height))
            x += wide + height * rng.uniform(0.1, 0.5)
    return strokes[:60]


def _sign(rng: Generator) -> Floats:
    """A stroke of a letter in the unit square: a bar, an arc, a bowl, a hook."""
    kind = rng.integers(4)
    if kind == 0:
        a, b = rng.choice([0.0, 0.5, 1.0], (2, 2))
        return np.array([a, b if not np.array_equal(a, b) else a + 0.5])
    start, span = rng.uniform(0, 2 * np.pi), rng.uniform(2, 6)
    t = start + np.linspace(0, span, 22)
    r = np.array([rng.uniform(0.2, 0.5), rng.uniform(0.2, 0.5)])
    arc = np.array([0.5, rng.choice([0.3, 0.5, 0.7])]) + r * np.stack([np.cos(t), np.sin(t)], axis=1)
    if kind == 1:
        return arc
    far = arc[-1] + rng.uniform(-0.7, 0.7, 2)
    return np.concatenate([arc, far[None]]) if kind == 2 else np.concatenate([[rng.choice([0.0, 1.0], 2)], arc])


def _writing(rng: Generator, box: Box) -> list[Stroke]:
    """Joined handwriting: a hand that goes round while it goes on."""
    strokes = []
    height = np.exp(rng.uniform(np.log(4), np.log(18)))
    for row in range(int(rng.integers(1, 3))):
        n = int(rng.integers(3, 12))
        t = np.linspace(0, n, n * 26)
        size = 1 + 0.6 * np.interp(t, np.arange(n + 1), rng.normal(size=n + 1))
        x = height * (t * rng.uniform(0.7, 1.4) + 0.75 * np.sin(2 * np.pi * t + rng.uniform(0, 1)))
        y = height * size * np.cos(2 * np.pi * t + 0.6 * np.sin(np.pi * t * rng.uniform(0.6, 1.5)))
        line = np.stack([x - x.mean(), y + (row - 0.5) * 4 * height], axis=1)
        strokes.append(Stroke(np.array([box.x, box.y]) + _rotated(line, rng.normal() * 0.2), most=0.13 * height))
    return strokes


def _scribble(rng: Generator, box: Box) -> list[Stroke]:
    """To and fro, with sharp or round turns."""
    n, gap = int(rng.integers(5, 24)), rng.uniform(2.5, 9)
    t = np.arange(n) * gap
    wide = rng.uniform(0.15, 0.7) * box.reach * (1 + 0.2 * rng.normal(size=n))
    line = np.stack([t - t.mean(), wide * np.where(np.arange(n) % 2, 1, -1)], axis=1)
    if rng.random() < 0.5:
        fine = np.linspace(0, n - 1, n * 14)
        swing = np.sin(np.pi * (fine + 0.5)) * np.interp(fine, np.arange(n), wide)
        line = np.stack([fine * gap - t.mean(), swing], axis=1)
    return [Stroke(box.place(rng) + _rotated(line, rng.uniform(0, 6.3)), most=0.3 * gap)]


def _ticks(rng: Generator, box: Box) -> list[Stroke]:
    """Dots, ticks and short arcs."""
    strokes = []
    for _ in range(rng.integers(2, 14)):
        long = rng.choice([0.0, rng.uniform(1, 14), rng.uniform(1, 6)])
        strokes.append(Stroke(smooth(rng, box.place(rng), long, 0.5) if long else box.place(rng)[None]))
    return strokes


def _joints(rng: Generator, box: Box) -> list[Stroke]:
    """Lines that end on others: twigs, figures of sticks, fences."""
    trunk = smooth(rng, box.place(rng), rng.uniform(0.8, 2.5) * box.reach, rng.uniform(0, 1))
    strokes = [Stroke(trunk)]
    for _ in range(rng.integers(2, 8)):
        of = strokes[int(rng.integers(len(strokes)))].points
        start = of[int(rng.integers(len(of)))]
        strokes.append(Stroke(smooth(rng, start, rng.uniform(0.15, 1.2) * box.reach, rng.uniform(0, 1))))
    return strokes


def _outlined(rng: Generator, box: Box) -> list[Stroke]:
    """A shape drawn with several strokes that overshoot where they meet, or miss each other, some drawn twice."""
    centre = box.place(rng)
    outline = closed_curve(rng, centre, 0.8 * box.reach, rng.uniform(0, 1))
    cuts = np.sort(rng.choice(len(outline), int(rng.integers(3, 8)), replace=False))
    strokes = []
    for first, last in zip(cuts, [*cuts[1:], cuts[0] + len(outline)], strict=True):
        piece = outline[np.arange(first, last + 1) % len(outline)]
        if rng.random() < 0.3:
            piece = np.array([piece[0], piece[-1]])
        if len(piece) < 2:
            continue
        for _ in range(1 + (rng.random() < 0.2)):
            over = rng.uniform(-2, 7, 2)
            lean = rng.normal(size=(2, 2)) * 0.2
            ends = []
            for end, inner, far, off in zip(piece[[0, -1]], piece[[1, -2]], over, lean, strict=True):
                along = end - inner
                ends.append(end + far * (along / max(np.hypot(*along), 1e-6) + off))
            drawn = np.concatenate([ends[:1], piece[1:-1], ends[1:]])
            strokes.append(Stroke(drawn + rng.normal(size=2) * rng.choice([0.3, 1.2]), most=3.0))
    return strokes


def _lattice(rng: Generator, box: Box) -> list[Stroke]:
    """Boxes and grids, as of windows and bricks, a little uneven."""
    columns, rows = rng.integers(2, 7, 2)
    loose = rng.uniform(0, 0.06) * box.reach
    xs, ys = (np.linspace(-1, 1, k) * box.reach * rng.uniform(0.3, 0.9) for k in (columns, rows))
    lines = [np.array([[x, ys[0]], [x, ys[-1]]]) for x in xs] + [np.array([[xs[0], y], [xs[-1], y]]) for y in ys]
    turn, centre = rng.choice([0.0, rng.uniform(0, 1.6)]), box.place(rng)
    return [Stroke(centre + _rotated(line + loose * rng.normal(size=(2, 2)), turn)) for line in lines]


FAMILIES: dict[str, tuple[float, Callable[[Generator, Box], list[Stroke]]]] = {
    "curves": (3.0, _curves),
    "corners": (1.5, _corners),
    "rings": (1.5, _rings),
    "spiral": (0.7, _spiral),
    "hatching": (1.3, _hatching),
    "parallel": (1.5, _parallel),
    "crossings": (3.5, _crossings),
    "tangle": (1.5, _tangle),
    "tangents": (1.2, _tangents),
    "letters": (0.7, _letters),
    "writing": (0.7, _writing),
    "scribble": (0.8, _scribble),
    "ticks": (1.0, _ticks),
    "joints": (1.5, _joints),
    "lattice": (0.8, _lattice),
    "outlined": (1.5, _outlined),
}
"""How often each kind is drawn, and the kind."""
