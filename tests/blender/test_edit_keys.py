"""One key at a time: the others keep their times, their easing and their pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import session
from blender_addon.keyframes import keys
from blender_addon.view import live
from tests.blender.conftest import arc, draw, picture_of, write_picture
from tests.blender.test_images import bar

Maker = Callable[..., bpy.types.Object]
Reports = Callable[..., str]
OPERATORS = bpy.ops.doodle_bridge


def _keyframes(doodle: bpy.types.Object) -> list[tuple[float, float]]:
    return [(round(p.co.x, 3), round(p.co.y, 3)) for p in keys.position_curve(doodle).keyframe_points]


def _easing(doodle: bpy.types.Object) -> list[str]:
    return [point.interpolation for point in keys.position_curve(doodle).keyframe_points]


def _frames(doodle: bpy.types.Object) -> list[int]:
    return [key.frame for key in doodle.doodle_bridge.keys]


def _lines(doodle: bpy.types.Object) -> bpy.types.GreasePencilLayer:
    return doodle.doodle_bridge.source.data.layers[0]


def _retimed(doodle: bpy.types.Object) -> None:
    """Keys at 1, 15.5 and 40, with easing of their own."""
    points = keys.position_curve(doodle).keyframe_points
    points[1].co.x, points[2].co.x = 15.5, 40
    points[0].interpolation, points[1].interpolation = "BEZIER", "BOUNCE"
    keys.position_curve(doodle).update()


def test_jump_goes_to_the_time_of_a_key(make_doodle: Maker) -> None:
    doodle, scene = make_doodle(), bpy.context.scene
    _retimed(doodle)
    assert OPERATORS.jump_to_key(index=1) == {"FINISHED"}
    assert scene.frame_current_final == pytest.approx(15.5)
    assert doodle.doodle_bridge.active_key == 1
    assert doodle.doodle_bridge.position == pytest.approx(1.0)
    OPERATORS.jump_to_key(to="next")
    assert (scene.frame_current_final, doodle.doodle_bridge.active_key) == (40.0, 2)
    OPERATORS.jump_to_key(to="previous")
    OPERATORS.jump_to_key(to="previous")
    assert (scene.frame_current_final, doodle.doodle_bridge.active_key) == (1.0, 0)
    doodle.doodle_bridge.active_key = 2
    OPERATORS.jump_to_key()
    assert scene.frame_current == 40


def test_jump_says_where_there_is_nothing(make_doodle: Maker, reports: Reports) -> None:
    make_doodle()
    assert reports(OPERATORS.jump_to_key, to="previous") == "there is no key before this frame"
    assert reports(OPERATORS.jump_to_key, index=3) == "there is no key 3; the doodle has keys 0 to 2"


def test_refresh_reads_one_key_and_no_other(make_doodle: Maker) -> None:
    doodle = make_doodle()
    _retimed(doodle)
    before, timing = keys.stored(doodle.doodle_bridge), (_keyframes(doodle), _easing(doodle))
    for number in (1, 2):
        _lines(doodle).frames[number].drawing.strokes[0].points[12].position.z -= 0.3
    assert OPERATORS.refresh_key(index=1) == {"FINISHED"}
    after = keys.stored(doodle.doodle_bridge)
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]
    assert session.get().encoded == 4
    assert (_keyframes(doodle), _easing(doodle)) == timing


def test_refresh_of_ink_that_leaves_the_square(make_doodle: Maker) -> None:
    """All keys share a square: all are made anew on a larger one."""
    doodle = make_doodle()
    side = doodle.doodle_bridge.canvas_side
    _lines(doodle).frames[1].drawing.strokes[0].points[0].position.x = -3.0
    OPERATORS.refresh_key(index=1)
    assert doodle.doodle_bridge.canvas_side > 1.5 * side
    assert session.get().encoded == 6


def test_refresh_without_its_keyframe(make_doodle: Maker, reports: Reports) -> None:
    doodle = make_doodle()
    before = keys.stored(doodle.doodle_bridge)
    _lines(doodle).frames.remove(11)
    line = reports(OPERATORS.refresh_key, index=1)
    assert line == "'Drawing' has no keyframe at frame 11 any more; remove the key, or draw it anew"
    assert keys.stored(doodle.doodle_bridge) == before


@pytest.mark.parametrize(
    ("number", "frames", "timing", "easing"),
    [
        (0, [11, 21], [(15.5, 0), (40, 1)], ["BOUNCE", "LINEAR"]),
        (1, [1, 21], [(1, 0), (40, 1)], ["BEZIER", "LINEAR"]),
        (2, [1, 11], [(1, 0), (15.5, 1)], ["BEZIER", "BOUNCE"]),
    ],
)
def test_a_removed_key_leaves_the_others_alone(
    number: int, frames: list[int], timing: list[tuple[float, float]], easing: list[str], make_doodle: Maker
) -> None:
    doodle = make_doodle()
    _retimed(doodle)
    doodle.doodle_bridge.active_key = number
    assert OPERATORS.remove_key() == {"FINISHED"}
    assert (_frames(doodle), _keyframes(doodle), _easing(doodle)) == (frames, timing, easing)
    assert doodle.doodle_bridge.active_key < 2
    assert [frame.frame_number for frame in _lines(doodle).frames] == [1, 11, 21], "what was drawn stays"
    assert session.get().encoded == 3


def test_a_removed_key_stays_away_until_it_is_asked_for(make_doodle: Maker) -> None:
    doodle, scene = make_doodle(), bpy.context.scene
    OPERATORS.remove_key(index=1)
    OPERATORS.update_keys()
    assert _frames(doodle) == [1, 21]
    scene.frame_set(13)
    assert OPERATORS.add_key(origin="drawing") == {"FINISHED"}
    assert (_frames(doodle), _keyframes(doodle)) == ([1, 11, 21], [(1, 0), (11, 1), (21, 2)])
    assert doodle.doodle_bridge.active_key == 1
    OPERATORS.update_keys()
    assert _frames(doodle) == [1, 11, 21]


def test_one_key_stays(make_doodle: Maker) -> None:
    doodle = make_doodle()
    OPERATORS.remove_key(index=0)
    OPERATORS.remove_key(index=0)
    assert not OPERATORS.remove_key.poll()
    assert _frames(doodle) == [21]
    assert _keyframes(doodle) == [(21, 0)]


def test_a_loop_closes_where_it_did(make_doodle: Maker) -> None:
    """The first key's return is a keyframe, too: it is neither a new key nor lost with the last one."""
    doodle, scene = make_doodle(), bpy.context.scene
    doodle.doodle_bridge.loop = True
    keys.position_curve(doodle).keyframe_points.insert(31, 3.0)
    OPERATORS.remove_key(index=2)
    assert _keyframes(doodle) == [(1, 0), (11, 1), (31, 2)]
    scene.frame_set(21)
    OPERATORS.add_key(origin="drawing")
    assert _keyframes(doodle) == [(1, 0), (11, 1), (21, 2), (31, 3)]


def test_replace_by_another_drawing_keeps_the_time(make_doodle: Maker) -> None:
    doodle, scene = make_doodle(), bpy.context.scene
    _retimed(doodle)
    draw(_lines(doodle).frames.new(14), [arc(0.6)])
    before = keys.stored(doodle.doodle_bridge)
    scene.frame_set(14)
    assert OPERATORS.replace_key(index=1, origin="drawing") == {"FINISHED"}
    after = keys.stored(doodle.doodle_bridge)
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]
    assert (_frames(doodle), _keyframes(doodle)) == ([1, 14, 21], [(1, 0), (15.5, 1), (40, 2)])
    OPERATORS.update_keys()
    assert _frames(doodle) == [1, 14, 21], "the drawing that was replaced does not come back"
    assert keys.stored(doodle.doodle_bridge) == after


def test_replace_keeps_the_order_of_keys(make_doodle: Maker, reports: Reports) -> None:
    doodle, scene = make_doodle(), bpy.context.scene
    draw(_lines(doodle).frames.new(30), [arc(0.6)])
    before = keys.stored(doodle.doodle_bridge)
    scene.frame_set(22)
    assert "is key 2 already" in reports(OPERATORS.replace_key, index=1, origin="drawing")
    scene.frame_set(30)
    assert "does not lie between" in reports(OPERATORS.replace_key, index=1, origin="drawing")
    scene.frame_set(0)
    assert "shows nothing at frame 0" in reports(OPERATORS.replace_key, index=1, origin="drawing")
    assert keys.stored(doodle.doodle_bridge) == before


def test_replace_by_a_picture(make_doodle: Maker, tmp_path: Path) -> None:
    """A key of a picture among keys of strokes: Update Keys reads it from its file, and the others from the drawing."""
    doodle = make_doodle()
    path = write_picture(tmp_path / "a.png", bar(0.3))
    assert OPERATORS.replace_key(index=1, filepath=str(path)) == {"FINISHED"}
    first = keys.stored(doodle.doodle_bridge)
    assert [bool(one.path) for one in first] == [False, True, False]
    bpy.context.scene.frame_set(11)
    rows = np.flatnonzero(picture_of(doodle)[..., 3].mean(axis=1) > 0.5)
    assert abs(rows.mean() / 64 - 0.3) < 0.05, "the bar is where the picture has it"
    OPERATORS.update_keys()
    assert keys.stored(doodle.doodle_bridge) == first
    write_picture(path, bar(0.7))
    OPERATORS.update_keys()
    assert [one == other for one, other in zip(first, keys.stored(doodle.doodle_bridge), strict=True)] == [
        True,
        False,
        True,
    ]


def test_a_whole_picture_in_a_doodle_of_a_sheet(tmp_path: Path) -> None:
    sheet = write_picture(tmp_path / "sheet.png", np.hstack([bar(0.3), bar(0.7)]))
    OPERATORS.from_images(filepath=str(sheet), columns=2, size=64)
    doodle = bpy.context.object
    whole = write_picture(tmp_path / "whole.png", bar(0.5))
    OPERATORS.replace_key(index=1, filepath=str(whole))
    after = keys.stored(doodle.doodle_bridge)
    OPERATORS.update_keys()
    assert keys.stored(doodle.doodle_bridge) == after
    assert [one.cell for one in after] == [0, -1]


def test_a_picture_becomes_a_key_where_the_scene_stands(tmp_path: Path) -> None:
    for number, row in enumerate((0.3, 0.5, 0.7)):
        write_picture(tmp_path / f"{number}.png", bar(row))
    OPERATORS.from_images(
        directory=str(tmp_path), files=[{"name": "0.png"}, {"name": "2.png"}], size=64, start=1, every=12
    )
    doodle, scene = bpy.context.object, bpy.context.scene
    keys.position_curve(doodle).keyframe_points[1].co.x = 101
    scene.frame_set(40)
    assert OPERATORS.add_key(filepath=str(tmp_path / "1.png")) == {"FINISHED"}
    assert _keyframes(doodle) == [(1, 0), (40, 1), (101, 2)]
    assert _frames(doodle) == [1, 12, 13]
    assert doodle.doodle_bridge.position == pytest.approx(1.0)
    scene.frame_set(200)
    OPERATORS.add_key(filepath=str(tmp_path / "1.png"))
    assert _keyframes(doodle)[-1] == (200, 3)


def test_no_picture_is_added_where_it_cannot_stand(make_doodle: Maker, reports: Reports, tmp_path: Path) -> None:
    doodle, scene = make_doodle({1: [arc(0.3)], 2: [arc(0.6)]}), bpy.context.scene
    path = str(write_picture(tmp_path / "a.png", bar(0.3)))
    empty = str(write_picture(tmp_path / "b.png", 0 * bar(0.3)))
    before = keys.stored(doodle.doodle_bridge)
    scene.frame_set(2)
    assert "a key stands at frame 2 already" in reports(OPERATORS.add_key, filepath=path)
    keys.position_curve(doodle).keyframe_points[1].co.x = 21
    scene.frame_set(10)
    assert "no frame between keys 0 and 1" in reports(OPERATORS.add_key, filepath=path)
    scene.frame_set(30)
    assert "nothing drawn" in reports(OPERATORS.add_key, filepath=empty)
    assert "not" in reports(OPERATORS.add_key, filepath=str(tmp_path / "none.png"))
    assert "is key 1 already" in reports(OPERATORS.add_key, origin="drawing")
    assert keys.stored(doodle.doodle_bridge) == before


def test_a_doodle_of_pictures_has_no_drawing(tmp_path: Path, reports: Reports) -> None:
    path = write_picture(tmp_path / "a.png", bar(0.3))
    OPERATORS.from_images(filepath=str(path), size=64)
    assert "made from pictures" in reports(OPERATORS.add_key, origin="drawing")


def test_operators_want_a_doodle() -> None:
    for name in ("jump_to_key", "refresh_key", "replace_key", "remove_key", "add_key"):
        assert not getattr(OPERATORS, name).poll()


def test_edits_can_be_undone(make_doodle: Maker) -> None:
    name = make_doodle().name
    bpy.ops.ed.undo_push(message="made")
    OPERATORS.remove_key(index=1)
    bpy.ops.ed.undo_push(message="removed")
    bpy.ops.ed.undo()
    doodle = bpy.data.objects[name]
    assert (_frames(doodle), _keyframes(doodle)) == ([1, 11, 21], [(1, 0), (11, 1), (21, 2)])
    assert doodle.doodle_bridge.left_out == ""


def test_going_to_a_frame_shows_it(make_doodle: Maker) -> None:
    make_doodle()
    live.go_to(bpy.context.scene, 15.25)
    assert bpy.context.scene.frame_current_final == pytest.approx(15.25)
    assert bpy.context.object.doodle_bridge.position == pytest.approx(1.425)
