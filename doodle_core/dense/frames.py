"""Frames of a film whose model is dense: latents mixed number by number, decoded to fields, with keys pinned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core import pin as pins
from doodle_core import raster
from doodle_core.boil import warped
from doodle_core.look import resample
from doodle_core.track import LatentKey

if TYPE_CHECKING:
    from doodle_core.film import Film

__all__ = ["fields"]

Array: TypeAlias = NDArray[np.float32]


def fields(film: Film, positions: Sequence[float], size: int, pin: float) -> Iterator[Array]:
    """The field at each position, (size, size) float32 in model pixels, all decoded in one call."""
    alone = [film.key_shown(position) if pin == 1.0 else None for position in positions]
    asked = [position for position, key in zip(positions, alone, strict=True) if key is None]
    latents = film.track.at(np.array(asked)) if asked else film.track.latents[:0]
    decoded = iter(film.model.decode(latents))
    for position, key in zip(positions, alone, strict=True):
        if key is not None:
            found = _own(film, key, size)
            yield warped(found, film.boil) if film.boil.amount > 0 else found
            continue
        found = resample(next(decoded), size)
        added = _added(film, position, size, pin)
        if added is not None:
            found += added
        yield warped(found, film.boil) if film.boil.amount > 0 else found


def _own(film: Film, key: LatentKey, size: int) -> Array:
    """The field of a key's own drawing."""
    drawing = key.drawing
    assert drawing is not None  # the callers ask only for keys with a drawing
    return film.cache.get((key, size, "own"), lambda: raster.field(drawing, size))


def _added(film: Film, position: float, size: int, pin: float) -> Array | None:
    keys, track = film.track.keys, film.track

    def lost(index: int) -> Array | None:
        key = keys[index]
        return None if key.drawing is None else film.cache.get((key, size, "lost"), lambda: _lost(film, key, size))

    return pins.added(position, lost, pin, key_count=len(keys), closed=track.closed, held=track.method == "hold")


def _lost(film: Film, key: LatentKey, size: int) -> Array:
    """What the model loses of a key: its drawing's field, less the decoded one."""
    latent = np.asarray(key.latent, np.float32)
    decoded = resample(film.model.decode(latent[None])[0], size)
    return np.subtract(_own(film, key, size), decoded, out=decoded)
