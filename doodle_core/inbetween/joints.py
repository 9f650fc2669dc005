"""Where lines end on others, and which lines go on in one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.inbetween.aligned import Aligned

__all__ = ["JOINT", "Joints", "chains", "close", "joints"]

JOINT = 2.0
"""Model pixels: a line that ends this close to another at both keys stays joined to it. So close, the ink touches."""

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]

_CONTINUES = np.radians(60)  # two runs that meet with a smaller bend than this are one line
_LEAVING = 5.0  # model pixels of a run that say in which direction its end points
_LONG = 6.0  # model pixels: edges longer than this are looked at one by one, shorter ones by their middles
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Joints:
    """Ends of runs that lie on edges, J of them.

    Parameters
    ----------
    ends : (J,) int64
        The vertex that ends a run.
    edges : (J,) int64
        The edge that it lies on, as `Aligned.edges` counts them; starts, stops (J,): the vertices that this joins.
    shares : (J,) float64
        How far along that edge, 0 to 1.
    """

    ends: Ints
    edges: Ints
    starts: Ints
    stops: Ints
    shares: Floats

    def gaps(self, points: Complexes) -> Complexes:
        """From the places on the edges to the ends, (J,), of vertices (V,)."""
        return points[self.ends] - (1 - self.shares) * points[self.starts] - self.shares * points[self.stops]


def joints(aligned: Aligned) -> Joints:
    """Where runs end within JOINT of other runs, or of far parts of their own: at both keys, at the same place there.

    The nearest such place of each run.
    """
    offsets, runs = aligned.offsets, aligned.runs
    starts, stops = aligned.edges
    some = (np.diff(offsets) > 0) & ~aligned.cyclic
    ends = np.unique(np.concatenate([offsets[:-1][some], offsets[1:][some] - 1]))
    keys = np.stack([_complex(aligned.first), _complex(aligned.second)])
    end, edge = close(keys, ends, starts, stops)
    across, toward = keys[:, stops[edge]] - keys[:, starts[edge]], keys[:, end] - keys[:, starts[edge]]
    square = (np.abs(across) ** 2).sum(axis=0)
    share = np.clip((toward * across.conj()).real.sum(axis=0) / np.maximum(square, _TINY**2), 0, 1)
    away = np.abs(toward - share * across).max(axis=0)
    # Along its own run, an end is near what comes before it: only farther back may the line have returned to it.
    along = _along(aligned, keys)
    back = np.minimum(np.abs(along[end] - along[starts[edge]]), np.abs(along[end] - along[stops[edge]]))
    own = runs[end] == runs[starts[edge]]
    good = (away <= JOINT) & ~(own & (back <= 2 * JOINT)) & (aligned.lone[runs[starts[edge]]] == 0)
    end, edge, share, away = end[good], edge[good], share[good], away[good]
    # Of each run the nearest edge.
    order = np.lexsort((edge, away, runs[starts[edge]], end))
    end, edge, share = end[order], edge[order], share[order]
    host = runs[starts[edge]]
    first = np.ones(len(end), bool)
    first[1:] = (np.diff(end) != 0) | (np.diff(host) != 0)
    end, edge, share = end[first], edge[first], share[first]
    return Joints(end, edge, starts[edge], stops[edge], share)


def close(keys: Complexes, ends: Ints, starts: Ints, stops: Ints) -> tuple[Ints, Ints]:
    """Pairs of an end and an edge that may be within JOINT of each other at the first key."""
    none = np.zeros(0, np.int64)
    if not len(ends) or not len(starts):
        return none, none
    from scipy.spatial import cKDTree  # slow to import, and only here needed

    length = np.abs(keys[0, stops] - keys[0, starts])
    middle = (keys[0, stops] + keys[0, starts]) / 2
    short = np.flatnonzero(length <= _LONG)
    found_end, found_edge = [none], [none]
    if len(short):
        tree = cKDTree(np.stack([middle[short].real, middle[short].imag], axis=1))
        places = np.stack([keys[0, ends].real, keys[0, ends].imag], axis=1)
        near = tree.query_ball_point(places, JOINT + _LONG / 2)
        counts = np.array([len(one) for one in near])
        found_end.append(np.repeat(ends, counts))
        found_edge.append(short[np.concatenate([none, *(np.asarray(one, np.int64) for one in near)])])
    long = np.flatnonzero(length > _LONG)
    if len(long):
        across = keys[0, stops[long]] - keys[0, starts[long]]
        for end in ends.tolist():  # one end at a time: few edges are long
            toward = keys[0, end] - keys[0, starts[long]]
            share = np.clip((toward * across.conj()).real / np.abs(across) ** 2, 0, 1)
            # Looser than JOINT: the share that counts is that of both keys together.
            close = long[np.abs(toward - share * across) <= JOINT]
            found_end.append(np.full(len(close), end))
            found_edge.append(close)
    return np.concatenate(found_end), np.concatenate(found_edge)


def _along(aligned: Aligned, keys: Complexes) -> Floats:
    """Length along all runs, one after the other, to each vertex: at the key where it is longer. (V,)"""
    step = np.abs(np.diff(keys, axis=1)).max(axis=0) if keys.shape[1] else np.zeros(0)
    inside = np.diff(aligned.runs) == 0
    return np.concatenate([[0.0], np.cumsum(np.where(inside, step, 0.0))])


def chains(aligned: Aligned, found: Joints) -> tuple[Ints, Floats, Floats]:
    """The contour of which each edge is a part, (E,), the place of its middle along that, pixels, (E,), and, where it
    goes round, the length of one round, (E,), else 0.

    A contour is a run, or several that go on in one another: reading and matching break lines, but a limb bends as a
    whole.
    """
    offsets, runs = aligned.offsets, aligned.runs
    starts, stops = aligned.edges
    keys = np.stack([_complex(aligned.first), _complex(aligned.second)])
    length = np.abs(keys[:, stops] - keys[:, starts]).mean(axis=0)
    edge_run = runs[starts]
    total: Floats = np.bincount(edge_run, length, len(offsets) - 1).astype(np.float64)
    begun = np.concatenate([[0.0], np.cumsum(length)])
    place = begun[:-1] + length / 2
    place -= begun[np.searchsorted(edge_run, edge_run)]
    onward = _continued(aligned, found, keys)
    chain = np.arange(len(offsets) - 1)
    where, back = np.zeros(len(chain)), np.zeros(len(chain), bool)
    if onward:
        chain, where, back = _linked(aligned, onward, total)
    along = where[edge_run] + np.where(back[edge_run], total[edge_run] - place, place)
    rounds = np.where(aligned.cyclic, total, 0.0)[edge_run]
    return chain[edge_run], along, rounds


def _linked(aligned: Aligned, onward: dict[int, int], total: Floats) -> tuple[Ints, Floats, NDArray[np.bool_]]:
    """Of each run: its contour, where it begins along that, and whether it lies on it back to front."""
    offsets, runs = aligned.offsets, aligned.runs
    count = len(offsets) - 1
    chain, where, back = np.full(count, -1), np.zeros(count), np.zeros(count, bool)
    heads = [run for run in range(count) if not {int(offsets[run]), int(offsets[run + 1]) - 1} <= onward.keys()]
    for head in [*heads, *range(count)]:  # what no head leads to is a ring
        if chain[head] >= 0 or offsets[head] == offsets[head + 1]:
            continue
        run, at = head, 0.0
        entry = int(offsets[head + 1]) - 1 if int(offsets[head]) in onward else int(offsets[head])
        while True:
            low, high = int(offsets[run]), int(offsets[run + 1])
            chain[run], where[run], back[run] = head, at, entry != low
            at += total[run]
            leave = onward.get(high - 1 if entry == low else low)
            if leave is None or chain[runs[leave]] >= 0:
                break
            run, entry = int(runs[leave]), leave
    return chain, where, back


def _continued(aligned: Aligned, found: Joints, keys: Complexes) -> dict[int, int]:
    """Ends of runs that go on in another's end, both ways: where two ends meet, no third does, and they hardly bend."""
    offsets, runs = aligned.offsets, aligned.runs
    host = runs[found.starts]
    low, high = offsets[host], offsets[host + 1] - 1
    partners: dict[int, list[int]] = {}
    for end, start, stop, share, own, begin, last in zip(
        found.ends.tolist(),
        found.starts.tolist(),
        found.stops.tolist(),
        found.shares.tolist(),
        host.tolist(),
        low.tolist(),
        high.tolist(),
        strict=True,
    ):
        if runs[end] == own or aligned.cyclic[own]:
            continue
        place = (1 - share) * keys[:, start] + share * keys[:, stop]
        for other in (begin, last):
            if np.abs(keys[:, other] - place).max() <= JOINT:
                partners.setdefault(end, []).append(other)
                break
    answer = {}
    for end, others in partners.items():
        other = others[0]
        if len(others) > 1 or partners.get(other) != [end]:
            continue
        bend = np.angle(-_leaving(aligned, keys, end) * _leaving(aligned, keys, other).conj())
        if (np.abs(bend) < _CONTINUES).all():
            answer[end] = other
    return answer


def _leaving(aligned: Aligned, keys: Complexes, end: int) -> Complexes:
    """From an end to the place of its run _LEAVING pixels away, at both keys (2,)."""
    run = int(np.searchsorted(aligned.offsets, end, side="right")) - 1
    low, high = int(aligned.offsets[run]), int(aligned.offsets[run + 1])
    line = keys[:, end:high] if end == low else keys[:, low : end + 1][:, ::-1]
    if line.shape[1] < 2:
        return np.zeros(2, np.complex128)
    far = np.cumsum(np.abs(np.diff(line, axis=1)).max(axis=0)) >= _LEAVING
    return line[:, int(np.argmax(far)) + 1 if far.any() else -1] - line[:, 0]


def _complex(points: Floats) -> Complexes:
    answer: Complexes = points[:, 0] + 1j * points[:, 1]
    return answer
