"""One area that became two, or two that became one: both come from the place of the one, and part on the way."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.matching.description import Description
from doodle_core.matching.motion import Motion

__all__ = ["halves"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_SAME = (0.55, 1.8)  # of the one area: how large the two together may be
_LEAST = 0.12  # of the one area: how large each of them is at least
_OFF = 0.8  # spreads: how far the middle of the two may lie from where the one is expected
_APART = 2.5  # spreads: and how far the second alone
_COLOUR = 0.1
_OPAQUE = 0.99  # what is seen through would be seen twice where both still lie on one another


def halves(a: Description, b: Description, i: Ints, j: Ints, motion: Motion) -> tuple[Ints, Ints]:
    """Further pairs of rows (P,), each of an area of the first key that has a partner and one of the second that has
    none; lines round them, too.

    Parameters
    ----------
    i, j : (M,) int64
        The pairs found.
    motion : Motion
        How each shape of the first key is expected to move, (N,).
    """
    first, second = [], []
    free = np.ones(len(b), bool)
    free[j] = False
    sizes = [_sizes(d) for d in (a, b)]
    plain = a.areas[i] & (a.counts[i, 0] == 1) & (b.counts[j, 0] == 1) & (a.colours[i, 3] >= _OPAQUE)
    grown = np.abs(motion.factor) ** 2
    expected = motion.at(a.centres)
    used: set[int] = set()
    for row in np.flatnonzero(free & b.areas & (b.counts[:, 0] == 1)).tolist():
        one, other = i[plain], j[plain]
        whole = sizes[0][one] * grown[one]
        both = sizes[1][other] + sizes[1][row]
        middle = (b.centres[other] * sizes[1][other] + b.centres[row] * sizes[1][row]) / np.maximum(both, 1e-9)
        reach = a.spreads[one] * np.sqrt(grown[one])
        off = np.abs(middle - expected[one]) / np.maximum(reach, 1e-9)
        good = (a.layers[one] == b.layers[row]) & (both > _SAME[0] * whole) & (both < _SAME[1] * whole)
        good &= (np.minimum(sizes[1][other], sizes[1][row]) > _LEAST * whole) & (off < _OFF)
        good &= np.abs(b.centres[row] - expected[one]) < _APART * reach
        good &= np.abs(a.colours[one] - b.colours[row]).max(axis=1) < _COLOUR
        good &= np.array([k not in used for k in one.tolist()], bool)
        if good.any():
            chosen = int(one[np.flatnonzero(good)[off[good].argmin()]])
            used.add(chosen)
            first.append(chosen)
            second.append(row)
            if a.twins[chosen] >= 0 and b.twins[row] >= 0 and free[b.twins[row]]:
                first.append(int(a.twins[chosen]))
                second.append(int(b.twins[row]))
    return np.array(first, np.int64), np.array(second, np.int64)


def _sizes(d: Description) -> Floats:
    """What the main contour of each shape encloses, (N,) square model pixels."""
    answer: Floats = np.abs(np.imag(np.conj(d.outline) * np.roll(d.outline, -1, axis=1)).sum(axis=1) / 2)
    return answer
