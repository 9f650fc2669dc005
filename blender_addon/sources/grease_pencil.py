"""Grease Pencil keyframes as lines and areas in world space, read in bulk.

`keyframes` says when something is drawn, `read` what: one `WorldDrawing` for each keyframe, all chosen layers together,
from the back, with modifiers, moving parents and animated layers as they are at that frame.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import bpy

from .. import requirements
from ..view import strokes_view
from . import attributes as stored
from . import styles
from .curves import CATMULL_ROM, Curves, polylines
from .world import WorldDrawing, joined, painted

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
    "strokes_of_shapes",
    "widening",
]

DEFAULT_RADIUS = 0.01
"""Metres: what Blender draws when a drawing has no radius attribute."""
DEFAULT_RESOLUTION = 12
"""Pieces from one control point of a curve to the next, likewise."""
HANDLES = ("handle_left", "handle_right")


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
    only: Collection[int] | None = None,
) -> list[WorldDrawing]:
    """What the chosen layers of `ob` show at each of their keyframes, rising by frame; keyframes without strokes
    included. `only` names the keyframes that are wanted, where not all are.

    The scene's frame changes on the way only where something beside the drawings can move (modifiers, constraints,
    parents, animation), and is put back.
    """
    frames = [frame for frame in keyframes(ob, name) if only is None or frame in only]
    names = layer_names(ob, name)
    with shown(context, ob):
        if _stands_still(ob):
            context.evaluated_depsgraph_get()  # brings matrix_world up to date
            return [_gather(ob, names, frame) for frame in frames]
        return list(_evaluated(context, ob, names, frames))


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
    drawings = read(context, ob, name, only)
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


def glance(ob: bpy.types.Object, depsgraph: bpy.types.Depsgraph, frame: int, name: str = "") -> WorldDrawing:
    """As `read`, a single keyframe out of `at_hand`; changes neither the frame nor what is shown."""
    seen = ob if _stands_still(ob) else ob.evaluated_get(depsgraph)
    return _gather(seen, layer_names(ob, name), frame)


def _evaluated(
    context: bpy.types.Context, ob: bpy.types.Object, names: Sequence[str], frames: Sequence[int]
) -> Iterator[WorldDrawing]:
    from ..view import live

    scene = context.scene
    now, part = scene.frame_current, scene.frame_subframe
    with live.paused():
        try:
            for frame in frames:
                scene.frame_set(frame)
                yield _gather(ob.evaluated_get(context.evaluated_depsgraph_get()), names, frame)
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


def _drawings(ob: bpy.types.Object, names: Sequence[str], frame: int) -> Iterator[tuple[Any, Any]]:
    """The layers that show something at `frame`, and what."""
    for name in names:
        layer = ob.data.layers.get(name)
        found = None if layer is None else layer.get_frame_at(frame)
        if found is not None:
            yield layer, found.drawing


def _gather(ob: bpy.types.Object, names: Sequence[str], frame: int) -> WorldDrawing:
    """All chosen layers of an object (evaluated or not) as they stand at `frame`, joined."""
    numbers = {layer.name: number for number, layer in enumerate(ob.original.data.layers)}
    return joined(
        frame,
        [
            _layer_shapes(ob, layer, numbers.get(layer.name, 0), drawing, frame)
            for layer, drawing in _drawings(ob, names, frame)
        ],
    )


def strokes_of_shapes(ob: bpy.types.Object, names: Sequence[str], frame: int) -> NDArray[np.int64]:
    """The stroke that each shape of these layers' drawing comes from, by its number among all their strokes; an area's
    is the first of those that are filled together."""
    import numpy as np

    found, before = [np.zeros(0, np.int64)], 0
    for _, drawing in _drawings(ob, names, frame):
        said = styles.of_strokes(ob, drawing.attributes)
        found.append(before + painted(said, np.diff(polylines(_curves(drawing)).offsets)).firsts)
        before += len(said.slots)
    return np.concatenate(found)


def _layer_shapes(ob: bpy.types.Object, layer: Any, number: int, drawing: Any, frame: int) -> WorldDrawing:
    """One layer's drawing; `number` is the layer's."""
    import numpy as np

    from doodle_core.drawing.building import offsets_of, ranges

    said = styles.of_strokes(ob, drawing.attributes)
    curves, insides = _as_seen(ob, layer, drawing)
    order = painted(said, np.diff(curves.offsets))
    rows = ranges(curves.offsets[:-1][order.strokes], curves.offsets[1:][order.strokes])
    lengths = np.diff(curves.offsets)[order.strokes]
    contours = np.diff(order.shapes)
    filled = np.repeat(order.areas, contours)
    area, first = np.repeat(filled, lengths), np.repeat(np.repeat(order.firsts, contours), lengths)
    values = curves.values[rows]
    line = said.colours[np.repeat(order.strokes, lengths)]
    paint = np.where(area[:, None], said.fill_colours[first], line)
    over = np.where(area[:, None], insides[first, 1:], values[:, 2:])
    alpha = paint[:, 3] * np.where(area, insides[first, 0], values[:, 1])
    world = np.array(layer_matrix(ob, layer), np.float64)
    with np.errstate(invalid="ignore"):  # endless points become NaN, and are refused by name
        points = curves.points[rows] @ world[:3, :3].T + world[:3, 3]
    offset = 0.0 if ob.is_evaluated else layer.radius_offset
    radii = np.maximum(values[:, 0] + offset, 0.0) * widening(ob.matrix_world)
    return WorldDrawing(
        frame,
        points,
        radii=np.where(area, 0.0, radii),
        opacities=np.clip(alpha * layer.opacity, 0.0, 1.0),
        colours=_mixed(paint[:, :3], over),
        offsets=offsets_of(lengths),
        cyclic=curves.cyclic[order.strokes] | filled,
        shapes=order.shapes,
        areas=order.areas,
        styles=said.slots[order.firsts],
        layers=np.full(len(order.areas), number, np.int32),
    )


def _as_seen(ob: bpy.types.Object, layer: Any, drawing: Any) -> tuple[Curves, NDArray[np.float64]]:
    """A drawing's strokes as polylines, and of their fills opacity and vertex colour, (S, 5)."""
    import numpy as np

    curves, attributes = _curves(drawing), drawing.attributes
    count = len(curves.cyclic)
    insides = stored.colours(attributes, "fill_color", count)
    # An evaluated drawing has its layer's tint and radius offset already.
    if not ob.is_evaluated:
        tinted = np.column_stack([curves.values[:, :2], _tinted(curves.values[:, 2:], layer)])
        curves, insides = replace(curves, values=tinted), _tinted(insides, layer)
    return polylines(curves), np.column_stack([stored.values(attributes, "fill_opacity", count, 1.0), insides])


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
    points = stored.places(attributes, "position", count)
    handles = (stored.places(attributes, name, count) if name in attributes else points for name in HANDLES)
    radii = stored.values(attributes, "radius", count, DEFAULT_RADIUS)
    opacities = stored.values(attributes, "opacity", count, 1.0)
    return Curves(
        points,
        np.column_stack([radii, opacities, stored.colours(attributes, "vertex_color", count)]),
        offsets,
        stored.flags(attributes, "cyclic", strokes),
        stored.numbers(attributes, "curve_type", strokes, CATMULL_ROM),
        stored.numbers(attributes, "resolution", strokes, DEFAULT_RESOLUTION),
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
