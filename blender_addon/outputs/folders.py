"""Where a doodle's pictures go: a folder of its own, on any file system."""

from __future__ import annotations

import itertools
import re
import unicodedata
from pathlib import Path

import bpy

from ..properties import doodles

__all__ = ["default_folder", "file_name", "folder_name"]

LONGEST = 100
"""Bytes of a folder's name: file systems take 143 to 255, and Windows 260 letters for a whole path."""
RESERVED = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[1-9¹²³])(?:\..*)?", re.IGNORECASE)
"""Names of devices on Windows, whatever follows behind a dot."""


def default_folder(ob: bpy.types.Object) -> Path:
    """The folder chosen for this doodle, or `//doodle_bridge/<object name>/`, numbered where another doodle plays the
    pictures in that: it may have had this name.

    Raises DoodleError when it is beside a .blend that is not saved yet, or the chosen one is another doodle's.
    """
    from doodle_core.errors import DoodleError

    chosen = ob.doodle_bridge.bake_folder
    name = chosen or f"//doodle_bridge/{folder_name(ob)}/"
    if name.startswith("//") and not bpy.data.filepath:
        raise DoodleError(f"'{name}' is beside the .blend, which is not saved yet: save it, or choose another folder")
    folder = Path(bpy.path.abspath(name))
    own = _played_folder(ob)
    others = {_played_folder(one): one.name for one in doodles() if one != ob}
    if folder == own or folder not in others:
        return folder
    if chosen:
        raise DoodleError(f"'{chosen}' holds the baked pictures of '{others[folder]}': choose another folder")
    numbered = (folder.with_name(f"{folder.name}_{number}") for number in itertools.count(2))
    return next(one for one in numbered if one == own or one not in others)


def _played_folder(ob: bpy.types.Object) -> Path | None:
    image = ob.doodle_bridge.bake_image
    return None if image is None else Path(bpy.path.abspath(image.filepath, library=image.library)).parent


def folder_name(ob: bpy.types.Object) -> str:
    """The name of a doodle's folder: `file_name` of its own, with a few letters more where another doodle's would be
    the same on some file system (`a?` and `a*`, `Walk` and `walk`).

    It depends on the names in the file alone, so that all machines of a farm give the same.
    """
    from hashlib import blake2b

    name = file_name(ob.name)
    if all(_folded(file_name(one.name)) != _folded(name) for one in doodles() if one != ob):
        return name
    return f"{name}_{blake2b(ob.name_full.encode(), digest_size=3).hexdigest()}"


def _folded(name: str) -> str:
    """What file systems that know no upper case, or one spelling of an umlaut, make of a name."""
    return unicodedata.normalize("NFC", name).casefold()


def file_name(name: str) -> str:
    """An object's name with what file systems refuse replaced: `Walk / 1?` -> `Walk _ 1_`."""
    name = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name)
    name = name.encode()[:LONGEST].decode(errors="ignore").rstrip(" .") or "_"
    return f"_{name}" if RESERVED.fullmatch(name) else name
