"""How good a drawing between two drawings is: pure functions on ink pictures.

ink: float (n, n) in 0..1, 1 = ink, or (F, n, n) where frames are compared. Pixels with ink >= 0.5 count as drawn.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["MISSING", "chamfer", "drawn", "evenness", "half_tone", "iou", "pieces", "pieces_error"]

Ink: TypeAlias = NDArray[np.floating[Any]]

MISSING = 100.0
"""% of the canvas side: the Chamfer distance between some ink and none."""


def drawn(ink: Ink) -> NDArray[np.bool_]:
    """The pixels that count as drawn."""
    return np.asarray(ink) >= 0.5


def iou(ink: Ink, truth: Ink) -> float:
    """Intersection over union of the drawn pixels, 0..1. Two empty drawings are equal: 1."""
    a, b = drawn(ink), drawn(truth)
    union = np.count_nonzero(a | b)
    return 1.0 if union == 0 else np.count_nonzero(a & b) / union


def chamfer(ink: Ink, truth: Ink) -> float:
    """Symmetric mean nearest-ink distance, % of the canvas side.

    The mean over drawn pixels of one picture of the distance to the nearest drawn pixel of the other, averaged over
    both ways (Barrow et al. 1977, made symmetric). Two empty drawings: 0. One empty: MISSING, so that a mean over
    drawings stays finite, and no drawing at all is worse than a wrong one.
    """
    a, b = drawn(ink), drawn(truth)
    if not a.any() or not b.any():
        return 0.0 if a.any() == b.any() else MISSING
    there = ndimage.distance_transform_edt(~b)[a].mean()
    back = ndimage.distance_transform_edt(~a)[b].mean()
    return float(there + back) / 2 / a.shape[-1] * 100


def half_tone(ink: Ink) -> float:
    """Half-tone share sum(min(p, 1 - p)) / sum(p), 0..1. An anti-aliased line has about 0.16; without ink 0."""
    p = np.asarray(ink, np.float64)
    total = p.sum()
    return float(np.minimum(p, 1 - p).sum() / total) if total > 0 else 0.0


def pieces(ink: Ink) -> int:
    """Number of connected pieces of drawn pixels, which touch by sides or corners."""
    return int(ndimage.label(drawn(ink), np.ones((3, 3)))[1])


def pieces_error(count: int, truth: int, other: int | None = None) -> int:
    """How many pieces too many or too few. With `other`, any number between `truth` and `other` is right."""
    low, high = (truth, truth) if other is None else (min(truth, other), max(truth, other))
    return max(low - count, count - high, 0)


def evenness(frames: Ink) -> float:
    """Largest frame-to-frame change over the mean one, >= 1, of F >= 2 frames (F, n, n) in their order.

    The change is the mean absolute difference of the ink. 1 is perfectly even; a film that stands still is even, too.
    """
    changes = np.abs(np.diff(np.asarray(frames, np.float64), axis=0)).mean((1, 2))
    mean = changes.mean()
    return float(changes.max() / mean) if mean > 0 else 1.0
