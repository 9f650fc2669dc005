"""At how many pixels a picture is read: as its lines are wide, within bounds of time."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["MOST", "line_radius", "resized", "working_side"]

Array: TypeAlias = NDArray[np.float32]

MOST = 2048
"""Pixels a side that a picture is read at, at most."""
_PROBE = 512  # pixels a side at which widths are measured
_WIDE, _NARROWED = 5.0, 3.5  # pixels: half widths of lines that are read smaller, and what they become
_GOAL = 1.5  # what thin lines of small pictures become
_ENLARGED = 4.0  # times, at most
_LEAST = 192  # pixels a side at least, within that
_SMALL = 768  # pixels a side to which a small picture is enlarged, at most
_EVEN = 1.9  # upper by lower quartile of the widths of a drawing of lines of one pen
_LONG = 5.0  # lines are longer than wide by so many times
_WIDEST = 13  # blocks of 8 pixels, less than which is the width of any line
_FAINT = 0.1  # contrast of what is looked at


def working_side(shown: Array) -> int:
    """Pixels along the side at which a square picture (n, n, 3) is best read, a multiple of 8.

    Thick lines of one pen are read smaller, so that they are lines to the reader, and not areas. Thin and small ones
    are read larger.
    """
    side = len(shown)
    radius = line_radius(shown)
    scale = 1.0
    if radius > _WIDE:
        scale = _NARROWED / radius
    elif 0 < radius < _GOAL and side < _SMALL:
        scale = min(_ENLARGED, _GOAL / radius, _SMALL / side)
    # Cells must be smaller than what is drawn: eyes, mouths, the gaps between lines.
    if side < _LEAST and radius > 0:
        scale = max(scale, min(_ENLARGED, _LEAST / side, _NARROWED / radius))
    return int(np.ceil(min(max(side * scale, 64), MOST) / 8) * 8)


def line_radius(shown: Array) -> float:
    """About half the width of most lines of a square picture (n, n, 3), pixels; 0 where there are none, or where what
    there is has no width in common."""
    side = len(shown)
    small = resized(shown, min(side, _PROBE))
    paper = np.median(np.concatenate([small[[0, -1]].reshape(-1, 3), small[:, [0, -1]].reshape(-1, 3)]), axis=0)
    apart = np.abs(small - paper.astype(np.float32))
    contrast = np.maximum(np.maximum(apart[..., 0], apart[..., 1]), apart[..., 2])
    # Uneven light is wide; what stands out from what is around it is ink.
    contrast = contrast - ndimage.zoom(_lowest(contrast), 8, order=1)[: len(small), : len(small)]
    strong = float(np.percentile(contrast, 99.5))
    if strong < _FAINT:
        return 0.0
    mask = contrast > 0.5 * strong
    depth = ndimage.distance_transform_edt(mask)
    ridge = depth[mask & (depth >= ndimage.maximum_filter(depth, 3))]
    low, middle, high = np.percentile(ridge, (25, 50, 75))
    if middle > 3 and (high > _EVEN * low or len(ridge) < _LONG * 2 * middle):
        return 0.0
    radius = _mean_radius(np.minimum(contrast / strong, 1), mask, depth) if middle <= 3 else float(middle) - 0.25
    return max(radius, 0.3) * side / len(small)


def _mean_radius(share: Array, mask: NDArray[np.bool_], depth: NDArray[np.float64]) -> float:
    """Half the mean width of thin lines: their ink over the length of its edge, which is the mean of what columns and
    rows cross, by Crofton's formula."""
    thin = mask & (ndimage.maximum_filter(depth, 9) <= 5)
    edges = sum(np.count_nonzero(np.diff(thin, axis=axis)) for axis in (0, 1))
    if not edges:
        return 0.5
    return float(share[ndimage.binary_dilation(thin)].sum()) / (edges * np.pi / 4)


def _lowest(contrast: Array) -> Array:
    """The least contrast around each block of 8 x 8 pixels."""
    side = -len(contrast) % 8
    blocks = np.pad(contrast, (0, side), mode="edge").reshape(-1 * -(-len(contrast) // 8), 8, -(-len(contrast) // 8), 8)
    found: Array = ndimage.minimum_filter(blocks.min(axis=(1, 3)), _WIDEST)
    return found


def resized(values: Array, side: int) -> Array:
    """A square picture (n, n) or (n, n, channels) with another side: averaged down, or enlarged smoothly."""
    from PIL import Image

    if len(values) == side:
        return values
    how = Image.Resampling.BOX if side < len(values) else Image.Resampling.BICUBIC

    def one(channel: Array) -> Array:
        return np.asarray(Image.fromarray(np.ascontiguousarray(channel, np.float32)).resize((side, side), how))

    if values.ndim == 2:
        return one(values)
    if all(np.array_equal(values[..., 0], values[..., channel]) for channel in range(1, values.shape[2])):
        return np.repeat(one(values[..., 0])[..., None], values.shape[2], axis=2)
    return np.stack([one(values[..., channel]) for channel in range(values.shape[2])], axis=2)
