"""Polylines as curves, the same in several frames; polylines with fewer vertices; outlines that can be interpolated."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from curve_points import farthest, sampled
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from doodle_core.files.curves import curves
from doodle_core.files.thinning import kept
from doodle_core.rendering.outlines import outlines

T = np.linspace(0, 2 * np.pi, 100, endpoint=False)
CIRCLE = 100 * np.stack([np.cos(T), np.sin(T)], axis=1)


def test_a_circle_is_a_few_curves_in_every_frame() -> None:
    made = curves(np.stack([CIRCLE, 2 * CIRCLE + 50]), True, 0.3)
    assert made.closed and made.knots.shape[1] <= 8
    assert np.abs(np.hypot(*sampled(made, 0).T) - 100).max() < 0.4
    assert np.abs(np.hypot(*(sampled(made, 1) - 50).T) - 200).max() < 0.4


def test_corners_and_straight_edges_stay() -> None:
    square = np.array([[0, 0], [50, 0], [100, 0], [100, 100], [0, 100]], float)
    made = curves(square[None], True, 0.1)
    assert made.straight.all() and sorted(made.knots[0].tolist()) == [[0, 0], [0, 100], [100, 0], [100, 100]]


def test_a_coarse_polygon_is_not_rounded() -> None:
    few = CIRCLE[::6]
    made = curves(few[None], True, 0.1)
    assert made.straight.all() and made.knots.shape[1] == len(few)


@pytest.mark.parametrize("count", [1, 2])
def test_hardly_any_vertices(count: int) -> None:
    points = np.array([[[1.0, 2.0], [3.0, 4.0]]])[:, :count]
    made = curves(points, False, 0.1)
    np.testing.assert_array_equal(made.knots, points)


@given(arrays.arrays(np.float64, (2, 12, 2), elements=st.integers(-100, 100).map(float)), st.booleans())
def test_vertices_lie_near_the_curves(points: np.ndarray, closed: bool) -> None:
    made = curves(points, closed, 1.0)
    for frame in (0, 1):
        dense = sampled(made, frame)
        assert farthest(points[frame], dense) <= 1.0 + 0.1  # which is a polyline itself
        assert np.isfinite(dense).all()


@given(
    arrays.arrays(np.float64, (3, 10, 2), elements=st.floats(-10, 10)),
    arrays.arrays(np.float64, (3, 10), elements=st.floats(0, 3)),
)
def test_what_is_left_out_lies_on_what_is_kept(points: np.ndarray, radii: np.ndarray) -> None:
    few = kept(points, radii, 1.0)
    assert few[0] == 0 and few[-1] == 9 and (np.diff(few) > 0).all()
    for first, last in pairwise(few.tolist()):
        for vertex in range(first + 1, last):
            a, chord = points[:, first], points[:, last] - points[:, first]
            share = np.clip(((points[:, vertex] - a) * chord).sum(1) / np.maximum((chord**2).sum(1), 1e-12), 0, 1)
            assert np.hypot(*(points[:, vertex] - a - share[:, None] * chord).T).max() <= 1.0
            wide = radii[:, first] + share * (radii[:, last] - radii[:, first])
            assert np.abs(radii[:, vertex] - wide).max() <= 1.0


def test_a_straight_line_needs_its_ends_alone() -> None:
    line = np.stack([np.linspace(0, 9, 10), np.zeros(10)], axis=1)
    assert kept(line[None], np.ones((1, 10)), 0.01).tolist() == [0, 9]
    assert kept(np.stack([line, line * [1, 0] + [0, 1]]), np.ones((2, 10)), 0.01).tolist() == [0, 9]
    bulge = np.ones((1, 10))
    bulge[0, 4] = 2
    assert 4 in kept(line[None], bulge, 0.01)


def area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def test_outlines_of_several_frames_have_the_same_points() -> None:
    straight = np.stack([np.linspace(0, 100, 6), np.zeros(6)], axis=1)
    bent = np.stack([straight[:, 0], 60 * np.sin(straight[:, 0] / 20)], axis=1)
    sharp = np.stack([straight[:, 0], np.tile([0.0, 80.0], 3)], axis=1)
    points, radii = np.concatenate([straight, bent, sharp]), np.tile(np.linspace(2, 9, 6), 3)
    traced, offsets = outlines(points, radii, np.array([0, 6, 12, 18]), copies=3)
    assert len(set(np.diff(offsets).tolist())) == 1
    for number in range(3):
        alone, _ = outlines(points[6 * number : 6 * number + 6], radii[:6], np.array([0, 6]))
        own = traced[offsets[number] : offsets[number + 1]]
        assert area(own) == pytest.approx(area(alone), rel=0.01)
        # The same region: every point of one lies on or in the other, near its edge.
        dense = np.concatenate([np.linspace(a, b, 20) for a, b in zip(alone, np.roll(alone, -1, axis=0), strict=True)])
        assert farthest(own, np.concatenate([dense, points[6 * number : 6 * number + 6]])) < 2.0
