"""The shapes of a drawing as Skia's draw calls: made ready once, painted onto any number of canvases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import skia
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.drawing.building import offsets_of, ranges
from doodle_core.rendering.codes import Palette, palette_of
from doodle_core.rendering.inks import Inks, inks_of
from doodle_core.rendering.outlines import outlines
from doodle_core.rendering.paths import paths_of
from doodle_core.rendering.polygons import cut_to_box
from doodle_core.rendering.snapping import snapped
from doodle_core.rendering.stencils import NO_STENCILS, Stencils, stacked
from doodle_core.rendering.style import Style
from doodle_core.rendering.varying import Course, Scratch, paint_varying, ribbons
from doodle_core.rendering.visible import visible
from doodle_core.units import MODEL_PIXELS

__all__ = ["Painting", "View", "prepare"]

_AROUND = 8192.0  # pixels beyond the picture: outlines are cut there, so that Skia's fixed-point numbers never run out
_PLENTY = 3.0  # standard deviations, after which a blurred edge has ended

Box: TypeAlias = tuple[tuple[float, float], tuple[float, float]]
Call: TypeAlias = Callable[[skia.Canvas, "Scratch | None"], Any]


@dataclass(frozen=True)
class View:
    """The part of the plane that a picture shows.

    Parameters
    ----------
    width, height : int
        Pixels.
    scale : float
        Pixels a canvas side.
    left, top : float
        Pixels from the canvas' top left corner to the picture's.
    """

    width: int
    height: int
    scale: float
    left: float = 0.0
    top: float = 0.0


@dataclass(frozen=True)
class Painting:
    """Draw calls, back to front: each paints onto a canvas.

    Parameters
    ----------
    plain : list of path and ink
        What comes first, where nothing but fills is needed.
    calls : list of functions
        What comes then.
    blur : float
        The standard deviation of soft edges, pixels.
    ribboned : bool
        Whether a scratch is needed.
    palette : Palette or None
        What the codes stand for in a picture of 8 bits; None where nothing is painted, or for finer pictures.
    rows : (int, int)
        The first row with ink, and the one after the last.
    """

    plain: list[tuple[skia.Path, skia.Color4f]]
    calls: list[Call]
    blur: float
    ribboned: bool
    palette: Palette | None = None
    rows: tuple[int, int] = (0, 0)

    def onto(self, canvas: skia.Canvas, scratch: Scratch | None = None) -> None:
        """Paint everything. A scratch is needed where `ribboned`."""
        if self.plain:
            paint = _brush(self.blur)
            colour, draw = paint.setColor4f, canvas.drawPath
            for path, ink in self.plain:
                colour(ink)
                draw(path, paint)
        for call in self.calls:
            call(canvas, scratch)


def _softening(blur: float) -> skia.MaskFilter | None:
    return skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur, False) if blur > 0 else None


def _brush(blur: float) -> skia.Paint:
    """A paint with anti-aliased, perhaps blurred edges."""
    return skia.Paint(AntiAlias=True, MaskFilter=_softening(blur))


def prepare(
    drawing: Drawing,
    view: View,
    style: Style,
    drawn_ink: bool,
    tolerance: float,
    coded: bool = False,
    stencils: Stencils = NO_STENCILS,
) -> Painting:
    """The draw calls of a drawing.

    Parameters
    ----------
    drawing : Drawing
    view : View
    style : Style
    drawn_ink : bool
        Whether the drawing's own colours are used, where it has any.
    tolerance : float
        Pixels by which an outline may miss its circle.
    coded : bool
        Whether it is for pictures of 8 bits.
    stencils : Stencils
        What takes ink away.
    """
    unit = view.scale / MODEL_PIXELS
    weight = style.line_weight * unit
    blur = _deviation(style.softness * unit)
    beyond = (max(weight, 0.0) + _PLENTY * blur + 2.0) / view.scale
    low = (view.left / view.scale, view.top / view.scale)
    high = ((view.left + view.width) / view.scale, (view.top + view.height) / view.scale)
    shown = visible(drawing, beyond, low, high)
    if not len(shown):
        return Painting([], [], blur, False)
    points = _pixels(shown, view)
    firsts = shown.offsets[shown.shapes[:-1]]
    inks = inks_of(shown, firsts, style, drawn_ink)
    radii = shown.radii.astype(points.dtype)
    radii *= view.scale
    if weight:
        radii = np.where(radii > 0, np.maximum(radii + weight, 0.0), 0.0)
    box = ((-_AROUND, -_AROUND), (view.width + _AROUND, view.height + _AROUND))
    paths = _paths(shown, points, radii, box, tolerance)
    palette, painted = palette_of(inks) if coded else (None, inks.mean)
    colours = [skia.Color4f(*ink) for ink in painted.tolist()]
    rows = _rows_of(points, float(radii.max()) + beyond * view.scale, view.height)
    edged = weight != 0 and bool(shown.areas.any())
    if not edged and inks.vertices is None and stencils == NO_STENCILS:
        return Painting(list(zip(paths, colours, strict=True)), [], blur, False, palette, rows)
    edges = _edges(shown, points, abs(weight), box, tolerance) if edged else {}
    ribbons_of = _varying(shown, points, radii, inks, 2.0 + _PLENTY * blur)
    calls: list[Call] = []
    held = _held_out(shown, stencils)
    for shape, (path, colour) in enumerate(zip(paths, colours, strict=True)):
        if shape in held:
            calls.append(_plain(path, colour, blur, skia.BlendMode.kDstOut))
        elif shape in ribbons_of:
            calls.append(paint_varying(ribbons_of[shape], path, _softening(blur)))
        elif shape in edges:
            calls.append(_edged(path, edges[shape], colour, weight > 0, blur))
        else:
            calls.append(_plain(path, colour, blur))
    if (stencils.masks or stencils.opacities) and shown.layers is not None:
        calls = stacked(calls, shown.layers.tolist(), stencils)
    return Painting([], calls, blur, bool(ribbons_of), palette, rows)


def _held_out(drawing: Drawing, stencils: Stencils) -> set[int]:
    """The shapes that take away what is under them."""
    if not stencils.holdouts or drawing.styles is None:
        return set()
    looks = zip(drawing.styles.tolist(), drawing.areas.tolist(), strict=True)
    return {shape for shape, look in enumerate(looks) if look in stencils.holdouts}


def _rows_of(points: NDArray[Any], reach: float, height: int) -> tuple[int, int]:
    """The rows of a picture that shapes may touch which go so far beyond their vertices."""
    reach *= 1.1  # where an outline turns a little, its corner lies beyond the radius
    y = np.clip(points[:, 1], -1e9, 1e9)
    return max(0, int(y.min() - reach)), min(height, max(0, int(y.max() + reach) + 1))


def _pixels(drawing: Drawing, view: View) -> NDArray[Any]:
    """The vertices in pixels of the picture: float32, which is faster, unless some lie too far for its precision."""
    points = drawing.points
    near = (_AROUND + max(view.width, view.height)) / view.scale
    far = max(points.max(), -points.min(), drawing.radii.max()) > near
    pixels: NDArray[Any] = points.astype(np.float64 if far else np.float32)
    np.multiply(pixels, view.scale, out=pixels)
    if view.left or view.top:
        np.subtract(pixels, (view.left, view.top), out=pixels)
    return pixels


def _deviation(softness: float) -> float:
    """Pixels of softness -> the standard deviation of the blur that widens one pixel's edge as much as that ramp."""
    return float(np.sqrt(((1.0 + softness) ** 2 - 1.0) / 12.0))


def _paths(drawing: Drawing, points: NDArray[Any], radii: NDArray[Any], box: Box, tolerance: float) -> Any:
    """The path of every shape: the outlines of lines, the contours of areas."""
    filled = drawing.filled
    lines = np.flatnonzero(~filled)
    if not len(lines):
        polygons, offsets = points, drawing.offsets.astype(np.int64)
    else:
        rows, starts = _closed(drawing.offsets, lines, drawing.cyclic[lines])
        cut_off = None if drawing.caps is None else _flat_ends(drawing, lines)
        traced, traced_offsets = outlines(points[rows], radii[rows], starts, tolerance, flat=cut_off)
        if len(lines) == len(filled):
            polygons, offsets = traced, traced_offsets
        else:
            counts = np.diff(drawing.offsets).astype(np.int64)
            counts[lines] = np.diff(traced_offsets)
            offsets = offsets_of(counts).astype(np.int64)
            flat = np.flatnonzero(filled)
            polygons = np.empty((offsets[-1], 2), traced.dtype)
            polygons[ranges(offsets[lines], offsets[lines + 1])] = traced
            polygons[ranges(offsets[flat], offsets[flat + 1])] = points[_rows(drawing.offsets, flat)]
    polygons, offsets = cut_to_box(polygons, offsets, *box)
    even_odd = drawing.areas & (np.diff(drawing.shapes) > 1)
    polygons = snapped(polygons, offsets)
    return paths_of(polygons, offsets, drawing.shapes.astype(np.int64), even_odd)


def _flat_ends(drawing: Drawing, lines: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n, 2): whether the ends of these contours are flat; of those that close, neither is."""
    assert drawing.caps is not None
    caps = np.where(drawing.cyclic[lines], 0, drawing.caps[drawing.shape_of_contour[lines]])
    return np.stack([caps & 1, caps & 2], axis=1).astype(np.bool_)


def _rows(offsets: NDArray[np.int32], contours: NDArray[np.int64]) -> NDArray[np.int64]:
    return ranges(offsets[:-1][contours], offsets[1:][contours])


def _closed(
    offsets: NDArray[np.int32], contours: NDArray[np.int64], cyclic: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the vertices of some contours, the first again at the end of those that close, and where each begins."""
    starts, stops = offsets[:-1][contours].astype(np.int64), offsets[1:][contours].astype(np.int64)
    again = cyclic & (stops - starts > 1)
    begins = offsets_of(stops - starts + again).astype(np.int64)
    rows = ranges(starts, stops + again)
    rows[begins[1:][again] - 1] = starts[again]
    return rows, begins


def _edges(drawing: Drawing, points: NDArray[Any], radius: float, box: Box, tolerance: float) -> dict[int, skia.Path]:
    """The paths of round lines along the contours of the areas, by number of shape."""
    contours = np.flatnonzero(drawing.filled)
    rows, starts = _closed(drawing.offsets, contours, np.ones(len(contours), np.bool_))
    traced, offsets = outlines(points[rows], np.full(len(rows), radius, points.dtype), starts, tolerance)
    traced, offsets = cut_to_box(traced, offsets, *box)
    areas = np.flatnonzero(drawing.areas)
    shapes = offsets_of(np.diff(drawing.shapes)[areas]).astype(np.int64)
    paths = paths_of(snapped(traced, offsets), offsets, shapes, np.zeros(len(areas), np.bool_))
    return dict(zip(areas.tolist(), paths, strict=True))


def _plain(path: skia.Path, colour: skia.Color4f, blur: float, blend: skia.BlendMode = skia.BlendMode.kSrcOver) -> Call:
    paint = _brush(blur)
    paint.setColor4f(colour)
    paint.setBlendMode(blend)
    return lambda canvas, _: canvas.drawPath(path, paint)


def _edged(path: skia.Path, edge: skia.Path, colour: skia.Color4f, grows: bool, blur: float) -> Call:
    """An area with a line along its outline added to it or taken from it."""
    if grows and colour.fA == 1 and not blur:
        paint = _brush(0.0)
        paint.setColor4f(colour)
        return lambda canvas, _: (canvas.drawPath(path, paint), canvas.drawPath(edge, paint))  # which overlap
    whole, along = _brush(0.0), _brush(0.0)
    along.setBlendMode(skia.BlendMode.kSrcOver if grows else skia.BlendMode.kDstOut)
    around = path.getBounds().makeOutset(0, 0)
    around.join(edge.getBounds())
    around.outset(2 + _PLENTY * blur, 2 + _PLENTY * blur)
    # The layer holds coverage; its colour and opacity come once, so that area and line do not add up.
    opaque = skia.Color4f(colour.fR, colour.fG, colour.fB, 1.0)
    whole.setColor4f(opaque)
    along.setColor4f(opaque)
    layer = skia.Paint(Alphaf=colour.fA)
    if blur > 0:
        layer.setImageFilter(skia.ImageFilters.Blur(blur, blur))

    def call(canvas: skia.Canvas, _: Scratch | None) -> None:
        canvas.saveLayer(around, layer)
        canvas.drawPath(path, whole)
        canvas.drawPath(edge, along)
        canvas.restore()

    return call


def _varying(
    drawing: Drawing, points: NDArray[Any], radii: NDArray[Any], inks: Inks, margin: float
) -> dict[int, tuple[skia.Vertices, skia.Paint]]:
    """The ribbons of the lines whose ink varies along them, by number of shape."""
    if inks.vertices is None:
        return {}
    shapes = np.flatnonzero(inks.varies)
    contours = ranges(drawing.shapes[:-1][shapes], drawing.shapes[1:][shapes])
    rows, starts = _closed(drawing.offsets, contours, drawing.cyclic[contours])
    lines = offsets_of(np.diff(drawing.shapes)[shapes]).astype(np.int64)
    made = ribbons(Course(points[rows], radii[rows], inks.vertices[rows], starts, lines), margin)
    return dict(zip(shapes.tolist(), made, strict=True))
