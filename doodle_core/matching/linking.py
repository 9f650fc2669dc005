"""Links are kept: whatever found the spans, what the artist linked lies on what it was linked with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import contours_of
from doodle_core.geometry.corners import corners_of
from doodle_core.geometry.sampling import Outlines, outlines_of
from doodle_core.inbetween.alignment import twins_of
from doodle_core.matching.along import follow
from doodle_core.matching.correspondence import Span
from doodle_core.matching.demands import located
from doodle_core.matching.hints import Constraints
from doodle_core.matching.motion import still
from doodle_core.matching.pinned import Stretch, through
from doodle_core.matching.surrounding import surroundings

__all__ = ["held", "linked"]

Drawings: TypeAlias = tuple[Drawing, Drawing]
Sides: TypeAlias = tuple[Outlines, Outlines]


_EXCHANGED = 0.7  # how sure it is that shapes take the partners of those that took theirs
_HELD = 2.0  # model pixels: a link that misses by no more says nothing new


@dataclass(frozen=True)
class _Pin:
    """A link as a contour of either key and the length along it, model pixels."""

    contours: tuple[int, int]
    lengths: tuple[float, float]


def linked(spans: Sequence[Span], drawings: Drawings, asked: Constraints) -> list[Span]:
    """The spans, with those of linked contours as links ask for, and shapes that are to have no partner without one.

    A line that is linked with several is cut between the links; an area goes as a whole with the first.
    """
    if not asked:
        return list(spans)
    sides = outlines_of(drawings[0]), outlines_of(drawings[1])
    pairs = _pairs(_pins(drawings, sides, asked), sides, drawings)
    partners = {(one.contour, two.contour) for (one, two), _ in pairs}
    settled = tuple(
        {pair[k] for pair in partners} | {c for shape in asked.alone[k] for c in _contours(drawings[k], shape)}
        for k in (0, 1)
    )
    answer = []
    for span in spans:
        if not _released(span, settled, partners, spans, drawings):
            answer.append(span)
        elif span.line not in settled[0] and span.line >= 0:
            answer.append(Span(span.line, -1, span.here, np.zeros(0)))
        elif span.other not in settled[1] and span.other >= 0:
            there = np.asarray(span.there)
            answer.append(
                Span(-1, span.other, np.zeros(0), there[[0, -1]] if there[-1] >= there[0] else there[[-1, 0]])
            )
    answer = _exchanged(answer, spans, partners, drawings, sides)
    alone = _by_themselves(asked, drawings, sides)
    taken = {one for one, _ in partners}, {two for _, two in partners}  # the line round a linked area goes along
    answer += [span for span in alone if span.line not in taken[0] and span.other not in taken[1]]
    corners = corners_of(sides[0]), corners_of(sides[1])
    around = surroundings(answer, drawings, asked)
    known = {(s.line, s.other): (np.asarray(s.here), np.asarray(s.there)) for s in spans if min(s.line, s.other) >= 0}
    for stretches, pins in pairs:
        pair = stretches[0].contour, stretches[1].contour
        place = complex(sides[0].at(np.array([pair[0]]), np.array([[pins[0][0]]]))[0, 0])
        factor, _ = around.at(place)
        answer.append(Span(*pair, *through(sides, corners, stretches, pins, known.get(pair), factor)))
    return answer


def _exchanged(
    answer: list[Span], before: Sequence[Span], partners: set[tuple[int, int]], drawings: Drawings, sides: Sides
) -> list[Span]:
    """The spans, but that contours which lost their partners to linked ones take the partners that these had."""
    forth = {span.line: span.other for span in before if min(span.line, span.other) >= 0}
    back = {span.other: span.line for span in before if min(span.line, span.other) >= 0}
    lone = [{span.line for span in answer if span.other < 0}, {span.other for span in answer if span.line < 0}]
    layers = [d.layers[d.shape_of_contour] if d.layers is not None else d.shape_of_contour * 0 for d in drawings]
    pairs = []
    for line, other in sorted(partners):
        c, d = back.get(other, -1), forth.get(line, -1)
        if c in lone[0] and d in lone[1] and drawings[0].filled[c] == drawings[1].filled[d]:
            whole = [(sides[0], c, forth.get(c) == other), (sides[1], d, back.get(d) == line)]
            if all(fits and side.counts[own] > 0 for side, own, fits in whole) and layers[0][c] == layers[1][d]:
                pairs.append((c, d))
                lone[0].discard(c)
                lone[1].discard(d)
    if not pairs:
        return answer
    i, j = np.array(pairs, np.int64).T
    marks = follow(sides[0], sides[1], i, j, still(len(i)))
    kept = [s for s in answer if not (s.other < 0 and s.line in i) and not (s.line < 0 and s.other in j)]
    return kept + [Span(c, d, *own, _EXCHANGED) for (c, d), own in zip(pairs, marks, strict=True)]


def held(spans: Sequence[Span], drawings: Drawings, asked: Constraints) -> bool:
    """Whether spans have all links already, about where they are."""
    sides = outlines_of(drawings[0]), outlines_of(drawings[1])
    return all(
        any(_close(span, pin, sides) for span in spans if (span.line, span.other) == pin.contours)
        for pin in _pins(drawings, sides, asked)
    )


def _close(span: Span, pin: _Pin, sides: Sides) -> bool:
    """Whether a span takes the one end of a link about to the other."""
    here, there = np.asarray(span.here), np.asarray(span.there)
    contour, other = pin.contours
    along = pin.lengths[0]
    if sides[0].closed[contour]:
        along = here[0] + (along - here[0]) % max(float(sides[0].lengths[contour]), 1e-9)
    if not here[0] <= along <= here[-1]:
        return False
    at = sides[1].at(np.array([other]), np.array([[np.interp(along, here, there), pin.lengths[1]]]))[0]
    return bool(abs(at[0] - at[1]) <= _HELD)


def _contours(drawing: Drawing, shape: int) -> range:
    return range(int(drawing.shapes[shape]), int(drawing.shapes[shape + 1]))


def _pins(drawings: Drawings, sides: Sides, asked: Constraints) -> list[_Pin]:
    """Links as places on contours: on the line round an area where both keys have one, for it is that which moves."""
    round_ = twins_of(drawings[0]), twins_of(drawings[1])
    answer = []
    for link in asked.links:
        ends = [
            located(side, _contours(drawing, shape), place)
            for side, drawing, shape, place in zip(
                sides, drawings, (link.shape, link.other), (link.place, link.goal), strict=True
            )
        ]
        lines = [own.get(contour) for own, (contour, _) in zip(round_, ends, strict=True)]
        if None not in lines:
            ends = [
                (int(line or 0), min(length, float(side.lengths[line])))
                for line, side, (_, length) in zip(lines, sides, ends, strict=True)
            ]
        if all(side.counts[contour] > 0 for side, (contour, _) in zip(sides, ends, strict=True)):
            answer.append(_Pin((ends[0][0], ends[1][0]), (ends[0][1], ends[1][1])))
    return answer


def _pairs(
    pins: list[_Pin], sides: Sides, drawings: Drawings
) -> list[tuple[tuple[Stretch, Stretch], list[tuple[float, float]]]]:
    """Stretches that are partners, and the lengths along them that meet; of links that contradict each other the
    earlier ones."""
    filled = drawings[0].filled, drawings[1].filled
    kept: list[_Pin] = []
    for pin in pins:
        whole = any(
            filled[k][pin.contours[k]] and any(p.contours[k] == pin.contours[k] != pin.contours for p in kept)
            for k in (0, 1)
        )
        if not whole and _consistent([*kept, pin], sides):
            kept.append(pin)
    found = [dict(_stretches(kept, k, sides[k])) for k in (0, 1)]
    joined: dict[tuple[Stretch, Stretch], list[tuple[float, float]]] = {}
    for number, pin in enumerate(kept):
        joined.setdefault((found[0][number], found[1][number]), []).append(pin.lengths)
    # An area goes where the line round it goes.
    areas = [{line: area for area, line in twins_of(drawing).items()} for drawing in drawings]
    for (one, two), lengths in list(joined.items()):
        own, other = areas[0].get(one.contour), areas[1].get(two.contour)
        whole = one.length == sides[0].lengths[one.contour] and two.length == sides[1].lengths[two.contour]
        if own is not None and other is not None and whole:
            both = (Stretch(c, 0.0, float(side.lengths[c]), True) for c, side in zip((own, other), sides, strict=True))
            joined.setdefault(tuple(both), []).extend(lengths)  # type: ignore[arg-type]
    return list(joined.items())


def _consistent(pins: list[_Pin], sides: Sides) -> bool:
    """Whether every stretch has one partner."""
    found = [dict(_stretches(pins, k, sides[k])) for k in (0, 1)]
    partners = {(found[0][n], found[1][n]) for n in range(len(pins))}
    return all(len({pair[k] for pair in partners}) == len(partners) for k in (0, 1))


def _stretches(pins: Sequence[_Pin], key: int, outlines: Outlines) -> Iterator[tuple[int, Stretch]]:
    """The stretch of its contour that each pin is on: contours with several partners are cut half-way between links."""
    on: dict[int, list[int]] = {}
    for number, pin in enumerate(pins):
        on.setdefault(pin.contours[key], []).append(number)
    for contour, own in on.items():
        own.sort(key=lambda n: pins[n].lengths[key])
        whole, closed = float(outlines.lengths[contour]), bool(outlines.closed[contour])
        at = [pins[n].lengths[key] for n in own]
        partner = [pins[n].contours[1 - key] for n in own]
        cuts = [(at[k - 1] + at[k]) / 2 for k in range(1, len(own)) if partner[k] != partner[k - 1]]
        if not cuts:
            yield from ((n, Stretch(contour, 0.0, whole, closed)) for n in own)
            continue
        if closed:
            middle = (at[-1] + at[0] + whole) / 2
            cuts += [middle] if partner[0] != partner[-1] else [cuts[0] + whole]
            cuts.sort()
            bounds = [cuts[-1] - whole, *cuts]
        else:
            bounds = [0.0, *cuts, whole]
        for n, length in zip(own, at, strict=True):
            place = bounds[0] + (length - bounds[0]) % whole if closed and whole > 0 else length
            k = min(max(int(np.searchsorted(bounds, place, side="right")) - 1, 0), len(bounds) - 2)
            yield n, Stretch(contour, bounds[k], bounds[k + 1])


def _released(
    span: Span,
    settled: tuple[set[int], ...],
    partners: set[tuple[int, int]],
    spans: Sequence[Span],
    drawings: Drawings,
) -> bool:
    """Whether a span has to go, since a contour of it is settled: all but those of a linked area that also became
    another, or was."""
    if span.line not in settled[0] and span.other not in settled[1]:
        return False
    if min(span.line, span.other) < 0 or (span.line, span.other) in partners or not drawings[0].filled[span.line]:
        return True
    both = span.line in settled[0] and span.other in settled[1]
    beside = [(s.line, s.other) for s in spans if (s.line == span.line) != (s.other == span.other)]
    return both or not any(pair in partners for pair in beside)


def _by_themselves(asked: Constraints, drawings: Drawings, sides: Sides) -> Iterator[Span]:
    """Spans of shapes that have no partner."""
    none = np.zeros(0)
    for key, drawing in enumerate(drawings):
        contours = contours_of(drawing) if asked.alone[key] else []
        for shape in sorted(asked.alone[key]):
            for contour in _contours(drawing, shape):
                if sides[key].counts[contour] > 0:
                    whole = contours[contour].lengths[[0, -1]]
                    yield Span(contour, -1, whole, none) if key == 0 else Span(-1, contour, none, whole)
