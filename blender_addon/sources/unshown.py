"""What of a drawing a picture plane does not show, in words: live strokes show all of it, since Blender draws them, but
for what hangs on the vertex weights of the strokes that were drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.app.translations import pgettext_rpt as rpt_

from .. import session
from . import attributes as stored
from . import grease_pencil, stencils, styles
from .choice import VISIBLE, Choice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..properties import DoodleSettings

__all__ = ["of_doodle", "unshown", "weighted"]

_SEEN = 0.02
"""Canvas sides: less depth is hardly seen."""


def of_doodle(ob: bpy.types.Object) -> str:
    """One line to be reported, naming what is left out of a doodle's drawing where it is a plane, or plays pictures;
    empty if that is nothing, and for one of pictures."""
    settings = ob.doodle_bridge
    source = settings.source
    if not grease_pencil.is_grease_pencil(source):
        return ""
    missing = [*([iface_("depth")] if _deep(settings) else ()), *unshown(source, Choice.of(settings))]
    if not missing:
        return ""
    return rpt_("The plane's pictures leave out: {}; with the output Strokes all of it is seen").format(
        ", ".join(missing)
    )


def weighted(ob: bpy.types.Object) -> str:
    """One line to be reported, naming the modifiers of a doodle of strokes that act by vertex weights: strokes that are
    drawn anew have none, and Blender lets nobody read those that were drawn. Empty where there are none."""
    names = [f"'{one.name}'" for one in ob.modifiers if one.show_render and _by_weight(one)]
    if not names:
        return ""
    line = rpt_("In-betweens have no vertex weights, so {} cannot act on them; a layer can have a bone as its parent")
    return line.format(", ".join(names))


def _by_weight(modifier: Any) -> bool:
    if modifier.type == "GREASE_PENCIL_ARMATURE":
        return bool(modifier.object is not None and modifier.use_vertex_groups and not modifier.use_bone_envelopes)
    return bool(getattr(modifier, "vertex_group_name", "")) and not modifier.invert_vertex_group


def _deep(settings: DoodleSettings) -> bool:
    """Whether some key lies elsewhere than on the doodle's plane."""
    from doodle_core.drawing import Drawing

    drawings = (session.decode_drawing(key.drawing) for key in settings.keys)
    return any(isinstance(one, Drawing) and (one.sheet is not None or _leaves(one.depths)) for one in drawings)


def _leaves(depths: NDArray[np.float32] | None) -> bool:
    return depths is not None and float(abs(depths).max()) > _SEEN


def unshown(ob: bpy.types.Object, choice: Choice = VISIBLE) -> list[str]:
    """What a plane leaves out of the chosen layers of a Grease Pencil object, in the interface's language."""
    layers = [ob.data.layers[name] for name in grease_pencil.layer_names(ob, choice)]
    found = [
        *([iface_("masks")] if stencils.unmasked(ob, choice) else ()),
        *_of_layers(layers),
        *_of_materials(ob, layers),
        *_of_strokes(layers),
        *([iface_("effects")] if any(effect.show_render for effect in ob.shader_effects) else ()),
    ]
    return list(dict.fromkeys(found))


def _of_layers(layers: list[Any]) -> Iterator[str]:
    if any(layer.blend_mode != "REGULAR" for layer in layers):
        yield iface_("blend modes")


def _of_materials(ob: bpy.types.Object, layers: list[Any]) -> Iterator[str]:
    """By the materials that strokes have, each for its line or its fill where that is seen."""
    there = styles.slots(ob)
    lines, fills = _used(ob, layers)
    for slot in sorted(lines | fills):
        material = there[slot]
        style: Any = None if material is None else material.grease_pencil
        if style is None:
            continue
        if slot in lines and style.mode != "LINE":
            yield iface_("lines of dots or squares")
        if (slot in lines and style.stroke_style == "TEXTURE") or (slot in fills and style.fill_style == "TEXTURE"):
            yield iface_("textures")
        if slot in fills and style.fill_style == "GRADIENT":
            yield iface_("gradients")


def _used(ob: bpy.types.Object, layers: list[Any]) -> tuple[set[int], set[int]]:
    """The numbers of the material slots that lines and fills have."""
    lines: set[int] = set()
    fills: set[int] = set()
    for drawing in _drawings(layers):
        said = styles.of_strokes(ob, drawing.attributes)
        lines.update(said.slots[said.line].tolist())
        fills.update(said.slots[said.fill].tolist())
    return lines, fills


def _of_strokes(layers: list[Any]) -> Iterator[str]:
    for drawing in _drawings(layers):
        count = drawing.attributes.domain_size("CURVE")
        if (stored.values(drawing.attributes, "softness", count, 0.0) > 0).any():
            yield iface_("soft edges")
            return


def _drawings(layers: list[Any]) -> Iterator[Any]:
    for layer in layers:
        for frame in layer.frames:
            yield frame.drawing
