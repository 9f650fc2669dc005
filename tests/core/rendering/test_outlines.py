"""Outlines of lines: they enclose what a round brush covers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core.rendering.outlines import outlines


def traced(points: list, radii: list | float, dtype: type = np.float64, tolerance: float = 0.001) -> np.ndarray:
    """The outline of one polyline."""
    places = np.asarray(points, dtype)
    widths = np.full(len(places), radii, dtype) if np.isscalar(radii) else np.asarray(radii, dtype)
    outline, offsets = outlines(places, widths, np.array([0, len(places)]), tolerance)
    assert outline.dtype == dtype and offsets.tolist() == [0, len(outline)]
    return outline


def enclosed(outline: np.ndarray) -> float:
    """The signed area, counted as often as it is wound round."""
    x, y = outline.T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


def winding(outline: np.ndarray, place: np.ndarray) -> int:
    """How often an outline goes round a place."""
    to = outline - place
    angle = np.arctan2(to[:, 1], to[:, 0])
    steps = np.diff(np.append(angle, angle[0]))
    return round(float(np.sum((steps + np.pi) % (2 * np.pi) - np.pi)) / (2 * np.pi))


@pytest.mark.parametrize(
    ("points", "radii", "expected"),
    [
        ([[3, 4]], 5.0, 25 * np.pi),  # a disc
        ([[0, 0], [100, 0]], 2.0, 400 + 4 * np.pi),
        ([[0, 0], [0, -100]], 2.0, 400 + 4 * np.pi),
        ([[0, 0], [50, 0], [100, 0]], 2.0, 400 + 4 * np.pi),
        ([[0, 0], [0, 0], [100, 0], [100, 0]], 2.0, 400 + 4 * np.pi),
        ([[3, 4], [3, 4]], 5.0, 25 * np.pi),
        ([[0, 0], [100, 0]], [2.0, 0.0], 2 * np.sqrt(1e4 - 4) + 4 * (np.pi - np.arccos(2 / 100))),  # to a point
        ([[0, 0], [5, 0]], [9.0, 2.0], 81 * np.pi),  # one disc within the other
        ([[0, 0], [100, 0]], 0.0, 0.0),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_area_enclosed(points: list, radii: list | float, expected: float, dtype: type):
    assert abs(enclosed(traced(points, radii, dtype))) == pytest.approx(expected, rel=1e-3, abs=1e-6)


def test_small_turns_need_one_point_a_side():
    turn = np.cumsum(np.full(20, 0.05))
    points = np.cumsum(np.stack([np.cos(turn), np.sin(turn)], axis=1) * 10, axis=0)
    ends = len(traced(points[:2].tolist(), 2.0, tolerance=0.03))
    assert len(traced(points.tolist(), 2.0, tolerance=0.03)) == ends + 2 * 18


def test_several_polylines_are_those_alone():
    points = np.array([[0, 0], [10, 0], [10, 10], [5, 5], [7, 9], [8, 8]], np.float64)
    radii = np.array([1, 2, 1, 3, 1, 1], np.float64)
    both, offsets = outlines(points, radii, np.array([0, 3, 4, 6]))
    alone = [outlines(points[a:b], radii[a:b], np.array([0, b - a]))[0] for a, b in ((0, 3), (3, 4), (4, 6))]
    assert np.array_equal(both, np.concatenate(alone))
    assert offsets.tolist() == np.cumsum([0, *map(len, alone)]).tolist()


def test_no_polylines():
    points, offsets = outlines(np.zeros((0, 2)), np.zeros(0), np.zeros(1, np.int64))
    assert points.shape == (0, 2) and offsets.tolist() == [0]


@given(
    hnp.arrays(np.float64, (5, 2), elements=st.integers(0, 12).map(float)),
    hnp.arrays(np.float64, 5, elements=st.sampled_from([0.0, 0.3, 1.0, 4.0, 9.0])),
    hnp.arrays(np.float64, 2, elements=st.floats(-9, 21)),
)
def test_it_goes_round_what_the_brush_covers_and_nothing_else(points, radii, place):
    """Places at the very edge aside: hairpins, coincident points and discs within discs included."""
    outline = traced(points.tolist(), radii.tolist())
    depth = max(_depth(place, points[i], points[i + 1], radii[i], radii[i + 1]) for i in range(4))
    rounds = winding(outline, place)
    assert rounds <= 0  # always the same way: nothing is cancelled
    if depth > 0.01:
        assert rounds < 0
    elif depth < -0.01:
        assert rounds == 0


def _depth(place: np.ndarray, start: np.ndarray, end: np.ndarray, radius: float, other: float) -> float:
    """How deep a place lies within discs that grow from one to the other, by trying many of them."""
    share = np.linspace(0, 1, 2001)
    centres = start + share[:, None] * (end - start)
    return float(np.max(radius + share * (other - radius) - np.hypot(*(centres - place).T)))
