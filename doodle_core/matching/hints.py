"""What the artist says of a key's shapes: which became which, which stay by themselves, which move as one piece.

Hints belong to a key. What two neighbouring keys' hints say together are the constraints of their matching: a link is
made of two ends of one number, one at either key.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from doodle_core.drawing import Drawing
from doodle_core.errors import DoodleError

__all__ = ["LEAVING", "NO_CONSTRAINTS", "Constraints", "Hints", "Link", "LinkEnd", "constraints_of"]

Place: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class LinkEnd:
    """One end of a link.

    Parameters
    ----------
    number : int
        Two ends of one number at neighbouring keys are a link.
    shape : int
        Index in the key's drawing.
    place : (float, float)
        Canvas units, on that shape or near it.

    Raises
    ------
    DoodleError
        For a place that is not a number.
    """

    number: int
    shape: int
    place: Place

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for value in self.place):
            raise DoodleError(f"link {self.number} has an end at {self.place}; draw it again")


@dataclass(frozen=True)
class Hints:
    """What the artist said of one key's shapes.

    Parameters
    ----------
    links : tuple of LinkEnd
    alone : frozenset of int
        Shapes that are not matched: they hold, then vanish or appear.
    groups : tuple of (int, frozenset of int)
        Numbers, and shapes: those of one number, at either key, move as one piece.
    """

    links: tuple[LinkEnd, ...] = ()
    alone: frozenset[int] = frozenset()
    groups: tuple[tuple[int, frozenset[int]], ...] = ()

    def of(self, shapes: Mapping[int, int]) -> Hints:
        """The hints of some shapes, which are numbered anew: `shapes` has the new number of each."""
        return Hints(
            tuple(LinkEnd(end.number, shapes[end.shape], end.place) for end in self.links if end.shape in shapes),
            frozenset(shapes[shape] for shape in self.alone if shape in shapes),
            tuple(
                (number, frozenset(shapes[shape] for shape in own if shape in shapes))
                for number, own in self.groups
                if any(shape in shapes for shape in own)
            ),
        )


@dataclass(frozen=True)
class Link:
    """This place of a shape of the first key became that place of a shape of the second. Places in canvas units."""

    shape: int
    other: int
    place: Place
    goal: Place


@dataclass(frozen=True)
class Constraints:
    """What the hints of two neighbouring keys ask of their matching.

    Parameters
    ----------
    links : tuple of Link
    alone : two frozensets of int
        Shapes of either key that have no partner.
    groups : tuple of two frozensets of int
        Shapes of the first key, and of the second, that move as one piece; either may be empty.
    """

    links: tuple[Link, ...] = ()
    alone: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())
    groups: tuple[tuple[frozenset[int], frozenset[int]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.links or self.alone[0] or self.alone[1] or self.groups)

    @property
    def digest(self) -> str:
        """Hexadecimal digits that differ where constraints do; empty where there are none."""
        if not self:
            return ""
        alone, groups = ([sorted(own) for own in side] for side in (self.alone, [s for g in self.groups for s in g]))
        links = [(link.shape, link.other, *link.place, *link.goal) for link in self.links]
        return hashlib.sha256(repr((links, alone, groups)).encode()).hexdigest()[:16]

    @property
    def settled(self) -> tuple[frozenset[int], frozenset[int]]:
        """Shapes of either key whose partner is given, or that have none."""
        links = frozenset(link.shape for link in self.links), frozenset(link.other for link in self.links)
        return links[0] | self.alone[0], links[1] | self.alone[1]

    def part(self, shapes: tuple[Mapping[int, int], Mapping[int, int]]) -> Constraints:
        """Those of some shapes of either key, which are numbered anew."""
        one, two = shapes
        return Constraints(
            tuple(
                Link(one[link.shape], two[link.other], link.place, link.goal)
                for link in self.links
                if link.shape in one and link.other in two
            ),
            (_numbered(self.alone[0], one), _numbered(self.alone[1], two)),
            tuple((_numbered(own, one), _numbered(other, two)) for own, other in self.groups),
        )


NO_CONSTRAINTS = Constraints()
LEAVING = 0.25
"""Links may say that such a part of the drawing leaves, and another comes."""


def constraints_of(first: Hints | None, second: Hints | None, drawings: tuple[Drawing, Drawing]) -> Constraints:
    """What two keys' hints say together.

    What cannot be is passed over: shapes that a drawing does not have, and a link of a line and an area or from layer
    to layer. A shape that is linked is not alone, and neither is the line round an area that is.
    """
    if first is None and second is None:
        return NO_CONSTRAINTS
    one, two = first or Hints(), second or Hints()
    ends = {end.number: end for end in reversed(two.links)}
    links, used = [], set()
    for end in one.links:
        other = ends.get(end.number)
        if other is not None and end.number not in used and _possible(drawings, end.shape, other.shape):
            used.add(end.number)
            links.append(Link(end.shape, other.shape, end.place, other.place))
    linked = {link.shape for link in links}, {link.other for link in links}
    alone = tuple(
        frozenset(
            shape
            for shape in hints.alone
            if 0 <= shape < len(drawing) and not any(_one(drawing, shape, other) for other in own)
        )
        for hints, drawing, own in zip((one, two), drawings, linked, strict=True)
    )
    groups = []
    for number in dict.fromkeys([number for number, _ in (*one.groups, *two.groups)]):
        sides = tuple(
            frozenset(s for n, own in hints.groups if n == number for s in own if 0 <= s < len(drawing))
            for hints, drawing in zip((one, two), drawings, strict=True)
        )
        if len(sides[0]) + len(sides[1]) > 1:
            groups.append((sides[0], sides[1]))
    return Constraints(tuple(links), (alone[0], alone[1]), tuple(groups))


def _possible(drawings: tuple[Drawing, Drawing], shape: int, other: int) -> bool:
    one, two = drawings
    if not (0 <= shape < len(one) and 0 <= other < len(two)):
        return False
    assert one.layers is not None and two.layers is not None  # a drawing fills them in
    return bool(one.areas[shape] == two.areas[other] and one.layers[shape] == two.layers[other])


def _one(drawing: Drawing, shape: int, other: int) -> bool:
    """Whether two shapes are the same, or an area and the line round it."""
    if shape == other:
        return True
    ends = [drawing.offsets[drawing.shapes[[s, s + 1]]] for s in (shape, other)]
    one, two = (drawing.points[low:high] for low, high in ends)
    return len(one) == len(two) > 0 and bool((one == two).all())


def _numbered(shapes: frozenset[int], numbers: Mapping[int, int]) -> frozenset[int]:
    return frozenset(numbers[shape] for shape in shapes if shape in numbers)
