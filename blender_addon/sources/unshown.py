"""What of a drawing a picture plane does not show, in words: live strokes show all of it, since Blender draws them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.app.translations import pgettext_rpt as rpt_

from . import attributes as stored
from . import grease_pencil, styles
from .choice import VISIBLE, Choice

__all__ = ["line", "of_doodle", "unshown"]


def line(ob: bpy.types.Object, choice: Choice = VISIBLE) -> str:
    """One line to be reported, naming what a plane leaves out of a drawing's chosen layers; empty if that is
    nothing."""
    missing = unshown(ob, choice)
    if not missing:
        return ""
    return rpt_("The plane's pictures leave out: {}; with the output Strokes all of it is seen").format(
        ", ".join(missing)
    )


def of_doodle(ob: bpy.types.Object) -> str:
    """The same line for a doodle that is a plane, or plays pictures; empty for one of pictures."""
    settings = ob.doodle_bridge
    source = settings.source
    return line(source, Choice.of(settings)) if grease_pencil.is_grease_pencil(source) else ""


def unshown(ob: bpy.types.Object, choice: Choice = VISIBLE) -> list[str]:
    """What a plane leaves out of the chosen layers of a Grease Pencil object, in the interface's language."""
    layers = [ob.data.layers[name] for name in grease_pencil.layer_names(ob, choice)]
    found = [
        *_of_layers(layers),
        *_of_materials(ob, layers),
        *_of_strokes(layers),
        *([iface_("effects")] if any(effect.show_render for effect in ob.shader_effects) else ()),
    ]
    return list(dict.fromkeys(found))


def _of_layers(layers: list[Any]) -> Iterator[str]:
    if any(layer.use_masks and any(not mask.hide for mask in layer.mask_layers) for layer in layers):
        yield iface_("masks")
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
        if (slot in lines and style.use_stroke_holdout) or (slot in fills and style.use_fill_holdout):
            yield iface_("holdout materials")
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
    caps = soft = False
    for drawing in _drawings(layers):
        attributes = drawing.attributes
        count = attributes.domain_size("CURVE")
        caps = caps or any(bool(stored.small(attributes, name, count).any()) for name in ("start_cap", "end_cap"))
        soft = soft or bool((stored.values(attributes, "softness", count, 0.0) > 0).any())
    if caps:
        yield iface_("flat caps")
    if soft:
        yield iface_("soft edges")


def _drawings(layers: list[Any]) -> Iterator[Any]:
    for layer in layers:
        for frame in layer.frames:
            yield frame.drawing
