"""Lines that a hand closed are matched as closed, and stay open where they were drawn open."""

import numpy as np
import pytest

from doodle_core.geometry.contour import Contour
from doodle_core.matching.correspondence import Span
from doodle_core.matching.seams import closed_by_hand, cut_at_seams


def loop(gap: float, begin: float = 0.0) -> Contour:
    """A circle of radius 10 whose ends are `gap` radians apart."""
    a = begin + np.linspace(0, 2 * np.pi - gap, 80)
    return Contour(np.column_stack([10 * np.cos(a), 10 * np.sin(a), np.ones(80)]))


def test_a_small_gap_was_meant_to_be_none_and_a_large_one_was_meant() -> None:
    assert closed_by_hand(loop(0.1)).closed
    assert not closed_by_hand(loop(0.6)).closed
    assert not closed_by_hand(Contour(np.array([[0, 0, 1.0], [0.5, 0, 1]]))).closed


@pytest.mark.parametrize("turn", [1.0, -1.0])
@pytest.mark.parametrize("shift", [0.0, 17.0, 50.0])
def test_spans_are_cut_where_lines_begin_and_cover_them_still(turn: float, shift: float) -> None:
    own = [loop(0.1)], [loop(0.08, 1.0)]
    closed = [closed_by_hand(own[0][0])], [closed_by_hand(own[1][0])]
    here = np.linspace(0, closed[0][0].length, 9)
    there = shift + turn * np.linspace(0, closed[1][0].length, 9)
    found = cut_at_seams([Span(0, 0, here, there)], closed, own)
    for side, contour in (("here", own[0][0]), ("there", own[1][0])):
        covered = np.zeros(200, bool)
        places = np.linspace(0.01, contour.length - 0.01, 200)
        for span in found:
            part = getattr(span, side)
            assert part.min() >= 0 and part.max() <= contour.length + 1e-9
            covered |= (places >= part.min() - 1e-6) & (places <= part.max() + 1e-6)
        assert covered.all()
    for span in found:
        assert (np.diff(span.here) >= 0).all()
        assert (np.sign(np.diff(span.there)) * turn >= 0).all()


def test_spans_of_lines_that_are_as_they_were_stay() -> None:
    lines = [loop(2.0)]
    span = Span(0, 0, np.array([0.0, 5.0]), np.array([0.0, 5.0]))
    assert cut_at_seams([span], (lines, lines), (lines, lines)) == [span]


def test_what_only_one_key_has_is_cut_too() -> None:
    own = [loop(0.1)]
    closed = [closed_by_hand(own[0])]
    found = cut_at_seams([Span(0, -1, np.array([30.0, 30.0 + closed[0].length]), np.zeros(0))], (closed, []), (own, []))
    assert len(found) >= 2 and all(span.other == -1 for span in found)
    assert sum(np.ptp(span.here) for span in found) == pytest.approx(own[0].length, abs=1e-6)
