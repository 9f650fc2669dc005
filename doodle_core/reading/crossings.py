"""Strokes that come near each other: which way each goes on is decided again, by where both came from.

Two nodes say little of where lines of nearly one direction go on; their last stretches say more (2-opt, Croes 1958).
Lengths and places are working pixels.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from doodle_core.reading.nodes import NONE, Nodes, join, mutual_best

__all__ = ["uncrossed"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_NEAR = 7.0  # pixels between the middles of links that may change their partners
_GAP = 14.0  # pixels between free ends that may be joined on the way
_FEW = 4  # free ends nearest to one, itself included
_BACK = 3  # nodes that an end looks back
_TURN = np.radians(14)  # that a stroke may turn from one node to the next
_BESIDE = 0.8  # pixels that it may be off the straight way
_LOOSE = 5.0  # cost of two ends that stay free
_GAIN = 0.6  # by which a change must be better
_ROUNDS = 4
_MOST = 30_000  # pairs of links in a round; more come only of pages of writing


def uncrossed(nodes: Nodes, table: Ints) -> Ints:
    """A table of neighbours, as `linked` gives it, in which links near each other have changed their partners where
    the strokes then go straighter on."""
    for _ in range(_ROUNDS):
        links, loose = _links(nodes, table)
        if len(links) < 2:
            break
        ways = _ways(nodes, table, np.arange(2 * len(nodes)))
        now = np.where(loose, _LOOSE, _cost_of(nodes, ways, links))
        middles = nodes.places[links // 2].mean(axis=1)
        pairs = cKDTree(middles).query_pairs(_NEAR, output_type="ndarray").astype(np.int64)
        # Links that go straight on cannot do better.
        pairs = pairs[~(loose[pairs].all(axis=1)) & (now[pairs].sum(axis=1) > _GAIN)]
        if len(pairs) > _MOST:
            pairs = pairs[np.argsort(-now[pairs].sum(axis=1), kind="stable")[:_MOST]]
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
        four = links[pairs].reshape(-1, 4)  # sides a b, c d: a-b and c-d are joined
        pairs = pairs[_distinct(four)]
        if not len(pairs):
            break
        swapped, best = _best(nodes, table, ways, links[pairs].reshape(-1, 4))
        gain = now[pairs].sum(axis=1) - best
        good = gain > _GAIN
        if not good.any():
            break
        pairs, swapped, gain = pairs[good], swapped[good], gain[good]
        chosen = _apart(pairs, swapped, -gain, len(links), len(nodes))
        table = _changed(table, links[pairs[chosen]].reshape(-1, 2), swapped[chosen].reshape(-1, 2))
    return table


def _links(nodes: Nodes, table: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """All links as pairs (L, 2) of sides, 2 * node + (0 or 1), and after them pairs of free sides that are near each
    other; and which these are, (L,)."""
    flat = table.reshape(-1)
    sides = np.arange(len(flat))
    there = flat != NONE
    other = np.full(len(flat), NONE, np.int64)
    back = table[flat[there], 0] == sides[there] // 2
    other[there] = 2 * flat[there] + ~back
    links = np.stack([sides, other], axis=1)[there & (sides < other)]
    free = np.flatnonzero(~there)
    loose = np.zeros((0, 2), np.int64)
    if len(free) > 1:
        # The nearest few of each: a page of writing has ends everywhere.
        places = nodes.places[free // 2]
        away, near = cKDTree(places).query(places, k=min(_FEW, len(free)), distance_upper_bound=_GAP)
        own, place = np.nonzero(np.isfinite(away))
        found = np.sort(np.stack([own, near[own, place]], axis=1), axis=1)
        found = np.unique(found[found[:, 0] != found[:, 1]], axis=0)
        loose = free[found]
        loose = loose[loose[:, 0] // 2 != loose[:, 1] // 2]
    return np.concatenate([links, loose]), np.arange(len(links) + len(loose)) >= len(links)


def _distinct(four: Ints) -> NDArray[np.bool_]:
    """Whether four sides are those of four nodes."""
    node = np.sort(four // 2, axis=1)
    return np.asarray((np.diff(node, axis=1) != 0).all(axis=1))


def _best(nodes: Nodes, table: Ints, ways: Floats, four: Ints) -> tuple[Ints, Floats]:
    """The better of two changes of partners for each two links (P, 4), and what it costs."""
    node = four // 2

    def joined(one: int, two: int) -> Floats:
        # Two nodes that are neighbours already, made neighbours once more, would be a stroke of their own.
        twice = (table[node[:, one]] == node[:, two, None]).any(axis=1)
        return np.where(twice, np.inf, _cost_of(nodes, ways, four[:, [one, two]]))

    first, second = joined(0, 2) + joined(1, 3), joined(0, 3) + joined(1, 2)
    swapped = np.where((first <= second)[:, None], four[:, [0, 2, 1, 3]], four[:, [0, 3, 1, 2]])
    return swapped, np.minimum(first, second)


def _cost_of(nodes: Nodes, ways: Floats, links: Ints) -> Floats:
    """What links, pairs (L, 2) of sides, cost."""
    a, b = links.T
    return _cost(nodes.places[a // 2], ways[a], nodes.places[b // 2], ways[b])


def _cost(a: Floats, leave: Floats, b: Floats, arrive: Floats) -> Floats:
    """How much a stroke has to bend that comes to `a` in one direction and leaves from `b` against the other."""
    turn = np.arccos(np.clip(-(leave * arrive).sum(axis=1), -1, 1))
    apart = b - a
    middle = leave - arrive
    middle = middle / np.maximum(np.hypot(*middle.T), 1e-9)[:, None]
    beside = np.abs(middle[:, 0] * apart[:, 1] - middle[:, 1] * apart[:, 0])
    back = np.maximum(-(middle * apart).sum(axis=1) - 1.5, 0)
    distance = np.hypot(*apart.T)
    return np.asarray(
        (turn / _TURN) ** 2
        + (np.maximum(beside - 0.2, 0) / (_BESIDE + 0.08 * distance)) ** 2
        + back**2
        + (distance / 12) ** 2
    )


def _ways(nodes: Nodes, table: Ints, sides: Ints) -> Floats:
    """The directions (E, 2) in which strokes come to sides (E,), by their last stretches."""
    node, along = sides // 2, sides % 2
    way = nodes.directions[node] * (2 * along - 1)[:, None]
    at, before = table[node, 1 - along], node
    total = way.copy()
    for step in range(_BACK):
        there = at != NONE
        row = np.maximum(at, 0)
        chord = nodes.places[node] - nodes.places[row]
        length = np.hypot(*chord.T)
        far = there & (length > 2)
        total += np.where(far, (0.6, 0.8, 0.5)[step] / np.maximum(length, 1e-6), 0)[:, None] * chord
        following = np.where(table[row, 0] == before, table[row, 1], table[row, 0])
        before, at = np.where(there, row, before), np.where(there, following, NONE)
    return np.asarray(total / np.maximum(np.hypot(*total.T), 1e-9)[:, None])


def _apart(pairs: Ints, swapped: Ints, costs: Floats, links: int, nodes: int) -> Ints:
    """The best changes that have neither links nor nodes in common."""
    chosen = mutual_best(pairs, costs, links)
    chosen = chosen[np.argsort(costs[chosen], kind="stable")]
    used = np.zeros(nodes, np.bool_)
    kept = []
    for number in chosen.tolist():
        touched = swapped[number] // 2
        if not used[touched].any():
            used[touched] = True
            kept.append(number)
    return np.array(kept, np.int64)


def _changed(table: Ints, old: Ints, new: Ints) -> Ints:
    """The table with links, pairs of sides, in the place of others."""
    table = table.copy()
    table.reshape(-1)[old.reshape(-1)] = NONE
    return join(table, new)
