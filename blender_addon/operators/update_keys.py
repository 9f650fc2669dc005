"""Bring a doodle's keys up to date with its source, without touching the timing that was set by hand."""

import bpy

from .. import polls
from ..keyframes import updating
from ..properties import active_doodle


class DOODLE_BRIDGE_OT_update_keys(bpy.types.Operator):
    """The source as it is now, in the timing that was set by hand."""

    bl_idname = "doodle_bridge.update_keys"
    bl_label = "Update Keys"
    bl_description = (
        "Read the doodle's source again: changed drawings become new keys, new and removed keyframes are followed, "
        "your timing stays. Keys that you removed stay away"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return polls.doodle_with_own_keys(cls, context, of_drawing=True) is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        try:
            ob = active_doodle(context)
            assert ob is not None  # poll
            outcome = updating.update(context, ob)
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if outcome.warning:
            self.report({"WARNING"}, outcome.warning)
        self.report({"INFO"}, str(outcome))
        return {"FINISHED"}


def register() -> None:
    bpy.utils.register_class(DOODLE_BRIDGE_OT_update_keys)


def unregister() -> None:
    bpy.utils.unregister_class(DOODLE_BRIDGE_OT_update_keys)
