"""A note within a picture file: what the picture was made from. Other programs pass over it.

PNG keeps it as a text chunk, OpenEXR as an attribute of the header. It is read only out of whole files: a PNG has a
checksum on each chunk, an EXR written here has one on all its rows.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

from doodle_core import exr

__all__ = ["png_with_note", "read_note"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FIRST_CHUNK = len(_SIGNATURE) + 25  # where the header chunk of every PNG ends
_KEYWORD = b"Doodle Bridge\0"


def png_with_note(data: bytes, note: str) -> bytes:
    """The PNG file `data` with `note` (ASCII) in it."""
    body = b"tEXt" + _KEYWORD + note.encode("ascii")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:_FIRST_CHUNK] + chunk + data[_FIRST_CHUNK:]


def read_note(path: str | os.PathLike[str]) -> str | None:
    """The note in a PNG or EXR file. None where there is no file, no note, or not all of the file: never an error."""
    try:
        data = Path(path).read_bytes()
    except OSError:
        return None
    if data.startswith(_SIGNATURE):
        return _png_note(data)
    return exr.note_of(data)


def _png_note(data: bytes) -> str | None:
    note, at = None, len(_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        body, end = memoryview(data)[at + 4 : at + 8 + length], at + 12 + length
        if end > len(data) or data[end - 4 : end] != struct.pack(">I", zlib.crc32(body)):
            return None
        kind = bytes(body[:4])
        if kind == b"tEXt" and bytes(body[4 : 4 + len(_KEYWORD)]) == _KEYWORD:
            note = bytes(body[4 + len(_KEYWORD) :]).decode("ascii", "replace")
        if kind == b"IEND":
            return note if end == len(data) else None
        at = end
    return None
