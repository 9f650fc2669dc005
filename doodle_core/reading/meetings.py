"""Places where strokes meet and what was read is broken: which of them go on as one is decided by how they come in.

The network is surest of lines that are alone. Where several come together, its nodes are left out of the question, and
the stretches that lead there are joined in pairs, all at once, as arcs that continue each other (after the junctions
of Favreau, Lafarge and Bousseau 2016). Lengths and places are working pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from doodle_core.reading.chains import chains_of
from doodle_core.reading.nodes import NONE, Nodes, join
from doodle_core.reading.sampling import sampled

__all__ = ["met"]

Array: TypeAlias = NDArray[np.float32]
Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

_NEAR = 3.0  # pixels between the edges of two lines that come together
_APART = 4  # nodes along a stroke, from which on it is another line to itself
_KINK = np.cos(np.radians(35))  # of how a stroke turns at a node, by more of which it is broken there
_ROUND = 5.0  # pixels about what is broken that are decided anew, over the radius, which counts
_WIDE = 2.0  # to so many
_WIDEST = 32.0  # pixels across a meeting that is decided
_MOST_ARMS = 16
_EXACT = 8  # arms of which all pairings are compared
_BACK = 5  # nodes of an arm that say where it leads
_PLACE, _SLOPE, _BEND = 0.35, np.radians(6), 1 / 14  # what is usual: pixels off, radians off, 1 / pixels of curvature
_OFF, _OFF_MORE, _TURN = 0.55, 0.04, np.radians(13)  # of two arms half-way between them, likewise
_ALIKE = np.cos(np.radians(35))  # of directions of what is seen twice
_WIDER = 0.5  # logarithm of the ratio of their radii
_ALONE = 4.0  # cost of an arm that ends
_BARE = 24.0  # cost of a way without ink
_STEPS = 9  # places along a way where ink is looked for


@dataclass(frozen=True, eq=False)
class _Arms:
    """Stretches that lead to meetings, E of them.

    sides (E,): the last node before it, 2 * node + (0 against or 1 along). owner (E,): the meeting. place, way, side
    (E, 2): where it is, in which direction it goes on, and the direction across that. offset, slope, bend (E,): of the
    parabola across over along, through its last nodes.
    """

    sides: Ints
    owner: Ints
    place: Floats
    way: Floats
    offset: Floats
    slope: Floats
    bend: Floats
    radius: Floats

    @property
    def side(self) -> Floats:
        return self.way[:, ::-1] * (-1.0, 1.0)

    def at(self, rows: Ints, along: Floats) -> tuple[Floats, Floats]:
        """Places and unit directions of arms so far on."""
        beside = self.offset[rows] + self.slope[rows] * along + 0.5 * self.bend[rows] * along**2
        steep = self.slope[rows] + self.bend[rows] * along
        side = self.side[rows]
        place = self.place[rows] + along[:, None] * self.way[rows] + beside[:, None] * side
        direction = self.way[rows] + steep[:, None] * side
        return place, direction / np.hypot(*direction.T)[:, None]


def met(nodes: Nodes, table: Ints, ink: Array) -> tuple[Nodes, Ints]:
    """Nodes and neighbours, with strokes that go straight on through places where lines meet and were read badly.

    Parameters
    ----------
    nodes : Nodes
    table : (N, 2) int64
        Neighbours, as `linked` gives them.
    ink : (H, W) float32
        The share of each pixel that ink covers.
    """
    if len(nodes) < 4:
        return nodes, table
    zone = _zones(nodes, table)
    arms = _arms(nodes, table, zone)
    if not len(arms.sides):
        return nodes, table
    first, second = _candidates(arms)
    costs = _costs(arms, first, second, ink)
    pairs = _paired(arms.owner, first, second, costs)
    if not len(pairs):
        return nodes, table
    return _rejoined(nodes, table, zone, arms, pairs)


def _zones(nodes: Nodes, table: Ints) -> Ints:
    """The number of the meeting that each node lies in, (N,); NONE where it lies in none."""
    chains = chains_of(nodes, table, len(nodes))
    rank = np.empty(len(nodes), np.int64)
    rank[chains.numbers] = np.arange(len(nodes))
    chain = np.empty(len(nodes), np.int64)
    chain[chains.numbers] = chains.owner
    size = np.diff(chains.offsets)[chain]
    beside = cKDTree(nodes.places).query_pairs(2 * 6.0 + _NEAR, output_type="ndarray").astype(np.int64)
    a, b = beside.T
    apart = np.abs(rank[a] - rank[b])
    around = np.where(chains.cyclic[chain[a]], np.minimum(apart, size[a] - apart), apart)
    other = (chain[a] != chain[b]) | (around > _APART)
    near = np.hypot(*(nodes.places[a] - nodes.places[b]).T) < nodes.radii[a] + nodes.radii[b] + _NEAR
    crowd = np.zeros(len(nodes), np.bool_)
    crowd[beside[other & near].reshape(-1)] = True
    broken = crowd & ((table == NONE).any(axis=1) | _kinks(nodes, table))
    zone = np.full(len(nodes), NONE, np.int64)
    seeds = np.flatnonzero(broken)
    if not len(seeds):
        return zone
    reach = np.minimum(nodes.radii, _WIDE) + _ROUND
    # What is broken near what is broken is one meeting.
    close = cKDTree(nodes.places[seeds]).query_pairs(2 * 6.0 + 2 * _ROUND, output_type="ndarray").astype(np.int64)
    i, j = seeds[close].T
    one = np.hypot(*(nodes.places[i] - nodes.places[j]).T) < np.maximum(reach[i], reach[j])
    count, label = connected_components(
        coo_matrix((np.ones(one.sum()), tuple(close[one].T)), shape=(len(seeds), len(seeds))), directed=False
    )
    low = np.full((count, 2), np.inf)
    high = np.full((count, 2), -np.inf)
    np.minimum.at(low, label, nodes.places[seeds])
    np.maximum.at(high, label, nodes.places[seeds])
    small = (high - low).max(axis=1) < _WIDEST
    seeds, label = seeds[small[label]], label[small[label]]
    if not len(seeds):
        return zone
    away, nearest = cKDTree(nodes.places[seeds]).query(nodes.places)
    inside = away < reach[seeds[nearest]]
    zone[inside] = label[nearest[inside]]
    return zone


def _kinks(nodes: Nodes, table: Ints) -> Flags:
    """(N,): where a stroke turns much from one link to the next."""
    there = (table != NONE).all(axis=1)
    before, after = np.maximum(table, 0).T
    come, go = nodes.places - nodes.places[before], nodes.places[after] - nodes.places
    size = np.hypot(*come.T) * np.hypot(*go.T)
    return np.asarray(there & ((come * go).sum(axis=1) < _KINK * size))


def _arms(nodes: Nodes, table: Ints, zone: Ints) -> _Arms:
    """The arms of all meetings, those of one after the other."""
    inner = np.where(table != NONE, zone[np.maximum(table, 0)], NONE)
    sides = np.flatnonzero(((zone[:, None] == NONE) & (inner != NONE)).reshape(-1))
    owner = inner.reshape(-1)[sides]
    order = np.argsort(owner, kind="stable")
    sides, owner = sides[order], owner[order]
    few = np.bincount(owner, minlength=1)[owner] <= _MOST_ARMS if len(owner) else np.zeros(0, np.bool_)
    sides, owner = sides[few], owner[few]
    node, along = sides // 2, sides % 2
    way = nodes.directions[node] * (2 * along - 1)[:, None]
    side = way[:, ::-1] * (-1.0, 1.0)
    moments, values = np.zeros((len(sides), 3, 3)), np.zeros((len(sides), 3))
    moments[:, 2, 2] = 1 / _BEND**2
    moments[:, 0, 0] = moments[:, 1, 1] = 1e-6
    at, before = node, table[node, along]
    sign = np.ones(len(sides))
    heading = way
    for _ in range(_BACK):
        there = at != NONE
        row = np.maximum(at, 0)
        off = nodes.places[row] - nodes.places[node]
        x, y = (off * way).sum(axis=1), (off * side).sum(axis=1)
        said = nodes.directions[row]
        sign = np.where((said * heading).sum(axis=1) < 0, -1.0, 1.0)
        heading = said * sign[:, None]
        ahead = (heading * way).sum(axis=1)
        there &= (ahead > 0.5) & (x > -26)
        slope = (heading * side).sum(axis=1) / np.maximum(ahead, 0.5)
        one = np.ones(len(sides))
        of_place = np.stack([one, x, 0.5 * x * x], axis=1)
        of_slope = np.stack([0 * one, one, x], axis=1)
        for basis, value, error in ((of_place, y, _PLACE), (of_slope, slope, _SLOPE)):
            weight = np.where(there, 1 / error**2, 0.0)[:, None]
            moments += (weight * basis)[:, :, None] * basis[:, None]
            values += weight * basis * value[:, None]
        following = np.where(table[row, 0] == before, table[row, 1], table[row, 0])
        before, at = np.where(there, row, before), np.where(there, following, NONE)
    offset, slope, bend = np.linalg.solve(moments, values[..., None])[..., 0].T if len(sides) else np.zeros((3, 0))
    return _Arms(sides, owner, nodes.places[node], way, offset, slope, bend, nodes.radii[node])


def _candidates(arms: _Arms) -> tuple[Ints, Ints]:
    """Pairs of arms of one meeting."""
    counts = np.bincount(arms.owner)
    counts = counts[counts > 0]
    starts = np.cumsum(counts) - counts
    first, second = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for count in np.unique(counts):
        i, j = np.triu_indices(count, 1)
        begin = starts[counts == count][:, None]
        first.append((begin + i).reshape(-1))
        second.append((begin + j).reshape(-1))
    a, b = np.concatenate(first), np.concatenate(second)
    different = arms.sides[a] // 2 != arms.sides[b] // 2
    return a[different], b[different]


def _costs(arms: _Arms, first: Ints, second: Ints, ink: Array) -> Floats:
    """How unlikely arms go on as each other."""
    apart = arms.place[second] - arms.place[first]
    distance = np.hypot(*apart.T)
    half = distance / 2
    here, come = arms.at(first, half)
    there, go = arms.at(second, half)
    turn = np.arccos(np.clip(-(come * go).sum(axis=1), -1, 1))
    middle = come - go
    middle /= np.maximum(np.hypot(*middle.T), 1e-9)[:, None]
    missed = there - here
    beside = np.abs(middle[:, 0] * missed[:, 1] - middle[:, 1] * missed[:, 0])
    short = (middle * missed).sum(axis=1)
    ahead = np.minimum((arms.way[first] * apart).sum(axis=1), -(arms.way[second] * apart).sum(axis=1))
    wider = np.log(np.maximum(arms.radius[first], 0.3) / np.maximum(arms.radius[second], 0.3))
    cost = (beside / (_OFF + _OFF_MORE * distance)) ** 2 + (turn / _TURN) ** 2 + (wider / _WIDER) ** 2
    cost += 0.5 * (distance / 20) ** 2 + (np.abs(short) / (1 + 0.3 * distance)) ** 2
    cost = np.where((ahead > -1.0) & (turn < np.radians(60)), cost, np.inf)
    likely = np.flatnonzero(cost < 2 * _ALONE)
    cost[likely] += _BARE * _bare(arms, first[likely], second[likely], ink)
    return cost


def _bare(arms: _Arms, first: Ints, second: Ints, ink: Array) -> Floats:
    """The share of the way between arms, a cubic, on which there is no ink."""
    t = ((np.arange(_STEPS) + 0.5) / _STEPS)[:, None, None]
    s = 1 - t
    low, leave = arms.at(first, np.zeros(len(first)))
    high, arrive = arms.at(second, np.zeros(len(second)))
    chord = np.hypot(*(high - low).T)[:, None]
    places = s * s * (1 + 2 * t) * low + t * t * (1 + 2 * s) * high + s * t * chord * (s * leave + t * arrive)
    wide = np.minimum(1, 2 * np.minimum(arms.radius[first], arms.radius[second]))
    return np.asarray((sampled(ink, places) < 0.35 * wide).mean(axis=0))


def _paired(owner: Ints, first: Ints, second: Ints, costs: Floats) -> Ints:
    """Pairs of arms (P, 2): at each meeting those that cost least in all."""
    good = costs < 2 * _ALONE
    first, second, costs = first[good], second[good], costs[good]
    order = np.argsort(owner[first], kind="stable")
    first, second, costs = first[order], second[order], costs[order]
    chosen: list[tuple[int, int]] = []
    bounds = np.flatnonzero(np.diff(owner[first], prepend=-1, append=-1) != 0)
    for low, high in pairwise(bounds.tolist()):
        a, b, cost = first[low:high].tolist(), second[low:high].tolist(), costs[low:high].tolist()
        chosen += _cheapest(a, b, cost)
    return np.array(chosen, np.int64).reshape(-1, 2)


def _cheapest(first: list[int], second: list[int], costs: list[float]) -> list[tuple[int, int]]:
    """Of pairs of arms some that have none in common, so that costs and those of arms alone are least."""
    names = sorted({*first, *second})
    table = {(a, b): cost for a, b, cost in zip(first, second, costs, strict=True)}
    if len(names) > _EXACT:
        chosen, used = [], set()
        for cost, a, b in sorted(zip(costs, first, second, strict=True)):
            if cost < 2 * _ALONE and a not in used and b not in used:
                chosen.append((a, b))
                used |= {a, b}
        return chosen

    @cache
    def best(left: tuple[int, ...]) -> tuple[float, tuple[tuple[int, int], ...]]:
        if len(left) < 2:
            return _ALONE * len(left), ()
        a, rest = left[0], left[1:]
        cost, pairs = best(rest)
        answer = (cost + _ALONE, pairs)
        for k, b in enumerate(rest):
            if (a, b) in table:
                cost, pairs = best(rest[:k] + rest[k + 1 :])
                answer = min(answer, (cost + table[a, b], ((a, b), *pairs)))
        return answer

    return list(best(tuple(names))[1])


def _rejoined(nodes: Nodes, table: Ints, zone: Ints, arms: _Arms, pairs: Ints) -> tuple[Nodes, Ints]:
    """Arms joined in pairs, without the nodes between that they, or what they cover, had. What goes from one to the
    other already, and does not turn at once, stays."""
    runs = [_run(table, zone, side) for side in arms.sides.tolist()]
    kinked = _kinks(nodes, table)
    new = np.array([runs[a][1] != arms.sides[b] // 2 or kinked[runs[a][0]].any() for a, b in pairs.tolist()], np.bool_)
    if not new.any():
        return nodes, table
    pairs = pairs[new]
    directions = nodes.directions.copy()
    sides = arms.sides[pairs.reshape(-1)]
    _, way = arms.at(pairs.reshape(-1), np.zeros(pairs.size))
    directions[sides // 2] = way * (2 * (sides % 2) - 1)[:, None]
    nodes = replace(nodes, directions=directions)
    joined = set(pairs.reshape(-1).tolist())
    of_joined, of_others = np.zeros((2, len(nodes)), np.bool_)
    inner = np.ones(len(nodes), np.bool_)
    for number, (members, _) in enumerate(runs):
        (of_joined if number in joined else of_others)[members] = True
        inner[members] = False
    touched = np.isin(zone, arms.owner[pairs[:, 0]])
    dropped = of_joined & ~of_others
    dropped |= touched & _covered(nodes, arms, pairs[:, 0], pairs[:, 1], inner)
    dropped[arms.sides // 2] = False
    table = table.copy()
    # What was on the other side of a link that is gone, is free.
    table[dropped[np.maximum(table, 0)] & (table != NONE)] = NONE
    _freed(table, sides)
    table = join(table, sides.reshape(-1, 2))
    kept = np.flatnonzero(~dropped)
    number_of = np.full(len(nodes), NONE, np.int64)
    number_of[kept] = np.arange(len(kept))
    table = table[kept]
    return nodes.selected(kept), np.where(table != NONE, number_of[np.maximum(table, 0)], NONE)


def _freed(table: Ints, sides: Ints) -> None:
    """Take the links at some sides away, in place."""
    for side in sides.tolist():
        node, other = side // 2, table.reshape(-1)[side]
        if other != NONE:
            table[other][table[other] == node] = NONE
            table.reshape(-1)[side] = NONE


def _run(table: Ints, zone: Ints, side: int) -> tuple[list[int], int]:
    """The nodes within its meeting that an arm leads to, one after the other, and the node to which they lead; NONE
    where they end."""
    come, at = side // 2, int(table[side // 2, side % 2])
    run: list[int] = []
    while at != NONE and zone[at] != NONE and len(run) < 64:
        run.append(at)
        come, at = at, int(table[at, 1] if table[at, 0] == come else table[at, 0])
    return run, at


def _covered(nodes: Nodes, arms: _Arms, first: Ints, second: Ints, inner: Flags) -> Flags:
    """(N,): the nodes that lie in the ink of ways between arms and lead the same way, or are connected with no arm."""
    t = ((np.arange(2 * _STEPS) + 0.5) / (2 * _STEPS))[:, None, None]
    s = 1 - t
    low, leave = arms.at(first, np.zeros(len(first)))
    high, arrive = arms.at(second, np.zeros(len(second)))
    chord = np.hypot(*(high - low).T)[:, None]
    places = s * s * (1 + 2 * t) * low + t * t * (1 + 2 * s) * high + s * t * chord * (s * leave + t * arrive)
    wide = np.broadcast_to((arms.radius[first] + arms.radius[second]) / 2, places.shape[:2]).reshape(-1)
    along = np.gradient(places, axis=0).reshape(-1, 2)
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    away, near = cKDTree(places.reshape(-1, 2)).query(nodes.places, distance_upper_bound=6.0)
    alike = np.abs((np.append(along, [[0.0, 0.0]], axis=0)[near] * nodes.directions).sum(axis=1)) > _ALIKE
    return np.asarray((away < np.append(np.maximum(0.8, 0.9 * wide), 0.0)[near]) & (alike | inner))
