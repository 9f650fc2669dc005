"""Polygons cut to a box."""

from __future__ import annotations

import numpy as np
import pytest

from doodle_core.rendering.polygons import cut_to_box

BOX = ((0.0, 0.0), (10.0, 10.0))


def area(points: np.ndarray) -> float:
    x, y = points.T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


@pytest.mark.parametrize(
    ("polygon", "expected"),
    [
        ([[-5, -5], [5, -5], [5, 5], [-5, 5]], 25.0),
        ([[-1e9, -1e9], [1e9, -1e9], [1e9, 1e9], [-1e9, 1e9]], 100.0),
        ([[-1e9, 5], [5, -1e9], [5, 5]], 25.0),
        ([[20, 20], [30, 20], [30, 30]], 0.0),  # outside
        ([[-5, 5], [15, 5], [15, 6], [-5, 6]], 10.0),
        ([[5, 5], [-5, -5], [5, -5], [-5, 5]], -12.5),  # crosses itself, and goes the other way round here
    ],
)
def test_what_is_left_of_a_polygon(polygon: list, expected: float):
    kept = np.array([[1, 1], [2, 1], [2, 2]], np.float64)
    points = np.concatenate([kept, np.array(polygon, np.float64), kept])
    cut, offsets = cut_to_box(points, np.array([0, 3, 3 + len(polygon), 6 + len(polygon)]), *BOX)
    assert (cut >= 0).all() and (cut <= 10).all()
    assert np.array_equal(cut[:3], kept) and np.array_equal(cut[-3:], kept)
    assert offsets[1] == 3 and offsets[3] - offsets[2] == 3 and offsets[3] == len(cut)
    assert area(cut[offsets[1] : offsets[2]]) == pytest.approx(expected, abs=1e-6)


def test_within_the_box_nothing_changes():
    points, offsets = np.array([[0, 0], [10, 0], [10, 10.0]]), np.array([0, 3])
    assert cut_to_box(points, offsets, *BOX)[0] is points
