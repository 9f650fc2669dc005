"""Panels of what is drawn over the doodle, and of what was said by hand of its keys."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..corrections import KINDS
from ..keyframes import correcting
from ..overlay import linking
from ..overlay.confidence import doubts_of
from ..sources import grease_pencil
from .panels import _SettingsPanel

_ICONS: Any = {kind: icon for kind, _, _, icon, _ in KINDS}


class DOODLE_BRIDGE_PT_overlay(_SettingsPanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_overlay"
    bl_label = "Overlay"
    bl_options = {"DEFAULT_CLOSED"}

    def draw_header(self, context: bpy.types.Context) -> None:
        self.layout.prop(context.scene.doodle_bridge_overlay, "show", text="")

    def draw(self, context: bpy.types.Context) -> None:
        overlay: Any = context.scene.doodle_bridge_overlay
        column = self.column()
        column.active = overlay.show
        column.prop(overlay, "onion")
        if overlay.onion:
            self._onion(column.column(), overlay, self.settings(context).source)
        column.prop(overlay, "arcs")
        if overlay.arcs:
            column.prop(overlay, "arcs_of", text="Of")
        column.prop(overlay, "doubt")
        column.prop(overlay, "links")

    def _onion(self, column: bpy.types.UILayout, overlay: Any, source: Any) -> None:
        if grease_pencil.is_grease_pencil(source):
            column.prop(overlay, "as_drawing")
            if overlay.as_drawing:
                pair = column.column(align=True)
                pair.prop(source.data, "ghost_before_range", text="Before")
                pair.prop(source.data, "ghost_after_range", text="After")
                return
        pair = column.column(align=True)
        pair.prop(overlay, "before")
        pair.prop(overlay, "after")
        column.prop(overlay, "by_frames")
        pair = column.column(align=True)
        pair.prop(overlay, "before_colour")
        pair.prop(overlay, "after_colour")
        column.prop(overlay, "opacity", text="Opacity")


class DOODLE_BRIDGE_UL_corrections(bpy.types.UIList):
    """What was said by hand: which shapes of which keys"""

    bl_idname = "DOODLE_BRIDGE_UL_corrections"

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: object,
        item: Any,
        _icon: int,
        _active_data: object,
        _active_property: str,
        index: int = 0,
    ) -> None:
        row = layout.row(align=True)
        row.label(text=told(item), icon=_ICONS[item.kind], translate=False)
        row.operator("doodle_bridge.remove_correction", text="", icon="X", emboss=False).index = index


def told(item: Any) -> str:
    """A correction in a line."""
    if item.kind == "link" and len(item.ends) == 2:
        first, second = item.ends
        return iface_("{} of key {} to {} of key {}").format(first.shape, first.key, second.shape, second.key)
    if item.layer:
        return iface_("Layer '{}' alone").format(item.layer)
    keys = ", ".join(str(key) for key in sorted({end.key for end in item.ends}))
    if item.kind == "alone":
        return iface_("{} alone at key {}").format(len(item.ends), keys)
    return iface_("{} together at key {}").format(len(item.ends), keys)


class DOODLE_BRIDGE_PT_corrections(_SettingsPanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_corrections"
    bl_parent_id = "DOODLE_BRIDGE_PT_keys"
    bl_label = "Corrections"

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, self.settings(context)
        _doubt(layout, context.object)
        row = layout.row(align=True)
        row.scale_y = 1.2
        linked = linking.state() is not None
        row.operator("doodle_bridge.draw_links", text="Done" if linked else None, icon="LINKED", depress=linked)
        column = layout.column(align=True)
        picked = len(correcting.picked(settings))
        row = column.row(align=True)
        row.active = picked > 0
        row.operator("doodle_bridge.leave_alone", icon="UNLINKED").what = "shapes"
        row.operator("doodle_bridge.belong_together", text="Belong Together", icon="GROUP")
        text = iface_("Shapes picked: {}").format(picked) if picked else iface_("Click shapes to pick them")
        column.label(text=text, translate=False)
        if len(settings.corrections):
            layout.template_list(
                "DOODLE_BRIDGE_UL_corrections", "", settings, "corrections", settings, "active_correction", rows=3
            )


def _doubt(layout: bpy.types.UILayout, ob: bpy.types.Object) -> None:
    """How sure the keys' becoming one another is, in numbers."""
    found = doubts_of(ob)
    if not found:
        return
    doubtful, shapes = sum(one.doubtful for one in found.values()), sum(one.shapes for one in found.values())
    if doubtful:
        text = iface_("{} of {} shapes are in doubt").format(doubtful, shapes)
        layout.label(text=text, icon="ERROR", translate=False)
        worst = min(found.values(), key=lambda one: one.confidence)
        text = iface_("most from key {} to {}: {:.0%} sure").format(worst.first, worst.second, worst.confidence)
        layout.label(text=text, icon="BLANK1", translate=False)
    else:
        text = iface_("All {} shapes are sure of their partners").format(shapes)
        layout.label(text=text, icon="CHECKMARK", translate=False)


CLASSES = (DOODLE_BRIDGE_UL_corrections, DOODLE_BRIDGE_PT_corrections, DOODLE_BRIDGE_PT_overlay)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
