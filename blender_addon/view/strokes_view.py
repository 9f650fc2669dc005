"""What is shown while an artist works on baked in-betweens: their layer instead of the doodle's plane, and back again.

What was shown before is kept with the doodle, so that layers hidden for the in-betweens' sake are still its keys'.
"""

from __future__ import annotations

import json
from typing import Any

import bpy

from ..properties import doodles

__all__ = ["baked_layers", "drawing_of", "layers_aside", "own_layers", "show_doodle", "show_strokes"]


def own_layers(doodle: bpy.types.Object) -> dict[str, str]:
    """The names of a doodle's layers of in-betweens, by the layer of the drawing that they are of; '' for all layers
    in one."""
    kept = _dictionary(doodle.doodle_bridge.strokes_layers)
    return {str(one): str(name) for one, name in kept.items()}


def drawing_of(doodle: bpy.types.Object) -> bpy.types.Object | None:
    """The Grease Pencil object that holds the doodle's in-betweens, or would: its source, or for pictures the one that
    an earlier bake has put in the plane's place. None where there is none yet."""
    settings = doodle.doodle_bridge
    source = settings.source
    if source is not None and source.type == "GREASEPENCIL":
        return source
    names = own_layers(doodle).values()
    found = (ob for ob in doodle.children if ob.type == "GREASEPENCIL" and not ob.doodle_bridge.is_doodle)
    return next((ob for ob in found if any(name in ob.data.layers for name in names)), None)


def baked_layers(ob: bpy.types.Object) -> set[str]:
    """Names of the layers of a Grease Pencil object that hold in-betweens, of whichever doodle."""
    return {name for one in _doodles_of(ob) for name in own_layers(one).values()}


def layers_aside(ob: bpy.types.Object) -> set[str]:
    """Names of its layers that are hidden only so that in-betweens can be seen."""
    return {name for one in _doodles_of(ob) for name in _kept(one).get("layers", [])}


def show_strokes(context: bpy.types.Context, doodle: bpy.types.Object, alone: bool = True) -> None:
    """Show the in-betweens in the plane's place and select their object. `alone`: of its layers, theirs only."""
    settings, ob = doodle.doodle_bridge, drawing_of(doodle)
    if ob is None:
        return
    own = [layer for layer in ob.data.layers if layer.name in own_layers(doodle).values()]
    if not own:
        return
    kept = _kept(doodle) or {
        "plane": [doodle.hide_viewport, doodle.hide_render],
        # A drawing that was made for the in-betweens has nothing else to show.
        "drawing": [ob.hide_viewport, ob.hide_render] if ob == settings.source else [True, True],
        "layers": [],
    }
    doodle.hide_viewport = doodle.hide_render = True
    ob.hide_viewport = ob.hide_render = False
    for layer in own:
        layer.hide = False
    if alone:
        theirs = baked_layers(ob)
        for layer in ob.data.layers:
            if not layer.hide and layer.name not in theirs:
                layer.hide = True
                kept["layers"].append(layer.name)
    settings.strokes_view = json.dumps(kept, ensure_ascii=False)
    ob.data.layers.active = own[-1]
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
            if layer.name in own_layers(doodle).values():
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
    return [one for one in doodles() if one.doodle_bridge.strokes_layers and drawing_of(one) == ob.original]


def _kept(doodle: bpy.types.Object) -> dict[str, Any]:
    return _dictionary(doodle.doodle_bridge.strokes_view)


def _dictionary(text: str) -> dict[str, Any]:
    try:
        kept = json.loads(text or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}
