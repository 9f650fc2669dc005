"""What of a drawing takes other ink away in the pictures of a plane: holdout materials, and layers that mask others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import bpy

from . import grease_pencil, space, styles
from .choice import Choice

if TYPE_CHECKING:
    from ..properties import DoodleSettings

__all__ = ["NOTHING", "Numbers", "of_plane", "opacity", "unmasked"]

Numbers: TypeAlias = tuple[tuple[tuple[int, bool], ...], tuple[tuple[int, tuple[tuple[int, bool], ...]], ...]]
"""Holdouts and masks as in `doodle_core.rendering.Stencils`, styles and layers by number."""
NOTHING: Numbers = ((), ())


def of_plane(settings: DoodleSettings) -> Numbers:
    """Of the drawing that a plane's keys come from. Strokes have materials and layers of their own."""
    source = settings.source
    if settings.output != "plane" or not grease_pencil.is_grease_pencil(source):
        return NOTHING
    own = space.load(settings)
    if own is None:
        return NOTHING
    numbers = {name: number for number, name in enumerate(own.names)}
    chosen = set(grease_pencil.layer_names(source, Choice.of(settings)))
    masks = [
        (numbers[layer.name], tuple((numbers[mask.name], mask.invert) for mask in _masks(layer)))
        for layer in source.data.layers
        if layer.name in chosen & numbers.keys() and _masked_by(layer, chosen & numbers.keys())
    ]
    return tuple(_holdouts(source)), tuple(masks)


def opacity(ob: bpy.types.Object, name: str, frame: float) -> float:
    """How opaque a layer of a drawing is at a frame, keyed or not; 0 where it or a group that it is in is keyed to be
    hidden."""
    layer = ob.data.layers.get(name)
    if layer is None:
        return 1.0
    hides, group = [grease_pencil.layer_curve(ob, name, "hide")], layer.parent_group
    while group is not None:
        hides.append(grease_pencil.layer_curve(ob, group.name, "hide", "layer_groups"))
        group = group.parent_group
    if any(curve is not None and curve.evaluate(frame) >= 0.5 for curve in hides):
        return 0.0
    curve = grease_pencil.layer_curve(ob, name, "opacity")
    return float(layer.opacity) if curve is None else min(max(curve.evaluate(frame), 0.0), 1.0)


def unmasked(ob: bpy.types.Object, choice: Choice) -> bool:
    """Whether a chosen layer has a mask that does not take part, so that pictures do not show it masked."""
    chosen = set(grease_pencil.layer_names(ob, choice))
    return any(layer.name in chosen and _masks(layer) and not _masked_by(layer, chosen) for layer in ob.data.layers)


def _masks(layer: Any) -> list[Any]:
    return [mask for mask in layer.mask_layers if not mask.hide] if layer.use_masks else []


def _masked_by(layer: Any, names: set[str]) -> bool:
    """Whether a layer has masks, all of these names."""
    masks = _masks(layer)
    return bool(masks) and all(mask.name in names for mask in masks)


def _holdouts(ob: bpy.types.Object) -> list[tuple[int, bool]]:
    found = []
    for slot, material in enumerate(styles.slots(ob)):
        style: Any = None if material is None else material.grease_pencil
        if style is not None:
            found += [(slot, False)] if style.use_stroke_holdout else []
            found += [(slot, True)] if style.use_fill_holdout else []
    return found
