"""The sidebar tab "Doodle": what to do next, and the settings of the active doodle."""

from typing import Any

import bpy

from . import session


class DOODLE_BRIDGE_UL_keys(bpy.types.UIList):
    """Latent keys: number and source frame."""

    bl_idname = "DOODLE_BRIDGE_UL_keys"

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: object,
        item: bpy.types.PropertyGroup,
        _icon: int,
        _active_data: object,
        _active_property: str,
        index: int = 0,
    ) -> None:
        row = layout.row()
        row.label(text=f"{index}", icon="KEYFRAME")
        row.label(text=f"Frame {item.frame}")
        if item.path:
            row.label(text=bpy.path.basename(item.path))


class _DoodlePanel:
    bl_space_type: Any = "VIEW_3D"
    bl_region_type: Any = "UI"
    bl_category = "Doodle"


class _SettingsPanel(_DoodlePanel):
    bl_parent_id = "DOODLE_BRIDGE_PT_main"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.object is not None and context.object.doodle_bridge.is_doodle

    def settings(self, context: bpy.types.Context) -> bpy.types.PropertyGroup:
        return context.object.doodle_bridge


class DOODLE_BRIDGE_PT_main(_DoodlePanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_main"
    bl_label = "Doodle Bridge"

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column(align=True)
        if context.object is None or not context.object.doodle_bridge.is_doodle:
            column.label(text="Draw with Grease Pencil on a few keyframes,")
            column.label(text="or choose pictures. Then:")
        column.operator("doodle_bridge.from_grease_pencil", icon="OUTLINER_OB_GREASEPENCIL")
        column.operator("doodle_bridge.from_images", icon="IMAGE_DATA")


class DOODLE_BRIDGE_PT_keys(_SettingsPanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_keys"
    bl_label = "Keys"

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, self.settings(context)
        if settings.source is not None:
            row = layout.row(align=True)
            row.prop(settings, "source", text="")
            row.prop(settings.source, "hide_viewport", text="", emboss=False)
            row.prop(settings.source, "hide_render", text="", emboss=False)
        layout.template_list("DOODLE_BRIDGE_UL_keys", "", settings, "keys", settings, "active_key", rows=3)
        layout.operator("doodle_bridge.update_keys", icon="FILE_REFRESH")


class DOODLE_BRIDGE_PT_motion(_SettingsPanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_motion"
    bl_label = "Motion"

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.use_property_split = True
        for name in ("position", "method", "sigma", "seed"):
            column.prop(self.settings(context), name)


class DOODLE_BRIDGE_PT_look(_SettingsPanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_look"
    bl_label = "Look"

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.use_property_split = True
        for name in ("pin", "line_weight", "softness", "colour"):
            column.prop(self.settings(context), name)


class DOODLE_BRIDGE_PT_nudge(_SettingsPanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_nudge"
    bl_label = "Nudge"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        settings = self.settings(context)
        column = self.layout.column()
        column.use_property_split = True
        if session.get().nudges is False:
            column.label(text="This model cannot nudge: keep all at 0", icon="INFO")
            column.active = False  # greyed, yet a value can still be set back to 0
        column.prop(settings, "nudge_weight")
        shift = column.column(align=True)
        shift.prop(settings, "nudge_x")
        shift.prop(settings, "nudge_y")
        column.prop(settings, "nudge_scale")
        column.prop(settings, "nudge_rotation")


class DOODLE_BRIDGE_PT_output(_SettingsPanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_output"
    bl_label = "Output"

    def draw(self, context: bpy.types.Context) -> None:
        settings = self.settings(context)
        column = self.layout.column()
        column.use_property_split = True
        for name in ("size", "bake_folder", "bake_depth"):
            column.prop(settings, name)
        row = self.layout.row(align=True)
        row.operator("doodle_bridge.bake", text="Bake", icon="RENDER_ANIMATION")
        row.operator("doodle_bridge.free_bake", text="Free")
        if settings.is_baked:
            self.layout.label(text=f"Plays frames {settings.bake_start} to {settings.bake_end} from disk", icon="INFO")


CLASSES = (
    DOODLE_BRIDGE_UL_keys,
    DOODLE_BRIDGE_PT_main,
    DOODLE_BRIDGE_PT_keys,
    DOODLE_BRIDGE_PT_motion,
    DOODLE_BRIDGE_PT_look,
    DOODLE_BRIDGE_PT_nudge,
    DOODLE_BRIDGE_PT_output,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
