"""The Grease Pencil object of a doodle: like the drawing that it is made from, but for the drawings themselves.

It is a copy, so that layers, groups, masks, blend modes, materials, vertex groups, modifiers and effects are as the
artist has them, and in later versions of Blender too. What is keyed on layers is shared with the source (the same
action); what is keyed on modifiers is copied, since the doodle's own action times it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import bpy
from bpy_extras import anim_utils

from ..sources import grease_pencil, retiming
from ..sources.choice import Choice
from ..view import strokes_view
from . import own_layers

__all__ = ["FIRST", "animate_alike", "animate_layer", "create", "curves", "renew"]

FIRST = 0
"""The frame of the one keyframe that each layer has, or earlier where the scene is."""
_COPIED = ("modifiers[", "shader_effects[", "grease_pencil_modifiers[", "material_slots[")
"""What of the object's own animation belongs to what is copied."""
_BY_BLENDER = {"rna_type", "co_ui", "select_control_point", "select_left_handle", "select_right_handle"}


def create(
    source: bpy.types.Object, choice: Choice, name: str, collections: Iterable[bpy.types.Collection]
) -> bpy.types.Object:
    """A Grease Pencil object with what `source` has of the chosen layers, materials, modifiers and effects, and no
    strokes."""
    ob = source.copy()
    ob.name = name
    ob.data = _emptied(source, choice)
    for modifier in [one for one in ob.modifiers if one.type == retiming.MODIFIER]:
        ob.modifiers.remove(modifier)  # the keys are in its time
    ob.animation_data_clear()
    while ob.constraints:
        ob.constraints.remove(ob.constraints[0])
    ob.delta_location, ob.delta_scale = (0, 0, 0), (1, 1, 1)
    ob.delta_rotation_euler, ob.delta_rotation_quaternion = (0, 0, 0), (1, 0, 0, 0)
    ob.rotation_mode = "XYZ"
    for lock in ("lock_location", "lock_rotation", "lock_scale"):
        setattr(ob, lock, (False, False, False))
    ob.hide_viewport = ob.hide_render = ob.hide_select = False
    for collection in collections:
        collection.objects.link(ob)
    return ob


def renew(ob: bpy.types.Object, added: Sequence[str] = ()) -> None:
    """Give a doodle of strokes the layers and materials that its source has now; modifiers are its own by now. Layers
    that were `added` to it become an object of their own."""
    settings = ob.doodle_bridge
    source, old = settings.source, ob.data
    if not grease_pencil.is_grease_pencil(source) or not ob.is_editable or old.library is not None:
        return
    ob.data = _emptied(source, Choice.of(settings))
    if added:
        own_layers.set_aside(ob, old, added, ob.name)
    elif old.users == 0:
        bpy.data.batch_remove([old])


def _emptied(source: bpy.types.Object, choice: Choice) -> Any:
    """A copy of a drawing's data whose layers have one empty keyframe each.

    Layers that do not take part are left out, but for those that mask others: these stay as they are drawn.
    """
    data = source.data.copy()
    data.name = f"{source.data.name} Live"
    chosen = set(grease_pencil.layer_names(source, choice))
    masks = {mask.name for one in data.layers if one.name in chosen and one.use_masks for mask in one.mask_layers}
    for one in list(data.layers):
        if one.name in chosen:
            for number in [frame.frame_number for frame in one.frames]:
                one.frames.remove(number)
            one.frames.new(FIRST)
            one.hide = False if one.name in strokes_view.layers_aside(source) else one.hide
            one.lock = True  # what is written at every frame is not to be drawn into
        elif one.name not in masks:
            data.layers.remove(one)
    return data


def animate_alike(source: bpy.types.Object, ob: bpy.types.Object) -> None:
    """Copy keyframes and drivers of modifiers and effects into a doodle's own action; where it has some, they stay."""
    animation = source.animation_data
    if animation is None:
        return
    for curve in curves(animation):
        if curve.data_path.startswith(_COPIED) and _there(ob, curve.data_path):
            _copy_curve(curve, ob, curve.data_path)
    own = ob.animation_data or ob.animation_data_create()
    for driver in animation.drivers:
        if (
            driver.data_path.startswith(_COPIED)
            and _there(ob, driver.data_path)
            and own.drivers.find(driver.data_path, index=driver.array_index) is None
        ):
            own.drivers.from_existing(src_driver=driver)


def _there(ob: bpy.types.Object, path: str) -> bool:
    try:
        ob.path_resolve(path)
    except ValueError:
        return False
    return True


def animate_layer(data: Any, like: str, layer: str) -> None:
    """Copy what is keyed on a layer of a drawing to another of its layers, in the same action."""
    animation = data.animation_data
    path = f'layers["{bpy.utils.escape_identifier(like)}"]'
    for curve in list(curves(animation)) if animation is not None else ():
        if curve.data_path.startswith(path):
            rest = curve.data_path.removeprefix(path)
            _copy_curve(curve, data, f'layers["{bpy.utils.escape_identifier(layer)}"]{rest}')


def curves(animation: bpy.types.AnimData) -> Iterator[bpy.types.FCurve]:
    """The F-curves of an object's action."""
    if animation.action is not None and animation.action_slot is not None:
        bag = anim_utils.action_get_channelbag_for_slot(animation.action, animation.action_slot)
        if bag is not None:
            yield from bag.fcurves


def _copy_curve(curve: bpy.types.FCurve, ob: Any, path: str) -> None:
    """The same keyframes and curve modifiers in the action of an object, or of its data, for the value at `path`."""
    animation = ob.animation_data or ob.animation_data_create()
    if animation.action is None:
        animation.action = bpy.data.actions.new(f"{ob.name}Action")
        animation.action_slot = animation.action.slots.new(ob.id_type, ob.name)
    made = animation.action.fcurve_ensure_for_datablock(ob, path, index=curve.array_index)
    if len(made.keyframe_points):
        return
    made.keyframe_points.add(len(curve.keyframe_points))
    for point, like in zip(made.keyframe_points, curve.keyframe_points, strict=True):
        _copy_values(like, point)
    for like in curve.modifiers:
        _copy_values(like, made.modifiers.new(like.type))
    made.extrapolation = curve.extrapolation
    made.update()


def _copy_values(one: Any, other: Any) -> None:
    for prop in one.bl_rna.properties:
        if not prop.is_readonly and prop.type != "COLLECTION" and prop.identifier not in {*_BY_BLENDER, "active"}:
            setattr(other, prop.identifier, getattr(one, prop.identifier))
