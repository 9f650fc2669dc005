"""Workbench renders show the colour of materials unless they are set to show pictures: a plane is then a grey square.
What to set is the animator's to decide, since it changes how all else looks; so it is said."""

from __future__ import annotations

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

__all__ = ["advice"]


def advice(scene: bpy.types.Scene, ob: bpy.types.Object) -> str:
    """One line that says what to set for a doodle's plane to be seen in Workbench renders of a scene; empty where it
    is, or where the doodle is no plane."""
    if ob.type != "MESH" or scene.render.engine != "BLENDER_WORKBENCH":
        return ""
    shading = scene.display.shading
    if shading.color_type == "TEXTURE" and shading.light == "FLAT":
        return ""
    return rpt_("Workbench renders show the picture with Render Properties > Lighting: Flat and Color: Texture")
