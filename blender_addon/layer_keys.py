"""Which layers have a keyframe of their own at a key, as text in the .blend, with the keyframes' types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

__all__ = ["layered", "layers_text", "types_of"]

_NONE = "-"


def layers_text(types: Mapping[int, str]) -> str:
    """Types of keyframes by the numbers of layers, as text: `0:KEYFRAME 2:EXTREME`."""
    return " ".join(f"{number}:{kind}" for number, kind in sorted(types.items())) or _NONE


@lru_cache(maxsize=4096)
def types_of(text: str) -> Mapping[int, str] | None:
    """What `layers_text` wrote; None for '', where all layers have what the key shows. What is damaged is left out."""
    if not text:
        return None
    pairs = (one.partition(":") for one in text.split())
    return {int(number): kind for number, _, kind in pairs if number.isdecimal()}


def layered(texts: Iterable[str]) -> bool:
    """Whether layers have their keyframes at different keys."""
    found = {None if types is None else frozenset(types) for types in map(types_of, texts)}
    return len(found) > 1
