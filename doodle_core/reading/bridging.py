"""Gaps in strokes closed and corners made: free ends of chains of nodes that belong together become neighbours.

Lengths and places are working pixels.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from doodle_core.reading.crossings import uncrossed
from doodle_core.reading.meetings import met
from doodle_core.reading.nodes import NONE, Nodes, join, mutual_best
from doodle_core.reading.sampling import sampled

__all__ = ["bridged", "cornered", "outward"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_FAR = 17.0  # pixels that a gap may measure: three cells, and the way to their middles
_CORNER_FAR = 9.0  # pixels between the ends that make a corner
_STEPS = 9  # places along a gap where ink is looked for
_LEAST_INK = 0.35  # of a line's own, all along a gap
_SMOOTH = np.radians(40)  # by which an end may turn towards the other over a gap
_CORNER = np.radians(48)  # what turns by less is no corner
_MOST_TURN = np.radians(172)


def bridged(nodes: Nodes, table: Ints, ink: NDArray[np.float32]) -> tuple[Nodes, Ints]:
    """Nodes and neighbours with gaps closed where the ink goes on, and strokes that go on where others meet them.

    Parameters
    ----------
    table : (N, 2) int64
        Neighbours, as `linked` gives them.
    ink : (H, W) float32
        The share of each pixel that ink covers.

    Returns
    -------
    nodes : Nodes
        Without those that were in the way.
    table : (N, 2) int64
    """
    for reach in (_FAR / 2, _FAR):
        table = _straight(nodes, table, ink, reach)
    table = uncrossed(nodes, table)
    nodes, table = met(nodes, table, ink)
    return nodes, _straight(nodes, table, ink, _FAR)


def outward(nodes: Nodes, table: Ints, sides: Ints) -> Floats:
    """The unit directions (E, 2) in which strokes leave at free sides (E,), 2 * node + (0 against or 1 along)."""
    node, along = sides // 2, sides % 2
    way = nodes.directions[node] * (2 * along - 1)[:, None]
    back = table[node, 1 - along]
    has = back != NONE
    chord = np.where(has[:, None], nodes.places[node] - nodes.places[np.maximum(back, 0)], 0.0)
    # One step further, if the neighbour has one: a longer chord is less noisy.
    rows = np.maximum(back, 0)
    second = np.where(table[rows, 0] == node, table[rows, 1], table[rows, 0])
    further = has & (second != NONE)
    chord = np.where(further[:, None], nodes.places[node] - nodes.places[np.maximum(second, 0)], chord)
    length = np.hypot(*chord.T)
    way = way + np.where(length > 1.5, 0.5 / np.maximum(length, 1e-6), 0.0)[:, None] * chord
    return np.asarray(way / np.maximum(np.hypot(*way.T), 1e-9)[:, None])


def _free(table: Ints) -> Ints:
    return np.flatnonzero(table.reshape(-1) == NONE)


def _pairs(nodes: Nodes, sides: Ints, reach: float) -> Ints:
    """Pairs of indices of free sides of different nodes within a reach."""
    if len(sides) < 2:
        return np.zeros((0, 2), np.int64)
    found = cKDTree(nodes.places[sides // 2]).query_pairs(reach, output_type="ndarray").astype(np.int64)
    found = found[sides[found[:, 0]] // 2 != sides[found[:, 1]] // 2]
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def _straight(nodes: Nodes, table: Ints, ink: NDArray[np.float32], reach: float) -> Ints:
    """Neighbours with gaps closed that ends lead over by themselves."""
    sides = _free(table)
    pairs = _pairs(nodes, sides, reach)
    if not len(pairs):
        return table
    way = outward(nodes, table, sides)
    first, second = pairs.T
    a, b = sides[first] // 2, sides[second] // 2
    apart = nodes.places[b] - nodes.places[a]
    distance = np.maximum(np.hypot(*apart.T), 1e-6)
    leave = _angle(way[first], apart, distance)
    arrive = _angle(-way[second], apart, distance)
    linked_already = (table[a] == b[:, None]).any(axis=1)
    likely = (np.maximum(np.abs(leave), np.abs(arrive)) < _SMOOTH + np.radians(60) * (distance < 2)) & ~linked_already
    pairs, a, b, distance = pairs[likely], a[likely], b[likely], distance[likely]
    leave, arrive = leave[likely], arrive[likely]
    wider = np.abs(np.log(np.maximum(nodes.radii[a], 0.2) / np.maximum(nodes.radii[b], 0.2)))
    there = _ink_between(nodes, a, b, ink)
    cost = (distance / 8) ** 2 + ((leave - arrive) / 0.6) ** 2 + ((leave + arrive) / 0.4) ** 2 + (wider / 0.5) ** 2
    good = there & (wider < 1.1) & (cost < 9)
    pairs, cost = pairs[good], cost[good]
    chosen = mutual_best(pairs, cost, len(sides))
    return join(table, sides[pairs[chosen]])


def cornered(nodes: Nodes, table: Ints, ink: NDArray[np.float32]) -> tuple[Nodes, Ints]:
    """Nodes and neighbours with a new node in every corner that two ends make, where the lines to both sides meet; the
    new ones come last."""
    sides = _free(table)
    pairs = _pairs(nodes, sides, _CORNER_FAR)
    if not len(pairs):
        return nodes, table
    way = outward(nodes, table, sides)
    first, second = pairs.T
    a, b = sides[first] // 2, sides[second] // 2
    apart = nodes.places[b] - nodes.places[a]
    turn = np.arccos(np.clip(-(way[first] * way[second]).sum(axis=1), -1, 1))
    # Where the two rays meet: a + t * way_a = b + u * way_b.
    det = way[first, 1] * way[second, 0] - way[first, 0] * way[second, 1]
    safe = np.where(np.abs(det) < 0.05, np.inf, det)
    t = (apart[:, 1] * way[second, 0] - apart[:, 0] * way[second, 1]) / safe
    u = (way[first, 0] * apart[:, 1] - way[first, 1] * apart[:, 0]) / safe
    meets = (turn > _CORNER) & (turn < _MOST_TURN) & (np.minimum(t, u) > -3.5) & (np.maximum(t, u) < _CORNER_FAR)
    meets &= (table[a] != b[:, None]).all(axis=1)
    corner = nodes.places[a] + np.where(meets, t, 0)[:, None] * way[first]
    wide = np.minimum(1, 2 * np.minimum(nodes.radii[a], nodes.radii[b]))
    meets &= sampled(ink, corner) > 0.5 * _LEAST_INK * wide
    meets &= _ink_between(nodes, a, b, ink, corner)
    wider = np.abs(np.log(np.maximum(nodes.radii[a], 0.2) / np.maximum(nodes.radii[b], 0.2)))
    meets &= wider < 0.9
    cost = np.abs(t) + np.abs(u) + 3 * wider
    pairs, cost, corner = pairs[meets], cost[meets], corner[meets]
    # Where more than two ends meet, none of them is one line with another.
    crowd = np.bincount(pairs.reshape(-1), minlength=len(sides))
    alone = (crowd[pairs] == 1).all(axis=1)
    pairs, cost, corner = pairs[alone], cost[alone], corner[alone]
    chosen = mutual_best(pairs, cost, len(sides))
    return _with_corners(nodes, table, sides[pairs[chosen]], corner[chosen], way[pairs[chosen, 0]])


def _with_corners(nodes: Nodes, table: Ints, sides: Ints, corners: Floats, way: Floats) -> tuple[Nodes, Ints]:
    """A node in each corner (K, 2) between two sides (K, 2); way (K, 2): along it, from the first."""
    count, more = len(nodes), len(sides)
    if not more:
        return nodes, table
    a, b = sides.T // 2

    def mean(values: Floats) -> Floats:
        return np.concatenate([values, (values[a] + values[b]) / 2])

    nodes = Nodes(
        np.concatenate([nodes.places, corners]),
        np.concatenate([nodes.directions, way]),
        mean(nodes.radii),
        mean(nodes.strengths),
        mean(nodes.weights),
        np.concatenate([nodes.turning, np.ones(more)]),
        np.concatenate([nodes.crossed, np.zeros(more, np.bool_)]),
    )
    new = count + np.arange(more)
    table = np.concatenate([table, np.full((more, 2), NONE, np.int64)])
    table = join(table, np.stack([sides[:, 0], 2 * new], axis=1))
    return nodes, join(table, np.stack([sides[:, 1], 2 * new + 1], axis=1))


def _ink_between(
    nodes: Nodes, a: Ints, b: Ints, ink: NDArray[np.float32], corner: Floats | None = None
) -> NDArray[np.bool_]:
    """Whether there is ink all along from one node to another, round a corner where one is given."""
    share = (np.arange(_STEPS) + 0.5)[:, None, None] / _STEPS
    start, end = nodes.places[a], nodes.places[b]
    if corner is None:
        places = start + share * (end - start)
    else:
        places = np.concatenate([start + share * (corner - start), end + share * (corner - end)])
    wide = np.minimum(1, 2 * np.minimum(nodes.radii[a], nodes.radii[b]))
    # A little beside as well: a gap bends, and thin lines lie between pixels.
    across: Floats = (end - start)[:, ::-1] * np.array([1.0, -1.0])
    across = across / np.maximum(np.hypot(*across.T), 1e-6)[:, None]
    found = np.maximum.reduce([sampled(ink, places + beside * across) for beside in (-0.7, 0, 0.7)])
    return np.asarray((found > _LEAST_INK * wide).all(axis=0))


def _angle(way: Floats, apart: Floats, distance: Floats) -> Floats:
    """The signed angle from unit directions to the line between ends; beside it by a quarter pixel does not count."""
    across = way[:, 0] * apart[:, 1] - way[:, 1] * apart[:, 0]
    across = np.sign(across) * np.maximum(np.abs(across) - np.minimum(0.25, 0.3 * distance), 0)
    return np.asarray(np.arctan2(across, (way * apart).sum(axis=1)))
