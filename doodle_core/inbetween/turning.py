"""Shapes that turn: between two keys the pieces of a contour keep their length while they turn, and what touches holds.

Where points go straight, a limb that swings is shorter half-way than at either key. Here it is the VECTORS from vertex
to vertex that are interpolated, in lengths and angles, as for outlines in Sederberg, Gao, Wang and Mu, "2-D shape
blending: an intrinsic solution to the vertex path problem" (1993). Such vectors need not close an outline or meet at a
joint, so the vertices are those that fit them best, by least squares: "as-rigid-as-possible shape interpolation"
(Alexa, Cohen-Or and Levin 2000), in one dimension.

In here a point x, y is the complex number x + iy, so that to turn is to multiply.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.cache import Recent, apart, give_back
from doodle_core.inbetween.aligned import Aligned
from doodle_core.inbetween.joints import Joints, chains, joints

__all__ = ["Turning"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Complexes: TypeAlias = NDArray[np.complex128]

_STRETCH = 15.0  # model pixels; over how much contour an edge's turn is averaged
_USUAL = 2.0  # model pixels: the length of an edge of stiffness 1
_FINEST = 0.02  # of that: shorter edges are no stiffer
_TIGHT = 10.0  # a joint's stiffness, in edges'
_LOOSE = 1e-4  # the stiffest anchor's stiffness, in edges'
_SLACK = 1e-3  # the loosest anchor's, in the stiffest one's: the matrix must stay well conditioned
_TURNED = np.radians(5)  # turned by more than this, a vertex is a poor anchor
_MOVED = 0.5  # model pixels; moved by more, a worse one
_FIRM, _SQUEEZED = np.radians(40), np.radians(80)  # an edge that bends by less keeps its length, by more not
_SPECK = 0.5  # model pixels; less contour than this says nothing of a turn
_NEAR_ZERO = 0.05  # as in `interpolation`: a chord closer to 0, as a share of the lengths, is not rescaled
_TINY = 1e-9  # model pixels; shorter has no direction
_BYTES = 16  # an entry of the factors
_LARGE = 1 << 20  # bytes
_factored: Recent[Any] = Recent(4 << 20)


class Turning:
    """What all in-betweens of two aligned keys have in common; `at` gives the vertices of one of them."""

    def __init__(self, aligned: Aligned, joined: Joints | None = None) -> None:
        """joined: those of `joints`, where they are known."""
        self._first, self._second = aligned.first, aligned.second
        starts, ends = aligned.edges
        first, second = _complex(aligned.first), _complex(aligned.second)
        before, after = first[ends] - first[starts], second[ends] - second[starts]
        found = joints(aligned) if joined is None else joined
        chain, along, rounds = chains(aligned, found)
        turn, length_before, length_after = _turns(before, after, chain, along, rounds)
        host = found.edges
        # First the edges, then the joints, whose gaps turn as their hosts do.
        before = np.concatenate([before, found.gaps(first)])
        after = np.concatenate([after, found.gaps(second)])
        turn = np.concatenate([turn, turn[host]])
        lengths = [np.concatenate([length, length[host]]) for length in (length_before, length_after)]
        # What bends a little keeps its length; what turns over, as against the contour round it, is better squeezed.
        bend = np.abs(np.angle(after * before.conj() * np.exp(-1j * turn)))
        firm = np.clip((_SQUEEZED - bend) / (_SQUEEZED - _FIRM), 0, 1)
        # Decided for all fractions, by the chord's closest point to zero: the motion must not jump midway.
        a, b = lengths[0] + 0j, lengths[1] * np.exp(1j * turn)
        step = b - a
        nearest = np.clip(-(a * step.conj()).real / np.maximum(np.abs(step) ** 2, np.finfo(float).tiny), 0, 1)
        whirls = np.abs(a + nearest * step) <= _NEAR_ZERO * np.maximum(np.abs(a), np.abs(b))
        self._follows = ~whirls & (np.abs(turn) < np.pi)
        moved = np.hypot(*(aligned.second - aligned.first).T)
        self._still = not len(turn) or bool((before == after).all())
        if not self._still:
            pull, stiff, anchors = _system(starts, ends, found, (before, after, turn), moved)
            self._stiff, self._anchors, *parts = apart([stiff, anchors, pull.data, pull.indices, pull.indptr])
            self._pull = type(pull)(tuple(parts), shape=pull.shape)
        # There are as many of these as there are segments between keys: half the digits are plenty for what is kept.
        sizes = np.abs(before), np.abs(after)
        numbers = apart([values.astype(np.float32) for values in (turn, firm, *lengths, *sizes)])
        self._turn, self._firm = numbers[:2]
        self._lengths, self._sizes = numbers[2:4], numbers[4:]
        self._before, self._after = apart([before.astype(np.complex64), after.astype(np.complex64)])

    def at(self, fraction: float, method: str = "spherical") -> Floats:
        """The vertices at a fraction in 0 to 1: (V, 2) float64, as in `Aligned`.

        Parameters
        ----------
        method
            spherical: every edge turns evenly, and unless it bends sharply, its length changes evenly. circular: the
            same, but it turns as its chord does, faster half-way; where the chord passes near zero, or the edge turns
            by more than half a turn, it stays on the chord.

        At fractions 0 and 1 the keys themselves, bit for bit.
        """
        first, second = self._first, self._second
        if fraction == 0:
            return first.copy()
        if fraction == 1:
            return second.copy()
        answer = first + fraction * (second - first)  # what does not move stays bit for bit
        if not self._still:
            bulges = self._bulges(fraction, method)
            pulled = self._pull @ bulges.view(np.float64).reshape(-1, 2)
            answer += _factored.get(self, self._factors).solve(np.asfortranarray(pulled))
        return answer

    def _bulges(self, t: float, method: str) -> Complexes:
        """How far the vectors of edges and joints are from their chords, (E + J,)."""
        before: Complexes = (1 - t) * self._before.astype(np.complex128)
        after: Complexes = t * self._after.astype(np.complex128)
        turn = self._turn.astype(np.float64)
        if method == "circular":
            chord = (1 - t) * self._lengths[0] + t * self._lengths[1] * np.exp(1j * turn)
            turned = np.angle(chord)
            rest = np.where(self._follows, turn - turned, 0.0)
            turned = np.where(self._follows, turned, 0.0)
            firm = np.where(self._follows, self._firm, 0.0)
        else:
            turned, rest, firm = t * turn, (1 - t) * turn, self._firm
        # Both keys turned to meet, and the chord of what is left to bend.
        vector: Complexes = _unit(turned) * before + _unit(-rest) * after
        length, wanted = np.abs(vector), (1 - t) * self._sizes[0] + t * self._sizes[1]
        vector *= 1 + firm * (wanted / np.maximum(length, _TINY) - 1) * (length > _TINY)
        vector -= before
        vector -= after
        return vector

    def _factors(self) -> tuple[Any, int]:
        """The factors of the matrix of `_system`, and about how many bytes they have.

        They are four times as large as what they are made of, and soon made anew: a film keeps but the last few.
        """
        # Slow to import, and only here needed.
        from scipy.sparse import csc_array, dia_array
        from scipy.sparse.linalg import splu

        count, parts = self._pull.shape
        rows = dia_array((1 / self._stiff[None], [0]), shape=(parts, parts)) @ self._pull.T
        matrix = self._pull @ rows + dia_array((self._anchors[None], [0]), shape=(count, count))
        factors = splu(
            csc_array(matrix),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
        size = _BYTES * factors.nnz
        if size > _LARGE:
            give_back()  # several times as much was needed to make them
        return factors, size


def _system(
    starts: Ints, ends: Ints, found: Joints, moves: tuple[Complexes, Complexes, Floats], moved: Floats
) -> tuple[Any, Floats, Floats]:
    """What makes vertices follow their edges and joints: how far each lies from its straight path, (V, 2), are the x of
    (pull @ 1/stiff @ pull.T + anchors) x = pull @ bulges.

    They minimise the sum of (its vector - the wanted one)^2 over edges and, _TIGHT times, joints, and of the anchors'
    (distance from the straight path)^2. Contours and what hangs on them are nearly trees, so the factors are thin.

    Parameters
    ----------
    moves
        The vectors of edges and joints at either key, and their turns.
    moved : (V,)
        How far each vertex goes.

    Returns
    -------
    pull : (V, E + J) sparse, by rows
    stiff : (E + J,)
    anchors : (V,)
    """
    from scipy.sparse import coo_array, csc_array, csr_array, dia_array
    from scipy.sparse.csgraph import connected_components

    count, edges, hung = len(moved), len(starts), len(found.ends)
    edge, joint = np.arange(edges), edges + np.arange(hung)
    one = np.ones(edges)
    # An end that lies on its own contour's first edge has two entries in one place: they are summed.
    part = np.concatenate([edge, edge, joint, joint, joint])
    vertex = np.concatenate([starts, ends, found.ends, found.starts, found.stops])
    value = np.concatenate([-one, one, np.ones(hung), found.shares - 1, -found.shares])
    rows = csc_array(coo_array((value, (part, vertex)), shape=(edges + hung, count)))
    # A finely drawn contour must bend as a coarse one: short edges are stiffer, and their vertices anchor less.
    before, after, turn = moves
    size = (np.abs(before[:edges]) + np.abs(after[:edges])) / (2 * _USUAL)
    stiff = np.concatenate([1 / np.maximum(size, _FINEST), np.full(hung, _TIGHT)])
    reach = np.bincount(starts, size, count) / 2 + np.bincount(ends, size, count) / 2
    pull = csr_array(rows.T @ dia_array((stiff[None], [0]), shape=(len(stiff), len(stiff))))
    touching = np.abs(rows)
    _, piece = connected_components(touching.T @ touching, directed=False)
    return pull, stiff, _anchors(touching, piece, turn, moved) * np.maximum(reach, _FINEST)


def _anchors(touching: Any, piece: NDArray[np.integer], turns: Floats, moved: Floats) -> Floats:
    """How firmly each vertex keeps to its straight path, (V,).

    Edges say nothing of where a figure as a whole is. The straight path is right for parts that do not turn, be they
    standing or moving, so that a limb that swings does not push the body; and for the point about which a lone line
    turns, which stands still. Where all turns alike, it is the middle that goes straight.
    """
    turn = (touching.T @ np.abs(turns)) / np.maximum(touching.T @ np.ones(len(turns)), _TINY)
    firm = (1 + (turn / _TURNED) ** 2) ** -2.0 * (1 + (moved / _MOVED) ** 2) ** -0.75
    best = np.zeros(len(firm))
    np.maximum.at(best, piece, firm)
    return np.asarray(_LOOSE * np.maximum(firm / best[piece], _SLACK))


def _turns(
    before: Complexes, after: Complexes, chain: Ints, along: Floats, rounds: Floats
) -> tuple[Floats, Floats, Floats]:
    """Each edge's turn, radians clockwise as seen, and how much contour is near it at either key, pixels: (E,).

    All three are those of the stretch of contour round it, nearer pieces counting more: a single edge's turn is
    uncertain, as contours are drawn and aligned only so well, and one without length at a key has none. Along a
    contour, neighbours' turns differ by less than half a turn, and the mean turn lies within half a turn of 0: a limb
    turns one way as a whole.

    before, after (E,): the edges' vectors. chain, along, rounds (E,): as from `chains`.
    """
    product = after * before.conj()
    near = [np.zeros(len(chain), np.complex128) for _ in range(3)]
    turn = np.zeros(len(chain))
    order = np.lexsort((along, chain))
    for here in np.split(order, np.flatnonzero(np.diff(chain[order])) + 1) if len(order) else []:
        whole = float(rounds[here[0]])
        for total, values in zip(near, (np.abs(before), np.abs(after), product), strict=True):
            total[here] = _smoothed(values[here], along[here], whole)
        wide = near[2][here]
        wide[np.minimum(near[0][here].real, near[1][here].real) < _SPECK] = (
            0  # what grows out of a point has not turned
        )
        turns, weight = np.unwrap(np.angle(wide)), np.abs(wide)
        mean = (turns * weight).sum() / max(weight.sum(), _TINY)
        turn[here] = turns - 2 * np.pi * np.round(mean / (2 * np.pi))
    return turn, near[0].real.copy(), near[1].real.copy()


def _smoothed(values: NDArray[Any], along: Floats, whole: float) -> Complexes:
    """The sum of values (n,), each times exp(-distance / _STRETCH), seen from each place `along` (n,), which rises;
    whole: the length of a contour that goes round, 0 for others."""
    count = len(values)
    if count <= 400:  # a small table is faster than a loop
        away = np.abs(along[:, None] - along)
        if whole > 0:
            away = np.minimum(away, np.maximum(whole - away, 0))
        table: Complexes = np.exp(-away / _STRETCH) @ values
        return table.astype(np.complex128)
    if whole > 0:  # once more on either side
        tripled = _smoothed(np.tile(values, 3), np.concatenate([along - whole, along, along + whole]), 0.0)
        return tripled[count : 2 * count]
    keep = np.exp(-np.diff(along) / _STRETCH).tolist()
    given = values.astype(np.complex128).tolist()
    ahead, back = [given[0]], [given[-1]]
    for value, share in zip(given[1:], keep, strict=True):
        ahead.append(ahead[-1] * share + value)
    for value, share in zip(given[-2::-1], keep[::-1], strict=True):
        back.append(back[-1] * share + value)
    return np.array(ahead) + np.array(back[::-1]) - np.array(given)


def _unit(angles: Floats) -> Complexes:
    """exp(i angle), by real functions: complex ones are half as fast."""
    answer = np.empty(len(angles), np.complex128)
    np.cos(angles, out=answer.real)
    np.sin(angles, out=answer.imag)
    return answer


def _complex(points: Floats) -> Complexes:
    answer: Complexes = points[:, 0] + 1j * points[:, 1]
    return answer
