"""Strokes into Grease Pencil keyframes, in bulk, and the looks of the strokes that they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import bpy

from ..sources.curves import POLY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LayerStrokes", "Looks", "Place", "contents", "default", "looks_of", "nothing", "rewrite", "write"]

# Of a stroke, what is neither its shape nor its colour: attribute, its type, numpy's, and its value by default. The
# last five place the textures of its line and of its fill.
_LOOKS: tuple[tuple[str, str, str, float], ...] = (
    ("start_cap", "INT8", "int8", 0),
    ("end_cap", "INT8", "int8", 0),
    ("softness", "FLOAT", "float32", 0),
    ("aspect_ratio", "FLOAT", "float32", 1),
    ("u_translation", "FLOAT", "float32", 0),
    ("u_scale", "FLOAT", "float32", 1),
    ("uv_rotation", "FLOAT", "float32", 0),
    ("uv_translation", "FLOAT2", "float32", 0),
    ("uv_scale", "FLOAT2", "float32", 1),
)
_TWO = "FLOAT2"
# What is written of strokes beside: attribute, its type, and the name of a value.
_SAID: tuple[tuple[str, str, str], ...] = (
    *((name, kind, "vector" if kind == _TWO else "value") for name, kind, _, _ in _LOOKS),
    ("material_index", "INT", "value"),
    ("fill_opacity", "FLOAT", "value"),
    ("fill_color", "FLOAT_COLOR", "color"),
    ("fill_id", "INT", "value"),
    ("hide_stroke", "BOOLEAN", "value"),
)


@dataclass(frozen=True, eq=False)
class Looks:
    """The looks of the strokes of one drawing, S of them.

    values  (S,) or (S, 2) by attribute; only those that the drawing has
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
    """What Blender takes an attribute of `Looks` for where nobody wrote it, (count,) or (count, 2)."""
    import numpy as np

    _, kind, dtype, value = next(one for one in _LOOKS if one[0] == name)
    return np.full((count, 2) if kind == _TWO else count, value, dtype)


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
    for name, kind, _, _ in _LOOKS:
        if any(name in drawing.attributes for drawing, _ in drawings):
            blank = [(drawing, default(name, count)) for drawing, count in drawings]
            field = "vector" if kind == _TWO else "value"
            parts = [_read(drawing.attributes, name, one.reshape(-1), field) for drawing, one in blank]
            values[name] = np.concatenate(parts).reshape(-1, *blank[0][1].shape[1:])
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
    """Strokes in a layer's own space, or before they are put there (`placed`): points (N, 3), radii and opacities (N,),
    vertex colours (N, 4), offsets (S + 1,), cyclic (S,), what else is said of them by attribute, (S,) or (S, 4), and
    the numbers of the layers that their shapes are on, (S,), which do not fall."""

    points: NDArray[np.floating]
    radii: NDArray[np.floating]
    opacities: NDArray[np.floating]
    colours: NDArray[np.floating]
    offsets: NDArray[np.int32]
    cyclic: NDArray[np.bool_]
    values: Mapping[str, NDArray[Any]]
    layers: NDArray[np.int32]

    def on_layer(self, number: int) -> LayerStrokes:
        """Those of one layer."""
        first, last = self.layers.searchsorted([number, number + 1]).tolist()
        if first == 0 and last == len(self.layers):
            return self
        points = slice(int(self.offsets[first]), int(self.offsets[last]))
        return LayerStrokes(
            points=self.points[points],
            radii=self.radii[points],
            opacities=self.opacities[points],
            colours=self.colours[points],
            offsets=self.offsets[first : last + 1] - self.offsets[first],
            cyclic=self.cyclic[first:last],
            values={name: values[first:last] for name, values in self.values.items()},
            layers=self.layers[first:last],
        )

    def placed(self, place: Place) -> LayerStrokes:
        """The same strokes of the unit square, with radii in its sides, as they lie in a layer: in single precision, as
        Blender has them."""
        import numpy as np

        points = self.points @ place.matrix[:3, :3].T
        points += place.matrix[:3, 3]
        radii = self.radii * place.thinner
        radii -= place.less
        np.maximum(radii, 0.0, out=radii)
        return replace(self, points=points.astype(np.float32), radii=radii.astype(np.float32))


@dataclass(frozen=True, eq=False)
class Place:
    """Where strokes go.

    matrix (4, 4): from the unit square round the origin, y up, into the layer. thinner: what a radius in the square's
    sides is multiplied with for Blender to draw it as wide as it is; less: what is then taken from it, since the layer
    adds it again.
    """

    matrix: NDArray[np.float64]
    thinner: float
    less: float = 0.0


def nothing() -> LayerStrokes:
    """No strokes."""
    import numpy as np

    none, number = np.zeros(0, np.float32), np.zeros(0, np.int32)
    offsets, flags = np.zeros(1, np.int32), np.zeros(0, np.bool_)
    return LayerStrokes(np.zeros((0, 3)), none, none, np.zeros((0, 4)), offsets, flags, {}, number)


def write(layer: Any, number: int, kind: str, strokes: LayerStrokes) -> None:
    """A new keyframe of the layer at frame `number`, of a type such as 'BREAKDOWN', with these strokes as polylines."""
    frame = layer.frames.new(number)
    frame.keyframe_type = kind
    rewrite(frame.drawing, strokes)


def rewrite(drawing: Any, strokes: LayerStrokes, before: LayerStrokes | None = None) -> bool:
    """Let a drawing be these strokes, as polylines, and nothing else; whether anything had to be written.

    before: what was written into it last, and is there still: only what differs is written then.
    """
    import numpy as np

    lengths = np.diff(strokes.offsets)
    same = before is not None and np.array_equal(strokes.offsets, before.offsets)
    if not same:
        drawing.remove_strokes()
        if len(lengths):
            drawing.add_strokes(lengths.tolist())
            _put(drawing, "curve_type", ("INT8", "CURVE", "value"), np.full(len(lengths), POLY, np.int8))
    if not len(lengths):
        return not same
    written, known = _attributes(strokes), _attributes(before) if same and before is not None else {}
    changed = not same
    for name, (kind, numbers) in written.items():
        if name not in known or not np.array_equal(numbers, known[name][1]):
            _put(drawing, name, kind, numbers)
            changed = True
    for name in known.keys() - written.keys() if same else _NAMES - written.keys():
        if name in drawing.attributes:
            drawing.attributes.remove(drawing.attributes[name])
            changed = True
    if changed:
        drawing.tag_positions_changed()
    return changed


_POINT = {
    "position": ("points", "FLOAT_VECTOR", "vector"),
    "radius": ("radii", "FLOAT", "value"),
    "opacity": ("opacities", "FLOAT", "value"),
    "vertex_color": ("colours", "FLOAT_COLOR", "color"),
}
_NAMES = {*_POINT, "cyclic", *(name for name, *_ in _SAID)}

_Kind = tuple[str, str, str]
"""Type and domain of an attribute, and the name of its values."""


def contents(drawing: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """What is stored of a drawing's strokes by attribute, in order; not what holds nothing but Blender's defaults."""
    import numpy as np

    attributes = drawing.attributes
    offsets = np.zeros(attributes.domain_size("CURVE") + 1, np.int32)
    if len(offsets) > 1:
        drawing.curve_offsets.foreach_get("value", offsets)
    yield "offsets", offsets
    for attribute in sorted(attributes, key=lambda one: one.name):
        found = _FIELDS.get(attribute.data_type)
        if attribute.name.startswith(".") or found is None or not len(attribute.data):
            continue
        field, width, dtype = found
        numbers = np.empty(len(attribute.data) * width, dtype)
        attribute.data.foreach_get(field, numbers)
        if (numbers != _DEFAULTS.get(attribute.name, 0)).any():
            yield attribute.name, numbers


_FIELDS = {
    "FLOAT": ("value", 1, "float32"),
    "FLOAT2": ("vector", 2, "float32"),
    "FLOAT_VECTOR": ("vector", 3, "float32"),
    "FLOAT_COLOR": ("color", 4, "float32"),
    "INT": ("value", 1, "int32"),
    "INT8": ("value", 1, "int8"),
    "BOOLEAN": ("value", 1, "bool"),
}
_DEFAULTS = {"opacity": 1, "fill_opacity": 1, "aspect_ratio": 1, "u_scale": 1, "uv_scale": 1}


def _attributes(strokes: LayerStrokes) -> dict[str, tuple[_Kind, NDArray[Any]]]:
    """What there is to write of strokes, by attribute: what Blender takes for granted is left out."""
    import numpy as np

    found: dict[str, tuple[_Kind, NDArray[Any]]] = {}
    for name, (field, kind, value) in _POINT.items():
        numbers = getattr(strokes, field)
        if name != "vertex_color" or numbers.any():
            found[name] = (kind, "POINT", value), numbers.astype(np.float32, copy=False)
    if strokes.cyclic.any():
        found["cyclic"] = ("BOOLEAN", "CURVE", "value"), strokes.cyclic
    for name, kind, value in _SAID:
        if name in strokes.values:
            found[name] = (kind, "CURVE", value), strokes.values[name]
    return found


def _put(drawing: Any, name: str, kind: _Kind, numbers: NDArray[Any]) -> None:
    attribute = drawing.attributes.get(name) or drawing.attributes.new(name, kind[0], kind[1])
    if drawing.id_data.library is None:
        attribute.data.foreach_set(kind[2], numbers.reshape(-1))
        return
    # In data of another file Blender leaves all at once undone, without a word; one after the other goes.
    for element, number in zip(attribute.data, numbers.tolist(), strict=True):
        setattr(element, kind[2], number)
