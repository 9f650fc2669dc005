"""The autoencoders, in torch: the one definition that training and the torch engine share.

Every network is a pair. The encoder takes drawings (B, 64, 64) and answers latents (B, latent); the decoder takes
latents and answers (B, 64, 64). What the numbers of a drawing mean is told by `NetworkConfig.domain`: "field" (signed
distance, pixels, positive inside ink, see `raster`) or "ink" (coverage 0..1, as in 2018).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

__all__ = ["ConvDecoder", "ConvEncoder", "MixerDecoder", "MixerEncoder", "NetworkConfig", "build", "mismatch"]


@dataclass(frozen=True)
class NetworkConfig:
    """What a pair of networks is made of."""

    kind: Literal["mixer", "conv"] = "mixer"
    domain: Literal["field", "ink"] = "field"
    """What goes in and comes out: signed fields, or grey ink."""
    size: int = 64
    """Side of the drawing, pixels."""
    latent: int = 256
    """Numbers in a latent."""
    patch: int = 8
    """mixer: side of a patch, pixels; one patch is one token."""
    width: int = 128
    """mixer: channels of a token. conv: channels of the first stage."""
    encoder_blocks: int = 4
    """mixer: blocks before the latent. conv: residual blocks at each of the four resolutions (two convs a block)."""
    decoder_blocks: int = 6
    """Likewise after it."""
    token_hidden: int = 128
    """mixer: hidden width of the mixing between tokens."""
    channel_hidden: int = 256
    """mixer: hidden width of the mixing between channels."""
    neck: int = 32
    """mixer: channels of a token next to the latent; keeps the two largest matrices small."""
    coord: bool = False
    """conv: CoordConv (Liu et al. 2018): two channels with each pixel's place, before every convolution."""

    @classmethod
    def from_dict(cls, table: dict[str, Any]) -> NetworkConfig:
        """From a table with exactly these names; TypeError on a name that is not one."""
        return cls(**table)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


# --- MLP-mixer -------------------------------------------------------------------------------------------------------


class MixerBlock(nn.Module):
    """Mixing between places, then between channels, each a residual two-layer perceptron.

    Tolstikhin et al., "MLP-Mixer: An all-MLP Architecture for Vision", 2021. All its work is in matrix products, which
    is what CPUs and GPUs do best.
    """

    def __init__(self, tokens: int, width: int, token_hidden: int, channel_hidden: int) -> None:
        super().__init__()
        self.token_norm = nn.LayerNorm(width)
        self.token_in = nn.Linear(tokens, token_hidden)
        self.token_out = nn.Linear(token_hidden, tokens)
        self.channel_norm = nn.LayerNorm(width)
        self.channel_in = nn.Linear(width, channel_hidden)
        self.channel_out = nn.Linear(channel_hidden, width)
        self.act = nn.GELU()
        nn.init.zeros_(self.token_out.weight)
        nn.init.zeros_(self.channel_out.weight)

    def forward(self, x: Tensor) -> Tensor:
        y = self.token_norm(x).transpose(1, 2)  # (B, C, T)
        x = x + self.token_out(self.act(self.token_in(y))).transpose(1, 2)
        return x + self.channel_out(self.act(self.channel_in(self.channel_norm(x))))


class MixerEncoder(nn.Module):
    """Drawings (B, size, size) -> latents (B, latent)."""

    def __init__(self, c: NetworkConfig) -> None:
        super().__init__()
        self.c = c
        self.side = c.size // c.patch
        tokens = self.side**2
        self.embed = nn.Linear(c.patch**2, c.width)
        self.place = nn.Parameter(torch.randn(tokens, c.width) * 0.1)
        self.blocks = nn.Sequential(
            *[MixerBlock(tokens, c.width, c.token_hidden, c.channel_hidden) for _ in range(c.encoder_blocks)]
        )
        self.norm = nn.LayerNorm(c.width)
        self.neck = nn.Linear(c.width, c.neck)
        self.out = nn.Linear(tokens * c.neck, c.latent)

    def forward(self, drawing: Tensor) -> Tensor:
        n, p = self.side, self.c.patch
        x = drawing.reshape(-1, n, p, n, p).permute(0, 1, 3, 2, 4).reshape(-1, n * n, p * p)
        x = self.blocks(self.embed(x) + self.place)
        return self.out(self.neck(self.norm(x)).flatten(1))


class MixerDecoder(nn.Module):
    """Latents (B, latent) -> drawings (B, size, size)."""

    def __init__(self, c: NetworkConfig) -> None:
        super().__init__()
        self.c = c
        self.side = c.size // c.patch
        tokens = self.side**2
        self.inp = nn.Linear(c.latent, tokens * c.neck)
        self.neck = nn.Linear(c.neck, c.width)
        self.place = nn.Parameter(torch.randn(tokens, c.width) * 0.1)
        self.blocks = nn.Sequential(
            *[MixerBlock(tokens, c.width, c.token_hidden, c.channel_hidden) for _ in range(c.decoder_blocks)]
        )
        self.norm = nn.LayerNorm(c.width)
        self.out = nn.Linear(c.width, c.patch**2)

    def forward(self, latent: Tensor) -> Tensor:
        n, p = self.side, self.c.patch
        x = self.inp(latent).reshape(-1, n * n, self.c.neck)
        x = self.out(self.norm(self.blocks(self.neck(x) + self.place)))
        return x.reshape(-1, n, n, p, p).permute(0, 1, 3, 2, 4).reshape(-1, self.c.size, self.c.size)


# --- The 2018 networks -----------------------------------------------------------------------------------------------


class Conv(nn.Module):
    """A 3x3 convolution, with two more input channels that tell each pixel's place if `coord`.

    Liu et al., "An intriguing failing of convolutional neural networks and the CoordConv solution", 2018.
    """

    def __init__(self, inp: int, out: int, coord: bool, stride: int = 1) -> None:
        super().__init__()
        self.coord = coord
        self.conv = nn.Conv2d(inp + 2 * coord, out, 3, stride, 1)

    def forward(self, x: Tensor) -> Tensor:
        if self.coord:
            line = torch.linspace(-1, 1, x.shape[-1], device=x.device, dtype=x.dtype)
            place = torch.zeros_like(x[:, :1])  # its shape is never written down: exported graphs keep any batch size
            x = torch.cat((x, place + line[:, None], place + line), 1)
        return self.conv(x)


class ResidualBlock(nn.Module):
    """Two convolutions and a shortcut (He et al. 2015), batch-normalised."""

    def __init__(self, width: int, coord: bool) -> None:
        super().__init__()
        self.first, self.second = Conv(width, width, coord), Conv(width, width, coord)
        self.norm1, self.norm2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.norm1(self.first(x)))
        return torch.relu(x + self.norm2(self.second(y)))


def _widths(c: NetworkConfig) -> list[int]:
    return [c.width, c.width * 2, c.width * 2, c.width * 4]


class ConvEncoder(nn.Module):
    """Grey drawings (B, 64, 64) -> latents (B, latent): a first convolution, then at 64, 32, 16 and 8 pixels
    `encoder_blocks` residual blocks each, halved between them by strided convolutions."""

    def __init__(self, c: NetworkConfig) -> None:
        super().__init__()
        widths = _widths(c)
        layers: list[nn.Module] = [Conv(1, widths[0], c.coord), nn.ReLU()]
        for i, width in enumerate(widths):
            if i:
                layers += [Conv(widths[i - 1], width, c.coord, stride=2), nn.ReLU()]
            layers += [ResidualBlock(width, c.coord) for _ in range(c.encoder_blocks)]
        self.body = nn.Sequential(*layers)
        self.out = nn.Linear(widths[-1] * (c.size // 8) ** 2, c.latent)

    def forward(self, drawing: Tensor) -> Tensor:
        return self.out(self.body(drawing[:, None]).flatten(1))


class ConvDecoder(nn.Module):
    """Latents (B, latent) -> grey drawings (B, 64, 64) in 0..1: the encoder mirrored, doubled by nearest neighbours."""

    def __init__(self, c: NetworkConfig) -> None:
        super().__init__()
        widths = _widths(c)[::-1]
        self.width, self.side = widths[0], c.size // 8
        self.inp = nn.Linear(c.latent, widths[0] * self.side**2)
        layers: list[nn.Module] = []
        for i, width in enumerate(widths):
            if i:
                layers += [nn.Upsample(scale_factor=2, mode="nearest"), Conv(widths[i - 1], width, c.coord), nn.ReLU()]
            layers += [ResidualBlock(width, c.coord) for _ in range(c.decoder_blocks)]
        self.body = nn.Sequential(*layers)
        self.out = Conv(widths[-1], 1, c.coord)

    def forward(self, latent: Tensor) -> Tensor:
        x = torch.relu(self.inp(latent)).view(-1, self.width, self.side, self.side)
        return torch.sigmoid(self.out(self.body(x)))[:, 0]


def build(config: NetworkConfig) -> tuple[nn.Module, nn.Module]:
    """The encoder and decoder of a configuration, freshly initialised from torch's global random state."""
    if config.kind == "mixer":
        return MixerEncoder(config), MixerDecoder(config)
    return ConvEncoder(config), ConvDecoder(config)


EDGE = 4.0
"""Steepness of the soft ink sigmoid(EDGE * field): at the edge the slope of the anti-aliased cut, one a pixel."""


def mismatch(domain: str, answer: Tensor, truth: Tensor) -> Tensor:
    """How far decoded drawings (B, H, W) are from true ones, near the ink's edge: cross-entropies (B,), mean a pixel.

    For fields it is taken between the soft inks of both, and is least where the fields agree (not only their signs).
    """
    if domain == "field":
        logits, target = EDGE * answer, torch.sigmoid(EDGE * truth)
    else:
        answer = answer.clamp(1e-5, 1 - 1e-5)
        logits, target = torch.log(answer) - torch.log1p(-answer), truth
    return (torch.nn.functional.softplus(logits) - target * logits).flatten(1).mean(1)
