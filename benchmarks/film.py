"""Memory of a film of many large keys that is played through twice, in a process without Blender."""

from __future__ import annotations

import numpy as np

from benchmarks.machine import resident
from benchmarks.rendering import advanced, crowd, film_of, redrawn
from benchmarks.results import Goal, Result, Row, Table
from benchmarks.timing import Effort

__all__ = ["measure", "played"]

_KEYS, _SHAPES, _BETWEEN = 40, 600, 1
_SIZE = 1080
_MOST, _GROWTH = 400.0, 20.0  # MB of the process, and from the first round to the second


def measure(effort: Effort) -> Result:
    if resident() is None:
        return Result((), notes=("How much memory a process has is read from /proc, which is not here.",))
    rounds = played(effort.few(_KEYS, 3), _SHAPES if not effort.tiny else 60)
    rows = tuple(Row(name, tuple(values)) for name, values in zip(("first", "second"), rounds, strict=True))
    caption = f"{_KEYS} keys of {_SHAPES} shapes, drawn by other vertices each time, frames of {_SIZE} px:"
    table = Table(caption, "time through", ("MB after it", "the most in it, MB"), rows)
    growth = rounds[1][0] - rounds[0][0]
    goals = (
        Goal("the whole process, at most", max(most for _, most in rounds), _MOST, "MB"),
        Goal("more after the second time than after the first", growth, _GROWTH, "MB"),
    )
    return Result((table,), goals)


def played(keys: int, shapes: int) -> list[tuple[float, float]]:
    """A film of so many keys goes through twice: each time, what the process has after it, and the most in between."""
    first = crowd(shapes)
    drawings = [advanced(first, step) for step in range(keys)]
    film = film_of([redrawn(one, number) for number, one in enumerate(drawings)])
    out = np.empty((_SIZE, _SIZE, 4), np.float32)
    found = []
    for _ in range(2):
        most = 0.0
        for number in range((keys - 1) * (_BETWEEN + 1) + 1):
            film.frame_rgba(number / (_BETWEEN + 1), _SIZE, drawn_ink=True, out=out)
            most = max(most, resident() or 0.0)
        found.append((resident() or 0.0, most))
    return found
