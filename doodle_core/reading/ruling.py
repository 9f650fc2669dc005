"""The ruling of notebook paper, told from what is drawn on it: thin straight lines across the page at even distances.

Lengths and places are working pixels.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.reading.chains import Chains

__all__ = ["ruled"]

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

_LEVEL = np.radians(4)  # by which ruling may be turned from the page's edges
_STRAIGHT = 0.02  # of its length, by which a line of a ruling may leave its chord, and
_BESIDE = 1.5  # pixels
_ACROSS = 0.35  # of the side, of which a row of a ruling covers at least
_ROWS = 6  # of a ruling, at least
_UNEVEN = 0.12  # of their distance, by which rows may lie off even ones
_FIT = 0.75  # of the rows that lie on even ones


def ruled(strokes: Chains, side: int) -> Flags:
    """Which strokes (C,) are the ruling of the paper of a picture of so many pixels a side: of lines one way, and of
    squared paper the other way as well."""
    answer = np.zeros(len(strokes), np.bool_)
    if len(strokes) < _ROWS:
        return answer
    first, last = strokes.offsets[:-1], strokes.offsets[1:] - 1
    start, chord = strokes.places[first], strokes.places[last] - strokes.places[first]
    length = np.hypot(*chord.T)
    way = chord / np.maximum(length, 1e-9)[:, None]
    off = np.abs(np.cross(way[strokes.owner], strokes.places - start[strokes.owner]))
    straight = np.maximum.reduceat(off, first) < np.minimum(_STRAIGHT * length + 0.7, _BESIDE)
    straight &= (length > 4) & ~strokes.cyclic
    for axis in (0, 1):
        angle = np.arctan2(way[:, 1 - axis], way[:, axis])
        angle = (angle + np.pi / 2) % np.pi - np.pi / 2
        level = straight & (np.abs(angle) < _LEVEL)
        answer |= _of_one_way(strokes, level, angle, axis, side)
    return answer


def _of_one_way(strokes: Chains, level: Flags, angle: Floats, axis: int, side: int) -> Flags:
    """Which of some strokes, all level along one axis, are a ruling."""
    none = np.zeros(len(strokes), np.bool_)
    if level.sum() < _ROWS:
        return none
    length = strokes.lengths
    turned = float(np.average(angle[level], weights=length[level]))
    middle = strokes.offsets[:-1] + np.diff(strokes.offsets) // 2
    along, beside = strokes.places[middle, axis], strokes.places[middle, 1 - axis]
    height = beside - np.tan(turned) * along
    own = np.flatnonzero(level)
    own = own[np.argsort(height[own])]
    row = np.concatenate([[0], np.cumsum(np.diff(height[own]) > 2 * _BESIDE)])
    covered = np.bincount(row, length[own])
    places = np.bincount(row, height[own] * length[own]) / covered
    rows = places[covered > _ACROSS * side]
    if len(rows) < _ROWS:
        return none
    step, begin = _grid(rows)
    number = np.rint((rows - begin) / step)
    fits = np.abs(rows - begin - number * step) < _UNEVEN * step
    if step < 4 or fits.mean() < _FIT or len(np.unique(number[fits])) < max(_ROWS, 0.6 * np.ptp(number[fits])):
        return none
    off = (height - begin) / step
    on = np.abs(off - np.rint(off)) < max(_UNEVEN, _BESIDE / step)
    thin = 2 * float(np.median(strokes.radii[np.isin(strokes.owner, own)]))
    wide = np.maximum.reduceat(strokes.radii, strokes.offsets[:-1])
    return level & on & (wide < max(thin, 1.0))


def _grid(rows: Floats) -> tuple[float, float]:
    """The distance between even rows near some rows, in order, and where the first is."""
    step = float(np.median(np.diff(rows)))
    number = np.rint((rows - rows[0]) / max(step, 1e-6))
    slope, begin = np.polyfit(number, rows, 1) if np.ptp(number) > 0 else (step, rows[0])
    return float(max(slope, 1e-6)), float(begin)
