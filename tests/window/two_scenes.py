"""Two windows on two scenes that share doodles and stand at different frames: drawing comes to rest. In a real Blender:

    blender --factory-startup --python-exit-code 1 --python tests/window/two_scenes.py -- FILE.blend [--wheels DIR]

FILE holds live doodles, as `python -m tests.blender.versions make` makes it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import bpy

_arguments = argparse.ArgumentParser()
_arguments.add_argument("file", type=Path)
_arguments.add_argument("--wheels", default="")
options = _arguments.parse_args(sys.argv[sys.argv.index("--") + 1 :])
sys.path[:0] = [str(Path(__file__).parents[2]), *filter(None, [options.wheels])]

import addon_utils  # noqa: E402

addon_utils.enable("blender_addon", default_set=True)

from blender_addon.view import live, plane  # noqa: E402
from tests.window import driver  # noqa: E402

written = []
_write = plane.write


def _counted(*arguments: object, **named: object) -> bpy.types.Image:
    written.append(arguments[0])
    return _write(*arguments, **named)


plane.write = _counted


def steps() -> Iterator[float]:
    bpy.ops.wm.open_mainfile(filepath=str(options.file))
    yield 1.0
    window = bpy.context.window_manager.windows[0]
    first, second = window.scene, bpy.data.scenes.new("Second")
    for ob in first.collection.objects:
        second.collection.objects.link(ob)
    with bpy.context.temp_override(window=window):
        bpy.ops.wm.window_new_main()
    bpy.context.window_manager.windows[-1].scene = second
    first.frame_set(6)
    second.frame_set(17)
    yield 5.0
    assert written, "both were drawn"
    written.clear()
    yield 2.0
    assert not written and not bpy.app.timers.is_registered(live.catch_up), "nothing changes, nothing is drawn"
    next(ob for ob in bpy.data.objects if ob.doodle_bridge.is_doodle).doodle_bridge.line_weight = 0.5
    yield 2.0
    assert written, "a change is drawn"
    written.clear()
    yield 2.0
    assert not written
    print("two windows come to rest")


driver.run(steps())
