"""Layers that are timed by themselves: the parts of a track.

An artist draws a body at frames 1 and 25 and a blink, on a layer of its own, at 1, 10 and 12. The track has a key at
each of these times, and `position` counts them all; the body goes evenly from its drawing at 1 to that at 25 all the
same. So layers that have their keys at the same times are a track of their own, a part, and what is seen at a position
is what the parts show at its time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing, is_empty
from doodle_core.track import LatentKey, LatentTrack

__all__ = ["Part", "Segment", "parts", "segments", "time_at"]

Layers = frozenset[int]

_BLANK = Drawing.empty()


@dataclass(frozen=True, eq=False)
class Part:
    """Layers that have their keys at the same times.

    Parameters
    ----------
    track : LatentTrack
        Their keys: of each drawing what is on these layers. Where others begin earlier, the first key is blank.
    numbers : (K,) int64
        The number of each in the whole track; -1 for that first one.
    shapes : tuple of K (S,) int64 arrays
        For the shapes of each key, their numbers in the drawing that they are a part of.
    layers : frozenset of int
        The numbers of the layers.
    """

    track: LatentTrack
    numbers: NDArray[np.int64]
    shapes: tuple[NDArray[np.int64], ...]
    layers: Layers


def parts(track: LatentTrack) -> tuple[Part, ...]:
    """The parts of a track, from the back; none where all layers have their keys at the same times.

    The keys of parts are the same objects at every call, so that what was made of them is found again.
    """
    groups = _groups(tuple(key.layers for key in track.keys), tuple(key.drawn_layers for key in track.keys))
    return tuple(_part(track, layers, numbers) for layers, numbers in groups)


@dataclass(frozen=True, eq=False)
class Segment:
    """Two keys that in-betweens are made of.

    Parameters
    ----------
    first, second : int
        Their numbers in the track. Where the second is not the later one, it is the way back of a loop.
    keys : tuple of two LatentKey
        Of some layers alone, where layers have keys of their own.
    layers : frozenset of int or None
        The numbers of these layers; None for all.
    """

    first: int
    second: int
    keys: tuple[LatentKey, LatentKey]
    layers: frozenset[int] | None


def segments(track: LatentTrack) -> list[Segment]:
    """What is matched in a track, and what would be if it were a loop; nothing where latents are no drawings."""
    if track.latent_size:
        return []
    groups = _groups(tuple(key.layers for key in track.keys), tuple(key.drawn_layers for key in track.keys))
    whole: tuple[tuple[Layers | None, tuple[int, ...]], ...] = ((None, tuple(range(len(track.keys)))),)
    found = []
    for layers, numbers in groups or whole:
        for first, second in zip(numbers, (*numbers[1:], numbers[0]), strict=True) if len(numbers) > 1 else ():
            one, two = (
                track.keys[number] if layers is None else track.keys[number].part(layers)[0]
                for number in (first, second)
            )
            if not any(isinstance(key.latent, Drawing) and is_empty(key.latent) for key in (one, two)):
                found.append(Segment(first, second, (one, two), layers))
    return found


def time_at(track: LatentTrack, index: int, fraction: float) -> float:
    """The time at a fraction, 0 to 1, of the way from a key to the next, evenly between theirs."""
    times = track.times
    if fraction == 0.0 or index + 1 == len(times):
        return float(times[index])
    return float(times[index] + fraction * (times[index + 1] - times[index]))


@lru_cache(maxsize=64)
def _groups(keyed: tuple[Layers | None, ...], drawn: tuple[Layers, ...]) -> tuple[tuple[Layers, tuple[int, ...]], ...]:
    """Layers that go together, and the numbers of their keys: in the order of their lowest layers."""
    if all(own is None for own in keyed):
        return ()
    there = sorted({layer for own in (*keyed, *drawn) if own is not None for layer in own})
    found: dict[tuple[int, ...], list[int]] = {}
    for layer in there:
        numbers = tuple(number for number, own in enumerate(keyed) if own is None or layer in own)
        found.setdefault(numbers, []).append(layer)
    if list(found) == [tuple(range(len(keyed)))]:
        return ()
    return tuple((frozenset(layers), numbers) for numbers, layers in found.items() if numbers)


def _part(track: LatentTrack, layers: Layers, numbers: tuple[int, ...]) -> Part:
    whole = track.keys
    found = [whole[number].part(layers) for number in numbers]
    keys, shapes = [key for key, _ in found], [own for _, own in found]
    closed_time = track.closed_time
    if closed_time is not None:
        closed_time += keys[0].time - whole[0].time
    elif numbers[0] > 0:  # before its first drawing a layer shows nothing
        numbers = (-1, *numbers)
        keys.insert(0, LatentKey(_BLANK, whole[0].time))
        shapes.insert(0, np.zeros(0, np.int64))
    own = replace(track, keys=tuple(keys), closed_time=closed_time)
    return Part(own, np.array(numbers, np.int64), tuple(shapes), layers)
