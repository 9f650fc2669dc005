"""`python -m tests.hard.largest NAME FOLDER`: make the largest picture of a kind that is accepted; `read NAME FOLDER`:
read it.

Pictures of plain areas, which pack small: what they take in memory does not depend on what they show.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from doodle_core import reading
from doodle_core.sequence import write_png
from tests.core.exr_bytes import exr_bytes
from tests.memory import peak

Image.MAX_IMAGE_PIXELS = None


def _side(each: float) -> int:
    """Pixels a side of what takes so many bytes a pixel while it is read."""
    return min(math.isqrt(int((reading.MEMORY - (4 << 20)) / each)), math.isqrt(reading.PIXEL_LIMIT))


def _saved(mode: str, each: float, **options: object) -> Callable[[Path], None]:
    def save(path: Path) -> None:
        side = _side(each)
        if mode in ("F", "I;16"):
            kind = np.float32 if mode == "F" else np.uint16
            image = Image.fromarray(np.full((side, side), 1, kind))
        else:
            image = Image.new(mode, (side, side), 0 if mode == "P" else "white" if mode != "LA" else (255, 0))
            if mode == "P":
                image.putpalette([255, 255, 255, 0, 0, 0])
            ink = {"P": 1, "LA": (0, 255), "RGBA": (0, 0, 0, 99)}.get(mode, "black")
            draw = ImageDraw.Draw(image)
            draw.line((side // 9, side // 8, side // 2, side - side // 5), fill=ink, width=side // 40)
        image.save(path, **options)

    return save


PICTURES: dict[str, Callable[[Path], None]] = {
    "grey.png": _saved("L", 2, compress_level=1),
    "grey16.png": _saved("I;16", 4, compress_level=1),
    "grey_alpha.png": _saved("LA", 6, compress_level=1),
    "palette_alpha.png": _saved("P", 5, compress_level=1, transparency=0),
    "rgb.png": _saved("RGB", 7, compress_level=1),
    "rgba.png": _saved("RGBA", 8, compress_level=1),
    "rgba16.png": lambda path: write_png(path, np.full((1448, 1448, 4), 1, np.uint16)) and None,  # type: ignore[func-returns-value]
    "palette.gif": _saved("P", 4),
    "rgb.jpg": _saved("RGB", 7),
    "progressive.jpg": _saved("RGB", 10, progressive=True),
    "progressive444.jpg": _saved("RGB", 13, progressive=True, subsampling=0),
    "cmyk.jpg": _saved("CMYK", 8),
    "rgba.tif": _saved("RGBA", 8),
    "rgba_lzw.tif": _saved("RGBA", 8.1, compression="tiff_lzw"),
    "float.tif": _saved("F", 8),
    "rgb.bmp": _saved("RGB", 7),
    "rgb.ppm": _saved("RGB", 7),
    "rgb.webp": _saved("RGB", 24.1, method=0),
    "rgba.webp": _saved("RGBA", 24.1, method=0, lossless=True),
    "rgba.exr": lambda path: path.write_bytes(_exr()) and None,  # type: ignore[func-returns-value]
}  # fmt: skip


def _exr() -> bytes:
    side = math.isqrt(reading.EXR_LIMIT)
    return exr_bytes(np.full((side, side, 4), 0.5, np.float16))


def _read(path: Path) -> dict[str, object]:
    from doodle_core.pixels import from_pixels

    before = peak()
    pixels = reading.read_picture(path)
    shape = pixels.shape
    from_pixels(pixels)
    return {
        "shape": shape,
        "before": before,
        "peak": peak(),
    }


if __name__ == "__main__":
    if sys.argv[1] == "read":
        print(json.dumps(_read(Path(sys.argv[3]) / sys.argv[2])))
    else:
        PICTURES[sys.argv[1]](Path(sys.argv[2]) / sys.argv[1])
