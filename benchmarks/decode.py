"""Latents to fields of 64 pixels: the mixer by every engine, against the 2018 decoder and against the floor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.doodles import walker
from benchmarks.floors import SIDE, matrix_product, multiply_adds
from benchmarks.results import Goal, Result, Row, Table
from benchmarks.timing import Effort, Times, interleaved
from doodle_core.dense.networks import NetworkConfig, build
from doodle_core.engines.choosing import KINDS
from doodle_core.engines.cores import bounded
from doodle_core.engines.engine import reason_of
from doodle_core.model import DoodleModel, find_folder
from training.config import Config

__all__ = ["BATCHES", "measure"]

BATCHES = (1, 16, 64)
_OLD = Path(__file__).parent.parent / "training/configs/conv2018.toml"
_MIXER = Path("mixer")


def measure(effort: Effort) -> Result:
    threads = effort.few(bounded(None))  # tests share the cores: torch, which spins, would take minutes
    models, notes = _opened(threads)
    old_network = Config.load(_OLD).network
    assert isinstance(old_network, NetworkConfig)
    torch.manual_seed(0)
    old = build(old_network)[1].eval()
    mixer = NetworkConfig.from_dict(models["mixer, onnx cpu"].card.table["network"])
    work = multiply_adds(build(mixer)[1], mixer.latent)
    tables, goals = [], []
    for batch in BATCHES:
        calls: dict[str, Callable[[], object]] = {"old": _plain(old, torch.randn(batch, old_network.latent))}
        for name, model in models.items():
            calls[name] = _decoding(model, batch)
        times = interleaved({**calls, "product": matrix_product(threads)}, effort)
        floor = times["product"].scaled(batch * work / SIDE**3)
        rows = [_row("2018 convolutions, torch cpu", batch, times["old"], times["old"], None)]
        for name in models:
            rows.append(_row(name, batch, times[name], times["old"], floor))
        tables.append(
            Table(
                f"Batch {batch}:",
                "decoder",
                ("ms a frame", "frames a second", "times the 2018 decoder", "% of the floor's speed"),
                tuple(rows),
            )
        )
        for values in (row.values for row in rows if row.label.endswith("onnx cpu")):
            told = f"mixer decoder, ONNX Runtime, batch {batch}"
            if batch in (1, 16):
                faster = values[2]
                assert faster is not None
                goals.append(Goal(f"{told}: against the 2018 decoder", faster, 8 if batch == 1 else 5, "times", False))
            if batch == 64:
                share = values[3]
                assert share is not None
                goals.append(Goal(f"{told}: speed of the floor", share, 70, "%", False))
    speed = SIDE**3 / times["product"].median / 1e9
    notes.append(
        f"{threads} threads everywhere. The floor of the mixer: {work / 1e6:.1f} million multiply-adds a frame at the "
        f"speed of a {SIDE} x {SIDE} float32 matrix product, {speed:.0f} thousand millions a second."
    )
    return Result(tuple(tables), tuple(goals), tuple(notes))


def _opened(threads: int) -> tuple[dict[str, DoodleModel], list[str]]:
    """The mixer with each engine that starts here, by name, and what does not start."""
    models, notes = {}, []
    for kind in KINDS.values():
        for gpu in (False, True):
            model = DoodleModel.load(_MIXER, "onnx", threads, "cpu")
            try:
                model.engine = (kind.gpu if gpu else kind.cpu)(find_folder(_MIXER), threads)
                model.decode(_latents(model, 1))
            except Exception as error:  # drivers and libraries raise what they like
                notes.append(f"{kind.gpu_name if gpu else kind.library}: {reason_of(error)}.")
                continue
            models[f"mixer, {model.engine.choice.name}"] = model
    return models, notes


def _latents(model: DoodleModel, batch: int) -> NDArray[np.float32]:
    """Of the walker, over and over."""
    some = model.encode([walker(k) for k in range(min(batch, 4))])
    return np.resize(np.asarray(some), (batch, model.latent_size))


def _decoding(model: DoodleModel, batch: int) -> Callable[[], object]:
    latents = _latents(model, batch)
    return lambda: model.decode(latents)


def _plain(network: torch.nn.Module, latent: torch.Tensor) -> Callable[[], object]:
    def call() -> object:
        with torch.no_grad():
            return network(latent)

    return call


def _row(name: str, batch: int, times: Times, old: Times, floor: Times | None) -> Row:
    share = None if floor is None else 100 * floor.over(times)
    return Row(name, (times.milliseconds / batch, batch / times.median, old.over(times), share))
