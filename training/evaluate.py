"""Measure in-betweens against drawings whose motion is known.

    python -m training.evaluate --model weights --output build/evaluation

Prints one table (markdown) and writes a strip of pictures for every scene, and results.json with the figures of each.
Every scene counts the same. The rows: two references, which know the truth; two baselines, which know only the keys'
pictures; then for each model its encoder alone, its refined latents, and those with the keys pinned. The path between
two keys is the straight one ("linear"), and in the last row the circular one.
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
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from doodle_core import raster
from doodle_core.drawing import Strokes
from doodle_core.errors import DoodleError
from doodle_core.interpolation import interpolate
from doodle_core.model import DoodleModel
from doodle_core.pin import pinned
from training import metrics
from training.scenes import SCENES, Scene
from training.strips import save_strip

__all__ = ["Cost", "Figures", "Result", "Way"]
__all__ += ["baselines", "evaluate", "main", "measure", "model_ways", "plain", "table"]

SIZE = raster.RESOLUTION
BETWEEN = (0.25, 0.5, 0.75)
STEPS = 25  # from key to key, over 24 in-betweens
SHORT = ("jumper", "face", "plant", "ball", "flag", "fish", "letters")
THREADS = 2

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
    """Of one decoded frame: multiply-adds, and milliseconds in batches of 1 and of 64 on two threads."""

    multiply_adds: float = math.nan
    ms_1: float = math.nan
    ms_64: float = math.nan


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
def keys_of(scene: Scene) -> tuple[Strokes, ...]:
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

    def drawing(position: float) -> Strokes:
        before, share = _split(scene, position)
        a, b = keys[before], keys[before + 1]
        points = (1 - share) * a.points + share * b.points
        return replace(a, points=points, radii=(1 - share) * a.radii + share * b.radii)

    return np.stack([raster.ink(drawing(p), SIZE) for p in positions])


def _cross_fade(scene: Scene, positions: Sequence[float]) -> Pictures:
    return _blend(_key_inks(scene), scene, positions)


def _field_lerp(scene: Scene, positions: Sequence[float]) -> Pictures:
    return _cut(_blend(_key_fields(scene), scene, positions))


def far_field(drawing: Strokes) -> NDArray[np.float32]:
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
        Way("true strokes, points moved straight", _straight, knows_truth=True),
        Way("cross-fade", _cross_fade),
        Way("interpolated distance fields", _field_lerp),
    ]


def model_ways(model: DoodleModel, label: str) -> list[Way]:
    """A model's rows. To show another stage, add a way to encode here."""

    def encoder_only(keys: Sequence[Strokes]) -> NDArray[np.float32]:
        return model.encode(keys, rounds=0)

    @lru_cache(maxsize=64)
    def latents(scene: Scene, encode: Callable[[Sequence[Strokes]], NDArray[np.float32]]) -> NDArray[np.float32]:
        return encode(keys_of(scene))

    def walked(
        encode: Callable[[Sequence[Strokes]], NDArray[np.float32]], method: str = "linear"
    ) -> Callable[..., Pictures]:
        def fields_at(scene: Scene, positions: Sequence[float]) -> Pictures:
            times = np.arange(scene.keys, dtype=np.float64)
            return model.decode(interpolate(latents(scene, encode), times, positions, method).astype(np.float32))

        return fields_at

    def pinned_to_keys(walk: Callable[..., Pictures]) -> Callable[..., Pictures]:
        def frames(scene: Scene, positions: Sequence[float]) -> Pictures:
            own = [raster.field(key, SIZE) for key in keys_of(scene)]
            decoded = walk(scene, range(scene.keys))
            shown = [
                pinned(field, position, own.__getitem__, decoded.__getitem__, 1.0, key_count=scene.keys)
                for field, position in zip(walk(scene, positions), positions, strict=True)
            ]
            return _cut(np.stack(shown))

        return frames

    refined, alone = walked(model.encode), walked(encoder_only)

    return [
        Way(f"{label}, encoder only", lambda s, p: _cut(alone(s, p)), redraws_keys=True),
        Way(f"{label}, refined", lambda s, p: _cut(refined(s, p)), redraws_keys=True),
        Way(f"{label}, pinned", pinned_to_keys(refined)),
        Way(f"{label}, pinned, circular", pinned_to_keys(walked(model.encode, "circular"))),
    ]


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


def decoder_cost(folder: Path, timed: bool = True) -> Cost:
    """What decoding one frame costs, from the network that the card describes and the decoder.onnx beside it.

    Multiply-adds of matrix products and convolutions only. Times are the best of several runs, as `timeit` advises:
    on a machine with other work the best run is the nearest to the truth.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from doodle_core.networks import NetworkConfig, build

    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    config = NetworkConfig.from_dict(card["network"])
    decoder = build(config)[1].eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        decoder(torch.zeros(1, config.latent))
    multiply_adds = counter.get_total_flops() / 2
    if not timed:
        return Cost(multiply_adds)

    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    session = onnxruntime.InferenceSession(str(folder / "decoder.onnx"), options, ["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def milliseconds(batch: int, runs: int) -> float:
        latents = np.zeros((batch, config.latent), np.float32)
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            session.run(None, {name: latents})
            times.append(time.perf_counter() - start)
        return min(times) * 1000 / batch

    return Cost(multiply_adds, milliseconds(1, 60), milliseconds(64, 12))


def evaluate(models: Sequence[Path] = (), short: bool = False, strips: Path | None = None) -> list[Result]:
    """All rows: the references and baselines, then those of the models in the given folders.

    short: a few scenes of three keys each, and no timing; its figures compare only with short ones.
    strips: a folder for one picture a scene, NAME.png.
    Raises DoodleError, naming the file, where a model cannot be loaded.
    """
    scenes = [replace(s, keys=3) for s in SCENES if s.name in SHORT] if short else list(SCENES)
    ways = [(way, Cost()) for way in baselines()]
    opened = [(folder, DoodleModel.load(folder, engine="onnx", threads=THREADS)) for folder in models]
    names = [model.card.name for _, model in opened]
    for folder, model in opened:
        name = model.card.name
        label = name if names.count(name) == 1 else f"{name} ({folder.name})"
        cost = decoder_cost(folder, timed=not short)
        ways += [(way, cost) for way in model_ways(model, label)]

    results = []
    for way, cost in ways:
        by_scene = {scene.name: measure(way, scene) for scene in scenes}
        results.append(Result(way.label, _mean(list(by_scene.values())), by_scene, cost))
    if strips is not None:
        for scene in scenes:
            _strip(scene, [way for way, _ in ways], strips / f"{scene.name}.png")
    return results


def _strip(scene: Scene, ways: Sequence[Way], path: Path) -> None:
    """The scene's keys and in-betweens, every way a row."""
    positions = [k + s for k in range(scene.segments) for s in (0.0, *BETWEEN)] + [float(scene.segments)]
    rows: list[tuple[str, Sequence[Pictures | None]]] = []
    for way in ways:
        if way.frames is _straight:
            continue  # a measure of the scenes; nothing to see
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
    ("ms, batch 1", ".2f", lambda r: r.cost.ms_1),
    ("ms, batch 64", ".2f", lambda r: r.cost.ms_64),
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
