"""What is drawn over a doodle in the viewport: a redraw, what is worked out between redraws, and how soon a link is
seen. Handing lines to the GPU is not in it: that has no part in a Blender without a window."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from benchmarks import scenes

# isort: split
import bpy

from benchmarks.rendering import advanced, drawings
from benchmarks.results import Goal, Result, Row, Table
from benchmarks.strokes import doodle_of
from benchmarks.timing import Effort, Times

__all__ = ["measure"]

_BETWEEN = 20  # a frame between the keys
_REDRAW, _HEALED = 3.0, 0.5  # milliseconds, seconds: for 120 shapes


def measure(effort: Effort) -> Result:
    from blender_addon.overlay.building import workshop

    rows, goals = [], []
    for name, drawing in drawings().items():
        if effort.tiny and len(drawing) > 200:
            continue
        scenes.start()
        doodle = doodle_of([drawing, advanced(drawing)])
        bpy.context.scene.frame_set(_BETWEEN)
        overlay = bpy.context.scene.doodle_bridge_overlay
        overlay.onion = overlay.arcs = overlay.doubt = True
        overlay.as_drawing, overlay.before, overlay.after = False, 3, 3
        redraw = _redraw(doodle)
        workshop.forget()
        redraw()
        made = _spent(workshop.finish)
        times = Times(tuple(_spent(redraw) for _ in range(effort.few(30))))
        healed = _spent(partial(_link, doodle))
        rows.append(Row(name, (times.milliseconds, 1e3 * made, 1e3 * healed)))
        if name == "120 shapes":
            goals.append(Goal(f"{name}: a redraw", times.milliseconds, _REDRAW, "ms"))
            goals.append(Goal(f"{name}: a link is seen", healed, _HEALED, "s"))
    table = Table(
        "Three drawings before and after, arcs over 40 frames, doubt and links, in one doodle between two keys:",
        "doodle",
        ("a redraw, ms", "all of it made, between redraws, ms", "a link drawn and seen, ms"),
        tuple(rows),
    )
    return Result((table,), tuple(goals))


def _redraw(doodle: bpy.types.Object) -> Callable[[], object]:
    """What Python does at a redraw."""
    from blender_addon.overlay import content

    scene = bpy.context.scene

    def run() -> object:
        seen = content.Scene(doodle, scene, scene.doodle_bridge_overlay)
        return content.layers(seen) + content.of_links(doodle, seen.now.position)

    return run


def _link(doodle: bpy.types.Object) -> None:
    """Say that the first shape becomes the first, and draw what that makes of the frame."""
    from blender_addon.keyframes.correcting import drawing_of
    from doodle_core.drawing.picking import on_shape

    start, goal = (on_shape(drawing_of(doodle.doodle_bridge, key), 0) for key in (0, 1))
    bpy.ops.doodle_bridge.link_shapes(key=0, shape=0, place=start, next_shape=0, next_place=goal)


def _spent(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
