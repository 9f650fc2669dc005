"""The doodle stands where the drawing is, as the scene's camera sees both."""

from __future__ import annotations

from math import radians
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix
from scipy.ndimage import distance_transform_edt

from tests.blender.conftest import add_layer, arc, pencil

WIDTH = 240


def _place(place: tuple[float, ...], turn: tuple[float, ...], scale: tuple[float, ...]) -> Matrix:
    return Matrix.LocRotScale(place, Euler([radians(angle) for angle in turn]), scale)


def _camera(place: tuple[float, ...], turn: tuple[float, ...]) -> None:
    scene = bpy.context.scene
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.camera.matrix_world = _place(place, turn, (1, 1, 1))
    scene.collection.objects.link(scene.camera)


def _render(path: Path, only: bpy.types.Object) -> np.ndarray:
    """Where the camera sees ink of `only`, (WIDTH, WIDTH) bool; Workbench, as it draws both strokes and planes."""
    from doodle_core.sequence import read_picture

    scene = bpy.context.scene
    for ob in scene.objects:
        if ob.type != "CAMERA":
            ob.hide_render = ob != only
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.display.shading.light, scene.display.shading.color_type = "FLAT", "TEXTURE"
    scene.render.film_transparent = True
    scene.render.resolution_x = scene.render.resolution_y = WIDTH
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    return read_picture(path)[..., 3] > 127


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    """Mean distance from ink of one to the nearest of the other, both ways, as a share of the picture's width."""
    assert one.sum() > 100 and other.sum() > 100, (one.sum(), other.sum())
    there = distance_transform_edt(~other)[one].mean()
    back = distance_transform_edt(~one)[other].mean()
    return float(there + back) / 2 / WIDTH


FRONT = ((0, -6, 0), (90, 0, 0))
SCENES = {
    "as drawn": (_place((0, 0, 0), (0, 0, 0), (1, 1, 1)), _place((0, 0, 0), (0, 0, 0), (1, 1, 1)), FRONT),
    "object": (_place((0.6, 1.5, -0.4), (20, 35, 40), (1.4, 0.7, 0.9)), Matrix(), FRONT),
    "layer": (Matrix(), _place((-0.5, 0.8, 0.3), (15, -50, 25), (0.8, 1.2, 1.3)), FRONT),
    "both": (
        _place((0.4, 1.0, 0.2), (-30, 20, 60), (1.3, 1.3, 0.8)),
        _place((0.2, -0.3, 0.5), (10, 80, -20), (0.7, 1.0, 1.1)),
        ((1.5, -6, 1.2), (78, 3, 14)),
    ),
    "from above": (_place((0, 0, 0), (-90, 0, 0), (1, 1, 1)), Matrix(), ((0, 0, 6), (0, 0, 0))),
    "far away": (_place((5000, 20, -300), (0, 0, 30), (2, 2, 2)), Matrix(), ((5000, 8, -300), (90, 0, 0))),
}


@pytest.mark.parametrize("case", SCENES)
def test_ink_lies_on_the_strokes(case: str, tmp_path: Path) -> None:
    object_matrix, layer_matrix, camera = SCENES[case]
    source = pencil({1: [arc(-0.9), arc(0.3, 0.2)], 11: [arc(0.8), arc(-0.4, -0.3)]})
    source.matrix_world = object_matrix
    layer = source.data.layers[0]
    layer.translation, layer.rotation, layer.scale = (
        layer_matrix.to_translation(),
        layer_matrix.to_euler(),
        layer_matrix.to_scale(),
    )
    _camera(*camera)
    bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=256, hide_source=False)
    doodle = bpy.context.object
    for frame in (1, 11):
        bpy.context.scene.frame_set(frame)
        strokes = _render(tmp_path / "strokes.png", source)
        for pin in (1.0, 0.0):
            doodle.doodle_bridge.pin = pin
            ink = _render(tmp_path / "doodle.png", doodle)
            assert _apart(ink, strokes) <= 0.01, (frame, pin)
            if pin == 1.0:  # as thick, too: Workbench cuts the plane's picture at a tenth of coverage
                assert 0.9 < ink.sum() / strokes.sum() < 1.35


def test_the_plane_follows_a_parent_that_moves_the_drawing(tmp_path: Path) -> None:
    """Each key stands where its drawing stood at its own frame."""
    source = pencil({1: [arc(0.5)], 11: [arc(0.5)]})
    hand = bpy.data.objects.new("Hand", None)
    bpy.context.scene.collection.objects.link(hand)
    for frame, x in ((1, -0.5), (11, 0.7)):
        hand.location.x = x
        hand.keyframe_insert("location", frame=frame)
    source.parent = hand
    _camera(*FRONT)
    bpy.context.scene.frame_set(4)
    bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=256, hide_source=False)
    doodle = bpy.context.object
    assert bpy.context.scene.frame_current == 4
    for frame in (1, 11):
        bpy.context.scene.frame_set(frame)
        strokes, ink = _render(tmp_path / "strokes.png", source), _render(tmp_path / "doodle.png", doodle)
        assert _apart(ink, strokes) <= 0.01


def test_modifiers_are_part_of_the_drawing(tmp_path: Path) -> None:
    source = pencil({1: [arc(0.5)], 11: [arc(-0.5)]})
    source.modifiers.new("Offset", "GREASE_PENCIL_OFFSET").location = (0.4, 0.0, 0.6)
    _camera(*FRONT)
    bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=256)
    doodle = bpy.context.object
    source.hide_viewport = False
    bpy.context.scene.frame_set(11)
    strokes, ink = _render(tmp_path / "strokes.png", source), _render(tmp_path / "doodle.png", doodle)
    assert _apart(ink, strokes) <= 0.01


def test_a_layer_on_its_own_parent(tmp_path: Path) -> None:
    source = pencil({1: [arc(0.5)]})
    hand = bpy.data.objects.new("Hand", None)
    bpy.context.scene.collection.objects.link(hand)
    hand.matrix_world = _place((0.5, 0.2, -0.4), (0, 40, 0), (1, 1, 1))
    other = add_layer(source, "Held", {1: [arc(-0.8)]})
    other.parent = hand
    _camera(*FRONT)
    bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=256, hide_source=False)
    doodle = bpy.context.object
    strokes, ink = _render(tmp_path / "strokes.png", source), _render(tmp_path / "doodle.png", doodle)
    assert _apart(ink, strokes) <= 0.01


@pytest.mark.parametrize("kind", ["BEZIER", "CATMULL_ROM"])
@pytest.mark.parametrize("cyclic", [False, True])
def test_curved_strokes(kind: str, cyclic: bool, tmp_path: Path) -> None:
    """What the pen tool makes: a few control points far apart, round in between."""
    source = pencil({1: [[(-1, 0, -0.5), (-0.3, 0, 1), (0.6, 0, 0.9), (0.9, 0, -0.8)]]})
    drawing = source.data.layers[0].frames[0].drawing
    drawing.strokes[0].cyclic = cyclic
    drawing.set_types(type=kind)
    if kind == "BEZIER":
        points = np.empty(12, np.float32)
        drawing.attributes["position"].data.foreach_get("vector", points)
        for name, shift in (("handle_left", (-0.5, 0, -0.4)), ("handle_right", (0.5, 0, 0.4))):
            attribute = drawing.attributes.get(name) or drawing.attributes.new(name, "FLOAT_VECTOR", "POINT")
            attribute.data.foreach_set("vector", (points.reshape(-1, 3) + np.float32(shift)).ravel())
    _camera(*FRONT)
    bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=256, hide_source=False)
    doodle = bpy.context.object
    strokes, ink = _render(tmp_path / "strokes.png", source), _render(tmp_path / "doodle.png", doodle)
    assert _apart(ink, strokes) <= 0.005
