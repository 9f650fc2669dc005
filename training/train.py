"""Train an autoencoder on synthetic doodles.

    python -m training.train training/configs/mixer.toml --output runs/mixer

Draws its data on the device that trains, prints a progress line, writes a checkpoint and a strip of pictures every
few minutes, and goes on from the last checkpoint when the same command is given again. Killing it loses at most the
minutes since the last checkpoint. `python -m training.export runs/mixer` then makes the files that ship.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from doodle_core.networks import build

from .config import Config
from .dataset import Batch, draw
from .losses import drawing_loss
from .rasterize import ink_from_field

__all__ = ["Trainer", "held_out", "main", "network_input", "score"]

HELD_OUT_SEED = 1_000_000_007
"""Seed of the doodles that are never trained on; training seeds its generator far away from it."""


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


def network_input(domain: str, field: Tensor) -> Tensor:
    """What an encoder of that domain is shown of a field."""
    return field if domain == "field" else ink_from_field(field)


def between(first: Tensor, second: Tensor, t: Tensor, circular: Tensor) -> Tensor:
    """Latents at t (B, 1) on the way from `first` to `second` (B, D); where `circular` (B, 1), with the norm that the
    straight way loses given back, so that both of the user's methods are taught."""
    middle = torch.lerp(first, second, t)
    norm = torch.lerp(first.norm(dim=1, keepdim=True), second.norm(dim=1, keepdim=True), t)
    return torch.where(circular, middle * norm / middle.norm(dim=1, keepdim=True).clamp(min=1e-6), middle)


def _optimizers(config: Config, *networks: nn.Module) -> list[torch.optim.Optimizer]:
    """Muon (Jordan et al. 2024) for the matrices inside, AdamW for all else."""
    inside: list[Tensor] = []
    rest: list[Tensor] = []
    for network in networks:
        for name, p in network.named_parameters():
            hidden = config.optimizer == "muon" and p.ndim == 2 and ".place" not in f".{name}"
            (inside if hidden else rest).append(p)
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


@torch.no_grad()
def held_out(config: Config, device: torch.device, count: int = 256) -> Batch:
    """Doodles never trained on, the same ones each time on one kind of device."""
    return draw(config.data, count, torch.Generator(device).manual_seed(HELD_OUT_SEED))


def _iou(a: Tensor, b: Tensor) -> float:
    a, b = a > 0.5, b > 0.5
    union = (a | b).flatten(1).sum(1).clamp(min=1)
    return float(((a & b).flatten(1).sum(1) / union).mean())


@torch.no_grad()
def score(domain: str, encoder: nn.Module, decoder: nn.Module, batch: Batch) -> tuple[dict[str, float], list[Tensor]]:
    """Figures of a pair of networks on a batch, and the pictures (inks) to look at: truth and answer, row by row.

    key_iou and, for moving doodles, between_iou: mean intersection over union of ink at 0.5;
    half_tone: sum(min(p, 1 - p)) / sum(p) of the in-betweens (of the keys for still data).
    """
    encoder.eval(), decoder.eval()

    def ink(latent: Tensor) -> Tensor:
        answer = decoder(latent)
        return ink_from_field(answer) if domain == "field" else answer

    first = encoder(network_input(domain, batch.first))
    key = ink(first)
    truth = ink_from_field(batch.first)
    figures = {"key_iou": _iou(key, truth)}
    rows = [truth, key]
    shown = key
    if batch.second is not None and batch.between is not None and batch.t is not None:
        second = encoder(network_input(domain, batch.second))
        shown = ink(torch.lerp(first, second, batch.t))
        figures["between_iou"] = _iou(shown, ink_from_field(batch.between))
        rows += [ink_from_field(batch.between), shown, ink_from_field(batch.second), ink(second)]
    figures["half_tone"] = float(torch.minimum(shown, 1 - shown).sum() / shown.sum().clamp(min=1e-6))
    encoder.train(), decoder.train()
    return figures, rows


def save_strip(rows: list[Tensor], path: Path, columns: int = 16) -> None:
    """Write rows of inks (B, 64, 64) as one picture, dark on light, `columns` doodles wide."""
    import imageio.v3 as iio

    sheet = torch.stack([row[:columns] for row in rows])
    sheet = nn.functional.pad(sheet, (1, 1, 1, 1), value=0.4)
    picture = 1 - sheet.permute(0, 2, 1, 3).flatten(0, 1).flatten(1)
    pixels = (picture * 255).round().byte().cpu().numpy()
    iio.imwrite(path, pixels.repeat(2, 0).repeat(2, 1))


class Trainer:
    """A run: networks, optimisers, the generator of its data, and where it stands."""

    def __init__(self, config: Config, device: torch.device, output: Path) -> None:
        self.config, self.device, self.output = config, device, output
        torch.manual_seed(config.seed)
        encoder, decoder = build(config.network)
        self.encoder, self.decoder = encoder.to(device), decoder.to(device)
        self.optimizers = _optimizers(config, self.encoder, self.decoder)
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

    def _loss(self, batch: Batch) -> Tensor:
        c, domain = self.config, self.config.network.domain
        if batch.second is None or batch.between is None or batch.t is None:
            latent = self.encoder(network_input(domain, batch.first))
            answer = self.decoder(self._shake(latent))
            return drawing_loss(domain, answer, batch.first, c.far) + self._divergence(latent)
        both = self.encoder(network_input(domain, torch.cat((batch.first, batch.second))))
        first, second = both.chunk(2)
        size = len(first)
        circular = torch.rand(size, 1, device=self.device, generator=self.generator) < 0.2
        middle = between(first, second, batch.t, circular)
        half = size // 2  # one key of each doodle: the first of these, the second of those
        keys = torch.cat((first[:half], second[half:]))
        truth = torch.cat((batch.first[:half], batch.second[half:], batch.between))
        answer = self.decoder(self._shake(torch.cat((keys, middle))))
        return drawing_loss(domain, answer, truth, c.far) + self._divergence(both)

    def _shake(self, latent: Tensor) -> Tensor:
        spread = latent.detach().std(0)
        noise = torch.randn(latent.shape, device=latent.device, generator=self.generator)
        return latent + self.config.shake * spread * noise

    def _divergence(self, latent: Tensor) -> Tensor:
        """Pull towards the standard normal (Kingma and Welling 2013, with the fixed variance `shake` squared)."""
        if not self.config.variational:
            return latent.new_zeros(())
        return self.config.variational * 0.5 * latent.pow(2).mean()

    def advance(self) -> float:
        """One step; the loss."""
        with self.clock.measure("draw", self.device):
            batch = draw(self.config.data, self.config.batch, self.generator)
        with self.clock.measure("learn", self.device):
            for optimizer in self.optimizers:
                optimizer.param_groups[0]["lr"] = self.rate()
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.half):
                loss = self._loss(batch)
            loss.backward()
            nn.utils.clip_grad_norm_([*self.encoder.parameters(), *self.decoder.parameters()], 1.0)
            for optimizer in self.optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.drawings += self.config.batch * (1 if batch.second is None else 3)
        return float(loss.detach())

    # --- checkpoints

    @property
    def path(self) -> Path:
        return self.output / "checkpoint.pt"

    def save(self) -> None:
        state = {
            "config": {**vars(self.config), "network": self.config.network.to_dict()},
            "encoder": self.encoder.state_dict(),
            "decoder": self.decoder.state_dict(),
            "optimizers": [o.state_dict() for o in self.optimizers],
            "generator": self.generator.get_state(),
            "step": self.step,
            "drawings": self.drawings,
            "clock": vars(self.clock),
            "history": self.history,
            "machine": f"{os.cpu_count()} CPU cores"
            if self.device.type == "cpu"
            else torch.cuda.get_device_name(self.device),
        }
        part = self.path.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.path)

    def resume(self) -> bool:
        """Go on from the checkpoint in the output folder, if there is one of this network."""
        if not self.path.exists():
            return False
        state: dict[str, Any] = torch.load(self.path, map_location=self.device, weights_only=True)
        if state["config"]["network"] != self.config.network.to_dict():
            raise ValueError(f"{self.path}: is of another network; choose another --output or delete it")
        self.encoder.load_state_dict(state["encoder"])
        self.decoder.load_state_dict(state["decoder"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.generator.set_state(state["generator"].cpu())
        self.step, self.drawings, self.history = state["step"], state["drawings"], state["history"]
        self.clock = Clock(**state["clock"])
        return True

    def look(self) -> dict[str, float]:
        """Evaluate on held-out doodles, write the strip, note the figures."""
        figures, rows = score(
            self.config.network.domain, self.encoder, self.decoder, held_out(self.config, self.device)
        )
        save_strip(rows, self.output / "strip.png")
        self.history.append({"step": self.step, "minutes": round(self.seconds / 60, 2), **figures})
        (self.output / "history.json").write_text(json.dumps(self.history, indent=1))
        return figures

    def run(self, every: float = 180.0, stop_after: float = math.inf) -> None:
        """Train to the end of the run, or for `stop_after` seconds of this call; look and save `every` seconds."""
        started = printed = saved = time.perf_counter()
        mean = math.nan
        while self.progress < 1 and time.perf_counter() - started < stop_after:
            loss = self.advance()
            mean = loss if math.isnan(mean) else 0.98 * mean + 0.02 * loss
            now = time.perf_counter()
            if now - printed > 15:
                printed = now
                share = self.clock.draw / self.seconds
                print(
                    f"{self.progress:6.1%}  step {self.step}  loss {mean:.4f}  {self.drawings / 1e3:.0f}k drawings, "
                    f"{self.drawings / self.seconds:.0f} a second, {share:.0%} of the time drawing them, "
                    f"{self.seconds / 60:.1f} minutes",
                    flush=True,
                )
            if now - saved > every:
                saved = now
                self.save()
                print("held out: " + "  ".join(f"{k} {v:.4f}" for k, v in self.look().items()), flush=True)
        figures = self.look()
        self.save()
        print("held out: " + "  ".join(f"{k} {v:.4f}" for k, v in figures.items()), flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.train", description="Train an autoencoder on doodles.")
    parser.add_argument("config", type=Path, help="a TOML file of training/configs")
    parser.add_argument("--output", type=Path, help="folder of the run (default runs/NAME)")
    parser.add_argument("--minutes", type=float, help="length of the run, minutes of training over all resumes")
    parser.add_argument("--steps", type=int, help="length of the run, steps (instead of minutes)")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--stop-after", type=float, default=math.inf, help="seconds after which this call stops")
    parser.add_argument("--fresh", action="store_true", help="start anew, even where there is a checkpoint")
    a = parser.parse_args(arguments)
    try:
        config = Config.load(a.config, minutes=a.minutes, steps=a.steps, batch=a.batch, rate=a.rate, seed=a.seed)
        if a.device == "cuda":
            config = replace(config, half=True)
            torch.set_float32_matmul_precision("high")
        output: Path = a.output or Path("runs") / config.name
        output.mkdir(parents=True, exist_ok=True)
        trainer = Trainer(config, torch.device(a.device), output)
        if not a.fresh and trainer.resume():
            print(f"going on from step {trainer.step}", flush=True)
    except (ValueError, OSError) as error:
        parser.exit(2, f"training: {error}\n")
    trainer.run(stop_after=a.stop_after)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
