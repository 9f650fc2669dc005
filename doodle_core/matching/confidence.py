"""How sure it is what became of each shape, and how much of a drawing is in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.geometry.sampling import outlines_of
from doodle_core.matching.correspondence import Span

__all__ = ["DOUBT", "Doubt", "doubt", "of_shapes"]

Singles: TypeAlias = NDArray[np.float32]

DOUBT = 0.5
"""A shape that is less sure is in doubt."""
_LEAST = 0.1  # model pixels: as long is a dot


@dataclass(frozen=True)
class Doubt:
    """How much of two neighbouring keys is in doubt.

    Parameters
    ----------
    share : float
        Of the length of all contours of both, 0 to 1.
    shapes : tuple of two int64 arrays
        The shapes of either that are in doubt, the least sure first.
    """

    share: float
    shapes: tuple[NDArray[np.int64], NDArray[np.int64]]


def of_shapes(spans: Sequence[Span], drawings: tuple[Drawing, Drawing]) -> tuple[Singles, Singles]:
    """How sure it is what became of each shape of either drawing, (Sa,) and (Sb,), 0 to 1: the mean of its stretches by
    their lengths. 1 for shapes without vertices."""
    answer = []
    for key, drawing in enumerate(drawings):
        total, sure = np.zeros(len(drawing)), np.zeros(len(drawing))
        shape = drawing.shape_of_contour
        for span in spans:
            contour, along = (span.line, span.here) if key == 0 else (span.other, span.there)
            if contour >= 0:
                length = abs(float(along[-1] - along[0])) + _LEAST
                total[shape[contour]] += length
                sure[shape[contour]] += length * span.sure
        answer.append(np.where(total > 0, sure / np.maximum(total, _LEAST), 1.0).astype(np.float32))
    return answer[0], answer[1]


def doubt(sure: tuple[Singles, Singles], drawings: tuple[Drawing, Drawing], least: float = DOUBT) -> Doubt:
    """What is in doubt of two drawings whose shapes are so `sure`, as `of_shapes` gives it."""
    total = doubtful = 0.0
    found = []
    for own, drawing in zip(sure, drawings, strict=True):
        outlines = outlines_of(drawing)
        lengths = np.bincount(drawing.shape_of_contour, outlines.lengths, len(drawing))
        low = own < least
        total, doubtful = total + float(lengths.sum()), doubtful + float(lengths[low].sum())
        found.append(np.flatnonzero(low)[np.argsort(own[low], kind="stable")])
    return Doubt(doubtful / total if total > 0 else 0.0, (found[0], found[1]))
