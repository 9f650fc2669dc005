"""Lines that end on another line, at another place of it at either key, stay on it between: they slide along it.

An arm that is drawn again seldom begins at the same place of the body's outline. Each of the two moves well by itself,
and half-way the arm would begin within the body, or beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.inbetween.aligned import Aligned
from doodle_core.inbetween.joints import JOINT, Joints, close

__all__ = ["Sliding", "sliding"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]

_FARTHEST = 16.0  # model pixels of the host: what goes farther along it moves to another place
_SHARE = 0.25  # and of its length


@dataclass(frozen=True, eq=False)
class Sliding:
    """Ends that slide, E of them.

    Parameters
    ----------
    ends : (E,) int64
        The vertices.
    begins, counts : (E,) int64
        The first vertex of the run that each lies on, and how many that has.
    first, second : (E,) float64
        Where along it, in vertices from its first one; on a run that goes round, the second may be below 0 or beyond
        the last.
    gaps : (2, E) complex128
        From there to the end, at either key.
    rows : (R,) int64
        The vertices that follow an end.
    followed, shares : (R,) int64, float64
        Which of the ends, and how much.
    """

    ends: Ints
    begins: Ints
    counts: Ints
    first: Floats
    second: Floats
    gaps: Complexes
    rows: Ints
    followed: Ints
    shares: Floats

    def move(self, places: Floats, fraction: float) -> None:
        """Shift vertices, (V, 2) at a fraction of the way, so that ends lie on their runs."""
        where = (1 - fraction) * self.first + fraction * self.second
        below = np.floor(where)
        part = (where - below)[:, None]
        low = self.begins + below.astype(np.int64) % self.counts
        high = self.begins + (below.astype(np.int64) + 1) % self.counts
        gap = (1 - fraction) * self.gaps[0] + fraction * self.gaps[1]
        wanted = (1 - part) * places[low] + part * places[high] + np.stack([gap.real, gap.imag], axis=1)
        away = wanted - places[self.ends]
        np.add.at(places, self.rows, self.shares[:, None] * away[self.followed])


def sliding(aligned: Aligned, joined: Joints) -> Sliding | None:
    """The ends of runs that touch another run at both keys, not at the same place of it; None where there is none.

    joined: those that touch at the same place, which need not slide.
    """
    starts, stops = aligned.edges
    runs = aligned.runs
    loose = (np.diff(aligned.offsets) > 1) & ~aligned.cyclic & (aligned.lone == 0)
    ends = np.unique(np.concatenate([aligned.offsets[:-1][loose], aligned.offsets[1:][loose] - 1]))
    keys = np.stack([aligned.first[:, 0] + 1j * aligned.first[:, 1], aligned.second[:, 0] + 1j * aligned.second[:, 1]])
    touching = [_touching(aligned, key, ends, starts, stops) for key in (keys, keys[::-1])]
    held = set(joined.ends.tolist())
    nearest: dict[int, tuple[float, int, float, float, complex, complex]] = {}
    lengths = [np.bincount(runs[starts], np.abs(key[stops] - key[starts]), len(aligned.cyclic)) for key in keys]
    for pair in touching[0].keys() & touching[1].keys():
        end, host = pair
        if end in held:
            continue
        (place, gap), (other, gap_too) = touching[0][pair], touching[1][pair]
        low, count = int(aligned.offsets[host]), int(aligned.offsets[host + 1] - aligned.offsets[host])
        if aligned.cyclic[host]:
            other += count * round((place - other) / count)
        span = abs(other - place) / max(count - (not aligned.cyclic[host]), 1)
        length = max(lengths[0][host], lengths[1][host])
        if span > _SHARE or span * length > _FARTHEST:
            continue
        far = max(abs(gap), abs(gap_too))
        if end not in nearest or far < nearest[end][0]:
            nearest[end] = far, low, place, other, gap, gap_too
    found = sorted(nearest)
    return _sliding(aligned, joined, found, nearest) if found else None


def _touching(
    aligned: Aligned, keys: Complexes, ends: Ints, starts: Ints, stops: Ints
) -> dict[tuple[int, int], tuple[float, complex]]:
    """By end and run: where along the run, in vertices, the end lies within JOINT of it at the first of two keys
    (2, V), and the gap from there to it."""
    runs, key = aligned.runs, keys[0]
    end, edge = close(keys, ends, starts, stops)
    across, toward = key[stops[edge]] - key[starts[edge]], key[end] - key[starts[edge]]
    share = np.clip((toward * across.conj()).real / np.maximum(np.abs(across) ** 2, 1e-18), 0, 1)
    gap = toward - share * across
    host = runs[starts[edge]]
    good = (np.abs(gap) <= JOINT) & (host != runs[end]) & (aligned.lone[host] == 0)
    found: dict[tuple[int, int], tuple[float, complex]] = {}
    for k in np.flatnonzero(good)[np.argsort(-np.abs(gap[good]), kind="stable")].tolist():  # the nearest comes last
        place = float(starts[edge[k]] - aligned.offsets[host[k]] + share[k])
        found[int(end[k]), int(host[k])] = place, complex(gap[k])
    return found


def _sliding(
    aligned: Aligned,
    joined: Joints,
    found: list[int],
    nearest: dict[int, tuple[float, int, float, float, complex, complex]],
) -> Sliding:
    begins = np.array([nearest[end][1] for end in found])
    hung = _Hung(aligned, joined, found)
    rows, followed, shares = [], [], []
    for number, end in enumerate(found):
        for own, share in hung.moved(end, int(aligned.runs[begins[number]])):
            rows.append(own)
            followed.append(np.full(len(own), number))
            shares.append(share)
    return Sliding(
        np.array(found),
        begins,
        np.diff(aligned.offsets)[aligned.runs[begins]],
        np.array([nearest[end][2] for end in found]),
        np.array([nearest[end][3] for end in found]),
        np.array([[nearest[end][4] for end in found], [nearest[end][5] for end in found]]),
        np.concatenate(rows),
        np.concatenate(followed),
        np.concatenate(shares),
    )


class _Hung:
    """What moves with an end: its run, and what hangs on that."""

    def __init__(self, aligned: Aligned, joined: Joints, found: list[int]) -> None:
        self._offsets, self._runs = aligned.offsets, aligned.runs
        self._slides = set(found)
        self._on: dict[int, list[int]] = {}
        self._hosts: dict[int, list[int]] = {}
        for end, host in zip(joined.ends.tolist(), aligned.runs[joined.starts].tolist(), strict=True):
            self._on.setdefault(host, []).append(end)
            self._hosts.setdefault(end, []).append(host)
        self._keys = aligned.first, aligned.second

    def moved(self, end: int, host: int) -> list[tuple[Ints, Floats]]:
        """Vertices and how much of the end's shift each takes, run by run. An arm moves as a whole, with its hand;
        what is held at its other end, and what is longer than the line it slides on, stays there and bends."""
        answer: list[tuple[Ints, Floats]] = []
        seen, waiting = {host}, [end]
        while waiting:
            root = waiting.pop()
            run = int(self._runs[root])
            if run in seen:
                continue
            seen.add(run)
            own = np.arange(self._offsets[run], self._offsets[run + 1])
            along = self._along(own)
            other = int(own[-1]) if root == own[0] else int(own[0])
            if self._held(other, run) or along[-1] > self._along_run(host):
                away = along if root == own[0] else along[-1] - along
                answer.append((own, 1.0 - away / max(float(along[-1]), 1e-9)))
                continue
            answer.append((own, np.ones(len(own))))
            waiting += self._on.get(run, [])
        return answer

    def _held(self, end: int, run: int) -> bool:
        """Whether the end of a run is held by another line: one that does not itself hang on the run."""
        hung = {int(self._runs[other]) for other in self._on.get(run, [])}
        return end in self._slides or any(host not in hung for host in self._hosts.get(end, []))

    def _along_run(self, run: int) -> float:
        return float(self._along(np.arange(self._offsets[run], self._offsets[run + 1]))[-1])

    def _along(self, own: Ints) -> Floats:
        """Length along a run to each of its vertices, the mean of both keys."""
        step = sum(np.hypot(*np.diff(key[own], axis=0).T) for key in self._keys)
        return np.concatenate([[0.0], np.cumsum(step) / 2])
