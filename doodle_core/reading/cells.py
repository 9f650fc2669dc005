"""What the reader says of a picture: two lines at most through a cell of 4 x 4 pixels, and how much ink covers a pixel.

`of_drawing` says the same of a drawing that is known: what the reader is trained towards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.reading.passes import Passes, passes_of
from doodle_core.rendering import render

__all__ = ["CELL", "CHANNELS", "SLOT", "WIDEST", "Cells", "of_drawing", "unpack"]

Floats: TypeAlias = NDArray[np.float32]

CELL = 4
"""Pixels along a cell's side."""
WIDEST = 6.0
"""Pixels: the largest radius of what is read as a line. Thicker ones are solid."""
SLOT = 7
"""Channels a slot: presence, dx, dy, cosine, sine, radius, strength."""
CHANNELS = 2 * SLOT + 3 + 2 * CELL * CELL
"""Of the network's answer: two slots, end, corner, junction, the pixels' lines, the pixels' solid ink; see `unpack`."""

_WHOLE = 1.2  # pixels of line in a cell, from which on it is there in full
_TOUCH = 1.0  # pixels between the end of a line and the edge of another that it still touches
_SEEN = 0.12  # of a pixel, that a line must cover where it is not hidden


@dataclass(frozen=True, eq=False)
class Cells:
    """Two slots a cell, which have no order, and maps. Cell (j, i) holds the pixels 4j to 4j + 3, 4i to 4i + 3.

    Parameters
    ----------
    presence : (h, w, 2) float32
        Probability that a line passes through the cell. A crossing fills both slots, as do two lines side by side and
        the two sides of a sharp corner.
    offset : (h, w, 2, 2) float32
        Pixels, x and y, from the cell's centre to the nearest point of the line's centre within the cell.
    direction : (h, w, 2, 2) float32
        Cosine and sine of twice the line's angle: a line drawn backwards is the same line. (0, 0) for a dot.
    radius : (h, w, 2) float32
        Half the line's width, pixels.
    strength : (h, w, 2) float32
        How far the line's ink stands out from the paper: 0 not at all, 1 as black on white.
    end, corner, junction : (h, w) float32
        Probability that a line ends freely in the cell; that it turns sharply; that it ends on another line.
    line, solid : (H, W) float32
        The share of each pixel that visible lines cover, and that areas and lines thicker than `WIDEST` cover where no
        line lies over them. H = 4h, W = 4w.
    """

    presence: Floats
    offset: Floats
    direction: Floats
    radius: Floats
    strength: Floats
    end: Floats
    corner: Floats
    junction: Floats
    line: Floats
    solid: Floats

    @cached_property
    def ink(self) -> Floats:
        """The share of each pixel that ink of any kind covers, (H, W)."""
        return np.minimum(self.line + self.solid, np.float32(1.0))


def unpack(raw: Floats) -> Cells:
    """The network's answer (CHANNELS, h, w) as `Cells`.

    Channels: of each slot presence (logit), dx and dy (units of half a cell), cosine and sine (of any length), radius
    (natural logarithm of pixels), strength (logit); then the logits of end, corner and junction, of 16 pixels' lines
    and of 16 pixels' solid ink, row by row.

    Parameters
    ----------
    raw : (CHANNELS, h, w) float32

    Returns
    -------
    Cells
    """
    height, width = raw.shape[1:]
    slots = raw[: 2 * SLOT].reshape(2, SLOT, height, width).transpose(2, 3, 0, 1)
    maps = _logistic(raw[2 * SLOT : 2 * SLOT + 3])
    pixels = _logistic(raw[2 * SLOT + 3 :]).reshape(2, CELL, CELL, height, width)
    line, solid = pixels.transpose(0, 3, 1, 4, 2).reshape(2, CELL * height, CELL * width)
    direction = slots[..., 3:5]
    length = np.maximum(np.hypot(direction[..., 0], direction[..., 1]), np.float32(1e-6))
    return Cells(
        presence=_logistic(slots[..., 0]),
        offset=np.clip(slots[..., 1:3], -1.0, 1.0) * np.float32(CELL / 2),
        direction=direction / length[..., None],
        radius=np.exp(np.clip(slots[..., 5], -3.0, 3.0)),
        strength=_logistic(slots[..., 6]),
        end=maps[0],
        corner=maps[1],
        junction=maps[2],
        line=line,
        solid=solid,
    )


def _logistic(x: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0)))


def of_drawing(drawing: Drawing, size: int, paper: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Cells:
    """What a perfect reader says of a drawing.

    Parameters
    ----------
    drawing : Drawing
    size : int
        Pixels along the canvas' side; a multiple of 4.
    paper : three floats
        Linear red, green and blue of what lies under the drawing: areas in this colour hide, and are no ink.

    Returns
    -------
    Cells
    """
    grid = size // CELL
    fine = thin_contours(drawing, size)
    line, solid = _visible(drawing, fine, size, paper)
    seen = line.copy()
    passes = passes_of(drawing, fine, size, CELL, lambda x, y: _covered(seen, x, y) > _SEEN)
    presence = np.zeros((grid, grid, 2), np.float32)
    offset = np.zeros((grid, grid, 2, 2), np.float32)
    direction = np.zeros((grid, grid, 2, 2), np.float32)
    radius = np.ones((grid, grid, 2), np.float32)
    strength = np.zeros((grid, grid, 2), np.float32)
    owner = np.full((grid, grid, 2), -1, np.int64)
    slot, rows = _slots(passes)
    at = (passes.row[rows], passes.column[rows], slot)
    whole = np.minimum(_WHOLE, passes.whole[rows])
    dot = whole < 1e-3
    presence[at] = np.where(dot, 1.0, np.clip(passes.length[rows] / np.maximum(whole, 1e-3), 0.0, 1.0))
    offset[at] = passes.point[rows] - CELL * (np.stack([at[1], at[0]], axis=1) + 0.5)
    direction[at] = passes.direction[rows]
    radius[at] = passes.radius[rows]
    strength[at] = _contrast(drawing, passes.vertex[rows], paper)
    owner[at] = passes.contour[rows]
    end, corner, junction = np.zeros((3, grid, grid), np.float32)
    _mark(corner, passes.corners)
    joined = _touching(passes, offset, direction, radius, owner)
    _mark(end, passes.ends[~joined])
    _mark(junction, passes.ends[joined])
    return Cells(presence, offset, direction, radius, strength, end, corner, junction, line, solid)


def thin_contours(drawing: Drawing, size: int) -> NDArray[np.bool_]:
    """(C,): whether a contour is a line that is read as one, not an area, invisible or too thick."""
    counts = np.maximum(np.diff(drawing.offsets), 1)
    contours = len(drawing.offsets) - 1
    mean = np.bincount(drawing.contour_of_vertex, drawing.radii, contours) * size / counts
    shown = np.bincount(drawing.contour_of_vertex, drawing.opacities > 0, contours) > 0
    thin: NDArray[np.bool_] = ~drawing.filled & shown & (mean > 0) & (mean <= WIDEST)
    return thin


def _visible(
    drawing: Drawing, fine: NDArray[np.bool_], size: int, paper: tuple[float, float, float]
) -> tuple[Floats, Floats]:
    """The shares of pixels that lines and solid ink cover, where seen: each kind painted in a colour of its own."""
    grid = np.zeros((size, size), np.float32)
    if not len(drawing.points):
        return grid, grid.copy()
    of_vertex = drawing.shape_of_vertex
    first = drawing.offsets[drawing.shapes[:-1]]
    thin = np.zeros(len(drawing), np.bool_)
    np.logical_or.at(thin, drawing.shape_of_contour[fine], True)
    hides = np.zeros(len(drawing), np.bool_)
    if drawing.colours is not None:
        inside = np.minimum(first, len(drawing.points) - 1)
        hides = drawing.areas & (np.abs(drawing.colours[inside] - np.asarray(paper)).max(axis=1) < 0.01)
    kind = np.where(thin, 0, np.where(hides, 2, 1))
    painted = render(
        replace(
            drawing,
            colours=np.eye(3, dtype=np.float32)[kind[of_vertex]],
            opacities=(drawing.opacities > 0).astype(np.float32),
        ),
        size,
    )
    line = painted[..., 0] * painted[..., 3]
    solid = painted[..., 1] * painted[..., 3]
    return line, solid


def _covered(share: Floats, x: Floats, y: Floats) -> Floats:
    size = len(share)
    covered: Floats = share[np.clip(y, 0, size - 1).astype(np.int64), np.clip(x, 0, size - 1).astype(np.int64)]
    return covered


def _slots(passes: Passes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The two longest passes of each cell: their slots, 0 or 1, and their numbers."""
    cell = passes.row * (1 << 20) + passes.column
    order = np.lexsort((-passes.length, cell))
    sorted_cell = cell[order]
    first = np.flatnonzero(np.diff(sorted_cell, prepend=-1) != 0)
    rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    kept = rank < 2
    return rank[kept], order[kept]


def _contrast(drawing: Drawing, vertex: NDArray[np.int64], paper: tuple[float, float, float]) -> Floats:
    """How far the ink at some vertices stands out, as eyes see it."""
    opacity = drawing.opacities[vertex]
    colours = np.zeros((len(vertex), 3)) if drawing.colours is None else drawing.colours[vertex]
    apart = np.abs(np.power(colours, 1 / 2.2) - np.power(np.asarray(paper), 1 / 2.2)).max(axis=1)
    contrast: Floats = np.clip(opacity * apart, 0.0, 1.0).astype(np.float32)
    return contrast


def _mark(grid: Floats, places: NDArray[np.float64]) -> None:
    """Set the cells of places (n, 2 or more), pixels, to 1."""
    column, row = (places[:, :2] / CELL).astype(np.int64).T
    inside = (places[:, 0] >= 0) & (places[:, 1] >= 0) & (column < len(grid)) & (row < len(grid))
    grid[row[inside], column[inside]] = 1.0


def _touching(
    passes: Passes, offset: Floats, direction: Floats, radius: Floats, owner: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """For each end of a line, whether it lies on another line."""
    ends = passes.ends
    grid = len(owner)
    if not len(ends):
        return np.zeros(0, np.bool_)
    steps = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1], indexing="ij"), axis=-1).reshape(9, 2)
    row = (ends[:, 1, None] / CELL).astype(np.int64) + steps[:, 0]
    column = (ends[:, 0, None] / CELL).astype(np.int64) + steps[:, 1]
    inside = (row >= 0) & (row < grid) & (column >= 0) & (column < grid)
    row, column = np.clip(row, 0, grid - 1), np.clip(column, 0, grid - 1)
    theirs = owner[row, column]  # (n, 9, 2)
    other = (theirs >= 0) & (theirs != ends[:, None, None, 2]) & inside[..., None]
    centre = CELL * (np.stack([column, row], axis=-1)[:, :, None, :] + 0.5)
    away = ends[:, None, None, :2] - (centre + offset[row, column])
    angle = np.arctan2(direction[row, column][..., 1], direction[row, column][..., 0]) / 2
    along = away[..., 0] * np.cos(angle) + away[..., 1] * np.sin(angle)
    across = away[..., 1] * np.cos(angle) - away[..., 0] * np.sin(angle)
    near = (np.abs(across) < radius[row, column] + _TOUCH) & (np.abs(along) < CELL * 0.75)
    touching: NDArray[np.bool_] = (other & near).any(axis=(1, 2))
    return touching
