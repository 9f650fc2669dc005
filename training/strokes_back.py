"""How well in-betweens come back as strokes: drawn again, they should be the decoded picture, by few lines.

    python -m training.strokes_back --model weights

For every in-between of the evaluation scenes: the strokes of `doodle_core.inking`, drawn, against the film's own
picture (symmetric mean distance, % of the side, as the card's Chamfer distance); how many strokes there are beside the
keys'; and points a stroke, beside those of the lines that the latent holds. Keys are strokes in any order, each from
either end, as `training.evaluate` gives them; with --pictures, pictures.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from doodle_core import inking, raster
from doodle_core.drawing import Drawing, Picture
from doodle_core.errors import DoodleError
from doodle_core.film import Film
from doodle_core.model import DoodleModel
from doodle_core.strokes.lines import from_latent
from doodle_core.strokes.model import StrokeModel
from doodle_core.track import LatentKey
from training import metrics
from training.evaluate import keys_of, shuffled
from training.scenes import SCENES, Scene

__all__ = ["Back", "main", "strokes_back"]

SIZE = 256  # pixels: finer than the model's square, or half a pixel of rounding were most of the distance
PICTURE = 128  # pixels: side of the pictures that keys may be given as
STEPS = 6  # from key to key


@dataclass(frozen=True)
class Back:
    """What came back of one in-between.

    distance: % of the side. strokes, and keys: those of the two keys' lines. points: of all strokes together, and
    before: of the latent's lines (NaN for models whose latents are no lines).
    """

    distance: float
    strokes: int
    keys: tuple[int, int]
    points: int
    before: float


def strokes_back(
    model: DoodleModel, scene: Scene, method: str = "spherical", pictures: bool = False, sigma: float = 0.0
) -> list[Back]:
    """Every in-between of a scene, STEPS - 1 between two keys."""
    drawings: list[Drawing] = [shuffled(key, seed) for seed, key in enumerate(keys_of(scene))]
    if pictures:
        drawings = [Picture(raster.ink(drawing, PICTURE)) for drawing in drawings]
    latents = model.encode(drawings)
    keys = [LatentKey(latent, k, drawing) for k, (latent, drawing) in enumerate(zip(latents, drawings, strict=True))]
    film = Film(model, model.track(keys, method, sigma))
    known = isinstance(model, StrokeModel)
    counts = [
        len(from_latent(latent)) if known else len(inking.inked(film, k).strokes) for k, latent in enumerate(latents)
    ]
    answer = []
    for position in (k + step / STEPS for k in range(scene.segments) for step in range(1, STEPS)):
        strokes = inking.inked(film, position, pin=0.0).strokes
        shown = film.frame_ink(position, SIZE, pin=0.0)
        before = float("nan")
        if known:
            before = sum(len(line.points) for line in from_latent(film.track.at([position])[0]))
        answer.append(
            Back(
                metrics.chamfer(raster.ink(strokes, SIZE), shown),
                len(strokes),
                (counts[int(position)], counts[int(position) + 1]),
                len(strokes.points),
                before,
            )
        )
    return answer


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 2 and one line for a model that does not load."""
    parser = argparse.ArgumentParser(prog="python -m training.strokes_back", description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=None, metavar="DIR", help="weights (default: the bundled ones)")
    parser.add_argument("--method", default="spherical")
    parser.add_argument("--sigma", type=float, default=0.0)
    parser.add_argument("--pictures", action="store_true", help="keys are pictures")
    options = parser.parse_args(arguments)
    try:
        model = DoodleModel.load(options.model)
        found = {
            scene.name: strokes_back(model, scene, options.method, options.pictures, options.sigma) for scene in SCENES
        }
    except DoodleError as error:
        print(error, file=sys.stderr)
        return 2
    print("| scene | median % | worst % | strokes | the keys' | points a stroke | in the latent |")
    print("|---|---|---|---|---|---|---|")
    for name, backs in found.items():
        print(f"| {name} | {_row(backs)} |")
    print(f"| all | {_row([back for backs in found.values() for back in backs])} |")
    return 0


def _row(backs: Sequence[Back]) -> str:
    distances = [back.distance for back in backs]
    strokes = [back.strokes for back in backs]
    keys = [count for back in backs for count in back.keys]
    cells = [f"{statistics.median(distances):.3f}", f"{max(distances):.3f}"]
    cells += [f"{min(strokes)}-{max(strokes)}", f"{min(keys)}-{max(keys)}"]
    total = max(1, sum(strokes))
    cells += [f"{sum(back.points for back in backs) / total:.1f}", f"{np.sum([b.before for b in backs]) / total:.1f}"]
    return " | ".join(cells)


if __name__ == "__main__":
    sys.exit(main())
