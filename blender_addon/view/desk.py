"""What the animator is doing at the moment, as far as Blender tells: playing, scrubbing, drawing a stroke, rendering.

For work that can wait for a better moment. Everything here is asked from timers, on the main thread.
"""

from __future__ import annotations

from collections.abc import Iterator

import bpy

__all__ = ["at_work", "playing", "rendering", "tag_redraw", "views"]

# Modal operators that hold the mouse while something is drawn, moved, scrubbed or written. Others may be an add-on's
# that never end, and must not stop the world.
_AT_WORK = (
    "ANIM_OT_",
    "DOODLE_BRIDGE_OT_",
    "GPENCIL_OT_",
    "GREASE_PENCIL_OT_",
    "OBJECT_OT_",
    "PAINT_OT_",
    "RENDER_OT_",
    "SCULPT_OT_",
    "TRANSFORM_OT_",
    "VIEW2D_OT_",
    "VIEW3D_OT_",
)


def views() -> Iterator[tuple[bpy.types.Scene, bpy.types.ViewLayer]]:
    """What the open windows show: each scene with a view layer, once."""
    seen = set()
    for window in bpy.context.window_manager.windows:
        name = (window.scene.session_uid, window.view_layer.name)
        if name not in seen:
            seen.add(name)
            yield window.scene, window.view_layer


def playing() -> bool:
    """Whether an animation runs in a window."""
    return any(window.screen.is_animation_playing for window in bpy.context.window_manager.windows)


def rendering() -> bool:
    """Whether Blender renders or bakes in the background of its windows."""
    return bpy.app.is_job_running("RENDER") or bpy.app.is_job_running("OBJECT_BAKE")


def at_work() -> bool:
    """Whether a hand is on something: it draws a stroke, transforms, scrubs, or a render is being watched."""
    running = (one.bl_idname for window in bpy.context.window_manager.windows for one in window.modal_operators)
    return any(name.startswith(_AT_WORK) for name in running)


def tag_redraw(kinds: tuple[str, ...]) -> None:
    """Have all areas of these types drawn again."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in kinds:
                area.tag_redraw()
