"""Whole shapes onto whole shapes: what became what between two keys, without a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.matching.along import follow
from doodle_core.matching.correspondence import Span
from doodle_core.matching.description import Description, describe
from doodle_core.matching.parts import parts
from doodle_core.matching.search import search

__all__ = ["Matched", "match", "matched"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Matched:
    """What became what, and how sure that is.

    Parameters
    ----------
    spans : list of Span
        One for each pair of contours, and one for each contour without a partner.
    confidence : (len(spans),) float64
        0 to 1.
    """

    spans: list[Span]
    confidence: Floats


def match(first: Drawing, second: Drawing) -> list[Span]:
    """The spans of `matched`."""
    return matched(first, second).spans


def matched(first: Drawing, second: Drawing) -> Matched:
    """Match the contours of two drawings, shape by shape. Lines become lines and areas areas, of their own layer."""
    a, b = describe(first), describe(second)
    found = search(a, b)
    i, j, pair = parts(a, b, found.i, found.j)
    marks = follow(a.outlines, b.outlines, i, j, found.motion.factor[found.i[pair]])
    spans = [Span(int(c), int(d), *mark) for c, d, mark in zip(i, j, marks, strict=True)]
    sure = found.confidence[pair]
    lone = [Span(c, -1, np.array([0.0, a.outlines.lengths[c]]), np.zeros(0)) for c in _lone(a, i)]
    lone += [Span(-1, d, np.zeros(0), np.array([0.0, b.outlines.lengths[d]])) for d in _lone(b, j)]
    return Matched(spans + lone, np.concatenate([sure, np.full(len(lone), 0.5)]))


def _lone(d: Description, taken: Ints) -> list[int]:
    """The contours that have vertices and are not taken."""
    free = d.outlines.counts > 0
    free[taken] = False
    return np.flatnonzero(free).tolist()
