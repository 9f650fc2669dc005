"""Where along the one contour lies where along the other: from which start, which way, and corners onto corners."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.congruence import Congruence, congruence
from doodle_core.geometry.corners import corners_of
from doodle_core.geometry.sampling import Outlines
from doodle_core.geometry.warping import warp
from doodle_core.matching.cornered import by_corners
from doodle_core.matching.course import Course, laid, seamed
from doodle_core.matching.ends import ends_kept
from doodle_core.matching.motion import Motion
from doodle_core.matching.vertices import by_vertices

__all__ = ["bent", "follow"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Complexes: TypeAlias = NDArray[np.complex128]
Marks: TypeAlias = tuple[Floats, Floats]

_COUNT = 48  # places along each contour
_STILL = 0.15  # how much a small turn is preferred
_FLAT = (
    0.02  # a contour that encloses less, of the square of its length, may have crossed itself: it may run either way
)
_CLEAR = 0.08  # a direction that fits so much better than the other is evidence for all
_FORWARDS = 0.09  # how much running the same way is preferred before anything is seen,
_EXPECTED = (0.8, 2.5)  # when that share of so many lines is expected to run the same way;
_COPIED = 0.98  # that share where the second key is a copy of the first, edited
_SMOOTH = 8  # rounds of smoothing
_EVEN = 0.4  # samples: a map that strays less from the even one is the even one


def follow(a: Outlines, b: Outlines, i: Ints, j: Ints, motion: Motion, copied: bool = False) -> list[Marks]:
    """For pairs of contours (M,), the lengths along both that belong together.

    Parameters
    ----------
    i, j : (M,) int64
        Contours that have vertices.
    motion : Motion
        How each pair's surroundings move, (M,).
    copied : bool
        Whether the second key is a copy of the first: lines run the same way, however far they turn.

    Returns
    -------
    M times here, there : (n,) float64
        As in `Span`: the whole of both contours.
    """
    if not len(i):
        return []
    factor, ends = motion.known_factor, ends_kept(a, b, i, j, motion)
    fit, opposite, forwards = _compared(a, b, i, j, factor, ends, copied)
    backwards = fit.backwards ^ opposite
    start = np.where(a.closed[i] | b.closed[j], fit.start, 0)
    answer = by_vertices(a, b, i, j, factor, forwards, fit.worth.max(axis=1))
    rest = np.array([m for m in range(len(i)) if m not in answer], np.int64)
    if len(rest):
        corners = corners_of(a), corners_of(b)
        found = by_corners(a, b, *corners, i[rest], j[rest], factor[rest], backwards[rest])
        answer |= {int(rest[m]): marks for m, marks in found.items()}
        rest = rest[[m not in found for m in range(len(rest))]]
    if len(rest):
        course = laid(a, b, i[rest], j[rest], backwards[rest], start[rest], _COUNT)
        for m, marks in zip(rest.tolist(), bent(a, b, seamed(a, b, *corners, course)), strict=True):
            answer[m] = marks
    return [answer[m] for m in range(len(i))]


def _compared(
    a: Outlines, b: Outlines, i: Ints, j: Ints, factor: Complexes, ends: Floats, copied: bool
) -> tuple[Congruence, Bools, Floats]:
    """How contours lie on one another; where the second is to be reversed first, since it encloses its area the other
    way round; and how much running the same way is preferred."""
    _, p = a.sampled(i, _COUNT)
    _, q = b.sampled(j, _COUNT)
    both = a.closed[i] & b.closed[j]
    area_a, area_b = _area(p), _area(q)
    smallest = np.minimum(np.abs(area_a) / (a.lengths[i] ** 2 + 1e-9), np.abs(area_b) / (b.lengths[j] ** 2 + 1e-9))
    opposite = both & (area_a * area_b < 0)
    q = np.where(opposite[:, None], q[:, ::-1], q)
    around, either = a.closed[i] | b.closed[j], ~both | (smallest < _FLAT)
    p = p * factor[:, None]
    first = congruence(p, q, around, either, _STILL)
    forwards = _forwards(first, ~both, copied) + ends
    return congruence(p, q, around, either, _STILL, forwards), opposite, forwards


def _area(points: Complexes) -> Floats:
    return np.imag(np.conj(points) * np.roll(points, -1, axis=1)).sum(axis=1) / 2


def _forwards(fit: Congruence, either: Bools, copied: bool) -> Floats:
    """How much running the same way is preferred (M,): as much as the lines whose direction is clear run the same
    way."""
    ahead = (fit.worth[:, 0] - fit.worth[:, 1])[either]
    same, other = int((ahead > _CLEAR).sum()), int((ahead < -_CLEAR).sum())
    share, worth = _EXPECTED
    seen = (same + (_COPIED if copied else share) * worth) / (same + other + worth)
    weight = np.log(seen / (1 - seen)) / np.log(share / (1 - share))
    return np.where(either, _FORWARDS * np.clip(weight, -1.0, 3.0), 0.0)


def bent(a: Outlines, b: Outlines, course: Course) -> list[Marks]:
    """The marks of each pair of a course, from its start to its end: as they deform least, corners on corners."""
    p, q = a.at(course.i, course.here), b.at(course.j, course.there)
    # The first onto the second by the best similarity.
    mp, mq = p.mean(axis=1, keepdims=True), q.mean(axis=1, keepdims=True)
    factor = np.sum(np.conj(p - mp) * (q - mq), axis=1) / np.maximum(np.sum(np.abs(p - mp) ** 2, axis=1), 1e-9)
    size = np.sqrt(np.sum(np.abs(q - mq) ** 2, axis=1) / np.maximum(np.sum(np.abs(p - mp) ** 2, axis=1), 1e-9))
    factor = factor / np.maximum(np.abs(factor), 1e-9) * size
    places = _eased(warp((p - mp) * factor[:, None] + mq, q, course.corners, course.other_corners), course)
    answer = []
    number = np.arange(places.shape[1])
    stray = np.abs(places - number).max(axis=1)
    for m in range(len(places)):
        there = np.interp(places[m], number, course.there[m])
        if stray[m] < _EVEN and not course.anchored[m].any():
            answer.append((course.here[m][[0, -1]], course.there[m][[0, -1]]))
        else:
            answer.append(_thinned(course.here[m], there))
    return answer


def _eased(places: Floats, course: Course) -> Floats:
    """The map made smooth, where no corners hold it."""
    count = places.shape[1]
    number = np.arange(count)
    nearest = np.clip(np.rint(places).astype(np.int64), 0, count - 1)
    held = (course.corners > 0) & (np.take_along_axis(course.other_corners, nearest, axis=1) > 0)
    held &= np.abs(places - nearest) < 1e-6
    course.anchored[:] = held
    held[:, [0, -1]] = True
    smooth = places - number
    for _ in range(_SMOOTH):
        middle = (smooth[:, :-2] + 2 * smooth[:, 1:-1] + smooth[:, 2:]) / 4
        smooth[:, 1:-1] = np.where(held[:, 1:-1], smooth[:, 1:-1], middle)
    smooth += number
    smooth = np.where(held, places, smooth)
    smooth = np.clip(np.maximum.accumulate(smooth, axis=1), 0, count - 1)
    smooth[:, 0], smooth[:, -1] = 0, count - 1
    return smooth


def _thinned(here: Floats, there: Floats) -> Marks:
    """The same map by as few marks as tell it to a hundredth of a model pixel or so."""
    slope = np.diff(there) / np.maximum(np.diff(here), 1e-12)
    kept = np.ones(len(here), bool)
    kept[1:-1] = np.abs(np.diff(slope)) > 1e-3
    kept[1:] &= np.diff(here, prepend=-np.inf)[1:] > 1e-9
    kept[-1] = True
    if len(here) > 1 and kept[-2] and here[-1] - here[-2] <= 1e-9:
        kept[-2] = len(here) == 2
    return here[kept], there[kept]
