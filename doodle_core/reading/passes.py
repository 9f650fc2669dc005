"""The lines of a drawing, cut where they leave the cells of a grid and where they turn sharply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.drawing.building import offsets_of, ranges

__all__ = ["Passes", "passes_of"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_STEP = 0.5  # pixels between samples
_DIGITS = 4  # decimals of a pixel of places
_SHARP = 0.8  # radians within two pixels that make a corner
_AGAIN = 10  # samples outside a cell, after which a line that comes back passes a second time
_ALIKE = 0.5  # of cos 2a between two passes that are one


@dataclass(frozen=True, eq=False)
class Passes:
    """Stretches of lines, each in one cell, P of them; and the places of ends and corners.

    Parameters
    ----------
    row, column, contour, vertex : (P,) int64
        The cell; the contour and one of its vertices.
    length, whole : (P,) float64
        Pixels of the stretch, and of the whole contour.
    point : (P, 2) float64
        The place nearest to the cell's centre, pixels.
    direction : (P, 2) float64
        Cosine and sine of twice the angle there; (0, 0) for a dot.
    radius : (P,) float64
        Pixels.
    ends : (E, 3) float64
        Pixels x and y of the ends of lines that do not close, and their contour.
    corners : (K, 2) float64
        Pixels.
    """

    row: Ints
    column: Ints
    contour: Ints
    vertex: Ints
    length: Floats
    whole: Floats
    point: Floats
    direction: Floats
    radius: Floats
    ends: Floats
    corners: Floats


@dataclass(frozen=True, eq=False)
class _Samples:
    """Places along lines, S of them, at most half a pixel apart; `first`, `last`: the ends of the line each is of."""

    place: Floats
    tangent: Floats
    radius: Floats
    step: Floats
    contour: Ints
    vertex: Ints
    first: Ints
    last: Ints
    closed: NDArray[np.bool_]


def passes_of(
    drawing: Drawing,
    chosen: NDArray[np.bool_],
    size: int,
    cell: int,
    seen: Callable[[Any, Any], NDArray[np.bool_]],
) -> Passes:
    """The passes of some contours of a drawing through the cells of its canvas.

    Parameters
    ----------
    drawing : Drawing
    chosen : (C,) bool
        The contours.
    size, cell : int
        Pixels along the side of the canvas and of a cell.
    seen : function of x and y, (S,) each, pixels
        Whether a line is not hidden there.
    """
    samples = _sampled(drawing, np.flatnonzero(chosen), size)
    x, y = samples.place.T
    column, row = np.floor(x / cell).astype(np.int64), np.floor(y / cell).astype(np.int64)
    grid = size // cell
    shown = (x >= 0) & (y >= 0) & (column < grid) & (row < grid)
    shown[shown] = seen(x[shown], y[shown])
    corner = _corners(samples)
    samples = replace(samples, tangent=_one_sided(samples, corner))
    run = (np.diff(column, prepend=-9) != 0) | (np.diff(row, prepend=-9) != 0) | corner
    run |= np.diff(samples.contour, prepend=-1) != 0
    run |= np.diff(shown.astype(np.int8), prepend=0) != 0
    starts = np.flatnonzero(run)
    starts = starts[shown[starts]]
    stops = np.append(np.flatnonzero(run), len(x))
    stops = stops[np.searchsorted(stops, starts, side="right")]
    kept = ranges(starts, stops)
    owner = np.repeat(np.arange(len(starts)), stops - starts)
    centre = cell * (np.stack([column, row], axis=1)[kept] + 0.5)
    away = ((samples.place[kept] - centre) ** 2).sum(axis=1)
    order = np.lexsort((away, owner))
    nearest = kept[order[np.flatnonzero(np.diff(owner[order], prepend=-1) != 0)]]
    length = np.add.reduceat(samples.step[kept], offsets_of(stops - starts)[:-1]) if len(starts) else np.zeros(0)
    edge = (samples.first == np.arange(len(x))) | (samples.last == np.arange(len(x)))
    tips = np.flatnonzero(edge & ~samples.closed & shown)
    total = np.bincount(samples.contour, samples.step, len(drawing.offsets) - 1) if len(x) else np.zeros(0)
    return _joined(
        Passes(
            row=row[nearest],
            column=column[nearest],
            contour=samples.contour[nearest],
            vertex=samples.vertex[nearest],
            length=length,
            whole=total[samples.contour[nearest]],
            point=_refined(samples, nearest, cell),
            direction=_doubled(samples.tangent[nearest]),
            radius=samples.radius[nearest],
            ends=np.column_stack([samples.place[tips], samples.contour[tips]]),
            corners=samples.place[corner & shown],
        ),
        starts,
        stops,
    )


def _sampled(drawing: Drawing, contours: Ints, size: int) -> _Samples:
    """Places along some contours, the middles of pieces of at most `_STEP` pixels."""
    counts = np.diff(drawing.offsets).astype(np.int64)[contours]
    contours, counts = contours[counts > 0], counts[counts > 0]
    begins = drawing.offsets[:-1].astype(np.int64)[contours]
    closes = drawing.cyclic[contours] & (counts > 2)
    segments = np.where(counts == 1, 1, counts - 1 + closes)
    owner = np.repeat(np.arange(len(contours)), segments)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(segments) - segments, segments)
    start = begins[owner] + number
    stop = begins[owner] + (number + 1) % counts[owner]
    # To a fraction of a pixel that rounding of the canvas' units does not reach: moved by whole cells it is the same.
    points = np.round(drawing.points.astype(np.float64) * size, _DIGITS)
    radii = drawing.radii.astype(np.float64) * size
    along = points[stop] - points[start]
    length = np.hypot(along[:, 0], along[:, 1])
    pieces = np.clip(np.ceil(length / _STEP - 1e-9), 1, 1 << 16).astype(np.int64)
    piece = np.repeat(np.arange(len(start)), pieces)
    share = (np.arange(len(piece)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 0.5) / pieces[piece]
    place = np.round(points[start[piece]] + share[:, None] * along[piece], 2 * _DIGITS)
    line = owner[piece]
    last = np.cumsum(np.bincount(line, minlength=len(contours))).astype(np.int64) - 1
    first = np.append(0, last[:-1] + 1)[: len(contours)]
    number = np.arange(len(place))
    ahead = place[np.minimum(number + 2, last[line])]
    behind = place[np.maximum(number - 2, first[line])]
    tangent = ahead - behind
    size_of = np.hypot(tangent[:, 0], tangent[:, 1])
    alone = (size_of < 1e-9) & (length[piece] > 1e-9)
    tangent[alone] = along[piece][alone]
    size_of = np.hypot(tangent[:, 0], tangent[:, 1])
    return _Samples(
        place=place,
        tangent=np.where(size_of[:, None] > 1e-9, tangent / np.maximum(size_of, 1e-9)[:, None], 0.0),
        radius=radii[start[piece]] * (1 - share) + radii[stop[piece]] * share,
        step=length[piece] / pieces[piece],
        contour=contours[line],
        vertex=np.where(share < 0.5, start[piece], stop[piece]),
        first=first[line],
        last=last[line],
        closed=closes[line],
    )


def _one_sided(samples: _Samples, corner: NDArray[np.bool_]) -> Floats:
    """Tangents (S, 2) that do not look round corners."""
    number = np.arange(len(samples.place))
    starts = np.flatnonzero(corner | (number == samples.first))
    if not len(starts):
        return samples.tangent
    side = np.searchsorted(starts, number, side="right") - 1
    least, most = starts[side], np.append(starts[1:], len(number))[side] - 1
    tangent = samples.place[np.minimum(number + 2, most)] - samples.place[np.maximum(number - 2, least)]
    size = np.hypot(tangent[:, 0], tangent[:, 1])[:, None]
    return np.where(size > 1e-9, tangent / np.maximum(size, 1e-9), samples.tangent)


def _corners(samples: _Samples) -> NDArray[np.bool_]:
    """(S,): where a line turns sharply: the sharpest place within two pixels."""
    number = np.arange(len(samples.place))
    if not len(number):
        return np.zeros(0, np.bool_)
    ahead, behind = number + 2, number - 2
    span = np.maximum(samples.last - samples.first + 1, 1)
    wrapped = samples.first + (ahead - samples.first) % span, samples.first + (behind - samples.first) % span
    inside = samples.closed | ((ahead <= samples.last) & (behind >= samples.first))
    after = samples.place[wrapped[0]] - samples.place
    before = samples.place - samples.place[wrapped[1]]
    turn = np.abs(np.arctan2(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(axis=1)))
    turn = np.where(inside & (span > 5), turn, 0.0)
    most = turn.copy()
    for step in range(1, 5):
        most[step:] = np.maximum(most[step:], turn[:-step])
        most[:-step] = np.maximum(most[:-step], turn[step:])
    found = np.flatnonzero((turn > _SHARP) & (turn >= most))
    corner = np.zeros(len(turn), np.bool_)
    # Of two that are as sharp, the first behind the vertex.
    corner[found[np.diff(found, append=len(turn) + 9) > 4]] = True
    return corner


def _refined(samples: _Samples, nearest: Ints, cell: int) -> Floats:
    """The places nearest to the centres of their cells, between samples."""
    place, tangent = samples.place[nearest], samples.tangent[nearest]
    centre = cell * (np.floor(place / cell) + 0.5)
    half = samples.step[nearest] / 2
    return place + np.clip(((centre - place) * tangent).sum(axis=1), -half, half)[:, None] * tangent


def _doubled(tangent: Floats) -> Floats:
    x, y = tangent.T
    return np.stack([x * x - y * y, 2 * x * y], axis=1)


def _joined(passes: Passes, starts: Ints, stops: Ints) -> Passes:
    """Passes of one line that leaves a cell for a moment only, as one: the longer, of the length of both."""
    cell = passes.row * (1 << 20) + passes.column
    order = np.lexsort((starts, passes.contour, cell))
    before, after = order[:-1], order[1:]
    same = (cell[before] == cell[after]) & (passes.contour[before] == passes.contour[after])
    same &= starts[after] - stops[before] < _AGAIN
    same &= (passes.direction[before] * passes.direction[after]).sum(axis=1) > _ALIKE
    group = np.cumsum(np.append(True, ~same)) if len(order) else np.zeros(0, np.int64)
    length = np.bincount(group, passes.length[order]) if len(order) else np.zeros(0)
    by_length = np.lexsort((-passes.length[order], group))
    kept = order[by_length[np.diff(group[by_length], prepend=-1) != 0]]
    parts = {name: getattr(passes, name)[kept] for name in _OF_PASSES}
    return Passes(**{**parts, "length": length[1:] if len(order) else length}, ends=passes.ends, corners=passes.corners)


_OF_PASSES = ("row", "column", "contour", "vertex", "length", "whole", "point", "direction", "radius")
