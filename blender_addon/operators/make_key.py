"""In-betweens that become keys, to be corrected by hand: the one that is shown, or the one that would help most."""

from __future__ import annotations

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, IntProperty

from .. import polls
from ..keyframes import breakdowns
from ..view import live

_FAVOURING = "0 is the in-between as it is shown; -100 all the way to the key before, 100 to the key after"


class _MakesKey(bpy.types.Operator):
    """What both share."""

    bl_options = {"REGISTER", "UNDO"}

    favouring: IntProperty(
        name="Favouring",
        description=_FAVOURING,
        default=0,
        min=-100,
        max=100,
        subtype="PERCENTAGE",
        options={"SKIP_SAVE"},
    )
    edit: BoolProperty(
        name="Edit Drawing",
        description="Go on to the drawing, to correct the strokes",
        default=False,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        ob = polls.doodle_with_own_keys(cls, context)
        if ob is None:
            return False
        if len(ob.doodle_bridge.keys) < 2:
            cls.poll_message_set("In-betweens need two keys")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        ob = context.object
        try:
            self.go(context, ob)
            number = breakdowns.make(context, ob, self.favouring / 100)
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        frame = ob.doodle_bridge.keys[number].frame
        self.report({"INFO"}, rpt_("Key {} is drawn at frame {}: correct it, then Update Keys").format(number, frame))
        if self.edit and bpy.ops.doodle_bridge.edit_drawing.poll():
            bpy.ops.doodle_bridge.edit_drawing()
            context.scene.frame_set(frame)
        return {"FINISHED"}

    def go(self, context: bpy.types.Context, ob: bpy.types.Object) -> None:
        """Go to the frame that is meant. Raises DoodleError where there is none."""


class DOODLE_BRIDGE_OT_make_key(_MakesKey):
    """The in-between that is shown becomes a key."""

    bl_idname = "doodle_bridge.make_key"
    bl_label = "Make It a Key"
    bl_description = (
        "Draw the in-between of this frame on the layers of the doodle's drawing, as a breakdown: a key to correct by "
        "hand. What becomes what stays as it is; Remove Key brings the old in-betweens back"
    )


class DOODLE_BRIDGE_OT_add_key_where_needed(_MakesKey):
    """The in-between that would help most becomes a key."""

    bl_idname = "doodle_bridge.add_key_where_needed"
    bl_label = "Add a Key Where Needed"
    bl_description = (
        "Go to the frame where one drawing would help most, where much moves and what becomes what is least sure, and "
        "make its in-between a key to correct by hand"
    )

    def go(self, context: bpy.types.Context, ob: bpy.types.Object) -> None:
        live.go_to(context.scene, float(breakdowns.where_needed(ob)))


CLASSES = (DOODLE_BRIDGE_OT_make_key, DOODLE_BRIDGE_OT_add_key_where_needed)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
