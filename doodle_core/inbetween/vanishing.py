"""Shapes that only one of two keys has: they move with what they belong to, and appear or vanish on the way.

Lines are drawn from an end, as a pen draws them, or, where they are dots, by thickness (after Even, Bénard and Barla,
"Non-linear rough 2D animation using transient embeddings", 2023). Areas shrink onto the nearest boundary that both keys
have; holes close, and areas with nothing near them close to a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import Contour
from doodle_core.inbetween.run import Run
from doodle_core.inbetween.surroundings import Surroundings
from doodle_core.matching.correspondence import Span

__all__ = ["with_lone"]

Floats: TypeAlias = NDArray[np.float64]

_TOUCHES = 1.0  # model pixels between ink and ink: a line that begins as near grows out of the other
_NEAR = 10.0  # model pixels: a boundary farther from an area has nothing to do with it
_DOT = 2.0  # radii: a shorter line is a dot


def with_lone(
    pairs: Sequence[Run],
    lone: Sequence[Span],
    drawings: tuple[Drawing, Drawing],
    outlines: tuple[Sequence[Contour], Sequence[Contour]],
) -> list[Run]:
    """The paired runs, and after them those of spans that only one key has."""
    answer = list(pairs)
    for key in (0, 1):
        mine = [span for span in lone if (span.line if key == 0 else span.other) >= 0]
        if not mine:
            continue
        drawing = drawings[key]
        layer_of = _layers(drawing)
        on = [run.line if key == 0 else run.other for run in pairs]
        around = Surroundings(pairs, [layer_of[contour] for contour in on], key)
        for span in mine:
            contour = span.line if key == 0 else span.other
            reach = np.asarray(span.here if key == 0 else span.there, np.float64)
            own = outlines[key][contour]
            if not len(own.points):
                continue
            found = (
                _area(own, contour, drawing, pairs, key, around, layer_of[contour])
                if drawing.filled[contour]
                else _line(own, contour, reach, pairs, key, around, layer_of[contour])
            )
            answer += [_as_run(part, contour, key) for part in found]
    return answer


Part: TypeAlias = tuple[Floats, Floats, Floats, bool, int]
"""Lengths along the contour (n,), places at the key that has it and at the other (n, 2), whether it is cyclic, and
`drawn` of `Aligned`."""


def _as_run(part: Part, contour: int, key: int) -> Run:
    lengths, own, other, cyclic, drawn = part
    none = np.zeros(0)
    if key == 0:
        return Run(contour, -1, lengths, none, own, other, cyclic, 1, drawn)
    return Run(-1, contour, none, lengths, other, own, cyclic, 2, drawn)


def _layers(drawing: Drawing) -> NDArray[np.int32]:
    assert drawing.layers is not None  # a drawing fills them in
    return drawing.layers[drawing.shape_of_contour]


def _area(
    own: Contour,
    contour: int,
    drawing: Drawing,
    pairs: Sequence[Run],
    key: int,
    around: Surroundings,
    layer: int,
) -> list[Part]:
    points = own.points[:, :2]
    carried = around.carried(points, layer)
    shape = drawing.shape_of_contour
    paired = {run.line if key == 0 else run.other for run in pairs}
    hole = any(shape[other] == shape[contour] for other in paired)
    if hole:
        target = np.repeat(carried.mean(axis=0)[None], len(points), axis=0)
    else:
        away, which = around.nearest(points) if len(around) else (np.full(len(points), np.inf), None)
        if which is not None and away.min() <= _NEAR:
            near = int(away.argmin())
            some = np.flatnonzero(around.run == around.run[which[near]])
            target = _folded(own, near, around.here[some], around.there[some], int(which[near] - some[0]))
        else:
            target = _closed(carried)
    return [(own.lengths[: len(points)], points, target, True, 0)]


def _folded(own: Contour, near: int, here: Floats, there: Floats, sample: int) -> Floats:
    """An area's vertices on a boundary, there and back along a stretch of it, so that nothing is enclosed: (n, 2).

    The area lies nearest to the boundary with vertex `near`, at a sample of it; samples (m, 2) are in order, and lie
    `here` at the key that has the area, `there` at the other.
    """
    count = len(own.points)
    walked = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(here, axis=0).T))])
    part = np.mod((own.lengths[:count] - own.lengths[near]) / max(own.length, 1e-9) + 0.25, 1.0)
    wave = 1.0 - 4.0 * np.abs(part - 0.5)  # from -1 to 1 and back; 0 at the nearest vertex
    along = own.points[(near + 1) % count, :2] - own.points[near - 1, :2]
    across = here[min(sample + 1, len(here) - 1)] - here[max(sample - 1, 0)]
    sign = 1.0 if float(along @ across) >= 0 else -1.0
    wanted = walked[sample] + sign * wave * (own.length / 8)
    return np.stack([np.interp(wanted, walked, column) for column in there.T], axis=1)


def _closed(points: Floats) -> Floats:
    """Points (n, 2) brought onto their longest axis, as an eye closes."""
    middle = points.mean(axis=0)
    axis = np.linalg.svd(points - middle, full_matrices=False)[2][0] if len(points) > 1 else np.array([1.0, 0.0])
    along = (points - middle) @ axis
    flat: Floats = middle + along[:, None] * axis
    return flat


def _line(
    own: Contour,
    contour: int,
    reach: Floats,
    pairs: Sequence[Run],
    key: int,
    around: Surroundings,
    layer: int,
) -> list[Part]:
    low, high = float(reach.min()), float(reach.max())
    lengths = np.concatenate([[low], own.vertices_between(low, high), [high]])
    if high == low:
        lengths = lengths[:1]
    values = own.at(lengths)
    points, radii = values[:, :2], values[:, 2]
    carried = around.carried(points, layer)
    if high - low <= _DOT * radii.max():
        return [(lengths, points, carried, False, 0)]
    ends = [_continued(place, own, contour, pairs, key) for place in (low, high)]
    if ends[0] is not None and ends[1] is not None:
        # It closes a gap between two that part: half comes from the one, half from the other.
        middle = max(1, len(lengths) // 2)
        if len(lengths) == 2:
            lengths = np.array([low, (low + high) / 2, high])
            points = own.at(lengths)[:, :2]
            carried = around.carried(points, layer)
        one, two = slice(0, middle + 1), slice(middle, None)
        return [
            (lengths[one], points[one], carried[one] + ends[0] - carried[0], False, 1),
            (lengths[two], points[two], carried[two] + ends[1] - carried[-1], False, -1),
        ]
    if ends[0] is not None:
        return [(lengths, points, carried + ends[0] - carried[0], False, 1)]
    if ends[1] is not None:
        return [(lengths, points, carried + ends[1] - carried[-1], False, -1)]
    begins = _begins(reach)
    hangs = _hanging(points, radii, around)
    if hangs is not None and begins in (0, 1 if hangs[0] == 0 else -1):
        end, place = hangs
        return [(lengths, points, carried + place - carried[end], False, 1 if end == 0 else -1)]
    # A line of its own is drawn from its left end on, as most people write.
    return [(lengths, points, carried, False, begins or (1 if points[0, 0] <= points[-1, 0] else -1))]


def _begins(reach: Floats) -> int:
    """Where the pen begins by a span, see there: 1 at its first end, -1 at its last, 0: that is not known."""
    return 0 if len(reach) < 3 else 1 if reach[0] == reach[1] else -1


def _continued(place: float, own: Contour, contour: int, pairs: Sequence[Run], key: int) -> Floats | None:
    """Where a paired run goes that begins or ends at `place` of a contour, (2,); None where none does."""
    for run in pairs:
        if (run.line if key == 0 else run.other) != contour:
            continue
        lengths, there = (run.here, run.second) if key == 0 else (run.there, run.first)
        for end in (0, -1):
            away = abs(lengths[end] - place)
            if own.closed and own.length > 0:
                away = abs((away + own.length / 2) % own.length - own.length / 2)
            if away < 1e-3:
                return there[end]
    return None


def _hanging(points: Floats, radii: Floats, around: Surroundings) -> tuple[int, Floats] | None:
    """The end, 0 or -1, at which a line (n, 2) touches what both keys have, and where that has gone; or None."""
    if not len(around):
        return None
    away, which = around.nearest(points[[0, -1]])
    near = np.round(away - radii[[0, -1]], 6)  # arithmetic differs in its last digits from machine to machine
    end = int(near.argmin())
    if near[end] > _TOUCHES:
        return None
    return (0, -1)[end], around.there[which[end]] + points[(0, -1)[end]] - around.here[which[end]]


def _complex(points: Floats) -> NDArray[np.complex128]:
    answer: NDArray[np.complex128] = points[:, 0] + 1j * points[:, 1]
    return answer
