"""Baked in-betweens show the areas and colours of the drawing between the keys: Blender's render of the layer is the
core's picture of the pose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import session
from blender_addon.keyframes import keys
from blender_addon.outputs import keyhole
from blender_addon.sources import grease_pencil
from blender_addon.view import placement
from doodle_core.drawing import Drawing
from doodle_core.rendering import render
from tests.blender.conftest import add_layer, add_material, draw, fill, pencil
from tests.blender.rendering import rendered

LAYER = "In-betweens"
SIDE = 400
Place = tuple[float, float, float]
groups_fill = pytest.mark.skipif(bpy.app.version < (5, 1, 0), reason="holes are from Blender 5.1 on")


def ring(x: float, z: float, radius: float, turn: float = 0.0, count: int = 24) -> list[Place]:
    angles = turn + np.linspace(0, 2 * math.pi, count, endpoint=False)
    return [(x + radius * math.cos(a), 0.0, z + radius * math.sin(a)) for a in angles]


def star(x: float, z: float, turn: float) -> list[Place]:
    angles = turn + np.arange(10) * math.pi / 5
    return [(x + r * math.cos(a), 0.0, z + r * math.sin(a)) for a, r in zip(angles, [0.6, 0.3] * 5, strict=True)]


def figure() -> bpy.types.Object:
    """At frames 1 and 11: a lined disc, a star without line, an eye of white and black, a glass over them, a bow."""
    source = pencil({}, layer="Body")
    ink = source.data.materials[0].grease_pencil
    ink.color, ink.fill_color = (0.1, 0.02, 0.0, 1), (0.9, 0.5, 0.2, 1)
    add_material(source, (0, 0, 0, 1), (0.9, 0.9, 0.1, 1))  # star
    add_material(source, (0, 0, 0, 1), (1, 1, 1, 1))  # white
    add_material(source, (0.1, 0.2, 0.8, 0.6), (0.2, 0.5, 0.9, 0.4))  # glass
    add_material(source, (0.6, 0.0, 0.3, 0.5))  # bow
    body = source.data.layers[0]
    top = add_layer(source, "Top", {})
    top.opacity = 0.8  # type: ignore[attr-defined]
    for frame, move in ((1, 0.0), (11, 0.5)):
        shapes = [ring(-0.5 + move, 0, 0.8), star(1 + 0.3 * move, 0.9, move), ring(-0.6 + move, 0.2, 0.25)]
        drawing = drawn(body.frames.new(frame), shapes, [0, 1, 2])
        for number, line in enumerate((True, False, True)):
            fill(source, drawing.strokes[number], line, number + 1)
        bow = [(x, 0.0, -1 + move * x * x) for x in np.linspace(-1.2, 1.2, 20).tolist()]
        front = drawn(top.frames.new(frame), [ring(0.6 - move, -0.3, 0.7), bow], [3, 4], cyclic=(True, False))
        fill(source, front.strokes[0])
    attribute = body.frames[1].drawing.attributes.new("fill_color", "FLOAT_COLOR", "CURVE")
    attribute.data.foreach_set("color", np.array([0.2, 0.6, 0.1, 1, 0, 0, 0, 0, 0, 0, 0, 0], np.float32))
    return source


def drawn(
    frame: object, shapes: Sequence[Sequence[Place]], slots: Sequence[int], cyclic: Sequence[bool] = ()
) -> object:
    draw(frame, shapes, radius=0.06)
    drawing = frame.drawing  # type: ignore[attr-defined]
    for name, kind, values in (
        ("material_index", "INT", np.array(slots, np.int32)),
        ("cyclic", "BOOLEAN", np.array(cyclic or [True] * len(shapes))),
    ):
        (drawing.attributes.get(name) or drawing.attributes.new(name, kind, "CURVE")).data.foreach_set("value", values)
    return drawing


def make(source: bpy.types.Object) -> bpy.types.Object:
    bpy.context.view_layer.objects.active = source
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 1, 11
    assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=64) == {"FINISHED"}
    return bpy.context.object


def pose_at(doodle: bpy.types.Object, frame: int) -> Drawing:
    bpy.context.scene.frame_set(frame)
    ob = doodle.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return session.get().pose(keys.frame_request(ob, frame)).drawing


def assert_layer_is_the_poses(doodle: bpy.types.Object, folder: Path, frames: Sequence[int]) -> None:
    """Of every frame: what Blender renders of the baked layer is what the core paints of the pose."""
    settings = doodle.doodle_bridge
    square = placement.load(settings)
    middle = square.plane.lift([square.canvas.centre])[0]
    wanted = {}
    doodle.hide_viewport = False
    for frame in frames:
        picture = render(pose_at(doodle, frame), SIDE, drawn_ink=True)
        picture[..., :3] *= picture[..., 3:]
        wanted[frame] = picture
    bpy.context.view_layer.objects.active = doodle
    assert bpy.ops.doodle_bridge.bake_strokes(step=1) == {"FINISHED"}
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        found = rendered(folder, square.canvas.side, SIDE, (middle[0], middle[2]))
        ink = (found[..., 3] > 0) | (wanted[frame][..., 3] > 0)
        away = np.abs(found - wanted[frame])[ink]
        assert away.mean() < 2 / 255, frame
        assert found[..., 3].sum() == pytest.approx(wanted[frame][..., 3].sum(), rel=0.02)


def test_the_baked_layer_renders_as_the_pose_is_painted(tmp_path: Path) -> None:
    doodle = make(figure())
    assert_layer_is_the_poses(doodle, tmp_path, (1, 4, 6, 9, 11))


def test_every_area_is_visible(tmp_path: Path) -> None:
    """What is written reads as the pose again: areas, order, colours, opacities."""
    source = figure()
    doodle = make(source)
    poses = {frame: pose_at(doodle, frame) for frame in (1, 3, 6, 8, 11)}
    bpy.context.view_layer.objects.active = doodle
    assert bpy.ops.doodle_bridge.bake_strokes(step=1) == {"FINISHED"}
    assert len(source.data.materials) == 5  # each of the artist's strokes goes into its own
    for frame, pose in poses.items():
        bpy.context.scene.frame_set(frame)
        back = placement.flatten(grease_pencil._gather(source, [LAYER], frame), placement.load(doodle.doodle_bridge))
        assert back.areas.tolist() == pose.areas.tolist()
        np.testing.assert_array_equal(back.offsets, pose.offsets)
        np.testing.assert_allclose(back.points, pose.points, atol=1e-5)
        np.testing.assert_allclose(back.opacities, pose.opacities, atol=1e-5)
        np.testing.assert_allclose(back.colours, pose.colours, atol=2e-4)


def test_an_area_that_has_lost_its_line_gets_a_material_that_shows_it(tmp_path: Path) -> None:
    """At the second key the disc's line is a bow above it: one stroke no more."""
    source = pencil({})
    source.data.materials[0].grease_pencil.fill_color = (0.9, 0.5, 0.2, 1)
    add_material(source, (0, 0, 0, 1))
    layer = source.data.layers[0]
    for frame, slots in ((1, [0]), (11, [0])):
        fill(source, drawn(layer.frames.new(frame), [ring(0, 0, 0.8)], slots).strokes[0])
    doodle = make(source)
    # As if the core had parted them: the line alone is moved.
    key = doodle.doodle_bridge.keys[1]
    drawing = session.decode_drawing(key.drawing)
    assert isinstance(drawing, Drawing)
    points = drawing.points.copy()
    points[24:] += np.float32(0.05)
    one = keys.Drawn.of(key.frame, Drawing(**{**vars_of(drawing), "points": points}))
    key.drawing, key.digest, key.latent = one.drawing, one.digest, ""
    assert_layer_is_the_poses(doodle, tmp_path, (11,))
    names = [material.name for material in source.data.materials]
    wanted = ["Ink", "Ink.001"] if bpy.app.version >= (5, 1, 0) else ["Ink", "Ink.001", "Ink Fill", "Ink Line"]
    assert names == wanted
    bpy.context.view_layer.objects.active = doodle
    assert bpy.ops.doodle_bridge.bake_strokes(step=1) == {"FINISHED"}
    assert [material.name for material in source.data.materials] == wanted


def vars_of(drawing: Drawing) -> dict[str, object]:
    names = ("points", "radii", "opacities", "offsets", "cyclic", "shapes", "areas", "colours", "styles", "layers")
    return {name: getattr(drawing, name) for name in names}


@groups_fill
def test_a_hole_stays_a_hole(tmp_path: Path) -> None:
    source = pencil({})
    source.data.materials[0].grease_pencil.fill_color = (0.9, 0.5, 0.2, 1)
    for frame, move in ((1, 0.0), (11, 0.4)):
        drawing = drawn(source.data.layers[0].frames.new(frame), [ring(move, 0, 1), ring(move, 0.1, 0.5)], [0, 0])
        for stroke in drawing.strokes:
            fill(source, stroke, group=3)
    doodle = make(source)
    assert_layer_is_the_poses(doodle, tmp_path, (1, 6, 11))


def test_a_hole_is_cut_open_where_fills_have_one_outline() -> None:
    outer, hole, island = (np.array(ring(0, 0, r))[:, [0, 2]] for r in (0.4, 0.3, 0.1))
    beside = np.array(ring(2, 0, 0.2))[:, [0, 2]]
    for contours in ([outer, hole], [hole, outer], [outer, hole[::-1], island, beside]):
        way = keyhole.joined(contours)
        points = np.concatenate(contours)[way]
        x, y = points.T
        area = abs(float(np.dot(x, np.roll(y, -1)) - np.dot(np.roll(x, -1), y)) / 2)
        unit = 12 * math.sin(2 * math.pi / 24)  # of a ring of radius 1
        wanted = 0.4**2 - 0.3**2 + (0.1**2 + 0.2**2 if len(contours) == 4 else 0)
        assert area == pytest.approx(wanted * unit)
        assert set(way.tolist()) == set(range(sum(map(len, contours))))
