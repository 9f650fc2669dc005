"""Measure in-betweens against drawings whose motion is known.

    python -m training.evaluate --model weights --output build/evaluation

Prints one table (markdown) and writes a strip of pictures for every scene, and results.json with the figures of each.
Every scene counts the same. The rows: two references, which know the truth; two baselines, which know only the keys'
pictures; then those of each model, with the straight path between two keys ("linear") where they say nothing else.

A dense model's: its encoder alone, its refined latents, those with the keys pinned, and those on the circular path.
A stroke model's: keys given as pictures of 128 pixels, and as strokes, which are pinned in any case, on each of the
paths, and drawn in a few colours; from pictures, pinned, on the circular one; and the circular one shaken. Strokes are
given in any order, each from either end, closed ones from any point, differently at every key: what the model is given
is the drawing alone.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from doodle_core import raster
from doodle_core.dense.model import DenseModel
from doodle_core.drawing import Drawing, Picture, Shown
from doodle_core.errors import DoodleError
from doodle_core.film import Film
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey
from training import metrics
from training.scenes import SCENES, Scene
from training.strips import save_strip

__all__ = ["Cost", "Figures", "Result", "Way"]
__all__ += ["baselines", "cost_of", "evaluate", "main", "measure", "model_ways", "plain", "shuffled", "table"]

SIZE = raster.RESOLUTION
BETWEEN = (0.25, 0.5, 0.75)
STEPS = 25  # from key to key, over 24 in-betweens
SHORT = ("jumper", "face", "plant", "ball", "flag", "fish", "letters")
THREADS = 2

PICTURE = 128  # pixels: side of the pictures that stroke models are given
SIGMA = 0.25  # of the shaken row
COLOURS = np.array([(0.0, 0.0, 0.0), (0.6, 0.0, 0.0), (0.0, 0.1, 0.7), (0.0, 0.4, 0.1)], np.float32)  # linear RGB

Pictures: TypeAlias = NDArray[np.float32]  # ink, (M, 64, 64)


@dataclass(frozen=True)
class Way:
    """A way to get from key to key: the row's label, and the inks (M, 64, 64) of a scene at positions (M,) in keys."""

    label: str
    frames: Callable[[Scene, Sequence[float]], Pictures]
    knows_truth: bool = False
    """It needs a true drawing, so scenes without one are left out."""
    redraws_keys: bool = False
    """What it shows at a key is its own reconstruction, which key IoU measures."""
    in_strips: bool = True
    """Whether there is anything to see in it that other rows do not show."""


@dataclass(frozen=True)
class Figures:
    """What is measured of one scene, or the mean over scenes; NaN where it does not apply.

    key_iou      of the keys, redrawn without pinning
    chamfer, iou, pieces   of in-betweens against the true ones: %, 0..1, |difference|
    strange_pieces   in scenes without a truth: pieces beyond what the two keys have
    half_tone    of in-betweens; evenness over 24 in-betweens a segment
    """

    key_iou: float = math.nan
    chamfer: float = math.nan
    iou: float = math.nan
    half_tone: float = math.nan
    pieces: float = math.nan
    strange_pieces: float = math.nan
    evenness: float = math.nan


@dataclass(frozen=True)
class Cost:
    """Of one frame: multiply-adds of the decoder (NaN where there is none), milliseconds at 64 and at 512 pixels."""

    multiply_adds: float = math.nan
    ms_64: float = math.nan
    ms_512: float = math.nan


@dataclass(frozen=True)
class Result:
    """One row of the table, and what it is the mean of."""

    label: str
    mean: Figures
    scenes: dict[str, Figures]
    cost: Cost = Cost()

    def worst(self, count: int = 3) -> list[str]:
        """The scenes with the largest Chamfer distance, worst first."""
        known = [name for name, figures in self.scenes.items() if not math.isnan(figures.chamfer)]
        return sorted(known, key=lambda name: -self.scenes[name].chamfer)[:count]


# --- Ways ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def keys_of(scene: Scene) -> tuple[Drawing, ...]:
    """The scene's key drawings."""
    return tuple(scene.draw(float(k)) for k in range(scene.keys))


@lru_cache(maxsize=64)
def _key_inks(scene: Scene) -> Pictures:
    return np.stack([raster.ink(key, SIZE) for key in keys_of(scene)])


@lru_cache(maxsize=64)
def _key_fields(scene: Scene) -> Pictures:
    return np.stack([far_field(key) for key in keys_of(scene)])


def _true(scene: Scene, positions: Sequence[float]) -> Pictures:
    return np.stack([raster.ink(scene.draw(p), SIZE) for p in positions])


def _straight(scene: Scene, positions: Sequence[float]) -> Pictures:
    """Every point of every true stroke goes straight: the best that pairing strokes could give."""
    keys = keys_of(scene)

    def drawing(position: float) -> Drawing:
        before, share = _split(scene, position)
        a, b = keys[before], keys[before + 1]
        points = (1 - share) * a.points + share * b.points
        return replace(a, points=points, radii=(1 - share) * a.radii + share * b.radii)

    return np.stack([raster.ink(drawing(p), SIZE) for p in positions])


def _cross_fade(scene: Scene, positions: Sequence[float]) -> Pictures:
    return _blend(_key_inks(scene), scene, positions)


def _field_lerp(scene: Scene, positions: Sequence[float]) -> Pictures:
    return _cut(_blend(_key_fields(scene), scene, positions))


def far_field(drawing: Drawing) -> NDArray[np.float32]:
    """The drawing's field (64, 64), model pixels, going on beyond the limit to which `raster` cuts it off.

    Near the line exact, farther away to a tenth of a pixel. Without ink: minus the side everywhere.
    """
    near = raster.field(drawing, SIZE)
    fine = 5  # odd, so that a fine pixel's centre lies on each pixel's own
    solid = raster.ink(drawing, SIZE * fine) >= 0.5
    if not solid.any():
        return np.full_like(near, -SIZE)
    away = (ndimage.distance_transform_edt(~solid) - ndimage.distance_transform_edt(solid))[2::fine, 2::fine] / fine
    flat = np.abs(near) >= raster.FIELD_LIMIT
    return np.where(flat, -away, near).astype(np.float32)


def baselines() -> list[Way]:
    """The rows that need no model."""
    return [
        Way("true drawings", _true, knows_truth=True),
        Way("true strokes, points moved straight", _straight, knows_truth=True, in_strips=False),
        Way("cross-fade", _cross_fade),
        Way("interpolated distance fields", _field_lerp),
    ]


def model_ways(model: DoodleModel, label: str) -> list[Way]:
    """A model's rows."""
    if isinstance(model, DenseModel):
        return _dense_ways(model, label)
    return _stroke_ways(model, label)


Given: TypeAlias = Callable[[Scene], "tuple[Shown, ...]"]
"""What a model is given as a scene's keys."""
Encode: TypeAlias = Callable[["Sequence[Shown]"], "Sequence[Drawing] | NDArray[np.float32]"]
Films: TypeAlias = Callable[[Scene], Film]


def _dense_ways(model: DenseModel, label: str) -> list[Way]:
    """To show another stage, add a way to encode here."""

    def encoder_only(keys: Sequence[Shown]) -> NDArray[np.float32]:
        return model.refined(keys, 0)

    refined = _filmed(model, keys_of, model.encode)
    return [
        _way(f"{label}, encoder only", _filmed(model, keys_of, encoder_only)(), 0.0, redraws_keys=True),
        _way(f"{label}, refined", refined(), 0.0, redraws_keys=True),
        _way(f"{label}, pinned", refined(), 1.0),
        _way(f"{label}, pinned, circular", refined("circular"), 1.0),
    ]


def _stroke_ways(model: DoodleModel, label: str) -> list[Way]:
    pictures = _filmed(model, _as_pictures, model.encode)
    strokes = _filmed(model, _as_strokes, model.encode)
    coloured = _filmed(model, _in_colours, model.encode)
    return [
        _way(f"{label}, from pictures", pictures(), 0.0, redraws_keys=True),
        _way(f"{label}, from strokes", strokes(), 0.0, redraws_keys=True),
        _way(f"{label}, pinned, circular", strokes("circular"), 1.0),
        _way(f"{label}, pinned, spherical", strokes("spherical"), 1.0, in_strips=False),
        _way(f"{label}, in colours, pinned, spherical", coloured("spherical"), 1.0, in_strips=False),
        _way(f"{label}, pinned, cubic", strokes("cubic"), 1.0),
        _way(f"{label}, from pictures, pinned, circular", pictures("circular"), 1.0, in_strips=False),
        _way(f"{label}, circular, sigma {SIGMA}", strokes("circular", SIGMA), 0.0),
    ]


def _filmed(model: DoodleModel, given: Given, encode: Encode) -> Callable[..., Films]:
    """(method, sigma) -> films through the latents that `encode` makes of a scene's keys, each encoded once."""

    @lru_cache(maxsize=64)
    def latents(scene: Scene) -> Sequence[Drawing] | NDArray[np.float32]:
        return encode(given(scene))

    def films(method: str = "linear", sigma: float = 0.0) -> Films:
        @lru_cache(maxsize=64)
        def film(scene: Scene) -> Film:
            keys = [LatentKey(z, k, d) for k, (z, d) in enumerate(zip(latents(scene), given(scene), strict=True))]
            return Film(model, model.track(keys, method, sigma))

        return film

    return films


def _way(label: str, films: Films, pin: float, redraws_keys: bool = False, in_strips: bool = True) -> Way:
    """The frames of films, with as much of the keys' own drawings at the keys as `pin` says."""

    def frames(scene: Scene, positions: Sequence[float]) -> Pictures:
        return np.stack(list(films(scene).frames(list(positions), SIZE, pin=pin)))

    return Way(label, frames, redraws_keys=redraws_keys, in_strips=in_strips)


@lru_cache(maxsize=64)
def _as_pictures(scene: Scene) -> tuple[Picture, ...]:
    return tuple(Picture(raster.ink(key, PICTURE)) for key in keys_of(scene))


@lru_cache(maxsize=64)
def _as_strokes(scene: Scene) -> tuple[Drawing, ...]:
    return tuple(shuffled(key, seed) for seed, key in enumerate(keys_of(scene)))


@lru_cache(maxsize=64)
def _in_colours(scene: Scene) -> tuple[Drawing, ...]:
    """Each of a scene's strokes in one of a few colours, the same at every key."""
    keys = (replace(key, colours=COLOURS[key.shape_of_vertex % len(COLOURS)]) for key in keys_of(scene))
    return tuple(shuffled(key, seed) for seed, key in enumerate(keys))


def shuffled(drawing: Drawing, seed: int) -> Drawing:
    """The same drawing of lines, with its strokes in another order, some drawn from their other end, closed ones from
    another point. A stroke is closed if it is cyclic, or if it ends where and as thick as it starts (1e-5 canvas
    units)."""
    dice = np.random.default_rng(seed)
    mixed = drawing.select(dice.permutation(len(drawing)))
    nib = np.column_stack([mixed.points, mixed.radii, mixed.opacities])
    parts = [np.zeros(0, np.int64)]
    for index, closed in enumerate(mixed.cyclic):
        part = np.arange(mixed.offsets[index], mixed.offsets[index + 1])
        if closed and len(part):
            part = np.roll(part, dice.integers(len(part)))
        elif len(part) > 3 and np.abs(nib[part[0]] - nib[part[-1]]).max() < 1e-5:
            part = np.roll(part[:-1], dice.integers(len(part) - 1))
            part = np.append(part, part[0])
        parts.append(part[::-1] if dice.random() < 0.5 else part)
    which = np.concatenate(parts)
    return replace(
        mixed,
        points=mixed.points[which],
        radii=mixed.radii[which],
        opacities=mixed.opacities[which],
        colours=None if mixed.colours is None else mixed.colours[which],
    )


def _split(scene: Scene, position: float) -> tuple[int, float]:
    """The key before a position (never the last) and the share of the way to the next."""
    before = min(int(position), scene.keys - 2)
    return before, position - before


def _blend(keys: Pictures, scene: Scene, positions: Sequence[float]) -> Pictures:
    parts = [_split(scene, p) for p in positions]
    return np.stack([(1 - share) * keys[before] + share * keys[before + 1] for before, share in parts])


def _cut(field: Pictures) -> Pictures:
    return np.clip(field + 0.5, 0, 1)


# --- Measuring -------------------------------------------------------------------------------------------------------


def measure(way: Way, scene: Scene) -> Figures:
    """One way's figures on one scene."""
    if way.knows_truth and not scene.truth:
        return Figures()
    positions = [segment + s for segment in range(scene.segments) for s in BETWEEN]
    shown = way.frames(scene, positions)
    keys = _key_inks(scene)
    counted = [metrics.pieces(ink) for ink in shown]
    found: dict[str, float] = {"half_tone": statistics.fmean(metrics.half_tone(ink) for ink in shown)}
    if way.redraws_keys:
        redrawn = way.frames(scene, range(scene.keys))
        found["key_iou"] = statistics.fmean(map(metrics.iou, redrawn, keys))
    if scene.truth:
        truth = _true(scene, positions)
        found["chamfer"] = statistics.fmean(map(metrics.chamfer, shown, truth))
        found["iou"] = statistics.fmean(map(metrics.iou, shown, truth))
        found["pieces"] = statistics.fmean(map(metrics.pieces_error, counted, map(metrics.pieces, truth)))
    else:
        ends = [metrics.pieces(ink) for ink in keys]
        allowed = [(ends[int(p)], ends[int(p) + 1]) for p in positions]
        found["strange_pieces"] = statistics.fmean(
            metrics.pieces_error(count, *pair) for count, pair in zip(counted, allowed, strict=True)
        )
    films = (way.frames(scene, [k + i / STEPS for i in range(STEPS + 1)]) for k in range(scene.segments))
    found["evenness"] = statistics.fmean(map(metrics.evenness, films))
    return Figures(**found)


def _mean(figures: Sequence[Figures]) -> Figures:
    """Scene by scene alike, over those to which a figure applies."""
    columns = {f.name: [v for one in figures if not math.isnan(v := getattr(one, f.name))] for f in fields(Figures)}
    return Figures(**{name: statistics.fmean(values) for name, values in columns.items() if values})


def cost_of(folder: Path, timed: bool = True) -> Cost:
    """What one frame costs of the model in `folder`.

    Multiply-adds are those of the matrix products and convolutions of a dense model's decoder, as torch counts them.
    Times are of a film's whole frame, half-way between two keys that are known, the median over the scenes; of each the
    best of several runs, as `timeit` advises: on a machine with other work the best run is the nearest to the truth.
    What comes before: see `stroke_times`.
    """
    table = json.loads((folder / "card.json").read_text(encoding="utf-8"))["network"]
    multiply_adds = math.nan if table["kind"] == "strokes" else _dense_decoder_work(table)
    if not timed:
        return Cost(multiply_adds)
    model = DoodleModel.load(folder, engine="onnx", threads=THREADS)
    films = []
    for scene in SCENES:
        drawn = keys_of(scene)[:2]
        keys = [LatentKey(z, k, d) for k, (z, d) in enumerate(zip(model.encode(drawn), drawn, strict=True))]
        films.append(Film(model, model.track(keys)))

    def milliseconds(size: int, runs: int = 6) -> float:
        best = []
        for film in films:
            times = []
            for _ in range(runs):
                start = time.perf_counter()
                film.frame_rgba(0.5, size)
                times.append(time.perf_counter() - start)
            best.append(min(times) * 1000)
        return statistics.median(best)

    return Cost(multiply_adds, milliseconds(SIZE), milliseconds(512))


def _dense_decoder_work(table: dict[str, Any]) -> float:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from doodle_core.dense.networks import NetworkConfig, build

    config = NetworkConfig.from_dict(table)
    decoder = build(config)[1].eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        decoder(torch.zeros(1, config.latent))
    return counter.get_total_flops() / 2


def stroke_times(folder: Path) -> dict[str, float]:
    """What a stroke model does before it paints: milliseconds of processor time, medians over the scenes.

    read: of one key, given as a picture of 128 pixels; match: two keys, once; align: two keys that are matched, once;
    pose: the drawing of one frame.
    """
    model = DoodleModel.load(folder, engine="onnx", threads=1)
    times: dict[str, list[float]] = {"read": [], "match": [], "align": [], "pose": []}

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        start = time.process_time()  # on a machine with other work, what it would take without
        yield
        times[name].append((time.process_time() - start) * 1000)

    for scene in SCENES:
        for picture in _as_pictures(scene):
            with timed("read"):
                model.encode([picture])
        keys = [LatentKey(drawing, k, drawing) for k, drawing in enumerate(_as_strokes(scene))]
        film = Film(model, model.track(keys, "circular"))
        for segment, (first, second) in enumerate(pairwise(keys)):
            with timed("match"):
                model.match(first, second, decide=True)
            with timed("align"):
                model.inbetweens(first, second)
            film.pose(segment + 0.5)
            with timed("pose"):
                film.pose(segment + 0.25)
    return {name: statistics.median(values) for name, values in times.items()}


def evaluate(
    models: Sequence[Path] = (), short: bool = False, strips: Path | None = None, beside: Sequence[Path] = ()
) -> list[Result]:
    """All rows: the references and baselines, then those of the models in the given folders.

    short: a few scenes of three keys each, and no timing; its figures compare only with short ones.
    strips: a folder for one picture a scene, NAME.png.
    beside: folders of more models, whose rows come last, and not in the strips.
    Raises DoodleError, naming the file, where a model cannot be loaded.
    """
    scenes = [replace(s, keys=3) for s in SCENES if s.name in SHORT] if short else list(SCENES)
    ways = [(way, Cost()) for way in baselines()]
    in_strips = len(ways)
    opened = [(folder, DoodleModel.load(folder, engine="onnx", threads=THREADS)) for folder in [*models, *beside]]
    names = [model.card.name for _, model in opened]
    for index, (folder, model) in enumerate(opened):
        name = model.card.name
        label = name if names.count(name) == 1 else f"{name} ({folder.name})"
        cost = cost_of(folder, timed=not short)
        ways += [(way, cost) for way in model_ways(model, label)]
        in_strips = len(ways) if index < len(models) else in_strips

    results = []
    for way, cost in ways:
        by_scene = {scene.name: measure(way, scene) for scene in scenes}
        results.append(Result(way.label, _mean(list(by_scene.values())), by_scene, cost))
    if strips is not None:
        for scene in scenes:
            _strip(scene, [way for way, _ in ways[:in_strips]], strips / f"{scene.name}.png")
    return results


def _strip(scene: Scene, ways: Sequence[Way], path: Path) -> None:
    """The scene's keys and in-betweens, a row for every way that shows something."""
    positions = [k + s for k in range(scene.segments) for s in (0.0, *BETWEEN)] + [float(scene.segments)]
    rows: list[tuple[str, Sequence[Pictures | None]]] = []
    for way in ways:
        if not way.in_strips:
            continue
        if way.knows_truth and not scene.truth:
            keys = iter(way.frames(scene, range(scene.keys)))
            rows.append(("keys", [next(keys) if p == int(p) else None for p in positions]))
        else:
            rows.append((way.label, list(way.frames(scene, positions))))
    save_strip(path, rows, [p == int(p) for p in positions])


# --- Telling ---------------------------------------------------------------------------------------------------------

_COLUMNS: tuple[tuple[str, str, Callable[[Result], float]], ...] = (
    ("key IoU", ".3f", lambda r: r.mean.key_iou),
    ("Chamfer, %", ".2f", lambda r: r.mean.chamfer),
    ("IoU", ".3f", lambda r: r.mean.iou),
    ("half-tone", ".3f", lambda r: r.mean.half_tone),
    ("pieces error", ".2f", lambda r: r.mean.pieces),
    ("of strangers", ".2f", lambda r: r.mean.strange_pieces),
    ("evenness", ".2f", lambda r: r.mean.evenness),
    ("M multiply-adds", ".1f", lambda r: r.cost.multiply_adds / 1e6),
    ("ms, 64 px", ".2f", lambda r: r.cost.ms_64),
    ("ms, 512 px", ".2f", lambda r: r.cost.ms_512),
)


def table(results: Sequence[Result]) -> str:
    """The results as a markdown table."""
    lines = ["| | " + " | ".join(name for name, _, _ in _COLUMNS) + " |", "|---" * (len(_COLUMNS) + 1) + "|"]
    for result in results:
        values = [(value(result), style) for _, style, value in _COLUMNS]
        cells = ["-" if math.isnan(number) else format(number, style) for number, style in values]
        lines.append(f"| {result.label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plain(value: Any) -> Any:
    """For JSON, which has no NaN."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 2 and one line for a model that does not load."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, action="append", default=[], metavar="DIR", help="weights; repeatable")
    parser.add_argument("--output", type=Path, default=Path("build/evaluation"), metavar="DIR")
    parser.add_argument("--short", action="store_true", help="a few scenes, no strips, no timing")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    try:
        results = evaluate(options.model, options.short, None if options.short else options.output)
    except DoodleError as error:
        print(error, file=sys.stderr)
        return 2
    print(table(results))
    for result in results:
        if result.label not in {way.label for way in baselines()}:
            print(f"\n{result.label}: worst are {', '.join(result.worst())}")
    options.output.mkdir(parents=True, exist_ok=True)
    record = {
        "short": options.short,
        "seconds": round(time.perf_counter() - start, 1),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "rows": [plain(asdict(result)) for result in results],
    }
    name = "results-short.json" if options.short else "results.json"
    (options.output / name).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
