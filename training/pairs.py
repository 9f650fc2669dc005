"""Pairs of keys as pieces of line, with the truth of which went where: what the matcher learns from.

A moving doodle (`motion`) is cut into pieces of about the same length at its first key and, independently, at its
second. Both know the place on their stroke from which they come, and so the piece of the other key that is the same
piece of ink, if there is one. Then what tracing does to a drawing is done to them: places shake, strokes break, some
are missing.

`doodle_core.matching.tokens` cuts real drawings alike, and says what the matcher is told of a piece.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from . import motion, shapes
from .dice import WHOLE, Dice
from .rasterize import SIZE

__all__ = ["TOKENS", "Pair", "Tokens", "draw_pairs"]

TOKENS = 52
"""Pieces a drawing has at most; what is beyond them is not shown."""
PIECE = 3.0
"""Pixels: the length of a piece, unless a drawing would then have more than PIECES."""
PIECES = 46
_ENDLESS = 32.0  # pixels to the end of a closed stroke
_CLOSES = 1.5  # pixels: ends as near as this make a stroke closed
_SHAKE = 0.25  # pixels: how much places shake; and, below, by how much directions (radians) and radii (logarithm) do
_TURN = 0.12
_SWELL = 0.12
_BREAKS = 0.12  # probability that a stroke is broken in two at a key
_MISSING = 0.04  # probability that it is not there at a key
_SHOWN = 0.015  # less of a stroke than this part does not count as ink


@dataclass(frozen=True)
class Tokens:
    """Pieces of line of B drawings, N each, float32, pixels of the 64 x 64 canvas, x and y from its upper left corner.

    place (B, N, 2): middle. along (B, N, 2): unit direction, of either sign. length, radius (B, N).
    end (B, N): length of line to the nearer end of its stroke. stroke (B, N): length of its stroke.
    closed (B, N): 1 where the stroke has no ends. there (B, N) bool: False where the drawing has fewer.
    """

    place: Tensor
    along: Tensor
    length: Tensor
    radius: Tensor
    end: Tensor
    stroke: Tensor
    closed: Tensor
    there: Tensor

    def table(self) -> Tensor:
        """What the matcher is told: (B, N, 9) float32, columns as in `doodle_core.matching.tokens`, x and y from the
        middle of the canvas."""
        rest = torch.stack((self.length, self.radius, self.end, self.stroke, self.closed), -1)
        return torch.cat((self.place - SIZE / 2, self.along, rest), -1)


@dataclass(frozen=True)
class Pair:
    """Two keys, and where the pieces of each went, float32.

    forward (B, N, N + 1): share of the second's pieces in each of the first's, the last column for "nowhere"; every row
    sums to 1, and rows of pieces that are not there are all "nowhere". backward: the same from the second to the first.
    target (B, N, 2): where the middles of the first's pieces truly are at the second key, pixels.
    """

    first: Tokens
    second: Tokens
    forward: Tensor
    backward: Tensor
    target: Tensor


def _lerp(values: Tensor, at: Tensor) -> Tensor:
    """values (R, P, C) at fractional indices at (R, M) -> (R, M, C)."""
    left = at.floor().clamp(0, values.shape[1] - 2)
    share = (at - left)[..., None]
    index = left.long()[..., None].expand(-1, -1, values.shape[2])
    return torch.gather(values, 1, index) * (1 - share) + torch.gather(values, 1, index + 1) * share


def _pieces(
    points: Tensor, radius: Tensor, low: Tensor, high: Tensor, closed: Tensor, visible: Tensor, dice: Dice
) -> tuple[Tokens, Tensor, Tensor, Tensor]:
    """Cut visible strokes into pieces.

    points (B, S, P, 2): polylines, pixels, of which the part between the fractions low and high (B, S) of its points is
    ink of that radius (B, S), pixels; closed, visible (B, S) bool.
    The tokens (B, N), and of each the index of its stroke, int64, the fraction of its stroke's points at its middle,
    and how much of them it covers, both in 0..1.
    """
    b, s, p, _ = points.shape
    device = points.device
    span = (high - low).clamp(min=0)
    fine = shapes.resample(points, low, low + span)
    step = (fine[:, :, 1:] - fine[:, :, :-1]).norm(dim=-1)
    walked = torch.cat((torch.zeros(b, s, 1, device=device), step.cumsum(-1)), -1)
    length = walked[..., -1] * visible
    piece = (length.sum(1, keepdim=True) / PIECES).clamp(min=PIECE)
    count = (length / piece).round().clamp(min=1).long() * visible
    most = TOKENS
    k = torch.arange(most, device=device)
    there = k < count[..., None]
    wanted = (k + 0.5) / count.clamp(min=1)[..., None] * length[..., None]
    # Index of each wanted length on the polyline.
    flat = walked.flatten(0, 1).contiguous()
    right = torch.searchsorted(flat, wanted.flatten(0, 1).contiguous()).clamp(1, p - 1)
    before, after = torch.gather(flat, 1, right - 1), torch.gather(flat, 1, right)
    at = right - 1 + ((wanted.flatten(0, 1) - before) / (after - before).clamp(min=1e-6)).clamp(0, 1)
    place = _lerp(fine.flatten(0, 1), at).view(b, s, most, 2)
    ahead = _lerp(fine.flatten(0, 1), (at + 0.7).clamp(max=p - 1)).view(b, s, most, 2)
    behind = _lerp(fine.flatten(0, 1), (at - 0.7).clamp(min=0)).view(b, s, most, 2)
    along = ahead - behind
    whole = low[..., None] + span[..., None] * at.view(b, s, most) / (p - 1)
    # A traced line may be broken where the drawn one was not: its ends are then nearer, and it is shorter.
    broken = dice.uniform(s, 2)
    cut = torch.where(broken[..., :1] < _BREAKS, broken[..., 1:], 0.0) * length[..., None]
    late = wanted > cut
    begin, stop = torch.where(late, cut, 0.0), torch.where(late, length[..., None], cut)
    end = torch.minimum(wanted - begin, stop - wanted)
    closed = closed[..., None] & (cut == 0)
    owner = torch.arange(s, device=device)[:, None].expand(b, s, most)
    # Only the first TOKENS that are there.
    order = torch.argsort((~there).flatten(1).byte(), dim=1, stable=True)[:, :TOKENS]

    def kept(value: Tensor) -> Tensor:
        value = value.expand(b, s, most, *value.shape[3:]) if value.dim() > 3 else value.expand(b, s, most)
        value = value.flatten(1, 2)
        return torch.gather(value, 1, order[..., None].expand(-1, -1, 2) if value.dim() == 3 else order)

    there = kept(there)
    noise = dice.normal(TOKENS, 5)
    along = kept(along)
    angle = torch.atan2(along[..., 1], along[..., 0]) + _TURN * noise[..., 2]
    tokens = Tokens(
        place=kept(place) + _SHAKE * noise[..., :2],
        along=torch.stack((angle.cos(), angle.sin()), -1),
        length=kept((length / count.clamp(min=1))[..., None]),
        radius=kept(radius[..., None]) * torch.exp(_SWELL * noise[..., 3]),
        end=kept(torch.where(closed, _ENDLESS, end)),
        stroke=kept(stop - begin),
        closed=kept(closed.float()),
        there=there,
    )
    return tokens, kept(owner), kept(whole), kept((span / count.clamp(min=1))[..., None])


def _shares(
    stroke: Tensor, whole: Tensor, a: Tokens, other: Tensor, other_whole: Tensor, b: Tokens, share: Tensor
) -> Tensor:
    """How a's pieces lie on b's: (B, N, N + 1), see `Pair`.

    stroke, whole (B, N): the index of the stroke of each of a's pieces, and the fraction of it at its middle; other and
    other_whole: those of b's; share (B, N): how much of the stroke each of b's covers. A piece belongs to
    those whose middles are less than 1.15 of a piece away, the nearer the more; where the nearest is a whole piece away
    it has gone nowhere.
    """
    same = (stroke[:, :, None] == other[:, None]) & a.there[:, :, None] & b.there[:, None]
    away = (whole[:, :, None] - other_whole[:, None]).abs()
    piece = share[:, None]
    weight = torch.where(same, (1.15 - away / piece.clamp(min=1e-3)).clamp(min=0), 0.0)
    total = weight.sum(-1, keepdim=True)
    found = total > 0.15
    weight = torch.where(found, weight / total.clamp(min=1e-6), 0.0)
    return torch.cat((weight, (~found).float()), -1)


@torch.no_grad()
def draw_pairs(batch: int, generator: torch.Generator, part: slice = WHOLE) -> Pair:
    """Draw `batch` pairs of keys, N = TOKENS, on the generator's device; its state decides everything.

    Of them only `part` is made (see `dice`).
    """
    figure = motion.sample(batch, generator, part=part)
    dice = Dice(generator, batch, part)
    device = generator.device
    made = []
    for time in (0.0, 1.0):
        points, p = motion.points_at(figure, torch.full((dice.rows,), time, device=device))
        points = points * figure.scale[:, None, None, None] + figure.offset[:, None, None, :]
        low, high = p["low"].clamp(0, 1), p["high"].clamp(0, 1)
        missing = dice.chance(_MISSING, motion.STROKES)
        visible = figure.present & (high - low > _SHOWN) & ~missing
        gap = (points[:, :, 0] - points[:, :, -1]).norm(dim=-1)
        closed = (gap < _CLOSES) & (low <= 0) & (high >= 1)
        made.append((points, *_pieces(points, p["radius"].clamp(min=0.5), low, high, closed, visible, dice)))
    (_, first, s0, u0, part0), (points, second, s1, u1, part1) = made
    rows = torch.arange(dice.rows, device=device)[:, None]
    strokes = points[rows, s0]  # (B, N, P, 2)
    at = u0 * (points.shape[2] - 1)
    target = _lerp(strokes.flatten(0, 1), at.flatten()[:, None]).view(-1, TOKENS, 2)
    forward = _shares(s0, u0, first, s1, u1, second, part1)
    backward = _shares(s1, u1, second, s0, u0, first, part0)
    return Pair(first, second, forward, backward, target)
