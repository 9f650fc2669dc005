"""Lines that turn: between two keys the pieces of a line keep their length while they turn, and what touches holds.

Where points go straight, a limb that swings is shorter half-way than at either key. Here it is the VECTORS of the
strokelets, from vertex to vertex, that are interpolated, in lengths and angles, as for outlines in Sederberg, Gao, Wang
and Mu, "2-D shape blending: an intrinsic solution to the vertex path problem" (1993). Such vectors need not close a
loop or meet at a joint, so the vertices are those that fit them best, by least squares: "as-rigid-as-possible shape
interpolation" (Alexa, Cohen-Or and Levin 2000), in one dimension.

In here a point x, y is the complex number x + iy, so that to turn is to multiply.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.strokes.paired import Paired

__all__ = ["JOINT", "Turning"]

JOINT = 2.0
"""Model pixels: a run that ends this close to a line at both keys stays joined to it. So close, the ink touches."""

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]

_STRETCH = 15.0  # model pixels; over how much line a strokelet's turn is averaged
_TIGHT = 10.0  # a joint's stiffness, in strokelets'
_LOOSE = 1e-4  # the stiffest anchor's stiffness, in strokelets'
_SLACK = 1e-3  # the loosest anchor's, in the stiffest one's: the matrix must stay well conditioned
_TURNED = np.radians(5)  # turned by more than this, a vertex is a poor anchor
_MOVED = 0.5  # model pixels; moved by more, a worse one
_FIRM, _SQUEEZED = np.radians(40), np.radians(80)  # a strokelet that bends by less keeps its length, by more not
_CONTINUES = np.radians(60)  # two runs that meet with a smaller bend than this are one line
_LEAVING = 5.0  # model pixels of a run that tell where its end points
_SPECK = 0.5  # model pixels; less line than this tells no turn
_NEAR_ZERO = 0.05  # as in `interpolation`: a chord closer to 0, as a share of the lengths, is not rescaled
_TINY = 1e-9  # model pixels; shorter has no direction


class _Factors:
    """A symmetric, positive definite sparse matrix, factored: a band of a few tens of kilobytes.

    SuperLU would do, but in memory that is given and taken back between others' its factors come to half a megabyte.
    """

    def __init__(self, matrix: Any) -> None:
        from scipy.linalg import cholesky_banded
        from scipy.sparse.csgraph import reverse_cuthill_mckee

        self._order = reverse_cuthill_mckee(matrix, symmetric_mode=True)
        rank = np.argsort(self._order)
        entries = matrix.tocoo()
        row, column = rank[entries.row], rank[entries.col]
        below = row >= column
        row, column = row[below], column[below]
        band = np.zeros((int((row - column).max(initial=0)) + 1, matrix.shape[0]))
        band[row - column, column] = entries.data[below]
        self._band = cholesky_banded(band, lower=True, check_finite=False)

    def solve(self, values: Floats) -> Floats:
        """The solution (N, K) for right sides (N, K)."""
        from scipy.linalg import cho_solve_banded

        answer = np.empty_like(values)
        answer[self._order] = cho_solve_banded((self._band, True), values[self._order], check_finite=False)
        return answer


class Turning:
    """What all in-betweens of two paired keys have in common; `at` gives one of them."""

    def __init__(self, paired: Paired) -> None:
        """Takes some milliseconds."""
        self._paired = paired
        starts, first, second = paired.strokelets, _complex(paired.first), _complex(paired.second)
        before, after = first[starts + 1] - first[starts], second[starts + 1] - second[starts]
        found = _joints(paired)
        chain, along = _chains(paired, found)
        turn, length_before, length_after = _turns(before, after, chain, along)
        host = np.searchsorted(starts, found.hosts)
        # First the strokelets, then the joints, whose gaps turn as their hosts do.
        self._before = np.concatenate([before, found.gaps(first)])
        self._after = np.concatenate([after, found.gaps(second)])
        self._turn = np.concatenate([turn, turn[host]])
        self._lengths = (
            np.concatenate([length_before, length_before[host]]),
            np.concatenate([length_after, length_after[host]]),
        )
        # What bends a little keeps its length; what turns over, as against the line round it, is better squeezed.
        bend = np.abs(np.angle(self._after * self._before.conj() * np.exp(-1j * self._turn)))
        self._firm = np.clip((_SQUEEZED - bend) / (_SQUEEZED - _FIRM), 0, 1)
        # Decided for the whole way, by the chord's closest point to zero: the walk must not jump midway.
        a, b = self._lengths[0] + 0j, self._lengths[1] * np.exp(1j * self._turn)
        step = b - a
        nearest = np.clip(-(a * step.conj()).real / np.maximum(np.abs(step) ** 2, np.finfo(float).tiny), 0, 1)
        whirls = np.abs(a + nearest * step) <= _NEAR_ZERO * np.maximum(np.abs(a), np.abs(b))
        self._follows = ~whirls & (np.abs(self._turn) < np.pi)
        if len(self._turn):
            self._pull, self._factors = self._system(starts, found)

    def at(self, fraction: float, method: str = "spherical") -> Floats:
        """The vertices at a fraction in 0..1 of the way: (V, 3) float64, as in Paired; radii change evenly.

        spherical  every piece of line turns evenly, and unless it bends sharply, its length changes evenly
        circular   the same, but it turns as its chord does, faster half-way; where the chord passes near zero, or the
                   piece turns by more than half a turn, it stays on the chord

        At fractions 0 and 1 the keys themselves, bit for bit.
        """
        first, second = self._paired.first, self._paired.second
        if fraction == 0:
            return first.copy()
        if fraction == 1:
            return second.copy()
        answer = np.where(first == second, first, (1 - fraction) * first + fraction * second)
        if len(self._turn):
            bulges = self._bulges(fraction, method).view(np.float64).reshape(-1, 2)
            answer[:, :2] += self._factors.solve(self._pull @ bulges)
        return answer

    def _bulges(self, t: float, method: str) -> Complexes:
        """How far the vectors of strokelets and joints are from their chords, (E + J,)."""
        before, after = (1 - t) * self._before, t * self._after
        if method == "circular":
            chord = (1 - t) * self._lengths[0] + t * self._lengths[1] * np.exp(1j * self._turn)
            turned = np.angle(chord)
            rest = np.where(self._follows, self._turn - turned, 0.0)
            turned = np.where(self._follows, turned, 0.0)
        else:
            turned, rest = t * self._turn, (1 - t) * self._turn
        # Both keys turned to meet, and the chord of what is left to bend.
        vector = np.exp(1j * turned) * before + np.exp(-1j * rest) * after
        length, wanted = np.abs(vector), np.abs(before) + np.abs(after)
        firm = self._firm if method == "spherical" else np.where(self._follows, self._firm, 0.0)
        vector *= 1 + firm * (wanted / np.maximum(length, _TINY) - 1) * (length > _TINY)
        return vector - (before + after)

    def _system(self, starts: Ints, found: _Joints) -> tuple[Any, Any]:
        """What tells how far each vertex lies from its straight path: first times the bulges, solved by the second.

        Minimises the sum of (its vector - the wanted one)^2 over strokelets and, _TIGHT times, joints, and of the
        anchors' (distance from the straight path)^2. A line is nearly a tree, so its factors are a narrow band.
        """
        # Slow to import, and only here needed.
        from scipy.sparse import coo_array, csc_array, dia_array
        from scipy.sparse.csgraph import connected_components

        count, strokelets, joints = len(self._paired), len(starts), len(found.ends)
        edge, joint = np.arange(strokelets), strokelets + np.arange(joints)
        one = np.ones(strokelets)
        # An end that lies on its own line's first strokelet has two entries in one place: they are summed.
        part = np.concatenate([edge, edge, joint, joint, joint])
        vertex = np.concatenate([starts, starts + 1, found.ends, found.hosts, found.hosts + 1])
        value = np.concatenate([-one, one, np.ones(joints), found.shares - 1, -found.shares])
        rows = csc_array(coo_array((value, (part, vertex)), shape=(strokelets + joints, count)))
        stiff = np.concatenate([one, np.full(joints, _TIGHT)])
        pull = csc_array(rows.T @ dia_array((stiff[None], [0]), shape=(len(stiff), len(stiff))))
        matrix = csc_array(pull @ rows)
        _, piece = connected_components(matrix, directed=False)
        anchors = self._anchors(np.abs(rows), piece)
        return pull, _Factors(csc_array(matrix + dia_array((anchors[None], [0]), shape=(count, count))))

    def _anchors(self, touching: Any, piece: NDArray[np.integer]) -> Floats:
        """How firmly each vertex keeps to its straight path, (V,).

        Strokelets say nothing of where a figure as a whole is. The straight path is right for parts that do not turn,
        be they standing or moving, so that a limb that swings does not push the body; and for the point about which a
        lone line turns, which stands still. Where all turns alike, it is the middle that goes straight.
        """
        turn = (touching.T @ np.abs(self._turn)) / np.maximum(touching.T @ np.ones(len(self._turn)), _TINY)
        moved = np.abs(_complex(self._paired.second) - _complex(self._paired.first))
        firm = (1 + (turn / _TURNED) ** 2) ** -2.0 * (1 + (moved / _MOVED) ** 2) ** -0.75
        best = np.zeros(len(firm))
        np.maximum.at(best, piece, firm)
        return _LOOSE * np.maximum(firm / best[piece], _SLACK)


@dataclass(frozen=True, eq=False)
class _Joints:
    """Ends of runs that lie on lines, J of them.

    ends (J,) int64: the vertex that ends a run. It lies at hosts (J,), the vertex where a strokelet starts, or
    shares (J,) float64, 0..1, of the way on to the next.
    """

    ends: Ints
    hosts: Ints
    shares: Floats

    def gaps(self, points: Complexes) -> Complexes:
        """From the places on the hosts to the ends, (J,), of vertices (V,)."""
        return points[self.ends] - (1 - self.shares) * points[self.hosts] - self.shares * points[self.hosts + 1]


def _joints(paired: Paired) -> _Joints:
    """Where runs end within JOINT of other runs, or of far parts of their own: at both keys, at the same place there.

    The nearest such place of each run.
    """
    offsets, runs, starts = paired.offsets, paired.runs, paired.strokelets
    some = np.diff(offsets) > 0
    ends = np.unique(np.concatenate([offsets[:-1][some], offsets[1:][some] - 1]))
    keys = np.stack([_complex(paired.first), _complex(paired.second)])
    across = (keys[:, starts + 1] - keys[:, starts])[:, None]  # (2, 1, E)
    toward = keys[:, ends, None] - keys[:, None, starts]  # (2, ends, E)
    square = (np.abs(across) ** 2).sum(axis=0)
    share = np.clip((toward * across.conj()).real.sum(axis=0) / np.maximum(square, _TINY**2), 0, 1)
    away = np.abs(toward - share * across).max(axis=0)
    # Along its own run, an end is near what comes before it: only farther back may the line have returned to it.
    along = np.zeros(len(runs))
    along[starts + 1] = np.abs(across[:, 0]).max(axis=0)
    along = np.cumsum(along)
    back = np.minimum(np.abs(along[ends][:, None] - along[starts]), np.abs(along[ends][:, None] - along[starts + 1]))
    away[(runs[ends][:, None] == runs[starts]) & (back <= 2 * JOINT)] = np.inf
    pairs = [np.zeros((0, 2), np.int64)]
    bounds = np.flatnonzero(np.diff(runs[starts], prepend=-1, append=len(runs)))
    for begin, end in pairwise(bounds.tolist()):  # a run's strokelets
        best = begin + away[:, begin:end].argmin(axis=1)
        close = np.flatnonzero(away[np.arange(len(ends)), best] <= JOINT)
        pairs.append(np.stack([close, best[close]], axis=1))
    guest, host = np.concatenate(pairs).T
    return _Joints(ends[guest], starts[host], share[guest, host])


def _chains(paired: Paired, found: _Joints) -> tuple[Ints, Floats]:
    """The line of which each strokelet is a part, (E,), and the place of its middle along that line, pixels, (E,).

    A line is a run, or several that go on in one another: tracing and pairing break lines, but a limb bends as a whole.
    """
    offsets, runs, starts = paired.offsets, paired.runs, paired.strokelets
    keys = np.stack([_complex(paired.first), _complex(paired.second)])
    length = np.zeros(len(runs))  # from each vertex to the next
    length[starts] = np.abs(keys[:, starts + 1] - keys[:, starts]).mean(axis=0)
    place = np.cumsum(length) - length / 2
    total = np.bincount(runs, length, len(offsets) - 1)
    onward = _continued(paired, found)
    chain = np.full(len(offsets) - 1, -1)
    where = np.zeros(len(runs))
    heads = [run for run in range(len(chain)) if not {int(offsets[run]), int(offsets[run + 1]) - 1} <= onward.keys()]
    for head in [*heads, *range(len(chain))]:  # what no head leads to is a ring
        if chain[head] >= 0 or offsets[head] == offsets[head + 1]:
            continue
        run, at = head, 0.0
        entry = int(offsets[head + 1]) - 1 if int(offsets[head]) in onward else int(offsets[head])
        while True:
            low, high = int(offsets[run]), int(offsets[run + 1])
            chain[run] = head
            begun = place[low] - length[low] / 2
            here = place[low:high] - begun
            where[low:high] = at + (here if entry == low else total[run] - here)
            at += total[run]
            leave = onward.get(high - 1 if entry == low else low)
            if leave is None or chain[runs[leave]] >= 0:
                break
            run, entry = int(runs[leave]), leave
    return chain[runs[starts]], where[starts]


def _continued(paired: Paired, found: _Joints) -> dict[int, int]:
    """Ends of runs that go on in another's end, both ways: where two ends meet, no third does, and they hardly bend."""
    offsets, runs = paired.offsets, paired.runs
    low, high = offsets[runs[found.hosts]], offsets[runs[found.hosts] + 1] - 1
    keys = np.stack([_complex(paired.first), _complex(paired.second)])
    partners: dict[int, list[int]] = {}
    for end, host, share, begin, last in zip(
        found.ends.tolist(), found.hosts.tolist(), found.shares.tolist(), low.tolist(), high.tolist(), strict=True
    ):
        if runs[end] == runs[host]:
            continue
        place = (1 - share) * keys[:, host] + share * keys[:, host + 1]
        for other in (begin, last):
            if np.abs(keys[:, other] - place).max() <= JOINT:
                partners.setdefault(end, []).append(other)
                break
    answer = {}
    for end, others in partners.items():
        other = others[0]
        if len(others) > 1 or partners.get(other) != [end]:
            continue
        bend = np.angle(-_leaving(paired, keys, end) * _leaving(paired, keys, other).conj())
        if (np.abs(bend) < _CONTINUES).all():
            answer[end] = other
    return answer


def _leaving(paired: Paired, keys: Complexes, end: int) -> Complexes:
    """From an end to the place of its run _LEAVING pixels away, at both keys (2,)."""
    run = int(paired.runs[end])
    low, high = int(paired.offsets[run]), int(paired.offsets[run + 1])
    line = keys[:, end:high] if end == low else keys[:, low : end + 1][:, ::-1]
    far = np.cumsum(np.abs(np.diff(line, axis=1)).max(axis=0)) >= _LEAVING
    return line[:, int(np.argmax(far)) + 1 if far.any() else -1] - line[:, 0]


def _turns(before: Complexes, after: Complexes, chain: Ints, along: Floats) -> tuple[Floats, Floats, Floats]:
    """Each strokelet's turn, radians clockwise as seen, and how much line is near it at either key, pixels: (E,).

    All three are those of the stretch of line round it, nearer pieces counting more: a single strokelet's turn is
    uncertain, as lines are traced and paired only so well, and one without length at a key has none. Along a line,
    neighbours' turns differ by less than half a turn, and the line's mean turn lies within half a turn of 0: a limb
    turns one way as a whole.

    before, after (E,): the strokelets' vectors. chain, along (E,): as from _chains.
    """
    near = np.exp(-np.abs(along[:, None] - along) / _STRETCH) * (chain[:, None] == chain)
    length_before, length_after = near @ np.abs(before), near @ np.abs(after)
    wide = near @ (after * before.conj())
    wide[np.minimum(length_before, length_after) < _SPECK] = 0  # a line that grows out of a point has not turned
    turn = np.zeros(len(wide))
    for line in np.unique(chain):
        here = np.flatnonzero(chain == line)
        here = here[np.argsort(along[here], kind="stable")]
        turns, weight = np.unwrap(np.angle(wide[here])), np.abs(wide[here])
        mean = (turns * weight).sum() / max(weight.sum(), _TINY)
        turn[here] = turns - 2 * np.pi * np.round(mean / (2 * np.pi))
    return turn, length_before, length_after


def _complex(vertices: Floats) -> Complexes:
    answer: Complexes = vertices[:, 0] + 1j * vertices[:, 1]
    return answer
