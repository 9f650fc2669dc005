"""What is shown while an artist works on baked in-betweens: their layer instead of the doodle's plane, and back again.

What was shown before is kept with the doodle, so that layers hidden for the in-betweens' sake are still its keys'.
"""

from __future__ import annotations

import json
from typing import Any

import bpy

from ..properties import doodles

__all__ = ["baked_layers", "drawing_of", "layers_aside", "show_doodle", "show_strokes"]


def drawing_of(doodle: bpy.types.Object) -> bpy.types.Object | None:
    """The Grease Pencil object that holds the doodle's in-betweens, or would: its source, or for pictures the one that
    an earlier bake has put in the plane's place. None where there is none yet."""
    settings = doodle.doodle_bridge
    source = settings.source
    if source is not None and source.type == "GREASEPENCIL":
        return source
    layer = settings.strokes_layer
    return next((ob for ob in doodle.children if ob.type == "GREASEPENCIL" and layer in ob.data.layers), None)


def baked_layers(ob: bpy.types.Object) -> set[str]:
    """Names of the layers of a Grease Pencil object that hold in-betweens, of whichever doodle."""
    return {one.doodle_bridge.strokes_layer for one in _doodles_of(ob)} - {""}


def layers_aside(ob: bpy.types.Object) -> set[str]:
    """Names of its layers that are hidden only so that in-betweens can be seen."""
    return {name for one in _doodles_of(ob) for name in _kept(one).get("layers", [])}


def show_strokes(context: bpy.types.Context, doodle: bpy.types.Object, alone: bool = True) -> None:
    """Show the in-betweens in the plane's place and select their object. `alone`: of its layers, theirs only."""
    settings, ob = doodle.doodle_bridge, drawing_of(doodle)
    if ob is None or settings.strokes_layer not in ob.data.layers:
        return
    kept = _kept(doodle) or {
        "plane": [doodle.hide_viewport, doodle.hide_render],
        # A drawing that was made for the in-betweens has nothing else to show.
        "drawing": [ob.hide_viewport, ob.hide_render] if ob == settings.source else [True, True],
        "layers": [],
    }
    doodle.hide_viewport = doodle.hide_render = True
    ob.hide_viewport = ob.hide_render = False
    ob.data.layers[settings.strokes_layer].hide = False
    if alone:
        theirs = baked_layers(ob)
        for layer in ob.data.layers:
            if not layer.hide and layer.name not in theirs:
                layer.hide = True
                kept["layers"].append(layer.name)
    settings.strokes_view = json.dumps(kept, ensure_ascii=False)
    ob.data.layers.active = ob.data.layers[settings.strokes_layer]
    _activate(context, ob)


def show_doodle(context: bpy.types.Context, doodle: bpy.types.Object) -> None:
    """Show all as it was before `show_strokes`; the in-betweens' own layer is hidden."""
    settings, ob = doodle.doodle_bridge, drawing_of(doodle)
    kept = _kept(doodle)
    doodle.hide_viewport, doodle.hide_render = kept.get("plane", [False, False])
    settings.strokes_view = ""
    if ob is not None:
        ob.hide_viewport, ob.hide_render = kept.get("drawing", [True, True])
        for layer in ob.data.layers:
            if layer.name == settings.strokes_layer:
                layer.hide = True
            elif layer.name in kept.get("layers", []) and layer.name not in layers_aside(ob):
                layer.hide = False
    _activate(context, doodle)


def _activate(context: bpy.types.Context, ob: bpy.types.Object) -> None:
    if ob.name not in context.view_layer.objects:
        return
    for other in context.selected_objects:
        other.select_set(False)
    context.view_layer.objects.active = ob
    if ob.visible_get(view_layer=context.view_layer):
        ob.select_set(True)


def _doodles_of(ob: bpy.types.Object) -> list[bpy.types.Object]:
    return [one for one in doodles() if one.doodle_bridge.strokes_layer and drawing_of(one) == ob.original]


def _kept(doodle: bpy.types.Object) -> dict[str, Any]:
    try:
        kept = json.loads(doodle.doodle_bridge.strokes_view or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}
