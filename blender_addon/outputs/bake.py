"""Bake a doodle to an image sequence, and free it again.

In a window the bake works a little at a time and lets everything else go on: between two bits of work the scene is back
at its own frame. How far it is stands in properties of the running operator, which Blender keeps and drops: nothing
here can outlive the window or the file.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, FloatProperty, IntProperty, StringProperty

from .. import polls
from ..live_strokes import switching
from ..properties import named
from ..sources import unshown
from . import playback
from .frames import BakePlan, clean, draw_frame, make_plan, visiting, write_frames
from .writer import AHEAD, Writer

__all__ = ["Progress", "running"]

AT_ONCE = 0.1
"""Seconds of baking between two looks at the window: Esc and the progress stay lively, and redrawing costs little."""
ROUNDS = 3
"""How often the frames are gone through at most, for somebody who never stops working."""
HARMLESS = {"NONE", "MOUSEMOVE", "INBETWEEN_MOUSEMOVE", "TIMER", "TIMER_REPORT", "TIMERREGION", "WINDOW_DEACTIVATE"}
"""Events that change nothing. After any other, the frames that are done are looked through again."""
OF_THE_RUN: set[Any] = {"HIDDEN", "SKIP_SAVE"}


@dataclass(frozen=True)
class Progress:
    """How far the bake in a window is, in frames, and how many seconds the rest will take."""

    doodle: str
    done: int
    count: int
    seconds_left: float

    @property
    def text(self) -> str:
        """`34 of 100, 0:12 left`."""
        minutes, seconds = divmod(round(self.seconds_left), 60)
        return rpt_("{} of {}, {}:{:02d} left").format(self.done, self.count, minutes, seconds)


def running() -> Progress | None:
    """The bake that runs in a window, or None. Cheap: for panels."""
    operator = _running()
    if operator is None:
        return None
    now = operator.properties
    return Progress(now.doodle, now.done, now.count, now.seconds_left)


def _running() -> Any | None:
    manager = bpy.context.window_manager
    for window in manager.windows if manager is not None else ():
        for operator in window.modal_operators:
            if operator.bl_idname == DOODLE_BRIDGE_OT_bake.__name__:
                return operator
    return None


@dataclass
class _Run:
    """A bake under way: the frames still to do in this round, and those that were written in any."""

    plan: BakePlan
    waiting: list[int] = field(default_factory=list)
    written: set[int] = field(default_factory=set)
    writer: Writer = field(default_factory=Writer)
    pace: float | None = None
    touched: bool = False
    rounds: int = 0

    def begin(self) -> None:
        self.waiting = list(reversed(self.plan.frames))
        self.pace, self.touched = None, False
        self.rounds += 1

    @property
    def left(self) -> int:
        """How many frames of this round are not on disk yet."""
        return len(self.waiting) + len(self.writer)

    def work(self, seconds: float) -> None:
        """Bake frames for about this long; those begun are on disk then. Raises DoodleError."""
        started = time.monotonic()
        try:
            with visiting(self.plan):
                while self.waiting and time.monotonic() - started < seconds:
                    before = time.monotonic()
                    draw_frame(self.plan, self.waiting[-1], self.writer)
                    self.waiting.pop()
                    self.collect(AHEAD)
                    took = time.monotonic() - before
                    self.pace = took if self.pace is None else 0.9 * self.pace + 0.1 * took
        finally:
            # Before the window is Blender's again: it asks that no thread of Python's is at work then. And where a
            # frame could not be drawn, an error of one before it comes first.
            self.collect()

    def collect(self, ahead: int = 0) -> None:
        """Note which frames are on disk, waiting until no more than `ahead` are not. Raises DoodleError."""
        self.written.update(frame for frame, new in self.writer.told(ahead) if new)

    def done(self) -> bool:
        """Whether nothing is left to do. If something may have changed meanwhile, another round begins, in which
        frames that are as they should be cost next to nothing."""
        if self.waiting:
            return False
        if self.touched and self.rounds < ROUNDS:
            self.plan = replace(self.plan, overwrite=False)
            self.begin()
            return False
        return True


class DOODLE_BRIDGE_OT_bake(bpy.types.Operator):
    """Write the doodle as pictures."""

    bl_idname = "doodle_bridge.bake"
    bl_label = "Bake Doodle"
    bl_description = (
        "Write the doodle as pictures, which its plane then plays: the file renders right without this add-on. "
        "Pictures that are on disk already stay, unless they would look different; with Shift, all are written. "
        "While it runs: stop it"
    )
    bl_options = {"UNDO"}  # not REGISTER: its redo panel would bake again at every touch

    first: IntProperty(
        name="First", description="First frame; not given: as the settings say", min=0, options={"SKIP_SAVE"}
    )
    last: IntProperty(
        name="Last", description="Last frame; not given: as the settings say", min=0, options={"SKIP_SAVE"}
    )
    folder: StringProperty(
        name="Folder",
        description="Folder for the pictures; empty: the one in the doodle's settings",
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )
    overwrite: BoolProperty(
        name="Overwrite", description="Write all pictures, those on disk too that are right", options={"SKIP_SAVE"}
    )

    doodle: StringProperty(options=OF_THE_RUN)
    done: IntProperty(options=OF_THE_RUN)
    count: IntProperty(options=OF_THE_RUN)
    seconds_left: FloatProperty(options=OF_THE_RUN)
    stop: BoolProperty(options=OF_THE_RUN)

    _run: _Run | None = None
    _timer: bpy.types.Timer | None = None

    @classmethod
    def description(cls, _context: bpy.types.Context, _properties: Any) -> str:
        return "Stop the bake that runs: what is done stays" if running() is not None else cls.__doc__ or ""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return running() is not None or polls.doodle(cls, context) is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Bake all frames, then return: what scripts and background Blenders use."""
        from doodle_core.errors import DoodleError

        try:
            plan = self._make_plan(context)
            written = sum(write_frames(plan))
        except DoodleError as error:
            switching.back_to_strokes(context, context.object)
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return self._finish(plan, written)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Bake a little at a time, so that the window lives on. Where a bake runs already, stop that one."""
        from doodle_core.errors import DoodleError

        other = _running()
        if other is not None:
            other.properties.stop = True
            return {"CANCELLED"}
        self.overwrite |= event.shift
        if bpy.app.background or context.window is None:
            return self.execute(context)
        try:
            self._run = _Run(self._make_plan(context))
        except DoodleError as error:
            switching.back_to_strokes(context, context.object)
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        clean(self._run.plan)
        self._run.begin()
        self.doodle, self.count = self._run.plan.doodle, self._run.plan.count
        manager = context.window_manager
        self._timer = manager.event_timer_add(0.01, window=context.window)
        manager.progress_begin(0, self.count)
        manager.modal_handler_add(self)
        _redraw()
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        from doodle_core.errors import DoodleError

        run = self._run
        assert run is not None
        stop = self.stop or (event.type == "ESC" and event.value == "PRESS")
        if not stop and event.type != "TIMER":
            run.touched |= event.type not in HARMLESS
            return {"PASS_THROUGH"}
        if not stop and bpy.app.is_job_running("RENDER"):
            return {"PASS_THROUGH"}  # the render has the scene's frames for itself
        try:
            if not stop:
                run.work(AT_ONCE)
            finished = not stop and run.done()
        except DoodleError as error:
            self._end(context)
            _give_up(context, run.plan)
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        except BaseException:  # not foreseen: no timer may go on without its bake
            self._end(context)
            raise
        self.done = self.count - run.left
        if stop:
            self._end(context)
            _give_up(context, run.plan)
            self.report(
                {"WARNING"}, rpt_("Stopped at {} of {} frames; Bake goes on from here").format(self.done, self.count)
            )
            return {"CANCELLED"}
        if finished:
            self._end(context)
            return self._finish(run.plan, len(run.written))
        self.seconds_left = run.left * (run.pace or 0.0)
        context.window_manager.progress_update(self.done)
        _redraw()
        return {"PASS_THROUGH"}

    def cancel(self, context: bpy.types.Context) -> None:
        """The window is being closed, or another file opened."""
        self._end(context)

    def _make_plan(self, context: bpy.types.Context) -> BakePlan:
        from .frame_range import frame_range

        assert context.object is not None  # poll, and no bake runs
        ob = switching.for_pictures(context, context.object)
        first, last = (self.properties.is_property_set(name) for name in ("first", "last"))
        frames = None
        if first or last:
            of_settings = (0, 0) if first and last else frame_range(context.scene, ob.doodle_bridge)
            frames = (self.first if first else of_settings[0], self.last if last else of_settings[1])
        folder = Path(bpy.path.abspath(self.folder)) if self.folder else None
        return make_plan(context, ob, folder=folder, frames=frames, overwrite=self.overwrite)

    def _end(self, context: bpy.types.Context) -> None:
        if self._run is not None:
            self._run.writer.close()
            self._run = None
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            context.window_manager.progress_end()
            self._timer = None
        _redraw()

    def _finish(self, plan: BakePlan, written: int) -> set[str]:
        ob = named(bpy.data.scenes[plan.scene], plan.doodle, plan.library)
        assert ob is not None  # it was baked
        playback.play(ob, plan)
        self.report(
            {"INFO"},
            rpt_("{} pictures written, {} unchanged, in {}").format(written, plan.count - written, plan.folder),
        )
        missing = unshown.of_doodle(ob)
        if missing:
            self.report({"WARNING"}, missing)
        return {"FINISHED"}


class DOODLE_BRIDGE_OT_free_bake(bpy.types.Operator):
    """Show the live doodle again instead of the baked pictures, which stay on disk"""

    bl_idname = "doodle_bridge.free_bake"
    bl_label = "Free Bake"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        ob = polls.doodle(cls, context)
        if ob is not None and not ob.doodle_bridge.is_baked:
            cls.poll_message_set("Bake the doodle first")
            return False
        return ob is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        ob = context.object
        assert ob is not None  # poll
        playback.free(ob)
        switching.back_to_strokes(context, ob)
        return {"FINISHED"}


def _give_up(context: bpy.types.Context, plan: BakePlan) -> None:
    """A doodle of strokes that was to play pictures, and does not, is one of strokes again."""
    ob = named(bpy.data.scenes[plan.scene], plan.doodle, plan.library)
    if ob is not None and not ob.doodle_bridge.is_baked:
        switching.back_to_strokes(context, ob)


def _draw_progress(header: Any, _context: bpy.types.Context) -> None:
    """In the status bar: how far, how long still, and a cross to stop."""
    now = running()
    if now is None:
        return
    row = header.layout.row(align=True)
    row.label(text=rpt_("Baking {}").format(now.doodle), translate=False)
    bar = row.row(align=True)
    bar.ui_units_x = 10
    bar.progress(factor=now.done / max(1, now.count), text=now.text, translate=False)
    row.operator(DOODLE_BRIDGE_OT_bake.bl_idname, text="", icon="CANCEL")
    row.label(text="Esc stops")
    row.separator()


def _redraw() -> None:
    """Draw anew what tells of the bake: status bars and the sidebars of 3D viewports."""
    manager = bpy.context.window_manager
    for window in manager.windows if manager is not None else ():
        with bpy.context.temp_override(window=window):
            # Status bars belong to no screen that scripts can see; this is what tags them.
            bpy.context.workspace.status_text_set(None)
        for area in window.screen.areas:
            for region in area.regions if area.type == "VIEW_3D" else ():
                if region.type == "UI":
                    region.tag_redraw()


CLASSES = (DOODLE_BRIDGE_OT_bake, DOODLE_BRIDGE_OT_free_bake)

_register, _unregister = bpy.utils.register_classes_factory(CLASSES)


def register() -> None:
    _register()
    bpy.types.STATUSBAR_HT_header.prepend(_draw_progress)  # type: ignore[arg-type]


def unregister() -> None:
    bpy.types.STATUSBAR_HT_header.remove(_draw_progress)  # type: ignore[arg-type]
    _unregister()
