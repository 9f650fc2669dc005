"""Strokes that were read against those that were drawn: which came back whole, and which go on where they cross."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from doodle_core.drawing import Drawing
from doodle_core.reading.cells import Cells, thin_contours

__all__ = ["crossings_kept", "whole"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_NEAR, _ALL = 0.75, 0.95
_PAST = 6.0  # pixels beyond the width of a line, before and after a crossing
_LEAST, _MOST = np.radians(20.0), np.radians(90.0)


@dataclass(frozen=True, eq=False)
class _Trace:
    """A polyline as places `step` pixels apart or a little less, with the length up to each."""

    places: Floats
    along: Floats
    closed: bool
    radius: float = 0.0

    @property
    def length(self) -> float:
        return float(self.along[-1])


def _traced(points: Floats, closed: bool, radius: float = 0.0, step: float = 1.0) -> _Trace | None:
    """None for what has no length."""
    line = np.concatenate([points, points[:1]]) if closed else points
    long = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))]) if len(line) > 1 else np.zeros(1)
    if long[-1] < 1e-6:
        return None
    along = np.linspace(0, long[-1], max(2, int(np.ceil(long[-1] / step)) + 1))
    places = np.stack([np.interp(along, long, line[:, k]) for k in range(2)], axis=1)
    return _Trace(places, along, closed, radius)


def _drawn(drawing: Drawing, size: int) -> list[_Trace]:
    traces = []
    for k in np.flatnonzero(thin_contours(drawing, size)):
        rows = slice(drawing.offsets[k], drawing.offsets[k + 1])
        points = drawing.points[rows].astype(np.float64) * size
        trace = _traced(points, bool(drawing.cyclic[k]), float(drawing.radii[rows].mean()) * size)
        if trace is not None and (trace.places > 0).all() and (trace.places < size).all():
            traces.append(trace)
    return traces


def _read(pieces: Sequence[Floats]) -> tuple[cKDTree | None, Ints, Floats, Floats]:
    """A tree of places along the read strokes; of each the stroke, the length up to it, and that of its stroke."""
    traces = [_traced(np.asarray(piece, np.float64), False, step=0.25) for piece in pieces]
    kept = [trace for trace in traces if trace is not None]
    if not kept:
        return None, np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
    counts = [len(trace.places) for trace in kept]
    owner = np.repeat(np.arange(len(kept)), counts)
    lengths = np.repeat([trace.length for trace in kept], counts)
    return cKDTree(np.concatenate([t.places for t in kept])), owner, np.concatenate([t.along for t in kept]), lengths


def whole(drawing: Drawing, size: int, pieces: Sequence[Floats], cells: Cells) -> dict[str, float]:
    """How many drawn strokes are there, and how many of them one read stroke follows.

    Parameters
    ----------
    drawing : Drawing
    size : int
        Pixels along the canvas' side.
    pieces : sequence of (n, 2) float64
        The read strokes, pixels; closed ones repeat their first point.
    cells : Cells
        What is true of the drawing. Strokes that are hidden in part, or leave the picture, do not count.
    """
    tree, owner, _, _ = _read(pieces)
    counted = found = 0
    for trace in _drawn(drawing, size):
        x, y = trace.places.astype(np.int64).T
        if (cells.line[y, x] < 0.1).mean() > 0.03 or trace.length < 4:
            continue
        counted += 1
        if tree is None:
            continue
        followers = tree.query_ball_point(trace.places, _NEAR * trace.radius)
        hits = np.concatenate([np.unique(owner[near]) for near in followers]) if len(followers) else np.zeros(0)
        if len(hits) and np.bincount(hits.astype(np.int64)).max() >= _ALL * len(trace.places):
            found += 1
    return {"whole_true": float(counted), "whole_found": float(found)}


def crossings_kept(drawing: Drawing, size: int, pieces: Sequence[Floats], cells: Cells) -> dict[str, float]:
    """How many crossings at 20 to 90 degrees are seen, and at how many both strokes go on as one piece each: of two
    strokes ("straight"), and of two where others come near ("crowded").

    drawing, size, pieces, cells: as of `whole`.
    """
    traces = _drawn(drawing, size)
    tree, owner, along, lengths = _read(pieces)
    sums = dict.fromkeys(("straight_true", "straight_found", "crowded_true", "crowded_found"), 0.0)
    places = cKDTree(np.concatenate([trace.places for trace in traces])) if traces else None
    others = np.repeat(np.arange(len(traces)), [len(trace.places) for trace in traces])
    for first, at, second, at_too in _crossings(traces):
        stretches = [_round(traces[first], at), _round(traces[second], at_too)]
        if places is None or not all(stretch is not None and _visible(cells, stretch) for stretch in stretches):
            continue
        kind = "crowded" if _third(places, others, traces, (first, at), (second, at_too)) else "straight"
        sums[f"{kind}_true"] += 1
        sums[f"{kind}_found"] += tree is not None and all(
            _goes_on(tree, owner, along, lengths, stretch) for stretch in stretches if stretch is not None
        )
    return sums


def _visible(cells: Cells, stretch: tuple[Floats, Floats, float, float]) -> bool:
    """Whether a stretch lies under no area before and after a crossing."""
    x, y = np.clip(np.stack(stretch[:2]), 0, len(cells.line) - 1).astype(np.int64).T
    return bool((cells.line[y, x] > 0.1).all())


def _third(
    places: cKDTree, owner: Ints, traces: Sequence[_Trace], one: tuple[int, float], two: tuple[int, float]
) -> bool:
    """Whether a third stretch of line comes near a crossing, as near as it is looked at."""
    trace = traces[one[0]]
    centre = [np.interp(one[1], trace.along, trace.places[:, c]) for c in range(2)]
    reach = trace.radius + _PAST
    near = np.asarray(places.query_ball_point(centre, reach), np.int64)
    firsts = np.concatenate([[0], np.cumsum([len(trace.places) for trace in traces])])
    for number, at in (one, two):
        along = traces[number].along[np.clip(near - firsts[number], 0, len(traces[number].along) - 1)]
        apart = np.abs(along - at)
        if traces[number].closed:
            apart = np.minimum(apart, traces[number].length - apart)
        # Within a crossing a stroke is as long as its chord, or a little longer.
        near = near[(owner[near] != number) | (apart > 1.5 * reach)]
    return bool(len(near))


def _crossings(traces: Sequence[_Trace]) -> list[tuple[int, float, int, float]]:
    """Of each crossing the two strokes, and the lengths along them."""
    if not traces:
        return []
    start = np.concatenate([trace.places[:-1] for trace in traces])
    step = np.concatenate([np.diff(trace.places, axis=0) for trace in traces])
    counts = [len(trace.places) - 1 for trace in traces]
    owner = np.repeat(np.arange(len(traces)), counts)
    number = np.concatenate([np.arange(count) for count in counts])
    along = np.concatenate([trace.along[:-1] for trace in traces])
    pairs = cKDTree(start + step / 2).query_pairs(1.05, output_type="ndarray")
    a, b = pairs.T if len(pairs) else np.zeros((2, 0), np.int64)
    apart = (owner[a] != owner[b]) | (np.abs(number[a] - number[b]) > 25)
    a, b = a[apart], b[apart]
    cross = step[a, 0] * step[b, 1] - step[a, 1] * step[b, 0]
    between = start[b] - start[a]
    safe = np.where(np.abs(cross) < 1e-9, 1.0, cross)
    t = (between[:, 0] * step[b, 1] - between[:, 1] * step[b, 0]) / safe
    u = (between[:, 0] * step[a, 1] - between[:, 1] * step[a, 0]) / safe
    sizes = np.hypot(*step[a].T) * np.hypot(*step[b].T)
    angle = np.arcsin(np.clip(np.abs(cross) / np.maximum(sizes, 1e-9), 0, 1))
    met = (np.abs(cross) > 1e-9) & (t >= 0) & (t < 1) & (u >= 0) & (u < 1) & (angle >= _LEAST) & (angle <= _MOST)
    lengths = np.hypot(*step.T)
    return [
        (int(owner[i]), float(along[i] + x * lengths[i]), int(owner[j]), float(along[j] + y * lengths[j]))
        for i, j, x, y in zip(a[met], b[met], t[met], u[met], strict=True)
    ]


def _round(trace: _Trace, at: float) -> tuple[Floats, Floats, float, float] | None:
    """Places before and after one, how far apart along the stroke, and how near a read stroke must be."""
    past = trace.radius + _PAST
    before, after = at - past, at + past
    if trace.closed:
        before, after = before % trace.length, after % trace.length
    elif before < 0 or after > trace.length:
        return None
    ends = [np.array([np.interp(k, trace.along, trace.places[:, c]) for c in range(2)]) for k in (before, after)]
    return ends[0], ends[1], 2 * past, max(_NEAR * trace.radius, 0.8)


def _goes_on(
    tree: cKDTree, owner: Ints, along: Floats, lengths: Floats, stretch: tuple[Floats, Floats, float, float]
) -> bool:
    before, after, past, near = stretch
    first, last = (np.asarray(tree.query_ball_point(place, near), np.int64) for place in (before, after))
    if not len(first) or not len(last):
        return False
    gone = np.abs(along[first][:, None] - along[last][None])
    gone = np.minimum(gone, lengths[first][:, None] - gone)  # round the other side, where it closes
    gone = np.where(gone < 0, np.inf, gone)
    return bool(((owner[first][:, None] == owner[last][None]) & (gone > 0.5 * past) & (gone < 1.5 * past)).any())
