"""Live strokes: the in-betweens of a frame into the layers of their doodle, and only what has changed of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import bpy

from .. import session
from ..outputs import dressing, shapes, stroke_data
from ..sources import space
from ..view import main_thread
from . import own_layers

if TYPE_CHECKING:
    from ..outputs.shapes import Dress
    from ..outputs.stroke_data import LayerStrokes
    from ..session import FrameRequest, KeyData

__all__ = ["StrokesView", "own_data"]


@dataclass
class _Known:
    """What is known of one doodle: how its strokes are dressed, for these keys, this drawing (0: it is gone) and these
    materials, by session_uid, and what stands in its layers."""

    keys: tuple[KeyData, ...]
    ids: tuple[int, ...]
    dress: Dress
    written: dict[str, LayerStrokes] = field(default_factory=dict)


class StrokesView:
    """Draws doodles of strokes, and remembers what it has drawn, by their data's session_uid (unique for a datablock
    while Blender runs)."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}

    def forget(self) -> None:
        """Another file, or another state of it: what stands in layers may be anything."""
        self._known.clear()

    def too_late(self, ob: bpy.types.Object, frame: float) -> bool:
        """Whether the keyframes that hold a doodle's strokes are after `frame`, where nothing would be seen then."""
        own = space.load(ob.doodle_bridge)
        layers = [] if own is None else own_layers.written(ob, own).values()
        return any(layer.frames and layer.frames[0].frame_number > frame for layer in layers)

    def draw(self, ob: bpy.types.Object, request: FrameRequest, frame: float) -> None:
        """Let a doodle, an original object, show what is requested for `frame`. Raises DoodleError."""
        settings = ob.doodle_bridge
        known = self._ready(ob, request)
        pose = session.get().pose(request)
        strokes = shapes.dressed(pose, dressing.finished(known.dress, request))
        own = space.load(settings)
        if own is None:
            return
        ready = {}
        for name, layer in own_layers.written(ob, own).items():
            ready[layer.name] = strokes.on_layer(own.names.index(name)).placed(dressing.place(ob, own, name))
        main_thread.do(partial(_put, ob, ready, known, frame))

    def _ready(self, ob: bpy.types.Object, request: FrameRequest) -> _Known:
        """What is known of a doodle, found out again where its keys, drawing or materials are others."""
        settings = ob.doodle_bridge
        ids = tuple(0 if one is None else one.session_uid for one in (settings.source, *ob.data.materials))
        known = self._known.get(ob.data.session_uid)
        if known is None or known.keys is not request.keys or known.ids != ids:
            written = {} if known is None else known.written
            known = _Known(request.keys, ids, dressing.of_slots(settings, ob), written)
            self._known[ob.data.session_uid] = known
        return known


def own_data(ob: bpy.types.Object, taken: set[int]) -> None:
    """Give a doodle that shares its strokes with another one (a copy with Alt-D) strokes of its own. Adds its data to
    `taken`."""
    if ob.data.session_uid in taken and ob.is_editable:
        ob.data = ob.data.copy()
    taken.add(ob.data.session_uid)


def _put(ob: bpy.types.Object, ready: dict[str, LayerStrokes], known: _Known, frame: float) -> None:
    """Write strokes into the layers of these names."""
    if known.dress.palette.more:
        known.dress.palette.complete(ob)
        known.dress.palette.more.clear()
    changed = False
    for name, strokes in ready.items():
        drawing = _drawing(ob.data.layers[name], frame)
        if drawing is None:
            continue
        before = known.written.get(name)
        if before is not None and drawing.attributes.domain_size("CURVE") != len(before.cyclic):
            before = None
        changed |= stroke_data.rewrite(drawing, strokes, before)
        known.written[name] = strokes
    if changed:
        ob.data.update_tag()


def _drawing(layer: Any, frame: float) -> Any | None:
    """What a layer shows at a frame: of its first keyframe, which moves to where the scene is when that is earlier."""
    first = min(layer.frames, key=lambda one: one.frame_number, default=None)
    if first is None:
        return layer.frames.new(math.floor(min(frame, 0.0))).drawing
    if first.frame_number > frame:
        locked, layer.lock = layer.lock, False  # Blender loses what is moved on a locked layer
        layer.frames.move(first.frame_number, math.floor(frame))
        layer.lock = locked
        first = min(layer.frames, key=lambda one: one.frame_number)
    return first.drawing
