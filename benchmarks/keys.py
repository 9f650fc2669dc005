"""Drawings to keys: one of each kind, and a layer of a hundred with what becomes what between neighbours."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.doodles import scanned, scribble, walker
from benchmarks.results import Goal, Result, Row, Table
from benchmarks.timing import Effort, Times, interleaved
from doodle_core.drawing import Drawing
from doodle_core.model import DoodleModel

__all__ = ["measure"]

_MOST = 50.0  # milliseconds a key
_LAYER, _LONGEST = 100, 5.0  # drawings, and seconds for all of them


def measure(effort: Effort) -> Result:
    strokes = DoodleModel.load(None, "onnx", None, "cpu")
    mixer = DoodleModel.load(Path("mixer"), "onnx", None, "cpu")
    drawn: dict[str, tuple[DoodleModel, Drawing]] = {
        "strokes": (strokes, walker(0)),
        "strokes, 12,000 points": (strokes, scribble(60, 200)),
        "strokes, a picture of 1,024 px traced": (strokes, scanned(0)),
        "mixer, refined, strokes": (mixer, walker(0)),
        "mixer, refined, a picture of 1,024 px": (mixer, scanned(0)),
    }
    times = interleaved({name: _encoding(model, drawing) for name, (model, drawing) in drawn.items()}, effort)
    goals = [Goal(f"key: {name}", spent.milliseconds, _MOST, "ms") for name, spent in times.items()]
    count = effort.few(_LAYER, 3)
    layers: dict[str, list[Drawing]] = {
        "strokes": [walker(k, count) for k in range(count)],
        "pictures of 1,024 px traced": [scanned(k, 1024, count) for k in range(count)],
    }
    rows = []
    for name, drawings in layers.items():
        encoding, matching = _layer(drawings)
        rows.append(
            Row(name, (1e3 * encoding.median, 1e3 * matching.median, sum(encoding.seconds) + sum(matching.seconds)))
        )
        goals.append(Goal(f"layer of {count} drawings, {name}", rows[-1].values[2] or 0.0, _LONGEST, "s"))
    single = Table("One key:", "model and drawing", ("ms",), tuple(Row(k, (v.milliseconds,)) for k, v in times.items()))
    columns = ("encode, ms", "match, ms", "all, s")
    return Result((single, Table(f"A layer of {count} drawings:", "drawings", columns, tuple(rows))), tuple(goals))


def _encoding(model: DoodleModel, drawing: Drawing) -> Callable[[], object]:
    return lambda: model.encode([drawing])


def _layer(drawings: Sequence[Drawing]) -> tuple[Times, Times]:
    """Times of encoding each drawing, and of finding out what it becomes in the next, with a model that knows none."""
    model = DoodleModel.load(None, "onnx", None, "cpu")
    latents = np.zeros((len(drawings), model.latent_size), np.float32)
    encoding, matching = [], []
    for k, drawing in enumerate(drawings):
        begun = time.perf_counter()
        latents[k] = model.encode([drawing])[0]
        encoding.append(time.perf_counter() - begun)
        if k:
            begun = time.perf_counter()
            model.match(latents[k - 1], latents[k], decide=True)
            matching.append(time.perf_counter() - begun)
    return Times(tuple(encoding)), Times(tuple(matching))
