"""Train a network on synthetic doodles.

    python -m training.train training/configs/strokes.toml --output runs/strokes

Draws its data on the device that trains, prints a progress line, writes a checkpoint and a strip of pictures every
few minutes, and goes on from the last checkpoint when the same command is given again. Killing it loses at most the
minutes since the last checkpoint. `python -m training.export runs/strokes` then makes the files that ship.

    torchrun --nproc-per-node=8 -m training.train training/configs/strokes.toml --output runs/strokes

does the same with eight processes, each with its own GPU where there are some, and its part of every batch (`spread`).

What is trained is a `Task`: an autoencoder (`autoencoding`) or, with `kind = "strokes"`, the matcher (`matching`).
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import torch
from torch import Tensor, nn

from .autoencoding import AutoencoderTask
from .config import Config, StrokesConfig
from .matching import MatcherTask
from .spread import ALONE, Spread, launched
from .tasks import Task

__all__ = ["Trainer", "main", "make_task"]


@dataclass
class Clock:
    """Seconds spent on each half of the work."""

    draw: float = 0.0
    learn: float = 0.0

    @contextmanager
    def measure(self, what: str, device: torch.device) -> Iterator[None]:
        started = time.perf_counter()
        yield
        if device.type == "cuda":
            torch.cuda.synchronize()
        setattr(self, what, getattr(self, what) + time.perf_counter() - started)


def make_task(config: Config, spread: Spread = ALONE) -> Task:
    """What a configuration trains, freshly initialised from torch's global random state."""
    kind = MatcherTask if isinstance(config.network, StrokesConfig) else AutoencoderTask
    return kind(config, spread)


def _optimizers(config: Config, task: Task) -> list[torch.optim.Optimizer]:
    """Muon (Jordan et al. 2024) for the matrices inside, AdamW for all else."""
    inside: list[Tensor] = []
    rest: list[Tensor] = []
    for network in task.networks.values():
        for name, p in network.named_parameters():
            (inside if config.optimizer == "muon" and task.hidden(name, p) else rest).append(p)
    made: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(rest, lr=config.rate, weight_decay=config.weight_decay, betas=(0.9, 0.98))
    ]
    if inside:
        made.append(
            torch.optim.Muon(
                inside, lr=config.rate, weight_decay=config.weight_decay, adjust_lr_fn="match_rms_adamw", ns_steps=4
            )
        )
    return made


class Trainer:
    """A run: what it trains, optimisers, the generator of its data, and where it stands.

    All of it is the same in every process of `spread`; ValueError where the batch does not divide among them.
    """

    def __init__(self, config: Config, device: torch.device, output: Path, spread: Spread = ALONE) -> None:
        self.config, self.device, self.output, self.spread = config, device, output, spread
        spread.part(config.batch)
        torch.manual_seed(config.seed)
        self.task = make_task(config, spread)
        self.task.to(device)
        spread.copy_first(self.task.parameters())
        self.optimizers = _optimizers(config, self.task)
        self.generator = torch.Generator(device).manual_seed(config.seed)
        self.step, self.drawings, self.clock = 0, 0, Clock()
        self.history: list[dict[str, float]] = []

    @property
    def seconds(self) -> float:
        return self.clock.draw + self.clock.learn

    @property
    def progress(self) -> float:
        """Share of the run done, 0..1."""
        if self.config.steps:
            return self.step / self.config.steps
        return self.seconds / (self.config.minutes * 60)

    def rate(self) -> float:
        """Learning rate now: up, along, down."""
        warm = max(0.02, 1 / max(self.config.steps, 1))
        down = (1 - self.progress) / self.config.decay
        return self.config.rate * max(0.0, min(1.0, (self.progress + 0.2 * warm) / warm, down))

    @contextmanager
    def _measure(self, what: str) -> Iterator[None]:
        """All go by the first one's clock: the learning rate and the end of a run depend on it."""
        with self.clock.measure(what, self.device):
            yield
        self.clock.draw, self.clock.learn = self.spread.tell(self.clock.draw, self.clock.learn)

    def _now(self) -> float:
        return self.spread.tell(time.perf_counter())[0]

    def advance(self) -> float:
        """One step; the loss of the whole batch."""
        with self._measure("draw"):
            batch = self.task.draw(self.generator)
        with self._measure("learn"):
            for optimizer in self.optimizers:
                optimizer.param_groups[0]["lr"] = self.rate()
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.half):
                loss = self.task.loss(batch, self.generator)
            loss.backward()
            self.spread.add_up([loss, *(p.grad for p in self.task.parameters() if p.grad is not None)])
            nn.utils.clip_grad_norm_(list(self.task.parameters()), 1.0)
            for optimizer in self.optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.drawings += self.task.drawings(batch) * self.spread.world
        return float(loss.detach())

    # --- checkpoints

    @property
    def path(self) -> Path:
        return self.output / "checkpoint.pt"

    def save(self) -> None:
        state = {
            "config": {**vars(self.config), "network": self.config.network.to_dict()},
            **{name: network.state_dict() for name, network in self.task.networks.items()},
            "optimizers": [o.state_dict() for o in self.optimizers],
            "generator": self.generator.get_state(),
            "step": self.step,
            "drawings": self.drawings,
            "clock": vars(self.clock),
            "history": self.history,
            "machine": self._machine(),
        }
        part = self.path.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.path)

    def _machine(self) -> str:
        if self.device.type == "cpu":
            return f"{os.cpu_count()} CPU cores" + ("" if self.spread.alone else f", {self.spread.world} processes")
        return ("" if self.spread.alone else f"{self.spread.world} x ") + torch.cuda.get_device_name(self.device)

    def resume(self) -> bool:
        """Go on from the checkpoint in the output folder; False where there is none.

        Raises ValueError, naming the file, for one of another network.
        """
        # The first reads for all of them: on other machines there may be no such file.
        content = self.spread.hand_out(self.path.read_bytes() if self.spread.first and self.path.exists() else b"")
        if not content:
            return False
        state: dict[str, Any] = torch.load(io.BytesIO(content), map_location=self.device, weights_only=True)
        if state["config"]["network"] != self.config.network.to_dict():
            raise ValueError(f"{self.path}: is of another network; choose another --output or delete it")
        for name, network in self.task.networks.items():
            network.load_state_dict(state[name])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.generator.set_state(state["generator"].cpu())
        self.step, self.drawings, self.history = state["step"], state["drawings"], state["history"]
        self.clock = Clock(**state["clock"])
        return True

    def look(self) -> dict[str, float]:
        """Evaluate on held-out doodles, write the strip, note the figures."""
        figures, picture = self.task.look(self.device)
        iio.imwrite(self.output / "strip.png", picture)
        self.history.append({"step": self.step, "minutes": round(self.seconds / 60, 2), **figures})
        (self.output / "history.json").write_text(json.dumps(self.history, indent=1))
        return figures

    def run(self, every: float = 180.0, stop_after: float = math.inf) -> None:
        """Train to the end of the run, or for `stop_after` seconds of this call; look and save `every` seconds."""
        started = printed = saved = self._now()
        mean = math.nan
        while self.progress < 1 and self._now() - started < stop_after:
            loss = self.advance()
            mean = loss if math.isnan(mean) else 0.98 * mean + 0.02 * loss
            now = self._now()
            if now - printed > 15 and self.spread.first:
                printed = now
                share = self.clock.draw / self.seconds
                print(
                    f"{self.progress:6.1%}  step {self.step}  loss {mean:.4f}  {self.drawings / 1e3:.0f}k drawings, "
                    f"{self.drawings / self.seconds:.0f} a second, {share:.0%} of the time drawing them, "
                    f"{self.seconds / 60:.1f} minutes",
                    flush=True,
                )
            if now - saved > every and self.spread.first:
                saved = now
                self.save()
                print("held out: " + "  ".join(f"{k} {v:.4f}" for k, v in self.look().items()), flush=True)
        if self.spread.first:
            figures = self.look()
            self.save()
            print("held out: " + "  ".join(f"{k} {v:.4f}" for k, v in figures.items()), flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.train", description="Train a network on doodles.")
    parser.add_argument("config", type=Path, help="a TOML file of training/configs")
    parser.add_argument("--output", type=Path, help="folder of the run (default runs/NAME)")
    parser.add_argument("--minutes", type=float, help="length of the run, minutes of training over all resumes")
    parser.add_argument("--steps", type=int, help="length of the run, steps (instead of minutes)")
    parser.add_argument("--batch", type=int, help="of all processes together")
    parser.add_argument("--rate", type=float)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--stop-after", type=float, default=math.inf, help="seconds after which this call stops")
    parser.add_argument("--fresh", action="store_true", help="start anew, even where there is a checkpoint")
    a = parser.parse_args(arguments)
    spread = launched()
    with spread.together():
        try:
            with spread.agreed():
                config = Config.load(
                    a.config, minutes=a.minutes, steps=a.steps, batch=a.batch, rate=a.rate, seed=a.seed
                )
                if a.device == "cuda":
                    config = replace(config, half=True)
                    torch.set_float32_matmul_precision("high")
                device = spread.device(a.device)
                output: Path = a.output or Path("runs") / config.name
                if spread.first:
                    output.mkdir(parents=True, exist_ok=True)
            trainer = Trainer(config, device, output, spread)
            if not a.fresh and trainer.resume() and spread.first:
                print(f"going on from step {trainer.step}", flush=True)
        except (ValueError, OSError) as error:
            if spread.first:
                print(f"training: {error}", file=sys.stderr, flush=True)
            spread.tell(0)  # none leaves before it is said: torchrun would stop the others
            parser.exit(2)
        trainer.run(stop_after=a.stop_after)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
