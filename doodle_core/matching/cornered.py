"""Corner onto corner: closed contours with as many corners, as a bar that grows has, however their sides changed."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.congruence import starts
from doodle_core.geometry.corners import Corners
from doodle_core.geometry.sampling import Outlines

__all__ = ["by_corners"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Complexes: TypeAlias = NDArray[np.complex128]
Marks: TypeAlias = tuple[Floats, Floats]

_FEWEST, _MOST = 3, 16  # corners
_EACH = 6  # places along each side
_LEFT = 0.01  # the part of the second contour that a stretch and a turn of the first may leave unexplained


def by_corners(
    a: Outlines, b: Outlines, on_a: Corners, on_b: Corners, i: Ints, j: Ints, factor: Complexes, backwards: Bools
) -> dict[int, Marks]:
    """The marks of those pairs of contours whose corners go to corners, by the number of the pair.

    Parameters
    ----------
    i, j : (M,) int64
        Pairs of contours.
    factor : (M,) complex128
        How each pair's surroundings turn and grow.
    backwards : (M,) bool
        Whether the second runs the other way.
    """
    count, other = np.diff(on_a.offsets)[i], np.diff(on_b.offsets)[j]
    alike = a.closed[i] & b.closed[j] & (count == other) & (count >= _FEWEST) & (count <= _MOST)
    answer: dict[int, Marks] = {}
    for sides in np.unique(count[alike]).tolist():
        rows = np.flatnonzero(alike & (count == sides))
        here, there = _laid(a, on_a, i[rows], sides), _laid(b, on_b, j[rows], sides)
        reversed_ = np.concatenate([there[:, :1] + b.lengths[j[rows]][:, None], there[:, :0:-1]], axis=1)
        there = np.where(backwards[rows][:, None], reversed_, there)
        p, q = a.at(i[rows], here) * factor[rows][:, None], b.at(j[rows], there)
        worth, left = starts(p - p.mean(axis=1, keepdims=True), q - q.mean(axis=1, keepdims=True))
        best = worth[:, ::_EACH].argmax(axis=1) * _EACH
        for m in np.flatnonzero(left[np.arange(len(rows)), best] < _LEFT).tolist():
            whole = float(a.lengths[i[rows[m]]]), float(b.lengths[j[rows[m]]])
            answer[int(rows[m])] = _marks(here[m], np.roll(there[m], -int(best[m])), whole, bool(backwards[rows[m]]))
    return answer


def _laid(outlines: Outlines, corners: Corners, contours: Ints, sides: int) -> Floats:
    """Lengths along contours (M,), evenly along each side from the first corner on: (M, sides * _EACH)."""
    along = corners.along[corners.offsets[contours][:, None] + np.arange(sides)]
    along = np.concatenate([along, along[:, :1] + outlines.lengths[contours][:, None]], axis=1)
    part: Floats = np.arange(_EACH, dtype=np.float64) / _EACH
    low, high = along[:, :-1, None], along[:, 1:, None]
    return np.asarray(low * (1 - part) + high * part, np.float64).reshape(len(contours), -1)


def _marks(here: Floats, there: Floats, whole: tuple[float, float], backwards: bool) -> Marks:
    """Marks at the corners, and from there once round."""
    sign = -1.0 if backwards else 1.0
    here, there = here[::_EACH], there[::_EACH]
    steps = np.mod(sign * np.diff(there), whole[1])
    last = sign * whole[1]
    there = there[0] + np.concatenate([[0.0], sign * np.cumsum(steps), [last]])
    return np.append(here, here[0] + whole[0]), there
