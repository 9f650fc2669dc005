"""From a signed field to a picture: resample, cut with a crisp edge, colour.

A model answers 64 x 64 numbers, yet a frame is sharp at any size, because the *field* is scaled (it is smooth, so it
scales well) and only then cut into ink. The cut is one output pixel wide: anti-aliased, and no softer. Fields of stroke
models need no scaling above that size; see `refine`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.raster import FIELD_LIMIT, RESOLUTION
from doodle_core.rendering.style import LINE_WEIGHT_LIMIT, PLAIN, SOFTNESS_LIMIT, Style
from doodle_core.strips import in_strips

__all__ = ["LINE_WEIGHT_LIMIT", "PLAIN", "SOFTNESS_LIMIT", "Look", "cut", "edge", "resample", "rgba", "shade"]

Array: TypeAlias = NDArray[np.float32]

# How far the spline gives way, from 0 (exact) up to a straight line (the P-splines of Eilers and Marx, 1996). A line's
# ridge is a crease, which an exact spline rings around: at 0.004 its centre is a fifth straighter, and no thinner.
_GIVE = 0.004
_STRIP = 1 << 17  # pixels: in narrower ones threads that share Python wait for it, wider ones for memory
_LARGE = 1 << 20  # pixels: a smaller picture is done before another thread has begun
_PAPER_MARGIN = 0.5  # decoded paper lies near -FIELD_LIMIT, not exactly on it; softness must not reach it


Look = Style
"""The name of `rendering.Style` in the first edition, kept for scripts."""


def resample(field: Array, size: int, out: Array | None = None) -> Array:
    """A field at another sampling: (..., n, n) float32 -> (..., size, size) float32, by two small matrix products.

    Enlarging runs a cubic B-spline through the samples (Unser, "Splines: a perfect fit for signal and image
    processing", 1999), hardly smoothed (_GIVE). Chosen by eye and by measure among Catmull-Rom, Mitchell, Lanczos and
    the B-spline, on the exact 64 px fields of slanted lines. Under a radius of half a model pixel Catmull-Rom lines
    break into beads and Mitchell ones vanish; from 0.6 to 1, where decoded lines are, these are the straightest.
    Shrinking averages over the wider pixels. Edges repeat the outermost sample. size == n gives the same numbers, bit
    for bit.

    out: (..., size, size) float32, contiguous, to fill and return.
    """
    n = field.shape[-1]
    if size == n:
        if out is None:
            return field.copy()
        out[...] = field
        return out
    matrix = _matrix(n, size)
    return np.matmul(matrix, np.matmul(field, matrix.T), out=out)


def edge(size: int, look: Look = PLAIN, resolution: int = RESOLUTION) -> float:
    """How wide an edge is at size x size, in units of 1/resolution of the side: 1 output pixel + softness.

    The width is held back where it would reach paper far from any line, which the truncated field cannot tell from near
    paper.
    """
    pixel = resolution / size
    room = 2.0 * (FIELD_LIMIT - abs(look.line_weight))
    return min(max(pixel, min(pixel + look.softness, room - 2.0 * _PAPER_MARGIN)), room)


def cut(field: Array, look: Look = PLAIN, resolution: int = RESOLUTION, out: Array | None = None) -> Array:
    """Ink from a field: (n, n) float32, units of 1/resolution of the side -> (n, n) float32 in 0..1.

    ink = clip((field + line_weight) / width + 1/2), with the width of `edge`.

    out: (n, n) float32, to fill and return; may be the field itself.
    """
    return _cut(field, edge(field.shape[-1], look, resolution), look.line_weight, out)


def _cut(field: Array, width: float, weight: float, out: Array | None) -> Array:
    ink = np.multiply(field, np.float32(1.0 / width), out=out)
    ink += np.float32(weight / width + 0.5)
    return np.clip(ink, 0.0, 1.0, out=ink)


def shade(
    ink: Array, look: Look = PLAIN, out: Array | None = None, colours: NDArray[np.floating] | None = None
) -> Array:
    """Coloured ink: (n, n) float32 in 0..1 -> (n, n, 4) float32 RGBA, straight alpha, the colour as given everywhere.

    The colour stands under paper (alpha 0) too, so that filtering a texture never bleeds another colour into an edge.
    out: (n, n, 4) float32, to fill and return. colours: RGB instead of the look's, (3,), or (n, n, 3) with one a pixel.
    """
    if out is None:
        out = np.empty((*ink.shape, 4), np.float32)
    if colours is not None and colours.ndim == 3:
        for channel in range(3):  # one by one: three numbers are too few for numpy to hurry
            out[..., channel] = colours[..., channel]
    else:
        # One row of colour, repeated down: numpy copies whole rows, twelve times as fast as single pixels.
        one = look.colour[:3] if colours is None else tuple(colours.tolist())
        out[...] = np.tile(np.array((*one, 0.0), np.float32), (ink.shape[1], 1))
    np.multiply(ink, np.float32(look.colour[3]), out=out[..., 3])
    return out


def rgba(field: Array, look: Look = PLAIN, out: Array | None = None) -> Array:
    """A field, cut and shaded: (n, n) float32 -> (n, n, 4) float32, number for number what `shade` makes of `cut`.

    Strip by strip, so that ink is coloured while the caches still hold it; ink is only made between the first and the
    last column of a strip that have some; of large pictures, several strips at once. out: as for `shade`.
    """
    size = len(field)
    if out is None:
        out = np.empty((size, size, 4), np.float32)
    picture, colour = out, np.tile(np.array((*look.colour[:3], 0.0), np.float32), (size, 1))
    rows = max(1, _STRIP // size)

    def several(first: int, last: int) -> None:
        scratch = np.empty((rows, size), np.float32), np.empty((rows, size), bool)
        for top in range(first, last, rows):
            strip = slice(top, min(top + rows, last))
            picture[strip] = colour
            _ink(field[strip], look, picture[strip, :, 3], *scratch)

    in_strips(several, size, size * size >= _LARGE)
    return out


def _ink(field: Array, look: Look, alpha: Array, scratch: Array, marks: NDArray[np.bool_]) -> None:
    """Write the ink of a strip, times the look's alpha, into `alpha` (r, n), which is 0; scratch, marks: (>= r, n)."""
    width = edge(field.shape[1], look)
    paper = np.float32(-look.line_weight - width / 2 - 1e-3)  # below, ink is 0 however numbers are rounded
    inked = np.flatnonzero(np.greater(field, paper, out=marks[: len(field)]).any(axis=0))
    if not len(inked):
        return
    columns = slice(int(inked[0]), int(inked[-1]) + 1)
    part = field[:, columns]
    ink = _cut(part, width, look.line_weight, scratch.reshape(-1)[: part.size].reshape(part.shape))
    np.multiply(ink, np.float32(look.colour[3]), out=alpha[:, columns])


@lru_cache(maxsize=32)
def _matrix(n: int, size: int) -> Array:
    """The weights of n samples in each of `size` samples of the same span, (size, n) float32; every row sums to 1."""
    stretch = max(1.0, n / size)  # shrinking widens the kernel to the new pixels, which keeps thin lines from breaking
    centres = (np.arange(size) + 0.5) * (n / size) - 0.5
    reach = int(np.ceil(2.0 * stretch)) + 1
    taps = np.floor(centres)[:, None].astype(np.int64) + np.arange(-reach, reach + 1)
    kernel = _b_spline if size > n else _catmull_rom
    weights = kernel((taps - centres[:, None]) / stretch)
    matrix = np.zeros((size, n))
    np.add.at(matrix, (np.arange(size)[:, None], np.clip(taps, 0, n - 1)), weights)
    if size > n:  # the B-spline's coefficients are not the samples: solve for those that make it pass close to them
        at_samples = np.zeros((n, n))
        for step, weight in ((-1, 1 / 6), (0, 2 / 3), (1, 1 / 6)):
            np.add.at(at_samples, (np.arange(n), np.clip(np.arange(n) + step, 0, n - 1)), weight)
        bend = np.diff(np.eye(n), 2, axis=0)
        matrix = matrix @ np.linalg.solve(at_samples.T @ at_samples + _GIVE * bend.T @ bend, at_samples.T)
    matrix /= matrix.sum(axis=1, keepdims=True)
    result = matrix.astype(np.float32)
    result.flags.writeable = False
    return result


def _b_spline(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cubic B-spline."""
    x = np.abs(distance)
    return np.where(x < 1.0, 2.0 / 3.0 + x * x * (0.5 * x - 1.0), np.where(x < 2.0, (2.0 - x) ** 3 / 6.0, 0.0))


def _catmull_rom(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cubic convolution with a = -1/2 (Keys 1981), the usual kernel for shrinking."""
    x = np.abs(distance)
    near, far = (1.5 * x - 2.5) * x * x + 1.0, ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0))
