"""What a decoder would take if it did its arithmetic and nothing else, at this machine's measured speed."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

__all__ = ["SIDE", "matrix_product", "multiply_adds"]

SIDE = 1024
"""Of the matrices whose product is the measure: as fast as they get on a CPU."""


def matrix_product(threads: int) -> Callable[[], object]:
    """A product of two float32 matrices of SIDE x SIDE, by torch."""
    torch.set_num_threads(threads)
    one, other = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)
    answer = torch.empty(SIDE, SIDE)
    return lambda: torch.mm(one, other, out=answer)


def multiply_adds(network: nn.Module, latent: int) -> int:
    """Of one frame, in its matrix products and convolutions."""
    counted = [0]

    def linear(layer: nn.Linear, _: object, answer: Tensor) -> None:
        counted[0] += answer.numel() * layer.in_features

    def convolution(layer: nn.Conv2d, _: object, answer: Tensor) -> None:
        counted[0] += answer.numel() * layer.weight[0].numel()

    hooks = []
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            hooks.append(layer.register_forward_hook(linear))
        elif isinstance(layer, nn.Conv2d):
            hooks.append(layer.register_forward_hook(convolution))
    with torch.no_grad():
        network(torch.zeros(1, latent))
    for hook in hooks:
        hook.remove()
    return counted[0]
