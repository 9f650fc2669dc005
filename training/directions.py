"""Look for directions in a dense model's latents that mean weight, shift, scale and rotation.

    python -m training.directions --model weights/mixer --output build/directions

Synthetic doodles are drawn again with one of the features changed by a known amount. What that does to their latents is
compared with two linear predictions, on doodles held out from fitting them:

one direction   latent + amount * d: the same d in every drawing
linear map      latent + amount * (M latent + d): how a drawing changes depends linearly on its latent

Both are fitted by least squares. Latents are the encoder's own, not refined. A stroke model has no such question: its
latents are the drawings themselves.

Prints one table (markdown), and writes a strip of pictures walking along each feature, and results.json.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from doodle_core import raster
from doodle_core.dense.model import DenseModel
from doodle_core.drawing import Drawing
from doodle_core.errors import DoodleError
from doodle_core.model import DoodleModel
from training import metrics, motion, shapes
from training.evaluate import plain
from training.strips import save_strip

__all__ = ["FEATURES", "Figures", "Shift", "drawn", "explained", "main", "measure", "table"]

Floats: TypeAlias = NDArray[np.float64]
Array: TypeAlias = NDArray[np.float32]
Predict: TypeAlias = Callable[[Array, Floats], Array]
"""Latents (B, D) and amounts (B,) -> the latents predicted of the changed drawings."""

FEATURES = {"weight": 0.4, "x": 1 / 16, "y": 1 / 16, "scale": 0.25, "rotation": 0.2}
"""By name, in the units of `doodle_core.transform.Transform`, the largest amount that is measured, either way."""

SIZE = raster.RESOLUTION
SEED = 20_000_003  # of the doodles; training draws from smaller ones
HELD_OUT = 0.25  # of the doodles
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)  # of the ridge regressions, chosen on a fifth of the fitted doodles
STEPS = 7  # of a strip
DOODLES_SHOWN = 2


@dataclass(frozen=True)
class Figures:
    """What one feature does to one model's latents, on held-out doodles.

    direction, map   R squared: the share of the latents' change, as a sum of squares, that the prediction explains
    read             R squared of reading the amount off the change, linearly
    still, by_direction, by_map, encoded   IoU with the true changed drawing of: the latent left as it is, both
             predictions, and the latent of the changed drawing itself (what the model could show at best)
    """

    model: str
    feature: str
    direction: float
    map: float
    read: float
    still: float
    by_direction: float
    by_map: float
    encoded: float


@dataclass(frozen=True, eq=False)
class Shift:
    """Doodles and what they become: latents before and after, (B, D), and the amounts, (B,)."""

    before: Array
    after: Array
    amounts: Floats

    def part(self, which: NDArray[np.bool_]) -> Shift:
        return Shift(self.before[which], self.after[which], self.amounts[which])


def drawn(figure: motion.Figure, **amounts: Floats | float) -> list[Drawing]:
    """The figures' first keys as strokes, changed by amounts of FEATURES: one number, or one a figure.

    A figure is scaled and turned about the canvas's centre, counter-clockwise, then shifted right (x) and up (y); its
    lines' radii scale and then grow by `weight`.
    """
    count = len(figure.scale)
    told = {name: torch.as_tensor(np.broadcast_to(amounts.pop(name, 0.0), count).copy()).float() for name in FEATURES}
    if amounts:
        raise ValueError(f"features {sorted(amounts)} are unknown")
    points, p = motion.points_at(figure, torch.zeros(count))
    low, high = p["low"].clamp(0, 1), p["high"].clamp(0, 1)
    points = shapes.resample(points, low, torch.maximum(low, high))
    points = points * figure.scale[:, None, None, None] + figure.offset[:, None, None, :] - SIZE / 2
    factor = 2 ** told["scale"]
    points = shapes.rotate(points.flatten(1, 2), -told["rotation"]).view_as(points) * factor[:, None, None, None]
    points = points + torch.stack((told["x"], -told["y"]), -1)[:, None, None] * SIZE + SIZE / 2
    # Lines thick enough that the thinned ones are still lines that the models have seen.
    radius = p["radius"].clamp(min=1.0) * factor[:, None] + told["weight"][:, None]
    visible = figure.present & (high - low > 0.015)
    return [
        Drawing.make(
            list(points[i, visible[i]].double().numpy() / SIZE),
            list(radius[i, visible[i]].double().numpy() / SIZE),
            filled=figure.solid[i, visible[i]].tolist(),
        )
        for i in range(count)
    ]


def explained(truth: NDArray[np.floating], predicted: NDArray[np.floating]) -> float:
    """Share of a sum of squares that a prediction explains: R squared about zero, at most 1; NaN without any."""
    truth, predicted = np.asarray(truth, np.float64), np.asarray(predicted, np.float64)
    total = (truth**2).sum()
    return float(1 - ((truth - predicted) ** 2).sum() / total) if total > 0 else math.nan


def _encoded(model: DenseModel, drawings: Sequence[Drawing]) -> Array:
    # In parts, for an encoder's memory.
    return np.concatenate([model.refined(drawings[i : i + 64], 0) for i in range(0, len(drawings), 64)])


def _ridge(inputs: Floats, targets: Floats) -> Floats:
    """Weights (I, O) from inputs (B, I) to targets (B, O), with the penalty that serves a held-back fifth best.

    Tikhonov's regularised least squares (Hoerl and Kennard 1970); penalties are in units of the inputs' mean square.
    """
    cut = max(1, len(inputs) * 4 // 5)

    def solved(rows: slice, penalty: float) -> Floats:
        x, y = inputs[rows], targets[rows]
        square = x.T @ x
        return np.linalg.solve(square + penalty * np.trace(square) / len(square) * np.eye(len(square)), x.T @ y)

    rest = slice(cut, None)
    best = max(PENALTIES, key=lambda p: explained(targets[rest], inputs[rest] @ solved(slice(cut), p)))
    return solved(slice(None), best)


def _fit(fitted: Shift) -> tuple[Predict, Predict, Callable[[Shift], Floats]]:
    """One direction, a linear map, and a reading of the amount, fitted."""
    change = (fitted.after - fitted.before).astype(np.float64)
    amounts = fitted.amounts[:, None]
    direction = (amounts * change).sum(0) / (amounts**2).sum()
    middle, unit = fitted.before.mean(0), fitted.before.std() + 1e-9

    def features(latents: Array, amounts: Floats) -> Floats:
        z = (latents - middle) / unit
        return amounts[:, None] * np.concatenate([z, np.full((len(z), 1), np.sqrt(z.shape[1]))], 1)

    weights = _ridge(features(fitted.before, fitted.amounts), change)
    reading = _ridge(change, amounts)
    return (
        lambda z, a: (z + a[:, None] * direction).astype(np.float32),
        lambda z, a: (z + features(z, a) @ weights).astype(np.float32),
        lambda shift: ((shift.after - shift.before) @ reading)[:, 0],
    )


def measure(model: DenseModel, count: int, strips: Path | None = None) -> list[Figures]:
    """The figures of every feature, from so many doodles (16 or more), a quarter of them held out. strips: a folder for
    pictures."""
    figure = motion.sample(count, torch.Generator().manual_seed(SEED))
    drawings = drawn(figure)
    before = _encoded(model, drawings)
    held = int(count * HELD_OUT)
    dice = np.random.default_rng(SEED)
    answer = []
    for feature, most in FEATURES.items():
        amounts = most * dice.uniform(0.25, 1.0, count) * dice.choice([-1.0, 1.0], count)
        changed = drawn(figure, **{feature: amounts})
        whole = Shift(before, _encoded(model, changed), amounts)
        by_direction, by_map, read = _fit(whole.part(np.arange(count) >= held))
        test = whole.part(np.arange(count) < held)
        inks = [raster.ink(drawing, SIZE) for drawing in changed[:held]]

        def iou(latents: Array, truth: Sequence[Array] = inks) -> float:
            shown = np.clip(model.decode(latents) + 0.5, 0, 1)
            return float(np.mean([metrics.iou(a, b) for a, b in zip(shown, truth, strict=True)]))

        one, other = by_direction(test.before, test.amounts), by_map(test.before, test.amounts)
        change = test.after - test.before
        answer.append(
            Figures(
                model=model.card.name,
                feature=feature,
                direction=explained(change, one - test.before),
                map=explained(change, other - test.before),
                read=explained(test.amounts, read(test)),
                still=iou(test.before),
                by_direction=iou(one),
                by_map=iou(other),
                encoded=iou(test.after),
            )
        )
        if strips is not None:
            _strip(model, figure, feature, (by_map, by_direction), before, strips)
    return answer


def _dense(folder: Path) -> DenseModel:
    """The dense model in a folder; DoodleError for another one."""
    model = DoodleModel.load(folder)
    if not isinstance(model, DenseModel):
        raise DoodleError(f"{folder}: a stroke model, whose latents are drawings; choose a dense one, such as mixer")
    return model


def _strip(
    model: DenseModel,
    figure: motion.Figure,
    feature: str,
    predictions: tuple[Predict, Predict],
    before: Array,
    folder: Path,
) -> None:
    """Held-out doodles walking from minus to plus twice the largest measured amount, by the map and the direction."""
    amounts = 2 * FEATURES[feature] * np.linspace(-1, 1, STEPS)
    rows: list[tuple[str, Sequence[Array]]] = []
    for index in range(DOODLES_SHOWN):
        one = _only(figure, index)
        truth = [raster.ink(drawn(one, **{feature: amount})[0], SIZE) for amount in amounts]
        latents = np.repeat(before[index : index + 1], STEPS, 0)
        by_map, by_direction = (list(np.clip(model.decode(p(latents, amounts)) + 0.5, 0, 1)) for p in predictions)
        rows += [(f"drawn, {feature}", truth), ("linear map", by_map), ("one direction", by_direction)]
    save_strip(folder / f"{model.card.name.replace(' ', '-')}-{feature}.png", rows, [a == 0 for a in amounts])


def _only(figure: motion.Figure, index: int) -> motion.Figure:
    part = slice(index, index + 1)
    return replace(
        figure,
        value={name: tensor[part] for name, tensor in figure.value.items()},
        change={name: tensor[part] for name, tensor in figure.change.items()},
        **{name: getattr(figure, name)[part] for name in ("kind", "parent", "attach", "present", "solid")},
        **{name: getattr(figure, name)[part] for name in ("scale", "offset")},
    )


def table(results: Sequence[Figures]) -> str:
    """The results as a markdown table."""
    head = ["R² one direction", "R² linear map", "R² amount read"]
    head += ["IoU left still", "IoU one direction", "IoU linear map", "IoU encoded"]
    lines = ["| | " + " | ".join(head) + " |", "|---" * (len(head) + 1) + "|"]
    for one in results:
        numbers = (one.direction, one.map, one.read, one.still, one.by_direction, one.by_map, one.encoded)
        cells = ["-" if math.isnan(number) else f"{number:.3f}" for number in numbers]
        lines.append(f"| {one.model}, {one.feature} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 2 and one line for a model that does not load, or is not dense."""
    parser = argparse.ArgumentParser(prog="python -m training.directions", description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, action="append", required=True, metavar="DIR", help="repeatable")
    parser.add_argument("--output", type=Path, default=Path("build/directions"), metavar="DIR")
    parser.add_argument("--doodles", type=int, default=1000, help="how many to draw, at least 16 (default 1000)")
    options = parser.parse_args(arguments)
    if options.doodles < 16:
        parser.error("give at least 16 doodles")
    start = time.perf_counter()
    try:
        models = [_dense(folder) for folder in options.model]
    except DoodleError as error:
        print(error, file=sys.stderr)
        return 2
    results = [one for model in models for one in measure(model, options.doodles, options.output)]
    print(table(results))
    options.output.mkdir(parents=True, exist_ok=True)
    record = {
        "doodles": options.doodles,
        "largest_amounts": FEATURES,
        "seconds": round(time.perf_counter() - start, 1),
        "rows": [plain(asdict(one)) for one in results],
    }
    (options.output / "results.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
