"""Which baked in-betweens a hand has changed since: those whose strokes are not the ones that were written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from . import stroke_data

if TYPE_CHECKING:
    from ..properties import DoodleSettings

__all__ = ["changed", "digest", "note"]


def digest(drawing: Any) -> str:
    """A name of a drawing's strokes. Attributes that hold nothing but what Blender takes for granted make no
    difference."""
    total = blake2b(digest_size=8)
    for name, numbers in stroke_data.contents(drawing):
        total.update(f"{name}{numbers.shape}".encode())
        total.update(numbers.tobytes())
    return total.hexdigest()


def changed(settings: DoodleSettings, layers: Mapping[str, Any], first: int, last: int) -> dict[str, list[int]]:
    """The frames from `first` to `last`, rising, at which layers (by what they are of) hold what no bake has written:
    strokes that were changed, and keyframes that were added."""
    known = _known(settings)
    answer = {}
    for one, layer in layers.items():
        written = known.get(one, {})
        answer[one] = sorted(
            frame.frame_number
            for frame in layer.frames
            if first <= frame.frame_number <= last and written.get(str(frame.frame_number)) != digest(frame.drawing)
        )
    return answer


def note(settings: DoodleSettings, layers: Mapping[str, Any], written: Mapping[str, list[int]]) -> None:
    """Remember what was written at these frames, and forget frames that are gone."""
    known = _known(settings)
    kept: dict[str, dict[str, str]] = {}
    for one, layer in layers.items():
        new = set(written.get(one, ()))
        before = known.get(one, {})
        kept[one] = {}
        for frame in layer.frames:
            number = str(frame.frame_number)
            if frame.frame_number in new:
                kept[one][number] = digest(frame.drawing)
            elif number in before:
                kept[one][number] = before[number]
    settings.strokes_digests = json.dumps(kept, ensure_ascii=False)


def _known(settings: DoodleSettings) -> dict[str, dict[str, str]]:
    try:
        known = json.loads(settings.strokes_digests or "{}")
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}
