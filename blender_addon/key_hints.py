"""What the artist has said of the shapes of a key, as text in the .blend: `DoodleKey.hints`.

It is written from the doodle's corrections (`keyframes.correcting`) and read when a frame is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from doodle_core.drawing import Drawing
    from doodle_core.matching.hints import Hints

__all__ = ["NOTHING", "End", "Said", "between", "hints_of", "said_of", "said_text"]


@dataclass(frozen=True)
class End:
    """One end of a link: its number, which both ends share, the shape's in the key's drawing, and a place on it, in
    canvas units."""

    number: int
    shape: int
    place: tuple[float, float]


@dataclass(frozen=True)
class Said:
    """What was said of one key.

    Parameters
    ----------
    links : ends of links
    alone : numbers of shapes that are left alone
    layers : numbers of layers that are left alone
    groups : a group's number, which it may have at other keys too, and the shapes that belong to it here
    """

    links: tuple[End, ...] = ()
    alone: tuple[int, ...] = ()
    layers: tuple[int, ...] = ()
    groups: tuple[tuple[int, tuple[int, ...]], ...] = ()


NOTHING = Said()


def said_text(said: Said) -> str:
    """The text of what was said; '' for nothing."""
    if said == NOTHING:
        return ""
    links = [[one.number, one.shape, *(round(value, 6) for value in one.place)] for one in said.links]
    return json.dumps(
        {"links": links, "alone": said.alone, "layers": said.layers, "groups": said.groups}, separators=(",", ":")
    )


@lru_cache(maxsize=1024)
def said_of(text: str) -> Said:
    """What `said_text` wrote; nothing for a damaged text."""
    if not text:
        return NOTHING
    try:
        table = json.loads(text)
        return Said(
            tuple(End(int(number), int(shape), (float(x), float(y))) for number, shape, x, y in table["links"]),
            _numbers(table["alone"]),
            _numbers(table["layers"]),
            tuple((int(number), _numbers(shapes)) for number, shapes in table["groups"]),
        )
    except (ValueError, KeyError, TypeError):
        return NOTHING


def hints_of(text: str, latent: Drawing | np.ndarray) -> Hints | None:
    """What a text says of a key's shapes; None for nothing, and for a key that has no shapes. What is said of shapes
    that are not there counts for nothing."""
    said = said_of(text)
    if said == NOTHING:
        return None
    import numpy as np

    from doodle_core.drawing import Drawing
    from doodle_core.matching.hints import Hints, LinkEnd

    if not isinstance(latent, Drawing):
        return None
    there = range(len(latent))
    layers = np.zeros(len(latent), np.int32) if latent.layers is None else latent.layers
    whole = np.flatnonzero(np.isin(layers, said.layers)).tolist()
    groups = ((number, frozenset(shape for shape in shapes if shape in there)) for number, shapes in said.groups)
    return Hints(
        tuple(LinkEnd(end.number, end.shape, end.place) for end in said.links if end.shape in there),
        frozenset(shape for shape in (*said.alone, *whole) if shape in there),
        tuple((number, shapes) for number, shapes in groups if shapes),
    )


def between(first: str, second: str) -> str:
    """What of two keys' texts matters for what becomes what between them: '' for nothing.

    Two texts that say the same, in another order or with other numbers, give the same.
    """
    one, two = said_of(first), said_of(second)
    ends = {end.number: end for end in two.links}
    links = sorted(
        [[end.shape, *end.place, ends[end.number].shape, *ends[end.number].place] for end in one.links
         if end.number in ends]
    )  # fmt: skip
    groups = sorted(_merged(one.groups, two.groups))
    rest = [sorted(part) for part in (one.alone, two.alone, one.layers, two.layers)]
    if not links and not groups and not any(rest):
        return ""
    return json.dumps([links, groups, *rest], separators=(",", ":"))


def _merged(first: Sequence[tuple[int, tuple[int, ...]]], second: Sequence[tuple[int, tuple[int, ...]]]) -> list:
    one, two = dict(first), dict(second)
    return [[sorted(one.get(number, ())), sorted(two.get(number, ()))] for number in {**one, **two}]


def _numbers(values: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(value) for value in values)
