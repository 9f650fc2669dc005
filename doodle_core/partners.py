"""What became what between two keys, carried over when a hand has corrected one of them.

The partners that an artist has seen and kept are not guessed again: what a corrected drawing still has of the old one
keeps its partner, through the old drawing. Only what is new at both keys is matched to each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.drawing.building import ranges
from doodle_core.geometry.contour import Contour, contours_of
from doodle_core.matching.correspondence import Span

__all__ = ["carried", "chained", "joined"]

Floats: TypeAlias = NDArray[np.float64]
Matcher: TypeAlias = Callable[[Drawing, Drawing], list[Span]]
Interval: TypeAlias = tuple[float, float]

_ROUND = 1e-4  # of a contour's length: what a span may miss of the whole of it
_LEAST = 1e-3  # model pixels: a shorter stretch is none
_NONE = np.zeros(0)


def carried(
    spans: Sequence[Span], old: tuple[Drawing, Drawing], new: tuple[Drawing, Drawing], match: Matcher
) -> list[Span]:
    """What becomes what between two drawings, as it was between those that they were made from.

    Parameters
    ----------
    spans
        Between the old drawings.
    match
        Finds spans between any two drawings.

    Returns
    -------
    Spans that cover both new drawings.
    """
    outlines = contours_of(new[0]), contours_of(new[1])
    found = list(spans)
    if new[0] is not old[0]:
        found = chained(match(new[0], old[0]), found, contours_of(old[0]), contours_of(old[1]))
    if new[1] is not old[1]:
        found = chained(found, match(old[1], new[1]), contours_of(old[1]), outlines[1])
    found = [span for span in found if _is_sound(span, new, outlines)]
    loose = _untouched(new[0], [span.line for span in found]), _untouched(new[1], [span.other for span in found])
    if all(len(shapes) for shapes in loose):
        some = [drawing.select(shapes) for drawing, shapes in zip(new, loose, strict=True)]
        names = [_contours(drawing, shapes) for drawing, shapes in zip(new, loose, strict=True)]
        for span in match(some[0], some[1]):
            if span.line >= 0 and span.other >= 0:
                line, other = int(names[0][span.line]), int(names[1][span.other])
                found.append(replace(span, line=line, other=other))
    return found + _rest(found, outlines)


def joined(first: Sequence[Span], second: Sequence[Span], middle: Drawing, ends: tuple[Drawing, Drawing]) -> list[Span]:
    """What becomes what between two drawings, as it did through one in the middle. It covers both."""
    outlines = contours_of(ends[0]), contours_of(ends[1])
    found = chained(first, second, contours_of(middle), outlines[1])
    found = [span for span in found if _is_sound(span, ends, outlines)]
    return found + _rest(found, outlines)


def chained(
    first: Sequence[Span], second: Sequence[Span], middle: Sequence[Contour], last: Sequence[Contour]
) -> list[Span]:
    """What becomes what through a drawing in the middle, as far as both sides have partners there.

    Parameters
    ----------
    middle, last
        The contours of the drawing that `first` ends and `second` begins with, and of that which `second` ends with.
    """
    onward: dict[int, list[Span]] = {}
    for span in second:
        if span.line >= 0 and span.other >= 0:
            onward.setdefault(span.line, []).append(span)
    answer = []
    for span in first:
        for following in onward.get(span.other, ()) if span.line >= 0 and span.other >= 0 else ():
            answer += _through(span, following, middle[span.other], last[following.other])
    return answer


def _through(one: Span, two: Span, middle: Contour, goal: Contour) -> list[Span]:
    rising = one.there[-1] >= one.there[0]
    start, on = (one.here, one.there) if rising else (one.here[::-1], one.there[::-1])
    found = []
    for along, there in _turns(two, middle, goal, (float(on[0]), float(on[-1]))):
        low, high = max(on[0], along[0]), min(on[-1], along[-1])
        if (high - low <= _LEAST and middle.length > _LEAST) or high < low:
            continue
        within = [part[(part > low) & (part < high)] for part in (on, along)]
        marks = np.unique(np.concatenate([[low], *within, [high]]))
        if len(marks) == 1:
            marks = np.repeat(marks, 2)
        here, beyond = np.interp(marks, on, start), np.interp(marks, along, there)
        if not rising:
            here, beyond = here[::-1], beyond[::-1]
        sure = min(one.sure, two.sure)
        found.append(replace(one, other=two.other, here=here, there=beyond, sure=sure))
    return found


def _turns(span: Span, middle: Contour, goal: Contour, reach: Interval) -> Iterable[tuple[Floats, Floats]]:
    """A span from the middle on, on those turns of a closed contour that a stretch reaches; as one, where it goes
    round and round."""
    along, there = np.asarray(span.here, np.float64), np.asarray(span.there, np.float64)
    if not middle.closed or middle.length <= 0:
        return [(along, there)]
    whole = middle.length
    turns = range(int(np.floor((reach[0] - along[-1]) / whole)), int(np.ceil((reach[1] - along[0]) / whole)) + 1)
    step = there[-1] - there[0]
    round_here = along[-1] - along[0] >= whole * (1 - _ROUND)
    round_there = goal.closed and abs(step) >= goal.length * (1 - _ROUND)
    if not (round_here and round_there):
        return [(along + turn * whole, there) for turn in turns]
    kept = slice(None, -1)
    long = [*((along + turn * whole)[kept] for turn in turns), along[-1:] + turns[-1] * whole]
    far = [*((there + turn * step)[kept] for turn in turns), there[-1:] + turns[-1] * step]
    return [(np.concatenate(long), np.concatenate(far))]


def _is_sound(span: Span, drawings: tuple[Drawing, Drawing], outlines: tuple[Sequence[Contour], ...]) -> bool:
    """Whether a span is of lines, or of areas as a whole."""
    if span.line < 0 or span.other < 0:
        return False
    kinds = drawings[0].filled[span.line], drawings[1].filled[span.other]
    if not any(kinds):
        return True
    ends = (span.here, outlines[0][span.line]), (span.there, outlines[1][span.other])
    return all(kinds) and all(abs(places[-1] - places[0]) >= own.length * (1 - _ROUND) for places, own in ends)


def _untouched(drawing: Drawing, contours: Iterable[int]) -> NDArray[np.int64]:
    """The shapes none of whose contours is among these."""
    touched = np.zeros(len(drawing), bool)
    touched[drawing.shape_of_contour[list(contours)]] = True
    return np.flatnonzero(~touched)


def _contours(drawing: Drawing, shapes: NDArray[np.int64]) -> NDArray[np.int64]:
    return ranges(drawing.shapes[:-1][shapes], drawing.shapes[1:][shapes])


def _rest(spans: Sequence[Span], outlines: tuple[Sequence[Contour], Sequence[Contour]]) -> list[Span]:
    """What no span has, as what only one drawing has."""
    answer = []
    for key in (0, 1):
        taken: dict[int, list[Interval]] = {}
        for span in spans:
            places = span.here if key == 0 else span.there
            own = taken.setdefault(span.line if key == 0 else span.other, [])
            own.append((float(np.min(places)), float(np.max(places))))
        for number, contour in enumerate(outlines[key]):
            for gap in _gaps(contour, taken.get(number, [])) if len(contour.points) else ():
                ends = np.array(gap)
                answer.append(Span(number, -1, ends, _NONE) if key == 0 else Span(-1, number, _NONE, ends))
    return answer


def _gaps(contour: Contour, taken: Sequence[Interval]) -> list[Interval]:
    """The stretches of a contour that are not taken."""
    whole = contour.length
    if not taken:
        return [(0.0, whole)]
    if whole <= _LEAST or any(high - low >= whole * (1 - _ROUND) for low, high in taken):
        return []
    if contour.closed:  # from where the first one begins once round
        first = min(low for low, _ in taken)
        taken = [(low + turn * whole, high + turn * whole) for low, high in taken for turn in (-2, -1, 0, 1, 2)]
        begin, end = first, first + whole
    else:
        begin, end = 0.0, whole
    found, at = [], begin
    for low, high in sorted(taken):
        if low - at > _LEAST and at < end:
            found.append((at, min(low, end)))
        at = max(at, high)
    if end - at > _LEAST:
        found.append((at, end))
    return found
