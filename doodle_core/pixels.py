"""A picture file's pixels as ink on the square canvas."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Picture
from doodle_core.errors import DoodleError

__all__ = ["area_average", "from_pixels", "split_sheet"]

Array: TypeAlias = NDArray[np.float32]

_MIN_SIDE, _MAX_SIDE = 2, 16384
_LARGEST = 1024  # pixels a side kept of a larger picture: beyond any detail that the model's square can follow
_STRIP = 1 << 19  # pixels converted at once, so that a huge scan needs little memory
_COLUMNS = 128  # averaged at once, likewise
_UNIFORM = 0.25  # a drawing's colour is "one colour" when its visible pixels' luma differs by less


def from_pixels(pixels: NDArray[Any], polarity: str = "auto", size: int | None = None) -> Picture:
    """A picture file's pixels, H x W or H x W x 1|2|3|4 (grey, grey + alpha, RGB, RGBA), as a square Picture.

    dtype: bool, uint8, uint16 (either byte order) or float in 0..1. Alpha is straight (not premultiplied).

    The ink of a pixel is, by `polarity` ('auto', 'dark' or 'light'), 'dark': 1 - luma, 'light': luma (of Rec. 709, as
    the file has it), and for transparent pictures:
    - Alpha that is the same everywhere says nothing and is ignored (unless all is transparent: no ink).
    - Alpha varies and what is visible has one colour: alpha is the drawing, ink = alpha, whatever the colour and
      polarity.
    - Alpha varies and so does the colour: the picture is laid on white ('dark') or black ('light') paper.
    'auto' takes the paper from the border: 'dark' (ink on light paper) when the median luma of the border's visible
    pixels is at least one half, or when nothing is visible there; else 'light'.

    A picture that is not square is centred on a square of paper. It is averaged down to at most `size` pixels a side
    (default 1024), never enlarged. Ink is rounded to 1/65535.

    Raises DoodleError for another shape or dtype, a side under 2 or over 16384 pixels, or numbers that are not finite.
    """
    pixels = np.asarray(pixels)
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if pixels.ndim != 3 or not 1 <= pixels.shape[2] <= 4:
        raise DoodleError(f"a picture of shape {pixels.shape} is not one; give height x width, with 1 to 4 channels")
    height, width, channels = pixels.shape
    if min(height, width) < _MIN_SIDE:
        raise DoodleError(f"a picture of {width} x {height} pixels is too small; give at least {_MIN_SIDE} a side")
    if max(height, width) > _MAX_SIDE:
        raise DoodleError(f"a picture of {width} x {height} pixels is too large; give at most {_MAX_SIDE} a side")
    if polarity not in ("auto", "dark", "light"):
        raise DoodleError(f"polarity '{polarity}' is unknown; give auto, dark or light")
    kind, depth = pixels.dtype.kind, pixels.dtype.itemsize
    if not (kind in "bf" or (kind == "u" and depth <= 2)):
        raise DoodleError(f"pixels of type {pixels.dtype} are unknown; give 8 or 16 bit, or floats between 0 and 1")
    rows = max(1, _STRIP // max(height, width))
    if kind == "f" and not all(np.isfinite(pixels[i : i + rows]).all() for i in range(0, height, rows)):
        raise DoodleError("a picture has pixels that are not numbers (NaN or infinity); save it again without them")

    drawn_by_alpha = use_alpha = False
    if channels in (2, 4):
        alpha = pixels[:, :, -1]
        use_alpha = bool(alpha.min() != alpha.max()) or not alpha.any()
        drawn_by_alpha = use_alpha and _one_colour(pixels)
    dark = polarity == "dark" or (polarity == "auto" and _on_light_paper(pixels, use_alpha))

    side = max(height, width)
    target = min(side, _LARGEST if size is None else size)
    if target < 1:
        raise DoodleError(f"size {size} is not possible; give at least 1 pixel")
    left, top = (side - width) // 2, (side - height) // 2
    # Rows, each averaged along itself, with paper above and below.
    ink = np.zeros((side, target))
    for first in range(0, height, rows):
        part = pixels[first : first + rows]
        if drawn_by_alpha:
            strip = _unit(part[:, :, -1])
        else:
            luma = _luma(part)
            strip = 1.0 - luma if dark else luma
            if use_alpha:
                strip = strip * _unit(part[:, :, -1])
        strip = np.pad(strip, ((0, 0), (left, side - width - left)))
        ink[top + first : top + first + len(part)] = area_average(strip, target, axis=1)
    averaged = np.empty((target, target))
    for first in range(0, target, _COLUMNS):
        columns = slice(first, first + _COLUMNS)
        averaged[:, columns] = area_average(ink[:, columns], target, axis=0)
    return Picture((np.rint(np.clip(averaged, 0, 1) * 65535) / 65535).astype(np.float32))


def split_sheet(pixels: NDArray[Any], columns: int, rows: int) -> list[NDArray[Any]]:
    """A sheet's cells, row by row from the top left, as views: H x W (x channels) -> columns * rows arrays.

    Cells differ by a pixel where the sheet does not divide evenly. Raises DoodleError when a cell would be under 2 x 2
    pixels.
    """
    height, width = pixels.shape[:2]
    if columns < 1 or rows < 1:
        raise DoodleError(f"a sheet of {columns} x {rows} cells is not possible; give at least 1 x 1")
    if width < columns * _MIN_SIDE or height < rows * _MIN_SIDE:
        raise DoodleError(f"a sheet of {width} x {height} pixels has no room for {columns} x {rows}; give fewer cells")
    xs = [round(index * width / columns) for index in range(columns + 1)]
    ys = [round(index * height / rows) for index in range(rows + 1)]
    return [pixels[ys[j] : ys[j + 1], xs[i] : xs[i + 1]] for j in range(rows) for i in range(columns)]


def area_average(values: NDArray[np.floating], size: int, axis: int) -> NDArray[np.float64]:
    """The mean of each of `size` equal stretches along an axis of a 2-D array (size at most its length), float64."""
    length = values.shape[axis]
    values = np.moveaxis(np.asarray(values, np.float64), axis, 0)
    if size < length and length % size == 0:
        values = values.reshape(size, length // size, -1).mean(axis=1)
    elif size < length:
        # The running sum, read between pixels where a stretch begins: each pixel gives the share that lies within.
        total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
        edges = np.arange(size + 1) * (length / size)
        whole = np.minimum(edges.astype(np.int64), length - 1)
        values = np.diff(total[whole] + (edges - whole)[:, None] * values[whole], axis=0) * (size / length)
    return np.moveaxis(values, 0, axis)


def _unit(values: NDArray[Any]) -> NDArray[np.float64]:
    """Any accepted dtype as float64 in 0..1."""
    if values.dtype.kind == "u":
        return values / float(np.iinfo(values.dtype).max)
    return np.clip(values, 0.0, 1.0).astype(np.float64)


def _luma(pixels: NDArray[Any]) -> NDArray[np.float64]:
    """(h, w, 1..4) -> (h, w): Rec. 709 luma, exact for greys (so that white paper holds no trace of ink)."""
    red = _unit(pixels[:, :, 0])
    if pixels.shape[2] < 3:
        return red
    return red + 0.7152 * (_unit(pixels[:, :, 1]) - red) + 0.0722 * (_unit(pixels[:, :, 2]) - red)


def _one_colour(pixels: NDArray[Any]) -> bool:
    """Whether all well visible pixels but a stray few are of one colour, seen on about a million of them."""
    step = int(np.ceil((pixels.shape[0] * pixels.shape[1] / 2**20) ** 0.5))
    sample = _unit(pixels[::step, ::step].reshape(-1, pixels.shape[2]))
    alpha = sample[:, -1]
    visible = sample[alpha >= 0.5 * alpha.max(), :-1]
    near = (np.abs(visible - np.median(visible, axis=0)) < _UNIFORM / 2).all(axis=1)
    # Few may differ: a white page with rounded corners and one thin line is a page, not a solid shape.
    return float(near.mean()) >= 0.9995


def _on_light_paper(pixels: NDArray[Any], use_alpha: bool) -> bool:
    """Whether the border, a fiftieth of the picture wide, is light."""
    height, width = pixels.shape[:2]
    edge = max(1, min(height, width) // 50)
    lumas = []
    for part in (pixels[:edge], pixels[-edge:], pixels[:, :edge], pixels[:, -edge:]):
        luma = _luma(part)
        lumas.append(luma[_unit(part[:, :, -1]) >= 0.5] if use_alpha else luma.ravel())
    border = np.concatenate(lumas)
    return border.size == 0 or float(np.median(border, overwrite_input=True)) >= 0.5
