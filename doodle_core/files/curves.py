"""Polylines as few cubic Bezier curves, the same ones in several frames.

Schneider, "An algorithm for automatically fitting digitized curves" (Graphics Gems, 1990), for all frames at once: a
curve is parted at the same vertex in each of them, and good enough when it is in each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Curves", "curves"]

Floats: TypeAlias = NDArray[np.float64]

_CORNER = 0.6  # radians: a vertex that turns by more in any frame is a corner
_SHORT = 1e-9


@dataclass(frozen=True, eq=False)
class Curves:
    """A chain of cubic Bezier curves in each of K frames.

    Parameters
    ----------
    knots : (K, Q, 2) float64
        Where curves meet.
    before, after : (K, Q, 2) float64
        The control points on either side of each knot.
    straight : (Q,) bool
        Whether what leads from a knot to the next is straight in all frames.
    closed : bool
        Whether a curve leads from the last knot to the first.
    """

    knots: Floats
    before: Floats
    after: Floats
    straight: NDArray[np.bool_]
    closed: bool


def curves(points: Floats, closed: bool, tolerance: float) -> Curves:
    """The curves through polylines.

    Parameters
    ----------
    points : (K, V, 2) float64
        The same V vertices in K frames, V at least 1.
    closed : bool
        Whether the last vertex joins the first.
    tolerance : float
        How far, in any frame, a curve may be from vertices and from the middles of the edges between them.
    """
    points = _without_repeats(points, closed)
    if points.shape[1] < 3:
        return Curves(points, points, points, np.ones(points.shape[1], np.bool_), closed)
    corners = _corners(points, closed)
    if closed:
        start = int(np.argmax(corners))
        points = np.roll(points, -start, axis=1)
        points = np.concatenate([points, points[:, :1]], axis=1)
        corners = np.roll(corners, -start)
        corners = np.append(corners, corners[0])
    else:
        corners[[0, -1]] = True
    return _chained(points, corners, closed, tolerance)


def _without_repeats(points: Floats, closed: bool) -> Floats:
    """Without vertices that lie on the one before in every frame."""
    apart = np.abs(np.diff(points, axis=1)).max(axis=(0, 2)) > _SHORT
    kept = np.append(True, apart)
    if closed and kept.sum() > 1 and np.abs(points[:, -1] - points[:, 0]).max() <= _SHORT:
        kept[-1] = False
    return points[:, kept]


def _corners(points: Floats, closed: bool) -> NDArray[np.bool_]:
    """(V,): which vertices are corners in any frame."""
    step = np.roll(points, -1, axis=1) - points
    heading = np.arctan2(step[..., 1], step[..., 0])
    turn = heading - np.roll(heading, 1, axis=1)
    turn -= np.rint(turn / (2 * np.pi)) * (2 * np.pi)
    length = np.hypot(step[..., 0], step[..., 1])
    real = (length > 1e-3) & (np.roll(length, 1, axis=1) > 1e-3)  # of next to nothing no direction is known
    corners: NDArray[np.bool_] = ((np.abs(turn) > _CORNER) & real).any(axis=0)
    return corners


def _chained(points: Floats, corners: NDArray[np.bool_], closed: bool, tolerance: float) -> Curves:
    """points (K, V, 2), the first repeated at the end where closed; corners (V,)."""
    tangents = _tangents(points, closed)
    starts, firsts, seconds, straight = [], [], [], []
    waiting = list(_spans(corners))[::-1]
    while waiting:
        a, b = waiting.pop()
        leave = tangents[:, a] if not corners[a] else _unit(points[:, a + 1] - points[:, a])
        arrive = -tangents[:, b] if not corners[b] else _unit(points[:, b - 1] - points[:, b])
        fitted = _fitted(points[:, a : b + 1], leave, arrive, tolerance)
        if isinstance(fitted, int):
            waiting += [(a + fitted, b), (a, a + fitted)]
            continue
        starts.append(a)
        firsts.append(fitted[0])
        seconds.append(fitted[1])
        straight.append(fitted[2])
    knots = points[:, starts]
    after, arriving = np.stack(firsts, axis=1), np.stack(seconds, axis=1)
    if closed:
        return Curves(knots, np.roll(arriving, 1, axis=1), after, np.array(straight), True)
    end = points[:, -1:]
    before = np.concatenate([knots[:, :1], arriving], axis=1)
    ends = np.concatenate([knots, end], axis=1)
    return Curves(ends, before, np.concatenate([after, end], axis=1), np.array([*straight, True]), False)


def _spans(corners: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """From each corner to the next; the first and the last vertex are taken for corners."""
    at = [0, *(np.flatnonzero(corners[1:-1]) + 1).tolist(), len(corners) - 1]
    return pairwise(at)


def _tangents(points: Floats, closed: bool) -> Floats:
    """(K, V, 2): the direction from the vertex before each to the one after."""
    across = np.zeros_like(points)
    across[:, 1:-1] = points[:, 2:] - points[:, :-2]
    if closed:
        across[:, 0] = across[:, -1] = points[:, 1] - points[:, -2]
    return _unit(across)


def _unit(vectors: Floats) -> Floats:
    length = np.hypot(vectors[..., 0], vectors[..., 1])[..., None]
    answer: Floats = vectors / np.maximum(length, _SHORT)
    return answer


def _fitted(points: Floats, leave: Floats, arrive: Floats, tolerance: float) -> tuple[Floats, Floats, bool] | int:
    """The two inner control points (K, 2) of the curve along vertices (K, n, 2), and whether it is straight; or at
    which vertex to part them.

    leave, arrive : (K, 2)
        Unit vectors from either end into the curve.
    """
    first, last = points[:, 0], points[:, -1]
    third = (last - first) / 3
    if points.shape[1] == 2:
        return first + third, last - third, True
    away = _from_chord(points, first, last)
    if away.max() <= tolerance / 2:
        return first + third, last - third, True
    samples, share = _sampled(points)
    controls = _controls(samples, share, leave, arrive)
    missed = _missed(samples, share, controls)
    if missed.max() <= tolerance:
        return controls[1], controls[2], False
    worst = int(missed.max(axis=0).argmax())
    return min(max((worst + 1) // 2, 1), points.shape[1] - 2)


def _from_chord(points: Floats, first: Floats, last: Floats) -> Floats:
    """How far vertices (K, n, 2) lie from the straight piece between the ends, (K, n)."""
    chord = (last - first)[:, None]
    square = np.maximum((chord**2).sum(axis=2), _SHORT)
    along = np.clip(((points - first[:, None]) * chord).sum(axis=2) / square, 0.0, 1.0)
    gap = points - first[:, None] - along[..., None] * chord
    away: Floats = np.hypot(gap[..., 0], gap[..., 1])
    return away


def _sampled(points: Floats) -> tuple[Floats, Floats]:
    """Vertices and the middles between them, (K, 2n - 1, 2), and their share of the length, (K, 2n - 1)."""
    count = points.shape[1]
    samples = np.empty((len(points), 2 * count - 1, 2))
    samples[:, ::2] = points
    samples[:, 1::2] = (points[:, 1:] + points[:, :-1]) / 2
    step = np.diff(samples, axis=1)
    along = np.zeros(samples.shape[:2])
    np.cumsum(np.hypot(step[..., 0], step[..., 1]), axis=1, out=along[:, 1:])
    whole = along[:, -1:]
    even = np.linspace(0.0, 1.0, samples.shape[1])
    return samples, np.where(whole > _SHORT, along / np.maximum(whole, _SHORT), even)


def _weights(share: Floats) -> Floats:
    """(4, K, m): how much of each control point is in a curve's point."""
    rest = 1 - share
    return np.stack([rest**3, 3 * rest * rest * share, 3 * rest * share * share, share**3])


def _controls(samples: Floats, share: Floats, leave: Floats, arrive: Floats) -> list[Floats]:
    """The four control points (K, 2), of which the inner two lie along the given directions."""
    first, last = samples[:, 0], samples[:, -1]
    weights = _weights(share)
    rest = samples - ((weights[0] + weights[1])[..., None] * first[:, None])
    rest -= (weights[2] + weights[3])[..., None] * last[:, None]
    one, two = weights[1][..., None] * leave[:, None], weights[2][..., None] * arrive[:, None]
    c11, c12, c22 = (one * one).sum(axis=(1, 2)), (one * two).sum(axis=(1, 2)), (two * two).sum(axis=(1, 2))
    x1, x2 = (one * rest).sum(axis=(1, 2)), (two * rest).sum(axis=(1, 2))
    det = c11 * c22 - c12 * c12
    sound = det > 1e-9 * c11 * c22
    safe = np.where(sound, det, 1.0)
    reach = np.hypot(*(last - first).T)
    usual = reach / 3
    lengths = [(x1 * c22 - x2 * c12) / safe, (c11 * x2 - c12 * x1) / safe]
    fine = sound & (lengths[0] > 1e-3 * reach) & (lengths[1] > 1e-3 * reach)
    fine &= (lengths[0] < 4 * reach) & (lengths[1] < 4 * reach)
    one_length, two_length = (np.where(fine, length, usual)[:, None] for length in lengths)
    return [first, first + one_length * leave, last + two_length * arrive, last]


def _missed(samples: Floats, share: Floats, controls: list[Floats]) -> Floats:
    """How far a curve is from samples (K, m), after each has looked for the nearest place once (Newton)."""
    p0, p1, p2, p3 = (control[:, None] for control in controls)

    def at(t: Floats) -> Floats:
        w = _weights(t)[..., None]
        found: Floats = w[0] * p0 + w[1] * p1 + w[2] * p2 + w[3] * p3
        return found

    rest = (1 - share)[..., None]
    t = share[..., None]
    slope = 3 * (rest * rest * (p1 - p0) + 2 * rest * t * (p2 - p1) + t * t * (p3 - p2))
    gap = at(share) - samples
    step = (gap * slope).sum(axis=2) / np.maximum((slope**2).sum(axis=2), _SHORT)
    gap = at(np.clip(share - step, 0.0, 1.0)) - samples
    away: Floats = np.hypot(gap[..., 0], gap[..., 1])
    return away
