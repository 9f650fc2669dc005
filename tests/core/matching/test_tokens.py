"""Tokens: lines cut evenly, and what the matcher is told of them."""

import numpy as np
import pytest
from hypothesis import given, settings

from doodle_core.geometry.contour import Contour
from doodle_core.matching.tokens import COLUMNS, cut
from tests.core.matching.lines import any_lines

ROUND = np.linspace(0, 2 * np.pi, 40, endpoint=False)


def ring(radius: float) -> Contour:
    return Contour(np.column_stack([radius * np.cos(ROUND), radius * np.sin(ROUND), np.full(40, 1.5)]), True)


def straight(length: float) -> Contour:
    return Contour(np.array([[1, 2, 1], [1, 2 + length, 2.0]]))


@settings(max_examples=40)
@given(any_lines())
def test_pieces_are_their_lines(lines: tuple[Contour, ...]) -> None:
    found = cut(lines)
    assert found.table.shape == (len(found), COLUMNS) and found.table.dtype == np.float32
    assert found.first.tolist() == [0, *np.cumsum(np.bincount(found.line, minlength=len(lines)))]
    total = sum(line.length for line in lines)
    assert len(found) <= 72 + 3 * len(lines)
    assert np.isfinite(found.table).all()
    np.testing.assert_allclose(np.hypot(*found.along.T), 1, atol=1e-5)
    assert found.length.sum() == pytest.approx(total, rel=1e-4, abs=1e-4)
    for index, line in enumerate(lines):
        own = found.table[found.first[index] : found.first[index + 1]]
        assert len(own) >= (3 if line.closed else 1)
        assert own[:, 4].sum() == pytest.approx(line.length, rel=1e-4, abs=1e-4)
        np.testing.assert_allclose(own[:, 7], line.length, rtol=1e-5)
        assert (own[:, 8] == line.closed).all()
        middle = line.at((np.arange(len(own)) + 0.5) * line.length / len(own))
        np.testing.assert_allclose(own[:, [0, 1, 5]], middle, atol=1e-4)


def test_a_line_is_cut_about_every_three_pixels() -> None:
    assert [len(cut([straight(length)])) for length in (0.5, 3, 4.4, 4.6, 30)] == [1, 1, 1, 2, 10]
    assert len(cut([ring(0.5)])) == 3


def test_much_line_is_cut_into_longer_pieces() -> None:
    found = cut([straight(300), straight(300)], most=50)
    assert len(found) == 50
    np.testing.assert_allclose(found.length, 12, rtol=1e-5)


def test_a_line_tells_its_direction_and_how_far_its_ends_are() -> None:
    found = cut([straight(12)])
    np.testing.assert_allclose(found.along, [[0, 1]] * 4, atol=1e-6)
    np.testing.assert_allclose(found.table[:, 6], [1.5, 4.5, 4.5, 1.5], atol=1e-5)
    np.testing.assert_allclose(found.place[:, 1], [3.5, 6.5, 9.5, 12.5], atol=1e-5)
    round_ = cut([ring(9)])
    assert (round_.table[:, 6] == 32).all()
    # Across the way from the middle: a ring's direction turns with its place.
    np.testing.assert_allclose((round_.along * round_.place).sum(1), 0, atol=0.2)


def test_a_dot_is_a_piece_without_length() -> None:
    found = cut([Contour(np.array([[3, 4, 2.0]]))])
    np.testing.assert_allclose(found.table, [[3, 4, 1, 0, 0, 2, 0, 0, 0]])


def test_without_lines_there_are_no_pieces() -> None:
    assert len(cut([])) == 0 and cut([]).table.shape == (0, COLUMNS) and cut([]).first.tolist() == [0]
