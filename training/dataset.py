"""Batches of doodles, drawn on the device that trains: two keys and the true drawing between them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from . import lines2018, motion
from .dice import WHOLE, Dice
from .rasterize import field_from_segments

__all__ = ["KINDS", "Batch", "draw"]

KINDS = ("motion", "lines2018")


@dataclass(frozen=True)
class Batch:
    """first, second: (B, 64, 64) fields of the keys; between: (B, 64, 64) the truth at `t` (B, 1) in 0..1.

    Still data sets have no second key: then `second` and `between` are None.
    """

    first: Tensor
    second: Tensor | None
    between: Tensor | None
    t: Tensor | None


@torch.no_grad()
def draw(kind: str, batch: int, generator: torch.Generator, part: slice = WHOLE) -> Batch:
    """Draw a batch on the generator's device; the generator's state decides everything.

    Of it only `part` is made (see `dice`).
    """
    dice = Dice(generator, batch, part)
    if kind == "lines2018":
        return Batch(field_from_segments(lines2018.sample(batch, generator, part), dice.rows), None, None, None)
    figure = motion.sample(batch, generator, part=part)
    zero = torch.zeros(dice.rows, device=generator.device)
    t = dice.uniform()

    def at(time: Tensor) -> Tensor:
        return field_from_segments(motion.segments_at(figure, time), dice.rows)

    return Batch(at(zero), at(zero + 1), at(t), t[:, None])
