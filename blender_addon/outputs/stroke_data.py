"""Strokes into Grease Pencil keyframes, in bulk, with the looks of the strokes that they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bpy

from ..sources.curves import POLY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LayerStrokes", "Looks", "looks_of", "write"]

# Of a stroke, all that is not its shape: attribute, its type, numpy's, and the name and width of a value.
_LOOKS: tuple[tuple[str, str, str, str, int], ...] = (
    ("material_index", "INT", "int32", "value", 1),
    ("start_cap", "INT8", "int8", "value", 1),
    ("end_cap", "INT8", "int8", "value", 1),
    ("softness", "FLOAT", "float32", "value", 1),
    ("aspect_ratio", "FLOAT", "float32", "value", 1),
    ("fill_opacity", "FLOAT", "float32", "value", 1),
    ("fill_color", "FLOAT_COLOR", "float32", "color", 4),
    ("fill_id", "INT", "int32", "value", 1),
    ("hide_stroke", "BOOLEAN", "bool", "value", 1),
)
_DEFAULTS = {"aspect_ratio": 1.0, "fill_opacity": 1.0}


@dataclass(frozen=True, eq=False)
class Looks:
    """The looks of the strokes of one drawing, S of them.

    values  (S, width) by attribute; only those that the drawing has
    colour  (S, 4) float32: the vertex colour, the mean of a stroke's points; of alpha 0 where it has none
    """

    values: Mapping[str, NDArray[Any]]
    colour: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.colour)


def looks_of(ob: bpy.types.Object, names: Sequence[str], frame: int) -> Looks:
    """Of all strokes that the layers show at `frame`, layer after layer, as `grease_pencil.read` has them."""
    import numpy as np

    drawings = []
    for name in names:
        layer = ob.data.layers.get(name)
        shown = None if layer is None else layer.get_frame_at(frame)
        if shown is not None:
            drawings.append(shown.drawing)
    counts = [drawing.attributes.domain_size("CURVE") for drawing in drawings]
    values = {}
    for name, _, dtype, value, width in _LOOKS:
        if any(name in drawing.attributes for drawing in drawings):
            parts = [
                _read(drawing.attributes, name, count, dtype, value, width)
                for drawing, count in zip(drawings, counts, strict=True)
            ]
            values[name] = np.concatenate(parts)
    colours = [_colours(drawing, count) for drawing, count in zip(drawings, counts, strict=True)]
    return Looks(values, np.concatenate([np.zeros((0, 4), np.float32), *colours]))


def _read(attributes: Any, name: str, count: int, dtype: str, value: str, width: int) -> NDArray[Any]:
    import numpy as np

    flat = np.full(count * width, _DEFAULTS.get(name, 0), dtype)
    if name in attributes and count:
        attributes[name].data.foreach_get(value, flat)
    return flat.reshape(count, width)


def _colours(drawing: Any, count: int) -> NDArray[np.float32]:
    import numpy as np

    points = drawing.attributes.domain_size("POINT")
    answer = np.zeros((count, 4), np.float32)
    if "vertex_color" not in drawing.attributes or not points:
        return answer
    flat = np.empty(4 * points, np.float32)
    drawing.attributes["vertex_color"].data.foreach_get("color", flat)
    offsets = np.zeros(count + 1, np.int32)
    drawing.curve_offsets.foreach_get("value", offsets)
    lengths = np.diff(offsets)
    total = np.zeros((count, 4))
    np.add.at(total, np.repeat(np.arange(count), lengths), flat.reshape(-1, 4))
    answer[:] = total / np.maximum(lengths, 1)[:, None]
    return answer


@dataclass(frozen=True, eq=False)
class LayerStrokes:
    """Strokes in a layer's own space: points (N, 3), radii and opacities (N,), offsets (S + 1,), cyclic (S,), and
    their looks, values and colour, as in `Looks`."""

    points: NDArray[np.floating]
    radii: NDArray[np.floating]
    opacities: NDArray[np.floating]
    offsets: NDArray[np.int32]
    cyclic: NDArray[np.bool_]
    values: Mapping[str, NDArray[Any]]
    colour: NDArray[np.float32]


def write(layer: Any, number: int, kind: str, strokes: LayerStrokes) -> None:
    """A new keyframe of the layer at frame `number`, of a type such as 'BREAKDOWN', with these strokes as polylines."""
    import numpy as np

    frame = layer.frames.new(number)
    frame.keyframe_type = kind
    drawing = frame.drawing
    lengths = np.diff(strokes.offsets)
    if not len(lengths) or not lengths.sum():
        return
    drawing.add_strokes(lengths.tolist())
    _fill(drawing, "curve_type", "INT8", "CURVE", "value", np.full(len(lengths), POLY, np.int8))
    _fill(drawing, "position", "FLOAT_VECTOR", "POINT", "vector", strokes.points.astype(np.float32))
    _fill(drawing, "radius", "FLOAT", "POINT", "value", strokes.radii.astype(np.float32))
    _fill(drawing, "opacity", "FLOAT", "POINT", "value", strokes.opacities.astype(np.float32))
    if strokes.cyclic.any():
        _fill(drawing, "cyclic", "BOOLEAN", "CURVE", "value", strokes.cyclic)
    if strokes.colour.any():
        colour = np.repeat(strokes.colour, lengths, axis=0)
        _fill(drawing, "vertex_color", "FLOAT_COLOR", "POINT", "color", colour)
    for name, kind_of, _, value, _ in _LOOKS:
        if name in strokes.values:
            _fill(drawing, name, kind_of, "CURVE", value, strokes.values[name])
    drawing.tag_positions_changed()


def _fill(drawing: Any, name: str, kind: str, domain: str, value: str, numbers: NDArray[Any]) -> None:
    attribute = drawing.attributes.get(name) or drawing.attributes.new(name, kind, domain)
    attribute.data.foreach_set(value, numbers.reshape(-1))
