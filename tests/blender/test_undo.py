"""Ctrl-Z and Ctrl-Shift-Z: every step goes back and comes again, and the picture with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import properties, session
from blender_addon.keyframes import keys
from blender_addon.view import plane
from tests.blender.conftest import arc, draw, pencil, picture_of

NAME = "Drawing Doodle"


def step(name: str) -> None:
    """What Blender does by itself after an operator that was called from its window."""
    assert bpy.ops.ed.undo_push(message=name) == {"FINISHED"}


def undo() -> None:
    assert bpy.ops.ed.undo() == {"FINISHED"}


def redo() -> None:
    assert bpy.ops.ed.redo() == {"FINISHED"}


def doodle() -> bpy.types.Object:
    """Looked up anew: undo puts another object in the place of the one before."""
    return bpy.data.objects[NAME]


def wanted(ob: bpy.types.Object) -> np.ndarray:
    evaluated = ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return session.render(keys.frame_request(evaluated, bpy.context.scene.frame_current_final))


def assert_shown() -> None:
    """Right after the step, before any frame is changed; and at another frame."""
    for ob in properties.doodles():
        np.testing.assert_allclose(picture_of(ob), wanted(ob), atol=1e-5)
    now = bpy.context.scene.frame_current
    bpy.context.scene.frame_set(now + 1)
    for ob in properties.doodles():
        np.testing.assert_allclose(picture_of(ob), wanted(ob), atol=1e-5)
    bpy.context.scene.frame_set(now)


@pytest.fixture(autouse=True)
def made() -> None:
    """A doodle, at frame 6, and every step of its making."""
    pencil({1: [arc(-1.0)], 11: [arc(0.0)], 21: [arc(1.0)]})
    bpy.context.scene.frame_set(6)
    step("drawn")
    assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=64) == {"FINISHED"}
    step("new doodle")


def test_a_new_doodle() -> None:
    before = picture_of(doodle()).copy()
    for _ in range(2):
        undo()
        assert not properties.doodles() and not bpy.data.objects["Drawing"].hide_viewport
        redo()
        assert_shown()
        np.testing.assert_array_equal(picture_of(doodle()), before)


def edit_setting() -> None:
    doodle().doodle_bridge.line_weight = 1.0


def edit_size() -> None:
    doodle().doodle_bridge.size = 100


def insert_keyframe() -> None:
    settings = doodle().doodle_bridge
    for frame, sigma in ((1, 0.0), (12, 1.5)):
        settings.sigma = sigma
        doodle().keyframe_insert("doodle_bridge.sigma", frame=frame)


def retime() -> None:
    keys.position_curve(doodle()).keyframe_points[1].co.x = 17


def update_keys() -> None:
    layer = bpy.data.objects["Drawing"].data.layers[0]
    layer.frames.remove(11)
    draw(layer.frames.new(9), [arc(0.5)])
    bpy.context.view_layer.objects.active = doodle()
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}


def remove_key() -> None:
    bpy.context.view_layer.objects.active = doodle()
    doodle().doodle_bridge.active_key = 1
    assert bpy.ops.doodle_bridge.remove_key() == {"FINISHED"}


def duplicate() -> None:
    bpy.ops.object.select_all(action="DESELECT")
    bpy.context.view_layer.objects.active = doodle()
    doodle().select_set(True)
    assert bpy.ops.object.duplicate() == {"FINISHED"}
    bpy.context.object.doodle_bridge.line_weight = 0.7


def delete() -> None:
    bpy.data.objects.remove(doodle())


@pytest.mark.parametrize(
    "change", [edit_setting, edit_size, insert_keyframe, retime, update_keys, remove_key, duplicate, delete]
)
def test_it_goes_back_and_comes_again(change: Callable[[], None]) -> None:
    before = picture_of(doodle()).copy()
    change()
    bpy.context.view_layer.update()
    step("change")
    after = {ob.name: picture_of(ob).copy() for ob in properties.doodles()}
    assert len(after) != 1 or not np.array_equal(after[NAME], before), "there is a change to see"
    for _ in range(2):
        undo()
        assert [ob.name for ob in properties.doodles()] == [NAME]
        np.testing.assert_allclose(picture_of(doodle()), before, atol=1e-5)
        assert_shown()
        redo()
        assert {ob.name for ob in properties.doodles()} == set(after)
        for ob in properties.doodles():
            np.testing.assert_allclose(picture_of(ob), after[ob.name], atol=1e-5)
        assert_shown()


def test_bake_and_free(tmp_path: Path) -> None:
    bpy.context.scene.frame_end = 3
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"), check_existing=False)
    bpy.context.view_layer.objects.active = doodle()
    step("saved")
    assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
    step("bake")
    assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}
    step("free")
    for _ in range(2):
        assert_shown()
        undo()  # the freeing
        settings = doodle().doodle_bridge
        assert settings.is_baked and plane.shown_image(doodle()) == settings.bake_image
        assert Path(bpy.path.abspath(settings.bake_image.filepath)).is_file()
        undo()  # the bake
        assert not doodle().doodle_bridge.is_baked
        assert_shown()
        redo()
        settings = doodle().doodle_bridge
        assert settings.is_baked and plane.shown_image(doodle()) == settings.bake_image
        redo()
        assert not doodle().doodle_bridge.is_baked
