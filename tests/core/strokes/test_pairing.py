"""Pairing: both keys told by the same vertices, and each told in full."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core.capsules import capsules, largest
from doodle_core.strokes.correspondence import Span, spans
from doodle_core.strokes.lines import Line
from doodle_core.strokes.paired import Paired
from doodle_core.strokes.pairing import pair
from doodle_core.strokes.pieces import cut
from tests.core.strokes.test_correspondence import near, ring, scores_for, straight
from tests.core.strokes.test_lines import any_lines

SEEN = -0.7  # model pixels: what lies lower shows nowhere, be it ink that is too thin or no ink
RNG = np.random.default_rng(2)


def field(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Field of strokelets, rows of x, y, radius, where it may be seen, model pixels."""
    pieces = capsules(starts[:, :2] + 32, ends[:, :2] + 32, np.stack([starts[:, 2], ends[:, 2]], axis=1))
    return np.maximum(largest(pieces, 64, 64, 3.0), SEEN)


def field_of(lines: tuple[Line, ...]) -> np.ndarray:
    outlines = [line.outline if len(line.outline) > 1 else np.repeat(line.outline, 2, axis=0) for line in lines]
    none = np.zeros((0, 3))
    return field(
        np.concatenate([none, *(line[:-1] for line in outlines)]),
        np.concatenate([none, *(line[1:] for line in outlines)]),
    )


def field_at(paired: Paired, key: np.ndarray) -> np.ndarray:
    dots = paired.offsets[:-1][np.diff(paired.offsets) == 1]
    starts = np.concatenate([paired.strokelets, dots])
    return field(key[starts], key[np.concatenate([paired.strokelets + 1, dots])])


def strokelets(paired: Paired) -> int:
    return len(paired.strokelets) + int((np.diff(paired.offsets) == 1).sum())


def by_scores(lines: tuple[Line, ...], others: tuple[Line, ...], **known: float) -> Paired:
    a, b = cut(lines), cut(others)
    return pair(lines, others, spans(lines, others, a, b, near(a, b, **known)))


def run(paired: Paired, index: int) -> tuple[np.ndarray, np.ndarray]:
    part = slice(paired.offsets[index], paired.offsets[index + 1])
    return paired.first[part], paired.second[part]


def told(paired: Paired, lines: tuple[Line, ...], others: tuple[Line, ...], most: float = 0.02) -> bool:
    """Whether either key is what its own lines are."""
    off = [
        np.abs(field_at(paired, paired.first) - field_of(lines)).max(),
        np.abs(field_at(paired, paired.second) - field_of(others)).max(),
    ]
    return max(off) < most


def test_a_drawing_and_itself_are_one() -> None:
    lines = (straight(-20, 0, 20, 4), ring(0, 15, 8), Line(np.array([[20, 20, 2.0]])))
    whole = [Span(k, k, np.array([0, line.length]), np.array([0, line.length])) for k, line in enumerate(lines)]
    paired = pair(lines, lines, whole)
    np.testing.assert_array_equal(paired.first, paired.second)
    assert len(paired.offsets) == 4 and not paired.drawn.any()
    assert told(paired, lines, lines)


def test_a_reversed_line_is_told_from_the_same_end() -> None:
    line, other = straight(-20, 0, 20, 0), straight(20, 3, -20, 3)
    paired = pair([line], [other], [Span(0, 0, np.array([0.0, 40]), np.array([40.0, 0]))])
    np.testing.assert_allclose(paired.first[:, 0], paired.second[:, 0], atol=1e-9)
    np.testing.assert_allclose(paired.second[:, 1], 3)


def test_a_ring_is_closed_wherever_it_begins() -> None:
    line, other = ring(0, 0, 10), ring(1, 0, 12, 2.0)
    paired = by_scores((line,), (other,))
    for key in (paired.first, paired.second):
        np.testing.assert_allclose(key[0], key[-1], atol=1e-9)
    assert told(paired, (line,), (other,))


def test_strokelets_are_short_enough_to_bend() -> None:
    line, other = (straight(-30, 0, 30, 0),), (straight(-30, 1, 30, 1),)
    paired = by_scores(line, other)
    assert np.hypot(*np.diff(paired.first[:, :2], axis=0).T).max() <= 4


def test_what_is_drawn_on_grows_from_the_end_it_continues() -> None:
    short, whole = (straight(-24, 0, 0, 0),), (straight(-24, 0, 24, 0),)
    paired = by_scores(short, whole)
    assert paired.drawn.tolist() == [0, 1]
    first, second = run(paired, 1)
    np.testing.assert_allclose(first[:, :2], [(0, 0)] * len(first), atol=1e-9)
    assert second[0, 0] == pytest.approx(run(paired, 0)[1][-1, 0]) and second[-1, 0] == pytest.approx(24)
    assert told(paired, short, whole)
    # The other way round it goes as it came.
    back = by_scores(whole, short, nowhere=-4.0)
    assert back.drawn.tolist() == [0, 1]
    np.testing.assert_allclose(run(back, 1)[1][:, :2], [(0, 0)] * len(run(back, 1)[1]), atol=1e-9)
    assert told(back, whole, short)


def test_what_comes_before_a_line_is_drawn_from_its_last_vertex() -> None:
    short, whole = (straight(0, 0, 24, 0),), (straight(-24, 0, 24, 0),)
    paired = by_scores(short, whole)
    assert sorted(paired.drawn.tolist()) == [-1, 0]
    first, second = run(paired, paired.drawn.tolist().index(-1))
    np.testing.assert_allclose(first[:, :2], [(0, 0)] * len(first), atol=1e-9)
    assert second[0, 0] == pytest.approx(-24)


def test_a_branch_grows_out_of_the_line_that_it_touches() -> None:
    trunk, branch = straight(0, 28, 0, -28), straight(0.5, 0, 20, -10)
    paired = by_scores((trunk,), (trunk, branch), nowhere=-3.0)
    assert paired.drawn.tolist() == [0, 0]
    first, second = run(paired, 1)
    assert np.ptp(first[:, :2]) == 0 or np.ptp(first[:, :2], axis=0).max() == 0
    assert abs(first[0, 0]) < 1e-9 and abs(first[0, 1]) < 2
    assert first[:, 2].max() <= 1.25 and np.ptp(second[:, 0]) == pytest.approx(19.5)
    assert told(paired, (trunk,), (trunk, branch))


@pytest.mark.parametrize("turned", [False, True])
def test_a_line_alone_is_drawn_from_its_left_end_and_unseen_without_it(turned: bool) -> None:
    stays = straight(-20, -20, 20, -20)
    alone = straight(10, 20, -10, 18) if turned else straight(-10, 18, 10, 20)
    paired = by_scores((stays,), (stays, alone), nowhere=-3.0)
    assert paired.drawn.tolist() == [0, -1 if turned else 1]
    first, _ = run(paired, 1)
    np.testing.assert_allclose(first[:, :2], [(-10, 18)] * len(first))
    assert first[:, 2].max() <= -0.5 - SEEN / 10  # below any cut
    assert told(paired, (stays,), (stays, alone))
    assert told(by_scores((stays, alone), (stays,), nowhere=-3.0), (stays, alone), (stays,))


def test_a_gap_closes_from_both_its_ends() -> None:
    whole = (straight(-30, 0, 30, 0),)
    parted = straight(-30, 0, -12, 0), straight(12, 0, 30, 0)
    paired = by_scores(parted, whole, nowhere=-4.0)
    assert sorted(paired.drawn.tolist()) == [-1, 0, 0, 1]
    from_left, from_right = (run(paired, paired.drawn.tolist().index(sign)) for sign in (1, -1))
    np.testing.assert_allclose(from_left[0][:, 0], -12, atol=1e-9)
    np.testing.assert_allclose(from_right[0][:, 0], 12, atol=1e-9)
    assert from_left[1][-1, 0] == pytest.approx(from_right[1][0, 0])  # they meet
    assert told(paired, parted, whole)
    assert told(by_scores(whole, parted, nowhere=-4.0), whole, parted)


def test_one_line_becomes_two_and_both_keys_are_whole() -> None:
    line, others = (straight(-21, 0, 21, 0, 30),), (straight(-21, -4, 0, 0, 9), straight(0, 2, 21, 6, 2))
    paired = by_scores(line, others)
    assert told(paired, line, others)


@pytest.mark.parametrize("lines", [(), (straight(-20, 0, 20, 4), ring(0, 15, 8), Line(np.array([[20, 20, 2.0]])))])
def test_against_nothing_every_line_is_alone(lines: tuple[Line, ...]) -> None:
    gone = [Span(k, -1, np.array([0, line.length]), np.zeros(0)) for k, line in enumerate(lines)]
    paired = pair(lines, (), gone)
    assert told(paired, lines, ())
    assert len(paired.offsets) == len(lines) + 1


def sensible(lines: tuple[Line, ...]) -> bool:
    """Few, and no two points of a line so near that lengths of line do not tell them apart, as `lines_of` sees to."""
    apart = all((np.diff(line.walked) > 1e-4).all() for line in lines)
    return apart and len(lines) > 0 and sum(line.length for line in lines) < 160


small_lines = any_lines().filter(sensible)


@settings(max_examples=25)
@given(st.data(), small_lines, small_lines)
def test_whatever_the_scores_both_keys_are_told_in_full(
    data: st.DataObject, lines: tuple[Line, ...], others: tuple[Line, ...]
) -> None:
    a, b = cut(lines), cut(others)
    found = spans(lines, others, a, b, data.draw(scores_for(a, b)))
    paired = pair(lines, others, found, 1024)
    assert np.isfinite(paired.first).all() and np.isfinite(paired.second).all()
    assert told(paired, lines, others)
    few = pair(lines, others, found, 60)
    assert strokelets(few) <= 60


def test_too_many_are_told_by_fewer_strokelets_and_the_least_go_first() -> None:
    dots = tuple(Line(np.array([[x, y, 1.0]])) for x, y in RNG.uniform(-30, 30, (192, 2)))
    line = straight(-30, 0, 30, 10)
    gone = [Span(k, -1, np.array([0, part.length]), np.zeros(0)) for k, part in enumerate((*dots, line))]
    come = [Span(-1, k, np.zeros(0), np.array([0.0, 0.0])) for k in range(len(dots))]
    paired = pair((*dots, line), dots, [*gone, *come])
    assert strokelets(paired) == 256
    assert np.ptp(paired.first[:, 0]) == pytest.approx(60, abs=1)  # the line stayed


def test_long_curves_are_told_by_fewer_vertices_near_what_they_were() -> None:
    t = np.linspace(0, 1, 190)
    wave = (Line(np.column_stack([60 * t - 30, 20 * np.sin(70 * t), np.full(190, 1.0)])),)
    moved = (Line(wave[0].points + (0, 3, 0)),)
    paired = by_scores(wave, moved)
    assert 150 < strokelets(paired) <= 256
    assert np.abs(field_at(paired, paired.first) - field_of(wave)).max() < 0.5


@pytest.mark.parametrize("seed", range(8))
def test_the_last_digits_choose_no_vertex(seed: int) -> None:
    """They differ between machines, numpys and Pythons; a file must look the same in all."""
    rng = np.random.default_rng(seed)
    lines, others = (
        tuple(Line(np.column_stack([rng.uniform(4, 60, (6, 2)), np.full(6, 0.8)]), False) for _ in range(3))
        for _ in range(2)
    )
    a, b = cut(lines), cut(others)
    found = spans(lines, others, a, b, near(a, b))
    told_here = pair(lines, others, found)
    for one in found:
        one.here, one.there = (reach + rng.uniform(-1, 1, len(reach)) * 1e-12 for reach in (one.here, one.there))
    told_there = pair(lines, others, found)
    assert np.array_equal(told_here.offsets, told_there.offsets)
    np.testing.assert_allclose(told_here.first, told_there.first, atol=1e-8)
    np.testing.assert_allclose(told_here.second, told_there.second, atol=1e-8)
