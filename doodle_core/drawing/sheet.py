"""A drawing's sheet: how the plane that it was drawn on is turned in space against the canvas.

Six numbers: a rotation vector (3,), whose direction is the axis and whose length the angle in radians, and the place
(3,) round which it turns. Both in the canvas's space: x to the right, y down, z towards the viewer, canvas units, the
canvas at z 0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.drawing.drawing import Drawing

__all__ = ["between", "laid_out", "matrix_of", "unrolled"]

Floats: TypeAlias = NDArray[np.float64]
Sheet: TypeAlias = NDArray[np.float32]

_STILL = 1e-9  # radians


def laid_out(drawing: Drawing, sheet: ArrayLike | None) -> Drawing:
    """A drawing on a sheet as it lies in space: on the canvas, with depths.

    Parameters
    ----------
    drawing : Drawing
        Its own `sheet` is not asked.
    sheet : (6,) float or None
        None: the sheet lies on the canvas already.
    """
    if sheet is None or not len(drawing.points):
        return drawing if drawing.sheet is None else replace(drawing, sheet=None)
    turn, centre = _parts(sheet)
    depths = np.zeros(len(drawing.points)) if drawing.depths is None else drawing.depths
    matrix = matrix_of(turn)
    x, y, z = (np.column_stack([drawing.points, depths]).astype(np.float64) - centre).T
    # Number by number, not as a product of matrices: vertices in one place must stay in one.
    across, down, near = (
        x * row[0] + y * row[1] + z * row[2] + shift for row, shift in zip(matrix, centre, strict=True)
    )
    arrays = {name: getattr(drawing, name) for name in drawing.__dataclass_fields__}
    flat, deep = np.stack([across, down], axis=1).astype(np.float32), near.astype(np.float32)
    return Drawing.trusted(**{**arrays, "points": flat, "depths": deep, "sheet": None})


def unrolled(places: ArrayLike, sheet: ArrayLike) -> Floats:
    """Places in the canvas's space (N, 3) as they lie on a sheet, (N, 3): the other way round than `laid_out`."""
    turn, centre = _parts(sheet)
    answer: Floats = (np.asarray(places, np.float64) - centre) @ matrix_of(turn) + centre
    return answer


def between(first: ArrayLike | None, second: ArrayLike | None, fraction: float) -> Floats | None:
    """The sheet at a fraction of the way from one to another, turned evenly round one axis, the shortest way; None
    where neither is turned.

    Where one lies on the canvas, it is as one that turns round the other's place by nothing.
    """
    if first is None and second is None:
        return None
    one = np.asarray(second if first is None else first, np.float64)
    other = np.asarray(first if second is None else second, np.float64)
    start, end = (np.zeros(3) if sheet is None else np.asarray(sheet, np.float64)[:3] for sheet in (first, second))
    centre = (1 - fraction) * one[3:] + fraction * other[3:]
    before = matrix_of(start)
    turn = _vector_of(before @ matrix_of(fraction * _vector_of(before.T @ matrix_of(end))))
    return np.concatenate([turn, centre])


def matrix_of(turn: ArrayLike) -> Floats:
    """The matrix (3, 3) of a rotation vector (3,), by Rodrigues' formula."""
    vector = np.asarray(turn, np.float64)
    angle = float(np.linalg.norm(vector))
    if angle < _STILL:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    answer: Floats = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    return answer


def _vector_of(matrix: Floats) -> Floats:
    """The rotation vector (3,) of a matrix (3, 3)."""
    skew = np.array([matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1]]) / 2
    sine, cosine = float(np.linalg.norm(skew)), (float(np.trace(matrix)) - 1) / 2
    angle = float(np.arctan2(sine, cosine))
    if sine > 1e-6:
        return skew * (angle / sine)
    if cosine > 0:
        return skew
    # Half a turn: the axis is that of the matrix's own direction.
    axis = np.sqrt(np.maximum((np.diag(matrix) + 1) / 2, 0.0))
    main = int(np.argmax(axis))
    signs = np.where(matrix[main] + matrix[:, main] < 0, -1.0, 1.0)
    signs[main] = 1.0
    answer: Floats = axis * signs * angle
    return answer


def _parts(sheet: ArrayLike) -> tuple[Floats, Floats]:
    numbers = np.asarray(sheet, np.float64)
    return numbers[:3], numbers[3:]
