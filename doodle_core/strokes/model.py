"""The model whose latent is a drawing's lines: strokelets, matched between keys by a network, drawn by a decoder.

A drawing's lines are its latent as they are, so a key comes back almost exactly. What has to be learned is what moves
where. For every two neighbouring keys the matcher, taught on doodles whose motion is known, says which piece of line
became which (`matcher`), and colours help it (`tints`); lines follow lines (`correspondence`), and both keys are then
told by the same vertices (`pairing`), between which `walk` goes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.boil import Boil
from doodle_core.boil import apply as boiled
from doodle_core.drawing import Drawing
from doodle_core.engines import Engine
from doodle_core.errors import DoodleError
from doodle_core.interpolation import segments
from doodle_core.model import DoodleModel, ModelCard
from doodle_core.nudge import Nudge, apply
from doodle_core.raster import FIELD_LIMIT
from doodle_core.strokes.correspondence import Scores, Span, spans
from doodle_core.strokes.drawing_on import draw_on
from doodle_core.strokes.lines import FARTHEST, Line, from_latent, lines_of, rows_to_latent, to_latent
from doodle_core.strokes.matches import from_bytes, to_bytes
from doodle_core.strokes.paired import Paired
from doodle_core.strokes.pairing import pair
from doodle_core.strokes.pieces import cut
from doodle_core.strokes.refine import Added, refine
from doodle_core.strokes.strokelets import NUMBERS
from doodle_core.strokes.tints import Drawings, mixed, palettes, tell_apart
from doodle_core.strokes.walk import SHAKE_SIZE, shake, walk
from doodle_core.track import LatentTrack

__all__ = ["StrokeModel"]

Floats: TypeAlias = NDArray[np.float64]

_Name: TypeAlias = tuple[bytes, bytes, bytes]

_KEPT = 512  # pairs of keys in memory, 20 kB each
_MATCHES_KEPT = 8192  # what became what between two keys, 2 kB each
_BACK = 0.5  # how much the second key's opinion counts beside the first's
_DOUBT = 1.0  # how much less likely "nowhere" is taken to be than the network says: drawings seldom lose lines
_LEAST = -12.0  # no score is worse: the network's certainty has its limits
_CROSSES = 1.5  # model pixels: how much farther away ink across one's own direction is taken to be
_SAME = 2e-3  # model pixels: what is nearer is not told apart
_NEAR = 2.0  # model pixels: ink farther away has no part in where a vertex came from


class StrokeModel(DoodleModel):
    """Strokelets as latents; see this file's description."""

    NUDGES = True
    EXACT = True

    def __init__(self, card: ModelCard, engine: Engine) -> None:
        super().__init__(card, engine)
        self._pairs: OrderedDict[_Name, Paired] = OrderedDict()
        self._matches: OrderedDict[_Name, bytes] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def strokelets(self) -> int:
        """How many a latent holds."""
        return self.latent_size // NUMBERS

    def _encode(self, drawings: Sequence[Drawing]) -> NDArray[np.float32]:
        # A quarter of a latent is left for what only the other of two keys has.
        most = self.strokelets * 3 // 4
        return np.stack([to_latent(lines_of(drawing, most), self.strokelets) for drawing in drawings])

    def drawn(
        self,
        latent: NDArray[np.float32],
        size: int,
        level: float = 0.0,
        reach: float = FIELD_LIMIT,
        added: Added | None = None,
    ) -> NDArray[np.float32]:
        return refine(latent, size, level, reach, added)

    def nudged(self, latents: NDArray[np.float32], nudge: Nudge) -> NDArray[np.float32]:
        return apply(latents, nudge)

    def boiled(self, latent: NDArray[np.float32], boil: Boil, size: int) -> NDArray[np.float32]:
        return boiled(latent, boil, size)

    def way(self) -> StrokeModel:
        return self

    def pair(self, first: ArrayLike, second: ArrayLike, drawings: Drawings = (None, None)) -> Paired:
        """Two keys' latents (D,), told by the same vertices; kept for the next time. drawings: what the keys show,
        whose colours help."""
        one, two = np.asarray(first, np.float32), np.asarray(second, np.float32)
        self._check(one.shape, two.shape)
        name = _named(one, two, drawings)
        with self._lock:
            if name in self._pairs:
                self._pairs.move_to_end(name)
                return self._pairs[name]
        lines, others = from_latent(one), from_latent(two)
        with self._lock:
            told = self._matches.get(name)
        found = None if told is None else from_bytes(told, lines, others)
        if found is None:
            found = self._spans(lines, others, name[0] == name[1], drawings)
            self._keep(name, to_bytes(found))
        made = pair(lines, others, found, self.strokelets)
        with self._lock:
            self._pairs[name] = made
            while len(self._pairs) > _KEPT:
                self._pairs.popitem(last=False)
        return made

    def match(
        self, first: ArrayLike, second: ArrayLike, drawings: Drawings = (None, None), decide: bool = False
    ) -> bytes | None:
        if decide:
            self.pair(first, second, drawings)
        with self._lock:
            return self._matches.get(_named(first, second, drawings))

    def know(self, first: ArrayLike, second: ArrayLike, match: bytes, drawings: Drawings = (None, None)) -> bool:
        name = _named(first, second, drawings)
        with self._lock:
            if self._matches.get(name) == match:
                return True
            self._pairs.pop(name, None)
        self._keep(name, match)
        return True

    def _keep(self, name: _Name, match: bytes) -> None:
        with self._lock:
            self._matches[name] = match
            self._matches.move_to_end(name)
            while len(self._matches) > _MATCHES_KEPT:
                self._matches.popitem(last=False)

    def _check(self, *shapes: tuple[int, ...]) -> None:
        for shape in shapes:
            if shape != (self.latent_size,):
                raise DoodleError(f"a key's latent has shape {shape}, not ({self.latent_size},); update the keys")

    def _spans(self, lines: Sequence[Line], others: Sequence[Line], same: bool, drawings: Drawings) -> list[Span]:
        a, b = cut(lines), cut(others)
        tints = tell_apart(a, b, drawings)
        if same and (tints is None or not np.diagonal(tints.unlike).any()):
            return [Span(k, k, np.array([0, line.length]), np.array([0, line.length])) for k, line in enumerate(lines)]
        if not lines or not others:
            gone = [Span(k, -1, np.array([0, line.length]), np.zeros(0)) for k, line in enumerate(lines)]
            return gone + [Span(-1, k, np.zeros(0), np.array([0, line.length])) for k, line in enumerate(others)]
        ahead, behind = self._likely(a.table, b.table, None if tints is None else tints.unlike)
        for mine, theirs in () if tints is None else tints.groups:
            # Lines of one colour among themselves: what the network takes for nearer is not there to be mistaken.
            own, back = self._likely(a.table[mine], b.table[theirs], None)
            ahead, behind = mixed(ahead, own, mine, theirs), mixed(behind, back, theirs, mine)
        return spans(lines, others, a, b, _scores(ahead, behind))

    def _likely(self, a: NDArray[np.float32], b: NDArray[np.float32], unlike: Floats | None) -> tuple[Floats, Floats]:
        """How likely pieces (Na, COLUMNS) and (Nb, COLUMNS) correspond, logarithms: each of the first to each of the
        second, and in the last column to nowhere, (Na, Nb + 1); the same from the second, (Nb, Na + 1). unlike
        (Na, Nb): how much less likely pairs are than the network says."""
        count = max(len(a), len(b))
        tables = [np.pad(table, ((0, count - len(table)), (0, 0)))[None] for table in (a, b)]
        there = [(np.arange(count) < len(table)).astype(np.float32)[None] for table in (a, b)]
        scores, out, back = self.engine.run(
            "matcher", first=tables[0], second=tables[1], there=there[0], there_too=there[1]
        )
        pairs = scores[0, : len(a), : len(b)].astype(np.float64)
        if unlike is not None:
            pairs -= unlike
        ahead = _log_softmax(np.column_stack([pairs, out[0, : len(a)]]))
        return ahead, _log_softmax(np.column_stack([pairs.T, back[0, : len(b)]]))

    def __call__(self, track: LatentTrack, positions: ArrayLike) -> Floats:
        """The latents of a track at positions: the Way of this model's tracks."""
        self._check(*(key.latent.shape for key in track.keys))
        segment, fraction = segments(positions, len(track.keys), track.closed)
        answer = np.empty((len(segment), self.latent_size), np.float32)
        for row, (index, s) in enumerate(zip(segment.tolist(), fraction.tolist(), strict=True)):
            following = (index + 1) % len(track.keys)
            if s == 0.0 or s == 1.0:
                answer[row] = track.latents[index if s == 0.0 else following]
                continue
            answer[row] = self._latent(*self.vertices(track, index, s))
        return answer.astype(np.float64)

    def vertices(self, track: LatentTrack, index: int, s: float) -> tuple[Paired, Floats]:
        """What a latent between two keys is made of: the keys of segment `index`, paired, and their vertices (V, 3) at
        fraction s in 0..1 of the way, shaken as the track says."""
        following = (index + 1) % len(track.keys)
        paired = self._pair_of(track, index, following)
        vertices = self._between(track, index, paired, s)
        if track.sigma > 0:
            amounts = track.shake([index], [s], SHAKE_SIZE)[0]
            vertices = shake(vertices, track.sigma * float(track.spread) * amounts)
        return paired, np.clip(vertices, -FARTHEST, FARTHEST)

    def _pair_of(self, track: LatentTrack, index: int, following: int) -> Paired:
        drawings = track.keys[index].drawing, track.keys[following].drawing
        return self.pair(track.latents[index], track.latents[following], drawings)

    def joined(self, track: LatentTrack, index: int, s: float) -> tuple[Paired, NDArray[np.int64]]:
        paired, vertices = self.vertices(track, index, s)
        return paired, _joined(paired, vertices)

    def _between(self, track: LatentTrack, index: int, paired: Paired, s: float) -> Floats:
        """The vertices at fraction s of segment `index`."""
        if track.method != "cubic":
            return draw_on(paired, walk(paired, [s], track.method)[0], 0.0 if track.method == "hold" else s)
        count, times = len(track.keys), track.times
        last = count if track.closed else count - 1
        period = float(times[-1]) - float(times[0])
        moments: list[float | None] = [None, float(times[index]), float(times[index + 1]), None]
        around: list[Floats | None] = [None, None]
        if index > 0 or track.closed:
            earlier = self._pair_of(track, index - 1, index)
            around[0] = _carried(paired, earlier, False)
            moments[0] = float(times[index - 1]) if index > 0 else float(times[-2]) - period
        if index + 1 < last or track.closed:
            following = (index + 1) % count
            later = self._pair_of(track, following, (following + 1) % count)
            around[1] = _carried(paired, later, True)
            moments[3] = float(times[index + 2]) if index + 2 < len(times) else float(times[1]) + period
        before, start, end, after = moments
        assert start is not None and end is not None
        walked = walk(paired, [s], "cubic", around[0], around[1], (before, start, end, after))[0]
        return draw_on(paired, walked, s)

    def _latent(self, paired: Paired, vertices: Floats) -> NDArray[np.float32]:
        rows = _joined(paired, vertices)
        return rows_to_latent(vertices[rows[:, 0]], vertices[rows[:, 1]], self.strokelets)


def _named(first: ArrayLike, second: ArrayLike, drawings: Drawings) -> _Name:
    one, two = (np.asarray(latent, np.float32).tobytes() for latent in (first, second))
    return one, two, palettes(drawings)


def _scores(ahead: Floats, behind: Floats) -> Scores:
    """From both keys' opinions: they must agree (the dual softmax of LoFTR, Sun et al. 2021)."""
    return Scores(
        np.maximum(ahead[:, :-1] + _BACK * behind[:, :-1].T, _LEAST),
        np.maximum(ahead[:, -1] * (1 + _BACK) - _DOUBT, _LEAST),
    )


def _joined(paired: Paired, vertices: Floats) -> NDArray[np.int64]:
    """Which vertices (V, 3) each row of a latent made of them joins, in its order: (R, 2)."""
    kept = _shaping(vertices, paired.runs)
    runs = paired.runs[kept]
    goes_on = runs[1:] == runs[:-1]
    starts = np.flatnonzero(goes_on)
    alone = np.concatenate([[True], ~goes_on]) & np.concatenate([~goes_on, [True]]) if len(runs) else goes_on
    lone = kept[alone]
    return np.stack([np.concatenate([kept[starts], lone]), np.concatenate([kept[starts + 1], lone])], axis=1)


def _shaping(vertices: Floats, runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices of the vertices that shape their run: not those that lie, within _SAME, between their neighbours.

    Lines drawn together have many vertices in one place, and the decoder looks at only so many strokelets a place.
    Every second may go, again and again while that thins out.
    """
    kept = np.arange(len(vertices))
    for _ in range(8):
        if len(kept) < 3:
            break
        begins = np.flatnonzero(np.diff(runs[kept], prepend=-1))
        rank = np.arange(len(kept)) - np.repeat(begins, np.diff(begins, append=len(kept)))
        middle = np.flatnonzero(rank[:-1] % 2)
        middle = middle[runs[kept[middle - 1]] == runs[kept[middle + 1]]]
        before, here, after = vertices[kept[middle - 1]], vertices[kept[middle]], vertices[kept[middle + 1]]
        whole, part = after - before, here - before
        square = (whole[:, :2] ** 2).sum(1)
        share = np.clip((whole[:, :2] * part[:, :2]).sum(1) / np.maximum(square, 1e-12), 0, 1)
        gone = np.abs(part - share[:, None] * whole).max(1) < _SAME
        if not gone.any():
            break
        kept = np.delete(kept, middle[gone])
    # What is left of a run that lies in one place is one dot.
    if len(kept) > 1:
        again = np.concatenate([[False], (runs[kept[1:]] == runs[kept[:-1]])])
        same = again & (np.abs(np.diff(vertices[kept], axis=0, prepend=np.inf)).max(1) < _SAME)
        kept = kept[~same]
    return kept


def _log_softmax(scores: Floats) -> Floats:
    """Along the last axis."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@lru_cache(maxsize=64)
def _carried(paired: Paired, other: Paired, later: bool) -> Floats:
    """Where the vertices of a pair of keys lie at the far key of the pair of keys after it or before it: (V, 3).

    Each vertex goes with the nearest ink that runs in its direction at the key that both pairs share; one without ink
    near stays where it is.
    """
    vertices = paired.second if later else paired.first
    here, there = (other.first, other.second) if later else (other.second, other.first)
    starts = other.strokelets
    if not len(starts) or not len(vertices):
        return vertices.copy()
    a, b = here[starts, :2], here[starts + 1, :2]
    along = b - a
    square = np.maximum((along**2).sum(1), 1e-9)
    share = np.clip(((vertices[:, None, :2] - a) * along).sum(2) / square, 0, 1)
    away = np.hypot(*(a + share[..., None] * along - vertices[:, None, :2]).transpose(2, 0, 1))
    own = _directions(vertices, paired)
    cosine = np.abs((own[:, None] * along).sum(2)) / np.sqrt(square)
    # Rounded: of two that are as near, the first is taken, whatever the last digits say on this machine.
    nearest = np.round(away + _CROSSES * (1 - cosine), 6).argmin(1)
    rows = np.arange(len(vertices))
    part = share[rows, nearest][:, None]
    moved = (1 - part) * (there - here)[starts[nearest]] + part * (there - here)[starts[nearest] + 1]
    return vertices + np.where(away[rows, nearest][:, None] < _NEAR, moved, 0.0)


def _directions(vertices: Floats, paired: Paired) -> Floats:
    """Unit direction of the line at each vertex, (V, 2); (0, 0) where there is none."""
    across = np.zeros((len(vertices), 2))
    starts = paired.strokelets
    step = vertices[starts + 1, :2] - vertices[starts, :2]
    across[starts] += step
    across[starts + 1] += step
    size = np.hypot(*across.T)[:, None]
    return np.where(size > 1e-9, across / np.maximum(size, 1e-9), 0.0)
