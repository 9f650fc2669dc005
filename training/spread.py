"""Several processes that train one network, each on its part of every batch; `torchrun` starts them.

What they do is what one process does, to rounding: the numbers behind a batch are thrown by all and used in part (see
`dice`), each makes its share of the loss of the whole batch, and the gradients are summed before every step, which all
of them then take alike. Only the first looks, prints and writes. One process alone is the case `ALONE`, in which
nothing here does anything.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributed, nn

__all__ = ["ALONE", "Spread", "launched"]


@dataclass(frozen=True)
class Spread:
    """world: how many processes there are. rank: which of them this is. local: which of those on this machine."""

    rank: int = 0
    world: int = 1
    local: int = 0

    @property
    def alone(self) -> bool:
        return self.world == 1

    @property
    def first(self) -> bool:
        """Whether this is the process that looks, prints and writes."""
        return self.rank == 0

    def device(self, name: str) -> torch.device:
        """The device of that name for this process: each its own GPU; ValueError where a machine has too few."""
        if self.alone or name != "cuda":
            return torch.device(name)
        if self.local >= torch.cuda.device_count():
            raise ValueError(f"{torch.cuda.device_count()} GPUs are too few: start at most as many processes a machine")
        torch.cuda.set_device(self.local)
        return torch.device(name, self.local)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Meet the other processes, where that has not happened yet, and part from them in the end."""
        if self.alone or distributed.is_initialized():
            yield
            return
        # Tensors on a GPU go by NCCL; numbers and files stay on the CPU.
        distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
        try:
            yield
            # All part at once: a process that is left by the others while its threads still listen to them is aborted.
            distributed.barrier()
        finally:
            distributed.destroy_process_group()

    def part(self, batch: int) -> slice:
        """This process's rows of a batch; ValueError where it does not divide."""
        if self.alone:
            return slice(None)
        if batch % self.world:
            raise ValueError(f"a batch of {batch} does not divide among {self.world} processes: choose another --batch")
        size = batch // self.world
        return slice(self.rank * size, (self.rank + 1) * size)

    def total(self, value: Tensor) -> Tensor:
        """The sum of a tensor over the processes, through which gradients flow."""
        return value if self.alone else _Total.apply(value)

    def std(self, rows: Tensor) -> Tensor:
        """Standard deviation (D,) over the rows (N, D) of all processes, as many in each."""
        if self.alone:
            return rows.std(0)
        count = len(rows) * self.world
        mean = self.total(rows.sum(0)) / count
        return (self.total((rows - mean).square().sum(0)) / (count - 1)).sqrt()

    def add_up(self, tensors: Iterable[Tensor]) -> None:
        """Replace tensors of one type by their sums over the processes, in one message."""
        if not self.alone:
            self._all_at_once(tensors, distributed.all_reduce)

    def copy_first(self, tensors: Iterable[Tensor]) -> None:
        """Replace tensors of one type by those of the first process: other machines may have begun a bit off."""
        if not self.alone:
            self._all_at_once(tensors, lambda flat: distributed.broadcast(flat, 0))

    @staticmethod
    def _all_at_once(tensors: Iterable[Tensor], send: Callable[[Tensor], object]) -> None:
        tensors = [t.detach() for t in tensors]
        flat = torch.cat([t.flatten() for t in tensors])
        send(flat)
        for tensor, sent in zip(tensors, flat.split([t.numel() for t in tensors]), strict=True):
            tensor.copy_(sent.view_as(tensor))

    @contextmanager
    def agreed(self) -> Iterator[None]:
        """Do what may fail in one process only; an error (ValueError, OSError) of one is then a ValueError in all."""
        if self.alone:
            yield
            return
        mine, said = "", [""] * self.world
        try:
            yield
        except (ValueError, OSError) as error:
            mine = str(error)
        distributed.all_gather_object(said, mine)
        if any(said):
            raise ValueError(next(filter(None, said)))

    def tell(self, *numbers: float) -> list[float]:
        """The first process's numbers, in all."""
        if self.alone:
            return list(numbers)
        said = torch.tensor(numbers, dtype=torch.float64)
        distributed.broadcast(said, 0)
        return list(said.tolist())

    def hand_out(self, content: bytes) -> bytes:
        """The first process's bytes, in all."""
        if self.alone:
            return content
        size = int(self.tell(len(content))[0])
        if not size:
            return b""
        said = (
            torch.frombuffer(bytearray(content), dtype=torch.uint8)
            if self.first
            else torch.empty(size, dtype=torch.uint8)
        )
        distributed.broadcast(said, 0)
        return bytes(said.numpy())

    def normalise(self, network: nn.Module) -> None:
        """Let the batch normalisations in a network see the whole batch."""
        for module in network.modules():
            for name, child in module.named_children():
                if isinstance(child, nn.BatchNorm2d) and not self.alone:
                    setattr(module, name, _BatchNorm(child, self))


ALONE = Spread()


def launched() -> Spread:
    """The process that this is, by what `torchrun` has put into the environment."""
    e = os.environ
    return Spread(int(e.get("RANK", 0)), int(e.get("WORLD_SIZE", 1)), int(e.get("LOCAL_RANK", 0)))


class _Total(torch.autograd.Function):
    """What every process adds to, every process's loss depends on."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        value = value.clone()
        distributed.all_reduce(value)
        return value

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        gradient = gradients[0].clone()
        distributed.all_reduce(gradient)
        return gradient


class _BatchNorm(nn.BatchNorm2d):
    """nn.BatchNorm2d over the rows of all processes (nn.SyncBatchNorm is for GPUs only), with another's weights."""

    def __init__(self, like: nn.BatchNorm2d, spread: Spread) -> None:
        super().__init__(like.num_features, like.eps, like.momentum)
        self.load_state_dict(like.state_dict())
        self.spread = spread

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        y, axes = x.to(torch.promote_types(x.dtype, torch.float32)), (0, 2, 3)
        count = x.numel() // x.shape[1] * self.spread.world
        mean = self.spread.total(y.sum(axes)) / count
        y = y - mean[:, None, None]
        variance = self.spread.total(y.square().sum(axes)) / count
        assert self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum or 0.0)
            self.running_var.lerp_(variance * (count / (count - 1)), self.momentum or 0.0)
        scale = self.weight * (variance + self.eps).rsqrt()
        return (y * scale[:, None, None] + self.bias[:, None, None]).to(x.dtype)
