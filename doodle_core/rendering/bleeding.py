"""Colours under paper: a texture that is filtered mixes each pixel's colour with its neighbours', whatever their alpha.

Where ink ends in paper without a colour, a plane that shows the picture would have a dark edge.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["bleed"]

Array: TypeAlias = NDArray[np.float32]


def bleed(picture: Array) -> Array:
    """Give clear pixels beside ink the colour of that ink; their alpha stays 0. In place.

    Parameters
    ----------
    picture : (h, w, 4) float32, contiguous
        Straight alpha.
    """
    shown = picture[..., 3] > 0
    rows = shown.copy()
    rows[1:] |= shown[:-1]
    rows[:-1] |= shown[1:]
    near = rows.copy()
    near[:, 1:] |= rows[:, :-1]
    near[:, :-1] |= rows[:, 1:]
    near &= ~shown
    clear = np.flatnonzero(near)
    if not len(clear):
        return picture
    height, width = shown.shape
    row, column = np.divmod(clear, width)
    flat, inked = picture.reshape(-1, 4), shown.reshape(-1)
    missing = np.ones(len(clear), bool)
    # The nearest first: beside it, then at its corners.
    for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)):
        there = np.clip(row + down, 0, height - 1) * width + np.clip(column + right, 0, width - 1)
        found = missing & inked[there]
        flat[clear[found], :3] = flat[there[found], :3]
        missing &= ~found
    return picture
