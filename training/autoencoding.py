"""Training autoencoders: drawings to latents and back, and the latents between two keys to the drawing between them."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from doodle_core.dense.networks import NetworkConfig, build

from .config import Config
from .dataset import Batch, draw
from .dice import Dice
from .losses import drawing_loss
from .rasterize import ink_from_field
from .spread import ALONE, Spread
from .tasks import HELD_OUT_SEED, Look, Task, evaluating

__all__ = ["AutoencoderTask", "between", "network_input"]

_HELD_OUT = 256  # doodles


def network_input(domain: str, field: Tensor) -> Tensor:
    """What an encoder of that domain is shown of a field."""
    return field if domain == "field" else ink_from_field(field)


def between(first: Tensor, second: Tensor, t: Tensor, circular: Tensor) -> Tensor:
    """Latents at t (B, 1) on the way from `first` to `second` (B, D); where `circular` (B, 1), with the norm that the
    straight way loses given back, so that both of the user's methods are taught."""
    middle = torch.lerp(first, second, t)
    norm = torch.lerp(first.norm(dim=1, keepdim=True), second.norm(dim=1, keepdim=True), t)
    return torch.where(circular, middle * norm / middle.norm(dim=1, keepdim=True).clamp(min=1e-6), middle)


class AutoencoderTask(Task):
    """An encoder and a decoder of `doodle_core.dense.networks`, on the doodles that config.data names."""

    def __init__(self, config: Config, spread: Spread = ALONE) -> None:
        super().__init__(config, spread)
        assert isinstance(config.network, NetworkConfig)
        self.domain = config.network.domain
        self.encoder, self.decoder = build(config.network)
        self.networks = {"encoder": self.encoder, "decoder": self.decoder}
        for network in self.networks.values():
            spread.normalise(network)

    def hidden(self, name: str, parameter: Tensor) -> bool:
        return parameter.ndim == 2 and ".place" not in f".{name}"

    def draw(self, generator: torch.Generator) -> Batch:
        return draw(self.config.data, self.config.batch, generator, self.spread.part(self.config.batch))

    def drawings(self, batch: Batch) -> int:
        return len(batch.first) * (1 if batch.second is None else 3)

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        c, domain = self.config, self.domain
        if batch.second is None or batch.between is None or batch.t is None:
            latent = self.encoder(network_input(domain, batch.first))
            answer = self.decoder(self._shake(latent, generator))
            loss = drawing_loss(domain, answer, batch.first, c.far) + self._divergence(latent)
            return loss / self.spread.world
        both = self.encoder(network_input(domain, torch.cat((batch.first, batch.second))))
        first, second = both.chunk(2)
        part = self.spread.part(c.batch)
        circular = Dice(generator, c.batch, part).chance(0.2, 1)
        middle = between(first, second, batch.t, circular)
        # One key of each doodle: the first of the batch's first half, the second of the rest.
        half = max(0, c.batch // 2 - (part.start or 0))
        keys = torch.cat((first[:half], second[half:]))
        truth = torch.cat((batch.first[:half], batch.second[half:], batch.between))
        answer = self.decoder(self._shake(torch.cat((keys, middle)), generator))
        return (drawing_loss(domain, answer, truth, c.far) + self._divergence(both)) / self.spread.world

    def _shake(self, latent: Tensor, generator: torch.Generator) -> Tensor:
        """Latents (K * B, D), of K drawings of each doodle one after the other, with noise."""
        c, device = self.config, latent.device
        part = self.spread.part(c.batch)
        many = len(latent) * self.spread.world // c.batch
        noise = torch.randn(many, c.batch, latent.shape[1], device=device, generator=generator)[:, part].flatten(0, 1)
        return latent + c.shake * self.spread.std(latent.detach()) * noise

    def _divergence(self, latent: Tensor) -> Tensor:
        """Pull towards the standard normal (Kingma and Welling 2013, with the fixed variance `shake` squared)."""
        if not self.config.variational:
            return latent.new_zeros(())
        return self.config.variational * 0.5 * latent.pow(2).mean()

    def look(self, device: torch.device) -> Look:
        """Truth and answer, row by row; the figures are

        key_iou and, for moving doodles, between_iou: mean intersection over union of ink at 0.5;
        half_tone: sum(min(p, 1 - p)) / sum(p) of the in-betweens (of the keys for still data).
        """
        batch = draw(self.config.data, _HELD_OUT, torch.Generator(device).manual_seed(HELD_OUT_SEED))
        with evaluating(self.encoder, self.decoder):
            first = self.encoder(network_input(self.domain, batch.first))
            key = self._ink(first)
            truth = ink_from_field(batch.first)
            figures = {"key_iou": _iou(key, truth)}
            rows = [truth, key]
            shown = key
            if batch.second is not None and batch.between is not None and batch.t is not None:
                second = self.encoder(network_input(self.domain, batch.second))
                shown = self._ink(torch.lerp(first, second, batch.t))
                figures["between_iou"] = _iou(shown, ink_from_field(batch.between))
                rows += [ink_from_field(batch.between), shown, ink_from_field(batch.second), self._ink(second)]
            figures["half_tone"] = float(torch.minimum(shown, 1 - shown).sum() / shown.sum().clamp(min=1e-6))
        return figures, _sheet(rows)

    def _ink(self, latent: Tensor) -> Tensor:
        answer = self.decoder(latent)
        return ink_from_field(answer) if self.domain == "field" else answer


def _iou(a: Tensor, b: Tensor) -> float:
    a, b = a > 0.5, b > 0.5
    union = (a | b).flatten(1).sum(1).clamp(min=1)
    return float(((a & b).flatten(1).sum(1) / union).mean())


def _sheet(rows: list[Tensor], columns: int = 16) -> NDArray[np.uint8]:
    """Rows of inks (B, 64, 64) as one picture, dark on light, `columns` doodles wide, twice as large."""
    sheet = torch.stack([row[:columns] for row in rows])
    sheet = nn.functional.pad(sheet, (1, 1, 1, 1), value=0.4)
    picture = 1 - sheet.permute(0, 2, 1, 3).flatten(0, 1).flatten(1)
    pixels: NDArray[np.uint8] = (picture * 255).round().byte().cpu().numpy()
    return pixels.repeat(2, 0).repeat(2, 1)
