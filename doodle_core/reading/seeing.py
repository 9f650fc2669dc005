"""The reader's network, asked about a picture of any size: in parts that overlap, so that memory is bounded and cores
share the work."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.engines.engine import Engine
from doodle_core.reading.cells import CELL, CHANNELS, Cells, unpack

__all__ = ["seen"]

Array: TypeAlias = NDArray[np.float32]

_STEP = 8  # the network takes pictures whose sides are multiples of this
_MARGIN = 48  # pixels around a part that tell of its edge
_TALL, _WIDE = 512, 1536  # pixels of a part, about
_WHITE = 0.985  # from which on all of a pixel is paper
_NOTHING = -30.0  # logit of what is certainly not there
_LOGITS = np.r_[0, 6, 7, 13, 14:CHANNELS]  # channels that are logits, see `unpack`
_AT_ONCE = 4  # parts in memory: engines share the rows of a batch among cores


def seen(engine: Engine, shown: Array) -> Cells:
    """What the network sees of a picture.

    Parameters
    ----------
    engine : Engine
        Of a folder that holds the network "reader".
    shown : (H, W, 3) float32
        sRGB, 0 to 1.

    Returns
    -------
    Cells
        Of ceil(H / 4) x ceil(W / 4).

    Raises
    ------
    DoodleError
        Where the network does not load or run.
    """
    height, width = shown.shape[:2]
    raw = np.zeros((CHANNELS, -(-height // CELL), -(-width // CELL)), np.float32)
    raw[_LOGITS] = _NOTHING
    drawn = _drawn(shown)
    if drawn is not None:
        top, left = (part.start // CELL for part in drawn)
        found = _asked(engine, shown[drawn])
        raw[:, top : top + found.shape[1], left : left + found.shape[2]] = found
    return unpack(raw)


def _drawn(shown: Array) -> tuple[slice, slice] | None:
    """Rows and columns outside of which a picture is plain white paper, from a multiple of the network's step on; None
    where all of it is."""
    dark = shown.min(axis=2) < _WHITE
    answer = []
    for axis in (1, 0):
        found = np.flatnonzero(dark.any(axis=axis))
        if not len(found):
            return None
        most = dark.shape[1 - axis]
        answer.append(slice(max(found[0] - _MARGIN, 0) // _STEP * _STEP, min(found[-1] + _MARGIN, most)))
    return answer[0], answer[1]


def _asked(engine: Engine, shown: Array) -> Array:
    """The network's answer, (CHANNELS, ceil(H / 4), ceil(W / 4))."""
    height, width = shown.shape[:2]
    padded = np.pad(shown, ((0, -height % _STEP), (0, -width % _STEP), (0, 0)), mode="edge").transpose(2, 0, 1)
    rows, columns = padded.shape[1:]
    raw = np.empty((CHANNELS, rows // CELL, columns // CELL), np.float32)
    places = [(r, c) for r in _parts(rows, _TALL, 2) for c in _parts(columns, _WIDE, 1)]
    for first in range(0, len(places), _AT_ONCE):
        some = places[first : first + _AT_ONCE]
        batch = np.stack([padded[:, r.start : r.stop, c.start : c.stop] for (r, _), (c, _) in some])
        (answers,) = engine.run("reader", picture=batch)
        for ((r, own_r), (c, own_c)), answer in zip(some, answers, strict=True):
            inner = answer[:, _cells(own_r, r.start), _cells(own_c, c.start)]
            raw[:, _cells(own_r), _cells(own_c)] = inner
    return raw[:, : -(-height // CELL), : -(-width // CELL)]


def _cells(pixels: range, first: int = 0) -> slice:
    return slice((pixels.start - first) // CELL, (pixels.stop - first) // CELL)


def _parts(side: int, about: int, least: int) -> list[tuple[range, range]]:
    """Parts of one size along a side: what each sees, and what of its answer is kept."""
    count = max(math.ceil(side / about), least if side > about // 2 else 1)
    size = min(side, math.ceil((side + 2 * _MARGIN * (count - 1)) / count / _STEP) * _STEP)
    starts = [round(k * (side - size) / max(count - 1, 1) / _STEP) * _STEP for k in range(count)]
    middles = [(before + size + after) // 2 // _STEP * _STEP for before, after in pairwise(starts)]
    borders = pairwise([0, *middles, side])
    return [(range(start, start + size), range(*own)) for start, own in zip(starts, borders, strict=True)]
