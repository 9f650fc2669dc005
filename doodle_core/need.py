"""Where in a film one more drawing would help most."""

from __future__ import annotations

import numpy as np

from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey

__all__ = ["need"]

_LEAST = 0.02  # doubt that is left where there is none: among sure moves the largest has need most


def need(model: DoodleModel, first: LatentKey, second: LatentKey) -> float:
    """How much a drawing between two keys would help: how far their shapes move, each counting by its length and by how
    much its partner is in doubt.

    Returns
    -------
    float
        Square model pixels; 0 where nothing moves.

    Raises
    ------
    DoodleError
        For keys whose latents are no drawings.
    """
    aligned = model.inbetweens(first, second).aligned
    shapes, sure = aligned.shapes, model.confidence(first, second)
    moved = np.hypot(*(aligned.second - aligned.first).T)[shapes.vertices]
    lengths = np.maximum(
        *(_reach(places[shapes.vertices], shapes.offsets) for places in (aligned.first, aligned.second))
    )
    contour = np.repeat(np.arange(len(shapes.offsets) - 1), np.diff(shapes.offsets))
    counts = np.maximum(np.diff(shapes.offsets), 1)
    motion = np.bincount(contour, moved, len(counts)) / counts
    known = np.ones(len(shapes.origins))
    for own, side in zip(sure, shapes.origins.T, strict=True):
        known = np.minimum(known, np.where(side >= 0, np.append(own, 1.0)[side], 1.0))
    doubt = np.maximum(1.0 - known, _LEAST)[np.repeat(np.arange(len(known)), np.diff(shapes.shapes))]
    return float((lengths * motion * doubt).sum())


def _reach(places: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """The lengths of contours, (C,), one model pixel at least."""
    steps = np.append(np.hypot(*np.diff(places, axis=0).T), 0.0)
    steps[offsets[1:][np.diff(offsets) > 0] - 1] = 0.0  # from the last vertex of one to the first of the next
    contour = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return np.maximum(np.bincount(contour, steps, len(offsets) - 1), 1.0)
