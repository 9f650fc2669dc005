"""What makes a walk shake, random access in closed form, the same on every machine: the Brownian bridge, and wobbles
that are held.

A path that starts and ends at zero and wanders in between. It is summed as its Karhunen-Loeve (sine) series,
    B(s) = sum over k of sqrt(2) sin(k pi s) / (k pi) * Z_k,   Z_k independent standard normals,
so any place of it can be asked for alone (see Karatzas and Shreve, Brownian Motion and Stochastic Calculus, 5.6.B, for
the bridge). The normals are a hash of (seed, segment, dimension, term), not draws from a stream.

A held wobble does not wander: each is a hash of its number, as unlike the one before as any other.
"""

from __future__ import annotations

from functools import lru_cache
from operator import index
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.errors import DoodleError

__all__ = ["TERMS", "bridge", "envelope", "held", "whole"]

TERMS = 128  # finer shaking than 1/128 of a segment would show only between more than 128 drawings

Floats: TypeAlias = NDArray[np.float64]

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_HELD = 0xC2B2AE3D27D4EB4F  # sets the hashes of held wobbles apart from those of segments


def bridge(seed: int, segments: ArrayLike, fractions: ArrayLike, dimensions: int) -> Floats:
    """Bridges at fractions (M,) in 0..1 of segments (M,), in `dimensions` independent dimensions: (M, D) float64.

    Exactly 0 at fractions 0 and 1; mean 0, variance 4 s (1 - s) between, so the standard deviation is 1 half-way;
    covariance 4 min(s, t) (1 - max(s, t)), up to the 0.3 % that lies in finer terms. Segments and dimensions are
    independent, and a dimension does not depend on how many there are. seed: any whole number.

    Raises DoodleError for a fraction outside 0..1, or a seed that is no whole number.
    """
    seed = whole("seed", seed)
    where = np.atleast_1d(np.asarray(segments, np.int64))
    part = np.atleast_1d(np.asarray(fractions, np.float64))
    if where.shape != part.shape or where.ndim != 1:
        raise DoodleError(f"segments of shape {where.shape} do not fit fractions of shape {part.shape}; give (M,) each")
    _check(part)
    answer = np.zeros((len(part), dimensions))
    # One place at a time: then a place's sum is made in one order, and does not depend on what else is asked for.
    for row, (segment, s) in enumerate(zip(where.tolist(), part.tolist(), strict=True)):
        if 0 < s < 1:
            answer[row] = _shares(s) @ _normals(seed, segment, dimensions)
    return answer


def held(seed: int, wobble: int, dimensions: int, stream: int = 0) -> Floats:
    """The held wobble of that number: independent standard normals, (D,) float64.

    Independent of every other seed, wobble and stream, and of every bridge; a dimension does not depend on how many
    there are. seed, wobble and stream: any whole numbers. stream: which of the things that one wobble shakes.

    Raises DoodleError for numbers that are not whole.
    """
    start = _mixed(_mixed(whole("seed", seed)) ^ _HELD)
    for number in (whole("stream", stream), whole("wobble", wobble)):
        start = _mixed(start ^ (number & _MASK))
    return _gaussians(start, dimensions + dimensions % 2)[:dimensions]


def envelope(fractions: ArrayLike) -> Floats:
    """The bridge's standard deviation at fractions in 0..1 of a segment, any shape: 0 at both ends, 1 half-way.

    Raises DoodleError for a fraction outside 0..1.
    """
    s = np.asarray(fractions, np.float64)
    _check(s)
    return np.asarray(2.0 * np.sqrt(s * (1.0 - s)))


def whole(name: str, number: int) -> int:
    """The number, whatever kind of whole number it is; DoodleError naming it for any other."""
    try:
        return index(number)
    except TypeError as error:
        raise DoodleError(f"{name} {number} is not a whole number; give one, such as 0 or 7") from error


def _check(fractions: Floats) -> None:
    if not ((fractions >= 0) & (fractions <= 1)).all():
        raise DoodleError("a fraction of a segment is not between 0 and 1")


def _shares(s: float) -> Floats:
    """What each term adds at s, (TERMS,), scaled to variance 1 at one half."""
    k = np.arange(1, TERMS + 1)
    return np.sin(k * (np.pi * s)) / k * _SCALE


# At one half the odd terms are 1, the even ones 0.
_SCALE = 1.0 / float(np.sqrt(np.sum(1.0 / np.arange(1, TERMS + 1, 2) ** 2)))


@lru_cache(maxsize=64)  # 64 kB each at 64 dimensions
def _normals(seed: int, segment: int, dimensions: int) -> Floats:
    """Standard normals (TERMS, D), read-only."""
    normals = (
        _gaussians(_mixed(_mixed(seed) ^ (segment & _MASK)), dimensions * TERMS).reshape(dimensions, TERMS).T.copy()
    )
    normals.flags.writeable = False
    return normals


def _gaussians(start: int, count: int) -> Floats:
    """Standard normals (count,), count even, of a stream's start: a pair from a pair of uniforms by Box and Muller
    (1958). The first ones do not depend on how many there are."""
    counters = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN) + np.uint64(start)
    # 53 bits, centred in their cells: never 0, whose logarithm is endless.
    uniforms = ((_splitmix(counters) >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    pairs = uniforms.reshape(-1, 2)
    length = np.sqrt(-2.0 * np.log(pairs[:, 0]))
    angle = 2.0 * np.pi * pairs[:, 1]
    return np.stack([length * np.cos(angle), length * np.sin(angle)], axis=1).reshape(-1)


def _splitmix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The mixing of splitmix64 (Steele, Lea and Flood, 2014), on uint64 that wrap round."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _mixed(number: int) -> int:
    """One step of splitmix64 from any whole number."""
    return int(_splitmix(np.array([(number + _GOLDEN) & _MASK], np.uint64))[0])
