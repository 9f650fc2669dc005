"""Time modifiers: keyframes that are shown at other frames than their own, as the drawings of a mouth chart are.

Which drawing is seen when is found out by looking, frame by frame, since what a modifier says may be animated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import bpy

from ..view.pausing import paused
from . import attributes as stored

__all__ = ["MODIFIER", "Timeline", "is_retimed", "scanned"]

MODIFIER = "GREASE_PENCIL_TIME"


@dataclass(frozen=True)
class Timeline:
    """Which keyframe each layer shows, by the layer's name: from which frame on, rising, and the frame that it has in
    the layer; None for nothing."""

    shown: Mapping[str, tuple[tuple[int, int | None], ...]]

    def frames(self) -> list[int]:
        """The frames at which what is shown changes, rising."""
        return sorted({frame for changes in self.shown.values() for frame, _ in changes})

    def at(self, layer: str, frame: int) -> int | None:
        """The keyframe that a layer shows at a frame; None for nothing."""
        return next((number for first, number in reversed(self.shown.get(layer, ())) if first <= frame), None)

    def changes(self, layer: str, frame: int) -> bool:
        """Whether a layer shows something else from this frame on."""
        return any(first == frame for first, _ in self.shown.get(layer, ()))


def is_retimed(ob: bpy.types.Object) -> bool:
    """Whether keyframes of a Grease Pencil object are shown at other frames than their own."""
    return any(modifier.type == MODIFIER and modifier.show_viewport for modifier in ob.modifiers)


def scanned(context: bpy.types.Context, ob: bpy.types.Object, names: Sequence[str]) -> Timeline:
    """What the layers of these names show, over the frames of the scene. Its frame changes on the way, and is put
    back; the object must not be hidden."""
    scene = context.scene
    now, part = scene.frame_current, scene.frame_subframe
    own = {name: _keyframes(ob.data.layers[name]) for name in names}
    found: dict[str, list[tuple[int, int | None]]] = {name: [] for name in names}
    with paused(), _alone(ob):
        try:
            for frame in range(scene.frame_start, scene.frame_end + 1):
                scene.frame_set(frame)
                seen = ob.evaluated_get(context.evaluated_depsgraph_get())
                for name, changes in found.items():
                    layer = seen.data.layers.get(name)
                    shown = None if layer is None else layer.get_frame_at(frame)
                    number = None if shown is None else own[name].get(_name(shown.drawing))
                    if (changes[-1][1] if changes else None) != number:
                        changes.append((frame, number))
        finally:
            scene.frame_set(now, subframe=part)
    return Timeline({name: tuple(changes) for name, changes in found.items()})


@contextmanager
def _alone(ob: bpy.types.Object) -> Iterator[None]:
    """Within: no other modifiers act, so that drawings are known by their points."""
    others = [one for one in ob.modifiers if one.type != MODIFIER and one.show_viewport]
    try:
        for one in others:
            one.show_viewport = False
        yield
    finally:
        for one in others:
            one.show_viewport = True


def _keyframes(layer: Any) -> dict[str, int]:
    """The keyframes of a layer by what is drawn on them; of several alike the first."""
    return {_name(one.drawing): one.frame_number for one in reversed(layer.frames)}


def _name(drawing: Any) -> str:
    """A name of a drawing's points."""
    import numpy as np

    attributes = drawing.attributes
    offsets = np.zeros(attributes.domain_size("CURVE") + 1, np.int32)
    if len(offsets) > 1:
        drawing.curve_offsets.foreach_get("value", offsets)
    points = stored.places(attributes, "position", attributes.domain_size("POINT")).astype(np.float32)
    return blake2b(offsets.tobytes() + points.tobytes(), digest_size=16).hexdigest()
