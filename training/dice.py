"""Random tensors, a row for each drawing of a batch, of which a process may keep its own part.

The numbers are thrown for the whole batch and then cut, so the drawing with a given index in the batch of a given step
is the same one however many processes share the batch; throwing is little of the work, and what follows is shared.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["WHOLE", "Dice"]

WHOLE = slice(None)
"""All rows of a batch."""


class Dice:
    """The rows `part` of random tensors (batch, ...) on a generator's device; its state decides everything."""

    def __init__(self, generator: torch.Generator, batch: int, part: slice = WHOLE) -> None:
        self.generator, self.batch, self.part = generator, batch, part

    @property
    def rows(self) -> int:
        """How many rows the part has."""
        return len(range(self.batch)[self.part])

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        thrown = torch.rand(self.batch, *shape, generator=self.generator, device=self.generator.device)
        return thrown[self.part] * (high - low) + low

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(self.batch, *shape, generator=self.generator, device=self.generator.device)[self.part]

    def chance(self, p: float, *shape: int) -> Tensor:
        return torch.rand(self.batch, *shape, generator=self.generator, device=self.generator.device)[self.part] < p

    def choice(self, weights: list[float], *shape: int) -> Tensor:
        edges = torch.tensor(weights, device=self.generator.device).cumsum(0) / sum(weights)
        return torch.bucketize(self.uniform(*shape), edges[:-1])

    def below(self, count: int, *shape: int) -> Tensor:
        """Integers 0 .. count - 1."""
        shape = (self.batch, *shape)
        return torch.randint(0, count, shape, generator=self.generator, device=self.generator.device)[self.part]
