"""Strokes that are curves: Bezier and Catmull-Rom strokes as the polylines that Blender draws of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CATMULL_ROM", "POLY", "Curves", "polylines"]

CATMULL_ROM, POLY, BEZIER, _NURBS = range(4)
"""Blender's numbers for the attribute `curve_type`. NURBS strokes are taken by their control points."""


@dataclass(frozen=True, eq=False)
class Curves:
    """Strokes as stored: stroke i has the control points offsets[i]:offsets[i + 1].

    points (N, 3) float64, values (N, V) float64 whatever belongs to a point and changes evenly to the next, offsets
    (S + 1,) int32, cyclic (S,) bool, types (S,) int, resolution (S,) int pieces from one control point to the next,
    left and right (N, 3) float64 the handles of Bezier strokes.
    """

    points: NDArray[np.float64]
    values: NDArray[np.float64]
    offsets: NDArray[np.int32]
    cyclic: NDArray[np.bool_]
    types: NDArray[np.int32]
    resolution: NDArray[np.int32]
    left: NDArray[np.float64]
    right: NDArray[np.float64]


def polylines(curves: Curves) -> Curves:
    """The same strokes, every one a polyline. Strokes that are polylines already keep their points."""
    import numpy as np

    if not np.isin(curves.types, (CATMULL_ROM, BEZIER)).any():
        return curves
    points, values = [np.zeros((0, 3))], [np.zeros((0, curves.values.shape[1]))]
    for index in range(len(curves.types)):
        part = slice(curves.offsets[index], curves.offsets[index + 1])
        own, value = curves.points[part], curves.values[part]
        if curves.types[index] in (CATMULL_ROM, BEZIER) and len(own) > 1:
            cyclic, pieces = bool(curves.cyclic[index]), max(1, int(curves.resolution[index]))
            if curves.types[index] == BEZIER:
                corners = _bezier(own, curves.left[part], curves.right[part])
            else:
                corners = _catmull_rom(own, cyclic)
            own, value = _run(corners, pieces, cyclic), _evenly(value, pieces, cyclic)
        points.append(own)
        values.append(value)
    offsets = np.cumsum([len(one) for one in points]).astype(np.int32)
    types = np.full_like(curves.types, POLY)
    return replace(curves, points=np.concatenate(points), values=np.concatenate(values), offsets=offsets, types=types)


def _bezier(points: NDArray[np.float64], left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """The four corners of each piece, the one that closes the stroke last: (n, 4, 3)."""
    import numpy as np

    return np.stack([points, right, np.roll(left, -1, axis=0), np.roll(points, -1, axis=0)], axis=1)


def _catmull_rom(points: NDArray[np.float64], cyclic: bool) -> NDArray[np.float64]:
    """As `_bezier`, for the uniform spline through the points; an open end repeats its point."""
    import numpy as np

    before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
    if not cyclic:
        before[0], after[-1] = points[0], points[-1]
    tangent = (after - before) / 6.0  # of length 1 / 2 of the chord, a third of it for a Bezier handle
    return _bezier(points, points - tangent, points + tangent)


def _run(corners: NDArray[np.float64], pieces: int, cyclic: bool) -> NDArray[np.float64]:
    """Points along n Bezier pieces, `pieces` for each; the last of an open stroke is its end and not left towards the
    first."""
    import numpy as np

    t = (np.arange(pieces) / pieces)[None, :, None]
    a, b, c, d = (corners[:, None, number] for number in range(4))
    run: NDArray[np.float64] = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
    return run.reshape(-1, 3) if cyclic else np.concatenate([run[:-1].reshape(-1, 3), corners[-1:, 0]])


def _evenly(values: NDArray[np.float64], pieces: int, cyclic: bool) -> NDArray[np.float64]:
    import numpy as np

    t = (np.arange(pieces) / pieces)[None, :, None]
    run = (1 - t) * values[:, None] + t * np.roll(values, -1, axis=0)[:, None]
    flat: NDArray[np.float64] = run.reshape(-1, values.shape[1])
    return flat if cyclic else np.concatenate([flat[:-pieces], values[-1:]])
