"""Drawings one over the other, layer by layer, as one drawing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing.building import offsets_of
from doodle_core.drawing.drawing import Drawing

__all__ = ["stacked"]

_PER_VERTEX = ("points", "radii", "opacities")
_PER_SHAPE = ("areas", "styles", "layers")
_IF_KNOWN = {"colours": (3,), "depths": ()}


def stacked(drawings: Sequence[Drawing]) -> tuple[Drawing, NDArray[np.int64]]:
    """Drawings that share their layers, as one: in each layer the shapes of the first lie under those of the next.

    Parameters
    ----------
    drawings : sequence of Drawing
        All on one sheet. Where some have colours and others none, these become black; those without depths lie on the
        canvas.

    Returns
    -------
    drawing : Drawing
    order : (S,) int64
        For each of its shapes, its number among those of all drawings, one drawing after the other.
    """
    firsts = np.cumsum([0, *map(len, drawings)])
    runs = [
        (layer, number, start, stop)
        for number, drawing in enumerate(drawings)
        for layer, start, stop in _runs_of_layers(drawing)
    ]
    if not runs:
        return Drawing.empty(), np.zeros(0, np.int64)
    runs.sort()
    order = np.concatenate([firsts[number] + np.arange(start, stop) for _, number, start, stop in runs])
    if len({number for _, number, _, _ in runs}) == 1:
        return drawings[runs[0][1]], order.astype(np.int64)
    return _joined([_sliced(drawings[number], start, stop) for _, number, start, stop in runs]), order.astype(np.int64)


def _runs_of_layers(drawing: Drawing) -> list[tuple[int, int, int]]:
    """Each layer that has shapes, and its first shape and the one after its last."""
    layers = drawing.layers
    if layers is None or not len(layers):
        return []
    cuts = [0, *(np.flatnonzero(np.diff(layers)) + 1).tolist(), len(layers)]
    return [(int(layers[start]), start, stop) for start, stop in pairwise(cuts)]


def _sliced(drawing: Drawing, start: int, stop: int) -> dict[str, Any]:
    """The arrays of some shapes in a row; offsets and shapes as lengths."""
    contours = slice(int(drawing.shapes[start]), int(drawing.shapes[stop]))
    vertices = slice(int(drawing.offsets[contours.start]), int(drawing.offsets[contours.stop]))
    part = {name: getattr(drawing, name)[vertices] for name in _PER_VERTEX}
    part |= {name: getattr(drawing, name)[start:stop] for name in _PER_SHAPE}
    for name in _IF_KNOWN:
        own = getattr(drawing, name)
        part[name] = None if own is None else own[vertices]
    part["caps"] = None if drawing.caps is None else drawing.caps[start:stop]
    part["cyclic"] = drawing.cyclic[contours]
    part["offsets"] = np.diff(drawing.offsets[contours.start : contours.stop + 1])
    part["shapes"] = np.diff(drawing.shapes[start : stop + 1])
    return part


def _joined(parts: Sequence[dict[str, Any]]) -> Drawing:
    for name, shape in _IF_KNOWN.items():
        if any(part[name] is not None for part in parts):
            for part in parts:
                if part[name] is None:
                    part[name] = np.zeros((len(part["points"]), *shape), np.float32)
    if any(part["caps"] is not None for part in parts):
        for part in parts:
            if part["caps"] is None:
                part["caps"] = np.zeros(len(part["areas"]), np.int8)
    arrays: dict[str, Any] = {}
    for name, first in parts[0].items():
        arrays[name] = None if first is None else np.concatenate([part[name] for part in parts])
    for name in ("offsets", "shapes"):
        arrays[name] = offsets_of(arrays[name])
    return Drawing.trusted(**arrays)
