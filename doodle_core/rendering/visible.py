"""The shapes of a drawing that can leave ink in a picture, and where."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing

__all__ = ["visible"]


def visible(drawing: Drawing, grown: float, low: tuple[float, float], high: tuple[float, float]) -> Drawing:
    """The drawing without empty contours and without shapes that lie wholly outside a box.

    Parameters
    ----------
    drawing : Drawing
    grown : float
        Canvas units by which any shape may reach beyond its vertices and their radii.
    low, high
        Two corners of the box, canvas units.
    """
    counts = np.diff(drawing.offsets)
    if not counts.all() or not np.diff(drawing.shapes).all():
        drawing = _filled(drawing, counts > 0)
    if not len(drawing):
        return drawing
    firsts = drawing.offsets[drawing.shapes[:-1]]
    points = drawing.points
    reach = np.maximum.reduceat(drawing.radii, firsts).astype(np.float64)
    reach[drawing.areas] = 0.0
    reach += grown
    seen = np.ones(len(drawing), np.bool_)
    for axis in (0, 1):
        column = np.ascontiguousarray(points[:, axis])
        seen &= np.maximum.reduceat(column, firsts) + reach > low[axis]
        seen &= np.minimum.reduceat(column, firsts) - reach < high[axis]
    return drawing if seen.all() else drawing.select(seen)


def _filled(drawing: Drawing, contours: NDArray[np.bool_]) -> Drawing:
    """The drawing without contours that have no vertices, and without shapes that have no others."""
    kept = np.add.reduceat(np.append(contours, False), drawing.shapes[:-1]).astype(np.int64)
    kept[np.diff(drawing.shapes) == 0] = 0
    shapes = kept > 0
    offsets = np.append(drawing.offsets[:-1][contours], len(drawing.points))
    layers = drawing.layers
    styles = drawing.styles
    return Drawing.trusted(
        points=drawing.points,
        radii=drawing.radii,
        opacities=drawing.opacities,
        colours=drawing.colours,
        offsets=offsets.astype(np.int32),
        cyclic=drawing.cyclic[contours],
        shapes=np.concatenate([[0], np.cumsum(kept[shapes])]).astype(np.int32),
        areas=drawing.areas[shapes],
        styles=None if styles is None else styles[shapes],
        layers=None if layers is None else layers[shapes],
        caps=None if drawing.caps is None else drawing.caps[shapes],
    )
