"""The partners of a key that was made of an in-between, kept when a hand corrects it.

What becomes what on either side of such a key is known, and was seen. When its drawing changes, what is left of it
keeps its partners; only what is new is matched anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import bpy

from .. import session
from . import keys

if TYPE_CHECKING:
    from doodle_core.layering import Segment
    from doodle_core.matching.correspondence import Span

    from ..session import KeyData

__all__ = ["Before", "add", "carry", "close"]


@dataclass(frozen=True)
class Before:
    """What became what on either side of keys that were made of in-betweens, before the keys change."""

    known: tuple[tuple[Segment, list[Span]], ...]

    @classmethod
    def of(cls, ob: bpy.types.Object) -> Before:
        from doodle_core.errors import DoodleError

        settings = ob.doodle_bridge
        made = [bool(key.made) for key in settings.keys]
        if not any(made) or settings.model_id != session.get().model_id:
            return cls(())
        try:
            data = keys.data(ob)
            some = [one for one in session.get().segments(data) if made[one.first] or made[one.second]]
            found = [(one, session.get().spans(data, one)) for one in some]
        except DoodleError:  # a damaged key has no partners
            return cls(())
        return cls(tuple((one, spans) for one, spans in found if spans is not None))


def carry(ob: bpy.types.Object, before: Before, survivors: Mapping[int, int]) -> None:
    """Let partners follow their shapes into changed keys, which the doodle has already: old numbers of keys that are
    still there become new ones."""
    from doodle_core.drawing import Drawing
    from doodle_core.errors import DoodleError
    from doodle_core.partners import carried

    if not before.known:
        return
    try:
        data, current = keys.data(ob), session.get()
        there = {(one.first, one.second, one.layers): one for one in current.segments(data)}
        for old, spans in before.known:
            new = there.get((survivors.get(old.first, -1), survivors.get(old.second, -1), old.layers))
            if new is None or current.spans(data, new) is not None:
                continue
            (a, b), (c, d) = ([key.latent for key in one.keys] for one in (old, new))
            if all(isinstance(one, Drawing) for one in (a, b, c, d)):
                add(ob, data, new, carried(spans, (a, b), (c, d), current.compared))  # type: ignore[arg-type]
    except DoodleError:
        return  # the live view tells


def close(ob: bpy.types.Object, before: Before, gone: int, survivors: Mapping[int, int]) -> None:
    """Let the neighbours of a key that is gone be partners as they were through it, where nothing else is known."""
    from doodle_core.drawing import Drawing
    from doodle_core.errors import DoodleError
    from doodle_core.partners import joined

    try:
        data, current = keys.data(ob), session.get()
        there = {(one.first, one.second, one.layers): one for one in current.segments(data)}
        for one, spans in before.known:
            for two, further in before.known:
                if one.second != gone or two.first != gone or one.layers != two.layers:
                    continue
                new = there.get((survivors.get(one.first, -1), survivors.get(two.second, -1), one.layers))
                if new is None or current.spans(data, new) is not None:
                    continue
                middle, ends = one.keys[1].latent, [key.latent for key in new.keys]
                if isinstance(middle, Drawing) and all(isinstance(end, Drawing) for end in ends):
                    add(ob, data, new, joined(spans, further, middle, (ends[0], ends[1])))  # type: ignore[arg-type]
    except DoodleError:
        return  # the live view tells


def add(ob: bpy.types.Object, data: tuple[KeyData, ...], segment: Segment, spans: list[Span]) -> None:
    """Keep what becomes what in a segment with the key that it begins with."""
    line, key = session.get().told(data, segment, spans), ob.doodle_bridge.keys[segment.first]
    name = line.partition(" ")[0]
    others = [one for one in key.match.splitlines() if one.partition(" ")[0] != name]
    key.match = "\n".join([*others, line])
