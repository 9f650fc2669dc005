"""The evaluation's measures, on pictures small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from training import metrics


def picture(*rows: str) -> NDArray[np.float32]:
    """'#' is ink, '+' half ink, '.' paper."""
    return np.array([[{"#": 1.0, "+": 0.5, ".": 0.0}[c] for c in row] for row in rows], np.float32)


EMPTY = np.zeros((8, 8), np.float32)


def column(at: int, side: int = 8) -> NDArray[np.float32]:
    ink = np.zeros((side, side), np.float32)
    ink[:, at] = 1
    return ink


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (EMPTY, EMPTY, 1.0),
        (EMPTY, column(3), 0.0),
        (column(3), column(3), 1.0),
        (column(3), column(4), 0.0),
        (picture("##.", "...", "..."), picture(".##", "...", "..."), 1 / 3),
        (picture("+#.", "...", "..."), picture(".##", "...", "..."), 1 / 3),  # half is drawn
    ],
)
def test_iou_counts_shared_pixels(a: NDArray[np.float32], b: NDArray[np.float32], expected: float) -> None:
    assert metrics.iou(a, b) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (EMPTY, EMPTY, 0.0),
        (EMPTY, column(3), metrics.MISSING),
        (column(3), EMPTY, metrics.MISSING),
        (column(3), column(3), 0.0),
        (column(2), column(4), 25.0),  # two of eight pixels
        # From the single dot to the line: 0. From the line's two pixels to the dot: 0 and 1. Half of (0 + 1/2), of 4.
        (picture("#...", "....", "....", "...."), picture("##..", "....", "....", "...."), 6.25),
    ],
)
def test_chamfer_is_the_mean_nearest_distance_both_ways(
    a: NDArray[np.float32], b: NDArray[np.float32], expected: float
) -> None:
    assert metrics.chamfer(a, b) == pytest.approx(expected)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.05, 0.5]), st.sampled_from([0.0, 0.05, 0.5]))
def test_distances_do_not_depend_on_the_order(seed: int, share: float, other: float) -> None:
    dice = np.random.default_rng(seed)
    a, b = (dice.random((12, 12)) < share).astype(float), (dice.random((12, 12)) < other).astype(float)
    assert metrics.chamfer(a, b) == pytest.approx(metrics.chamfer(b, a))
    assert metrics.iou(a, b) == metrics.iou(b, a)
    assert (metrics.chamfer(a, b) == 0) == (metrics.iou(a, b) == 1)


@pytest.mark.parametrize(
    ("ink", "expected"),
    [
        (EMPTY, 0.0),
        (column(3), 0.0),
        (np.full((4, 4), 0.5), 1.0),
        (picture("+#+", "+#+", "+#+"), 0.5),
        (np.full((4, 4), 0.75), 1 / 3),
    ],
)
def test_half_tone_is_the_grey_share_of_the_ink(ink: NDArray[np.float32], expected: float) -> None:
    assert metrics.half_tone(ink) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("ink", "expected"),
    [
        (EMPTY, 0),
        (column(3), 1),
        (picture("#..", ".#.", "..#"), 1),  # corners touch
        (picture("#.#", "...", "#.#"), 4),
        (picture("#+#", "...", "..."), 1),
        (picture("###", "#.#", "###"), 1),
    ],
)
def test_pieces_touch_by_sides_and_corners(ink: NDArray[np.float32], expected: int) -> None:
    assert metrics.pieces(ink) == expected


def test_faint_ink_joins_nothing() -> None:
    assert metrics.pieces(np.array([[1, 0.49, 1]])) == 2


@pytest.mark.parametrize(
    ("count", "truth", "other", "expected"),
    [(3, 3, None, 0), (5, 3, None, 2), (1, 3, None, 2), (2, 1, 3, 0), (4, 3, 1, 1), (0, 3, 1, 1)],
)
def test_pieces_error_counts_what_is_too_many_or_too_few(
    count: int, truth: int, other: int | None, expected: int
) -> None:
    assert metrics.pieces_error(count, truth, other) == expected


def test_a_cross_fade_is_even_and_a_jump_is_not() -> None:
    t = np.linspace(0, 1, 26)[:, None, None]
    fade = (1 - t) * column(2) + t * column(5)
    assert metrics.evenness(fade) == pytest.approx(1)
    jump = np.where(t < 0.5, column(2), column(5))
    assert metrics.evenness(jump) == pytest.approx(25)  # all of the change in one of 25 steps


def test_a_still_film_is_even() -> None:
    assert metrics.evenness(np.stack([column(2)] * 3)) == 1
