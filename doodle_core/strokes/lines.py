"""The lines of a drawing: what a stroke model sees of it.

Places are model pixels from the canvas's centre: the canvas is the square -32..32, x to the right, y down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.drawing import Drawing, Strokes
from doodle_core.errors import DoodleError
from doodle_core.raster import RESOLUTION
from doodle_core.strokes.strokelets import ABSENT, COUNT, NUMBERS

__all__ = ["FARTHEST", "Line", "beside", "from_latent", "lines_of", "reduced", "rows_to_latent"]
__all__ += ["to_latent", "to_strokes", "weights"]

Floats: TypeAlias = NDArray[np.float64]

_CENTRE = RESOLUTION / 2
_CLOSES = 1.2  # model pixels: ends as near as this, on a line much longer, are one closed line drawn by hand
_FAR = 4.0 * RESOLUTION  # model pixels; what lies farther out is brought here
FARTHEST = 16.0 * RESOLUTION  # model pixels; as the decoder sees latents that were made elsewhere
_ONE_PLACE = 1e-4  # model pixels: points no farther apart are one
_UNUSED = np.array([0, 0, 0, 0, ABSENT, ABSENT])
_TOO_MANY = "{} pieces of line do not fit a latent of {}; draw fewer lines"


@dataclass(frozen=True, eq=False)
class Line:
    """One line. points (n, 3) float64: x, y and the radius there, n >= 1; cyclic: the last point joins the first."""

    points: Floats
    cyclic: bool = False

    @cached_property
    def outline(self) -> Floats:
        """The points, (n, 3), for a cyclic line with the first once more at the end, (n + 1, 3)."""
        return np.concatenate([self.points, self.points[:1]]) if self.cyclic else self.points

    @cached_property
    def walked(self) -> Floats:
        """Length of line from the first point to each of `outline`, float64, model pixels."""
        return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(self.outline[:, :2], axis=0).T))])

    @property
    def length(self) -> float:
        return float(self.walked[-1])

    def at(self, walked: ArrayLike) -> Floats:
        """x, y, radius at lengths of line (M,): (M, 3). Cyclic lines go round; others are clamped to their ends."""
        u = np.asarray(walked, np.float64)
        if self.cyclic and self.length > 0:
            u = np.mod(u, self.length)
        return np.stack([np.interp(u, self.walked, column) for column in self.outline.T], axis=-1)


def lines_of(drawing: Drawing, most: int = 192, finest: float = 0.06) -> tuple[Line, ...]:
    """The lines of a drawing, in its strokes' order, of at most `most` straight pieces together.

    Strokes are their own lines, translucent ones where they are at least half opaque. Drawings with solid areas, and
    pictures, are traced.
    Lines are reduced to the points that matter, to within `finest` model pixels or, where that makes too many, the
    least tolerance that does; beyond that the shortest lines are left out.
    """
    if isinstance(drawing, Strokes):
        drawing = _opaque(drawing)
    if not isinstance(drawing, Strokes) or (drawing.filled & (np.diff(drawing.offsets) > 2)).any():
        from doodle_core.tracing.trace import trace

        drawing = trace(drawing)
    lines: list[Line] = []
    for index in range(len(drawing)):
        part = slice(drawing.offsets[index], drawing.offsets[index + 1])
        radii = np.minimum(drawing.radii[part].astype(np.float64) * RESOLUTION, _FAR)
        if len(radii) == 0 or radii.max() <= 0:
            continue
        places = drawing.points[part].astype(np.float64) * RESOLUTION - _CENTRE
        cyclic = bool(drawing.cyclic[index])
        # float32 as in a latent: a line that comes back out of one is the same line.
        points = _near(np.column_stack([places, radii]), cyclic).astype(np.float32).astype(np.float64)
        lines += [_tidy(*visible) for visible in _visible(points, cyclic)]
    found = weights(lines, finest)
    tolerance = finest
    while True:
        fewer = [_of_weight(*each, tolerance) for each in zip(lines, found, strict=True)]
        count = sum(map(_pieces, fewer))
        if count <= most:
            return tuple(fewer)
        if tolerance > 4:  # even dots are too many
            return _longest(fewer, most)
        tolerance *= 1.5


def _opaque(strokes: Strokes) -> Strokes:
    """Ink that is half opaque or more as opaque, and none of the rest; a solid area as a whole."""
    if (strokes.opacities >= 1).all():
        return strokes
    counts = np.diff(strokes.offsets)
    owner = np.repeat(np.arange(len(strokes)), counts)
    mean = np.bincount(owner, strokes.opacities, len(strokes)) / np.maximum(counts, 1)
    shown = np.where(strokes.filled[owner], mean[owner], strokes.opacities) >= 0.5
    return Strokes(
        points=strokes.points,
        radii=np.where(shown, strokes.radii, np.float32(0)),
        opacities=np.ones(len(shown), np.float32),
        offsets=strokes.offsets,
        cyclic=strokes.cyclic,
        filled=strokes.filled & (mean >= 0.5),
    )


def _longest(lines: Sequence[Line], most: int) -> tuple[Line, ...]:
    """The longest lines that fit. One that would take most of the room for all has every so many of its points."""
    kept: dict[int, Line] = {}
    rest = len(lines)
    for index in sorted(range(len(lines)), key=lambda i: -lines[i].length):
        rest -= 1
        if most < 1:
            break
        kept[index] = _at_most(lines[index], max(1, most // 2, most - rest))
        most -= _pieces(kept[index])
    return tuple(kept[index] for index in sorted(kept))


def _at_most(line: Line, most: int) -> Line:
    """The line, or evenly as many of its points as make `most` pieces."""
    if _pieces(line) <= most:
        return line
    cyclic = line.cyclic and most > 2
    outline = line.outline if cyclic else line.points
    return _left(outline[np.linspace(0, len(outline) - 1, most + 1).astype(int)], cyclic)


def to_strokes(lines: Sequence[Line]) -> Strokes:
    """The lines as strokes, canvas units; radii below 0 draw nothing."""
    return Strokes.make(
        [(line.points[:, :2] + _CENTRE) / RESOLUTION for line in lines],
        [np.maximum(line.points[:, 2], 0) / RESOLUTION for line in lines],
        cyclic=[line.cyclic for line in lines],
    )


def reduced(line: Line, tolerance: float) -> Line:
    """The line with only those of its points that shape it by more than `tolerance` model pixels, radius included.

    Ramer (1972), Douglas and Peucker (1973), on x, y and radius together. A closed line of which no more than two
    points are left is one that goes there and back: an open line draws the same.
    """
    return _of_weight(line, weights([line], tolerance)[0], tolerance)


def weights(lines: Sequence[Line], finest: float) -> list[Floats]:
    """The tolerance from which on each point of each outline, (n,), may go, right for any tolerance from `finest` on.

    One split after another takes the same points at every tolerance; only when it ends differs. Those of all lines are
    made together, generation by generation.
    """
    offsets = np.cumsum([0, *(len(line.outline) for line in lines)])
    points = np.concatenate([np.zeros((0, 3)), *(line.outline for line in lines)])
    found = np.zeros(len(points))
    starts, stops = offsets[:-1], offsets[1:] - 1
    found[starts] = found[stops] = np.inf
    for line, start in zip(lines, starts, strict=True):
        if line.cyclic:  # two points of a loop that are sure to stay
            away = line.outline[:, :2] - line.outline[0, :2]
            found[start + int(np.argmax(np.hypot(*away.T)))] = np.inf
    sure = np.flatnonzero(found)
    within = np.searchsorted(stops, sure[:-1], side="left") == np.searchsorted(stops, sure[1:], side="left")
    first, last = sure[:-1][within], sure[1:][within]
    while len(first):
        split = last - first > 1
        first, last = first[split], last[split]
        if not len(first):
            break
        off, middle = _farthest(points, first, last)
        far = off > finest
        first, last, off, middle = first[far], last[far], off[far], middle[far]
        found[middle] = np.minimum(off, np.minimum(found[first], found[last]))
        first, last = np.concatenate([first, middle]), np.concatenate([middle, last])
    return np.split(found, offsets[1:-1]) if lines else []


def _farthest(points: Floats, first: NDArray[np.int64], last: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int64]]:
    """Of points between two others (T,), not next to each other, how far the farthest lies from the chord, and which
    of the points (n, 3) it is; of several as far, the first."""
    counts = last - first - 1
    begins = np.cumsum(counts) - counts
    owner = np.repeat(np.arange(len(first)), counts)
    inner = np.arange(len(owner)) + (first + 1 - begins)[owner]
    chord = (points[last] - points[first]).T
    away = (points[inner] - points[first][owner]).T
    square = chord[0] * chord[0] + chord[1] * chord[1] + chord[2] * chord[2]
    along = chord[:, owner]
    share = (away[0] * along[0] + away[1] * along[1] + away[2] * along[2]) / np.where(square > 0, square, 1.0)[owner]
    away -= np.clip(share, 0.0, 1.0) * along
    off = np.sqrt(away[0] * away[0] + away[1] * away[1] + away[2] * away[2])
    most = np.maximum.reduceat(off, begins)
    there = np.flatnonzero(off == most[owner])
    return most, inner[there[np.flatnonzero(np.diff(owner[there], prepend=-1))]]


def _of_weight(line: Line, found: Floats, tolerance: float) -> Line:
    return _left(line.outline[found > tolerance], line.cyclic)


def _left(outline: Floats, cyclic: bool) -> Line:
    """The line of what is left of an outline; what lay between two passes over one place may be gone."""
    outline = outline[np.concatenate([[True], (np.diff(outline[:, :2], axis=0) != 0).any(axis=1)])]
    if not cyclic:
        return Line(outline, False)
    return Line(outline[:-1], True) if len(outline) > 3 else Line(outline[: max(1, len(outline) - 1)], False)


def _pieces(line: Line) -> int:
    """Straight pieces of a line; a dot is one."""
    return max(1, len(line.outline) - 1)


def _near(points: Floats, cyclic: bool) -> Floats:
    """A line (n, 3) of which what lies beyond _FAR is brought there, and the rest stays exactly where it is."""
    if (np.abs(points[:, :2]) <= _FAR).all():
        return points
    outline = np.concatenate([points, points[:1]]) if cyclic else points
    parts = [outline[:1]]
    for start, end in pairwise(outline):
        across = end[:2] - start[:2]
        moves = across != 0
        crossings = (np.array([[-_FAR], [_FAR]]) - start[:2])[:, moves] / across[moves]
        within = np.sort(crossings[(crossings > 0) & (crossings < 1)])[:, None]
        parts += [start + within * (end - start), end[None]]
    outline = np.concatenate(parts)
    outline[:, :2] = np.clip(outline[:, :2], -_FAR, _FAR)
    return outline[:-1] if cyclic else outline


def _visible(points: Floats, cyclic: bool) -> list[tuple[Floats, bool]]:
    """The parts of a line that draw something: between two points of radius 0 there is nothing."""
    bare = points[:, 2] <= 0
    hidden = bare & np.roll(bare, -1)  # the piece from each point to the next
    if not cyclic:
        hidden[-1] = False
    if not hidden.any():
        return [(points, cyclic)]
    if cyclic:  # from behind a piece that is hidden, once round
        points = np.roll(points, -1 - int(np.argmax(hidden)), axis=0)
        hidden = np.roll(hidden, -1 - int(np.argmax(hidden)))
    parts = np.split(points, np.flatnonzero(hidden[:-1]) + 1)
    return [(part, False) for part in parts if part[:, 2].max() > 0]


def _tidy(points: Floats, cyclic: bool) -> Line:
    """A line without points in one place, closed where a hand meant to close it."""
    walked = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points[:, :2], axis=0).T))])
    first = np.flatnonzero(np.diff(np.floor(walked / _ONE_PLACE), prepend=-1))
    widest = np.maximum.reduceat(points[:, 2], first)  # of discs in one place, the largest shows
    points = np.column_stack([points[first, :2], widest])
    together = len(points) > 2 and bool(np.hypot(*(points[0, :2] - points[-1, :2])) <= _ONE_PLACE)
    if together:
        points[0, 2] = max(points[0, 2], points[-1, 2])
        points = points[:-1]
    if len(points) < 3:
        return Line(points, False)
    length = np.hypot(*np.diff(points[:, :2], axis=0).T).sum()
    gap = np.hypot(*(points[0, :2] - points[-1, :2]))
    closes = gap < max(_CLOSES, 0.6 * points[:, 2].mean()) and length > 10 * max(gap, 1)
    return Line(points, cyclic or together or bool(closes))


def beside(points: Floats, a: int, b: int) -> Floats:
    """How far the points between the a-th and the b-th of (n, C) lie from the chord between these: (b - a - 1, C)."""
    chord = points[b] - points[a]
    inner = points[a + 1 : b] - points[a]
    square = float(chord @ chord)
    share = np.clip(inner @ chord / square, 0, 1) if square > 0 else np.zeros(len(inner))
    offsets: Floats = inner - share[:, None] * chord
    return offsets


def to_latent(lines: Sequence[Line], count: int = COUNT) -> NDArray[np.float32]:
    """Lines as strokelets, (6 * count,) float32, piece after piece; see `strokelets`. Every point must be float32.

    Where a line begins exactly where the one before it ends, an unused row keeps them apart, while there is room.
    Raises DoodleError for more pieces than `count`.
    """
    parts = [_rows(line) for line in lines]
    used = sum(map(len, parts))
    if used > count:
        raise DoodleError(_TOO_MANY.format(used, count))
    rows = [np.zeros((0, NUMBERS))]
    for part in parts:
        if used < count and len(rows[-1]) and _goes_on(np.concatenate([rows[-1][-1:], part[:1]]))[0]:
            rows.append(_UNUSED[None])
            used += 1
        rows.append(part)
    return _filled(np.concatenate(rows), count)


def _rows(line: Line) -> Floats:
    """A line's strokelets, (n, 6)."""
    ends = line.outline if len(line.points) > 1 else np.repeat(line.points, 2, axis=0)
    return np.column_stack([ends[:-1, :2], ends[1:, :2], ends[:-1, 2], ends[1:, 2]])


def rows_to_latent(starts: Floats, ends: Floats, count: int = COUNT) -> NDArray[np.float32]:
    """Strokelets from starts to ends, (N, 3) each: x, y, radius, as a latent. DoodleError for more than `count`."""
    if len(starts) > count:
        raise DoodleError(_TOO_MANY.format(len(starts), count))
    return _filled(np.column_stack([starts[:, :2], ends[:, :2], starts[:, 2], ends[:, 2]]), count)


def _filled(rows: Floats, count: int) -> NDArray[np.float32]:
    latent = np.tile(_UNUSED.astype(np.float32), (count, 1))
    latent[: len(rows)] = rows
    return latent.reshape(-1)


def _goes_on(rows: Floats) -> NDArray[np.bool_]:
    """Whether each row but the first goes on where the one before ends, (N - 1,). Dots never do, nor what follows."""
    starts, ends = rows[:, [0, 1, 4]], rows[:, [2, 3, 5]]
    line = (starts != ends).any(axis=1)
    return (starts[1:] == ends[:-1]).all(axis=1) & line[1:] & line[:-1]


def from_latent(latent: ArrayLike) -> tuple[Line, ...]:
    """The lines of a latent (6 * count,): strokelets that go on where the one before ends are one line.

    Raises DoodleError for a latent of another shape, or one that is not finite.
    """
    numbers = np.asarray(latent, np.float64)
    if numbers.ndim != 1 or len(numbers) % NUMBERS:
        raise DoodleError(f"a latent of lines has shape {numbers.shape}; give (6 * count,)")
    if not np.isfinite(numbers).all():
        raise DoodleError("a latent of lines has a number that is not finite; make the key again")
    rows = numbers.clip(-FARTHEST, FARTHEST).reshape(-1, NUMBERS)
    used = np.flatnonzero((rows[:, 4:] > ABSENT).any(axis=1))
    if not len(used):
        return ()
    rows = rows[used]
    goes_on = _goes_on(rows) & (np.diff(used) == 1)
    first = np.flatnonzero(np.concatenate([[True], ~goes_on]))
    starts, ends = rows[:, [0, 1, 4]], rows[:, [2, 3, 5]]
    lines = []
    for begin, stop in zip(first, [*first[1:], len(rows)], strict=True):
        points = np.concatenate([starts[begin:stop], ends[stop - 1 : stop]])
        closed = len(points) > 3 and bool((points[0] == points[-1]).all())
        dot = len(points) == 2 and bool((points[0] == points[1]).all())
        lines.append(Line(points[:-1] if closed or dot else points, closed))
    return tuple(lines)
