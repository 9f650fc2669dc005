"""The paper under a drawing: its tone, its light and shadows, and how to take them away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["Paper", "paper_of"]

Floats: TypeAlias = NDArray[np.float64]

_BLOCKS = 40  # along the picture's longer side, in which paper is looked for
_PAPER = 75  # percentile of a block's lightness that is paper, in blocks with not too much ink
_OFF = 0.12  # lightness by which a block may differ from the paper around it
_STEEPEST = 0.55  # of the lightest paper's lightness, which paper has in the deepest shadow
_CLEAN = 0.012  # what is as near to white everywhere is clean paper: nothing is taken away
_WHITE = 254 / 255  # of a pixel that shows clean paper
_SOME, _MANY, _NEARLY_ALL = 0.05, 0.4, 0.9  # of a block, of all blocks, and of those at the border, that are white
_GRAIN = 3.0  # times the paper's noise
_MOST_GRAIN = 0.09
_TINTED = 0.3  # chroma of a paper; what is more colourful is a background that somebody chose
_DARKEST = 0.45  # lightness, likewise


@dataclass(frozen=True, eq=False)
class Paper:
    """A picture's paper.

    Parameters
    ----------
    blocks : (h, w, 3) float64
        Its colour, 0 to 1 as the file has it, at the centres of blocks. Where ink is light, that of the negative.
    grain : float
        How much pixels of bare paper differ from that, at most.
    shape : (H, W)
        The picture's.
    """

    blocks: Floats
    grain: float
    shape: tuple[int, int]

    def removed(self, values: Floats, top: int) -> Floats:
        """Rows of the picture (k, W, 3) from the row `top` on, as they would be on white paper."""
        height, width = self.shape
        rows, columns = self.blocks.shape[:2]
        j = np.clip((np.arange(top, top + len(values)) + 0.5) * rows / height - 0.5, 0, rows - 1)
        i = np.clip((np.arange(width) + 0.5) * columns / width - 0.5, 0, columns - 1)
        low, left = np.minimum(j.astype(int), max(rows - 2, 0)), np.minimum(i.astype(int), max(columns - 2, 0))
        fj, fi = (j - low)[:, None, None], (i - left)[:, None]
        across = self.blocks[:, left] * (1 - fi) + self.blocks[:, np.minimum(left + 1, columns - 1)] * fi
        paper = across[low] * (1 - fj) + across[np.minimum(low + 1, rows - 1)] * fj
        missing = 1 - np.clip(values / np.maximum(paper, 0.05), 0, 1)
        return np.asarray(1 - np.clip((missing - self.grain) / (1 - self.grain), 0, 1))


def paper_of(sample: Floats) -> Paper | None:
    """The paper of a drawing in dark ink; None where it is clean, or where there is no paper but a chosen background.

    Parameters
    ----------
    sample : (H, W, 3) float64
        The picture, or its pixels at even distances; 0 to 1, of light ink the negative.
    """
    height, width = sample.shape[:2]
    size = max(2, -(-max(height, width) // _BLOCKS))
    rows, columns = max(height // size, 1), max(width // size, 1)
    blocks = sample[: rows * size, : columns * size]
    if min(rows, columns) < 2 or blocks.size == 0:
        return None
    blocks = blocks.reshape(rows, size, columns, size, 3).transpose(0, 2, 1, 3, 4).reshape(rows, columns, -1, 3)
    light = blocks.mean(axis=3)
    if _is_white(light):
        return None
    # Of each block the lighter pixels: paper between the lines.
    least = np.percentile(light, _PAPER, axis=2)
    chosen = (light >= least[..., None] - 1e-9)[..., None]
    colour = (blocks * chosen).sum(axis=2) / chosen.sum(axis=2)
    smooth, bare = _surface(colour)
    usual = np.median(smooth.reshape(-1, 3), axis=0)
    if usual.mean() < _DARKEST or np.ptp(usual) > _TINTED:
        return None
    spread = np.abs(blocks - smooth[:, :, None]).max(axis=3)
    near = spread[bare[..., None] & (spread < 0.15)]
    grain = _GRAIN * float(np.median(near)) if len(near) else 0.0
    if (1 - smooth).max() < _CLEAN and grain < _CLEAN:
        return None
    return Paper(smooth, min(grain, _MOST_GRAIN), (height, width))


def _is_white(light: Floats) -> bool:
    """Whether paper is white without a trace, as programs draw it: in most blocks (h, w, pixels), and all around."""
    white = (light >= _WHITE).mean(axis=2) > _SOME
    border = np.concatenate([white[0], white[-1], white[1:-1, 0], white[1:-1, -1]])
    return bool(white.mean() > _MANY and border.mean() > _NEARLY_ALL)


def _surface(colour: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The light on the paper by blocks (h, w, 3), smooth, and which blocks show it: those darker than a curved surface
    through the others, but for soft shadows, are drawn over."""
    rows, columns = colour.shape[:2]
    y, x = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    basis = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2).reshape(-1, 6)
    values = colour.reshape(-1, 3)
    light = values.mean(axis=1)
    used = light >= max(np.percentile(light, 30), _STEEPEST * np.percentile(light, 95))
    fitted = light
    for _ in range(6):
        fitted = basis @ np.linalg.lstsq(basis[used], light[used], rcond=None)[0]
        again = np.abs(light - fitted) < _OFF
        if again.sum() < 12 or (again == used).all():
            break
        used = again
    bare = used.reshape(rows, columns)
    # Soft shadows: what lies between bare blocks comes from the nearest of them.
    row, column = ndimage.distance_transform_edt(~bare, return_distances=False, return_indices=True)
    filled = colour[row, column]
    smooth = ndimage.median_filter(filled, size=(3, 3, 1), mode="nearest")
    return np.asarray(ndimage.gaussian_filter(smooth, (1.0, 1.0, 0), mode="nearest")), bare
