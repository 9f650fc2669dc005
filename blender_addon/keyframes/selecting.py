"""Which shapes of a key an artist has selected as strokes of the drawing, in Edit Mode."""

from __future__ import annotations

import bpy

from ..sources import grease_pencil, retiming
from ..sources.choice import Choice
from .correcting import drawing_of

__all__ = ["shapes"]


def shapes(context: bpy.types.Context, doodle: bpy.types.Object) -> list[tuple[int, int]]:
    """The shapes, as keys and numbers, whose strokes are selected in what the doodle's drawing shows now. Raises
    DoodleError where that is no key, or not as the key has it."""
    from doodle_core.errors import DoodleError

    settings, scene = doodle.doodle_bridge, context.scene
    source = settings.source
    if not grease_pencil.is_grease_pencil(source) or retiming.is_retimed(source):
        return []
    choice = Choice.of(settings)
    frame = grease_pencil.shown_at(source, scene.frame_current_final, choice)
    number = next((number for number, key in enumerate(settings.keys) if key.frame == frame), None)
    if frame is None or number is None:
        raise DoodleError(f"what is drawn at frame {scene.frame_current} is no key; go to one")
    names = grease_pencil.layer_names(source, choice)
    owners = grease_pencil.strokes_of_shapes(source, names, frame)
    if len(owners) != len(drawing_of(settings, number)):
        raise DoodleError(f"key {number} is not what is drawn now; press Update Keys")
    chosen = grease_pencil.selected_strokes(source, names, frame)
    return [(number, shape) for shape, owner in enumerate(owners.tolist()) if chosen[owner]]
