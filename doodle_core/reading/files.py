"""Pictures out of files of any origin, within bounds.

A file's header is looked at before any pixel is unpacked, and what unpacking takes is reckoned from it: at most MEMORY,
whatever the file promises. A picture that would take more is refused, and so is a file that goes on for too long.
"""

from __future__ import annotations

import os
import struct
import time
import warnings
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from doodle_core import exr, headers
from doodle_core.errors import DoodleError
from doodle_core.files.bounded import check_file

if TYPE_CHECKING:
    from PIL import Image, ImageFile

__all__ = ["EXR_LIMIT", "MEMORY", "PIXEL_LIMIT", "SECONDS", "SIDE_LIMIT", "ffmpeg_for", "read_picture"]

SIDE_LIMIT = 16_384  # pixels
PIXEL_LIMIT = 1 << 27  # pixels, of the kinds that take least; MEMORY bounds the others
EXR_LIMIT = 1 << 24  # pixels; they take 32 bytes each while they are read
MEMORY = 640 << 20  # bytes that a picture may take while it is read: its pixels twice, as a rule
SECONDS = 60.0  # that reading may take. The largest pictures take a few
_SLOW_LIMIT = 1 << 21  # pixels that Python itself unpacks (pypng, odd kinds of PPM), at seconds a megapixel
_STRIP = 1 << 20  # pixels converted at once
_FORMATS = ("PNG", "JPEG", "GIF", "TIFF", "BMP", "DIB", "WEBP", "PPM")
# What the decoders raise for a damaged file: no common ancestor below Exception.
_DAMAGE = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError),
    *(AttributeError, AssertionError, NotImplementedError, struct.error, zlib.error),
)


def read_picture(path: str | os.PathLike[str]) -> NDArray[Any]:
    """The pixels of a picture file: (H, W) or (H, W, 2 | 3 | 4) (the last of 2 and 4 is straight alpha).

    PNG, JPEG, GIF and multi-page TIFF (the first picture), BMP, WebP, PPM and EXR. uint8, uint16 (16-bit grey of any
    size, 16-bit colour PNG up to two megapixels; larger colour is read as 8 bit, since drawings are averaged down
    anyway), bool (1 bit), or float32 (EXR, and float TIFF, not clipped).
    Palettes are expanded, a camera's orientation tag is followed.

    Raises DoodleError, naming the file: missing, empty, no file, not a picture, truncated or damaged, under 2 x 2
    pixels, over SIDE_LIMIT a side or PIXEL_LIMIT in all, over MEMORY (by the header, before it is unpacked), or not
    read after SECONDS.
    """
    from PIL import Image, UnidentifiedImageError

    path = Path(path)
    try:
        if path.is_dir():
            raise DoodleError(f"{path} is a folder; name the pictures in it")
        size = _checked_size(path)
        with path.open("rb") as opened:
            start = opened.read(32)
            if not start:
                raise DoodleError(f"{path} is empty; save the picture again")
            opened.seek(0)
            if start.startswith(exr.MAGIC):
                return _read_exr(path)
            beside = _beside(path, start, size, opened)
            opened.seek(0)
            file: Any = _Watched(opened, size)
            with warnings.catch_warnings():
                # Our own limits come next; a warning would be a second line about the same thing.
                warnings.simplefilter("ignore")
                with Image.open(file, formats=_FORMATS) as image:
                    _check_size(path, *image.size)
                    if _is_16_bit_colour(start) and image.width * image.height <= _SLOW_LIMIT:
                        _check_16_bit_colour(opened, image.width, image.height)
                        file.seek(0)
                        return _read_16_bit_colour(file)
                    packed = any(tile[0] == "libtiff" for tile in image.tile)
                    if image.format == "TIFF" and not packed:
                        beside = 0  # row by row
                    _check_memory(path, image, beside + file.spent)
                    file.allow(headers.ASIDE + (0 if packed else size))  # libtiff reads by itself
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
    except TimeoutError as error:
        raise DoodleError(f"{path} is not read after {SECONDS:.0f} seconds; save the picture again") from error
    except (FileNotFoundError, PermissionError) as error:
        raise DoodleError(f"{path} cannot be read ({error.strerror}); check its name and rights") from error
    except _DAMAGE as error:
        raise DoodleError(f"{path} is damaged or cut short ({_line(error)}); save the picture again") from error
    except Exception as error:
        if not _is_png_error(error):
            raise
        raise DoodleError(f"{path} is damaged or cut short ({_line(error)}); save the picture again") from error


class _Watched:
    """A file that is read for at most SECONDS, and no more of it than is allowed: decoders follow a file's own places
    and lengths, which may lead them in circles."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._size = file, size
        self._until = time.monotonic() + SECONDS
        self.spent, self._most = 0, 4 * headers.ASIDE
        self._calls = 1 << 19

    def allow(self, count: int) -> None:
        """So many bytes more, in parts of any size: a header is not read in a million."""
        self._most, self._calls = self.spent + count, 1 << 30

    def read(self, count: int = -1) -> bytes:
        data = self._file.read(min(count if count >= 0 else self._size, self._size))
        self.spent += len(data)
        self._calls -= 1
        if time.monotonic() > self._until:
            raise TimeoutError
        if self.spent > self._most or self._calls < 0:
            raise ValueError("it is read over and over")
        return data

    def readline(self, count: int = -1) -> bytes:
        data = self._file.readline(count if 0 <= count < 1 << 16 else 1 << 16)
        self.spent += len(data)
        return data

    def seek(self, place: int, whence: int = 0) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def fileno(self) -> int:
        return self._file.fileno()

    def flush(self) -> None:
        """Nothing waits to be written."""

    def close(self) -> None:
        """Who opened it closes it."""

    @property
    def closed(self) -> bool:
        return self._file.closed


def _checked_size(path: Path) -> int:
    try:
        return check_file(path)
    except ValueError as error:
        raise DoodleError(f"{path} is no picture ({error}); give PNG, JPEG, GIF, TIFF, BMP, WebP or EXR") from error


def _beside(path: Path, start: bytes, size: int, file: IO[bytes]) -> int:
    """Bytes that the decoder of this kind of file takes beside the picture's pixels and their copy. DoodleError or
    ValueError by what the header says."""
    if start.startswith(b"\xff\xd8"):
        header = headers.read_jpeg(file)
        _check_size(path, header.width, header.height)
        return int(header.kept * header.width * header.height)
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        headers.check_png(file)
    elif start.startswith(b"GIF8"):
        headers.check_gif(file)
    elif start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return headers.check_tiff(file)
    elif start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        width, height = headers.webp_size(start)
        _check_size(path, width, height)
        beside = 16 * width * height + 2 * size  # two canvases, what is unpacked, what is handed over; the file
        if beside + 8 * width * height > MEMORY:  # the decoder makes them when it opens the file
            raise DoodleError(_too_large(path, f" is {width} x {height} pixels and"))
        return beside
    return 0


def _check_memory(path: Path, image: ImageFile.ImageFile, beside: int) -> None:
    """Raise DoodleError where a picture takes more than MEMORY while it is read."""
    count = image.width * image.height
    held = {"1": 1, "L": 1, "P": 1}.get(image.mode, 2 if image.mode.startswith("I;16") else 4)
    made = {"1": 1, "L": 1, "I": 2, "F": 4, "LA": 2}.get(image.mode, 2 if image.mode.startswith("I;16") else 4)
    if image.mode == "RGB" and "transparency" not in image.info:
        made = 3
    if image.format == "TIFF":
        made = max(made, held)  # turned upright, it is there twice
    # What is kept beside goes when the pixels' copy is made, but not what the header's reading holds on to.
    if count * (held + made) + beside > MEMORY:
        raise DoodleError(_too_large(path, f" is {image.width} x {image.height} pixels and"))
    if {tile[0] for tile in image.tile} & {"ppm", "ppm_plain", "bmp_rle"} and count > 4 * _SLOW_LIMIT:
        raise DoodleError(
            f"{path} is {image.width} x {image.height} pixels of a kind that is slow to read; save it as PNG"
        )


def _pixels(image: Image.Image) -> NDArray[Any]:
    """A loaded picture as an array of a kind that `read_picture` promises, upright."""
    width, height = image.size
    rows = max(1, _STRIP // width)
    answer: NDArray[Any] | None = None
    # Strip by strip: what is converted whole is in memory three times.
    for top in range(0, height, rows):
        part = _converted(image.crop((0, top, width, min(top + rows, height))))
        if answer is None:
            answer = np.empty((height, *part.shape[1:]), part.dtype)
        answer[top : top + rows] = part
    assert answer is not None
    exif = image.info.get("exif")
    if image.format == "TIFF" or not isinstance(exif, bytes):  # pillow turns a TIFF by itself
        return answer
    return _upright(answer, headers.orientation(exif))


def _upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """A view of pixels, turned as EXIF's tag of this value asks for."""
    if orientation in (2, 3):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4):
        pixels = pixels[::-1]
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (7, 8):
        pixels = pixels[::-1]
    return pixels


def _converted(image: Image.Image) -> NDArray[Any]:
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
    return np.asarray(image)


def _is_16_bit_colour(start: bytes) -> bool:
    """Whether a file's first bytes are those of a PNG with 16-bit colour or alpha, which pillow would cut to 8 bit."""
    depth_and_kind = start[24:26]
    return start.startswith(b"\x89PNG\r\n\x1a\n") and depth_and_kind in (b"\x10\x02", b"\x10\x04", b"\x10\x06")


def _check_16_bit_colour(file: IO[bytes], width: int, height: int) -> None:
    """Raise ValueError where a PNG unpacks to more than its pixels: pypng unpacks a chunk at once, however much it
    becomes."""
    most = (width * 8 + 8) * (height + 8) * 2  # with the filters' bytes, interlaced ones' too
    unpacker, made, at = zlib.decompressobj(), 0, 8
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return  # cut short, which the decoder says better
        length, kind = struct.unpack(">I4s", head)
        at += 12 + length
        left = length if kind == b"IDAT" else 0
        while left > 0 and (block := file.read(min(left, 1 << 16))):
            left -= len(block)
            while block:
                made += len(unpacker.decompress(block, 1 << 20))
                block = unpacker.unconsumed_tail
                if made > most:
                    raise ValueError("it unpacks to more than its pixels")
        if kind == b"IEND":
            return


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


def _read_exr(path: Path) -> NDArray[np.float32]:
    try:
        width, height = exr.size_of(path)
        _check_size(path, width, height)
        if width * height > EXR_LIMIT:
            size = f" is {width} x {height} pixels and"
            raise DoodleError(f"{path}{size} is too large for EXR; make it at most {EXR_LIMIT / 1e6:.0f} megapixels")
        return exr.read_exr(path)
    except DoodleError:
        raise
    except ValueError as error:
        raise DoodleError(f"{path} cannot be read ({error}); save it as PNG, or as EXR again") from error


def ffmpeg_for(path: Path) -> str:
    """The program ffmpeg; DoodleError naming the file that needs it where there is none."""
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise DoodleError(f"{path} needs ffmpeg; install imageio-ffmpeg, or use PNG and GIF") from error


def _check_size(path: Path, width: int, height: int) -> None:
    if width < 2 or height < 2:
        raise DoodleError(f"{path} is {width} x {height} pixels; a drawing needs at least 2 x 2")
    if max(width, height) > SIDE_LIMIT or width * height > PIXEL_LIMIT:
        raise DoodleError(_too_large(path, f" is {width} x {height} pixels and"))


def _too_large(path: Path, size: str) -> str:
    limits = f"{SIDE_LIMIT} pixels a side and {MEMORY >> 20} MB unpacked"
    return f"{path}{size} is too large; make it smaller (at most {limits})"


def _line(error: BaseException) -> str:
    """An error's message as one line."""
    return " ".join(str(error).split())[:300] or type(error).__name__
