"""Drawings between two keys, and their pictures; beside these a bare loop of the rasteriser over outlines that are
ready."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import skia

from benchmarks.results import Goal, Result, Row, Table
from benchmarks.timing import Effort, interleaved
from doodle_core.drawing import Drawing
from doodle_core.film import Film
from doodle_core.geometry.contour import contours_of
from doodle_core.matching.correspondence import Span
from doodle_core.matching.storage import to_bytes
from doodle_core.model import DoodleModel
from doodle_core.rendering import Style, render
from doodle_core.rendering.painting import View, prepare
from doodle_core.track import LatentKey
from doodle_core.units import MODEL_PIXELS

__all__ = ["SIZES", "advanced", "crowd", "drawings", "figure", "film_of", "measure", "pen", "redrawn"]

SIZES = (512, 1080, 2160)
_MOST = {3.0: 512, 15.0: 1080, 35.0: 1080}
"""Milliseconds that a whole frame of each drawing may take, at so many pixels."""
_SIZE = 1080
_AT = 0.37  # position
_VERTICES = 20
_TOLERANCE = 0.03  # as in `render`


def measure(effort: Effort) -> Result:
    """Three drawings on their way from two matched keys to pictures; what matching them takes is in `keys`."""
    rows, goals = [], []
    for (name, drawing), (most, at) in zip(drawings().items(), _MOST.items(), strict=True):
        film = film_of([drawing, advanced(drawing)])
        out = {size: np.empty((size, size, 4), np.float32) for size in SIZES}
        calls: dict[str, Callable[[], object]] = {"between": partial(film.pose, _AT)}
        for size in SIZES:
            calls[f"{size} px"] = partial(film.frame_rgba, _AT, size, drawn_ink=True, out=out[size])
        times = interleaved(calls, effort)
        rows.append(Row(name, tuple(spent.milliseconds for spent in times.values())))
        goals.append(Goal(f"{name}: a whole frame, {at} px", times[f"{at} px"].milliseconds, most, "ms"))
    goals.append(Goal("600 shapes: the drawing between two keys", float(rows[-1].values[0] or 0.0), 6.0, "ms"))
    frames = Table(
        "Between two keys (40 % of the way, spherical, once they are matched), milliseconds; whole frames are the "
        "drawing and its picture, in colour:",
        "what",
        ("the drawing", *(f"whole frame, {size} px" for size in SIZES)),
        tuple(rows),
    )
    parts, over = _parts(effort)
    goals.append(Goal("600 shapes, painted, over the bare loop", over, 1.5, "times"))
    return Result((frames, parts, _styles(crowd(600), effort)), tuple(goals))


def drawings() -> dict[str, Drawing]:
    """What is measured: a doodle, and what animators draw."""
    return {"a doodle of 12 lines": figure(), "120 shapes": crowd(120), "600 shapes": crowd(600)}


def advanced(drawing: Drawing, step: int = 1) -> Drawing:
    """The same a little later: every shape has moved and turned a little about its own middle, as its number says."""
    rng = np.random.default_rng(7)
    count = len(drawing)
    turns = rng.normal(0, 0.2, count)[drawing.shape_of_vertex] * step
    moves = rng.normal(0, 0.02, (count, 2))[drawing.shape_of_vertex] * step
    firsts = drawing.offsets[drawing.shapes[:-1]]
    middle = np.add.reduceat(drawing.points, firsts) / np.diff(drawing.offsets[drawing.shapes])[:, None]
    away = drawing.points - middle[drawing.shape_of_vertex]
    x, y = away.T
    turned = np.stack([np.cos(turns) * x - np.sin(turns) * y, np.sin(turns) * x + np.cos(turns) * y], axis=1)
    return replace(drawing, points=drawing.points + (turned - away) + moves)


def redrawn(drawing: Drawing, seed: int) -> Drawing:
    """The same lines by other vertices, as many, and the same outlines from another vertex on: as if drawn again."""
    rng = np.random.default_rng(seed)
    parts = []
    for contour in contours_of(drawing):
        count = len(contour.points)
        shares = np.sort(rng.uniform(0, 1, count))
        if not contour.closed:
            shares[[0, -1]] = 0.0, 1.0
        parts.append(contour.at(shares * contour.length)[:, :2] / MODEL_PIXELS + 0.5)
    return replace(drawing, points=np.concatenate(parts))


def film_of(keys: Sequence[Drawing]) -> Film:
    """A film of drawings of the same shapes, each of which is known to become the one of its number."""
    model = DoodleModel.load(None, "onnx", None, "cpu")
    latents = [LatentKey(one, float(number), one) for number, one in enumerate(keys)]
    for (one, first), (two, second) in pairwise(zip(latents, keys, strict=True)):
        spans = [
            Span(c, c, a.lengths[[0, -1]], b.lengths[[0, -1]])
            for c, (a, b) in enumerate(zip(contours_of(first), contours_of(second), strict=True))
        ]
        model.know(one, two, to_bytes(spans))
    return Film(model, model.track(latents, method="spherical"))


def _parts(effort: Effort) -> tuple[Table, float]:
    """Where a picture's time goes; and how much longer the last takes than a bare loop of the rasteriser."""
    rows, over = [], 0.0
    for (name, drawing), size in zip(drawings().items(), (512, _SIZE, _SIZE), strict=True):
        times = interleaved(_calls(drawing, size), effort)
        whole, bare = times["whole"], times["bare"]
        parts = [times[part].milliseconds for part in ("whole", "outlines", "bare", "half floats")]
        over = whole.over(bare)
        rows.append(Row(f"{name}, {size} px", (*parts, over)))
    table = Table(
        "Painting alone: whole; outlines and paths of it; a bare loop of drawPath over these, cleared and read:",
        "what",
        ("whole, ms", "outlines, ms", "bare loop, ms", "bare loop in half floats, ms", "whole / bare"),
        tuple(rows),
    )
    return table, over


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
