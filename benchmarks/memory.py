"""Memory while a long bake runs: Blender's whole process, every 100 frames."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import scenes

# isort: split
import bpy

from benchmarks.machine import resident
from benchmarks.results import Chart, Goal, Line, Result, Row, Table
from benchmarks.timing import Effort
from blender_addon.outputs.frames import make_plan, write_frames

__all__ = ["EVERY", "measure", "sampled"]

EVERY = 100
"""Frames from one look at the memory to the next."""
_MOST = 20.0  # MB that it may grow by from frame 100 on
_LONG, _LARGE = 3000, 300  # frames at 64 and at 512 pixels


def measure(effort: Effort) -> Result:
    if resident() is None:
        return Result((), notes=("How much memory a process has is read from /proc, which is not here.",))
    scenes.start()
    ob = scenes.doodle(effort.few(251, 18), 64, sigma=0.5)
    wanted = {"64 px": (64, effort.few(_LONG, 200)), "512 px": (512, effort.few(_LARGE, 200))}
    lines, goals = [], []
    for name, (size, count) in wanted.items():
        with tempfile.TemporaryDirectory() as folder:
            points = sampled(ob, Path(folder), size, count)
        lines.append(Line(name, tuple(points)))
        growth = points[-1][1] - points[0][1]
        goals.append(Goal(f"{name}: growth from frame {EVERY} to frame {count}", growth, _MOST, "MB"))
        highest = max(megabytes for _, megabytes in points) - points[0][1]
        goals.append(Goal(f"{name}: the highest in between above frame {EVERY}", highest, _MOST, "MB"))
    frames = [x for x, _ in lines[0].points]
    rows = tuple(Row(f"{frame:.0f}", tuple(dict(line.points).get(frame) for line in lines)) for frame in frames)
    table = Table(
        "Megabytes of the whole process; a key every 12 frames, sigma on:",
        "frames baked",
        tuple(wanted),
        rows,
    )
    chart = Chart("bake_memory", "Memory of a long bake, a flat line", "frames baked", "MB resident", tuple(lines))
    return Result((table,), tuple(goals), charts=(chart,))


def sampled(ob: bpy.types.Object, folder: Path, size: int, count: int) -> list[tuple[float, float]]:
    """Bake so many frames; after each EVERY of them, how many, and the megabytes of this process.

    The scene has as many frames as there are keys for: they are baked over and over, into ranges of their own folders.
    """
    found: list[tuple[float, float]] = []
    last = int(1 + scenes.EVERY * (len(ob.doodle_bridge.keys) - 1))
    done = 0
    while done < count:
        frames = (1, min(last, count - done))
        plan = make_plan(bpy.context, ob, folder=folder, frames=frames, size=size, overwrite=True)
        for _ in write_frames(plan):
            done += 1
            if done % EVERY == 0:
                now = resident()
                assert now is not None
                found.append((float(done), now))
    return found
