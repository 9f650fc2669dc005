"""Lines that a hand closed: they are matched as closed contours, and their spans cut where the line begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.contour import Contour
from doodle_core.matching.correspondence import Span

__all__ = ["closed_by_hand", "cut_at_seams"]

Floats: TypeAlias = NDArray[np.float64]

_CLOSES = 1.2  # model pixels: ends as near as this, on a line much longer, were meant to meet
_TINY = 1e-9


def closed_by_hand(contour: Contour) -> Contour:
    """The contour as a closed one where its ends were meant to meet; else itself."""
    if contour.closed or len(contour.points) < 3:
        return contour
    gap = float(np.hypot(*(contour.points[0, :2] - contour.points[-1, :2])))
    closes = gap < max(_CLOSES, 0.6 * float(contour.points[:, 2].mean())) and contour.length > 10 * max(gap, 1.0)
    return Contour(contour.points, True) if closes else contour


def cut_at_seams(
    spans: Sequence[Span],
    matched: tuple[Sequence[Contour], Sequence[Contour]],
    own: tuple[Sequence[Contour], Sequence[Contour]],
) -> list[Span]:
    """Spans of contours as they were `matched`, closed, as spans of the `own` contours, which may be open: cut where
    these begin, and without the gap between their ends."""
    answer: list[Span] = []
    for span in spans:
        opened = [
            contour >= 0 and matched[key][contour].closed and not own[key][contour].closed
            for key, contour in enumerate((span.line, span.other))
        ]
        if not any(opened):
            answer.append(span)
            continue
        answer += _cut(span, opened, matched, own)
    return answer


def _cut(
    span: Span,
    opened: Sequence[bool],
    matched: tuple[Sequence[Contour], Sequence[Contour]],
    own: tuple[Sequence[Contour], Sequence[Contour]],
) -> list[Span]:
    sides = [np.asarray(side, np.float64) for side in (span.here, span.there)]
    ends = (span.line, span.other)
    count = max(len(sides[0]), len(sides[1]))
    axis = np.arange(count, dtype=np.float64)
    marks = [axis]
    for key in (0, 1):
        if not opened[key]:
            continue
        side, contour = sides[key], matched[key][ends[key]]
        low, high = float(side.min()), float(side.max())
        turns = np.arange(np.floor(low / contour.length), np.ceil(high / contour.length) + 1) * contour.length
        seams = np.concatenate([turns, turns + own[key][ends[key]].length])
        rising = side[-1] >= side[0]
        seams = seams[(seams > low + _TINY) & (seams < high - _TINY)]
        marks.append(np.interp(seams, side if rising else side[::-1], axis if rising else axis[::-1]))
    places = np.unique(np.concatenate(marks))
    cuts = np.unique(np.concatenate([[0.0, axis[-1]], *marks[1:]]))
    answer = []
    for low, high in pairwise(cuts.tolist()):
        part = places[(places >= low) & (places <= high)]
        made = [np.interp(part, axis, side) if len(side) else side for side in sides]
        # What is ink at one key and the other's gap grows out of a point there; the gap of both is nothing.
        if all(opened[key] and _in_gap(made[key], matched[key][ends[key]], own[key][ends[key]]) for key in (0, 1)):
            continue
        for key in (0, 1):
            if opened[key]:
                made[key] = _on_open(made[key], matched[key][ends[key]].length, own[key][ends[key]].length)
        answer.append(replace(span, here=made[0], there=made[1]))
    return answer


def _in_gap(side: Floats, contour: Contour, own: Contour) -> bool:
    middle = float(side.mean()) % contour.length
    return middle > own.length


def _on_open(side: Floats, round_length: float, length: float) -> Floats:
    turn = np.floor(float(side.mean()) / round_length) * round_length
    return np.clip(side - turn, 0.0, length)
