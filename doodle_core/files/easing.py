"""Values over time as few keyframes: at which times they are needed, and how to ease from each to the next.

An ease is a cubic Bezier curve from (0, 0) to (1, 1) whose inner points lie at a third and at two thirds of the time:
progress is then a cubic polynomial of time, which is fitted by least squares. It is what animation formats have, and
what Blender's own curves are where handles are as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["HOLD", "LINEAR", "Keyframes", "keyframes", "progress"]

Floats: TypeAlias = NDArray[np.float64]
Ease: TypeAlias = tuple[float, float] | None

LINEAR = (1 / 3, 2 / 3)
"""The progress at a third and at two thirds of the time, as control points: of even motion."""
HOLD: Ease = None
"""Nothing moves until the next keyframe."""


@dataclass(frozen=True)
class Keyframes:
    """Which of the given times are keyframes.

    Parameters
    ----------
    picks : (K,) of int
        Numbers of times, rising, the first one always; the last one, too, unless nothing moves or all is held.
    eases : (K - 1,) of (float, float) or None
        From each to the next: HOLD, which is None, or the heights of the two control points, 0 to 1.
    """

    picks: tuple[int, ...]
    eases: tuple[Ease, ...]


def keyframes(times: ArrayLike, values: ArrayLike, tolerance: float, held: bool = False) -> Keyframes:
    """As few keyframes as keep every value near enough at every time.

    Parameters
    ----------
    times : (F,) float
        Rising.
    values : (F, N, D) float
        N things of D numbers each, such as the places of vertices.
    tolerance : float
        How far, in Euclidean distance, any of the N may be from its values at any time.
    held : bool
        Whether values stay as they are until the next keyframe.
    """
    when, rows = np.asarray(times, np.float64), np.asarray(values, np.float64)
    last = len(when) - 1
    picks: list[int] = [0]
    eases: list[Ease] = []
    while picks[-1] < last:
        first = picks[-1]
        still = _still(rows[first:], tolerance / 4)
        if first + still > last:
            if first:  # what follows stays: a keyframe here says so
                break
            return Keyframes((0,), ())
        if held:
            picks.append(first + still)
            eases.append(HOLD)
            continue
        reach, ease = _farthest(when[first:], rows[first:], tolerance)
        picks.append(first + reach)
        eases.append(ease)
    return Keyframes(tuple(picks), tuple(eases))


def _still(rows: Floats, tolerance: float) -> int:
    """How many times, from the first on, values stay as they are at the first: at least 1."""
    away = np.sqrt(((rows - rows[0]) ** 2).sum(axis=2)).max(axis=1, initial=0.0)
    moved = np.flatnonzero(away > tolerance)
    return int(moved[0]) if len(moved) else len(rows)


def _farthest(times: Floats, rows: Floats, tolerance: float) -> tuple[int, tuple[float, float]]:
    """How many times on the next keyframe can be, and the ease to there. Found by halving, as if what can be eased over
    a long time could be over a shorter one."""
    last = len(times) - 1
    best, answer = 1, LINEAR
    low, high, tried = 1, last, last  # the longest first: it often is enough
    while low <= high:
        ease = _eased(times[: tried + 1], rows[: tried + 1], tolerance)
        if ease is None:
            high = tried - 1
        else:
            best, answer = tried, ease
            low = tried + 1
        tried = (low + high + 1) // 2
    return best, answer


def _eased(times: Floats, rows: Floats, tolerance: float) -> tuple[float, float] | None:
    """The ease from the first to the last of these rows that keeps all between them; None where none does."""
    if len(times) == 2:
        return LINEAR
    share = (times - times[0]) / (times[-1] - times[0])
    change = rows[-1] - rows[0]
    whole = float((change**2).sum())
    if whole == 0.0:
        return None if _still(rows, tolerance) < len(rows) else LINEAR
    gone = ((rows - rows[0]) * change).sum(axis=(1, 2)) / whole
    for ease in (LINEAR, _fitted(share, gone)):
        away = rows - (rows[0] + progress(share, ease)[:, None, None] * change)
        if np.sqrt((away**2).sum(axis=2)).max() <= tolerance:
            return ease
    return None


def progress(share: Floats, ease: Ease) -> Floats:
    """How much of a change is done at shares (F,) of the time, 0 to 1."""
    if ease is None:
        return np.floor(share)
    rest = 1 - share
    done: Floats = 3 * rest * rest * share * ease[0] + 3 * rest * share * share * ease[1] + share**3
    return done


def _fitted(share: Floats, gone: Floats) -> tuple[float, float]:
    rest = 1 - share
    table = np.stack([3 * rest * rest * share, 3 * rest * share * share], axis=1)
    heights: Floats = np.linalg.lstsq(table, gone - share**3, rcond=None)[0]
    low, high = np.clip(np.round(heights, 3), 0.0, 1.0).tolist()
    return low, high
