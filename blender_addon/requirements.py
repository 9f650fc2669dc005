"""The packages that a zip made for this Python brings as wheels: what is missing here, and what to do about it.

A Blender built with another Python than blender.org's, as Linux distributions do, takes only the zip without compiled
wheels. The packages may then come from anywhere that this Python looks.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import lru_cache

import bpy

from . import session

__all__ = ["PACKAGES", "command", "ensure", "line", "missing", "python"]

PACKAGES = {
    **{"numpy": "numpy", "scipy": "scipy", "PIL": "pillow", "png": "pypng", "OpenEXR": "openexr"},
    **{"skia": "skia-python", "onnxruntime": "onnxruntime"},
}
"""What is imported -> how package indexes call it."""
INSTEAD = {"onnxruntime": ("torch", "safetensors")}
"""What does the same where it is importable."""


@lru_cache(maxsize=1)
def missing() -> tuple[str, ...]:
    """What this Python lacks, as package indexes call it. Looked up once, imports nothing: panels ask at every
    redraw."""
    return tuple(package for name, package in PACKAGES.items() if not _there(name))


def python() -> str:
    """The version of this Blender's Python, such as 3.11."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def command() -> str:
    """What puts the missing packages where this Blender looks. Without what they depend on: numpy is there already, and
    must stay the one it is."""
    folder = bpy.utils.user_resource("SCRIPTS", path="modules")
    return f"python{python()} -m pip install --no-deps --target '{folder}' {' '.join(missing())}"


def line() -> str:
    """What is missing and what to do, in one line; '' where nothing is."""
    if not missing():
        return ""
    return (
        f"this Blender's Python {python()} lacks {', '.join(missing())}: install the Doodle Bridge zip made for it, or "
        f"run `{command()}`, then start Blender again"
    )


def ensure() -> None:
    """Raise DoodleError with that line where something is missing. What comes first wherever drawings are read or
    made, since any module of the library may need any package."""
    found = line()
    if found:
        from doodle_core.errors import DoodleError

        raise DoodleError(found)


def _there(name: str) -> bool:
    if importlib.util.find_spec(name) is not None:
        return True
    return name in INSTEAD and all(importlib.util.find_spec(one) is not None for one in INSTEAD[name])


class DOODLE_BRIDGE_OT_copy_install_command(bpy.types.Operator):
    """Copy the command that installs the missing packages for this Blender, to paste it into a terminal"""

    bl_idname = "doodle_bridge.copy_install_command"
    bl_label = "Copy Install Command"

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.window_manager.clipboard = command()
        self.report({"INFO"}, command())
        return {"FINISHED"}


def register() -> None:
    bpy.utils.register_class(DOODLE_BRIDGE_OT_copy_install_command)
    missing.cache_clear()
    session.checked_by(ensure)
    if line():
        print(f"Doodle Bridge: {line()}", file=sys.stderr, flush=True)


def unregister() -> None:
    session.checked_by(None)
    bpy.utils.unregister_class(DOODLE_BRIDGE_OT_copy_install_command)
