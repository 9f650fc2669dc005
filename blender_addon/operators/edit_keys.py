"""One key at a time: go to it, read it anew, replace, add and remove it. The others keep their times and easing."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from .. import polls
from ..keyframes import breakdowns, keys, making, updating
from ..keyframes.made import made_of
from ..sources import grease_pencil
from ..sources.choice import Choice
from ..view import live, placement
from .from_images import stored_path

if TYPE_CHECKING:
    from ..properties import DoodleSettings

NEAR = 1e-3
"""Frames: times nearer than this are the same."""

ORIGINS = (
    ("picture", "Picture File", "A picture file, chosen now"),
    ("drawing", "Current Drawing", "What the doodle's Grease Pencil drawing shows at the current frame"),
)


_KEY = "Number of the key, from 0; -1: the active one"
_FROM = "Where the drawing comes from"


class _KeyOperator(bpy.types.Operator):
    """What all share: a doodle with keys, one of which is meant; mistakes become reports."""

    bl_options = {"REGISTER", "UNDO"}
    least = 1
    """Keys that the doodle must have."""
    changes = True
    """Whether it changes keys, rather than going to one."""

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        ob = polls.doodle_with_own_keys(cls, context) if cls.changes else polls.doodle(cls, context)
        if ob is None:
            return False
        if len(ob.doodle_bridge.keys) < cls.least:
            cls.poll_message_set("A doodle keeps one key at least" if cls.least > 1 else "The doodle has no keys")
            return False
        return True

    def act(self, context: bpy.types.Context, ob: bpy.types.Object) -> str:
        """Do it, and give the line to report, '' for none. Raises DoodleError, and then nothing has changed."""
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        try:
            line = self.act(context, context.object)
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if line:
            self.report({"INFO"}, line)
        return {"FINISHED"}

    def number(self, settings: "DoodleSettings") -> int:
        """The number of the key that is meant. Raises DoodleError when there is no such key."""
        from doodle_core.errors import DoodleError

        number = settings.active_key if self.index < 0 else self.index
        if not 0 <= number < len(settings.keys):
            raise DoodleError(f"there is no key {number}; the doodle has keys 0 to {len(settings.keys) - 1}")
        return int(number)


class DOODLE_BRIDGE_OT_jump_to_key(_KeyOperator):
    """Go to the frame at which the key stands on the timeline, and make it the active key"""

    bl_idname = "doodle_bridge.jump_to_key"
    bl_label = "Jump to Key"
    bl_options = {"REGISTER", "UNDO_GROUPED"}
    bl_undo_group = "Frame Change"
    changes = False

    index: IntProperty(name="Key", description=_KEY, default=-1, min=-1, options={"SKIP_SAVE"})
    to: EnumProperty(
        name="To",
        description="Which key to go to",
        items=(
            ("key", "Key", "The key with that number"),
            ("next", "Next", "The next key after the current frame"),
            ("previous", "Previous", "The last key before the current frame"),
        ),
        default="key",
        options={"SKIP_SAVE"},
    )

    def act(self, context: bpy.types.Context, ob: bpy.types.Object) -> str:
        times, scene = keys.key_times(ob), context.scene
        number = self.number(ob.doodle_bridge) if self.to == "key" else _beside(times, _now(scene), self.to == "next")
        ob.doodle_bridge.active_key = number
        live.go_to(scene, times[number])
        return ""


class DOODLE_BRIDGE_OT_refresh_key(_KeyOperator):
    """Read the drawing or picture of this key again, and no other"""

    bl_idname = "doodle_bridge.refresh_key"
    bl_label = "Refresh Key"

    index: IntProperty(name="Key", description=_KEY, default=-1, min=-1, options={"SKIP_SAVE"})

    def act(self, context: bpy.types.Context, ob: bpy.types.Object) -> str:
        outcome = updating.refresh(context, ob, number := self.number(ob.doodle_bridge))
        return rpt_("Key {} is drawn anew" if outcome.changed else "Key {} is as it was drawn").format(number)


class DOODLE_BRIDGE_OT_replace_key(_KeyOperator):
    """Give this key another drawing."""

    bl_idname = "doodle_bridge.replace_key"
    bl_label = "Replace Key"
    bl_description = (
        "Give this key another drawing: a picture file, or what the doodle's drawing shows at the current frame. "
        "The key keeps its time"
    )

    index: IntProperty(name="Key", description=_KEY, default=-1, min=-1, options={"SKIP_SAVE"})
    origin: EnumProperty(name="From", description=_FROM, items=ORIGINS, default="picture", options={"SKIP_SAVE"})
    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filter_image: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        return _ask(self, context)

    def act(self, context: bpy.types.Context, ob: bpy.types.Object) -> str:
        settings = ob.doodle_bridge
        number, old = self.number(settings), keys.stored(settings)
        frames = [one.frame for one in old]
        before, now = old[number], context.scene.frame_current
        out = updating.left_out(settings)
        if self.origin == "drawing":
            frame = _shown_frame(context, settings)
            if frame in frames and frame != before.frame:
                raise _error(
                    f"what is drawn at frame {now} is key {frames.index(frame)} already; go to another drawing"
                )
            _between_neighbours(frames, number, frame)
            new, beyond = _drawn(context, settings, frame)
            out.discard(frame)
        else:
            new, beyond = updating.picture_key(settings, before.frame, _chosen(self)), False
        if not before.path and before.frame != new.frame:
            out.add(before.frame)  # or Update Keys would make a key of the drawing that was replaced
        frames[number] = new.frame
        drawn = [*old[:number], new, *old[number + 1 :]]
        updating.put(context, ob, drawn, {at: at for at in range(len(old))}, old_frames=frames)
        updating.set_left_out(settings, out)
        if beyond:
            updating.update(context, ob)  # all keys once more, on a larger square
        return rpt_("Key {} is another drawing").format(number)


class DOODLE_BRIDGE_OT_remove_key(_KeyOperator):
    """Take this key out of the doodle."""

    bl_idname = "doodle_bridge.remove_key"
    bl_label = "Remove Key"
    bl_description = (
        "Take this key out of the doodle. The other keys keep their times, and the drawing that it was made from "
        "stays. Update Keys leaves it out from now on: Add Key brings it back. One that was made of an in-between goes "
        "with its strokes, if no hand has changed them, and what was between its neighbours comes back"
    )
    least = 2

    index: IntProperty(name="Key", description=_KEY, default=-1, min=-1, options={"SKIP_SAVE"})

    def act(self, context: bpy.types.Context, ob: bpy.types.Object) -> str:
        settings = ob.doodle_bridge
        number, old = self.number(settings), keys.stored(settings)
        if made_of(old[number].made) is not None:
            return breakdowns.take_out(context, ob, number)
        survivors = {at: at - (at > number) for at in range(len(old)) if at != number}
        updating.put(context, ob, [*old[:number], *old[number + 1 :]], survivors)
        if not old[number].path:
            updating.set_left_out(settings, updating.left_out(settings) | {old[number].frame})
        return rpt_("Key {} is removed").format(number)


class DOODLE_BRIDGE_OT_add_key(_KeyOperator):
    """Add a key."""

    bl_idname = "doodle_bridge.add_key"
    bl_label = "Add Key"
    bl_description = (
        "Add a key: a picture file at the current frame, or what the doodle's drawing shows there (its keyframe "
        "must not be a key yet), which also brings back a key that was removed"
    )

    origin: EnumProperty(name="From", description=_FROM, items=ORIGINS, default="picture", options={"SKIP_SAVE"})
    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filter_image: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        return _ask(self, context)

    def act(self, context: bpy.types.Context, ob: bpy.types.Object) -> str:
        settings, scene = ob.doodle_bridge, context.scene
        old, now = keys.stored(settings), _now(scene)
        frames = [one.frame for one in old]
        if self.origin == "drawing":
            frame = _shown_frame(context, settings)
            if frame in frames:
                raise _error(
                    f"what is drawn at frame {now:g} is key {frames.index(frame)} already; draw on a new keyframe"
                )
            number = sum(one < frame for one in frames)
            new, beyond = _drawn(context, settings, frame)
        else:
            times = keys.key_times(ob)
            number = sum(time < now for time in times)
            if any(abs(time - now) < NEAR for time in times):
                raise _error(f"a key stands at frame {now:g} already; go to another frame, or replace the key")
            frame = _free_frame(frames, number, now)
            new, beyond = updating.picture_key(settings, frame, _chosen(self)), False
        survivors = {at: at + (at >= number) for at in range(len(old))}
        updating.put(context, ob, [*old[:number], new, *old[number:]], survivors)
        if self.origin == "picture":
            keys.stand_at(ob, number, now)
            making.finish(context, ob)
        else:
            updating.set_left_out(settings, updating.left_out(settings) - {frame})
        if beyond:
            updating.update(context, ob)  # all keys once more, on a larger square
        settings.active_key = number
        return rpt_("Key {} is added").format(number)


def _beside(times: Sequence[float], now: float, after: bool) -> int:
    """The number of the nearest key after (or before) a time. Raises DoodleError when there is none."""
    found = [i for i, time in enumerate(times) if (time > now + NEAR if after else time < now - NEAR)]
    if not found:
        raise _error("there is no key after this frame" if after else "there is no key before this frame")
    return found[0] if after else found[-1]


def _free_frame(frames: Sequence[int], number: int, now: float) -> int:
    """A source frame for a new key with that number: the current one, or the nearest between its neighbours'. Raises
    DoodleError when there is none."""
    frame = round(now)
    if number > 0:
        frame = max(frame, frames[number - 1] + 1)
    if number < len(frames):
        frame = min(frame, frames[number] - 1)
        if number > 0 and frame <= frames[number - 1]:
            raise _error(
                f"there is no frame between keys {number - 1} and {number}, which were drawn next to each other"
            )
    return frame


def _between_neighbours(frames: Sequence[int], number: int, frame: int) -> None:
    """Raises DoodleError when a key with that source frame would leave the order of keys."""
    order = [*frames[:number], frame, *frames[number + 1 :]]
    if any(one >= other for one, other in pairwise(order)):
        raise _error(
            f"the drawing at frame {frame} does not lie between those of the keys beside key {number}; move it"
        )


def _shown_frame(context: bpy.types.Context, settings: "DoodleSettings") -> int:
    """The keyframe of what the source shows at the current frame. Raises DoodleError for a doodle of pictures, or
    where nothing is drawn yet."""
    if settings.source is None:
        raise _error("this doodle was made from pictures: choose a picture file")
    source = updating.source_of(context.scene, settings)
    frame = grease_pencil.shown_at(source, context.scene.frame_current_final, Choice.of(settings))
    if frame is None:
        raise _error(f"'{source.name}' shows nothing at frame {context.scene.frame_current}; go to a drawing")
    return frame


def _drawn(context: bpy.types.Context, settings: "DoodleSettings", frame: int) -> tuple[keys.Drawn, bool]:
    """The source's drawing at a keyframe as a key, and whether it leaves the doodle's square."""
    shown, square = updating.drawing_at(context, settings, frame), placement.load(settings)
    drawn = keys.Drawn.flat(shown, square)
    return drawn, not placement.holds(square, [shown])


def _ask(operator: Any, context: bpy.types.Context) -> set[str]:
    if operator.origin == "drawing" or operator.filepath:
        return set(operator.execute(context))
    context.window_manager.fileselect_add(operator)
    return {"RUNNING_MODAL"}


def _chosen(operator: Any) -> str:
    if not operator.filepath:
        raise _error("no picture was chosen; choose one")
    return stored_path(Path(bpy.path.abspath(operator.filepath)))


def _now(scene: bpy.types.Scene) -> float:
    return float(scene.frame_current_final)


def _error(line: str) -> Exception:
    from doodle_core.errors import DoodleError

    return DoodleError(line)


CLASSES = (
    DOODLE_BRIDGE_OT_jump_to_key,
    DOODLE_BRIDGE_OT_refresh_key,
    DOODLE_BRIDGE_OT_replace_key,
    DOODLE_BRIDGE_OT_remove_key,
    DOODLE_BRIDGE_OT_add_key,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
