"""What order, style, colour and the like say about which shape is which: as much as they are seen to predict.

Each is a yes or no for every pair of shapes (the two have one style; the pair keeps the order). Its weight is the
logarithm of how much more often it holds among matched pairs than among all pairs (Fellegi and Sunter 1969). So an
artist who copied the key and edited it is believed about the order, and a key drawn afresh is not.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.matching.description import Description

__all__ = ["MOSTLY", "agreements", "in_order", "keeping", "longest_rising", "order_kept", "weighed"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

_COLOUR = 0.02  # colours no farther apart are one colour
# How often each is expected to hold among pairs that belong together, and how many pairs that expectation counts for.
_EXPECTED = {
    "style": (0.97, 6.0),
    "colour": (0.93, 6.0),
    "closed": (0.95, 6.0),
    "contours": (0.9, 6.0),
    "count": (0.5, 3.0),
}
_IN_ORDER = (0.85, 3.0)  # that share of so many pairs is expected to keep the order
_STEPS = (1, 2, 4, 8)  # how far pairs are from the order: none, one, up to three, seven, more
_IN_STEPS = (0.8, 0.08, 0.05, 0.04, 0.03), 3.0  # how often each is expected, as sure as so many pairs
MOSTLY = 0.75
"""The part of the order, beyond luck, from which on it counts as kept."""
_BOUND = 6.0  # the most that one piece of evidence says


def agreements(a: Description, b: Description) -> dict[str, Bools]:
    """For every pair of shapes (Na, Nb), whether they agree in style, colour, and so on."""
    apart = np.abs(a.colours[:, None] - b.colours[None]).max(axis=2)
    return {
        "style": a.styles[:, None] == b.styles[None],
        "colour": apart <= _COLOUR,
        "closed": a.closed[:, None] == b.closed[None],
        "contours": a.counts[:, None, 0] == b.counts[None, :, 0],
        "count": a.counts[:, None, 1] == b.counts[None, :, 1],
    }


def weighed(agree: dict[str, Bools], possible: Bools, i: Ints, j: Ints) -> Floats:
    """The cost (Na, Nb), below 0 for what speaks for a pair.

    Parameters
    ----------
    possible : (Na, Nb) bool
        Pairs that may be matched at all.
    i, j : (M,) int64
        The pairs now matched.
    """
    total = np.zeros(possible.shape)
    everything = max(float(possible.sum()), 1.0)
    for name, holds in agree.items():
        expected, worth = _EXPECTED[name]
        share = (float(holds[i, j].sum()) + expected * worth) / (len(i) + worth)
        chance = float((holds & possible).sum()) / everything
        total += _cost(holds, share, chance)
    return total


def _cost(holds: Bools, share: float, chance: float) -> Floats:
    """Minus the logarithm of how much likelier what is seen is for a true pair than for any pair."""
    share, chance = min(max(share, 0.01), 0.99), min(max(chance, 0.002), 0.995)
    share = max(share, chance)
    yes, no = -np.log(share / chance), np.log((1 - chance) / (1 - share))
    return np.where(holds, max(yes, -_BOUND), min(no, _BOUND))


def longest_rising(values: Ints) -> Ints:
    """Indices of the longest part of `values` (n,) that rises, ascending."""
    tails: list[int] = []
    ends: list[int] = []
    before = np.full(len(values), -1)
    for index, value in enumerate(values.tolist()):
        place = bisect_left(tails, value)
        before[index] = ends[place - 1] if place else -1
        tails[place : place + 1], ends[place : place + 1] = [value], [index]
    chain = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(at)
        at = int(before[at])
    return np.array(chain[::-1], np.int64)


def keeping(shape: tuple[int, ...], i: Ints, j: Ints) -> Bools:
    """Which pairs (Na, Nb) keep the order that most of the pairs now matched (M,) keep; i rises."""
    rows, columns = shape
    chain = longest_rising(j)
    ci, cj = i[chain], j[chain]
    # A pair keeps the order where its partners beside it in the order, without itself, enclose it.
    number = np.arange(rows)
    below, above = np.searchsorted(ci, number, "left") - 1, np.searchsorted(ci, number, "right")
    low = np.where(below >= 0, cj[np.maximum(below, 0)], -1) if len(ci) else np.full(rows, -1)
    high = np.where(above < len(ci), cj[np.minimum(above, len(ci) - 1)], columns) if len(ci) else np.full(rows, columns)
    other = np.arange(columns)
    holds: Bools = (other > low[:, None]) & (other < high[:, None])
    return holds


def order_kept(j: Ints) -> float:
    """How much of the order the pairs now matched (M,) keep, beyond luck: 0 to 1."""
    matched = len(j)
    luck = min(2 * np.sqrt(matched) - 1.0, 0.9 * matched)  # the longest rising part of a random order
    expected, worth = _IN_ORDER
    return float((max(len(longest_rising(j)) - luck, 0.0) + expected * worth) / (max(matched - luck, 0.0) + worth))


def in_order(possible: Bools, i: Ints, j: Ints, sure: Floats) -> Floats:
    """The cost (Na, Nb) of leaving the order that pairs keep, as much as they are seen to keep it: below 0 where a pair
    keeps it.

    How far a pair is from the order is how many of the longest part of the others that keeps it run across it. A list
    that was copied has none; where lines beside each other changed places, a few say little and many much.

    Parameters
    ----------
    i, j : (M,) int64
        Pairs found without regard to order; i rises. Order believed in would make itself.
    sure : (M,) float64
        How much each counts, 0 to 1.
    """
    if len(i) < 2:
        return np.zeros(possible.shape)
    steps = _steps(possible.shape, i, j)
    bins = np.searchsorted(_STEPS, steps, side="right")
    expected, worth = _IN_STEPS
    true = np.bincount(bins[i, j], sure, len(expected)) + worth * np.array(expected)
    chance = np.bincount(bins[possible], minlength=len(expected)) + 1.0
    cost = -np.log(np.maximum(true / true.sum(), 0.01) / np.maximum(chance / chance.sum(), 0.002))
    answer: Floats = np.clip(cost, -_BOUND, _BOUND)[bins]
    return answer


def _steps(shape: tuple[int, ...], i: Ints, j: Ints) -> Ints:
    """How many pairs of the longest rising part run across each pair (Na, Nb), itself left out."""
    chain = longest_rising(j)
    ci, cj = i[chain], j[chain]
    rows, columns = np.arange(shape[0]), np.arange(shape[1])
    before = np.searchsorted(ci, rows, "left")
    behind = np.searchsorted(cj, columns, "left")
    steps = behind[None] - before[:, None]
    # A row's own pair is not across: columns after it have one less before them.
    own = np.full(shape[0], shape[1])
    own[ci] = cj
    steps = steps - (columns[None] > own[:, None])
    answer: Ints = np.abs(steps)
    return answer
