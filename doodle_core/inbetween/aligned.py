"""Two keys described by the same vertices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing

if TYPE_CHECKING:
    from doodle_core.matching.correspondence import Span

__all__ = ["Aligned", "Shapes"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Shapes:
    """The shapes of the in-betweens of two keys, S of them, and what they are painted with.

    Parameters
    ----------
    vertices : (W,) int64
        For each vertex that is painted, which vertex of the geometry it is. Two shapes may share vertices, as an area
        and the line round it do.
    offsets : (C + 1,) int64
        Contour c has the painted vertices offsets[c]:offsets[c + 1].
    cyclic : (C,) bool
    runs : (C,) int64
        The run of the geometry that each contour is.
    sources : (C,) int64
        Which of `alignment.runs_of` each contour is: an area has the geometry of the line round it, and places of its
        own along its contours.
    shapes : (S + 1,) int64
        Shape s has the contours shapes[s]:shapes[s + 1].
    areas : (S,) bool
    values : (2, 2 to 6, W) float32
        At the first and at the second key: radius in model pixels, opacity, and red, green and blue where known.
        Last, where there are `depths`: how far in front of the canvas, canvas units.
    origins : (S, 2) int64
        The shape of the first and of the second key that each comes from; -1 for none.
    styles, layers : (S, 2) int64
        At the first and at the second key.
    orders : (2, S) int64
        The shapes from back to front as the first key has them, and as the second.
    depths : bool
        Whether vertices have depths.
    caps : (S, 2) int8 or None
        Which ends of lines are flat at the first and at the second key, as in `Drawing`; None where all are round.
    """

    vertices: Ints
    offsets: Ints
    cyclic: NDArray[np.bool_]
    runs: Ints
    sources: Ints
    shapes: Ints
    areas: NDArray[np.bool_]
    values: NDArray[np.float32]
    origins: Ints
    styles: Ints
    layers: Ints
    orders: Ints
    depths: bool = False
    caps: NDArray[np.int8] | None = None


@dataclass(frozen=True, eq=False)
class Aligned:
    """The geometry of two keys: the same vertices at both, in runs, and the shapes made of them.

    Parameters
    ----------
    first, second : (V, 2) float64
        Where each vertex is at either key, model pixels from the canvas's centre, y down.
    offsets : (R + 1,) int64
        Run r is the vertices offsets[r]:offsets[r + 1].
    cyclic : (R,) bool
        Whether a run's last vertex joins its first.
    lone : (R,) int8
        1 where a run is of the first key only, 2 of the second only, 0 of both. At the other key its vertices lie where
        the drawing around them has moved.
    drawn : (R,) int8
        How a lone line appears or vanishes: 1, drawn from its first vertex on; -1, from its last; 0, by thickness.
        Lone areas shrink onto where their vertices lie at the other key.
    places : (2, V) float64
        The length along the contour at either key where each vertex lies, model pixels; NaN where the key lacks it.
    contours : (2, R) int64
        The contour of either key that each run lies on; -1 for none.
    shapes : Shapes
    keys : the two drawings
    spans : what became what
    """

    first: Floats
    second: Floats
    offsets: Ints
    cyclic: NDArray[np.bool_]
    lone: NDArray[np.int8]
    drawn: NDArray[np.int8]
    places: Floats
    contours: Ints
    shapes: Shapes
    keys: tuple[Drawing, Drawing]
    spans: Sequence[Span]

    @property
    def runs(self) -> Ints:
        """(V,): the run of each vertex."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    @property
    def edges(self) -> tuple[Ints, Ints]:
        """From which vertex to which each straight piece goes, (E,) each, run after run; those that close a run are
        the last of it."""
        runs = self.runs
        start = np.arange(len(runs))
        following = start + 1
        last = self.offsets[1:][np.diff(self.offsets) > 0] - 1
        following[last] = np.where(self.cyclic[runs[last]], self.offsets[runs[last]], -1)
        there = (following >= 0) & (following != start)
        return start[there], following[there]
