"""Training: drawings a second, how long drawing them takes, and how near learning is to matrix products' speed."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.results import Result, Row, Table
from benchmarks.timing import Effort, interleaved
from doodle_core.engines.cores import bounded
from training.config import Config
from training.train import Trainer

__all__ = ["CONFIGS", "measure"]

CONFIGS = ("strokes", "mixer")
_FOLDER = Path(__file__).parent.parent / "training/configs"
_SECONDS = 8.0
_SIDE = {"cpu": 1024, "cuda": 8192}


def measure(effort: Effort) -> Result:
    """On the GPU that torch finds, else on the CPU."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_num_threads(effort.few(bounded(None)))
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")  # as training.train does
    speed = _speed(device, effort)
    rows = tuple(_row(name, device, speed, effort) for name in CONFIGS)
    columns = ("drawings a second", "steps a second", "% of the time drawing", "% of matrix-product speed")
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    kind = "bfloat16" if device.type == "cuda" else "float32"
    note = (
        f"On {name}. A {kind} product of {_SIDE[device.type]} x {_SIDE[device.type]} matrices: {speed / 1e12:.3g} "
        "TFLOP/s; the last column is what the networks' matrix products come to of it, forward and back, in learning."
    )
    return Result((Table("Steps as in training/configs:", "config", columns, rows),), (), (note,))


def _speed(device: torch.device, effort: Effort) -> float:
    """Floating-point operations a second of a large matrix product, of the numbers that training multiplies there."""
    side = _SIDE[device.type]
    matrix = torch.randn(side, side, device=device, dtype=torch.bfloat16 if device.type == "cuda" else torch.float32)

    def product() -> None:
        torch.mm(matrix, matrix)
        if device.type == "cuda":
            torch.cuda.synchronize()

    return 2 * side**3 / interleaved({"product": product}, effort)["product"].median


def _row(name: str, device: torch.device, speed: float, effort: Effort) -> Row:
    config = replace(Config.load(_FOLDER / f"{name}.toml"), half=device.type == "cuda")
    config = replace(config, batch=effort.few(config.batch, 2))
    trainer = Trainer(config, device, Path())  # nothing is written
    counter = FlopCounterMode(display=False)
    with counter:
        trainer.advance()
    trainer.advance()
    drawings, steps, drawing, learning = trainer.drawings, trainer.step, trainer.clock.draw, trainer.clock.learn
    begun = time.perf_counter()
    while trainer.step == steps or time.perf_counter() - begun < (0 if effort.tiny else _SECONDS):
        trainer.advance()
    steps, drawings = trainer.step - steps, trainer.drawings - drawings
    drawing, learning = trainer.clock.draw - drawing, trainer.clock.learn - learning
    spent = drawing + learning
    share = 100 * counter.get_total_flops() * steps / learning / speed
    return Row(name, (drawings / spent, steps / spent, 100 * drawing / spent, share))
