"""The drawings of the examples, and the contact sheet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import bird, contact_sheet, walker


@given(phase=st.floats(0, 1), seed=st.integers(0, 50))
def test_the_walker_is_the_same_strokes_in_every_pose(phase: float, seed: int) -> None:
    lines = walker.draw(phase, seed)
    assert [len(line.points) for line in lines] == [len(line.points) for line in walker.draw(0.0, 0)]
    for line in lines:
        assert np.isfinite(line.points).all() and (line.radii > 0).all() and line.points.dtype == np.float32


@given(phase=st.floats(0, 1))
def test_a_steady_hand_keeps_one_foot_on_the_ground_and_none_below(phase: float) -> None:
    lines = walker.draw(phase, 0, 0.0)
    assert min(lines[leg].points[:, 1].min() for leg in (0, 3)) == pytest.approx(0.0, abs=0.01)


def test_the_cycle_closes_and_the_second_half_swaps_the_legs() -> None:
    start, half, end = (walker.draw(phase, 0, 0.0) for phase in (0.0, 0.5, 1.0))
    for first, last in zip(start, end, strict=True):
        np.testing.assert_allclose(first.points, last.points, atol=1e-5)
    np.testing.assert_allclose(start[0].points, half[3].points, atol=1e-5)


def test_the_hand_wobbles_with_its_seed() -> None:
    first, again, other = (walker.draw(0.3, seed)[4].points for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert np.abs(first - other).max() < 0.15


def test_a_contact_sheet_places_pictures_by_row_and_column() -> None:
    black, grey = np.zeros((50, 50, 3), np.uint8), np.full((50, 50, 3), 128, np.uint8)
    rows = [contact_sheet.Row("keys", [1, 2], mark=True), contact_sheet.Row("", [2])]
    sheet = contact_sheet.draw({1: black, 2: grey}, rows, cell=60)
    gap, cell, title = contact_sheet.GAP, 60, contact_sheet.TITLE
    assert sheet.shape == (title + 2 * (cell + gap) + gap, 2 * (cell + gap) + gap, 3)
    centre = gap + title + cell // 2
    assert sheet[centre, gap + cell // 2].max() == 0
    assert (sheet[centre, 2 * gap + cell + cell // 2] == 128).all()
    assert (sheet[centre + cell + gap, gap + cell // 2] == 128).all()
    assert (sheet[centre + cell + gap, 2 * gap + cell + cell // 2] == 255).all()


def test_pictures_of_a_titled_row_fill_the_width_of_the_sheet() -> None:
    grey = np.full((50, 50, 3), 128, np.uint8)
    rows = [contact_sheet.Row("", [1, 2]), contact_sheet.Row("large", [1]), contact_sheet.Row("", [1])]
    sheet = contact_sheet.draw({1: grey, 2: grey}, rows, cell=60)
    gap, title, large = contact_sheet.GAP, contact_sheet.TITLE, 2 * 60 + contact_sheet.GAP
    assert sheet.shape == (title + 60 + 2 * large + 4 * gap, 2 * (60 + gap) + gap, 3)
    for top in (gap + 60 + gap + title, gap + 60 + gap + title + large + gap):
        assert (sheet[[top + 30, top + large - 1], gap + large - 1] == 128).all()


def _strokes(phase: float, number: int) -> list[walker.Line]:
    return bird.draw(phase, number, bird.HANDS[number % 4])


def test_the_bird_is_drawn_otherwise_at_every_key() -> None:
    counts = [len(_strokes(number / 4, number)) for number in range(4)]
    assert counts == [8, 10, 6, 9]
    assert len({hand[0].shape for hand in bird.HANDS}) > 2  # and begun elsewhere


@given(phase=st.floats(0, 1), number=st.integers(0, 3))
def test_whatever_its_strokes_it_is_the_same_bird(phase: float, number: int) -> None:
    """A steady hand leaves no ink where another one's drawing of the same pose has none."""
    whole = np.concatenate([line.points for line in bird.draw(phase, 0, bird.ALIKE, 0.0)])
    for line in bird.draw(phase, 0, bird.HANDS[number], 0.0):
        assert np.isfinite(line.points).all() and (line.radii > 0).all() and line.points.dtype == np.float32
        away = np.hypot(*(line.points[:, None] - whole[None]).transpose(2, 0, 1)).min(axis=1)
        assert away.max() < 0.05
