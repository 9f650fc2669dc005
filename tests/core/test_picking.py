"""What somebody means who points to a place on a drawing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doodle_core import Drawing
from doodle_core.drawing.picking import distances, edges, foot, holding, nearest, on_shape

SQUARE = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)]
HOLE = [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)]


def with_hole() -> Drawing:
    """An area with a hole, and an open line over it."""
    made = Drawing.make(
        [SQUARE, HOLE, [(0.2, 0.9), (0.8, 0.9)]], radii=[0.0, 0.0, 0.01], cyclic=False, filled=[1, 1, 0]
    )
    return Drawing(
        made.points,
        made.radii,
        made.opacities,
        made.offsets,
        made.cyclic,
        shapes=np.array([0, 2, 3]),
        areas=np.array([True, False]),
    )


def test_edges_close_areas_and_leave_lines_open() -> None:
    assert edges(with_hole()).tolist() == [[0, 1], [1, 2], [2, 3], [3, 0], [4, 5], [5, 6], [6, 7], [7, 4], [8, 9]]
    dot = Drawing.make([[(0.5, 0.5)], np.zeros((0, 2)), [(0.1, 0.1), (0.2, 0.1)]])
    assert edges(dot).tolist() == [[0, 0], [1, 2]]
    assert edges(Drawing.empty()).shape == (0, 2)


def test_distances_are_to_the_middle_of_lines_and_the_border_of_areas() -> None:
    drawing = with_hole()
    assert distances(drawing, (0.5, 0.5)).round(6).tolist() == [0.1, 0.4]
    assert distances(drawing, (0.9, 0.9)).round(6).tolist() == [round(0.1 * 2**0.5, 6), 0.1]
    assert distances(Drawing.make([[]]), (0, 0)).tolist() == [np.inf]


def test_a_hole_is_not_inside() -> None:
    drawing = with_hole()
    assert holding(drawing, (0.3, 0.3)).tolist() == [True, False]
    assert holding(drawing, (0.5, 0.5)).tolist() == [False, False]
    assert holding(drawing, (0.1, 0.3)).tolist() == [False, False]


@pytest.mark.parametrize(
    ("place", "reach", "shape"),
    [
        ((0.5, 0.89), 0.02, 1),
        ((0.3, 0.3), 0.02, 0),
        ((0.5, 0.5), 0.02, None),
        ((0.5, 0.95), 0.02, None),
        ((0.5, 0.84), 0.1, 0),
    ],
)
def test_the_nearest_contour_is_meant_and_else_the_area_round_the_place(
    place: tuple[float, float], reach: float, shape: int | None
) -> None:
    assert nearest(with_hole(), place, reach) == shape


def test_the_front_one_of_two_in_one_place_and_only_those_that_count() -> None:
    line = [(0.1, 0.5), (0.9, 0.5)]
    drawing = Drawing.make([line, line, [(0.1, 0.6), (0.9, 0.6)]])
    assert nearest(drawing, (0.5, 0.51), 0.05) == 1
    assert nearest(drawing, (0.5, 0.51), 0.05, [True, False, True]) == 0
    assert nearest(drawing, (0.5, 0.51), 0.05, [False, False, False]) is None
    assert nearest(Drawing.empty(), (0.5, 0.5), 1.0) is None


def test_the_foot_lies_between_two_vertices() -> None:
    drawing = with_hole()
    assert foot(drawing, 1, (0.35, 0.7)) == (8, 9, pytest.approx(0.25))
    assert foot(drawing, 0, (0.2, 0.5)) == (3, 0, pytest.approx(0.5))
    assert foot(Drawing.make([[]]), 0, (0, 0)) is None


@given(st.tuples(*[st.floats(-2, 2)] * 2), st.integers(0, 1))
def test_the_foot_is_as_far_as_the_shape_is(place: tuple[float, float], shape: int) -> None:
    drawing = with_hole()
    first, second, share = foot(drawing, shape, place)
    at = (1 - share) * drawing.points[first] + share * drawing.points[second]
    assert np.hypot(*(at - place)) == pytest.approx(distances(drawing, place)[shape], abs=1e-5)


def test_a_place_on_a_shape_is_one_of_its_vertices() -> None:
    drawing = with_hole()
    assert on_shape(drawing, 0) == pytest.approx((0.8, 0.8)) and on_shape(drawing, 1) == pytest.approx((0.8, 0.9))
