"""Pairs of contours, each laid out from a start and in a direction, with marks along both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.corners import Corners
from doodle_core.geometry.sampling import Outlines

__all__ = ["Course", "laid", "seamed"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

_NEAR = 3  # marks: corners no farther apart may be one
_SEAM = 0.5  # radians


@dataclass(frozen=True, eq=False)
class Course:
    """M pairs of contours with K marks each, from the start of both to their end; closed ones end where they start.

    Parameters
    ----------
    i, j : (M,) int64
        The contours.
    here, there : (M, K) float64
        Lengths along the first contour, rising, and along the second, rising or falling.
    corners, other_corners : (M, K) float64
        How sharp the corner is that a mark lies at, radians; 0 where it lies at none.
    anchored : (M, K) bool
        Marks of the first that lie at a corner and go to one; filled in later.
    """

    i: Ints
    j: Ints
    here: Floats
    there: Floats
    corners: Floats
    other_corners: Floats
    anchored: Bools


def laid(a: Outlines, b: Outlines, i: Ints, j: Ints, backwards: Bools, start: Ints, count: int) -> Course:
    """Marks evenly along M pairs.

    Parameters
    ----------
    start : (M,) int64
        Which of `count` samples of the second, as it runs, the first sample of the first lies on.
    """
    part = np.arange(count + 1) / count
    la, lb = a.lengths[i][:, None], b.lengths[j][:, None]
    begin_a = np.where(a.closed[i] & ~b.closed[j], (count - start) % count / count, 0.0)[:, None] * la
    ahead = start / count
    # Backwards, sample k of the reversed contour is sample count - 1 - k of the contour.
    ahead = np.where(backwards, (count - 1 - start) / count, ahead)
    begin_b = np.where(b.closed[j], ahead, np.where(backwards, 1.0, 0.0))[:, None] * lb
    here = begin_a + part * la
    there = begin_b + np.where(backwards, -1.0, 1.0)[:, None] * part * lb
    none = np.zeros(here.shape)
    return Course(i, j, here, there, none, none, np.zeros(here.shape, bool))


def seamed(a: Outlines, b: Outlines, on_a: Corners, on_b: Corners, course: Course) -> Course:
    """The course with marks moved onto corners, and closed contours begun at corners that belong together."""
    here, sharp_a = _snapped(on_a, course.i, course.here, True)
    there, sharp_b = _snapped(on_b, course.j, course.there, True)
    count = here.shape[1] - 1
    shift_a, shift_b = np.zeros(len(here)), np.zeros(len(here))
    best = np.full(len(here), _SEAM**2)
    round_ = a.closed[course.i] & b.closed[course.j]
    rows = np.arange(len(here))
    for off in range(-_NEAR, _NEAR + 1):
        # The mark `off` farther along the second; the last mark is the first.
        other = np.roll(sharp_b[:, :count], -off, axis=1)
        both = np.minimum(sharp_a[:, :count], other) ** 2 * (1 - 0.1 * abs(off))
        k = both.argmax(axis=1)
        better = round_ & (both[rows, k] > best)
        best = np.where(better, both[rows, k], best)
        shift_a = np.where(better, here[rows, k] - course.here[:, 0], shift_a)
        turns = (k + off) // count
        step = course.there[:, -1] - course.there[:, 0]
        shift_b = np.where(better, there[rows, (k + off) % count] + turns * step - course.there[:, 0], shift_b)
    fine = round_ & (best <= _SEAM**2)
    shift_b = np.where(fine, _between(a, b, course), shift_b)
    here, corners = _snapped(on_a, course.i, course.here + shift_a[:, None], False)
    there, others = _snapped(on_b, course.j, course.there + shift_b[:, None], False)
    ended = [0, -1]
    met = np.where((best > _SEAM**2)[:, None] & round_[:, None], 1.0, 0.0)
    corners[:, ended], others[:, ended] = met, met
    return Course(course.i, course.j, here, there, corners, others, course.anchored)


def _between(a: Outlines, b: Outlines, course: Course) -> Floats:
    """How much farther along the second a round contour without corners fits best: less than a mark."""
    count = course.here.shape[1] - 1
    step = (course.there[:, 1] - course.there[:, 0])[:, None]
    p = a.at(course.i, course.here[:, :count])
    p = p - p.mean(axis=1, keepdims=True)
    worth = []
    for off in (-1.0, 0.0, 1.0):
        q = b.at(course.j, course.there[:, :count] + off * step)
        q = q - q.mean(axis=1, keepdims=True)
        energy = np.sqrt(np.sum(np.abs(p) ** 2, axis=1) * np.sum(np.abs(q) ** 2, axis=1))
        worth.append(np.abs(np.sum(np.conj(p) * q, axis=1) / np.maximum(energy, 1e-9) + 0.15))
    low, middle, high = worth
    bend = low - 2 * middle + high
    answer: Floats = np.where(bend < -1e-9, np.clip((low - high) / (2 * np.minimum(bend, -1e-9)), -0.5, 0.5), 0.0)
    return answer * step[:, 0]


def _snapped(corners: Corners, contours: Ints, marks: Floats, ends: bool) -> tuple[Floats, Floats]:
    """Marks moved onto the corners next to them, the first and last only if `ends`; and how sharp each is, else 0."""
    count = marks.shape[1] - 1
    number = np.diff(corners.offsets)[contours]
    m = np.repeat(np.arange(len(contours)), number)
    k = np.arange(len(m)) - np.repeat(np.cumsum(number) - number, number) + corners.offsets[contours][m]
    moved, sharp = marks.copy(), np.zeros(marks.shape)
    if not len(m):
        return moved, sharp
    begin, whole = marks[m, 0], marks[m, -1] - marks[m, 0]
    part = np.where(whole != 0, (corners.along[k] - begin) / np.where(whole != 0, whole, 1.0), 0.0)
    part = part - np.floor(part)  # once round
    slot = np.rint(part * count).astype(np.int64)
    order = np.argsort(corners.angles[k], kind="stable")
    m, slot, part, angles = m[order], slot[order], part[order], corners.angles[k][order]
    inner = (slot > 0) & (slot < count)
    moved[m[inner], slot[inner]] = marks[m[inner], 0] + part[inner] * (marks[m[inner], -1] - marks[m[inner], 0])
    sharp[m, slot] = angles
    sharp[:, 0] = np.maximum(sharp[:, 0], sharp[:, -1])
    sharp[:, -1] = sharp[:, 0]
    if ends:
        at = ~inner
        off = np.where(slot[at] == 0, part[at], part[at] - 1)
        rows = m[at]
        moved[rows, 0] = marks[rows, 0] + off * (marks[rows, -1] - marks[rows, 0])
        moved[rows, -1] = moved[rows, 0] + marks[rows, -1] - marks[rows, 0]
    return moved, sharp
