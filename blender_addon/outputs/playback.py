"""A baked doodle: its plane plays the pictures on disk, with nothing but what any Blender knows."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import bpy

from ..view import plane
from .frames import BakePlan

__all__ = ["free", "line_up", "missing", "missing_now", "play"]

NEVER = 1_048_574
"""The last frame that Blender counts."""


def play(ob: bpy.types.Object, plan: BakePlan) -> None:
    """Make the plane of the doodle `ob` play the pictures that `plan` has written."""
    settings = ob.doodle_bridge
    old, start, end = settings.bake_image, plan.start, plan.end
    same_files = old is not None and _beside(old, plan.path(start))
    if settings.is_baked and same_files and start <= settings.bake_end + 1 and end >= settings.bake_start - 1:
        # A part baked anew, or a range baked right beside the first: play both as one.
        start, end = min(start, settings.bake_start), max(end, settings.bake_end)
    nodes = list(plane.picture_nodes(ob))  # before `bake_image` changes, by which they are known
    # Other files, another image: a copy of this doodle may still play the old one.
    image = old if same_files else None
    settings.bake_image = _sequence(image, plan.path(start), f"{ob.name} (baked)")
    for node in nodes:
        plane.show(node, settings.bake_image, False)
        line_up(node.image_user, start, end)
    settings.bake_start, settings.bake_end = start, end
    settings.is_baked = True
    _remove_unused(old)


def line_up(user: Any, start: int, end: int, hold: bool = True) -> None:
    """Make `user` (an ImageUser, or a compositor's image node) show the file numbered as the scene's frame, from
    `start` to `end`; with `hold` the first and last of them before and after, too."""
    # Blender shows file number clamp(frame - frame_start + 1, 0, frame_duration) + frame_offset. Begun at `start`, the
    # plain choice, it asks for file start - 1 at all frames before, and shows magenta. Begun a frame later, the clamp's
    # 0 is the first file.
    late = 1 if hold else 0
    user.frame_start, user.frame_duration, user.frame_offset = start + late, end - start + 1 - late, start - 1 + late
    if hold and start == end:  # a duration of 0 would be no picture at all
        user.frame_start, user.frame_duration = NEVER, 1
    user.use_cyclic = False
    user.use_auto_refresh = True


def free(ob: bpy.types.Object) -> None:
    """Return the doodle `ob` to its live picture. The pictures on disk stay."""
    settings = ob.doodle_bridge
    for node in plane.picture_nodes(ob):
        plane.show(node, settings.image_a, True)
    old, settings.bake_image = settings.bake_image, None
    settings.is_baked = False
    _remove_unused(old)


def missing(ob: bpy.types.Object) -> list[Path]:
    """The pictures of a baked doodle that are not on disk: where they should be. Blender shows magenta for them."""
    wanted = _wanted(ob)
    return [] if wanted is None else list(_absent(*wanted))


def missing_now(ob: bpy.types.Object) -> int:
    """How many these are. For panels: looks into the folder only when that has changed."""
    wanted = _wanted(ob)
    if wanted is None:
        return 0
    try:
        changed = wanted[0].parent.stat().st_mtime_ns
    except OSError:
        changed = 0
    return _count(*wanted, changed)


def _wanted(ob: bpy.types.Object) -> tuple[Path, int, int] | None:
    """The file that a baked doodle's image names, and the numbers of the first and last that it plays."""
    settings = ob.doodle_bridge
    image = settings.bake_image
    if not settings.is_baked or image is None:
        return None
    return Path(bpy.path.abspath(image.filepath, library=image.library)), settings.bake_start, settings.bake_end


@lru_cache(maxsize=64)
def _count(named: Path, start: int, end: int, _changed: int) -> int:
    return len(_absent(named, start, end))


def _absent(named: Path, start: int, end: int) -> list[Path]:
    try:
        there = {path.name for path in named.parent.iterdir()}  # one look for all: it may be on another machine
    except OSError:
        there = set()
    wanted = (f"{frame:04d}{named.suffix}" for frame in range(start, end + 1))
    return [named.with_name(name) for name in wanted if name not in there]


def _sequence(image: bpy.types.Image | None, path: Path, name: str) -> bpy.types.Image:
    """An image that plays the files beside `path` (absolute): `image` pointed there, or a new one."""
    if image is None:
        # Blender gives an OpenEXR the scene's linear colour space and premultiplied alpha by itself.
        image = bpy.data.images.load(str(path))
        image.name = name
    image.source = "SEQUENCE"
    image.filepath = _stored_path(str(path))
    if path.suffix == ".png":
        image.colorspace_settings.name = "sRGB"
        image.alpha_mode = "STRAIGHT"  # Workbench takes channel-packed ink for an opaque square
    image.reload()
    return image


def _beside(image: bpy.types.Image, path: Path) -> bool:
    """Whether `image` plays files of the kind of `path`, in its folder."""
    plays = Path(bpy.path.abspath(image.filepath))
    return plays.parent == path.parent and plays.suffix == path.suffix


def _remove_unused(image: bpy.types.Image | None) -> None:
    if image is not None and image.users == 0:
        bpy.data.images.remove(image)


def _stored_path(path: str) -> str:
    """`path` as the .blend should keep it: relative where possible, so that file and pictures move together."""
    if not bpy.data.filepath:
        return path
    try:
        return bpy.path.relpath(path)
    except ValueError:  # another drive on Windows
        return path
