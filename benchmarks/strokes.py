"""Live strokes: what a frame change takes with doodles of lines and areas, hidden ones and what is written of them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks import scenes

# isort: split
import bpy
import numpy as np

from benchmarks.rendering import advanced, drawings
from benchmarks.results import Goal, Result, Row, Table
from benchmarks.timing import Effort, Times
from doodle_core.drawing import Drawing

__all__ = ["doodle_of", "measure"]

_MOST = {"120 shapes": 5.0, "600 shapes": 15.0}  # milliseconds of a frame change
_EVERY, _METRES = 40, 4.0


def measure(effort: Effort) -> Result:
    rows, goals = [], []
    for name, drawing in drawings().items():
        if effort.tiny and len(drawing) > 200:
            continue
        scenes.start()
        ob = doodle_of([drawing, advanced(drawing)])
        frames = range(5, _EVERY - 5)
        _spent(frames)  # matched, and what is kept of the keys is made
        live = Times(tuple(_spent(frames) for _ in range(effort.few(9))))
        ob.hide_viewport = True
        hidden = Times(tuple(_spent(frames) for _ in range(effort.few(9))))
        rows.append(Row(name, (live.milliseconds, 1e3 * min(live.seconds), hidden.milliseconds)))
        if name in _MOST:
            goals.append(Goal(f"{name}: a frame change", live.milliseconds, _MOST[name], "ms"))
    table = Table(
        "A frame change (`frame_set`) with one doodle between two keys:",
        "doodle",
        ("ms", "at its fastest, ms", "hidden, ms"),
        tuple(rows),
    )
    return Result((table,), tuple(goals))


def _spent(frames: Sequence[int]) -> float:
    """Seconds a frame, on average."""
    begun = time.perf_counter()
    for frame in frames:
        bpy.context.scene.frame_set(frame)
    return (time.perf_counter() - begun) / len(frames)


def doodle_of(keys: Sequence[Drawing]) -> bpy.types.Object:
    """A doodle of strokes of these drawings, on one layer, in two materials."""
    from examples import pencil

    source = pencil.new("Drawing", (0.1, 0.2, 0.3), bpy.context.scene)
    layer = source.data.layers.new("Lines")
    layer.use_lights = False
    for number, drawing in enumerate(keys):
        _write(source, layer.frames.new(1 + _EVERY * number).drawing, drawing)
    bpy.context.view_layer.objects.active = source
    bpy.ops.doodle_bridge.from_grease_pencil(size=512)
    return bpy.context.object


def _write(source: bpy.types.Object, drawing: object, like: Drawing) -> None:
    """A drawing's contours as strokes: areas filled without a line."""
    lengths = np.diff(like.offsets)
    drawing.add_strokes(lengths.tolist())
    attributes = drawing.attributes
    x, y = (like.points - 0.5).T * _METRES
    attributes["position"].data.foreach_set("vector", np.stack([x, 0 * x, -y], axis=1).astype(np.float32).ravel())
    radii = attributes.get("radius") or attributes.new("radius", "FLOAT", "POINT")
    radii.data.foreach_set("value", np.maximum(like.radii * _METRES, 0.005).astype(np.float32))
    filled = like.filled
    materials = source.data.materials
    if len(materials) < 2 and filled.any():
        made = materials[0].copy()
        made.grease_pencil.show_fill, made.grease_pencil.show_stroke = True, False
        materials.append(made)
    index = attributes.new("material_index", "INT", "CURVE")
    index.data.foreach_set("value", filled.astype(np.int32))
    if hasattr(drawing.strokes[0], "fill_id"):
        ids = attributes.new("fill_id", "INT", "CURVE")
        ids.data.foreach_set("value", (filled * np.arange(1, len(filled) + 1)).astype(np.int32))
        hidden = attributes.new("hide_stroke", "BOOLEAN", "CURVE")
        hidden.data.foreach_set("value", filled)
