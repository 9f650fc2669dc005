"""Presets of motion and look, as Blender keeps presets: small scripts in the add-on's and the animator's folders."""

from pathlib import Path

import bpy
from bl_operators.presets import AddPresetBase
from bl_ui.utils import PresetPanel

_SETTINGS = "settings = bpy.context.object.doodle_bridge"


class DOODLE_BRIDGE_PT_motion_presets(PresetPanel, bpy.types.Panel):
    bl_label = "Motion Presets"
    preset_subdir = "doodle_bridge/motion"
    preset_operator = "script.execute_preset"
    preset_add_operator = "doodle_bridge.add_motion_preset"


class DOODLE_BRIDGE_PT_look_presets(PresetPanel, bpy.types.Panel):
    bl_label = "Look Presets"
    preset_subdir = "doodle_bridge/look"
    preset_operator = "script.execute_preset"
    preset_add_operator = "doodle_bridge.add_look_preset"


class DOODLE_BRIDGE_OT_add_motion_preset(AddPresetBase, bpy.types.Operator):
    """Keep the motion and line boil of this doodle as a preset, or remove a preset"""

    bl_idname = "doodle_bridge.add_motion_preset"
    bl_label = "Add Motion Preset"
    preset_menu = "DOODLE_BRIDGE_PT_motion_presets"
    preset_subdir = "doodle_bridge/motion"
    preset_defines = [_SETTINGS]
    preset_values = [
        f"settings.{name}" for name in ("method", "sigma", "boil", "boil_step", "boil_cycle", "stepped", "pin")
    ]


class DOODLE_BRIDGE_OT_add_look_preset(AddPresetBase, bpy.types.Operator):
    """Keep the look of this doodle as a preset, or remove a preset"""

    bl_idname = "doodle_bridge.add_look_preset"
    bl_label = "Add Look Preset"
    preset_menu = "DOODLE_BRIDGE_PT_look_presets"
    preset_subdir = "doodle_bridge/look"
    preset_defines = [_SETTINGS]
    preset_values = [f"settings.{name}" for name in ("line_weight", "softness", "ink", "colour", "opacity")]


CLASSES = (
    DOODLE_BRIDGE_PT_motion_presets,
    DOODLE_BRIDGE_PT_look_presets,
    DOODLE_BRIDGE_OT_add_motion_preset,
    DOODLE_BRIDGE_OT_add_look_preset,
)

_FOLDER = str(Path(__file__).parent.parent)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.utils.register_preset_path(_FOLDER)


def unregister() -> None:
    bpy.utils.unregister_preset_path(_FOLDER)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
