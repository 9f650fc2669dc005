"""Partners that are known, carried over to corrected drawings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import Contour, contours_of
from doodle_core.matching.correspondence import Span
from doodle_core.matching.storage import from_bytes, to_bytes
from doodle_core.partners import carried, chained

NONE = np.zeros(0)


def row(*heights: float, points: int = 3) -> Drawing:
    """A level line at each height."""
    return Drawing.make([np.stack([np.linspace(0.2, 0.8, points), np.full(points, h)], axis=1) for h in heights], 0.01)


def whole(line: int, other: int, drawings: tuple[Drawing, Drawing]) -> Span:
    one, two = contours_of(drawings[0])[line], contours_of(drawings[1])[other]
    return Span(line, other, one.lengths[[0, -1]], two.lengths[[0, -1]])


def by_height(first: Drawing, second: Drawing) -> list[Span]:
    """Lines at the same height are partners."""
    heights = [[float(drawing.points[o, 1]) for o in drawing.offsets[:-1]] for drawing in (first, second)]
    found = []
    for line, height in enumerate(heights[0]):
        others = [k for k, one in enumerate(heights[1]) if abs(one - height) < 0.01]
        found += [whole(line, other, (first, second)) for other in others]
    return found


def pairs(spans: Sequence[Span]) -> set[tuple[int, int]]:
    return {(span.line, span.other) for span in spans}


def test_what_is_left_of_a_drawing_keeps_its_partners() -> None:
    """The second of three lines is gone, one is new: a new line at the other key is its partner."""
    old = row(0.2, 0.4, 0.6), row(0.6, 0.2, 0.4)
    spans = [whole(n, n, old) for n in range(3)]  # not as the heights would have it
    new = row(0.6, 0.2, 0.9), row(0.6, 0.2, 0.4, 0.9)
    found = carried(spans, old, new, by_height)
    assert pairs(found) == {(0, 2), (1, 0), (2, 3), (-1, 1)}
    assert from_bytes(to_bytes(found), contours_of(new[0]), contours_of(new[1])) is not None


def test_drawings_that_did_not_change_are_not_matched() -> None:
    old = row(0.2), row(0.4)
    spans = [whole(0, 0, old)]
    (found,) = carried(spans, old, old, lambda *_: pytest.fail("nothing is to be matched"))
    assert found is spans[0]


def test_a_line_that_is_half_gone_keeps_a_partner_for_its_half() -> None:
    old = row(0.2), row(0.2)
    half = Drawing.make([[(0.2, 0.2), (0.5, 0.2)]], 0.01)
    length = contours_of(half)[0].length
    onward = [Span(0, 0, np.array([0, length]), np.array([0, length]))]
    found = carried([whole(0, 0, old)], old, (old[0], half), lambda *_: onward)
    assert sorted((span.line, span.other, span.here.tolist()) for span in found) == [
        (0, -1, pytest.approx([length, 2 * length], abs=1e-4)),
        (0, 0, pytest.approx([0, length], abs=1e-4)),
    ]


angles = st.floats(0, 6.28)


@settings(max_examples=60, deadline=None)
@given(angles, angles, st.booleans(), st.booleans())
def test_closed_contours_go_round_as_one(start: float, other: float, back: bool, again: bool) -> None:
    """Whatever vertex they begin at and whichever way they run: places that meet in the middle meet at the ends."""

    def ring(begin: float, backwards: bool) -> Contour:
        turn = begin + np.linspace(0, 2 * np.pi, 90, endpoint=False) * (-1 if backwards else 1)
        return Contour(10 * np.stack([np.cos(turn), np.sin(turn)], axis=1), True)

    first, middle, last = ring(0, False), ring(start, back), ring(other, again)

    def between(one: Contour, two: Contour, shift: float, reverse: bool) -> Span:
        """Where places at the same angle lie; `shift`: the angle from the one's first vertex to the other's."""
        along = np.array([0, one.length])
        begin = -shift / (2 * np.pi) * two.length
        return Span(0, 0, along, begin + (-along if reverse else along))

    one = between(first, middle, start * (-1 if back else 1), back)
    two = between(middle, last, (other - start) * (-1 if again else 1), back != again)
    (found,) = chained([one], [two], [middle], [last])
    assert found.here[-1] - found.here[0] == pytest.approx(first.length, rel=1e-6)
    places = first.at(found.here), last.at(found.there)
    assert np.abs(places[0] - places[1]).max() < 0.1
