"""Along two contours whose partner is given: through the places that links join, from end to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.corners import Corners
from doodle_core.geometry.sampling import Outlines
from doodle_core.matching.along import bent
from doodle_core.matching.course import Course

__all__ = ["Stretch", "both_ways", "through"]

Floats: TypeAlias = NDArray[np.float64]
Complexes: TypeAlias = NDArray[np.complex128]
Marks: TypeAlias = tuple[Floats, Floats]
Pins: TypeAlias = Sequence[tuple[float, float]]
"""Lengths along the first contour and along the second that meet."""

_SAMPLES = 32
_MARKS = 48  # along a stretch between two links
_END = 1.5  # model pixels: places as near to the ends of both stretches mean these ends
_STRETCHED, _TURNED = (
    0.3,
    0.05,
)  # what a direction costs by how it stretches and turns, beside what it leaves unexplained
_BACKWARDS = 0.05  # and for running against the vertices' order,
_OTHERWISE = 0.15  # or against what was found without links
_CLEARLY = 0.5  # of two directions the one that costs so much more is out of the question
_CLOSE = 0.75  # model pixels: a map that misses a link by less is bent there, and else kept
_SHORT = 2.0  # model pixels: a shorter stretch has no corners to find
_TINY = 1e-9


@dataclass(frozen=True)
class Stretch:
    """A part of a contour, model pixels along it: `low` to `high`; `round_`: all of a closed contour, from anywhere."""

    contour: int
    low: float
    high: float
    round_: bool = False

    @property
    def length(self) -> float:
        return self.high - self.low


def through(
    outlines: tuple[Outlines, Outlines],
    corners: tuple[Corners, Corners],
    stretches: tuple[Stretch, Stretch],
    pins: Pins,
    known: Marks | None = None,
    factor: complex = 1.0,
) -> Marks:
    """The marks, as in `Span`, of one stretch on another, through places that meet.

    Parameters
    ----------
    pins : sequence of (float, float)
        At least one. Of those that contradict each other the first counts.
    known
        The marks found without them: kept where they miss no link by much.
    factor
        How the surroundings turn and grow.
    """
    one, two = stretches
    if known is not None:
        near = _bent_to(known, pins, stretches)
        if near is not None:
            return near
    back = known is not None and bool(known[1][-1] < known[1][0])
    ways = [_knots(one, two, pins, sign) for sign in (1, -1)]
    costs = [_cost(outlines, stretches, way, factor) for way in ways]
    costs[1] += _BACKWARDS
    if known is not None:
        costs[0 if back else 1] += _OTHERWISE
    here, there = ways[int(np.argmin(costs))]
    return _between(outlines, corners, stretches, here, there)


def both_ways(
    outlines: tuple[Outlines, Outlines], stretches: tuple[Stretch, Stretch], pins: Pins, count: int
) -> tuple[Complexes, Complexes, Complexes]:
    """Places evenly along the first stretch, and on the second where both run the same way, and the other: (count,)
    each. Twice the one way where the other is out of the question."""
    ways = [_knots(*stretches, pins, sign) for sign in (1, -1)]
    costs = [_cost(outlines, stretches, way, 1.0) for way in ways]
    if abs(costs[0] - costs[1]) > _CLEARLY:
        ways = [ways[int(np.argmin(costs))]] * 2
    (here, one), (_, two) = (_moved_onto(outlines, stretches, way, count) for way in ways)
    return here, one, two


def _moved_onto(
    outlines: tuple[Outlines, Outlines], stretches: tuple[Stretch, Stretch], marks: Marks, count: int
) -> tuple[Complexes, Complexes]:
    """Places evenly along the first of marks at either key, (count,) each."""
    number = np.arange(len(marks[0]), dtype=np.float64)
    mixed = marks[0] - marks[0][0] + number * _TINY
    wanted = (np.arange(count) + 0.5) / count * mixed[-1]
    places = []
    for side, stretch, lengths in zip(outlines, stretches, marks, strict=True):
        along = np.interp(wanted, mixed, lengths)
        places.append(side.at(np.array([stretch.contour]), along[None])[0])
    return places[0], places[1]


def _bent_to(known: Marks, pins: Pins, stretches: tuple[Stretch, Stretch]) -> Marks | None:
    """Marks moved a little so that they meet; None where they miss by much, or are not of all of both stretches."""
    here, there = known
    one, two = stretches
    if abs((here[-1] - here[0]) - one.length) > 1e-3 or abs(abs(there[-1] - there[0]) - two.length) > 1e-3:
        return None
    sign = 1.0 if there[-1] >= there[0] else -1.0
    knots: list[tuple[float, float]] = []
    for s, u in pins:
        if one.round_:
            s = here[0] + (s - here[0]) % one.length
        expected = float(np.interp(s, here, there))
        off = u - expected
        if two.round_:
            off = (off + two.length / 2) % two.length - two.length / 2
        if abs(off) > _CLOSE:
            return None
        knots.append((s, off))
    knots.sort()
    at, off = np.array(knots).T
    if one.round_ and two.round_:
        at, off = (
            np.concatenate([[at[-1] - one.length], at, [at[0] + one.length]]),
            np.concatenate([off[-1:], off, off[:1]]),
        )
    else:
        at, off = np.concatenate([[here[0]], at, [here[-1]]]), np.concatenate([[0.0], off, [0.0]])
    marks = np.unique(np.concatenate([here, [s for s, _ in knots]]))
    moved = np.interp(marks, here, there) + np.interp(marks, at, off)
    moved = sign * np.maximum.accumulate(sign * moved)
    if not two.round_:
        moved = np.clip(moved, two.low, two.high)
    return marks, moved


def _knots(one: Stretch, two: Stretch, pins: Pins, sign: int) -> Marks:
    """From end to end through the links, in one direction; those that this direction contradicts are left out."""
    s0, u0 = pins[0]
    begin, end = one.low, one.high
    start, stop = (two.low, two.high) if sign > 0 else (two.high, two.low)
    if one.round_ and two.round_:
        begin, start = s0, u0
        end, stop = begin + one.length, start + sign * two.length
    elif one.round_:
        begin = s0 - (u0 - start) / (stop - start + sign * _TINY) * one.length
        end = begin + one.length
    elif two.round_:
        start = u0 - sign * (s0 - begin) / (one.length + _TINY) * two.length
        stop = start + sign * two.length
    found: list[tuple[float, float]] = []
    for s, u in pins:
        if one.round_:
            s = begin + (s - begin) % (one.length + _TINY)
        u = sign * (u - start)
        if two.round_:
            u = u % (two.length + _TINY)
        s, u = min(max(s, begin), end), min(max(u, 0.0), two.length)
        ended = (s - begin < _END and u < _END) or (end - s < _END and two.length - u < _END)
        if not ended and all((s - t) * (u - v) >= 0 for t, v in found):
            found.append((s, u))
    found.sort()
    here = np.array([begin, *(s for s, _ in found), end])
    there = start + sign * np.array([0.0, *(u for _, u in found), two.length])
    return here, there


def _cost(
    outlines: tuple[Outlines, Outlines], stretches: tuple[Stretch, Stretch], way: Marks, factor: complex
) -> float:
    """How much a direction turns, stretches and bends."""
    p, q = _moved_onto(outlines, stretches, way, _SAMPLES)
    p, q = (p - p.mean()) * factor, q - q.mean()
    energy = np.sqrt((np.abs(p) ** 2).sum() * (np.abs(q) ** 2).sum()) + _TINY
    fit = np.vdot(p, q) / energy
    here, there = np.abs(np.diff(way[0])), np.abs(np.diff(way[1]))
    parts = (here / max(here.sum(), _TINY) + 0.02), (there / max(there.sum(), _TINY) + 0.02)
    stretched = float(((parts[0] + parts[1]) / 2 * np.abs(np.log(parts[0] / parts[1]))).sum())
    return float(1 - abs(fit) ** 2 + _STRETCHED * stretched + _TURNED * (1 - np.cos(np.angle(fit))))


def _between(
    outlines: tuple[Outlines, Outlines],
    corners: tuple[Corners, Corners],
    stretches: tuple[Stretch, Stretch],
    here: Floats,
    there: Floats,
) -> Marks:
    """Between the links corners go to corners."""
    part = np.arange(_MARKS + 1) / _MARKS
    rows = np.flatnonzero((np.diff(here) > _SHORT) & (np.abs(np.diff(there)) > _SHORT))
    marks = []
    for key, lengths in enumerate((here, there)):
        even = lengths[rows, None] + part * np.diff(lengths)[rows, None]
        marks.append(_on_corners(corners[key], stretches[key], even, outlines[key]))
    (own, sharp), (other, sharp_too) = marks
    numbers = [np.full(len(rows), stretch.contour) for stretch in stretches]
    course = Course(numbers[0], numbers[1], own, other, sharp, sharp_too, np.zeros(own.shape, bool))
    found = dict(zip(rows.tolist(), bent(*outlines, course), strict=True)) if len(rows) else {}
    parts = [found.get(k, (here[k : k + 2], there[k : k + 2])) for k in range(len(here) - 1)]
    first = [np.concatenate([side[k][(n > 0) :] for n, side in enumerate(parts)]) for k in (0, 1)]
    return first[0], first[1]


def _on_corners(corners: Corners, stretch: Stretch, marks: Floats, outlines: Outlines) -> Marks:
    """Marks (R, K) with those next to a corner moved onto it, and how sharp it is there, else 0."""
    own = slice(int(corners.offsets[stretch.contour]), int(corners.offsets[stretch.contour + 1]))
    sharp = np.zeros(marks.shape)
    whole = float(outlines.lengths[stretch.contour])
    count = marks.shape[1] - 1
    moved = marks.copy()
    for row, side in enumerate(marks):
        low, long = float(side[0]), float(side[-1] - side[0])
        for along, angle in zip(corners.along[own].tolist(), corners.angles[own].tolist(), strict=True):
            turns = np.arange(-2, 3) * whole if stretch.round_ else np.zeros(1)
            for place in (along + turns).tolist():
                share = (place - low) / long
                slot = round(share * count)
                if 0 < slot < count and sharp[row, slot] < angle:
                    moved[row, slot], sharp[row, slot] = place, angle
    return moved, sharp
