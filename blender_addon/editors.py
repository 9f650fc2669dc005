"""The animator's editors, set so that they show what has just been made: a picture, or keyframes. In a window only."""

from __future__ import annotations

import bpy

__all__ = ["show_keyframes", "show_pictures"]


def show_pictures(context: bpy.types.Context) -> None:
    """Make solid shading show pictures, which by default it does not."""
    if context.space_data is None or context.space_data.type != "VIEW_3D":
        return
    shading = context.space_data.shading
    if shading.type == "SOLID" and shading.color_type != "TEXTURE":
        shading.color_type = "TEXTURE"
        shading.show_specular_highlight = False  # or black ink shines grey


def show_keyframes(context: bpy.types.Context, drawings: bool) -> None:
    """Dope Sheets that show the drawings' keyframes show the doodle's instead, or, with `drawings`, the other way
    round: those of Blender's 2D Animation workspace would show an empty sheet."""
    if context.window is None:
        return
    before, after = ("DOPESHEET", "GPENCIL") if drawings else ("GPENCIL", "DOPESHEET")
    for area in context.window.screen.areas:
        if area.type == "DOPESHEET_EDITOR" and area.ui_type == "DOPESHEET" and area.spaces.active.mode == before:
            area.spaces.active.mode = after
