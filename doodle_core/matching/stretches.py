"""Stretches of lines onto stretches of lines: drawings whose lines begin and end elsewhere at either key.

An artist who draws a key again lifts the pen elsewhere, and a picture that is read breaks at other crossings: then no
line has a partner as a whole. So lines are cut into small pieces, these are brought onto each other as one sheet that
bends (`registration`), and the lines follow them (`correspondence`). Areas keep the partners that they have, and guide
the lines round them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import Contour, contours_of
from doodle_core.matching.correspondence import Scores, Span, spans
from doodle_core.matching.hints import NO_CONSTRAINTS, Constraints
from doodle_core.matching.registration import Places, register
from doodle_core.matching.tokens import Tokens, cut

__all__ = ["anchors", "by_stretches"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]

_MOST = 400  # pieces of a drawing
_FINEST, _COARSEST = 0.4, 3.0  # model pixels: lengths of a piece
_PIECE = 3.0  # `correspondence` has its costs for pieces of that length, to which drawings are scaled
_LEAST, _LEAST_NONE = -12.0, -8.0  # no logarithm of a share is lower
_LONGEST = 6000  # contours; of drawings of more this is too slow


def by_stretches(
    first: Drawing, second: Drawing, whole: Sequence[Span], asked: Constraints = NO_CONSTRAINTS
) -> list[Span] | None:
    """What became what, lines cut where they have to be.

    Parameters
    ----------
    first, second : Drawing
    whole : sequence of Span
        What became what by whole shapes, from which areas have their partners, and what constraints speak of.

    Returns
    -------
    list of Span or None
        They cover all contours of both. None where there are no lines at either key, or far too many.
    """
    own = contours_of(first), contours_of(second)
    settled = [
        drawing.filled | np.isin(drawing.shape_of_contour, sorted(own))
        for drawing, own in zip((first, second), asked.settled, strict=True)
    ]
    kept = [s for s in whole if (s.line >= 0 and settled[0][s.line]) or (s.other >= 0 and settled[1][s.other])]
    taken = {span.line for span in kept}, {span.other for span in kept}
    seen = [
        [c for c, contour in enumerate(side) if len(contour.points) and c not in taken[key]]
        for key, side in enumerate(own)
    ]
    if not seen[0] or not seen[1] or max(len(seen[0]), len(seen[1])) > _LONGEST:
        return None
    total = max(sum(own[key][c].length for c in seen[key]) for key in (0, 1))
    scale = _PIECE / float(np.clip(total / _MOST, _FINEST, _COARSEST))
    lines, others = ([_scaled(own[key][c], scale) for c in seen[key]] for key in (0, 1))
    a, b = cut(lines, _PIECE, _MOST), cut(others, _PIECE, _MOST)
    pairs, none = register(_places(a), _places(b), anchors(kept, own, scale / _PIECE))
    scores = Scores(np.maximum(pairs, _LEAST), np.maximum(none, _LEAST_NONE))
    found = spans(lines, others, a, b, scores)
    return kept + [
        Span(
            seen[0][span.line] if span.line >= 0 else -1,
            seen[1][span.other] if span.other >= 0 else -1,
            np.asarray(span.here) / scale,
            np.asarray(span.there) / scale,
            span.sure,
        )
        for span in found
    ]


def _scaled(contour: Contour, scale: float) -> Contour:
    points = contour.points.copy()
    points[:, :3] *= scale
    return Contour(points, contour.closed)


def _places(tokens: Tokens) -> Places:
    middles, along = (part.astype(np.float64) @ (1, 1j) for part in (tokens.place, tokens.along))
    return Places(middles / _PIECE, along)


def anchors(
    kept: Sequence[Span], own: tuple[list[Contour], list[Contour]], scale: float
) -> tuple[Complexes, Complexes]:
    """Places on contours that spans match, about a unit apart, at both keys, (K,) each, from the canvas's centre.
    `scale`: units to a model pixel."""
    sides: tuple[list[Complexes], list[Complexes]] = ([], [])
    for span in kept:
        if span.line < 0 or span.other < 0:
            continue
        count = int(np.clip(abs(span.here[-1] - span.here[0]) * scale, 4, 64))
        shares, marks = (np.arange(count) + 0.5) / count, np.linspace(0, 1, len(span.here))
        for key, (contour, lengths) in enumerate(((span.line, span.here), (span.other, span.there))):
            sides[key].append(own[key][contour].at(np.interp(shares, marks, lengths))[:, :2] @ (1, 1j) * scale)
    none = np.zeros(0, complex)
    return np.concatenate([none, *sides[0]]), np.concatenate([none, *sides[1]])
