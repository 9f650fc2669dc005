"""What was read of a picture, to be looked at: its lines over it, the cells of a sheet, and what is odd about it."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing, Picture
from doodle_core.reading.scales import resized

__all__ = ["boxed", "laid_on_white", "preview", "warning_about"]

Array: TypeAlias = NDArray[np.float32]

_PALE = 0.3  # how dark the picture is behind its lines
_HUES = ((0.85, 0.1, 0.1), (0.1, 0.35, 0.9), (0.1, 0.6, 0.2), (0.75, 0.3, 0.85), (0.95, 0.5, 0.0), (0.0, 0.6, 0.65))
_LINE = 1.0  # pixels: half the width of a previewed line
_MOST_INK = 0.5  # of a picture that is a drawing
_TINY = 0.015  # of the side: lines that are shorter are tiny
_MANY_LINES, _MOST_SHORT = 300, 0.6  # lines, of which so many may be tiny
_ROWS = 5  # lines of a ruling, at least
_RUN = 10  # the side over the length of what is a line of the ruling
_MOST_AREAS = 250  # of a drawing
_MOST_LEFT = 0.1  # of its ink, that need not be read
_COMPARED = 256  # pixels a side at which ink is compared
_NEAR = 3  # pixels of these around a line that are its own


def preview(picture: Picture, drawing: Drawing, size: int) -> NDArray[np.uint8]:
    """The lines and areas that were read of a picture over it, each in another colour than its neighbours: what is one
    stroke has one colour.

    Parameters
    ----------
    picture : Picture
    drawing : Drawing
        What was read of it.
    size : int
        Pixels along a side.

    Returns
    -------
    (size, size, 4) uint8
        Straight RGBA, opaque.
    """
    from doodle_core.rendering import render

    ink = np.clip(resized(picture.ink, size), 0, 1)
    shown = np.repeat((1 - _PALE * ink)[..., None], 3, axis=2)
    if len(drawing):
        hues = np.array(_HUES, np.float32)[np.arange(len(drawing)) % len(_HUES)]
        of_vertex = drawing.shape_of_vertex
        area = drawing.areas[of_vertex]
        over = render(
            Drawing(
                drawing.points,
                np.where(area, 0, _LINE / size),
                np.where(area, 0.25, 1.0),
                drawing.offsets,
                drawing.cyclic,
                drawing.shapes,
                drawing.areas,
                hues[of_vertex],
            ),
            size,
        )
        shown = shown * (1 - over[..., 3:]) + over[..., :3] * over[..., 3:]
    levels = np.rint(np.clip(shown, 0, 1) * 255).astype(np.uint8)
    return np.concatenate([levels, np.full((size, size, 1), 255, np.uint8)], axis=2)


def boxed(pixels: NDArray[np.uint8], corners: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A picture (H, W, 3) with the outlines of boxes, (B, 4, 2) pixels, numbered from 1 at their first corners."""
    from PIL import Image, ImageDraw

    image = Image.fromarray(np.ascontiguousarray(pixels))
    pen = ImageDraw.Draw(image)
    width = max(1, round(max(image.size) / 400))
    for number, box in enumerate(corners, 1):
        points = [tuple(point) for point in box.tolist()]
        pen.line([*points, points[0]], fill=(220, 30, 30), width=width)
        pen.text((points[0][0] + 3 * width, points[0][1] + 2 * width), str(number), fill=(220, 30, 30))
    return np.asarray(image)


def warning_about(picture: Picture, drawing: Drawing) -> str:
    """What is odd about a picture and what was read of it, in one line; empty where nothing is."""
    from doodle_core import raster

    side = min(_COMPARED, len(picture.ink))
    ink = np.clip(resized(picture.ink, side), 0, 1)
    strong = float(np.percentile(ink[ink > 0.05], 95)) if (ink > 0.05).any() else 1.0
    share = float((ink > 0.5 * strong).mean()) if strong > 0.1 else 0.0
    if share > _MOST_INK:
        return f"{share:.0%} of the picture is ink: is it a drawing? Set what is ink, or remove its background"
    areas = int(drawing.areas.sum())
    if areas > _MOST_AREAS:
        return f"{areas} areas were read of it: is it a drawing, or a photograph? Remove its background"
    short, lines = _short_lines(drawing)
    if lines > _MANY_LINES and short > _MOST_SHORT * lines:
        return f"{short} of {lines} lines that were read are tiny: is it grain, or writing? Raise the smallest line"
    total = float(ink.sum())
    if total <= 0:
        return ""
    away = _away(raster.ink(drawing, side))
    away &= ~_ruling(away & (ink > 0.1 * strong))
    left = float(ink[away].sum()) / total
    if left > _MOST_LEFT:
        return f"{left:.0%} of its ink was not read as lines or areas, and shows at the key only; raise the sensitivity"
    return ""


def _away(read: Array) -> NDArray[np.bool_]:
    """Pixels that no ink is near."""
    from scipy import ndimage

    near = ndimage.maximum_filter(read, _NEAR) > 0.1
    return np.asarray(~near)


def _short_lines(drawing: Drawing) -> tuple[int, int]:
    """How many lines are tiny, and how many there are."""
    steps = (
        np.hypot(*np.diff(drawing.points, axis=0, prepend=drawing.points[:1]).T) if len(drawing.points) else np.zeros(0)
    )
    starts = drawing.offsets[:-1][np.diff(drawing.offsets) > 0]
    steps[starts] = 0
    lengths = np.bincount(drawing.contour_of_vertex, steps, len(drawing.offsets) - 1)[~drawing.filled]
    return int((lengths < _TINY).sum()), len(lengths)


def _ruling(left: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of long thin lines along rows or columns among those that were not read: the paper's ruling."""
    from scipy import ndimage

    found = np.zeros_like(left)
    left = left & ~ndimage.binary_opening(left, np.ones((5, 5)))
    run = max(len(left) // _RUN, 8)
    for long, wide in (((1, run), (3, 1)), ((run, 1), (1, 3))):
        thick = ndimage.binary_dilation(left, np.ones(wide))  # ruling may be a little turned
        lines = ndimage.binary_opening(thick, np.ones(long))
        rows = np.ptp(np.flatnonzero(lines.any(axis=int(long[0] > 1)))) if lines.any() else 0
        if ndimage.label(lines)[1] >= _ROWS and rows > len(left) / 3:
            found |= lines
    return np.asarray(ndimage.binary_dilation(found, np.ones((3, 3))))


def laid_on_white(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """A picture file's pixels as (H, W, 3), 8 bit, alpha over white."""
    values = pixels if pixels.ndim == 3 else pixels[..., None]
    top = float(np.iinfo(values.dtype).max) if values.dtype.kind == "u" else 1.0
    shown = np.clip(values.astype(np.float32) / top, 0, 1)
    if shown.shape[2] in (2, 4):
        alpha = shown[..., -1:]
        shown = shown[..., :-1] * alpha + 1 - alpha
    return np.rint(np.broadcast_to(shown, (*shown.shape[:2], 3)) * 255).astype(np.uint8)
