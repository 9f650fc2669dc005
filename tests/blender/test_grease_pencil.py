"""Grease Pencil keyframes become latent keys."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import session
from blender_addon.keyframes import keys
from blender_addon.sources import grease_pencil
from blender_addon.sources.choice import Choice
from doodle_core.drawing import Strokes, from_bytes
from tests.blender.conftest import add_layer, arc, draw, fill, pencil, picture_of, start_afresh


def _drawing(doodle: bpy.types.Object, number: int) -> Strokes:
    drawing = from_bytes(base64.b64decode(doodle.doodle_bridge.keys[number].drawing))
    assert isinstance(drawing, Strokes)
    return drawing


def test_every_keyframe_becomes_a_key_at_its_own_frame(make_doodle: Callable[..., bpy.types.Object]) -> None:
    doodle = make_doodle({3: [arc(1.0)], 10: [arc(0.5)], 40: [arc(0.0), arc(0.5)]})
    settings = doodle.doodle_bridge
    assert settings.is_doodle
    assert [key.frame for key in settings.keys] == [3, 10, 40]
    assert [len(_drawing(doodle, number)) for number in range(3)] == [1, 1, 2]
    curve = keys.position_curve(doodle)
    assert [tuple(point.co) for point in curve.keyframe_points] == [(3, 0), (10, 1), (40, 2)]
    assert {point.interpolation for point in curve.keyframe_points} == {"LINEAR"}
    assert keys.key_times(doodle) == [3, 10, 40]


def test_one_layer_or_all_that_can_be_seen() -> None:
    source = pencil({1: [arc(1.0)], 20: [arc(0.0)]}, layer="Body")
    add_layer(source, "Arm", {1: [arc(0.2)], 9: [arc(0.4), arc(0.6)]})
    add_layer(source, "Notes", {5: [arc(-1.0)]}).hide = True
    group = source.data.layer_groups.new("Old")
    source.data.layers.move_to_layer_group(add_layer(source, "Sketch", {7: [arc(-1.0)]}), group)
    group.hide = True
    assert grease_pencil.keyframes(source) == [1, 9, 20]
    assert grease_pencil.keyframes(source, Choice(("Notes",))) == [5]
    found = grease_pencil.read(bpy.context, source)
    # Between its own keyframes a layer goes on showing what it showed.
    assert [len(one.offsets) - 1 for one in found] == [2, 3, 3]
    bpy.ops.doodle_bridge.from_grease_pencil(layer="Arm", size=64, output="plane")
    assert [key.frame for key in bpy.context.object.doodle_bridge.keys] == [1, 9]
    assert json.loads(bpy.context.object.doodle_bridge.layers) == ["Arm"]


def test_strokes_arrive_as_they_are_drawn() -> None:
    """Radius widens with the object and by the layer's offset, opacity fades with the layer's, cyclic closes."""
    source = pencil({})
    source.scale = (2, 2, 2)
    layer = source.data.layers[0]
    layer.opacity, layer.radius_offset = 0.5, 0.01
    draw(layer.frames.new(1), [[(0, 0, 0), (1, 0, 0)], [(0, 0, 1), (1, 0, 1), (1, 0, 2)]], radius=0.03, opacity=0.8)
    layer.frames[0].drawing.strokes[1].cyclic = True
    (found,) = grease_pencil.read(bpy.context, source)
    np.testing.assert_allclose(found.points[[1, 4]], [(2, 0, 0), (2, 0, 4)], atol=1e-6)
    np.testing.assert_allclose(found.radii, 0.08, atol=1e-6)
    np.testing.assert_allclose(found.opacities, 0.4, atol=1e-6)
    assert found.offsets.tolist() == [0, 2, 5]
    assert found.cyclic.tolist() == [False, True]
    assert not found.areas.any()


def test_what_was_never_written_has_blenders_defaults() -> None:
    source = pencil({})
    source.data.layers[0].frames.new(1).drawing.add_strokes([2])
    (found,) = grease_pencil.read(bpy.context, source)
    np.testing.assert_allclose(found.radii, 0.01)
    np.testing.assert_allclose(found.opacities, 1.0)


def test_filled_strokes_are_solid() -> None:
    square = [(0, 0, 0), (1, 0, 0), (1, 0, 1), (0, 0, 1)]
    source = pencil({1: [square]})
    stroke = source.data.layers[0].frames[0].drawing.strokes[0]
    stroke.cyclic = True
    share = []
    for filled in (False, True):
        if filled:
            fill(source, stroke)
        bpy.context.view_layer.objects.active = source
        bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=64, hide_source=False)
        share.append(picture_of(bpy.context.object)[..., 3].mean())
    assert share[0] < 0.3 < 0.6 < share[1]


def test_hidden_material_and_line_without_stroke_leave_no_ink() -> None:
    source = pencil({1: [arc(0.0)]})
    assert grease_pencil.read(bpy.context, source)[0].ink.any()
    style = source.data.materials[0].grease_pencil
    style.hide = True
    assert not grease_pencil.read(bpy.context, source)[0].ink.any()
    style.hide = False
    stroke = source.data.layers[0].frames[0].drawing.strokes[0]
    if hasattr(stroke, "hide_stroke"):  # from Blender 5.1 on
        stroke.hide_stroke = True
    else:
        style.show_stroke = False
    assert not grease_pencil.read(bpy.context, source)[0].ink.any()


def test_the_drawing_itself_is_hidden_and_still_read(make_doodle: Callable[..., bpy.types.Object]) -> None:
    doodle = make_doodle()
    source = doodle.doodle_bridge.source
    assert source.hide_viewport and source.hide_render
    source.location.x = 3.0
    found = grease_pencil.read(bpy.context, source)
    assert found[0].points[:, 0].mean() == pytest.approx(3.0, abs=1e-5)
    assert source.hide_viewport


def test_from_draw_mode() -> None:
    pencil({1: [arc(1.0)], 5: [arc(0.0)]})
    bpy.ops.object.mode_set(mode="EDIT")
    assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=64) == {"FINISHED"}
    assert bpy.context.object.doodle_bridge.is_doodle
    assert bpy.context.object.mode == "OBJECT"


def test_reopening_needs_no_encoding(make_doodle: Callable[..., bpy.types.Object], tmp_path: Path) -> None:
    doodle = make_doodle()
    scene = bpy.context.scene
    doodle.doodle_bridge.sigma = 0.5
    frames = (1, 4, 11, 17, 21)
    before = []
    for frame in frames:
        scene.frame_set(frame)
        before.append(picture_of(doodle).copy())
    latents = [key.latent for key in doodle.doodle_bridge.keys]
    assert session.get().encoded == 3
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, check_existing=False)
    start_afresh()
    bpy.ops.wm.open_mainfile(filepath=path)
    doodle = bpy.data.objects["Drawing Doodle"]
    assert np.array_equal(picture_of(doodle), before[-1]), "the picture is there as soon as the file is"
    for frame, picture in zip(frames, before, strict=True):
        bpy.context.scene.frame_set(frame)
        assert np.array_equal(picture_of(doodle), picture), frame
    assert [key.latent for key in doodle.doodle_bridge.keys] == latents
    assert session.get().encoded == 0


def test_undo_and_redo(make_doodle: Callable[..., bpy.types.Object]) -> None:
    bpy.ops.ed.undo_push(message="start")
    make_doodle()
    bpy.ops.ed.undo_push(message="made")
    bpy.context.object.doodle_bridge.position = 1.0
    bpy.ops.ed.undo_push(message="position")
    bpy.ops.ed.undo()
    doodle = bpy.data.objects["Drawing Doodle"]
    assert doodle.doodle_bridge.position == 0.0
    undone = picture_of(doodle).copy()
    bpy.ops.ed.redo()
    doodle = bpy.data.objects["Drawing Doodle"]
    assert doodle.doodle_bridge.position == 1.0
    assert not np.array_equal(picture_of(doodle), undone)
