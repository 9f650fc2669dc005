"""How sure the matching of a doodle is, for panels: worked out now and then, not at every redraw."""

from __future__ import annotations

import time

import bpy

from .. import session
from ..keyframes import keys
from ..view import desk
from .doubt import Doubt, doubts

__all__ = ["doubts_of", "fresh", "stop"]

OFTEN = 0.5
"""Seconds between two looks."""
KEPT = 32

# By the session_uid of a doodle: when it was looked at, and what was found.
_known: dict[int, tuple[float, dict[int, Doubt]]] = {}


def fresh(ob: bpy.types.Object) -> dict[int, Doubt]:
    """Doubt by the number of the first key, for every pair of keys where what becomes what is decided; nothing before
    the model is loaded, and for models that make pictures."""
    from doodle_core.errors import DoodleError

    settings = ob.doodle_bridge
    loaded = session.get().loaded
    if loaded is None or not loaded.DRAWS or len(settings.keys) < 2 or settings.model_id != loaded.card.id:
        return {}
    try:
        found = session.get().certainties(keys.data(ob), settings.loop)
    except DoodleError:
        return {}  # the live view tells
    return doubts([(one.first, one.second, one.of_first, one.of_second) for one in found])


def doubts_of(ob: bpy.types.Object) -> dict[int, Doubt]:
    """The same as it was a moment ago, where it has been looked at; the panels that ask are drawn again when it has
    changed."""
    uid = ob.session_uid
    when, found = _known.get(uid, (0.0, {}))
    now = time.monotonic()
    if now - when > OFTEN:
        found = fresh(ob)
        if len(_known) >= KEPT:
            _known.clear()
        _known[uid] = now, found
        missing = len(found) < len(ob.doodle_bridge.keys) - 1
        if missing and not bpy.app.background and not bpy.app.timers.is_registered(_again):
            bpy.app.timers.register(_again, first_interval=2 * OFTEN)
    return found


def _again() -> None:
    """Something was not decided yet: perhaps it is by now."""
    desk.tag_redraw(("VIEW_3D",))


def stop() -> None:
    if bpy.app.timers.is_registered(_again):
        bpy.app.timers.unregister(_again)
    _known.clear()
