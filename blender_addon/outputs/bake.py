"""Bake a doodle to an image sequence, and free it again."""

from __future__ import annotations

import time
from collections.abc import Generator

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty

from . import playback
from .frames import BakePlan, make_plan, write_frames

AT_ONCE = 0.1
"""Seconds of baking between two looks at the window: Esc and the progress stay lively, and redrawing costs little."""


class DOODLE_BRIDGE_OT_bake(bpy.types.Operator):
    """Write the doodle as an image sequence, which its plane then plays: the file renders right without this add-on"""

    bl_idname = "doodle_bridge.bake"
    bl_label = "Bake Doodle"
    bl_options = {"UNDO"}  # not REGISTER: its redo panel would bake again at every touch

    use_scene_range: BoolProperty(name="Scene Range", description="Bake the frame range of the scene", default=True)
    frame_start: IntProperty(name="First Frame", description="First frame, without Scene Range", default=1, min=0)
    frame_end: IntProperty(name="Last Frame", description="Last frame, without Scene Range", default=250, min=0)
    folder: StringProperty(
        name="Folder",
        description="Folder for the pictures; empty: the one in the doodle's settings",
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )

    _plan: BakePlan | None = None
    _frames: Generator[int, None, None] | None = None
    _timer: bpy.types.Timer | None = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _active_doodle(context) is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Bake all frames, then return: what scripts and background Blenders use."""
        from doodle_core.errors import DoodleError

        try:
            plan = self._make_plan(context)
            for _frame in write_frames(context, plan):
                pass
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return self._finish(context, plan)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Bake a little at a time, so that the window lives on."""
        from doodle_core.errors import DoodleError

        if bpy.app.background or context.window is None:
            return self.execute(context)
        try:
            self._plan = self._make_plan(context)
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self._frames = write_frames(context, self._plan)
        manager = context.window_manager
        self._timer = manager.event_timer_add(0.01, window=context.window)
        manager.progress_begin(0, self._plan.count)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        from doodle_core.errors import DoodleError

        assert self._plan is not None and self._frames is not None
        if event.type == "ESC":
            self._stop(context)
            self.report({"WARNING"}, f"Bake stopped; the pictures so far are in {self._plan.folder}")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"RUNNING_MODAL"}  # nothing may change what is being baked
        until = time.monotonic() + AT_ONCE
        try:
            while time.monotonic() < until:
                frame = next(self._frames, None)
                if frame is None:
                    self._stop(context)
                    return self._finish(context, self._plan)
                self._show(context, frame)
        except DoodleError as error:
            self._stop(context)
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"RUNNING_MODAL"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender is closing, or opening another file."""
        self._stop(context)

    def _make_plan(self, context: bpy.types.Context) -> BakePlan:
        from pathlib import Path

        ob = _active_doodle(context)
        assert ob is not None  # poll
        return make_plan(
            context,
            ob,
            folder=Path(bpy.path.abspath(self.folder)) if self.folder else None,
            frames=None if self.use_scene_range else (self.frame_start, self.frame_end),
        )

    def _show(self, context: bpy.types.Context, frame: int) -> None:
        assert self._plan is not None
        done = frame - self._plan.start + 1
        context.window_manager.progress_update(done)
        context.workspace.status_text_set(f"Baking {self._plan.doodle}: {done} of {self._plan.count}   (Esc stops)")

    def _stop(self, context: bpy.types.Context) -> None:
        if self._frames is not None:
            self._frames.close()  # returns to the frame the scene stood at
            self._frames = None
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            context.window_manager.progress_end()
            context.workspace.status_text_set(None)
            self._timer = None

    def _finish(self, context: bpy.types.Context, plan: BakePlan) -> set[str]:
        playback.play(context.scene.objects[plan.doodle], plan)
        self.report({"INFO"}, f"{plan.count} pictures in {plan.folder}")
        return {"FINISHED"}


class DOODLE_BRIDGE_OT_free_bake(bpy.types.Operator):
    """Show the live doodle again instead of the baked pictures, which stay on disk"""

    bl_idname = "doodle_bridge.free_bake"
    bl_label = "Free Bake"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        ob = _active_doodle(context)
        return ob is not None and ob.doodle_bridge.is_baked

    def execute(self, context: bpy.types.Context) -> set[str]:
        ob = _active_doodle(context)
        assert ob is not None  # poll
        playback.free(ob)
        return {"FINISHED"}


def _active_doodle(context: bpy.types.Context) -> bpy.types.Object | None:
    ob = context.object
    return ob if ob is not None and ob.doodle_bridge.is_doodle else None


CLASSES = (DOODLE_BRIDGE_OT_bake, DOODLE_BRIDGE_OT_free_bake)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
