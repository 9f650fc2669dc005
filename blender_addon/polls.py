"""What operators ask before they can act: each says in one line, on the greyed-out button, what is missing."""

from __future__ import annotations

from typing import Any

import bpy

from .properties import active_doodle

__all__ = ["doodle", "doodle_with_own_keys"]


def doodle(operator: Any, context: bpy.types.Context) -> bpy.types.Object | None:
    """The active object if it is a doodle; else None, and the operator's class says so."""
    ob = context.object
    if ob is None or not ob.doodle_bridge.is_doodle:
        operator.poll_message_set("Select a doodle first")
        return None
    return ob


def doodle_with_own_keys(
    operator: Any, context: bpy.types.Context, of_drawing: bool = False
) -> bpy.types.Object | None:
    """As `doodle`, if its keys can be changed here: an override keeps settings, but no added or removed keys.
    of_drawing: the doodle that is made of the active drawing, too."""
    drawn = active_doodle(context) if of_drawing else None
    ob = drawn if drawn is not None and drawn.doodle_bridge.is_doodle else doodle(operator, context)
    if ob is not None and (ob.library is not None or ob.override_library is not None):
        operator.poll_message_set("The doodle's keys live in the file that it is linked from: change them there")
        return None
    return ob
