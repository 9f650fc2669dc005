"""A baked doodle: its plane plays the pictures on disk, with nothing but what any Blender knows."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from .frames import BakePlan

__all__ = ["free", "play"]


def play(ob: bpy.types.Object, plan: BakePlan) -> None:
    """Make the plane of the doodle `ob` play the pictures that `plan` has written."""
    from doodle_core.sequence import picture_path

    settings = ob.doodle_bridge
    start, end = plan.start, plan.end
    path = _stored_path(str(picture_path(plan.folder, start)))
    again = settings.is_baked and settings.bake_image is not None and _same_folder(settings.bake_image.filepath, path)
    if again and start <= settings.bake_end + 1 and end >= settings.bake_start - 1:
        # A part baked anew, or a range baked right beside the first: play both as one.
        start, end = min(start, settings.bake_start), max(end, settings.bake_end)
        path = _stored_path(str(picture_path(plan.folder, start)))
    nodes = list(_picture_nodes(ob))
    settings.bake_image = _sequence(settings.bake_image, path, f"{ob.name} (baked)")
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


def free(ob: bpy.types.Object) -> None:
    """Return the doodle `ob` to its live picture. The pictures on disk stay."""
    settings = ob.doodle_bridge
    for node in _picture_nodes(ob):
        node.image = settings.image_a
        node.image_user.frame_offset = 0
    if settings.bake_image is not None and settings.bake_image.users <= 1:
        bpy.data.images.remove(settings.bake_image)
    settings.bake_image = None
    settings.is_baked = False


def _sequence(image: bpy.types.Image | None, path: str, name: str) -> bpy.types.Image:
    """An image that plays the files beside `path`: `image` pointed there, or a new one."""
    if image is None:
        image = bpy.data.images.load(bpy.path.abspath(path))
        image.name = name
    image.source = "SEQUENCE"
    image.filepath = path
    image.colorspace_settings.name = "sRGB"
    image.alpha_mode = "STRAIGHT"
    image.reload()
    return image


def _picture_nodes(ob: bpy.types.Object) -> Iterator[bpy.types.ShaderNodeTexImage]:
    """The texture nodes of the doodle's materials that show its picture, live or baked; the animator's own stay out."""
    settings = ob.doodle_bridge
    ours = {image for image in (settings.image_a, settings.image_b, settings.bake_image) if image is not None}
    for slot in ob.material_slots:
        if slot.material is not None and slot.material.node_tree is not None:
            for node in slot.material.node_tree.nodes:
                if isinstance(node, bpy.types.ShaderNodeTexImage) and node.image in ours:
                    yield node


def _stored_path(path: str) -> str:
    """`path` as the .blend should keep it: relative where possible, so that file and pictures move together."""
    if not bpy.data.filepath:
        return path
    try:
        return bpy.path.relpath(path)
    except ValueError:  # another drive on Windows
        return path


def _same_folder(one: str, other: str) -> bool:
    def folder(path: str) -> str:
        return bpy.path.native_pathsep(bpy.path.abspath(path)).rpartition(bpy.path.native_pathsep("/"))[0]

    return folder(one) == folder(other)
