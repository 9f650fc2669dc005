"""Real Blender, in process: every test starts from an empty file with the add-on of this checkout enabled."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import bpy  # first: it makes Blender's own modules importable

# isort: split
import addon_utils
import numpy as np
import pytest

ADDON = "blender_addon"


def _leave_nothing() -> None:
    """bpy 4.5 hangs at exit while a Python handler or a property's update function is left."""
    if addon_utils.check(ADDON)[1]:
        addon_utils.disable(ADDON)


atexit.register(_leave_nothing)


def start_afresh() -> None:
    """As a Blender that has just started: an empty file, the add-on enabled, no model loaded."""
    bpy.ops.wm.read_factory_settings(use_empty=True)  # disables add-ons, too
    addon_utils.enable(ADDON, default_set=True)
    assert addon_utils.check(ADDON)[1], "the add-on did not start"


@pytest.fixture(autouse=True)
def empty_file() -> Iterator[None]:
    start_afresh()
    yield
    if addon_utils.check(ADDON)[1]:
        addon_utils.disable(ADDON)


Stroke = Sequence[Sequence[float]]
"""Points of a stroke, (n, 3)."""


def draw(frame: object, strokes: Sequence[Stroke], radius: float = 0.04, **attributes: float) -> None:
    """Strokes into a Grease Pencil keyframe, in bulk."""
    drawing = frame.drawing  # type: ignore[attr-defined]
    if not strokes:
        return
    drawing.add_strokes([len(stroke) for stroke in strokes])
    points = np.concatenate([np.asarray(stroke, np.float32).reshape(-1, 3) for stroke in strokes])
    drawing.attributes["position"].data.foreach_set("vector", points.ravel())
    for name, value in {"radius": radius, **attributes}.items():
        attribute = drawing.attributes.get(name) or drawing.attributes.new(name, "FLOAT", "POINT")
        attribute.data.foreach_set("value", np.full(len(points), value, np.float32))


def pencil(drawings: dict[int, Sequence[Stroke]], name: str = "Drawing", layer: str = "Lines") -> bpy.types.Object:
    """A Grease Pencil object in the scene, active: `drawings` by frame on one layer."""
    pencils = bpy.data.grease_pencils_v3 if hasattr(bpy.data, "grease_pencils_v3") else bpy.data.grease_pencils
    ob = bpy.data.objects.new(name, pencils.new(name))
    bpy.context.scene.collection.objects.link(ob)
    ink = bpy.data.materials.new("Ink")
    bpy.data.materials.create_gpencil_data(ink)
    ob.data.materials.append(ink)
    add_layer(ob, layer, drawings)
    bpy.context.view_layer.objects.active = ob
    ob.select_set(True)
    return ob


def add_layer(ob: bpy.types.Object, name: str, drawings: dict[int, Sequence[Stroke]]) -> object:
    """Another layer of drawings, by frame."""
    layer = ob.data.layers.new(name)
    layer.use_lights = False  # or strokes render black without a lamp
    for frame, strokes in drawings.items():
        draw(layer.frames.new(frame), strokes)
    return layer


def fill(ob: bpy.types.Object, stroke: object, line: bool = True, group: int = 1) -> None:
    """Have a stroke filled, with its line or without; before Blender 5.1 its material says so, for all that have it.
    `group`: strokes of one number are filled together, from 5.1 on."""
    if hasattr(stroke, "fill_id"):
        stroke.fill_id, stroke.hide_stroke = group, not line
    else:
        style = ob.data.materials[stroke.material_index].grease_pencil  # type: ignore[attr-defined]
        style.show_fill, style.show_stroke = True, line


def add_material(ob: bpy.types.Object, colour: Sequence[float], fill_colour: Sequence[float] = (0, 0, 0, 1)) -> None:
    """Another material slot; both colours linear RGBA."""
    made = bpy.data.materials.new("Ink")
    bpy.data.materials.create_gpencil_data(made)
    made.grease_pencil.color, made.grease_pencil.fill_color = colour, fill_colour
    ob.data.materials.append(made)


def arc(lift: float, shift: float = 0.0) -> Stroke:
    """An upright bow, two metres wide."""
    x = np.linspace(-1, 1, 24)
    return np.stack([x + shift, 0 * x, lift * (1 - x**2)], axis=1).tolist()


def picture_of(ob: bpy.types.Object) -> np.ndarray:
    """What the doodle's plane shows: (n, n, 4) float32 straight RGBA, first row on top."""
    from blender_addon.view import plane

    image = plane.shown_image(ob)
    assert image is not None
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    picture = pixels.reshape(height, width, 4)[::-1]
    if image in (ob.doodle_bridge.image_a, ob.doodle_bridge.image_b):  # premultiplied
        alpha = picture[..., 3:]
        np.divide(picture[..., :3], alpha, out=picture[..., :3], where=alpha > 0)
    return picture


@pytest.fixture
def make_doodle() -> Callable[..., bpy.types.Object]:
    """A doodle of three bows at frames 1, 11 and 21 (or of the drawings given), on a plane of 64 pixels a side."""

    def make(drawings: dict[int, Sequence[Stroke]] | None = None, **options: object) -> bpy.types.Object:
        pencil(drawings or {1: [arc(-1.0)], 11: [arc(0.0)], 21: [arc(1.0)]})
        assert bpy.ops.doodle_bridge.from_grease_pencil(**{"size": 64, "output": "plane", **options}) == {"FINISHED"}
        return bpy.context.object

    return make


@pytest.fixture
def reports() -> Callable[..., str]:
    """Runs an operator that must fail, and gives the line it reports."""

    def run(operator: Callable[..., set[str]], **arguments: object) -> str:
        with pytest.raises(RuntimeError) as error:
            operator(**arguments)
        lines = [line for line in str(error.value).splitlines() if line.strip()]
        assert len(lines) == 1, lines
        return lines[0].removeprefix("Error: ")

    return run


def write_picture(path: Path, ink: np.ndarray) -> Path:
    """Ink in 0..1, (h, w), as a PNG of black on white."""
    from doodle_core.sequence import write_png

    return write_png(path, np.rint(255 * (1 - ink)).astype(np.uint8))
