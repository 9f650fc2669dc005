"""Drawings and pictures as bytes, and a digest of what they show."""

from __future__ import annotations

import hashlib
import io
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doodle_core.arrays import read_arrays
from doodle_core.drawing.drawing import Drawing
from doodle_core.drawing.picture import Picture
from doodle_core.errors import DoodleError

__all__ = ["digest", "from_bytes", "is_empty", "to_bytes"]

_MOST_UNPACKED = 1 << 27  # bytes; what unpacks to more is damaged or hostile. 4 million vertices in colour are 112 MB
_MOST_INK = 1 << 24  # pixels, likewise: pictures are kept at 4096 x 4096 at most
_ARRAYS = ("points", "radii", "opacities", "offsets", "cyclic", "shapes", "areas", "styles", "layers")
_OPTIONAL = ("colours", "depths", "sheet", "caps")


def to_bytes(shown: Drawing | Picture) -> bytes:
    """A drawing or picture as compact bytes (a zlib-compressed .npz without pickles); from_bytes gives it back bit for
    bit.

    Ink in whole 255ths or 65535ths, as from picture files, is stored as 8 or 16 bit.
    """
    arrays: dict[str, NDArray[Any]]
    if isinstance(shown, Drawing):
        arrays = {name: _little(array) for name, array in _arrays_of(shown)}
    else:
        arrays = {"ink": _packed(shown.ink)}
        if shown.colours is not None:
            arrays["colours"] = shown.colours
        if shown.light:
            arrays["light"] = np.ones((), np.bool_)
    buffer = io.BytesIO()
    # The arrays are stored plain and the whole is compressed once: their headers are alike, and most of a short stroke.
    np.savez(buffer, **arrays)
    return zlib.compress(buffer.getvalue(), 6)


def from_bytes(data: bytes) -> Drawing | Picture:
    """The drawing or picture that to_bytes stored.

    Raises DoodleError where the bytes are damaged, not a drawing, or unpack to more than 128 MB or 16 megapixels.
    """
    try:
        arrays = read_arrays(zlib.decompressobj().decompress(data, _MOST_UNPACKED), _MOST_UNPACKED)
        if "ink" in arrays:
            if arrays["ink"].size > _MOST_INK:
                raise ValueError(f"{arrays['ink'].size} pixels")
            return Picture(_unpacked(arrays["ink"]), arrays.get("colours"), "light" in arrays)
        known: dict[str, Any] = {name: arrays.get(name) for name in _OPTIONAL}
        return Drawing(**{name: arrays[name] for name in _ARRAYS}, **known)
    except (zlib.error, KeyError, MemoryError, TypeError, OverflowError, ValueError) as error:
        raise DoodleError(f"a stored drawing is damaged ({error}); make the key again from its source") from error


def digest(shown: Drawing | Picture) -> str:
    """Hex sha256 of the content: equal drawings have equal digests, on every machine."""
    total = hashlib.sha256()
    if isinstance(shown, Drawing):
        arrays = _arrays_of(shown)
    else:
        arrays = [("ink", shown.ink), *([] if shown.colours is None else [("colours", shown.colours)])]
        if shown.light:
            arrays.append(("light", np.ones(1, np.float32)))
    for name, array in arrays:
        array = _little(array)
        if array.dtype.kind == "f":
            array = array + np.float32(0)  # -0 and 0 are the same place
        total.update(f"{name}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def is_empty(shown: Drawing | Picture) -> bool:
    """True when nothing at all is drawn, wherever the canvas ends."""
    if isinstance(shown, Picture):
        return not shown.ink.any()
    return shown.blank


def _arrays_of(drawing: Drawing) -> list[tuple[str, NDArray[Any]]]:
    arrays = [(name, getattr(drawing, name)) for name in (*_ARRAYS, *_OPTIONAL)]
    return [(name, array) for name, array in arrays if array is not None]


def _little(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def _packed(ink: NDArray[np.float32]) -> NDArray[Any]:
    """Ink as uint8 or uint16 where that loses nothing, else as it is."""
    for dtype in (np.uint8, np.dtype("<u2")):
        levels = np.rint(ink.astype(np.float64) * np.iinfo(dtype).max).astype(dtype)
        if np.array_equal(_unpacked(levels), ink):
            return levels
    return _little(ink)


def _unpacked(stored: NDArray[Any]) -> NDArray[np.float32]:
    if stored.dtype.kind == "u":
        return (stored / float(np.iinfo(stored.dtype).max)).astype(np.float32)
    return stored.astype(np.float32)
