"""The methods: from the vertices of two keys to those at a fraction between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.errors import DoodleError
from doodle_core.interpolation import METHODS, UNEVEN

__all__ = ["Neighbours", "limited", "vertices"]

Floats: TypeAlias = NDArray[np.float64]

_BACK = 0.4  # of a move: how far a tangent may point back from it, or to its side; the curve then leaves it by less
_AHEAD = 3.0  # of a move: how far it may point along (de Boor and Swartz 1977)


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Where the vertices of two keys are at the key before the first and after the second.

    Parameters
    ----------
    before, after : (V, 2) float64
        Model pixels; NaN where a vertex is not there.
    times : (4,) float64
        Of the key before, the first, the second and the key after; rising, NaN where there is no key.
    """

    before: Floats
    after: Floats
    times: Floats


def vertices(
    first: Floats,
    second: Floats,
    fraction: float,
    method: str,
    turned: Callable[[float, str], Floats],
    neighbours: Neighbours | None = None,
) -> Floats:
    """The vertices at a fraction in 0 to 1 of the way: (V, 2) float64. At 0 and 1 exactly the keys.

    Parameters
    ----------
    first, second : (V, 2) float64
        Where they are at either key.
    method
        linear: straight. circular and spherical: as `Turning` has it. cubic: a cubic Hermite curve a vertex, with the
        tangents of the parabola through three keys (Catmull and Rom 1974, for uneven times), held back so that a vertex
        never strays from its straight path by more than a tenth of the move, and rests where two keys are alike. hold:
        the first key until the second.
    turned
        `Turning.at`; asked only where the method needs it.
    neighbours
        Asked for only by cubic.

    Raises
    ------
    DoodleError
        For an unknown method, times that do not rise, or a curve beyond all numbers.
    """
    if method not in METHODS:
        raise DoodleError(f"method '{method}' is unknown; give one of {', '.join(METHODS)}")
    if fraction == 0.0 or (method == "hold" and fraction < 1.0):
        return first.copy()
    if fraction == 1.0:
        return second.copy()
    if method in ("circular", "spherical"):
        return turned(fraction, method)
    s = fraction
    straight = first + s * (second - first)  # what does not move stays bit for bit
    if method == "linear" or neighbours is None:
        return straight
    with np.errstate(all="ignore"):
        leave, arrive = _tangents(first, second, neighbours)
        chord = second - first
        curved = straight + s * (1 - s) * ((1 - s) * (leave - chord) - s * (arrive - chord))
    if not np.isfinite(curved).all():
        raise DoodleError(UNEVEN)
    return curved


def _tangents(first: Floats, second: Floats, neighbours: Neighbours) -> tuple[Floats, Floats]:
    """Tangents (V, 2) at the first and the second key, model pixels per whole way."""
    times, chord = neighbours.times, second - first
    step = _span(times[1], times[2])
    leave, arrive = chord.copy(), chord.copy()
    before = np.isfinite(neighbours.before).all(axis=1) & np.isfinite(times[0])
    after = np.isfinite(neighbours.after).all(axis=1) & np.isfinite(times[3])
    if before.any():
        earlier = _span(times[0], times[1]) / step
        back = first[before] - neighbours.before[before]
        leave[before] = limited(
            (back / earlier + earlier * chord[before]) / (1 + earlier), chord[before], back, earlier
        )
    if after.any():
        later = _span(times[2], times[3]) / step
        on = neighbours.after[after] - second[after]
        arrive[after] = limited((on / later + later * chord[after]) / (1 + later), chord[after], on, later)
    # Where the track ends nothing bends: the curvature there is 6 chords, less 4 of its tangent and 2 of the other.
    leave = np.where((~before & after)[:, None], (3 * chord - arrive) / 2, leave)
    arrive = np.where((before & ~after)[:, None], (3 * chord - leave) / 2, arrive)
    return leave, arrive


def limited(tangent: Floats, chord: Floats, other: Floats, ratio: float) -> Floats:
    """Tangents (V, 2) at a key, shortened so that neither the move on this side of it, `chord` (V, 2), nor that on the
    other side, `other`, which takes `ratio` times as long, is overshot.

    Both sides' limits count on both sides, so the curve has no kink at the key.
    """
    share = np.minimum(_allowed(tangent, chord), _allowed(tangent * ratio, other))
    answer: Floats = tangent * share[:, None]
    return answer


def _allowed(tangent: Floats, move: Floats) -> Floats:
    """What share of each tangent (V, 2) a move (V, 2) allows, 0 to 1."""
    length = np.hypot(*move.T)
    unit = move / np.where(length > 0, length, 1.0)[:, None]
    along = (tangent * unit).sum(axis=1)
    aside = np.abs(tangent[:, 0] * unit[:, 1] - tangent[:, 1] * unit[:, 0])
    tiny = np.finfo(float).tiny
    share = np.minimum(
        np.where(along > 0, _AHEAD * length / np.maximum(along, tiny), _BACK * length / np.maximum(-along, tiny)),
        _BACK * length / np.maximum(aside, tiny),
    )
    share = np.where(length > 0, share, 0.0)  # where two keys are alike, the vertex rests
    return np.clip(share, 0.0, 1.0)


def _span(before: float, after: float) -> float:
    if not 0 < after - before < np.inf:
        raise DoodleError(f"key times {before} and {after} do not rise; give every key a time of its own, in order")
    return float(after - before)
