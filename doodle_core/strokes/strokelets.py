"""Drawings as sets of strokelets: the layout of the latents that `decoder` draws.

A strokelet is a tapered capsule, as in `capsules`: the ink of a round pen that goes straight from (x0, y0) to (x1, y1)
while its radius goes evenly from r0 to r1; without length it is a dot. A latent is count rows of x0, y0, x1, y1, r0, r1
one after the other, (6 * count,) float32. Everything in it is in model pixels (1/64 of the canvas side), places from
the middle of the canvas: the canvas spans -32..32, x to the right, y down, and pixel (row j, column i) has its centre
at (i + 0.5 - 32, j + 0.5 - 32). The order of the rows means nothing to the decoder.

A row that is not used has both radii ABSENT, so negative that its field, radius - distance, is below the cut
everywhere. Radii between that and 0 are allowed: a strokelet may come and go by its radius alone.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.errors import DoodleError
from doodle_core.raster import FIELD_LIMIT, RESOLUTION

__all__ = ["ABSENT", "COUNT", "NUMBERS", "pack", "unpack"]

COUNT = 256  # strokelets in a latent, if not told otherwise
NUMBERS = 6  # of a strokelet
ABSENT = -(FIELD_LIMIT + 1.0)  # model pixels; both radii of an unused row

Array: TypeAlias = NDArray[np.float32]


def pack(starts: ArrayLike, ends: ArrayLike, radii: ArrayLike, count: int = COUNT) -> Array:
    """The latent of N strokelets, (6 * count,) float32: they come first, in their order, then the unused rows.

    starts, ends: (N, 2) places, canvas units (0..1 on the canvas; may lie outside); radii: (N, 2) at start and end,
    canvas units. Raises DoodleError for more than `count` strokelets, other shapes, or numbers that are not finite.
    """
    if count < 1:
        raise DoodleError(f"a latent of {count} strokelets is not possible; give 1 or more")
    parts = [np.asarray(part, np.float64) for part in (starts, ends, radii)]
    parts = [part.reshape(0, 2) if part.size == 0 else part for part in parts]
    number = len(parts[0])
    for name, part in zip(("starts", "ends", "radii"), parts, strict=True):
        if part.shape != (number, 2):
            raise DoodleError(f"{name} of strokelets have shape {part.shape}; give ({number}, 2)")
    if number > count:
        raise DoodleError(f"{number} strokelets do not fit a latent of {count}; draw with longer ones")
    start, end, radius = parts
    with np.errstate(over="ignore"):  # too large for float32 becomes inf, and is refused
        rows = (np.concatenate([start - 0.5, end - 0.5, radius], axis=1) * RESOLUTION).astype(np.float32)
    if not np.isfinite(rows).all():
        bad = int(np.argmin(np.isfinite(rows).all(axis=1))) + 1
        raise DoodleError(f"strokelet {bad} has a number that is not finite; remove it")
    latent = np.zeros((count, NUMBERS), np.float32)
    latent[:, 4:] = ABSENT
    latent[:number] = rows
    return latent.reshape(-1)


def unpack(latent: ArrayLike) -> tuple[Array, Array, Array]:
    """The strokelets of one latent (6 * count,): starts, ends and radii, each (N, 2) float32, canvas units.

    Rows of which nothing could show, both radii FIELD_LIMIT or more below 0, are left out; the others keep their
    order. Raises DoodleError for a latent of another shape.
    """
    numbers = np.asarray(latent, np.float32)
    if numbers.ndim != 1 or len(numbers) % NUMBERS:
        raise DoodleError(f"a latent of strokelets has shape {numbers.shape}; give (6 * count,)")
    rows = numbers.reshape(-1, NUMBERS)
    rows = rows[rows[:, 4:].max(axis=1, initial=-np.inf) > -FIELD_LIMIT] / np.float32(RESOLUTION)
    return rows[:, :2] + np.float32(0.5), rows[:, 2:4] + np.float32(0.5), rows[:, 4:].copy()
