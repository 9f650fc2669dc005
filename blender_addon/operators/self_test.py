"""Does the model work here, and how fast?"""

import bpy

from .. import session


class DOODLE_BRIDGE_OT_self_test(bpy.types.Operator):
    """A known latent, decoded and compared."""

    bl_idname = "doodle_bridge.self_test"
    bl_label = "Self-Test"
    bl_description = (
        "Decode a drawing that is known, compare it with the figures stored with the model, and tell what runs the "
        "model and how long a frame takes"
    )
    bl_options = {"REGISTER"}

    def execute(self, _context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError
        from doodle_core.self_test import self_test

        try:
            line = self_test(session.get().model).told()
        except DoodleError as error:
            remember(str(error), False)
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        remember(line, True)
        self.report({"INFO"}, line)
        return {"FINISHED"}


_last: tuple[str, bool] | None = None


def last() -> tuple[str, bool] | None:
    """What the last test came to, in one line, and whether it was passed; None before one."""
    return _last


def remember(line: str, passed: bool) -> None:
    global _last
    _last = line, passed


def forget() -> None:
    """The model or what runs it is another one."""
    global _last
    _last = None


def register() -> None:
    bpy.utils.register_class(DOODLE_BRIDGE_OT_self_test)


def unregister() -> None:
    bpy.utils.unregister_class(DOODLE_BRIDGE_OT_self_test)
    forget()
