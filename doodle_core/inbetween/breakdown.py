"""An in-between as a key of its own: what became what on either side of it.

Every vertex of an in-between knows where it lies along the contours of both keys. So nothing has to be found out again
when the drawing becomes a key (in animation: a breakdown) between the two: its contours are matched to theirs as they
come from them. What only one key has is, at the breakdown, as far drawn as it is there; the rest of it is drawn on the
same side as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing.building import ranges
from doodle_core.geometry.contour import Contour, contours_of
from doodle_core.inbetween.alignment import runs_of
from doodle_core.inbetween.posing import Inbetweens
from doodle_core.inbetween.run import Run
from doodle_core.matching.correspondence import Span

__all__ = ["Stretch", "spans_beside", "stretches_of"]

Floats: TypeAlias = NDArray[np.float64]

_NONE = np.zeros(0)


@dataclass(frozen=True, eq=False)
class Stretch:
    """Where one contour of a breakdown lies along the contours of the keys it is between.

    Parameters
    ----------
    line, other : int
        The contour of the first and of the second key; -1 where that key has none.
    here, there : (n,) float64
        Lengths along them, model pixels, one for each of the breakdown's vertices; where its contour is closed, one
        more for the first vertex again. Empty where there is no contour.
    rest : (2,) or (0,) float64
        Of a contour that only one key has: the stretch of it that is not drawn yet, or any more.
    drawn : int
        At which end a pen begins that draws it: 1 at its first vertex, -1 at its last, 0 nowhere.
    """

    line: int
    other: int
    here: Floats
    there: Floats
    rest: Floats
    drawn: int = 0


def stretches_of(between: Inbetweens, fraction: float) -> tuple[Stretch, ...]:
    """Where the contours of the drawing at a fraction in 0 to 1, as `Inbetweens.at` has it, come from: one each."""
    aligned = between.aligned
    shapes, key = aligned.shapes, int(fraction >= 0.5)
    order = shapes.orders[key]
    outlines = contours_of(aligned.keys[0]), contours_of(aligned.keys[1])
    runs = runs_of(aligned.spans, aligned.keys, outlines)
    contours = ranges(shapes.shapes[:-1][order], shapes.shapes[1:][order])
    closed = shapes.cyclic[contours] | np.repeat(shapes.areas[order], np.diff(shapes.shapes)[order])
    pairs = zip(shapes.sources[contours].tolist(), closed.tolist(), strict=True)
    return tuple(_stretch(runs[source], outlines, fraction, whole) for source, whole in pairs)


def spans_beside(
    stretches: Sequence[Stretch], contours: Sequence[Contour], names: Sequence[int]
) -> tuple[list[Span], list[Span]] | None:
    """What becomes what from the first key to a breakdown, and from it to the second key.

    Parameters
    ----------
    stretches
        One for each contour of the in-between.
    contours
        Those of the breakdown as it was stored, of as many vertices as they had in the in-between.
    names
        The number that each of the in-between's contours has among them; -1 for one that was not stored.

    Returns
    -------
    Two lists of spans, which cover all contours. None where a contour was stored with other vertices.
    """
    before: list[Span] = []
    after: list[Span] = []
    for stretch, name in zip(stretches, names, strict=True):
        if name < 0:
            before += _alone(stretch.line, _ends(stretch.here, stretch.rest), first=True)
            after += _alone(stretch.other, _ends(stretch.there, stretch.rest), first=False)
            continue
        own = _lengths(contours[name])
        if any(len(places) not in (0, len(own)) for places in (stretch.here, stretch.there)):
            return None
        if stretch.line >= 0:
            before.append(Span(stretch.line, name, stretch.here, own))
        else:
            before += _alone(name, _penned(own, stretch.drawn), first=False)
        if stretch.other >= 0:
            after.append(Span(name, stretch.other, own, stretch.there))
        else:
            after += _alone(name, _penned(own, stretch.drawn), first=True)
        if len(stretch.rest):
            side, key = (before, stretch.line) if stretch.line >= 0 else (after, stretch.other)
            side += _alone(key, stretch.rest, first=stretch.line >= 0)
    for number in sorted(set(range(len(contours))) - set(names)):
        if len(contours[number].points):
            whole = _lengths(contours[number])[[0, -1]]
            before += _alone(number, whole, first=False)
            after += _alone(number, whole, first=True)
    return before, after


def _stretch(run: Run, outlines: tuple[Sequence[Contour], Sequence[Contour]], fraction: float, closed: bool) -> Stretch:
    here = run.here if run.line >= 0 else _NONE
    there = run.there if run.other >= 0 else _NONE
    rest = _NONE
    if run.drawn and len(run) > 1:  # a pen draws it: see `posing._Growing`
        own, share = (here, 1.0 - fraction) if run.lone == 1 else (there, fraction)
        drawn = _drawn(own, share, run.drawn < 0)
        rest = np.array([drawn[-1], own[-1]] if run.drawn > 0 else [own[0], drawn[0]])
        here, there = (drawn, _NONE) if run.lone == 1 else (_NONE, drawn)
    if closed:
        here = _round(here, outlines[0][run.line].length if run.cyclic else 0.0)
        there = _round(there, outlines[1][run.other].length if run.cyclic else 0.0)
    here, there = (np.repeat(one, 2) if len(one) == 1 else one for one in (here, there))  # a dot: from it to itself
    return Stretch(run.line, run.other, here, there, rest, run.drawn if len(rest) else 0)


def _lengths(contour: Contour) -> Floats:
    """Of its vertices; those of a dot twice, as a span needs an end."""
    return np.zeros(2) if len(contour.lengths) == 1 else contour.lengths


def _drawn(places: Floats, share: float, back: bool) -> Floats:
    """Where the vertices of a line lie that is drawn in part, from its first vertex on or (back) from its last."""
    fixed = places[-1] if back else places[0]
    answer: Floats = fixed + share * (places - fixed)
    return answer


def _round(places: Floats, length: float) -> Floats:
    """The places along a closed contour of a length, and the first once more; of one that is not closed (0) the
    last."""
    if not len(places):
        return places
    back = places[-1] if length == 0.0 else places[0] + np.copysign(length, places[-1] - places[0])
    return np.append(places, back)


def _ends(places: Floats, rest: Floats) -> Floats:
    """From where to where all of a contour's places lie."""
    if not len(places):
        return places
    every = np.concatenate([places, rest])
    return np.array([every.min(), every.max()])


def _penned(lengths: Floats, drawn: int) -> Floats:
    """The ends of a contour, the one at which a pen begins twice: see `Span`."""
    return lengths[[0, 0, -1] if drawn > 0 else [0, -1, -1] if drawn < 0 else [0, -1]]


def _alone(contour: int, places: Floats, first: bool) -> list[Span]:
    """A stretch that only the first key of two has, or only the second; of no contour (-1) nothing."""
    if contour < 0:
        return []
    return [Span(contour, -1, places, _NONE) if first else Span(-1, contour, _NONE, places)]
