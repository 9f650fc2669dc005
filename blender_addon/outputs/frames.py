"""The frames of a bake: which, where to, one after the other. Window, background and command line all use this.

A picture carries a note of what it was made from. A frame whose picture on disk was made from the very same is left
alone: so a bake that was stopped goes on where it stood, and after a change only the frames that look new are drawn.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from .. import requirements, session
from ..keyframes import keys
from ..properties import library_of, named
from ..view import live
from .folders import default_folder
from .frame_range import frame_range
from .levels import premultiplied, to_levels
from .writer import AHEAD, Writer

if TYPE_CHECKING:
    import numpy as np

    from doodle_core.errors import DoodleError

__all__ = [
    "BakePlan",
    "clean",
    "draw_frame",
    "make_plan",
    "visiting",
    "write_frames",
]

PICTURES = 3
"""Counts up when the same request comes to look different or is stored differently: older pictures are drawn anew."""


@dataclass(frozen=True)
class BakePlan:
    """What to bake: frames `start` to `end` (both included) of one doodle, into `folder`, `size` pixels a side.

    `kind` is 'png' or 'exr'; `depth` is 8 or 16, the bits of a channel in a PNG. `overwrite`: frames that are on disk
    as they would be written are written all the same. Scene, view layer and doodle (with `library`, see
    `properties.named`) go by their names, which a file being edited keeps when the objects behind them are replaced.
    """

    scene: str
    view_layer: str
    doodle: str
    folder: Path
    start: int
    end: int
    size: int
    kind: str = "png"
    depth: int = 8
    overwrite: bool = False
    library: str = ""

    @property
    def count(self) -> int:
        return self.end - self.start + 1

    @property
    def frames(self) -> range:
        return range(self.start, self.end + 1)

    def path(self, frame: int) -> Path:
        """Where the picture of a frame goes: numbered by the scene's frame, so ranges baked apart fit together."""
        from doodle_core.sequence import picture_path

        return picture_path(self.folder, frame, kind=self.kind)


def make_plan(
    context: bpy.types.Context,
    ob: bpy.types.Object,
    *,
    folder: Path | None = None,
    frames: tuple[int, int] | None = None,
    size: int | None = None,
    kind: str | None = None,
    depth: int | None = None,
    overwrite: bool = False,
) -> BakePlan:
    """The plan for the doodle `ob` in the scene of `context`: what is not given is as the doodle's settings say.

    Raises DoodleError when there is nothing to bake, or no folder to put it into.
    """
    from doodle_core.errors import DoodleError

    requirements.ensure()
    settings = ob.doodle_bridge
    if not settings.is_doodle:
        raise DoodleError(f"'{ob.name}' is not a doodle: select one, or make it with New Doodle")
    start, end = frames or frame_range(context.scene, settings)
    if end < start:
        raise DoodleError(f"frames {start}-{end} end before they start: give the first frame first")
    if start < 0:
        raise DoodleError(f"frame {start} cannot be baked: pictures are numbered by frame, so start at 0 or later")
    return BakePlan(
        scene=context.scene.name,
        view_layer=context.view_layer.name,
        doodle=ob.name,
        folder=folder or default_folder(ob),
        start=start,
        end=end,
        size=size or settings.size,
        kind=kind or settings.bake_format,
        depth=depth or int(settings.bake_depth),
        overwrite=overwrite,
        library=library_of(ob),
    )


def write_frames(plan: BakePlan) -> Generator[bool, None, None]:
    """Bake frame after frame, yielding for each whether it was written, once its picture is whole on disk.

    One frame more is drawn by then, see `writer`. The caller may stop at any time: what is drawn is written, what
    is on disk stays valid, and the scene returns to the frame it stood at. Raises DoodleError when a frame cannot be
    made or written, once those before it are yielded.
    """
    from doodle_core.errors import DoodleError

    clean(plan)
    with visiting(plan), Writer() as writer:
        try:
            for frame in plan.frames:
                draw_frame(plan, frame, writer)
                for _, new in writer.told(AHEAD):
                    yield new
        except DoodleError:
            for _, new in writer.told():
                yield new
            raise
        for _, new in writer.told():
            yield new


def clean(plan: BakePlan) -> None:
    """Remove what a bake of these frames that was killed has left half-written: where a bake begins."""
    from doodle_core.sequence import remove_leftovers

    remove_leftovers(plan.folder, plan.frames)


@contextmanager
def visiting(plan: BakePlan) -> Iterator[None]:
    """Within: the scene may go from frame to frame. After: it stands where it stood. Raises DoodleError without it."""
    stood_at = _scene(plan).frame_current_final
    try:
        yield
    finally:
        scene: bpy.types.Scene | None = bpy.data.scenes.get(plan.scene)  # an undo may have put another in its place
        if scene is not None:
            scene.frame_set(int(stood_at // 1), subframe=stood_at % 1)


def draw_frame(plan: BakePlan, frame: int, writer: Writer) -> None:
    """Go to a frame, draw it and hand it to the writer, unless its picture on disk is the one.

    Raises DoodleError, which names the frame and the file, when it cannot be made; the writer when it cannot be
    written.
    """
    from doodle_core.errors import DoodleError
    from doodle_core.notes import read_note

    try:
        with live.paused():  # the bake draws it, and perhaps at another size: once is enough
            _scene(plan).frame_set(frame)
        request = keys.frame_request(_evaluated(plan), frame, plan.size)
        note = _note(plan, request)
        if not plan.overwrite and read_note(plan.path(frame)) == note:
            writer.put(frame, None)
            return
        writer.start()  # what was drawn before
        try:
            rgba = session.render(request, passing=True, deep=plan.kind == "exr" or plan.depth > 8)
        finally:
            writer.wait()
        writer.put(frame, partial(_write, plan, frame, rgba, note))
    except DoodleError as error:
        raise _named(plan, frame, error) from error
    except Exception as error:  # not foreseen: who mends it wants to know this, too
        error.add_note(_place(plan, frame))
        raise


def _scene(plan: BakePlan) -> bpy.types.Scene:
    from doodle_core.errors import DoodleError

    scene: bpy.types.Scene | None = bpy.data.scenes.get(plan.scene)
    if scene is None:
        raise DoodleError(f"the scene '{plan.scene}' is gone")
    return scene


def _evaluated(plan: BakePlan) -> bpy.types.Object:
    """The doodle as the current frame has it, with all that animates, drives and overrides its settings."""
    from doodle_core.errors import DoodleError

    # Looked up by name every time: an undo or a reload replaces the object behind a reference.
    scene = _scene(plan)
    ob = named(scene, plan.doodle, plan.library)
    view_layer: bpy.types.ViewLayer | None = scene.view_layers.get(plan.view_layer)
    if ob is None or view_layer is None:
        raise DoodleError(f"'{plan.doodle}' is no longer in the scene '{scene.name}'")
    # The window may have gone to another scene since.
    with bpy.context.temp_override(scene=scene, view_layer=view_layer):
        answer = ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    if not answer.is_evaluated:
        # Blender does not animate what a view layer leaves out: its pictures would silently be those of another frame.
        raise DoodleError(f"'{plan.doodle}' is hidden in the view layer '{view_layer.name}': show it, then bake")
    return answer


def _note(plan: BakePlan, request: session.FrameRequest) -> str:
    """Names all that a picture file depends on. Engines agree to less than a level, and are no part of it."""
    from hashlib import blake2b

    from doodle_core import __version__

    request = replace(request, model_id=request.model_id or session.get().model_id)
    depth = plan.depth if plan.kind == "png" else 0
    made_from = repr((PICTURES, __version__, plan.kind, depth, request))
    return blake2b(made_from.encode(), digest_size=16).hexdigest()


def _write(plan: BakePlan, frame: int, rgba: np.ndarray, note: str) -> None:
    """Raises DoodleError, which names the frame and the file. Called on the writer's thread."""
    from doodle_core.errors import DoodleError
    from doodle_core.rendering.bleeding import bleed
    from doodle_core.sequence import write_exr, write_png

    path = plan.path(frame)
    try:
        if plan.kind == "exr":
            write_exr(path, premultiplied(rgba), note)
        else:
            write_png(path, to_levels(bleed(rgba), plan.depth), note)
    except DoodleError as error:
        raise _named(plan, frame, error) from error
    except Exception as error:
        error.add_note(_place(plan, frame))
        raise


def _named(plan: BakePlan, frame: int, error: DoodleError) -> DoodleError:
    from doodle_core.errors import DoodleError

    path = plan.path(frame)
    return DoodleError(f"frame {frame}, {path}: {str(error).removeprefix(f'{path} ')}")


def _place(plan: BakePlan, frame: int) -> str:
    return f"Doodle Bridge: frame {frame}, {plan.path(frame)}"
