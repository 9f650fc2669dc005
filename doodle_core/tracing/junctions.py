"""A thinned drawing's graph put in order: from branches between forks to strokes that go straight through crossings.

Lengths and places are working pixels: x right, y down. depth is the distance to the ink's edge, (n, n), positive
inside.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.tracing.thinning import Branches

__all__ = ["Line", "length", "sampled", "strokes", "turn"]

Floats: TypeAlias = NDArray[np.float64]
End: TypeAlias = tuple[int, int]  # a branch and its side: 0 the start, 1 the end

_TURN = np.radians(50)  # a line that turns more at a junction is two
_BEND = 0.3  # how much a change of bend counts against a pair, beside a turn
_SPUR = 0.75  # radii; a free branch that sticks out of its junction's disc by less is an artefact
_PAIRS = 18  # the best so many pairs of a junction are tried in every combination


@dataclass(eq=False)
class Line:
    """A stroke on its way, in parts.

    points  parts (k, 2), about a pixel apart
    sure    parts (k,): whether points are seen between two edges; the others are guessed through a junction
    free    whether its start and its end are the ink's end, and not on another line
    """

    points: list[Floats] = field(default_factory=list)
    sure: list[NDArray[np.bool_]] = field(default_factory=list)
    free: tuple[bool, bool] = (True, True)
    cyclic: bool = False

    def add(self, points: Floats, sure: bool) -> None:
        self.points.append(points)
        self.sure.append(np.full(len(points), sure))


@dataclass(eq=False)
class _Branch:
    """A path (k, 2) between two nodes, both included; a node is the number of a pixel."""

    ends: list[int]
    path: Floats
    length: float

    def seen_from(self, node: int) -> list[Floats]:
        """Its path away from the node; both ways when it comes back there."""
        one, other = self.ends
        return [self.path] * (one == node) + [self.path[::-1]] * (other == node)


@dataclass(eq=False)
class _Cut:
    """Branches without what lies in their junctions' discs."""

    paths: list[Floats] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)  # the line's radius
    free: list[bool] = field(default_factory=list)  # whether it has an end of its own
    mates: dict[End, tuple[End, Floats]] = field(default_factory=dict)  # where an end goes on, and the way there
    tails: dict[End, Floats] = field(default_factory=dict)  # the way to where an end stops, on another line
    corners: set[End] = field(default_factory=set)  # ends whose way on is seen, though its middle is not the line's
    dropped: set[int] = field(default_factory=set)  # branches that are no lines, but the filled tip of a sharp corner

    def path(self, end: End) -> Floats:
        """The path as it sets out from this end."""
        return self.paths[end[0]] if end[1] == 0 else self.paths[end[0]][::-1]


class _Graph:
    """Branches by the nodes at which they meet."""

    def __init__(self, found: Branches, places: Floats) -> None:
        self.at: dict[int, list[_Branch]] = defaultdict(list)
        for path in found.between:
            self.add([path[0], path[-1]], places[path])

    def add(self, ends: list[int], path: Floats) -> None:
        branch = _Branch(ends, path, length(path))
        for node in ends:
            self.at[node].append(branch)

    def remove(self, branch: _Branch) -> None:
        for node in branch.ends:
            self.at[node].remove(branch)

    def degree(self, node: int) -> int:
        return len(self.at[node])

    def all(self) -> list[_Branch]:
        """Each branch once, in order."""
        return list({id(branch): branch for meeting in self.at.values() for branch in meeting}.values())


def length(path: Floats) -> float:
    """Of a polyline (k, 2)."""
    return float(np.hypot(*np.diff(path, axis=0).T).sum())


def turn(a: Floats, b: Floats) -> float:
    """From one direction to another, -pi..pi."""
    return float(np.arctan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1]))


def sampled(depth: Floats, points: Floats) -> Floats:
    """The depth (n, n) at places (k, 2), bilinear between pixel centres; beyond the canvas as at its edge."""
    n = len(depth)
    place = np.clip(points - 0.5, 0, n - 1)
    first = np.minimum(place.astype(np.int64), n - 2)
    part = place - first
    index = first[:, 1] * n + first[:, 0]
    flat = depth.reshape(-1)
    top = flat[index] * (1 - part[:, 0]) + flat[index + 1] * part[:, 0]
    bottom = flat[index + n] * (1 - part[:, 0]) + flat[index + n + 1] * part[:, 0]
    return top * (1 - part[:, 1]) + bottom * part[:, 1]


def strokes(found: Branches, depth: Floats) -> tuple[list[Line], list[Floats]]:
    """The lines of a skeleton, still jagged, and the places (2,) of pieces of ink that are dots or short dashes."""
    places = found.pixels[:, ::-1] + 0.5
    radius = np.maximum(depth[found.pixels[:, 0], found.pixels[:, 1]], 0.5)
    graph = _Graph(found, places)
    rings = [places[path] for path in found.loops]
    rings += _pruned(graph, radius)
    blots = [places[pixel] for pixel in found.alone]
    for branch in graph.all():
        lone = max(map(graph.degree, branch.ends)) == 1
        straight = float(np.hypot(*(branch.path[-1] - branch.path[0]))) > 0.9 * branch.length - 2
        if lone and straight and branch.length < 3 * radius[branch.ends].max():
            blots.append(branch.path[len(branch.path) // 2])
            graph.remove(branch)
    lines = _joined(graph, places, radius, depth)
    return lines + [Line([ring], [np.ones(len(ring), bool)], (False, False), True) for ring in rings], blots


def _pruned(graph: _Graph, radius: Floats) -> list[Floats]:
    """Take the spurs away, shorter ones first, and join branches that then meet alone. Answers rings that close so."""
    rings: list[Floats] = []
    while True:
        spurs = []
        for branch in graph.all():
            node, tip = branch.ends if graph.degree(branch.ends[1]) == 1 else branch.ends[::-1]
            if graph.degree(tip) == 1 and graph.degree(node) >= 3:
                sticks_out = branch.length + radius[tip] - radius[node]
                if sticks_out < _SPUR * min(radius[node], 1.5 * radius[tip]):
                    spurs.append((branch.length, node, branch))
        if not spurs:
            return rings
        for _, node, branch in sorted(spurs, key=lambda spur: spur[:2]):
            if graph.degree(node) < 3:
                continue  # it has become the line's end
            graph.remove(branch)
            meeting = graph.at[node]
            if len(meeting) != 2:
                continue
            first, second = meeting
            graph.remove(first)
            if first is second:
                rings.append(first.path[:-1])
                continue
            graph.remove(second)
            one, other = first.seen_from(node)[0], second.seen_from(node)[0]
            ends = [branch.ends[1] if branch.ends[0] == node else branch.ends[0] for branch in (first, second)]
            graph.add(ends, np.concatenate([one[::-1], other[1:]]))


def _joined(graph: _Graph, places: Floats, radius: Floats, depth: Floats) -> list[Line]:
    """Strokes through the junctions. Forks that belong to one crossing, with their bridges, count as one junction."""
    junction: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    branches = graph.all()
    for branch in branches:
        for node in branch.ends:
            if graph.degree(node) >= 3:
                junction[node], members[node] = node, [node]
    bridges = set()
    for branch in sorted(branches, key=lambda entry: entry.length):
        one, other = (junction.get(node, -1) for node in branch.ends)
        if one == other or min(one, other) < 0:
            continue
        first, second = members[one], members[other]
        # An X comes as two forks; each one's disc reaches to the middle, however slanted the lines.
        gaps = np.hypot(*(places[first][:, None] - places[second][None]).transpose(2, 0, 1))
        near = (gaps < 1.3 * (radius[first][:, None] + radius[second][None])).all()
        crossing = near and branch.length < 1.05 * radius[branch.ends].sum()
        if crossing or (len(first) == len(second) == 1 and _doubled(branch, graph, depth)):
            for node in second:
                junction[node] = one
            members[one] = first + members.pop(other)
            bridges.add(id(branch))

    cut = _Cut()
    meeting: dict[int, list[End]] = {entry: [] for entry in members}
    for branch in branches:
        if id(branch) in bridges:
            continue
        at = [junction.get(node, -1) for node in branch.ends]
        outside = np.ones((2, len(branch.path)), bool)
        for side, entry in enumerate(at):
            for node in members.get(entry, ()):
                outside[side] &= np.hypot(*(branch.path - places[node]).T) > 1.05 * radius[node] + 1
        # From where it leaves the discs of the one end to where it enters those of the other.
        start = int(np.argmax(outside[0])) if outside[0].any() else len(branch.path)
        stop = len(branch.path) - int(np.argmax(outside[1][::-1])) if outside[1].any() else 0
        if start >= stop:
            if at[0] == at[1]:
                continue  # a small hole within a junction
            start = len(branch.path) // 2 if min(at) >= 0 else (len(branch.path) - 1) * (at[1] < 0)
            stop = start + 1
        for side, entry in enumerate(at):
            if entry >= 0:
                meeting[entry].append((len(cut.paths), side))
        cut.paths.append(_smoothed(branch.path)[start:stop])
        cut.widths.append(float(np.median(sampled(depth, cut.paths[-1]))))
        cut.free.append(min(at) < 0)
    for entry, ends in meeting.items():
        if ends:
            _match(cut, ends, places[members[entry]], float(radius[members[entry]].max()))
    return _chained(cut)


def _smoothed(path: Floats) -> Floats:
    """The path without its pixels' steps; its ends stay."""
    path = path.copy()
    for _ in range(6):
        path[1:-1] = 0.25 * (path[:-2] + path[2:]) + 0.5 * path[1:-1]
    return path


def _doubled(bridge: _Branch, graph: _Graph, depth: Floats) -> bool:
    """Whether two lines run along the bridge one upon the other: both ends fork sharply, the more so if it is thin."""
    if max(map(graph.degree, bridge.ends)) > 3:
        return False
    way = bridge.path[-1] - bridge.path[0]
    widths, turns = [], []
    for node, outward in zip(bridge.ends, (-way, way), strict=True):
        for branch in dict.fromkeys(graph.at[node]):
            for path in branch.seen_from(node) if branch is not bridge else ():
                widths.append(_width(path, depth))
                near, far = (path[min(len(path) - 1, int(reach * widths[-1]))] for reach in (1, 3))
                turns.append(abs(turn(outward, far - near)))
    width = float(np.median(widths))
    fat = _width(bridge.path, depth) > 1.12 * width
    sharpest = max(turns)
    limits = ((10, 65),) if fat else ((6, 50), (8.5, 35))  # line widths, degrees
    return any(bridge.length < far * width and sharpest < np.radians(most) for far, most in limits)


def _width(path: Floats, depth: Floats) -> float:
    """The line's radius along the middle half of a path."""
    return float(np.median(sampled(depth, path[len(path) // 4 : 3 * len(path) // 4 + 1])))


def _match(cut: _Cut, ends: list[End], nodes: Floats, reach: float) -> None:
    """Pair the branches at a junction of forks `nodes` (k, 2): fills the cut's mates, tails and dropped."""
    middle = nodes.mean(axis=0)
    width = float(np.median([cut.widths[branch] for branch, _ in ends]))
    starts = [cut.path(end)[0] for end in ends]
    ways, bends = zip(*(_leaving(cut.path(end), width, middle) for end in ends), strict=True)
    tip = _tip(cut, ends, middle, list(ways))
    ways_through = []
    taken: set[int] = set()
    if tip is not None:
        a, b = (index for index in range(3) if index != tip)
        corner = cut.path(ends[tip])[-1]
        legs = _curve(starts[a], corner), corner[None], _curve(corner, starts[b])
        pairs = [(a, b, np.concatenate(legs))]
        cut.dropped.add(ends[tip][0])
        cut.corners |= {ends[a], ends[b]}
        taken.add(tip)
    else:
        options = []
        for a in range(len(ends)):
            for b in range(a + 1, len(ends)):
                cost = _cost(starts[a], -ways[a], -bends[a], starts[b], ways[b], bends[b], width)
                if cost < _TURN or len(ends) == 2:
                    options.append((min(cost, 0.99 * _TURN), a, b))
        pairs = [(a, b, _curve(starts[a], starts[b], -ways[a], ways[b])) for a, b in _best(options)]
    for a, b, way in pairs:
        taken |= {a, b}
        cut.mates[ends[a]] = ends[b], way
        cut.mates[ends[b]] = ends[a], way[::-1]
        ways_through.append(way)
    left = [index for index in range(len(ends)) if index not in taken]
    if ways_through:
        through = np.concatenate(ways_through)
        for index in left:
            # Where the branch, going straight on, meets the line.
            to = through - starts[index]
            along, off = -(to @ ways[index]), to[:, 0] * ways[index][1] - to[:, 1] * ways[index][0]
            place = through[int(np.argmin(np.abs(off) + 0.15 * np.abs(along)))]
            cut.tails[ends[index]] = _curve(starts[index], place)
    elif left:
        # No line goes through: they meet where they are all closest, within the discs.
        away = _meeting([starts[index] for index in left], [ways[index] for index in left], middle) - middle
        centre = middle + away * min(1.0, reach / max(float(np.hypot(*away)), 1e-9))
        for index in left:
            cut.tails[ends[index]] = _curve(starts[index], centre)


def _cost(
    start: Floats, arrive: Floats, before: float, end: Floats, leave: Floats, after: float, width: float
) -> float:
    """How unlike one line it is to come to `start` and go on from `end`, radians; directions, bends a pixel."""
    across = end - start
    gap = float(np.hypot(*across))
    if gap > 1:
        enter, exit_ = turn(arrive, across), turn(across, leave)
    else:
        enter = exit_ = turn(arrive, leave) / 2
    # A line that bends alike on both sides may bend so in between; where the bend changes it is another line.
    most = 1.3 * gap * float(np.sign(after)) * min(abs(before), abs(after)) if before * after > 0 else 0.0
    total = enter + exit_
    if abs(total) > 2.6 * _TURN:
        return np.inf
    off = abs(total - min(max(total, min(most, 0.0)), max(most, 0.0)))
    change = min(abs(after - before) * min(gap, 2 * width), _TURN)
    return float(off + 0.5 * abs(enter - exit_) + _BEND * change)


def _best(options: list[tuple[float, int, int]]) -> list[tuple[int, int]]:
    """Pairs (cost, a, b) without a common end that save most against ends that stay alone, each at half of _TURN."""

    def search(start: int, taken: int) -> tuple[float, list[tuple[int, int]]]:
        best: tuple[float, list[tuple[int, int]]] = (0.0, [])
        for index in range(start, len(options)):
            cost, a, b = options[index]
            both = 1 << a | 1 << b
            if not taken & both:
                rest, pairs = search(index + 1, taken | both)
                if cost - _TURN + rest < best[0]:
                    best = cost - _TURN + rest, [(a, b), *pairs]
        return best

    options = sorted(options)[:_PAIRS]
    return search(0, 0)[1]


def _leaving(path: Floats, width: float, middle: Floats) -> tuple[Floats, float]:
    """The direction in which a path sets out, and how much it then turns a pixel, radians."""
    if len(path) < 4:
        away = path[-1] - middle
        return away / max(float(np.hypot(*away)), 1e-9), 0.0
    step = max(3, int(1.2 * width))
    chords = [
        path[min((k + 1) * step, len(path) - 1)] - path[k * step]
        for k in range(3)
        if k == 0 or (k + 0.6) * step < len(path)
    ]
    turns = [turn(a, b) for a, b in pairwise(chords)]
    # Next to a junction the line is not quite itself: it bends only if it goes on bending.
    bend = 0.0
    if len(turns) == 2 and turns[0] * turns[1] > 0:
        bend = float(np.sign(turns[0])) * min(map(abs, turns)) / step
    away = _rotated(chords[0], -0.5 * bend * step)
    if len(chords) > 1:
        later = _rotated(chords[1], -1.5 * bend * step)
        away = away / np.hypot(*away) + later / max(float(np.hypot(*later)), 1e-9)
    return away / max(float(np.hypot(*away)), 1e-9), bend


def _rotated(vector: Floats, angle: float) -> Floats:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([c * vector[0] - s * vector[1], s * vector[0] + c * vector[1]])


def _tip(cut: _Cut, ends: list[End], middle: Floats, ways: list[Floats]) -> int | None:
    """Which of three branches is the ink that fills the outside of a sharp corner of the two others, if any.

    Lines of radius r that meet at an angle fork, seen from the corner, after r (1 / sin - 1) / (1 + sin) of half of it.
    """
    if len(ends) != 3:
        return None
    for index, (branch, _) in enumerate(ends):
        one, other = (entry for entry in range(3) if entry != index)
        half = abs(turn(ways[one], ways[other])) / 2
        opposite = abs(turn(-(ways[one] + ways[other]), ways[index])) < np.radians(40)
        if not cut.free[branch] or half > np.radians(50) or not opposite:
            continue
        sine = max(float(np.sin(half)), 0.1)
        line = min(cut.widths[ends[one][0]], cut.widths[ends[other][0]])
        expected = line * (1.3 * (1 / sine - 1) / (1 + sine) + 0.7)
        far = float(np.hypot(*(cut.path(ends[index])[-1] - middle)))
        # Lines that lie one upon the other before they part make a longer tip, and a wider one.
        if far < expected or (far < 2 * expected and cut.widths[branch] > 1.1 * line):
            return index
    return None


def _meeting(starts: list[Floats], ways: list[Floats], guess: Floats) -> Floats:
    """The place closest to all lines from the starts along the ways; where they do not say, close to the guess."""
    normal = np.eye(2) * 1e-2 * len(starts)
    target = normal @ guess
    for start, way in zip(starts, ways, strict=True):
        off = np.eye(2) - np.outer(way, way)
        normal, target = normal + off, target + off @ start
    return np.asarray(np.linalg.solve(normal, target))


def _curve(start: Floats, end: Floats, leave: Floats | None = None, arrive: Floats | None = None) -> Floats:
    """Points about a pixel apart from start to end, both left out, along a Hermite curve, or straight."""
    across = end - start
    gap = float(np.hypot(*across))
    count = max(1, round(gap))
    u = (np.arange(1, count + 1) / (count + 1))[:, None]
    leave = across if leave is None else leave * gap
    arrive = across if arrive is None else arrive * gap
    a, b = u * u * (3 - 2 * u), u * (1 - u)
    return np.asarray(start * (1 - a) + end * a + b * (1 - u) * leave - b * u * arrive)


def _chained(cut: _Cut) -> list[Line]:
    """Branches in a row, from one end without a mate to another; what then is left goes round."""
    lines = []
    used = [branch in cut.dropped for branch in range(len(cut.paths))]
    heads = [(branch, side) for branch in range(len(cut.paths)) for side in (0, 1)]
    for cyclic in (False, True):
        for head in heads:
            if used[head[0]] or (not cyclic and head in cut.mates):
                continue
            line = Line(cyclic=cyclic)
            if head in cut.tails:
                line.add(cut.tails[head][::-1], False)
            end = head
            while True:
                used[end[0]] = True
                line.add(cut.path(end), True)
                leaving = (end[0], 1 - end[1])
                if leaving not in cut.mates:
                    break
                end, way = cut.mates[leaving]
                line.add(way, leaving in cut.corners)
                if used[end[0]]:
                    break
            if leaving in cut.tails:
                line.add(cut.tails[leaving], False)
            line.free = (not cyclic and head not in cut.tails, not cyclic and leaving not in cut.tails)
            lines.append(line)
    return lines
