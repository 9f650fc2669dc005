"""Where contours turn sharply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.sampling import Outlines

__all__ = ["Corners", "corners_of"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_SHARP = 0.6  # radians
_REACH = 1 / 48  # of a contour's length: how far to either side the direction is taken


@dataclass(frozen=True, eq=False)
class Corners:
    """Corners of contours, contour after contour.

    Parameters
    ----------
    offsets : (C + 1,) int64
        Contour c has the corners offsets[c]:offsets[c + 1].
    along : (N,) float64
        Length along the contour, model pixels.
    angles : (N,) float64
        How far the contour turns there, radians, 0 to pi.
    """

    offsets: Ints
    along: Floats
    angles: Floats


def corners_of(outlines: Outlines) -> Corners:
    """The sharpest vertex of each short stretch of contour, where it is sharp. The ends of open ones are none."""
    counts = np.diff(outlines.offsets)
    owner = np.repeat(np.arange(len(counts)), counts)
    whole = outlines.lengths[owner]
    reach = whole * _REACH
    along = outlines.along
    last = np.zeros(len(along), bool)
    last[outlines.offsets[1:][counts > 0] - 1] = True
    inner = np.where(outlines.closed[owner], ~last, (along > reach * 0.5) & (along < whole - reach * 0.5)) & (whole > 0)
    rows = np.flatnonzero(inner)
    c, s, w = owner[rows], along[rows], reach[rows]
    around = outlines.at(c, np.stack([s - w, s, s + w], axis=1))
    before, after = around[:, 1] - around[:, 0], around[:, 2] - around[:, 1]
    angles = np.abs(np.angle(after * np.conj(before) + 1e-300))
    sharp = angles > _SHARP
    rows, c, s, w, angles = rows[sharp], c[sharp], s[sharp], w[sharp], angles[sharp]
    cell = np.floor(s / np.maximum(w, 1e-12)).astype(np.int64)
    order = np.lexsort((angles, cell, c))
    c, s, angles, cell = c[order], s[order], angles[order], cell[order]
    top = np.ones(len(c), bool)
    top[:-1] = (c[1:] != c[:-1]) | (cell[1:] != cell[:-1])
    c, s, angles = c[top], s[top], angles[top]
    return Corners(np.concatenate([[0], np.cumsum(np.bincount(c, minlength=len(counts)))]), s, angles)
