"""Our picture of a drawing beside Blender's own render of the same Grease Pencil drawing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
import pytest

from doodle_core.drawing import Drawing
from doodle_core.rendering import render
from tests.blender.conftest import add_material, pencil
from tests.blender.rendering import rendered

SIZE = 1080
METRES = 2.0  # a canvas side
BLUE, RED, GREEN, OCHRE = (0.05, 0.1, 0.6), (0.7, 0.08, 0.02), (0.02, 0.4, 0.15), (0.8, 0.45, 0.05)


@dataclass(frozen=True)
class Shape:
    """One stroke: its vertices in canvas units, half its width in pixels, and its ink. An area has no line."""

    points: np.ndarray
    colour: tuple[float, float, float]
    opacity: float = 1.0
    radius: float = 0.0
    filled: bool = False
    cyclic: bool = False


def wave(height: float, tilt: float = 0.0, count: int = 40) -> np.ndarray:
    """A waving line from left to right."""
    x = np.linspace(0.08, 0.92, count)
    return np.stack([x, height + tilt * (x - 0.5) + 0.03 * np.sin(9 * x + 20 * height)], axis=1)


def star(middle: tuple[float, float], size: float, points: int = 7) -> np.ndarray:
    turn = np.arange(2 * points) * np.pi / points
    reach = np.where(np.arange(2 * points) % 2, 0.55, 1.0) * size
    return np.array(middle) + np.stack([np.sin(turn), np.cos(turn)], axis=1) * reach[:, None]


def circle(middle: tuple[float, float], size: float) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, 49)[:-1]
    return np.array(middle) + np.stack([np.cos(turn), np.sin(turn)], axis=1) * size


LINES = [
    Shape(wave(0.08 + 0.07 * number, 0.03 * number), BLUE, radius=width / 2)
    for number, width in enumerate((1, 1.5, 2, 3, 4, 6, 8, 12))
]
AREAS = [
    Shape(star((0.3, 0.5), 0.25), OCHRE, filled=True),
    Shape(circle((0.62, 0.6), 0.22), GREEN, filled=True),
    Shape(star((0.7, 0.3), 0.2, 5), RED, filled=True),
]
LOOP = np.concatenate([circle((0.4, 0.6), 0.2), circle((0.55, 0.62), 0.23)])
TRANSLUCENT = [Shape(circle((0.5, 0.45), 0.3), RED, 0.3, filled=True), Shape(LOOP, BLUE, 0.3, radius=5.0)]
MIXED = [AREAS[0], LINES[4], AREAS[1], LINES[7], AREAS[2], TRANSLUCENT[0], LINES[2], TRANSLUCENT[1]]


def drawn_in_blender(shapes: list[Shape]) -> None:
    """The scene: one Grease Pencil object, a material a shape."""
    ob = pencil({1: []})
    layer = ob.data.layers[0]
    drawing = layer.frames[0].drawing
    drawing.add_strokes([len(shape.points) for shape in shapes])
    points = np.concatenate([shape.points for shape in shapes])
    places = np.stack([points[:, 0] - 0.5, 0 * points[:, 0], 0.5 - points[:, 1]], axis=1) * METRES
    counts = [len(shape.points) for shape in shapes]
    values = {
        "radius": [shape.radius * METRES / SIZE for shape in shapes],
        "opacity": [1.0 if shape.filled else shape.opacity for shape in shapes],
    }
    drawing.attributes["position"].data.foreach_set("vector", places.astype(np.float32).ravel())
    for name, each in values.items():
        attribute = drawing.attributes.get(name) or drawing.attributes.new(name, "FLOAT", "POINT")
        attribute.data.foreach_set("value", np.repeat(each, counts).astype(np.float32))
    for number, (shape, stroke) in enumerate(zip(shapes, drawing.strokes, strict=True)):
        add_material(ob, (*shape.colour, 1.0), (*shape.colour, shape.opacity))
        stroke.material_index, stroke.cyclic = number + 1, shape.cyclic or shape.filled
        if hasattr(stroke, "fill_id"):
            stroke.fill_id, stroke.hide_stroke = (number + 1 if shape.filled else 0), shape.filled
        ink = ob.data.materials[number + 1].grease_pencil
        ink.show_fill, ink.show_stroke = shape.filled, not shape.filled
    bpy.context.scene.frame_set(1)


def ours(shapes: list[Shape]) -> np.ndarray:
    """(SIZE, SIZE, 4), premultiplied."""
    drawing = Drawing.make(
        [shape.points for shape in shapes],
        [shape.radius / SIZE for shape in shapes],
        [shape.opacity for shape in shapes],
        [shape.cyclic for shape in shapes],
        [shape.filled for shape in shapes],
        [shape.colour for shape in shapes],
    )
    assert len(drawing) == len(shapes)
    pixels = render(drawing, SIZE)
    pixels[..., :3] *= pixels[..., 3:]
    return pixels


def compared(theirs: np.ndarray, mine: np.ndarray) -> tuple[float, float]:
    """The mean difference over the drawing's bounding box, in steps of 1/255, and our total ink over theirs, less 1."""
    inked = theirs[..., 3] > 0
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    return float(np.abs(mine - theirs)[box].mean() * 255), float(mine[..., 3].sum() / theirs[..., 3].sum() - 1)


def blenders(folder: Path) -> np.ndarray:
    """Grease Pencil is smoothed after it is drawn: samples of the scene change nothing in it, and take time."""
    return rendered(folder, METRES, SIZE, samples="OFF")


@pytest.mark.parametrize("shapes", [LINES, MIXED], ids=["lines", "mixed"])
def test_our_picture_is_blenders(shapes: list[Shape], tmp_path: Path):
    """Seen in 4.5: 0.22 / 255 and 0.3 % less ink for the lines, 0.15 / 255 and 0.03 % for all kinds. In 5.2 the lines
    differ by 0.68 / 255: it smooths them otherwise, and they come out an eighth of a pixel lower."""
    drawn_in_blender(shapes)
    difference, ink = compared(blenders(tmp_path), ours(shapes))
    assert difference <= 1.0
    assert abs(ink) <= 0.01


def test_lines_of_one_pixel_are_as_wide_as_they_say(tmp_path: Path):
    """Blender has no part of a pixel of a line as thin as that: such a line has a seventh more ink than its length
    times its width, and a level one covers one row wholly or two. Ours has what it says; the picture is alike."""
    shapes = [LINES[0]]
    drawn_in_blender(shapes)
    theirs, mine = blenders(tmp_path), ours(shapes)
    width = mine[..., 3].sum() / SIZE / np.hypot(*np.diff(shapes[0].points, axis=0).T).sum()
    assert width == pytest.approx(1.0, rel=0.01)
    difference, ink = compared(theirs, mine)
    assert difference <= 1.5
    assert -0.15 < ink < -0.08  # as seen in 4.5: were it gone, the lines above would be compared without allowance


@pytest.mark.skipif(bpy.app.version < (5, 1), reason="no holes in fills before Blender 5.1")
def test_holes_are_blenders(tmp_path: Path):
    outline, hole = circle((0.5, 0.5), 0.3), star((0.5, 0.52), 0.2)
    drawn_in_blender([Shape(points, GREEN, filled=True) for points in (outline, hole)])
    for stroke in bpy.context.object.data.layers[0].frames[0].drawing.strokes:
        stroke.fill_id, stroke.material_index = 1, 1
    points = np.concatenate([outline, hole])
    drawing = Drawing(
        points=points,
        radii=np.zeros(len(points)),
        opacities=np.ones(len(points)),
        colours=np.tile(GREEN, (len(points), 1)),
        offsets=np.array([0, len(outline), len(points)]),
        cyclic=np.array([True, True]),
        shapes=np.array([0, 2]),
        areas=np.array([True]),
    )
    mine = render(drawing, SIZE)
    mine[..., :3] *= mine[..., 3:]
    difference, ink = compared(blenders(tmp_path), mine)
    assert difference <= 0.5
    assert abs(ink) <= 0.01
