"""What tells shapes apart, as arrays: kind, layer, style, colour, size, place and outline of every shape of a key."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.geometry.sampling import Outlines, outlines_of

__all__ = ["SAMPLES", "Description", "describe"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]

SAMPLES = 32
"""Places evenly along the main contour of a shape."""
_EVEN = 1e-9


@dataclass(frozen=True, eq=False)
class Description:
    """N shapes of a drawing that have vertices, in paint order.

    Parameters
    ----------
    numbers : (N,) int64
        Which shape of the drawing each is.
    main : (N,) int64
        The longest contour of each.
    outline : (N, SAMPLES) complex128
        Places evenly along the main contour, model pixels; closed ones as signed area is positive.
    counts : (N, 2) int64
        Numbers of contours and of vertices.
    areas, closed : (N,) bool
        Whether the shape is an area; whether its main contour is closed.
    layers, styles : (N,) int64
    colours : (N, 4) float64
        Mean red, green, blue (square roots of linear light) and opacity.
    widths, lengths, spreads : (N,) float64
        Mean radius; length of the main contour; root mean square distance from the centre. Model pixels.
    centres : (N,) complex128
        Model pixels.
    forms : (N, 3) float64
        How long the main contour is, how oblong, and how much it encloses, none of them changed by turning or scaling.
    twins : (N,) int64
        The row of the line round an area, and of the area in a line, where both have the same vertices; else -1.
    outlines : the contours of the drawing
    contours : (S + 1,) int64
        Shape s of the drawing has the contours contours[s]:contours[s + 1].
    """

    numbers: Ints
    main: Ints
    outline: Complexes
    counts: Ints
    areas: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    layers: Ints
    styles: Ints
    colours: Floats
    widths: Floats
    lengths: Floats
    spreads: Floats
    centres: Complexes
    forms: Floats
    twins: Ints
    outlines: Outlines
    contours: Ints

    def __len__(self) -> int:
        return len(self.numbers)

    def part(self, rows: Ints) -> Description:
        """Some of the shapes, rows (M,) rising."""
        place = np.full(len(self) + 1, -1)  # the last for those without a twin
        place[rows] = np.arange(len(rows))
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        some = {name: value[rows] for name, value in own.items() if name not in ("outlines", "contours", "twins")}
        return replace(self, **some, twins=place[self.twins[rows]])


def describe(drawing: Drawing) -> Description:
    """The shapes of a drawing that have vertices."""
    outlines = outlines_of(drawing)
    bounds = drawing.shapes.astype(np.int64)
    owner = np.repeat(np.arange(len(drawing)), np.diff(bounds))
    drawn = outlines.counts > 0
    # The longest contour of each shape: the last where they are sorted by shape and then by length.
    order = np.lexsort((-np.arange(len(owner)), outlines.lengths, owner))
    order = order[drawn[order]]
    numbers, first = np.unique(owner[order][::-1], return_index=True)
    main = order[::-1][first]
    kept = drawn & np.isin(owner, numbers)
    vertices = np.bincount(owner, outlines.distinct, len(drawing)).astype(np.int64)[numbers]
    counts = np.stack([np.bincount(owner[kept], minlength=len(drawing))[numbers], vertices], axis=1)
    _, outline = outlines.sampled(main, SAMPLES)
    closed = outlines.closed[main]
    turned = closed & (_signed_area(outline) < 0)
    outline[turned] = outline[turned][:, np.r_[0, SAMPLES - 1 : 0 : -1]]
    centres = outline.mean(axis=1) if len(main) else np.zeros(0, complex)
    spreads = np.sqrt(np.mean(np.abs(outline - centres[:, None]) ** 2, axis=1)) if len(main) else np.zeros(0)
    areas = drawing.areas[numbers]
    lengths = outlines.lengths[main]
    return Description(
        numbers=numbers,
        main=main,
        outline=outline,
        counts=counts,
        areas=areas,
        closed=closed,
        layers=_per_shape(drawing.layers, numbers),
        styles=_per_shape(drawing.styles, numbers),
        colours=_colours(drawing)[numbers],
        widths=np.where(areas, 0.0, _means(drawing, drawing.radii.astype(np.float64))[numbers] * 64),
        lengths=lengths,
        spreads=spreads,
        centres=centres,
        forms=_forms(outline, closed, lengths, centres, spreads),
        twins=_twins(drawing, main, areas),
        outlines=outlines,
        contours=bounds,
    )


def _twins(drawing: Drawing, main: Ints, areas: NDArray[np.bool_]) -> Ints:
    twins = np.full(len(main), -1)
    if areas.any() and not areas.all():
        keys = [drawing.points[drawing.offsets[c] : drawing.offsets[c + 1]].tobytes() for c in main.tolist()]
        lines = {keys[row]: row for row in np.flatnonzero(~areas).tolist()}
        for row in np.flatnonzero(areas).tolist():
            twin = lines.pop(keys[row], -1)
            if twin >= 0:
                twins[row], twins[twin] = twin, row
    return twins


def _per_shape(values: NDArray[np.int32] | None, numbers: Ints) -> Ints:
    return np.zeros(len(numbers), np.int64) if values is None else values.astype(np.int64)[numbers]


def _means(drawing: Drawing, values: Floats) -> Floats:
    owner = drawing.shape_of_vertex
    return np.bincount(owner, values, len(drawing)) / np.maximum(np.bincount(owner, minlength=len(drawing)), 1)


def _colours(drawing: Drawing) -> Floats:
    colours = np.zeros((len(drawing), 4))
    if drawing.colours is not None:
        colours[:, :3] = np.sqrt(np.stack([_means(drawing, c) for c in drawing.colours.T.astype(np.float64)], axis=1))
    colours[:, 3] = _means(drawing, drawing.opacities.astype(np.float64))
    return colours


def _signed_area(outline: Complexes) -> Floats:
    return np.imag(np.conj(outline) * np.roll(outline, -1, axis=1)).sum(axis=1) / 2


def _forms(
    outline: Complexes, closed: NDArray[np.bool_], lengths: Floats, centres: Complexes, spreads: Floats
) -> Floats:
    size = np.maximum(spreads, _EVEN)
    unit = (outline - centres[:, None]) / size[:, None]
    oblong = np.abs(np.mean(unit * unit, axis=1)) if len(unit) else np.zeros(0)
    encloses = np.where(closed, np.abs(_signed_area(unit)), 0.0)
    return np.stack([np.log(np.maximum(lengths, _EVEN) / size / 3), oblong, encloses / np.pi], axis=1)
