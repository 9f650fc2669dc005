"""Look for directions in a model's latents that mean weight, shift, scale and rotation.

    python -m training.directions --model weights --model weights/mixer --output build/directions

Synthetic doodles are drawn again with one of the features changed by a known amount. What that does to their latents is
compared with two linear predictions, on doodles held out from fitting them:

one direction   latent + amount * d: the same d in every drawing
linear map      latent + amount * (M latent + d): how a drawing changes depends linearly on its latent

A dense model's d and M are fitted by least squares. A stroke model's d is fitted too, six numbers for every strokelet;
its map is not fitted but known in closed form, `doodle_core.nudge`. Latents of dense models are the encoder's own, not
refined.

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
from doodle_core.drawing import Strokes
from doodle_core.errors import DoodleError
from doodle_core.model import DoodleModel
from doodle_core.nudge import Nudge, apply
from doodle_core.strokes.strokelets import ABSENT, NUMBERS
from training import metrics, motion, shapes
from training.evaluate import plain
from training.strips import save_strip

__all__ = ["FEATURES", "Figures", "Shift", "drawn", "explained", "main", "measure", "table"]

Floats: TypeAlias = NDArray[np.float64]
Array: TypeAlias = NDArray[np.float32]
Predict: TypeAlias = Callable[[Array, Floats], Array]
"""Latents (B, D) and amounts (B,) -> the latents predicted of the changed drawings."""

FEATURES = {"weight": 0.4, "x": 1 / 16, "y": 1 / 16, "scale": 0.25, "rotation": 0.2}
"""By name, in the units of `doodle_core.nudge.Nudge`, the largest amount that is measured, either way."""

SIZE = raster.RESOLUTION
SEED = 20_000_003  # of the doodles; training draws from smaller ones
HELD_OUT = 0.25  # of the doodles
STROKE_DOODLES = 240
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)  # of the ridge regressions, chosen on a fifth of the fitted doodles
STEPS = 7  # of a strip
DOODLES_SHOWN = 2


@dataclass(frozen=True)
class Figures:
    """What one feature does to one model's latents, on held-out doodles.

    direction, map   R squared: the share of the latents' change, as a sum of squares, that the prediction explains
    read             R squared of reading the amount off the change, linearly
    compared         the share of doodles that these three are of: those whose latents' numbers correspond; none: NaN
    still, by_direction, by_map, encoded   IoU with the true changed drawing of: the latent left as it is, both
             predictions, and the latent of the changed drawing itself (what the model could show at best)
    """

    model: str
    feature: str
    direction: float
    map: float
    read: float
    compared: float
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


def drawn(figure: motion.Figure, **amounts: Floats | float) -> list[Strokes]:
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
        Strokes.make(
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


def _encoded(model: DoodleModel, drawings: Sequence[Strokes]) -> Array:
    # In parts, for an encoder's memory.
    parts = [drawings[i : i + 64] for i in range(0, len(drawings), 64)]
    return np.concatenate(
        [model.refined(part, 0) if isinstance(model, DenseModel) else model.encode(part) for part in parts]
    )


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


def _fit_dense(fitted: Shift) -> tuple[Predict, Predict, Callable[[Shift], Floats]]:
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


def _fit_strokes(fitted: Shift, feature: str) -> tuple[Predict, Predict, Callable[[Shift], Floats]]:
    """One direction a strokelet, fitted; the closed form; and the amount by which that fits a change best."""
    direction, total = np.zeros(NUMBERS), 0.0
    for before, after, amount in zip(fitted.before, fitted.after, fitted.amounts, strict=True):
        there = before.reshape(-1, NUMBERS)[:, 4] > ABSENT
        direction += amount * (after - before).reshape(-1, NUMBERS)[there].sum(0)
        total += amount**2 * there.sum()
    direction /= max(total, 1e-9)

    def by_direction(latents: Array, amounts: Floats) -> Array:
        rows = latents.reshape(len(latents), -1, NUMBERS)
        there = rows[..., 4:5] > ABSENT
        return (
            np.where(there, rows + amounts[:, None, None] * direction, rows).reshape(latents.shape).astype(np.float32)
        )

    def by_map(latents: Array, amounts: Floats) -> Array:
        return np.concatenate([apply(z[None], Nudge(**{feature: a})) for z, a in zip(latents, amounts, strict=True)])

    def read(shift: Shift) -> Floats:
        small = 1e-3
        slope = (by_map(shift.before, np.full(len(shift.before), small)) - shift.before) / small
        return ((shift.after - shift.before) * slope).sum(1) / np.maximum((slope**2).sum(1), 1e-9)

    return by_direction, by_map, read


def _comparable(shift: Shift, drawings: Sequence[Strokes], changed: Sequence[Strokes]) -> NDArray[np.bool_]:
    """Where a stroke model told both drawings by the same of their points, (B,): else strokelets do not correspond.

    Lines are reduced to the points that matter, and of a larger drawing a few more matter.
    """
    return np.array(
        [
            np.array_equal(_points(z, before), _points(z_too, after))
            for z, before, z_too, after in zip(shift.before, drawings, shift.after, changed, strict=True)
        ]
    )


def _points(latent: Array, drawing: Strokes) -> NDArray[np.int64]:
    """Which of a drawing's points the strokelets of its latent join, (2 N,)."""
    rows = latent.reshape(-1, NUMBERS)
    ends = rows[rows[:, 4] > ABSENT, :4].reshape(-1, 2)
    points = drawing.points * SIZE - SIZE / 2
    away = ((ends[:, None] - points) ** 2).sum(-1)
    # Strokes join at a point of both: the first of those in one place.
    found: NDArray[np.int64] = (away <= away.min(1, keepdims=True, initial=np.inf) + 1e-4).argmax(1)
    return found


def measure(model: DoodleModel, doodles: int, strips: Path | None = None) -> list[Figures]:
    """The figures of every feature, from so many doodles (16 or more), a quarter of them held out.

    A stroke model takes STROKE_DOODLES at most: nothing much is fitted. strips: a folder for pictures.
    """
    dense = isinstance(model, DenseModel)
    count = doodles if dense else min(doodles, STROKE_DOODLES)
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
        same = np.ones(count, bool) if dense else _comparable(whole, drawings, changed)
        fitted = whole.part(same & (np.arange(count) >= held))
        by_direction, by_map, read = _fit_dense(fitted) if dense else _fit_strokes(fitted, feature)
        test, told = whole.part(np.arange(count) < held), same[:held]
        inks = [raster.ink(drawing, SIZE) for drawing in changed[:held]]

        def iou(latents: Array, truth: Sequence[Array] = inks) -> float:
            shown = np.clip(model.decode(latents) + 0.5, 0, 1)
            return float(np.mean([metrics.iou(a, b) for a, b in zip(shown, truth, strict=True)]))

        one, other = by_direction(test.before, test.amounts), by_map(test.before, test.amounts)
        change = (test.after - test.before)[told]
        answer.append(
            Figures(
                model=model.card.name,
                feature=feature,
                direction=explained(change, (one - test.before)[told]),
                map=explained(change, (other - test.before)[told]),
                read=explained(test.amounts[told], read(test)[told]),
                compared=float(told.mean()),
                still=iou(test.before),
                by_direction=iou(one),
                by_map=iou(other),
                encoded=iou(test.after),
            )
        )
        if strips is not None:
            _strip(model, figure, feature, (by_map, by_direction), before, strips)
    return answer


def _strip(
    model: DoodleModel,
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
    head = ["R² one direction", "R² linear map", "R² amount read", "of"]
    head += ["IoU left still", "IoU one direction", "IoU linear map", "IoU encoded"]
    lines = ["| | " + " | ".join(head) + " |", "|---" * (len(head) + 1) + "|"]
    for one in results:
        squares = ("-" if math.isnan(number) else f"{number:.3f}" for number in (one.direction, one.map, one.read))
        shown = (f"{number:.3f}" for number in (one.still, one.by_direction, one.by_map, one.encoded))
        cells = [*squares, f"{one.compared:.0%}", *shown]
        lines.append(f"| {one.model}, {one.feature} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 2 and one line for a model that does not load."""
    parser = argparse.ArgumentParser(prog="python -m training.directions", description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, action="append", required=True, metavar="DIR", help="repeatable")
    parser.add_argument("--output", type=Path, default=Path("build/directions"), metavar="DIR")
    parser.add_argument("--doodles", type=int, default=1000, help="how many to draw, at least 16 (default 1000)")
    options = parser.parse_args(arguments)
    if options.doodles < 16:
        parser.error("give at least 16 doodles")
    start = time.perf_counter()
    try:
        models = [DoodleModel.load(folder) for folder in options.model]
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
