"""Ways to walk from key to key for drawings told as strokelets, and a shake that never tears a line."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.errors import DoodleError
from doodle_core.interpolation import METHODS, UNEVEN
from doodle_core.strokes.paired import Paired
from doodle_core.strokes.turning import Turning
from doodle_core.waves import parts, placed

__all__ = ["SHAKE", "SHAKE_SIZE", "shake", "walk"]

Floats: TypeAlias = NDArray[np.float64]

SHAKE = 1.0
"""Model pixels: the standard deviation of the displacement in x, and in y, for coefficients of standard deviation 1."""

_WAVES = 14  # of the displacement
_SWELLS = 5  # of the radius
_THICKNESS = 0.1  # how much the radius's logarithm varies
_FATTEST = 10.0  # the logarithm of how many times a radius may grow: from a hair's width to all of the canvas

SHAKE_SIZE = 4 * _WAVES + 2 * _SWELLS
"""Numbers that make one shake."""


def walk(
    paired: Paired,
    fractions: ArrayLike,
    method: str = "linear",
    before: ArrayLike | None = None,
    after: ArrayLike | None = None,
    times: tuple[float | None, float, float, float | None] = (None, 0.0, 1.0, None),
) -> Floats:
    """The vertices of two paired keys at fractions (M,) in 0..1 of the way: (M, V, 3) float64, as in Paired.

    At fractions 0 and 1 exactly the keys, bit for bit; a fraction's answer does not depend on what else is asked for.

    linear     every vertex straight.
    circular   "circular interpolation" (2018) of the strokelets' vectors, fitted together: `turning`.
    spherical  slerp (Shoemake 1985) of them, so that pieces of line turn evenly: `turning`.
    cubic      a cubic Hermite curve a vertex. Its tangent at a key is that of the parabola through three keys (the
               Catmull-Rom spline of uneven times), so the walk has no kink at keys; where the track ends, no curvature.
    hold       the first key until the second.

    Only 'cubic' looks at the rest. before, after (V, 3): where the same vertices are at the key before the first and
    after the second, None where there is none. times: of these four keys, rising, any unit; None or anything where
    there is no key.

    Raises DoodleError for an unknown method, a fraction outside 0..1, neighbours of another shape or not finite, times
    that do not rise, or so uneven ones that a cubic curve is beyond all numbers.
    """
    if method not in METHODS:
        raise DoodleError(f"method '{method}' is unknown; give one of {', '.join(METHODS)}")
    part = np.atleast_1d(np.asarray(fractions, np.float64))
    if part.ndim != 1 or not ((part >= 0) & (part <= 1)).all():
        raise DoodleError("a fraction of the way between two keys is not between 0 and 1")
    first, second, s = paired.first, paired.second, part[:, None, None]
    if method in ("circular", "spherical"):
        turning = _turning(paired)
        answer = np.zeros((len(part), *first.shape))
        for row, fraction in enumerate(part.tolist()):
            answer[row] = turning.at(fraction, method)
        return answer
    if method == "hold":
        answer = np.repeat(first[None], len(part), axis=0)
    elif method == "cubic":
        with np.errstate(all="ignore"):
            leave, arrive = _tangents(paired, before, after, times)
            rest = 1 - s
            answer = _linear(first, second, s) + s * rest * (
                rest * (leave - second + first) - s * (arrive - second + first)
            )
        if not np.isfinite(answer).all():
            raise DoodleError(UNEVEN)
    else:
        answer = _linear(first, second, s)
    # Rounding must not move a key.
    answer[part == 0] = first
    answer[part == 1] = second
    return answer


@lru_cache(maxsize=64)  # a tenth of a megabyte each; three stretches of twenty doodles
def _turning(paired: Paired) -> Turning:
    return Turning(paired)


def _linear(first: Floats, second: Floats, s: Floats) -> Floats:
    # Equal keys give themselves: the sum of shares alone may differ in the last bit.
    return np.where(first == second, first, (1 - s) * first + s * second)


def _tangents(
    paired: Paired,
    before: ArrayLike | None,
    after: ArrayLike | None,
    times: tuple[float | None, float, float, float | None],
) -> tuple[Floats, Floats]:
    """Tangents (V, 3) at the first and the second key, in pixels per whole way."""
    start, end = times[1], times[2]
    step = _span(start, end)
    chord = paired.second - paired.first
    leave = arrive = None
    if before is not None:
        earlier = _span(times[0], start) / step
        slope = (paired.first - _neighbour(before, paired)) / earlier
        leave = (slope + earlier * chord) / (1 + earlier)
    if after is not None:
        later = _span(end, times[3]) / step
        slope = (_neighbour(after, paired) - paired.second) / later
        arrive = (slope + later * chord) / (1 + later)
    # The curvature at an end is 6 chord - 4 its tangent - 2 the other's: 0 gives the tangent.
    if leave is None:
        leave = chord if arrive is None else (3 * chord - arrive) / 2
    if arrive is None:
        arrive = (3 * chord - leave) / 2
    return leave, arrive


def _neighbour(vertices: ArrayLike, paired: Paired) -> Floats:
    answer = np.asarray(vertices, np.float64)
    if answer.shape != paired.first.shape or not np.isfinite(answer).all():
        raise DoodleError(f"a neighbouring key has shape {answer.shape}; give finite {paired.first.shape}")
    return answer


def _span(before: float | None, after: float | None) -> float:
    if before is None or after is None or not 0 < after - before < np.inf:
        raise DoodleError(f"key times {before} and {after} do not rise; give every key a time of its own, in order")
    return float(after - before)


def shake(vertices: ArrayLike, coefficients: ArrayLike) -> Floats:
    """Vertices (V, 3) moved by a smooth displacement of the plane: (V, 3) float64; radii swell and thin a little.

    The displacement is a sum of plane waves, the same for every drawing, so what touches goes on touching and lines
    wobble but do not tear. coefficients (SHAKE_SIZE,), of any sign: how much of each. Where these are independent, of
    mean 0 and standard deviation 1, every place's displacement in x has standard deviation SHAKE model pixels, as has
    that in y; coefficients 0 move nothing, bit for bit.

    Raises DoodleError for other shapes.
    """
    points, amounts = np.asarray(vertices, np.float64), np.asarray(coefficients, np.float64)
    if points.ndim != 2 or points.shape[1] != 3 or amounts.shape != (SHAKE_SIZE,):
        raise DoodleError(f"shapes {points.shape} and {amounts.shape} do not fit; give (V, 3) and ({SHAKE_SIZE},)")
    if not amounts.any():
        return points.copy()
    along, swell = _waves()
    field = parts(points, along) @ amounts[: 4 * _WAVES].reshape(2, -1).T
    swollen = np.exp(np.minimum(_THICKNESS * (parts(points, swell) @ amounts[4 * _WAVES :]), _FATTEST))
    return np.concatenate([points[:, :2] + SHAKE * field, points[:, 2:] * swollen[:, None]], axis=1)


@lru_cache(maxsize=1)
def _waves() -> tuple[Floats, Floats]:
    """Waves of the displacement and of the radius, (W, 3) each, see `placed`."""
    # Mostly waves longer than small shapes are wide: at 1 sigma shorter ones would fold the plane, and lines with it.
    lengths = np.geomspace(8, 40, _WAVES)
    share = np.exp(-0.5 * (np.log(lengths / 21) / np.log(1.5)) ** 2)
    swells = np.geomspace(12, 36, _SWELLS)
    return placed(lengths, share, 0.0), placed(swells, np.ones(_SWELLS), 1.0)
