"""Sums of plane waves: smooth, endless patterns of the plane, the same for every drawing."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["on_grid", "parts", "placed"]

Floats: TypeAlias = NDArray[np.float64]


def placed(lengths: Floats, share: Floats, start: float) -> Floats:
    """Waves (W, 3) of lengths (W,) in model pixels: wave vector in radians a pixel, and share.

    The shares' squares are made to sum to 1; as cos^2 + sin^2 = 1, that is the variance at every place when each
    cosine and sine has an independent amplitude of variance 1. Directions go on by the golden angle from `start`
    radians: spread evenly, and no two alike.
    """
    angle = start + np.pi * (5**0.5 - 1) * np.arange(len(lengths))
    wave = 2 * np.pi / lengths
    return np.stack([wave * np.cos(angle), wave * np.sin(angle), share / np.sqrt((share**2).sum())], axis=1)


def parts(points: Floats, waves: Floats) -> Floats:
    """Cosines and sines of waves (W, 3) at points (V, 2 or more): (V, 2 W), squares summing to 1."""
    phase = points[:, :2] @ waves[:, :2].T
    return np.concatenate([np.cos(phase) * waves[:, 2], np.sin(phase) * waves[:, 2]], axis=1)


def on_grid(columns: Floats, rows: Floats, waves: Floats, phases: Floats, amplitudes: Floats) -> Floats:
    """What `parts` of the waves, begun at phases (W,), come to with amplitudes (2 W,) at every x of columns (n,) and y
    of rows (m,): (m, n).

    A cosine of a sum is one of products, so this is two products of matrices, and few sines.
    """
    cosine, sine = (waves[:, 2] * half for half in amplitudes.reshape(2, -1))
    across, down = np.multiply.outer(columns, waves[:, 0]), np.multiply.outer(rows, waves[:, 1]) + phases
    cos, sin = np.cos(down), np.sin(down)
    answer: Floats = (cosine * cos + sine * sin) @ np.cos(across).T + (sine * cos - cosine * sin) @ np.sin(across).T
    return answer
