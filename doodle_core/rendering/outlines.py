"""Outlines of lines: what a round brush of changing radius covers on its way along a polyline.

The region is the union of the discs at the vertices and of the tapered pieces between them (each bounded by the common
tangents of its two discs). Its outline here is one closed polygon a polyline, to be filled by the nonzero rule: along
the left side to the end, round the end, back along the right side, round the start. At each vertex it follows the disc
where the turn opens a gap, and goes through the vertex itself where the pieces overlap. So the polygon is the sum of
the pieces and of the sectors in the gaps, all wound the same way: no part is ever cancelled, however the line turns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["outlines"]

_MOST_POINTS = 512.0  # of one arc: a radius of many canvas sides must not fill the memory
_POINT = 1e-4  # pixels: a smaller disc is a point
_PIVOT = 0.35  # radians: beyond, the inner side of a turn goes through the vertex


def outlines(
    points: NDArray[Any],
    radii: NDArray[Any],
    offsets: NDArray[Any],
    tolerance: float = 0.03,
    copies: int = 1,
    flat: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The outlines of polylines, to be filled by the nonzero rule, all wound the same way.

    A closed polyline repeats its first vertex at its end. A single vertex is a disc.

    Parameters
    ----------
    points : (V, 2) float32 or float64
        Pixels.
    radii : (V,), of the same type
        Pixels, 0 or more.
    offsets : (C + 1,) int
        Polyline c has the vertices offsets[c]:offsets[c + 1], at least one.
    tolerance : float
        How far an outline may lie from the true circle, in pixels.
    copies : int
        The polylines are those of so many frames, one frame after the other: each frame's have as many vertices, and
        their outlines have as many points, one for one, so that they may be interpolated.
    flat : (C, 2) bool or None
        Whether the first and the last end of each polyline is cut off straight; else it is round. Not for discs.

    Returns
    -------
    points : (P, 2), of the same type
    offsets : (C + 1,) int64
        Outline c has the points offsets[c]:offsets[c + 1].
    """
    if len(offsets) < 2:
        return np.zeros((0, 2), points.dtype), np.zeros(1, np.int64)
    alone = np.diff(offsets) == 1
    centres, radii, offsets = _doubled(points, radii, np.asarray(offsets, np.int64))
    vertex, start, turn, room, first = _tour(centres, radii, offsets)
    radius = radii[vertex]
    size = np.abs(turn)
    pieces = np.minimum(size * np.sqrt(np.maximum(radius / (8.0 * tolerance), 1.0)), _MOST_POINTS).astype(np.int64)
    pieces += 1  # of an arc
    if flat is not None:
        steps = np.diff(offsets)
        some = (flat[:, 0] & ~alone, flat[:, 1] & ~alone)
        pieces[first[some[0]]] = 1
        pieces[first[some[1]] + steps[some[1]] - 1] = 1
    inner = turn > 0.0
    gentle = size < _PIVOT
    gentle &= radius * size < 2.0 * room
    # Between a disc and one that holds it there is no tangent to meet.
    single = np.where(inner, gentle, (pieces == 1) & (room > 0.0))
    single |= radius < _POINT
    np.copyto(pieces, 2, where=inner)  # there, through the vertex, and on
    if copies > 1:
        single = np.tile(single.reshape(copies, -1).all(axis=0), copies)
        pieces = np.tile(pieces.reshape(copies, -1).max(axis=0), copies)
    # One point stands for a small turn: where the two tangents meet. Points of an arc lie as far out as keeps its area.
    apart = turn / pieces.astype(turn.dtype)
    reach = radius * (1.0 + apart * apart / 12.0)
    reach *= ~inner
    corner = np.flatnonzero(single)
    half = turn[corner] / 2
    reach[corner] = radius[corner] / np.maximum(np.cos(half), 0.5)
    start[corner] += half
    pieces[corner] = 0

    counts = pieces + 1
    ends = np.cumsum(counts)
    begins = ends - counts
    event = np.repeat(np.arange(len(counts)), counts)  # of each point
    number = np.arange(ends[-1]) - begins.take(event)
    angle = number.astype(turn.dtype) * apart.take(event) + start.take(event)
    far = reach.take(event)
    several = np.flatnonzero(pieces)
    far[begins[several]] = far[ends[several] - 1] = radius[several]  # on the tangents themselves
    result = centres.take(vertex.take(event), axis=0)
    result[:, 0] += np.cos(angle) * far
    result[:, 1] += np.sin(angle) * far
    return result, np.append(begins[first], ends[-1])


def _doubled(
    points: NDArray[Any], radii: NDArray[Any], offsets: NDArray[np.int64]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.int64]]:
    """The polylines, with single vertices given twice, so that each has a segment."""
    counts = np.diff(offsets)
    alone = counts == 1
    if not alone.any():
        return points, radii, offsets
    copies = np.ones(len(points), np.int64)
    copies[offsets[:-1][alone]] = 2
    kept = np.repeat(np.arange(len(points)), copies)
    return points[kept], radii[kept], np.concatenate([[0], np.cumsum(counts + alone)])


def _tour(centres: NDArray[Any], radii: NDArray[Any], offsets: NDArray[np.int64]) -> tuple[Any, ...]:
    """The events of going along each polyline of n vertices and back: 2n - 2 of them, from its first vertex.

    Returns
    -------
    vertex : (E,) int64
    start : (E,)
        The angle at which the left tangent of the segment before touches the vertex' disc.
    turn : (E,)
        Radians from there to where that of the segment after does. Below 0 the turn opens a gap.
    room : (E,)
        Pixels: half the shorter tangent at the vertex.
    first : (C,) int64
        The first event of each polyline.
    """
    along = np.diff(centres, axis=0)
    length = np.hypot(along[:, 0], along[:, 1])
    heading = np.arctan2(along[:, 1], along[:, 0])
    fall = radii[:-1] - radii[1:]
    lean = np.arcsin(np.clip(fall / np.maximum(length, 1e-12), -1.0, 1.0))
    tangent = np.sqrt(np.maximum(length * length - fall * fall, 0.0))

    n = np.diff(offsets)
    steps = 2 * n - 2
    ends = np.cumsum(steps)
    first = ends - steps
    number = np.arange(ends[-1]) - np.repeat(first, steps)
    last = np.repeat(n - 1, steps)
    back = number >= last  # the event at the last vertex turns back
    vertex = np.where(back, 2 * last - number, number) + np.repeat(offsets[:-1], steps)
    turns_back = number == last
    at_start = number == 0
    before = np.minimum(np.where(at_start, vertex, vertex - 1), len(length) - 1)  # forward segments at the vertex
    after = np.minimum(np.where(turns_back, vertex - 1, vertex), len(length) - 1)

    headed, heads = heading.take(before), heading.take(after)
    leant, leans = lean.take(before), lean.take(after)
    bend = heads - headed
    bend -= np.rint(bend * (0.5 / np.pi)) * (2 * np.pi)
    cap = at_start | turns_back
    turn = np.where(back, -bend, bend) - (leans - leant)
    turn[at_start] = -np.pi - 2 * leans[at_start]
    turn[turns_back] = -np.pi + 2 * leant[turns_back]
    reverse = (back & ~turns_back) | at_start  # the segment that leads to the event is gone along backwards
    start = np.where(reverse, heads + leans + 1.5 * np.pi, headed - leant + 0.5 * np.pi)
    room = np.where(cap, 0.0, 0.45 * np.minimum(tangent.take(before), tangent.take(after)))
    return vertex, start, turn, room, first
