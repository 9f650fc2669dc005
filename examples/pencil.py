"""Drawn lines as strokes of a Grease Pencil object, upright in the x-z plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import bpy
import numpy as np

from examples.walker import Line

__all__ = ["colour", "draw", "linear", "new"]


def new(name: str, colour: Sequence[float], scene: bpy.types.Scene) -> bpy.types.Object:
    """A Grease Pencil object in `scene`, with one material of that sRGB `colour` and no layer yet."""
    # In 4.5 `grease_pencils` holds annotations only.
    pencils = bpy.data.grease_pencils_v3 if hasattr(bpy.data, "grease_pencils_v3") else bpy.data.grease_pencils
    data = pencils.new(name)
    ob = bpy.data.objects.new(name, data)
    scene.collection.objects.link(ob)
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


def _add_ink(ob: bpy.types.Object, colour: Sequence[float]) -> None:
    ink = bpy.data.materials.new("Ink")
    bpy.data.materials.create_gpencil_data(ink)
    ink.grease_pencil.color = (*linear(colour), 1.0)
    ob.data.materials.append(ink)


def linear(colour: Sequence[float]) -> tuple[float, float, float]:
    """sRGB -> scene linear, which Blender's colours are."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return red, green, blue
