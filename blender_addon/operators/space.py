"""Spacing charts, as animators draw them beside a key, written as keyframes of `position`."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import EnumProperty, FloatProperty, IntProperty

from .. import polls
from ..keyframes import charting, keys, making

CHARTS = (
    ("even", "Even", "Drawings are as far apart from each other"),
    ("slow_out", "Slow Out", "Leaves the first key slowly: drawings crowd after it"),
    ("slow_in", "Slow In", "Comes slowly to the second key: drawings crowd before it"),
    ("slow_both", "Slow Out and In", "Leaves the first key and comes to the second slowly"),
    ("halves", "Halves", "Each drawing goes half the way that is left to the second key"),
    ("thirds", "Thirds", "Each drawing goes a third of the way that is left to the second key"),
    ("favour", "Favour", "The drawing in the middle of the time is nearer to one of the keys"),
    ("keep", "As It Is", "Drawings stay where the keyframes have them; how long each is held changes"),
)
SPANS = (
    ("here", "This One", "From the key before the current frame to the next"),
    ("all", "All", "Between all keys"),
)


class DOODLE_BRIDGE_OT_space(bpy.types.Operator):
    """Space the drawings between two keys by a chart, with keyframes of Position that can be moved by hand"""

    bl_idname = "doodle_bridge.space"
    bl_label = "Space Drawings"
    bl_options = {"REGISTER", "UNDO"}

    chart: EnumProperty(name="Chart", description="How drawings are spaced between two keys", items=CHARTS)
    frames: IntProperty(
        name="Frames", description="1 is on ones (no hold), 2 on twos, 3 on threes", default=1, min=1, soft_max=6
    )
    favour: FloatProperty(
        name="Favour",
        description="Where the drawing in the middle of the time is: nearer to the first key under 0.5, to the second "
        "above it",
        default=0.33,
        min=0.02,
        max=0.98,
    )
    span: EnumProperty(name="Between", description="Between which keys", items=SPANS, default="here")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        ob = polls.doodle(cls, context)
        if ob is None:
            return False
        if keys.position_curve(ob) is None:
            cls.poll_message_set("Position has no keyframes in the doodle's own action")
            return False
        if len(ob.doodle_bridge.keys) < 2:
            cls.poll_message_set("Spacing needs two keys")
            return False
        return True

    def draw(self, _context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.use_property_split = True
        column.prop(self, "chart")
        row = column.row()
        row.active = self.chart == "favour"
        row.prop(self, "favour")
        column.prop(self, "frames")
        column.prop(self, "span")

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        ob = context.object
        curve = keys.position_curve(ob)
        chosen = charting.segments(ob)
        if self.span == "here":
            here = charting.segment_at(ob, context.scene.frame_current_final)
            chosen = [one for one in chosen if one == here]
        try:
            planned = [(one, self._drawings(curve, one)) for one in chosen]
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        for segment, drawings in planned:
            charting.write(curve, segment, drawings, self.frames > 1)
        making.finish(context, ob)
        count = sum(len(drawings) for _, drawings in planned)
        self.report({"INFO"}, rpt_("{} drawings between {} pairs of keys").format(count, len(planned)))
        return {"FINISHED"}

    def _drawings(self, curve: Any, segment: charting.Segment) -> list[tuple[float, float]]:
        """What there is between two keys. Evenly on ones, their two keyframes say it all."""
        from doodle_core.spacing import NEAREST, spaced

        if self.chart == "even" and self.frames == 1:
            return []
        chart = "even" if self.chart == "keep" else self.chart
        drawings = spaced(chart, segment.first, segment.last, self.frames, self.favour)
        if self.chart == "keep":
            frames = [frame for frame, _ in drawings]
            # What is nearer to the next key would be taken for it.
            drawings = [
                (f, min(s, 1 - NEAREST)) for f, s in zip(frames, charting.shares(curve, segment, frames), strict=True)
            ]
        return drawings


def register() -> None:
    bpy.utils.register_class(DOODLE_BRIDGE_OT_space)


def unregister() -> None:
    bpy.utils.unregister_class(DOODLE_BRIDGE_OT_space)
