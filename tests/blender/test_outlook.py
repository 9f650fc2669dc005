"""What would be made of a drawing is told before it is made, in numbers."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.keyframes import outlook
from tests.blender.conftest import add_layer, add_material, arc, draw, fill, pencil


def drawn() -> bpy.types.Object:
    """Three lines at 1 and two at 9; two filled squares with their lines, on a layer of their own."""
    source = pencil({1: [arc(-1.0), arc(0.0), arc(0.5)], 9: [arc(-1.0), arc(1.0)]})
    add_material(source, (0, 0, 0, 1), (1, 0, 0, 1))
    squares = [[(x, 0, 0), (x + 0.4, 0, 0), (x + 0.4, 0, 0.4)] for x in (-0.8, 0.2)]
    fills = add_layer(source, "Fills", {1: squares})
    for number, stroke in enumerate(fills.frames[0].drawing.strokes):
        stroke.material_index = 1
        fill(source, stroke, group=number + 1)
    return source


def test_what_is_drawn_is_counted() -> None:
    told = outlook.of(bpy.context, drawn())
    assert (told.keys, told.lines, told.fills, told.layers) == (2, 5, 2, 2)
    assert told.counts == "2 keys, 5 lines, 2 fills, 2 layers"
    assert told.doubts == ()


@pytest.mark.parametrize("camera", [False, True])
def test_the_size_is_the_one_that_is_made(camera: bool) -> None:
    source = drawn()
    if camera:
        eye = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
        bpy.context.scene.collection.objects.link(eye)
        eye.location, eye.rotation_euler = (0, -9, 0), (np.pi / 2, 0, 0)
        bpy.context.scene.camera = eye
    bpy.context.view_layer.update()
    told = outlook.of(bpy.context, source)
    bpy.ops.doodle_bridge.from_grease_pencil()
    assert told.size == bpy.context.object.doodle_bridge.size
    assert (told.size == 1080) == (not camera)


def test_it_is_found_out_anew_when_something_is_drawn() -> None:
    source = drawn()
    before = outlook.of(bpy.context, source)
    assert outlook.of(bpy.context, source) is before
    draw(source.data.layers["Lines"].frames.new(17), [arc(0.2)])
    assert outlook.of(bpy.context, source).keys == 3


def test_nothing_drawn_is_nothing() -> None:
    source = pencil({1: [], 9: []})
    assert outlook.is_empty(source)
    assert outlook.of(bpy.context, source) is None
    draw(source.data.layers[0].frames[0], [arc(0.0)])
    assert not outlook.is_empty(source)


def test_what_will_not_go_well_is_said_in_numbers() -> None:
    short = [[(x, 0, z), (x + 0.02, 0, z)] for x in np.linspace(-1, 1, 40) for z in np.linspace(-1, 1, 30)]
    source = pencil({1: [arc(0.0)]})
    assert outlook.of(bpy.context, source).doubts == ("1 keyframe: nothing is between; draw another",)
    layer = source.data.layers[0]
    draw(layer.frames.new(9), short)
    assert outlook.of(bpy.context, source).doubts == (
        "1200 lines and fills at frame 9: seconds a pair of keys",
        "1 lines and fills at frame 1, 1200 at 9: most appear or vanish",
    )
    draw(layer.frames.new(17), short[:600])
    assert len(outlook.of(bpy.context, source).doubts) == 2, "half as many is no doubt"


def test_one_line_says_what_was_made(capfd: pytest.CaptureFixture[str]) -> None:
    drawn()
    bpy.ops.doodle_bridge.from_grease_pencil(size=200)
    assert "'Drawing': 2 keys, 5 lines, 2 fills, 2 layers; size 200" in capfd.readouterr().out
