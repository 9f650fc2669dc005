"""The first steps: from an empty scene to drawing, and between a drawing and its doodle."""

from __future__ import annotations

from collections.abc import Callable

import bpy
import pytest

from blender_addon.keyframes import keys
from blender_addon.sources import grease_pencil
from tests.blender.conftest import arc, draw

Maker = Callable[..., bpy.types.Object]


def test_from_nothing_to_a_doodle() -> None:
    scene = bpy.context.scene
    scene.frame_set(3)
    assert bpy.ops.doodle_bridge.start_drawing() == {"FINISHED"}
    drawing = bpy.context.object
    assert drawing.mode == "PAINT_GREASE_PENCIL" and grease_pencil.is_grease_pencil(drawing)
    layer = drawing.data.layers.active
    draw(layer.current_frame(), [arc(0.0)])
    assert bpy.ops.doodle_bridge.next_drawing() == {"FINISHED"}
    assert scene.frame_current == 15
    draw(layer.current_frame(), [arc(1.0)])
    assert [frame.frame_number for frame in layer.frames] == [3, 15]
    assert bpy.ops.doodle_bridge.from_grease_pencil(size=64) == {"FINISHED"}
    assert [key.frame for key in bpy.context.object.doodle_bridge.keys] == [3, 15]


def test_the_next_drawing_keeps_one_that_is_there() -> None:
    bpy.ops.doodle_bridge.start_drawing()
    layer = bpy.context.object.data.layers.active
    draw(layer.frames.new(13), [arc(0.0)])
    bpy.ops.doodle_bridge.next_drawing()
    assert bpy.context.scene.frame_current == 13
    assert len(layer.current_frame().drawing.strokes) == 1


def test_to_the_drawing_and_back(make_doodle: Maker) -> None:
    doodle = make_doodle()
    source = doodle.doodle_bridge.source
    assert source.hide_viewport
    assert bpy.ops.doodle_bridge.edit_drawing() == {"FINISHED"}
    assert bpy.context.object == source and source.mode == "PAINT_GREASE_PENCIL" and not source.hide_viewport
    assert doodle.hide_get() and not doodle.hide_render, "their strokes would go through each other"
    assert bpy.ops.doodle_bridge.select_doodle(name=doodle.name) == {"FINISHED"}
    assert bpy.context.object == doodle and source.mode == "OBJECT" and source.hide_viewport
    assert not doodle.hide_get()


def test_a_key_that_was_retimed_is_found_at_its_own_frame(make_doodle: Maker) -> None:
    """Drawn at frame 11, it stands at 30."""
    doodle, scene = make_doodle(), bpy.context.scene
    points = keys.position_curve(doodle).keyframe_points
    points[2].co.x, points[1].co.x = 40, 30
    keys.position_curve(doodle).update()
    scene.frame_set(30)
    bpy.ops.doodle_bridge.edit_drawing()
    assert scene.frame_current == 11
    bpy.ops.doodle_bridge.select_doodle(name=doodle.name)
    assert scene.frame_current == 30
    scene.frame_set(35)
    bpy.ops.doodle_bridge.edit_drawing()
    assert scene.frame_current == 35, "between keys one stays"


def test_update_keys_beside_the_way_back(make_doodle: Maker) -> None:
    """While one draws: what was changed is taken over, and one goes on drawing."""
    doodle = make_doodle()
    before = doodle.doodle_bridge.keys[0].digest
    bpy.ops.doodle_bridge.edit_drawing()
    source = bpy.context.object
    source.data.layers[0].frames[0].drawing.strokes[0].points[3].position.z += 0.2
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert doodle.doodle_bridge.keys[0].digest != before
    assert bpy.context.object == source and source.mode == "PAINT_GREASE_PENCIL"


def test_a_drawing_that_is_gone_is_told(make_doodle: Maker, reports: Callable[..., str]) -> None:
    doodle = make_doodle()
    bpy.data.objects.remove(doodle.doodle_bridge.source)
    with pytest.raises(RuntimeError, match="no drawing"):
        bpy.ops.doodle_bridge.edit_drawing()
    assert "'Nobody' is no doodle" in reports(bpy.ops.doodle_bridge.select_doodle, name="Nobody")
