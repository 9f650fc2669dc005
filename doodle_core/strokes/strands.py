"""Which runs of two paired keys are one stroke: what an artist would draw without lifting the pen.

Pairing cuts lines where the other key's lines end or begin. Where such pieces meet at both keys they are joined again.
It is decided by the keys alone, so that all drawings between two keys have the same strokes in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.strokes.lines import Line
from doodle_core.strokes.paired import Paired

__all__ = ["Strand", "nearest_lines", "strands"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_TOUCHES = 0.1  # model pixels: ends of pieces of one line meet as exactly as float32 can tell; a little more for shakes
_MEETS = 1.5  # model pixels: ends of two lines that a hand drew on from one another
_CONTINUES = np.radians(50)  # two lines that meet with a smaller bend than this go on in one another
_LEAVING = 2.0  # model pixels of a run that tell where its end points
_POINT = 0.02  # model pixels: a run that takes up less is drawn together to a point


@dataclass(frozen=True)
class Strand:
    """Runs that are one stroke: pairs of a run's number and whether it is walked from its last vertex to its first.

    lines: the number of the line at the first and at the second key that it is most of; -1 where that has none.
    """

    runs: tuple[tuple[int, bool], ...]
    cyclic: bool
    lines: tuple[int, int]


def strands(paired: Paired, lines: Sequence[Line], others: Sequence[Line]) -> tuple[Strand, ...]:
    """The strokes of all drawings between two keys, in the order of the first key's lines, and in their direction.

    lines, others: what was drawn at the first and at the second key, each in its order; none is empty. What only the
    second key has comes after the line that comes before it there.
    """
    runs = [number for number in range(len(paired.offsets) - 1) if paired.offsets[number + 1] > paired.offsets[number]]
    homes = np.stack([_homes(paired, paired.first, lines), _homes(paired, paired.second, others)])
    onward = _joined(paired, runs, homes)
    made = []
    left = dict.fromkeys(runs)
    while left:
        start, entry = next(((run, end) for run in left for end in (0, 1) if (run, end) not in onward), (-1, 0))
        cyclic = start < 0
        run, end = (next(iter(left)), 0) if cyclic else (start, entry)
        chain = []
        while run in left:
            del left[run]
            chain.append((run, end == 1))
            run, end = onward.get((run, 1 - end), (-1, 0))
        made.append(_directed(paired, chain, cyclic, homes))
    for pair in sorted({one.lines for one in made if min(one.lines) >= 0}):
        made = _spliced(paired, made, pair)
    return _ordered(made)


def nearest_lines(points: Floats, lines: Sequence[Line]) -> tuple[Ints, Floats]:
    """The line nearest to each of (N, 2 or more) points: its number (N,), and how far it is, (N,); -1 without lines."""
    best, number = np.full(len(points), np.inf), np.full(len(points), -1)
    for index, line in enumerate(lines):
        starts = line.outline[:-1, :2] if len(line.outline) > 1 else line.outline[:, :2]
        across = (line.outline[1:, :2] if len(line.outline) > 1 else line.outline[:, :2]) - starts
        square = np.maximum((across**2).sum(1), 1e-12)
        toward = points[:, None, :2] - starts
        share = np.clip((toward * across).sum(2) / square, 0, 1)
        away = np.hypot(*(toward - share[..., None] * across).transpose(2, 0, 1)).min(1)
        nearer = away < best
        best[nearer], number[nearer] = away[nearer], index
    return number, best


def _homes(paired: Paired, key: Floats, lines: Sequence[Line]) -> Ints:
    """The line that each run is part of at a key (R,), -1 for a run that is drawn together to a point there."""
    homes = np.full(len(paired.offsets) - 1, -1)
    other = paired.second if key is paired.first else paired.first
    for run, (low, high) in enumerate(zip(paired.offsets[:-1].tolist(), paired.offsets[1:].tolist(), strict=True)):
        part = key[low:high]
        if len(part) and not (_is_point(part) and not _is_point(other[low:high])) and part[:, 2].max() > 0:
            # Line by line: one vertex may lie on several lines, all of them only on its own.
            away = [nearest_lines(part, [line])[1].mean() for line in lines]
            homes[run] = int(np.argmin(away)) if away else -1
    return homes


def _is_point(part: Floats) -> bool:
    return bool(np.ptp(part[:, :2], axis=0).max() <= _POINT)


def _joined(paired: Paired, runs: Sequence[int], homes: Ints) -> dict[tuple[int, int], tuple[int, int]]:
    """Ends (run, 0 or 1) that go on in other ends, both ways."""
    keys = np.stack([paired.first, paired.second])
    ends = [(run, end) for run in runs if paired.offsets[run + 1] - paired.offsets[run] > 1 for end in (0, 1)]
    vertex = [int(paired.offsets[run]) if end == 0 else int(paired.offsets[run + 1]) - 1 for run, end in ends]
    places = keys[:, vertex, :2]
    away = np.hypot(*(places[:, :, None] - places[:, None]).transpose(3, 0, 1, 2)).max(0)
    found = []
    for a, b in zip(*np.nonzero(np.triu(away <= _MEETS, 1)), strict=True):
        cost = _joint(keys, paired, ends[a], ends[b], homes, float(away[a, b]))
        if cost is not None:
            found.append((cost, ends[a], ends[b]))
    onward: dict[tuple[int, int], tuple[int, int]] = {}
    for _, one, two in sorted(found):
        if one not in onward and two not in onward:
            onward[one], onward[two] = two, one
    return onward


def _joint(
    keys: Floats, paired: Paired, one: tuple[int, int], two: tuple[int, int], homes: Ints, away: float
) -> float | None:
    """How poorly two ends that meet at both keys continue each other, or None where they are not one stroke."""
    if one[0] == two[0]:  # a run that returns to where it began
        low, high = int(paired.offsets[one[0]]), int(paired.offsets[one[0] + 1])
        return away if away <= _TOUCHES and high - low > 3 and not _is_point(keys[0, low:high]) else None
    here = [key for key in (0, 1) if homes[key, one[0]] >= 0 and homes[key, two[0]] >= 0]
    same = [homes[key, one[0]] == homes[key, two[0]] for key in here]
    bends = [_bend(keys[key], paired, one, two) for key in here]
    if away <= _TOUCHES and all(same):
        return away + 1e-3 * sum(bends)
    if any(same) and max(bends) < _CONTINUES:
        return 1 + away + max(bends)
    return None  # drawn as two strokes at either key


def _bend(key: Floats, paired: Paired, one: tuple[int, int], two: tuple[int, int]) -> float:
    """The angle by which a pen turns that comes along one run and goes on along the other, 0..pi."""
    (ax, ay), (bx, by) = _leaving(key, paired, one), _leaving(key, paired, two)
    return abs(float(np.arctan2(-(ax * by - ay * bx), -(ax * bx + ay * by))))


def _leaving(key: Floats, paired: Paired, end: tuple[int, int]) -> Floats:
    """From an end into its run, (2,)."""
    part = key[paired.offsets[end[0]] : paired.offsets[end[0] + 1], :2]
    part = part if end[1] == 0 else part[::-1]
    far = np.hypot(*(part - part[0]).T) >= _LEAVING
    step: Floats = part[int(np.argmax(far)) if far.any() else -1] - part[0]
    return step


def _spliced(paired: Paired, made: list[Strand], lines: tuple[int, int]) -> list[Strand]:
    """The same, with what is one line at both keys in at most two strands, if they touch.

    A strand that begins where another one's runs meet is drawn with it in one go: what lies between is drawn there and
    back, as one does in writing.
    """
    while sum(one.lines == lines for one in made) > 2:
        own = [one for one in made if one.lines == lines and not one.cyclic]
        found = [
            (sum(_length(paired, run) for run, _ in spur), host, guest, joined)
            for host in own
            for guest in own
            if host is not guest
            for spur, joined in _in_one_go(paired, host.runs, guest.runs)
        ]
        if not found:
            break
        _, host, guest, joined = min(found, key=lambda each: each[0])
        made = [replace(one, runs=joined) if one is host else one for one in made if one is not guest]
    return made


_Runs: TypeAlias = tuple[tuple[int, bool], ...]


def _in_one_go(paired: Paired, host: _Runs, guest: _Runs) -> Iterator[tuple[_Runs, _Runs]]:
    """For each joint of the host that the guest touches: the runs that are drawn there and back, and all of both."""
    keys = np.stack([paired.first, paired.second])
    for onward in (guest, _back(guest)):
        start = keys[:, _vertex(paired, onward[0], 0), :2]
        for cut in range(1, len(host)):
            for before, spur in ((host[:cut], host[cut:]), (_back(host[cut:]), _back(host[:cut]))):
                joint = keys[:, _vertex(paired, spur[0], 0), :2]
                if np.hypot(*(joint - start).T).max() <= _MEETS:
                    yield spur, before + spur + _back(spur) + onward


def _back(runs: _Runs) -> _Runs:
    return tuple((run, not back) for run, back in reversed(runs))


def _vertex(paired: Paired, run: tuple[int, bool], end: int) -> int:
    """The vertex at which a run, as it is walked, begins (0) or ends (1)."""
    number, back = run
    return int(paired.offsets[number + 1]) - 1 if back != bool(end) else int(paired.offsets[number])


def _directed(paired: Paired, chain: list[tuple[int, bool]], cyclic: bool, homes: Ints) -> Strand:
    """The chain in the direction of most of it at the first key; runs go as that key's lines go, but for those that it
    does not have."""
    lengths = np.array([_length(paired, run) for run, _ in chain])
    weight = lengths * [homes[0, run] >= 0 or (homes[0, [r for r, _ in chain]] < 0).all() for run, _ in chain]
    if sum(w * (-1 if back else 1) for w, (_, back) in zip(weight, chain, strict=True)) < 0:
        chain = [(run, not back) for run, back in reversed(chain)]
        lengths = lengths[::-1]
    most = []
    for key in (0, 1):
        votes: dict[int, float] = {}
        for length, (run, _) in zip(lengths.tolist(), chain, strict=True):
            if homes[key, run] >= 0:
                votes[int(homes[key, run])] = votes.get(int(homes[key, run]), 0.0) + length
        most.append(max(votes, key=lambda home: votes[home]) if votes else -1)
    return Strand(tuple(chain), cyclic, (most[0], most[1]))


def _length(paired: Paired, run: int) -> float:
    """Of both keys together, model pixels; a dot has a little."""
    part = slice(int(paired.offsets[run]), int(paired.offsets[run + 1]))
    return 1e-3 + float(sum(np.hypot(*np.diff(key[part, :2], axis=0).T).sum() for key in (paired.first, paired.second)))


def _ordered(made: Sequence[Strand]) -> tuple[Strand, ...]:
    """By the first key's lines; those that it does not have, behind the one that the second key has before them."""
    answer = sorted((one for one in made if one.lines[0] >= 0), key=lambda one: one.lines[0])
    for one in sorted((one for one in made if one.lines[0] < 0), key=lambda one: one.lines[1]):
        before = [place for place, other in enumerate(answer) if other.lines[1] <= one.lines[1]]
        answer.insert(1 + max(before, key=lambda place: (answer[place].lines[1], place)) if before else 0, one)
    return tuple(answer)
