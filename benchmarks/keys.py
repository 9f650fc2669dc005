"""Drawings to keys: one of each kind, and a layer of a hundred with what becomes what between neighbours."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.doodles import moved, scanned, scribble, walker
from benchmarks.rendering import advanced, crowd
from benchmarks.results import Goal, Result, Row, Table
from benchmarks.timing import Effort, Times, interleaved
from doodle_core.drawing import Drawing, Shown
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey

__all__ = ["measure"]

_MOST = 50.0  # milliseconds a key
_LAYER, _LONGEST = 100, 5.0  # drawings, and seconds for all of them
_STROKES, _POINTS = 60, 200


def measure(effort: Effort) -> Result:
    strokes = DoodleModel.load(None, "onnx", None, "cpu")
    mixer = DoodleModel.load(Path("mixer"), "onnx", None, "cpu")
    drawn: dict[str, tuple[DoodleModel, Shown]] = {
        "strokes, a picture of 1,024 px traced": (strokes, scanned(0)),
        "mixer, refined, strokes": (mixer, walker(0)),
        "mixer, refined, a picture of 1,024 px": (mixer, scanned(0)),
    }
    times = interleaved({name: _encoding(model, drawing) for name, (model, drawing) in drawn.items()}, effort)
    crowds = {f"{len(one)} shapes": (one, advanced(one)) for one in (crowd(120), crowd(600))}
    pair = {
        "the walker, 9 strokes": (walker(0), walker(1)),
        **({} if effort.tiny else crowds),
        f"{_STROKES} strokes of {_POINTS} points": (scribble(_STROKES, _POINTS), moved(scribble(_STROKES, _POINTS))),
    }
    goals = [Goal(f"key: {name}", spent.milliseconds, _MOST, "ms") for name, spent in times.items()]
    times |= {f"strokes, matched and aligned: {name}": _paired(*both, effort) for name, both in pair.items()}
    count = effort.few(_LAYER, 3)
    layers: dict[str, list[Shown]] = {
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
    columns = ("encode, ms", "match and align, ms", "all, s")
    return Result((single, Table(f"A layer of {count} drawings:", "drawings", columns, tuple(rows))), tuple(goals))


def _encoding(model: DoodleModel, drawing: Shown) -> Callable[[], object]:
    return lambda: model.encode([drawing])


def _paired(first: Drawing, second: Drawing, effort: Effort) -> Times:
    """Times of matching and aligning two drawings, each with a model that knows neither."""
    model = DoodleModel.load(None, "onnx", None, "cpu")
    seconds = []
    for turn in range(1 + effort.few(5)):  # the first opens the network
        shift = np.float32(turn / 4096)
        keys = [LatentKey(one, k) for k, one in enumerate(replace(d, points=d.points + shift) for d in (first, second))]
        begun = time.perf_counter()
        model.inbetweens(*keys)
        seconds.append(time.perf_counter() - begun)
    return Times(tuple(seconds[1:]))


def _layer(drawings: Sequence[Shown]) -> tuple[Times, Times]:
    """Times of encoding each drawing, and of matching it with the next and aligning both, with a model that knows
    none."""
    model = DoodleModel.load(None, "onnx", None, "cpu")
    keys: list[LatentKey] = []
    encoding, matching = [], []
    for k, drawing in enumerate(drawings):
        begun = time.perf_counter()
        keys.append(LatentKey(model.encode([drawing])[0], k, drawing))
        encoding.append(time.perf_counter() - begun)
        if k:
            begun = time.perf_counter()
            model.inbetweens(keys[k - 1], keys[k])
            matching.append(time.perf_counter() - begun)
    return Times(tuple(encoding)), Times(tuple(matching))
