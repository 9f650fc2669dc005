"""A key says whether it is still what is drawn."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import bpy
import pytest

from blender_addon import session
from blender_addon.keyframes import key_states, keys
from blender_addon.keyframes.keys import Drawn
from tests.blender.conftest import arc, draw, write_picture
from tests.blender.test_images import bar

Maker = Callable[..., bpy.types.Object]


def _check(doodle: bpy.types.Object) -> list[str]:
    context = bpy.context
    key_states.check(doodle, context.scene, context.evaluated_depsgraph_get())
    return [key.state for key in doodle.doodle_bridge.keys]


def _lines(doodle: bpy.types.Object) -> bpy.types.GreasePencilLayer:
    return doodle.doodle_bridge.source.data.layers[0]


def test_fresh_as_long_as_nothing_changes(make_doodle: Maker) -> None:
    doodle = make_doodle()
    assert _check(doodle) == ["fresh", "fresh", "fresh"]
    doodle.location.x += 1
    bpy.context.view_layer.update()
    assert _check(doodle) == ["fresh", "fresh", "fresh"], "where the animator puts the plane is no drawing"


def test_changed_emptied_moved_and_removed(make_doodle: Maker) -> None:
    doodle = make_doodle({1: [arc(-1.0)], 11: [arc(0.0)], 21: [arc(1.0)], 31: [arc(0.5)], 41: [arc(0.2)]})
    frames = _lines(doodle).frames
    frames[1].drawing.strokes[0].points[12].position.z += 0.4
    frames[2].drawing.remove_strokes()
    frames.move(31, 33)
    frames.remove(41)
    assert _check(doodle) == ["fresh", "stale", "stale", "stale", "empty"]
    bpy.ops.doodle_bridge.update_keys()
    assert [key.state for key in doodle.doodle_bridge.keys] == ["fresh"] * 4
    assert _check(doodle) == ["fresh"] * 4


def test_undone_is_fresh_again(make_doodle: Maker) -> None:
    doodle = make_doodle()
    point = _lines(doodle).frames[1].drawing.strokes[0].points[12]
    before = point.position.z
    point.position.z += 0.4
    assert _check(doodle)[1] == "stale"
    _lines(doodle).frames[1].drawing.strokes[0].points[12].position.z = before
    assert _check(doodle)[1] == "fresh"


def test_a_source_that_is_gone_says_nothing(make_doodle: Maker) -> None:
    doodle = make_doodle()
    bpy.data.objects.remove(doodle.doodle_bridge.source)
    assert _check(doodle) == ["fresh", "fresh", "fresh"]


def test_a_moving_source_is_compared_where_the_scene_stands(make_doodle: Maker) -> None:
    doodle = make_doodle(hide_source=False)
    source, scene = doodle.doodle_bridge.source, bpy.context.scene
    modifier = source.modifiers.new("Away", "GREASE_PENCIL_OFFSET")
    for frame in (1, 21):
        modifier.location[0] = frame * 1e-4
        modifier.keyframe_insert("location", frame=frame)
    scene.frame_set(1)
    bpy.ops.doodle_bridge.update_keys()
    for frame in _lines(doodle).frames:
        frame.drawing.strokes[0].points[12].position.z += 0.1
    scene.frame_set(11)
    assert _check(doodle) == ["fresh", "stale", "fresh"]
    scene.frame_set(12)
    assert _check(doodle) == ["fresh", "stale", "fresh"]
    scene.frame_set(21)
    assert _check(doodle) == ["fresh", "stale", "stale"]
    assert scene.frame_current == 21


def test_looking_encodes_and_changes_nothing(make_doodle: Maker) -> None:
    doodle = make_doodle()
    doodle.doodle_bridge.source.hide_viewport = True
    bpy.context.view_layer.update()
    updates: list[str] = []

    def note(_scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
        updates.extend(update.id.name for update in depsgraph.updates)

    bpy.app.handlers.depsgraph_update_post.append(note)
    try:
        assert _check(doodle) == ["fresh", "fresh", "fresh"]
        bpy.context.view_layer.update()
    finally:
        bpy.app.handlers.depsgraph_update_post.remove(note)
    assert updates == []
    assert session.get().encoded == 3


def test_pictures(tmp_path: Path) -> None:
    paths = [write_picture(tmp_path / f"{number}.png", bar(0.2 + 0.2 * number)) for number in range(4)]
    bpy.ops.doodle_bridge.from_images(directory=str(tmp_path), files=[{"name": one.name} for one in paths], size=64)
    doodle = bpy.context.object
    assert _check(doodle) == ["fresh"] * 4
    write_picture(paths[1], bar(0.9))
    write_picture(paths[2], 0 * bar(0.9))
    paths[3].unlink()
    assert _check(doodle) == ["fresh", "stale", "empty", "empty"]


def test_a_picture_that_was_only_copied_is_fresh_and_read_once(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "a.png", bar(0.3))
    bpy.ops.doodle_bridge.from_images(filepath=str(path), size=64)
    doodle = bpy.context.object
    os.utime(path, ns=(1, 1))
    assert _check(doodle) == ["fresh"]
    assert doodle.doodle_bridge.keys[0].stamp == keys.stamp_of(str(path))


OWN = [Drawn(1, "", "a"), Drawn(11, "", "b"), Drawn(21, "", "c", path="p.png")]
JUDGED = [
    (None, {}, {}, [None, None, None]),
    ({1, 11}, {1: "a", 11: "x"}, {2: ("c", "")}, ["fresh", "stale", "fresh"]),
    ({1, 11}, {11: "b"}, {2: ("x", "")}, [None, "fresh", "stale"]),
    ({11}, {11: ""}, {2: ("", "")}, ["empty", "empty", "empty"]),
    ({3, 11}, {3: "a", 11: "b"}, {}, ["stale", "fresh", None]),
]


@pytest.mark.parametrize(("keyframes", "digests", "pictures", "states"), JUDGED)
def test_judged(
    keyframes: set[int] | None,
    digests: dict[int, str],
    pictures: dict[int, tuple[str, str]],
    states: list[str | None],
) -> None:
    assert key_states.judged(OWN, keyframes, digests, pictures) == states


def test_a_new_keyframe_is_no_key_s_business(make_doodle: Maker) -> None:
    doodle = make_doodle()
    draw(_lines(doodle).frames.new(16), [arc(0.6)])
    assert _check(doodle) == ["fresh", "fresh", "fresh"]
