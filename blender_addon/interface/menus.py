"""The operators where Blender's own are: in the menus Add, Object, Grease Pencil and Draw. F3 finds them from there."""

import bpy

from ..sources import grease_pencil


class DOODLE_BRIDGE_MT_doodle(bpy.types.Menu):
    """All that can be done with doodles"""

    bl_idname = "DOODLE_BRIDGE_MT_doodle"
    bl_label = "Doodle"

    def draw(self, _context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator("doodle_bridge.start_drawing", icon="GREASEPENCIL")
        layout.operator("doodle_bridge.next_drawing", icon="KEYFRAME")
        layout.separator()
        layout.operator("doodle_bridge.from_grease_pencil", icon="OUTLINER_OB_GREASEPENCIL")
        layout.operator("doodle_bridge.from_images", icon="IMAGE_DATA")
        layout.separator()
        layout.operator("doodle_bridge.edit_drawing", icon="GREASEPENCIL")
        layout.operator("doodle_bridge.update_keys", icon="FILE_REFRESH")
        layout.menu("DOODLE_BRIDGE_MT_keys")
        layout.operator("doodle_bridge.hold_frames")
        layout.operator("doodle_bridge.close_loop")
        layout.separator()
        layout.operator("doodle_bridge.bake", icon="RENDER_ANIMATION")
        layout.operator("doodle_bridge.free_bake")
        layout.operator_menu_enum("doodle_bridge.use_bake", "to", text="Use Bake As")
        layout.operator("doodle_bridge.bake_strokes", icon="STROKE")
        layout.operator("doodle_bridge.show_strokes")
        layout.operator("doodle_bridge.show_doodle")


class DOODLE_BRIDGE_MT_keys(bpy.types.Menu):
    """What can be done with a doodle's keys"""

    bl_idname = "DOODLE_BRIDGE_MT_keys"
    bl_label = "Keys"

    def draw(self, _context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator("doodle_bridge.jump_to_key", text="Next Key", icon="NEXT_KEYFRAME").to = "next"
        layout.operator("doodle_bridge.jump_to_key", text="Previous Key", icon="PREV_KEYFRAME").to = "previous"
        layout.separator()
        layout.operator("doodle_bridge.make_key", icon="KEYTYPE_BREAKDOWN_VEC")
        layout.operator("doodle_bridge.add_key_where_needed", icon="VIEWZOOM")
        layout.separator()
        layout.operator("doodle_bridge.refresh_key", icon="FILE_REFRESH")
        layout.operator("doodle_bridge.replace_key", icon="FILE_IMAGE")
        layout.operator("doodle_bridge.add_key", icon="ADD")
        layout.operator("doodle_bridge.remove_key", icon="REMOVE")


def _submenu(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.separator()
    self.layout.menu("DOODLE_BRIDGE_MT_doodle", icon="OUTLINER_OB_GREASEPENCIL")


def _add_images(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.operator("doodle_bridge.from_images", text="Doodle from Images", icon="ONIONSKIN_ON")


def _add_drawing(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    self.layout.separator()
    self.layout.operator("doodle_bridge.start_drawing", text="Drawing for a Doodle", icon="ONIONSKIN_ON")
    if grease_pencil.is_grease_pencil(context.object):
        self.layout.operator("doodle_bridge.from_grease_pencil", icon="ONIONSKIN_ON")


CLASSES = (DOODLE_BRIDGE_MT_keys, DOODLE_BRIDGE_MT_doodle)
_APPENDED = (
    ("VIEW3D_MT_object", _submenu),
    ("VIEW3D_MT_edit_greasepencil", _submenu),
    ("VIEW3D_MT_paint_grease_pencil", _submenu),
    ("VIEW3D_MT_image_add", _add_images),
    ("VIEW3D_MT_grease_pencil_add", _add_drawing),
)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    for name, function in _APPENDED:
        getattr(bpy.types, name).append(function)


def unregister() -> None:
    for name, function in _APPENDED:
        getattr(bpy.types, name).remove(function)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
