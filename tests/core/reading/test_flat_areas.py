"""Outlines, flat colours, paper and sheets."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core import srgb
from doodle_core.drawing import Drawing
from doodle_core.errors import DoodleError
from doodle_core.geometry.isolines import isolines
from doodle_core.geometry.simplification import kept_vertices
from doodle_core.pixels import from_pixels
from doodle_core.reading.cells import of_drawing
from doodle_core.reading.flats import flats_of, palette
from doodle_core.reading.preview import preview, warning_about
from doodle_core.reading.reader import laid, read
from doodle_core.reading.scales import line_radius, working_side
from doodle_core.reading.settings import Reading
from doodle_core.reading.sheets import cells_of, grid_of
from doodle_core.rendering import coverage, render

ROUND = np.linspace(0, 2 * np.pi, 80, endpoint=False)


def disc(x: float, y: float, radius: float) -> np.ndarray:
    return np.stack([x + radius * np.cos(ROUND), y + radius * np.sin(ROUND)], axis=1)


def signed(points: np.ndarray) -> float:
    x, y = points.T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2


def picture_of(drawing: Drawing, side: int) -> np.ndarray:
    """As a file on white paper, 8 bit."""
    rgba = render(drawing, side)
    shown = srgb.encoded(rgba[..., :3]) * rgba[..., 3:] + 1 - rgba[..., 3:]
    return np.rint(255 * shown).astype(np.uint8)


# Outlines


def test_the_outline_of_one_pixel_is_a_diamond_about_its_centre() -> None:
    values = np.zeros((3, 4))
    values[1, 2] = 1
    ((points, inside),) = isolines(values)
    assert inside == (1, 2)
    assert sorted(points.tolist()) == [[2.0, 1.5], [2.5, 1.0], [2.5, 2.0], [3.0, 1.5]]


def test_a_hole_runs_the_other_way() -> None:
    values = np.ones((7, 7))
    values[3, 3] = 0
    outer, hole = (points for points, _ in isolines(values))
    assert signed(outer) * signed(hole) < 0
    assert outer.min() == 0 and outer.max() == 7


@given(hnp.arrays(np.float64, (7, 6), elements=st.floats(0, 1)))
@settings(max_examples=40)
def test_outlines_enclose_what_is_over_the_level(values: np.ndarray) -> None:
    loops = isolines(values)
    assert sum(len(points) for points, _ in loops) >= 4 * bool((values > 0.5).any())
    for points, (row, column) in loops:
        assert values[row, column] > 0.5
        assert (points >= 0).all() and (points <= (6, 7)).all()


def test_an_outline_lies_between_pixels() -> None:
    share = coverage(Drawing.make([disc(0.5, 0.5, 0.3)], 0, filled=True), 128)
    ((points, _),) = isolines(share)
    assert np.abs(np.hypot(*(points / 128 - 0.5).T) - 0.3).max() < 0.2 / 128


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=2, max_size=40), st.floats(0.01, 2))
@settings(max_examples=50)
def test_vertices_that_are_left_out_lie_within_the_tolerance(points: list, tolerance: float) -> None:
    values = np.array(points)
    kept = np.flatnonzero(kept_vertices(values, np.array([0, len(values)]), np.full(len(values), tolerance)))
    assert kept[0] == 0 and kept[-1] == len(values) - 1
    for low, high in itertools.pairwise(kept):
        across = values[high] - values[low]
        for number in range(low + 1, high):
            share = np.clip((values[number] - values[low]) @ across / max(across @ across, 1e-12), 0, 1)
            assert np.hypot(*(values[number] - values[low] - share * across)) <= tolerance + 1e-9


# Flat colours


def test_flat_colours_come_back_in_an_order_that_gives_the_picture() -> None:
    skin, blue, dark = (250, 210, 170), (60, 120, 230), (20, 10, 60)
    linear = [srgb.linear(np.array(colour, np.uint8)) for colour in (skin, blue, dark, skin)]
    shapes = [disc(0.5, 0.5, 0.4), disc(0.4, 0.4, 0.15), disc(0.4, 0.42, 0.06), disc(0.7, 0.6, 0.02)]
    drawing = Drawing.make(shapes[:3], 0, filled=True, colours=linear[:3])
    pixels = picture_of(drawing, 256)
    found = read(from_pixels(pixels), lambda shown: of_drawing(drawing, len(shown)))
    assert found.areas.tolist() == [True] * 3
    assert np.abs(picture_of(found, 256).astype(int) - pixels).mean() < 1
    # The largest first, without a hole where the next one lies in it.
    assert np.diff(found.shapes).tolist() == [1, 1, 1]
    assert found.colours is not None
    first = found.colours[found.offsets[found.shapes[:-1]]]
    assert np.abs(first - np.stack(linear[:3])).max() < 0.02


def test_a_hole_that_shows_the_paper_stays_one() -> None:
    both = [disc(0.5, 0.5, 0.4), disc(0.5, 0.5, 0.2)]
    ring = Drawing(
        points=np.concatenate(both),
        radii=np.zeros(160),
        opacities=np.ones(160),
        offsets=np.array([0, 80, 160]),
        cyclic=np.ones(2, bool),
        shapes=np.array([0, 2]),
        areas=np.array([True]),
    )
    found = read(from_pixels(picture_of(ring, 256)), lambda shown: of_drawing(ring, len(shown)))
    assert found.areas.tolist() == [True] and np.diff(found.shapes).tolist() == [2]
    assert np.abs(coverage(found, 64) - coverage(ring, 64)).max() < 0.15
    assert found.colours is None


def test_a_palette_has_each_colour_once_and_the_most_frequent_first() -> None:
    pixels = np.repeat(
        np.array([[0.9, 0.1, 0.1], [0.1, 0.1, 0.8], [0.9, 0.12, 0.1]], np.float32), (50, 300, 20), axis=0
    )
    found = palette(pixels)
    assert len(found) == 2
    assert np.abs(found[0] - (0.1, 0.1, 0.8)).max() < 0.01


def test_no_solid_ink_no_areas() -> None:
    blank = np.zeros((32, 32), np.float32)
    assert flats_of(np.ones((32, 32, 3), np.float32), blank, blank) == []


# Scale


@pytest.mark.parametrize(("radius", "low", "high"), [(0.9, 600, 1024), (12.0, 120, 190), (3.0, 512, 512)])
def test_wide_lines_are_read_smaller_and_thin_ones_of_small_pictures_larger(radius: float, low: int, high: int) -> None:
    lines = [[[0.1, 0.1 + 0.2 * k], [0.9, 0.15 + 0.2 * k]] for k in range(4)]
    side = 512
    shown = laid(from_pixels(picture_of(Drawing.make(lines, radius / side), side)))
    assert line_radius(shown) == pytest.approx(radius, rel=0.35)
    assert low <= working_side(shown) <= high and working_side(shown) % 8 == 0


def test_a_marker_line_is_a_line() -> None:
    drawing = Drawing.make([[[0.1, 0.2], [0.9, 0.3]], [[0.1, 0.6], [0.9, 0.7]]], 15 / 512)
    found = read(from_pixels(picture_of(drawing, 512)), lambda shown: of_drawing(drawing, len(shown)))
    assert not found.areas.any() and len(found) == 2
    assert found.radii == pytest.approx(15 / 512, rel=0.06)


# Paper


def paper(side: int = 240) -> np.ndarray:
    """Warm paper, darker to one corner, with grain."""
    y, x = np.mgrid[:side, :side] / side
    tone = np.array([0.95, 0.92, 0.85]) - 0.14 * (x * y)[..., None]
    return tone + np.random.default_rng(0).normal(0, 0.01, (side, side, 3))


def test_paper_is_taken_away_and_lines_stay() -> None:
    shown = paper()
    shown[100:103, 30:200] *= 0.3
    pixels = np.rint(255 * np.clip(shown, 0, 1)).astype(np.uint8)
    bare, kept = from_pixels(pixels, paper="removed"), from_pixels(pixels)
    assert bare.ink[150:].mean() < 0.003 and bare.ink[101, 40:190].min() > 0.55
    assert bare.colours is None
    assert kept.ink[150:].mean() > 0.05


def test_clean_paper_changes_nothing() -> None:
    pixels = picture_of(Drawing.make([[[0.1, 0.2], [0.9, 0.7]]], 0.02), 128)
    one, two = from_pixels(pixels), from_pixels(pixels, paper="removed")
    assert np.array_equal(one.ink, two.ink)


# Sheets


def sheet(xs: list[float], ys: list[float], degrees: float, size: tuple[int, int]) -> np.ndarray:
    """A cross in each cell of a sheet with cuts at these shares, turned clockwise."""
    lines = []
    for x0, x1 in itertools.pairwise(xs):
        for y0, y1 in itertools.pairwise(ys):
            box = np.array([[x0, y0], [x1, y1]])
            low, high = box[0] + 0.12 * (box[1] - box[0]), box[1] - 0.12 * (box[1] - box[0])
            lines += [np.array([low, high]), np.array([[low[0], high[1]], [high[0], low[1]]])]
    turn = np.radians(degrees)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    lines = [(line - 0.5) @ matrix + 0.5 for line in lines]
    return picture_of(Drawing.make(lines, 0.004), max(size))[: size[0], : size[1]]


def test_an_even_sheet_is_cut_evenly() -> None:
    pixels = sheet([0, 0.5, 1], [0, 0.5, 1], 0, (400, 400))
    grid = grid_of(pixels, 2, 2)
    assert grid.even
    assert [cell.shape for cell in cells_of(pixels, grid)] == [(200, 200, 3)] * 4


def test_a_turned_sheet_with_uneven_cells_is_cut_by_its_gaps() -> None:
    pixels = sheet([0, 0.3, 0.68, 1], [0, 0.42, 1], 2, (600, 600))
    grid = grid_of(pixels, 3, 2)
    assert not grid.even and grid.degrees == pytest.approx(2, abs=0.6)
    assert grid.xs[1:3] == pytest.approx([180, 408], abs=12)
    assert grid.ys[1] == pytest.approx(252, abs=12)
    cells = cells_of(pixels, grid)
    assert len({cell.shape for cell in cells}) == 1 and len(cells) == 6
    assert sum(int((cell < 128).sum()) for cell in cells) == pytest.approx(int((pixels < 128).sum()), rel=0.05)
    assert grid.corners().shape == (6, 4, 2)


# Settings and what is told


@pytest.mark.parametrize(
    ("wrong", "names"),
    [({"ink": "red"}, "ink 'red'"), ({"paper": "torn"}, "paper 'torn'"), ({"sensitivity": 2.0}, "sensitivity 2")],
)
def test_settings_out_of_range_are_named(wrong: dict, names: str) -> None:
    with pytest.raises(DoodleError, match=names):
        Reading(**wrong)


def test_a_preview_shows_each_stroke_over_the_pale_picture() -> None:
    drawing = Drawing.make([[[0.1, 0.3], [0.9, 0.3]], [[0.1, 0.7], [0.9, 0.7]]], 0.01)
    shown = preview(from_pixels(picture_of(drawing, 128)), drawing, 100)
    assert shown.shape == (100, 100, 4) and (shown[..., 3] == 255).all()
    assert tuple(shown[30, 50, :3]) != tuple(shown[70, 50, :3])
    assert (shown[50, 50, :3] == 255).all()


def test_a_picture_that_is_mostly_ink_or_was_hardly_read_is_told() -> None:
    dark = from_pixels(np.zeros((64, 64), np.uint8), "dark")
    assert "is ink" in warning_about(dark, Drawing.empty())
    drawing = Drawing.make([[[0.1, 0.3], [0.9, 0.3]], [[0.1, 0.7], [0.9, 0.7]]], 0.01)
    picture = from_pixels(picture_of(drawing, 128))
    assert warning_about(picture, drawing) == ""
    assert "was not read" in warning_about(picture, drawing.select([0]))
