"""Spacing charts as keyframes: what the curve of `position` has between two keys, and a chart written into it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import bpy

from . import keys

__all__ = ["Segment", "drawn", "held_in", "segment_at", "segments", "shares", "ticks", "write"]

_NEAR = keys.NEAR
_MOST = 240  # frames that a panel looks at


@dataclass(frozen=True)
class Segment:
    """From key `number` (from 0) at frame `first` to the next key, or back to the first of a loop, at frame `last`."""

    number: int
    first: float
    last: float


def segments(ob: bpy.types.Object) -> list[Segment]:
    """The segments of a doodle, in their order; that back to the first key where its return has a keyframe."""
    times = keys.key_times(ob)
    returns = keys.closing_keyframe(ob) if ob.doodle_bridge.loop else None
    if returns is not None:
        times = [*times, float(returns.co.x)]
    return [Segment(n, first, last) for n, (first, last) in enumerate(pairwise(times))]


def segment_at(ob: bpy.types.Object, frame: float) -> Segment | None:
    """The segment that a frame is in; the nearest one before the first key and after the last, None of a single key."""
    found = segments(ob)
    inside = [one for one in found if one.first - _NEAR <= frame < one.last - _NEAR]
    if inside:
        return inside[0]
    if not found:
        return None
    return found[0] if frame < found[0].first else found[-1]


def held_in(curve: bpy.types.FCurve, segment: Segment) -> int:
    """For how many frames keyframes hold each drawing of a segment: 1 where they hold none."""
    points = list(_between(curve, segment, ends=True))
    if not points or any(point.interpolation != "CONSTANT" for point in points[:-1]):
        return 1
    times = [point.co.x for point in points]
    return max(1, round(min((b - a for a, b in pairwise(times)), default=1)))


def _between(curve: bpy.types.FCurve, segment: Segment, ends: bool = False) -> Iterator[bpy.types.Keyframe]:
    margin = -_NEAR if ends else _NEAR
    for point in curve.keyframe_points:
        if segment.first + margin < point.co.x < segment.last - margin:
            yield point


def shares(curve: bpy.types.FCurve, segment: Segment, frames: Sequence[float]) -> list[float]:
    """How far on their way drawings are at some frames of a segment, as its keyframes have it, 0 to 1. Where these hold
    drawings, as if they did not."""
    points = list(_between(curve, segment, ends=True))
    if any(point.interpolation not in {"CONSTANT", "LINEAR"} for point in points[:-1]):
        found = [curve.evaluate(frame) - segment.number for frame in frames]
    else:
        import numpy as np

        table = np.array([point.co for point in points])
        found = (np.interp(frames, table[:, 0], table[:, 1]) - segment.number).tolist() if len(table) else []
    return [min(max(share, 0.0), 1.0) for share in found]


def write(curve: bpy.types.FCurve, segment: Segment, drawings: Sequence[tuple[float, float]], held: bool) -> None:
    """Keyframes for the drawings of a segment in place of those between its keys.

    Parameters
    ----------
    drawings : of (float, float)
        Frame and share of the way from key to key, both rising.
    held : bool
        Whether each drawing stays until the next.
    """
    points = curve.keyframe_points
    for index in reversed(range(len(points))):
        if segment.first + _NEAR < points[index].co.x < segment.last - _NEAR:
            points.remove(points[index], fast=True)
    ends = [(segment.first, segment.number), (segment.last, segment.number + 1)]
    for frame, value in ends:  # keys that had no keyframe get theirs
        if not any(abs(point.co.x - frame) <= _NEAR for point in points):
            points.insert(frame, value, options={"FAST"}).interpolation = "LINEAR"
    for frame, share in drawings:
        points.insert(frame, segment.number + share, options={"FAST"}).type = "BREAKDOWN"
    for point in _between(curve, segment, ends=True):
        if point.co.x < segment.last - _NEAR:
            point.interpolation = "CONSTANT" if held else "LINEAR"
    curve.update()


def drawn(curve: bpy.types.FCurve, segment: Segment) -> list[float]:
    """How far on their way the drawings are that a segment shows, all that it holds and modifiers change included."""
    count = min(int(segment.last - segment.first), _MOST)
    found = [curve.evaluate(segment.first + number) - segment.number for number in range(1, count)]
    return sorted({round(share, 4) for share in found if 0 < share < 1})


def ticks(shares: Sequence[float], width: int = 30) -> str:
    """A chart as text: a bar for either key, a stroke for each drawing between them."""
    line = ["·"] * (width + 1)
    for share in shares:
        line[min(max(round(share * width), 1), width - 1)] = "|"
    line[0] = line[-1] = "‖"
    return "".join(line)
