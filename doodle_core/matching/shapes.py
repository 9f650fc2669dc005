"""Whole shapes onto whole shapes: what became what between two keys, without a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.inbetween.alignment import align
from doodle_core.matching.along import follow
from doodle_core.matching.correspondence import Span
from doodle_core.matching.description import Description, describe
from doodle_core.matching.energy import energy
from doodle_core.matching.evidence import MOSTLY, order_kept
from doodle_core.matching.motion import Motion, still
from doodle_core.matching.parts import parts
from doodle_core.matching.search import Matching, finalists
from doodle_core.matching.splitting import halves

__all__ = ["Matched", "match", "matched"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_REFEREED = 40  # lines: of no more, several answers are compared by how much they deform the drawing
_COPY = 0.03  # of the length of all contours: so much more a copy may deform the drawing


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
    found = finalists(a, b)
    if len(found) == 1 or max(len(a), len(b)) > _REFEREED or first.areas.any() or second.areas.any():
        return _followed(a, b, found[0])
    answers = [_followed(a, b, one) for one in found]
    total = float(a.outlines.lengths.sum())
    costs = [
        energy(align(first, second, answer.spans)) - _COPY * total * _copied(a, b, one)
        for answer, one in zip(answers, found, strict=True)
    ]
    return answers[int(np.argmin(costs))]


def _followed(a: Description, b: Description, found: Matching) -> Matched:
    """The spans of pairs of shapes."""
    rows, columns, moved, sure = _with_halves(a, b, found)
    i, j, pair = parts(a, b, rows, columns)
    marks = follow(a.outlines, b.outlines, i, j, moved.of(rows[pair]), _copied(a, b, found))
    spans = [Span(int(c), int(d), *mark) for c, d, mark in zip(i, j, marks, strict=True)]
    lone = [Span(c, -1, np.array([0.0, a.outlines.lengths[c]]), np.zeros(0)) for c in _lone(a, i)]
    lone += [Span(-1, d, np.zeros(0), np.array([0.0, b.outlines.lengths[d]])) for d in _lone(b, j)]
    return Matched(spans + lone, np.concatenate([sure[pair], np.full(len(lone), 0.5)]))


def _with_halves(a: Description, b: Description, found: Matching) -> tuple[Ints, Ints, Motion, Floats]:
    """The pairs, and those of areas that became two or were two; how the first of each moves, and how sure each is."""
    back = found.motion.of(found.i).inverse()
    other = still(len(b))
    for name in ("factor", "skew", "shift"):
        getattr(other, name)[found.j] = getattr(back, name)
    came = halves(a, b, found.i, found.j, found.motion)
    gone = halves(b, a, found.j, found.i, other)[::-1]
    rows, columns = (np.concatenate(side) for side in zip((found.i, found.j), came, gone, strict=True))
    return rows, columns, found.motion, np.concatenate([found.confidence, np.full(len(rows) - len(found.i), 0.5)])


def _copied(a: Description, b: Description, found: Matching) -> bool:
    """Whether the second key seems a copy of the first, edited: the order is kept, and the numbers of vertices."""
    alike = (a.counts[found.i] == b.counts[found.j]).all(axis=1)
    most = len(alike) > 1 and len(alike) >= MOSTLY * min(len(a), len(b))
    return most and order_kept(found.j) >= MOSTLY and bool(alike.mean() >= MOSTLY)


def _lone(d: Description, taken: Ints) -> list[int]:
    """The contours that have vertices and are not taken."""
    free = d.outlines.counts > 0
    free[taken] = False
    return np.flatnonzero(free).tolist()
