"""A baked doodle: its plane plays the pictures on disk, with nothing but what any Blender knows."""

from __future__ import annotations

from pathlib import Path

import bpy

from .. import plane
from .frames import BakePlan

__all__ = ["free", "play"]


def play(ob: bpy.types.Object, plan: BakePlan) -> None:
    """Make the plane of the doodle `ob` play the pictures that `plan` has written."""
    from doodle_core.sequence import picture_path

    settings = ob.doodle_bridge
    old, start, end = settings.bake_image, plan.start, plan.end
    same_folder = old is not None and Path(bpy.path.abspath(old.filepath)).parent == plan.folder
    if settings.is_baked and same_folder and start <= settings.bake_end + 1 and end >= settings.bake_start - 1:
        # A part baked anew, or a range baked right beside the first: play both as one.
        start, end = min(start, settings.bake_start), max(end, settings.bake_end)
    nodes = list(plane.picture_nodes(ob))  # before `bake_image` changes, by which they are known
    # Another folder, another image: a copy of this doodle may still play the old one.
    image = old if same_folder else None
    settings.bake_image = _sequence(image, str(picture_path(plan.folder, start)), f"{ob.name} (baked)")
    for node in nodes:
        node.image = settings.bake_image
        user = node.image_user
        user.frame_start = start
        user.frame_duration = end - start + 1
        user.frame_offset = start - 1  # Blender adds this to 1, 2, ...: the files are numbered by the scene's frame
        user.use_cyclic = False
        user.use_auto_refresh = True
    settings.bake_start, settings.bake_end = start, end
    settings.is_baked = True
    _remove_unused(old)


def free(ob: bpy.types.Object) -> None:
    """Return the doodle `ob` to its live picture. The pictures on disk stay."""
    settings = ob.doodle_bridge
    for node in plane.picture_nodes(ob):
        node.image = settings.image_a
    old, settings.bake_image = settings.bake_image, None
    settings.is_baked = False
    _remove_unused(old)


def _sequence(image: bpy.types.Image | None, path: str, name: str) -> bpy.types.Image:
    """An image that plays the files beside `path` (absolute): `image` pointed there, or a new one."""
    if image is None:
        image = bpy.data.images.load(path)
        image.name = name
    image.source = "SEQUENCE"
    image.filepath = _stored_path(path)
    image.colorspace_settings.name = "sRGB"
    image.alpha_mode = "STRAIGHT"  # as the live pictures are, and for their reason
    image.reload()
    return image


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
