"""Whether keys are still what is drawn: `DoodleKey.state`.

What a key was made from is compared with what its source shows now, by digest. Nothing is encoded for it, and nothing
in the scene is touched: a source that moves by itself (parents, modifiers, animation) is compared at the
frame where the scene stands.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import bpy

from ..sources import grease_pencil, images, retiming, space
from ..sources.choice import Choice
from ..view import placement
from . import keys, updating
from .keys import Drawn

if TYPE_CHECKING:
    from ..sources.grease_pencil import WorldDrawing

__all__ = ["Glance", "check", "glances", "judged", "write"]

EMPTY = ""
"""In place of a digest: nothing is drawn."""
_READ_LAST = 256


@dataclass
class Glance:
    """What a doodle's source shows, as far as it has been looked at.

    keyframes  frames at which something may be drawn; None when the source is gone
    digests    by frame, of strokes that were read, as the doodle's square sees them (`keys.Drawn.content`)
    drawings   what was read, by frame
    pictures   digests of picture keys by number, and how their files are now (`keys.stamp_of`)
    """

    keyframes: frozenset[int] | None = None
    digests: dict[int, str] = field(default_factory=dict)
    drawings: dict[int, WorldDrawing] = field(default_factory=dict)
    pictures: dict[int, tuple[str, str]] = field(default_factory=dict)


def check(ob: bpy.types.Object, scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> Glance:
    """Look at the whole source of a doodle, and write the states of its keys."""
    glance = Glance()
    for _ in glances(ob, scene, depsgraph, glance):
        pass
    write(ob, glance)
    return glance


def glances(
    ob: bpy.types.Object, scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, glance: Glance
) -> Iterator[None]:
    """Look at one key of the doodle after the other, the drawing at the current frame first, and put what is found
    into `glance`. Between two the world may change, but for the objects themselves."""
    settings = ob.doodle_bridge
    source = settings.source
    # What a time modifier shows when is only found by going through all frames.
    known = grease_pencil.is_grease_pencil(source) and not retiming.is_retimed(source)
    if known and source.name in scene.objects:
        glance.keyframes = frozenset(grease_pencil.keyframes(source, Choice.of(settings)))
        now = scene.frame_current
        at_hand = grease_pencil.at_hand(source, scene, Choice.of(settings), space.load(settings))
        for frame in sorted(at_hand, key=lambda one: (one > now, abs(one - now))):
            _look(ob, depsgraph, frame, glance)
            yield
    for number, one in enumerate(keys.stored(settings)):
        if one.path:
            glance.pictures[number] = _look_at_file(ob, one)
            yield


def judged(
    drawn: Sequence[Drawn],
    keyframes: Collection[int] | None,
    digests: Mapping[int, str],
    pictures: Mapping[int, tuple[str, str]],
) -> list[str | None]:
    """The state of each key, None where it is not known; arguments as in `Glance`."""
    own = {one.frame for one in drawn if not one.path}
    elsewhere = {content for frame, content in digests.items() if frame not in own}
    states: list[str | None] = []
    for number, one in enumerate(drawn):
        if one.path:
            seen = pictures[number][0] if number in pictures else None
        elif keyframes is None:
            seen = None
        elif one.frame not in keyframes:
            seen = "moved" if one.content in elsewhere else EMPTY
        else:
            seen = digests.get(one.frame)
        states.append(None if seen is None else _state(seen, one.digest if one.path else one.content))
    return states


def _state(seen: str, made_from: str) -> str:
    if seen == EMPTY:
        return "empty"
    return "fresh" if seen == made_from else "stale"


def write(ob: bpy.types.Object, glance: Glance) -> list[str | None]:
    """Give the doodle's keys the states that a glance shows; only what differs is written, for every write makes
    Blender evaluate the object."""
    settings = ob.doodle_bridge
    states = judged(keys.stored(settings), glance.keyframes, glance.digests, glance.pictures)
    for number, (key, state) in enumerate(zip(settings.keys, states, strict=True)):
        if state is not None and key.state != state:
            key.state = state
        if state == "fresh" and number in glance.pictures and key.stamp != glance.pictures[number][1]:
            key.stamp = glance.pictures[number][1]
    return states


def _look(ob: bpy.types.Object, depsgraph: bpy.types.Depsgraph, frame: int, glance: Glance) -> None:
    from doodle_core.errors import DoodleError

    settings = ob.doodle_bridge
    shown = grease_pencil.glance(settings.source, depsgraph, frame, Choice.of(settings), space.load(settings))
    try:
        grease_pencil.refuse_nan(shown)
        glance.digests[frame] = keys.Drawn.flat(shown, placement.load(settings)).content
    except DoodleError:
        return  # Update Keys tells
    glance.drawings[frame] = shown


# Digests of picture files by their content's own name: path, time and size.
_read: OrderedDict[tuple[str, str, int, images.Sheet], str] = OrderedDict()


def _look_at_file(ob: bpy.types.Object, one: Drawn) -> tuple[str, str]:
    """The digest of a picture key as its file is now (EMPTY without ink, or without file), and the file's stamp.

    The file is read only when it is not the one that the key was made from.
    """
    from doodle_core.errors import DoodleError

    settings, stamp = ob.doodle_bridge, keys.stamp_of(one.path)
    if not stamp:
        return EMPTY, stamp
    if stamp == one.stamp:
        return one.digest, stamp
    name = (bpy.path.abspath(one.path), stamp, one.cell, images.Sheet.of(settings))
    if name not in _read:
        try:
            _read[name] = updating.picture_key(settings, one.frame, one.path, one.cell).digest
        except DoodleError:
            _read[name] = EMPTY
        while len(_read) > _READ_LAST:
            _read.popitem(last=False)
    return _read[name], stamp
