"""Picture files in (see `reading`); image sequences, GIF and MP4 out.

Writing is whole or not at all: each file is written beside its place under a temporary name and moved there when it is
complete, so a stop or a full disk leaves the old file or none. What a killed process leaves behind is a temporary file,
which `remove_leftovers` finds. A temporary file is a new one, and what stands in a file's place is replaced, not
followed: a link there leads nothing to elsewhere.
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
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doodle_core import exr, notes
from doodle_core.errors import DoodleError
from doodle_core.png_file import encode_png
from doodle_core.reading import PIXEL_LIMIT, SIDE_LIMIT, ffmpeg_for, read_picture

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

_TEMPORARY = re.compile(r"\.(\d+)\.[0-9a-f]{8}\.tmp\.(?:png|exr)")  # as `whole_file` names those of numbered pictures
_WRITTEN_AGAIN = 3


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
    if note:
        data = notes.png_with_note(data, note)
    return _write(path, lambda temporary: _put(temporary, data))


def write_exr(path: str | os.PathLike[str], pixels: NDArray[np.floating], note: str = "") -> Path:
    """Write (H, W, 4) scene-linear RGBA, colour multiplied by alpha, as an OpenEXR of half floats; `note` as in
    `write_png`."""
    return _write(Path(path), lambda temporary: exr.save_exr(temporary, pixels, note))


def _put(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)


def _write(path: Path, save: Callable[[Path], None]) -> Path:
    for again in reversed(range(_WRITTEN_AGAIN)):
        try:
            with whole_file(path) as temporary:
                save(temporary)
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
        temporary.open("xb").close()  # a new file, which ffmpeg only fills
        command = [
            *(ffmpeg_for(path), "-y", "-v", "error"),
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


def _remove(path: Path) -> None:
    """Remove a temporary file. Where even that is refused, the error that brought us here is the one to tell."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def _line(error: BaseException) -> str:
    """An error's message as one line."""
    return " ".join(str(error).split()) or type(error).__name__
