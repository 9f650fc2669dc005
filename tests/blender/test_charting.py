"""Spacing charts become keyframes of Position; keys stay where they are."""

from __future__ import annotations

from collections.abc import Callable

import bpy
import pytest

from blender_addon.keyframes import charting, keys

Maker = Callable[..., bpy.types.Object]


def space(**options: object) -> None:
    assert bpy.ops.doodle_bridge.space(**options) == {"FINISHED"}


def positions(first: int, last: int) -> list[float]:
    found = []
    for frame in range(first, last + 1):
        bpy.context.scene.frame_set(frame)
        found.append(round(bpy.context.object.doodle_bridge.position, 3))
    return found


@pytest.fixture
def doodle(make_doodle: Maker) -> bpy.types.Object:
    """Keys at 1, 11 and 21; the scene stands between the first two."""
    made = make_doodle()
    bpy.context.scene.frame_set(4)
    return made


def test_a_chart_is_written_between_the_keys_around_the_current_frame(doodle: bpy.types.Object) -> None:
    space(chart="slow_out", frames=1)
    assert positions(1, 11) == [round((n / 10) ** 2, 3) for n in range(11)]
    assert positions(16, 16) == [1.5]  # the other segment is as it was
    assert keys.key_times(doodle) == [1, 11, 21]
    points = keys.position_curve(doodle).keyframe_points
    assert len(points) == 3 + 9 and {point.type for point in points} == {"KEYFRAME", "BREAKDOWN"}


def test_on_twos_drawings_are_held(doodle: bpy.types.Object) -> None:
    space(chart="halves", frames=2)
    assert positions(1, 11) == [0, 0, 0.5, 0.5, 0.75, 0.75, 0.875, 0.875, 0.938, 0.938, 1]
    (first, second) = charting.segments(doodle)
    curve = keys.position_curve(doodle)
    assert charting.held_in(curve, first) == 2 and charting.held_in(curve, second) == 1
    assert charting.drawn(curve, first) == [0.5, 0.75, 0.875, 0.9375]


def test_another_chart_replaces_the_first_and_even_on_ones_needs_no_keyframes(doodle: bpy.types.Object) -> None:
    space(chart="thirds", frames=3)
    space(chart="even", frames=1)
    assert [tuple(point.co) for point in keys.position_curve(doodle).keyframe_points] == [(1, 0), (11, 1), (21, 2)]
    assert positions(1, 11) == [n / 10 for n in range(11)]


def test_between_all_keys(doodle: bpy.types.Object) -> None:
    space(chart="favour", favour=0.25, frames=5, span="all")
    assert positions(1, 21)[::5] == [0, 0.25, 1, 1.25, 2]


def test_spacing_stays_when_drawings_are_held_longer(doodle: bpy.types.Object) -> None:
    space(chart="slow_in", frames=1)
    space(chart="keep", frames=2)
    assert positions(1, 11)[::2] == [round(1 - (1 - n / 10) ** 2, 3) for n in range(0, 11, 2)]
    assert positions(2, 2) == [0]


def test_an_eased_curve_can_be_put_on_twos(doodle: bpy.types.Object) -> None:
    curve = keys.position_curve(doodle)
    for point in curve.keyframe_points:
        point.interpolation, point.easing = "QUAD", "EASE_IN"
    eased = positions(1, 11)
    bpy.context.scene.frame_set(4)
    space(chart="keep", frames=2)
    assert positions(1, 11) == [eased[n - n % 2] for n in range(11)]


def test_the_way_back_of_a_loop_is_a_segment(doodle: bpy.types.Object) -> None:
    bpy.ops.doodle_bridge.close_loop()
    bpy.context.scene.frame_set(25)
    space(chart="slow_both", frames=5)
    assert [round(point.co.y, 3) for point in keys.position_curve(doodle).keyframe_points] == [0, 1, 2, 2.5, 3]
    assert keys.closing_keyframe(doodle).co.x == 31


def test_before_the_first_and_after_the_last_key_the_nearest_two_are_meant(doodle: bpy.types.Object) -> None:
    assert charting.segment_at(doodle, -20) == charting.Segment(0, 1, 11)
    assert charting.segment_at(doodle, 11) == charting.segment_at(doodle, 99) == charting.Segment(1, 11, 21)


def test_undo_brings_the_old_keyframes_back(doodle: bpy.types.Object) -> None:
    bpy.ops.ed.undo_push(message="before")
    space(chart="slow_in", frames=1)
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    assert len(keys.position_curve(bpy.context.object).keyframe_points) == 3


def test_a_single_key_cannot_be_spaced(make_doodle: Maker) -> None:
    make_doodle({1: [[[-1, 0, 0], [1, 0, 0]]]})
    assert not bpy.ops.doodle_bridge.space.poll()


@pytest.mark.parametrize(
    ("shares", "text"), [([], "‖·········‖"), ([0.5], "‖····|····‖"), ([0.01, 0.1, 0.99], "‖|·······|‖")]
)
def test_a_chart_as_text(shares: list[float], text: str) -> None:
    assert charting.ticks(shares, 10) == text
