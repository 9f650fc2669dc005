"""Where strokes end: on another stroke that they touch, or where their ink ends.

Lengths and places are working pixels. Chains are dense: their points lie about a pixel apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from doodle_core.reading.chains import Chains
from doodle_core.reading.sampling import sampled

__all__ = ["ended"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_FAR = 11.0  # pixels beyond its last point that a stroke may go on, over its radius
_STEP = 0.4
_TOUCH = 0.8  # pixels beside a stroke's middle line at which an end that passes has met it
_OWN = 14.0  # pixels of its own last stretch that an end cannot meet
_LEAST_INK = 0.35
_STRAIGHT = 5  # points of a stroke that say where its end leads


def ended(chains: Chains, ink: NDArray[np.float32]) -> Chains:
    """The strokes with ends led to the middle line of the stroke that they touch, else to where their round end's ink
    ends."""
    open_ = np.flatnonzero(~chains.cyclic)
    if not len(open_):
        return chains
    first, last = chains.offsets[:-1][open_], chains.offsets[1:][open_] - 1
    at = np.concatenate([first, last])
    starts = np.arange(len(at)) < len(open_)
    way = _ways(chains, at, starts)
    radii = chains.radii[at]
    reach = np.arange(0, _FAR + 8, _STEP)
    rays = chains.places[at][:, None] + reach[:, None] * way[:, None]
    found, level = _seen(chains, at, way, rays, ink)
    bare = found < 0.5 * level[:, None]
    stop = np.where(bare.any(axis=1), reach[np.argmax(bare, axis=1)], np.inf)
    broken = found < _LEAST_INK * level[:, None]
    meets = _meeting(chains, at, rays, reach, np.where(broken.any(axis=1), np.argmax(broken, axis=1), len(reach)))
    height, width = ink.shape
    far = np.minimum(stop, _FAR + radii) - radii
    far = np.where(np.isinf(stop), np.minimum(radii, 3.0) + 2.0, far)  # into an area, or out of the picture
    far = np.where(np.isnan(meets), np.clip(far, -np.minimum(1.5, radii), _FAR), meets)
    tips = chains.places[at] + far[:, None] * way
    tips = np.clip(tips, (-radii)[:, None], np.array([width, height]) + radii[:, None])
    return _moved(chains, at, tips)


def _ways(chains: Chains, at: Ints, starts: NDArray[np.bool_]) -> Floats:
    """The unit directions in which strokes leave at their ends."""
    low, high = chains.offsets[:-1][chains.owner[at]], chains.offsets[1:][chains.owner[at]] - 1
    back = np.where(starts, np.minimum(at + _STRAIGHT, high), np.maximum(at - _STRAIGHT, low))
    way = np.where(starts, -1.0, 1.0)[:, None] * chains.directions[at]
    chord = chains.places[at] - chains.places[back]
    way = way + chord / np.maximum(np.hypot(*chord.T), 1e-6)[:, None]
    return np.asarray(way / np.maximum(np.hypot(*way.T), 1e-9)[:, None])


def _seen(chains: Chains, at: Ints, way: Floats, rays: Floats, ink: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Ink along rays (E, K), and how much there is at their ends, (E,)."""
    across = way[:, None, ::-1] * (1, -1)
    beside = np.clip(0.5 * chains.radii[at], 0.3, 1.0)[:, None, None]
    found = np.maximum.reduce([sampled(ink, rays + sign * beside * across) for sign in (-1, 0, 1)])
    inward = chains.places[at][:, None] - np.arange(1, 5)[:, None] * way[:, None]
    level = np.median(np.concatenate([sampled(ink, inward), found[:, :2]], axis=1), axis=1)
    return found, np.clip(level, 0.2, 1.0)


def _meeting(chains: Chains, at: Ints, rays: Floats, reach: Floats, until: Ints) -> Floats:
    """How far along each ray it meets the middle line of a stroke, before its ink breaks off; NaN where it does not."""
    tree = cKDTree(chains.places)
    away, near = tree.query(rays, distance_upper_bound=_TOUCH)
    hit = np.isfinite(away)
    point = np.where(hit, near, 0)
    along = np.abs(point - at[:, None])
    own = chains.owner[point] == chains.owner[at][:, None]
    hit &= ~own | ((along > _OWN) & (reach > 1))
    hit &= np.arange(len(reach)) < until[:, None]
    first = np.argmax(hit, axis=1)
    rows = np.arange(len(at))
    answer = np.where(hit.any(axis=1), reach[first], np.nan)
    # The ray goes on to where it is nearest to that line.
    beyond = np.minimum(first + 2, len(reach) - 1)
    nearer = hit[rows, beyond] & (away[rows, beyond] < away[rows, first])
    return np.where(nearer & np.isfinite(answer), reach[beyond], answer)


def _moved(chains: Chains, at: Ints, tips: Floats) -> Chains:
    """The strokes with a point at each tip, and without those of their points that lie beyond it."""
    apart = tips - chains.places[at]
    further = np.hypot(*apart.T) > 0.3
    order = np.argsort(at[further], kind="stable")
    where, moved = at[further][order], tips[further][order]
    starts = np.isin(where, chains.offsets[:-1]) & ~(
        np.isin(where, chains.offsets[1:] - 1) & (np.arange(len(where)) % 2 == 1)
    )
    return _inserted(chains, where + ~starts, where, moved)


def _inserted(chains: Chains, before: Ints, like: Ints, places: Floats) -> Chains:
    """The strokes with more points (K, 2), each put before another, with the values of a third."""
    own = chains.owner[like]
    counts = np.diff(chains.offsets) + np.bincount(own, minlength=len(chains))

    def more(values: NDArray[Any]) -> NDArray[Any]:
        return np.insert(values, before, values[like], axis=0)

    return replace(
        chains,
        places=np.insert(chains.places, before, places, axis=0),
        directions=more(chains.directions),
        radii=more(chains.radii),
        strengths=more(chains.strengths),
        weights=more(chains.weights),
        corners=more(chains.corners),
        numbers=more(chains.numbers),
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
    )
