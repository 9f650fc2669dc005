"""What materials and strokes say of how each stroke is drawn: its line, its fill, and their colours."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import bpy

from . import attributes as read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Styles", "kept", "materials_say_what_shows", "of_slots", "of_strokes", "slots", "with_kept"]


@dataclass(frozen=True, eq=False)
class Styles:
    """Of S strokes, or of S material slots.

    line (S,) bool: is its line drawn; fill (S,) bool: is it filled. groups (S,) int32: strokes of one number other than
    0 are filled together, as one area with holes. slots (S,) int32: the number of its material slot. colours and
    fill_colours (S, 4): linear red, green, blue and alpha, vertex colours apart.
    """

    line: NDArray[np.bool_]
    fill: NDArray[np.bool_]
    groups: NDArray[np.int32]
    slots: NDArray[np.int32]
    colours: NDArray[np.float64]
    fill_colours: NDArray[np.float64]


@cache
def materials_say_what_shows() -> bool:
    """False from Blender 5.1 on: there strokes say it themselves, and `show_stroke` of a new material is False."""
    prop: Any = bpy.types.MaterialGPencilStyle.bl_rna.properties.get("show_stroke")
    return prop is not None and not getattr(prop, "is_deprecated", False)


def slots(ob: bpy.types.Object) -> list[bpy.types.Material | None]:
    """The materials of an object's slots; one that is empty where it has none."""
    return [slot.material for slot in ob.material_slots] or [None]


def of_slots(ob: bpy.types.Object) -> Styles:
    """What the materials of an object's slots say. Where strokes say themselves what shows, all may."""
    import numpy as np

    styles = [None if one is None else one.grease_pencil for one in slots(ob)]
    count = len(styles)
    shown = np.array([style is None or not style.hide for style in styles], bool)
    line, fill = shown.copy(), shown.copy()
    if materials_say_what_shows():
        line &= np.array([style is None or style.show_stroke for style in styles], bool)
        fill &= np.array([style is not None and style.show_fill for style in styles], bool)
    colours = np.tile(np.array([0.0, 0.0, 0.0, 1.0]), (2, count, 1))
    for number, style in enumerate(styles):
        if style is not None:
            colours[:, number] = style.color, style.fill_color
    return Styles(line, fill, np.zeros(count, np.int32), np.arange(count, dtype=np.int32), *colours)


def kept(ob: bpy.types.Object) -> str:
    """The colours of an object's slots as text, to be stored."""
    known = of_slots(ob)
    return json.dumps([known.colours.tolist(), known.fill_colours.tolist()])


def with_kept(known: Styles, text: str) -> Styles:
    """The slots with the colours that `kept` stored, as far as there were slots then."""
    import numpy as np

    try:
        colours, fills = (np.array(one, np.float64).reshape(-1, 4) for one in json.loads(text or "[[], []]"))
    except ValueError:
        return known
    count = min(len(colours), len(fills), len(known.slots))
    colours = np.concatenate([colours[:count], known.colours[count:]])
    return replace(known, colours=colours, fill_colours=np.concatenate([fills[:count], known.fill_colours[count:]]))


def of_strokes(ob: bpy.types.Object, attributes: Any) -> Styles:
    """What is said of each stroke of a Grease Pencil drawing of `ob`."""
    import numpy as np

    count, known = attributes.domain_size("CURVE"), of_slots(ob)
    index = np.clip(read.numbers(attributes, "material_index", count, 0), 0, len(known.slots) - 1)
    line, fill, groups = known.line[index], known.fill[index], np.zeros(count, np.int32)
    if not materials_say_what_shows():
        groups = read.numbers(attributes, "fill_id", count, 0)
        line &= ~read.flags(attributes, "hide_stroke", count)
        fill &= groups != 0
    return Styles(line, fill, groups, index, known.colours[index], known.fill_colours[index])
