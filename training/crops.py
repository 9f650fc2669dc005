"""Enlarged crops of in-betweens: the decoded field enlarged, beside the same lines drawn at the output's size.

    python -m training.crops docs/images/sharpness.png

Each row is a place of an in-between where the two differ most, or where lines are thin; each pair of columns an output
size. Pixels are shown as they are, as squares where they are enlarged.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from doodle_core import raster
from doodle_core.drawing import Strokes
from doodle_core.film import Film
from doodle_core.look import cut, resample
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey
from training.scenes import SCENES

SIZES = ((512, 3), (1080, 2), (2160, 1))
"""Output pixels a side, and screen pixels a side of each of them."""
CELL = 168  # screen pixels a side of a crop
GAP, HEAD, LABEL = 4, 22, 92
ROWS = ("bird", "walker", "handwriting")


def thin(turn: float) -> Strokes:
    """Lines of radius 0.5 to 0.8 model pixels, in all directions from near the middle."""
    ways = [turn + 0.13 + 2 * np.pi * n / 9 for n in range(9)]
    lines = [[(0.5 + r * np.cos(a), 0.5 + r * np.sin(a)) for r in (0.06, 0.4)] for a in ways]
    return Strokes.make(lines, [np.full(2, r / 64) for r in np.linspace(0.5, 0.8, 9)])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path, help="the PNG to write")
    parser.add_argument("--model", type=Path, help="a stroke model's folder (default: the bundled one)")
    options = parser.parse_args(arguments)
    model = DoodleModel.load(options.model)
    rows: list[tuple[str, Film, float]] = [
        (scene.name, film(model, [scene.draw(float(k)) for k in range(scene.keys)]), 0.5)
        for name in ROWS
        for scene in SCENES
        if scene.name == name
    ]
    rows.append(("radius 0.5 to 0.8", film(model, [thin(0.0), thin(0.25)]), 0.5))

    sheet = Image.new("L", (LABEL + 2 * len(SIZES) * (CELL + GAP), HEAD + len(rows) * (CELL + GAP)), 222)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=13)
    for n, (size, _) in enumerate(SIZES):
        for m, way in enumerate(("enlarged", "drawn")):
            pen.text((LABEL + (2 * n + m) * (CELL + GAP) + 4, 3), f"{size}: {way}", fill=40, font=font)
    for j, (label, walk, position) in enumerate(rows):
        top = HEAD + j * (CELL + GAP)
        pen.text((6, top + 6), label.replace(" ", "\n", 1), fill=40, font=font)
        decoded = model.decode(walk.track.at([position]))[0]
        at: tuple[float, float] | None = (0.555, 0.53) if label.startswith("radius") else None
        for n, (size, scale) in enumerate(SIZES):
            pair = cut(resample(decoded, size)), walk.frame_ink(position, size, pin=0.0)
            at = at or worst(*pair)
            for m, ink in enumerate(pair):
                cell = Image.fromarray(crop(ink, at, CELL // scale)).resize((CELL, CELL), Image.Resampling.NEAREST)
                sheet.paste(cell, (LABEL + (2 * n + m) * (CELL + GAP), top))
    options.picture.parent.mkdir(parents=True, exist_ok=True)
    sheet.quantize(16).save(options.picture, optimize=True)


def film(model: DoodleModel, drawings: Sequence[Strokes]) -> Film:
    latents = model.encode(drawings)
    keys = [LatentKey(z, float(n), d) for n, (z, d) in enumerate(zip(latents, drawings, strict=True))]
    return Film(model, model.track(keys, "circular"))


def worst(ink: NDArray[np.float32], other: NDArray[np.float32]) -> tuple[float, float]:
    """Where two pictures differ most over a few model pixels: x, y, canvas units."""
    blurred = ndimage.uniform_filter(np.abs(ink - other), 3 * len(ink) // raster.RESOLUTION)
    j, i = divmod(int(blurred.argmax()), len(ink))
    return (i + 0.5) / len(ink), (j + 0.5) / len(ink)


def crop(ink: NDArray[np.float32], at: tuple[float, float], side: int) -> NDArray[np.uint8]:
    """A square of ink as grey levels, about a place but within the picture."""
    i, j = (int(np.clip(x * len(ink) - side / 2, 0, len(ink) - side)) for x in at)
    return np.rint(255 * (1 - ink[j : j + side, i : i + side])).astype(np.uint8)


if __name__ == "__main__":
    main()
