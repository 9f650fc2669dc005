"""The dense scenes keep what the benchmark of matching assumes of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from training.scenes.dense.hands import HANDS, drawn
from training.scenes.dense.scenes import CHOOSING, JUDGING
from training.scenes.dense.shapes import Sheet, drawing_of, outside

SCENES = {**CHOOSING, **JUDGING}
named = pytest.mark.parametrize("draw", SCENES.values(), ids=SCENES)
Draw = Callable[[float], Sheet]


def test_there_are_enough_of_either_half() -> None:
    assert len(SCENES) == len(CHOOSING) + len(JUDGING) >= 12
    assert abs(len(CHOOSING) - len(JUDGING)) <= 1


@named
def test_scenes_have_many_shapes_and_move(draw: Draw) -> None:
    first, second = drawing_of(draw(0.0).shapes), drawing_of(draw(1.0).shapes)
    assert 60 <= len(first) <= 650
    moved = len(first) != len(second) or np.abs(first.points - second.points).max() > 1 / 64
    assert moved
    # Most of it is seen.
    assert ((first.points > 0) & (first.points < 1)).all(axis=1).mean() > 0.9


@named
def test_a_number_is_the_same_shape_at_every_time(draw: Draw) -> None:
    times = [{shape.number: shape for shape in draw(t).shapes} for t in (0.0, 0.3, 0.31)]
    for number, shape in times[1].items():
        if number in times[0]:
            other = times[0][number]
            assert (shape.area, shape.layer, shape.colour) == (other.area, other.layer, other.colour)
    for number in times[1].keys() & times[2].keys():
        one, two = times[1][number], times[2][number]
        if len(one.contours[0]) == len(two.contours[0]):
            assert np.abs(one.contours[0] - two.contours[0]).max() < 0.06


def test_the_scenes_hold_what_is_hard() -> None:
    def some(holds: Callable[[list], bool], half: dict[str, Draw]) -> bool:
        return any(holds(draw(t).shapes) for draw in half.values() for t in (0.0, 1.0))

    for half in (CHOOSING, JUDGING):
        assert some(lambda shapes: max(shape.width for shape in shapes) > 1.1 / 64, half)  # thick lines
        assert some(lambda shapes: len({shape.layer for shape in shapes}) > 2, half)
        numbers = [{shape.number for shape in draw(t).shapes} for draw in half.values() for t in (0.0, 1.0)]
        assert any(one != two for one, two in zip(numbers[::2], numbers[1::2], strict=True))  # things that appear
        assert some(lambda shapes: len({shape.number for shape in shapes}) < len(shapes), half)  # hidden lines are cut
    assert some(lambda shapes: any(len(shape.contours) > 1 for shape in shapes), CHOOSING)  # holes


@pytest.mark.parametrize("hand", HANDS)
def test_hands_draw_the_same_picture(hand: str) -> None:
    shapes = JUDGING["animal"](1.0).shapes
    made = drawn(shapes, hand, 1)
    assert {number for _, numbers in made for number in numbers} == {shape.number for shape in shapes}
    ends = [np.array([shape.contours[0].mean(axis=0) for shape in side]) for side in (shapes, [s for s, _ in made])]
    assert np.abs(ends[0].mean(axis=0) - ends[1].mean(axis=0)).max() < 0.05
    if hand == "copied":
        assert [numbers for _, numbers in made] == [(shape.number,) for shape in shapes]
        assert all(len(s.contours[0]) == len(t.contours[0]) for (s, _), t in zip(made, shapes, strict=True))
    if hand == "afresh":
        order = [numbers[0] for _, numbers in made]
        assert order != sorted(order)
        assert len(made) > len(shapes)  # some are drawn in two strokes
        assert any(len(numbers) > 1 for _, numbers in drawn(CHOOSING["cloth"](1.0).shapes, hand, 1)) or len(made)


def test_an_area_and_the_line_round_it_stay_together_but_for_afresh() -> None:
    shapes = JUDGING["animal"](1.0).shapes

    def together(hand: str) -> int:
        names = [shape.contours[0].tobytes() for shape, _ in drawn(shapes, hand, 1)]
        return len(names) - len(set(names))

    assert together("copied") == together("retraced") > 10
    assert together("afresh") == 0


def test_what_is_painted_over_one_another_keeps_its_order_afresh() -> None:
    shapes = CHOOSING["machine"](1.0).shapes
    made = [(shape, numbers[0]) for shape, numbers in drawn(shapes, "afresh", 1)]
    place = {number: k for k, (_, number) in enumerate(made)}
    base = next(shape for shape in shapes if shape.area)
    on = [s for s in shapes if s.number > base.number + 1 and s.layer == base.layer]
    low, high = base.contours[0].min(axis=0), base.contours[0].max(axis=0)
    inside = [s for s in on if (s.contours[0] > low).all() and (s.contours[0] < high).all()]
    assert inside and all(place[s.number] > place[base.number] for s in inside)


def test_lines_end_where_something_hides_them() -> None:
    box = np.array([(4.0, -1.0), (6.0, -1.0), (6.0, 1.0), (4.0, 1.0)])
    line = np.array([(0.0, 0.0), (10.0, 0.0)])
    parts = outside(line, False, [box])
    assert [closed for _, closed in parts] == [False, False]
    assert parts[0][0][-1] == pytest.approx((4, 0), abs=0.21)
    assert parts[1][0][0] == pytest.approx((6, 0), abs=0.21)
    ring = np.array([(5.0, 3.0), (8.0, 0.0), (5.0, -3.0), (2.0, 0.0)])
    (_, closed), *rest = outside(ring, True, [np.array([(4.0, 2.0), (6.0, 2.0), (6.0, 4.0), (4.0, 4.0)])])
    assert not closed and not rest
    assert outside(line, False, [np.array([(-1.0, -1.0), (11.0, -1.0), (11.0, 1.0), (-1.0, 1.0)])]) == []
