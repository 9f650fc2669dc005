"""A sheet of several drawings cut into cells: evenly where nothing is drawn on the cuts, else along its gaps."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from doodle_core.pixels import from_pixels, split_sheet

__all__ = ["Grid", "cells_of", "grid_of"]

Floats: TypeAlias = NDArray[np.float64]

_PROBE = 640  # pixels a side at which gaps are looked for
_TURNS = np.arange(-12, 13) / 4  # degrees that a sheet may be turned by
_AWAY = 0.36  # of a cell, by which a cut may lie off the even one
_INKED = 0.3  # ink of a pixel that is drawn on
_BETTER = 0.25  # of the ink that even cuts cross, which is all that others may
_FEW = 0.002  # of the ink: so little may lie on even cuts


@dataclass(frozen=True, eq=False)
class Grid:
    """Where a sheet's cells lie.

    Parameters
    ----------
    degrees : float
        By which the sheet is turned, clockwise.
    xs, ys : (columns + 1,), (rows + 1,) float64
        The cells' edges, pixels, in the sheet turned back about its centre.
    shape : (H, W)
        Of the sheet.
    even : bool
        Whether the cells are the sheet's even parts.
    """

    degrees: float
    xs: Floats
    ys: Floats
    shape: tuple[int, int]
    even: bool = False

    def corners(self) -> Floats:
        """(cells, 4, 2): the corners of each cell in the sheet, pixels, row by row."""
        rows = itertools.product(itertools.pairwise(self.ys), itertools.pairwise(self.xs))
        boxes = np.array([[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for (y0, y1), (x0, x1) in rows])
        return _turned(boxes, self.degrees, self.shape)


def grid_of(pixels: NDArray[Any], columns: int, rows: int) -> Grid:
    """The cells of a sheet of so many columns and rows.

    Parameters
    ----------
    pixels : (H, W) or (H, W, channels)
        As `from_pixels` takes them.

    Raises
    ------
    DoodleError
        Where the sheet has no room for so many, and as `from_pixels`.
    """
    split_sheet(pixels, columns, rows)
    height, width = pixels.shape[:2]
    even = Grid(0.0, np.linspace(0, width, columns + 1), np.linspace(0, height, rows + 1), (height, width), True)
    step = max(1, max(height, width) // _PROBE)
    few = pixels[::step, ::step]
    if columns * rows == 1 or min(few.shape[:2]) < 2:
        return even
    side = max(few.shape[:2])
    ink = from_pixels(few, "auto", side, "removed").ink
    y, x = np.nonzero(ink > _INKED)
    if not len(x):
        return even
    # from_pixels has centred the sheet on a square.
    beside = np.array([side - few.shape[1], side - few.shape[0]]) / 2
    places: Floats = np.asarray((np.stack([x, y], axis=1) + 0.5 - beside) * step, np.float64)
    crossed = _crossing(places, even.xs, even.ys, step)
    if crossed <= _FEW * len(places):
        return even
    best = None
    for degrees in sorted(_TURNS.tolist(), key=abs):
        straight = _turned(places, -degrees, even.shape)
        xs, lost_x = _cuts(straight[:, 0], width, columns, step)
        ys, lost_y = _cuts(straight[:, 1], height, rows, step)
        cost = lost_x + lost_y
        if best is None or cost < best[0] - 1e-9:
            best = cost, Grid(degrees, xs, ys, even.shape)
    assert best is not None
    found = best[1]
    # Where there are no gaps, drawings fill their cells, and even cuts are as good as any.
    left = _crossing(_turned(places, -found.degrees, even.shape), found.xs, found.ys, step)
    return found if left < _BETTER * crossed else even


def cells_of(pixels: NDArray[Any], grid: Grid) -> list[NDArray[Any]]:
    """A sheet's cells, row by row. Those of an uneven one are turned upright and laid on paper of one size."""
    if grid.even:
        return split_sheet(pixels, len(grid.xs) - 1, len(grid.ys) - 1)
    values = pixels if pixels.ndim == 3 else pixels[..., None]
    width, height = int(np.ceil(np.diff(grid.xs).max())), int(np.ceil(np.diff(grid.ys).max()))
    border = np.concatenate(
        [values[[0, -1]].reshape(-1, values.shape[2]), values[:, [0, -1]].reshape(-1, values.shape[2])]
    )
    paper = np.median(border.astype(np.float64), axis=0)
    answer = []
    for (y0, y1), (x0, x1) in itertools.product(itertools.pairwise(grid.ys), itertools.pairwise(grid.xs)):
        x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        straight = np.stack([x + (x0 + x1 - width) / 2, y + (y0 + y1 - height) / 2], axis=2)
        inside = (straight >= (x0, y0)).all(axis=2) & (straight < (x1, y1)).all(axis=2)
        places = _turned(straight, grid.degrees, grid.shape) - 0.5
        cell = np.empty((height, width, values.shape[2]), values.dtype)
        for channel in range(values.shape[2]):
            seen = ndimage.map_coordinates(
                values[..., channel].astype(np.float64), [places[..., 1], places[..., 0]], order=1, cval=paper[channel]
            )
            seen = np.where(inside, seen, paper[channel])
            cell[..., channel] = seen if values.dtype.kind == "f" else np.rint(seen)
        answer.append(cell if pixels.ndim == 3 else cell[..., 0])
    return answer


def _turned(places: Floats, degrees: float, shape: tuple[int, int]) -> Floats:
    """Places (..., 2) turned clockwise about a sheet's centre."""
    angle = np.radians(degrees)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    centre = np.array([shape[1], shape[0]]) / 2
    return np.asarray((places - centre) @ matrix + centre)


def _crossing(places: Floats, xs: Floats, ys: Floats, step: int) -> int:
    """How many inked places go on over the cuts between cells: what only begins at a cut is not cut."""
    count = 0
    for axis, cuts in ((0, xs[1:-1]), (1, ys[1:-1])):
        along = np.sort(places[:, axis])
        low, on, high = (np.searchsorted(along, cuts + beside) for beside in (-step, 0, step))
        count += int(np.minimum(on - low, high - on).sum())
    return count


def _cuts(along: Floats, length: int, count: int, step: int) -> tuple[Floats, float]:
    """The edges of `count` cells along an axis, (count + 1,), and what they cost: the ink that they cross, and how far
    they are from even ones and from the middles of gaps."""
    bins = max(2, length // step)
    profile = np.bincount(np.clip((along / length * bins).astype(np.int64), 0, bins - 1), minlength=bins)
    near = ndimage.uniform_filter1d(profile.astype(np.float64), 3) * 3
    gap = ndimage.distance_transform_edt(profile == 0)
    cell = bins / count
    edges, total = [0.0], 0.0
    for number in range(1, count):
        low = round((number - _AWAY) * cell)
        places = np.arange(low, round((number + _AWAY) * cell) + 1)
        places = places[(places > 0) & (places < bins)]
        off = (places - number * cell) / cell
        cost = near[places] / max(len(along), 1) * 50 + off**2 - np.minimum(gap[places] / cell, 0.15)
        chosen = int(np.argmin(cost))
        total += float(cost[chosen])
        edges.append((places[chosen] + 0.5) * length / bins)
    return np.array([*edges, float(length)]), total
