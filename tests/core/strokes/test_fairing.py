"""Broken lines become smooth ones of few points, and stay where they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from doodle_core.strokes.fairing import faired
from doodle_core.strokes.lines import Line
from doodle_core.strokes.strands import nearest_lines

TURN = np.linspace(0, 2 * np.pi, 200, endpoint=False)
CIRCLE = np.stack([20 * np.cos(TURN), 20 * np.sin(TURN), 1 + 0 * TURN], axis=1)


def bends(line: Line) -> np.ndarray:
    """The angles of a line's corners, degrees."""
    step = np.diff(line.outline[:, :2], axis=0)
    angle = np.unwrap(np.arctan2(step[:, 1], step[:, 0]))
    return np.degrees(np.abs(np.diff(angle)))


def test_a_broken_circle_is_round_again_and_closed() -> None:
    broken = Line(CIRCLE[::5], True)  # by 0.06 off
    smooth = faired(broken)
    assert smooth.cyclic
    assert len(smooth.points) < 80
    assert bends(broken).max() > 8.9
    assert bends(smooth).max() < 6
    np.testing.assert_allclose(np.hypot(*smooth.points[:, :2].T), 20, atol=0.1)


def test_corners_stay_sharp_and_where_they_are() -> None:
    zigzag = np.array([(0, 0, 1), (10, 0, 1), (10, 10, 1), (20, 10, 1)], float)
    smooth = faired(Line(zigzag))
    for corner in zigzag:
        assert (np.abs(smooth.points - corner).max(axis=1) < 1e-9).any()
    np.testing.assert_allclose(sorted(bends(smooth))[-2:], 90, atol=1e-6)
    # Something to take hold of on long straight lines.
    assert np.hypot(*np.diff(smooth.points[:, :2], axis=0).T).max() <= 4 + 1e-9


def test_a_closed_line_with_corners_stays_closed() -> None:
    square = np.array([(0, 0, 1), (10, 0, 1), (10, 10, 1), (0, 10, 1)], float)
    smooth = faired(Line(square, True))
    assert smooth.cyclic
    assert len(smooth.points) == 12
    assert smooth.length == pytest.approx(40)


def test_a_dot_stays_a_dot() -> None:
    assert faired(Line(np.array([[3.0, 4.0, 1.5]]))).points.tolist() == [[3.0, 4.0, 1.5]]
    assert len(faired(Line(np.array([[3.0, 4.0, 1.5], [3.0, 4.0, 1.0]]))).points) == 1
    there_and_back = np.array([[3.0, 4.0, 1.0], [3.015625, 4.0, 1.0], [3.0, 4.0, 1.0]])
    assert faired(Line(there_and_back)).points.tolist() == [[3.0, 4.0, 1.0]]
    assert np.isfinite(faired(Line(there_and_back, True)).points).all()


def test_pressure_is_kept() -> None:
    pressed = np.stack([np.linspace(0, 30, 40), np.zeros(40), 1 + np.sin(np.linspace(0, np.pi, 40))], axis=1)
    smooth = faired(Line(pressed))
    np.testing.assert_allclose(smooth.at([0.0, 15.0, 30.0])[:, 2], [1, 2, 1], atol=0.06)


@given(
    arrays.arrays(np.float64, st.tuples(st.integers(1, 30), st.just(3)), elements=st.floats(-30, 30, width=16)),
    st.booleans(),
)
def test_no_line_strays(points: np.ndarray, cyclic: bool) -> None:
    line = Line(points, cyclic and len(points) > 2)
    smooth = faired(line)
    assert np.isfinite(smooth.points).all()
    assert nearest_lines(smooth.points, [line])[1].max() < 0.3
    assert nearest_lines(line.points, [smooth])[1].max() < 0.6
