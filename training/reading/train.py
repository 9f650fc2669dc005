"""Train the reader on synthetic pictures.

    python -m training.reading.train --minutes 100

Draws its pictures as it goes, prints a progress line, and every few minutes writes a checkpoint, the curve, and the
network as ONNX into `build/reader`. The same command goes on from the last checkpoint; killing it loses at most the
minutes since. Runs on a GPU where there is one (pictures are drawn by the CPU in any case).
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from doodle_core.reading.cells import unpack
from doodle_core.reading.network import Reader, ReaderConfig
from training.reading.export import fused, write_onnx
from training.reading.figures import measure, ratios
from training.reading.media import MEDIA
from training.reading.pictures import Store, drawn
from training.reading.targets import Weights, loss

__all__ = ["Config", "Trainer", "main"]

_HELD_OUT = 1_000_003  # seed of pictures to look at, never trained on


@dataclass(frozen=True)
class Config:
    """Everything a run depends on, beside the machine."""

    network: ReaderConfig = field(default_factory=ReaderConfig)
    weights: Weights = field(default_factory=Weights)
    batch: int = 8
    minutes: float = 100.0
    """Of training, over all resumes."""
    rate: float = 2e-3
    """Highest learning rate: reached after 2 % of the run, falls along a line over the last `decay`."""
    decay: float = 0.6
    weight_decay: float = 0.02
    mean: float = 0.998
    """What is kept a step of the running mean of the weights, which is what ships."""
    half: bool = True
    """Whether convolutions are computed in bfloat16: three times as fast on CPUs with AMX, and on GPUs."""
    seed: int = 0
    kept: int = 96
    """Pictures that parts are cut from at a time."""
    looks: int = 6
    """Pictures of each medium that are looked at, and never trained on."""


class Trainer:
    """A run: network, the running mean of its weights, optimiser, pictures, and where it stands."""

    def __init__(self, config: Config, device: torch.device, output: Path) -> None:
        self.config, self.device, self.output = config, device, output
        torch.manual_seed(config.seed)
        self.network = Reader(config.network).to(device)
        self.network = self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.mean = Reader(config.network).to(device)
        self.mean.load_state_dict(self.network.state_dict())
        self.mean.eval()
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), config.rate, weight_decay=config.weight_decay, betas=(0.9, 0.98)
        )
        self.step, self.pictures, self.seconds, self.drawing = 0, 0, 0.0, 0.0
        self.history: list[dict[str, float]] = []
        self.store = Store(np.random.default_rng(config.seed), count=config.kept)
        self.look_at = [(name, drawn(np.random.default_rng(_HELD_OUT + k), 256, 1, name)[0])
                        for k in range(config.looks) for name in MEDIA]  # fmt: skip

    @property
    def progress(self) -> float:
        """Share of the run done, 0..1."""
        return self.seconds / (self.config.minutes * 60)

    def rate(self) -> float:
        """Learning rate now: up, along, down."""
        down = (1 - self.progress) / self.config.decay
        return self.config.rate * max(0.01, min(1.0, (self.step + 1) / 300, down))

    def advance(self) -> dict[str, float]:
        """One step; the parts of its loss."""
        started = time.perf_counter()
        pictures, truths = self.store.batch(self.config.batch)
        self.drawing += time.perf_counter() - started
        x = torch.from_numpy(pictures).to(self.device).permute(0, 3, 1, 2).float() / 255
        y = torch.from_numpy(truths).to(self.device).float()
        self.optimizer.param_groups[0]["lr"] = self.rate()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.half):
            answer = self.network(x)
        total, parts = loss(answer.float(), y, self.config.weights)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self._follow()
        self.step += 1
        self.pictures = self.store.seen
        self.seconds += time.perf_counter() - started
        return parts

    @torch.no_grad()
    def _follow(self) -> None:
        """The running mean of the weights goes a little towards them."""
        kept = min(self.config.mean, self.step / (self.step + 20))
        theirs = self.network.state_dict()
        for name, own in self.mean.state_dict().items():
            if own.dtype.is_floating_point:
                own.lerp_(theirs[name], 1 - kept)
            else:
                own.copy_(theirs[name])

    @torch.no_grad()
    def look(self) -> dict[str, float]:
        """Figures of pictures that are never trained on."""
        sums: dict[str, float] = {}
        for _name, (picture, truth) in self.look_at:
            x = torch.from_numpy(picture.copy()).to(self.device).permute(2, 0, 1)[None].float() / 255
            answer: Tensor = self.mean(x)
            for key, value in measure(unpack(answer[0].cpu().numpy()), truth.astype(np.float32)).items():
                sums[key] = sums.get(key, 0.0) + value
        figures = {name: round(value, 4) for name, value in ratios(sums).items()}
        self.history.append({"step": self.step, "minutes": round(self.seconds / 60, 1), **figures})
        (self.output / "history.json").write_text(json.dumps(self.history, indent=1))
        return figures

    def save(self) -> None:
        """The checkpoint, and the network as ONNX."""
        state = {
            "config": asdict(self.config),
            "machine": _machine(self.device),
            "network": self.network.state_dict(),
            "mean": self.mean.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "pictures": self.pictures,
            "seconds": self.seconds,
            "drawing": self.drawing,
            "history": self.history,
        }
        part = self.output / "checkpoint.part"
        torch.save(state, part)
        part.replace(self.output / "checkpoint.pt")
        write_onnx(fused(self.mean, self.config.network), self.output / "reader.onnx")

    def resume(self) -> bool:
        """Go on from the checkpoint; False where there is none."""
        path = self.output / "checkpoint.pt"
        if not path.exists():
            return False
        state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        if state["config"]["network"] != asdict(self.config.network):
            raise ValueError(f"{path}: is of another network; choose another --output or delete it")
        self.network.load_state_dict(state["network"])
        self.mean.load_state_dict(state["mean"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.drawing = state["step"], state["seconds"], state["drawing"]
        self.history = state["history"]
        self.pictures = self.store.seen = state["pictures"]
        self.store.rng = np.random.default_rng([self.config.seed, self.step])  # new pictures, not those of the start
        return True

    def run(self, every: float) -> None:
        """Train to the end of the run; look and save `every` seconds."""
        printed = saved = time.perf_counter()
        mean: dict[str, float] = {}
        while self.progress < 1:
            for name, value in self.advance().items():
                mean[name] = 0.98 * mean.get(name, value) + 0.02 * value
            now = time.perf_counter()
            if now - printed > 20:
                printed = now
                told = "  ".join(f"{name} {value:.3f}" for name, value in mean.items())
                share = self.drawing / self.seconds
                print(
                    f"{self.progress:6.1%}  step {self.step}  {told}  {self.pictures / 1e3:.0f}k parts of pictures, "
                    f"{share:.0%} of the time drawing, {self.seconds / 60:.1f} minutes",
                    flush=True,
                )
            if now - saved > every or self.progress >= 1:
                saved = now
                print("held out: " + "  ".join(f"{k} {v:.4g}" for k, v in self.look().items()), flush=True)
                self.save()


def _machine(device: torch.device) -> str:
    """What it runs on, for the card."""
    return f"{os.cpu_count()} CPU cores" if device.type == "cpu" else torch.cuda.get_device_name(device)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.reading.train", description="Train the reader.")
    parser.add_argument("--output", type=Path, default=Path("build/reader"))
    parser.add_argument("--minutes", type=float, default=Config.minutes)
    parser.add_argument("--seed", type=int, default=Config.seed)
    parser.add_argument("--rate", type=float, default=Config.rate)
    parser.add_argument("--every", type=float, default=240.0, help="seconds between checkpoints")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    options.output.mkdir(parents=True, exist_ok=True)
    config = Config(minutes=options.minutes, seed=options.seed, rate=options.rate)
    trainer = Trainer(config, torch.device(options.device), options.output)
    print("going on" if trainer.resume() else "from the start", flush=True)
    trainer.run(options.every)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
