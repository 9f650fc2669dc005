"""The spacing chart: how the drawings between two keys are spaced, and buttons for other charts."""

from __future__ import annotations

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..keyframes import charting, keys
from .panels import HOLDS, _FramePanel

ROWS = (("even", "slow_out", "slow_in", "slow_both"), ("halves", "thirds"))
FAVOURS = (0.33, 0.67)


class DOODLE_BRIDGE_PT_spacing(_FramePanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_spacing"
    bl_parent_id = "DOODLE_BRIDGE_PT_motion"
    bl_label = "Spacing Chart"

    def draw(self, context: bpy.types.Context) -> None:
        ob, column = context.object, self.column()
        curve = keys.position_curve(ob)
        here = None if curve is None else charting.segment_at(ob, context.scene.frame_current_final)
        if here is None:
            column.label(text="Spacing needs two keys", icon="INFO")
            return
        held = charting.held_in(curve, here)
        text = iface_("Key {} to {}, frames {:g} to {:g}").format(
            here.number + 1, (here.number + 1) % len(ob.doodle_bridge.keys) + 1, here.first, here.last
        )
        column.label(text=text, translate=False)
        column.label(text=charting.ticks(charting.drawn(curve, here)), translate=False)
        charts = column.column(align=True)
        for names in ROWS:
            row = charts.row(align=True)
            for name in names:
                made = row.operator("doodle_bridge.space", text=self._name(name))
                made.chart, made.frames = name, held
        row = charts.row(align=True)
        row.label(text="Favour")
        first = row.operator("doodle_bridge.space", text="First Key")
        first.chart, first.favour, first.frames = "favour", FAVOURS[0], held
        second = row.operator("doodle_bridge.space", text="Second Key")
        second.chart, second.favour, second.frames = "favour", FAVOURS[1], held
        row = charts.row(align=True)
        row.label(text="Drawings on")
        for frames, text in HOLDS:
            made = row.operator("doodle_bridge.space", text=text, depress=held == frames)
            made.chart, made.frames = "keep", frames

    def _name(self, chart: str) -> str:
        from ..operators.space import CHARTS

        return next(name for identifier, name, _ in CHARTS if identifier == chart)


register, unregister = bpy.utils.register_classes_factory((DOODLE_BRIDGE_PT_spacing,))
