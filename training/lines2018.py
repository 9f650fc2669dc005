"""The data set of the 2018 experiment: still pictures of random lines, Bezier curves and ellipses."""

from __future__ import annotations

import math

import torch

from . import shapes
from .dice import WHOLE, Dice
from .rasterize import SIZE, Segments

__all__ = ["sample"]

POINTS = 33
MOST = 3
"""At most this many of each of the three shapes in one picture."""


def sample(batch: int, generator: torch.Generator, part: slice = WHOLE) -> Segments:
    """Random pictures as segments in pixels.

    Each has a random number (0..MOST, at least one shape in all) of lines with random endpoints, of quadratic Bezier
    curves with random endpoints and anchor, and of ellipses with random centre, rotation and eccentricity; every
    shape has a random stroke width of 1 to 4 pixels. Of the batch only `part` is made (see `dice`).
    """
    device, dice = generator.device, Dice(generator, batch, part)
    ends = dice.uniform(MOST, 2, 2) * SIZE
    lines = shapes.line(ends[:, :, 0], ends[:, :, 1], POINTS)
    curves = shapes.bezier(dice.uniform(MOST, 3, 2) * SIZE, POINTS)
    radius, aspect = 4 + dice.uniform(MOST) * 20, 0.2 + dice.uniform(MOST) * 0.8
    still = torch.zeros(dice.rows, MOST, 1, device=device)
    rounds = shapes.blob(radius, aspect, still, still, torch.ones_like(radius), POINTS)
    rounds = shapes.rotate(rounds, dice.uniform(MOST) * math.pi) + (dice.uniform(MOST, 1, 2) * SIZE)

    points = torch.cat((lines, curves, rounds), 1)  # (B, 3 * MOST, POINTS, 2)
    count = dice.below(MOST + 1, 3)
    count[:, 0] = torch.where(count.sum(-1) == 0, 1, count[:, 0])
    present = (torch.arange(MOST, device=device) < count[..., None]).flatten(1)
    width = 0.5 + dice.uniform(3 * MOST) * 1.5
    keep = present[..., None].expand(-1, -1, POINTS - 1)
    width = width[..., None].expand_as(keep)[keep]
    drawing = torch.arange(dice.rows, device=device)[:, None, None].expand_as(keep)[keep]
    solid = torch.zeros_like(drawing, dtype=torch.bool)
    return Segments(points[:, :, :-1][keep], points[:, :, 1:][keep], width, width, drawing, solid)
