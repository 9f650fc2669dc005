"""Which colour ink has where lines of several colours meet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core import raster
from doodle_core.drawing import Strokes
from doodle_core.look import PLAIN, Look, cut
from doodle_core.painting import of_strokes, paint, paint_strokes

RED, BLUE, GREEN = (0.9, 0.05, 0.1), (0.0, 0.2, 0.8), (0.1, 0.7, 0.2)
CROSS = Strokes.make([[(0.1, 0.5), (0.9, 0.5)], [(0.5, 0.1), (0.5, 0.9)]], radii=0.05, colours=[RED, BLUE])
SIZE = 128


def painted(strokes: Strokes, size: int = SIZE, look: Look = PLAIN) -> np.ndarray:
    return paint_strokes(strokes, cut(raster.field(strokes, size), look), look)


def over(strokes: Strokes, size: int, look: Look) -> np.ndarray:
    """Every stroke drawn whole and put over those before it; NaN where nothing is."""
    assert strokes.colours is not None
    answer, covered = np.zeros((size, size, 3)), np.zeros((size, size, 1))
    for index in range(len(strokes)):
        part = slice(strokes.offsets[index], strokes.offsets[index + 1])
        alone = Strokes.make(
            [strokes.points[part]], [strokes.radii[part]], [strokes.opacities[part]], bool(strokes.cyclic[index])
        )
        share = cut(raster.field(alone, size), look)[..., None].astype(np.float64)
        answer += share * (strokes.colours[strokes.offsets[index]] - answer)
        covered += share * (1 - covered)
    with np.errstate(invalid="ignore"):
        return answer / covered


def test_the_later_stroke_lies_over_the_earlier_one() -> None:
    middle = SIZE // 2
    found = painted(CROSS)
    np.testing.assert_allclose(found[middle, middle], BLUE, atol=1e-6)
    np.testing.assert_allclose(found[middle, SIZE // 5], RED, atol=1e-6)
    np.testing.assert_allclose(found[SIZE // 5, middle], BLUE, atol=1e-6)
    other = Strokes.make([[(0.5, 0.1), (0.5, 0.9)], [(0.1, 0.5), (0.9, 0.5)]], radii=0.05, colours=[BLUE, RED])
    np.testing.assert_allclose(painted(other)[middle, middle], RED, atol=1e-6)


def test_colours_along_one_stroke_go_evenly() -> None:
    strokes = Strokes.make([[(0.1, 0.5), (0.9, 0.5)]], radii=0.05, colours=[(RED, BLUE)])
    found = painted(strokes, 100)
    for column in (20, 50, 80):
        share = ((column + 0.5) / 100 - 0.1) / 0.8
        wanted = (1 - share) * np.array(RED) + share * np.array(BLUE)
        np.testing.assert_allclose(found[47:53, column], np.tile(wanted, (6, 1)), atol=1e-5)


def test_translucent_ink_lets_the_lower_colour_through() -> None:
    strokes = replace(CROSS, opacities=np.array([1, 1, 0.25, 0.25], np.float32))
    wanted = 0.75 * np.array(RED) + 0.25 * np.array(BLUE)
    np.testing.assert_allclose(painted(strokes)[SIZE // 2, SIZE // 2], wanted, atol=1e-5)


def test_a_fill_lies_over_what_is_before_it_and_under_what_is_after() -> None:
    square = [(0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)]
    strokes = Strokes.make(
        [[(0.1, 0.4), (0.9, 0.4)], square, [(0.1, 0.6), (0.9, 0.6)]],
        radii=[0.04, 0.0, 0.04],
        cyclic=[False, True, False],
        filled=[False, True, False],
        colours=[RED, GREEN, BLUE],
    )
    found = painted(strokes, 100)
    for place, colour in (((40, 20), RED), ((40, 50), GREEN), ((60, 50), BLUE), ((50, 50), GREEN)):
        np.testing.assert_allclose(found[place], colour, atol=1e-5)


def test_paper_beside_a_line_has_its_colour() -> None:
    """A texture filter that mixes neighbours must not bring a dark rim in."""
    ink = raster.ink(CROSS, SIZE)
    found = painted(CROSS)
    near = np.zeros_like(ink, bool)
    inked = ink > 0
    for rows, columns in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        near |= np.roll(inked, (rows, columns), axis=(0, 1))
    rim = found[near & ~inked]
    assert len(rim) > 100
    away = np.minimum(np.abs(rim - RED).max(axis=1), np.abs(rim - BLUE).max(axis=1))
    assert np.median(away) < 1e-5  # but at the crossing's corners, one or the other
    low, high = np.minimum(RED, BLUE), np.maximum(RED, BLUE)
    assert (rim >= low - 1e-5).all() and (rim <= high + 1e-5).all()


coordinates = st.floats(0.05, 0.95)
strokes_of = st.lists(
    st.tuples(
        st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=4),
        st.floats(0.01, 0.08),
        st.tuples(*[st.floats(0, 1)] * 3),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(strokes_of, st.sampled_from([PLAIN, Look(softness=1.0), Look(line_weight=0.5)]), st.sampled_from([40, 96, 130]))
def test_it_is_as_if_strokes_were_put_one_over_the_other(drawn: list, look: Look, size: int) -> None:
    lines, radii, colours = zip(*drawn, strict=True)
    strokes = Strokes.make(lines, list(radii), colours=colours)
    ink = cut(raster.field(strokes, size), look)
    found, wanted = paint(of_strokes(strokes, size), ink, look), over(strokes, size, look)
    low, high = np.min(colours, axis=0), np.max(colours, axis=0)
    assert (found >= low - 1e-5).all() and (found <= high + 1e-5).all()
    seen = ink > 0.02
    assert np.abs(found - wanted)[seen].max(initial=0) < 0.02


def test_colours_are_never_a_hair_beyond_the_darkest_and_the_brightest() -> None:
    dice = np.random.default_rng(0)
    lines = [dice.random((6, 2)) for _ in range(12)]
    ends = [dice.integers(0, 2, (6, 3)).astype(float) for _ in lines]
    for opacity in (1.0, 0.5):
        colours = painted(Strokes.make(lines, radii=0.03, opacities=opacity, colours=ends), 256)
        assert colours.min() == 0 and colours.max() == 1


def test_nothing_drawn_is_black() -> None:
    none = Strokes.make([[(0.5, 0.5)]], radii=0.0, colours=[RED])
    assert not painted(none, 40).any()


@pytest.mark.parametrize("size", [64, 100, 513])
def test_every_size_has_the_same_colours(size: int) -> None:
    found = painted(CROSS, size)
    assert found.shape == (size, size, 3)
    np.testing.assert_allclose(found[size // 2, size // 5], RED, atol=1e-6)


def test_between_two_lines_each_has_its_own_colour_beside_it() -> None:
    """Eight rows of paper apart, on a grid of tiles that are eight pixels wide."""
    radius = 0.0499
    strokes = Strokes.make(
        [[(0.1, 0.45), (0.9, 0.45)], [(0.1, 0.6125), (0.9, 0.6125)]], radii=radius, colours=[RED, BLUE]
    )
    ink = raster.ink(strokes, SIZE)
    assert not ink[64:72].any() and ink[63, 64] > 0.9 and ink[72, 64] > 0.9
    found = painted(strokes)
    np.testing.assert_allclose(found[64, 20:108], np.broadcast_to(RED, (88, 3)), atol=0.01)
    np.testing.assert_allclose(found[71, 20:108], np.broadcast_to(BLUE, (88, 3)), atol=0.01)


def test_ink_that_no_line_covers_has_the_colour_of_the_nearest() -> None:
    strokes = Strokes.make([[(0.2, 0.3)], [(0.7, 0.8)]], radii=0.03, colours=[RED, BLUE])
    size = 512
    found = paint(of_strokes(strokes, size), np.ones((size, size), np.float32), PLAIN)
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size
    nearer = np.hypot(x - 0.7, y - 0.8) - np.hypot(x - 0.2, y - 0.3)  # > 0 nearer to red
    clear = 12 / size
    np.testing.assert_allclose(found[nearer > clear], np.broadcast_to(RED, found[nearer > clear].shape), atol=1e-3)
    np.testing.assert_allclose(found[nearer < -clear], np.broadcast_to(BLUE, found[nearer < -clear].shape), atol=1e-3)


def test_strokes_without_points_beside_a_fill_paint_nothing() -> None:
    triangle, line = [(0.2, 0.2), (0.8, 0.3), (0.5, 0.8)], [(0.1, 0.5), (0.9, 0.5)]
    shapes = Strokes.make([triangle, line], 0.02, filled=[True, False], colours=[RED, BLUE])
    among = Strokes.make(
        [[], triangle, [], line],
        0.02,
        filled=[False, True, True, False],
        colours=[GREEN, RED, GREEN, BLUE],
    )
    np.testing.assert_array_equal(painted(among), painted(shapes))
