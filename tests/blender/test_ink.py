"""Doodles in the colours of their strokes, as Blender draws these."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon.sources import grease_pencil
from doodle_core.drawing import Strokes, digest, from_bytes, to_bytes
from tests.blender.conftest import add_layer, arc, fill, pencil, picture_of

RED, BLUE, GREEN = (0.8, 0.1, 0.05), (0.1, 0.2, 0.9), (0.1, 0.7, 0.2)
SQUARE = [(-0.5, 0, -0.5), (0.5, 0, -0.5), (0.5, 0, 0.5), (-0.5, 0, 0.5)]


def paint_points(drawing: object, colours: list[tuple[float, float, float, float]]) -> None:
    """Vertex colours of all points, RGBA."""
    _attribute(drawing, "vertex_color", "POINT", colours)


def _attribute(drawing: object, name: str, domain: str, colours: list[tuple[float, float, float, float]]) -> None:
    attributes = drawing.attributes  # type: ignore[attr-defined]
    attribute = attributes.get(name) or attributes.new(name, "FLOAT_COLOR", domain)
    attribute.data.foreach_set("color", np.array(colours, np.float32).ravel())


def material(ob: bpy.types.Object, colour: tuple[float, float, float], number: int = 0) -> object:
    while len(ob.data.materials) <= number:
        made = bpy.data.materials.new("Ink")
        bpy.data.materials.create_gpencil_data(made)
        ob.data.materials.append(made)
    style = ob.data.materials[number].grease_pencil
    style.color = (*colour, 1.0)
    return style


def make(**options: object) -> bpy.types.Object:
    assert bpy.ops.doodle_bridge.from_grease_pencil(**{"size": 64, "output": "plane", **options}) == {"FINISHED"}
    return bpy.context.object


def inked(doodle: bpy.types.Object) -> np.ndarray:
    """Colours of the pixels that are wholly ink, (n, 3)."""
    picture = picture_of(doodle)
    found = picture[picture[..., 3] > 0.99][:, :3]
    assert len(found) > 20
    return found


def assert_coloured(found: np.ndarray, colour: object) -> None:
    """Of solid ink: to what half floats keep, and better."""
    np.testing.assert_allclose(found, np.broadcast_to(np.asarray(colour), found.shape), rtol=6e-4, atol=6e-4)


def stored(doodle: bpy.types.Object, number: int) -> Strokes:
    drawing = from_bytes(base64.b64decode(doodle.doodle_bridge.keys[number].drawing))
    assert isinstance(drawing, Strokes)
    return drawing


def test_the_materials_colour_comes_back_at_keys_and_between() -> None:
    source = pencil({1: [arc(-1.0)], 11: [arc(1.0)]})
    material(source, RED)
    doodle = make()
    assert doodle.doodle_bridge.ink == "drawing"
    for frame in (1, 6, 11):
        bpy.context.scene.frame_set(frame)
        assert_coloured(inked(doodle), RED)


def test_vertex_colours_mix_over_the_material_and_from_key_to_key() -> None:
    source = pencil({1: [arc(-1.0)], 11: [arc(1.0)]})
    material(source, (1.0, 1.0, 0.0))
    frames = source.data.layers[0].frames
    for frame, colour, alpha in zip(frames, (RED, BLUE), (1.0, 0.5), strict=True):
        paint_points(frame.drawing, [(*colour, alpha)] * 24)
    doodle = make()
    first, second = np.array(RED), (np.array(BLUE) + (1, 1, 0)) / 2
    for frame, wanted in ((1, first), (6, (first + second) / 2), (11, second)):
        bpy.context.scene.frame_set(frame)
        assert_coloured(inked(doodle), wanted)


def test_two_colours_in_one_drawing_are_shown_as_soon_as_it_is_made() -> None:
    source = pencil({1: [arc(-1.0), arc(1.0)], 11: [arc(-0.8), arc(0.8)]})
    material(source, RED)
    material(source, BLUE, 1)
    for frame in source.data.layers[0].frames:
        frame.drawing.strokes[1].material_index = 1
    doodle = make()
    for frame in (None, 6, 11):
        if frame is not None:
            bpy.context.scene.frame_set(frame)
        found = inked(doodle)
        for colour in (RED, BLUE):
            assert (np.abs(found - colour).max(axis=1) < 1e-3).mean() > 0.3


def test_black_drawings_are_shown_in_the_settings_colour() -> None:
    source = pencil({1: [arc(-1.0)], 11: [arc(1.0)]})
    material(source, (0.0, 0.0, 0.0))
    doodle = make()
    settings = doodle.doodle_bridge
    assert settings.ink == "colour"
    drawn = stored(doodle, 0).colours
    assert drawn is not None and not drawn.any()
    settings.colour = (*GREEN, 0.5)
    bpy.context.scene.frame_set(6)
    picture = picture_of(doodle)
    ink = picture[picture[..., 3] > 0]
    assert_coloured(ink[:, :3], GREEN)
    assert picture[..., 3].max() == pytest.approx(0.5)


def test_opacity_multiplies_the_alpha_of_the_whole_picture() -> None:
    source = pencil({1: [arc(-1.0)], 11: [arc(1.0)]})
    material(source, RED)
    doodle = make()
    doodle.doodle_bridge.colour = (0.0, 0.0, 0.0, 0.5)
    bpy.context.scene.frame_set(6)
    before = picture_of(doodle).copy()
    doodle.doodle_bridge.opacity = 0.25
    bpy.context.scene.frame_set(6)
    after = picture_of(doodle)
    assert before[..., 3].max() == pytest.approx(0.5)
    np.testing.assert_allclose(after[..., 3], before[..., 3] * 0.25, atol=1 / 255)  # painted in 8 bits
    shown = after[..., 3] > 1e-2
    assert_coloured(after[shown][:, :3], RED)
    assert_coloured(before[shown][:, :3], RED)


def test_a_recoloured_stroke_is_a_changed_key() -> None:
    source = pencil({1: [arc(-1.0)], 11: [arc(1.0)]})
    material(source, RED)
    doodle = make()
    before = [key.digest for key in doodle.doodle_bridge.keys]
    paint_points(source.data.layers[0].frames[1].drawing, [(*BLUE, 1.0)] * 24)
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    after = [key.digest for key in doodle.doodle_bridge.keys]
    assert after[0] == before[0] and after[1] != before[1]
    bpy.context.scene.frame_set(11)
    assert_coloured(inked(doodle), BLUE)
    material(source, GREEN)
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    bpy.context.scene.frame_set(1)
    assert_coloured(inked(doodle), GREEN)


def test_a_doodle_from_before_there_were_colours_gets_them_by_update_keys() -> None:
    source = pencil({1: [arc(-1.0)], 11: [arc(1.0)]})
    material(source, RED)
    doodle = make()
    for number, key in enumerate(doodle.doodle_bridge.keys):
        old = replace(stored(doodle, number), colours=None)
        key.drawing, key.digest = base64.b64encode(to_bytes(old)).decode(), digest(old)
    doodle.update_tag()
    bpy.context.scene.frame_set(6)
    assert not inked(doodle).any()
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    bpy.context.scene.frame_set(6)
    assert_coloured(inked(doodle), RED)


def test_a_fill_has_the_fills_colour_under_its_line() -> None:
    source = pencil({1: [SQUARE]})
    material(source, RED).fill_color = (*GREEN, 1.0)
    drawing = source.data.layers[0].frames[0].drawing
    drawing.strokes[0].cyclic = True
    fill(source, drawing.strokes[0])
    (found,) = grease_pencil.read(bpy.context, source)
    assert found.areas.tolist() == [True, False]
    assert found.radii[:4].tolist() == [0] * 4 and (found.radii[4:] > 0).all()
    doodle = make()
    picture = picture_of(doodle)
    assert_coloured(picture[32, 32], (*GREEN, 1))
    edge = picture[32][picture[32, :, 3] > 0.99][0]
    assert_coloured(edge, (*RED, 1))
    _attribute(drawing, "fill_color", "CURVE", [(*BLUE, 0.5)])
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert_coloured(picture_of(doodle)[32, 32, :3], (np.array(GREEN) + BLUE) / 2)


def test_a_white_fill_makes_a_black_drawing_a_coloured_one() -> None:
    source = pencil({1: [SQUARE]})
    style = material(source, (0.0, 0.0, 0.0))
    fill(source, source.data.layers[0].frames[0].drawing.strokes[0])
    (found,) = grease_pencil.read(bpy.context, source)
    assert not found.coloured
    style.fill_color = (1.0, 1.0, 1.0, 1.0)
    (found,) = grease_pencil.read(bpy.context, source)
    assert found.coloured


def test_a_tinted_layer_reads_alike_standing_and_moving() -> None:
    """Evaluated, as is read what moves, a drawing has its layer's tint and radius offset already."""
    source = pencil({1: [arc(0.0)]})
    material(source, RED)
    layer = source.data.layers[0]
    layer.tint_color, layer.tint_factor, layer.radius_offset = BLUE, 0.6, 0.02
    paint_points(layer.frames[0].drawing, [(*GREEN, 0.3)] * 24)
    (still,) = grease_pencil.read(bpy.context, source)
    parent = bpy.data.objects.new("Parent", None)
    bpy.context.scene.collection.objects.link(parent)
    source.parent = parent
    (moving,) = grease_pencil.read(bpy.context, source)
    np.testing.assert_allclose(moving.colours, still.colours, atol=1e-6)
    np.testing.assert_allclose(moving.radii, still.radii, atol=1e-6)
    np.testing.assert_allclose(still.radii, 0.06, atol=1e-6)


def test_colours_are_those_that_blender_renders(tmp_path: Path) -> None:
    """Bands of ink with all that colours a stroke, in a plain Workbench render, one beside the other."""
    scene = bpy.context.scene
    bands = [[(-4, 0, z), (4, 0, z)] for z in (1.5, 0.5, -0.5, -1.5)]
    source = pencil({1: bands[:2]})
    material(source, RED)
    drawing = source.data.layers[0].frames[0].drawing
    paint_points(drawing, [(*BLUE, 0.0)] * 2 + [(*BLUE, 0.4)] * 2)
    layer = add_layer(source, "Tinted", {1: bands[2:]})
    layer.tint_color, layer.tint_factor = GREEN, 0.5  # type: ignore[attr-defined]
    paint_points(layer.frames[0].drawing, [(*BLUE, 0.0)] * 2 + [(*BLUE, 0.8)] * 2)  # type: ignore[attr-defined]
    for one in source.data.layers:
        one.frames[0].drawing.attributes["radius"].data.foreach_set("value", np.full(4, 0.4, np.float32))
    (found,) = grease_pencil.read(bpy.context, source)

    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    camera.location, camera.rotation_euler = (0, -10, 0), (np.pi / 2, 0, 0)
    camera.data.type, camera.data.ortho_scale = "ORTHO", 4
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x = scene.render.resolution_y = 32
    scene.view_settings.view_transform = "Raw"
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.filepath = str(tmp_path / "bands.exr")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath)
    image.colorspace_settings.name = "Non-Color"
    pixels = np.array(image.pixels[:]).reshape(32, 32, 4)
    for stroke, z in enumerate((1.5, 0.5, -0.5, -1.5)):
        rendered = pixels[round((z + 2) / 4 * 32), 16, :3]
        np.testing.assert_allclose(found.colours[2 * stroke], rendered, atol=2e-3)
