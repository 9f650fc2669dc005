"""Latent keys in a file, keys.npz: arrays without pickles, which may be anybody's and are read within bounds.

Latents that are drawings are stored as the drawings are, packed one after the other; one that equals what was drawn is
not stored again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.arrays import read_arrays
from doodle_core.drawing import Drawing, Shown, digest, from_bytes, to_bytes
from doodle_core.errors import DoodleError
from doodle_core.files.bounded import read_whole
from doodle_core.sequence import whole_file

__all__ = ["StoredKeys", "read_keys", "write_keys"]

Latents: TypeAlias = Sequence[Drawing] | NDArray[np.float32]

_MOST = 128 << 20  # bytes of a file of keys, and what its arrays may unpack to
_MOST_DRAWN = 640 << 20  # bytes of all drawings in it together, those that were read of pictures included
_UNFIT = "its parts do not fit together"


@dataclass(frozen=True, eq=False)
class StoredKeys:
    """What a keys.npz holds.

    Parameters
    ----------
    model : str
        The id of the model that made the latents.
    polarity : 'dark' or 'light'
        Of the first picture, in which to write others.
    laid : bool
        Whether the pictures were opaque, or laid on paper of that polarity: then greys are those of the colours.
    latents : K Drawings, or (K, D) float32
    times : (K,) float64
    drawings : list of K Drawings and Pictures
        What was drawn.
    """

    model: str
    polarity: Literal["dark", "light"]
    laid: bool
    latents: Latents
    times: NDArray[np.float64]
    drawings: list[Shown]


def write_keys(path: Path, keys: StoredKeys) -> None:
    """Write keys, whole or not at all. DoodleError naming the file where that is not possible."""
    parts: dict[str, NDArray[Any]] = {
        "model": np.array(keys.model),
        "polarity": np.array(keys.polarity),
        "laid": np.array(keys.laid),
        "times": keys.times,
    }
    parts["drawings"], parts["lengths"] = _packed([to_bytes(drawing) for drawing in keys.drawings])
    if isinstance(keys.latents, np.ndarray):
        parts["latents"] = keys.latents
    else:
        read = [
            b"" if digest(latent) == digest(drawing) else to_bytes(latent)
            for latent, drawing in zip(keys.latents, keys.drawings, strict=True)
        ]
        parts["latents"], parts["latent_lengths"] = _packed(read)
    with whole_file(path) as temporary, temporary.open("xb") as file:
        np.savez(file, **parts)


def read_keys(path: Path) -> StoredKeys:
    """The keys in a file. DoodleError naming it where it does not exist, is damaged, too large, or no such file."""
    try:
        stored = read_arrays(read_whole(path, _MOST), _MOST)
        times = np.asarray(stored["times"], np.float64)
        polarity, laid = str(stored["polarity"]), np.asarray(stored["laid"])
        if times.ndim != 1 or not len(times) or polarity not in ("dark", "light") or laid.shape != ():
            raise ValueError(_UNFIT)
        # NaN compares false.
        if not ((np.abs(times) < 1e9).all() and (np.diff(times) > 0).all()):
            raise ValueError("its times are not finite, or do not rise")
        budget = _Budget(_MOST_DRAWN)
        drawings = [budget.unpacked(data) for data in _parts(stored["drawings"], stored["lengths"], len(times))]
        latents = _latents(stored, drawings, budget)
    except FileNotFoundError as error:
        raise DoodleError(f"{path} does not exist; make it with: doodle encode PICTURE... -o {path}") from error
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise DoodleError(f"{path} is not a file of keys ({error}); make it with: doodle encode") from error
    name = str(stored["model"])[:64]
    return StoredKeys(name, "light" if polarity == "light" else "dark", bool(laid), latents, times, drawings)


def _latents(stored: dict[str, NDArray[Any]], drawings: list[Shown], budget: _Budget) -> Latents:
    if "latent_lengths" not in stored:
        latents = np.asarray(stored["latents"], np.float32)
        if latents.ndim != 2 or len(latents) != len(drawings):
            raise ValueError(_UNFIT)
        if not np.isfinite(latents).all():
            raise ValueError("its latents are not finite")
        return latents
    read: list[Drawing] = []
    for data, drawing in zip(_parts(stored["latents"], stored["latent_lengths"], len(drawings)), drawings, strict=True):
        latent = budget.unpacked(data) if data else drawing
        if not isinstance(latent, Drawing):
            raise ValueError(_UNFIT)
        read.append(latent)
    return read


class _Budget:
    """Bytes that may still be unpacked: what is small in a file may be large."""

    def __init__(self, most: int) -> None:
        self._most = self._left = most

    def unpacked(self, data: bytes) -> Shown:
        shown = from_bytes(data)
        self._left -= sum(array.nbytes for array in vars(shown).values() if isinstance(array, np.ndarray))
        if self._left < 0:
            raise ValueError(f"its drawings unpack to more than {self._most >> 20} MB")
        return shown


def _packed(parts: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Bytes one after the other, and the lengths of each."""
    return np.frombuffer(b"".join(parts), np.uint8), np.array([len(part) for part in parts], np.int64)


def _parts(packed: NDArray[Any], lengths: NDArray[Any], count: int) -> list[bytes]:
    """What `_packed` made one of; ValueError where it is no such thing."""
    packed, lengths = np.asarray(packed, np.uint8), np.asarray(lengths, np.int64)
    if packed.ndim != 1 or lengths.shape != (count,):
        raise ValueError(_UNFIT)
    if (lengths < 0).any() or (lengths > packed.size).any() or int(lengths.sum()) != packed.size:
        raise ValueError(_UNFIT)
    ends = np.cumsum(lengths)
    return [packed[end - length : end].tobytes() for end, length in zip(ends, lengths, strict=True)]
