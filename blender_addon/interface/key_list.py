"""The list of a doodle's keys: thumbnail, frame, state."""

from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface_

from .. import thumbnails
from ..overlay.confidence import doubts_of
from ..overlay.doubt import SURE

_STATE_ICONS: Any = {"fresh": "BLANK1", "stale": "FILE_REFRESH", "empty": "GHOST_DISABLED"}


class DOODLE_BRIDGE_UL_keys(bpy.types.UIList):
    """Latent keys: what was drawn, where it came from, and whether it is still drawn so"""

    bl_idname = "DOODLE_BRIDGE_UL_keys"

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any,
        item: Any,
        _icon: int,
        _active_data: object,
        _active_property: str,
        index: int = 0,
    ) -> None:
        row = layout.row(align=True)
        icon = thumbnails.icon_of(item)
        if icon:
            row.label(text=str(index), icon_value=icon, translate=False)
        else:
            row.label(text=str(index), icon="KEYFRAME", translate=False)
        name = bpy.path.basename(item.path) if item.path else iface_("Frame {}").format(item.frame)
        row.label(text=name, translate=False)
        _doubt(row, data.id_data, index)
        row.label(text="", icon=_STATE_ICONS[item.state])


def _doubt(row: bpy.types.UILayout, ob: Any, index: int) -> None:
    """How sure what becomes what is on the way to the next key, where some of it is in doubt."""
    found = doubts_of(ob).get(index)
    if found is not None and found.doubtful:
        mark = row.row(align=True)
        mark.alignment = "RIGHT"
        mark.alert = found.confidence < SURE
        mark.label(text=f"{found.confidence:.0%}", icon="ERROR", translate=False)


CLASSES = (DOODLE_BRIDGE_UL_keys,)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
