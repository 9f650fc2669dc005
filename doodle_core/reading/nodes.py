"""Points on the centre lines of a picture's strokes, and their neighbours along the strokes.

Lengths and places are working pixels: x right, y down, (0, 0) the picture's corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter
from scipy.spatial import cKDTree

from doodle_core.reading.cells import CELL, Cells
from doodle_core.reading.sampling import sampled

__all__ = ["NONE", "Nodes", "join", "link_costs", "linked", "merged", "mutual_best", "nodes_of"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

NONE = -1
"""In a table of neighbours: the stroke ends here."""

_SAME_ALONG = 2.6  # pixels along the line within which two nodes that lie on it say the same
_SAME_ACROSS = 0.7  # pixels across it, at least
_OF_RADIUS = 0.75  # and for each pixel of the radius: within one line's ink there is not another
_EDGE = 1.85  # pixels from a cell's middle
_CROSSED = np.cos(2 * np.radians(9))  # of twice the angle between two lines of a cell that are two
_ALIKE = np.cos(np.radians(20))  # of directions of nodes that say the same
_REACH = 8.2  # pixels; two cells of 4 pixels along a diagonal, with the nodes at their far ends, are rarer
_SLACK = 0.25  # pixels that a node may lie beside its line without a meaning
_BEND = np.radians(18)  # an angle between a node's direction and its neighbour that is likely enough
_AT_CORNERS = np.radians(9)  # likewise, near a corner
_MOST_BEND = np.radians(58)
_WIDER = 0.45  # logarithm of the ratio of neighbours' radii, likewise
_LEAST_INK = 0.25  # of a line's own, half-way between neighbours
_DEAREST = 9.0  # cost over which nodes are no neighbours


@dataclass(frozen=True, eq=False)
class Nodes:
    """Points on centre lines.

    Parameters
    ----------
    places : (N, 2) float64
    directions : (N, 2) float64
        Unit vectors along the lines, of either sign.
    radii : (N,) float64
        Half the widths of the lines.
    strengths : (N,) float64
        How dark the ink is, 0 to 1.
    weights : (N,) float64
        How sure the nodes are, 0 to 1.
    turning : (N,) float64
        How sure it is that the line turns at once near a node, 0 to 1.
    crossed : (N,) bool
        Whether another line passes through a node's cell in another direction: then neither stands for the other, nor
        for one beside.
    """

    places: Floats
    directions: Floats
    radii: Floats
    strengths: Floats
    weights: Floats
    turning: Floats
    crossed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.places)

    def selected(self, which: NDArray[np.bool_] | Ints) -> Nodes:
        """Some of the nodes."""
        return Nodes(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


def nodes_of(cells: Cells, threshold: float = 0.5) -> Nodes:
    """The points on centre lines that cells hold, those of a presence over a threshold, each line's once."""
    there = cells.presence > threshold
    row, column, _ = np.nonzero(there)
    turning = maximum_filter(cells.corner, 3)[row, column]
    both = there.all(axis=2) & ((cells.direction[..., 0, :] * cells.direction[..., 1, :]).sum(axis=-1) < _CROSSED)
    angle = np.arctan2(cells.direction[there][:, 1], cells.direction[there][:, 0]) / 2
    return merged(
        Nodes(
            CELL * (np.stack([column, row], axis=1) + 0.5) + cells.offset[there],
            np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float64),
            cells.radius[there].astype(np.float64),
            cells.strength[there].astype(np.float64),
            # What lies on a cell's edge may be a line beside the cell.
            cells.presence[there] * np.where(np.abs(cells.offset[there]).max(axis=1) > _EDGE, 0.5, 1.0),
            turning.astype(np.float64),
            both[row, column],
        )
    )


def merged(nodes: Nodes) -> Nodes:
    """The nodes without those that say the same as another: each pair becomes its mean, weighted by how sure they are.

    A line that runs between two rows of cells may be seen by both.
    """
    for _ in range(2):
        if len(nodes) < 2:
            break
        pairs = _pairs(nodes.places, 3.2)
        first, second = pairs.T
        apart = nodes.places[second] - nodes.places[first]
        dots = (nodes.directions[first] * nodes.directions[second]).sum(axis=1)
        along = nodes.directions[first] + np.sign(dots)[:, None] * nodes.directions[second]
        along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
        across = np.abs(_cross(along, apart))
        most = np.clip(_OF_RADIUS * np.minimum(nodes.radii[first], nodes.radii[second]), _SAME_ACROSS, 2.0)
        same = (
            ~(nodes.crossed[first] | nodes.crossed[second])
            & (np.abs(dots) > _ALIKE)
            & (across < most)
            & (np.abs((along * apart).sum(axis=1)) < _SAME_ALONG)
        )
        pairs = pairs[same]
        chosen = mutual_best(pairs, np.hypot(*apart[same].T), len(nodes))
        if not len(chosen):
            break
        nodes = _joined(nodes, *pairs[chosen].T)
    return nodes


def linked(nodes: Nodes, ink: NDArray[np.float32]) -> Ints:
    """The neighbours of each node along its stroke.

    Two nodes are neighbours where both directions agree with the line between them, as they do on an arc, and radii are
    alike, and there is ink half-way. A node has at most one neighbour on either side, so that crossings go straight on.

    Parameters
    ----------
    nodes : Nodes
    ink : (H, W) float32
        The share of each pixel that ink covers.

    Returns
    -------
    (N, 2) int64
        The neighbours against and along each node's direction; NONE where there is none.
    """
    table = np.full((len(nodes), 2), NONE, np.int64)
    if len(nodes) < 2:
        return table
    pairs = _pairs(nodes.places, _REACH)
    first, second = pairs.T
    costs = link_costs(nodes, first, second)
    likely = np.flatnonzero(costs < _DEAREST)
    likely = likely[_inked(nodes, first[likely], second[likely], ink)]
    first, second, costs = first[likely], second[likely], costs[likely]
    apart = nodes.places[second] - nodes.places[first]
    ahead = (nodes.directions[first] * apart).sum(axis=1) > 0
    behind = (nodes.directions[second] * apart).sum(axis=1) < 0
    sides = np.stack([2 * first + ahead, 2 * second + behind], axis=1)
    chosen = mutual_best(sides, costs, 2 * len(nodes))
    return join(table, sides[chosen])


def join(table: Ints, sides: Ints) -> Ints:
    """A table of neighbours with more links: pairs (L, 2) of sides, each 2 * node + (0 against or 1 along)."""
    table = table.copy()
    flat = table.reshape(-1)
    flat[sides[:, 0]] = sides[:, 1] // 2
    flat[sides[:, 1]] = sides[:, 0] // 2
    return table


def link_costs(nodes: Nodes, first: Ints, second: Ints) -> Floats:
    """How unlikely two nodes are neighbours on one stroke: (P,), 0 and more, infinite where they cannot be."""
    apart = nodes.places[second] - nodes.places[first]
    distance = np.maximum(np.hypot(*apart.T), 1e-6)
    leave = _turned(nodes.directions[first], apart, distance)
    arrive = _turned(nodes.directions[second], apart, distance)
    # On an arc the line between two points makes the same angle with both directions, to either side.
    bend, kink = np.abs(leave - arrive) / 2, np.abs(leave + arrive) / 2
    most = np.maximum(np.abs(leave), np.abs(arrive))
    wider = np.log(np.maximum(nodes.radii[first], 0.2) / np.maximum(nodes.radii[second], 0.2))
    cost = (distance / 5) ** 2 + (bend / (2 * _BEND)) ** 2 + (2 * kink / _BEND) ** 2 + (wider / _WIDER) ** 2
    # Where lines turn at once they do not bend.
    cost += np.maximum(nodes.turning[first], nodes.turning[second]) * (bend / _AT_CORNERS) ** 2
    return np.where(most < _MOST_BEND, cost, np.inf)


def _inked(nodes: Nodes, first: Ints, second: Ints, ink: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether there is ink half-way between nodes, or a little beside, as lines bend."""
    middle = (nodes.places[first] + nodes.places[second]) / 2
    apart = nodes.places[second] - nodes.places[first]
    across = apart[:, ::-1] * (0.7, -0.7) / np.maximum(np.hypot(*apart.T), 1e-6)[:, None]
    found = np.maximum.reduce([sampled(ink, middle + beside * across) for beside in (-1, 0, 1)])
    wide = np.minimum(1, 2 * np.minimum(nodes.radii[first], nodes.radii[second]))
    return np.asarray(found > _LEAST_INK * wide)


def mutual_best(pairs: Ints, costs: Floats, count: int) -> Ints:
    """Which pairs (P, 2) of `count` things to take, each thing once: again and again those that are the cheapest left
    for both. The same as taking pairs by rising cost."""
    order = np.lexsort((pairs[:, 1], pairs[:, 0], costs))
    left = pairs[order]
    numbers = order
    free = np.ones(count, np.bool_)
    chosen = []
    while len(left):
        rank = np.arange(len(left))
        best = np.full(count, len(left))
        np.minimum.at(best, left[:, 0], rank)
        np.minimum.at(best, left[:, 1], rank)
        won = (best[left[:, 0]] == rank) & (best[left[:, 1]] == rank)
        chosen.append(numbers[won])
        free[left[won].reshape(-1)] = False
        rest = free[left[:, 0]] & free[left[:, 1]]
        left, numbers = left[rest], numbers[rest]
    return np.concatenate(chosen) if chosen else np.zeros(0, np.int64)


def _joined(nodes: Nodes, first: Ints, second: Ints) -> Nodes:
    """The nodes with the second of each pair taken into the first."""
    share = nodes.weights[second] / np.maximum(nodes.weights[first] + nodes.weights[second], 1e-9)
    sign = np.sign((nodes.directions[first] * nodes.directions[second]).sum(axis=1))

    def mixed(values: Floats, others: Floats) -> Floats:
        part = share if values.ndim == 1 else share[:, None]
        return (1 - part) * values + part * others

    values = {name: getattr(nodes, name).copy() for name in nodes.__dataclass_fields__}
    for name in ("places", "radii", "strengths"):
        values[name][first] = mixed(values[name][first], values[name][second])
    along = mixed(nodes.directions[first], sign[:, None] * nodes.directions[second])
    values["directions"][first] = along / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    for name in ("weights", "turning"):
        values[name][first] = np.maximum(values[name][first], values[name][second])
    kept = np.ones(len(nodes), np.bool_)
    kept[second] = False
    return Nodes(**values).selected(kept)


def _pairs(places: Floats, reach: float) -> Ints:
    """Pairs of places no farther apart, (P, 2), in order."""
    found = cKDTree(places).query_pairs(reach, output_type="ndarray").astype(np.int64)
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _turned(directions: Floats, apart: Floats, distance: Floats) -> Floats:
    """The signed angle from directions, of either sign, to the lines between nodes, -90 to 90 degrees; what is beside
    the direction by so little that it may be chance does not count."""
    across, along = _cross(directions, apart), (directions * apart).sum(axis=1)
    across = np.where(along < 0, -across, across)
    # Beside the line by chance, in any case less than by an angle that counts.
    across = np.sign(across) * np.maximum(np.abs(across) - np.minimum(_SLACK, 0.3 * distance), 0)
    return np.arctan2(across, np.abs(along))
