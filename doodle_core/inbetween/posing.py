"""The in-between drawing of two aligned keys at a fraction of the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias
from weakref import ReferenceType, ref

import numpy as np
from numpy.typing import NDArray

from doodle_core.cache import apart, give_back
from doodle_core.drawing import Drawing
from doodle_core.drawing.building import ranges
from doodle_core.inbetween.aligned import Aligned
from doodle_core.inbetween.carrying import carried
from doodle_core.inbetween.joints import Joints, joints
from doodle_core.inbetween.methods import Neighbours, vertices
from doodle_core.inbetween.pieces import absent, pieces, settled
from doodle_core.inbetween.sliding import Sliding, sliding
from doodle_core.inbetween.turning import Turning
from doodle_core.matching.confidence import of_shapes
from doodle_core.matching.hints import NO_CONSTRAINTS, Constraints
from doodle_core.units import MODEL_PIXELS

__all__ = ["Inbetweens"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_MANY = 3000  # vertices
_SET_DOWN = 0.08  # of the way: in this time the pen that draws a line reaches its full weight


@dataclass(frozen=True, eq=False)
class _Painting:
    """The shapes in one key's order, ready to be painted. Arrays as in `Shapes`, in that order, and as in `Drawing`.

    rows: (W,) int64, their vertices among those that are painted; None where these are in that order already.
    """

    vertices: Ints
    rows: Ints | None
    offsets: NDArray[np.int32]
    cyclic: NDArray[np.bool_]
    shapes: NDArray[np.int32]
    areas: NDArray[np.bool_]
    styles: NDArray[np.int32]
    layers: NDArray[np.int32]
    caps: NDArray[np.int8] | None
    origins: Ints
    growing: _Growing | None


@dataclass(frozen=True, eq=False)
class _Growing:
    """The contours that a pen draws on the way, G vertices in all, of W that are painted.

    Parameters
    ----------
    rows : (G,) int64
        Which of the painted vertices they are, contour after contour.
    axis : (G,) float64
        Length along the contours, one after the other with gaps between them.
    start, length : (G,) float64
        Where on the axis each vertex's contour begins, and how long that is.
    comes : (G,) bool
        Whether the contour is the second key's: it is drawn on, else it is taken away.
    back : (G,) bool
        Whether it is drawn from its last vertex on.
    """

    rows: Ints
    axis: Floats
    start: Floats
    length: Floats
    comes: NDArray[np.bool_]
    back: NDArray[np.bool_]

    def applied(self, points: Floats, values: NDArray[np.float32], fraction: float) -> None:
        """Bring painted vertices, points (W, 2) and values (C, W) of which the first is the radius, to the part that is
        drawn."""
        share = np.where(self.comes, fraction, 1.0 - fraction)
        away = self.axis - self.start
        wanted = np.where(self.back, self.length - (self.length - away) * share, away * share) + self.start
        before = np.clip(np.searchsorted(self.axis, wanted, side="right") - 1, 0, len(self.axis) - 2)
        gap = self.axis[before + 1] - self.axis[before]
        part = np.clip((wanted - self.axis[before]) / np.where(gap > 0, gap, 1.0), 0.0, 1.0)[:, None]
        table = np.concatenate([points[self.rows], values[:, self.rows].T], axis=1)
        reached = (1 - part) * table[before] + part * table[before + 1]
        reached[:, 2] *= np.minimum(1.0, share / _SET_DOWN)
        points[self.rows], values[:, self.rows] = reached[:, :2], reached[:, 2:].T


class Inbetweens:
    """The in-betweens of two aligned keys; what they have in common is made once."""

    def __init__(self, aligned: Aligned, asked: Constraints = NO_CONSTRAINTS) -> None:
        """asked: what the artist says of how shapes move."""
        aligned = settled(aligned, asked)
        shapes = aligned.shapes
        first, second, places, vertices, values = apart(
            [aligned.first, aligned.second, aligned.places, shapes.vertices, shapes.values]
        )
        shapes = replace(shapes, vertices=vertices, values=values)
        self.aligned = replace(aligned, first=first, second=second, places=places, shapes=shapes)
        self._pieces = pieces(self.aligned, asked)
        self._absent = absent(self.aligned, asked)
        self._carried: dict[bool, tuple[ReferenceType[Inbetweens], Floats]] = {}

    @cached_property
    def _turning(self) -> Turning:
        made = Turning(self.aligned, self._joined)
        if len(self.aligned.first) > _MANY:
            give_back()  # it is made of much larger tables
        return made

    @cached_property
    def _joined(self) -> Joints:
        return joints(self.aligned)

    @cached_property
    def _sliding(self) -> Sliding | None:
        return sliding(self.aligned, self._joined)

    @cached_property
    def _paintings(self) -> tuple[_Painting, _Painting]:
        first, second = self._orders
        painting = _painting(self.aligned, 0, first)
        return painting, _painting(self.aligned, 1, second, painting if np.array_equal(first, second) else None)

    @property
    def _orders(self) -> tuple[Ints, Ints]:
        """The shapes that are there before half-way and from then on, from back to front."""
        first, second = (
            order[~gone[order]] for order, gone in zip(self.aligned.shapes.orders, self._absent, strict=True)
        )
        return first, second

    def carried(self, other: Inbetweens, later: bool) -> Floats:
        """The vertices at the far key of `other`, see `carrying.carried`; the last answer is kept."""
        known = self._carried.get(later)
        if known is not None and known[0]() is other:
            return known[1]
        (found,) = apart([carried(self.aligned, other.aligned, later)])
        self._carried[later] = ref(other), found
        return found

    @property
    def reorders(self) -> bool:
        """Whether shapes change places in paint order half-way, or some vanish or appear there."""
        first, second = self._orders
        return not np.array_equal(first, second)

    @cached_property
    def confidence(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """How sure it is what became of each shape of either key, as `matching.confidence.of_shapes`."""
        return of_shapes(self.aligned.spans, self.aligned.keys)

    def at(self, fraction: float, method: str = "linear", neighbours: Neighbours | None = None) -> tuple[Drawing, Ints]:
        """The drawing at a fraction in 0 to 1 of the way, and the shapes of the two keys that its shapes come from,
        (S, 2), -1 for none. At 0 and 1 the keys' own drawings.

        Parameters and errors are those of `methods.vertices`.
        """
        aligned = self.aligned
        held = method == "hold" and fraction < 1.0
        if fraction == 0.0 or fraction == 1.0 or held:
            key = 1 if fraction == 1.0 else 0
            own = np.arange(len(aligned.keys[key]))
            other = np.full(len(own), -1)
            return aligned.keys[key], np.stack([own, other] if key == 0 else [other, own], axis=1)
        order = int(fraction >= 0.5)
        return self.painted(fraction, method, neighbours, order), self._paintings[order].origins

    def painted(self, fraction: float, method: str, neighbours: Neighbours | None, order: int) -> Drawing:
        """The drawing of the vertices that both keys share, in the paint order of the first key (0) or the second (1).
        All those in one order have the same shapes and the same vertices, one for one, at 0 and at 1 as well.

        Parameters and errors are those of `methods.vertices`.
        """
        painting, aligned = self._paintings[order], self.aligned
        places = vertices(
            aligned.first, aligned.second, fraction, method, lambda s, way: self._turning.at(s, way), neighbours
        )
        if self._sliding is not None and 0.0 < fraction < 1.0:
            self._sliding.move(places, fraction)
        for piece in self._pieces if 0.0 < fraction < 1.0 else ():
            piece.move(places, fraction)
        points = places.take(painting.vertices, axis=0)
        before, after = aligned.shapes.values
        values = after - before
        values *= np.float32(fraction)
        values += before
        if painting.rows is not None:
            values = values.take(painting.rows, axis=1)
        values[0] *= np.float32(1 / MODEL_PIXELS)
        if painting.growing is not None:
            painting.growing.applied(points, values, fraction)
        return _drawing(points, values, painting, aligned.shapes.depths)


def _drawing(points: Floats, values: NDArray[np.float32], painting: _Painting, deep: bool) -> Drawing:
    """values (C, W); the last of them depths, where `deep`."""
    values, depths = (values[:-1], values[-1]) if deep else (values, None)
    points *= 1 / MODEL_PIXELS
    points += 0.5
    np.clip(values[1:], 0, 1, out=values[1:])
    return Drawing.trusted(
        points=points.astype(np.float32),
        radii=np.maximum(values[0], np.float32(0)),
        opacities=values[1],
        offsets=painting.offsets,
        cyclic=painting.cyclic,
        shapes=painting.shapes,
        areas=painting.areas,
        colours=np.ascontiguousarray(values[2:].T) if len(values) > 2 else None,
        styles=painting.styles,
        layers=painting.layers,
        caps=painting.caps,
        depths=depths,
    )


def _painting(aligned: Aligned, key: int, order: Ints, other: _Painting | None = None) -> _Painting:
    """order: the shapes, from back to front; other: the painting of the other key, which has the same."""
    shapes = aligned.shapes
    styles, layers = shapes.styles[order, key].astype(np.int32), shapes.layers[order, key].astype(np.int32)
    caps = None if shapes.caps is None else shapes.caps[order, key]
    if other is not None:
        return replace(other, styles=styles, layers=layers, caps=caps)
    contours = ranges(shapes.shapes[:-1][order], shapes.shapes[1:][order])
    rows = ranges(shapes.offsets[:-1][contours], shapes.offsets[1:][contours])
    lengths = np.diff(shapes.offsets)[contours]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    in_order = np.array_equal(rows, np.arange(len(shapes.vertices)))
    return _Painting(
        vertices=shapes.vertices if in_order else shapes.vertices[rows],
        rows=None if in_order else rows,
        offsets=offsets.astype(np.int32),
        cyclic=shapes.cyclic[contours] | np.repeat(shapes.areas[order], np.diff(shapes.shapes)[order]),
        shapes=np.concatenate([[0], np.cumsum(np.diff(shapes.shapes)[order])]).astype(np.int32),
        areas=shapes.areas[order],
        styles=styles,
        layers=layers,
        caps=caps,
        origins=shapes.origins[order],
        growing=_growing(aligned, shapes.runs[contours], offsets),
    )


def _growing(aligned: Aligned, runs: Ints, offsets: Ints) -> _Growing | None:
    """runs (C,): those of the painted contours, whose vertices begin at offsets (C + 1,)."""
    grows = np.flatnonzero((aligned.drawn[runs] != 0) & (np.diff(offsets) > 1))
    if not len(grows):
        return None
    rows, axis, start, length = [], [], [], []
    at = 0.0
    for contour in grows.tolist():
        run = int(runs[contour])
        vertices = slice(int(aligned.offsets[run]), int(aligned.offsets[run + 1]))
        own = (aligned.first if aligned.lone[run] == 1 else aligned.second)[vertices]
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(own, axis=0).T))])
        rows.append(np.arange(offsets[contour], offsets[contour + 1]))
        axis.append(at + along)
        start.append(np.full(len(along), at))
        length.append(np.full(len(along), along[-1]))
        at += along[-1] + 1.0
    counts = [len(one) for one in rows]
    of_run = np.repeat(runs[grows], counts)
    return _Growing(
        np.concatenate(rows),
        np.concatenate(axis),
        np.concatenate(start),
        np.concatenate(length),
        aligned.lone[of_run] == 2,
        aligned.drawn[of_run] < 0,
    )
