"""The overlay in the viewport: hands layers to the GPU, batches of which stay there. Draw handlers are Blender's own
for windows: renders, in the background or not, do not call them."""

from __future__ import annotations

import traceback
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import bpy
from bpy.app.handlers import persistent
from mathutils import Matrix

from ..hooks import Hooks
from ..properties import active_doodle
from ..view import desk, hanging
from . import building, confidence, content
from .content import Layer
from .linking import state

__all__ = ["draw_layers", "register", "unregister"]

KEPT = 256
"""Batches that stay on the GPU."""

_handlers: list[Any] = []
_batches: OrderedDict[Hashable, Any] = OrderedDict()
_told: set[str] = set()


def _draw() -> None:
    try:
        _drawn(bpy.context)
    except Exception:  # a handler that raises does so at every redraw
        line = traceback.format_exc()
        if line not in _told:
            _told.add(line)
            print(f"Doodle Bridge: the overlay is not drawn\n{line}")


def _drawn(context: bpy.types.Context) -> None:
    from doodle_core.errors import DoodleError

    space: Any = context.space_data
    overlay: Any = context.scene.doodle_bridge_overlay
    now = state()
    if not space.overlay.show_overlays or not (overlay.show or now is not None) or desk.rendering():
        return
    ob = active_doodle(context)
    if ob is None or not ob.doodle_bridge.is_doodle or not ob.doodle_bridge.keys:
        return
    depsgraph = context.view_layer.depsgraph
    square = hanging.square_of(ob if depsgraph is None else ob.evaluated_get(depsgraph))
    try:
        found = _found(ob, context.scene, overlay, now)
    except DoodleError:
        return  # the live view tells
    draw_layers(found, Matrix(square.tolist()), (context.region.width, context.region.height))
    building.start()


def _found(ob: bpy.types.Object, scene: bpy.types.Scene, overlay: Any, now: Any) -> list[Layer]:
    seen = content.Scene(ob, scene, overlay)
    position, lags = seen.now.position, seen.now.lags
    found = content.layers(seen) if overlay.show else []
    if now is not None:
        return found + now.layers(ob, position, lags)
    if overlay.show and overlay.links:
        found += content.of_links(ob, position, lags)
    return found


def draw_layers(layers: list[Layer], matrix: Matrix, size: tuple[int, int]) -> None:
    """Draw layers whose places `matrix` brings into the world; `size` of the region, in pixels."""
    import gpu

    gpu.state.blend_set("ALPHA")
    gpu.state.depth_test_set("NONE")
    gpu.matrix.push()
    gpu.matrix.multiply_matrix(matrix)
    try:
        for layer in layers:
            if len(layer.places):
                _draw_layer(layer, size)
    finally:
        gpu.matrix.pop()
        gpu.state.blend_set("NONE")


def _draw_layer(layer: Layer, size: tuple[int, int]) -> None:

    shader, batch = _batch(layer)
    shader.bind()
    if layer.dots:
        shader.uniform_float("color", layer.colour)
        shader.uniform_float("size", layer.width * _scale())
    else:
        shader.uniform_float("viewportSize", size)
        shader.uniform_float("lineWidth", layer.width * _scale())
        if layer.colours is None:
            shader.uniform_float("color", layer.colour)
    batch.draw(shader)


def _scale() -> float:
    return float(bpy.context.preferences.system.ui_scale)


def _batch(layer: Layer) -> tuple[Any, Any]:
    """The shader of a layer, and what of it is on the GPU."""
    import gpu
    from gpu_extras.batch import batch_for_shader

    lined = "POLYLINE_UNIFORM_COLOR" if layer.colours is None else "POLYLINE_SMOOTH_COLOR"
    shader = gpu.shader.from_builtin("POINT_UNIFORM_COLOR" if layer.dots else lined)
    batch = _batches.get(layer.name)
    if batch is None:
        given: Any = {"pos": layer.places} if layer.colours is None else {"pos": layer.places, "color": layer.colours}
        batch = _batches[layer.name] = batch_for_shader(shader, "POINTS" if layer.dots else "LINES", given)
        while len(_batches) > KEPT:
            _batches.popitem(last=False)
    _batches.move_to_end(layer.name)
    return shader, batch


@persistent
def _file_changed(*_: object) -> None:
    """Nothing of another file is shown again."""
    _batches.clear()
    building.workshop.forget()


_hooks = Hooks(load_post=_file_changed)


def register() -> None:
    _hooks.register()
    if not bpy.app.background:
        _handlers.append(bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_VIEW"))


def unregister() -> None:
    while _handlers:
        bpy.types.SpaceView3D.draw_handler_remove(_handlers.pop(), "WINDOW")
    _hooks.unregister()
    _batches.clear()
    _told.clear()
    building.stop()
    confidence.stop()
