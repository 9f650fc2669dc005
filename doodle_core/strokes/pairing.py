"""Two keys told by the same strokelets: from spans of line to vertices that both keys share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.raster import FIELD_LIMIT
from doodle_core.strokes.correspondence import Span
from doodle_core.strokes.lines import Line
from doodle_core.strokes.paired import Paired

__all__ = ["pair"]

Floats: TypeAlias = NDArray[np.float64]

_NONE = np.zeros((0, 3))
_LONGEST = 4.0  # model pixels: a longer strokelet could neither bend nor shake
_MOST_PARTS = 64  # of a stretch between two corners: more than its diagonal's lie on no canvas
_FINEST = 0.01  # model pixels: vertices that shape neither key by more are left out; what shows at a key as a jump
_COARSE = 0.03  # model pixels: where vertices must be left out by more than this, strokelets may grow longer, too
_GONE = -FIELD_LIMIT  # the radius of ink where it is not: so far below the cut that no line weight shows it
_DIGITS = 6  # of model pixels: arithmetic differs in the last of its digits from machine to machine, choices must not
_TOUCHES = 1.0  # model pixels between ink and ink: a line that begins as near grows out of the other


def pair(lines: Sequence[Line], others: Sequence[Line], spans: Sequence[Span], most: int = 256) -> Paired:
    """The vertices of two keys' lines, by spans that cover both, in at most `most` strokelets.

    Ink that one key does not have is drawn together there: to the end of the line that it continues, else onto the ink
    that it touches, else to a point too thin to be seen.
    """
    both = [span for span in spans if span.line >= 0 and span.other >= 0]
    runs = [_Run(*_run(lines[s.line], others[s.other], s)) for s in both]
    known = list(runs)
    for span in spans:
        if span.other < 0:
            here = _sampled(lines[span.line], span.here)
            on = [(s.here, s.there, others[s.other]) for s in both if s.line == span.line]
            ends = [_neighbour(span.here[i], lines[span.line], on) for i in (0, -1)]
            runs += [replace(run, lone=1) for run in _drawn_together(here, ends, known)]
        elif span.line < 0:
            there = _sampled(others[span.other], span.there)
            on = [(s.there, s.here, lines[s.line]) for s in both if s.other == span.other]
            ends = [_neighbour(span.there[i], others[span.other], on) for i in (0, -1)]
            back = _drawn_together(there, ends, [_Run(run.second, run.first) for run in known])
            runs += [_Run(run.second, run.first, run.drawn, 2) for run in back]
    tolerance = _FINEST
    thinning = _Thinning(runs)
    while True:
        fewer = thinning.at(tolerance)
        if sum(map(len, fewer)) <= most or tolerance > 64:
            break
        tolerance *= 1.5
    over = sum(map(len, fewer)) - most
    if over > 0:  # the least to be seen go
        gone = set()
        for index in sorted(range(len(fewer)), key=lambda i: fewer[i].size):
            if over <= 0:
                break
            gone.add(index)
            over -= len(fewer[index])
        fewer = [run for index, run in enumerate(fewer) if index not in gone]
    return Paired(
        first=np.concatenate([_NONE, *(run.first for run in fewer)]),
        second=np.concatenate([_NONE, *(run.second for run in fewer)]),
        offsets=np.cumsum([0, *(len(run.first) for run in fewer)]),
        drawn=np.array([run.drawn for run in fewer], np.int8),
        lone=np.array([run.lone for run in fewer], np.int8),
    )


@dataclass(frozen=True, eq=False)
class _Run:
    """Vertices (n, 3) at either key, how it is drawn and which key has it (Paired.drawn, Paired.lone)."""

    first: Floats
    second: Floats
    drawn: int = 0
    lone: int = 0

    def __len__(self) -> int:
        """Strokelets; a dot is one."""
        return max(1, len(self.first) - 1)

    @property
    def size(self) -> float:
        """Model pixels that it takes up at both keys together."""
        return round(float(np.ptp(self.first[:, :2], 0).sum() + np.ptp(self.second[:, :2], 0).sum()), _DIGITS)


def _run(line: Line, other: Line, span: Span) -> tuple[Floats, Floats]:
    """A span's vertices at either key: those of both lines, and more where they are far apart."""
    here, there = span.here, span.there
    # One parameter for both: length at the one key plus length at the other. It rises even where one stands still.
    mixed = here - here[0] + np.abs(there - there[0]) + np.arange(len(here)) * 1e-9
    wanted = [mixed]
    wanted.append(np.interp(_corners(line, here[0], here[-1]), here, mixed))
    low, high = sorted((there[0], there[-1]))
    rising = there[-1] >= there[0]
    own = _corners(other, low, high)
    wanted.append(np.interp(own, there, mixed) if rising else np.interp(own, there[::-1], mixed[::-1]))
    marks = np.unique(np.concatenate(wanted))
    marks = np.concatenate([marks[:1], marks[1:][np.diff(marks) > 1e-6]])
    length = np.maximum(np.diff(np.interp(marks, mixed, here)), np.abs(np.diff(np.interp(marks, mixed, there))))
    parts = _parts(length)
    marks = _subdivided(marks, parts)
    return line.at(np.interp(marks, mixed, here)), other.at(np.interp(marks, mixed, there))


def _corners(line: Line, low: float, high: float) -> Floats:
    """Lengths of line of a line's own points between two lengths, which may go round a closed line."""
    own = line.walked
    if line.cyclic and line.length > 0:
        turns = np.arange(np.floor(low / line.length), np.ceil(high / line.length) + 1)
        own = (own[:-1] + turns[:, None] * line.length).reshape(-1)
    return own[(own > low) & (own < high)]


def _sampled(line: Line, reach: Floats) -> Floats:
    low, high = float(reach[0]), float(reach[-1])
    marks = np.concatenate([[low], _corners(line, low, high), [high]])
    parts = _parts(np.diff(marks))
    return line.at(_subdivided(marks, parts))


def _parts(length: Floats) -> NDArray[np.int64]:
    """Into how many parts stretches between corners are cut; one that reaches far beyond the canvas, into longer."""
    return np.clip(np.ceil(np.round(length / (_LONGEST / 2), _DIGITS)), 1, _MOST_PARTS).astype(np.int64)


def _subdivided(marks: Floats, parts: NDArray[np.int64]) -> Floats:
    """Rising marks (n,) with the stretches between them, (n - 1,), cut evenly into so many parts."""
    step = np.repeat(np.diff(marks) / parts, parts)
    number = np.arange(len(step)) - np.repeat(np.cumsum(parts) - parts, parts)
    return np.append(np.repeat(marks[:-1], parts) + number * step, marks[-1])


def _neighbour(place: float, line: Line, on: Sequence[tuple[Floats, Floats, Line]]) -> Floats | None:
    """Where the ink beside `place` of a line goes: x, y, radius there, or None where none ends at it.

    on: the spans on this line: lengths of it, lengths of the line there, and that line.
    """
    for own, there, goal in on:
        for end in (0, -1):
            away = abs(own[end] - place)
            if line.cyclic and line.length > 0:
                away = abs((away + line.length / 2) % line.length - line.length / 2)
            if away < 1e-3:
                return goal.at(there[end])
    return None


def _drawn_together(points: Floats, ends: Sequence[Floats | None], known: Sequence[_Run]) -> list[_Run]:
    """Runs of ink (n, 3) that one key does not have: `first` at the key that has it, `second` at the one that does not.

    ends: where the ink that it continues lies there, at its first and last vertex. known: all ink that both keys have,
    at this key and at that.
    """
    first, last = ends
    if first is None and last is None:
        hangs = _hanging(points, known)
        if hangs is not None:  # it grows out of what it touches
            return [_Run(points, _tiled(hangs, points))]
        # A line of its own is drawn from its left end on, as most people write.
        start = 0 if points[0, 0] <= points[-1, 0] else -1
        return [_Run(points, np.tile([*points[start, :2], _GONE], (len(points), 1)), 1 if start == 0 else -1)]
    if first is not None and last is not None:
        if np.hypot(*(first - last)[:2]) <= _FINEST:
            return [_Run(points, _tiled(first, points))]
        # Between two ends that part: half comes from the one, half from the other, or a line would join them there.
        middle = len(points) // 2
        one, two = points[: middle + 1], points[middle:]
        return [_Run(one, _tiled(first, one), 1), _Run(two, _tiled(last, two), -1)]
    if first is not None:
        return [_Run(points, _tiled(first, points), 1)]
    assert last is not None
    return [_Run(points, _tiled(last, points), -1)]


def _tiled(end: Floats, points: Floats) -> Floats:
    """All vertices in one place, no thicker than the ink that they hide in there."""
    return np.tile([*end[:2], min(end[2], points[:, 2].min())], (len(points), 1))


def _hanging(points: Floats, known: Sequence[_Run]) -> Floats | None:
    """Where the ink lies there that an end of this ink touches here, or None."""
    best, answer = np.inf, None
    for run in known:
        for point in (points[0], points[-1]):
            away = np.hypot(*(run.first[:, :2] - point[:2]).T) - run.first[:, 2].clip(min=0) - max(point[2], 0)
            away = np.round(away, _DIGITS)
            nearest = int(away.argmin())
            if away[nearest] < best:
                best, answer = float(away[nearest]), run.second[nearest]
    return answer if best < _TOUCHES else None


class _Thinning:
    """Runs without the vertices that shape them by less than a tolerance at both keys, none farther apart than
    _LONGEST.

    Stretches of all runs are measured together, and each only once: which vertex lies farthest from a stretch's chord
    does not depend on the tolerance, and most stretches come again with the next one.
    """

    def __init__(self, runs: Sequence[_Run]) -> None:
        self._runs = runs
        self._ends = np.cumsum([0, *(len(run.first) for run in runs)]).tolist()
        self._values = np.concatenate([np.zeros((0, 6)), *(np.column_stack([run.first, run.second]) for run in runs)])
        across = np.diff(self._values, axis=0)
        step = np.maximum(np.hypot(across[:, 0], across[:, 1]), np.hypot(across[:, 3], across[:, 4]))
        step = np.round(step, _DIGITS)
        self._walked = np.zeros(len(self._values))
        for start, stop in pairwise(self._ends):
            self._walked[start + 1 : stop] = np.cumsum(step[start : stop - 1])
        self._worst: dict[tuple[int, int], tuple[float, int]] = {}

    def at(self, tolerance: float) -> list[_Run]:
        longest = _LONGEST * max(1.0, tolerance / _COARSE)
        keep = np.zeros(len(self._values), bool)
        tasks = []
        for start, stop in pairwise(self._ends):
            keep[[start, stop - 1]] = True
            tasks.append((start, stop - 1))
        while tasks := [(a, b) for a, b in tasks if b - a > 1]:
            self._measure([task for task in tasks if task not in self._worst])
            parts = []
            for a, b in tasks:
                off, middle = self._worst[a, b]
                if off <= tolerance:
                    walked = self._walked[a : b + 1]
                    if walked[-1] - walked[0] <= longest:
                        continue
                    halfway = np.abs(walked[1:-1] - (walked[0] + walked[-1]) / 2)
                    middle = a + 1 + int(np.round(halfway, _DIGITS).argmin())
                keep[middle] = True
                parts += [(a, middle), (middle, b)]
            tasks = parts
        return [
            replace(run, first=run.first[keep[start:stop]], second=run.second[keep[start:stop]])
            for run, (start, stop) in zip(self._runs, pairwise(self._ends), strict=True)
        ]

    def _measure(self, tasks: Sequence[tuple[int, int]]) -> None:
        """Find, of stretches from vertex to vertex, how far the farthest between lies from the chord, and which."""
        if not tasks:
            return
        first, last = np.array(tasks).T
        counts = last - first - 1
        begins = np.cumsum(counts) - counts
        owner = np.repeat(np.arange(len(tasks)), counts)
        inner = np.arange(len(owner)) + (first + 1 - begins)[owner]
        chord = self._values[last] - self._values[first]
        away = self._values[inner] - self._values[first][owner]
        square = (chord**2).sum(axis=1)
        # One nearest place for both keys together: they must agree how far along a vertex lies.
        share = (away * chord[owner]).sum(axis=1) / np.where(square > 0, square, 1.0)[owner]
        away -= np.clip(share, 0.0, 1.0)[:, None] * chord[owner]
        away *= away
        off = np.round(np.sqrt(np.maximum(away[:, :3].sum(axis=1), away[:, 3:].sum(axis=1))), _DIGITS)
        most = np.maximum.reduceat(off, begins)
        farthest = np.flatnonzero(off == most[owner])
        farthest = inner[farthest[np.flatnonzero(np.diff(owner[farthest], prepend=-1))]]  # the first of each stretch
        self._worst |= zip(tasks, zip(most.tolist(), farthest.tolist(), strict=True), strict=True)
