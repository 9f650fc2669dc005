"""Two keys told by the same pieces of line."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.errors import DoodleError

__all__ = ["Paired"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Paired:
    """Two keys in correspondence: vertex v is the same ink at both. The arrays become read-only copies.

    first    (V, 3) float64: x, y and radius at the first key, model pixels; x and y from the canvas centre, so that the
             canvas is -32..32, y down. The radius may be negative: ink that does not exist at that key (a strokelet's
             field is radius minus distance). Vertices of a run may all lie in one place: a line that grows out of it
    second   (V, 3) float64: the same at the second key
    offsets  (R + 1,) int64, rising from 0 to V: run i is vertices offsets[i]:offsets[i + 1]. A strokelet joins each
             vertex of a run to the next; a run of one vertex is a dot, an empty one nothing
    drawn    (R,) int8: 1 where a run is of one key only and comes (or goes) as a pen draws it, from its first vertex
             on; -1, from its last; 0 for all others. At the key without it, its vertices lie where it starts
    lone     (R,) int8: 1 where a run is of the first key only, 2 of the second only; 0 of both

    Raises DoodleError for other shapes, offsets that do not fit, or numbers that are not finite.
    """

    first: Floats
    second: Floats
    offsets: Ints
    drawn: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    lone: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))

    def __post_init__(self) -> None:
        first, second = _own(self.first, np.float64), _own(self.second, np.float64)
        offsets = _own(self.offsets, np.int64)
        if first.ndim != 2 or first.shape[1:] != (3,) or first.shape != second.shape:
            raise DoodleError(f"paired keys have shapes {first.shape} and {second.shape}; give (V, 3) each")
        rising = offsets.ndim == 1 and len(offsets) > 0 and offsets[0] == 0 and bool((np.diff(offsets) >= 0).all())
        if not rising or offsets[-1] != len(first):
            raise DoodleError(f"offsets must rise from 0 to the number of vertices, {len(first)}")
        if not np.isfinite(first).all() or not np.isfinite(second).all():
            raise DoodleError("a vertex of paired keys is not a finite number; pair the keys again")
        for name, array in (("first", first), ("second", second), ("offsets", offsets)):
            object.__setattr__(self, name, array)
        for name, array in (("drawn", self.drawn), ("lone", self.lone)):
            numbers = _own(array if len(array) else np.zeros(len(offsets) - 1), np.int8)
            if numbers.shape != (len(offsets) - 1,):
                raise DoodleError(f"{name} has shape {numbers.shape}; give one number a run, {len(offsets) - 1}")
            object.__setattr__(self, name, numbers)

    def __len__(self) -> int:
        """Number of vertices, V."""
        return len(self.first)

    @cached_property
    def runs(self) -> Ints:
        """The run of each vertex, (V,) int64."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    @cached_property
    def strokelets(self) -> Ints:
        """The vertex at which each strokelet starts, (E,) int64; it ends at the next vertex."""
        runs = self.runs
        return np.flatnonzero(runs[1:] == runs[:-1])


def _own(array: ArrayLike, dtype: Any) -> NDArray[Any]:
    copy = np.array(array, dtype=dtype, order="C")
    copy.flags.writeable = False
    return copy
