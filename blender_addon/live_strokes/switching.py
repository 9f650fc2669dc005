"""A doodle changes from strokes to a picture plane, or back.

An object's type is for good, so a new object takes the old one's place: its name, settings, keys and animation, and
whatever in the file names it (collections, children, constraints, drivers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import EnumProperty
from mathutils import Matrix

from .. import polls
from ..keyframes import correcting, keys, making, updating
from ..outputs import playback
from ..properties import OUTPUTS, doodles
from ..sources import offsets, unshown
from ..sources import space as spaces
from ..sources.choice import Choice
from ..view import framing, hanging, live, placement, plane, stacking, workbench
from . import copying, own_layers

if TYPE_CHECKING:
    from ..properties import DoodleSettings
    from ..sources.space import Space

__all__ = ["back_to_strokes", "change", "for_pictures"]

_OF_THE_OBJECT = {"image_a", "image_b", "bake_image", "is_baked", "window", "output", "keys", "rna_type", "name"}
"""Settings that belong to the one object or the other."""
_LIKE = ("hide_render", "hide_viewport", "hide_select", "color", "pass_index", "show_in_front")


def change(context: bpy.types.Context, ob: bpy.types.Object, output: str) -> bpy.types.Object:
    """The doodle as "strokes" or as a "plane": the same object where it is that already. Raises DoodleError where it
    cannot be; then nothing has changed."""
    settings = ob.doodle_bridge
    if settings.output == output:
        return ob
    own = _checked(context, ob)
    settings.returns = False
    hook, square = hanging.Hook(settings.source, own), placement.load(settings)
    with live.paused():
        if settings.is_baked:
            playback.free(ob)
        name, ob.name = ob.name, f"{ob.name} (old)"
        offset = _offset(ob, own)
        if output == "strokes":
            new = copying.create(settings.source, Choice.of(settings), name, ())
        else:
            new = _plane(context, ob, name, hook)
        _copy_settings(settings, new.doodle_bridge)
        _copy_animation(ob, new)
        if output == "strokes":
            copying.animate_alike(settings.source, new)
        for one in _LIKE:
            setattr(new, one, getattr(ob, one))
        _copy_custom(ob, new)
        hanging.hang(new, hook, square if output == "plane" else None)
        _move(new, offset, own)
        selected, active = ob.select_get(), context.view_layer.objects.active == ob
        added = own_layers.added(ob)
        if added:
            own_layers.set_aside(ob, ob.data, added, name)
        _replace(ob, new)
        if new.name in context.view_layer.objects:
            new.select_set(selected)
            if active:
                context.view_layer.objects.active = new
    if _reads_differ(new.doodle_bridge.source):
        updating.update(context, new)
    making.finish(context, new)
    return new


def for_pictures(context: bpy.types.Context, ob: bpy.types.Object) -> bpy.types.Object:
    """The doodle as a plane, which pictures are baked for; it remembers that it was of strokes. Raises DoodleError."""
    if ob.doodle_bridge.output == "plane":
        return ob
    new = change(context, ob, "plane")
    new.doodle_bridge.returns = True
    return new


def back_to_strokes(context: bpy.types.Context, ob: bpy.types.Object) -> bpy.types.Object:
    """The doodle as it was before `for_pictures`."""
    from doodle_core.errors import DoodleError

    if not ob.doodle_bridge.returns:
        return ob
    try:
        return change(context, ob, "strokes")
    except DoodleError:  # its drawing is gone: the plane stays
        return ob


def _checked(context: bpy.types.Context, ob: bpy.types.Object) -> Space:
    """The space of the doodle's keys. Raises DoodleError where its output cannot be changed."""
    from doodle_core.errors import DoodleError

    settings = ob.doodle_bridge
    own = spaces.load(settings)
    if own is None:
        raise DoodleError(f"'{ob.name}' is made of pictures, which a plane shows; Bake to Grease Pencil writes strokes")
    if ob.library is not None or ob.override_library is not None:
        raise DoodleError(f"'{ob.name}' is linked from another file: change its output there")
    updating.source_of(context.scene, settings)
    animation = ob.animation_data
    moved = ("location", "rotation", "scale", "delta_")
    if animation is not None and any(curve.data_path.startswith(moved) for curve in copying.curves(animation)):
        raise DoodleError(f"'{ob.name}' has keyframes of its own place: clear them, and move its drawing instead")
    if animation is not None and len(animation.nla_tracks):
        raise DoodleError(f"'{ob.name}' has NLA tracks: bring its action back from them first")
    if len(ob.constraints):
        raise DoodleError(f"'{ob.name}' has constraints of its own: give them to its drawing, which it hangs on")
    added = _added(ob)
    if added:
        names = ", ".join(f"'{name}'" for name in added)
        raise DoodleError(f"a plane cannot have what was added to '{ob.name}', {names}: give it to its drawing instead")
    return own


def _added(ob: bpy.types.Object) -> list[str]:
    """The names of the modifiers and effects of a doodle of strokes that its drawing has none of."""
    source = ob.doodle_bridge.source
    there = {(one.name, one.type) for one in (*source.modifiers, *source.shader_effects)}
    own = (*ob.modifiers, *ob.shader_effects) if ob.type == "GREASEPENCIL" else ()
    return [one.name for one in own if (one.name, one.type) not in there]


def _plane(context: bpy.types.Context, ob: bpy.types.Object, name: str, hook: hanging.Hook) -> bpy.types.Object:
    settings = ob.doodle_bridge
    square = placement.load(settings)
    others = [one for one in doodles(context.scene.objects) if one != ob]
    lift = stacking.in_front(hanging.in_world(square, hook), others)
    window = framing.chosen(keys.stored(settings), settings.size)
    collection = bpy.data.collections.new(name)  # the old one's are taken over
    new = plane.create(name, collection, plane.Sheet(square, window, lift), settings.size)
    bpy.data.collections.remove(collection)
    return new


def _copy_settings(old: DoodleSettings, new: DoodleSettings) -> None:
    _copy(old, new, _OF_THE_OBJECT)
    new.keys.clear()
    for key in old.keys:
        _copy(key, new.keys.add(), {"rna_type"})
    correcting.copy(old, new)
    offsets.copy(old, new)


def _copy(old: Any, new: Any, left_out: set[str]) -> None:
    for prop in old.bl_rna.properties:
        if prop.identifier not in left_out and not prop.is_readonly:
            setattr(new, prop.identifier, getattr(old, prop.identifier))


def _copy_custom(old: bpy.types.Object, new: bpy.types.Object) -> None:
    """The custom properties, which drivers may be made of."""
    for name, value in old.items():
        if name in old.bl_rna.properties:  # before 5.0 what add-ons declare is among them
            continue
        new[name] = value.to_dict() if hasattr(value, "to_dict") else value
        if isinstance(value, int | float | str):
            new.id_properties_ui(name).update_from(old.id_properties_ui(name))


def _copy_animation(old: bpy.types.Object, new: bpy.types.Object) -> None:
    """The same action, and drivers alike."""
    animation = old.animation_data
    if animation is None:
        return
    made = new.animation_data_create()
    made.action = animation.action
    if animation.action_slot is not None:
        made.action_slot = animation.action_slot
    for driver in animation.drivers:
        made.drivers.from_existing(src_driver=driver)


def _offset(ob: bpy.types.Object, own: Space) -> Matrix:
    """How the animator has moved the doodle, in the space of its keys."""
    stretch = Matrix(own.matrix.tolist())
    hung = stretch @ ob.matrix_parent_inverse @ ob.matrix_basis
    if ob.type == "MESH":
        return hung @ Matrix(placement.load(ob.doodle_bridge).matrix.tolist()).inverted_safe()
    return hung @ stretch.inverted_safe()


def _move(ob: bpy.types.Object, offset: Matrix, own: Space) -> None:
    """The other way round; what was not moved stays exactly where it hangs."""
    away = max(abs(offset[row][column] - (row == column)) for row in range(4) for column in range(4))
    if away < 1e-5:
        return
    if ob.type == "MESH":
        ob.matrix_basis = offset @ ob.matrix_basis
    else:
        stretch = Matrix(own.matrix.tolist())
        ob.matrix_basis = stretch.inverted_safe() @ offset @ stretch


def _replace(old: bpy.types.Object, new: bpy.types.Object) -> None:
    """Put the one object where the other is used, and remove that with its data."""
    old.user_remap(new)
    data = old.data
    images = [one for one in (old.doodle_bridge.image_a, old.doodle_bridge.image_b) if one is not None]
    materials = [slot.material for slot in old.material_slots if slot.material is not None]
    bpy.data.objects.remove(old)
    bpy.data.batch_remove([one for one in [data] if one.users == 0])
    for kind in (materials, images):  # of a plane: its own
        bpy.data.batch_remove([one for one in kind if one.users == 0])


def _reads_differ(source: bpy.types.Object | None) -> bool:
    """Whether what is seen of a drawing's keyframes is not what is stored."""
    if source is None:
        return False
    changed = any(
        layer.opacity != 1 or layer.tint_factor != 0 or layer.radius_offset != 0 or layer.parent is not None
        for layer in source.data.layers
    )
    return changed or bool(source.modifiers) or source.data.animation_data is not None


class DOODLE_BRIDGE_OT_change_output(bpy.types.Operator):
    """Let the doodle be strokes that Blender draws, or a plane with a picture; its keys and timing stay"""

    bl_idname = "doodle_bridge.change_output"
    bl_label = "Change Output"
    bl_options = {"REGISTER", "UNDO"}

    output: EnumProperty(name="Output", description="What the doodle is to be", items=OUTPUTS, options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return polls.doodle_with_own_keys(cls, context) is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        try:
            new = change(context, context.object, self.output)
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        missing = unshown.of_doodle(new) if self.output == "plane" else unshown.weighted(new)
        for line in filter(None, (missing, workbench.advice(context.scene, new))):
            self.report({"WARNING"}, line)
        return {"FINISHED"}


def register() -> None:
    bpy.utils.register_class(DOODLE_BRIDGE_OT_change_output)


def unregister() -> None:
    bpy.utils.unregister_class(DOODLE_BRIDGE_OT_change_output)
