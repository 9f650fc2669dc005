"""Doodles that move as animators move them, drawn from parameters, so that the true drawing half-way is known.

A figure is up to STROKES strokes. Each is a turtle walk, a wobbly ellipse, a Bezier curve or a polyline (see
`shapes`), stands free or is attached to a point of an earlier stroke, and turns with it: limbs, branches, faces.
Every parameter has a value at the first key and a change until the second, many of them zero; the drawing at time t
has the parameters value + t * change. Turning is therefore along arcs, joints bend, strokes travel, stretch, grow
from a point or vanish into one, and the whole figure shifts, turns and scales.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from . import shapes
from .dice import WHOLE, Dice
from .rasterize import SIZE, Segments

__all__ = ["STROKES", "Figure", "points_at", "sample", "segments_at"]

STROKES = 12
POINTS = 33
TURTLE, BLOB, CURVE, CORNERS = range(4)


@dataclass(frozen=True)
class Figure:
    """A batch of B moving doodles of S strokes.

    value, change: parameters by name at the first key and their change until the second, (B, S, ...) float32
      (names starting with "whole_" belong to the figure: (B, ...)).
    kind, parent, attach: (B, S) int64: curve family; index of the stroke attached to (-1: free); index of its point.
    present, solid: (B, S) bool.
    scale (B,), offset (B, 2): figure units -> pixels.
    """

    value: dict[str, Tensor]
    change: dict[str, Tensor]
    kind: Tensor
    parent: Tensor
    attach: Tensor
    present: Tensor
    solid: Tensor
    scale: Tensor
    offset: Tensor


def _at(figure: Figure, t: Tensor) -> dict[str, Tensor]:
    """Parameters at times t (B,)."""
    return {
        name: value + figure.change[name] * t.view(-1, *[1] * (value.dim() - 1)) for name, value in figure.value.items()
    }


def points_at(figure: Figure, t: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Polylines (B, S, POINTS, 2) in figure units at times t (B,), and the parameters there."""
    p = _at(figure, t)
    kind = figure.kind[..., None, None]
    walk = shapes.turtle(p["length"], p["bend"], p["waves"], figure.value["phases"], p["turns"], p["where"], POINTS)
    waves = p["waves"] * 0.18
    round_ = shapes.blob(p["length"] * 0.3, p["aspect"], waves, figure.value["phases"], p["sweep"], POINTS)
    controls = p["controls"] * p["length"][..., None, None]
    curve = shapes.bezier(controls, POINTS)
    corners = shapes.polyline(controls, POINTS)
    local = torch.where(kind == TURTLE, walk, torch.where(kind == BLOB, round_, corners))
    local = torch.where(kind == CURVE, curve, local)
    strokes: list[Tensor] = []
    angles: list[Tensor] = []
    rows = torch.arange(len(t), device=t.device)
    for s in range(local.shape[1]):
        angle, base = p["angle"][:, s], p["base"][:, s]
        if s:
            free = figure.parent[:, s] < 0
            parent = figure.parent[:, s].clamp(min=0)
            held = torch.stack(strokes, 1)[rows, parent, figure.attach[:, s]]
            turned = torch.stack(angles, 1)[rows, parent]
            base = torch.where(free[:, None], base, held)
            angle = torch.where(free, angle, angle + turned)
        strokes.append(shapes.rotate(local[:, s], angle) + base[:, None, :])
        angles.append(angle)
    whole = shapes.rotate(torch.stack(strokes, 1).flatten(1, 2), p["whole_angle"])
    whole = whole * torch.exp(p["whole_size"])[:, None, None] + p["whole_shift"][:, None, :]
    return whole.view_as(local), p


def segments_at(figure: Figure, t: Tensor) -> Segments:
    """The figures drawn at times t (B,) in 0..1, as segments in pixels."""
    points, p = points_at(figure, t)
    low, high = p["low"].clamp(0, 1), p["high"].clamp(0, 1)
    span = (high - low).clamp(min=0)
    points = shapes.resample(points, low, low + span)
    points = points * figure.scale[:, None, None, None] + figure.offset[:, None, None, :]
    u = torch.linspace(0, 1, POINTS, device=t.device)
    press = torch.sin(math.pi * (0.12 + 0.76 * u)) ** 0.7  # a pen set down and lifted
    press = 1 - p["pressure"][..., None].clamp(0, 1) * (1 - press)
    radius = p["radius"].clamp(min=0.5)[..., None] * press
    visible = figure.present & (span > 0.015)
    drawing = torch.arange(len(t), device=t.device)[:, None, None].expand(-1, points.shape[1], POINTS)
    # Closing the outlines of solid shapes costs one more segment each; elsewhere it is dropped.
    following = torch.cat((points[:, :, 1:], points[:, :, :1]), 2)
    next_radius = torch.cat((radius[:, :, 1:], radius[:, :, :1]), 2)
    closing = torch.arange(POINTS, device=t.device) == POINTS - 1
    keep = visible[..., None] & (~closing | figure.solid[..., None])
    solid = figure.solid[..., None].expand_as(keep)
    return Segments(points[keep], following[keep], radius[keep], next_radius[keep], drawing[keep], solid[keep])


def sample(batch: int, generator: torch.Generator, strokes: int = STROKES, part: slice = WHOLE) -> Figure:
    """Draw `batch` random moving doodles; the same generator state gives the same doodles on the same device.

    Of them only `part` is made; the generator ends in the same state whatever the part.
    """
    d = Dice(generator, batch, part)
    b, s = d.rows, strokes
    # What kind of drawing: a jointed figure, scattered strokes, one large shape.
    form = d.choice([0.5, 0.33, 0.17])
    tree, scatter, single = form == 0, form == 1, form == 2
    count = 2 + d.choice([3, 4, 5, 5, 4, 3, 2, 2, 1, 1, 1])
    count = torch.where(scatter & d.chance(0.3), count.clamp(max=3), count)
    count = torch.where(single, 1 + d.choice([3, 1, 1]), count)
    order = torch.arange(s, device=generator.device)
    present = order < count[:, None]

    kind = d.choice([0.5, 0.24, 0.14, 0.12], s)
    parent_at = (d.uniform(s) * order).long().clamp(max=s - 1)
    parent_at = torch.where(d.chance(0.45, s), torch.zeros_like(parent_at), parent_at)
    attached = (tree[:, None] & d.chance(0.82, s)) | (scatter[:, None] & d.chance(0.1, s))
    parent = torch.where(attached & (order > 0), parent_at, torch.full_like(parent_at, -1))
    attach = torch.where(d.chance(0.6, s), d.choice([1, 3], s) * (POINTS - 1), (d.uniform(s) * POINTS).long())

    # Values at the first key.
    size = torch.exp(d.normal(s) * 0.5) * torch.where(scatter, 0.9, 0.8)[:, None]
    size = torch.where(attached & (order > 0), size * 0.75, size)
    straight = d.chance(0.35, s)
    loop = d.chance(0.12, s)
    bend = torch.where(straight, d.normal(s) * 0.15, d.normal(s) * 1.6)
    bend = torch.where(loop, (d.chance(0.5, s) * 2 - 1) * (2 * math.pi + d.normal(s) * 0.5), bend)
    script = d.chance(0.12, s)[..., None]
    falloff = torch.tensor([1.0, 0.7, 0.4], device=generator.device)
    waves = d.normal(s, 3) * falloff * torch.where(script, 1.2, 0.12)
    jointed = d.chance(0.4, s)[..., None]
    turns = torch.where(jointed, d.normal(s, 4) * 1.1, torch.zeros(1, device=generator.device))
    turns = turns * (torch.arange(4, device=generator.device) < d.choice([5, 3, 1, 1], s)[..., None] + 1)
    polygon = d.chance(0.13, s) & ~straight
    corners = 3 + d.choice([2, 3, 1], s)
    regular = torch.where(
        torch.arange(4, device=generator.device) < corners[..., None] - 1, 2 * math.pi / corners[..., None], 0.0
    )
    where = torch.where(
        polygon[..., None],
        (torch.arange(4, device=generator.device) + 1) / corners[..., None],
        d.uniform(s, 4, low=0.15, high=0.85),
    )
    turns = torch.where(polygon[..., None], regular + d.normal(s, 4) * 0.08, turns)
    bend = torch.where(polygon | (jointed[..., 0] & d.chance(0.7, s)), bend * 0.08, bend)
    size = torch.where(polygon, size * 1.6, size)
    size = torch.where(single[:, None], size * 1.5, size)

    radius = torch.exp(d.uniform(1, low=math.log(0.6), high=math.log(2.1)))
    radius = radius * torch.where(d.chance(0.3, 1), torch.exp(d.normal(s) * 0.3), 1.0)
    closed = (kind == BLOB) | (kind == CORNERS) | (polygon & (kind == TURTLE))
    solid = closed & d.chance(0.16, 1) & d.chance(0.5, s)
    dotted = d.chance(0.06, s) & (kind == BLOB) & (order > 0)
    size = torch.where(dotted, size * 0.12, size)
    value = {
        "base": d.uniform(s, 2, low=-1, high=1),
        "angle": d.uniform(s, low=-math.pi, high=math.pi),
        "length": size,
        "bend": bend,
        "waves": waves,
        "phases": d.uniform(s, 3, high=2 * math.pi),
        "turns": turns,
        "where": where,
        "aspect": d.uniform(s, low=0.45, high=1.25),
        "sweep": torch.where(d.chance(0.75, s), 1 + d.normal(s) * 0.02, d.uniform(s, low=0.35, high=0.95)),
        "controls": d.normal(s, 4, 2) * 0.55,
        "radius": radius.clamp(0.55, 3.0),
        "pressure": torch.where(d.chance(0.4, 1), d.uniform(1), 0.0).expand(b, s),
        "low": torch.zeros(b, s, device=radius.device),
        "high": torch.ones(b, s, device=radius.device),
        "whole_angle": torch.zeros(b, device=radius.device),
        "whole_size": torch.zeros(b, device=radius.device),
        "whole_shift": torch.zeros(b, 2, device=radius.device),
    }

    # Changes until the second key: most parameters of most strokes stand still.
    reach = torch.tensor([0.0, 0.2, 0.5, 0.9, 1.4], device=generator.device)[d.choice([2, 3, 5, 6, 4])]
    local = reach[:, None] * d.chance(0.85, 1) * d.chance(0.8, s)
    whole = reach * d.chance(0.6)

    def some(p: float, spread: float, *shape: int) -> Tensor:
        gate = (d.chance(p, s) * local).view(b, s, *[1] * (len(shape) - 1))
        return gate * d.normal(*shape) * spread

    travel = torch.where(d.chance(0.12, 1), 1.1, 0.22)
    change = {name: torch.zeros_like(v) for name, v in value.items()}
    change["base"] = some(0.3, 1.0, s, 2) * travel[..., None]
    change["angle"] = some(0.55, 0.65, s)
    change["length"] = some(0.25, 0.3, s) * size
    change["bend"] = some(0.4, 0.9, s) * torch.where(polygon, 0.1, 1.0)
    change["waves"] = some(0.3, 0.35, s, 3) * falloff
    change["turns"] = some(0.6, 0.9, s, 4) * (turns != 0) * torch.where(polygon, 0.15, 1.0)[..., None]
    change["aspect"] = some(0.35, 0.3, s)
    change["controls"] = some(0.4, 0.3, s, 4, 2)
    change["radius"] = some(0.08, 0.4, s)
    grow = d.chance(0.07, s) * (local > 0)
    backwards = d.chance(0.5, s)
    shown = grow * d.uniform(s, low=0.5, high=1.05)
    value["high"] = torch.where(grow & ~backwards, 1 - shown, value["high"]).clamp(min=0)
    change["high"] = torch.where(backwards, -shown, 1 - value["high"])
    change["whole_angle"] = whole * d.chance(0.5) * d.normal() * 0.6
    change["whole_size"] = whole * d.chance(0.4) * d.normal() * 0.3
    far = torch.where(d.chance(0.15), 1.5, 0.35)
    change["whole_shift"] = (whole * d.chance(0.6) * far)[:, None] * d.normal(2)
    change["phases"] = torch.zeros_like(value["phases"])

    # Place the whole motion in the square: as large as the add-on's own canvas makes it, or smaller.
    zero = torch.zeros(b, device=generator.device)
    nowhere = torch.zeros(b, 2, device=generator.device)
    figure = Figure(value, change, kind, parent, attach, present, solid, zero + 1, nowhere)
    low = nowhere + 1e9
    high = -low
    for t in (0.0, 0.5, 1.0):
        points, _ = points_at(figure, zero + t)
        hidden = ~present[..., None, None]
        low = torch.minimum(low, points.masked_fill(hidden, 1e9).flatten(1, 2).amin(1))
        high = torch.maximum(high, points.masked_fill(hidden, -1e9).flatten(1, 2).amax(1))
    extent = (high - low).amax(-1).clamp(min=1e-3)
    side = torch.where(d.chance(0.7), d.uniform(low=0.78, high=0.9), d.uniform(low=0.4, high=0.85)) * SIZE
    side = side - 2 * value["radius"].amax(-1)
    scale = side / extent
    slack = SIZE - 4 - (high - low) * scale[:, None]
    place = torch.where(d.chance(0.6, 1), torch.full((b, 2), 0.5, device=zero.device), d.uniform(2))
    offset = 2 + place * slack.clamp(min=0) - low * scale[:, None]
    return Figure(value, change, kind, parent, attach, present, solid, scale, offset)
