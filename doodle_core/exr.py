"""OpenEXR pictures, as Blender saves them: the header read here, the pixels unpacked by ffmpeg; and as compositors
want them: half floats, ZIP, written here.

The layout is that of "OpenEXR File Layout" (openexr.com): magic number, attributes, a table of where each chunk of
rows starts, the chunks.
"""

from __future__ import annotations

import hashlib
import struct
import subprocess
import threading
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAGIC", "ExrHeader", "encode_exr", "note_of", "read_exr", "read_header"]

MAGIC = b"v/1\x01"
_DWA = (b"\x08", b"\x09")  # DWAA and DWAB: ffmpeg loses their alpha
_LONG_NAMES = 0x400  # the one flag of the version that changes nothing for us; the others are tiles, deep pixels, parts
_ZIP, _ROWS = 3, 16  # the compression's number, and how many rows it takes together
_STRIP = 1 << 20  # pixels converted at once
_FFMPEG_OWN = 768 << 20  # bytes of addresses, most of them never used: programs, threads' stacks
_WIDEST = 1 << 28  # bytes of 32 rows with all their channels, as ffmpeg unpacks them
_NOTE, _SUM = b"doodleBridge", b"doodleBridgeRows"


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
    attributes, end = _attributes(header)
    if b"displayWindow" not in attributes:
        raise ValueError("the header names no size")
    if attributes.get(b"compression", b"\0")[:1] in _DWA:
        raise ValueError("an EXR with DWA compression")
    try:
        left, top, right, bottom = struct.unpack_from("<4i", attributes[b"displayWindow"])
    except struct.error as error:
        raise ValueError("the header is cut short") from error
    _check_data(attributes)
    return ExrHeader(right - left + 1, bottom - top + 1, end)


def _check_data(attributes: dict[bytes, bytes]) -> None:
    """Raise ValueError where the rows that are stored are not of a size to be unpacked."""
    if b"dataWindow" not in attributes or b"channels" not in attributes:
        raise ValueError("the header names no size")
    if len(attributes[b"dataWindow"]) < 16:
        raise ValueError("the header is cut short")
    left, top, right, bottom = struct.unpack_from("<4i", attributes[b"dataWindow"])
    channels, count = attributes[b"channels"], 0
    at = 0
    while at < len(channels) and channels[at]:
        at = channels.find(b"\0", at) + 17  # past the name and what is said of it
        count += 1
        if at < 17:
            raise ValueError("the header is cut short")
    wide, high = right - left + 1, bottom - top + 1
    if not (0 < wide <= 1 << 15 and 0 < high <= 1 << 15) or max(map(abs, (left, top))) > 1 << 16:
        raise ValueError("its rows are of no size that pictures have")
    if not count > 0 or 32 * 4 * count * wide > _WIDEST:
        raise ValueError(f"{count} channels, which are too many")


def _attributes(header: bytes) -> tuple[dict[bytes, bytes], int]:
    """The values of a header by their names, and where it ends. Raises ValueError when it is cut short."""
    at, found = 8, {}
    try:
        while header[at]:
            end = header.index(b"\0", at)
            name = header[at:end]
            at = header.index(b"\0", end + 1) + 1  # past the type's name
            (length,) = struct.unpack_from("<I", header, at)
            at += 4
            found[name] = header[at : at + length]
            at += length
    except (IndexError, ValueError, struct.error) as error:
        raise ValueError("the header is cut short") from error
    return found, at + 1


def read_exr(path: Path, ffmpeg: str, seconds: float = 60.0) -> NDArray[np.float32]:
    """(H, W, 4) float32 RGBA with straight alpha, 0..1 in steps of 1/65535; `ffmpeg` is the program's path.

    Raises ValueError or OSError for damage, TimeoutError where ffmpeg takes longer. Size limits are the caller's, by
    read_header; ffmpeg itself gets a bound on its memory where the system has one (Linux).
    """
    with path.open("rb") as file:
        header = read_header(file)
        _check_chunks(file, header)
    # As what it is and from nowhere else: ffmpeg would take some names for patterns, and some contents for playlists.
    command = [ffmpeg, "-v", "error", "-xerror", "-threads", "2", "-protocol_whitelist", "file,pipe"]
    command += ["-f", "exr_pipe", "-i", f"file:{path.absolute()}"]
    command += ["-frames:v", "1", "-pix_fmt", "rgba64le", "-f", "rawvideo", "-"]
    pixels = np.empty((header.height, header.width, 4), np.float32)
    said: list[bytes] = []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        _bound(process.pid, _FFMPEG_OWN + 48 * header.width * header.height)
        listening = threading.Thread(target=_listen, args=(process, process.stderr, said))
        watch = threading.Timer(seconds, process.kill)
        listening.start()
        watch.start()
        try:
            whole = _fill(pixels, process.stdout) and not process.stdout.read(1)
            if not whole:
                process.kill()  # there is nothing more to hear from it
            listening.join()
            process.wait()
        finally:
            late = not watch.is_alive()
            watch.cancel()
            process.kill()
    if late:
        raise TimeoutError
    if not whole or said or process.returncode != 0:
        raise OSError("not all of its pixels can be read")
    return pixels


def _listen(process: subprocess.Popen[bytes], stream: IO[bytes], said: list[bytes]) -> None:
    """End ffmpeg at its first word: what it has to say is that the file is damaged."""
    if word := stream.read(1):
        said.append(word)
        process.kill()


def _fill(pixels: NDArray[np.float32], stream: IO[bytes]) -> bool:
    """Rows of rgba64le, colour times alpha, into `pixels`, straight; strip by strip, since a picture may be large.
    Whether all were there."""
    height, width = pixels.shape[:2]
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        part = pixels[top : top + rows]
        data = stream.read(8 * part.shape[0] * width)
        if len(data) < 8 * part.shape[0] * width:
            return False
        part[...] = np.frombuffer(data, "<u2").reshape(part.shape)
        part /= np.float32(65535)
        part[..., :3] /= np.maximum(part[..., 3:], np.float32(1e-4))  # EXR stores colour times alpha
        np.minimum(part, np.float32(1.0), out=part)
    return True


def _bound(process: int, most: int) -> None:
    """No more memory for another process than so many bytes, where the system can tell it so."""
    with suppress(ImportError, AttributeError, OSError, ValueError):  # ended already; another system; not allowed
        import resource

        resource.prlimit(process, resource.RLIMIT_AS, (most, most))  # type: ignore[attr-defined,unused-ignore]


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


def encode_exr(pixels: NDArray[np.floating], note: str = "") -> bytes:
    """An EXR file of (H, W, 4) scene-linear RGBA whose colour is multiplied by alpha already: half floats, ZIP.

    `note` (ASCII) goes into the header, for `note_of`.
    """
    height, width = pixels.shape[:2]
    # By row, then by channel in the order of the alphabet, then by column.
    rows = np.empty((height, 4, width), "<f2")
    for place, channel in enumerate((3, 2, 1, 0)):
        rows[:, place] = pixels[..., channel]
    chunks = []
    for top in range(0, height, _ROWS):
        packed = _zipped(rows[top : top + _ROWS].tobytes())
        chunks.append(struct.pack("<iI", top, len(packed)) + packed)
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    half = struct.pack("<iBBBBii", 1, 0, 0, 0, 0, 1, 1)
    attributes = [
        _attribute(b"channels", b"chlist", b"".join(name + b"\0" + half for name in (b"A", b"B", b"G", b"R")) + b"\0"),
        _attribute(b"compression", b"compression", bytes([_ZIP])),
        _attribute(b"dataWindow", b"box2i", window),
        _attribute(b"displayWindow", b"box2i", window),
        _attribute(b"lineOrder", b"lineOrder", b"\0"),
        _attribute(b"pixelAspectRatio", b"float", struct.pack("<f", 1.0)),
        _attribute(b"screenWindowCenter", b"v2f", struct.pack("<2f", 0.0, 0.0)),
        _attribute(b"screenWindowWidth", b"float", struct.pack("<f", 1.0)),
    ]
    named = [_attribute(_NOTE, b"string", note.encode("ascii")), _attribute(_SUM, b"string", _sum(b""))] if note else []
    head = MAGIC + struct.pack("<I", 2) + b"".join(attributes + named[:1])
    at, table = len(head) + sum(map(len, named[1:])) + 1 + 8 * len(chunks), b""
    for chunk in chunks:
        table += struct.pack("<Q", at)
        at += len(chunk)
    rest = table + b"".join(chunks)
    if note:
        head += _attribute(_SUM, b"string", _sum(rest))  # as long as that of nothing, which the table counts on
    return head + b"\0" + rest


def note_of(file: IO[bytes]) -> str | None:
    """The note in an open file, where it is one of `encode_exr` and whole; else None."""
    file.seek(0)
    header = file.read(1 << 16)
    if header[:4] != MAGIC:
        return None
    try:
        attributes, end = _attributes(header)
        note, expected = attributes[_NOTE].decode("ascii"), attributes[_SUM]
    except (KeyError, ValueError):
        return None
    total = hashlib.blake2b(digest_size=16)
    file.seek(end)
    while part := file.read(1 << 20):
        total.update(part)
    return note if expected == total.hexdigest().encode("ascii") else None


def _attribute(name: bytes, kind: bytes, value: bytes) -> bytes:
    return name + b"\0" + kind + b"\0" + struct.pack("<I", len(value)) + value


def _sum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).hexdigest().encode("ascii")


def _zipped(data: bytes) -> bytes:
    """A chunk's rows as EXR's ZIP stores them: low bytes apart from high ones, differences, deflate. As they are where
    that makes them no smaller, which is how readers tell."""
    flat = np.frombuffer(data, np.uint8)
    parted = np.concatenate([flat[::2], flat[1::2]])
    parted[1:] = np.diff(parted) + np.uint8(128)
    # In drawings, differences are runs of one byte: what else there is to find takes longer than it saves.
    packer = zlib.compressobj(4, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)
    packed = packer.compress(parted.data) + packer.flush()
    return packed if len(packed) < len(data) else data
