"""The matcher: a network that sees two keys as strokelets and says which piece of line became which.

Self- and cross-attention over two sets of pieces of line, and scores for every pair of pieces and for "nowhere", after
SuperGlue (Sarlin et al. 2020), with the dual softmax of LoFTR (Sun et al. 2021) in place of optimal transport.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

__all__ = ["Matcher", "MatcherConfig"]

_WAVES = 6
_FEATURES = 2 + 4 * _WAVES + 7


@dataclass(frozen=True)
class MatcherConfig:
    """width: numbers a piece. heads: of attention. blocks: rounds of self-attention, cross-attention, MLP."""

    width: int = 96
    heads: int = 4
    blocks: int = 5


def _features(pieces: Tensor) -> Tensor:
    """What the network is shown of pieces (..., 9), columns as in `pieces`: (..., _FEATURES).

    Directions enter as the cosine and sine of twice their angle, since a line drawn backwards is the same line.
    """
    x = pieces[..., 0:2] / 32
    waves = 2.0 ** torch.arange(_WAVES, device=x.device) * (math.pi / 2)
    phase = (x[..., None] * waves).flatten(-2)
    cosine, sine = pieces[..., 2:3], pieces[..., 3:4]
    length, radius, end, line, closed = (pieces[..., i : i + 1] for i in range(4, 9))
    rest = (
        cosine * cosine - sine * sine,
        2 * cosine * sine,
        length / 4,
        radius / 2,
        end.clamp(max=32) / 16,
        line.clamp(max=64) / 32,
        closed,
    )
    return torch.cat((x, phase.sin(), phase.cos(), *rest), -1)


def _halves(x: Tensor) -> tuple[Tensor, Tensor]:
    """Along the first axis. Unlike chunk, which counts, it can be exported for any size."""
    half = x.shape[0] // 2
    return x[:half], x[half:]


class _Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ask = nn.Linear(width, width)
        self.tell = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, other: Tensor, hide: Tensor) -> Tensor:
        """x (B, N, W) asks other (B, M, W), of which hide (B, 1, 1, M) adds -inf to what is not there."""
        b, n, w = x.shape
        q = self.ask(x).view(b, n, self.heads, -1).transpose(1, 2)
        k, v = self.tell(other).view(b, other.shape[1], 2, self.heads, -1).permute(2, 0, 3, 1, 4)
        weight = torch.softmax(q @ k.transpose(-1, -2) * (w // self.heads) ** -0.5 + hide, -1)
        return self.out((weight @ v).transpose(1, 2).reshape(b, n, w))


class _Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.own = _Attention(width, heads)
        self.cross = _Attention(width, heads)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x: Tensor, hide: Tensor) -> Tensor:
        """x (2B, N, W): first the first keys', then the second keys'."""
        y = self.norms[0](x)
        x = x + self.own(y, y, hide)
        y = self.norms[1](x)
        x = x + self.cross(y, torch.cat(_halves(y)[::-1]), torch.cat(_halves(hide)[::-1]))
        return x + self.mlp(self.norms[2](x))


class Matcher(nn.Module):
    def __init__(self, config: MatcherConfig) -> None:
        super().__init__()
        w = config.width
        self.enter = nn.Sequential(nn.Linear(_FEATURES, w), nn.GELU(), nn.Linear(w, w))
        self.blocks = nn.ModuleList(_Block(w, config.heads) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(w)
        self.name = nn.Linear(w, w)
        self.nowhere = nn.Linear(w, 1)
        self.sharp = nn.Parameter(torch.tensor(1.0))

    def forward(self, first: Tensor, second: Tensor, there: Tensor, there_too: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """first, second (B, N, 9): pieces of two keys, columns as in `pieces`; there, there_too (B, N) float: 1 where
        a row is a piece, 0 where it fills up.

        Scores (B, N, N) and those of "nowhere" for the first's pieces and the second's, (B, N) each; rows and columns
        of what is not there mean nothing.
        """
        hide = (torch.cat((there, there_too)) - 1)[:, None, None] * 1e4
        x = self.enter(_features(torch.cat((first, second))))
        for block in self.blocks:
            x = block(x, hide)
        x = self.norm(x)
        a, b = _halves(self.name(x))
        scores = a @ b.transpose(1, 2) * (self.sharp * a.shape[-1] ** -0.5)
        out, back = _halves(self.nowhere(x)[..., 0])
        return scores, out, back
