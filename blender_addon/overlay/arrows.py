"""Links as arrows, from a place on one key to its place on the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["arrows"]

HEAD = 0.018
"""How long the heads are, in sides of the square; shorter arrows have shorter ones."""
BOW = 0.08
"""How far an arrow bends away from the straight line, as a share of its length: two that go to and fro do not lie on
each other."""
STEPS = 12


def arrows(starts: ArrayLike, ends: ArrayLike) -> NDArray[np.float32]:
    """Arrows as pairs of places, (2 N, 3).

    Parameters
    ----------
    starts, ends : (A, 3)
        In the square; they bend in its plane.
    """
    import numpy as np

    found = [np.zeros((0, 3), np.float32)]
    for a, b in zip(np.asarray(starts, float).reshape(-1, 3), np.asarray(ends, float).reshape(-1, 3), strict=True):
        along = b - a
        across = np.array([-along[1], along[0], 0.0])
        share = np.linspace(0, 1, STEPS + 1)[:, None]
        shaft = a + share * along + 4 * share * (1 - share) * BOW * across
        found.append(np.repeat(shaft, 2, axis=0)[1:-1])
        length = float(np.linalg.norm(along))
        if length > 0:
            back = shaft[-2] - b
            back *= min(HEAD, length / 3) / max(float(np.linalg.norm(back)), 1e-12)
            side = np.array([-back[1], back[0], 0.0]) / 2
            found.append(np.stack([b, b + back + side, b, b + back - side]))
    return np.concatenate(found).astype(np.float32)
