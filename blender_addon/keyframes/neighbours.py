"""The drawings on either side of a frame: what is matched there. Layers that have keys of their own have each their
own neighbours."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import eq
from typing import TYPE_CHECKING

from ..key_texts import name_of
from ..layer_keys import types_of
from .correcting import drawing_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from doodle_core.drawing import Drawing

    from ..properties import DoodleSettings

__all__ = ["Shown", "around", "following", "layer_of"]


@dataclass(frozen=True)
class Shown:
    """What one key has on one side of a frame.

    Parameters
    ----------
    side : 0 or 1
        Before the frame, or after it.
    key : int
        Its number.
    name : str
        Of its drawing, by content.
    drawing : Drawing
    among : (S,) bool
        Which of its shapes count on that side: those on layers whose neighbour this key is.
    """

    side: int
    key: int
    name: str
    drawing: Drawing
    among: NDArray[np.bool_]


def around(settings: DoodleSettings, position: float, lags: Sequence[tuple[int, float]] = ()) -> list[Shown]:
    """The keys before and after a position that what is seen there lies between; nothing for a doodle of one key.
    `lags`: the positions of layers that come later or before, by number. Raises DoodleError for keys without lines."""
    late = dict(lags)
    groups: list[tuple[float, Callable[[int], bool]]] = [(position, lambda layer: layer not in late)]
    groups += [(own, partial(eq, number)) for number, own in late.items()]
    found: list[Shown] = []
    for own, counts in groups if len(settings.keys) > 1 else ():
        found += _around(settings, own, counts)
    return sorted(found, key=lambda one: one.side)


def _around(settings: DoodleSettings, position: float, counts: Callable[[int], bool]) -> Iterator[Shown]:
    """The same of those layers that count."""
    import numpy as np

    count = len(settings.keys)
    last = count - 1 if settings.loop else count - 2
    index = min(max(math.floor(position % count if settings.loop else position), 0), last)
    for side, numbers in ((0, _backwards(index, settings)), (1, _forwards(index, settings))):
        met: set[int] = set()
        for number in numbers:
            drawing = drawing_of(settings, number)
            types = types_of(settings.keys[number].layers)
            layers = _layers(drawing)
            mine = [
                one
                for one in np.unique(layers).tolist()
                if counts(one) and one not in met and _keyed(settings, number, one)
            ]
            among = np.isin(layers, mine)
            if among.any():
                yield Shown(side, number, name_of(settings.keys[number]), drawing, among)
            if types is None:
                break
            met |= set(types)


def following(settings: DoodleSettings, key: int, layer: int) -> int | None:
    """The number of the next key at which a layer has a keyframe of its own; None after the last of a doodle that does
    not loop."""
    return next((number for number in _forwards(key, settings) if _keyed(settings, number, layer)), None)


def layer_of(drawing: Drawing, shape: int) -> int:
    """The number of the layer that a shape is on."""
    return int(_layers(drawing)[shape])


def _keyed(settings: DoodleSettings, number: int, layer: int) -> bool:
    types = types_of(settings.keys[number].layers)
    return types is None or layer in types


def _layers(drawing: Drawing) -> NDArray[np.int32]:
    import numpy as np

    return np.zeros(len(drawing), np.int32) if drawing.layers is None else drawing.layers


def _backwards(index: int, settings: DoodleSettings) -> Iterator[int]:
    """From a key to those before it, once round a loop."""
    yield from range(index, -1, -1)
    if settings.loop:
        yield from range(len(settings.keys) - 1, index, -1)


def _forwards(index: int, settings: DoodleSettings) -> Iterator[int]:
    """From the key after one on, once round a loop."""
    yield from range(index + 1, len(settings.keys))
    if settings.loop:
        yield from range(index + 1)
