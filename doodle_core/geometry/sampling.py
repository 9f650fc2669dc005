"""All contours of a drawing at once, each by the same number of places evenly along it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import FAR
from doodle_core.units import MODEL_PIXELS

__all__ = ["Outlines", "outlines_of"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]

_SAME = 1e-6  # of the length: a last vertex so near the first is the first again
_TOUCHES = 1.5  # model pixels: ends no farther from another contour touch it
_MOST_STEPS = 400
_APART = 1.0  # model pixels between the end of one contour and the start of the next, where all lie on one axis


@dataclass(frozen=True, eq=False)
class Outlines:
    """The polylines of C contours, those of closed ones with the first vertex once more at the end.

    Parameters
    ----------
    points : (P,) complex128
        x + iy of each vertex, model pixels, y down.
    along : (P,) float64
        Length along the contour to each vertex, model pixels.
    offsets : (C + 1,) int64
        Contour c has the vertices offsets[c]:offsets[c + 1].
    closed : (C,) bool
        Whether a contour is closed, as those of areas always are.
    lengths : (C,) float64
        Model pixels; that of a closed contour includes the piece that closes it.
    """

    points: Complexes
    along: Floats
    offsets: Ints
    closed: NDArray[np.bool_]
    lengths: Floats

    def __len__(self) -> int:
        return len(self.closed)

    @cached_property
    def counts(self) -> Ints:
        """(C,): number of vertices as drawn, without the repeated one."""
        counts: Ints = np.diff(self.offsets) - (self.closed & (np.diff(self.offsets) > 0))
        return counts

    @cached_property
    def distinct(self) -> Ints:
        """(C,): number of vertices; of closed contours without a last one that lies on the first."""
        counts = self.counts.copy()
        some = self.closed & (counts > 2)
        first = self.offsets[:-1][some]
        ends = self.points[first + counts[some] - 1]
        counts[some] -= np.abs(ends - self.points[first]) <= _SAME * self.lengths[some]
        return counts

    @cached_property
    def _axis(self) -> tuple[Floats, Floats]:
        """Where each contour starts on an axis that all lie on one after the other, and each vertex on it."""
        starts = np.concatenate([[0.0], np.cumsum(self.lengths + _APART)])[:-1]
        return starts, self.along + np.repeat(starts, np.diff(self.offsets))

    @cached_property
    def hanging(self) -> NDArray[np.bool_]:
        """(C, 2): whether an open contour's first and last vertex lie at another contour."""
        from scipy.spatial import cKDTree  # slow to import

        answer = np.zeros((len(self), 2), bool)
        rows = np.flatnonzero(~self.closed & (self.counts > 1))
        inked = np.flatnonzero(self.counts > 0)
        if not len(rows) or len(inked) < 2:
            return answer
        steps = np.minimum(np.ceil(self.lengths[inked] / _TOUCHES) + 1, _MOST_STEPS).astype(np.int64)
        owner = np.repeat(inked, steps)
        share = (np.arange(len(owner)) - np.repeat(np.cumsum(steps) - steps, steps)) / np.repeat(steps, steps)
        ink = self.at(owner, (share * self.lengths[owner])[:, None])[:, 0]
        tree = cKDTree(np.stack([ink.real, ink.imag], axis=1))
        for side in (0, 1):
            end = self.at(rows, (side * self.lengths[rows])[:, None])[:, 0]
            near = tree.query_ball_point(np.stack([end.real, end.imag], axis=1), _TOUCHES)
            answer[rows, side] = [any(owner[k] != row for k in found) for row, found in zip(rows, near, strict=True)]
        return answer

    def at(self, contours: Ints, lengths: Floats) -> Complexes:
        """Points of contours (M,) at lengths along them (M, K): (M, K). Closed contours go round; others end at their
        ends. Every contour has vertices."""
        if not lengths.size:
            return np.zeros(lengths.shape, complex)
        whole = self.lengths[contours][:, None]
        inside = np.clip(lengths, 0.0, whole)
        round_ = self.closed[contours][:, None] & (whole > 0) & (inside != lengths)
        inside = np.where(round_, np.mod(lengths, np.where(whole > 0, whole, 1.0)), inside)
        starts, axis = self._axis
        answer: Complexes = np.interp(starts[contours][:, None] + inside, axis, self.points)
        return answer

    def sampled(self, contours: Ints, count: int) -> tuple[Floats, Complexes]:
        """Lengths and points of contours (M,), evenly: (M, count) each; of closed ones without the end, which is the
        start."""
        steps = np.where(self.closed[contours], count, count - 1)
        lengths = np.arange(count) / steps[:, None] * self.lengths[contours][:, None]
        return lengths, self.at(contours, lengths)


def outlines_of(drawing: Drawing) -> Outlines:
    """The contours of a drawing."""
    counts = np.diff(drawing.offsets.astype(np.int64))
    closed = drawing.cyclic | drawing.filled
    more = counts + (closed & (counts > 0))
    offsets = np.concatenate([[0], np.cumsum(more)])
    owner = np.repeat(np.arange(len(counts)), more)
    own = np.arange(offsets[-1]) - offsets[:-1][owner]
    rows = drawing.offsets.astype(np.int64)[:-1][owner] + own % np.maximum(counts, 1)[owner]
    place = np.clip(drawing.points.astype(np.float64), -FAR, FAR)[rows] * MODEL_PIXELS
    points = place[:, 0] + 1j * place[:, 1]
    steps = np.abs(np.diff(points, prepend=points[:1]))
    steps[own == 0] = 0.0
    along = np.zeros(len(points))
    if len(points):
        total = np.cumsum(steps)
        along = total - total[offsets[:-1][owner]]
    ends = np.where(more > 0, offsets[1:] - 1, 0)
    lengths = np.where(more > 0, along[ends], 0.0) if len(points) else np.zeros(len(counts))
    return Outlines(points, along, offsets, closed, lengths)
