"""Points of curves, and how far others lie from them."""

from __future__ import annotations

import numpy as np

from doodle_core.files.curves import Curves


def sampled(made: Curves, frame: int) -> np.ndarray:
    """Many points of the curves in a frame."""
    p0, p1 = made.knots[frame], made.after[frame]
    p2, p3 = np.roll(made.before[frame], -1, axis=0), np.roll(p0, -1, axis=0)
    count = len(p0) if made.closed else len(p0) - 1
    t = np.linspace(0, 1, 50)[:, None]
    parts = [
        (1 - t) ** 3 * p0[n] + 3 * (1 - t) ** 2 * t * p1[n] + 3 * (1 - t) * t**2 * p2[n] + t**3 * p3[n]
        for n in range(count)
    ]
    return np.concatenate(parts or [p0])


def farthest(points: np.ndarray, line: np.ndarray) -> float:
    """How far any of the points (P, 2) is from a polyline (Q, 2)."""
    if len(line) == 1:
        line = np.repeat(line, 2, axis=0)
    start, along = line[:-1], np.diff(line, axis=0)
    gap = points[:, None] - start
    share = np.clip((gap * along).sum(axis=2) / np.maximum((along**2).sum(axis=1), 1e-12), 0, 1)
    return float(np.hypot(*(gap - share[..., None] * along).transpose(2, 0, 1)).min(axis=1).max())
