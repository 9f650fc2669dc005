"""Which layers of a doodle of strokes are written at every frame, and what an artist has drawn into it beside these.

The object is the artist's to look at, so there may be anything: layers with another name, layers that were added or
joined, and masks, which stay as they are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import bpy

from ..sources import choice, space

if TYPE_CHECKING:
    from ..sources.space import Space

__all__ = ["added", "set_aside", "written"]


def written(ob: bpy.types.Object, own: Space) -> dict[str, Any]:
    """The layers that are written, by the names that they have in the space of the keys. One that was given another
    name in the doodle itself is known by its lock and its place."""
    layers, known = ob.data.layers, set(own.names)
    chosen = choice.stored(ob.doodle_bridge)
    names = own.names if chosen is None else [name for name in own.names if name in chosen]
    lost = [name for name in names if name not in layers]
    strange = [layer.name for layer in layers if layer.lock and layer.name not in known] if lost else []
    renamed = dict(zip(lost, strange, strict=True)) if len(lost) == len(strange) else {}
    found = {name: layers.get(renamed.get(name, name)) for name in names}
    return {name: layer for name, layer in found.items() if layer is not None}


def added(ob: bpy.types.Object) -> list[str]:
    """The names of the layers that an artist has added to a doodle and drawn into; none on a plane."""
    own = space.load(ob.doodle_bridge)
    if ob.type != "GREASEPENCIL" or own is None:
        return []
    ours = {*own.names, *(layer.name for layer in written(ob, own).values())}
    return [layer.name for layer in ob.data.layers if layer.name not in ours and _drawn(layer.frames)]


def _drawn(frames: Iterable[Any]) -> bool:
    return any(frame.drawing.attributes.domain_size("CURVE") for frame in frames)


def set_aside(ob: bpy.types.Object, data: Any, names: Sequence[str], name: str) -> None:
    """Make an object of these layers of what were a doodle's strokes, at the same place: nothing that was drawn is
    lost when the doodle, of this `name`, gets other ones."""
    for layer in list(data.layers):
        if layer.name not in names:
            data.layers.remove(layer)
    aside = bpy.data.objects.new(f"{name} Layers", data)
    data.name = aside.name
    aside.parent, aside.parent_type = ob.parent, ob.parent_type
    aside.matrix_parent_inverse, aside.matrix_basis = ob.matrix_parent_inverse, ob.matrix_basis
    for collection in ob.users_collection:
        collection.objects.link(aside)
