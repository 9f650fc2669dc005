"""What is true of a drawing, cell by cell: literal cases, and what holds for any lines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core.drawing import Drawing
from doodle_core.engines import engine
from doodle_core.reading.cells import CELL, CHANNELS, SLOT, WIDEST, Cells, of_drawing, unpack
from training.reading.drawings import joined

SIDE = 64  # pixels, so 16 cells


def lines(*pixels: list[tuple[float, float]], radius: float = 1.0, cyclic: bool = False, **more: object) -> Drawing:
    return Drawing.make([np.array(line) / SIDE for line in pixels], radius / SIDE, cyclic=cyclic, **more)  # type: ignore[arg-type]


def area(*corners: tuple[float, float], colour: tuple[float, float, float] = (0, 0, 0)) -> Drawing:
    return Drawing.make([np.array(corners) / SIDE], 0.0, 1.0, True, True, [np.array(colour)])


def degrees(cells: Cells, row: int, column: int) -> list[float]:
    """Of the slots that are filled, ascending, 0 to 180."""
    filled = cells.presence[row, column] > 0.5
    c, s = cells.direction[row, column][filled].T
    return sorted(float(a) for a in np.degrees(np.arctan2(s, c)) / 2 % 180)


def test_engines_know_the_cells() -> None:
    assert (engine.CELL, engine.CELL_CHANNELS) == (CELL, CHANNELS)


def test_a_level_line_fills_one_slot_of_its_row() -> None:
    cells = of_drawing(lines([(10, 17), (54, 17)], radius=1.5), SIDE)
    row = cells.presence[4]
    assert row[2:14, 0].tolist() == [1.0] * 12 and row[:2].max() == row[14:].max() == row[:, 1].max() == 0
    assert np.delete(cells.presence, 4, axis=0).max() == 0
    np.testing.assert_allclose(cells.offset[4, 3:13, 0], [[0, -1]] * 10, atol=0.3)  # 17 is one above the middle, 18
    np.testing.assert_allclose(cells.offset[4, 3:13, 0, 1], -1, atol=1e-4)
    np.testing.assert_allclose(cells.direction[4, 3:13, 0], [[1, 0]] * 10, atol=1e-5)
    np.testing.assert_allclose(cells.radius[4, 3:13, 0], 1.5, rtol=1e-4)
    np.testing.assert_allclose(cells.strength[4, 3:13, 0], 1)
    assert np.argwhere(cells.end > 0).tolist() == [[4, 2], [4, 13]]
    assert cells.corner.max() == cells.junction.max() == cells.solid.max() == 0
    np.testing.assert_allclose(cells.line[14:20, 32], [0, 0.5, 1, 1, 0.5, 0], atol=0.02)


def test_a_crossing_fills_both_slots() -> None:
    cells = of_drawing(lines([(8, 18), (56, 18)], [(18, 8), (18, 56)]), SIDE)
    assert degrees(cells, 4, 4) == pytest.approx([0, 90], abs=1)
    assert cells.end[4, 4] == cells.junction[4, 4] == cells.corner[4, 4] == 0
    assert degrees(cells, 4, 8) == pytest.approx([0], abs=1)


def test_lines_side_by_side_fill_both_slots() -> None:
    cells = of_drawing(lines([(8, 16.5), (56, 16.5)], [(8, 19), (56, 19)], radius=0.5), SIDE)
    assert sorted(cells.offset[4, 8, :, 1].tolist()) == pytest.approx([-1.5, 1], abs=1e-3)
    assert degrees(cells, 4, 8) == pytest.approx([0, 0], abs=1)


def test_a_corner_has_both_its_sides() -> None:
    cells = of_drawing(lines([(8, 18), (34, 18), (34, 56)]), SIDE)
    assert np.argwhere(cells.corner > 0).tolist() == [[4, 8]]
    assert degrees(cells, 4, 8) == pytest.approx([0, 90], abs=1)


def test_an_end_on_another_line_is_a_junction() -> None:
    cells = of_drawing(lines([(8, 18), (54, 18)], [(34, 18), (34, 54)]), SIDE)
    assert np.argwhere(cells.junction > 0).tolist() == [[4, 8]]
    assert np.argwhere(cells.end > 0).tolist() == [[4, 2], [4, 13], [13, 8]]


def test_a_dot_is_there_without_a_direction() -> None:
    cells = of_drawing(lines([(30, 30)], radius=2), SIDE)
    assert np.argwhere(cells.presence > 0).tolist() == [[7, 7, 0]] and cells.presence[7, 7, 0] == 1
    assert cells.direction[7, 7, 0].tolist() == [0, 0] and cells.radius[7, 7, 0] == pytest.approx(2, rel=1e-3)


def test_what_is_too_thick_for_a_line_is_solid() -> None:
    thick = of_drawing(lines([(12, 32), (52, 32)], radius=WIDEST + 1), SIDE)
    assert thick.presence.max() == thick.line.max() == 0 and thick.solid[32, 32] == 1
    thin = of_drawing(lines([(12, 32), (52, 32)], radius=WIDEST - 0.5), SIDE)
    assert thin.presence.max() == 1 and thin.solid.max() == 0


def test_areas_hide_what_is_under_them() -> None:
    line = lines([(4, 30), (60, 30)], colours=[np.zeros(3)])
    box = [(20, 20), (44, 20), (44, 44), (20, 44)]
    for colour, solid in (((0.0, 0.0, 0.0), 1), ((1.0, 1.0, 1.0), 0)):
        under = of_drawing(joined([line, area(*box, colour=colour)]), SIDE)
        assert under.solid[32, 32] == solid  # an area like the paper hides, and is no ink
        assert under.presence[7, 6:10].max() == 0 and under.presence[7, 2, 0] == 1
        over = of_drawing(joined([area(*box, colour=colour), line]), SIDE)
        assert over.presence[7, 2:14, 0].min() == 1
        assert over.solid[30, 32] == 0 and over.line[30, 32] == 1


def test_strength_is_contrast_with_the_paper() -> None:
    grey = [np.full(3, 0.5**2.2)]
    pale = Drawing.make([np.array([(8, 18), (56, 18)]) / SIDE], 1 / SIDE, 0.5, colours=grey)
    assert of_drawing(pale, SIDE).strength[4, 8, 0] == pytest.approx(0.25, abs=0.01)
    assert of_drawing(pale, SIDE, (0.5**2.2,) * 3).strength[4, 8, 0] == pytest.approx(0, abs=0.01)


def test_an_empty_drawing_has_nothing() -> None:
    cells = of_drawing(Drawing.empty(), SIDE)
    assert cells.presence.max() == cells.ink.max() == cells.end.max() == 0


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.tuples(st.integers(18, 46), st.integers(18, 46)), min_size=2, max_size=4), max_size=4),
    st.tuples(st.integers(-2, 2), st.integers(-2, 2)),
)
def test_a_drawing_moved_by_cells_moves_its_cells(drawn: list[list[tuple[int, int]]], by: tuple[int, int]) -> None:
    # Not on the borders of cells, where rounding says on which side a place is.
    first = [[(x + 0.37, y + 0.41) for x, y in line] for line in drawn]
    second = [[(x + CELL * by[0], y + CELL * by[1]) for x, y in line] for line in first]
    one, two = (
        of_drawing(lines(*some), SIDE) if some else of_drawing(Drawing.empty(), SIDE) for some in (first, second)
    )
    np.testing.assert_allclose(two.presence, np.roll(one.presence, by[::-1], (0, 1)), atol=1e-5)
    there = two.presence > 0
    for name in ("offset", "direction"):
        np.testing.assert_allclose(
            getattr(two, name)[there], np.roll(getattr(one, name), by[::-1], (0, 1))[there], atol=1e-4
        )
    # The painter sets corners on a grid finer than a pixel, which moves by whole cells do not meet everywhere.
    np.testing.assert_allclose(two.line, np.roll(one.line, [CELL * k for k in by[::-1]], (0, 1)), atol=0.02)
    for name in ("end", "corner", "junction"):
        np.testing.assert_array_equal(getattr(two, name), np.roll(getattr(one, name), by[::-1], (0, 1)))


def test_unpacking_gives_probabilities_pixels_and_order() -> None:
    raw = np.zeros((CHANNELS, 2, 3), np.float32)
    raw[0, 1, 2], raw[SLOT, 0, 0] = 50, -50
    raw[1:3, 1, 2] = 0.5, -7  # half cells; beyond the cell is its edge
    raw[3:5, 1, 2] = 0, 3
    raw[5, 1, 2] = np.log(2.5)
    raw[2 * SLOT + 1, 0, 1] = 50
    raw[2 * SLOT + 3 + 4 * 2 + 3, 1, 0] = 50  # of the pixels' lines, row 2, column 3
    raw[2 * SLOT + 3 + 16, 1, 0] = 50
    cells = unpack(raw)
    assert cells.presence[1, 2, 0] == pytest.approx(1) and cells.presence[0, 0, 1] == pytest.approx(0, abs=1e-6)
    assert cells.offset[1, 2, 0].tolist() == [1, -2] and cells.direction[1, 2, 0].tolist() == [0, 1]
    assert cells.radius[1, 2, 0] == pytest.approx(2.5)
    assert np.argwhere(cells.corner > 0.9).tolist() == [[0, 1]] and cells.end.max() == 0.5
    assert np.argwhere(cells.line > 0.9).tolist() == [[6, 3]] and np.argwhere(cells.solid > 0.9).tolist() == [[4, 0]]
    assert cells.line.shape == (8, 12) and cells.ink.max() == 1
