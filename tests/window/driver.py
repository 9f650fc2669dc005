"""Drives an open Blender window as a person would: mouse and keys through Blender's own event queue, pictures of the
screen.

Needs Blender's option `--enable-event-simulate`, X11 and the program `xwd`. Blender's own screenshots are black on a
virtual screen.
"""

from __future__ import annotations

import os
import subprocess
import traceback
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import bpy

Point = tuple[float, float]
"""Pixels of the window from its bottom left corner."""


def run(steps: Iterator[float | None], first: float = 3.0) -> None:
    """Run a generator step by step: it yields the seconds to wait until the next step (None: half a second). Blender
    quits at its end; with status 1, and the error printed, where a step raises."""
    bpy.context.preferences.view.show_splash = False

    def tick() -> float | None:
        try:
            return next(steps) or 0.5
        except StopIteration:
            bpy.ops.wm.quit_blender()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        return None

    bpy.app.timers.register(tick, first_interval=first, persistent=True)


def window() -> bpy.types.Window:
    return bpy.context.window_manager.windows[0]


def area(kind: str = "VIEW_3D") -> bpy.types.Area:
    """The largest area of that type."""
    found = [one for one in window().screen.areas if one.type == kind]
    return max(found, key=lambda one: one.width * one.height)


def region(kind: str = "WINDOW", editor: str = "VIEW_3D") -> bpy.types.Region:
    return next(one for one in area(editor).regions if one.type == kind)


def inside(editor: str = "VIEW_3D") -> object:
    """A context override for operators that need an editor."""
    return bpy.context.temp_override(window=window(), area=area(editor), region=region("WINDOW", editor))


def event(kind: str, value: str, at: Point, **modifiers: bool) -> None:
    window().event_simulate(kind, value, x=round(at[0]), y=round(at[1]), **modifiers)


def drag(points: Sequence[Point], steps: int = 1) -> None:
    """Press the left button at the first point, go through the others, release at the last."""
    event("MOUSEMOVE", "NOTHING", points[0])
    event("LEFTMOUSE", "PRESS", points[0])
    for a, b in pairwise(points):
        for part in range(1, steps + 1):
            event("MOUSEMOVE", "NOTHING", (a[0] + (b[0] - a[0]) * part / steps, a[1] + (b[1] - a[1]) * part / steps))
    event("LEFTMOUSE", "RELEASE", points[-1])


def click(at: Point) -> None:
    # Buttons first notice that the mouse has come.
    event("MOUSEMOVE", "NOTHING", (at[0] - 1, at[1]))
    event("MOUSEMOVE", "NOTHING", at)
    event("LEFTMOUSE", "PRESS", at)
    event("LEFTMOUSE", "RELEASE", at)


def press(key: str, at: Point, **modifiers: bool) -> None:
    event("MOUSEMOVE", "NOTHING", at)
    event(key, "PRESS", at, **modifiers)
    event(key, "RELEASE", at, **modifiers)


def grab(path: Path, box: tuple[int, int, int, int] | None = None, colours: int = 224) -> None:
    """Write the screen to a PNG of few colours; `box` is left, top, right, bottom in pixels from the top left."""
    import numpy as np
    from PIL import Image

    dump = subprocess.run(["xwd", "-root", "-silent"], check=True, capture_output=True).stdout
    # The X window dump: a header of big-endian words (its own size, ..., width, height, ..., bytes a row, ..., number
    # of colours), twelve bytes a colour, then rows of blue, green, red, nothing.
    words = np.frombuffer(dump, ">u4", 25).astype(int)
    start, width, height, stride = words[0] + 12 * words[19], words[4], words[5], words[12]
    rows = np.frombuffer(dump, np.uint8, height * stride, start).reshape(height, stride)
    pixels = rows[:, : 4 * width].reshape(height, width, 4)[..., 2::-1]
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    path.parent.mkdir(parents=True, exist_ok=True)
    (picture.crop(box) if box else picture).quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
