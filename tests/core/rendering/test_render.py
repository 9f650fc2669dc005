"""Drawings to pixels: what is painted where, in which order, how strongly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core.drawing import Drawing
from doodle_core.rendering import PLAIN, Style, coverage, render
from tests.core.anything import array, coordinates, examples, radii, shares
from tests.core.rendering import sampled

RED, GREEN, BLUE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
SQUARE = [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]]
EXACT = 1e-6  # of the value: where nothing mixes
LEVEL = 1 / 255  # where something does


def area(*outlines: list, opacity: float = 1.0, colour: tuple | None = None) -> Drawing:
    """One area of several outlines."""
    points = np.concatenate([np.asarray(outline, np.float32) for outline in outlines])
    return Drawing(
        points=points,
        radii=np.zeros(len(points)),
        opacities=np.full(len(points), opacity),
        colours=None if colour is None else np.tile(colour, (len(points), 1)),
        offsets=np.cumsum([0, *map(len, outlines)]),
        cyclic=np.ones(len(outlines), bool),
        shapes=np.array([0, len(outlines)]),
        areas=np.array([True]),
    )


def line(*polylines: list, radius: float = 0.03, opacity: float = 1.0) -> Drawing:
    """One line of several polylines."""
    points = np.concatenate([np.asarray(polyline, np.float32) for polyline in polylines])
    return Drawing(
        points=points,
        radii=np.full(len(points), radius),
        opacities=np.full(len(points), opacity),
        offsets=np.cumsum([0, *map(len, polylines)]),
        cyclic=np.zeros(len(polylines), bool),
        shapes=np.array([0, len(polylines)]),
        areas=np.array([False]),
    )


# Coverage


@pytest.mark.parametrize("radius", [0.004, 0.02, 0.21])
@pytest.mark.parametrize("deep", [False, True])
def test_a_single_vertex_is_a_disc(radius: float, deep: bool):
    ink = render(Drawing.make([[[0.503, 0.496]]], radius), 256, deep=deep)[..., 3]
    assert ink.sum() / 256**2 == pytest.approx(np.pi * radius**2, rel=0.01 if radius > 0.01 else 0.02 if deep else 0.03)
    assert ink[126, 128] > 0.999 or radius < 0.01


@pytest.mark.parametrize("width", [0.5, 1.0, 2.0, 3.3, 12.0])
@pytest.mark.parametrize("angle", [0.0, 0.01, 0.3, 0.785, 1.57])
@pytest.mark.parametrize("deep", [False, True])
def test_the_ink_of_a_line_is_its_length_times_its_width(width: float, angle: float, deep: bool):
    """Within 1 %; but Skia has level edges on quarters of a pixel (deep: on eighths), each of the two."""
    half = 0.4 * np.array([np.cos(angle), np.sin(angle)])
    middle = np.array([0.5013, 0.4989])
    ink = render(Drawing.make([[middle - half, middle + half]], width / 2 / 256), 256, deep=deep)[..., 3]
    rows = 0.8 * 256 * (0.06 if deep else 0.25) if angle < 0.1 else 0.0
    thin = 0.01 if width < 1 and not deep else 0.002
    expected = 0.8 * 256 * width + np.pi * width**2 / 4
    assert ink.sum() == pytest.approx(expected, abs=max(0.01 * expected, rows) + thin * expected)


def test_a_line_without_radius_leaves_no_ink():
    assert not coverage(Drawing.make([SQUARE, [[0.5, 0.5]]], 0), 64).any()


def test_a_line_tapers_to_a_point():
    points, radii = np.array([[0.1, 0.5], [0.9, 0.52]]), np.array([0.05, 0.0])
    ink = coverage(Drawing.make([points], [radii]), 128)
    assert np.abs(ink - sampled.line(points, radii, 128)).mean() < 0.001
    assert ink[:, 110].sum() < ink[:, 60].sum() < ink[:, 20].sum()


def test_holes_are_even_odd_and_one_contour_is_nonzero():
    inner = [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6]]
    for hole in (inner, inner[::-1]):
        ink = coverage(area(SQUARE, hole), 100)
        assert ink[50, 50] == 0 and ink[30, 30] == 1
        assert ink.sum() == pytest.approx(2500 - 400, abs=2)
    assert coverage(area(SQUARE + SQUARE), 100)[50, 50] == 1  # twice round


def test_several_polylines_of_one_line_are_painted_as_one():
    cross = line([[0.1, 0.5], [0.9, 0.5]], [[0.5, 0.1], [0.5, 0.9]], [[0.9, 0.5], [0.1, 0.5]], opacity=0.3)
    ink = coverage(cross, 100)
    assert ink.max() == pytest.approx(0.3, rel=EXACT)
    assert ink[50, 50] == ink[50, 20] == ink[20, 50]


@pytest.mark.parametrize("deep", [False, True])
def test_thirty_percent_stays_thirty_percent_where_a_line_crosses_itself(deep: bool):
    loop = [[0.1, 0.2], [0.9, 0.8], [0.9, 0.2], [0.1, 0.8], [0.1, 0.2], [0.9, 0.8]]
    alpha = render(Drawing.make([loop], 0.04, 0.3), 128, deep=deep)[..., 3]
    assert alpha.max() == pytest.approx(0.3, rel=EXACT)
    assert alpha[64, 64] == pytest.approx(0.3, rel=EXACT)


def test_shapes_of_one_opacity_add_up():
    cross = Drawing.make([[[0.1, 0.5], [0.9, 0.5]], [[0.5, 0.1], [0.5, 0.9]]], 0.05, 0.3)
    ink = coverage(cross, 100)
    assert ink[50, 50] == pytest.approx(0.51, abs=LEVEL) and ink[50, 20] == pytest.approx(0.3, rel=EXACT)


def scribbles() -> list[tuple[np.ndarray, np.ndarray, bool]]:
    rng = np.random.default_rng(5)
    made = []
    for number in range(6):
        count = int(rng.integers(2, 9))
        made.append((rng.uniform(0.05, 0.95, (count, 2)), rng.uniform(0.002, 0.05, count), bool(number % 2)))
    return made


@pytest.mark.parametrize(("points", "radii", "closed"), scribbles())
@pytest.mark.parametrize(("deep", "most", "mean"), [(False, 0.3, 0.003), (True, 0.11, 0.0015)])
def test_lines_are_what_sampling_says(points, radii, closed, deep, most, mean):
    """Skia places corners on quarters of a pixel: single edge pixels may be off by as much."""
    drawing = Drawing.make([points], [radii], cyclic=closed)
    difference = np.abs(render(drawing, 96, deep=deep)[..., 3] - sampled.line(points, radii, 96, closed))
    assert difference.max() < most and difference.mean() < mean


@pytest.mark.parametrize(("deep", "most", "mean"), [(False, 0.3, 0.003), (True, 0.11, 0.0015)])
def test_areas_are_what_sampling_says(deep, most, mean):
    turn = np.linspace(0, 2 * np.pi, 11)[:-1]
    star = 0.5 + np.stack([np.cos(turn), np.sin(turn)], axis=1) * np.where(np.arange(10) % 2, 0.17, 0.45)[:, None]
    hole = 0.51 + np.stack([np.cos(turn), np.sin(turn)], axis=1) * 0.12
    difference = np.abs(render(area(star, hole), 96, deep=deep)[..., 3] - sampled.area([star, hole], 96))
    assert difference.max() < most and difference.mean() < mean


# Level, or not nearly so: of edges that rise by less than a quarter of a row over the picture the rasteriser may paint
# a part half a pixel off (docs/rendering.md).
SLOPES = st.just(0.0) | st.floats(0.005, 0.3) | st.floats(-0.3, -0.005)


@given(SLOPES, st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0, 1.5]).map(lambda q: q * np.pi))
@examples(30)
def test_coverage_follows_an_edge_by_less_than_a_pixel(slope: float, place: float, turn: float):
    """A half-plane, its edge at 32 + place pixels: the ink in it is as much as it covers, to an eighth of a pixel."""
    along = np.array([[-1, 0], [2, 0], [2, 3], [-1, 3]], np.float64)
    along[:, 1] += slope * (along[:, 0] - 0.5) * (along[:, 1] == 0)
    along[:, 1] += (place / 64) * (along[:, 1] < 1)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    half_plane = area((along - [0.5, 0.0]) @ rotation + 0.5)
    uncovered = 64 * 64 - coverage(half_plane, 64).sum()
    assert uncovered == pytest.approx(64 * (32 + place), abs=64 * 0.13)
    deep = 64 * 64 - render(half_plane, 64, deep=True)[..., 3].sum()
    assert deep == pytest.approx(64 * (32 + place), abs=64 * 0.065)


# Colours


def test_later_shapes_cover_earlier_ones():
    two = Drawing.make([SQUARE, SQUARE], 0, filled=True, colours=[RED, BLUE])
    assert render(two, 64)[32, 32].tolist() == [0, 0, 1, 1]
    assert render(two.select([1, 0]), 64)[32, 32].tolist() == [1, 0, 0, 1]


def test_what_shines_through():
    two = Drawing.make([SQUARE, SQUARE], 0, [1.0, 0.25], filled=True, colours=[RED, BLUE])
    np.testing.assert_allclose(render(two, 64)[32, 32], [0.75, 0, 0.25, 1], atol=LEVEL)
    two = Drawing.make([SQUARE, SQUARE], 0, [0.5, 0.5], filled=True, colours=[RED, BLUE])
    np.testing.assert_allclose(render(two, 64)[32, 32], [1 / 3, 0, 2 / 3, 0.75], atol=LEVEL)


@given(hnp.arrays(np.float32, 3, elements=st.floats(0, 1, width=32)), st.floats(0.1, 1), st.booleans())
@examples(30)
def test_colours_are_not_quantised_and_have_no_fringe(colour: np.ndarray, opacity: float, deep: bool):
    """Wherever there is ink, the straight colour is the drawn one: at soft and hard edges, too."""
    drawing = Drawing.make([[[0.2, 0.3], [0.7, 0.6]]], 0.05, opacity, colours=[colour])
    for style in (PLAIN, Style(softness=2)):
        pixels = render(drawing, 48, style, deep=deep)
        inked = pixels[..., 3] > 0.02
        np.testing.assert_allclose(pixels[inked][:, :3], np.tile(colour, (inked.sum(), 1)), atol=2e-3)
        solid = pixels[..., 3] > opacity * (1 - 1e-3)
        assert solid.any()
        np.testing.assert_allclose(pixels[solid][:, :3], np.tile(colour, (solid.sum(), 1)), atol=1e-3)


def test_without_ink_all_is_nought():
    pixels = render(Drawing.make([SQUARE], 0.01, colours=[GREEN]), 64)
    assert not pixels[0].any() and not pixels[32, 32].any()


def test_the_style_colours_what_has_no_colour():
    style = Style(colour=(0.25, 0.5, 0.75, 0.5))
    np.testing.assert_allclose(render(area(SQUARE), 64, style)[32, 32], [0.25, 0.5, 0.75, 0.5], atol=1e-3)
    red = area(SQUARE, colour=RED, opacity=0.5)
    np.testing.assert_allclose(render(red, 64, style)[32, 32], [1, 0, 0, 0.25], atol=1e-3)
    np.testing.assert_allclose(render(red, 64, style, drawn_ink=False)[32, 32], [0.25, 0.5, 0.75, 0.25], atol=1e-3)


def test_an_area_of_several_colours_has_their_mean():
    drawing = Drawing.make([SQUARE], 0, [[0.2, 0.4, 0.6, 0.8]], filled=True, colours=[[RED, RED, BLUE, BLUE]])
    np.testing.assert_allclose(render(drawing, 64)[32, 32], [0.5, 0, 0.5, 0.5], atol=1e-3)


# Ink that varies along a line


@pytest.mark.parametrize("deep", [False, True])
def test_opacity_and_colour_vary_evenly_along_a_line(deep: bool):
    points = [[0.1, 0.5], [0.5, 0.5], [0.9, 0.5]]
    drawing = Drawing.make([points], 0.1, [[0.2, 1.0, 0.6]], colours=[[RED, GREEN, BLUE]])
    row = render(drawing, 200, deep=deep)[100]
    for x, share in ((0.1, 0.0), (0.3, 1.0), (0.5, 2.0), (0.7, 3.0), (0.9, 4.0)):
        expected = [
            [1, 0, 0, 0.2], [0.5, 0.5, 0, 0.6], [0, 1, 0, 1], [0, 0.5, 0.5, 0.8], [0, 0, 1, 0.6],
        ][int(share)]  # fmt: skip
        np.testing.assert_allclose(row[int(x * 200)], expected, atol=0.012)
    np.testing.assert_allclose(row[int(0.04 * 200)], [1, 0, 0, 0.2], atol=1e-3)  # in the round ends
    np.testing.assert_allclose(row[int(0.96 * 200)], [0, 0, 1, 0.6], atol=1e-3)


def test_a_line_of_varying_ink_covers_what_one_of_even_ink_does():
    rng = np.random.default_rng(2)
    points = rng.uniform(0.1, 0.9, (9, 2))
    radii = rng.uniform(0.002, 0.04, 9)
    even = coverage(Drawing.make([points], [radii], 0.5), 200)
    varying = coverage(Drawing.make([points], [radii], [np.where(np.arange(9) % 2, 0.499, 0.501)]), 200)
    np.testing.assert_allclose(varying, even, atol=1.01 * LEVEL)


def test_where_a_line_of_varying_ink_crosses_itself_the_later_part_is_seen():
    loop = [[0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]]
    alpha = coverage(Drawing.make([loop], 0.03, [[0.2, 0.2, 0.4, 0.4]]), 200)
    assert alpha.max() <= 0.4 + LEVEL
    assert alpha[100, 100] == pytest.approx(0.4, abs=LEVEL)
    assert alpha[100, 40] == pytest.approx(0.2, abs=LEVEL)


def test_several_lines_of_varying_ink_each_have_their_own():
    rows = [[[0.1, y], [0.5, y], [0.9, y]] for y in (0.2, 0.5, 0.8)]
    drawing = Drawing.make(rows, 0.05, [[a, a, a + 0.1] for a in (0.2, 0.5, 0.8)])
    np.testing.assert_allclose(coverage(drawing, 100)[[20, 50, 80], 20], [0.2, 0.5, 0.8], atol=LEVEL)


# Style


@pytest.mark.parametrize("weight", [-0.5, 0.5, 1.5])
def test_line_weight_widens_lines_on_both_sides(weight: float):
    drawing = Drawing.make([[[0.2, 0.5], [0.8, 0.5]]], 1 / 64)
    column = coverage(drawing, 256, Style(line_weight=weight))[:, 128]
    assert column.sum() == pytest.approx(2 * (1 + weight) * 4, abs=0.1)


def test_line_weight_takes_thin_lines_away_and_leaves_those_without_radius():
    drawing = Drawing.make([[[0.2, 0.5], [0.8, 0.5]]], 0.5 / 64)
    assert not coverage(drawing, 128, Style(line_weight=-0.6)).any()
    assert not coverage(Drawing.make([SQUARE], 0), 128, Style(line_weight=1)).any()


@pytest.mark.parametrize("opacity", [1.0, 0.3])
@pytest.mark.parametrize("weight", [-1.0, 1.0])
def test_line_weight_moves_the_edges_of_areas_and_holes(weight: float, opacity: float):
    hole = [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6]]
    pixels = render(area(SQUARE, hole, opacity=opacity, colour=GREEN), 128, Style(line_weight=weight))
    row = pixels[64, :, 3] / opacity  # from 32 to 96 but for 51.2 to 76.8, two pixels a model pixel
    assert row.sum() == pytest.approx(64 - 25.6 + 8 * weight, abs=0.3)
    assert row.max() == pytest.approx(1.0, abs=1e-3)
    inked = pixels[..., 3] > 0.01
    np.testing.assert_allclose(pixels[inked][:, :3], np.tile(GREEN, (inked.sum(), 1)), atol=2e-3)


@pytest.mark.parametrize("softness", [0.5, 1.0, 4.0])
def test_softness_is_a_ramp_about_the_edge(softness: float):
    """As of a straight line over the ramp's width: within 6 % of it, and half at the edge itself."""
    row = coverage(Drawing.make([SQUARE], 0, filled=True), 256, Style(softness=softness))[128]
    width = 1 + softness * 4
    ramp = np.clip((np.arange(256) + 0.5 - 64) / width + 0.5, 0, 1)
    assert np.abs(row[:128] - ramp[:128]).max() < 0.07
    assert row[63:65].mean() == pytest.approx(0.5, abs=0.01)
    assert row[128] == 1


def test_soft_lines_have_as_much_ink_and_so_have_soft_varying_ones_and_soft_heavy_areas():
    points = [[0.3, 0.4], [0.7, 0.6]]
    for drawing, style in (
        (Drawing.make([points], 0.004), {}),
        (Drawing.make([points], 0.02, [[0.2, 0.8]]), {}),
        (area(SQUARE, opacity=0.3), {"line_weight": 1.0}),
        (area(SQUARE), {"line_weight": -1.0}),
    ):
        crisp = coverage(drawing, 256, Style(**style))
        soft = coverage(drawing, 256, Style(softness=1.0, **style))
        assert soft.sum() == pytest.approx(crisp.sum(), rel=0.02)
        assert np.abs(np.diff(soft, axis=0)).max() < 0.6 * np.abs(np.diff(crisp, axis=0)).max()


# Whatever may be given


def test_an_empty_drawing_is_an_empty_picture():
    pixels = render(Drawing.empty(), 16)
    assert pixels.shape == (16, 16, 4) and pixels.dtype == np.float32 and not pixels.any()
    assert coverage(Drawing.make([[], []]), 16).shape == (16, 16)


def test_out_is_filled_and_returned():
    out = np.full((64, 64, 4), np.nan, np.float32)
    drawing = area(SQUARE, colour=RED)
    for deep in (False, True):
        assert render(drawing, 64, out=out, deep=deep) is out
        assert np.array_equal(out, render(drawing, 64, deep=deep))


def test_points_far_outside_do_not_change_what_is_seen():
    near = Drawing.make([[[-1, 0.45], [2, 0.55]]], 0.02)
    far = Drawing.make([[[-1e6 + 0.5, 0.5 - 1e6 / 30], [1e6 + 0.5, 0.5 + 1e6 / 30]]], 0.02)
    slope = coverage(far, 200)
    assert slope.sum() == pytest.approx(coverage(near, 200).sum(), rel=0.02)
    everywhere = area([[-1e6, -1e6], [1e6, -1e6], [1e6, 1e6], [-1e6, 1e6]])
    assert (coverage(everywhere, 64) == 1).all()
    assert (coverage(Drawing.make([[[0.5, 1e5]]], 1e6), 64) == 1).all()


def test_shapes_wholly_outside_leave_nothing_and_cost_no_path():
    away = Drawing.make([[[2, 2], [3, 2.5]], [[-1, 0.5], [-0.5, 0.5]]], 0.1, filled=[True, False])
    assert not render(away, 64).any()
    beside = Drawing.make([[[-0.05, 0.2], [-0.05, 0.8]]], 0.1)
    assert coverage(beside, 100)[:, 0].max() == 1


def test_empty_polylines_among_others():
    drawing = Drawing(
        points=np.array(SQUARE + [[0.5, 0.1], [0.5, 0.9]], np.float32),
        radii=np.full(6, 0.01),
        opacities=np.ones(6),
        offsets=np.array([0, 0, 4, 4, 4, 6, 6]),
        cyclic=np.zeros(6, bool),
        shapes=np.array([0, 0, 3, 4, 6, 6]),
        areas=np.array([True, True, False, False, True]),
    )
    expected = coverage(Drawing.make([SQUARE, SQUARE[:0], [[0.5, 0.1], [0.5, 0.9]]], [0, 0, 0.01], filled=True), 64)
    assert np.array_equal(coverage(drawing, 64), expected)
    assert expected[32, 32] == 1 and expected[8, 32] > 0


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    """Up to four shapes of up to three contours of up to six points, empty ones too, in any place, of any width."""
    contours = draw(st.lists(st.integers(0, 3), max_size=4))
    lengths = draw(st.lists(st.integers(0, 6), min_size=sum(contours), max_size=sum(contours)))
    count = sum(lengths)
    points = draw(array(coordinates, (count, 2)))
    if count and draw(st.booleans()):  # places that are passed again and again
        points = points[draw(hnp.arrays(np.int64, count, elements=st.integers(0, min(2, count - 1))))]
    return Drawing(
        points=points,
        radii=draw(array(radii, count)),
        opacities=np.ones(count) if draw(st.booleans()) else draw(array(shares, count)),
        offsets=np.cumsum([0, *lengths]),
        cyclic=draw(hnp.arrays(bool, len(lengths))),
        shapes=np.cumsum([0, *contours]),
        areas=draw(hnp.arrays(bool, len(contours))),
        colours=draw(array(shares, (count, 3))) if draw(st.booleans()) else None,
    )


@given(
    drawings(),
    st.floats(-2, 2),
    st.one_of(st.just(0.0), st.floats(0, 4)),
    st.sampled_from([1, 2, 33]),
    st.booleans(),
)
@examples(60)
def test_whatever_the_drawing_pixels_are_numbers_from_0_to_1(drawing, weight, softness, size, deep):
    pixels = render(drawing, size, Style(weight, softness, (0.2, 0.4, 0.6, 0.9)), deep=deep)
    assert pixels.shape == (size, size, 4)
    assert np.isfinite(pixels).all()
    assert pixels.min() >= 0 and pixels.max() <= 1
    assert not pixels[pixels[..., 3] == 0].any()


def test_threads_paint_the_same():
    rng = np.random.default_rng(3)
    drawings = [Drawing.make(list(rng.uniform(0, 1, (5, 8, 2))), 0.01, rng.uniform(0, 1, (5, 8))) for _ in range(8)]
    alone = [render(drawing, 64) for drawing in drawings]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda drawing: render(drawing, 64), drawings * 4))
    for number, pixels in enumerate(together):
        assert np.array_equal(pixels, alone[number % 8])


def test_a_line_of_very_many_vertices_may_vary() -> None:
    count = 30_000
    turn = np.linspace(0, 40 * np.pi, count)
    spiral = 0.5 + np.linspace(0.02, 0.45, count)[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    drawing = Drawing.make([spiral], 0.004, [np.linspace(0.2, 1.0, count)], colours=[(0.5, 0.2, 0.1)])
    alpha = render(drawing, 256)[..., 3]
    assert alpha[128, 120:136].max() < 0.4 < 0.9 < alpha[128, 235:250].max()
