"""Runs of paired keys are one stroke where they were drawn as one."""

from __future__ import annotations

import numpy as np
import pytest

from doodle_core.strokes.lines import Line
from doodle_core.strokes.paired import Paired
from doodle_core.strokes.strands import Strand, strands

WAY = np.array([(0, 0, 1), (4, 0, 1), (8, 3, 1), (12, 3, 1)], float)
UP = np.array([0, 5, 0], float)


def paired(*runs: tuple[np.ndarray, np.ndarray]) -> Paired:
    return Paired(
        np.concatenate([first for first, _ in runs]),
        np.concatenate([second for _, second in runs]),
        np.cumsum([0, *(len(first) for first, _ in runs)]),
    )


def test_pieces_of_one_line_are_one_stroke_whatever_their_order() -> None:
    cut = paired((WAY[2:], WAY[2:] + UP), (WAY[:3], WAY[:3] + UP))
    assert strands(cut, [Line(WAY)], [Line(WAY + UP)]) == (Strand(((1, False), (0, False)), False, (0, 0)),)


def test_what_is_drawn_as_two_strokes_at_both_keys_stays_two() -> None:
    cut = paired((WAY[:3], WAY[:3] + UP), (WAY[2:], WAY[2:] + UP))
    lines = [Line(WAY[:3]), Line(WAY[2:])]
    others = [Line(WAY[:3] + UP), Line(WAY[2:] + UP)]
    assert [one.runs for one in strands(cut, lines, others)] == [((0, False),), ((1, False),)]


@pytest.mark.parametrize(("bend", "count"), [(0.0, 1), (90.0, 2)])
def test_two_strokes_at_one_key_are_joined_if_they_go_on_in_the_same_direction(bend: float, count: int) -> None:
    angle = np.radians(bend)
    onward = np.array([(8 + s * np.cos(angle), s * np.sin(angle), 1) for s in (0, 3, 6)])
    first = np.array([(0, 0, 1), (4, 0, 1), (8, 0, 1)], float)
    whole = np.concatenate([first, onward[1:]])
    cut = paired((first, first), (onward, onward))
    assert len(strands(cut, [Line(whole)], [Line(first), Line(onward)])) == count


def test_a_run_that_returns_to_its_start_is_closed_and_so_are_two_halves() -> None:
    turn = np.linspace(0, 2 * np.pi, 13)
    ring = np.stack([9 * np.cos(turn), 9 * np.sin(turn), 1 + 0 * turn], axis=1)
    ring[-1] = ring[0]
    closed = Line(ring[:-1], True)
    assert strands(paired((ring, ring + UP)), [closed], [Line(closed.points + UP, True)])[0].cyclic
    halves = paired((ring[:7], ring[:7] + UP), (ring[6:], ring[6:] + UP))
    (one,) = strands(halves, [closed], [Line(closed.points + UP, True)])
    assert one.cyclic
    assert one.runs == ((0, False), (1, False))


def test_strokes_come_in_the_order_of_the_first_key_and_new_ones_behind_their_forerunner() -> None:
    a, b, new = WAY, WAY + 2 * UP, WAY - 2 * UP
    gone = np.tile([*new[0, :2], -3.0], (4, 1))
    both = paired((b, b), (gone, new), (a, a))
    found = strands(both, [Line(a), Line(b)], [Line(a), Line(new), Line(b)])
    assert [one.lines for one in found] == [(0, 0), (-1, 1), (1, 2)]


def test_a_stroke_runs_as_it_does_at_the_first_key() -> None:
    back = WAY[::-1]
    (one,) = strands(paired((WAY, back)), [Line(WAY)], [Line(WAY)])
    assert one.runs == ((0, False),)


def test_a_line_that_the_walk_tears_apart_comes_back_as_two_strokes_at_most() -> None:
    """The end of the second run meets the third's start at both keys, and a fourth run grows out of the joint."""
    first, second, third = WAY[:2], WAY[1:3], WAY[2:]
    torn = second + [0, 9, 0]
    grown = np.array([torn[-1], torn[-1] + [0, 3, 0], first[-1] + [0, 0, 0]])
    point = np.tile(second[-1], (3, 1))
    cut = paired((first, first), (second, torn), (third, third + torn[-1] - third[0]), (point, grown))
    whole = np.concatenate([first, grown[::-1], torn[::-1], third + torn[-1] - third[0]])
    found = strands(cut, [Line(WAY)], [Line(whole)])
    assert len(found) <= 2
    assert {run for one in found for run, _ in one.runs} == {0, 1, 2, 3}
