"""Cells as the network's channels, turned and mirrored with their pictures, and the loss between the two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from doodle_core.reading.cells import CELL, CHANNELS, SLOT, Cells

__all__ = ["Weights", "loss", "pack", "turned"]

_ENDS = 2 * SLOT
_PIXELS = 2 * SLOT + 3


def pack(cells: Cells, kept: float = 1.0) -> NDArray[np.float16]:
    """What the network should say, (CHANNELS, h, w): as `cells.unpack` reads it, but probabilities for logits.

    kept: the share of its contrast that the ink has in the picture.
    """
    h, w = cells.end.shape
    packed = np.empty((CHANNELS, h, w), np.float16)
    for k in range(2):
        at = k * SLOT
        packed[at] = cells.presence[..., k]
        packed[at + 1 : at + 3] = cells.offset[..., k, :].transpose(2, 0, 1) / (CELL / 2)
        packed[at + 3 : at + 5] = cells.direction[..., k, :].transpose(2, 0, 1)
        packed[at + 5] = np.log(np.maximum(cells.radius[..., k], 0.05))
        packed[at + 6] = cells.strength[..., k] * kept
    packed[_ENDS : _ENDS + 3] = cells.end, cells.corner, cells.junction
    for k, share in enumerate((cells.line, cells.solid)):
        pixels = share.reshape(h, CELL, w, CELL).transpose(1, 3, 0, 2).reshape(CELL * CELL, h, w)
        packed[_PIXELS + k * CELL * CELL : _PIXELS + (k + 1) * CELL * CELL] = pixels
    return packed


def turned(
    picture: NDArray[np.uint8], packed: NDArray[np.float16], mirror: bool, flip: bool, swap: bool
) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """A picture (n, n, 3) and its channels (CHANNELS, n / 4, n / 4), mirrored, upside down, rows for columns."""
    if not (mirror or flip or swap):
        return picture, packed
    packed = packed.copy()
    pixels = packed[_PIXELS:].reshape(2, CELL, CELL, *packed.shape[1:])
    if mirror:
        picture, packed, pixels = picture[:, ::-1], packed[..., ::-1], pixels[:, :, ::-1, :, ::-1]
    if flip:
        picture, packed, pixels = picture[::-1], packed[:, ::-1], pixels[:, ::-1, :, ::-1]
    if swap:
        picture, packed = picture.swapaxes(0, 1), packed.swapaxes(1, 2)
        pixels = pixels.transpose(0, 2, 1, 4, 3)
    packed = np.concatenate([packed[:_PIXELS], pixels.reshape(2 * CELL * CELL, *packed.shape[1:])])
    for at in (0, SLOT):
        if mirror:
            packed[at + 1] *= -1
        if flip:
            packed[at + 2] *= -1
        if mirror != flip:
            packed[at + 4] *= -1
        if swap:
            packed[[at + 1, at + 2]] = packed[[at + 2, at + 1]]
            packed[at + 3] *= -1
    return picture, packed


@dataclass(frozen=True)
class Weights:
    """Of the parts of the loss."""

    presence: float = 2.0
    across: float = 1.5
    along: float = 0.3
    direction: float = 2.0
    radius: float = 1.0
    strength: float = 0.4
    marks: float = 1.0
    pixels: float = 1.2
    present: float = 2.5
    """How much more a cell with a line counts for presence than one without."""
    both: float = 1.5
    """By how much more a cell with two lines counts than one with one."""


def loss(raw: Tensor, truth: Tensor, weights: Weights) -> tuple[Tensor, dict[str, float]]:
    """The mismatch of the network's answer and what is true, (B, CHANNELS, h, w) each, and its parts.

    Slots have no order: the better of the two pairings counts.
    """
    there = [truth[:, k * SLOT] for k in range(2)]
    pairs = [[_slot(raw, i * SLOT, truth, j * SLOT, weights) for j in range(2)] for i in range(2)]
    straight = pairs[0][0][0] + pairs[1][1][0] + pairs[0][0][1] + pairs[1][1][1]
    crossed = pairs[0][1][0] + pairs[1][0][0] + pairs[0][1][1] + pairs[1][0][1]
    busy = torch.maximum(*there)
    slots = torch.minimum(straight, crossed) * (1 + weights.both * torch.minimum(*there))
    scale = 1 / (busy.sum() + 0.05 * busy.numel())
    marks = functional.binary_cross_entropy_with_logits(
        raw[:, _ENDS:_PIXELS], truth[:, _ENDS:_PIXELS], pos_weight=raw.new_tensor(5.0), reduction="none"
    )
    pixels = functional.binary_cross_entropy_with_logits(raw[:, _PIXELS:], truth[:, _PIXELS:], reduction="none")
    parts = {
        "slots": slots.sum() * scale,
        "marks": marks.sum() * scale * weights.marks,
        "pixels": pixels.sum() * (scale / 16) * weights.pixels,
    }
    return sum(parts.values(), raw.new_zeros(())), {name: float(part.detach()) for name, part in parts.items()}


def _slot(raw: Tensor, i: int, truth: Tensor, j: int, weights: Weights) -> tuple[Tensor, Tensor]:
    """Of a slot that is said and one that is true: the loss of presence, and of all else where one is there."""
    there = truth[:, j]
    presence = functional.binary_cross_entropy_with_logits(raw[:, i], there, reduction="none")
    away = raw[:, i + 1 : i + 3] - truth[:, j + 1 : j + 3]
    cosine, sine = truth[:, j + 3], truth[:, j + 4]
    # Squares of the part along the line and of that across it, by its double angle.
    square, other = away[:, 0] ** 2 + away[:, 1] ** 2, away[:, 0] ** 2 - away[:, 1] ** 2
    turned = other * cosine + 2 * away[:, 0] * away[:, 1] * sine
    across, along = ((square - turned) / 2).clamp(min=0), ((square + turned) / 2).clamp(min=0)
    said = functional.normalize(raw[:, i + 3 : i + 5], dim=1, eps=1e-3)
    wrong = (1 - said[:, 0] * cosine - said[:, 1] * sine) * (cosine * cosine + sine * sine)
    radius = (raw[:, i + 5] - truth[:, j + 5]).abs()
    strength = functional.binary_cross_entropy_with_logits(raw[:, i + 6], truth[:, j + 6], reduction="none")
    # The centre of a thin line is wanted to a part of its radius.
    narrow = (1.5 * (-truth[:, j + 5]).exp()).clamp(0.6, 2.5)
    rest = (
        weights.across * narrow * (across + 1e-4).sqrt()
        + weights.along * (along + 1e-4).sqrt()
        + weights.direction * wrong
        + weights.radius * radius
        + weights.strength * strength
    )
    return weights.presence * presence * (1 + (weights.present - 1) * there), there * rest
