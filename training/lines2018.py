"""The data set of the 2018 experiment: still pictures of random lines, Bezier curves and ellipses."""

from __future__ import annotations

import math

import torch

from . import shapes
from .rasterize import SIZE, Segments

__all__ = ["sample"]

POINTS = 33
MOST = 3
"""At most this many of each of the three shapes in one picture."""


def sample(batch: int, generator: torch.Generator) -> Segments:
    """Random pictures as segments in pixels.

    Each has a random number (0..MOST, at least one shape in all) of lines with random endpoints, of quadratic Bezier
    curves with random endpoints and anchor, and of ellipses with random centre, rotation and eccentricity; every
    shape has a random stroke width of 1 to 4 pixels.
    """
    device = generator.device

    def uniform(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator, device=device)

    ends = uniform(batch, MOST, 2, 2) * SIZE
    lines = shapes.line(ends[:, :, 0], ends[:, :, 1], POINTS)
    curves = shapes.bezier(uniform(batch, MOST, 3, 2) * SIZE, POINTS)
    radius, aspect = 4 + uniform(batch, MOST) * 20, 0.2 + uniform(batch, MOST) * 0.8
    still = torch.zeros(batch, MOST, 1, device=device)
    rounds = shapes.blob(radius, aspect, still, still, torch.ones_like(radius), POINTS)
    rounds = shapes.rotate(rounds, uniform(batch, MOST) * math.pi) + (uniform(batch, MOST, 1, 2) * SIZE)

    points = torch.cat((lines, curves, rounds), 1)  # (B, 3 * MOST, POINTS, 2)
    count = torch.randint(0, MOST + 1, (batch, 3), generator=generator, device=device)
    count[:, 0] = torch.where(count.sum(-1) == 0, 1, count[:, 0])
    present = (torch.arange(MOST, device=device) < count[..., None]).flatten(1)
    width = 0.5 + uniform(batch, 3 * MOST) * 1.5
    keep = present[..., None].expand(-1, -1, POINTS - 1)
    width = width[..., None].expand_as(keep)[keep]
    drawing = torch.arange(batch, device=device)[:, None, None].expand_as(keep)[keep]
    solid = torch.zeros_like(drawing, dtype=torch.bool)
    return Segments(points[:, :, :-1][keep], points[:, :, 1:][keep], width, width, drawing, solid)
