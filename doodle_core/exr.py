"""OpenEXR pictures, by the OpenEXR library: read as Blender and others save them, and written as compositors want them,
half floats and ZIP.

A picture written here may carry a note of what it was made from, and a digest of the whole file: a file that was cut
short or altered is not taken for what it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAGIC", "note_of", "read_exr", "save_exr", "size_of"]

MAGIC = b"v/1\x01"
_NOTE, _DIGEST = "doodleBridge", "doodleBridgeDigest"
_EMPTY = "0" * 32  # what stands in the digest's place while it is computed
_HEADER = 1 << 16  # bytes, within which a file written here has its header
_MOST_CHANNELS = 64
_STRIP = 1 << 20  # pixels converted at once
_FAINTEST = np.float32(1e-4)  # of alpha, by which colour is divided


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a file's picture, in pixels, from its header.

    Raises ValueError where it is no EXR, or its rows are of a size or number that pictures do not have.
    """
    (left, top), (right, bottom) = _windows(path)[0]
    return right - left + 1, bottom - top + 1


def read_exr(path: Path) -> NDArray[np.float32]:
    """The picture of a file: (H, W, 4) float32 RGBA with straight alpha, alpha and the colours 0..1.

    Of several layers it is the first that has colours; what lies beyond the display window is left out. Limits on the
    size are the caller's, by `size_of`. Raises ValueError for damage, and where there is no picture in it.
    """
    (least, most), (first, _) = _windows(path)
    width, height = most[0] - least[0] + 1, most[1] - least[1] + 1
    pixels = np.zeros((height, width, 4), np.float32)
    try:
        with _library().File(str(path), separate_channels=True) as file:
            channels = {name: channel.pixels for name, channel in file.channels().items()}
    except (RuntimeError, ValueError) as error:  # the library says more on standard error
        raise ValueError("rows are missing or damaged") from error
    planes = _planes(channels)
    stored_high, stored_wide = planes[0].shape
    rows, columns = _shared(least[1], height, first[1], stored_high), _shared(least[0], width, first[0], stored_wide)
    step = max(1, _STRIP // width)
    for start in range(rows[0].start, rows[0].stop, step):
        part = slice(start, min(start + step, rows[0].stop))
        offset = rows[1].start - rows[0].start
        own = pixels[part, columns[0]]
        for place, plane in enumerate(planes):
            own[..., place] = plane[part.start + offset : part.stop + offset, columns[1]]
        if len(planes) == 3:
            own[..., 3] = 1.0
        np.nan_to_num(own, copy=False, nan=0.0, posinf=1.0, neginf=0.0)
        own[..., :3] /= np.maximum(own[..., 3:], _FAINTEST)  # EXR stores colour times alpha
        np.clip(own, 0.0, 1.0, out=own)
    return pixels


def save_exr(path: Path, pixels: NDArray[np.floating], note: str = "") -> None:
    """Write (H, W, 4) scene-linear RGBA, colour multiplied by alpha, as a new EXR file: half floats, ZIP.

    `note` (ASCII) goes into the header, for `note_of`. Raises OSError where it cannot be written.
    """
    library = _library()
    header: dict[str, Any] = {"compression": library.ZIP_COMPRESSION, "type": library.scanlineimage}
    if note:
        header |= {_NOTE: note, _DIGEST: _EMPTY}
    half = np.ascontiguousarray(pixels, np.float16)
    path.open("xb").close()  # a name that is taken, by a link perhaps, is not written through
    try:
        library.File(header, {"RGBA": half}).write(str(path))
    except RuntimeError as error:
        raise OSError(0, str(error).splitlines()[0] if str(error) else "the library gives no reason") from error
    if note:
        with path.open("r+b") as file:
            digest, place = _digest(file)
            file.seek(place)
            file.write(digest)


def note_of(file: IO[bytes]) -> str | None:
    """The note in an open file, where it is one of `save_exr` and whole; else None."""
    file.seek(0)
    header = file.read(_HEADER)
    note = _string(header, _NOTE)
    if header[:4] != MAGIC or note is None:
        return None
    try:
        digest, place = _digest(file)
        return note[1].decode("ascii") if header[place : place + len(_EMPTY)] == digest else None
    except ValueError:
        return None


def _library() -> Any:
    import OpenEXR  # only where a file needs it

    return OpenEXR


Window: TypeAlias = "tuple[tuple[int, int], tuple[int, int]]"


def _windows(path: Path) -> tuple[Window, Window]:
    """The display window and the data window, ((left, top), (right, bottom)) in pixels, of a file's first part."""
    try:
        with _library().File(str(path), header_only=True) as file:
            header = file.header()
            found = [_window(*header[name]) for name in ("displayWindow", "dataWindow")]
            channels = len(header["channels"])
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise ValueError("its header is damaged") from error
    if header.get("type") in (_library().deepscanline, _library().deeptile):
        raise ValueError("its pixels are deep ones")
    for (left, top), (right, bottom) in found:
        sides = right - left + 1, bottom - top + 1
        if not all(0 < side <= 1 << 15 for side in sides) or max(map(abs, (left, top))) > 1 << 16:
            raise ValueError("its rows are of no size that pictures have")
    if not 0 < channels <= _MOST_CHANNELS:
        raise ValueError(f"it has {channels} channels, which are too many")
    return found[0], found[1]


def _window(first: NDArray[Any], last: NDArray[Any]) -> Window:
    return (int(first[0]), int(first[1])), (int(last[0]), int(last[1]))


def _planes(channels: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """Red, green, blue and, where there is one, alpha: of the first layer that has them, or of one of grey."""
    for name in channels:
        layer, _, last = name.rpartition(".")
        start = f"{layer}." if layer else ""
        for colours in ("RGB", "YYY"):
            if last == colours[0] and all(start + colour in channels for colour in colours):
                found = [channels[start + colour] for colour in colours]
                found += [channels[start + "A"]] if start + "A" in channels else []
                if len({plane.shape for plane in found}) == 1:
                    return found
    raise ValueError("it has no red, green and blue of one size, and no grey")


def _shared(start: int, count: int, own: int, there: int) -> tuple[slice, slice]:
    """What a stretch of `count` from `start` shares with one of `there` from `own`: the part of either."""
    first, last = max(start, own), max(min(start + count, own + there), max(start, own))
    return slice(first - start, last - start), slice(first - own, last - own)


def _string(header: bytes, name: str) -> tuple[int, bytes] | None:
    """Where the value of an attribute of text lies in a header, and the value. None where there is none."""
    mark = name.encode("ascii") + b"\0string\0"
    at = header.find(mark) + len(mark)
    if at < len(mark) or at + 4 > len(header):
        return None
    length = int.from_bytes(header[at : at + 4], "little")
    value = header[at + 4 : at + 4 + length]
    return (at + 4, value) if len(value) == length else None


def _digest(file: IO[bytes]) -> tuple[bytes, int]:
    """The digest of a file in which its own place is empty, and that place. ValueError where it has none."""
    file.seek(0)
    part = file.read(_HEADER)
    found = _string(part, _DIGEST)
    if found is None or len(found[1]) != len(_EMPTY):
        raise ValueError("no digest")
    place = found[0]
    total = hashlib.blake2b(digest_size=len(_EMPTY) // 2)
    total.update(part[:place] + _EMPTY.encode("ascii") + part[place + len(_EMPTY) :])
    while part := file.read(1 << 20):
        total.update(part)
    return total.hexdigest().encode("ascii"), place
