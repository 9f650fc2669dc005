"""What a picture file says of itself, looked at before the decoders are let loose on it.

Decoders unpack metadata on their own while they open a file: of a few kilobytes of it they may make gigabytes (a table
whose entries all point at the same bytes), or go through it for hours (progressive scans without end). What is far
beyond any picture's needs is refused here, by ValueError in a few words.
"""

from __future__ import annotations

import struct
from typing import IO

__all__ = ["JpegHeader", "check_gif", "check_png", "check_tiff", "orientation", "read_jpeg", "webp_size"]

ENTRIES = 512
"""Of a table of metadata, as in EXIF."""
ASIDE = 64 << 20
"""Bytes of metadata."""
_SCANS = 100  # of a JPEG: ten are usual, and each goes over the whole picture
_PARTS = 1 << 20  # strips or tiles of a TIFF: their places become a list


class JpegHeader:
    """width, height; bytes a pixel that the decoder keeps beside the picture: all coefficients, where they come in
    several scans."""

    def __init__(self, width: int, height: int, kept: float) -> None:
        self.width, self.height, self.kept = width, height, kept


def read_jpeg(file: IO[bytes]) -> JpegHeader:
    """The header of a JPEG file, opened at its start."""
    file.seek(2)
    metadata = 0
    frame: tuple[int, int, list[tuple[int, int]], bool] | None = None
    while True:
        marker = file.read(2)
        while marker[:1] == b"\xff" and marker[1:] == b"\xff":  # fill bytes
            marker = b"\xff" + file.read(1)
            metadata += 1
            if metadata > 1 << 16:
                raise ValueError("no picture in it")
        if len(marker) < 2 or marker[0] != 0xFF:
            raise ValueError("no picture in it")
        if marker[1] in (0x01, *range(0xD0, 0xD9)):
            metadata += 1 << 10
            continue
        (length,) = struct.unpack(">H", file.read(2).rjust(2, b"\0"))
        body = file.read(max(0, length - 2))
        metadata += length + 64
        if metadata > ASIDE or length < 2:
            raise ValueError("more metadata than a picture has")
        if marker[1] in (0xE1, 0xE2) and body[:4] in (b"Exif", b"MPF\0"):
            _check_table(body[6 if body[:4] == b"Exif" else 4 :])
            metadata += ASIDE // 8  # a few such are usual, hundreds are joined to one
        if marker[1] in (0xC0, 0xC1, 0xC2, 0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)):
            if len(body) < 6 or len(body) < 6 + 3 * body[5]:
                raise ValueError("its header is cut short")
            sides = [(byte >> 4, byte & 15) for byte in body[7 : 6 + 3 * body[5] : 3]]
            frame = (*struct.unpack(">HH", body[1:5])[::-1], sides, marker[1] not in (0xC0, 0xC1))
        if marker[1] == 0xDA:
            break
    if frame is None or not body or not frame[2] or min(min(side) for side in frame[2]) < 1:
        raise ValueError("no picture in it")
    width, height, sides, progressive = frame
    kept = 0.0
    if progressive or body[0] < len(sides):
        whole = max(h for h, _ in sides) * max(v for _, v in sides)
        kept = 2.0 * sum(h * v for h, v in sides) / whole
        if _count(file, b"\xff\xda") > _SCANS:
            raise ValueError(f"more than {_SCANS} scans")
    return JpegHeader(width, height, kept)


def _count(file: IO[bytes], what: bytes) -> int:
    found, before = 0, b""
    while block := file.read(1 << 20):
        found += (before + block).count(what)
        before = block[-1:]
    return found


def _check_table(data: bytes) -> None:
    order = "<" if data[:2] == b"II" else ">"
    if len(data) < 10:
        return
    (at,) = struct.unpack_from(order + "I", data, 4)
    if at + 2 <= len(data) and struct.unpack_from(order + "H", data, at)[0] > ENTRIES:
        raise ValueError("more metadata than a picture has")


def orientation(exif: bytes) -> int:
    """How a picture with this EXIF is to be turned to stand upright, 1 to 8 as the tag has it; 1 where it says nothing.

    Of all the metadata this entry alone is read.
    """
    data = exif.removeprefix(b"Exif\0\0")
    order = "<" if data[:2] == b"II" else ">"
    try:
        (at,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, at)
        for entry in range(min(count, ENTRIES)):
            tag, kind, number, value = struct.unpack_from(order + "HHIH", data, at + 2 + 12 * entry)
            if (tag, kind, number) == (0x0112, 3, 1):
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def check_png(file: IO[bytes]) -> None:
    """Refuse a PNG file, opened at its start, whose chunks hold more metadata than pictures have."""
    file.seek(0, 2)
    end, at, aside, count = file.tell(), 8, 0, 0
    while at + 8 <= end:
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        aside += 0 if kind == b"IDAT" else length
        count += 1
        if kind == b"IEND":
            break
        if (aside > ASIDE and at + length <= end) or count > 1 << 18:
            raise ValueError("more metadata than a picture has")
        at += 12 + length


def check_gif(file: IO[bytes]) -> None:
    """Refuse a GIF file, opened at its start, with more before its first picture than pictures need: a decoder joins
    comments, bit by bit."""
    file.seek(0)
    head = file.read(13)
    if len(head) < 13:
        raise ValueError("its header is cut short")
    file.seek(3 * 2 ** ((head[10] & 7) + 1) if head[10] & 0x80 else 0, 1)
    aside = 0
    while (kind := file.read(1)) == b"\x21":
        file.read(1)
        while size := file.read(1)[:1]:
            if size == b"\0":
                break
            file.seek(size[0], 1)
            aside += size[0] + 1
            if aside > 1 << 20:
                raise ValueError("more metadata than a picture has")
        aside += 16
    if kind == b"":
        raise ValueError("no picture in it")


def webp_size(start: bytes) -> tuple[int, int]:
    """Width and height of a WebP file by its first 30 bytes."""
    kind = start[12:16]
    if kind == b"VP8X" and len(start) >= 30:
        return 1 + int.from_bytes(start[24:27], "little"), 1 + int.from_bytes(start[27:30], "little")
    if kind == b"VP8 " and len(start) >= 30:
        width, height = struct.unpack_from("<HH", start, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and len(start) >= 25:
        bits = int.from_bytes(start[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    raise ValueError("its header is cut short")


_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}


def check_tiff(file: IO[bytes]) -> int:
    """Refuse a TIFF file, opened at its start, whose first picture has more of strips, tiles or metadata than pictures
    have. The bytes of one strip or tile, unpacked, which the decoder holds beside the picture; 0 where it is whole."""
    file.seek(0)
    head = file.read(16)
    order = "<" if head[:2] == b"II" else ">"
    if len(head) < 16:
        raise ValueError("its header is cut short")
    large = struct.unpack_from(order + "H", head, 2)[0] == 43
    file.seek(struct.unpack_from(order + ("Q" if large else "I"), head, 8 if large else 4)[0])
    counted = file.read(8 if large else 2)
    entry = struct.Struct(order + ("HHQQ" if large else "HHII"))
    (count,) = struct.unpack(order + ("Q" if large else "H"), counted.rjust(8 if large else 2, b"\0"))
    if count > ENTRIES:
        raise ValueError("more metadata than a picture has")
    table = file.read(count * entry.size)
    if len(table) < count * entry.size:
        raise ValueError("its header is cut short")
    total, found = 0, {}
    for tag, kind, number, value in entry.iter_unpack(table):
        total += number * _TIFF_SIZES.get(kind, 8)
        # Numbers become a list when they are asked for; bytes and letters stay what they are.
        if (number > _PARTS and kind not in (1, 2, 7)) or total > 4 * ASIDE:
            raise ValueError("more metadata than a picture has")
        if kind in (3, 4, 16) and number == 1:
            found[tag] = value >> 16 if order == ">" and kind == 3 and not large else value
            if order == ">" and kind == 3 and large:
                found[tag] = value >> 48
        elif tag == 258:  # bits of each sample: several, of which any may be the largest
            found[tag] = 64
    width, height = found.get(256, 0), found.get(257, 0)
    bits = found.get(258, 1) * found.get(277, 1)
    if 322 in found or 323 in found:
        return found.get(322, 1) * found.get(323, 1) * bits // 8
    return width * min(height, found.get(278, height)) * bits // 8
