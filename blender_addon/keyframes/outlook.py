"""What would be made of a drawing, told before it is made: how many keys, lines, fills and layers, how large, and what
will not go well, in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from mathutils import Vector

from ..sources import grease_pencil, space
from ..sources.choice import VISIBLE, Choice
from ..view import hanging, placement, sizing

if TYPE_CHECKING:
    from ..sources.space import Space
    from ..sources.world import WorldDrawing

__all__ = ["Outlook", "front", "is_empty", "of", "of_drawings"]

MANY = 1000
"""Lines and fills of a key: of more, each pair of keys takes seconds to match."""
TIMES = 3
"""A key with so many times as many lines and fills as the next one, and"""
MORE = 12
"""so many more: most of them appear or vanish between the two."""

_last: list[tuple[Any, Outlook | None]] = []


@dataclass(frozen=True)
class Outlook:
    """What a doodle of a drawing would be.

    Parameters
    ----------
    keys, layers : int
    lines, fills : int
        Of the key that has most of both.
    size : int
        Pixels along a side of its square.
    doubts : tuple of str
        What will not go well, a line each, in the language of the interface.
    """

    keys: int
    lines: int
    fills: int
    layers: int
    size: int
    doubts: tuple[str, ...] = ()

    @property
    def counts(self) -> str:
        """How much there is, in the language of the interface."""
        line = iface_("{} keys, {} lines, {} fills, {} layers")
        return line.format(self.keys, self.lines, self.fills, self.layers)


def is_empty(ob: bpy.types.Object) -> bool:
    """Whether nothing is drawn on any layer of a Grease Pencil object."""
    return not any(frame.drawing.attributes.domain_size("CURVE") for layer in ob.data.layers for frame in layer.frames)


def of(context: bpy.types.Context, ob: bpy.types.Object) -> Outlook | None:
    """What a doodle of strokes of a Grease Pencil object would be; None as long as nothing is drawn. For panels: it is
    found out anew only when the drawing, or where it is seen from, has changed."""
    from doodle_core.errors import DoodleError

    name = _name(context, ob)
    if not _last or _last[0][0] != name:
        try:
            own = space.of(ob, shown=False)
            depsgraph = context.evaluated_depsgraph_get()
            frames = grease_pencil.keyframes(ob, VISIBLE)
            drawings = [grease_pencil.glance(ob, depsgraph, frame, VISIBLE, own) for frame in frames]
            found = of_drawings(context, ob, own, drawings)
        except DoodleError:
            found = None
        _last[:] = [(name, found)]
    return _last[0][1]


def of_drawings(
    context: bpy.types.Context,
    ob: bpy.types.Object,
    own: Space,
    drawings: Sequence[WorldDrawing],
    choice: Choice = VISIBLE,
) -> Outlook:
    """The same of drawings that were read. Raises DoodleError where nothing is drawn."""
    square = placement.fit(drawings, front(context, ob, own))
    size = sizing.pixels(context, hanging.in_world(square, hanging.Hook(ob, own)))
    counts = [(int((~one.areas).sum()), int(one.areas.sum())) for one in drawings]
    lines, fills = max(counts, key=sum)
    layers = len(grease_pencil.layer_names(ob, choice))
    return Outlook(len(drawings), lines, fills, layers, size, _doubts([one.frame for one in drawings], counts))


def _doubts(frames: Sequence[int], counts: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    found = []
    most = max(range(len(frames)), key=lambda number: sum(counts[number]))
    if sum(counts[most]) > MANY:
        line = iface_("{} lines and fills at frame {}: seconds a pair of keys")
        found.append(line.format(sum(counts[most]), frames[most]))
    if len(frames) == 1:
        found.append(iface_("1 keyframe: nothing is between; draw another"))
    for (first, one), (second, two) in pairwise(zip(frames, map(sum, counts), strict=True)):
        few, many = sorted((one, two))
        if few and many >= TIMES * few and many - few >= MORE:
            line = iface_("{} lines and fills at frame {}, {} at {}: most appear or vanish")
            found.append(line.format(one, first, two, second))
    return tuple(found)


def front(context: bpy.types.Context, source: bpy.types.Object, own: Space) -> tuple[float, float, float]:
    """Where the drawing is looked at from, in its doodle's space: the camera, or the side that drawings are made from
    in front view."""
    import numpy as np

    camera = context.scene.camera
    to_world = (source if camera is None else camera).matrix_world.to_3x3()
    axis = to_world @ Vector((0.0, -1.0, 0.0) if camera is None else (0.0, 0.0, 1.0))
    if axis.length == 0:
        return (0.0, -1.0, 0.0)
    x, y, z = (space.rigid(source, own)[:3, :3].T @ np.array(axis)).tolist()
    return (x, y, z)


def _name(context: bpy.types.Context, ob: bpy.types.Object) -> tuple[Any, ...]:
    """What tells a drawing, and where it is seen from, from others: strokes and points are counted, not read."""
    layers = tuple(
        (
            layer.name,
            layer.hide,
            tuple(
                (frame.frame_number, *(frame.drawing.attributes.domain_size(kind) for kind in ("CURVE", "POINT")))
                for frame in layer.frames
            ),
        )
        for layer in ob.data.layers
    )
    shown = tuple(
        (
            slot.material.grease_pencil.show_stroke,
            slot.material.grease_pencil.show_fill,
            slot.material.grease_pencil.hide,
        )
        for slot in ob.material_slots
        if slot.material is not None and slot.material.grease_pencil is not None
    )
    scene, render = context.scene, context.scene.render
    camera = scene.camera
    seen = None if camera is None else (_numbers(camera.matrix_world), camera.data.session_uid)
    size = render.resolution_x, render.resolution_y, render.resolution_percentage
    return ob.session_uid, layers, shown, _numbers(ob.matrix_world), seen, size


def _numbers(matrix: Any) -> tuple[float, ...]:
    return tuple(float(number) for row in matrix for number in row)
