"""How large a latent must be: quality against the number of strokelets.

    python -m training.sizes --model weights --output docs/images/latent_size.png

Encodes the evaluation's scenes into fewer and more strokelets than the model's own, walks the circular way, draws the
in-betweens exactly, and prints a table; the picture is its curve.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from doodle_core import raster
from doodle_core.errors import DoodleError
from doodle_core.model import DoodleModel
from doodle_core.strokes.lines import from_latent, to_strokes
from doodle_core.strokes.model import StrokeModel
from doodle_core.strokes.strokelets import NUMBERS
from doodle_core.track import LatentKey
from training import metrics
from training.evaluate import BETWEEN, keys_of
from training.scenes import SCENES

__all__ = ["main", "measure"]

SIZES = (8, 16, 32, 48, 64, 96, 128, 192, 256, 384)


def measure(model: StrokeModel, strokelets: int) -> tuple[float, float]:
    """Mean IoU of redrawn keys and of in-betweens over the scenes with a truth, with latents of so many strokelets."""
    sized = StrokeModel(replace(model.card, latent=strokelets * NUMBERS), model.engine)

    def ink(latent: NDArray[np.float32]) -> NDArray[np.float32]:
        return raster.ink(to_strokes([line for line in from_latent(latent) if line.points[:, 2].max() > 0]), 64)

    keys, between = [], []
    for scene in (scene for scene in SCENES if scene.truth):
        drawings = keys_of(scene)
        latents = sized.encode(drawings)
        keys += [metrics.iou(ink(z), raster.ink(d, 64)) for z, d in zip(latents, drawings, strict=True)]
        track = sized.track([LatentKey(z, float(time)) for time, z in enumerate(latents)], "circular")
        places = [k + s for k in range(scene.segments) for s in BETWEEN]
        truth = [raster.ink(scene.draw(place), 64) for place in places]
        between.append(statistics.fmean(map(metrics.iou, map(ink, track.at(places)), truth)))
    return statistics.fmean(keys), statistics.fmean(between)


def _chart(rows: Sequence[tuple[int, float, float]], path: Path) -> None:
    """IoU from 0 to 1 over the logarithm of the size, as a small picture."""
    width, height, edge = 640, 320, 44
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    low, high = np.log(rows[0][0]), np.log(rows[-1][0])

    def place(size: int, value: float) -> tuple[float, float]:
        across = (np.log(size) - low) / (high - low)
        return edge + across * (width - 2 * edge), height - edge - value * (height - 2 * edge)

    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        draw.line([place(rows[0][0], value), place(rows[-1][0], value)], fill="#dddddd")
        draw.text((8, place(rows[0][0], value)[1] - 6), f"{value:.2f}", fill="#555555")
    for size, *_ in rows:
        draw.text((place(size, 0)[0] - 8, height - edge + 8), str(size), fill="#555555")
    for column, colour, name in ((1, "#b03020", "keys"), (2, "#2050b0", "in-betweens")):
        points = [place(row[0], row[column]) for row in rows]
        draw.line(points, fill=colour, width=3)
        draw.text((points[len(points) // 2][0], points[len(points) // 2][1] + 8 * column), name, fill=colour)
    draw.text((edge, 10), "IoU against strokelets in a latent (6 numbers each)", fill="black")
    image.save(path, optimize=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 2 and one line for a model that does not load or is not of strokes."""
    parser = argparse.ArgumentParser(prog="python -m training.sizes", description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("weights"), metavar="DIR")
    parser.add_argument("--output", type=Path, default=Path("build/latent_size.png"), metavar="PNG")
    options = parser.parse_args(arguments)
    try:
        model = DoodleModel.load(options.model, engine="onnx")
    except DoodleError as error:
        print(error, file=sys.stderr)
        return 2
    if not isinstance(model, StrokeModel):
        print(f"{options.model}: not a model of strokes; give another folder", file=sys.stderr)
        return 2
    print("| strokelets | numbers | key IoU | in-between IoU |\n|---|---|---|---|")
    rows = []
    for size in SIZES:
        rows.append((size, *measure(model, size)))
        print(f"| {size} | {size * NUMBERS} | {rows[-1][1]:.3f} | {rows[-1][2]:.3f} |", flush=True)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    _chart(rows, options.output)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
