"""Ways to walk from key to key: pure functions of the key latents, after the interpolations of the 2018 experiment.

Positions are in KEY units: 0 at the first key, 1 at the second, ...; floor(p) is the segment, the rest its fraction s.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.errors import DoodleError

__all__ = ["METHODS", "interpolate", "segments"]

METHODS = ("linear", "circular", "spherical", "cubic", "hold")

Floats: TypeAlias = NDArray[np.float64]

UNEVEN = "the times between keys are too uneven for method 'cubic'; move keys that are close together apart"

_NEAR_ZERO = 0.05  # a chord that comes closer to 0, as a share of the norms, is not rescaled: its direction would whirl
_STRAIGHT = 1e-6  # radians from parallel or antiparallel within which a great circle is not defined well enough


def interpolate(
    latents: ArrayLike, times: ArrayLike, positions: ArrayLike, method: str = "linear", closed: bool = False
) -> Floats:
    """Latents at positions: keys (K, D), times (K,), positions (M,) -> (M, D) float64.

    Positions are clamped to [0, K - 1]; closed, wrapped to [0, K), the last segment leading back to the first key;
    times then have K + 1 entries, the last being when the first key returns. Times must rise; only 'cubic' looks at
    them, since a position already says where between two keys it is. At a whole position every method gives the key
    itself, bit for bit.

    linear     "linear interpolation" (2018): the straight chord.
    circular   "circular interpolation" (2018): the chord, rescaled so that the norm changes evenly; a chord that passes
               near zero stays a chord.
    spherical  slerp (Shoemake 1985): the direction turns evenly, the norm changes evenly; the chord where the keys are
               parallel, opposite or zero.
    cubic      "cubic spline" (2018): one natural cubic spline through all keys over their times; periodic when closed.
    hold       each key until the next, as on exposure sheets.

    Raises DoodleError for no keys, mismatched or unsorted times, an unknown method, numbers that are not finite, or
    times so uneven that a cubic curve through the keys is beyond all numbers.
    """
    keys = np.asarray(latents, np.float64)
    when = np.asarray(times, np.float64)
    if method not in METHODS:
        raise DoodleError(f"method '{method}' is unknown; give one of {', '.join(METHODS)}")
    if keys.ndim != 2 or len(keys) < 1:
        raise DoodleError(f"latents of shape {keys.shape} are no keys; give (K, D) with at least one key")
    count = len(keys)
    if when.shape != (count + closed,):
        raise DoodleError(f"{count} keys have times of shape {when.shape}; give {count + closed}")
    if not np.isfinite(keys).all() or not np.isfinite(when).all():
        raise DoodleError("a key's latent or time is not a number; make the key again")
    if (when[1:] <= when[:-1]).any():
        raise DoodleError("key times do not rise; give every key a time of its own, in order")
    segment, fraction = segments(positions, count, closed)
    first, second = keys[segment], keys[(segment + 1) % count]
    s = fraction[:, None]
    if method == "hold" or count == 1:
        answer = first.copy()
    elif method in ("circular", "spherical"):
        # By a power of two, which rounds nothing: squares of the largest and of the smallest numbers are numbers.
        unit = 2.0 ** (np.frexp(np.abs(keys).max(initial=0))[1] - 1.0)
        turned = _circular if method == "circular" else _spherical
        answer = turned(first / unit, second / unit, s) * unit
    elif method == "cubic":
        through = np.concatenate([keys, keys[:1]]) if closed else keys
        from scipy.interpolate import CubicSpline  # a third of a second to import, and only this method needs it

        with np.errstate(all="ignore"):
            try:
                spline = CubicSpline(when, through, bc_type="periodic" if closed else "natural")
                answer = spline(when[segment] + fraction * (when[segment + 1] - when[segment]))
            except ValueError as error:  # its slopes are beyond all numbers
                raise DoodleError(UNEVEN) from error
        if not np.isfinite(answer).all():
            raise DoodleError(UNEVEN)
    else:
        answer = _linear(first, second, s)
    # Rounding must not move a key.
    answer[fraction == 0] = first[fraction == 0]
    answer[fraction == 1] = second[fraction == 1]
    return answer


def segments(positions: ArrayLike, count: int, closed: bool = False) -> tuple[NDArray[np.int64], Floats]:
    """Segment (M,) int64 and fraction (M,) float64 in 0..1 of positions (M,) on a track of `count` keys.

    Fraction 1 occurs only at the end of an open track. Raises DoodleError for a position that is not a number.
    """
    place = np.atleast_1d(np.asarray(positions, np.float64))
    if place.ndim != 1 or np.isnan(place).any() or (closed and np.isinf(place).any()):
        raise DoodleError("a position is not a number; give 0 for the first key, 1 for the second, and so on")
    if closed:
        place = np.mod(place, count)
        place[place >= count] = 0.0  # a hair below 0 rounds up to the whole turn
        last = count - 1
    else:
        place = np.clip(place, 0, count - 1)
        last = max(count - 2, 0)
    segment = np.minimum(np.floor(place).astype(np.int64), last)
    return segment, place - segment


def _linear(first: Floats, second: Floats, s: Floats) -> Floats:
    # Equal keys give themselves: the sum of shares alone may differ in the last bit.
    return np.where(first == second, first, (1 - s) * first + s * second)


def _circular(first: Floats, second: Floats, s: Floats) -> Floats:
    chord = _linear(first, second, s)
    before, after = _norm(first), _norm(second)
    wanted, is_now = (1 - s) * before + s * after, _norm(chord)
    # Decided for the whole segment, by its closest point to zero: the walk must not jump midway.
    step = second - first
    square = np.maximum(_dot(step, step), np.finfo(float).tiny)
    nearest = np.clip(-_dot(first, step) / square, 0, 1)
    low = _norm(first + nearest * step)
    safe = low > _NEAR_ZERO * np.maximum(before, after)
    return np.where(safe, chord * (wanted / np.where(is_now > 0, is_now, 1)), chord)


def _spherical(first: Floats, second: Floats, s: Floats) -> Floats:
    before, after = _norm(first), _norm(second)
    a, b = first / np.where(before > 0, before, 1), second / np.where(after > 0, after, 1)
    # Kahan's angle: exact for small and for large angles alike, where arccos of the dot product is not.
    angle = 2 * np.arctan2(_norm(a - b), _norm(a + b))
    safe = (before > 0) & (after > 0) & (angle > _STRAIGHT) & (angle < np.pi - _STRAIGHT)
    sine = np.where(safe, np.sin(angle), 1)
    direction = (np.sin((1 - s) * angle) * a + np.sin(s * angle) * b) / sine
    return np.where(safe, direction * ((1 - s) * before + s * after), _linear(first, second, s))


def _dot(a: Floats, b: Floats) -> Floats:
    return (a * b).sum(axis=1, keepdims=True)


def _norm(a: Floats) -> Floats:
    return np.sqrt(_dot(a, a))
