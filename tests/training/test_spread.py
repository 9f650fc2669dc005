"""Several processes train what one does: the same batches, the same losses, the same network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from share import RUNS, STEPS
from small import CPU
from torch import Tensor

from training.config import Config
from training.dataset import draw
from training.pairs import draw_pairs
from training.spread import Spread
from training.train import Trainer

ROOT = Path(__file__).parents[2]


def torchrun(*command: str) -> tuple[int, str, str]:
    """Two processes of one thread each: status, what they print, and their errors."""
    path = os.pathsep.join((str(ROOT), str(Path(__file__).parent)))
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", *command]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path}
    pipe = subprocess.PIPE
    with subprocess.Popen(start, env=environment, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as running:
        try:
            printed, errors = running.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            running.terminate()  # killed, it would leave the two behind
            raise
    return running.returncode, printed, errors


def tensors(value: Any) -> list[Tensor]:
    if is_dataclass(value):
        return [t for f in fields(value) for t in tensors(getattr(value, f.name))]
    return [] if value is None else [value]


def weights(run: Trainer) -> Tensor:
    return torch.cat([p.detach().flatten() for p in run.task.parameters()])


@pytest.mark.parametrize("data", ["motion", "lines2018", "pairs"])
def test_the_parts_of_a_batch_make_the_whole(data: str) -> None:
    def drawn(part: slice) -> tuple[list[Tensor], Tensor]:
        g = torch.Generator().manual_seed(4)
        made = tensors(draw_pairs(12, g, part) if data == "pairs" else draw(data, 12, g, part))
        return made, g.get_state()

    whole, state = drawn(slice(None))
    parts = [drawn(Spread(rank, 3).part(12)) for rank in range(3)]
    assert all(torch.equal(after, state) for _, after in parts)
    for i, tensor in enumerate(whole):
        joined = torch.cat([made[i] for made, _ in parts])
        torch.testing.assert_close(joined, tensor, rtol=1e-5, atol=1e-4)


def test_a_batch_that_does_not_divide_is_refused() -> None:
    assert Spread(1, 2).part(8) == slice(4, 8) and Spread().part(7) == slice(None)
    with pytest.raises(ValueError, match="7 does not divide among 2"):
        Spread(1, 2).part(7)


def test_two_processes_do_what_one_does(tmp_path: Path) -> None:
    """One process starts, two go on, one ends; another goes all the way alone. Then the command itself."""
    alone, losses = {}, {}
    for name, config in RUNS.items():
        alone[name] = Trainer(config, CPU, tmp_path)
        losses[name] = [alone[name].advance() for _ in range(sum(STEPS))][STEPS[0] :]
        (tmp_path / name).mkdir()
        begun = Trainer(config, CPU, tmp_path / name)
        for _ in range(STEPS[0]):
            begun.advance()
        begun.save()
    tiny = tmp_path / "tiny.toml"
    tiny.write_text('batch = 4\nsteps = 2\n[network]\nkind = "strokes"\nwidth = 16\nheads = 2\nblocks = 1\n')
    status, printed, errors = torchrun(str(Path(__file__).with_name("share.py")), str(tmp_path))
    assert status == 0, errors

    for name, config in RUNS.items():
        ended = Trainer(config, CPU, tmp_path / name)
        assert ended.resume() and ended.step == STEPS[0] + STEPS[1]
        together = json.loads((tmp_path / name / "losses.json").read_text())
        together += [ended.advance() for _ in range(STEPS[2])]
        assert together[0] == pytest.approx(losses[name][0], rel=1e-6), name
        # From then on rounding grows: in float32 the convolutions' gradients know three digits, in float64 eleven.
        loose = 50 if name == "conv" else 1
        assert together == pytest.approx(losses[name], rel=1e-4 * loose), name
        off = weights(ended) - weights(alone[name])
        assert off.norm() < 5e-4 * loose * weights(alone[name]).norm(), name
        assert torch.equal(ended.generator.get_state(), alone[name].generator.get_state())
        assert ended.drawings == alone[name].drawings

    assert errors.count("training: a batch of 3 does not divide among 2 processes") == 1
    assert printed.count("held out") == 1
    run = Trainer(Config.load(tiny), CPU, tmp_path / "command")
    assert run.resume() and run.step == 2 and run.drawings == 16
