"""Lines to draw scenes with: (N, 2) float64 arrays, pixels of the sheet, x right, y down.

No function's number of points depends on the values of its arguments, so that point i of a stroke is the same ink at
every time. Angles are degrees: headings of limbs from straight down, towards the right (90 is right, 180 is up).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Line", "at", "chain", "corners", "curve", "ellipse", "part", "placed", "pose", "rounded", "turned"]

Line: TypeAlias = NDArray[np.float64]


def pose(keys: ArrayLike, t: float) -> Line:
    """The parameters (P,) at time t, evenly between those at the integer times, keys (K, P); beyond the ends as there.

    Evenly, because easing is the animator's: it lives in the curve of `position`, not in the in-betweens.
    """
    table = np.asarray(keys, np.float64)
    t = min(max(t, 0.0), len(table) - 1.0)
    before = min(int(t), len(table) - 2)
    share = t - before
    return (1 - share) * table[before] + share * table[before + 1]


def chain(start: ArrayLike, headings: Sequence[float], lengths: Sequence[float]) -> Line:
    """Joints (n + 1, 2) of an arm of n bones from `start`; every heading is relative to the bone before."""
    angle = np.radians(np.cumsum(headings))
    steps = np.asarray(lengths, np.float64)[:, None] * np.stack((np.sin(angle), np.cos(angle)), 1)
    return np.concatenate((np.zeros((1, 2)), np.cumsum(steps, 0))) + np.asarray(start, np.float64)


def turned(line: ArrayLike, degrees: float) -> Line:
    """Turned clockwise (as seen; y is down) round the origin."""
    a = np.radians(degrees)
    return np.asarray(line, np.float64) @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])


def placed(line: ArrayLike, at: ArrayLike, degrees: float = 0.0, scale: ArrayLike = 1.0) -> Line:
    """A line told round the origin: scaled (one number, or x and y), turned, then moved to `at`."""
    return turned(np.asarray(line, np.float64) * np.asarray(scale, np.float64), degrees) + np.asarray(at, np.float64)


def corners(points: ArrayLike, per: int = 8, closed: bool = False) -> Line:
    """Straight runs between points (n, 2), `per` pieces a run; closed, the first point comes once more at the end."""
    p = np.asarray(points, np.float64)
    p = np.concatenate((p, p[:1])) if closed else p
    u = np.arange(per)[:, None] / per
    runs = p[:-1, None] * (1 - u) + p[1:, None] * u
    return np.concatenate((runs.reshape(-1, 2), p[-1:]))


def curve(points: ArrayLike, per: int = 8, closed: bool = False) -> Line:
    """A smooth line through points (n, 2): uniform Catmull-Rom spline (1974), `per` pieces between two points."""
    p = np.asarray(points, np.float64)
    if closed:
        p = np.concatenate((p[-1:], p, p[:2]))
    else:
        p = np.concatenate((2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]))
    u = np.arange(per)[:, None] / per
    a, b, c, d = p[:-3, None], p[1:-2, None], p[2:-1, None], p[3:, None]
    runs = b + 0.5 * u * (c - a + u * (2 * a - 5 * b + 4 * c - d + u * (3 * (b - c) + d - a)))
    return np.concatenate((runs.reshape(-1, 2), p[-2:-1]))


def rounded(points: ArrayLike, share: float = 0.35, per: int = 5) -> Line:
    """Straight runs whose inner corners are rounded over `share` of the runs on both sides: knees and elbows."""
    p = np.asarray(points, np.float64)
    u = np.arange(per + 1)[:, None] / per
    pieces = [p[:1] + u[:-1] * (p[1] - p[0]) * (1 - share)]
    for before, corner, after in zip(p[:-2], p[1:-1], p[2:], strict=True):
        start, end = corner + share * (before - corner), corner + share * (after - corner)
        pieces.append(start * (1 - u) ** 2 + 2 * corner * u * (1 - u) + end * u**2)
    pieces.append(p[-1:] - (1 - u[1:]) * (p[-1] - p[-2]) * (1 - share))
    return np.concatenate(pieces)


def ellipse(
    centre: ArrayLike,
    rx: float,
    ry: float,
    degrees: float = 0.0,
    start: float = -110.0,
    sweep: float = 1.03,
    count: int = 33,
) -> Line:
    """Round about `centre`, from `start` degrees clockwise; `sweep` 1 is once round, and a hand overshoots a little."""
    a = np.radians(start) + np.linspace(0, 2 * np.pi * sweep, count)
    return placed(np.stack((rx * np.cos(a), ry * np.sin(a)), 1), centre, degrees)


def at(line: Line, shares: ArrayLike) -> Line:
    """The points (..., 2) at `shares` (...) of the line's length, 0..1."""
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))))
    where = np.clip(np.asarray(shares, np.float64), 0, 1) * along[-1]
    return np.stack((np.interp(where, along, line[:, 0]), np.interp(where, along, line[:, 1])), -1)


def part(line: Line, low: float, high: float, count: int = 49) -> Line:
    """The stretch of a line between two shares of its length, as `count` points."""
    return at(line, np.linspace(low, high, count))
