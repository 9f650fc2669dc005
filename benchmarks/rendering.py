"""Drawings to pixels: whole frames, and beside each a bare loop of the rasteriser over outlines that are ready.

python -m benchmarks.rendering
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import skia

from benchmarks.results import Goal, Result, Row, Table
from benchmarks.timing import FULL, Effort, interleaved
from doodle_core.drawing import Drawing
from doodle_core.rendering import Style, render
from doodle_core.rendering.painting import View, prepare

__all__ = ["crowd", "figure", "measure", "pen"]

_SIZE = 1080
_VERTICES = 20
_TOLERANCE = 0.03  # as in `render`


def measure(effort: Effort) -> Result:
    few, many = crowd(120), crowd(600)
    frames = {
        "stick figure of 12 lines, 512 px": (figure(), 512),
        "120 shapes, 1080 px": (few, _SIZE),
        "600 shapes, 1080 px": (many, _SIZE),
    }
    musts = (3.0, 15.0, 35.0)
    rows, goals = [], []
    for (name, (drawing, size)), must in zip(frames.items(), musts, strict=True):
        times = interleaved(_calls(drawing, size), effort)
        whole, bare = times["whole"], times["bare"]
        parts = [times[part].milliseconds for part in ("whole", "outlines", "bare", "half floats")]
        rows.append(Row(name, (*parts, whole.over(bare))))
        goals.append(Goal(name, whole.milliseconds, must, "ms"))
    goals.append(Goal("600 shapes, whole over the bare loop", float(rows[-1].values[-1] or 0.0), 1.5, "times"))
    frame = Table(
        "A frame: whole; outlines and paths of it; a bare loop of drawPath over these, with clearing and reading:",
        "what",
        ("whole, ms", "outlines, ms", "bare loop, ms", "bare loop in half floats, ms", "whole / bare"),
        tuple(rows),
    )
    return Result((frame, _styles(many, effort)), tuple(goals))


def _styles(drawing: Drawing, effort: Effort) -> Table:
    out = np.empty((_SIZE, _SIZE, 4), np.float32)
    calls: dict[str, Callable[[], object]] = {
        "600 shapes": lambda: render(drawing, _SIZE, out=out),
        "softness 0.5": lambda: render(drawing, _SIZE, Style(softness=0.5), out),
        "line weight 0.1": lambda: render(drawing, _SIZE, Style(line_weight=0.1), out),
        "line weight -0.05": lambda: render(drawing, _SIZE, Style(line_weight=-0.05), out),
        "100 lines with a pen's pressure": lambda: render(pressed, _SIZE, out=out),
        "deep": lambda: render(drawing, _SIZE, out=out, deep=True),
    }
    pressed = pen(100)
    times = interleaved(calls, effort)
    rows = tuple(Row(name, (spent.milliseconds,)) for name, spent in times.items())
    return Table("Styles and kinds of ink, 1080 px:", "what", ("ms",), rows)


def _calls(drawing: Drawing, size: int) -> dict[str, Callable[[], object]]:
    view = View(size, size, float(size))
    out = np.empty((size, size, 4), np.float32)
    ready = prepare(drawing, view, Style(), True, _TOLERANCE, coded=True)
    assert ready.palette is not None
    own = skia.ColorType.kRGBA_8888_ColorType if ready.palette.colour is None else skia.ColorType.kAlpha_8_ColorType
    info = skia.ImageInfo.Make(size, size, skia.ColorType.kRGBA_F32_ColorType, skia.AlphaType.kUnpremul_AlphaType)

    def bare(colours: skia.ColorType) -> Callable[[], object]:
        surface = skia.Surface.MakeRaster(
            skia.ImageInfo.Make(size, size, colours, skia.AlphaType.kPremul_AlphaType),
        )
        canvas = surface.getCanvas()
        paints = [skia.Paint(Color4f=colour, AntiAlias=True) for _, colour in ready.plain]

        def call() -> object:
            canvas.clear(skia.Color4f(0, 0, 0, 0))
            for (path, _), paint in zip(ready.plain, paints, strict=True):
                canvas.drawPath(path, paint)
            return surface.readPixels(info, out)

        return call

    return {
        "whole": lambda: render(drawing, size, out=out),
        "outlines": lambda: prepare(drawing, view, Style(), True, _TOLERANCE, coded=True),
        "bare": bare(own),
        "half floats": bare(skia.ColorType.kRGBA_F16_ColorType),
    }


def crowd(count: int) -> Drawing:
    """Lines of 20 vertices, a quarter of the canvas long and about 4 px wide at 1080, and as many areas in between."""
    rng = np.random.default_rng(0)
    filled = np.arange(count) % 2 == 1
    shapes = [_blob(rng) if area else _line(rng) for area in filled]
    radii = [np.zeros(_VERTICES) if area else 0.002 * rng.uniform(0.7, 1.3, _VERTICES) for area in filled]
    return Drawing.make(shapes, radii, 1.0, filled, filled, list(rng.uniform(0, 1, (count, 3))))


def figure() -> Drawing:
    """Twelve lines as of a stick figure."""
    rng = np.random.default_rng(1)
    return Drawing.make([_line(rng) for _ in range(12)], 0.01)


def pen(count: int) -> Drawing:
    """Lines whose opacity varies along them."""
    rng = np.random.default_rng(2)
    return Drawing.make(
        [_line(rng) for _ in range(count)], 0.004, [rng.uniform(0.3, 1, _VERTICES) for _ in range(count)]
    )


def _line(rng: np.random.Generator) -> np.ndarray:
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.25, _VERTICES))
    steps = np.stack([np.cos(heading), np.sin(heading)], axis=1) * 0.012
    return rng.uniform(0.05, 0.95, 2) + np.cumsum(steps, axis=0)


def _blob(rng: np.random.Generator) -> np.ndarray:
    turn = np.arange(_VERTICES) * (2 * np.pi / _VERTICES)
    reach = 0.04 * rng.uniform(0.85, 1.1, _VERTICES)
    return rng.uniform(0.05, 0.95, 2) + np.stack([np.cos(turn), np.sin(turn)], axis=1) * reach[:, None]


if __name__ == "__main__":
    from benchmarks.machine import this_machine
    from benchmarks.report import block

    print(block("rendering", measure(FULL), str(this_machine())))
