"""OpenEXR pictures, as Blender saves them: the header read here, the pixels unpacked by ffmpeg.

The layout is that of "OpenEXR File Layout" (openexr.com): magic number, attributes, a table of where each chunk of
rows starts, the chunks.
"""

from __future__ import annotations

import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAGIC", "ExrHeader", "read_exr", "read_header"]

MAGIC = b"v/1\x01"
_DWA = (8, 9)  # DWAA and DWAB: ffmpeg loses their alpha
_LONG_NAMES = 0x400  # the one flag of the version that changes nothing for us; the others are tiles, deep pixels, parts


@dataclass(frozen=True)
class ExrHeader:
    """width, height: of the display window, which is what ffmpeg gives. end: where the table of chunks starts."""

    width: int
    height: int
    end: int


def read_header(file: IO[bytes]) -> ExrHeader:
    """The header of a plain EXR file, opened at its start. Raises ValueError where ffmpeg cannot read it."""
    header = file.read(1 << 16)
    if len(header) < 8 or header[:4] != MAGIC:
        raise ValueError("not an EXR file")
    (version,) = struct.unpack_from("<I", header, 4)
    if version & ~_LONG_NAMES != 2:
        raise ValueError("an EXR with tiles, layers or parts")
    at, size = 8, None
    try:
        while header[at]:
            end = header.index(b"\0", at)
            name, at = header[at:end], end + 1
            at = header.index(b"\0", at) + 1  # the type's name
            (length,) = struct.unpack_from("<I", header, at)
            at += 4
            if name == b"displayWindow":
                left, top, right, bottom = struct.unpack_from("<4i", header, at)
                size = right - left + 1, bottom - top + 1
            elif name == b"compression" and header[at] in _DWA:
                raise ValueError("an EXR with DWA compression")
            at += length
    except (IndexError, struct.error) as error:
        raise ValueError("the header is cut short") from error
    if size is None:
        raise ValueError("the header names no size")
    return ExrHeader(*size, end=at + 1)


def read_exr(path: Path, ffmpeg: str) -> NDArray[np.float32]:
    """(H, W, 4) float32 RGBA with straight alpha, 0..1 in steps of 1/65535; `ffmpeg` is the program's path.

    Raises ValueError or OSError for damage. Size limits are the caller's, by read_header.
    """
    with path.open("rb") as file:
        header = read_header(file)
        _check_chunks(file, header)
    command = [ffmpeg, "-v", "error", "-xerror", "-i", f"file:{path.absolute()}"]
    command += ["-frames:v", "1", "-pix_fmt", "rgba64le", "-f", "rawvideo", "-"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0 or done.stderr or len(done.stdout) != header.width * header.height * 8:
        raise OSError("not all of its pixels can be read")
    pixels = np.frombuffer(done.stdout, "<u2").reshape(header.height, header.width, 4).astype(np.float32)
    pixels /= np.float32(65535)
    pixels[..., :3] /= np.maximum(pixels[..., 3:], np.float32(1e-4))  # EXR stores colour times alpha
    return np.minimum(pixels, np.float32(1.0))


def _check_chunks(file: IO[bytes], header: ExrHeader) -> None:
    """Raise ValueError unless every chunk of rows lies within the file: ffmpeg shows missing ones as paper."""
    file.seek(0, 2)
    total = file.tell()
    file.seek(header.end)
    first, at = total, header.end
    starts = []
    while at < first:  # the table ends where the first chunk begins, whatever the order of the rows
        entry = file.read(8)
        if len(entry) < 8:
            raise ValueError("rows are missing")
        (start,) = struct.unpack("<Q", entry)
        starts.append(start)
        first, at = min(first, start), at + 8
    for start in starts:
        file.seek(start)
        chunk = file.read(8)
        if len(chunk) < 8 or start + 8 + struct.unpack("<iI", chunk)[1] > total:
            raise ValueError("rows are missing")
