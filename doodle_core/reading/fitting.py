"""Strokes fitted to the ink of the picture that they were read from: moved to its middle, and made as wide as it is.

The network says where lines run to a fraction of its cell; the picture says where their ink is to a fraction of a
pixel. Lengths and places are working pixels; chains are dense: their points lie about a pixel apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.reading.chains import Chains
from doodle_core.reading.sampling import sampled

__all__ = ["contrast_of", "fitted"]

Array: TypeAlias = NDArray[np.float32]
Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

_BESIDE = 2.5  # pixels of paper on either side that a profile shows
_SAMPLES = 17  # of a profile
_BARE = 0.12  # of a line's contrast, which is less than at its sides where nothing else is near
_MOST = 0.6  # pixels that a point may move, and
_MOST_OF_RADIUS = 0.35  # for each pixel of its radius
_WIDER = 1.7  # times, at most, that a line may be as wide as was read, or the other way round
_THINNEST = 0.2  # pixels of radius
_SMOOTH = 4  # times that what is found is averaged along the stroke
_FILLS = 0.85  # pixels of radius of a line that fills pixels
_PEAK = 80  # percentile of a stroke's contrasts that is its own


def contrast_of(shown: Array) -> Array:
    """How far each pixel of a picture (H, W, 3) is from white: (H, W), 0 to 1."""
    return np.asarray(np.clip(1 - np.minimum(np.minimum(shown[..., 0], shown[..., 1]), shown[..., 2]), 0, 1))


def fitted(chains: Chains, contrast: Array) -> Chains:
    """The strokes with places and radii as the picture's contrast (H, W) has them, wherever nothing else is near;
    elsewhere, as their own nearest stretches. Strengths become those of whole strokes: with their radii they make up
    the ink that is there."""
    if not len(chains):
        return chains
    # Every other point: between two of them there is nothing new.
    own = np.arange(0, len(chains.places), 2)
    across = chains.directions[:, ::-1] * (-1, 1)
    radii = chains.radii[own]
    reach = radii + _BESIDE
    steps = np.linspace(-1, 1, _SAMPLES)
    seen = sampled(contrast, chains.places[own, None] + (reach[:, None] * steps)[..., None] * across[own, None])
    seen = np.maximum(seen - np.minimum(seen[:, :1], seen[:, -1:]), 0)
    peak = seen[:, 3:-3].max(axis=1)
    clean = (np.maximum(seen[:, 0], seen[:, -1]) < _BARE * peak) & (peak > 0.05) & ~_near_ends(chains)[own]
    strengths = _strengths(chains, own[clean], peak[clean])
    strong = strengths[own]
    total = seen @ np.ones(_SAMPLES)
    shift = (seen @ steps) / np.maximum(total, 1e-9) * reach
    ratio = total * reach / (0.5 * (_SAMPLES - 1)) / np.maximum(strong, 1e-6) / 2 / np.maximum(radii, _THINNEST)
    clean &= (np.abs(shift) < _MOST + _MOST_OF_RADIUS * radii) & (ratio < _WIDER) & (ratio > 1 / _WIDER)
    shift = _along(chains, own[clean], shift[clean])
    ratio = np.exp(_along(chains, own[clean], np.log(ratio[clean])))
    shift[chains.corners] = 0
    return replace(
        chains,
        places=chains.places + shift[:, None] * across,
        radii=np.maximum(chains.radii * ratio, _THINNEST),
        strengths=strengths,
    )


def _near_ends(chains: Chains) -> Flags:
    """Points so near an open end or a corner that their profile is not that of a line."""
    own = np.arange(len(chains.places))
    first, last = chains.offsets[:-1][chains.owner], chains.offsets[1:][chains.owner] - 1
    near = np.ceil(chains.radii) + 1
    open_ = ~chains.cyclic[chains.owner]
    at_end = open_ & ((own - first < near) | (last - own < near))
    corner = chains.corners
    for _ in range(3):
        corner = corner | corner[chains.before] | corner[chains.after]
    return np.asarray(at_end | corner)


def _strengths(chains: Chains, own: Ints, peaks: Floats) -> Floats:
    """The contrast of each point's stroke: the strongest that is seen of it at points `own`, (V,); where nothing is
    clearly seen, or the line is so thin that it fills no pixel, at least what the network says."""
    counts = np.diff(chains.offsets)
    said = np.add.reduceat(chains.strengths, chains.offsets[:-1]) / counts
    thin = np.add.reduceat(chains.radii, chains.offsets[:-1]) / counts < _FILLS
    stroke = chains.owner[own]
    order = np.lexsort((peaks, stroke))
    seen = np.bincount(stroke, minlength=len(chains))
    start = np.cumsum(seen) - seen
    there = seen > 0
    most = peaks[order[(start + (seen - 1) * _PEAK // 100)[there]]]
    most = np.where(thin[there], np.maximum(said[there], most), most)
    if there.any():  # what is not seen clearly is off by as much as what is
        said *= np.median(most / np.maximum(said[there], 1e-6))
    said[there] = most
    return np.asarray(said[chains.owner])


def _along(chains: Chains, known: Ints, values: Floats) -> Floats:
    """What lies between values that are known of some points, in order, for all points of their strokes; averaged along
    them. Zero on strokes of which nothing is known."""
    own = np.arange(len(chains.places))
    if not len(known):
        return np.zeros(len(own))
    first, last = chains.offsets[:-1][chains.owner], chains.offsets[1:][chains.owner] - 1
    after = np.searchsorted(known, own)
    before = np.searchsorted(known, own, side="right") - 1
    low, high = np.maximum(before, 0), np.minimum(after, len(known) - 1)
    has_before, has_after = (before >= 0) & (known[low] >= first), (after < len(known)) & (known[high] <= last)
    low, high = np.where(has_before, low, high), np.where(has_after, high, low)
    share = (own - known[low]) / np.maximum(known[high] - known[low], 1)
    share = np.where(has_before & has_after, share, 0.0)
    answer = np.where(has_before | has_after, values[low] * (1 - share) + values[high] * share, 0.0)
    for _ in range(_SMOOTH):
        answer = 0.5 * answer + 0.25 * (answer[chains.before] + answer[chains.after])
    return np.asarray(answer)
