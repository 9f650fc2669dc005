"""From the mouse to the shape of a key, in pixels of the view: perspective, cameras and drawings that lie in space are
all the same there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..keyframes.neighbours import Shown
from .lines import places

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from doodle_core.drawing import Drawing

__all__ = ["REACH", "Hit", "Target", "View", "hit", "on_square", "targets"]

REACH = 14.0
"""Pixels: how far from a line the mouse may be to mean it."""
_AWAY = 1e6
"""Pixels: where what lies behind the viewer is put."""


@dataclass(frozen=True)
class View:
    """How the square is seen.

    Parameters
    ----------
    matrix : (4, 4)
        From the square's space to clip space.
    width, height : int
        Pixels of the region.
    """

    matrix: NDArray[np.float64]
    width: int
    height: int

    def project(self, found: ArrayLike) -> NDArray[np.float64]:
        """Places in the square, (N, 3), as pixels from the region's bottom left corner, (N, 2)."""
        import numpy as np

        given = np.asarray(found, np.float64).reshape(-1, 3)
        clip = np.column_stack([given, np.ones(len(given))]) @ np.asarray(self.matrix, np.float64).T
        before = clip[:, 3] > 1e-9
        flat = clip[:, :2] / np.where(before, clip[:, 3], 1.0)[:, None]
        pixels = (flat * 0.5 + 0.5) * (self.width, self.height)
        return np.where(before[:, None], np.clip(pixels, -_AWAY, _AWAY), _AWAY)


@dataclass(frozen=True)
class Target:
    """A key's drawing as the view has it: `seen` is its drawing in pixels."""

    shown: Shown
    seen: Drawing


@dataclass(frozen=True)
class Hit:
    """The shape that is meant, and where on it, in canvas units."""

    side: int
    key: int
    shape: int
    place: tuple[float, float]


def targets(shown: Sequence[Shown], view: View) -> list[Target]:
    """What can be pointed to."""
    import numpy as np

    return [
        Target(one, replace(one.drawing, points=view.project(places(one.drawing)).astype(np.float32))) for one in shown
    ]


def hit(
    found: Sequence[Target],
    view: View,
    mouse: tuple[float, float],
    side: int | None = None,
    like: tuple[bool, int] | None = None,
) -> Hit | None:
    """What the mouse means; None where nothing is near.

    Parameters
    ----------
    found : targets, in this view
    mouse : (2,)
        Pixels of the region.
    side : 0 or 1, optional
        Which side's drawings count; both.
    like : (bool, int), optional
        Whether areas are meant, or lines, and of which layer; all.
    """
    import numpy as np

    from doodle_core.drawing.picking import distances, foot, nearest

    best: tuple[float, Target, int] | None = None
    for one in found:
        if side not in (None, one.shown.side):
            continue
        among = one.shown.among
        if like is not None:
            layers = one.seen.layers if one.seen.layers is not None else np.zeros(len(one.seen), np.int32)
            among = among & (one.seen.areas == like[0]) & (layers == like[1])
        shape = nearest(one.seen, mouse, REACH, among)
        if shape is None:
            continue
        away = float(distances(one.seen.select([shape]), mouse)[0])
        if best is None or away < best[0]:
            best = away, one, shape
    if best is None:
        return None
    away, target, shape = best
    drawing = target.shown.drawing
    pair = foot(target.seen, shape, mouse) if away <= REACH else None
    if pair is None:  # inside an area
        place = on_square(view, mouse)
    else:
        first, second, share = pair
        x, y = (1 - share) * drawing.points[first] + share * drawing.points[second]
        place = float(x), float(y)
    return Hit(target.shown.side, target.shown.key, shape, place)


def on_square(view: View, mouse: tuple[float, float]) -> tuple[float, float]:
    """Where the mouse is on the square's plane, in canvas units; the middle where that is seen edge-on."""
    import numpy as np

    # The plane is z = 0: of the matrix the columns of x, y and 1 are left, and these can be turned round.
    flat = np.asarray(view.matrix, np.float64)[np.ix_((0, 1, 3), (0, 1, 3))]
    x, y = 2 * np.asarray(mouse, np.float64) / (view.width, view.height) - 1
    try:
        right, up, scale = np.linalg.solve(flat, (x, y, 1.0))
    except np.linalg.LinAlgError:
        return 0.5, 0.5
    if abs(scale) < 1e-12:
        return 0.5, 0.5
    return float(right / scale + 0.5), float(0.5 - up / scale)
