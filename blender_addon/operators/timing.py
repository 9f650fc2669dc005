"""Timing by modifiers of `position`'s F-curve: drawings held on twos and threes, and a loop that closes."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import IntProperty

from .. import polls
from ..keyframes import keys, making

__all__ = ["held_frames", "is_closed"]


def held_frames(ob: bpy.types.Object) -> int:
    """For how many frames the Stepped modifier of `position` holds a drawing: 1 where there is none."""
    modifier = _modifier(keys.position_curve(ob), "STEPPED")
    return 1 if modifier is None else max(1, round(modifier.frame_step))


def is_closed(ob: bpy.types.Object) -> bool:
    """Whether a loop is set up in time: it goes on, its first key returns at a keyframe, and keyframes repeat."""
    settings = ob.doodle_bridge
    curve = keys.position_curve(ob)
    return settings.loop and keys.closing_keyframe(ob) is not None and _modifier(curve, "CYCLES") is not None


class _TimingOperator:
    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        ob = polls.doodle(cls, context)
        if ob is None:
            return False
        if keys.position_curve(ob) is None:
            cls.poll_message_set("Position has no keyframes in the doodle's own action")
            return False
        return True


class DOODLE_BRIDGE_OT_hold_frames(_TimingOperator, bpy.types.Operator):
    """Hold every drawing for so many frames, with a Stepped modifier on the curve of Position"""

    bl_idname = "doodle_bridge.hold_frames"
    bl_label = "Hold Drawings"
    bl_options = {"REGISTER", "UNDO"}

    frames: IntProperty(
        name="Frames", description="1 is on ones (no hold), 2 on twos, 3 on threes", default=2, min=1, soft_max=6
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        ob = context.object
        curve = keys.position_curve(ob)
        modifier = _modifier(curve, "STEPPED")
        if self.frames == 1:
            if modifier is not None:
                curve.modifiers.remove(modifier)
        else:
            modifier = modifier or curve.modifiers.new("STEPPED")
            modifier.frame_step = self.frames
            # Counted from the first key, so that it, and every key a whole number of holds later, is shown.
            modifier.frame_offset = keys.key_times(ob)[0]
        curve.update()
        making.finish(context, ob)
        return {"FINISHED"}


class DOODLE_BRIDGE_OT_close_loop(_TimingOperator, bpy.types.Operator):
    """From the last key back to the first, for ever."""

    bl_idname = "doodle_bridge.close_loop"
    bl_label = "Close the Loop"
    bl_description = (
        "Let the doodle go round for ever: Loop is turned on, a keyframe is added at which the first key returns, and "
        "a Cycles modifier repeats the keyframes"
    )
    bl_options = {"REGISTER", "UNDO"}

    frames: IntProperty(
        name="Frames",
        description="Frames from the last key to the return of the first; 0: as many as keys are apart on average",
        default=0,
        min=0,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not super().poll(context):
            return False
        if len(context.object.doodle_bridge.keys) < 2:
            cls.poll_message_set("A loop needs two keys")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        ob = context.object
        curve = keys.position_curve(ob)
        times = keys.key_times(ob)
        returns = keys.closing_keyframe(ob)
        repeats = _modifier(curve, "CYCLES") is not None
        if not repeats and any(one.type == "ENVELOPE" for one in curve.modifiers):
            self.report({"ERROR"}, rpt_("A Cycles modifier must come first: delete the Envelope modifier of Position"))
            return {"CANCELLED"}
        if returns is None or self.frames:
            when = times[-1] + self.frames if self.frames else round(keys.closing_time(ob, times))
            if returns is not None:
                curve.keyframe_points.remove(returns)
            # Read before the new one is there: it moves the others in memory.
            interpolation = max(curve.keyframe_points, key=lambda point: point.co.x).interpolation
            curve.keyframe_points.insert(when, len(times)).interpolation = interpolation
        if not repeats:
            _repeat(curve)
        ob.doodle_bridge.loop = True
        curve.update()
        making.finish(context, ob)
        return {"FINISHED"}


def _modifier(curve: bpy.types.FCurve | None, kind: str) -> Any:
    """The curve's modifier of that kind; None where there is none, or it is muted."""
    found = () if curve is None else curve.modifiers
    return next((one for one in found if one.type == kind and not one.mute), None)


def _repeat(curve: bpy.types.FCurve) -> None:
    """Add a Cycles modifier. Blender has it only as the first: others are made again behind it, as they were."""
    kept = []
    for one in curve.modifiers:
        names = [p.identifier for p in one.bl_rna.properties if not p.is_readonly and p.type != "COLLECTION"]
        kept.append((one.type, {name: getattr(one, name) for name in names if name not in _OF_THE_STACK}))
    while curve.modifiers:
        curve.modifiers.remove(curve.modifiers[0])
    curve.modifiers.new("CYCLES")
    for kind, values in kept:
        modifier = curve.modifiers.new(kind)
        for name, value in values.items():
            setattr(modifier, name, value)


_OF_THE_STACK = {"active", "rna_type", "type"}

CLASSES = (DOODLE_BRIDGE_OT_hold_frames, DOODLE_BRIDGE_OT_close_loop)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
