"""Picture keys name files, relative to the .blend. When that goes to another folder, or a doodle to another .blend, the
names go along, as Blender itself does it for its images: what they name stays the same file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import bpy
from bpy.app.handlers import persistent

from ..hooks import Hooks
from ..properties import doodles

__all__ = ["rebase", "rebased"]

CLIPBOARD = "copybuffer.blend"
"""What is pasted comes from this file, whose folder says nothing of where it was copied."""


def rebased(path: str, old: Path, new: Path | None) -> str:
    """A path that is relative to the folder `old` (`//pictures/a.png`), told from `new`, or absolute with None. Others
    stay as they are."""
    if not path.startswith("//"):
        return path
    target = os.path.normpath(old / path[2:])
    if new is None:
        return target
    try:
        return "//" + os.path.relpath(target, new)
    except ValueError:  # another drive on Windows
        return target


def rebase(objects: Iterable[bpy.types.Object], old: Path, new: Path | None) -> None:
    """The same for all keys of these doodles. Those that are linked from other files stay as they are."""
    for ob in objects:
        if ob.library is None and ob.override_library is None:
            for key in ob.doodle_bridge.keys:
                if key.path.startswith("//"):
                    key.path = rebased(key.path, old, new)


def _folder(blend: str) -> Path | None:
    return Path(bpy.path.abspath(blend)).parent if blend else None


@persistent
def _saving(path: str, *_: object) -> None:
    old, new = _folder(bpy.data.filepath), _folder(path)
    if old is not None and new is not None and old != new:
        rebase(doodles(), old, new)


@persistent
def _saved(path: str, *_: object) -> None:
    """The open file is the new one; or, when a copy was saved or nothing could be written, still the old one."""
    now, written = _folder(bpy.data.filepath), _folder(path)
    if now is not None and written is not None and now != written:
        rebase(doodles(), written, now)


@persistent
def _imported(imported: Any, *_: object) -> None:
    now = _folder(bpy.data.filepath)
    for item in imported.import_items:
        made = item.append_action in {"MAKE_LOCAL", "COPY_LOCAL"} and isinstance(item.id, bpy.types.Object)
        if made and item.source_library is not None and item.id.doodle_bridge.is_doodle:
            old = _folder(item.source_library.filepath)
            if old is not None and old != now and Path(item.source_library.filepath).name != CLIPBOARD:
                rebase([item.id], old, now)


_hooks = Hooks(
    save_pre=_saving,
    save_post=_saved,
    save_post_fail=_saved,
    blend_import_post=_imported,
)


def register() -> None:
    _hooks.register()


def unregister() -> None:
    _hooks.unregister()
