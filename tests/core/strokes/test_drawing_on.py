"""Ink that only one key has comes as a pen draws it, and goes the way it came."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core.strokes.drawing_on import draw_on
from doodle_core.strokes.paired import Paired
from doodle_core.strokes.walk import walk
from tests.core.strokes.test_turning import pairs

LINE = np.column_stack([np.linspace(0, 12, 5), np.zeros(5), np.full(5, 1.5)])
HIDDEN = np.tile([0, 0, -0.75], (5, 1))
BACK = HIDDEN + (12, 0, 0)


def drawn(first: np.ndarray, second: np.ndarray, way: int, s: float) -> np.ndarray:
    paired = Paired(first, second, [0, len(first)], [way])
    return draw_on(paired, walk(paired, [s])[0], s)


def test_a_line_is_drawn_evenly_from_its_first_vertex() -> None:
    for s in (0.1, 0.5, 0.9):
        found = drawn(HIDDEN, LINE, 1, s)
        np.testing.assert_allclose(found[:, 0], s * LINE[:, 0], atol=1e-9)
        np.testing.assert_allclose(found[:, 2], 1.5)


def test_or_from_its_last() -> None:
    found = drawn(BACK, LINE, -1, 0.25)
    assert found[[0, -1], 0].tolist() == pytest.approx([9, 12])


def test_it_follows_the_line_and_does_not_cut_across() -> None:
    corner = np.array([[0, 0, 1], [8, 0, 1], [8, 8, 1.0]])
    found = drawn(np.tile([0, 0, -0.75], (3, 1)), corner, 1, 0.75)
    np.testing.assert_allclose(found[-1, :2], [8, 4])
    np.testing.assert_allclose(found[:, :2].max(axis=0), [8, 4])


def test_the_pen_is_set_down_at_once_but_not_abruptly() -> None:
    radii = [drawn(HIDDEN, LINE, 1, s)[:, 2].max() for s in (1e-6, 0.02, 0.04, 0.08, 0.2)]
    assert radii[0] == pytest.approx(-0.75, abs=1e-3)
    assert (np.diff(radii) >= 0).all()
    assert radii[3:] == pytest.approx([1.5, 1.5])


@pytest.mark.parametrize(
    ("first", "second", "way"),
    [
        (HIDDEN, LINE, 1),
        (BACK, LINE, -1),
        (HIDDEN[:1], np.array([[0, 0, 2.0]]), 1),  # a dot
        (np.tile([3, 3, 0.5], (4, 1)), np.column_stack([np.linspace(3, 9, 4), [3, 4, 3, 4], np.ones(4)]), 1),
    ],
)
@pytest.mark.parametrize("s", [0.03, 0.3, 0.97])
def test_going_is_coming_backwards(first: np.ndarray, second: np.ndarray, way: int, s: float) -> None:
    np.testing.assert_allclose(drawn(first, second, way, s), drawn(second, first, way, 1 - s), atol=1e-9)


def test_a_dot_stands_for_nearly_all_of_the_way() -> None:
    dot, none = np.array([[5, 5, 2.0]]), np.array([[5, 5, -0.75]])
    assert drawn(none, dot, 1, 0.1)[0, 2] == pytest.approx(2)
    assert drawn(dot, none, 1, 0.9)[0, 2] == pytest.approx(2)


def test_the_line_goes_with_what_it_continues() -> None:
    # What it grows out of moves by 4; so does all that is drawn by then.
    moved = np.tile([0, 4, 1.0], (5, 1))
    found = drawn(moved, LINE, 1, 0.5)
    np.testing.assert_allclose(found[:, 1], 2)
    np.testing.assert_allclose(found[:, 0], LINE[:, 0] / 2)


def test_other_runs_and_keys_stay_as_they_are() -> None:
    paired = Paired(np.concatenate([LINE, HIDDEN]), np.concatenate([LINE + 3, LINE]), [0, 5, 10], [0, 1])
    for s in (0.0, 0.4, 1.0):
        walked = walk(paired, [s])[0]
        found = draw_on(paired, walked, s)
        np.testing.assert_array_equal(found[:5], walked[:5])
        if s in (0.0, 1.0):
            np.testing.assert_array_equal(found, walked)


@settings(max_examples=25)
@given(pairs(), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_anything_is_drawn_on_finitely(pair: Paired, s: float, seed: int) -> None:
    way = np.random.default_rng(seed).integers(-1, 2, len(pair.offsets) - 1)
    marked = Paired(pair.first, pair.second, pair.offsets, way)
    walked = walk(marked, [s])[0]
    before = walked.copy()
    found = draw_on(marked, walked, s)
    assert found.shape == walked.shape and np.isfinite(found).all()
    np.testing.assert_array_equal(walked, before)
