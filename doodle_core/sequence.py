"""Picture files in; image sequences, GIF and MP4 out.

Reading looks at a file's header before any pixel is unpacked. Writing is whole or not at all: each file is written
beside its place under a temporary name and moved there when it is complete, so a stop or a full disk leaves the old
file or none. What a killed process leaves behind is a temporary file, which `remove_leftovers` finds.
"""

from __future__ import annotations

import io
import itertools
import os
import re
import secrets
import struct
import subprocess
import tempfile
import warnings
import zlib
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from doodle_core import exr, notes
from doodle_core.errors import DoodleError
from doodle_core.png_file import encode_png

if TYPE_CHECKING:
    from PIL import Image

__all__ = [
    "PIXEL_LIMIT",
    "SIDE_LIMIT",
    "picture_path",
    "read_picture",
    "remove_leftovers",
    "whole_file",
    "write_exr",
    "write_gif",
    "write_mp4",
    "write_png",
    "write_pngs",
]

SIDE_LIMIT = 16_384  # pixels
PIXEL_LIMIT = 1 << 27  # pixels: half a gigabyte as RGBA
_SLOW_LIMIT = 1 << 21  # pixels that pypng may unpack, at seconds a megapixel
_TEMPORARY = re.compile(r"\.(\d+)\.[0-9a-f]{8}\.tmp\.(?:png|exr)")  # as `whole_file` names those of numbered pictures
_WRITTEN_AGAIN = 3
_FORMATS = ("PNG", "JPEG", "GIF", "TIFF", "BMP", "DIB", "WEBP", "PPM")
# What the decoders raise for a damaged file: no common ancestor below Exception.
_DAMAGE = (OSError, EOFError, SyntaxError, ValueError, TypeError, IndexError, KeyError, struct.error, zlib.error)


def read_picture(path: str | os.PathLike[str]) -> NDArray[Any]:
    """The pixels of a picture file: (H, W) or (H, W, 2 | 3 | 4) (the last of 2 and 4 is straight alpha).

    PNG, JPEG, GIF and multi-page TIFF (the first picture), BMP, WebP and PPM; EXR where ffmpeg (imageio-ffmpeg) is
    there. uint8, uint16 (16-bit grey of any size, 16-bit colour PNG up to two megapixels; larger colour is read as
    8 bit, since drawings are averaged down anyway), bool (1 bit), or float32 (EXR and float TIFF, not clipped).
    Palettes are expanded, a camera's orientation tag is followed.

    Raises DoodleError, naming the file: missing, empty, not a picture, truncated or damaged, under 2 x 2 pixels, over
    SIDE_LIMIT a side or PIXEL_LIMIT in all (by the header, before it is unpacked).
    """
    from PIL import Image, UnidentifiedImageError

    path = Path(path)
    if path.is_dir():
        raise DoodleError(f"{path} is a folder; name the pictures in it")
    try:
        with path.open("rb") as file:
            start = file.read(32)
            if not start:
                raise DoodleError(f"{path} is empty; save the picture again")
            file.seek(0)
            if start.startswith(exr.MAGIC):
                return _read_exr(path, file)
            with warnings.catch_warnings():
                # Our own limits come next; a warning would be a second line about the same thing.
                warnings.simplefilter("ignore")
                with Image.open(file, formats=_FORMATS) as image:
                    _check_size(path, *image.size)
                    if _is_16_bit_colour(start) and image.width * image.height <= _SLOW_LIMIT:
                        file.seek(0)
                        return _read_16_bit_colour(file)
                    image.load()
                    return _pixels(image)
    except DoodleError:
        raise
    except UnidentifiedImageError as error:
        raise DoodleError(f"{path} is not a picture; give PNG, JPEG, GIF, TIFF, BMP, WebP or EXR") from error
    except Image.DecompressionBombError as error:
        raise DoodleError(_too_large(path, "")) from error
    except MemoryError as error:
        raise DoodleError(f"{path} does not fit into memory; make it smaller") from error
    except (FileNotFoundError, PermissionError) as error:
        raise DoodleError(f"{path} cannot be read ({error.strerror}); check its name and rights") from error
    except _DAMAGE as error:
        raise DoodleError(f"{path} is damaged or cut short ({_line(error)}); save the picture again") from error
    except Exception as error:
        if not _is_png_error(error):
            raise
        raise DoodleError(f"{path} is damaged or cut short ({_line(error)}); save the picture again") from error


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary name beside `path`, moved to `path` when the block ends well and removed when it does not.

    Makes the folder when it is missing. An OSError inside, such as a full disk, becomes a DoodleError that names
    `path`; other errors pass.
    """
    path = Path(path)
    # The suffix stays, since writers go by it; the name is hidden from players that look for pictures by number.
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.tmp{path.suffix}")
    try:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            temporary.replace(path)
        except BaseException:  # a stop by the user too
            _remove(temporary)
            raise
    except OSError as error:
        reason = error.strerror or _line(error)
        raise DoodleError(f"{path} cannot be written ({reason}); choose another place or make room") from error


def write_png(path: str | os.PathLike[str], pixels: NDArray[Any], note: str = "") -> Path:
    """Write (H, W) grey, (H, W, 3) RGB or (H, W, 4) straight RGBA, uint8 or uint16, as a PNG of that depth.

    `note` goes into the file, for `notes.read_note`.
    """
    path = Path(path)
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim < 2 or pixels.shape[2:] not in ((), (3,), (4,)):
        raise ValueError(f"pixels are {pixels.dtype} {pixels.shape}")
    data = encode_png(pixels)
    return _write(path, notes.png_with_note(data, note) if note else data)


def write_exr(path: str | os.PathLike[str], pixels: NDArray[np.floating], note: str = "") -> Path:
    """Write (H, W, 4) scene-linear RGBA, colour multiplied by alpha, as an OpenEXR of half floats; `note` as in
    `write_png`."""
    return _write(Path(path), exr.encode_exr(pixels, note))


def _write(path: Path, data: bytes) -> Path:
    for again in reversed(range(_WRITTEN_AGAIN)):
        try:
            with whole_file(path) as temporary, temporary.open("xb") as file:
                file.write(data)
        except DoodleError as error:
            # Gone under our hands: another process that begins here has removed leftovers, or somebody the folder.
            if not again or not isinstance(error.__cause__, FileNotFoundError):
                raise
        else:
            break
    return path


def remove_leftovers(folder: str | os.PathLike[str], numbers: Container[int]) -> list[Path]:
    """Remove the temporary files of pictures with these numbers that processes which were killed have left in `folder`;
    what was removed.

    Whose they are cannot be told. One that another process is writing just now goes as well, and is written again.
    """
    removed = []
    with suppress(OSError):  # no folder, no leftovers; where nothing may be removed, writing tells
        for path in sorted(Path(folder).iterdir()):
            found = _TEMPORARY.fullmatch(path.name)
            if found and int(found[1]) in numbers:
                path.unlink(missing_ok=True)
                removed.append(path)
    return removed


def picture_path(folder: str | os.PathLike[str], number: int, count: int = 1, kind: str = "png") -> Path:
    """Where picture `number` (from 1) of `count` goes: FOLDER/0001.png, with more digits where count needs them.

    `kind` is the file's ending.
    """
    return Path(folder) / f"{number:0{max(4, len(str(count)))}d}.{kind}"


def write_pngs(folder: str | os.PathLike[str], pictures: Iterable[NDArray[Any]], count: int = 1) -> list[Path]:
    """Write pictures one by one as 0001.png, 0002.png, ... (see write_png); what is there already is replaced."""
    return [write_png(picture_path(folder, number, count), pixels) for number, pixels in enumerate(pictures, 1)]


def write_gif(path: str | os.PathLike[str], pictures: Iterable[NDArray[np.uint8]], fps: float = 12.0) -> Path:
    """Write an endlessly looping GIF of (H, W) grey or (H, W, 3) RGB uint8 pictures of one size, one at a time.

    Every picture is a frame, also when it equals the one before. A GIF counts hundredths of a second, so durations
    alternate where needed to keep to fps in the long run. DoodleError for fps outside 0..50 (players slow faster ones).
    """
    path = Path(path)
    if not 0.0 < fps <= 50.0:
        raise DoodleError(f"a GIF cannot show {fps:g} frames a second; give 1 to 50, or write .mp4")
    with whole_file(path) as temporary, temporary.open("xb") as file:
        shape: tuple[int, ...] | None = None
        for number, pixels in enumerate(pictures):
            if shape is None:
                shape = pixels.shape
                file.write(b"GIF89a" + struct.pack("<HHBBB", shape[1], shape[0], 0x70, 0, 0))
                file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")  # 0 rounds: for ever
            elif pixels.shape != shape:
                raise ValueError(f"picture {number + 1} is {pixels.shape}, the first {shape}")
            delay = round(100 * (number + 1) / fps) - round(100 * number / fps)
            # 0x04: the picture stays until the next one covers it
            file.write(b"\x21\xf9\x04" + struct.pack("<BHBB", 0x04, min(delay, 0xFFFF), 0, 0))
            file.write(_gif_image(pixels))
        if shape is None:
            raise ValueError("a film needs at least one picture")
        file.write(b"\x3b")
    return path


def write_mp4(path: str | os.PathLike[str], pictures: Iterable[NDArray[np.uint8]], fps: float = 12.0) -> Path:
    """Write an H.264 film (yuv420p, which every player knows) of (H, W) grey or (H, W, 3) RGB uint8 pictures.

    An odd width or height grows by one repeated line, as 4:2:0 needs even sides. Needs ffmpeg (imageio-ffmpeg).
    Raises DoodleError when it is missing, fails, or fps is outside 0..240.
    """
    path = Path(path)
    if not 0.0 < fps <= 240.0:
        raise DoodleError(f"{fps:g} frames a second cannot be played; give 1 to 240")
    waiting = iter(pictures)
    first = next(waiting)
    even = [(0, side % 2) for side in first.shape[:2]] + [(0, 0)] * (first.ndim - 2)
    height, width = first.shape[0] + even[0][1], first.shape[1] + even[1][1]
    with whole_file(path) as temporary, tempfile.TemporaryFile() as said:
        command = [
            *(_ffmpeg(path), "-y", "-v", "error"),
            *("-f", "rawvideo", "-pix_fmt", "gray" if first.ndim == 2 else "rgb24", "-s", f"{width}x{height}"),
            *("-r", str(Fraction(fps).limit_denominator(1001)), "-i", "-", "-an"),
            *("-c:v", "libx264", "-crf", "16", "-pix_fmt", "yuv420p", "-movflags", "+faststart"),
            *("-f", "mp4", f"file:{temporary.absolute()}"),
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said) as process:
            assert process.stdin is not None
            try:
                for pixels in itertools.chain((first,), waiting):
                    if pixels.shape != first.shape:
                        raise ValueError(f"a picture is {pixels.shape}, the first {first.shape}")
                    process.stdin.write(np.pad(pixels, even, mode="edge").tobytes())
                process.stdin.close()
            except BrokenPipeError:  # ffmpeg gave up, and said why
                with suppress(BrokenPipeError):
                    process.stdin.close()
            except BaseException:
                process.kill()
                raise
        if process.returncode != 0:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines() or [f"status {process.returncode}"]
            raise OSError(f"ffmpeg: {lines[-1]}")
    return path


def _pixels(image: Image.Image) -> NDArray[Any]:
    """A loaded picture as an array of a kind that `read_picture` promises."""
    from PIL import ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode == "I":  # 32-bit integers: how 16-bit grey arrives in some formats
        wide = np.asarray(image)
        return np.clip(wide, 0, 65535).astype(np.uint16)
    if image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16)
    if image.mode == "F":
        return np.asarray(image, dtype=np.float32)
    transparent = "transparency" in image.info or image.mode in ("PA", "La", "RGBa")
    if transparent and image.mode != "LA":
        image = image.convert("RGBA")
    elif image.mode not in ("1", "L", "LA", "RGB", "RGBA"):  # palette, CMYK, YCbCr, Lab, RGBX...
        image = image.convert("RGB")
    return np.array(image)


def _is_16_bit_colour(start: bytes) -> bool:
    """Whether a file's first bytes are those of a PNG with 16-bit colour or alpha, which pillow would cut to 8 bit."""
    depth_and_kind = start[24:26]
    return start.startswith(b"\x89PNG\r\n\x1a\n") and depth_and_kind in (b"\x10\x02", b"\x10\x04", b"\x10\x06")


def _read_16_bit_colour(file: IO[bytes]) -> NDArray[Any]:
    import png

    width, height, rows, about = png.Reader(file=file).asDirect()
    pixels = np.empty((height, width * about["planes"]), np.uint16)
    done = 0
    for row in rows:
        pixels[done] = row
        done += 1
    if done != height:
        raise EOFError(f"{done} of {height} rows")
    return pixels.reshape(height, width, about["planes"])


def _is_png_error(error: Exception) -> bool:
    """Whether pypng found damage; its errors derive from Exception alone, and it is imported only when needed."""
    import png

    return isinstance(error, png.Error)


def _read_exr(path: Path, file: IO[bytes]) -> NDArray[np.float32]:
    try:
        header = exr.read_header(file)
        _check_size(path, header.width, header.height)
        return exr.read_exr(path, _ffmpeg(path))
    except DoodleError:
        raise
    except ValueError as error:
        raise DoodleError(f"{path} cannot be read ({error}); save it as PNG, or as plain EXR with ZIP") from error


def _check_size(path: Path, width: int, height: int) -> None:
    if width < 2 or height < 2:
        raise DoodleError(f"{path} is {width} x {height} pixels; a drawing needs at least 2 x 2")
    if max(width, height) > SIDE_LIMIT or width * height > PIXEL_LIMIT:
        raise DoodleError(_too_large(path, f" is {width} x {height} pixels and"))


def _too_large(path: Path, size: str) -> str:
    limits = f"{SIDE_LIMIT} pixels a side and {PIXEL_LIMIT // 10**6} megapixels"
    return f"{path}{size} is too large; make it at most {limits}"


def _gif_image(pixels: NDArray[np.uint8]) -> bytes:
    """One picture as a GIF image block with its own colour table, taken from the single GIF that pillow makes of it."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels))
    if image.mode != "L":
        image = image.quantize(256)
    buffer = io.BytesIO()
    image.save(buffer, "GIF", optimize=False)
    data = buffer.getvalue()
    at, table, bits = 13, b"", 0
    if data[10] & 0x80:  # a table for the whole file, which becomes this picture's own
        bits = data[10] & 0x07
        table = data[at : at + 3 * 2 ** (bits + 1)]
        at += len(table)
    while data[at] == 0x21:  # extensions: chains of blocks, each after its length, up to an empty one
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    place, own = data[at : at + 9], data[at + 9]
    if own & 0x80:
        return data[at:-1]
    return place + bytes([own | 0x80 | bits]) + table + data[at + 10 : -1]


def _ffmpeg(path: Path) -> str:
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise DoodleError(f"{path} needs ffmpeg; install imageio-ffmpeg, or use PNG and GIF") from error


def _remove(path: Path) -> None:
    """Remove a temporary file. Where even that is refused, the error that brought us here is the one to tell."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def _line(error: BaseException) -> str:
    """An error's message as one line."""
    return " ".join(str(error).split()) or type(error).__name__
