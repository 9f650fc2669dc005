"""The layers that baked in-betweens go to: one of their own, or, for a doodle of strokes, one beside each layer of the
drawing that looks and is masked as that one. An artist's layers are never taken, hidden or moved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import bpy

from ..live_strokes import copying
from ..sources import grease_pencil
from ..sources.choice import VISIBLE, Choice
from ..view import strokes_view

if TYPE_CHECKING:
    from ..properties import DoodleSettings

__all__ = ["ALL", "prepared"]

ALL = ""
"""In place of a layer's name: the shapes of all layers, in one layer."""


def prepared(target: bpy.types.Object, doodle: bpy.types.Object, name: str, of: Sequence[str]) -> dict[str, Any]:
    """The layers of a doodle for in-betweens `of` these layers of `target`, or of `ALL`; missing ones are made.

    They are called `name`, with the name of their layer before it where there are several.
    """
    settings, layers = doodle.doodle_bridge, target.data.layers
    known = strokes_view.own_layers(doodle)
    found, new = {}, {}
    for one in of:
        wanted = name if len(of) == 1 else f"{one} {name}"
        layer = layers.get(known[one]) if one in known else None
        if layer is None:
            layer = new[one] = _plain(target, settings, wanted) if one == ALL else _alike(target, one, wanted)
        elif layer.name != wanted:
            layer.name = wanted  # Blender appends a number where the name is taken
        found[one] = layer
    for one in new:
        _mask(target, found, one)
    settings.strokes_layers = json.dumps({one: layer.name for one, layer in found.items()}, ensure_ascii=False)
    return found


def _plain(target: bpy.types.Object, settings: DoodleSettings, name: str) -> Any:
    layers = target.data.layers
    chosen = grease_pencil.layer_names(target, Choice.of(settings) if target == settings.source else VISIBLE)
    layer = layers.new(name)
    layer.use_lights = layers[chosen[0]].use_lights if chosen else False
    return layer


def _alike(target: bpy.types.Object, like: str, name: str) -> Any:
    """An empty layer right over `like`, with all that this has, keyed values too."""
    data = target.data
    active = data.layers.active
    with bpy.context.temp_override(object=target, active_object=target, grease_pencil=data):
        data.layers.active = data.layers[like]
        bpy.ops.grease_pencil.layer_duplicate(empty_keyframes=True)
    layer = data.layers.active
    data.layers.active = active
    layer.name = name
    layer.hide = layer.lock = False
    for number in [frame.frame_number for frame in layer.frames]:
        layer.frames.remove(number)
    copying.animate_layer(data, like, layer.name)
    return layer


def _mask(target: bpy.types.Object, found: Mapping[str, Any], one: str) -> None:
    """Let in-betweens be masked by in-betweens, where their layer is masked by one that these are of."""
    layer = found[one]
    masks = [(mask.name, mask.invert, mask.hide) for mask in layer.mask_layers]
    if not any(name in found for name, _, _ in masks):
        return
    data = target.data
    active = data.layers.active
    with bpy.context.temp_override(object=target, active_object=target, grease_pencil=data):
        data.layers.active = layer
        for _ in masks:
            bpy.ops.grease_pencil.layer_mask_remove()
        for name, invert, hide in masks:
            bpy.ops.grease_pencil.layer_mask_add(name=found[name].name if name in found else name)
            layer.mask_layers[-1].invert, layer.mask_layers[-1].hide = invert, hide
    data.layers.active = active
