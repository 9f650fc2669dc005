"""The frames of a bake: which, where to, one after the other. Window, background and command line all use this."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from .. import keys, live, session

if TYPE_CHECKING:
    import numpy as np

__all__ = ["BakePlan", "default_folder", "file_name", "make_plan", "to_levels", "write_frames"]


@dataclass(frozen=True)
class BakePlan:
    """What to bake: frames `start` to `end` (both included) of one doodle, into `folder`, `size` pixels a side.

    `depth` is 8 or 16, the bits of a channel.
    """

    doodle: str
    folder: Path
    start: int
    end: int
    size: int
    depth: int

    @property
    def count(self) -> int:
        return self.end - self.start + 1


def make_plan(
    context: bpy.types.Context,
    ob: bpy.types.Object,
    *,
    folder: Path | None = None,
    frames: tuple[int, int] | None = None,
    size: int | None = None,
) -> BakePlan:
    """The plan for the doodle `ob`: what is not given comes from its settings and from the scene's frame range.

    Raises DoodleError when there is nothing to bake or nowhere to put it.
    """
    from doodle_core.errors import DoodleError

    settings = ob.doodle_bridge
    if not settings.is_doodle:
        raise DoodleError(f"'{ob.name}' is not a doodle: select one, or make it with New Doodle")
    start, end = frames or (context.scene.frame_start, context.scene.frame_end)
    if end < start:
        raise DoodleError(f"frames {start}-{end} end before they start: give the first frame first")
    if start < 0:
        raise DoodleError(f"frame {start} cannot be baked: pictures are numbered by frame, so start at 0 or later")
    return BakePlan(ob.name, folder or default_folder(ob), start, end, size or settings.size, int(settings.bake_depth))


def default_folder(ob: bpy.types.Object) -> Path:
    """The folder chosen for this doodle, or `//doodle_bridge/<object name>/`.

    Raises DoodleError when it is beside a .blend that is not saved yet.
    """
    from doodle_core.errors import DoodleError

    chosen = ob.doodle_bridge.bake_folder or f"//doodle_bridge/{file_name(ob.name)}/"
    if chosen.startswith("//") and not bpy.data.filepath:
        raise DoodleError(f"'{chosen}' is beside the .blend, which is not saved yet: save it, or choose another folder")
    return Path(bpy.path.abspath(chosen))


def file_name(name: str) -> str:
    """An object's name with what file systems refuse replaced: `Walk / 1?` -> `Walk _ 1_`."""
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name).rstrip(" .") or "_"


def write_frames(context: bpy.types.Context, plan: BakePlan) -> Generator[int, None, None]:
    """Bake frame after frame, yielding each frame's number once its picture is whole on disk.

    Pictures are numbered by the scene's frame, so ranges baked on several machines fit together. The caller may stop at
    any time: what is done stays valid, and the scene returns to the frame it stood at. Raises DoodleError when a frame
    cannot be made or written.
    """
    from doodle_core.sequence import picture_path, write_png

    scene = context.scene
    stood_at = scene.frame_current_final
    try:
        for frame in range(plan.start, plan.end + 1):
            with live.paused():  # the bake draws it, and perhaps at another size: once is enough
                scene.frame_set(frame)
            rgba = session.render(keys.frame_request(evaluated(context, plan.doodle), frame, plan.size))
            write_png(picture_path(plan.folder, frame), to_levels(rgba, plan.depth))
            yield frame
    finally:
        scene.frame_set(int(stood_at // 1), subframe=stood_at % 1)


def evaluated(context: bpy.types.Context, name: str) -> bpy.types.Object:
    """The doodle as the current frame has it, with all that animates, drives and overrides its settings."""
    from doodle_core.errors import DoodleError

    # Looked up by name every time: an undo or a reload replaces the object behind a reference.
    ob: bpy.types.Object | None = context.scene.objects.get(name)
    if ob is None:
        raise DoodleError(f"'{name}' is no longer in the scene '{context.scene.name}'")
    answer = ob.evaluated_get(context.evaluated_depsgraph_get())
    if not answer.is_evaluated:
        # Blender does not animate what a view layer leaves out: its pictures would silently be those of another frame.
        raise DoodleError(f"'{name}' is hidden in the view layer '{context.view_layer.name}': show it, then bake")
    return answer


def to_levels(rgba: np.ndarray, depth: int) -> np.ndarray:
    """(n, n, 4) float32 scene-linear straight RGBA in 0..1 -> (n, n, 4) uint8 or uint16 (`depth` 8, 16), in sRGB.

    sRGB (IEC 61966-2-1) is what every program expects of a PNG; alpha is never encoded.
    """
    import numpy as np

    linear = np.clip(rgba, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    encoded[..., 3] = linear[..., 3]
    return np.rint(encoded * (2**depth - 1)).astype(np.uint8 if depth == 8 else np.uint16)
