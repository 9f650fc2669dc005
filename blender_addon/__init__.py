"""Doodle Bridge: in-betweens for the doodles on your timeline.

Registers the modules in order and unregisters them in reverse. Nothing heavy is imported here: numpy, the model and its
engine wait for the first encode or decode.
"""

from __future__ import annotations

import importlib
from types import ModuleType

_NAMES = (
    "requirements",
    "properties",
    "session",
    "preferences",
    "overlay.settings",
    "operators",
    "outputs",
    "live_strokes.switching",
    "commands",
    "thumbnails",
    "translations",
    "interface",
    "overlay.drawing",
    "view.live",
    "keyframes.matches",
    "view.stand_in",
    "keyframes.follow",
    "keyframes.moving",
)
_registered: list[ModuleType] = []


def register() -> None:
    for name in _NAMES:
        module = importlib.import_module(f".{name}", __package__)
        module.register()
        _registered.append(module)


def unregister() -> None:
    while _registered:
        _registered.pop().unregister()
