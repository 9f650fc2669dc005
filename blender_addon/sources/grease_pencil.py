"""Grease Pencil keyframes as lines and areas in space, read in bulk.

`keyframes` says when something is drawn, `read` what: one `WorldDrawing` for each keyframe, all chosen layers together,
from the back. In the world that is with modifiers, moving parents and animated layers as they are at that frame; in the
space of a doodle (`space.Space`) with what that leaves to the keys.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import bpy
from bpy_extras import anim_utils

from .. import requirements
from ..view import strokes_view
from ..view.pausing import paused
from . import attributes as stored
from . import retiming, styles
from .choice import VISIBLE, Choice, available
from .curves import CATMULL_ROM, Curves, polylines
from .space import layer_matrix, widening
from .world import Painted, WorldDrawing, joined, painted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .space import Space

__all__ = [
    "WorldDrawing",
    "at_hand",
    "contours_of_strokes",
    "glance",
    "is_grease_pencil",
    "keyframes",
    "layer_curve",
    "layer_matrix",
    "layer_names",
    "read",
    "read_inked",
    "refuse_nan",
    "selected_strokes",
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
    """True for an object with Grease Pencil strokes that somebody draws: not for a doodle's own."""
    return ob is not None and ob.type == "GREASEPENCIL" and not ob.doodle_bridge.is_doodle


def layer_names(ob: bpy.types.Object, choice: Choice = VISIBLE) -> list[str]:
    """The layers that a doodle is made of, from the back; empty when there is none of them.

    Layers of baked in-betweens are never among them. Layers that can be seen are those too that are hidden now and
    then, by keyframes, or only for in-betweens to be seen."""
    names = available(ob)
    if choice.layers is not None:
        return [name for name in names if name in choice.layers]
    aside = strokes_view.layers_aside(ob)
    layers = ob.data.layers
    return [name for name in names if name in aside or not _hidden(layers[name]) or _comes_and_goes(ob, name)]


def _comes_and_goes(ob: bpy.types.Object, name: str) -> bool:
    """Whether a layer, or a group that it is in, is hidden now and then, by keyframes."""
    group = ob.data.layers[name].parent_group
    while group is not None:
        if layer_curve(ob, group.name, "hide", "layer_groups"):
            return True
        group = group.parent_group
    return layer_curve(ob, name, "hide") is not None


def layer_curve(ob: bpy.types.Object, name: str, value: str, kind: str = "layers") -> bpy.types.FCurve | None:
    """The F-curve of a value of a layer, or ("layer_groups") of a group of them, in the action of a Grease Pencil
    object's data; None without one."""
    animation = ob.data.animation_data
    if animation is None or animation.action is None or animation.action_slot is None:
        return None
    bag = anim_utils.action_get_channelbag_for_slot(animation.action, animation.action_slot)
    return None if bag is None else bag.fcurves.find(f'{kind}["{bpy.utils.escape_identifier(name)}"].{value}')


def keyframes(ob: bpy.types.Object, choice: Choice = VISIBLE) -> list[int]:
    """Frames at which a chosen layer has a keyframe that is a key, rising."""
    return sorted(
        {
            frame.frame_number
            for layer in layer_names(ob, choice)
            for frame in ob.data.layers[layer].frames
            if frame.keyframe_type not in choice.excluded
        }
    )


def shown_at(ob: bpy.types.Object, frame: float, choice: Choice = VISIBLE) -> int | None:
    """The keyframe of the drawing that is seen at `frame`; None before the first."""
    return max((one for one in keyframes(ob, choice) if one <= frame), default=None)


def read(
    context: bpy.types.Context,
    ob: bpy.types.Object,
    choice: Choice = VISIBLE,
    only: Collection[int] | None = None,
    space: Space | None = None,
) -> list[WorldDrawing]:
    """What the chosen layers of `ob` show at each of their keyframes, or, with a time modifier, wherever what they show
    changes, rising by frame; keyframes without strokes included. `only` names the keyframes that are wanted, where not
    all are. In `space`, or without it in the world.

    The scene's frame changes on the way only where something beside the drawings can move (modifiers, constraints,
    parents, animation), and is put back.
    """
    with shown(context, ob):
        names = layer_names(ob, choice)
        timeline = retiming.scanned(context, ob, names) if retiming.is_retimed(ob) else None
        there = keyframes(ob, choice) if timeline is None else timeline.frames()
        frames = [frame for frame in there if only is None or frame in only]
        if _stands_still(ob, space):
            context.evaluated_depsgraph_get()  # brings matrix_world up to date
            found = [_gather(ob, names, frame, space, timeline) for frame in frames]
        else:
            found = list(_evaluated(context, ob, names, frames, space, timeline))
    return [one for one in (_chosen(one, choice) for one in found) if one.keyed]


def read_inked(
    context: bpy.types.Context,
    ob: bpy.types.Object,
    choice: Choice = VISIBLE,
    only: Collection[int] | None = None,
    space: Space | None = None,
) -> list[WorldDrawing]:
    """As `read`, but nothing that cannot become keys. Raises DoodleError, naming layer or frame: no such layer, nothing
    drawn at all, no size, NaN."""
    from doodle_core.errors import DoodleError

    requirements.ensure()
    if space is not None and not space.matrix[:3, :3].any():
        raise DoodleError(f"'{ob.name}' has no size: its scale, or that of what it hangs on, is 0")
    if not layer_names(ob, choice):
        there = ", ".join(f"'{layer.name}'" for layer in ob.data.layers) or "none"
        wanted = " or ".join(f"'{name}'" for name in choice.layers or ())
        if wanted:
            raise DoodleError(f"'{ob.name}' has no layer {wanted}; there are: {there}")
        lacks = "that can be seen; show one" if choice.layers is None else "that takes part; tick one"
        raise DoodleError(f"'{ob.name}' has no layer {lacks}")
    drawings = read(context, ob, choice, only, space)
    for drawing in drawings:
        refuse_nan(drawing)
    if not any(one.ink.any() for one in drawings) and only is None:
        blank = ", ".join(str(one.frame) for one in drawings)
        where = f" (those at {blank} are blank)" if blank else ""
        raise DoodleError(f"'{ob.name}' has no keyframe with ink{where}; draw something first")
    return drawings


def refuse_nan(drawing: WorldDrawing) -> None:
    """Raises DoodleError, naming the frame, for a point that is not a number."""
    import numpy as np

    from doodle_core.errors import DoodleError

    for values in (drawing.points, drawing.radii, drawing.opacities):
        if not np.isfinite(values).all():
            raise DoodleError(
                f"the drawing at frame {drawing.frame} has a point that is not a number; delete that stroke"
            )


def at_hand(
    ob: bpy.types.Object, scene: bpy.types.Scene, choice: Choice = VISIBLE, space: Space | None = None
) -> list[int]:
    """The keyframes that `glance` can read: all of them, or, where something beside the drawings can move, the one that
    the scene stands at."""
    frames = keyframes(ob, choice)
    if _stands_still(ob, space):
        return frames
    return [frame for frame in frames if frame == scene.frame_current_final and not ob.hide_viewport]


def glance(
    ob: bpy.types.Object,
    depsgraph: bpy.types.Depsgraph,
    frame: int,
    choice: Choice = VISIBLE,
    space: Space | None = None,
) -> WorldDrawing:
    """As `read`, a single keyframe out of `at_hand`; changes neither the frame nor what is shown."""
    seen = ob if _stands_still(ob, space) else ob.evaluated_get(depsgraph)
    return _chosen(_gather(seen, layer_names(ob, choice), frame, space), choice)


def _evaluated(
    context: bpy.types.Context,
    ob: bpy.types.Object,
    names: Sequence[str],
    frames: Sequence[int],
    space: Space | None,
    timeline: retiming.Timeline | None,
) -> Iterator[WorldDrawing]:
    scene = context.scene
    now, part = scene.frame_current, scene.frame_subframe
    with paused():
        try:
            for frame in frames:
                scene.frame_set(frame)
                yield _gather(ob.evaluated_get(context.evaluated_depsgraph_get()), names, frame, space, timeline)
        finally:
            scene.frame_set(now, subframe=part)


def _stands_still(ob: bpy.types.Object, space: Space | None) -> bool:
    """True when the strokes of a keyframe lie in the world, or in a space, where their own data says, at any frame."""
    if space is not None and not space.shown:
        return True
    moved = (ob.data.animation_data, *ob.modifiers)
    if space is None or ob.modifiers:  # keyed, perhaps
        moved = (*moved, ob.parent, ob.animation_data, *ob.constraints)
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


def _seen(
    ob: bpy.types.Object, names: Sequence[str], frame: int, timeline: retiming.Timeline | None = None
) -> Iterator[tuple[Any, Any, str | None]]:
    """Of the layers that show a keyframe at `frame`: the layer, the drawing, and the keyframe's type where it begins
    there. With a timeline, a layer that shows nothing from there on has no drawing."""
    for name in names:
        layer = ob.data.layers.get(name)
        found = None if layer is None else layer.get_frame_at(frame)
        if timeline is None:
            if found is not None:
                yield layer, found.drawing, found.keyframe_type if found.frame_number == frame else None
        elif layer is not None:
            number = timeline.at(name, frame)
            own = next((one for one in ob.original.data.layers[name].frames if one.frame_number == number), None)
            kind = "KEYFRAME" if own is None else own.keyframe_type
            drawing = None if own is None else found.drawing if ob.is_evaluated and found is not None else own.drawing
            yield layer, drawing, kind if timeline.changes(name, frame) else None


def _gather(
    ob: bpy.types.Object,
    names: Sequence[str],
    frame: int,
    space: Space | None = None,
    timeline: retiming.Timeline | None = None,
) -> WorldDrawing:
    """The layers of these names of an object (evaluated or not) as they stand at `frame`, joined."""
    numbers = {layer.name: number for number, layer in enumerate(ob.original.data.layers)}
    parts, keyed = [], []
    for layer, drawing, kind in _seen(ob, names, frame, timeline):
        number = numbers.get(layer.name, 0)
        if drawing is not None:
            parts.append(_layer_shapes(ob, layer, number, (frame, drawing), space))
        if kind is not None:
            keyed.append((number, kind))
    return replace(joined(frame, parts), keyed=tuple(keyed))


def _chosen(shown_drawing: WorldDrawing, choice: Choice) -> WorldDrawing:
    """The same without keyframes that are no keys."""
    keyed = tuple((number, kind) for number, kind in shown_drawing.keyed if kind not in choice.excluded)
    return replace(shown_drawing, keyed=keyed)


def strokes_of_shapes(ob: bpy.types.Object, names: Sequence[str], frame: int) -> NDArray[np.int64]:
    """The stroke that each shape of these layers' drawing comes from, by its number among all their strokes; an area's
    is the first of those that are filled together."""
    import numpy as np

    found, before = [np.zeros(0, np.int64)], 0
    for _, drawing, _ in _seen(ob, names, frame):
        said = styles.of_strokes(ob, drawing.attributes)
        found.append(before + painted(said, np.diff(polylines(_curves(drawing)).offsets)).firsts)
        before += len(said.slots)
    return np.concatenate(found)


def selected_strokes(ob: bpy.types.Object, names: Sequence[str], frame: int) -> NDArray[np.bool_]:
    """Which of these layers' strokes are selected, by number as in `strokes_of_shapes`: those with a selected point."""
    import numpy as np

    found = [np.zeros(0, bool)]
    for _, drawing, _ in _seen(ob, names, frame):
        attributes = drawing.attributes
        count = attributes.domain_size("CURVE")
        chosen = attributes.get(".selection")
        if chosen is None:  # Blender keeps nothing where all is selected
            found.append(np.ones(count, bool))
            continue
        flags = stored.flags(attributes, ".selection", attributes.domain_size(chosen.domain))
        if chosen.domain == "POINT":
            offsets = np.zeros(count + 1, np.int32)
            if count:
                drawing.curve_offsets.foreach_get("value", offsets)
            flags = np.bincount(np.repeat(np.arange(count), np.diff(offsets)), flags, count) > 0
        found.append(flags)
    return np.concatenate(found)


def contours_of_strokes(ob: bpy.types.Object, name: str, frame: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """For the contours that a layer's drawing is read as, the stroke that each is of and whether it is an area's."""
    import numpy as np

    for _, drawing, _ in _seen(ob, [name], frame):
        said = styles.of_strokes(ob, drawing.attributes)
        order = painted(said, np.diff(polylines(_curves(drawing)).offsets))
        return order.strokes, np.repeat(order.areas, np.diff(order.shapes))
    return np.zeros(0, np.int64), np.zeros(0, bool)


def _layer_shapes(
    ob: bpy.types.Object, layer: Any, number: int, drawn: tuple[int, Any], space: Space | None
) -> WorldDrawing:
    """One layer's drawing, with the frame of its keyframe; `number` is the layer's."""
    import numpy as np

    from doodle_core.drawing.building import offsets_of, ranges

    frame, drawing = drawn
    shown = space is None or space.shown
    said = styles.of_strokes(ob, drawing.attributes)
    # An evaluated drawing has its layer's tint and radius offset already.
    added = shown and not ob.is_evaluated
    curves, insides = _as_seen(layer if added else None, drawing)
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
    world = np.array(layer_matrix(ob, layer), np.float64) if space is None else space.of_layer(ob, layer)
    with np.errstate(invalid="ignore"):  # endless points become NaN, and are refused by name
        points = curves.points[rows] @ world[:3, :3].T + world[:3, 3]
    offset = layer.radius_offset if added else 0.0
    radii = np.maximum(values[:, 0] + offset, 0.0) * (widening(ob.matrix_world) if space is None else space.widening)
    return WorldDrawing(
        frame,
        points,
        radii=np.where(area, 0.0, radii),
        # In a doodle's space opacity is no part of keys: it is that of the frame, and of the layer as a whole.
        opacities=np.clip(alpha * (layer.opacity if space is None else 1.0), 0.0, 1.0),
        colours=_mixed(paint[:, :3], over),
        offsets=offsets_of(lengths),
        cyclic=curves.cyclic[order.strokes] | filled,
        shapes=order.shapes,
        areas=order.areas,
        styles=said.slots[order.firsts],
        layers=np.full(len(order.areas), number, np.int32),
        caps=_caps(drawing.attributes, order),
    )


def _caps(attributes: Any, order: Painted) -> NDArray[np.int8] | None:
    """Which ends of the shapes' lines are flat, as in `WorldDrawing`."""
    import numpy as np

    count = attributes.domain_size("CURVE")
    ends = [stored.small(attributes, name, count) != 0 for name in ("start_cap", "end_cap")]
    if not any(end.any() for end in ends):
        return None
    flat = ends[0].astype(np.int8) + 2 * ends[1].astype(np.int8)
    return np.where(order.areas, 0, flat[order.firsts]).astype(np.int8)


def _as_seen(layer: Any | None, drawing: Any) -> tuple[Curves, NDArray[np.float64]]:
    """A drawing's strokes as polylines, and of their fills opacity and vertex colour, (S, 5); with the tint of the
    layer, where it is given."""
    import numpy as np

    curves, attributes = _curves(drawing), drawing.attributes
    count = len(curves.cyclic)
    insides = stored.colours(attributes, "fill_color", count)
    if layer is not None:
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
