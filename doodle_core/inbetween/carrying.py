"""Where a vertex between two keys is at the key before them or after them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.contour import contours_of
from doodle_core.inbetween.aligned import Aligned

__all__ = ["carried"]

Floats: TypeAlias = NDArray[np.float64]


def carried(aligned: Aligned, other: Aligned, later: bool) -> Floats:
    """The vertices of `aligned` at the far key of `other`, (V, 2) model pixels; NaN where they are not there.

    later: `other` begins with the key that `aligned` ends with; else it ends with the one that `aligned` begins with.
    """
    near = 1 if later else 0
    answer = np.full((len(aligned.first), 2), np.nan)
    by_contour: dict[int, list[tuple[Floats, Floats, int]]] = {}
    for span in other.spans:
        if span.line < 0 or span.other < 0:
            continue
        here, there = np.asarray(span.here, np.float64), np.asarray(span.there, np.float64)
        own, far, ends = (here, there, (span.line, span.other)) if later else (there, here, (span.other, span.line))
        if own[-1] < own[0]:
            own, far = own[::-1], far[::-1]
        by_contour.setdefault(ends[0], []).append((own, far, ends[1]))
    middle, outlines = (contours_of(other.keys[key]) for key in ((0, 1) if later else (1, 0)))
    for run, contour in enumerate(aligned.contours[near].tolist()):
        if contour < 0 or contour not in by_contour:
            continue
        rows = slice(int(aligned.offsets[run]), int(aligned.offsets[run + 1]))
        places, found = aligned.places[near, rows], answer[rows]
        length = middle[contour].length
        closed = middle[contour].closed and length > 0
        for own, far, goal in by_contour[contour]:
            shifted = places
            if closed:  # the turn of the contour on which the span lies
                shifted = own[0] + np.mod(places - own[0] + 1e-9 * length, length) - 1e-9 * length
            on = (shifted >= own[0] - 1e-6) & (shifted <= own[-1] + 1e-6) & np.isnan(found[:, 0])
            if on.any():
                found[on] = outlines[goal].at(np.interp(shifted[on], own, far))[:, :2]
    return answer
