"""Drawings of thousands of shapes: matched part by part, in their paint order.

All pairs of some thousands of shapes are more than memory and patience hold. Drawings so large are seldom made by hand,
and keep their order: both are cut into as many parts along it, and each part is matched with its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from doodle_core.drawing import Drawing
from doodle_core.drawing.building import ranges
from doodle_core.matching.correspondence import Span
from doodle_core.matching.hints import NO_CONSTRAINTS, Constraints

__all__ = ["MOST", "in_parts"]

MOST = 1500
"""Shapes of a part."""


def in_parts(
    first: Drawing,
    second: Drawing,
    match: Callable[[Drawing, Drawing, Constraints], list[Span]],
    asked: Constraints = NO_CONSTRAINTS,
) -> list[Span]:
    """The spans of two drawings of any size; `match` is asked for parts of at most MOST shapes each."""
    count = -(-max(len(first), len(second)) // MOST)
    if count <= 1:
        return match(first, second, asked)
    bounds = [np.linspace(0, len(drawing), count + 1).astype(np.int64) for drawing in (first, second)]
    answer: list[Span] = []
    for part in range(count):
        chosen = [np.arange(side[part], side[part + 1]) for side in bounds]
        contours = [
            ranges(drawing.shapes[:-1][some], drawing.shapes[1:][some])
            for drawing, some in zip((first, second), chosen, strict=True)
        ]
        numbers = tuple({int(shape): k for k, shape in enumerate(some)} for some in chosen)
        own = asked.part((numbers[0], numbers[1]))
        for span in match(first.select(chosen[0]), second.select(chosen[1]), own):
            line = int(contours[0][span.line]) if span.line >= 0 else -1
            other = int(contours[1][span.other]) if span.other >= 0 else -1
            answer.append(replace(span, line=line, other=other))
    return answer
