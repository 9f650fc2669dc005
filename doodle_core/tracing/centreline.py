"""Jagged lines in ink to smooth ones in its middle, with radii, and those to few points.

Lengths and places are working pixels: x right, y down. depth is the distance to the ink's edge, (n, n), positive
inside.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from doodle_core.tracing.junctions import Line, sampled, turn

__all__ = ["centred", "reduced"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

_BULGE = 1.06  # ink this much wider than the line around it is a bend's filled inside
_BENT = np.radians(25)  # across a bulge, if it is a bend
_CORNER = np.radians(40)  # a bend this sharp may be a corner
_RADIUS_WEIGHT = 0.7  # how much an error of the radius counts, beside one of the place


class _Chains:
    """All lines' points in one array, with the neighbours of each: whole drawings are smoothed at once."""

    def __init__(self, lines: list[Line]) -> None:
        counts = np.array([sum(map(len, line.points)) for line in lines])
        cyclic = np.array([line.cyclic for line in lines])
        self.last = np.cumsum(counts) - 1
        self.first = self.last - counts + 1
        self.before = np.arange(counts.sum()) - 1
        self.after = np.arange(counts.sum()) + 1
        self.before[self.first] = np.where(cyclic, self.last, self.first)
        self.after[self.last] = np.where(cyclic, self.first, self.last)
        self.ends = np.concatenate([self.first[~cyclic], self.last[~cyclic]])

    def smooth(self, values: Floats, passes: int, held: Ints | None = None) -> Floats:
        """Each pass averages neighbours, 1 2 1; held points stay."""
        still = None if held is None else values[held]
        for _ in range(passes):
            values = 0.25 * (values[self.before] + values[self.after]) + 0.5 * values
            if still is not None:
                values[held] = still
        return values

    def filled(self, values: Floats, known: Mask) -> Floats:
        """Values between known ones of the same line go evenly; a line without known ones keeps its own."""
        answer = values.copy()
        for low, high in zip(self.first, self.last + 1, strict=True):
            there = np.flatnonzero(known[low:high])
            if 0 < len(there) < high - low:
                answer[low:high] = np.interp(np.arange(high - low), there, values[low:high][there])
        return answer

    def opened(self, values: Floats, reach: int) -> Floats:
        """Without peaks narrower than twice the reach, in points (the grey opening of mathematical morphology)."""
        for pick in (np.minimum, np.maximum):
            for _ in range(reach):
                values = pick(pick(values[self.before], values[self.after]), values)
        return values

    def along(self, points: Floats) -> Floats:
        """Directions, not of length 1."""
        return np.asarray(points[self.after[self.after]] - points[self.before[self.before]])

    def across(self, points: Floats) -> Floats:
        """Unit normals."""
        way = self.along(points)
        return np.asarray(way[:, ::-1] * (1, -1) / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None])

    def runs(self, marked: Mask, margin: int) -> list[Ints]:
        """The points of each stretch that is marked, with so many more before and after it."""
        for _ in range(margin):
            marked = marked | marked[self.before] | marked[self.after]
        answer = []
        for start in np.flatnonzero(marked & ~marked[self.before]).tolist():
            run = [start]
            while marked[self.after[run[-1]]] and self.after[run[-1]] != run[-1]:
                run.append(int(self.after[run[-1]]))
            answer.append(np.array(run))
        return answer

    def far(self, start: int, steps: int) -> int:
        """The point some steps after (or, negative, before) another."""
        neighbour = self.after if steps > 0 else self.before
        for _ in range(abs(steps)):
            start = int(neighbour[start])
        return start


def centred(lines: list[Line], depth: Floats) -> list[tuple[Floats, Floats, bool]]:
    """Smooth lines in the middle of the ink: for each its points (k, 2), radii (k,), and whether it is cyclic."""
    if not lines:
        return []
    chains = _Chains(lines)
    points = chains.smooth(np.concatenate([part for line in lines for part in line.points]), 6, chains.ends)
    sure = np.concatenate([part for line in lines for part in line.sure])
    radii = np.maximum(sampled(depth, points), 0.5)
    radii = chains.smooth(chains.filled(radii, sure), 8)
    for _ in range(3):
        # Look where both edges should be: there the field is exact, while its ridge is rounded off.
        across = chains.across(points)
        left = sampled(depth, points + radii[:, None] * across)
        right = sampled(depth, points - radii[:, None] * across)
        seen = sure & (np.abs(left + right) < radii) & (np.abs(left - right) < radii)
        shift = np.where(seen, np.clip((left - right) / 2, -0.5 * radii, 0.5 * radii), 0.0)
        points = points + chains.smooth(chains.filled(shift, seen), 1)[:, None] * across
        radii = np.maximum(chains.filled(radii + np.where(seen, (left + right) / 2, 0.0), seen), 0.3)
    corners = chains.ends
    if sure.any():
        points, radii, corners = _bent(chains, points, radii, sure, depth)
    points = chains.smooth(points, 3, np.concatenate([chains.ends, corners]))
    radii = chains.smooth(radii, 12)

    answer = []
    for line, low, high in zip(lines, chains.first, chains.last + 1, strict=True):
        part, width = points[low:high], radii[low:high]
        for free in line.free[::-1]:  # the end, then, turned round, the start
            if free:
                part, width = _reaching(part, width, depth)
            part, width = part[::-1], width[::-1]
        answer.append((part, width, line.cyclic))
    return answer


def _bent(chains: _Chains, points: Floats, radii: Floats, sure: Mask, depth: Floats) -> tuple[Floats, Floats, Ints]:
    """Where a line bends so sharply that ink fills the inside: its points and radii, and which points make corners.

    There the middle of the ink cuts the corner. The line lies its own radius, as it is around the bend, within the
    outer edge; a corner lies where the lines before and after it meet.
    """
    width = int(np.clip(np.median(radii[sure]), 1, 40))
    plain = chains.opened(radii, 2 * width)
    back, ahead = chains.before, chains.after
    for _ in range(int(1.2 * width)):
        back, ahead = chains.before[back], chains.after[ahead]
    way = chains.along(points)
    cross = way[back, 0] * way[ahead, 1] - way[back, 1] * way[ahead, 0]
    bend = np.arctan2(cross, (way[back] * way[ahead]).sum(axis=1))
    bulge = np.flatnonzero(sure & (radii > _BULGE * plain) & (np.abs(bend) > _BENT))
    if not len(bulge):
        return points, radii, bulge
    points, radii = points.copy(), radii.copy()
    radii[bulge] = plain[bulge]
    rest = np.zeros(len(points), bool)
    rest[bulge] = True
    corners = [bulge[:0]]
    for run in chains.runs(rest, max(3, width)):
        legs = _cornered(chains, points, run, width, float(plain[run].min()), depth)
        if legs is not None:
            points[run] = legs
            radii[run] = plain[run]
            rest[run] = False
            corners.append(run)
    bulge = np.flatnonzero(rest)
    if len(bulge):
        outward = chains.across(points)[bulge] * np.sign(bend[bulge])[:, None]
        probe = points[bulge] + 0.5 * radii[bulge, None] * outward
        slope = np.stack([sampled(depth, probe + step) - sampled(depth, probe - step) for step in np.eye(2)], axis=1)
        slope /= np.maximum(np.hypot(slope[:, 0], slope[:, 1]), 1e-9)[:, None]
        moved = probe + (plain[bulge] - sampled(depth, probe))[:, None] * slope
        near = np.hypot(*(moved - points[bulge]).T) < 1.5 * plain[bulge]
        points[bulge[near]] = moved[near]
    return points, radii, np.concatenate(corners)


def _cornered(chains: _Chains, points: Floats, run: Ints, width: int, radius: float, depth: Floats) -> Floats | None:
    """The points of a run on straight legs to the corner that the lines around it make, if they make one in the ink."""
    entry, exit_ = chains.far(run[0], -1), chains.far(run[-1], 1)
    steps = max(4, int(1.5 * width))
    enter = points[entry] - points[chains.far(entry, -steps)]
    leave = points[chains.far(exit_, steps)] - points[exit_]
    if min(np.hypot(*enter), np.hypot(*leave)) < 1 or not _CORNER < abs(turn(enter, leave)) < np.pi - 0.1:
        return None
    gap = points[exit_] - points[entry]
    on = (gap[0] * leave[1] - gap[1] * leave[0]) / (enter[0] * leave[1] - enter[1] * leave[0])
    corner = points[entry] + on * enter
    if on <= 0 or (corner - points[exit_]) @ leave >= 0 or np.hypot(*(points[run] - corner).T).min() > 3 * radius:
        return None
    if sampled(depth, corner[None])[0] < 0.7 * radius:
        return None  # a round bend
    first, second = float(np.hypot(*(corner - points[entry]))), float(np.hypot(*(points[exit_] - corner)))
    place = np.linspace(0, first + second, len(run) + 2)[1:-1]
    place[np.argmin(np.abs(place - first))] = first
    return _on(np.array([0, first, first + second]), np.stack([points[entry], corner, points[exit_]]), place)


def _reaching(points: Floats, radii: Floats, depth: Floats) -> tuple[Floats, Floats]:
    """The line with its end moved so that its round cap ends where the ink ends."""
    if len(points) < 3:
        return points, radii
    width = float(np.median(radii[-max(3, int(3 * radii[-1])) :]))
    drop = min(int(0.7 * width), len(points) - 2)
    # Where the canvas cuts the line, thinning runs into a corner of the ink.
    cut = (np.minimum(points, len(depth) - points) < 1.5 * width).any(axis=1)
    if cut[-1] and not cut.all():
        drop = max(drop, min(int(np.argmin(cut[::-1])), len(points) - 2))
    kept = points[: len(points) - drop]
    back = kept[-min(len(kept), max(4, int(1.6 * width)))]
    way = kept[-1] - back
    size = float(np.hypot(*way))
    if size < 1e-6:
        return points, radii
    way /= size
    reach = np.arange(0, 4 * width + 8, 0.5)
    ray = kept[-1] + reach[:, None] * way
    depths = sampled(depth, ray)
    within = ((ray >= 0) & (ray <= len(depth))).all(axis=1)
    out = np.flatnonzero((depths <= 0) | ~within)
    if not len(out) or out[0] == 0:
        return points, radii
    index = out[0]
    if within[index]:
        edge = reach[index - 1] + 0.5 * depths[index - 1] / max(depths[index - 1] - depths[index], 1e-9)
        far = edge - width
    else:
        far = reach[index - 1]  # cut by the canvas's edge
    if far < 0:  # thinning went too far: back along the line
        kept = kept[: max(2, len(kept) + int(far))]
        return kept, radii[: len(kept)]
    tip = kept[-1] + far * way
    count = max(1, round(far))
    added = kept[-1] + (np.arange(1, count + 1) / count * far)[:, None] * way
    side = way[::-1] * (1, -1) * width
    both = sampled(depth, np.stack([tip + side, tip - side]))
    tip_radius = min(width, max(width + float(both.mean()), 0.4 * width))
    values = np.concatenate([radii[: len(kept)], np.linspace(radii[len(kept) - 1], tip_radius, count + 1)[1:]])
    return np.concatenate([kept, added]), values


def reduced(
    points: Floats, radii: Floats, cyclic: bool, tolerance: float, spacing: float | None = None
) -> tuple[Floats, Floats]:
    """The line by few points within about the tolerance, or by points about `spacing` apart: points and radii."""
    if cyclic:
        points, radii = np.concatenate([points, points[:1]]), np.concatenate([radii, radii[:1]])
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    total = float(along[-1])
    if total < 1e-6:
        return points[:1], radii[:1]
    values = np.concatenate([points, radii[:, None]], axis=1)
    if spacing is None:
        places = along[_corners(values * (1, 1, _RADIUS_WEIGHT), tolerance)]
        places = places[np.concatenate([[True], np.diff(places) > 1e-6])]
        places[-1] = total
        values = _fitted(along, values, places, cyclic)
    else:
        values = _on(along, values, np.linspace(0, total, max(2 + 2 * cyclic, round(total / spacing) + 1)))
    if cyclic:
        values = values[:-1]
    return values[:, :2], np.maximum(values[:, 2], 0.1)


def _on(along: Floats, values: Floats, places: Floats) -> Floats:
    """Values (k, c) given `along` (k,) at other places along."""
    return np.stack([np.interp(places, along, column) for column in values.T], axis=1)


def _corners(values: Floats, tolerance: float) -> Ints:
    """Indices kept by Ramer (1972) and Douglas and Peucker (1973)."""
    keep = {0, len(values) - 1}
    todo = [(0, len(values) - 1)]
    if np.hypot(*(values[0] - values[-1])[:2]) < 1e-9:  # closed: the farthest point is the second anchor
        middle = int(np.argmax(((values - values[0]) ** 2).sum(axis=1)))
        keep.add(middle)
        todo = [(0, middle), (middle, len(values) - 1)]
    while todo:
        low, high = todo.pop()
        if high - low < 2:
            continue
        part = values[low + 1 : high] - values[low]
        chord = values[high] - values[low]
        share = np.clip(part @ chord / max(float(chord @ chord), 1e-12), 0, 1)
        off = ((part - share[:, None] * chord) ** 2).sum(axis=1)
        worst = int(np.argmax(off))
        if off[worst] > tolerance**2:
            middle = low + 1 + worst
            keep.add(middle)
            todo += [(low, middle), (middle, high)]
    return np.array(sorted(keep))


def _fitted(along: Floats, values: Floats, places: Floats, cyclic: bool) -> Floats:
    """The broken line with corners at `places` along that is closest to all points (least squares); values (k, 3)."""
    count = len(places)
    first = np.clip(np.searchsorted(places, along, side="right") - 1, 0, count - 2)
    part = (along - places[first]) / (places[first + 1] - places[first])
    matrix = np.zeros((len(along), count))
    rows = np.arange(len(along))
    matrix[rows, first] = 1 - part
    matrix[rows, first + 1] = part
    start = _on(along, values, places)
    if cyclic:
        matrix[:, 0] += matrix[:, -1]
        matrix = matrix[:, :-1]
        start = start[:-1]
    square, target = matrix.T @ matrix, matrix.T @ values
    columns = []
    for part in (slice(0, 2), slice(2, 3)):
        weight = np.full(len(square), 1e-3)
        if not cyclic and part.start == 0:
            weight[[0, -1]] = 1e3  # a line ends where it ends; its radius there may give way
        wanted = target[:, part] + weight[:, None] * start[:, part]
        if cyclic or len(square) < 3:
            columns.append(np.linalg.solve(square + np.diag(weight), wanted))
        else:  # only neighbouring corners share points
            bands = np.stack([np.append(0.0, np.diagonal(square, 1)), np.diagonal(square) + weight])
            columns.append(solveh_banded(bands, wanted))
    fitted = np.concatenate(columns, axis=1)
    return np.concatenate([fitted, fitted[:1]]) if cyclic else fitted
