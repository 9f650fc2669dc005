"""Blender as it is measured in: an empty file with the add-on of this checkout, and doodles of the demo's walker."""

from __future__ import annotations

import atexit
from collections.abc import Mapping, Sequence
from pathlib import Path

import bpy  # first: it makes Blender's own modules importable

# isort: split
import addon_utils

from examples import pencil
from examples.walker import draw

__all__ = ["ADDON", "EVERY", "doodle", "doodle_of_pictures", "set_up", "start", "walking"]

ADDON = "blender_addon"
EVERY = 12
"""Frames from one drawing to the next."""


def start() -> None:
    """An empty file, the add-on enabled."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable(ADDON, default_set=True)
    if not addon_utils.check(ADDON)[1]:
        raise RuntimeError("the add-on did not start")
    # bpy 4.5 hangs at exit while a Python handler is left.
    atexit.register(addon_utils.disable, ADDON)


def walking(count: int, first: int = 0, keys: int = 8) -> bpy.types.Object:
    """A Grease Pencil object with `count` drawings of the walker, one every EVERY frames from frame 1 on; active.

    first: which of the walker's moments the first one is; `keys` make a cycle of it, and no two are drawn alike.
    """
    scene = bpy.context.scene
    ob = pencil.new("Walker", (0.1, 0.2, 0.3), scene)
    pencil.draw(ob, "Lines", {1 + EVERY * k: draw((first + k) / keys, seed=first + k) for k in range(count)})
    scene.frame_start, scene.frame_end = 1, 1 + EVERY * (count - 1)
    bpy.context.view_layer.objects.active = ob
    return ob


def doodle(drawings: int = 4, size: int = 512, first: int = 0, **settings: object) -> bpy.types.Object:
    """A doodle of the walker with `settings`, its source hidden."""
    source = walking(drawings, first)
    bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=size)
    source.hide_viewport = source.hide_render = True
    return set_up(bpy.context.object, settings)


def doodle_of_pictures(paths: Sequence[Path], size: int = 512, **settings: object) -> bpy.types.Object:
    """A doodle whose keys are these picture files."""
    from blender_addon.operators.from_images import make_from
    from blender_addon.sources.images import Sheet

    made, _ = make_from(bpy.context, list(paths), Sheet(1, 1, "auto"), start=1, every=EVERY, size=size)
    return set_up(made, settings)


def set_up(ob: bpy.types.Object, settings: Mapping[str, object]) -> bpy.types.Object:
    """Give a doodle these settings, and give it back."""
    for name, value in settings.items():
        setattr(ob.doodle_bridge, name, value)
    return ob
