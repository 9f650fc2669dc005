"""The curves that doodles are made of, as batched polylines in torch.

Every function takes parameter tensors with any leading shape (...) and answers points of shape (..., P, 2), float32,
in the units of its parameters, x right, y down.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

__all__ = ["bezier", "blob", "line", "polyline", "resample", "rotate", "turtle"]


def rotate(points: Tensor, angle: Tensor) -> Tensor:
    """Turn points (..., P, 2) by `angle` (...) radians round the origin."""
    c, s = torch.cos(angle)[..., None], torch.sin(angle)[..., None]
    x, y = points[..., 0], points[..., 1]
    return torch.stack((c * x - s * y, s * x + c * y), -1)


def line(start: Tensor, end: Tensor, count: int) -> Tensor:
    """Straight line from `start` (..., 2) to `end` (..., 2) with `count` points."""
    u = torch.linspace(0, 1, count, device=start.device)[:, None]
    return start[..., None, :] * (1 - u) + end[..., None, :] * u


def bezier(controls: Tensor, count: int) -> Tensor:
    """Bezier curve of degree K-1 through its first and last of K control points (..., K, 2)."""
    degree = controls.shape[-2] - 1
    u = torch.linspace(0, 1, count, device=controls.device)
    basis = torch.stack([math.comb(degree, k) * u**k * (1 - u) ** (degree - k) for k in range(degree + 1)], -1)
    return basis @ controls


def polyline(corners: Tensor, count: int) -> Tensor:
    """Straight runs between K corners (..., K, 2), the same number of points on each run."""
    runs = corners.shape[-2] - 1
    u = torch.linspace(0, runs, count, device=corners.device)
    weight = (1 - (u[:, None] - torch.arange(runs + 1, device=u.device)).abs()).clamp(min=0)
    return weight @ corners


def turtle(
    length: Tensor, bend: Tensor, waves: Tensor, phases: Tensor, turns: Tensor, where: Tensor, count: int
) -> Tensor:
    """A stroke told by its heading: from the origin, walking `length`, heading right at first.

    The heading is bend * u + sum_k waves_k sin(2 pi (k + 1) u + phases_k) + sum_j turns_j [u > where_j], which makes
    lines, arcs, circles, spirals, handwriting (waves) and jointed limbs and polygons (turns) one family.
    length, bend: (...); waves, phases: (..., W), radians; turns, where: (..., J), radians and 0..1.
    """
    u = (torch.arange(count - 1, device=length.device) + 0.5) / (count - 1)
    k = torch.arange(1, waves.shape[-1] + 1, device=u.device) * (2 * math.pi)
    heading = bend[..., None] * u
    heading = heading + (waves[..., None] * torch.sin(k[:, None] * u + phases[..., None])).sum(-2)
    heading = heading - (waves * torch.sin(phases)).sum(-1, keepdim=True)
    heading = heading + (turns[..., None] * (u > where[..., None])).sum(-2)
    step = (length / (count - 1))[..., None, None] * torch.stack((torch.cos(heading), torch.sin(heading)), -1)
    return torch.cat((torch.zeros_like(step[..., :1, :]), step.cumsum(-2)), -2)


def blob(radius: Tensor, aspect: Tensor, waves: Tensor, phases: Tensor, sweep: Tensor, count: int) -> Tensor:
    """Ellipse whose radius wobbles: half-axes radius and radius * aspect, centred on the origin.

    The radius is multiplied by 1 + sum_k waves_k cos((k + 2) a + phases_k) and the outline is drawn over `sweep`
    (1 = once round, less leaves a gap, more overlaps). radius, aspect, sweep: (...); waves, phases: (..., W).
    """
    a = torch.linspace(0, 2 * math.pi, count, device=radius.device) * sweep[..., None]
    k = torch.arange(2, waves.shape[-1] + 2, device=a.device)
    wobble = 1 + (waves[..., None] * torch.cos(k[:, None] * a[..., None, :] + phases[..., None])).sum(-2)
    reach = radius[..., None] * wobble
    return torch.stack((reach * torch.cos(a), reach * aspect[..., None] * torch.sin(a)), -1)


def resample(points: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """The part of polylines (..., P, 2) between the fractions `low` and `high` (...), again with P points."""
    count = points.shape[-2]
    u = torch.linspace(0, 1, count, device=points.device)
    at = (low[..., None] + (high - low)[..., None] * u) * (count - 1)
    left = at.floor().clamp(0, count - 2)
    share = (at - left)[..., None]
    index = left.long()[..., None].expand(*points.shape[:-1], 2)
    return torch.gather(points, -2, index) * (1 - share) + torch.gather(points, -2, index + 1) * share
