"""Grease Pencil keyframes as strokes in world space, read in bulk.

`keyframes` says when something is drawn, `read` what: one `WorldDrawing` for each keyframe, all chosen layers together,
with modifiers, moving parents and animated layers as they are at that frame.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import bpy

from .. import requirements
from ..view import strokes_view
from .curves import CATMULL_ROM, Curves, polylines

if TYPE_CHECKING:
    import numpy as np
    from mathutils import Matrix
    from numpy.typing import NDArray

__all__ = [
    "Inked",
    "WorldDrawing",
    "at_hand",
    "glance",
    "is_grease_pencil",
    "keyframes",
    "layer_matrix",
    "layer_names",
    "read",
    "read_inked",
    "refuse_nan",
    "shown",
    "shown_at",
    "widening",
]

DEFAULT_RADIUS = 0.01
"""Metres: what Blender draws when a drawing has no radius attribute."""
DEFAULT_RESOLUTION = 12
"""Pieces from one control point of a curve to the next, likewise."""
HANDLES = ("handle_left", "handle_right")


@dataclass(frozen=True, eq=False)
class WorldDrawing:
    """The strokes of one keyframe; stroke i is points[offsets[i]:offsets[i + 1]].

    points (N, 3) float64 and radii (N,) float64 in metres of the world, opacities (N,) float64 in 0..1, colours (N, 3)
    float64 linear RGB in 0..1 as Blender draws them without lights, offsets (S + 1,) int32, cyclic (S,) bool, filled
    (S,) bool. Points may hold NaN: whoever uses them refuses those by frame.
    """

    frame: int
    points: NDArray[np.float64]
    radii: NDArray[np.float64]
    opacities: NDArray[np.float64]
    colours: NDArray[np.float64]
    offsets: NDArray[np.int32]
    cyclic: NDArray[np.bool_]
    filled: NDArray[np.bool_]

    @property
    def coloured(self) -> bool:
        """Whether any ink is not black."""
        return bool(self.colours[self.ink].any())

    @property
    def ink(self) -> NDArray[np.bool_]:
        """(N,) the points that leave ink: part of a line with a width, or of a filled stroke."""
        import numpy as np

        return (self.opacities > 0) & ((self.radii > 0) | np.repeat(self.filled, np.diff(self.offsets)))


def is_grease_pencil(ob: bpy.types.Object | None) -> bool:
    """True for an object with Grease Pencil strokes."""
    return ob is not None and ob.type == "GREASEPENCIL"


def layer_names(ob: bpy.types.Object, name: str = "") -> list[str]:
    """The layers that a doodle is made of: the one called `name`, or, for '', all that can be seen. Empty when there
    is none.

    Layers of baked in-betweens are not among all; those that were hidden for the in-betweens to be seen are."""
    if name:
        return [name] if name in ob.data.layers else []
    baked, aside = strokes_view.baked_layers(ob), strokes_view.layers_aside(ob)
    return [
        layer.name
        for layer in ob.data.layers
        if layer.name not in baked and (layer.name in aside or not _hidden(layer))
    ]


def keyframes(ob: bpy.types.Object, name: str = "") -> list[int]:
    """Frames at which a chosen layer has a keyframe, rising."""
    return sorted({frame.frame_number for layer in layer_names(ob, name) for frame in ob.data.layers[layer].frames})


def shown_at(ob: bpy.types.Object, frame: float, name: str = "") -> int | None:
    """The keyframe of the drawing that is seen at `frame`; None before the first."""
    return max((one for one in keyframes(ob, name) if one <= frame), default=None)


def read(
    context: bpy.types.Context,
    ob: bpy.types.Object,
    name: str = "",
    fill: bool = False,
    only: Collection[int] | None = None,
) -> list[WorldDrawing]:
    """What the chosen layers of `ob` show at each of their keyframes, rising by frame; keyframes without strokes
    included. `only` names the keyframes that are wanted, where not all are.

    `fill` reads filled strokes as solid ink. The scene's frame changes on the way only where something beside the
    drawings can move (modifiers, constraints, parents, animation), and is put back.
    """
    frames = [frame for frame in keyframes(ob, name) if only is None or frame in only]
    names = layer_names(ob, name)
    with shown(context, ob):
        if _stands_still(ob):
            context.evaluated_depsgraph_get()  # brings matrix_world up to date
            return [_gather(ob, names, frame, fill) for frame in frames]
        return list(_evaluated(context, ob, names, frames, fill))


@dataclass(frozen=True, eq=False)
class Inked:
    """The drawings that hold ink, rising by frame, and the frames of the keyframes that hold none."""

    inked: list[WorldDrawing]
    empty: list[int]

    @property
    def warning(self) -> str:
        """One line about the empty keyframes; '' without any."""
        if not self.empty:
            return ""
        names = ", ".join(str(frame) for frame in self.empty)
        return (
            f"Nothing is drawn at frame {names}: skipped"
            if len(self.empty) == 1
            else f"Nothing is drawn at frames {names}: skipped"
        )


def read_inked(
    context: bpy.types.Context,
    ob: bpy.types.Object,
    name: str = "",
    fill: bool = False,
    only: Collection[int] | None = None,
) -> Inked:
    """As `read`, sorted into drawn and empty. Raises DoodleError, naming layer or frame: no such layer, nothing
    drawn at all, NaN."""
    from doodle_core.errors import DoodleError

    requirements.ensure()
    if not layer_names(ob, name):
        there = ", ".join(f"'{layer.name}'" for layer in ob.data.layers) or "none"
        raise DoodleError(
            f"'{ob.name}' has no layer '{name}'; there are: {there}"
            if name
            else f"'{ob.name}' has no layer that can be seen; show one"
        )
    drawings = read(context, ob, name, fill, only)
    for drawing in drawings:
        refuse_nan(drawing)
    found = Inked([one for one in drawings if one.ink.any()], [one.frame for one in drawings if not one.ink.any()])
    if not found.inked:
        where = f" ({found.warning})" if found.empty else ""
        raise DoodleError(f"'{ob.name}' has no keyframe with ink{where}; draw something first")
    return found


def refuse_nan(drawing: WorldDrawing) -> None:
    """Raises DoodleError, naming the frame, for a point that is not a number."""
    import numpy as np

    from doodle_core.errors import DoodleError

    for values in (drawing.points, drawing.radii, drawing.opacities):
        if not np.isfinite(values).all():
            raise DoodleError(
                f"the drawing at frame {drawing.frame} has a point that is not a number; delete that stroke"
            )


def at_hand(ob: bpy.types.Object, scene: bpy.types.Scene, name: str = "") -> list[int]:
    """The keyframes that `glance` can read: all of them, or, where something beside the drawings can move, the one that
    the scene stands at."""
    frames = keyframes(ob, name)
    if _stands_still(ob):
        return frames
    return [frame for frame in frames if frame == scene.frame_current_final and not ob.hide_viewport]


def glance(
    ob: bpy.types.Object, depsgraph: bpy.types.Depsgraph, frame: int, name: str = "", fill: bool = False
) -> WorldDrawing:
    """As `read`, a single keyframe out of `at_hand`; changes neither the frame nor what is shown."""
    seen = ob if _stands_still(ob) else ob.evaluated_get(depsgraph)
    return _gather(seen, layer_names(ob, name), frame, fill)


def _evaluated(
    context: bpy.types.Context, ob: bpy.types.Object, names: Sequence[str], frames: Sequence[int], fill: bool
) -> Iterator[WorldDrawing]:
    from ..view import live

    scene = context.scene
    now, part = scene.frame_current, scene.frame_subframe
    with live.paused():
        try:
            for frame in frames:
                scene.frame_set(frame)
                yield _gather(ob.evaluated_get(context.evaluated_depsgraph_get()), names, frame, fill)
        finally:
            scene.frame_set(now, subframe=part)


def _stands_still(ob: bpy.types.Object) -> bool:
    """True when the strokes of a keyframe lie in the world where their own data says, at any frame."""
    moved = (ob.parent, ob.animation_data, ob.data.animation_data, *ob.constraints, *ob.modifiers)
    return not any(moved) and not any(layer.parent for layer in ob.data.layers)


@contextmanager
def shown(context: bpy.types.Context, ob: bpy.types.Object) -> Iterator[None]:
    """Blender evaluates no hidden objects: show this one while it is read."""
    monitor = ob.hide_viewport
    eye = ob.hide_get(view_layer=context.view_layer)
    try:
        if monitor:
            ob.hide_viewport = False
        if eye:
            ob.hide_set(False, view_layer=context.view_layer)
        yield
    finally:
        if eye:
            ob.hide_set(True, view_layer=context.view_layer)
        if monitor:
            ob.hide_viewport = True


def _hidden(layer: Any) -> bool:
    group = layer.parent_group
    while group is not None:
        if group.hide:
            return True
        group = group.parent_group
    return bool(layer.hide)


def _gather(ob: bpy.types.Object, names: Sequence[str], frame: int, fill: bool) -> WorldDrawing:
    """All chosen layers of an object (evaluated or not) as they stand at `frame`, joined."""
    import numpy as np

    parts = []
    for name in names:
        layer = ob.data.layers.get(name)
        shown = None if layer is None else layer.get_frame_at(frame)
        if shown is not None:
            parts.append(_layer_strokes(ob, layer, shown.drawing, frame, fill))
    if not parts:
        nothing = np.zeros(0)
        none = np.zeros(0, bool)
        no_points = np.zeros((0, 3))
        return WorldDrawing(frame, no_points, nothing, nothing, no_points, np.zeros(1, np.int32), none, none)
    starts = np.cumsum([0, *(len(part.points) for part in parts)])
    return WorldDrawing(
        frame,
        points=np.concatenate([part.points for part in parts]),
        radii=np.concatenate([part.radii for part in parts]),
        opacities=np.concatenate([part.opacities for part in parts]),
        colours=np.concatenate([part.colours for part in parts]),
        offsets=np.concatenate(
            [[0], *(part.offsets[1:] + start for part, start in zip(parts, starts, strict=False))]
        ).astype(np.int32),
        cyclic=np.concatenate([part.cyclic for part in parts]),
        filled=np.concatenate([part.filled for part in parts]),
    )


def _layer_strokes(ob: bpy.types.Object, layer: Any, drawing: Any, frame: int, fill: bool) -> WorldDrawing:
    import numpy as np

    style = _style(ob, drawing.attributes)
    # An evaluated drawing has its layer's tint and radius offset already.
    adjusted = ob.is_evaluated
    stored, insides = _curves(drawing), _colours(drawing.attributes, "fill_color", len(style.inside))
    if not adjusted:
        stored = replace(stored, values=np.column_stack([stored.values[:, :2], _tinted(stored.values[:, 2:], layer)]))
        insides = _tinted(insides, layer)
    curves = polylines(stored)
    lengths, values = np.diff(curves.offsets), curves.values
    world = np.array(layer_matrix(ob, layer), np.float64)
    with np.errstate(invalid="ignore"):  # endless points become NaN, and are refused by name
        points = curves.points @ world[:3, :3].T + world[:3, 3]

    offset = 0.0 if adjusted else layer.radius_offset
    radii = np.maximum(values[:, 0] + offset, 0.0) * widening(ob.matrix_world) * np.repeat(style.line, lengths)
    opacities = np.clip(values[:, 1] * layer.opacity, 0.0, 1.0) * np.repeat(style.alpha, lengths)
    filled = style.inside if fill else np.zeros(len(lengths), bool)
    lines = WorldDrawing(
        frame,
        points,
        radii,
        opacities,
        _mixed(np.repeat(style.colour, lengths, axis=0), values[:, 2:]),
        curves.offsets,
        curves.cyclic,
        filled,
    )
    return _with_insides(lines, _mixed(style.fill_colour, insides)) if filled.any() else lines


def _with_insides(lines: WorldDrawing, insides: NDArray[np.float64]) -> WorldDrawing:
    """Filled strokes with their inside's colour, (S, 3). One whose line has another is two: its inside, and its line
    over that."""
    import numpy as np

    owner = np.repeat(np.arange(len(lines.filled)), np.diff(lines.offsets))
    lined = np.bincount(owner, lines.radii > 0, len(lines.filled)) > 0
    other = (lines.colours != insides[owner]).any(axis=1)
    twice = lines.filled & lined & (np.bincount(owner, other, len(lines.filled)) > 0)
    strokes = np.repeat(np.arange(len(twice)), 1 + twice)
    second = np.diff(strokes, prepend=-1) == 0
    filled = lines.filled[strokes] & ~second
    lengths = np.diff(lines.offsets)[strokes]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    points = np.arange(offsets[-1]) + np.repeat(lines.offsets[:-1][strokes] - offsets[:-1], lengths)
    hollow = np.repeat(filled & twice[strokes], lengths)
    return replace(
        lines,
        points=lines.points[points],
        radii=np.where(hollow, 0.0, lines.radii[points]),
        opacities=lines.opacities[points],
        colours=np.where(np.repeat(filled, lengths)[:, None], insides[owner[points]], lines.colours[points]),
        offsets=offsets,
        cyclic=lines.cyclic[strokes],
        filled=filled,
    )


def _mixed(colours: NDArray[np.float64], over: NDArray[np.float64]) -> NDArray[np.float64]:
    """Material colours (n, 3) under vertex colours (n, 4), whose alpha is the share they have: (n, 3), 0..1."""
    import numpy as np

    share = np.clip(over[:, 3:], 0.0, 1.0)
    return np.clip(np.nan_to_num((1 - share) * colours + share * over[:, :3]), 0.0, 1.0)


def _tinted(over: NDArray[np.float64], layer: Any) -> NDArray[np.float64]:
    """Vertex colours (n, 4) as Blender evaluates them under a layer's tint: mixed with it by its factor, the tint's
    own alpha being the factor once more. In single precision, as there, for the sake of digests."""
    import numpy as np

    factor = np.float32(layer.tint_factor)
    tint = np.array([*layer.tint_color, factor], np.float32)
    return ((np.float32(1) - factor) * over.astype(np.float32) + factor * tint).astype(np.float64)


def widening(matrix: Matrix) -> float:
    """By how much Blender widens lines with their object, of this world matrix: the length of the scaled diagonal. It
    does not widen them with their layer."""
    import numpy as np

    return float(np.linalg.norm(np.array(matrix, np.float64)[:3, :3] @ np.full(3, 1 / np.sqrt(3))))


def _curves(drawing: Any) -> Curves:
    """The strokes of a Grease Pencil drawing as stored, in the layer's own space; values are radius, opacity and the
    four of the vertex colour."""
    import numpy as np

    attributes = drawing.attributes
    count = attributes.domain_size("POINT")
    offsets = np.zeros(attributes.domain_size("CURVE") + 1, np.int32)
    if len(offsets) > 1:
        drawing.curve_offsets.foreach_get("value", offsets)
    strokes = len(offsets) - 1
    points = _points(attributes, "position", count)
    handles = (_points(attributes, name, count) if name in attributes else points for name in HANDLES)
    radii, opacities = _values(attributes, "radius", count, DEFAULT_RADIUS), _values(attributes, "opacity", count, 1.0)
    return Curves(
        points,
        np.column_stack([radii, opacities, _colours(attributes, "vertex_color", count)]),
        offsets,
        _flags(attributes, "cyclic", strokes),
        _numbers(attributes, "curve_type", strokes, CATMULL_ROM),
        _numbers(attributes, "resolution", strokes, DEFAULT_RESOLUTION),
        *handles,
    )


def layer_matrix(ob: bpy.types.Object, layer: Any) -> Matrix:
    """From the layer's own space to the world. A layer with a parent of its own follows that instead of the object."""
    if layer.parent is None:
        return ob.matrix_world @ layer.matrix_local
    anchor = layer.parent.matrix_world
    if layer.parent_bone and layer.parent.pose is not None:
        bone = layer.parent.pose.bones.get(layer.parent_bone)
        if bone is not None:
            anchor = anchor @ bone.matrix
    return anchor @ layer.matrix_parent_inverse @ layer.matrix_local


@dataclass(frozen=True, eq=False)
class _Style:
    """What materials and strokes say of each of S strokes: line (S,) bool, is its line drawn; inside (S,) bool, is it
    filled; alpha (S,), 0 for a hidden material; colour and fill_colour (S, 3), linear."""

    line: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    alpha: NDArray[np.float64]
    colour: NDArray[np.float64]
    fill_colour: NDArray[np.float64]


def _style(ob: bpy.types.Object, attributes: Any) -> _Style:
    import numpy as np

    strokes = attributes.domain_size("CURVE")
    slots = [slot.material for slot in ob.material_slots] or [None]
    styles = [None if slot is None else slot.grease_pencil for slot in slots]
    index = np.clip(_numbers(attributes, "material_index", strokes, 0), 0, len(styles) - 1)
    line, inside = np.ones(strokes, bool), np.zeros(strokes, bool)
    if _materials_say_what_shows():
        line = np.array([style is None or style.show_stroke for style in styles], bool)[index]
        inside = np.array([style is not None and style.show_fill for style in styles], bool)[index]
    hidden = np.array([style is not None and style.hide for style in styles], bool)[index]
    if "fill_id" in attributes:
        inside = _numbers(attributes, "fill_id", strokes, 0) != 0
    if "hide_stroke" in attributes:
        line = ~_flags(attributes, "hide_stroke", strokes)
    colour, fill_colour = np.zeros((2, len(styles), 4), np.float32)
    for number, style in enumerate(styles):
        if style is not None:
            colour[number], fill_colour[number] = style.color, style.fill_color
    return _Style(
        line,
        inside,
        np.where(hidden, 0.0, 1.0),
        colour[index, :3].astype(np.float64),
        fill_colour[index, :3].astype(np.float64),
    )


def _colours(attributes: Any, name: str, count: int) -> NDArray[np.float64]:
    """A colour attribute, (count, 4) linear, straight alpha; clear where nobody wrote it."""
    import numpy as np

    flat = np.zeros(4 * count, np.float32)
    if name in attributes and count:
        attributes[name].data.foreach_get("color", flat)
    return flat.reshape(-1, 4).astype(np.float64)


def _materials_say_what_shows() -> bool:
    """False from Blender 5.1 on: there strokes say it themselves, and `show_stroke` of a new material is False."""
    prop: Any = bpy.types.MaterialGPencilStyle.bl_rna.properties.get("show_stroke")
    return prop is not None and not getattr(prop, "is_deprecated", False)


def _points(attributes: Any, name: str, count: int) -> NDArray[np.float64]:
    import numpy as np

    flat = np.empty(3 * count, np.float32)
    if count:
        attributes[name].data.foreach_get("vector", flat)
    return flat.reshape(-1, 3).astype(np.float64)


def _values(attributes: Any, name: str, count: int, default: float) -> NDArray[np.float64]:
    """A float attribute of the points; it exists only once somebody wrote it."""
    import numpy as np

    if name not in attributes or not count:
        return np.full(count, default)
    values = np.empty(count, np.float32)
    attributes[name].data.foreach_get("value", values)
    return values.astype(np.float64)


def _numbers(attributes: Any, name: str, count: int, default: int) -> NDArray[np.int32]:
    import numpy as np

    numbers = np.full(count, default, np.int8 if name == "curve_type" else np.int32)
    if name in attributes and count:
        attributes[name].data.foreach_get("value", numbers)
    return numbers.astype(np.int32)


def _flags(attributes: Any, name: str, count: int) -> NDArray[np.bool_]:
    import numpy as np

    flags = np.zeros(count, bool)
    if name in attributes and count:
        attributes[name].data.foreach_get("value", flags)
    return flags
