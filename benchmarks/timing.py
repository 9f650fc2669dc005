"""How long calls take, beside each other: what else the machine does then falls on all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["FULL", "TINY", "Effort", "Times", "interleaved"]

_LONG_ENOUGH = 1e-2  # seconds; what is shorter is called several times for one measurement


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    rounds   of every comparison, at least
    seconds  which a comparison may go on for beyond these, up to `most` rounds
    """

    rounds: int
    seconds: float
    most: int

    @property
    def tiny(self) -> bool:
        """Whether it is only to be seen that everything can be measured."""
        return self.rounds < 3

    def few(self, count: int, at_least: int = 1) -> int:
        """How many of `count` things, or threads, to measure with."""
        return at_least if self.tiny else count


FULL = Effort(5, 3.0, 100)
TINY = Effort(1, 0.0, 1)


@dataclass(frozen=True)
class Times:
    """Seconds of one call in each round."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def milliseconds(self) -> float:
        """The median."""
        return 1e3 * self.median

    def over(self, other: Times) -> float:
        """The median, over the rounds, of how many times as long as the other it took."""
        return statistics.median(a / b for a, b in zip(self.seconds, other.seconds, strict=True))

    def scaled(self, factor: float) -> Times:
        """The same, each time multiplied: of one of several things done together."""
        return Times(tuple(factor * second for second in self.seconds))


def interleaved(calls: Mapping[str, Callable[[], object]], effort: Effort) -> dict[str, Times]:
    """Times of calls that are made in turn, round after round.

    Each is made once more before it counts, every time: the threads of the library before it may still spin in wait,
    and its own data has left the caches.
    """
    repeats = {}
    for name, call in calls.items():
        call()
        repeats[name] = max(1, int(_LONG_ENOUGH / max(_spent(call, 1), 1e-9))) if not effort.tiny else 1
    found: dict[str, list[float]] = {name: [] for name in calls}
    begun = time.perf_counter()
    for turn in range(effort.most):
        if turn >= effort.rounds and time.perf_counter() - begun > effort.seconds:
            break
        for name, call in calls.items():
            if not effort.tiny:
                call()
            found[name].append(_spent(call, repeats[name]))
    return {name: Times(tuple(seconds)) for name, seconds in found.items()}


def _spent(call: Callable[[], object], repeats: int) -> float:
    begun = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - begun) / repeats
