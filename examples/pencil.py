"""Drawn lines and areas as strokes of a Grease Pencil object, upright in the x-z plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from examples.character import linear
from examples.fox.sheet import GROUND, MIDDLE, Shape
from examples.walker import Line

__all__ = ["colour", "draw", "linear", "materials", "new", "paint"]


def new(name: str, colour: Sequence[float] | None, scene: bpy.types.Scene) -> bpy.types.Object:
    """A Grease Pencil object in `scene`, with one material of that sRGB `colour` (None: none), and no layer yet."""
    # In 4.5 `grease_pencils` holds annotations only.
    pencils = bpy.data.grease_pencils_v3 if hasattr(bpy.data, "grease_pencils_v3") else bpy.data.grease_pencils
    data = pencils.new(name)
    ob = bpy.data.objects.new(name, data)
    scene.collection.objects.link(ob)
    if colour is not None:
        _add_ink(ob, colour)
    return ob


def colour(ob: bpy.types.Object, colours: Sequence[Sequence[float]]) -> None:
    """Give the strokes of every drawing these sRGB colours in turn."""
    start = len(ob.data.materials)
    for one in colours:
        _add_ink(ob, one)
    for layer in ob.data.layers:
        for frame in layer.frames:
            for number, stroke in enumerate(frame.drawing.strokes):
                stroke.material_index = start + number % len(colours)


def draw(ob: bpy.types.Object, layer: str, drawings: Mapping[int, Sequence[Line]]) -> bpy.types.GreasePencilLayer:
    """A new layer of `ob` with a keyframe for each frame number in `drawings`. Returns the layer."""
    made = ob.data.layers.new(layer)
    made.use_lights = False
    for frame, lines in drawings.items():
        drawing = made.frames.new(frame).drawing
        drawing.add_strokes([len(line.points) for line in lines])
        points = np.concatenate([line.points for line in lines])
        upright = np.stack([points[:, 0], np.zeros(len(points)), points[:, 1]], axis=1).astype(np.float32)
        drawing.attributes["position"].data.foreach_set("vector", upright.ravel())
        radii = drawing.attributes.get("radius") or drawing.attributes.new("radius", "FLOAT", "POINT")
        radii.data.foreach_set("value", np.concatenate([line.radii for line in lines]))
    return made


def materials(ob: bpy.types.Object, colours: Mapping[str, Sequence[float]]) -> None:
    """Give `ob` two materials of each name: one for lines, one for areas, of that colour (sRGB and opacity)."""
    for name, colour in colours.items():
        for kind, area in (("line", False), ("fill", True)):
            style = _add_ink(ob, colour, f"{name} {kind}")
            style.show_stroke, style.show_fill = not area, area
            style.fill_color = style.color


def paint(ob: bpy.types.Object, layers: Sequence[str], side: float, drawings: Mapping[int, Sequence[Shape]]) -> None:
    """New layers of `ob`, from the back, with a keyframe for each frame number in `drawings`.

    The canvas is `side` long and stands on the ground, z = 0, its figure at x = 0. `materials` comes first.
    """
    for name in layers:
        layer = ob.data.layers.new(name)
        layer.use_lights = False
        for frame, shapes in drawings.items():
            _fill(ob, layer.frames.new(frame).drawing, [shape for shape in shapes if shape.layer == name], side)


def _fill(ob: bpy.types.Object, drawing: bpy.types.GreasePencilDrawing, shapes: Sequence[Shape], side: float) -> None:
    """Write shapes as the strokes of an empty drawing."""
    drawing.add_strokes([len(shape.points) for shape in shapes])
    points = np.concatenate([shape.points for shape in shapes])
    upright = np.stack([points[:, 0] - MIDDLE, np.zeros(len(points)), GROUND - points[:, 1]], axis=1) * side
    drawing.attributes["position"].data.foreach_set("vector", upright.astype(np.float32).ravel())
    # An area's own line is not shown; a radius keeps it visible to whoever turns that on.
    radii = np.concatenate([np.where(shape.area, 0.004, shape.radii) for shape in shapes]) * side
    areas = np.array([shape.area for shape in shapes])
    slots = [ob.data.materials.find(f"{shape.material} {'fill' if shape.area else 'line'}") for shape in shapes]
    _write(drawing, "radius", "FLOAT", "POINT", radii.astype(np.float32))
    _write(drawing, "cyclic", "BOOLEAN", "CURVE", np.array([shape.closed for shape in shapes]))
    _write(drawing, "material_index", "INT", "CURVE", np.array(slots, np.int32))
    if not _materials_show():
        _write(drawing, "fill_id", "INT", "CURVE", np.where(areas, np.arange(1, len(areas) + 1), 0).astype(np.int32))
        _write(drawing, "hide_stroke", "BOOLEAN", "CURVE", areas)


def _write(drawing: Any, name: str, kind: str, domain: str, values: NDArray[Any]) -> None:
    attribute = drawing.attributes.get(name) or drawing.attributes.new(name, kind, domain)
    attribute.data.foreach_set("value", values)


def _materials_show() -> bool:
    """Whether materials say what is filled; from Blender 5.1 on strokes do."""
    shown: Any = bpy.types.MaterialGPencilStyle.bl_rna.properties.get("show_fill")
    return shown is not None and not getattr(shown, "is_deprecated", False)


def _add_ink(ob: bpy.types.Object, colour: Sequence[float], name: str = "Ink") -> bpy.types.MaterialGPencilStyle:
    """A material of one colour: sRGB, and opacity where it has four numbers."""
    ink = bpy.data.materials.new(name)
    bpy.data.materials.create_gpencil_data(ink)
    ink.grease_pencil.color = (*linear(colour[:3]), colour[3] if len(colour) > 3 else 1.0)
    ob.data.materials.append(ink)
    return ink.grease_pencil
