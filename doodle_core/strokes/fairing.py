"""Broken lines as smooth ones by few points, as if they were drawn with a steady hand.

Between its corners a line becomes the smoothest cubic spline that lies within a hair of it (Dierckx, "Curve and Surface
Fitting with Splines", 1993), and that as many points as a broken line needs to look round.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.strokes.lines import Line, beside, weights

__all__ = ["faired"]

Floats: TypeAlias = NDArray[np.float64]

_BROKEN = 0.06  # model pixels: how far a latent's lines may lie from the drawn ones
_HAIR = (
    0.035  # model pixels, root mean square: how far a smooth line lies from a broken one, which is broken by as much
)
_FARTHEST = 0.25  # model pixels; a spline that strays farther is not used
_ROUND = 0.02  # model pixels: a broken line this near to a smooth one looks smooth; a third of a pixel at 1080
_SPACING = 4.0  # model pixels: points are no farther apart, so that there is something to take hold of
_STEP = 0.5  # model pixels between the places that a spline is fitted to
_MOST = 1000  # of these places on a line
_FINE = 4  # points of a spline looked at, for each such place
_ONE_PLACE = 0.01  # model pixels
_CORNER = np.radians(50)
_FIRM = 30.0  # how much more an end counts than other places: a line ends where it ends


def faired(line: Line) -> Line:
    """The line, smooth but for its corners, by few points; x, y and radius alike. A dot stays a dot."""
    line = _distinct(line)
    if len(line.points) < 2:
        return line
    corners = _corners(line)
    if line.cyclic and len(corners):  # from a corner, once round
        line, corners = Line(np.roll(line.points, -corners[0], axis=0), True), corners - corners[0]
    closed = line.cyclic and not len(corners)
    stops = [0, *(corner for corner in corners.tolist() if corner > 0), len(line.outline) - 1]
    parts = [_few(_smooth(line.outline[low : high + 1], closed), closed) for low, high in pairwise(stops)]
    outline = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
    if line.cyclic and len(outline) > 3:
        return Line(outline[:-1], True)
    if len(outline) == 2 and (outline[0] == outline[1]).all():  # a hair there and back
        outline = outline[:1]
    return Line(outline, False)


def _distinct(line: Line) -> Line:
    """The line without points in one place with the one before them."""
    steps = np.hypot(*np.diff(line.outline[:, :2], axis=0).T)
    apart = np.diff(np.floor(np.cumsum(steps) / _ONE_PLACE), prepend=0.0) > 0
    points = line.outline[np.concatenate([[True], apart])]
    if line.cyclic and len(points) > 3 and np.hypot(*(points[0] - points[-1])[:2]) <= 2 * _ONE_PLACE:
        points = points[:-1]
    return Line(points, line.cyclic and len(points) > 2)


def _corners(line: Line) -> NDArray[np.int64]:
    """Indices of the line's corners, rising; the ends of an open line are none."""
    kept = np.flatnonzero(weights([line], _BROKEN)[0] > _BROKEN)
    step = np.diff(line.outline[kept, :2], axis=0)
    if line.cyclic:
        before, after, kept = np.roll(step, 1, axis=0), step, kept[:-1]
    else:
        before, after, kept = step[:-1], step[1:], kept[1:-1]
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    corners: NDArray[np.int64] = kept[np.abs(np.arctan2(cross, (before * after).sum(1))) > _CORNER]
    return corners


def _smooth(points: Floats, closed: bool) -> Floats:
    """Points (n, 3) close together along the smooth line near those of a broken one, from end to end."""
    from scipy.interpolate import splev, splprep  # slow to import, and only here needed

    line = Line(points, False)
    count = int(np.clip(np.ceil(line.length / _STEP), 8, _MOST)) + 1
    walked = np.linspace(0.0, line.length, count)
    broken = line.at(walked)
    if not closed and np.linalg.norm(beside(points, 0, len(points) - 1), axis=1).max(initial=0.0) <= _ROUND:
        return points[[0, 0, -1]] * [[1], [0.5], [0]] + points[[0, -1, -1]] * [[0], [0.5], [1]]
    firm = np.ones(count)
    if not closed:
        firm[[0, -1]] = _FIRM
    # quiet: a spline that misses its mark is looked at below, and says nothing.
    (spline, _), *_ = splprep(broken.T, firm, walked, s=count * _HAIR**2, per=closed, full_output=1, quiet=1)
    off = np.linalg.norm(np.stack(splev(walked, spline), axis=1) - broken, axis=1).max()
    if not off <= _FARTHEST:  # NaN, too
        return np.asarray(Line(points, False).at(np.linspace(0.0, line.length, _FINE * count)))
    smooth = np.stack(splev(np.linspace(0.0, line.length, (count - 1) * _FINE + 1), spline), axis=1)
    if closed:
        smooth[-1] = smooth[0]
    else:
        smooth[[0, -1]] = points[[0, -1]]
    return smooth


def _few(points: Floats, closed: bool) -> Floats:
    """As few places on a smooth line, points (n, 3) close together, as it takes for a broken one to look round.

    A chord of length h lies h^2 / 8 times the curvature off, so points stand the closer the more the line bends, its
    radius too; but nowhere farther apart than _SPACING.
    """
    line = Line(points, False)
    if line.length == 0:
        return points[[0, -1]]
    step = line.length / (len(points) - 1)
    around = np.concatenate([points[-2:-1], points, points[1:2]]) if closed else points[[0, *range(len(points)), -1]]
    bend = np.linalg.norm(np.diff(around, 2, axis=0), axis=1) / step**2
    if not closed:  # an end has no bend of its own
        bend[[0, -1]] = bend[[1, -2]]
    density = np.maximum(np.sqrt(bend / (8 * _ROUND)), 1 / _SPACING)
    passed = np.concatenate([[0.0], np.cumsum((density[:-1] + density[1:]) / 2 * np.diff(line.walked))])
    count = max(3 if closed else 1, int(np.ceil(passed[-1] - 1e-9)))
    few = line.at(np.interp(np.linspace(0.0, passed[-1], count + 1), passed, line.walked))
    few[[0, -1]] = points[[0, -1]]
    return few
