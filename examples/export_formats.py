"""The walker and the fox in every format that `doodle animate -o` and Blender's *Export* write, and how large each is.

    python -m examples.export_formats OUT

writes OUT/walker.svg, OUT/fox.json and so on, the pictures of docs/export.md, and prints its table.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from doodle_core import srgb
from doodle_core.drawing import Drawing
from doodle_core.files.contact_sheet import contact_sheet
from doodle_core.files.figures import Page
from doodle_core.files.scenes import Shot, scenes_of
from doodle_core.files.vector import write_vector
from doodle_core.film import Film
from doodle_core.model import DoodleModel
from doodle_core.sequence import write_gif, write_mp4, write_png
from doodle_core.track import LatentKey
from examples import character, walker

BETWEEN = 12  # frames from one key to the next
SIZE, FPS = 512, 24.0
FOX = (1, 2, 3)  # which of its keys
TALL = 2.7  # metres of the walker's world that the canvas shows


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        print("give one folder, where the files go")
        return 2
    folder = Path(arguments[0])
    model = DoodleModel.load(None)
    print("| film | keys, frames, shapes | SVG (packed) | Lottie (packed) | GIF | MP4 |\n|---|---|---|---|---|---|")
    for name, drawings, closed in (("walker", steps(), True), ("fox", poses(), False)):
        film, positions = film_of(model, drawings, closed)
        print(row(folder, name, film, positions))
        few = positions[:: BETWEEN // 4]
        sheet = contact_sheet([shown(film, position, 180) for position in few], [f"{at:g}" for at in few], 5)
        write_png(folder / f"{name}_sheet.png", sheet)
    return 0


def steps() -> list[Drawing]:
    """Four drawings of the walker in one step and the next, each by an unsteady hand."""
    drawings = []
    for number in range(4):
        lines = walker.draw(number / 4, number)
        points = [np.stack([0.5 + x / TALL, 0.95 - z / TALL], axis=1) for x, z in (line.points.T for line in lines)]
        drawings.append(Drawing.make(points, [line.radii / TALL for line in lines]))
    return drawings


def poses() -> list[Drawing]:
    keys = character.keys()
    return [character.drawing(keys[number]) for number in FOX]


def film_of(model: DoodleModel, drawings: list[Drawing], closed: bool) -> tuple[Film, list[float]]:
    latents = model.encode(drawings)
    keys = [
        LatentKey(latent, float(number * BETWEEN), drawing)
        for number, (latent, drawing) in enumerate(zip(latents, drawings, strict=True))
    ]
    closed_time = float(len(keys) * BETWEEN) if closed else None
    film = Film(model, model.track(keys, method="spherical", closed_time=closed_time))
    count = len(keys) * BETWEEN if closed else (len(keys) - 1) * BETWEEN + 1
    return film, [number / BETWEEN for number in range(count)]


def row(folder: Path, name: str, film: Film, positions: list[float]) -> str:
    """Write all files of a film; a row of the table."""
    scenes = list(scenes_of([Shot(film, position) for position in positions]))
    page = Page.square(SIZE, FPS)
    made = [write_vector(folder / f"{name}{ending}", scenes, page) for ending in (".svg", ".json")]
    writers: list[tuple[str, Callable[..., Path]]] = [(".gif", write_gif), (".mp4", write_mp4)]
    pictures = [shown(film, position, SIZE) for position in positions]
    films = [write(folder / f"{name}{ending}", pictures, FPS) for ending, write in writers]
    cells = [f"{size(path)} ({size(path, True)})" for path in made] + [size(path) for path in films]
    keys = film.track.keys
    about = f"{len(keys)}, {len(positions)}, {max(len(scene.drawings[0]) for scene in scenes)}"
    return f"| {name} | {about} | {' | '.join(cells)} |"


def shown(film: Film, position: float, side: int) -> NDArray[np.uint8]:
    """A frame on white paper, (side, side, 3)."""
    rgba = film.frame_rgba(position, side, drawn_ink=True)
    alpha = rgba[..., 3:]
    return np.rint(255 * (srgb.encoded(rgba[..., :3]) * alpha + 1 - alpha)).astype(np.uint8)


def size(path: Path, packed: bool = False) -> str:
    data = path.read_bytes()
    return f"{len(gzip.compress(data) if packed else data) / 1024:.0f} KB"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
