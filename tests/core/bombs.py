"""Small files that ask for gigabytes, or for hours, each in its own way.

`python -m tests.core.bombs FOLDER` reads all of them, one after the other, and prints for each what was said, how long
it took and the largest resident memory so far, as JSON.
"""

from __future__ import annotations

import io
import json
import struct
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from doodle_core.drawing import to_bytes
from doodle_core.errors import DoodleError
from tests.core.exr_bytes import exr_bytes
from tests.core.fuzzing import DATA, MODELS, PICTURES
from tests.memory import peak

LARGE = 1 << 29


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@lru_cache
def packed(count: int) -> bytes:
    """So many zeros, as deflate packs them: less than a hundredth."""
    packer = zlib.compressobj(1)
    parts = [packer.compress(bytes(1 << 20)) for _ in range(count >> 20)]
    return b"".join([*parts, packer.flush()])


def png_of(width: int, height: int, depth: int, kind: int, *chunks: bytes, rows: bytes | None = None) -> bytes:
    """A PNG with these chunks before its pixels, which are `rows`, packed."""
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    if rows is None:
        rows = zlib.compress(bytes((1 + width * depth // 8 * {0: 1, 2: 3, 4: 2, 6: 4}[kind]) * height))
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + b"".join(chunks) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
    )


def table(entries: int, size: int) -> bytes:
    """A table of metadata whose entries all are the same `size` bytes."""
    rows = b"".join(struct.pack(">HHII", 0x9000 + i % 0x1000, 7, size, 8) for i in range(entries))
    return b"MM\0*\0\0\0\x08" + struct.pack(">H", entries) + rows + bytes(4)


def tiff_of(*entries: tuple[int, int, int, int], rest: bytes = b"") -> bytes:
    """A TIFF of one picture, little-endian, with these entries: tag, kind, count, value."""
    rows = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + rows + bytes(4) + rest


def _tiff(width: int, height: int, *more: tuple[int, int, int, int]) -> bytes:
    own = {256: (4, width), 257: (4, height), 258: (3, 8), 259: (3, 8), 262: (3, 1), 277: (3, 1)}
    own |= {273: (4, 134), 278: (4, height), 279: (4, 4000)}
    entries = {tag: (tag, kind, 1, value) for tag, (kind, value) in own.items()} | {one[0]: one for one in more}
    return tiff_of(*entries.values(), rest=packed(8 << 20))


def _jpeg(marker: bytes = b"", width: int = 64, height: int = 64, scans: int = 0) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (64, 64)).save(buffer, "JPEG", progressive=scans > 0)
    data = buffer.getvalue()
    at = data.index(b"\xff\xc2" if scans else b"\xff\xc0")
    data = data[:2] + marker + data[2 : at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]
    if not scans:
        return data
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + data[-2:]


def _app(kind: int, data: bytes) -> bytes:
    return bytes([0xFF, kind]) + struct.pack(">H", len(data) + 2) + data


def _exr(before: bytes, after: bytes) -> bytes:
    data = exr_bytes(np.zeros((8, 8, 4), np.float32))
    assert before in data
    return data.replace(before, after)


def _window(side: int) -> bytes:
    return struct.pack("<4i", 0, 0, side - 1, side - 1)


def _channels(count: int) -> bytes:
    half = struct.pack("<iBBBBii", 1, 0, 0, 0, 0, 1, 1)
    value = b"".join(f"c{i:04d}".encode() + b"\0" + half for i in range(count)) + b"\0"
    data = exr_bytes(np.zeros((8, 8, 4), np.float32)).replace(_window(8), struct.pack("<4i", 0, 0, 9999, 7))
    at = data.index(b"channels\0chlist\0") + 16
    (length,) = struct.unpack_from("<I", data, at)
    return data[:at] + struct.pack("<I", len(value)) + value + data[at + 4 + length :]


def _npz(**bodies: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in bodies.items():
            archive.writestr(f"{name}.npy", body)
    return buffer.getvalue()


def _npy(shape: tuple[int, ...], kind: str, body: bytes = b"") -> bytes:
    header = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + body


@lru_cache
def _unpacks_to(count: int) -> bytes:
    """A zip whose one member unpacks to so much, whatever its directory says."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("latents.npy", "w") as file,
    ):
        for _ in range(count >> 20):
            file.write(bytes(1 << 20))
    return buffer.getvalue()


def _that_lies(data: bytes, count: int) -> bytes:
    """A zip that says its member is small."""
    wrong = bytearray(data)
    for at in (wrong.index(b"PK\3\4") + 22, wrong.rindex(b"PK\1\2") + 24):
        wrong[at : at + 4] = struct.pack("<I", count)
    return bytes(wrong)


def _crowd(count: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for i in range(count):
            archive.writestr(f"{i}", b"")
    return buffer.getvalue()


def _many_drawings(count: int, read: bool = False) -> bytes:
    """Keys of empty pictures, a megapixel each; or (read) of one vertex whose latents are as large."""
    from doodle_core.drawing import Drawing, Picture

    large = Drawing.make([np.zeros((200_000, 2))]) if read else Picture(np.zeros((1024, 1024), np.float32))
    one, other = to_bytes(large), to_bytes(Drawing.make([[(0.5, 0.5)]]))
    drawn, seen = (other, one) if read else (one, other)
    buffer = io.BytesIO()
    np.savez(
        buffer,
        model=np.array("1fa38ceea3cf1d9b"),
        polarity=np.array("dark"),
        laid=np.array(True),
        latents=np.frombuffer(seen * count, np.uint8),
        latent_lengths=np.full(count, len(seen), np.int64),
        times=np.arange(float(count)),
        drawings=np.frombuffer(drawn * count, np.uint8),
        lengths=np.full(count, len(drawn), np.int64),
    )
    return buffer.getvalue()


def _many_contours() -> bytes:
    """A stored drawing of contours without vertices, as many as its arrays may be large."""
    arrays = {"points": np.zeros((0, 2), "<f4"), "radii": np.zeros(0, "<f4"), "opacities": np.zeros(0, "<f4")}
    arrays |= {"offsets": np.zeros((25 << 20) + 1, "<i4"), "cyclic": np.zeros(25 << 20, bool)}
    arrays |= {"shapes": np.array([0, 25 << 20], "<i4"), "areas": np.zeros(1, bool)}
    arrays |= {"styles": np.zeros(1, "<i4"), "layers": np.zeros(1, "<i4")}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return zlib.compress(buffer.getvalue(), 1)


def _large_ink(side: int) -> bytes:
    """A stored drawing whose ink is one byte a pixel, which become many when it is read."""
    buffer = io.BytesIO()
    np.savez(buffer, ink=np.zeros((side, side), np.uint8))
    return zlib.compress(buffer.getvalue(), 1)


Bomb = tuple[str, Callable[[], bytes]]
"""As what it is read (a kind of `fuzzing`), and how it is made."""

WORDS = b"P3\n16000 8000\n255\n"
STORED = b"dataWindow\0box2i\0\x10\0\0\0"
BOMBS: dict[str, Bomb] = {
    "png, pixels": ("png L", lambda: png_of(16_000, 12_000, 8, 0, rows=b"")),
    "png, deep pixels that unpack to more": ("png L", lambda: png_of(64, 64, 16, 6, rows=packed(LARGE))),
    "png, pixels that unpack to more": ("png L", lambda: png_of(64, 64, 8, 6, rows=packed(LARGE))),
    "png, colour profile": ("png L", lambda: png_of(9, 9, 8, 0, _chunk(b"iCCP", b"a\0\0" + packed(LARGE)))),
    "png, words": ("png L", lambda: png_of(9, 9, 8, 0, *[_chunk(b"zTXt", b"a\0\0" + packed(LARGE))] * 4)),
    "png, words of a language": (
        "png L",
        lambda: png_of(9, 9, 8, 0, *[_chunk(b"iTXt", b"a\0\1\0\0\0" + packed(LARGE))] * 4),
    ),
    "png, table": ("png L", lambda: png_of(9, 9, 8, 0, _chunk(b"eXIf", table(60_000, 700_000)))),
    "png, private chunks": ("png L", lambda: png_of(9, 9, 8, 0, *[_chunk(b"prVt", bytes(9 << 20))] * 9)),
    "gif, screen": ("gif", lambda: b"GIF89a\xff\xff\xff\xff" + PICTURES["gif"][0]()[10:]),
    "gif, comment": ("gif", lambda: b"GIF89a\x09\0\x09\0\0\0\0\x21\xfe" + (b"\xff" + bytes(255)) * 40_000 + b"\0"),
    "tif, pixels": ("tif RGB None", lambda: _tiff(60_000, 60_000)),
    "tif, strip": ("tif RGB None", lambda: _tiff(16_000, 8_000, (258, 3, 1, 16))),
    "tif, tile": ("tif RGB None", lambda: _tiff(64, 64, (322, 4, 1, 60_000), (323, 4, 1, 60_000), (324, 4, 1, 200))),
    "tif, strips": ("tif RGB None", lambda: _tiff(64, 64, (273, 4, 1 << 30, 8), (279, 4, 1 << 30, 8))),
    "tif, words": ("tif RGB None", lambda: tiff_of(*((i, 2, 4 << 20, 8) for i in range(300)), rest=bytes(4 << 20))),
    "tif, table": ("tif RGB None", lambda: tiff_of(*((i, 2, 4 << 10, 8) for i in range(60_000)))),
    "webp, pixels": (
        "webp",
        lambda: b"RIFF" + struct.pack("<I", 40) + b"WEBPVP8X\x0a\0\0\0\x10\0\0\0" + b"\xfe\x3f\0" * 2 + bytes(99),
    ),
    "webp, a size that is only said": (
        "webp",
        lambda: b"RIFF" + struct.pack("<I", 40) + b"WEBPVP8L\x10\0\0\0\x2f" + struct.pack("<I", 0x0FFFFFFF) + bytes(99),
    ),
    "bmp, pixels": ("bmp RGB", lambda: b"BM" + struct.pack("<IIIIiiHHI", 99, 0, 54, 40, 16_000, 16_000, 1, 24, 0)),
    "bmp, header": ("bmp RGB", lambda: b"BM" + struct.pack("<IIII", 99, 0, 54, 0x7FFFFFFF) + bytes(1 << 20)),
    "ppm in words": ("ppm", lambda: WORDS + b"0 " * 999),
    "ppm, comment": ("ppm", lambda: b"P6\n#" + b" " * (8 << 20)),
    "jpeg, pixels": ("jpeg", lambda: _jpeg(width=65_000, height=65_000)),
    "jpeg, all coefficients": ("jpeg", lambda: _jpeg(width=16_000, height=16_000, scans=1)),
    "jpeg, scans": ("jpeg", lambda: _jpeg(width=4_000, height=4_000, scans=9_000)),
    "jpeg, table": ("jpeg", lambda: _jpeg(_app(0xE1, b"Exif\0\0" + table(4_000, 60_000)[:65_000]))),
    "jpeg, tables": ("jpeg", lambda: _jpeg(_app(0xE1, b"Exif\0\0" + table(400, 60_000).ljust(65_000)) * 400)),
    "exr, pixels": ("png L", lambda: _exr(_window(8), _window(16_000))),
    "exr, more pixels": ("png L", lambda: _exr(_window(8), _window(20_000))),
    "exr, stored pixels": ("png L", lambda: _exr(STORED + _window(8), STORED + _window(1 << 30))),
    "exr, channels": ("png L", lambda: _channels(2_800)),
    "keys, an array of terabytes": ("keys", lambda: _npz(latents=_npy((1 << 40,), "<f4"))),
    "keys, an array that is all there": ("keys", lambda: _unpacks_to(LARGE)),
    "keys, an array that is said to be small": ("keys", lambda: _that_lies(_unpacks_to(LARGE), 99)),
    "keys, a crowd of arrays": ("keys", lambda: _crowd(30_000)),
    "keys, a crowd of drawings": ("keys", lambda: _many_drawings(3_000)),
    "keys, a crowd of latents": ("keys", lambda: _many_drawings(3_000, read=True)),
    "keys, objects": ("keys", lambda: _npz(latents=_npy((1,), "|O", b"cos\n_exit\n(I7\ntR."))),
    "keys, a header of great depth": ("keys", lambda: _npz(latents=_npy((1,), "(" * 4_000))),
    "drawing, zeros": ("drawing of strokes", lambda: packed(LARGE)),
    "drawing, ink": ("drawing of strokes", lambda: _large_ink(7_000)),
    "drawing, contours": ("drawing of strokes", _many_contours),
    "card of great depth": ("card.json", lambda: b"[" * 900_000),
}  # fmt: skip


def read_all(folder: Path) -> Iterator[tuple[str, str, float, float]]:
    """Of each bomb: what was said, seconds, and the largest resident megabytes so far."""
    seeds = PICTURES | DATA | MODELS
    for name, (kind, make) in BOMBS.items():
        path = folder / "bomb"
        path.write_bytes(make())
        begun = time.perf_counter()
        try:
            seeds[kind][1](path)
            said = ""
        except DoodleError as error:
            said = str(error)
        except Exception as error:
            said = f"FAULT {type(error).__name__}: {error}"
        spent = time.perf_counter() - begun
        yield name, said, spent, peak()


if __name__ == "__main__":
    print(json.dumps(list(read_all(Path(sys.argv[1])))))
