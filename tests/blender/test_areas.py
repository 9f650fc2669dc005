"""Filled strokes are areas, in the order and with the opacities that Blender paints them in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon.sources import grease_pencil
from blender_addon.sources.curves import BEZIER
from blender_addon.view import placement
from tests.blender.conftest import add_layer, add_material, arc, draw, fill, pencil
from tests.blender.rendering import rendered

SQUARE = [(-0.5, 0, -0.5), (0.5, 0, -0.5), (0.5, 0, 0.5), (-0.5, 0, 0.5)]
groups_fill = pytest.mark.skipif(bpy.app.version < (5, 1, 0), reason="holes are from Blender 5.1 on")


def square(side: float, x: float = 0.0, z: float = 0.0) -> list[tuple[float, float, float]]:
    return [(x + side * a, 0.0, z + side * c) for a, _, c in SQUARE]


def drawing_of(source: bpy.types.Object, layer: int = 0) -> object:
    return source.data.layers[layer].frames[0].drawing


def read(source: bpy.types.Object) -> grease_pencil.WorldDrawing:
    (found,) = grease_pencil.read(bpy.context, source)
    return found


def contour(found: grease_pencil.WorldDrawing, number: int) -> np.ndarray:
    return found.points[found.offsets[number] : found.offsets[number + 1]]


def test_a_filled_stroke_is_its_area_and_then_its_line() -> None:
    source = pencil({1: [arc(1.0), SQUARE, arc(2.0)]})
    add_material(source, (0.8, 0.1, 0.05, 1), (0.1, 0.7, 0.2, 1))
    drawing = drawing_of(source)
    drawing.strokes[1].material_index = 1
    fill(source, drawing.strokes[1])
    found = read(source)
    assert found.areas.tolist() == [False, True, False, False]
    assert found.styles.tolist() == [0, 1, 1, 0]
    assert found.shapes.tolist() == [0, 1, 2, 3, 4]
    assert found.cyclic.tolist() == [False, True, False, False]
    np.testing.assert_array_equal(contour(found, 1), contour(found, 2))
    np.testing.assert_allclose(found.radii[24:28], 0)
    np.testing.assert_allclose(found.radii[28:32], 0.04, atol=1e-6)
    np.testing.assert_allclose(found.colours[24:28], [(0.1, 0.7, 0.2)] * 4, atol=1e-6)
    np.testing.assert_allclose(found.colours[28:32], [(0.8, 0.1, 0.05)] * 4, atol=1e-6)


def test_a_fill_without_line_and_a_line_too_short_to_fill() -> None:
    source = pencil({1: [SQUARE, [(0, 0, 1), (1, 0, 1)]]})
    add_material(source, (0, 0, 0, 1))
    drawing = drawing_of(source)
    drawing.strokes[1].material_index = 1
    fill(source, drawing.strokes[0], line=False)
    fill(source, drawing.strokes[1], group=2)
    found = read(source)
    assert found.areas.tolist() == [True, False]
    assert np.diff(found.offsets).tolist() == [4, 2]
    assert found.ink.all()


def test_layers_are_painted_from_the_back_and_numbered_as_the_object_has_them() -> None:
    source = pencil({1: [arc(1.0)]}, layer="Back")
    add_layer(source, "Hidden", {1: [arc(0.0)]}).hide = True  # type: ignore[attr-defined]
    add_layer(source, "Front", {1: [SQUARE]})
    found = read(source)
    assert found.layers.tolist() == [0, 2]
    assert np.diff(found.offsets).tolist() == [24, 4]


@groups_fill
def test_strokes_filled_together_are_one_area_with_a_hole_and_their_lines_follow() -> None:
    """The third stroke belongs to the first, and is painted with it."""
    source = pencil({1: [square(3), [(-2, 0, 0), (2, 0, 0)], square(1)]})
    add_material(source, (0, 0, 0, 1), (0, 0, 1, 1))
    drawing = drawing_of(source)
    drawing.strokes[2].material_index = 1
    for number in (0, 2):
        fill(source, drawing.strokes[number], group=7)
    found = read(source)
    assert found.areas.tolist() == [True, False, False, False]
    assert found.shapes.tolist() == [0, 2, 3, 4, 5]
    assert found.styles.tolist() == [0, 0, 1, 0]
    for area, line in ((0, 2), (1, 3)):
        np.testing.assert_array_equal(contour(found, area), contour(found, line))
    np.testing.assert_allclose(found.colours[:8], 0, atol=1e-6)  # the first one's, not the blue of the other


def test_curves_are_filled_as_they_bend() -> None:
    source = pencil({1: [SQUARE[:2]]})
    drawing = drawing_of(source)
    drawing.attributes["curve_type"].data.foreach_set("value", np.array([BEZIER], np.int8))
    for name, z in (("handle_left", -1.0), ("handle_right", 1.0)):
        attribute = drawing.attributes.get(name) or drawing.attributes.new(name, "FLOAT_VECTOR", "POINT")
        attribute.data.foreach_set("vector", np.array([(-0.5, 0, z), (0.5, 0, -z)], np.float32).ravel())
    fill(source, drawing.strokes[0])
    found = read(source)
    assert found.areas.tolist() == [True, False]
    assert np.diff(found.offsets).tolist() == [13, 13]
    np.testing.assert_array_equal(contour(found, 0), contour(found, 1))


def test_the_flattened_drawing_says_all_of_it() -> None:
    source = pencil({1: [arc(1.0)]}, layer="Back")
    layer = add_layer(source, "Front", {1: [SQUARE]})
    add_material(source, (0.5, 0, 0, 0.5), (0, 0.5, 0, 0.25))
    drawing = layer.frames[0].drawing  # type: ignore[attr-defined]
    drawing.strokes[0].material_index = 1
    fill(source, drawing.strokes[0])
    found = read(source)
    flat = placement.flatten(found, placement.fit([found]))
    assert flat.areas.tolist() == [False, True, False]
    assert flat.styles.tolist() == [0, 1, 1]
    assert flat.layers.tolist() == [0, 1, 1]
    np.testing.assert_allclose(flat.opacities, [1.0] * 24 + [0.25] * 4 + [0.5] * 4)
    assert flat.colours is not None
    np.testing.assert_allclose(flat.colours[[0, 24, 28]], [(0, 0, 0), (0, 0.5, 0), (0.5, 0, 0)])


def test_the_shapes_strokes_are_known_again() -> None:
    source = pencil({1: [arc(1.0), SQUARE]}, layer="Back")
    add_layer(source, "Front", {1: [SQUARE, arc(0.0)]})
    add_material(source, (0, 0, 0, 1))
    for layer, number in ((0, 1), (1, 0)):
        stroke = drawing_of(source, layer).strokes[number]
        stroke.material_index = 1
        fill(source, stroke)
    assert grease_pencil.strokes_of_shapes(source, ["Back", "Front"], 1).tolist() == [0, 1, 1, 2, 2, 3]
    assert len(read(source).areas) == 6


def attribute(drawing: object, name: str, kind: str, domain: str, field: str, values: Sequence[float]) -> None:
    attributes = drawing.attributes  # type: ignore[attr-defined]
    found = attributes.get(name) or attributes.new(name, kind, domain)
    found.data.foreach_set(field, np.array(values, np.float32).ravel())


def test_opacities_are_those_that_blender_renders(tmp_path: Path) -> None:
    """Material alpha, fill opacity, point opacity, layer opacity, vertex colours: in a plain Workbench render."""
    source = pencil({1: []})
    ink = source.data.materials[0].grease_pencil
    ink.color, ink.fill_color = (1, 0, 0, 0.5), (0, 1, 0, 0.4)
    layer = source.data.layers[0]
    layer.opacity = 0.8
    draw(layer.frames[0], [square(1, -1, -1), square(1, 1, 1), [(-2, 0, -0.2), (2, 0, -0.2)]], radius=0.2, opacity=0.6)
    add_material(source, (1, 0, 0, 0.5))
    drawing = layer.frames[0].drawing
    drawing.strokes[2].material_index = 1
    for number in (0, 1):
        drawing.strokes[number].cyclic = True
        fill(source, drawing.strokes[number], group=number + 1)
    attribute(drawing, "fill_opacity", "FLOAT", "CURVE", "value", [1.0, 0.5, 1.0])
    attribute(drawing, "fill_color", "FLOAT_COLOR", "CURVE", "color", [0, 0, 1, 0.25, 0, 0, 0, 0, 0, 0, 0, 0])
    found = read(source)
    picture = rendered(tmp_path, 4.0, 80)

    def at(x: float, z: float) -> np.ndarray:
        return picture[int((0.5 - z / 4) * 80), int((x / 4 + 0.5) * 80)]

    areas = np.flatnonzero(found.filled)
    for number, (x, z) in zip(areas.tolist(), ((-1, -1), (1, 1)), strict=True):
        vertex = int(found.offsets[number])
        wanted = [*found.colours[vertex] * found.opacities[vertex], found.opacities[vertex]]
        np.testing.assert_allclose(at(x, z), wanted, atol=2e-3)
    last = int(found.offsets[-2])
    np.testing.assert_allclose(at(0, -0.2), [found.opacities[last], 0, 0, found.opacities[last]], atol=2e-3)
