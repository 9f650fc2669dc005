"""The packages that a zip made for this Python brings as wheels: what is missing here, and what to do about it.

A Blender built with another Python than blender.org's, as Linux distributions do, takes only the zip without compiled
wheels. The packages may then come from anywhere that this Python looks.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import lru_cache
from pathlib import Path

import bpy

__all__ = ["PACKAGES", "ensure", "line"]

PACKAGES = {"numpy": "numpy", "scipy": "scipy", "PIL": "pillow", "png": "pypng", "onnxruntime": "onnxruntime"}
"""What is imported -> how package indexes call it."""
INSTEAD = {"onnxruntime": ("torch", "safetensors")}
"""What does the same where it is importable."""


@lru_cache(maxsize=1)
def line() -> str:
    """What this Python lacks and what to do, in one line; '' where nothing is missing. Looked up once, imports nothing:
    panels ask at every redraw."""
    missing = [package for name, package in PACKAGES.items() if not _there(name)]
    if not missing:
        return ""
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    folder = Path(bpy.utils.user_resource("SCRIPTS", path="modules"))
    return (
        f"this Blender's Python {python} lacks {', '.join(missing)}: install the Doodle Bridge zip made for it, or run "
        f"`python{python} -m pip install --no-deps --target '{folder}' {' '.join(missing)}`, then start Blender again"
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


def register() -> None:
    line.cache_clear()
    if line():
        print(f"Doodle Bridge: {line()}", file=sys.stderr, flush=True)


def unregister() -> None:
    line.cache_clear()
