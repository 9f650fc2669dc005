"""Ink to lines one pixel wide, and those to a graph of branches between junctions and ends.

Pixels are (row, column) of an (n, n) mask. A branch is a path of pixels, each next to the one before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Branches", "branches", "thin"]

Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Branches:
    """A skeleton taken apart.

    pixels   (N, 2) int64: row, column
    between  paths from one junction or end to another (or the same) one, as indices of pixels, both ends included
    loops    closed paths that meet no junction; the first pixel is not repeated
    alone    pixels without a neighbour
    degrees  (N,) int64: how many neighbours a pixel has; 2 along a path, 1 at an end, 3 or more at a junction
    """

    pixels: NDArray[np.int64]
    between: list[list[int]]
    loops: list[list[int]]
    alone: list[int]
    degrees: NDArray[np.int64]


def thin(mask: Mask) -> Mask:
    """The mask's lines, one pixel wide and as connected as they were: (n, n) -> (n, n).

    Guo and Hall, "Parallel thinning with two-subiteration algorithms" (1989), their first algorithm, by a table over
    the eight neighbours. Only pixels beside a change are looked at again, so that wide ink costs its area once.
    """
    width = mask.shape[1] + 2
    ink = np.pad(mask, 1).astype(np.uint8).reshape(-1)
    around = np.array([-width, 1 - width, 1, 1 + width, width, width - 1, -1, -1 - width])  # north, then clockwise
    asked = np.zeros(ink.shape, bool)
    waiting = np.flatnonzero(ink)
    while len(waiting):
        gone = []
        for table in _TABLES:
            code = np.zeros(len(waiting), np.uint8)
            for bit, step in enumerate(around):
                code |= ink[waiting + step] << np.uint8(bit)
            delete = table[code]
            removed = waiting[delete]
            ink[removed] = 0
            gone.append(removed)
            waiting = _union(asked, ink, waiting[~delete], removed, around)
        waiting = _union(asked, ink, waiting[:0], np.concatenate(gone), around)
    return ink.reshape(mask.shape[0] + 2, width)[1:-1, 1:-1].astype(bool)


def branches(skeleton: Mask) -> Branches:
    """The paths of a thinned mask. Diagonal neighbours count only where no straight neighbour joins them already."""
    rows, columns = np.nonzero(skeleton)
    number = np.full((skeleton.shape[0] + 2, skeleton.shape[1] + 2), -1)
    number[rows + 1, columns + 1] = np.arange(len(rows))
    links = []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        other = number[rows + 1 + down, columns + 1 + right]
        linked = other >= 0
        if down and right:
            linked &= (number[rows + 1 + down, columns + 1] < 0) & (number[rows + 1, columns + 1 + right] < 0)
        links.append(np.stack([np.flatnonzero(linked), other[linked]], axis=1))
    neighbours: list[list[int]] = [[] for _ in rows]
    for first, second in np.concatenate(links).tolist():
        neighbours[first].append(second)
        neighbours[second].append(first)
    degrees = np.array([len(entry) for entry in neighbours], np.int64)

    seen = degrees != 2
    visited: list[bool] = seen.tolist()
    between: list[list[int]] = []
    for node in np.flatnonzero(seen & (degrees > 0)).tolist():
        for step in neighbours[node]:
            if visited[step]:
                if degrees[step] != 2 and node < step:
                    between.append([node, step])
                continue
            path = _walk(node, step, neighbours, visited)
            between.append(path)
    loops = []
    for pixel in range(len(visited)):
        if not visited[pixel]:
            visited[pixel] = True
            loops.append(_walk(pixel, neighbours[pixel][0], neighbours, visited)[:-1])
    return Branches(
        np.stack([rows, columns], axis=1).astype(np.int64),
        between,
        loops,
        np.flatnonzero(degrees == 0).tolist(),
        degrees,
    )


def _walk(start: int, step: int, neighbours: list[list[int]], visited: list[bool]) -> list[int]:
    """From start by way of step to the next pixel that was visited, that one included."""
    path = [start]
    while not visited[step]:
        visited[step] = True
        path.append(step)
        one, other = neighbours[step]
        step = other if one == path[-2] else one
    path.append(step)
    return path


def _union(
    asked: Mask, ink: NDArray[np.uint8], kept: NDArray[np.int64], removed: NDArray[np.int64], around: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The kept pixels and the ink beside removed ones, each once, in order."""
    asked[kept] = True
    for step in around:
        asked[removed + step] = True
    found = np.flatnonzero(asked)
    asked[found] = False
    return found[ink[found] > 0]


def _tables() -> tuple[Mask, Mask]:
    """For each code of eight neighbours (bit 0 north, then clockwise), whether each of the two passes deletes."""
    code = np.arange(256)
    north, north_east, east, south_east, south, south_west, west, north_west = (
        (code >> bit & 1).astype(bool) for bit in range(8)
    )
    runs = (
        (~north & (north_east | east)).astype(int)
        + (~east & (south_east | south))
        + (~south & (south_west | west))
        + (~west & (north_west | north))
    )
    pairs = (north_west | north).astype(int) + (north_east | east) + (south_east | south) + (south_west | west)
    others = (north | north_east).astype(int) + (east | south_east) + (south | south_west) + (west | north_west)
    fewest = np.minimum(pairs, others)
    simple = (runs == 1) & (fewest >= 2) & (fewest <= 3)
    first = simple & ~((south | south_west | ~north_west) & west)
    second = simple & ~((north | north_east | ~south_east) & east)
    return first, second


_TABLES = _tables()
