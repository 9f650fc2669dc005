"""How many links ambiguous keys need until they are right: `python -m benchmarks.links`.

Ten pairs of keys that two answers fit, of which the artist means the one that is farther to find. The shapes of the
second key are in another order, so that order tells nothing. While a shape has another partner than it should, a link
is drawn as an artist would: from the middle of the longest shape that is wrong to the middle of the one that it
becomes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.drawing import Drawing
from doodle_core.drawing.picking import on_shape
from doodle_core.matching.hints import Hints, LinkEnd
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey

__all__ = ["PAIRS", "Outcome", "Pair", "report", "tried"]

Line = NDArray[np.float64]
MOST = 4
"""Links after which a pair is given up."""
_SPACING = 0.008  # canvas units from vertex to vertex, as a brush leaves them


@dataclass(frozen=True)
class Pair:
    """Two keys, of which the first's shapes become the second's in their order.

    Parameters
    ----------
    name : str
    first, second : sequences of (N, 2) arrays
        Lines in canvas units; those that end where they begin are closed.
    """

    name: str
    first: Sequence[Line]
    second: Sequence[Line]

    @property
    def order(self) -> NDArray[np.int64]:
        """The number that each shape has in the second drawing."""
        return np.random.default_rng(len(self.name)).permutation(len(self.second))

    @property
    def drawings(self) -> tuple[Drawing, Drawing]:
        placed = [self.second[number] for number in np.argsort(self.order)]
        return Drawing.make(list(self.first), radii=0.006), Drawing.make(placed, radii=0.006)


@dataclass(frozen=True)
class Outcome:
    """What became of a pair: how many of its shapes were wrong without a link, after one, and in the end, and how many
    links there were then."""

    pair: Pair
    before: int
    after_one: int
    left: int
    links: int


def tried(model: DoodleModel, pair: Pair) -> Outcome:
    """Link until it is right."""
    drawings, order = pair.drawings, pair.order
    lengths = [float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in pair.first]
    links: list[tuple[LinkEnd, LinkEnd]] = []
    wrong = [_wrong(model, drawings, links, order)]
    while wrong[-1] and len(links) < MOST:
        linked = {one.shape for one, _ in links}
        shape = max(wrong[-1], key=lambda number: (number not in linked, lengths[number]))
        other, number = int(order[shape]), len(links) + 1
        ends = zip(drawings, (shape, other), strict=True)
        start, goal = (LinkEnd(number, own, on_shape(drawing, own)) for drawing, own in ends)
        links.append((start, goal))
        wrong.append(_wrong(model, drawings, links, order))
    return Outcome(pair, len(wrong[0]), len(wrong[min(1, len(wrong) - 1)]), len(wrong[-1]), len(links))


def _wrong(
    model: DoodleModel,
    drawings: tuple[Drawing, Drawing],
    links: Sequence[tuple[LinkEnd, LinkEnd]],
    order: NDArray[np.int64],
) -> list[int]:
    """The shapes of the first key that become another one, several, or nothing."""
    first, second = (
        LatentKey(drawing, float(side), drawing, hints=Hints(tuple(pair[side] for pair in links)))
        for side, drawing in enumerate(drawings)
    )
    _, origins = model.inbetweens(first, second).at(0.4, "linear", None)
    becomes: dict[int, set[int]] = {}
    for before, after in origins.tolist():
        if before >= 0:
            becomes.setdefault(before, set()).add(after)
    return [shape for shape, other in enumerate(order.tolist()) if becomes.get(shape) != {other}]


def report(outcomes: Sequence[Outcome]) -> str:
    """The table, as Markdown."""
    rows = [
        "| pair | shapes | wrong without links | wrong after one link | links until right |",
        "|---|---:|---:|---:|---:|",
    ]
    for one in outcomes:
        links = str(one.links) if not one.left else f"not with {one.links}: {one.left} wrong"
        rows.append(f"| {one.pair.name} | {len(one.pair.first)} | {one.before} | {one.after_one} | {links} |")
    return "\n".join(rows)


# The pairs


def _bow(*corners: ArrayLike) -> Line:
    """A curve from the first to the last of two or three points, bent towards the middle one."""
    points = np.asarray(corners, np.float64)
    if len(points) == 2:
        points = np.insert(points, 1, points.mean(axis=0), axis=0)
    share = np.linspace(0, 1, 2 + int(np.hypot(*np.diff(points, axis=0).T).sum() / _SPACING))[:, None]
    a, b, c = points
    curve: Line = (1 - share) ** 2 * a + 2 * share * (1 - share) * b + share**2 * c
    return curve


def _ring(x: float, y: float, radius: float, start: float = 0.0) -> Line:
    angle = start + np.linspace(0, 2 * np.pi, 3 + int(2 * np.pi * radius / _SPACING))
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def _turned(lines: Sequence[Line], degrees: float, centre: tuple[float, float] = (0.5, 0.5)) -> list[Line]:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return [(line - centre) @ turn + centre for line in lines]


def _person(arms: Sequence[Line], legs: Sequence[Line], lean: float = 0.0) -> list[Line]:
    return [_ring(0.5 + lean, 0.25, 0.08), _bow((0.5 + lean / 2, 0.33), (0.5, 0.6)), *arms, *legs]


def _limbs(start: tuple[float, float], *ends: tuple[ArrayLike, ArrayLike]) -> list[Line]:
    return [_bow(start, bend, end) for bend, end in ends]


_SHOULDER, _HIP = (0.5, 0.38), (0.5, 0.6)
_STANDING = _limbs(_HIP, ((0.46, 0.75), (0.4, 0.9)), ((0.54, 0.75), (0.6, 0.9)))
_STEPPED = _limbs(_HIP, ((0.47, 0.75), (0.44, 0.9)), ((0.54, 0.75), (0.63, 0.9)))
_WIDE = _limbs(_SHOULDER, ((0.4, 0.4), (0.26, 0.46)), ((0.6, 0.4), (0.74, 0.46)))


def _arms(name: str, *ends: tuple[ArrayLike, ArrayLike]) -> Pair:
    return Pair(name, _person(_WIDE, _STANDING), _person(_limbs(_SHOULDER, *ends), _STEPPED, 0.01))


def _legs() -> Pair:
    """From the side: what was in front is behind."""
    arms = _limbs(_SHOULDER, ((0.46, 0.5), (0.48, 0.62)), ((0.53, 0.5), (0.56, 0.6)))
    apart = _limbs(_HIP, ((0.44, 0.74), (0.36, 0.88)), ((0.6, 0.73), (0.64, 0.88)))
    passed = _limbs(_HIP, ((0.59, 0.74), (0.65, 0.88)), ((0.45, 0.73), (0.37, 0.89)))
    return Pair("legs that pass each other", _person(arms, apart), _person(arms, passed, 0.02))


def _posts() -> Pair:
    posts = [_bow((0.24 + 0.13 * number, 0.3), (0.24 + 0.13 * number, 0.7)) for number in range(5)]
    return Pair("five posts of a merry-go-round, after half a turn", posts, posts[::-1])


def _spokes() -> Pair:
    spokes = [_bow((0.5, 0.5), (0.5 + 0.3 * np.cos(a), 0.5 + 0.3 * np.sin(a))) for a in np.arange(6) * np.pi / 3]
    return Pair("a wheel of six spokes, turned by 45 degrees", [_ring(0.5, 0.5, 0.32), *spokes],
                [_ring(0.5, 0.5, 0.32), *_turned(spokes, 45)])  # fmt: skip


def _balls() -> Pair:
    places = [(0.5 + 0.2 * np.cos(a), 0.5 + 0.2 * np.sin(a)) for a in np.arange(3) * 2 * np.pi / 3]
    balls = [_ring(x, y, 0.07) for x, y in places]
    return Pair("three balls, juggled", balls, _turned(balls, 115))


def _face() -> Pair:
    face = [
        _ring(0.5, 0.5, 0.3),
        _ring(0.4, 0.42, 0.03),
        _ring(0.6, 0.42, 0.03),
        _bow((0.4, 0.62), (0.5, 0.7), (0.6, 0.62)),
    ]
    return Pair("a face that turns upside down", face, _turned(face, 170))


def _hands() -> Pair:
    def at(*degrees: float) -> list[Line]:
        return [_bow((0.5, 0.5), *_turned([np.array([[0.5, 0.2]])], -angle)[0]) for angle in degrees]

    return Pair("hands of a clock, one past the other", [_ring(0.5, 0.5, 0.33), *at(20, 70)],
                [_ring(0.5, 0.5, 0.33), *at(80, 12)])  # fmt: skip


def _blades() -> Pair:
    def open_by(degrees: float) -> list[Line]:
        blade = _bow((0.5, 0.85), (0.5, 0.15))
        return [*_turned([blade], degrees), *_turned([blade], -degrees)]

    return Pair("scissors, closed beyond and open again", open_by(30), open_by(-28))


PAIRS: tuple[Callable[[], Pair], ...] = (
    lambda: _arms("arms that cross over the head", ((0.42, 0.2), (0.6, 0.08)), ((0.58, 0.2), (0.4, 0.08))),
    lambda: _arms("both arms to one side", ((0.62, 0.44), (0.72, 0.54)), ((0.6, 0.32), (0.74, 0.24))),
    lambda: _arms("arms past each other", ((0.6, 0.46), (0.45, 0.6)), ((0.4, 0.46), (0.54, 0.6))),
    _legs,
    _posts,
    _spokes,
    _balls,
    _face,
    _hands,
    _blades,
)


def main() -> None:
    model = DoodleModel.load(threads=1)
    outcomes = [tried(model, make()) for make in PAIRS]
    print(report(outcomes))
    right = [one for one in outcomes if not one.left]
    print(f"\n{len(right)} of {len(outcomes)} are right with {sum(one.links for one in right)} links in all.")


if __name__ == "__main__":
    main()
