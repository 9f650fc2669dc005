"""Spacing as animators chart it: how far each drawing between two keys is on its way.

The charts are those of the drawing board (Williams, "The Animator's Survival Kit", 2001): drawings crowd where the
motion is slow. "Slow out" crowds them after the first key, "slow in" before the second.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from doodle_core.errors import DoodleError

__all__ = ["CHARTS", "NEAREST", "spaced"]

NEAREST = 0.01
"""No drawing is nearer to a key, as a share of the way: it would be taken for the key."""

_CURVES: dict[str, Callable[[float], float]] = {
    "even": lambda t: t,
    "slow_out": lambda t: t * t,
    "slow_in": lambda t: 1 - (1 - t) ** 2,
    "slow_both": lambda t: t * t * (3 - 2 * t),
}
_SHARES = {"halves": 1 / 2, "thirds": 1 / 3}

CHARTS = (*_CURVES, *_SHARES, "favour")
"""The names of the charts.

even, slow_out, slow_in, slow_both: by time, along a curve.
halves, thirds: each drawing goes on by a half, or a third, of the way that is left to the second key.
favour: the drawing in the middle of the time stands where `favour` says; the others follow smoothly.
"""


def spaced(chart: str, first: float, last: float, step: int = 1, favour: float = 0.5) -> list[tuple[float, float]]:
    """The drawings between two keys: when each is shown first, and how far on its way it is.

    Parameters
    ----------
    chart : str
        One of CHARTS.
    first, last : float
        The frames at which the keys stand, rising.
    step : int
        Frames that each drawing is shown, from the first key on: 1 on ones, 2 on twos.
    favour : float
        Above 0, below 1: under a half favours the first key, above it the second.

    Returns
    -------
    list of (float, float)
        Frame and share of the way, both rising; the share is above 0 and below 1.

    Raises
    ------
    DoodleError
        For an unknown chart, a step under 1, a favour out of range, or keys that do not rise.
    """
    if chart not in CHARTS:
        raise DoodleError(f"chart '{chart}' is unknown; give one of {', '.join(CHARTS)}")
    if step < 1:
        raise DoodleError(f"drawings cannot be held for {step} frames; give 1 or more")
    if not 0 < favour < 1:
        raise DoodleError(f"favour {favour:g} is out of range; give a number between 0 and 1")
    if not last > first:
        raise DoodleError(f"keys at frames {first:g} and {last:g} do not rise; give every key a frame of its own")
    count = math.ceil((last - first) / step - 1e-6) - 1
    frames = [first + step * number for number in range(1, count + 1)]
    bend = math.log(favour) / math.log(0.5)
    shares = []
    for number, frame in enumerate(frames, 1):
        time = (frame - first) / (last - first)
        if chart in _SHARES:
            shares.append(1 - (1 - _SHARES[chart]) ** number)
        else:
            shares.append(time**bend if chart == "favour" else _CURVES[chart](time))
    return list(zip(frames, _apart(shares), strict=True))


def _apart(shares: list[float]) -> list[float]:
    """Rising shares kept off both keys, and apart from each other."""
    count = len(shares)
    room = NEAREST / max(1, count)  # what drawings may be crowded into at either end
    return [min(max(share, NEAREST + n * room), 1 - NEAREST - (count - 1 - n) * room) for n, share in enumerate(shares)]
