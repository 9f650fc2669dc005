"""The reader: a network that sees a picture and says, of each 4 x 4 pixels, which lines pass through (see `cells`).

A convolutional U of three levels (Ronneberger et al. 2015): cells of 2, 4 and 8 pixels, residual blocks (He et al.
2016) at the two coarser ones. The directions and key points that it tells are those of Deep Sketch Vectorization (Yan
et al. 2024); two of each at a cell, so that crossings say both, after PolyVector fields (Bessmeltsev and Solomon 2019).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from doodle_core.reading.cells import CHANNELS

__all__ = ["Reader", "ReaderConfig", "fuse"]

_NEAR = 8  # pixels along the side of the blocks of which light and contrast are taken
_ROUND = 5  # of these blocks, along the side of the neighbourhood whose light is a pixel's own
_FAINT = 0.03  # contrast that is not made larger


@dataclass(frozen=True)
class ReaderConfig:
    """first: channels at half resolution. fine: at cells. coarse: at double cells. blocks: residual ones there."""

    first: int = 24
    fine: int = 48
    coarse: int = 96
    last: int = 64
    blocks: int = 2


def _convolution(inside: int, outside: int, step: int = 1, side: int = 3) -> nn.Sequential:
    """A convolution and its normalisation, which `fuse` makes one convolution once training has ended."""
    return nn.Sequential(nn.Conv2d(inside, outside, side, step, (side - 1) // 2), nn.BatchNorm2d(outside))


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.one = _convolution(width, width)
        self.two = _convolution(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.two(functional.relu(self.one(x))))


class Reader(nn.Module):
    """(B, 3, H, W) sRGB, 0 to 1, sides that are multiples of 8 -> (B, CHANNELS, H / 4, W / 4), as in `cells.unpack`."""

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        c = config
        self.stem = _convolution(6, c.first, 2, 4)
        self.down = _convolution(c.first, c.fine, 2)
        self.fine = _Block(c.fine)
        self.further = _convolution(c.fine, c.coarse, 2)
        self.coarse = nn.Sequential(*(_Block(c.coarse) for _ in range(c.blocks)))
        self.up = nn.Conv2d(c.coarse, c.coarse, 1)
        self.both = _convolution(c.fine + c.coarse // 4, c.last)
        self.mix = nn.Conv2d(c.last, c.last, 1)
        self.head = nn.Conv2d(c.last, CHANNELS, 1)

    def forward(self, picture: Tensor) -> Tensor:
        x = functional.relu(self.stem(_lit(picture)))
        x = functional.relu(self.down(x))
        x = self.fine(x)
        y = self.coarse(functional.relu(self.further(x)))
        y = functional.pixel_shuffle(functional.relu(self.up(y)), 2)
        x = functional.relu(self.both(torch.cat((x, y), 1)))
        return self.head(functional.relu(self.mix(x)))


def fuse(reader: Reader) -> Reader:
    """A trained network with every normalisation worked into its convolution: same answers, fewer steps. In place."""
    reader.eval()
    for part in list(reader.modules()):
        if isinstance(part, nn.Sequential) and len(part) == 2 and isinstance(part[1], nn.BatchNorm2d):
            assert isinstance(part[0], nn.Conv2d)
            part[0] = fuse_conv_bn_eval(part[0], part[1])
            part[1] = nn.Identity()
    return reader


def _lit(picture: Tensor) -> Tensor:
    """A picture and, as three more channels, its difference from the light about it, over the contrast there."""
    blocks = functional.avg_pool2d(torch.cat((picture, picture * picture), 1), _NEAR)
    near = functional.avg_pool2d(blocks, _ROUND, 1, _ROUND // 2, count_include_pad=False)
    mean, square = near[:, :3], near[:, 3:]
    spread = (square - mean * mean).mean(1, keepdim=True).clamp(min=0).sqrt() + _FAINT
    ground = functional.interpolate(
        torch.cat((mean, 1 / spread), 1), scale_factor=float(_NEAR), mode="bilinear", align_corners=False
    )
    return torch.cat((2 * picture - 1.5, (picture - ground[:, :3]) * ground[:, 3:] * 0.7), 1)
