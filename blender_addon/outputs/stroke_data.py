"""Strokes into Grease Pencil keyframes, in bulk, and the looks of the strokes that they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bpy

from ..sources.curves import POLY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LayerStrokes", "Looks", "default", "looks_of", "nothing", "write"]

# Of a stroke, what is neither its shape nor its colour: attribute, its type, numpy's, and its value by default.
_LOOKS: tuple[tuple[str, str, str, float], ...] = (
    ("start_cap", "INT8", "int8", 0),
    ("end_cap", "INT8", "int8", 0),
    ("softness", "FLOAT", "float32", 0),
    ("aspect_ratio", "FLOAT", "float32", 1),
)
# What is written of strokes beside: attribute, its type, and the name of a value.
_SAID: tuple[tuple[str, str, str], ...] = (
    *((name, kind, "value") for name, kind, _, _ in _LOOKS),
    ("material_index", "INT", "value"),
    ("fill_opacity", "FLOAT", "value"),
    ("fill_color", "FLOAT_COLOR", "color"),
    ("fill_id", "INT", "value"),
    ("hide_stroke", "BOOLEAN", "value"),
)


@dataclass(frozen=True, eq=False)
class Looks:
    """The looks of the strokes of one drawing, S of them.

    values  (S,) by attribute; only those that the drawing has
    colours  (S, 4) float32: the vertex colour, the mean of a stroke's points; of alpha 0 where it has none
    fills  (S, 4) float32: likewise of the fill
    """

    values: Mapping[str, NDArray[Any]]
    colours: NDArray[np.float32]
    fills: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.colours)

    @classmethod
    def none(cls) -> Looks:
        import numpy as np

        return cls({}, np.zeros((0, 4), np.float32), np.zeros((0, 4), np.float32))


def default(name: str, count: int) -> NDArray[Any]:
    """What Blender takes an attribute of `Looks` for where nobody wrote it, (count,)."""
    import numpy as np

    _, _, dtype, value = next(one for one in _LOOKS if one[0] == name)
    return np.full(count, value, dtype)


def looks_of(ob: bpy.types.Object, names: Sequence[str], frame: int) -> Looks:
    """Of all strokes that the layers show at `frame`, layer after layer, as `grease_pencil.read` has them."""
    import numpy as np

    drawings = []
    for name in names:
        layer = ob.data.layers.get(name)
        shown = None if layer is None else layer.get_frame_at(frame)
        if shown is not None:
            drawings.append((shown.drawing, shown.drawing.attributes.domain_size("CURVE")))
    values = {}
    for name, *_ in _LOOKS:
        if any(name in drawing.attributes for drawing, _ in drawings):
            parts = [_read(drawing.attributes, name, default(name, count)) for drawing, count in drawings]
            values[name] = np.concatenate(parts)
    none = np.zeros((0, 4), np.float32)
    fills = [
        _read(drawing.attributes, "fill_color", np.zeros(4 * count, np.float32), "color").reshape(count, 4)
        for drawing, count in drawings
    ]
    colours = [_colours(drawing, count) for drawing, count in drawings]
    return Looks(values, np.concatenate([none, *colours]), np.concatenate([none, *fills]))


def _read(attributes: Any, name: str, flat: NDArray[Any], value: str = "value") -> NDArray[Any]:
    """An attribute's values into `flat`, which holds its defaults."""
    if name in attributes and len(flat):
        attributes[name].data.foreach_get(value, flat)
    return flat


def _colours(drawing: Any, count: int) -> NDArray[np.float32]:
    import numpy as np

    points = drawing.attributes.domain_size("POINT")
    answer = np.zeros((count, 4), np.float32)
    if "vertex_color" not in drawing.attributes or not points:
        return answer
    flat = _read(drawing.attributes, "vertex_color", np.empty(4 * points, np.float32), "color")
    offsets = np.zeros(count + 1, np.int32)
    drawing.curve_offsets.foreach_get("value", offsets)
    lengths = np.diff(offsets)
    total = np.zeros((count, 4))
    np.add.at(total, np.repeat(np.arange(count), lengths), flat.reshape(-1, 4))
    answer[:] = total / np.maximum(lengths, 1)[:, None]
    return answer


@dataclass(frozen=True, eq=False)
class LayerStrokes:
    """Strokes in a layer's own space: points (N, 3), radii and opacities (N,), vertex colours (N, 4), offsets (S + 1,),
    cyclic (S,), and what else is said of them by attribute, (S,) or (S, 4)."""

    points: NDArray[np.floating]
    radii: NDArray[np.floating]
    opacities: NDArray[np.floating]
    colours: NDArray[np.floating]
    offsets: NDArray[np.int32]
    cyclic: NDArray[np.bool_]
    values: Mapping[str, NDArray[Any]]


def nothing() -> LayerStrokes:
    """No strokes."""
    import numpy as np

    none = np.zeros(0, np.float32)
    return LayerStrokes(
        np.zeros((0, 3)), none, none, np.zeros((0, 4)), np.zeros(1, np.int32), np.zeros(0, np.bool_), {}
    )


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
    _put(drawing, "curve_type", "INT8", "CURVE", "value", np.full(len(lengths), POLY, np.int8))
    _put(drawing, "position", "FLOAT_VECTOR", "POINT", "vector", strokes.points.astype(np.float32))
    _put(drawing, "radius", "FLOAT", "POINT", "value", strokes.radii.astype(np.float32))
    _put(drawing, "opacity", "FLOAT", "POINT", "value", strokes.opacities.astype(np.float32))
    if strokes.cyclic.any():
        _put(drawing, "cyclic", "BOOLEAN", "CURVE", "value", strokes.cyclic)
    if strokes.colours.any():
        _put(drawing, "vertex_color", "FLOAT_COLOR", "POINT", "color", strokes.colours.astype(np.float32))
    for name, kind_of, value in _SAID:
        if name in strokes.values:
            _put(drawing, name, kind_of, "CURVE", value, strokes.values[name])
    drawing.tag_positions_changed()


def _put(drawing: Any, name: str, kind: str, domain: str, value: str, numbers: NDArray[Any]) -> None:
    attribute = drawing.attributes.get(name) or drawing.attributes.new(name, kind, domain)
    attribute.data.foreach_set(value, numbers.reshape(-1))
