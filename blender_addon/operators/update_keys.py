"""Bring a doodle's keys up to date with its source, without touching the timing that was set by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from .. import keys, live, making, placement, plane, session
from ..sources import grease_pencil, images

if TYPE_CHECKING:
    from ..keys import Drawn
    from ..placement import Placement
    from ..properties import DoodleSettings


@dataclass(frozen=True)
class _Found:
    """What the source holds now, on which square, and one line of warning ('' = none)."""

    drawn: list[Drawn]
    square: Placement
    warning: str = ""


class DOODLE_BRIDGE_OT_update_keys(bpy.types.Operator):
    """Read the doodle's source again: changed drawings become new keys, new and removed keyframes are followed, your
    timing stays"""

    bl_idname = "doodle_bridge.update_keys"
    bl_label = "Update Keys"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.object is None or not context.object.doodle_bridge.is_doodle:
            cls.poll_message_set("Select a doodle first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        ob = context.object
        settings = ob.doodle_bridge
        try:
            found = _from_strokes(context, settings) if _has_strokes(settings) else _from_pictures(settings)
            model_id = session.get().model_id
            old = making.sound(keys.stored(settings))
            matched = making.match(old, found.drawn, keep_latents=model_id == settings.model_id)
            ready = making.encoded(matched.drawn)
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        with live.paused():
            plane.move(ob, placement.load(settings), found.square)
            placement.store(settings, found.square)
            settings.model_id = model_id
            keys.fill(settings, ready)
            keys.retime(ob, [one.frame for one in old], matched.survivors)
        making.finish(context, ob)
        if found.warning:
            self.report({"WARNING"}, found.warning)
        removed = len(old) - len(matched.survivors)
        self.report({"INFO"}, f"{matched.changed} keys changed, {matched.added} added, {removed} removed")
        return {"FINISHED"}


def _has_strokes(settings: DoodleSettings) -> bool:
    return not any(key.path for key in settings.keys)


def _from_strokes(context: bpy.types.Context, settings: DoodleSettings) -> _Found:
    from doodle_core.errors import DoodleError

    source = settings.source
    if not grease_pencil.is_grease_pencil(source) or source.name not in context.scene.objects:
        raise DoodleError(
            "the drawing that the keys were made from is no longer in the scene; the keys stay as they are"
        )
    drawings = grease_pencil.read_inked(context, source, settings.layer, settings.fill)
    square = placement.load(settings)
    if not placement.holds(square, drawings.inked):
        square = placement.fit(drawings.inked, square.plane.normal)
    drawn = [keys.Drawn.of(one.frame, placement.flatten(one, square)) for one in drawings.inked]
    return _Found(drawn, square, drawings.warning)


def _from_pictures(settings: DoodleSettings) -> _Found:
    from doodle_core.drawing import is_empty

    old = keys.stored(settings)
    sheet = images.Sheet(settings.columns, settings.rows, settings.polarity)
    paths = list(dict.fromkeys(one.path for one in old))
    cells = {
        (path, one.cell): one.drawing for path in paths for one in images.read([Path(bpy.path.abspath(path))], sheet)
    }
    drawn, empty = [], []
    for one in old:
        drawing = cells[one.path, one.cell]
        if is_empty(drawing):
            empty.append(one.frame)
            drawn.append(replace(one, latent=""))
        else:
            drawn.append(keys.Drawn.of(one.frame, drawing, one.path, one.cell))
    names = ", ".join(str(frame) for frame in empty)
    warning = f"Nothing is drawn any more in the pictures for frames {names}: their keys stay" if empty else ""
    return _Found(drawn, placement.load(settings), warning)


def register() -> None:
    bpy.utils.register_class(DOODLE_BRIDGE_OT_update_keys)


def unregister() -> None:
    bpy.utils.unregister_class(DOODLE_BRIDGE_OT_update_keys)
