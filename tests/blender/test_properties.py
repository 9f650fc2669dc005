"""Every setting is an ordinary Blender property: it animates, drives, and is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import properties, session
from blender_addon.keyframes import keys
from doodle_core import look
from doodle_core.interpolation import METHODS
from tests.blender.conftest import picture_of

Maker = Callable[..., bpy.types.Object]

ANIMATED: dict[str, tuple[object, object]] = {
    "position": (0.25, 1.5),
    "method": ("linear", "cubic"),
    "sigma": (0.0, 0.75),
    "seed": (0, 7),
    "pin": (1.0, 0.0),
    "line_weight": (0.0, 1.0),
    "softness": (0.0, 2.0),
}


def _request(doodle: bpy.types.Object) -> session.FrameRequest:
    return keys.frame_request(
        doodle.evaluated_get(bpy.context.evaluated_depsgraph_get()), bpy.context.scene.frame_current_final
    )


def test_methods_and_limits_are_the_cores() -> None:
    assert tuple(name for name, *_ in properties.METHODS) == METHODS
    settings = properties.DoodleSettings.bl_rna.properties
    assert settings["line_weight"].hard_max == look.LINE_WEIGHT_LIMIT == -settings["line_weight"].hard_min
    assert settings["softness"].hard_max == look.SOFTNESS_LIMIT


@pytest.mark.parametrize("name", ANIMATED)
def test_it_animates(name: str, make_doodle: Maker) -> None:
    doodle = make_doodle()
    if name == "position":
        doodle.animation_data_clear()
    settings = doodle.doodle_bridge
    for frame, value in zip((5, 15), ANIMATED[name], strict=True):
        setattr(settings, name, value)
        assert doodle.keyframe_insert(f"doodle_bridge.{name}", frame=frame)
    for frame, value in zip((5, 15), ANIMATED[name], strict=True):
        bpy.context.scene.frame_set(frame)
        assert getattr(_request(doodle), name) == value


def test_keys_that_do_not_change_are_the_same_objects_at_every_frame(make_doodle: Maker) -> None:
    doodle, other = make_doodle(), make_doodle()
    first, second = _request(doodle), _request(other)
    bpy.context.scene.frame_set(7)
    assert _request(doodle).keys is first.keys and _request(other).keys is second.keys
    key = doodle.doodle_bridge.keys[1]
    for name, value in {"match": "m", "digest": "d", "latent": "l", "drawing": "p"}.items():
        setattr(key, name, value)
        doodle.update_tag()
        changed = _request(doodle).keys
        assert getattr(changed[1], name) == value
        assert changed[0] == first.keys[0]
    doodle.doodle_bridge.method = "cubic"
    assert _request(doodle).keys[1].time != changed[1].time
    doodle.doodle_bridge.keys.remove(2)
    doodle.update_tag()
    assert len(_request(doodle).keys) == len(first.keys) - 1


def test_colour_animates_by_channel(make_doodle: Maker) -> None:
    doodle = make_doodle()
    for frame, red in ((1, 0.0), (21, 1.0)):
        doodle.doodle_bridge.colour[0] = red
        doodle.keyframe_insert("doodle_bridge.colour", index=0, frame=frame)
    bpy.context.scene.frame_set(21)
    assert _request(doodle).colour == (1.0, 0.0, 0.0, 1.0)
    picture = picture_of(doodle)
    ink = picture[picture[..., 3] > 0]
    np.testing.assert_allclose(ink[:, :3], np.broadcast_to((1.0, 0.0, 0.0), (len(ink), 3)), rtol=6e-4, atol=1e-6)


def test_a_driver(make_doodle: Maker) -> None:
    doodle = make_doodle()
    doodle.driver_add("doodle_bridge.sigma").driver.expression = "frame / 10"
    bpy.context.scene.frame_set(7)
    assert _request(doodle).sigma == pytest.approx(0.7)


def test_moving_a_keyframe_retimes(make_doodle: Maker) -> None:
    doodle = make_doodle()
    scene = bpy.context.scene
    scene.frame_set(11)
    middle = picture_of(doodle).copy()
    point = keys.position_curve(doodle).keyframe_points[1]
    point.co.x = 16
    keys.position_curve(doodle).update()
    bpy.context.view_layer.update()
    assert not np.array_equal(picture_of(doodle), middle), "shown at once, on the frame where one stands"
    scene.frame_set(16)
    assert np.array_equal(picture_of(doodle), middle)
    assert keys.key_times(doodle) == [1, 16, 21]


def test_graph_editor_modifiers_work(make_doodle: Maker) -> None:
    doodle = make_doodle()
    curve = keys.position_curve(doodle)
    curve.modifiers.new("CYCLES")
    curve.update()
    bpy.context.scene.frame_set(6)
    first = picture_of(doodle).copy()
    bpy.context.scene.frame_set(26)
    np.testing.assert_allclose(picture_of(doodle), first, atol=1e-4)  # F-curves are float32


def test_a_cubic_path_knows_the_true_times(make_doodle: Maker) -> None:
    doodle = make_doodle()
    doodle.doodle_bridge.method = "cubic"
    bpy.context.scene.frame_set(6)
    even = _request(doodle)
    assert [key.time for key in even.keys] == [1, 11, 21]
    keys.position_curve(doodle).keyframe_points[2].co.x = 61
    late = replace(_request(doodle), position=even.position)
    assert [key.time for key in late.keys] == [1, 11, 61]
    assert not np.array_equal(session.render(even), session.render(late))


TIMES = [
    # keyframes of position, source frames -> times
    ([], (1, 11, 21), [1, 11, 21]),
    ([(1, 0), (11, 1), (21, 2)], (1, 11, 21), [1, 11, 21]),
    ([(5, 0), (11, 1), (40, 2)], (1, 11, 21), [5, 11, 40]),
    ([(1, 0), (6, 0.5), (21, 2)], (1, 11, 21), [1, 11, 21]),  # key 1 has none: between, as it was drawn
    ([(10, 0), (50, 2)], (1, 11, 21), [10, 30, 50]),
    ([(7, 1)], (1, 11, 21), [-3, 7, 17]),  # only the middle one was left
    ([(1, 0), (9, 1), (20, 2), (30, 1), (40, 0)], (1, 11, 21), [1, 9, 20]),  # there and back: the first pass counts
    ([(1, 2), (11, 1), (21, 0)], (1, 11, 21), [1, 11, 21]),  # backwards: no order in time, the source's counts
    ([(3, 0), (8, 1.0005), (30, 2)], (1, 11, 21), [3, 8, 30]),  # nearly 1 is 1
]


@pytest.mark.parametrize(("keyframes", "frames", "times"), TIMES)
def test_times_of_keys(keyframes: list[tuple[float, float]], frames: tuple[int, ...], times: list[float]) -> None:
    assert keys.times_of_keys(frames, keyframes) == pytest.approx(times)


def test_settings_outlive_the_file(make_doodle: Maker, tmp_path: Path) -> None:
    doodle = make_doodle()
    for name, (_, value) in ANIMATED.items():
        setattr(doodle.doodle_bridge, name, value)
    doodle.animation_data_clear()
    before = _request(doodle)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"), check_existing=False)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert _request(bpy.data.objects["Drawing Doodle"]) == before
