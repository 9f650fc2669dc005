"""What becomes what between two keys is decided once, and stored with the keys when the file is saved.

The network's scores differ in their last digits from machine to machine, and more from engine to engine. Where two ways
are about as good, a farm would draw another in-between here and there. With the decision in the file every machine
draws the same.
"""

from __future__ import annotations

import time

import bpy
from bpy.app.handlers import persistent

from .. import session
from ..hooks import Hooks
from ..properties import doodles
from . import keys

__all__ = ["store"]

PATIENCE = 0.5
"""Seconds that a save in a window may take for stretches that nobody has looked at yet; others wait for the next."""


def store() -> None:
    """Write into the file's keys what was decided about the stretches between them; decide the rest, without a window
    all of it."""
    from doodle_core.errors import DoodleError

    current = session.get()
    if current.loaded is None:
        return  # nothing was drawn: all is as it was read
    until = time.perf_counter() + (float("inf") if bpy.app.background else PATIENCE)
    for ob in doodles():
        settings = ob.doodle_bridge
        if not ob.is_editable or ob.override_library is not None or settings.model_id != current.model_id:
            continue

        def wanted(closing: bool, loops: bool = settings.loop) -> bool:
            return (loops or not closing) and time.perf_counter() < until

        try:
            found = current.matches(keys.data(ob), wanted)
        except DoodleError:
            continue  # the live view tells
        for key, match in zip(settings.keys, found, strict=True):
            if key.match != match:
                key.match = match


@persistent
def _saving(*_: object) -> None:
    try:
        store()
    except Exception as error:  # the animator's file comes first
        print(f"Doodle Bridge: what becomes what is not stored in this file: {error}")


_hooks = Hooks(save_pre=_saving)


def register() -> None:
    _hooks.register()


def unregister() -> None:
    _hooks.unregister()
