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

    bent = np.isin(curves.types, (CATMULL_ROM, BEZIER)) & (np.diff(curves.offsets) > 1)
    if not bent.any():
        return curves
    lengths = np.diff(curves.offsets)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    before, after = _neighbours(curves)
    # From each point of a curve goes a piece to the next one; not from the last point of an open curve.
    leads_on = bent[owner] & ((after != np.arange(len(owner))) | curves.cyclic[owner])
    pieces = np.where(leads_on, np.maximum(curves.resolution, 1)[owner], 1)
    row = np.repeat(np.arange(len(owner)), pieces)
    share = (np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)) / pieces[row]
    right, left = _handles(curves, owner, before, after)
    with np.errstate(invalid="ignore"):
        values = (1 - share)[:, None] * curves.values[row] + share[:, None] * curves.values[after][row]
    ends = np.concatenate([[0], np.cumsum(pieces)])
    return replace(
        curves,
        points=_bezier(curves.points[row], right[row], left[after][row], curves.points[after][row], share[:, None]),
        values=values,
        offsets=ends[curves.offsets].astype(np.int32),
        types=np.full_like(curves.types, POLY),
    )


def _neighbours(curves: Curves) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(N,) twice: the control points before and after each; an open end is its own neighbour."""
    import numpy as np

    some = np.diff(curves.offsets) > 0
    first, last = curves.offsets[:-1][some], curves.offsets[1:][some] - 1
    closed = curves.cyclic[some]
    before, after = np.arange(len(curves.points)) - 1, np.arange(len(curves.points)) + 1
    before[first] = np.where(closed, last, first)
    after[last] = np.where(closed, first, last)
    return before, after


def _handles(
    curves: Curves, owner: NDArray[np.int64], before: NDArray[np.int64], after: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Right and left Bezier handles of all control points, (N, 3) each; of Catmull-Rom strokes those that make the
    uniform spline through their points."""
    import numpy as np

    # Of length 1 / 2 of the chord, a third of it for a Bezier handle.
    tangent = (curves.points[after] - curves.points[before]) / 6.0
    smooth = (curves.types == CATMULL_ROM)[owner][:, None]
    return (
        np.where(smooth, curves.points + tangent, curves.right),
        np.where(smooth, curves.points - tangent, curves.left),
    )


def _bezier(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    c: NDArray[np.float64],
    d: NDArray[np.float64],
    t: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Points of Bezier pieces with corners a to d, (M, 3) each, at shares t (M, 1) of their length; a itself at 0."""
    import numpy as np

    with np.errstate(invalid="ignore"):  # endless points become NaN, and are refused by name
        run: NDArray[np.float64] = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
    return run
