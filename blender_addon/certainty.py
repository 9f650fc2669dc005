"""How sure what becomes what is, as the model says it, in the numbers of the doodle's keys and shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from doodle_core.model import DoodleModel
    from doodle_core.track import LatentTrack

__all__ = ["Certainty", "certainties"]


@dataclass(frozen=True, eq=False)
class Certainty:
    """Between two keys, by their numbers: 0..1 for each shape of either.

    Where it is for some layers alone, `shapes_of_first` and `shapes_of_second` are these shapes' numbers in the keys'
    drawings; None: all of them, in order.
    """

    first: int
    second: int
    of_first: np.ndarray
    of_second: np.ndarray
    shapes_of_first: np.ndarray | None = None
    shapes_of_second: np.ndarray | None = None


def certainties(model: DoodleModel, track: LatentTrack, closed: bool) -> list[Certainty]:
    """For each pair of keys where what becomes what is decided; that of a loop's end only where it is `closed`."""
    from doodle_core.layering import segments

    found = []
    for segment in segments(track):
        wanted = closed or segment.second > segment.first
        if wanted and model.match(*segment.keys, False) is not None:
            numbers, layers = (segment.first, segment.second), segment.layers
            shapes = [None if layers is None else track.keys[number].part(layers)[1] for number in numbers]
            found.append(Certainty(*numbers, *model.confidence(*segment.keys), shapes[0], shapes[1]))
    return found
