"""The timing of a key that is put between two others, and of one that is taken out again: nothing that is seen changes.

`position` counts keys, so a new key renumbers what comes after it, and what lies between its neighbours is counted
from it. The curve is mapped piece by piece, handles too; where one piece of it would have to bend, it is cut there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy

from . import keys

__all__ = ["divide", "join", "time_of"]

_NEAR = keys.NEAR
_BACK = 48  # frames that a held drawing may have stood for
_STRAIGHT = 1e-4


@dataclass(frozen=True)
class _Map:
    """Old values of `position` and the new ones that they become, straight between; as far apart beyond them."""

    old: tuple[float, ...]
    new: tuple[float, ...]

    def at(self, value: float) -> float:
        return self.of_piece(self.piece(value), value)

    def piece(self, value: float) -> int:
        """Which straight piece a value is in: 0 is before the first knot."""
        return sum(value > knot for knot in self.old)

    def of_piece(self, piece: int, value: float) -> float:
        """A value by the map of one piece, wherever it lies."""
        if piece == 0:
            return value + self.new[0] - self.old[0]
        if piece == len(self.old):
            return value + self.new[-1] - self.old[-1]
        first, last = self.old[piece - 1], self.old[piece]
        start, end = self.new[piece - 1], self.new[piece]
        return start + (value - first) * (end - start) / (last - first)


def divide(ob: bpy.types.Object, number: int, share: float, time: float) -> None:
    """Let a doodle's timing have a new key `number`: what was at `share` of the way to it from the key before, and is
    seen at `time`, in frames."""
    before = number - 1
    mapped = _Map((before, before + share, before + 1), (before, before + 1, before + 2))
    curve = keys.position_curve(ob)
    if curve is None:
        _without_curve(ob, mapped)
        return
    _apply(curve, mapped, time)
    for point in curve.keyframe_points:
        if abs(point.co.y - number) <= _NEAR:
            point.type = "BREAKDOWN"


def join(ob: bpy.types.Object, number: int, share: float) -> None:
    """The other way round: key `number` is none any more, but what lies at `share` of the way between its neighbours.
    A keyframe that says nothing then goes."""
    before = number - 1
    mapped = _Map((before, before + 1, before + 2), (before, before + share, before + 1))
    curve = keys.position_curve(ob)
    if curve is None:
        _without_curve(ob, mapped)
        return
    times = [point.co.x for point in curve.keyframe_points if abs(point.co.y - number) <= _NEAR]
    _apply(curve, mapped, None)
    for when in times:
        _drop_if_straight(curve, when)
    curve.update()


def time_of(ob: bpy.types.Object, position: float, frame: float) -> float:
    """When the curve has a position that is seen at a frame: at that frame, or where the drawing began to be held."""
    curve = keys.position_curve(ob)
    if curve is None:
        return frame
    with _bare(curve):
        for back in range(_BACK):
            if abs(curve.evaluate(frame - back) - position) <= _STRAIGHT:
                return frame - back
        times = keys.key_times(ob)
        number = int(position)
        low = times[number]
        high = times[number + 1] if number + 1 < len(times) else keys.closing_time(ob, times)
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if curve.evaluate(middle) < position else (low, middle)
    return (low + high) / 2


def _without_curve(ob: bpy.types.Object, mapped: _Map) -> None:
    settings = ob.doodle_bridge
    if ob.animation_data is None or ob.animation_data.drivers.find(keys.POSITION_PATH) is None:
        settings.position = mapped.at(settings.position)


@contextmanager
def _bare(curve: bpy.types.FCurve) -> Iterator[None]:
    """Without the modifiers of the curve."""
    acting = [one for one in curve.modifiers if not one.mute]
    for one in acting:
        one.mute = True
    try:
        yield
    finally:
        for one in acting:
            one.mute = False


def _apply(curve: bpy.types.FCurve, mapped: _Map, time: float | None) -> None:
    """Map all keyframes and handles; pieces of the curve that would bend get keyframes where they do."""
    points = curve.keyframe_points
    added: list[tuple[float, float, str]] = []  # frame, new value, interpolation
    handles: dict[int, tuple[tuple[float, float], ...]] = {}  # of the keyframe before a cut: the four points around it
    pieces: list[int] = []
    with _bare(curve):
        for index in range(len(points) - 1):
            one, two = points[index], points[index + 1]
            low, high = sorted((one.co.y, two.co.y))
            inside = [knot for knot in mapped.old if low + _NEAR < knot < high - _NEAR]
            pieces.append(mapped.piece((low + high) / 2))
            if not inside or one.interpolation == "CONSTANT":
                continue
            cut = time is not None and one.co.x < time < two.co.x and len(inside) == 1 and inside[0] == mapped.old[1]
            if cut and one.interpolation == "LINEAR":
                assert time is not None
                added.append((time, mapped.new[1], "LINEAR"))
            elif cut and one.interpolation == "BEZIER":
                assert time is not None
                added.append((time, mapped.new[1], "BEZIER"))
                handles[index] = _cut(one, two, time)
            else:
                added += _sampled(curve, (one.co.x, two.co.x), mapped.at)
    bent = {round(frame, 4) for frame, _, _ in added}
    _map_points(points, mapped, pieces, handles)
    for frame, value, interpolation in added:
        made = points.insert(frame, value, options={"FAST"})
        made.interpolation = interpolation
    for point in points:
        if any(abs(point.co.x - frame) <= _NEAR for frame in bent) and point.interpolation == "LINEAR":
            point.handle_left_type = point.handle_right_type = "VECTOR"
    for index, four in handles.items():
        _shape_cut(points, index, four, mapped)
    curve.update()


def _sampled(
    curve: bpy.types.FCurve, ends: tuple[float, float], mapped: Callable[[float], float]
) -> list[tuple[float, float, str]]:
    """Keyframes at all whole frames between two."""
    first, last = int(ends[0]) + 1, int(ends[1] - _NEAR)
    frames = [float(frame) for frame in range(first, last + 1) if ends[0] + _NEAR < frame < ends[1] - _NEAR]
    return [(frame, mapped(curve.evaluate(frame)), "LINEAR") for frame in frames]


def _map_points(points: Any, mapped: _Map, pieces: Sequence[int], cut: dict[int, Any]) -> None:
    last = len(points) - 1
    for index, point in enumerate(points):
        before = pieces[index - 1] if index else (pieces[0] if pieces else mapped.piece(point.co.y))
        after = pieces[index] if index < last else before
        moved = point.interpolation == "BEZIER" or (index > 0 and points[index - 1].interpolation == "BEZIER")
        if moved:  # what Blender would place by itself stays where it is
            point.handle_left_type = point.handle_right_type = "FREE"
        point.handle_left.y = mapped.of_piece(before, point.handle_left.y)
        point.handle_right.y = mapped.of_piece(after, point.handle_right.y)
        point.co.y = mapped.at(point.co.y)


def _cut(one: Any, two: Any, time: float) -> tuple[tuple[float, float], ...]:
    """A Bezier piece cut at a frame, by de Casteljau: its handles, and the point between them, seven points in all, of
    which the five between the keyframes are given."""
    a, b, c, d = (tuple(p) for p in (one.co, one.handle_right, two.handle_left, two.co))
    b, c = _corrected(a, b, c, d)

    def mix(p: Sequence[float], q: Sequence[float], t: float) -> tuple[float, float]:
        return p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])

    def cuts(t: float) -> tuple[tuple[float, float], ...]:
        ab, bc, cd = mix(a, b, t), mix(b, c, t), mix(c, d, t)
        abc, bcd = mix(ab, bc, t), mix(bc, cd, t)
        return ab, abc, mix(abc, bcd, t), bcd, cd

    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if cuts(middle)[2][0] < time else (low, middle)
    return cuts((low + high) / 2)


def _corrected(
    a: Sequence[float], b: Sequence[float], c: Sequence[float], d: Sequence[float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The handles as Blender uses them: shortened where together they are longer than the piece."""
    reach, first, second = d[0] - a[0], a[0] - b[0], d[0] - c[0]
    total = abs(first) + abs(second)
    if total == 0 or total <= reach:
        return (b[0], b[1]), (c[0], c[1])
    factor = reach / total
    return (
        (a[0] - factor * first, a[1] - factor * (a[1] - b[1])),
        (d[0] - factor * second, d[1] - factor * (d[1] - c[1])),
    )


def _shape_cut(points: Any, index: int, five: tuple[tuple[float, float], ...], mapped: _Map) -> None:
    """Give the keyframes around a cut the handles of its two halves; `index` counts the keyframes before it was
    made."""
    when = five[2][0]
    at = next(k for k, point in enumerate(points) if abs(point.co.x - when) <= _NEAR)
    one, middle, two = points[at - 1], points[at], points[at + 1]
    rising = two.co.y >= one.co.y
    early, late = (1, 2) if rising else (2, 1)
    for point in (one, middle, two):
        point.handle_left_type = point.handle_right_type = "FREE"
    one.handle_right = five[0][0], mapped.of_piece(early, five[0][1])
    middle.handle_left = five[1][0], mapped.of_piece(early, five[1][1])
    middle.handle_right = five[3][0], mapped.of_piece(late, five[3][1])
    two.handle_left = five[4][0], mapped.of_piece(late, five[4][1])


def _drop_if_straight(curve: bpy.types.FCurve, when: float) -> None:
    """Take a keyframe out that lies on the straight line between its neighbours."""
    points = curve.keyframe_points
    at = next((k for k, point in enumerate(points) if abs(point.co.x - when) <= _NEAR), None)
    if at is None or at in (0, len(points) - 1):
        return
    one, own, two = points[at - 1], points[at], points[at + 1]
    if one.interpolation != "LINEAR" or own.interpolation != "LINEAR":
        return
    on = one.co.y + (own.co.x - one.co.x) / (two.co.x - one.co.x) * (two.co.y - one.co.y)
    if abs(on - own.co.y) <= _STRAIGHT:
        points.remove(own, fast=True)
