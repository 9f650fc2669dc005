"""A note within a picture file: what the picture was made from. Other programs pass over it.

PNG keeps it as a text chunk, OpenEXR as an attribute of the header. It is read only out of whole files: a PNG has a
checksum on each chunk, an EXR written here has one on all its rows.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import IO

from doodle_core import exr
from doodle_core.files.bounded import check_file

__all__ = ["png_with_note", "read_note"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FIRST_CHUNK = len(_SIGNATURE) + 25  # where the header chunk of every PNG ends
_KEYWORD = b"Doodle Bridge\0"
_PART, _CHUNKS = 1 << 20, 1 << 18


def png_with_note(data: bytes, note: str) -> bytes:
    """The PNG file `data` with `note` (ASCII) in it."""
    body = b"tEXt" + _KEYWORD + note.encode("ascii")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:_FIRST_CHUNK] + chunk + data[_FIRST_CHUNK:]


def read_note(path: str | os.PathLike[str]) -> str | None:
    """The note in a PNG or EXR file. None where there is no file, no note, or not all of the file: never an error."""
    try:
        check_file(Path(path))
        with Path(path).open("rb") as file:
            return _png_note(file) if file.read(len(_SIGNATURE)) == _SIGNATURE else exr.note_of(file)
    except (OSError, ValueError):
        return None


def _png_note(file: IO[bytes]) -> str | None:
    """The note of a PNG file that stands behind its signature. In parts: what is there may be anybody's."""
    note = None
    for _ in range(_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return None
        length, kind = struct.unpack(">I4s", head)
        total, kept, left = zlib.crc32(kind), b"", length
        while left and (part := file.read(min(left, _PART))):
            total, left = zlib.crc32(part, total), left - len(part)
            kept = kept or part
        if left or file.read(4) != struct.pack(">I", total):
            return None
        if kind == b"tEXt" and length < _PART and kept.startswith(_KEYWORD):
            note = kept[len(_KEYWORD) :].decode("ascii", "replace")
        if kind == b"IEND":
            return note if not file.read(1) else None
    return None
