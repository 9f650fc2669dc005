"""What a decoder would take if it did its arithmetic and nothing else, at this machine's measured speed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

__all__ = ["SIDE", "STROKE_STEPS", "elementwise", "matrix_product", "multiply_adds", "stroke_fields"]

SIDE = 1024
"""Of the matrices whose product is the measure: as fast as they get on a CPU."""
STROKE_STEPS = 12
"""Multiplications, additions, roots and comparisons of a strokelet's field at a place."""


def matrix_product(threads: int) -> Callable[[], object]:
    """A product of two float32 matrices of SIDE x SIDE, by torch."""
    torch.set_num_threads(threads)
    one, other = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)
    answer = torch.empty(SIDE, SIDE)
    return lambda: torch.mm(one, other, out=answer)


def elementwise() -> Callable[[], NDArray[np.float32]]:
    """One multiplication of 65,536 float32 in the processor's caches, by numpy, on one thread."""
    one, other = np.ones(1 << 16, np.float32), np.ones(1 << 16, np.float32)
    return lambda: np.multiply(one, other, out=one)


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


def stroke_fields(count: int) -> int:
    """How many times the decoder of strokelets measures one of them at one place, for one frame."""
    from doodle_core.raster import RESOLUTION
    from doodle_core.strokes.decoder import KEEP, TILES

    coarse, fine = (RESOLUTION // TILES[0]) ** 2, (RESOLUTION // TILES[1]) ** 2
    first, second = min(KEEP[0], count), min(KEEP[1], count)
    return coarse * count + fine * first + RESOLUTION**2 * second
