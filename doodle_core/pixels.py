"""A picture file's pixels as ink on the square canvas, with its colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Picture
from doodle_core.errors import DoodleError
from doodle_core.reading.paper import Paper, paper_of
from doodle_core.unmixing import unmixed

__all__ = ["area_average", "drawn_by_alpha", "from_pixels", "split_sheet"]

Floats: TypeAlias = NDArray[np.float64]

_MIN_SIDE, _MAX_SIDE = 2, 16384
_LARGEST = 2048  # pixels a side kept of a larger picture, where nothing else is said
_STRIP = 1 << 19  # pixels converted at once, so that a huge scan needs little memory
_COLUMNS = 128  # averaged at once, likewise
_SAMPLE = 1 << 20  # pixels that are looked at, about, to say what kind of picture it is
_UNIFORM = 0.25  # a drawing's colour is "one colour" when its visible pixels' luma differs by less
_STRAY = 0.0005  # share of pixels that may differ from all others without a meaning
_CHROMA = 0.1  # a pixel whose red, green and blue differ by more is coloured: grey scans and JPEGs differ by less
_PALE = 0.02  # likewise, where colours are meant
_INKED = 0.1  # ink of a pixel that is looked at for its colour
_PAPER = 480  # pixels a side, about, on which paper is looked for
_TINT = 0.25  # paper may be so coloured, as in photographs and old scans, and grey ink on it still be grey


@dataclass(frozen=True)
class _Kind:
    """What a picture's channels mean.

    Parameters
    ----------
    dark : bool
        Ink is dark on light paper; else light on dark paper.
    alpha : bool
        Whether alpha says anything.
    by_alpha : bool
        Whether alpha is the drawing, and the ink of one colour.
    coloured : bool
        Whether the ink has colours other than grey.
    paper : Paper or None
        The paper that is taken away.
    """

    dark: bool
    alpha: bool
    by_alpha: bool
    coloured: bool = False
    paper: Paper | None = None


def from_pixels(
    pixels: NDArray[Any],
    polarity: str = "auto",
    size: int | None = None,
    paper: str = "kept",
    all_colours: bool = False,
) -> Picture:
    """A picture file's pixels as a square Picture.

    The ink of a pixel is, by `polarity`, 'dark': 1 - luma, 'light': luma (of Rec. 709, as the file has it), where the
    picture is grey. Where it is coloured, ink is what takes the paper away, and the colour is that which, laid on white
    ('dark') or black ('light') paper with so much ink, gives the pixel: 'dark': 1 - the least of red, green and blue,
    'light': the largest. So a red line is as much ink as a black one, and red up to its edge. Transparent pictures:

    - Alpha that is the same everywhere says nothing and is ignored (unless all is transparent: no ink).
    - Alpha varies and what is visible has one colour: alpha is the drawing, ink = alpha, whatever the colour and
      polarity.
    - Alpha varies and so does the colour: the picture is laid on white ('dark') or black ('light') paper.

    'auto' takes the paper from the border: 'dark' (ink on light paper) when the median luma of the border's visible
    pixels is at least one half, or when nothing is visible there; else 'light'.

    A picture that is not square is centred on a square of paper. It is averaged down to at most `size` pixels a side,
    never enlarged. Ink is rounded to 1/65535.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 1 | 2 | 3 | 4), bool, uint8, uint16 (either byte order) or float in 0..1
        Grey, grey and alpha, RGB, or RGBA. Alpha is straight (not premultiplied).
    polarity : 'auto', 'dark' or 'light'
    size : int or None
        Pixels a side; None is 2048.
    paper : 'kept' or 'removed'
        'removed': where there is paper with a tone, shadows or grain, ink is what stands out from it.
    all_colours : bool
        Colours are meant, however pale. Else what is nearly grey is grey, as in scans.

    Returns
    -------
    Picture
        With colours (sRGB as the file has them) where the ink is coloured; with None where it is grey.

    Raises
    ------
    DoodleError
        For another shape or dtype, a side under 2 or over 16384 pixels, or numbers that are not finite.
    """
    pixels = _checked(pixels)
    if polarity not in ("auto", "dark", "light"):
        raise DoodleError(f"polarity '{polarity}' is unknown; give auto, dark or light")
    side = max(pixels.shape[:2])
    target = min(side, _LARGEST if size is None else size)
    if target < 1:
        raise DoodleError(f"size {size} is not possible; give at least 1 pixel")
    kind = _kind(pixels, polarity, paper == "removed")
    if all_colours and pixels.shape[2] > 2 and not kind.coloured:
        kind = replace(kind, coloured=_is_coloured(pixels, kind, np.ones(3), _PALE))
    ink = _averaged(pixels, target, partial(_ink, kind=kind))
    rounded = (np.rint(np.clip(ink, 0, 1) * 65535) / 65535).astype(np.float32)
    if not kind.coloured:
        return Picture(rounded)
    # One channel after the other: of a huge scan, each takes much memory.
    times_ink = np.stack(
        [_averaged(pixels, target, partial(_times_ink, kind=kind, channel=channel)) for channel in range(3)],
        axis=2,
    )
    return Picture(rounded, unmixed(ink, times_ink), light=not kind.dark and not kind.by_alpha)


def drawn_by_alpha(pixels: NDArray[Any]) -> bool:
    """Whether alpha alone is the drawing: it varies, and what is visible has one colour. Arguments and errors as
    `from_pixels`."""
    return _kind(_checked(pixels), "dark").by_alpha


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


def area_average(values: NDArray[np.floating], size: int, axis: int) -> Floats:
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


def _checked(pixels: NDArray[Any]) -> NDArray[Any]:
    """The pixels as (H, W, channels); DoodleError where they are no picture."""
    pixels = np.asarray(pixels)
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if pixels.ndim != 3 or not 1 <= pixels.shape[2] <= 4:
        raise DoodleError(f"a picture of shape {pixels.shape} is not one; give height x width, with 1 to 4 channels")
    height, width = pixels.shape[:2]
    if min(height, width) < _MIN_SIDE:
        raise DoodleError(f"a picture of {width} x {height} pixels is too small; give at least {_MIN_SIDE} a side")
    if max(height, width) > _MAX_SIDE:
        raise DoodleError(f"a picture of {width} x {height} pixels is too large; give at most {_MAX_SIDE} a side")
    kind, depth = pixels.dtype.kind, pixels.dtype.itemsize
    if not (kind in "bf" or (kind == "u" and depth <= 2)):
        raise DoodleError(f"pixels of type {pixels.dtype} are unknown; give 8 or 16 bit, or floats between 0 and 1")
    rows = max(1, _STRIP // max(height, width))
    if kind == "f" and not all(np.isfinite(pixels[i : i + rows]).all() for i in range(0, height, rows)):
        raise DoodleError("a picture has pixels that are not numbers (NaN or infinity); save it again without them")
    return pixels


def _kind(pixels: NDArray[Any], polarity: str, bare: bool = False) -> _Kind:
    """What a picture's channels mean; bare: its paper is to be taken away."""
    use_alpha = by_alpha = False
    if pixels.shape[2] in (2, 4):
        alpha = pixels[:, :, -1]
        use_alpha = bool(alpha.min() != alpha.max()) or not alpha.any()
        by_alpha = use_alpha and _one_colour(pixels)
    border = _border(pixels, use_alpha)
    light = not len(border) or float(np.median(_luma(border[None])[0])) >= 0.5
    dark = polarity == "dark" or (polarity != "light" and light)
    kind = _Kind(dark, use_alpha, by_alpha, paper=None if use_alpha or not bare else _paper(pixels, dark))
    if pixels.shape[2] < 3:
        return kind
    # Paper on the other side of grey than the polarity says is none.
    paper = np.median(border[:, :3], axis=0) if len(border) and light == kind.dark else np.full(3, float(kind.dark))
    return replace(kind, coloured=_is_coloured(pixels, kind, paper))


def _paper(pixels: NDArray[Any], dark: bool) -> Paper | None:
    """The paper of a picture without alpha, as it is in one of dark ink."""
    step = max(1, max(pixels.shape[:2]) // _PAPER)
    few = _unit(pixels[::step, ::step, :3])
    found = paper_of((few if dark else 1 - few) * np.ones(3))
    return None if found is None else replace(found, shape=(pixels.shape[0], pixels.shape[1]))


def _bared(pixels: NDArray[Any], top: int, kind: _Kind) -> NDArray[Any]:
    """Rows of a picture from the row `top` on, without its paper."""
    if kind.paper is None:
        return pixels
    colours = _unit(pixels[:, :, :3]) * np.ones(3)
    bare = kind.paper.removed(colours if kind.dark else 1 - colours, top)
    return bare if kind.dark else np.asarray(1 - bare)


def _is_coloured(pixels: NDArray[Any], kind: _Kind, paper: Floats, chroma: float = _CHROMA) -> bool:
    """Whether the inked pixels, but a stray few, have colours of more than this chroma; seen against the paper (3,), if
    that is hardly coloured itself."""
    sample = _sample(pixels)
    shown = sample[:, :3]
    if kind.by_alpha:
        inked = sample[:, -1] >= 0.5 * sample[:, -1].max()
    else:
        if np.ptp(paper) <= _TINT:
            shown = shown / np.maximum(paper, 0.5) if kind.dark else 1 - (1 - shown) / np.maximum(1 - paper, 0.5)
        inked = (1 - shown.min(axis=1) if kind.dark else shown.max(axis=1)) >= _INKED
        if kind.alpha:
            inked &= sample[:, -1] >= _INKED
    coloured = np.ptp(shown[inked], axis=1) > chroma
    return bool(np.count_nonzero(coloured) > _STRAY * len(coloured))


def _averaged(pixels: NDArray[Any], target: int, values: Callable[[NDArray[Any], int], Floats]) -> Floats:
    """What `values` makes of pixels (h, w, channels), from a row on, -> (h, w), on a square with nothing beside the
    picture, averaged down to (target, target)."""
    height, width = pixels.shape[:2]
    side = max(height, width)
    left, top = (side - width) // 2, (side - height) // 2
    rows = max(1, _STRIP // side)
    # Rows, each averaged along itself, with paper above and below.
    across = np.zeros((side, target))
    for first in range(0, height, rows):
        part = pixels[first : first + rows]
        strip = np.pad(values(part, first), ((0, 0), (left, side - width - left)))
        across[top + first : top + first + len(part)] = area_average(strip, target, axis=1)
    averaged = np.empty((target, target))
    for first in range(0, target, _COLUMNS):
        columns = slice(first, first + _COLUMNS)
        averaged[:, columns] = area_average(across[:, columns], target, axis=0)
    return averaged


def _ink(pixels: NDArray[Any], top: int, kind: _Kind) -> Floats:
    """(h, w, channels), from the row `top` on -> (h, w)."""
    pixels = _bared(pixels, top, kind)
    if kind.by_alpha:
        return _unit(pixels[:, :, -1])
    if not kind.coloured:
        luma = _luma(pixels)
        ink = 1.0 - luma if kind.dark else luma
    elif kind.dark:
        ink = 1.0 - _unit(pixels[:, :, :3].min(axis=2))
    else:
        ink = _unit(pixels[:, :, :3].max(axis=2))
    return ink * _unit(pixels[:, :, -1]) if kind.alpha else ink


def _times_ink(pixels: NDArray[Any], top: int, kind: _Kind, channel: int) -> Floats:
    """One channel of the ink's colour, times ink: (h, w, 3 | 4), from the row `top` on -> (h, w)."""
    pixels = _bared(pixels, top, kind)
    shown = _unit(pixels[:, :, channel])
    if kind.dark and not kind.by_alpha:
        shown = shown - _unit(pixels[:, :, :3].min(axis=2))  # less what is left of the white paper
    return shown * _unit(pixels[:, :, -1]) if kind.alpha else shown


def _unit(values: NDArray[Any]) -> Floats:
    """Any accepted dtype as float64 in 0..1."""
    if values.dtype.kind == "u":
        return values / float(np.iinfo(values.dtype).max)
    return np.clip(values, 0.0, 1.0).astype(np.float64)


def _luma(pixels: NDArray[Any]) -> Floats:
    """(h, w, 1..4) -> (h, w): Rec. 709 luma, exact for greys (so that white paper holds no trace of ink)."""
    red = _unit(pixels[:, :, 0])
    if pixels.shape[2] < 3:
        return red
    return red + 0.7152 * (_unit(pixels[:, :, 1]) - red) + 0.0722 * (_unit(pixels[:, :, 2]) - red)


def _sample(pixels: NDArray[Any]) -> Floats:
    """About a million of the pixels, (N, channels)."""
    step = int(np.ceil((pixels.shape[0] * pixels.shape[1] / _SAMPLE) ** 0.5))
    return _unit(pixels[::step, ::step].reshape(-1, pixels.shape[2]))


def _one_colour(pixels: NDArray[Any]) -> bool:
    """Whether all well visible pixels but a stray few are of one colour."""
    sample = _sample(pixels)
    alpha = sample[:, -1]
    visible = sample[alpha >= 0.5 * alpha.max(), :-1]
    near = (np.abs(visible - np.median(visible, axis=0)) < _UNIFORM / 2).all(axis=1)
    # Few may differ: a white page with rounded corners and one thin line is a page, not a solid shape.
    return float(near.mean()) >= 1 - _STRAY


def _border(pixels: NDArray[Any], use_alpha: bool) -> Floats:
    """The visible pixels of the border, a fiftieth of the picture wide: (N, channels), 0..1."""
    edge = max(1, min(pixels.shape[:2]) // 50)
    parts = []
    for part in (pixels[:edge], pixels[-edge:], pixels[:, :edge], pixels[:, -edge:]):
        flat = _unit(part.reshape(-1, pixels.shape[2]))
        parts.append(flat[flat[:, -1] >= 0.5] if use_alpha else flat)
    return np.concatenate(parts)
