"""The model whose latent is the whole drawing: read, matched between keys, and painted.

A key's drawing is its latent as it is, so a key comes back exactly. What has to be found is what moves where: small
drawings of lines are matched by a network that was taught on doodles whose motion is known (`network`), line by line
(`correspondence`); areas and drawings of many lines shape by shape (`shapes`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.cache import give_back
from doodle_core.drawing import Drawing, Picture, Shown, digest
from doodle_core.engines import Engine
from doodle_core.errors import DoodleError
from doodle_core.geometry.contour import Contour, contours_of
from doodle_core.inbetween.alignment import align
from doodle_core.inbetween.posing import Inbetweens
from doodle_core.matching import shapes
from doodle_core.matching.certainty import of_pieces
from doodle_core.matching.colours import mixed, tell_apart
from doodle_core.matching.confidence import of_shapes
from doodle_core.matching.correspondence import Scores, Span, spans
from doodle_core.matching.energy import energy
from doodle_core.matching.evidence import MOSTLY, order_kept
from doodle_core.matching.hints import Constraints, constraints_of
from doodle_core.matching.large import MOST, in_parts
from doodle_core.matching.linking import held, linked
from doodle_core.matching.registration import carried
from doodle_core.matching.seams import closed_by_hand, cut_at_seams
from doodle_core.matching.storage import from_bytes, to_bytes
from doodle_core.matching.stretches import anchors, by_stretches
from doodle_core.matching.surrounding import contradicted
from doodle_core.matching.tokens import Tokens, cut
from doodle_core.model import DoodleModel, ModelCard
from doodle_core.track import LatentKey

if TYPE_CHECKING:
    from doodle_core.reading.settings import Reading

__all__ = ["StrokeModel"]

Floats: TypeAlias = NDArray[np.float64]
Name: TypeAlias = tuple[str, str, str]
"""Digests of two drawings, and of what their keys' hints say together."""

_VERTICES_KEPT = 220_000  # of all aligned keys in memory, about 310 bytes each
_MANY = 3000  # vertices
_MATCHES_KEPT = 2048  # what became what between two keys
_BACK = 0.5  # how much the second key's opinion counts beside the first's
_DOUBT = 1.0  # how much less likely "none" is taken to be than the network says: drawings seldom lose lines
_LEAST = -12.0  # no score is worse: the network's certainty has its limits
_FAVOUR = 0.05  # of the length of a drawing: how much more lines may bend that are matched stretch by stretch
_IN_TURN = 0.03  # of its length: how much more it may bend where each contour became the one of its number
_ONE_BY_ONE = 8  # links: of no more, each adds to what was found without it
_LINKED = 0.2  # and how much more whole shapes may, for each link of the artist's,
_BEFORE = 0.1  # and beside that what was found before the last of them
_MARGIN = 0.5  # model pixels of contour bent: less is no difference
_PULL, _ABOUT = 1.0, 3.0  # how much less likely a pair is so many model pixels from where links lead to expect it
_EXCLUDED = 30.0  # and one that they exclude
_MOST_LINES = 24  # of either key, and
_MOST_LENGTH = 420.0  # model pixels of line: of more, the network sees too little


class StrokeModel(DoodleModel):
    """Drawings as latents; see this file's description."""

    DRAWS = True

    def __init__(self, card: ModelCard, engine: Engine, reader: Engine | None = None) -> None:
        """reader: the engine whose folder holds the reader of pictures, if that is another."""
        super().__init__(card, engine)
        self.reader = reader or engine
        # By the identity of the drawings, which are kept beside what was made of them.
        self._kept: OrderedDict[tuple[int, int, str], tuple[Drawing, Drawing, Inbetweens]] = OrderedDict()
        self._vertices = 0
        self._matches: OrderedDict[Name, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def _encode(self, drawings: Sequence[Shown], reading: Reading | None = None) -> list[Drawing]:
        return [self._read(shown, reading) if isinstance(shown, Picture) else shown for shown in drawings]

    def _read(self, picture: Picture, reading: Reading | None) -> Drawing:
        """The drawing of a picture."""
        from doodle_core.reading.reader import read  # slow to import, and strokes need none of it
        from doodle_core.reading.seeing import seen

        return read(picture, partial(seen, self.reader), reading)

    def inbetweens(self, first: LatentKey, second: LatentKey) -> Inbetweens:
        """The in-betweens of two keys, matched at the first call; kept for the next time."""
        one, two, asked = _latent(first), _latent(second), _asked(first, second)
        name = id(one), id(two), asked.digest
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name][2]
        made = Inbetweens(align(one, two, self._spans(one, two, asked)), asked)
        with self._lock:
            if name not in self._kept:
                self._kept[name] = one, two, made
                self._vertices += len(made.aligned.first)
            while self._vertices > _VERTICES_KEPT and len(self._kept) > 2:
                _, (_, _, dropped) = self._kept.popitem(last=False)
                self._vertices -= len(dropped.aligned.first)
        if len(made.aligned.first) > _MANY:
            give_back()  # matching works on tables of all shapes with all
        return made

    def match(self, first: LatentKey, second: LatentKey, decide: bool = False) -> bytes | None:
        name = _name(first, second)
        if decide and self._known(name) is None:
            self._spans(_latent(first), _latent(second), _asked(first, second))
        return self._known(name)

    def confidence(self, first: LatentKey, second: LatentKey) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        one, two = _latent(first), _latent(second)
        return of_shapes(self._spans(one, two, _asked(first, second)), (one, two))

    def know(self, first: LatentKey, second: LatentKey, match: bytes) -> bool:
        name = _name(first, second)
        if self._known(name) != match:
            with self._lock:
                self._forget((id(_latent(first)), id(_latent(second)), name[2]))
            self._keep(name, match)
        return True

    def _known(self, name: Name) -> bytes | None:
        with self._lock:
            return self._matches.get(name)

    def _keep(self, name: Name, match: bytes) -> None:
        with self._lock:
            self._matches[name] = match
            self._matches.move_to_end(name)
            while len(self._matches) > _MATCHES_KEPT:
                self._matches.popitem(last=False)

    def _forget(self, name: tuple[int, int, str]) -> None:
        dropped = self._kept.pop(name, None)
        if dropped is not None:
            self._vertices -= len(dropped[2].aligned.first)

    def _spans(self, one: Drawing, two: Drawing, asked: Constraints) -> list[Span]:
        """What became what: as it was decided before, where that is known."""
        name = digest(one), digest(two), asked.digest
        known = self._known(name)
        if known is not None:
            stored = from_bytes(known, contours_of(one), contours_of(two))
            if stored is not None:
                return stored
        found = self._found(one, two, asked)
        self._keep(name, to_bytes(found))
        return found

    def _found(self, one: Drawing, two: Drawing, asked: Constraints) -> list[Span]:
        if not asked and (one is two or digest(one) == digest(two)):
            return _same(one)
        before: list[Span] = []
        if asked.links:
            fewer = asked.links[:-1] if len(asked.links) <= _ONE_BY_ONE else ()
            without = self._spans(one, two, replace(asked, links=fewer))
            before = linked(without, (one, two), asked)
            if held(without, (one, two), asked):  # a link that confirms changes nothing else
                return before
        by_shape = in_parts(one, two, shapes.match, asked)
        if max(len(one), len(two)) > MOST:  # links from part to part
            by_shape = linked(by_shape, (one, two), asked)
        own = contours_of(one), contours_of(two)
        length = sum(contour.length for side in own for contour in side) / 2
        # The other ways know less of what links say of their surroundings.
        favour = _LINKED * len(asked.links) or _IN_TURN * _in_turn(by_shape, own)
        found = [(by_shape, _MARGIN + favour * length)]
        small = _is_small(one, own[0]) and _is_small(two, own[1])
        # Lines that were whole without the last link stay whole.
        if not _in_order(by_shape) and (not before or _has_cuts(before)):
            cut_up = by_stretches(one, two, by_shape, asked)
            if cut_up is not None:
                found.append((of_pieces(cut_up, by_shape, "stretches"), 0.0 if small else _FAVOUR * length))
        if small:
            lines = of_pieces(self._by_line((one, two), own, by_shape, asked), by_shape, "network")
            found.append((linked(lines, (one, two), asked), 0.0))
        if before:  # what was found before the last link may be better than all that it leads to
            found.append((before, (favour + _BEFORE) * length))
        if len(found) == 1:
            return by_shape
        # The one that deforms the drawing least; whole shapes where there is no difference to speak of.
        costs = [
            energy(align(one, two, some)) + contradicted(some, (one, two), asked) - favour for some, favour in found
        ]
        return found[int(np.argmin(costs))][0]

    def _by_line(
        self,
        drawings: tuple[Drawing, Drawing],
        own: tuple[list[Contour], list[Contour]],
        by_shape: Sequence[Span],
        asked: Constraints,
    ) -> list[Span]:
        """What became what by the network, for contours of lines that it can see all of. Where the artist said
        something, things are expected where whole shapes took what is round them."""
        # Contours without vertices are no lines.
        seen = [
            [c for c, contour in enumerate(side) if len(contour.points) and number[c] not in alone]
            for side, number, alone in zip(own, (d.shape_of_contour for d in drawings), asked.alone, strict=True)
        ]
        opened = [[side[c] for c in some] for side, some in zip(own, seen, strict=True)]
        closed = [[closed_by_hand(contour) for contour in side] for side in opened]
        a, b = cut(closed[0]), cut(closed[1])
        unlike = _contrary((a, b), seen, drawings, anchors(by_shape, own, 1.0), asked) if asked else None
        found = self._followed((closed[0], closed[1]), (a, b), unlike)
        lone = [s for s in by_shape if s.other < 0 and s.line >= 0 and s.line not in seen[0]]
        lone += [s for s in by_shape if s.line < 0 and s.other >= 0 and s.other not in seen[1]]
        return lone + [
            replace(
                span,
                line=seen[0][span.line] if span.line >= 0 else -1,
                other=seen[1][span.other] if span.other >= 0 else -1,
            )
            for span in cut_at_seams(found, (closed[0], closed[1]), (opened[0], opened[1]))
        ]

    def _followed(
        self, contours: tuple[list[Contour], list[Contour]], tokens: tuple[Tokens, Tokens], contrary: Floats | None
    ) -> list[Span]:
        """Lines that follow lines, by the network's scores less what speaks against them, (Na, Nb)."""
        (lines, others), (a, b) = contours, tokens
        if not lines or not others:
            gone = [Span(k, -1, np.array([0, line.length]), np.zeros(0)) for k, line in enumerate(lines)]
            return gone + [Span(-1, k, np.zeros(0), np.array([0, line.length])) for k, line in enumerate(others)]
        tints = tell_apart(a, b, lines, others)
        against = np.zeros((len(a), len(b))) if contrary is None else contrary
        unlike = against if tints is None else tints.unlike + against
        ahead, behind = self._likely(a.table, b.table, unlike)
        for mine, theirs in () if tints is None else tints.groups:
            # Lines of one colour among themselves: what the network takes for nearer is not there to be mistaken.
            own, back = self._likely(a.table[mine], b.table[theirs], against[np.ix_(mine, theirs)])
            ahead, behind = mixed(ahead, own, mine, theirs), mixed(behind, back, theirs, mine)
        return spans(lines, others, a, b, _scores(ahead, behind))

    def _likely(self, a: NDArray[np.float32], b: NDArray[np.float32], unlike: Floats) -> tuple[Floats, Floats]:
        """How likely tokens (Na, COLUMNS) and (Nb, COLUMNS) correspond, logarithms: each of the first to each of the
        second, and in the last column to none, (Na, Nb + 1); the same from the second, (Nb, Na + 1). unlike (Na, Nb):
        how much less likely pairs are than the network says."""
        count = max(len(a), len(b))
        tables = [np.pad(table, ((0, count - len(table)), (0, 0)))[None] for table in (a, b)]
        there = [(np.arange(count) < len(table)).astype(np.float32)[None] for table in (a, b)]
        scores, out, back = self.engine.run(
            "matcher", first=tables[0], second=tables[1], there=there[0], there_too=there[1]
        )
        pairs = scores[0, : len(a), : len(b)].astype(np.float64) - unlike
        ahead = _log_softmax(np.column_stack([pairs, out[0, : len(a)]]))
        return ahead, _log_softmax(np.column_stack([pairs.T, back[0, : len(b)]]))


def _latent(key: LatentKey) -> Drawing:
    if not isinstance(key.latent, Drawing):
        raise DoodleError(f"the key at time {key.time:g} was made by another kind of model; update the keys")
    return key.latent


def _asked(first: LatentKey, second: LatentKey) -> Constraints:
    return constraints_of(first.hints, second.hints, (_latent(first), _latent(second)))


def _name(first: LatentKey, second: LatentKey) -> Name:
    return digest(_latent(first)), digest(_latent(second)), _asked(first, second).digest


def _contrary(
    tokens: tuple[Tokens, Tokens],
    seen: Sequence[Sequence[int]],
    drawings: tuple[Drawing, Drawing],
    known: tuple[NDArray[np.complex128], NDArray[np.complex128]],
    asked: Constraints,
) -> Floats:
    """What speaks against pairs of tokens (Na, Nb), as a logarithm: that one is of a linked shape and the other not of
    its partner; and how far they are from where known places took what is round them."""
    places = [side.place.astype(np.float64) @ (1, 1j) for side in tokens]
    answer = np.zeros((len(tokens[0]), len(tokens[1])))
    if len(known[0]) and answer.size:
        off = np.abs(np.subtract.outer(carried(places[0], known), places[1]))
        answer += _PULL * np.log1p((off / _ABOUT) ** 2)
    shape = [
        drawing.shape_of_contour[np.asarray(some, np.int64)[side.line]] if len(side) else np.zeros(0, np.int64)
        for drawing, some, side in zip(drawings, seen, tokens, strict=True)
    ]
    for link in asked.links:
        own, other = shape[0] == link.shape, shape[1] == link.other
        answer[own[:, None] != other[None]] += _EXCLUDED
    return answer


def _is_small(drawing: Drawing, contours: Sequence[Contour]) -> bool:
    """Whether it is lines, so few that the network sees all of them."""
    return (
        not drawing.areas.any()
        and len(contours) <= _MOST_LINES
        and sum(contour.length for contour in contours) <= _MOST_LENGTH
        and bool((np.diff(drawing.shapes) == 1).all())
    )


def _in_order(found: Sequence[Span]) -> bool:
    """Whether contours became contours in the order of the list, as those of a copied or retraced key do."""
    pairs = sorted((span.line, span.other) for span in found if span.line >= 0 and span.other >= 0)
    return order_kept(np.array([other for _, other in pairs], np.int64)) >= MOSTLY


def _in_turn(found: Sequence[Span], own: tuple[list[Contour], list[Contour]]) -> bool:
    """Whether each contour became the one of its number, as where a pose was drawn again by habit, line by line."""
    return len(own[0]) == len(own[1]) > 1 and all(span.line == span.other for span in found)


def _has_cuts(found: Sequence[Span]) -> bool:
    """Whether a contour of the first key lies on several stretches."""
    lines = [span.line for span in found if span.line >= 0]
    return len(set(lines)) < len(lines)


def _same(drawing: Drawing) -> list[Span]:
    found = []
    for number, contour in enumerate(contours_of(drawing)):
        if len(contour.points):
            found.append(Span(number, number, contour.lengths[[0, -1]], contour.lengths[[0, -1]]))
    return found


def _scores(ahead: Floats, behind: Floats) -> Scores:
    """From both keys' opinions: they must agree (the dual softmax of LoFTR, Sun et al. 2021)."""
    return Scores(
        np.maximum(ahead[:, :-1] + _BACK * behind[:, :-1].T, _LEAST),
        np.maximum(ahead[:, -1] * (1 + _BACK) - _DOUBT, _LEAST),
    )


def _log_softmax(scores: Floats) -> Floats:
    """Along the last axis."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    answer: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return answer
