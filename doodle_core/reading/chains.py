"""Chains of nodes: strokes as ordered points, smoothed and made dense, all of a picture's at once.

Lengths and places are working pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.reading.nodes import NONE, Nodes

__all__ = ["Chains", "chains_of", "dense", "smoothed"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_CORNER = np.cos(np.radians(48))  # neighbours whose directions differ by more make a corner
_STEP = 1.0  # pixels between the points of a dense chain, about


@dataclass(frozen=True, eq=False)
class Chains:
    """Strokes as points with directions, one after the other.

    Parameters
    ----------
    places : (V, 2) float64
    directions : (V, 2) float64
        Unit vectors along the stroke, towards the next point.
    radii, strengths, weights : (V,) float64
        As in `Nodes`.
    corners : (V,) bool
        Points at which the stroke turns at once.
    offsets : (C + 1,) int64
        Stroke c has the points offsets[c]:offsets[c + 1].
    cyclic : (C,) bool
    numbers : (V,) int64
        The node that a point comes from, or the last one before it.
    """

    places: Floats
    directions: Floats
    radii: Floats
    strengths: Floats
    weights: Floats
    corners: NDArray[np.bool_]
    offsets: Ints
    cyclic: NDArray[np.bool_]
    numbers: Ints

    def __len__(self) -> int:
        return len(self.cyclic)

    @cached_property
    def owner(self) -> Ints:
        """(V,): the stroke of each point."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    @cached_property
    def after(self) -> Ints:
        """(V,): the next point of each; itself at an end."""
        after = np.arange(len(self.places)) + 1
        last = self.offsets[1:] - 1
        after[last] = np.where(self.cyclic, self.offsets[:-1], last)
        return after

    @cached_property
    def before(self) -> Ints:
        """(V,): the point before each; itself at an end."""
        before = np.arange(len(self.places)) - 1
        first = self.offsets[:-1]
        before[first] = np.where(self.cyclic, self.offsets[1:] - 1, first)
        return before

    @cached_property
    def inner(self) -> NDArray[np.bool_]:
        """(V,): whether a point has one before and one after it."""
        own = np.arange(len(self.places))
        return np.asarray((self.after != own) & (self.before != own))

    @cached_property
    def lengths(self) -> Floats:
        """(C,): the length of each stroke."""
        steps = np.hypot(*(self.places[self.after] - self.places).T)
        return np.add.reduceat(np.append(steps, 0.0), self.offsets[:-1]) if len(self) else np.zeros(0)

    def selected(self, which: NDArray[np.bool_]) -> Chains:
        """Some of the strokes: a mask (C,)."""
        made = self.picked(np.flatnonzero(which[self.owner]))
        filled = np.append(True, np.diff(made.offsets) > 0)
        return replace(made, offsets=made.offsets[filled], cyclic=self.cyclic[which])

    def picked(self, points: Ints) -> Chains:
        """The strokes with some of their points only, numbers in order."""
        counts = np.bincount(self.owner[points], minlength=len(self))
        return Chains(
            self.places[points],
            self.directions[points],
            self.radii[points],
            self.strengths[points],
            self.weights[points],
            self.corners[points],
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            self.cyclic,
            self.numbers[points],
        )


def chains_of(nodes: Nodes, table: Ints, first_corner: int) -> Chains:
    """Strokes from nodes and their neighbours; the nodes from number `first_corner` on are corners."""
    order, offsets, cyclic = _ordered(table)
    places = nodes.places[order]
    made = Chains(
        places,
        nodes.directions[order],
        nodes.radii[order],
        nodes.strengths[order],
        nodes.weights[order],
        order >= first_corner,
        offsets,
        cyclic,
        order,
    )
    chord = places[made.after] - places[made.before]
    sign = np.where((made.directions * chord).sum(axis=1) < 0, -1.0, 1.0)
    made = replace(made, directions=made.directions * sign[:, None])
    # What turns at once between two nodes turns at both: neither is smoothed over.
    turns = (made.directions * made.directions[made.after]).sum(axis=1) < _CORNER
    return replace(made, corners=made.corners | turns | turns[made.before])


def _ordered(table: Ints) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """The nodes of chain after chain, where each chain begins, and which are closed."""
    ahead, behind = table[:, 1].tolist(), table[:, 0].tolist()
    seen = [False] * len(table)
    order: list[int] = []
    offsets, cyclic = [0], []
    ends = np.flatnonzero((table == NONE).any(axis=1)).tolist()
    for closed, starts in ((False, ends), (True, range(len(table)))):
        for start in starts:
            if seen[start]:
                continue
            node, come = start, NONE
            follow = ahead[start] if ahead[start] != NONE else behind[start]
            seen[node] = True
            order.append(node)
            while follow != NONE and not seen[follow]:
                node, come = follow, node
                follow = ahead[node] if behind[node] == come else behind[node]
                seen[node] = True
                order.append(node)
            offsets.append(len(order))
            cyclic.append(closed)
    return np.array(order, np.int64), np.array(offsets, np.int64), np.array(cyclic, np.bool_)


def smoothed(chains: Chains, passes: int = 5) -> Chains:
    """The strokes with less noise: each point moves towards the middle of the cubic through its neighbours and their
    directions, which bends like the stroke, so that curves do not shrink. Corners and ends stay."""
    before, after = chains.before, chains.after
    still = ~chains.inner | chains.corners
    places, directions, radii = chains.places, chains.directions, chains.radii
    for _ in range(passes):
        low, high = places[before], places[after]
        chord = np.hypot(*(high - low).T)
        step = np.hypot(*(places - low).T)
        share = np.clip(step / np.maximum(step + np.hypot(*(high - places).T), 1e-9), 0.15, 0.85)
        # Directions beside a corner lead away from the stroke.
        leave = np.where(
            chains.corners[before, None], (high - low) / np.maximum(chord, 1e-9)[:, None], directions[before]
        )
        arrive = np.where(
            chains.corners[after, None], (high - low) / np.maximum(chord, 1e-9)[:, None], directions[after]
        )
        middle = _cubic(low, high, chord[:, None] * leave, chord[:, None] * arrive, share)
        moved = places + 0.6 * (middle - places)
        tangent = (high - low) / np.maximum(chord, 1e-9)[:, None]
        turned = directions + 0.7 * tangent + 0.35 * (directions[before] + directions[after])
        turned /= np.maximum(np.hypot(*turned.T), 1e-9)[:, None]
        places = np.where(still[:, None], places, moved)
        directions = np.where(still[:, None], directions, turned)
        ends = ~chains.inner & ~chains.corners & (after != before)
        other = np.where(after == np.arange(len(after)), before, after)
        toward = np.where((after == np.arange(len(after)))[:, None], places - places[other], places[other] - places)
        toward /= np.maximum(np.hypot(*toward.T), 1e-9)[:, None]
        # An end's own direction, mirrored at the chord, is the neighbour's: an arc.
        mirrored = 2 * (toward * directions[other]).sum(axis=1)[:, None] * toward - directions[other]
        directions = np.where(ends[:, None], _unit(directions + mirrored), directions)
        radii = 0.5 * radii + 0.25 * (radii[before] + radii[after])
    return replace(chains, places=places, directions=directions, radii=radii)


def dense(chains: Chains) -> Chains:
    """The strokes with points about a pixel apart, on cubics from point to point along their directions."""
    last = chains.offsets[1:] - 1
    steps = chains.places[chains.after] - chains.places
    distance = np.hypot(*steps.T)
    counts = np.maximum(1, np.ceil(distance / _STEP).astype(np.int64))
    counts[last[~chains.cyclic]] = 1
    start = np.repeat(np.arange(len(counts)), counts)
    share = (np.arange(len(start)) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[start]
    end = chains.after[start]
    chord = np.where(distance > 0, distance, 1.0)[:, None]
    corner = chains.corners
    straight = steps / chord
    leave = np.where(corner[:, None], straight, chains.directions)[start] * distance[start, None]
    arrive = np.where(corner[chains.after, None], straight, chains.directions[chains.after])[start]
    arrive = arrive * distance[start, None]
    places = _cubic(chains.places[start], chains.places[end], leave, arrive, share)
    slopes = _cubic_slope(chains.places[start], chains.places[end], leave, arrive, share)
    slopes = np.where((np.hypot(*slopes.T) < 1e-9)[:, None], chains.directions[start], slopes)

    def straight_between(values: Floats) -> Floats:
        return values[start] * (1 - share) + values[end] * share

    before = np.concatenate([[0], np.cumsum(counts)])
    return Chains(
        places,
        _unit(slopes),
        straight_between(chains.radii),
        straight_between(chains.strengths),
        straight_between(chains.weights),
        corner[start] & (share == 0),
        before[chains.offsets],
        chains.cyclic,
        chains.numbers[start],
    )


def _cubic(low: Floats, high: Floats, leave: Floats, arrive: Floats, share: Floats) -> Floats:
    """Hermite's cubic from `low` to `high` (N, 2) at shares (N,) of the distance."""
    t = share[:, None]
    s = 1 - t
    return np.asarray(s * s * (1 + 2 * t) * low + t * t * (1 + 2 * s) * high + s * t * (s * leave - t * arrive))


def _cubic_slope(low: Floats, high: Floats, leave: Floats, arrive: Floats, share: Floats) -> Floats:
    t = share[:, None]
    s = 1 - t
    return np.asarray(6 * s * t * (high - low) + s * (1 - 3 * t) * leave - t * (2 - 3 * t) * arrive)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.hypot(*vectors.T), 1e-9)[:, None])
