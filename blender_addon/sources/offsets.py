"""Layers that come some frames later than the others, or before them: the follow-through of what hangs on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..properties import DoodleSettings

__all__ = ["copy", "fit", "of_layers"]


def of_layers(settings: DoodleSettings, names: Sequence[str]) -> list[tuple[int, int]]:
    """The numbers of layers that have an offset, and these, in frames."""
    found = {one.name: one.frames for one in settings.offsets if one.frames}
    return [(number, found[name]) for number, name in enumerate(names) if name in found] if found else []


def fit(settings: DoodleSettings, names: Sequence[str]) -> None:
    """Let a doodle have an offset for each of these layers, from the back. One that has got another name keeps its
    own."""
    before = [(one.name, one.frames) for one in settings.offsets]
    if [name for name, _ in before] == list(names):
        return
    known = dict(before)
    renamed = len(before) == len(names)
    settings.offsets.clear()
    for number, name in enumerate(names):
        made = settings.offsets.add()
        made.name = name
        if name in known:
            made.frames = known[name]
        elif renamed and before[number][0] not in names:
            made.frames = before[number][1]


def copy(old: DoodleSettings, new: DoodleSettings) -> None:
    """Give one doodle the offsets of another with the same layers."""
    fit(new, [one.name for one in old.offsets])
    for one, other in zip(old.offsets, new.offsets, strict=True):
        other.frames = one.frames
