"""The colours of traced lines, as they are seen in the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from doodle_core import srgb
from doodle_core.drawing import Drawing, Picture

__all__ = ["coloured"]


def coloured(drawing: Drawing, picture: Picture) -> Drawing:
    """The drawing with the colours of the picture that it was traced from: each shape the median of what is seen along
    it, where ink is at least half there."""
    if picture.colours is None or not len(drawing.points):
        return drawing
    count = len(picture.ink)
    column, row = np.clip((drawing.points * count).astype(np.int64), 0, count - 1).T
    seen, inked = srgb.linear(picture.colours[row, column]), picture.ink[row, column] >= 0.5
    colours = np.zeros((len(drawing.points), 3), np.float32)
    owner = drawing.shape_of_vertex
    for shape in range(len(drawing)):
        own = owner == shape
        if own.any():
            sure = own & inked
            colours[own] = np.median(seen[sure if sure.any() else own], axis=0)
    return replace(drawing, colours=colours)
