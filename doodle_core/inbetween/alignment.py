"""From spans of contour to vertices that both keys share: every vertex of either key is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import Contour, contours_of
from doodle_core.inbetween.aligned import Aligned
from doodle_core.inbetween.grouping import grouped
from doodle_core.inbetween.run import Run
from doodle_core.inbetween.vanishing import with_lone
from doodle_core.matching.correspondence import Span

__all__ = ["align", "runs_of", "twins_of"]

Floats: TypeAlias = NDArray[np.float64]

_SAME = 1e-6  # model pixels: marks no farther apart along both contours together are one
_NEARLY = 1e-4  # model pixels
_ROUND = 1e-6  # of a contour's length: how much a span may miss the whole of it by rounding


def align(first: Drawing, second: Drawing, spans: Sequence[Span]) -> Aligned:
    """Two drawings by the same vertices.

    Parameters
    ----------
    spans
        They cover every contour of both drawings; contours of areas as a whole.
    """
    deep = first.depths is not None or second.depths is not None
    drawings, outlines = (first, second), (contours_of(first, deep), contours_of(second, deep))
    shared = _shared(spans, drawings, outlines)
    return _aligned(runs_of(shared, drawings, outlines), drawings, outlines, shared)


def runs_of(
    spans: Sequence[Span],
    drawings: tuple[Drawing, Drawing],
    outlines: tuple[Sequence[Contour], Sequence[Contour]],
) -> list[Run]:
    """The runs of `Aligned.spans`, those of lines first: `Shapes.sources` counts them.

    Parameters
    ----------
    outlines
        The contours of both drawings, as `contours_of` has them.
    """
    lines, others = outlines
    pairs = [_run(lines[span.line], others[span.other], span) for span in spans if span.line >= 0 and span.other >= 0]
    lone = [span for span in spans if span.line < 0 or span.other < 0]
    runs = with_lone(pairs, lone, drawings, outlines)
    # It is lines that may be open: an area that shares their vertices comes after them.
    return sorted(runs, key=lambda run: bool(_filled(run, drawings)))


def _filled(run: Run, drawings: tuple[Drawing, Drawing]) -> np.bool_:
    """Whether a run is of an area."""
    return drawings[0].filled[run.line] if run.line >= 0 else drawings[1].filled[run.other]


def _run(line: Contour, other: Contour, span: Span) -> Run:
    """The vertices of a span: those of both contours, and its own bends."""
    here, there = _exact(span.here, line), _exact(span.there, other)
    # One parameter for both: length at the one key plus length at the other. It rises even where one stands still.
    mixed = here - here[0] + np.abs(there - there[0]) + np.arange(len(here)) * 1e-9
    rising = there[-1] >= there[0]
    low, high = (there[0], there[-1]) if rising else (there[-1], there[0])
    own, theirs = line.vertices_between(here[0], here[-1]), other.vertices_between(low, high)
    on_theirs = np.interp(theirs, there, mixed) if rising else np.interp(theirs, there[::-1], mixed[::-1])
    marks = np.concatenate([mixed, np.interp(own, here, mixed), on_theirs])
    exact_here = np.concatenate([here, own, np.interp(on_theirs, mixed, here)])
    exact_there = np.concatenate([there, np.interp(marks[len(here) : len(here) + len(own)], mixed, there), theirs])
    order = np.argsort(marks, kind="stable")
    marks, exact_here, exact_there = marks[order], exact_here[order], exact_there[order]
    kept = np.concatenate([[True], np.diff(marks) > _SAME])
    kept[-1] = True
    exact_here, exact_there = exact_here[kept], exact_there[kept]
    exact_here[[0, -1]], exact_there[[0, -1]] = here[[0, -1]], there[[0, -1]]
    round_here = line.closed and abs(here[-1] - here[0]) >= line.length * (1 - _ROUND)
    round_there = other.closed and abs(there[-1] - there[0]) >= other.length * (1 - _ROUND)
    cyclic = bool(round_here and round_there)
    if cyclic and len(exact_here) > 1:
        exact_here, exact_there = exact_here[:-1], exact_there[:-1]
    if len(exact_here) == 2 and line.length == 0 and other.length == 0:  # a dot
        exact_here, exact_there = exact_here[:1], exact_there[:1]
    return Run(
        span.line,
        span.other,
        exact_here,
        exact_there,
        line.at(exact_here)[:, :2],
        other.at(exact_there)[:, :2],
        cyclic,
    )


def _exact(lengths: Floats, contour: Contour) -> Floats:
    """Lengths along a contour that miss its end, or one round of it, by rounding alone, moved there: where vertices lie
    in one place, the last of them would be lost."""
    answer = np.array(lengths, np.float64)
    if contour.closed:
        whole = answer[-1] - answer[0]
        if abs(abs(whole) - contour.length) < _NEARLY:
            answer[-1] = answer[0] + np.copysign(contour.length, whole)
        return answer
    return np.where(np.abs(answer - contour.length) < _NEARLY, contour.length, answer)


def _shared(
    spans: Sequence[Span],
    drawings: tuple[Drawing, Drawing],
    outlines: tuple[Sequence[Contour], Sequence[Contour]],
) -> list[Span]:
    """The spans, with those of an area as those of the line that has its vertices: a filled stroke is both, and both
    must move as one."""
    twins = [twins_of(drawing) for drawing in drawings]
    by_line = {(span.line, span.other): span for span in spans if span.line >= 0 and span.other >= 0}
    counts = [np.bincount([s.line for s in spans if s.line >= 0], minlength=len(outlines[0]))]
    counts.append(np.bincount([s.other for s in spans if s.other >= 0], minlength=len(outlines[1])))
    answer = []
    for span in spans:
        twin = twins[0].get(span.line), twins[1].get(span.other)
        known = by_line.get(twin) if None not in twin else None  # type: ignore[arg-type]
        if known is None or counts[0][known.line] > 1 or counts[1][known.other] > 1:
            answer.append(span)
            continue
        line, other = outlines[0][span.line], outlines[1][span.other]
        here, there = np.asarray(known.here), np.asarray(known.there)
        turn = 1.0 if there[-1] >= there[0] else -1.0
        open_here, open_there = outlines[0][known.line].length, outlines[1][known.other].length
        if line.length > open_here or other.length > open_there:  # the piece that closes an open line's area
            if turn < 0:
                answer.append(span)
                continue
            here = np.append(here, here[-1] + max(line.length - (here[-1] - here[0]), 0.0))
            there = np.append(there, there[-1] + max(other.length - (there[-1] - there[0]), 0.0))
        answer.append(replace(span, here=here, there=there))
    return answer


def twins_of(drawing: Drawing) -> dict[int, int]:
    """For each contour of an area, the contour of a line with the same vertices, where there is one."""
    if not drawing.areas.any() or drawing.areas.all():
        return {}
    parts = np.split(drawing.points, drawing.offsets[1:-1])
    filled = drawing.filled
    by_points = {parts[c].tobytes(): c for c in np.flatnonzero(~filled).tolist()}
    found = {c: by_points.get(parts[c].tobytes()) for c in np.flatnonzero(filled).tolist()}
    return {area: line for area, line in found.items() if line is not None and len(parts[area])}


def _aligned(
    runs: Sequence[Run],
    drawings: tuple[Drawing, Drawing],
    outlines: tuple[Sequence[Contour], Sequence[Contour]],
    spans: Sequence[Span],
) -> Aligned:
    # An area and the line round it share their vertices: they are moved once, and stay together.
    kept: list[Run] = []
    by_places: dict[tuple[bytes, bytes], int] = {}
    number = []

    for run in runs:
        name = run.first.tobytes(), run.second.tobytes()
        if name not in by_places or run.lone:
            by_places[name] = len(kept)
            kept.append(run)
        number.append((run, by_places[name]))

    def places(arrays: Sequence[Floats]) -> Floats:
        lengths = [array if len(array) else np.full(len(run), np.nan) for array, run in zip(arrays, kept, strict=True)]
        return np.concatenate([np.zeros(0), *lengths])

    none = np.zeros((0, 2))
    offsets = np.cumsum([0, *(len(run) for run in kept)])
    return Aligned(
        first=np.concatenate([none, *(run.first for run in kept)]),
        second=np.concatenate([none, *(run.second for run in kept)]),
        offsets=offsets,
        cyclic=np.array([run.cyclic for run in kept], bool),
        lone=np.array([run.lone for run in kept], np.int8),
        drawn=np.array([run.drawn for run in kept], np.int8),
        places=np.stack([places([run.here for run in kept]), places([run.there for run in kept])]),
        contours=np.array([[run.line for run in kept], [run.other for run in kept]], np.int64).reshape(2, -1),
        shapes=grouped(number, offsets, drawings, outlines),
        keys=drawings,
        spans=spans,
    )
