"""Between drawing and doodle: a Grease Pencil object ready to draw on, the next keyframe to draw, there and back again.

Blender can do all this, in five places; a beginner finds none of them.
"""

from collections.abc import Sequence

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import IntProperty, StringProperty

from .. import editors, polls
from ..keyframes import keys
from ..sources import grease_pencil
from ..view import live

DEFAULT_EVERY = 12
NEAR = 1e-3
"""Frames: times nearer than this are the same."""


class DOODLE_BRIDGE_OT_start_drawing(bpy.types.Operator):
    """Add an empty Grease Pencil object with black ink and start drawing on it"""

    bl_idname = "doodle_bridge.start_drawing"
    bl_label = "Draw with Grease Pencil"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.mode != "OBJECT":
            cls.poll_message_set("Only in Object Mode")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        pencils = bpy.data.grease_pencils_v3 if hasattr(bpy.data, "grease_pencils_v3") else bpy.data.grease_pencils
        ob = bpy.data.objects.new("Drawing", pencils.new("Drawing"))
        context.collection.objects.link(ob)
        ob.location = context.scene.cursor.location
        ink = bpy.data.materials.new("Ink")
        bpy.data.materials.create_gpencil_data(ink)
        ob.data.materials.append(ink)
        layer = ob.data.layers.new("Lines")
        layer.use_lights = False  # ink is black in the light, too
        layer.frames.new(context.scene.frame_current)
        ob.data.layers.active = layer
        _choose(context, ob)
        _look_at_it(context)
        bpy.ops.object.mode_set(mode="PAINT_GREASE_PENCIL")
        return {"FINISHED"}


class DOODLE_BRIDGE_OT_next_drawing(bpy.types.Operator):
    """Go some frames on and begin a new, empty drawing there, on a keyframe of its own"""

    bl_idname = "doodle_bridge.next_drawing"
    bl_label = "Next Drawing"
    bl_options = {"REGISTER", "UNDO"}

    every: IntProperty(
        name="Every", description="Frames from one drawing to the next", default=DEFAULT_EVERY, min=1, soft_max=48
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not grease_pencil.is_grease_pencil(context.object):
            cls.poll_message_set("Select a Grease Pencil object first")
            return False
        layer = context.object.data.layers.active
        if layer is None or layer.lock:
            cls.poll_message_set("The drawing has no active layer that is not locked")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene, layer = context.scene, context.object.data.layers.active
        frame = scene.frame_current + self.every
        if all(one.frame_number != frame for one in layer.frames):
            layer.frames.new(frame)
        scene.frame_set(frame)
        return {"FINISHED"}


class DOODLE_BRIDGE_OT_edit_drawing(bpy.types.Operator):
    """Show the drawing that the keys were made from instead of the doodle, and draw on it"""

    bl_idname = "doodle_bridge.edit_drawing"
    bl_label = "Edit Drawing"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        ob = polls.doodle(cls, context)
        if ob is None:
            return False
        source = ob.doodle_bridge.source
        if not grease_pencil.is_grease_pencil(source) or source.name not in context.view_layer.objects:
            cls.poll_message_set("The doodle has no drawing in this view layer")
            return False
        if source.library is not None or source.data.library is not None:
            cls.poll_message_set("The drawing is linked from another file: draw there, or make it and its data local")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        doodle, source = context.object, context.object.doodle_bridge.source
        source.hide_viewport = False
        source.hide_set(False)
        _choose(context, source)
        doodle.hide_set(True)  # at the same place: strokes of both would go through each other
        _follow(context, keys.key_times(doodle), [float(key.frame) for key in doodle.doodle_bridge.keys])
        editors.show_keyframes(context, drawings=True)
        bpy.ops.object.mode_set(mode="PAINT_GREASE_PENCIL")
        return {"FINISHED"}


class DOODLE_BRIDGE_OT_show_drawing(bpy.types.Operator):
    """Show the drawing again, in the viewport and in renders: making a doodle of it had hidden it"""

    bl_idname = "doodle_bridge.show_drawing"
    bl_label = "Show Drawing"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        ob = context.object
        if not grease_pencil.is_grease_pencil(ob) or not ob.hide_viewport:
            cls.poll_message_set("Choose a hidden drawing in the Outliner first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        ob = context.object
        ob.hide_viewport = ob.hide_render = False
        ob.hide_set(False)
        _choose(context, ob)
        return {"FINISHED"}


class DOODLE_BRIDGE_OT_select_doodle(bpy.types.Operator):
    """Leave the drawing, hide it, and go back to its doodle"""

    bl_idname = "doodle_bridge.select_doodle"
    bl_label = "Back to the Doodle"
    bl_options = {"REGISTER", "UNDO"}

    name: StringProperty(name="Doodle", description="Name of the doodle", options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        ob: bpy.types.Object | None = context.view_layer.objects.get(self.name)
        if ob is None or not ob.doodle_bridge.is_doodle:
            self.report(
                {"ERROR"}, rpt_("'{}' is no doodle in this view layer; select it in the Outliner").format(self.name)
            )
            return {"CANCELLED"}
        source = ob.doodle_bridge.source
        if context.object is not None and context.object.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        ob.hide_set(False)
        _choose(context, ob)
        _follow(context, [float(key.frame) for key in ob.doodle_bridge.keys], keys.key_times(ob))
        editors.show_keyframes(context, drawings=False)
        if source is not None and source.hide_render:  # hidden once, when the doodle was made
            source.hide_viewport = True
        return {"FINISHED"}


def _follow(context: bpy.types.Context, times: Sequence[float], others: Sequence[float]) -> None:
    """Where the scene stands at a key, in one timing, let it stand at that key in the other."""
    now = context.scene.frame_current_final
    number = next((k for k, time in enumerate(times) if abs(time - now) < NEAR), None)
    if number is not None and abs(others[number] - now) >= NEAR:
        live.go_to(context.scene, others[number])


def _choose(context: bpy.types.Context, ob: bpy.types.Object) -> None:
    for other in context.selected_objects:
        other.select_set(False)
    ob.select_set(True)
    context.view_layer.objects.active = ob


def _look_at_it(context: bpy.types.Context) -> None:
    """Strokes land on the upright plane when the view faces it: look from the front, unless through a camera."""
    space = context.space_data
    if space is not None and space.type == "VIEW_3D" and space.region_3d.view_perspective != "CAMERA":
        bpy.ops.view3d.view_axis(type="FRONT")


CLASSES = (
    DOODLE_BRIDGE_OT_start_drawing,
    DOODLE_BRIDGE_OT_next_drawing,
    DOODLE_BRIDGE_OT_edit_drawing,
    DOODLE_BRIDGE_OT_show_drawing,
    DOODLE_BRIDGE_OT_select_doodle,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
