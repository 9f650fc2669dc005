"""Which stretch of line became which: from scores of single pieces to whole lines that follow whole lines.

The matcher scores every pair of pieces alone. A line, though, moves as a line: neighbours stay neighbours. So each line
of the first key walks over the pieces of the second by the path of the highest score (Viterbi 1967), where going on
along a line is free, stretching it costs a little, and jumping to another line costs much. What it passes over becomes
spans: a stretch of a line of the first key, and where it lies in the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.contour import Contour
from doodle_core.matching.tokens import Tokens

__all__ = ["Scores", "Span", "spans"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_REACH = 5  # pieces: one piece becomes as long as five at most, without a jump
_STRETCH = 0.35  # cost of going along by another length, times the logarithm of the ratio
_TURN = 0.6  # cost of running the other way, times (1 - cosine) / 2
_JUMP = 6.0  # highest cost of a jump,
_NEAR = 2.0  # that of a jump to the very next place,
_FAR = 1.0  # and what each model pixel beyond it adds
_EDGE = 2.5  # cost of appearing or vanishing in the middle of a line
_WHOLE = 0.6  # a piece: how much worse a walk may be that takes a whole line onto a whole line,
_WHOLE_EACH = 2.0  # and how much a line
_SMOOTH = 2.0  # how stiff the map from length of line to length of line is
_SNAP = 1.2  # pieces: a span that ends as near to the end of a line ends there
_GAP = 1.6  # pieces: a line's stretch of that length that nothing became is given to its neighbours
_ROUNDING = 1e-9  # of a line's length


@dataclass(frozen=True, eq=False)
class Scores:
    """Logarithms of how likely pieces correspond, float64: pairs (Na, Nb), and a first key's piece to nowhere (Na,)."""

    pairs: Floats
    nowhere: Floats


@dataclass
class Span:
    """A stretch of line at both keys.

    line, other: index of the line of the first key and of the second, or -1 where it has none.
    here, there: lengths of line (n,) at the first key, rising, and at the second, rising or falling: straight between.
      On a closed line `there` may run over its length, or below 0. Empty where there is no line. Of a stretch that one
      key alone has, its two ends; the one at which a pen begins to draw it twice, where that is known.
    sure: how sure it is that this became that, or nothing, 0 to 1.
    """

    line: int
    other: int
    here: Floats
    there: Floats
    sure: float = 1.0


def spans(lines: Sequence[Contour], others: Sequence[Contour], a: Tokens, b: Tokens, scores: Scores) -> list[Span]:
    """Cover every line of both keys with spans: together they hold all ink of either key.

    lines, others: those that `a` and `b` are the pieces of. Neither may be empty.
    """
    found: list[Span] = []
    best = np.maximum.reduceat(np.maximum.reduceat(scores.pairs, a.first[:-1], axis=0), b.first[:-1], axis=1)
    for index, line in enumerate(lines):
        rows = slice(int(a.first[index]), int(a.first[index + 1]))
        near = np.flatnonzero(best[index] > scores.pairs[rows].min())
        if not len(near):  # no place is better than any other
            near = np.arange(len(others))
        columns = np.concatenate([np.arange(b.first[k], b.first[k + 1]) for k in near])
        some = [others[k] for k in near]
        own, theirs = _only(a, rows, [0]), _only(b, columns, near)
        seen = Scores(scores.pairs[rows][:, columns], scores.nowhere[rows])
        for span in _followed(0, line, own, some, theirs, _Board(some, theirs), seen):
            found.append(Span(index, int(near[span.other]) if span.other >= 0 else -1, span.here, span.there))
    found += _uncovered(others, b, found)
    return _with_shares(found, lines, a, b, scores)


def _with_shares(found: Sequence[Span], lines: Sequence[Contour], a: Tokens, b: Tokens, scores: Scores) -> list[Span]:
    """Spans with the share of their pieces' likelihood that goes where they go; even odds for what nothing became."""
    most = np.maximum(scores.pairs.max(axis=1), scores.nowhere)[:, None]
    likely = np.add.reduceat(np.exp(scores.pairs - most), b.first[:-1], axis=1)
    likely = np.column_stack([likely, np.exp(scores.nowhere[:, None] - most)])  # nowhere last: that is -1
    share = likely / likely.sum(axis=1, keepdims=True)
    answer = []
    for span in found:
        if span.line >= 0:
            start, stop = int(a.first[span.line]), int(a.first[span.line + 1])
            step = max(lines[span.line].length, 1e-9) / (stop - start)
            low, high = np.round(np.asarray(span.here)[[0, -1]] / step).astype(np.int64)
            pieces = start + np.arange(low, max(high, low + 1)) % (stop - start)
            span = replace(span, sure=float(share[pieces, span.other].mean()))
        else:
            span = replace(span, sure=0.5)
        answer.append(span)
    return answer


def _only(tokens: Tokens, rows: slice | Ints, lines: Sequence[int] | Ints) -> Tokens:
    """The tokens of some lines, which are all of the rows, numbered anew."""
    counts = np.diff(tokens.first)[np.asarray(lines)] if not isinstance(rows, slice) else [rows.stop - rows.start]
    first = np.concatenate([[0], np.cumsum(counts)])
    return Tokens(tokens.table[rows], np.repeat(np.arange(len(lines)), np.diff(first)), first)


class _Board:
    """Where one can come from on the second key: sources (2, reach + 1, Nb), piece indices or -1, for running forwards
    and backwards; distance (Nb, Nb) between places."""

    def __init__(self, others: Sequence[Contour], b: Tokens) -> None:
        count = len(b)
        self.sources = np.full((2, _REACH + 1, count), -1)
        for index, line in enumerate(others):
            start, end = int(b.first[index]), int(b.first[index + 1])
            size = end - start
            own = np.arange(size)
            for step in range(min(_REACH + 1, size)):
                for way, place in enumerate((own - step, own + step)):
                    inside = np.ones(size, bool) if line.closed else (place >= 0) & (place < size)
                    self.sources[way, step, start:end][inside] = start + place[inside] % size
        self.open = self.sources >= 0
        self.safe = np.maximum(self.sources, 0)
        place = b.place.astype(np.float64)
        self.distance = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
        self.steps = np.arange(_REACH + 1)[:, None] * b.length.astype(np.float64)


def _costs(step: float, a: Tokens, b: Tokens, board: _Board, scores: Scores) -> tuple[Floats, Floats, Floats]:
    """gain (Na, 2 Nb) of each piece in each state; cost of going along (reach + 1, Nb), of jumping (Nb to, Nb from)."""
    cosine = a.along.astype(np.float64) @ b.along.astype(np.float64).T
    gain = np.concatenate([scores.pairs - _TURN / 2 * (1 - cosine), scores.pairs - _TURN / 2 * (1 + cosine)], axis=1)
    step = max(step, 0.5)
    stretch = _STRETCH * np.abs(np.log((board.steps + 0.35 * step) / (1.35 * step)))
    return gain, stretch, np.minimum(_JUMP, _NEAR + _FAR * np.abs(board.distance - step))


def _path(own: Ints, step: float, a: Tokens, b: Tokens, board: _Board, scores: Scores) -> tuple[Ints, Ints]:
    """The best walk of pieces `own` (n,) of one line: piece of the second key or -1, and way 0 or 1, (n,) each."""
    count = len(b)
    nowhere = 2 * count
    gain, stretch, jump = _costs(step, a, b, board, scores)
    columns, both = np.arange(count), np.arange(nowhere)
    # The same for every piece: the cost of each way along a line, and which states it leads from.
    closed = np.where(board.open, stretch, np.inf)
    sources = board.safe + np.array([0, count])[:, None, None]
    by_step = sources.transpose(0, 2, 1).reshape(nowhere, -1)
    score = np.append(gain[own[0]], scores.nowhere[own[0]])
    trail = []
    for piece in own[1:]:
        ways = score[:nowhere].reshape(2, count)
        along = np.take(score, sources) - closed
        best = along.max(1)
        came = by_step[both, along.argmax(1).reshape(-1)].reshape(2, count)
        top, top_way = ways.max(0), ways.argmax(0)
        leap = top - jump
        source = leap.argmax(1)
        value = leap[columns, source]
        state = source + count * top_way[source]
        better = value > best
        best, came = np.where(better, value, best), np.where(better, state, came)
        appear = score[nowhere] - _EDGE
        best, came = np.maximum(best, appear), np.where(appear > best, nowhere, came)
        last = int(score[:nowhere].argmax())
        vanish = score[last] - _EDGE
        stays = score[nowhere] >= vanish
        trail.append(np.append(came.reshape(-1), nowhere if stays else last))
        score = np.append(best.reshape(-1) + gain[piece], max(vanish, score[nowhere]) + scores.nowhere[piece])
    state = int(score.argmax())
    states = [state]
    for came in reversed(trail):
        state = int(came[state])
        states.append(state)
    walk = np.array(states[::-1])
    return np.where(walk == nowhere, -1, walk % count), np.where(walk == nowhere, 0, walk // count)


def _followed(
    index: int, line: Contour, a: Tokens, others: Sequence[Contour], b: Tokens, board: _Board, scores: Scores
) -> list[Span]:
    """The spans of one line of the first key."""
    start, end = int(a.first[index]), int(a.first[index + 1])
    count = end - start
    step = line.length / count
    own = np.arange(start, end)
    if line.closed:  # twice round: the middle of the walk does not feel where it began
        match, way = _path(np.concatenate([own, own]), step, a, b, board, scores)
        half = count // 2
        match, way = (np.roll(walk[half : half + count], half) for walk in (match, way))
    else:
        match, way = _path(own, step, a, b, board, scores)
    match, way = _whole(own, match, way, step, line, a, others, b, board, scores)
    other = np.where(match >= 0, b.line[np.maximum(match, 0)], -1)
    # breaks[i]: the walk does not simply go on from piece i - 1 to piece i.
    breaks = np.array([_breaks(i - 1, i, match, way, other, others, b) for i in range(count)])
    whole = line.closed and not breaks.any()
    if not line.closed or whole:
        breaks[0] = True
    shift = int(breaks.argmax())  # a closed line is taken from its first break on
    order = (np.arange(count) + shift) % count
    match, way, other = match[order], way[order], other[order]
    cuts = [*np.flatnonzero(breaks[order]).tolist(), count]
    answer = []
    for first, last in pairwise(cuts):
        middle = (np.arange(first, last) + shift + 0.5) * step
        here = np.concatenate([[middle[0] - step / 2], middle, [middle[-1] + step / 2]])
        goal = int(other[first])
        if goal < 0:
            answer.append(Span(index, -1, here[[0, -1]], np.zeros(0)))
            continue
        there = _places(own[order[first:last]], match[first:last], int(way[first]), others[goal], b, goal, scores)
        there = _stiffened(
            middle, there, int(way[first]), line, others[goal], whole, int(b.first[goal + 1] - b.first[goal])
        )
        answer.append(Span(index, goal, here, there))
    return answer


def _whole(
    own: Ints,
    match: Ints,
    way: Ints,
    step: float,
    line: Contour,
    a: Tokens,
    others: Sequence[Contour],
    b: Tokens,
    board: _Board,
    scores: Scores,
) -> tuple[Ints, Ints]:
    """The walk, or one that takes the whole line evenly onto a whole other line of its kind, where that is about as
    good: people draw a shape again as a whole, and a walk that falls to pieces is seen more than one a little off."""
    gain, stretch, jump = _costs(step, a, b, board, scores)
    count, width = len(own), len(b)
    best = _worth(match, way, own, line.closed, gain, stretch, jump, board, scores)
    best -= _WHOLE * count + _WHOLE_EACH
    answer = match, way
    rows, columns = gain[own], np.arange(count)
    for index, other in enumerate(others):
        if other.closed != line.closed or not line.length > 0 or not other.length > 0:
            continue
        start, size = int(b.first[index]), int(b.first[index + 1] - b.first[index])
        places, signs = _even(count, size, line.closed)
        worth = rows[columns, start + places + signs[:, None] * width].sum(axis=1)
        top = int(worth.argmax())
        if worth[top] > best:
            best, answer = float(worth[top]), (start + places[top], np.full(count, signs[top]))
    return answer


@lru_cache(maxsize=1024)
def _even(count: int, size: int, cyclic: bool) -> tuple[Ints, Ints]:
    """The even walks of so many pieces over all of a line of `size` pieces: places (W, count) and ways (W,)."""
    even = (np.arange(count) + 0.5) / count * size - 0.5
    turns = np.arange(0, size, 0.5) if cyclic else np.zeros(1)
    places = np.rint(np.stack([turns[:, None] + even, turns[:, None] + size - 1 - even], axis=1)).astype(np.int64)
    places = places % size if cyclic else np.clip(places, 0, size - 1)
    return places.reshape(-1, count), np.tile([0, 1], len(turns))


def _worth(
    match: Ints,
    way: Ints,
    own: Ints,
    cyclic: bool,
    gain: Floats,
    stretch: Floats,
    jump: Floats,
    board: _Board,
    scores: Scores,
) -> float:
    """What a walk is worth: its gains less its costs, as `_path` counts them."""
    width = gain.shape[1] // 2
    there = match >= 0
    worth = float(np.where(there, gain[own, np.maximum(match, 0) + width * way], scores.nowhere[own]).sum())
    for i, j in ((i, i + 1) for i in range(len(own) - 1)):
        if there[i] != there[j]:
            worth -= _EDGE
        elif there[i]:
            along = np.flatnonzero(board.sources[way[j], :, match[j]] == match[i]) if way[i] == way[j] else ()
            worth -= min([float(jump[match[j], match[i]]), *(float(stretch[k, match[i]]) for k in along)])
    return worth


def _breaks(i: int, j: int, match: Ints, way: Ints, other: Ints, others: Sequence[Contour], b: Tokens) -> bool:
    """Whether the walk jumps, turns round, appears or vanishes between its pieces i and j."""
    if other[i] != other[j]:
        return True
    if other[i] < 0:
        return False
    goal = int(other[i])
    moved = int(match[j] - match[i]) * (1 if way[j] == 0 else -1)
    if others[goal].closed:
        moved %= int(b.first[goal + 1] - b.first[goal])
    return not 0 <= moved <= _REACH or (way[i] != way[j] and moved != 0)


def _places(own: Ints, match: Ints, way: int, goal: Contour, b: Tokens, index: int, scores: Scores) -> Floats:
    """Lengths of line on the goal, finer than a piece: the mean of the pieces round each match, by their likelihood."""
    start, size = int(b.first[index]), int(b.first[index + 1] - b.first[index])
    place = match - start
    if goal.closed:  # unrolled
        moved = np.diff(place) * (1 if way == 0 else -1) % size
        place = place[0] + (1 if way == 0 else -1) * np.concatenate([[0], np.cumsum(moved)])
    reach = 2 if not goal.closed else min(2, (size - 1) // 2)
    window = place[:, None] + np.arange(-reach, reach + 1)
    inside = np.ones(window.shape, bool) if goal.closed else (window >= 0) & (window < size)
    weight = np.where(inside, scores.pairs[own[:, None], start + window % size], -np.inf)
    weight = np.exp(weight - weight.max(1, keepdims=True))
    return ((window + 0.5) * weight).sum(1) / weight.sum(1) * (goal.length / size)


def _stiffened(here: Floats, there: Floats, way: int, line: Contour, goal: Contour, whole: bool, size: int) -> Floats:
    """The map from middles of pieces (n,) to lengths on the goal (n,), made smooth, monotone, and run out to the ends
    of the span by half a piece: (n + 2,). A penalty on second differences holds it straight (Whittaker 1923)."""
    sign = 1.0 if way == 0 else -1.0
    count = len(here)
    if whole and goal.closed:  # once round onto once round
        turn = sign * goal.length
        even = there[0] + (here - here[0]) / max(line.length, 1e-9) * turn
        smooth = even + _smoother(count, True) @ (there - even)
        begin = (smooth[0] + smooth[-1] - turn) / 2
        there = np.concatenate([[begin], smooth, [begin + turn]])
    else:
        if count > 2:
            there = _smoother(count, False) @ there
        if count > 1 and here[1] > here[0]:
            half = line.length / max(round(line.length / (here[1] - here[0])), 1) / 2
        else:
            half = line.length / 2  # nothing, where all of it lies in one place
        if count > 1 and half > 0:
            before = (there[1] - there[0]) / (here[1] - here[0])
            after = (there[-1] - there[-2]) / (here[-1] - here[-2])
        else:  # one piece onto one piece
            before = after = sign * goal.length / size / (2 * half) if half > 0 else 0.0
        there = np.concatenate([[there[0] - before * half], there, [there[-1] + after * half]])
    there = np.maximum.accumulate(there) if way == 0 else np.minimum.accumulate(there)
    if not goal.closed:
        there = np.clip(there, 0, goal.length)
        snap = _SNAP * goal.length / size
        low, high = (0, -1) if way == 0 else (-1, 0)
        if there[low] < snap:
            there[low] = 0.0
        if there[high] > goal.length - snap:
            there[high] = goal.length
    return there


@lru_cache(maxsize=256)  # lines have as many pieces as they are long, and are few
def _smoother(count: int, closed: bool) -> Floats:
    """What makes so many values in a row smooth, (count, count); closed: the first follows the last."""
    if closed:
        bend = np.roll(np.eye(count), 1, 1) - 2 * np.eye(count) + np.roll(np.eye(count), -1, 1)
    else:
        bend = np.diff(np.eye(count), 2, axis=0)
    matrix: Floats = np.linalg.inv(np.eye(count) + _SMOOTH * bend.T @ bend)
    matrix.flags.writeable = False
    return matrix


def _uncovered(others: Sequence[Contour], b: Tokens, found: Sequence[Span]) -> list[Span]:
    """Spans for what nothing became; small gaps are closed by moving the ends of the spans beside them."""
    answer = []
    for index, line in enumerate(others):
        size = line.length / max(int(b.first[index + 1] - b.first[index]), 1)
        on = [span for span in found if span.other == index]
        if not on:
            answer.append(Span(-1, index, np.zeros(0), np.array([0.0, line.length])))
            continue
        if any(abs(span.there[-1] - span.there[0]) >= line.length for span in on):
            continue
        for low, high, before, after in _gaps(line, on):
            if high - low > _GAP * size:
                answer.append(Span(-1, index, np.zeros(0), np.array([low, high])))
                continue
            # To the middle between two, or to the end of the line.
            middle = low if before is None else high if after is None else (low + high) / 2
            if before is not None:
                _move(before, middle, upper=True, length=line.length if line.closed else 0.0)
            if after is not None:
                _move(after, middle, upper=False, length=line.length if line.closed else 0.0)
    return answer


def _gaps(line: Contour, on: Sequence[Span]) -> list[tuple[float, float, Span | None, Span | None]]:
    """Stretches of a line that no span lies on: from, to, the span before and the one after."""
    reach = []
    for span in on:
        low, high = sorted((float(span.there[0]), float(span.there[-1])))
        if line.closed:
            turns = np.floor(low / line.length) * line.length
            low, high = low - turns, high - turns
        reach.append((low, high, span))
    reach.sort(key=lambda entry: entry[0])
    gaps: list[tuple[float, float, Span | None, Span | None]] = []
    if line.closed:
        # Once round, from the first span's start to the same place again. What reaches over the seam lies there first.
        start, high, first = reach[0]
        before = [(high - line.length, span) for _, high, span in reach]
        top, last = max([(high, first), *before], key=lambda end: end[0])
        for low, high, span in [*reach[1:], (start + line.length, start + line.length, first)]:
            if low > top:
                gaps.append((top, low, last, span))
            if high > top:
                top, last = high, span
        return gaps
    top, previous = 0.0, None
    for low, high, span in reach:
        if low > top:
            gaps.append((top, low, previous, span))
        if high > top or previous is None:
            top, previous = max(top, high), span
    if top < line.length:
        gaps.append((top, line.length, previous, None))
    return gaps


def _move(span: Span, place: float, upper: bool, length: float) -> None:
    """Lengthen where a span lies at its upper or lower end, up to `place`: on a closed line, whose length is given, up
    to where it comes first."""
    rising = span.there[-1] >= span.there[0]
    end, away = (-1 if rising == upper else 0), (1.0 if upper else -1.0)
    further = (place - float(span.there[end])) * away
    if length:
        # The end of a gap that is only rounding must not go once round.
        further = (further + _ROUNDING * length) % length - _ROUNDING * length
    span.there[end] += max(further, 0.0) * away
