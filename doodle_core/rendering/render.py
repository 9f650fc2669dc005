"""A drawing to a picture: painted in order, with exact edges, into straight RGBA."""

from __future__ import annotations

import threading
from typing import TypeAlias

import numpy as np
import skia
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.rendering.painting import Painting, View, prepare
from doodle_core.rendering.stencils import NO_STENCILS, Stencils
from doodle_core.rendering.style import PLAIN, Style
from doodle_core.rendering.varying import Scratch

__all__ = ["coverage", "render"]

Array: TypeAlias = NDArray[np.float32]

_TOLERANCE = 0.03  # pixels by which the outline of a round end may miss its circle
_DEEP = 2  # rows and columns of samples a pixel, each of which has Skia's 256 levels of coverage
_BAND = 1 << 22  # samples of a deep picture that are held at once
_kept = threading.local()  # the last surface of each thread: making one costs as much as painting a stick figure


def render(
    drawing: Drawing,
    size: int | View,
    style: Style = PLAIN,
    out: Array | None = None,
    drawn_ink: bool = True,
    deep: bool = False,
    stencils: Stencils = NO_STENCILS,
) -> Array:
    """A drawing as a picture of its canvas, or of a part of it.

    Parameters
    ----------
    drawing : Drawing
    size : int or View
        Pixels along a side of the canvas, or which part of it the picture shows.
    style : Style
    out : (height, width, 4) float32, contiguous, or None
        To fill and return.
    drawn_ink : bool
        Whether the drawing's own colours are used, where it has any. Else all is painted in the style's.
    deep : bool
        For pictures of more than 8 bits: coverage has 10 bits and colours have 24, for about four times the time.
    stencils : Stencils
        What takes ink away: holdout styles, and layers that mask others.

    Returns
    -------
    (height, width, 4) float32
        Straight red, green, blue and alpha, 0 to 1, the first row on top; colours as they are in the drawing (linear).
        Where alpha is 0, so are the colours.
    """
    view = size if isinstance(size, View) else View(size, size, float(size))
    if out is None:
        out = np.empty((view.height, view.width, 4), np.float32)
    if deep:
        return _deep(drawing, view, style, drawn_ink, out, stencils)
    painting = prepare(drawing, view, style, drawn_ink, _TOLERANCE, coded=True, stencils=stencils)
    first, last = painting.rows
    out[:first] = 0.0
    out[last:] = 0.0
    if painting.palette is not None:
        painting.palette.straight(_painted(painting, view)[first:last], out[first:last])
    return out


def coverage(drawing: Drawing, size: int, style: Style = PLAIN) -> Array:
    """The alpha of `render`, without colours: (size, size) float32, 0 to 1."""
    return np.ascontiguousarray(render(drawing, size, style, None, False)[..., 3])


def _painted(painting: Painting, view: View) -> NDArray[np.uint8]:
    """A painting in 8 bits, (h, w) alpha or (h, w, 4) premultiplied as its palette asks; this thread's until the next.

    Painting.palette is not None.
    """
    assert painting.palette is not None
    alone = painting.palette.colour is not None
    wanted = (view.width, view.height, alone)
    kept = getattr(_kept, "surface", None)
    if kept is None or kept[0] != wanted:
        codes = np.zeros((view.height, view.width) if alone else (view.height, view.width, 4), np.uint8)
        colours = skia.ColorType.kAlpha_8_ColorType if alone else skia.ColorType.kRGBA_8888_ColorType
        info = skia.ImageInfo.Make(view.width, view.height, colours, skia.AlphaType.kPremul_AlphaType)
        surface = skia.Surface.MakeRasterDirect(info, codes.reshape(view.height, view.width, -1))
        kept = _kept.surface = (wanted, codes, surface)
    _, codes, surface = kept
    canvas = surface.getCanvas()
    canvas.clear(skia.Color4f(0.0, 0.0, 0.0, 0.0))
    painting.onto(canvas, Scratch(view.width, view.height) if painting.ribboned else None)
    return codes


def _deep(drawing: Drawing, view: View, style: Style, drawn_ink: bool, out: Array, stencils: Stencils) -> Array:
    """Paint several samples a pixel into float32, and average them, one band of rows after the other."""
    fine = View(view.width * _DEEP, view.height * _DEEP, view.scale * _DEEP, view.left * _DEEP, view.top * _DEEP)
    painting = prepare(drawing, fine, style, drawn_ink, _TOLERANCE, stencils=stencils)
    rows = max(1, min(view.height, _BAND // (fine.width * _DEEP)))
    band = np.empty((rows * _DEEP, fine.width, 4), np.float32)
    info = skia.ImageInfo.Make(
        fine.width, rows * _DEEP, skia.ColorType.kRGBA_F32_ColorType, skia.AlphaType.kPremul_AlphaType
    )
    surface = skia.Surface.MakeRasterDirect(info, band)
    canvas = surface.getCanvas()
    for top in range(0, view.height, rows):
        canvas.clear(skia.Color4f(0.0, 0.0, 0.0, 0.0))
        canvas.save()
        canvas.translate(0.0, -float(top * _DEEP))
        painting.onto(canvas, Scratch(fine.width, len(band), top * _DEEP) if painting.ribboned else None)
        canvas.restore()
        part = out[top : top + rows]
        samples = band[: len(part) * _DEEP].reshape(len(part), _DEEP, view.width, _DEEP, 4)
        samples.mean(axis=(1, 3), out=part)
    alpha = out[..., 3:]
    np.divide(out[..., :3], alpha, out=out[..., :3], where=alpha > 0)
    return np.clip(out, 0.0, 1.0, out=out)
