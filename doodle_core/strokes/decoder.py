"""The decoder of strokelet latents (see `strokelets`), in torch: nothing in it is learned.

The field of a drawing is the largest of its strokelets' fields, and each of them changes by at most the distance one
moves. So what shows in a small tile is among the strokelets with the largest fields at the tile's centre: the KEEP best
of 256 are kept for each 16 pixel tile, of those again the best for each 4 pixel tile, and only these are measured at
the tile's pixels. Where more than that lie about a tile, the ones left out are the farthest from its centre.

The order of axes is for ONNX Runtime on a CPU: pixels first, then strokelets, tiles and drawings in one long axis, so
that every step is a matrix product or runs along contiguous memory.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from doodle_core.raster import FIELD_LIMIT, RESOLUTION
from doodle_core.strokes.strokelets import COUNT, NUMBERS

__all__ = ["StrokeDecoder"]

TILES = (16, 4)
"""Sides of the tiles, coarse and fine, pixels."""
KEEP = (128, 32)
"""Strokelets kept for each."""
_SHORT = 2e-4  # pixels; a strokelet is taken for a dot when its ends are not farther apart than its radii and this
_FAR = 1024.0  # pixels; what lies farther out is brought here, where single precision still resolves 1e-4 pixels


class StrokeDecoder(nn.Module):
    """Latents (B, 6 * count) float32 -> fields (B, 64, 64) float32, model pixels, within +-FIELD_LIMIT.

    The fields are exact (as `capsules` defines them), up to rounding, wherever no more than KEEP strokelets compete; a
    drawing's field does not depend on the others in the batch. It can be differentiated by the latents: a pixel's
    gradient goes to the strokelet that it shows.
    """

    coarse: Tensor
    fine: Tensor
    pixels: Tensor

    def __init__(self, count: int = COUNT) -> None:
        super().__init__()
        self.count = count
        self.keep = (min(KEEP[0], count), min(KEEP[1], count))
        # The places to measure at, seen from the middle of the canvas, of a coarse tile and of a fine tile.
        self.register_buffer("coarse", _places(RESOLUTION // TILES[0], TILES[0]), persistent=False)
        self.register_buffer("fine", _places(TILES[0] // TILES[1], TILES[1]), persistent=False)
        self.register_buffer("pixels", _places(TILES[1], 1), persistent=False)

    def forward(self, latent: Tensor) -> Tensor:
        first, second = self.keep
        side = (RESOLUTION // TILES[0], TILES[0] // TILES[1], TILES[1])
        traits = self._traits(latent)  # each (B * count,)
        best = _best(traits, self.coarse, self.count, first)  # (coarse, B, first)
        traits = _moved(_picked(traits, best), self.coarse, 1)
        best = _best(traits, self.fine, first, second).permute(2, 0, 1)  # (second, fine, coarse * B)
        traits = _moved(_picked(traits, best), self.fine, second)
        field = _field(traits, self.pixels, lean=True)  # (pixels, second * fine * coarse * B)
        field = field.reshape(side[2] ** 2, second, -1).amax(1).clamp(-FIELD_LIMIT, FIELD_LIMIT)
        field = field.reshape(side[2], side[2], side[1], side[1], side[0], side[0], -1)
        return field.permute(6, 4, 2, 0, 5, 3, 1).reshape(-1, RESOLUTION, RESOLUTION)

    def _traits(self, latent: Tensor) -> list[Tensor]:
        """What `_field` needs of each strokelet, eight times (B * count,): middle x, y; unit axis x, y; half the
        length; radius in the middle; radius and lean (see `capsules`) per half length."""
        rows = latent.clamp(-_FAR, _FAR).reshape(-1, self.count, NUMBERS).permute(2, 0, 1)
        x0, y0, x1, y1, r0, r1 = rows.reshape(NUMBERS, -1).unbind(0)
        dx, dy, change = (x1 - x0) * 0.5, (y1 - y0) * 0.5, (r1 - r0) * 0.5
        half = torch.sqrt(dx * dx + dy * dy + 1e-14)
        # One end's disc holds the other's: only the larger disc shows. Points in one place come here, too.
        dot = change.abs() >= half - _SHORT / 2
        toward = torch.where(dot, torch.sign(change), torch.zeros_like(half))  # to the end that shows
        none, one = torch.zeros_like(half), torch.ones_like(half)
        swell = torch.where(dot, none, change)
        axis_x = torch.where(dot, one, dx / half)
        axis_y = torch.where(dot, none, dy / half)
        half = torch.where(dot, one * (_SHORT / 2), half)
        slope = (swell / half).detach()
        lean = slope / torch.sqrt((1.0 - slope * slope).clamp(min=1e-6)) / half.detach()
        middle_x, middle_y = (x0 + x1) * 0.5 + toward * dx, (y0 + y1) * 0.5 + toward * dy
        radius = (r0 + r1) * 0.5 + toward * change
        return [middle_x, middle_y, axis_x, axis_y, half, radius, swell, lean]


def _places(number: int, step: int) -> Tensor:
    """The centres of number x number squares of side `step` round the origin, row by row: (number^2, 2)."""
    line = (torch.arange(number) - (number - 1) / 2) * step
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], 1)


def _field(traits: list[Tensor], places: Tensor, lean: bool) -> Tensor:
    """Field of strokelets, traits (N,), at places (P, 2): (P, N), pixels. Without the lean it is a bit too low.

    The largest disc's place along the axis, -1..1 from end to end, is a maximum: the field's derivative by it vanishes
    or it stays at an end, so gradients need not go through it.
    """
    x, y, ex, ey, half, radius, swell, leaning = traits
    places = nn.functional.pad(places, (0, 1), value=1.0)  # each line below is affine in the place
    scaled_x, scaled_y = ex / half, ey / half
    along = places @ torch.stack([scaled_x, scaled_y, -(x * scaled_x + y * scaled_y)])
    across = places @ torch.stack([-ey, ex, x * ey - y * ex])
    best = along + across.abs() * leaning if lean else along
    best = best.clamp(-1.0, 1.0).detach()
    beyond = (along - best) * half
    square = beyond * beyond + across * across
    if lean:
        square = square + 1e-12  # on the axis, too, the root has a derivative
    return (radius + swell * best) - torch.sqrt(square)


def _best(traits: list[Tensor], places: Tensor, candidates: int, keep: int) -> Tensor:
    """Of each run of `candidates` strokelets the `keep` with the largest fields at each place.

    traits (G * candidates,), places (P, 2) -> indices into the traits, (P, G, keep) int64.
    """
    field = _field([trait.detach() for trait in traits], places, lean=False).reshape(len(places), -1, candidates)
    within = torch.topk(field, keep, dim=-1, sorted=False)[1]
    first = torch.arange(field.shape[1], device=field.device) * candidates
    return within + first[:, None]


def _picked(traits: list[Tensor], which: Tensor) -> list[Tensor]:
    """Entries of traits (N,) by indices (M in all, of any shape): (M,). Together, as rows, they are copied faster."""
    rows = torch.stack(traits).t().index_select(0, which.reshape(-1))
    return list(rows.t().unbind(0))


def _moved(traits: list[Tensor], places: Tensor, runs: int) -> list[Tensor]:
    """Strokelets (runs * P * n,) as seen from places (P, 2)."""
    x, y = (
        (trait.reshape(runs, len(places), -1) - place[:, None]).reshape(-1)
        for trait, place in zip(traits[:2], places.unbind(1), strict=True)
    )
    return [x, y, *traits[2:]]
