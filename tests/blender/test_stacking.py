"""Doodles that are drawn in one plane: whole ink of each, the later one in front."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from scipy.ndimage import binary_dilation, binary_erosion

from blender_addon.view import stacking
from tests.blender.conftest import Stroke, draw, pencil, write_picture
from tests.blender.test_bake import look_at, render
from tests.blender.test_bake_strokes import LAYER, bake, in_world

HERE = Matrix()
RED, GREEN, BLUE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
CROSS = (
    [[(-1, 0, -1), (1, 0, 1)]],
    [[(-1, 0, 1), (1, 0, -1)]],
    [[(-1, 0, 0), (1, 0, 0)]],
)
"""Strokes that cross in the middle, in the plane that the front view sees."""


def doodle(strokes: list[Stroke], colour: tuple[float, float, float] = RED, matrix: Matrix = HERE) -> bpy.types.Object:
    drawing = pencil({})
    draw(drawing.data.layers[0].frames.new(1), strokes, radius=0.15)
    drawing.matrix_world = matrix
    bpy.context.view_layer.update()
    assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=128) == {"FINISHED"}
    ob = bpy.context.object
    ob.doodle_bridge.colour = (*colour, 1.0)
    return ob


def picture_depth(ob: bpy.types.Object) -> float:
    """How far in front, towards the front view, the picture stands in the world."""
    return -float(np.mean([(ob.matrix_world @ corner.co).y for corner in ob.data.vertices]))


def seen(picture: np.ndarray, colour: tuple[float, float, float]) -> np.ndarray:
    """Where a render (n, n, 4) uint8 shows nothing but this colour."""
    return (np.abs(picture - np.array([*colour, 1.0]) * 255).max(axis=2) < 40).astype(bool)


@pytest.mark.parametrize("engine", ["CYCLES", "BLENDER_WORKBENCH"])
def test_ink_of_each_is_whole_and_the_later_one_is_in_front(engine: str, tmp_path: Path) -> None:
    colours = (RED, GREEN, BLUE)
    made = [doodle(strokes, colour) for strokes, colour in zip(CROSS, colours, strict=True)]
    look_at(made[0])
    bpy.context.scene.render.engine = engine
    bpy.context.scene.display.shading.light = "FLAT"
    bpy.context.scene.display.shading.color_type = "TEXTURE"
    together = render(tmp_path / "together.png", 1)
    hidden = np.zeros(together.shape[:2], bool)
    for ob, colour in reversed(list(zip(made, colours, strict=True))):
        for other in made:
            other.hide_render = other != ob
        alone = seen(render(tmp_path / "alone.png", 1), colour)
        assert alone.sum() > 100
        shown = seen(together, colour)
        assert not (shown & hidden).any()
        # Rims are of both colours, and Cycles is not sure of them.
        assert shown[binary_erosion(alone) & ~binary_dilation(hidden, iterations=2)].all()
        hidden |= alone


def test_the_first_stands_where_the_drawing_is_and_each_other_one_a_little_in_front() -> None:
    first, second, third = (doodle(strokes) for strokes in CROSS)
    assert [picture_depth(ob) for ob in (first, second, third)] == pytest.approx(
        [0, second.dimensions.x * stacking.GAP, 2 * second.dimensions.x * stacking.GAP], rel=1e-3, abs=1e-9
    )
    for ob in (first, second, third):  # the squares themselves are where the drawings are
        assert ob.matrix_world.translation.y == pytest.approx(0, abs=1e-7)


def test_small_and_large_ones_stand_in_the_order_in_which_they_were_made() -> None:
    sizes = (10.0, 0.1, 1.0, 0.01, 3.0)
    depths = [picture_depth(doodle(CROSS[0], matrix=Matrix.Scale(size, 4))) for size in sizes]
    assert depths == sorted(depths) and np.diff(depths).min() > 1e-4
    assert depths[-1] < 0.05


@pytest.mark.parametrize(
    "elsewhere", [Matrix.Translation((0, 0.3, 0)), Matrix.Translation((0, -0.3, 0)), Matrix.Rotation(0.3, 4, "Z")]
)
def test_what_stands_elsewhere_moves_nobody(elsewhere: Matrix) -> None:
    doodle(CROSS[0], matrix=elsewhere)
    assert stacking.lift(doodle(CROSS[1])) == 0


def test_one_that_was_moved_into_the_plane_counts() -> None:
    first = doodle(CROSS[0], matrix=Matrix.Translation((0, 5, 0)))
    first.location.y -= 5.0
    bpy.context.view_layer.update()
    assert stacking.lift(doodle(CROSS[1])) > 0


def test_new_drawings_of_the_second_keep_it_in_front() -> None:
    first, second = doodle(CROSS[0]), doodle(CROSS[1])
    before = picture_depth(second)
    stroke = second.doodle_bridge.source.data.layers[0].frames[0].drawing.strokes[0]
    stroke.points[0].position = (-3, 0, 3)  # it outgrows its square
    bpy.context.view_layer.objects.active = second
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert second.dimensions.x > 1.5 * first.dimensions.x
    assert picture_depth(second) >= before > 0
    assert second.matrix_world.translation.y == pytest.approx(0, abs=1e-7)


def test_strokes_of_the_second_are_baked_into_the_plane_of_its_drawing() -> None:
    doodle(CROSS[0])
    second = doodle(CROSS[1])
    for _ in range(2):  # and again: nothing drifts
        bpy.context.view_layer.objects.active = second
        drawing = bake(keys=True)
        assert drawing == second.doodle_bridge.source
        np.testing.assert_allclose(in_world(drawing, 1, LAYER).points[:, 1], 0, atol=1e-7)


def test_strokes_of_a_picture_lie_where_the_picture_is(tmp_path: Path) -> None:
    doodle(CROSS[0])
    rows, columns = np.mgrid[0:64, 0:64]
    ring = np.abs(np.hypot(columns - 32, rows - 32) - 12) < 2
    path = write_picture(tmp_path / "ring.png", ring.astype(float))
    assert bpy.ops.doodle_bridge.from_images(filepath=str(path), size=64) == {"FINISHED"}
    second = bpy.context.object
    assert picture_depth(second) > 1e-4
    for _ in range(2):
        bpy.context.view_layer.objects.active = second
        points = in_world(bake(keys=True), 1, LAYER).points
        np.testing.assert_allclose(-points[:, 1], picture_depth(second), atol=1e-6)
