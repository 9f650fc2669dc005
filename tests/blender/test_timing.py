"""Drawings held on twos, and loops, by the modifiers that Blender has for it."""

from __future__ import annotations

from collections.abc import Callable

import bpy
import pytest

from blender_addon.keyframes import keys
from blender_addon.operators import timing
from tests.blender.conftest import arc, draw

Maker = Callable[..., bpy.types.Object]


def _positions(frames: range) -> list[float]:
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        settings = bpy.context.object.doodle_bridge
        found.append(round(settings.position % len(settings.keys), 4))  # in a loop, 3 of three keys is 0
    return found


def test_on_twos_each_drawing_is_held_and_every_key_shown(make_doodle: Maker) -> None:
    doodle = make_doodle()  # keys at 1, 11, 21
    assert timing.held_frames(doodle) == 1
    assert bpy.ops.doodle_bridge.hold_frames(frames=2) == {"FINISHED"}
    assert timing.held_frames(doodle) == 2
    assert _positions(range(1, 7)) == [0.0, 0.0, 0.2, 0.2, 0.4, 0.4]
    assert _positions(range(11, 13)) == [1.0, 1.0]
    bpy.ops.doodle_bridge.hold_frames(frames=5)
    assert _positions(range(1, 12, 5)) == [0.0, 0.5, 1.0]
    bpy.ops.doodle_bridge.hold_frames(frames=1)
    assert timing.held_frames(doodle) == 1 and not keys.position_curve(doodle).modifiers


def test_a_loop_goes_on_from_the_last_key_to_the_first_for_ever(make_doodle: Maker) -> None:
    doodle = make_doodle()
    assert bpy.ops.doodle_bridge.close_loop() == {"FINISHED"}
    assert doodle.doodle_bridge.loop and timing.is_closed(doodle)
    assert keys.closing_keyframe(doodle).co.x == 31
    assert keys.key_times(doodle) == [1, 11, 21]
    assert _positions(range(21, 31, 5)) == [2.0, 2.5]
    assert _positions(range(31, 62, 10)) == [0.0, 1.0, 2.0, 0.0]


def test_closing_a_loop_again_changes_only_its_length(make_doodle: Maker) -> None:
    doodle = make_doodle()
    bpy.ops.doodle_bridge.close_loop()
    bpy.ops.doodle_bridge.close_loop(frames=4)
    assert [tuple(point.co) for point in keys.position_curve(doodle).keyframe_points] == [
        (1, 0), (11, 1), (21, 2), (25, 3),
    ]  # fmt: skip
    assert [one.type for one in keys.position_curve(doodle).modifiers] == ["CYCLES"]


def test_a_loop_keeps_drawings_on_twos(make_doodle: Maker) -> None:
    doodle = make_doodle()
    bpy.ops.doodle_bridge.hold_frames(frames=2)
    bpy.ops.doodle_bridge.close_loop()
    assert [one.type for one in keys.position_curve(doodle).modifiers] == ["CYCLES", "STEPPED"]
    assert timing.held_frames(doodle) == 2
    assert _positions(range(31, 35)) == [0.0, 0.0, 0.2, 0.2]


def test_a_modifier_that_cannot_come_second_is_told(make_doodle: Maker, reports: Callable[..., str]) -> None:
    doodle = make_doodle()
    keys.position_curve(doodle).modifiers.new("ENVELOPE")
    assert "Envelope" in reports(bpy.ops.doodle_bridge.close_loop)
    assert not doodle.doodle_bridge.loop and len(keys.position_curve(doodle).keyframe_points) == 3


def test_a_loop_closes_behind_keys_that_come_later(make_doodle: Maker) -> None:
    doodle = make_doodle()
    bpy.ops.doodle_bridge.close_loop()  # at 31
    draw(doodle.doodle_bridge.source.data.layers["Lines"].frames.new(26), [arc(0.5)])
    bpy.ops.doodle_bridge.update_keys()
    points = [tuple(point.co) for point in keys.position_curve(doodle).keyframe_points]
    assert points == [(1, 0), (11, 1), (21, 2), (26, 3), (31, 4)]
    draw(doodle.doodle_bridge.source.data.layers["Lines"].frames.new(41), [arc(0.7)])
    bpy.ops.doodle_bridge.update_keys()
    points = [tuple(point.co) for point in keys.position_curve(doodle).keyframe_points]
    assert points == [(1, 0), (11, 1), (21, 2), (26, 3), (41, 4), (51, 5)]


def test_one_key_makes_no_loop(make_doodle: Maker) -> None:
    make_doodle({1: [[(0, 0, 0), (1, 0, 1)]]})
    with pytest.raises(RuntimeError, match="two keys"):
        bpy.ops.doodle_bridge.close_loop()
