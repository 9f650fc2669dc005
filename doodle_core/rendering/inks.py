"""What is even about each shape of a drawing: its one colour and opacity, or that they vary along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.rendering.style import Style

__all__ = ["Inks", "inks_of"]

_SAME = 1e-4  # opacities and colours that differ by less are one


@dataclass(frozen=True)
class Inks:
    """The ink of each shape.

    Parameters
    ----------
    mean : (S, 4) float32
        Straight red, green, blue and opacity: the shape's, or the mean of its vertices where they differ.
    varies : (S,) bool
        Whether it is a line whose vertices differ in them.
    vertices : (V, 4) float32 or None
        The ink of each vertex; None where no line varies.
    """

    mean: NDArray[np.float32]
    varies: NDArray[np.bool_]
    vertices: NDArray[np.float32] | None


def inks_of(drawing: Drawing, firsts: NDArray[np.int64], style: Style, drawn_ink: bool) -> Inks:
    """The inks of a drawing without empty shapes, whose shape s has its first vertex at firsts[s]."""
    count = len(firsts)
    counts = np.diff(firsts, append=len(drawing.points))
    alpha = np.float32(style.colour[3])
    colours = drawing.colours if drawn_ink else None
    mean = np.empty((count, 4), np.float32)
    mean[:, :3] = style.colour[:3]
    mean[:, 3], differs = _means(drawing.opacities, firsts, counts)
    if colours is not None:
        mean[:, :3], hues_differ = _means(colours, firsts, counts)
        differs |= hues_differ
    mean[:, 3] *= alpha
    varies = differs & ~drawing.areas
    if not varies.any():
        return Inks(mean, varies, None)
    vertices = np.empty((len(drawing.points), 4), np.float32)
    vertices[:, :3] = style.colour[:3] if colours is None else colours
    vertices[:, 3] = drawing.opacities * alpha
    return Inks(mean, varies, vertices)


def _means(
    values: NDArray[np.float32], firsts: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The mean of the values of each shape, exactly theirs where all are one, and whether they differ."""
    first = values[firsts]
    if not _changes(values, firsts).any():
        return first, np.zeros(len(firsts), np.bool_)
    change = np.abs(values - np.repeat(first, counts, axis=0))
    if change.ndim == 2:
        change = change.max(axis=1)
    differs = np.maximum.reduceat(change, firsts) > _SAME
    if differs.any():
        divisor = counts.astype(np.float64)
        sums = np.add.reduceat(values, firsts, axis=0, dtype=np.float64)
        first = first.copy()
        first[differs] = (sums / (divisor if sums.ndim == 1 else divisor[:, None]))[differs]
    return first, differs


def _changes(values: NDArray[np.float32], firsts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each vertex differs from the one before it in its shape: soon seen, and where none does, all is even."""
    changes = np.zeros(len(values), np.bool_)
    for column in values.T if values.ndim == 2 else values[None]:
        changes[1:] |= column[1:] != column[:-1]
    changes[firsts] = False
    return changes
