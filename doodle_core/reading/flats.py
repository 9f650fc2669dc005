"""Solid ink in several colours to areas, in an order in which they can be painted over each other.

Places are working pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from doodle_core.reading.solids import outlines_of

__all__ = ["Flat", "flats_of", "palette"]

Array: TypeAlias = NDArray[np.float32]
Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

_LEVELS = 24  # of a channel, in the histogram
_MOST = 24  # colours
_NEAR = 0.11  # sRGB: colours that differ by less in every channel are one
_SHARE = 0.0015  # of the solid ink that a colour covers at least
_EVEN = 0.09  # sRGB: by which the pixels beside one may differ, for it to show a colour purely
_SMALLEST = 14  # pixels of a region
_MANY = 300  # regions, at most
_UNDER = 9  # pixels of a line that crosses an area, which goes on under it
_BESIDE = 5  # pixels, to whose middle an area goes on under a line along its edge


@dataclass(frozen=True, eq=False)
class Flat:
    """An area of one colour.

    Parameters
    ----------
    outlines : list of (k, 2) float64
        Closed polygons; those after the first may be holes or islands.
    colour : (3,) float64
        sRGB, 0 to 1.
    """

    outlines: list[Floats]
    colour: Floats


def flats_of(shown: Array, solid: Array, line: Array) -> list[Flat]:
    """The areas of solid ink, from the one that is painted first.

    Larger ones come first, without holes where smaller ones lie in them, and go on a little under their neighbours, so
    that no paper shines through between.

    Parameters
    ----------
    shown : (n, n, 3) float32
        The picture, sRGB.
    solid, line : (n, n) float32
        As in `Cells`.
    """
    if not (solid > 0.5).any():
        return []
    cover = _covered(solid, line)
    inside = cover > 0.5
    pure = inside & (line < 0.25) & (solid > 0.75) & _even(shown)
    colours = palette(shown[pure])
    if len(colours) < 2:
        colour = colours[0] if len(colours) else np.median(shown[inside], axis=0).astype(np.float64)
        return [Flat(outlines, colour) for outlines in outlines_of(cover, _SMALLEST, 1.2)]
    regions, tint = _regions(shown, inside, pure, colours)
    return _painted(shown, cover, line, regions, tint, colours)


def _covered(solid: Array, line: Array) -> Array:
    """Solid ink with what of it lies under lines: all that they cross, and a little of those along its edge."""
    closed = ndimage.minimum_filter(ndimage.maximum_filter(solid, _UNDER), _UNDER)
    closed = np.maximum(closed, ndimage.maximum_filter(solid, _BESIDE))
    return np.asarray(np.maximum(solid, np.minimum(closed, line)))


def palette(pixels: Array) -> Floats:
    """The colours, at most 24, that most of some pixels (N, 3) have: (K, 3), the most frequent first."""
    if not len(pixels):
        return np.zeros((0, 3))
    bins = np.minimum((pixels * _LEVELS).astype(np.int64), _LEVELS - 1) @ np.array([_LEVELS * _LEVELS, _LEVELS, 1])
    counts = np.bincount(bins, minlength=_LEVELS**3)
    sums = np.stack([np.bincount(bins, pixels[:, channel], _LEVELS**3) for channel in range(3)], axis=1)
    used = np.flatnonzero(counts)
    used = used[np.argsort(-counts[used], kind="stable")]
    means, counts = sums[used] / counts[used, None], counts[used].astype(np.float64)
    found: list[Floats] = []
    least = _SHARE * len(pixels)
    while len(means) and len(found) < _MOST:
        centre = means[0]
        for _ in range(3):
            near = np.abs(means - centre).max(axis=1) < _NEAR
            if not near.any():
                near[0] = True
            centre = counts[near] @ means[near] / counts[near].sum()
        near[0] = True
        if counts[near].sum() >= least:
            found.append(centre)
        means, counts = means[~near], counts[~near]
    return np.array(found).reshape(-1, 3)


def _even(shown: Array) -> Mask:
    """Pixels whose neighbours have about their colour."""
    spread = np.zeros(shown.shape[:2], np.float32)
    for channel in range(3):
        values = shown[..., channel]
        np.maximum(spread, ndimage.maximum_filter(values, 3) - ndimage.minimum_filter(values, 3), out=spread)
    return spread < _EVEN


def _regions(shown: Array, inside: Mask, pure: Mask, colours: Floats) -> tuple[NDArray[np.int32], Ints]:
    """Connected regions of one colour: (n, n) numbers from 1, 0 outside, and the colour of each number."""
    kind = np.zeros(inside.shape, np.int32)
    kind[pure] = 1 + _nearest(shown[pure], colours)
    for smallest in (_SMALLEST // 3, _SMALLEST):
        regions, tint = _labelled(kind, len(colours))
        sizes = np.bincount(regions.reshape(-1), minlength=len(tint))
        kind[sizes[regions] < smallest] = 0
        # What shows no colour purely belongs to the nearest that does.
        if not (kind > 0).any():
            kind[inside] = 1
        row, column = ndimage.distance_transform_edt(kind == 0, return_distances=False, return_indices=True)
        kind = np.where(inside, kind[row, column], 0)
    regions, tint = _labelled(kind, len(colours))
    if len(tint) <= _MANY + 1:
        return regions, tint
    sizes = np.bincount(regions.reshape(-1), minlength=len(tint))
    kept = np.append(0, np.sort(np.argsort(-sizes[1:], kind="stable")[:_MANY] + 1))
    number = np.zeros(len(tint), np.int32)
    number[kept] = np.arange(len(kept))
    return number[regions], tint[kept]


def _labelled(kind: NDArray[np.int32], count: int) -> tuple[NDArray[np.int32], Ints]:
    regions = np.zeros(kind.shape, np.int32)
    tint = [0]
    for number in range(1, count + 1):
        labels, found = ndimage.label(kind == number)
        regions += np.where(labels > 0, labels + len(tint) - 1, 0).astype(np.int32)
        tint += [number - 1] * found
    return regions, np.array(tint)


def _nearest(pixels: Array, colours: Floats) -> Ints:
    answer = np.zeros(len(pixels), np.int64)
    best = np.full(len(pixels), np.inf)
    for number, colour in enumerate(colours):
        away = np.abs(pixels - colour.astype(np.float32)).max(axis=1)
        answer[away < best] = number
        best = np.minimum(best, away)
    return answer


def _painted(
    shown: Array, cover: Array, line: Array, regions: NDArray[np.int32], tint: Ints, colours: Floats
) -> list[Flat]:
    """Regions as areas, the largest first."""
    boxes = ndimage.find_objects(regions)
    filled = np.array([0.0, *(_size_filled(regions[box] == number) for number, box in enumerate(boxes, 1))])
    order = np.argsort(-filled[1:], kind="stable") + 1
    rank = np.zeros(len(filled), np.int64)
    rank[order] = np.arange(len(order))
    other, share = _shares(shown, cover, line, regions, tint, colours)
    answer = []
    for number in order.tolist():
        box = tuple(slice(max(part.start - 3, 0), part.stop + 3) for part in boxes[number - 1])
        own, beside = regions[box] == number, other[box] == number
        part = np.where(own, share[box], 0) + np.where(beside, 1 - share[box], 0)
        # Under what is painted later the area goes on in full, to the middle of the edge and beyond.
        later = (rank > rank[number])[np.where(own, other[box], regions[box])] & (own | beside)
        later &= np.where(own, other[box], regions[box]) > 0
        part = np.where(later, 1.0, part)
        # What lies in a hole of it and is painted later needs no hole.
        hole = ndimage.binary_fill_holes(own) & ~own & (regions[box] > 0) & (rank[regions[box]] > rank[number])
        part = np.where(hole, 1.0, part)
        left, top = box[1].start, box[0].start
        for outlines in outlines_of(part.astype(np.float32), _SMALLEST, 0.0):
            answer.append(Flat([outline + (left, top) for outline in outlines], colours[tint[number]]))
    return answer


def _size_filled(mask: Mask) -> float:
    return float(ndimage.binary_fill_holes(mask).sum())


def _shares(
    shown: Array, cover: Array, line: Array, regions: NDArray[np.int32], tint: Ints, colours: Floats
) -> tuple[NDArray[np.int32], Array]:
    """Of each pixel of a region, the other region or, as 0, the outside that it may show as well, and how much of it is
    its own region."""
    height, width = regions.shape
    padded = np.pad(regions, 1, mode="edge")
    other = regions.copy()
    for j, i in ((0, 1), (1, 0), (2, 1), (1, 2), (0, 0), (0, 2), (2, 0), (2, 2)):
        beside = padded[j : j + height, i : i + width]
        other = np.where((other == regions) & (beside != regions), beside, other)
    edge = other != regions
    share = np.ones(regions.shape, np.float32)
    outer = edge & ((other == 0) | (regions == 0))
    share[outer] = np.where(regions[outer] > 0, cover[outer], 1 - cover[outer])
    inner = edge & ~outer & (line < 0.25)
    first, second = colours[tint[regions[inner]]], colours[tint[other[inner]]]
    across = second - first
    t = ((shown[inner] - first) * across).sum(axis=1) / np.maximum((across**2).sum(axis=1), 1e-6)
    share[inner] = np.clip(1 - t, 0, 1)
    return other, share
