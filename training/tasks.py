"""What a run trains: its networks, what they are shown, and how well they do it. The loop around it is `train`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .config import Config
from .spread import ALONE, Spread

__all__ = ["HELD_OUT_SEED", "Look", "Task", "evaluating"]

HELD_OUT_SEED = 1_000_000_007
"""Seed of the doodles that are never trained on; training seeds its generator far away from it."""

Look: TypeAlias = tuple[dict[str, float], NDArray[np.uint8]]
"""Figures by name, and a picture for the eye: (height, width) grey or (height, width, 3) colours."""


class Task(ABC):
    """One kind of network in training. Made from torch's global random state, on the CPU.

    networks: by the names under which checkpoints and weights keep them.
    spread: the processes that share a batch. Each draws its part; the losses of all of them add up to the batch's.
    """

    networks: dict[str, nn.Module]

    def __init__(self, config: Config, spread: Spread = ALONE) -> None:
        self.config, self.spread = config, spread

    @abstractmethod
    def hidden(self, name: str, parameter: Tensor) -> bool:
        """Whether a parameter, called `name` in its network, is a matrix between hidden layers: Muon's."""

    @abstractmethod
    def draw(self, generator: torch.Generator) -> Any:
        """This process's part of a batch of config.batch examples, on the generator's device; its state decides all."""

    @abstractmethod
    def drawings(self, batch: Any) -> int:
        """How many drawings a batch has."""

    @abstractmethod
    def loss(self, batch: Any, generator: torch.Generator) -> Tensor:
        """The share () of a part in the loss of its batch; what chance there is in it comes from the generator."""

    @abstractmethod
    def look(self, device: torch.device) -> Look:
        """How the networks do on doodles never trained on, the same ones each time on one kind of device."""

    def to(self, device: torch.device) -> None:
        for network in self.networks.values():
            network.to(device)

    def parameters(self) -> Iterator[nn.Parameter]:
        for network in self.networks.values():
            yield from network.parameters()


@contextmanager
def evaluating(*networks: nn.Module) -> Iterator[None]:
    """Without gradients, and with the networks as they are used after training; then as they were."""
    before = [network.training for network in networks]
    for network in networks:
        network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for network, mode in zip(networks, before, strict=True):
            network.train(mode)
