"""A film's drawings as strokes that an artist can go on with: joined, smooth, of few points, in a steady order.

A stroke model's in-betweens are lines already. What pairing cut is joined again (`strands`), what is hidden is left
out, and each line is made smooth (`fairing`). Other models' pictures are traced.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core import nudge as nudges
from doodle_core.boil import Boil
from doodle_core.drawing import Drawing, Strokes
from doodle_core.errors import DoodleError
from doodle_core.film import SNAP, Film
from doodle_core.interpolation import segments
from doodle_core.nudge import NONE
from doodle_core.raster import RESOLUTION
from doodle_core.strokes.fairing import faired
from doodle_core.strokes.lines import Line, from_latent, to_strokes
from doodle_core.strokes.model import StrokeModel
from doodle_core.strokes.paired import Paired
from doodle_core.strokes.strands import Strand, nearest_lines, strands
from doodle_core.tracing.trace import trace, trace_field
from doodle_core.track import LatentKey, LatentTrack

__all__ = ["Inked", "inked", "key_at"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_CENTRE = RESOLUTION / 2
_GAP = 0.6  # model pixels: ends of runs this near at a joint become one point
_BENDS = 1.0  # model pixels: how long a straight piece of a line that is shaken may be
_MOST = 4096  # points put on one piece: of it, no more than a stretch is on the canvas
_SPECK = (
    0.5  # model pixels: ink that only one key has is left out while it is shorter: it hides in what it grows out of
)


@dataclass(frozen=True, eq=False)
class Inked:
    """The strokes of one drawing, and where they come from.

    strokes  in canvas units, opaque and not filled, but for a key's own
    origins  (S, 2) int64: the number of the nearest key that has this line, and of the stroke of that key's drawing
             that it comes from; -1 where the drawing is not strokes
    key      the key whose own drawing this is, or None for an in-between
    """

    strokes: Strokes
    origins: Ints
    key: int | None = None


def inked(film: Film, position: float, pin: float = 1.0, line_weight: float = 0.0) -> Inked:
    """The strokes of a film at a position in key units.

    At a key with pin 1 the key's own, shaken and nudged as the film is; a picture is traced. Elsewhere those of the
    in-between: smooth, of few points, joined where they were one stroke at the keys, closed lines cyclic. Between the
    same two keys strokes keep their order and direction, which are the first one's. `pin` bends no strokes beside a
    key: what little a key lost on its way into the latent stays lost there.

    line_weight: model pixels added to all radii. Raises DoodleError for a position that is not a number.
    """
    key = key_at(film.track, position) if pin == 1.0 else None
    drawing = None if key is None else film.track.keys[key].drawing
    if key is not None and drawing is not None:
        return _own(film, drawing, key, line_weight)
    if isinstance(film.model, StrokeModel):
        return _between(film, film.model, position, line_weight)
    traced = trace_field(film.frame_field(position, RESOLUTION, pin), simplify=False)
    lines = [faired(line) for line in _lines(traced)]
    nearest = round(float(np.clip(position, 0, len(film.track.keys) - 1)))
    return _made(lines, [(nearest, -1)] * len(lines), line_weight)


def key_at(track: LatentTrack, position: float) -> int | None:
    """The key that a position in key units lies on but for rounding; None between keys. A held track is always on one.

    Raises DoodleError for a position that is not a number.
    """
    if not math.isfinite(position):
        raise DoodleError(f"position {position} is not a number; give the number of a key or one between two keys")
    count = len(track.keys)
    position = float(np.mod(position, count)) if track.closed else float(np.clip(position, 0, count - 1))
    nearest = round(position)
    if abs(position - nearest) <= SNAP:
        return nearest % count
    return int(position) if track.method == "hold" and track.sigma == 0 else None


def _own(film: Film, drawing: Drawing, key: int, line_weight: float) -> Inked:
    if isinstance(drawing, Strokes):
        strokes, origin = _boiled(drawing, film.boil), np.arange(len(drawing))
    else:
        strokes = _boiled(to_strokes([faired(line) for line in _lines(trace(drawing, simplify=False))]), film.boil)
        origin = np.full(len(strokes), -1)
    if film.nudge != NONE:
        strokes = nudges.moved(strokes, film.nudge)
    heavier = np.float32((line_weight + film.nudge.weight) / RESOLUTION)
    if heavier:
        drawn = strokes.radii > 0
        strokes = replace(strokes, radii=np.where(drawn, np.maximum(strokes.radii + heavier, 0), strokes.radii))
    return Inked(strokes, np.stack([np.full(len(origin), key), origin], axis=1), key)


def _boiled(strokes: Strokes, boil: Boil) -> Strokes:
    if boil.amount == 0 or not len(strokes.points):
        return strokes
    strokes = _cut(strokes)  # a straight piece bends as its plane does
    places = strokes.points.astype(np.float64) * RESOLUTION - _CENTRE
    moved = (places + boil.displacement(places) + _CENTRE) / RESOLUTION
    return replace(strokes, points=moved.astype(np.float32))


def _cut(strokes: Strokes) -> Strokes:
    """The same strokes, of pieces no longer than `_BENDS`: with more points on what is drawn from point to point."""
    lengths = np.diff(strokes.offsets)
    owner = np.repeat(np.arange(len(strokes)), lengths)
    following = np.arange(1, len(strokes.points) + 1)
    ends, starts = strokes.offsets[1:][lengths > 0] - 1, strokes.offsets[:-1][lengths > 0]
    following[ends] = np.where(strokes.cyclic[owner[ends]], starts, ends)
    way = strokes.points[following].astype(np.float64) - strokes.points
    count = np.ceil(np.hypot(*way.T) * RESOLUTION / _BENDS).astype(np.int64).clip(1, _MOST)
    own = np.repeat(np.arange(len(count)), count)
    share = (np.arange(len(own)) - np.repeat(np.cumsum(count) - count, count)) / count[own]

    def between(values: NDArray[np.float32]) -> NDArray[np.float32]:
        start, end = values[own].astype(np.float64), values[following[own]]
        answer = start + (share if values.ndim == 1 else share[:, None]) * (end - start)
        return answer.astype(np.float32)

    return replace(
        strokes,
        points=between(strokes.points),
        radii=between(strokes.radii),
        opacities=between(strokes.opacities),
        colours=None if strokes.colours is None else between(strokes.colours),
        offsets=np.concatenate([[0], np.cumsum(count)])[strokes.offsets],
    )


def _between(film: Film, model: StrokeModel, position: float, line_weight: float) -> Inked:
    track = film.track
    (index,), (s,) = segments([position], len(track.keys), track.closed)
    one, two = track.keys[int(index)], track.keys[(int(index) + 1) % len(track.keys)]
    paired, vertices = model.vertices(track, int(index), float(s))
    lines: list[Line] = []
    origins: list[tuple[int, int]] = []
    for strand, strokes in _plan(paired, one, two):
        known = min(strand.lines) >= 0
        nearer = int(s > 0.5) if known else int(strand.lines[1] >= 0)
        line = _line(strand, paired, vertices)
        if not known and line.length < _SPECK:
            continue
        for part in _shown(_moved(line, film), line_weight):
            lines.append(faired(part))
            origins.append(((int(index) + nearer) % len(track.keys), strokes[nearer]))
    return _made(lines, origins, line_weight)


def _moved(line: Line, film: Film) -> Line:
    """The line shaken, then nudged, as the film is."""
    points = line.points
    if film.boil.amount > 0:
        if len(points) > 1 and line.length > 0:  # a straight piece bends as its plane does
            fine = np.linspace(0.0, line.length, int(np.ceil(line.length / _BENDS)) + 1)
            points = line.at(np.union1d(line.walked, fine)[: -1 if line.cyclic else None])
        points = np.column_stack([points[:, :2] + film.boil.displacement(points[:, :2]), points[:, 2]])
    if film.nudge != NONE:
        dots = points[:, [0, 1, 0, 1, 2, 2]].astype(np.float32)
        nudged = film.model.nudged(dots.reshape(1, -1), film.nudge).reshape(-1, 6)
        points = nudged[:, [0, 1, 4]].astype(np.float64)
    return Line(points, line.cyclic)


@lru_cache(maxsize=64)
def _plan(paired: Paired, one: LatentKey, two: LatentKey) -> tuple[tuple[Strand, tuple[int, int]], ...]:
    """The strokes between two keys, each with the number of the stroke that it is in either key's drawing, or -1."""
    found = strands(paired, from_latent(one.latent), from_latent(two.latent))
    first, second = _strokes(found, paired.first, paired, one), _strokes(found, paired.second, paired, two)
    return tuple(zip(found, zip(first, second, strict=True), strict=True))


def _strokes(found: Sequence[Strand], vertices: Floats, paired: Paired, key: LatentKey) -> list[int]:
    """The stroke of the key's drawing that lies nearest to each strand."""
    if not isinstance(key.drawing, Strokes):
        return [-1] * len(found)
    drawn = _lines(key.drawing)
    answer = []
    for strand in found:
        line = _line(strand, paired, vertices)
        away = [nearest_lines(line.points, [other])[1].mean() if len(other.points) else np.inf for other in drawn]
        answer.append(int(np.argmin(away)) if away else -1)
    return answer


def _lines(strokes: Strokes) -> list[Line]:
    """Strokes as lines, model pixels; one for each, though it may have no point."""
    places = strokes.points.astype(np.float64) * RESOLUTION - _CENTRE
    points = np.column_stack([places, strokes.radii.astype(np.float64) * RESOLUTION])
    parts = np.split(points, strokes.offsets[1:-1])
    return [Line(part, bool(closed)) for part, closed in zip(parts, strokes.cyclic, strict=False)]


def _line(strand: Strand, paired: Paired, vertices: Floats) -> Line:
    """The runs of a strand as one line; where two meet, a single point."""
    points = np.zeros((0, 3))
    for run, back in strand.runs:
        part = vertices[paired.offsets[run] : paired.offsets[run + 1]]
        part = part[::-1] if back else part
        points = _welded(points, part) if len(points) else part.copy()
    if strand.cyclic and len(points) > 3:
        points = _welded(points[-1:], points)
        return Line(points[:-1] if np.hypot(*(points[0] - points[-1])[:2]) <= _GAP else points, True)
    return Line(points, False)


def _welded(points: Floats, part: Floats) -> Floats:
    if np.hypot(*(points[-1] - part[0])[:2]) > _GAP:
        return np.concatenate([points, part])
    return np.concatenate([points[:-1], (points[-1:] + part[:1]) / 2, part[1:]])


def _shown(line: Line, line_weight: float) -> list[Line]:
    """The parts of a line that can be seen: it is cut where its radius, line weight and all, falls to 0."""
    points = line.points + [0.0, 0.0, line_weight]
    if (points[:, 2] > 0).all():
        return [line]
    outline = np.concatenate([points, points[:1]]) if line.cyclic else points
    hidden = np.flatnonzero(outline[:, 2] <= 0)
    if line.cyclic:  # from behind a point that is hidden, once round
        outline = np.concatenate([np.roll(points, -hidden[0], axis=0), points[hidden[0]][None]])
    before, after = outline[:-1], outline[1:]
    crosses = (before[:, 2] > 0) != (after[:, 2] > 0)
    share = before[crosses, 2] / (before[crosses, 2] - after[crosses, 2])
    edges = before[crosses] + share[:, None] * (after[crosses] - before[crosses])
    places = np.flatnonzero(crosses) + 1
    full = np.insert(outline, places, edges, axis=0)
    seen = full[:, 2] > 0
    stops = np.flatnonzero(np.diff(np.concatenate([[False], seen, [False]]).astype(int)))
    parts = [full[max(low - 1, 0) : high + 1] for low, high in stops.reshape(-1, 2).tolist()]
    return [Line(part - [0.0, 0.0, line_weight], False) for part in parts]


def _made(lines: Sequence[Line], origins: Sequence[tuple[int, int]], line_weight: float) -> Inked:
    heavier = [Line(line.points + [0.0, 0.0, line_weight], line.cyclic) for line in lines]
    return Inked(to_strokes(heavier), np.array(origins, np.int64).reshape(-1, 2))
