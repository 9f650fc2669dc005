"""Long straight pieces cut into short ones, so that they can bend."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.units import MODEL_PIXELS

__all__ = ["subdivided"]

_MOST_PARTS = 512  # of one piece: more than its stretch on the canvas has no need of


def subdivided(drawing: Drawing, longest: float) -> Drawing:
    """The same drawing with vertices added, so that no piece of a contour is longer than `longest` model pixels (but
    for pieces that reach far beyond the canvas). Values are straight along each piece."""
    counts = np.diff(drawing.offsets)
    if not len(drawing.points):
        return drawing
    closed = drawing.cyclic | drawing.filled
    following = np.arange(1, len(drawing.points) + 1)
    some = counts > 0
    first, last = drawing.offsets[:-1][some], drawing.offsets[1:][some] - 1
    following[last] = np.where(closed[some], first, last)
    across = drawing.points[following].astype(np.float64) - drawing.points
    wanted = np.minimum(np.hypot(*across.T) * (MODEL_PIXELS / longest), _MOST_PARTS)
    parts = np.ceil(wanted).astype(np.int64).clip(1)
    if (parts == 1).all():
        return drawing
    owner = np.repeat(np.arange(len(parts)), parts)
    begins = np.concatenate([[0], np.cumsum(parts)])
    share = (np.arange(len(owner)) - begins[owner]) / parts[owner]

    def between(values: NDArray[Any] | None) -> NDArray[np.float32] | None:
        if values is None:
            return None
        start, end = values[owner].astype(np.float64), values[following[owner]]
        part = share if values.ndim == 1 else share[:, None]
        return np.where(start == end, start, start + part * (end - start)).astype(np.float32)

    return Drawing.trusted(
        points=between(drawing.points),
        radii=between(drawing.radii),
        opacities=between(drawing.opacities),
        offsets=begins[drawing.offsets].astype(np.int32),
        cyclic=drawing.cyclic,
        shapes=drawing.shapes,
        areas=drawing.areas,
        colours=between(drawing.colours),
        styles=drawing.styles,
        layers=drawing.layers,
        depths=between(drawing.depths),
        sheet=drawing.sheet,
        caps=drawing.caps,
    )
