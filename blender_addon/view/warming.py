"""The first drawing between two keys is the slow one: lines are matched, the keys' own pictures made. Done here before
anybody asks, so that scrubbing meets none of it.

One stretch between two keys a tick, with a rest between, and none while the animator plays, scrubs or draws. On the
main thread: a thread of Python would hold up every panel that Blender draws.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace

import bpy

from .. import session
from ..keyframes import keys
from ..properties import doodles
from . import desk

__all__ = ["positions", "start", "step", "stop"]

NEAR = 0.1
"""How far from its key, in key units, a stretch is tried: there the picture needs the key's own drawing too."""
SMALL = 128
"""Pixels a side that make the model match lines, and little more."""
ROOM = 128 << 20
"""Bytes of keys' pictures that are made in advance; beyond, lines are matched and no more."""
REST, LATER = 0.03, 0.3
"""Seconds between two stretches, and until the next look at an animator who is at work."""

# What is warm, by the hash of its content: no file that is opened makes it wrong.
_warm: set[int] = set()


def positions(count: int, loop: bool) -> list[float]:
    """Where to draw, in key units, for every stretch and every key of `count` to be met once."""
    if count < 2:
        return []
    stretches = count if loop else count - 1
    ends = [] if loop else [count - 1 - NEAR]
    return [number + NEAR for number in range(stretches)] + ends


def start() -> None:
    """Begin soon: keys were made, or a file opened. Nothing in a Blender without a window."""
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=LATER)


def stop() -> None:
    """Forget everything; the session is gone."""
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    _warm.clear()


def step(requests: list[session.FrameRequest]) -> bool:
    """Warm the first stretch that is cold; False when none is. `requests` ask for one frame of each doodle shown."""
    from doodle_core.errors import DoodleError

    for content, request in _stretches(requests):
        name = hash(content)
        if name not in _warm:
            _warm.add(name)
            try:
                session.render(request)
            except DoodleError:
                continue  # the live view tells
            return True
    return False


def _stretches(requests: list[session.FrameRequest]) -> Iterator[tuple[Hashable, session.FrameRequest]]:
    needed = sum(3 * 4 * request.size**2 * len(request.keys) for request in requests)
    for request in requests:
        size = request.size if needed <= ROOM else min(request.size, SMALL)
        for position in positions(len(request.keys), request.closed_time is not None):
            at = int(position)
            first, second = request.keys[at], request.keys[(at + 1) % len(request.keys)]
            side = position - at < 0.5
            # Nothing of it depends on the shake or the colour.
            wanted = replace(request, position=position, sigma=0.0, boil=0.0, size=size)
            yield (session.name_of(first), session.name_of(second), side, size, request.model_id), wanted


def _tick() -> float | None:
    if desk.playing() or desk.at_work() or desk.rendering():
        return LATER
    return REST if step(_requests()) else None


def _requests() -> list[session.FrameRequest]:
    found = []
    for scene, layer in desk.views():
        depsgraph = layer.depsgraph
        for ob in doodles(scene.objects) if depsgraph is not None else ():
            if ob.visible_get(view_layer=layer) and not ob.doodle_bridge.is_baked and ob.doodle_bridge.keys:
                found.append(keys.frame_request(ob.evaluated_get(depsgraph), scene.frame_current_final))
    return found
