"""Polylines -> signed fields, in torch, on whatever device trains.

The exact distance from every pixel to every segment would cost `segments x 4096` evaluations a drawing. Ink is sparse:
a field truncated at a few pixels only needs the pixels near a line. So every line is cut into pieces of at most
`PIECE` pixels, each piece is evaluated in one square window round its middle, and the windows are merged by a
scattered maximum. Solid shapes are filled by their winding number, from signed crossings summed along each row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["LIMIT", "SIZE", "Segments", "field_from_segments", "ink_from_field"]

SIZE = 64
"""Side of the drawn square, pixels."""
LIMIT = 3.0
"""Fields are cut off at +-LIMIT pixels, as everywhere in `doodle_core`."""
PIECE = 4.0
"""Longest piece of line evaluated in one window, pixels: short enough for small windows, long enough for few pieces."""
PAD = 12
"""Room round the square for the windows of lines at its border, pixels."""


@dataclass(frozen=True)
class Segments:
    """Straight pieces of line of a batch of drawings, N in all, in pixels (x right, y down).

    start, end: (N, 2) float32; start_radius, end_radius: (N,) float32, half the line's width;
    drawing: (N,) int64, which of the batch's drawings; solid: (N,) bool, edge of a filled shape.
    """

    start: Tensor
    end: Tensor
    start_radius: Tensor
    end_radius: Tensor
    drawing: Tensor
    solid: Tensor

    def __getitem__(self, which: Tensor) -> Segments:
        return Segments(
            self.start[which],
            self.end[which],
            self.start_radius[which],
            self.end_radius[which],
            self.drawing[which],
            self.solid[which],
        )


def ink_from_field(field: Tensor) -> Tensor:
    """Coverage 0..1 of pixels whose centres lie `field` pixels inside the edge (same shape)."""
    return (field + 0.5).clamp(0.0, 1.0)


def _split(segments: Segments) -> Segments:
    """Cut the segments into pieces of at most PIECE pixels."""
    length = (segments.end - segments.start).norm(dim=-1)
    count = (length / PIECE).ceil().clamp(min=1).long()
    parent = torch.repeat_interleave(torch.arange(len(count), device=count.device), count)
    first = torch.cumsum(count, 0) - count
    step = torch.arange(len(parent), device=count.device) - first[parent]
    share = count[parent].float()
    u0, u1 = step / share, (step + 1) / share
    s = segments[parent]
    run, swell = s.end - s.start, s.end_radius - s.start_radius
    return Segments(
        s.start + u0[:, None] * run,
        s.start + u1[:, None] * run,
        s.start_radius + u0 * swell,
        s.start_radius + u1 * swell,
        s.drawing,
        s.solid,
    )


def _near(canvas: Tensor, pieces: Segments, solid_edge: bool) -> None:
    """Raise `canvas` (B, SIZE + 2 PAD, SIZE + 2 PAD) to radius - distance round the pieces (-distance for solid edges).

    The padding takes what falls beside the square, so no pixel needs a bounds check.
    """
    if len(pieces.drawing) == 0:
        return
    reach = PIECE / 2 + 0.5 + LIMIT + (0.0 if solid_edge else float(pieces.start_radius.max()))
    half = math.ceil(reach)
    device, side, flat = canvas.device, canvas.shape[-1], canvas.view(-1)
    around = torch.arange(-half, half + 1, device=device)
    window = around[:, None] * side + around
    middle = ((pieces.start + pieces.end) / 2).floor().long().clamp(half - PAD, SIZE + PAD - 1 - half)
    corner = (pieces.drawing * side + middle[:, 1] + PAD) * side + middle[:, 0] + PAD
    run = pieces.end - pieces.start
    square = (run * run).sum(-1).clamp(min=1e-12)
    from_start = middle + 0.5 - pieces.start
    px = from_start[:, :1] + around  # (N, W)
    py = from_start[:, 1:] + around
    swell = pieces.end_radius - pieces.start_radius
    # On a CPU the windows are worked off in pieces that stay in the cache; a GPU takes them all at once.
    chunk = max(1, (1 << 18) // window.numel()) if device.type == "cpu" else len(px)
    for i in range(0, len(px), chunk):
        n = slice(i, i + chunk)
        dot = (px[n] * run[n, :1])[:, None, :] + (py[n] * run[n, 1:])[:, :, None]
        along = (dot / square[n, None, None]).clamp_(0.0, 1.0)
        # |p - along * run|^2, with the terms that depend on one axis only kept at (N, W)
        distance = (px[n] ** 2)[:, None, :] + (py[n] ** 2)[:, :, None]
        distance.addcmul_(along, torch.addcmul(-2 * dot, along, square[n, None, None]))
        value = distance.clamp_(min=0).sqrt_().neg_()
        if not solid_edge:
            value.addcmul_(along, swell[n, None, None]).add_(pieces.start_radius[n, None, None])
        flat.scatter_reduce_(0, (corner[n, None, None] + window).view(-1), value.view(-1), "amax")


def _winding(pieces: Segments, drawings: int) -> Tensor:
    """(B, SIZE, SIZE) bool: pixel centres that the closed outlines wind round a non-zero number of times."""
    device = pieces.start.device
    rows = math.ceil(PIECE) + 1
    (ax, ay), (bx, by) = pieces.start.unbind(-1), pieces.end.unbind(-1)
    top = torch.minimum(ay, by)
    row = (top - 0.5).ceil().long()[:, None] + torch.arange(rows, device=device)  # rows whose centre may be crossed
    centre = row + 0.5
    crossed = (ay[:, None] <= centre) != (by[:, None] <= centre)
    crossed &= (row >= 0) & (row < SIZE)
    share = (centre - ay[:, None]) / torch.where(by == ay, torch.ones_like(ay), by - ay)[:, None]
    x = ax[:, None] + share * (bx - ax)[:, None]
    column = (x - 0.5).ceil().long().clamp(0, SIZE)  # the first pixel centre to the right of the crossing
    turn = torch.where(by > ay, 1.0, -1.0)[:, None].expand_as(x)
    marks = torch.zeros(drawings * SIZE * (SIZE + 1), device=device)
    index = (pieces.drawing[:, None] * SIZE + row) * (SIZE + 1) + column
    marks.scatter_add_(0, index[crossed], turn[crossed])
    return marks.view(drawings, SIZE, SIZE + 1)[:, :, :SIZE].cumsum(-1).abs() > 0.5


@torch.no_grad()
def field_from_segments(segments: Segments, drawings: int) -> Tensor:
    """The union of all strokes of each drawing as a signed field.

    Returns (drawings, SIZE, SIZE) float32, pixels, positive inside ink, within +-LIMIT.
    """
    device = segments.start.device
    pieces = _split(segments)
    # What lies far outside cannot show (solid outlines still wind round the square from there).
    middle = (pieces.start + pieces.end) / 2
    shown = ((middle > -PIECE - LIMIT) & (middle < SIZE + PIECE + LIMIT)).all(-1)
    padded = torch.full((drawings, SIZE + 2 * PAD, SIZE + 2 * PAD), -LIMIT, device=device)
    square = (slice(None), slice(PAD, PAD + SIZE), slice(PAD, PAD + SIZE))
    thick = pieces.start_radius > 1.6  # their own windows, so that they do not widen everybody's
    _near(padded, pieces[shown & ~thick], solid_edge=False)
    _near(padded, pieces[shown & thick], solid_edge=False)
    field = padded[square].clone()
    outlines = pieces[pieces.solid]
    if len(outlines.drawing):
        padded.fill_(-LIMIT)
        _near(padded, pieces[shown & pieces.solid], solid_edge=True)
        inside = _winding(outlines, drawings)
        field = torch.where(inside, torch.maximum(field, -padded[square]), field)
    return field.clamp_(-LIMIT, LIMIT)
