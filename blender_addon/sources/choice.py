"""What of a drawing becomes keys: which of its layers, and which of their keyframes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import bpy

from ..view import strokes_view
from . import space as spaces

if TYPE_CHECKING:
    from ..properties import DoodleSettings

__all__ = ["BREAKDOWNS", "VISIBLE", "Choice", "available", "store", "stored"]

BREAKDOWNS = frozenset({"BREAKDOWN", "JITTER", "GENERATED"})
"""Types of keyframes that lie between an artist's keys."""


@dataclass(frozen=True)
class Choice:
    """Parameters
    ----------
    layers : tuple of str or None
        Their names. None: all that can be seen.
    excluded : frozenset of str
        Types of keyframes that are no keys.
    """

    layers: tuple[str, ...] | None = None
    excluded: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: DoodleSettings) -> Choice:
        """That of a doodle. A layer that has got another name since its keys were read is still the same."""
        excluded = BREAKDOWNS if settings.exclude_breakdowns else frozenset()
        names = _names(settings.layers)
        if names is None or settings.source is None or settings.source.type != "GREASEPENCIL":
            return cls(names, excluded)
        own = spaces.load(settings)
        renamed = {} if own is None else _renamed(own.names, settings.source)
        return cls(tuple(renamed.get(name, name) for name in names), excluded)

    @classmethod
    def asked(cls, layer: str, exclude_breakdowns: bool = False) -> Choice:
        """The layer of this name, or, for '', all that can be seen."""
        return cls((layer,) if layer else None, BREAKDOWNS if exclude_breakdowns else frozenset())


VISIBLE = Choice()


def store(settings: DoodleSettings, layers: Iterable[str]) -> None:
    """Have the keys of a doodle come from these layers."""
    settings.layers = json.dumps(list(layers), ensure_ascii=False)


def stored(settings: DoodleSettings) -> tuple[str, ...] | None:
    """What `store` kept: the names that the layers had when the keys were read. None where nothing was."""
    return _names(settings.layers)


def available(ob: bpy.types.Object) -> list[str]:
    """The layers of a Grease Pencil object that can become keys, from the back: all but those of baked in-betweens."""
    baked = strokes_view.baked_layers(ob)
    return [layer.name for layer in ob.data.layers if layer.name not in baked]


def _names(text: str) -> tuple[str, ...] | None:
    try:
        found = json.loads(text or "null")
    except ValueError:
        return None
    return None if not isinstance(found, list) else tuple(map(str, found))


def _renamed(old: Sequence[str], ob: bpy.types.Object) -> dict[str, str]:
    """Layers that have another name now, by their old ones: a new name stands where an old one has gone."""
    baked = strokes_view.baked_layers(ob)
    before, now = [name for name in old if name not in baked], available(ob)
    if len(before) != len(now):
        return {}
    return {one: other for one, other in zip(before, now, strict=True) if one not in now and other not in before}
