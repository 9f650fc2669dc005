"""A contour: one polyline of a drawing, measured by the length along it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.drawing import Drawing
from doodle_core.units import MODEL_PIXELS

__all__ = ["FAR", "Contour", "contours_of"]

Floats: TypeAlias = NDArray[np.float64]

_RADIUS = 2  # the column
_MOST_ROUNDS = 8
_APART = 4e-6  # model pixels
FAR = 1e5  # canvas sides; what lies farther is brought here, where squares are still numbers


@dataclass(frozen=True, eq=False)
class Contour:
    """A polyline whose vertices carry values.

    Parameters
    ----------
    points : (n, C) float64, n >= 1, C >= 2
        x and y in model pixels from the canvas's centre (y down), then any other values, straight between vertices.
    closed : bool
        Whether the last vertex joins the first.
    """

    points: Floats
    closed: bool = False

    @cached_property
    def outline(self) -> Floats:
        """The points, with the first once more at the end where the contour is closed."""
        return np.concatenate([self.points, self.points[:1]]) if self.closed else self.points

    @cached_property
    def lengths(self) -> Floats:
        """Length along the contour from its first vertex to each point of `outline`, model pixels."""
        steps = np.hypot(*np.diff(self.outline[:, :2], axis=0).T)
        # Vertices in one place, as pens leave them, have lengths of their own, or all but one would be lost.
        return np.concatenate([[0.0], np.cumsum(np.maximum(steps, _APART) if steps.any() else steps)])

    @property
    def length(self) -> float:
        """Length of the whole contour, model pixels."""
        return float(self.lengths[-1])

    def at(self, lengths: ArrayLike) -> Floats:
        """The values at lengths along the contour (m,): (m, C). Closed contours go round; others end at their ends. All
        vertices in one place are a dot: the widest of them, which is what is seen."""
        u = np.asarray(lengths, np.float64)
        if self.length == 0 and self.points.shape[1] > _RADIUS:
            return np.tile(self.points[np.argmax(self.points[:, _RADIUS])], (*u.shape, 1))
        if self.closed and self.length > 0:
            whole = u == self.length
            u = np.where(whole, self.length, np.mod(u, self.length))
        return np.stack([np.interp(u, self.lengths, column) for column in self.outline.T], axis=-1)

    def vertices_between(self, low: float, high: float) -> Floats:
        """Lengths of the contour's own vertices strictly between two lengths, which may go round a closed contour."""
        own = self.lengths
        if self.closed and self.length > 0:
            first = np.floor(low / self.length)
            # A contour of nearly no length would go round without end: a few rounds are all that is asked of any.
            turns = np.arange(first, min(np.ceil(high / self.length), first + _MOST_ROUNDS) + 1)
            own = (own[:-1] + turns[:, None] * self.length).reshape(-1)
        return own[(own > low) & (own < high)]


def contours_of(drawing: Drawing, deep: bool = False) -> list[Contour]:
    """The contours of a drawing: x, y and radius in model pixels, then opacity, and red, green and blue where known;
    `deep`: last, how far each vertex lies in front of the canvas, canvas units.

    Contours of areas are closed.
    """
    values = [
        np.clip(drawing.points.astype(np.float64), -FAR, FAR) * MODEL_PIXELS - MODEL_PIXELS / 2,
        np.minimum(drawing.radii.astype(np.float64), FAR)[:, None] * MODEL_PIXELS,
        drawing.opacities.astype(np.float64)[:, None],
    ]
    if drawing.colours is not None:
        values.append(drawing.colours.astype(np.float64))
    if deep:
        flat = np.zeros(len(drawing.points)) if drawing.depths is None else drawing.depths.astype(np.float64)
        values.append(flat[:, None])
    table = np.concatenate(values, axis=1)
    closed = drawing.cyclic | drawing.filled
    return [
        Contour(part, bool(flag)) for part, flag in zip(np.split(table, drawing.offsets[1:-1]), closed, strict=False)
    ]
