"""How a drawing moves between two keys, seen from a place that only one of them has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.inbetween.run import Run

__all__ = ["Surroundings"]

Floats: TypeAlias = NDArray[np.float64]

_STEP = 2.0  # model pixels between the samples of a paired run
_MOST = 6000  # samples; more are thinned evenly
_PROBES = 12  # vertices of a lone run that ask for their surroundings
_SOFT = 0.5  # square model pixels: nearer than its root, distances make no difference
_STIFF = 2.0  # square model pixels: where what is near is smaller, it says little about a turn


class Surroundings:
    """Samples of all that both keys have: where they are at one key and at the other."""

    def __init__(self, pairs: Sequence[Run], layers: Sequence[int], key: int) -> None:
        """layers: that of each paired run. key: 0 to go from the first key to the second, 1 for the way back."""
        here, there, layer, run = [], [], [], []
        for number, (one, own) in enumerate(zip(pairs, layers, strict=True)):
            ends = (one.first, one.second) if key == 0 else (one.second, one.first)
            fine = [_subdivided(part, ends[0]) for part in ends]
            here.append(fine[0])
            there.append(fine[1])
            layer.append(np.full(len(fine[0]), own))
            run.append(np.full(len(fine[0]), number))
        none = np.zeros((0, 2))
        self.here, self.there = np.concatenate([none, *here]), np.concatenate([none, *there])
        self.layer = np.concatenate([np.zeros(0, np.int64), *layer])
        self.run = np.concatenate([np.zeros(0, np.int64), *run])
        if len(self.here) > _MOST:
            some = np.linspace(0, len(self.here) - 1, _MOST).astype(np.int64)
            self.here, self.there = self.here[some], self.there[some]
            self.layer, self.run = self.layer[some], self.run[some]

    def __len__(self) -> int:
        return len(self.here)

    def carried(self, points: Floats, layer: int) -> Floats:
        """Points (n, 2) as one stiff piece, where what is near them has gone: (n, 2).

        The similarity that fits the samples best, each counting by its nearness (moving least squares: Schaefer,
        McPhail and Warren 2006). Samples of the same layer alone count, where there are any.
        """
        if not len(self):
            return points.copy()
        some = np.flatnonzero(self.layer == layer)
        some = some if len(some) else np.arange(len(self))
        p, q = _complex(self.here[some]), _complex(self.there[some])
        own = _complex(points)
        probes = own[np.linspace(0, len(own) - 1, min(_PROBES, len(own))).astype(np.int64)]
        square = (np.abs(probes[:, None] - p) ** 2).min(axis=0)
        weight = (square + _SOFT) ** -2.0
        weight /= weight.sum()
        p_mean, q_mean = (weight * p).sum(), (weight * q).sum()
        turn = (weight * (q - q_mean) * (p - p_mean).conj()).sum() + _STIFF
        turn /= (weight * np.abs(p - p_mean) ** 2).sum() + _STIFF
        turn *= np.clip(np.abs(turn), 0.5, 2.0) / max(np.abs(turn), 1e-9)
        moved = turn * (own - p_mean) + q_mean
        return np.stack([moved.real, moved.imag], axis=1)

    def nearest(self, points: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """Of points (n, 2), how far the nearest sample is, and which: (n,) each. There must be samples."""
        from scipy.spatial import cKDTree  # slow to import, and only what appears or vanishes needs it

        away, which = cKDTree(self.here).query(points)
        return away, which


def _subdivided(values: Floats, places: Floats) -> Floats:
    """Values (n, 2) at places (n, 2), and between them so that samples lie no more than _STEP apart."""
    if len(places) < 2:
        return values
    count = np.clip(np.ceil(np.hypot(*np.diff(places, axis=0).T) / _STEP), 1, 256).astype(np.int64)
    owner = np.repeat(np.arange(len(count)), count)
    share = (np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)) / count[owner]
    between = values[owner] + share[:, None] * (values[owner + 1] - values[owner])
    return np.concatenate([between, values[-1:]])


def _complex(points: Floats) -> NDArray[np.complex128]:
    answer: NDArray[np.complex128] = points[:, 0] + 1j * points[:, 1]
    return answer
