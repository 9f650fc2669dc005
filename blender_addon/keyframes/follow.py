"""Watches what doodles were made from: says which keys are stale, and refreshes those of doodles that follow.

A moment after the last change, and never under a hand at work: while a stroke is drawn, something is transformed, an
animation plays or a render runs, changes wait. What follows makes no undo steps: an undo of a stroke is an undo of that
stroke, and the key follows back a moment later, as after any change. Picture files change unseen; they are looked at
when something else about their doodle changes, and read by Update Keys.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import bpy
from bpy.app.handlers import persistent

from ..hooks import Hooks
from ..properties import doodles
from ..view import desk, live, placement
from . import key_states, keys, updating
from .key_states import Glance
from .keys import Drawn

if TYPE_CHECKING:
    from ..view.placement import Placement

__all__ = ["QUIET", "catch_up", "changed", "due", "to_take_over"]

QUIET = 0.4
"""Seconds without a change before anything is done."""
TICK = 0.1
"""Seconds between two looks at the clock while something waits."""
AT_ONCE = 0.005
"""Seconds of reading drawings in one tick."""

# When the source of each doodle changed last, by the doodle's session_uid; and the reading that goes on, by tick.
_changed: dict[int, float] = {}
_reading: list[tuple[int, Iterator[None], Glance]] = []


def due(changes: Mapping[int, float], now: float, busy: bool) -> list[int]:
    """Which of the things that changed (when, in seconds, by name) have been left in peace long enough; none while a
    hand is at work."""
    return [] if busy else [name for name, when in changes.items() if now - when >= QUIET]


def changed(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, now: float) -> None:
    """Note the doodles whose source or whose own settings are among the updates of `depsgraph`."""
    found = live.doodles_of(scene)
    if not found:
        return
    touched = {update.id.original.session_uid for update in depsgraph.updates if update.id is not None}
    for ob in found:
        source = ob.doodle_bridge.source
        own = {ob.session_uid} | (set() if source is None else _parts(source))
        if not touched.isdisjoint(own):
            _changed[ob.session_uid] = now


def _parts(source: bpy.types.Object) -> set[int]:
    return {source.session_uid} | (set() if source.data is None else {source.data.session_uid})


def catch_up(context: bpy.types.Context, now: float, busy: bool, seconds: float = AT_ONCE) -> bool:
    """Look at the sources that have been quiet, for `seconds`, one drawing at least; whether something still waits.

    A doodle that follows takes over what was found as soon as its whole source was looked at.
    """
    until = time.perf_counter() + seconds
    for name in due(_changed, now, busy):
        ob = next((one for one in live.doodles_of(context.scene) if one.session_uid == name), None)
        if ob is None:
            continue
        _reading[:] = [one for one in _reading if one[0] != name]  # what was read before is old
        del _changed[name]
        if ob.is_editable:
            glance = Glance()
            depsgraph = context.evaluated_depsgraph_get()
            _reading.append((name, key_states.glances(ob, context.scene, depsgraph, glance), glance))
    while _reading and not busy:
        name, steps, glance = _reading[0]
        try:
            if next(steps, steps) is steps:
                _reading.pop(0)
                ob = next(one for one in live.doodles_of(context.scene) if one.session_uid == name)
                _finish(context, ob, glance)
        except (ReferenceError, StopIteration):  # the doodle was removed
            _reading[:] = [one for one in _reading if one[1] is not steps]
        if time.perf_counter() >= until:
            break
    return bool(_changed or _reading)


def _finish(context: bpy.types.Context, ob: bpy.types.Object, glance: Glance) -> None:
    from doodle_core.errors import DoodleError

    settings = ob.doodle_bridge
    states = key_states.write(ob, glance)
    if not settings.follow or glance.keyframes is None or ob.override_library is not None:
        return
    old = keys.stored(settings)
    wanted = to_take_over(old, states, glance, updating.left_out(settings), _loose(ob))
    if wanted is None:
        return
    if not any(one.ink.any() for one in glance.drawings.values()):
        return  # all is erased: what was drawn stays
    square = placement.load(settings)
    anew = [glance.drawings[one] for one in wanted if isinstance(one, int)]
    try:
        if placement.holds(square, anew):
            updating.take_over(context, ob, updating.Found(_drawn(wanted, glance, square), square))
            key_states.write(ob, glance)
        elif "empty" not in states:
            updating.update(context, ob)  # all keys, on a larger square; it would take away those without a drawing
    except DoodleError:
        pass  # the states tell, and so does Update Keys


def to_take_over(
    old: Sequence[Drawn],
    states: Sequence[str | None],
    glance: Glance,
    left_out: set[int],
    loose: Mapping[int, bool],
) -> list[Drawn | int] | None:
    """The keys that the doodle should have: old ones as they are, and the frames of drawings to read anew, rising.
    None when all is as it should be.

    Nothing that was set by hand is lost: a key whose drawing is gone goes only when `loose` says of its number that it
    stands where it would come back.
    """
    kept: list[Drawn] = []
    anew: set[int] = set()
    for number, (one, state) in enumerate(zip(old, states, strict=True)):
        moved = state == "stale" and one.frame not in glance.digests
        if one.path or state in (None, "fresh"):
            kept.append(one)
        elif state == "stale" and not moved:
            anew.add(one.frame)
        elif state == "empty" and not loose.get(number, False):
            kept.append(one)
    there = {one.frame for one in kept} | {one.frame for one in old if not one.path} | left_out
    anew |= {frame for frame in glance.drawings if frame not in there}
    if not anew and len(kept) == len(old):
        return None
    wanted: list[Drawn | int] = [*kept, *anew]
    if not wanted:
        return None
    return sorted(wanted, key=lambda one: one if isinstance(one, int) else one.frame)


def _drawn(wanted: Sequence[Drawn | int], glance: Glance, square: Placement) -> list[Drawn]:
    return [keys.Drawn.flat(glance.drawings[one], square) if isinstance(one, int) else one for one in wanted]


def _loose(ob: bpy.types.Object) -> dict[int, bool]:
    """Which keys, by number, stand on the timeline as Update Keys would put them: nothing was set by hand."""
    curve = keys.position_curve(ob)
    if curve is None:
        return dict.fromkeys(range(len(ob.doodle_bridge.keys)), True)
    frames = [key.frame for key in ob.doodle_bridge.keys]
    points = {round(point.co.y, 3): point for point in curve.keyframe_points}
    return {
        number: number in points and points[number].co.x == frame and points[number].interpolation == "LINEAR"
        for number, frame in enumerate(frames)
    }


def _tick() -> float | None:
    shown = {ob.session_uid for scene, _ in desk.views() for ob in live.doodles_of(scene)}
    for name in set(_changed) - shown:
        del _changed[name]  # removed, or in a scene that nobody looks at
    window = _window()
    if window is None:
        return TICK if _changed or _reading else None
    busy = desk.at_work() or desk.playing() or desk.rendering()
    with bpy.context.temp_override(window=window):
        waiting = catch_up(bpy.context, time.monotonic(), busy)
    return (0.0 if _reading and not busy else TICK) if waiting else None


def _window() -> bpy.types.Window | None:
    """A window that shows what is being read, or what waits."""
    names = {_reading[0][0]} if _reading else set(_changed)
    for window in bpy.context.window_manager.windows:
        if any(ob.session_uid in names for ob in live.doodles_of(window.scene)):
            return window
    _reading[:1] = []
    return None


def _start() -> None:
    if _changed and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=TICK)


@persistent
def _depsgraph_changed(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    if not bpy.app.background and depsgraph.mode == "VIEWPORT":
        changed(scene, depsgraph, time.monotonic())
        _start()


@persistent
def _file_changed(*_: object) -> None:
    """Another file, or another state of it: look at everything."""
    _changed.clear()
    _reading.clear()
    if not bpy.app.background:
        now = time.monotonic()
        _changed.update((ob.session_uid, now) for ob in doodles())
        _start()


_hooks = Hooks(
    depsgraph_update_post=_depsgraph_changed,
    load_post=_file_changed,
    undo_post=_file_changed,
    redo_post=_file_changed,
)


def register() -> None:
    _hooks.register()


def unregister() -> None:
    _hooks.unregister()
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    _changed.clear()
    _reading.clear()
