"""Files of every kind that is read, and what may be wrong with them: for the tests of tests/core and of tests/hard.

All of it is made here, from seeds: the same damage on every machine, told by kind and number.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import png
from PIL import Image, ImageDraw

from doodle_core.drawing import Drawing, Picture, from_bytes, to_bytes
from doodle_core.engines.tensors import read_tensors
from doodle_core.errors import DoodleError
from doodle_core.geometry.contour import contours_of
from doodle_core.keys_file import StoredKeys, read_keys, write_keys
from doodle_core.matching import storage
from doodle_core.matching.correspondence import Span
from doodle_core.model import DoodleModel, identity, weights_folder
from doodle_core.notes import png_with_note, read_note
from doodle_core.pixels import from_pixels
from doodle_core.reading import ffmpeg_for, read_picture
from doodle_core.track import LatentKey
from tests.core.engines.other_models import folder_with
from tests.core.exr_bytes import exr_bytes

WIDE, HIGH = 23, 17


def _image(mode: str) -> Image.Image:
    image = Image.new("RGB", (WIDE, HIGH), "white")
    draw = ImageDraw.Draw(image)
    draw.line((2, 3, 20, 14), fill="black", width=3)
    draw.ellipse((11, 2, 17, 8), fill=(40, 40, 90))
    if mode == "LA":
        return image.convert("RGBA").convert("LA")
    return image.quantize(8) if mode == "P" else image.convert(mode)


def _saved(mode: str, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    _image(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def _png(planes: int, depth: int, interlace: bool) -> bytes:
    levels = np.random.default_rng(planes).integers(0, 2**depth, HIGH * WIDE * planes)
    buffer = io.BytesIO()
    kind = {"greyscale": planes < 3, "alpha": planes in (2, 4), "bitdepth": depth, "interlace": interlace}
    png.Writer(WIDE, HIGH, **kind).write_array(buffer, levels.tolist())
    return buffer.getvalue()


def _exr_by_ffmpeg(packing: str, kind: str) -> bytes:
    command = [ffmpeg_for(Path("a.exr")), "-v", "error", "-f", "png_pipe", "-i", "-", "-compression", packing]
    command += ["-format", kind, "-c:v", "exr", "-f", "image2pipe", "-"]
    return subprocess.run(command, input=_saved("RGBA", "PNG"), capture_output=True, check=True).stdout


_DRAWN = [
    Drawing(
        points=np.array(
            [(0.1, 0.2), (0.8, 0.7), (0.3, 0.8), (0.6, 0.3), (0.9, 0.9), (0.5, 0.5), (0.6, 0.5), (0.5, 0.6)]
        ),
        radii=np.full(8, 0.02),
        opacities=np.linspace(0.2, 1, 8),
        offsets=[0, 2, 5, 8],
        cyclic=[False, True, True],
        shapes=[0, 1, 3],
        areas=[False, True],
        colours=np.linspace(0, 1, 24).reshape(8, 3),
        styles=[1, 0],
        layers=[0, 2],
    ),
    Drawing.make([[(0.2, 0.2), (0.7, 0.7)], [(0.1, 0.1), (0.5, 0.2), (0.3, 0.6)]], 0.03, filled=[False, True]),
]
_SEEN = Picture(np.eye(32, dtype=np.float32), np.arange(32 * 32 * 3).reshape(32, 32, 3) % 251)


def _keys(dense: bool = False) -> bytes:
    latents = np.linspace(-1, 1, 3 * 256, dtype=np.float32).reshape(3, 256) if dense else [_DRAWN[1], *_DRAWN]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "keys.npz"
        write_keys(path, StoredKeys("1fa38ceea3cf1d9b", "dark", True, latents, np.arange(3.0), [_SEEN, *_DRAWN]))
        return path.read_bytes()


def _match() -> bytes:
    spans = [Span(0, 0, np.array([0.0, 3.0, 9.0]), np.array([0.0, 5.0, 8.0])), Span(1, -1, np.arange(3.0), np.zeros(0))]
    return storage.to_bytes([*spans, Span(2, 1, np.array([0.0, 9.0]), np.array([9.0, 1.0]))])


def _half_pixels() -> np.ndarray:
    return np.random.default_rng(4).random((HIGH, WIDE, 4)).astype(np.float32)


# How a file of a kind is read, as users have it read. Each raises DoodleError for what it cannot make sense of.


def _as_picture(path: Path) -> None:
    pixels = read_picture(path)
    try:
        drawn = from_pixels(pixels)
    except DoodleError as error:  # which the callers name
        raise DoodleError(f"{path}: {error}") from error
    assert drawn.ink.shape[0] <= 1024


def _as_picture_with_note(path: Path) -> None:
    note = read_note(path)
    assert note is None or len(note) < 10_000
    _as_picture(path)


def _as_keys(path: Path) -> None:
    read_keys(path)


def _as_drawing(path: Path) -> None:
    from_bytes(path.read_bytes())


def _as_match(path: Path) -> None:
    storage.from_bytes(path.read_bytes(), *map(contours_of, _DRAWN))


def _as_tensors(path: Path) -> None:
    try:
        read_tensors(path)
    except ValueError as error:  # what its only caller makes a DoodleError of
        raise DoodleError(f"{path}: {error}") from error


def _in_model(name: str, engine: str = "onnx") -> Callable[[Path], None]:
    """The file as a part of a model whose card vouches for it."""

    def read(path: Path) -> None:
        folder = path.parent / "model"
        if not folder.exists():
            folder_with(folder)
        shutil.copyfile(path, folder / name)
        if name != "card.json":
            card = json.loads((weights_folder() / "card.json").read_text())
            for file in card["sha256"]:
                card["sha256"][file] = hashlib.sha256((folder / file).read_bytes()).hexdigest()
            card["id"] = identity("strokes", card["sha256"])
            (folder / "card.json").write_text(json.dumps(card))
        model = DoodleModel.load(folder, engine=engine, device="cpu")
        lines = [Drawing.make([drawing.points[:2], drawing.points[2:]]) for drawing in _DRAWN]
        model.match(*map(LatentKey, model.encode(lines), (0.0, 1.0)), decide=True)

    return read


Seed = tuple[Callable[[], bytes], Callable[[Path], None]]

PICTURES: dict[str, Seed] = {
    **{
        f"png {mode} {more}".strip(): (lambda m=mode, o=options: _saved(m, "PNG", **o), _as_picture)
        for mode, more, options in (
            *(("1", "", {}), ("L", "", {}), ("LA", "", {}), ("P", "", {}), ("RGB", "", {}), ("RGBA", "", {})),
            *(("P", "tRNS", {"transparency": 1}), ("RGB", "tRNS", {"transparency": (255, 255, 255)})),
            *(("RGB", "iCCP", {"icc_profile": bytes(600)}), ("RGB", "exif", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"})),
        )
    },
    **{
        f"png {planes} x {depth} bit{' interlaced' * interlace}": (
            lambda p=planes, d=depth, i=interlace: _png(p, d, i),
            _as_picture,
        )
        for planes, depth, interlace in (
            (1, 16, 0),
            (2, 16, 1),
            (3, 16, 0),
            (4, 16, 0),
            (4, 16, 1),
            (4, 8, 1),
            (1, 2, 1),
        )
    },
    "png with note": (lambda: png_with_note(_saved("RGBA", "PNG"), "0123456789abcdef"), _as_picture_with_note),
    "gif": (lambda: _saved("P", "GIF"), _as_picture),
    "gif of two": (lambda: _saved("P", "GIF", save_all=True, append_images=[_image("P")]), _as_picture),
    "gif tRNS": (lambda: _saved("P", "GIF", transparency=1, comment=b"hello"), _as_picture),
    **{
        f"tif {mode} {packing}": (lambda m=mode, p=packing: _saved(m, "TIFF", compression=p), _as_picture)
        for mode, packing in (
            *(("RGB", None), ("RGBA", "tiff_lzw"), ("L", "tiff_adobe_deflate"), ("1", "group4"), ("F", None)),
            *(("RGB", "jpeg"), ("P", "packbits"), ("CMYK", "tiff_lzw"), ("I;16", None)),
        )
    },
    "tif of two": (lambda: _saved("RGB", "TIFF", save_all=True, append_images=[_image("RGB")]), _as_picture),
    **{f"bmp {mode}": (lambda m=mode: _saved(m, "BMP"), _as_picture) for mode in ("1", "P", "RGB", "RGBA")},
    "webp": (lambda: _saved("RGB", "WEBP"), _as_picture),
    "webp lossless": (lambda: _saved("RGBA", "WEBP", lossless=True), _as_picture),
    "webp of two": (
        lambda: _saved("RGBA", "WEBP", save_all=True, append_images=[_image("RGBA").rotate(90)]),
        _as_picture,
    ),
    "ppm": (lambda: _saved("RGB", "PPM"), _as_picture),
    "pgm in words": (lambda: b"P2\n# by hand\n4 3\n15\n" + b"0 3 7 15\n" * 3, _as_picture),
    "jpeg": (lambda: _saved("RGB", "JPEG"), _as_picture),
    "jpeg progressive": (lambda: _saved("RGB", "JPEG", progressive=True), _as_picture),
    "jpeg CMYK": (lambda: _saved("CMYK", "JPEG"), _as_picture),
}
EXRS: dict[str, Seed] = {
    "exr of ours": (lambda: exr_bytes(_half_pixels(), "0123456789abcdef"), _as_picture_with_note),
    **{
        f"exr {packing} {kind}": (lambda p=packing, k=kind: _exr_by_ffmpeg(p, k), _as_picture)
        for packing, kind in (("none", "float"), ("rle", "half"), ("zip1", "float"), ("zip16", "half"))
    },
}
DATA: dict[str, Seed] = {
    "keys": (_keys, _as_keys),
    "keys of a dense model": (lambda: _keys(dense=True), _as_keys),
    "drawing of strokes": (lambda: to_bytes(_DRAWN[0]), _as_drawing),
    "drawing of a picture": (lambda: to_bytes(_SEEN), _as_drawing),
    "match": (_match, _as_match),
    "tensors": (lambda: (weights_folder() / "weights.safetensors").read_bytes()[:9000], _as_tensors),
}
MODELS: dict[str, Seed] = {
    name: (lambda n=name: (weights_folder() / n).read_bytes(), _in_model(name)) for name in ("card.json",)
}
TORCH: dict[str, Seed] = {
    "weights.safetensors": (
        lambda: (weights_folder() / "weights.safetensors").read_bytes(),
        _in_model("weights.safetensors", "torch"),
    )
}
SEEDS = {**PICTURES, **EXRS, **DATA, **MODELS, **TORCH}


def damaged(data: bytes, number: int) -> bytes:
    """The data with damage of that number: cut short, bits turned, bytes lost or doubled, numbers made large. Most of
    it where headers are."""
    dice = np.random.default_rng([number, len(data)])
    head = min(len(data), 200)

    def place() -> int:
        return int(dice.integers(0, head if dice.random() < 0.6 else len(data)))

    kind = number % 6
    changed = bytearray(data)
    if kind == 0:
        del changed[place() :]
    elif kind == 1:
        changed[place()] ^= 1 << int(dice.integers(8))
    elif kind == 2:
        for _ in range(int(dice.integers(2, 12))):
            changed[place()] = int(dice.integers(256))
    elif kind == 3:
        at = place()
        del changed[at : at + int(dice.integers(1, 40))]
    elif kind == 4:
        at = place()
        changed[at:at] = changed[at : at + int(dice.integers(1, 40))] * int(dice.integers(1, 5))
    else:
        at = place()
        large = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\x80\0\0\0")
        changed[at : at + 4] = large[int(dice.integers(len(large)))]
    return _summed(bytes(changed)) if data.startswith(b"\x89PNG") and number % 2 else bytes(changed)


def _summed(data: bytes) -> bytes:
    """A PNG whose checksums are right again: damage that its reader does not find at once."""
    parts, at = [data[:8]], 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 12 + length > len(data):
            break
        body = data[at + 4 : at + 8 + length]
        parts += [data[at : at + 4], body, struct.pack(">I", zlib.crc32(body))]
        at += 12 + length
    return b"".join(parts) + data[at:]


def trouble(kind: str, data: bytes, folder: Path) -> str:
    """What is wrong with how this data is read as a file of that kind: "" for a right answer, or one line that names
    the file."""
    path = folder / "file"
    path.write_bytes(data)
    before = sorted(folder.iterdir())
    with np.errstate(all="ignore"):
        try:
            SEEDS[kind][1](path)
        except DoodleError as error:
            told = str(error)
            if "\n" in told or len(told) > 1000:
                return f"not one line: {told[:200]!r}"
            named = str(folder) in told or kind in ("drawing of strokes", "drawing of a picture")
            return "" if named else f"the file is not named: {told}"
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    left = {one.name for one in folder.iterdir()} - {one.name for one in before} - {"model"}
    return f"wrote {left}" if left else ""


def cases(kind: str, first: int, count: int) -> Iterator[tuple[int, bytes]]:
    """Numbered damage of the seed of that kind."""
    data = SEEDS[kind][0]()
    for number in range(first, first + count):
        yield number, damaged(data, number)
