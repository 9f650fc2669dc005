"""A bake: frames a second, what writing beside drawing brings, and where the time goes."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import scenes

# isort: split
import bpy
import numpy as np
import png
from PIL import Image

from benchmarks.results import Goal, Result, Row, Table
from benchmarks.timing import Effort, Times, interleaved
from blender_addon import session
from blender_addon.keyframes import keys
from blender_addon.outputs.frames import BakePlan, draw_frame, make_plan, visiting, write_frames
from blender_addon.outputs.levels import premultiplied, to_levels
from blender_addon.outputs.writer import Writer
from blender_addon.view import live
from doodle_core.exr import save_exr
from doodle_core.png_file import encode_png
from doodle_core.rendering import PLAIN, render
from doodle_core.sequence import whole_file

__all__ = ["measure"]

_FRAMES = (3, 10)
_KINDS = {"PNG, 8 bit": ("png", 8), "PNG, 16 bit": ("png", 16), "OpenEXR": ("exr", 8)}


def measure(effort: Effort) -> Result:
    scenes.start()
    ob = scenes.doodle(2)
    speeds, shares, goals = [], [], []
    for size in (512, 1080):
        for name, (kind, depth) in _KINDS.items():
            with tempfile.TemporaryDirectory() as folder:
                plan = make_plan(
                    bpy.context, ob, folder=Path(folder), frames=_FRAMES, size=size, kind=kind, depth=depth,
                    overwrite=True,
                )  # fmt: skip
                times = interleaved(_ways(plan), effort)
                parts = _parts(plan, effort)
            now, in_turn, plain = times["now"], times["in turn"], times["plain"]
            seconds = now.median / plan.count
            speeds.append(Row(f"{size} px, {name}", (1 / seconds, 1e3 * seconds, in_turn.over(now), plain.over(now))))
            whole = sum(part.median for part in parts.values())
            shares.append(
                Row(
                    f"{size} px, {name}",
                    (*(100 * part.median / whole for part in parts.values()), 1e3 * whole, seconds / whole),
                )
            )
            if kind == "png":
                told = f"{size} px, {name}: against plain ways in turn"
                goals.append(Goal(told, plain.over(now), 1, "times", False))
    return Result(
        (
            Table(
                "Frames of the walker, between keys. In turn: the same work, but nothing is written while the next is "
                "drawn. Plain: in turn, sRGB worked out for every pixel, PNG packed by Pillow and pypng as they come:",
                "what",
                ("frames a second", "ms a frame", "in turn takes, times", "plain takes, times"),
                tuple(speeds),
            ),
            Table(
                "Where the time goes, each part by itself (keys are read when they are made, and matched once):",
                "what",
                (
                    "Blender's frame, %",
                    "drawing between, %",
                    "paint, %",
                    "convert and pack, %",
                    "disk, %",
                    "sum, ms",
                    "a frame takes, times the sum",
                ),
                tuple(shares),
            ),
        ),
        tuple(goals),
    )


def _ways(plan: BakePlan) -> dict[str, Callable[[], object]]:
    return {"now": lambda: list(write_frames(plan)), "in turn": lambda: _in_turn(plan), "plain": lambda: _plain(plan)}


def _in_turn(plan: BakePlan) -> None:
    with visiting(plan), Writer() as writer:
        for frame in plan.frames:
            draw_frame(plan, frame, writer)
            list(writer.told())


def _plain(plan: BakePlan) -> None:
    with visiting(plan):
        for frame in plan.frames:
            rgba = session.render(_request(plan, frame))
            with whole_file(plan.path(frame)) as temporary:
                if plan.kind == "exr":
                    save_exr(temporary, premultiplied(rgba))
                else:
                    temporary.write_bytes(_plain_png(rgba, plan.depth))


def _plain_png(rgba: np.ndarray, depth: int) -> bytes:
    linear = np.clip(rgba, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    encoded[..., 3] = linear[..., 3]
    levels = np.rint(encoded * (2**depth - 1)).astype(np.uint8 if depth == 8 else np.uint16)
    buffer = io.BytesIO()
    if depth == 8:
        Image.fromarray(levels).save(buffer, "PNG")
    else:
        writer = png.Writer(*levels.shape[:2], greyscale=False, alpha=True, bitdepth=16, compression=6)
        writer.write_packed(buffer, (row.tobytes() for row in levels.astype(">u2")))
    return buffer.getvalue()


def _request(plan: BakePlan, frame: int) -> session.FrameRequest:
    scene = bpy.context.scene
    with live.paused():
        scene.frame_set(frame)
    ob = scene.objects[plan.doodle].evaluated_get(bpy.context.evaluated_depsgraph_get())
    return keys.frame_request(ob, frame, plan.size)


def _parts(plan: BakePlan, effort: Effort) -> dict[str, Times]:
    """Seconds of the parts of one frame, over the frames and rounds."""
    found: dict[str, list[float]] = {name: [] for name in ("blender", "pose", "paint", "pack", "disk")}
    for _ in range(effort.rounds):
        for frame in plan.frames:
            clock = [time.perf_counter()]
            request = _request(plan, frame)
            clock.append(time.perf_counter())
            film, position = session.get()._posed(request)
            drawing = film.pose(position).drawing
            clock.append(time.perf_counter())
            rgba = render(drawing, plan.size, PLAIN, None, request.drawn_ink)
            clock.append(time.perf_counter())
            with whole_file(plan.path(frame)) as temporary:
                if plan.kind == "exr":  # packed by its library, on the way to the disk
                    save_exr(temporary, premultiplied(rgba))
                    clock.append(time.perf_counter())
                else:
                    data = encode_png(to_levels(rgba, plan.depth))
                    clock.append(time.perf_counter())
                    temporary.write_bytes(data)
            clock.append(time.perf_counter())
            for name, begun, ended in zip(found, clock[:-1], clock[1:], strict=True):
                found[name].append(ended - begun)
    return {name: Times(tuple(seconds)) for name, seconds in found.items()}
