"""Pinning: at a key, the animator's own drawing; beside it, the decoded one, and no jump between them.

What the model loses of a key is the difference between the drawing's field and the decoded one. It is added back in
full at the key and fades out smoothly on either side, as fields, so that lines shift and thin instead of showing twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.errors import DoodleError

__all__ = ["REACH", "added", "check", "key_at", "pinned", "pull", "weights"]

Array: TypeAlias = NDArray[np.float32]

REACH = 0.35  # segment lengths; under one half, so that two keys never pull at the same frame


def weights(
    position: float, key_count: int, closed: bool = False, reach: float = REACH, held: bool = False
) -> NDArray[np.float64]:
    """How strongly each key is pinned at a position in key units: (K,) float64 in 0..1.

    1 at a key, falling as a smoothstep (once continuously differentiable) to 0 at `reach` segments from it. Open tracks
    clamp the position to [0, K-1]; closed ones wrap it, and key 0 follows key K-1. held: the keys do not blend (method
    'hold'), so the latest key has weight 1 until the next.

    Raises DoodleError for a position that is not a finite number.
    """
    position = _inside(position, key_count, closed)
    if held:
        result = np.zeros(key_count)
        result[int(position)] = 1.0
        return result
    distance = np.abs(position - np.arange(key_count))
    if closed:
        distance = np.minimum(distance, key_count - distance)
    near = np.clip(1.0 - distance / reach, 0.0, 1.0)
    return near * near * (3.0 - 2.0 * near)


def pull(
    position: float, key_count: int, pin: float = 1.0, *, closed: bool = False, held: bool = False
) -> tuple[int, float]:
    """The one key that is pinned at a position, and how strongly, 0..1; any key and 0 where none is.

    Arguments and errors as for `pinned`.
    """
    pulls = check(pin) * weights(position, key_count, closed, held=held)
    key = int(pulls.argmax())
    return key, float(pulls[key])


def key_at(position: float, key_count: int, closed: bool = False) -> int | None:
    """The key that a position lies on exactly, or None between keys."""
    position = _inside(position, key_count, closed)
    return int(position) if position == int(position) else None


def pinned(
    field: Array,
    position: float,
    key_fields: Callable[[int], Array | None],
    key_decoded: Callable[[int], Array],
    pin: float = 1.0,
    *,
    key_count: int,
    closed: bool = False,
    held: bool = False,
) -> Array:
    """The decoded field with its keys pinned: field + pin * sum of w_i * (key_fields(i) - key_decoded(i)).

    field        (n, n) float32, decoded at `position` (key units); not changed
    key_fields   the field of key i's own drawing at the same size (n, n), or None when it has no drawing
    key_decoded  the field decoded from key i's latent at the same size (n, n)
    pin          0..1; 0 gives `field` itself. DoodleError outside

    With pin 1, the result exactly on a key is that key's own field, bit for bit, with no rounding.
    """
    on = key_at(position, key_count, closed) if pin == 1.0 else None
    if on is not None and (own := key_fields(on)) is not None:
        return own

    def lost(key: int) -> Array | None:
        own = key_fields(key)
        return None if own is None else np.subtract(own, key_decoded(key))

    found = added(position, lost, pin, key_count=key_count, closed=closed, held=held)
    if found is None:
        return field
    found += field
    return found


def added(
    position: float,
    key_lost: Callable[[int], Array | None],
    pin: float = 1.0,
    *,
    key_count: int,
    closed: bool = False,
    held: bool = False,
) -> Array | None:
    """What `pinned` adds to the decoded field, (n, n) float32, the caller's own; None for nothing.

    key_lost: key_fields(i) - key_decoded(i), not changed, or None when the key has no drawing. Other arguments and
    errors as there.
    """
    key, strength = pull(position, key_count, pin, closed=closed, held=held)
    lost = key_lost(key) if strength else None
    return None if lost is None else lost * np.float32(strength)


def check(pin: float) -> float:
    """The pin itself; DoodleError for one outside 0..1."""
    if not 0.0 <= pin <= 1.0:
        raise DoodleError(f"pin {pin} is out of range; give 0 to 1")
    return pin


def _inside(position: float, key_count: int, closed: bool) -> float:
    """The position wrapped into [0, K), or clamped to [0, K-1] on an open track."""
    if not math.isfinite(position):
        raise DoodleError(f"position {position} is not a number; give the number of a key or one between two keys")
    if not closed:
        return min(max(float(position), 0.0), key_count - 1.0)
    wrapped = float(position) % key_count
    return 0.0 if wrapped == key_count else wrapped  # a tiny negative position rounds up to K
