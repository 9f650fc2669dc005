"""Fields and ink: of strokes against literal cases and search, of pictures against their inverse."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core.drawing import Picture, Strokes
from doodle_core.errors import DoodleError
from doodle_core.raster import FIELD_LIMIT, field, field_from_ink, from_pixels, ink, split_sheet

PIXEL = 1 / 64  # a model pixel in canvas units
COVERED = 1 / 256  # the rasteriser's step of coverage
MEASURED = 0.25  # model pixels by which what is measured on a finer picture may miss, at sharp tips and in gaps
SEAMS = 16  # pixels of 324: where edges of one outline cross inside of it, Skia's coverage is less than whole
SQUARE = [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]]
STAR = [[0.5 + 0.35 * np.sin(a), 0.5 - 0.35 * np.cos(a)] for a in np.arange(5) * 4 * np.pi / 5]


def cut(values: np.ndarray) -> np.ndarray:
    return np.clip(values * (len(values) / 64) + 0.5, 0, 1)


def centres(size: int) -> tuple[np.ndarray, np.ndarray]:
    middle = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(middle, middle)
    return x, y


def largest_disc(polyline: np.ndarray, radii: np.ndarray, size: int) -> np.ndarray:
    """The field of a stroke as the union of its discs, model pixels: each segment's best disc by ternary search.

    A disc's field is concave in its place along the segment, so the search finds the largest.
    """
    x, y = centres(size)
    best = np.full((size, size), -np.inf)

    def disc(i: int, t: np.ndarray) -> np.ndarray:
        px, py = ((1 - t) * polyline[i][axis] + t * polyline[i + 1][axis] for axis in (0, 1))
        return (1 - t) * radii[i] + t * radii[i + 1] - np.hypot(x - px, y - py)

    for i in range(len(polyline) - 1):
        low, high = np.zeros((size, size)), np.ones((size, size))
        for _ in range(80):
            third = (high - low) / 3
            left = disc(i, low + third) < disc(i, high - third)
            low, high = np.where(left, low + third, low), np.where(left, high, high - third)
        best = np.maximum(best, disc(i, (low + high) / 2))
    return np.clip(best * 64, -FIELD_LIMIT, FIELD_LIMIT)


def assert_measured(
    found: np.ndarray, expected: np.ndarray, most: float = MEASURED, mean: float = 0.02, seams: int = 0
) -> None:
    """A field is the expected one outside the ink; inside, where pieces overlap, ink is deeper than each says, but for
    pixels beside `seams`."""
    outside = expected < 0
    away = np.abs(found - expected)[outside]
    assert away.max(initial=0) <= most and (not len(away) or away.mean() <= mean)
    assert np.count_nonzero(found < expected - most) <= seams


lines = st.integers(1, 6).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float64, (n, 2), elements=st.floats(-0.5, 1.5)),
        hnp.arrays(np.float64, n, elements=st.floats(0, 0.1)),
    )
)


# Strokes


def test_horizontal_line_row_by_row():
    drawing = Strokes.make([[[0.25, 0.5], [0.75, 0.5]]], 2.25 * PIXEL)
    column = field(drawing, 64)[:, 32]
    # Row centres lie 0.5, 1.5, 2.5, ... pixels from the line at 32.
    np.testing.assert_allclose(column[32:39], [1.75, 0.75, -0.25, -1.25, -2.25, -3, -3], atol=COVERED)
    np.testing.assert_allclose(column, column[::-1], atol=COVERED)
    np.testing.assert_allclose(ink(drawing, 64)[32:36, 32], [1, 1, 0.25, 0], atol=COVERED)
    # Its round ends: column centres right of the end at 48, on a row half a pixel off the axis.
    np.testing.assert_allclose(field(drawing, 64)[32, 48:51], 2.25 - np.hypot([0.5, 1.5, 2.5], 0.5), atol=0.06)


@pytest.mark.parametrize("size", [64, 200, 512])
def test_dot_covers_its_area(size: int):
    dot = Strokes.make([[[0.47, 0.52]]], 0.2)
    assert ink(dot, size).sum(dtype=float) / size**2 == pytest.approx(np.pi * 0.2**2, rel=3e-3)


@pytest.mark.parametrize(
    ("radii", "polyline"),
    [
        ([0.02, 0.08], [[0.2, 0.3], [0.8, 0.6]]),
        ([0.1, 0.0], [[0.2, 0.5], [0.8, 0.5]]),
        ([0.02, 0.15], [[0.4, 0.5], [0.5, 0.5]]),  # the larger disc holds the smaller
        ([0.15, 0.02], [[0.4, 0.5], [0.5, 0.5]]),
        ([0.05, 0.15], [[0.5, 0.5], [0.5, 0.5]]),  # in one place
        ([0.03, 0.01, 0.06, 0.03], [[0.1, 0.1], [0.9, 0.2], [0.2, 0.7], [0.6, 1.2]]),
    ],
)
def test_tapered_strokes_are_the_union_of_their_discs(radii: list, polyline: list):
    found = field(Strokes.make([polyline], [radii]), 40)
    assert_measured(found, largest_disc(np.array(polyline), np.array(radii), 40))


@settings(max_examples=30)
@given(lines)
def test_any_stroke_is_the_union_of_its_discs(line: tuple):
    polyline, radii = line
    if not radii.any():
        return
    if len(polyline) == 1:
        polyline, radii = np.repeat(polyline, 2, axis=0), np.repeat(radii, 2)
    # A piece without width draws nothing: leave strokes with one to their own test.
    radii = np.maximum(radii, 0.01)
    found = field(Strokes.make([polyline], [radii]), 20)
    expected = largest_disc(polyline.astype(np.float32), radii.astype(np.float32), 20)
    inner = np.s_[1:-1, 1:-1]  # nobody sees whether ink beyond the canvas is nearer
    # It is measured at 12 times the size, and the end of a gap between two pieces to a pixel and a quarter of that.
    assert_measured(found[inner], expected[inner], most=1.25 * 64 / (12 * 20), mean=0.03, seams=SEAMS)


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize("cyclic", [False, True])
def test_square_closed_and_filled(cyclic: bool, filled: bool):
    found = field(Strokes.make([SQUARE], 1 * PIXEL, cyclic=cyclic, filled=filled), 64)
    # Across the left side (x = 16), which only closing draws: 2.5 and 0.5 pixels outside, 0.5 and 2.5 inside.
    if filled:
        radius = 1.0 if cyclic else 0.0  # an open fill closes its outline without a line
        expected = [radius - 2.5, radius - 0.5, radius + 0.5, min(radius + 2.5, 3)]
    elif cyclic:
        expected = [-1.5, 0.5, 0.5, -1.5]
    else:
        expected = [-3, -3, -3, -3]
    np.testing.assert_allclose(found[32, [13, 15, 16, 18]], expected, atol=1e-6)
    assert found[32, 32] == (FIELD_LIMIT if filled else -FIELD_LIMIT)
    # The right side is drawn in every case.
    np.testing.assert_allclose(found[32, 48:50], [0.5, -0.5], atol=1e-6)


@pytest.mark.parametrize("size", [64, 256])
def test_fill_that_overlaps_itself_is_solid_and_measured_to_its_outside(size: int):
    found = field(Strokes.make([STAR], 0.0, cyclic=True, filled=True), size)
    x, y = centres(size)
    # Nonzero winding: the pentagon in the middle is ink, too, with no creases along the edges that cross it.
    middle = np.hypot(x - 0.5, y - 0.5) < 0.08
    assert (found[middle] > 2.5).all()
    # Area of a pentagram of circumradius R with its inside: 5 triangles less what they share, 1.1226 R^2.
    assert ink(Strokes.make([STAR], 0.0, cyclic=True, filled=True), size).sum(dtype=float) / size**2 == pytest.approx(
        1.1226 * 0.35**2, rel=0.01
    )


@pytest.mark.parametrize("radius", [0.0, 0.01])
@pytest.mark.parametrize("size", [64, 128])
def test_fill_that_overlaps_itself_is_measured_like_its_outer_outline(size: int, radius: float):
    # The pentagram's outer outline: five tips, five notches where its edges cross.
    angle = np.arange(10) * np.pi / 5
    away = np.where(np.arange(10) % 2, 0.35 * np.sin(np.pi / 10) / np.sin(3 * np.pi / 10), 0.35)
    outline = np.stack([0.5 + away * np.sin(angle), 0.5 - away * np.cos(angle)], axis=1)
    found, expected = (field(Strokes.make([line], radius, cyclic=True, filled=True), size) for line in (STAR, outline))
    # At the notches within a fraction of an output pixel.
    np.testing.assert_allclose(found, expected, atol=0.2 * 64 / size)


def test_turning_back_leaves_a_hole():
    # One outline, round the outside clockwise and the inside anticlockwise: the winding cancels.
    inner = [[0.4, 0.4], [0.4, 0.6], [0.6, 0.6], [0.6, 0.4], [0.4, 0.4]]
    found = field(Strokes.make([[*SQUARE, SQUARE[0], *inner]], 0.0, cyclic=True, filled=True), 64)
    assert found[32, 32] < 0 < found[20, 40]
    assert field(Strokes.make([[*SQUARE, SQUARE[0], *inner[::-1]]], 0.0, cyclic=True, filled=True), 64)[32, 32] > 2.5


@pytest.mark.parametrize(
    "drawing",
    [
        Strokes.make(),
        Strokes.make([[]]),
        Strokes.make([[], []], cyclic=True, filled=True),
        Strokes.make([SQUARE], 0.0),
        Strokes.make([SQUARE], 0.1, 0.0),
        Strokes.make([SQUARE], 0.0, 0.0, cyclic=True, filled=True),
        Strokes.make([[[9.0, 9.0]]], 0.1),
        Strokes.make([np.array(SQUARE) - 5], 0.1, cyclic=True, filled=True),
        Picture(np.zeros((10, 10))),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 64])
def test_nothing_to_see(drawing: Strokes | Picture, size: int):
    np.testing.assert_array_equal(field(drawing, size), np.full((size, size), -FIELD_LIMIT))
    np.testing.assert_array_equal(ink(drawing, size), np.zeros((size, size)))


def test_ink_reaches_where_the_drawing_lies_beyond_the_canvas():
    beyond = Strokes.make([[[-1e30, 0.5], [1e30, 0.5]]], 2 * PIXEL)
    within = Strokes.make([[[-2.0, 0.5], [3.0, 0.5]]], 2 * PIXEL)
    np.testing.assert_allclose(field(beyond, 64), field(within, 64), atol=1e-5)
    around = Strokes.make([np.array(SQUARE) * 1e20 - 5e19], 0.01, cyclic=True, filled=True)
    np.testing.assert_array_equal(field(around, 64), np.full((64, 64), FIELD_LIMIT))
    # A dot as large as a world.
    np.testing.assert_array_equal(field(Strokes.make([[[0.5, 0.5]]], 1e30), 64), np.full((64, 64), FIELD_LIMIT))


def test_memory_follows_the_picture_not_the_coordinates_nor_the_points():
    rng = np.random.default_rng(1)
    many = rng.normal(0.5, 0.001, (20_000, 2))  # all in one pixel
    far = rng.normal(0, 1e9, (2_000, 2))
    tracemalloc.start()
    field(Strokes.make([many, far], 0.001, cyclic=True, filled=[False, True]), 128)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6


@pytest.mark.parametrize("size", [64, 200, 512])
@pytest.mark.parametrize("opacity", [0.25, 0.5, 0.75])
def test_translucent_ink(size: int, opacity: float):
    line = [[0.25, 0.5], [0.75, 0.5]]
    faint = Strokes.make([line], 2.25 * PIXEL, opacity)
    solid = Strokes.make([line], 2.25 * PIXEL)
    np.testing.assert_allclose(ink(faint, size), ink(solid, size) * opacity, atol=COVERED)
    # The field is cut to the ink where there is some, and is the distance where there is none.
    found, covered = field(faint, size), ink(solid, size) > 0
    np.testing.assert_allclose(cut(found)[covered], ink(faint, size)[covered], atol=COVERED)
    np.testing.assert_allclose(found[~covered], field(solid, size)[~covered], atol=1e-6)
    # Under opaque ink it does not show, but that two soft edges are one that is less so.
    both = Strokes.make([line, line], 2.25 * PIXEL, [opacity, 1.0])
    inside = ink(solid, size) == 1
    np.testing.assert_allclose(field(both, size)[inside], field(solid, size)[inside], atol=0.1)
    # Beside it, it has no part in how opaque ink looks.
    apart = Strokes.make([line, [[0.2, 0.2], [0.8, 0.2]]], 2.25 * PIXEL, [1.0, opacity])
    half = size // 2
    np.testing.assert_allclose(field(apart, size)[half:], field(solid, size)[half:], atol=1e-6)


def test_opacity_runs_along_the_stroke():
    row = ink(Strokes.make([[[0.0, 0.5], [1.0, 0.5]]], 0.1, [[0.0, 1.0]]), 64)[32]
    np.testing.assert_allclose(row, (np.arange(64) + 0.5) / 64, atol=COVERED)


def test_a_fill_has_the_mean_opacity_of_its_points():
    found = ink(Strokes.make([SQUARE], 0.0, [[0.0, 0.5, 0.5, 1.0]], cyclic=True, filled=True), 64)
    assert found[32, 32] == pytest.approx(0.5)


@given(lines, st.integers(11, 48))
@settings(max_examples=25)
def test_ink_is_the_cut_field(line: tuple, size: int):
    drawing = Strokes.make([line[0]], [line[1]])
    # At ends and corners, and in gaps narrower than a pixel, coverage is not what the middle's distance says.
    away = np.abs(ink(drawing, size) - cut(field(drawing, size)))
    assert (away > 0.3).mean() <= 0.03 and away.mean() <= 0.05


def test_small_sizes_still_reach_full_ink():
    # At 4 pixels the field's limit is a fifth of a pixel: ink must not be cut from a truncated field.
    assert ink(Strokes.make([[[0.5, 0.5]]], 2.0), 4).min() == 1
    assert ink(Strokes.make([[[0.0, 0.0]]], 0.1), 4)[3, 3] == 0


@given(lines)
@settings(max_examples=25)
def test_the_field_does_not_depend_on_the_sampling(line: tuple):
    drawing = Strokes.make([line[0]], [line[1]])
    # At three times the size every third pixel centre is an old one.
    away = np.abs(field(drawing, 72)[1::3, 1::3] - field(drawing, 24))
    assert (away > 0.3).mean() <= 0.01 and away.mean() <= 0.02


@given(lines, lines)
@settings(max_examples=25)
def test_more_strokes_are_never_less_ink(first: tuple, second: tuple):
    together = Strokes.make([first[0], second[0]], [first[1], second[1]])
    apart = [field(Strokes.make([line[0]], [line[1]]), 32) for line in (first, second)]
    assert_measured(field(together, 32), np.maximum(*apart))


@given(lines, st.booleans(), st.booleans())
@settings(max_examples=25)
def test_the_field_never_changes_faster_than_the_distance(line: tuple, cyclic: bool, filled: bool):
    found = field(Strokes.make([line[0]], [line[1]], cyclic=cyclic, filled=filled), 64)
    assert max(np.abs(np.diff(found, axis=0)).max(), np.abs(np.diff(found, axis=1)).max()) <= 1 + MEASURED


def test_points_a_hand_leaves_every_hundredth_of_a_pixel_change_nothing():
    angle = np.linspace(0, 5, 20_000)
    curve = np.stack([0.5 + 0.3 * np.cos(angle), 0.5 + 0.3 * np.sin(angle)], axis=1)
    radii = 0.02 + 0.01 * np.sin(3 * angle)
    x, y = centres(96)
    place = np.clip(np.mod(np.arctan2(y - 0.5, x - 0.5), 2 * np.pi), 0, 5)
    near = np.full((96, 96), -np.inf)
    for turn in np.linspace(-0.2, 0.2, 401):
        at = np.clip(place + turn, 0, 5)
        away = np.hypot(x - 0.5 - 0.3 * np.cos(at), y - 0.5 - 0.3 * np.sin(at))
        near = np.maximum(near, 0.02 + 0.01 * np.sin(3 * at) - away)
    found = field(Strokes.make([curve], [radii]), 96)
    sure = near > -0.02  # farther off, the nearest disc may lie beyond the turns looked at
    np.testing.assert_allclose(found[sure], near[sure] * 64, atol=0.2)


@pytest.mark.parametrize("size", [0, -3, 16385])
def test_impossible_sizes(size: int):
    for render in (field, ink):
        with pytest.raises(DoodleError, match=f"size {size}"):
            render(Strokes.make(), size)


# Fields of ink


@given(
    st.integers(1, 24).flatmap(
        lambda n: hnp.arrays(np.float32, (n, n), elements=st.sampled_from([0, 0, 0, 1, 1, 1, 0.25, 2**-10, 1 - 2**-10]))
    )
)
def test_field_from_ink_is_the_inverse_of_cutting(coverage: np.ndarray):
    n = len(coverage)
    found = field_from_ink(coverage)
    half = 0.5 * 64 / n
    partly = (coverage > 0) & (coverage < 1)
    expected = np.clip((coverage - 0.5) * 64 / n, -FIELD_LIMIT, FIELD_LIMIT)
    np.testing.assert_allclose(found[partly], expected[partly], atol=1e-6)
    assert (found[coverage == 0] <= -min(half, FIELD_LIMIT) + 1e-6).all()
    assert (found[coverage == 1] >= min(half, FIELD_LIMIT) - 1e-6).all()
    if n >= 11:  # below, the limit is less than half a pixel
        np.testing.assert_allclose(cut(found), coverage, atol=1e-6)


@pytest.mark.parametrize("size", [64, 150, 512])
@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4, 2.0])
def test_field_from_ink_knows_the_distance_to_a_soft_edge(size: int, angle: float):
    x, y = centres(size)
    distance = ((x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle) + 0.01) * 64
    coverage = np.clip(distance * size / 64 + 0.5, 0, 1)
    away = np.abs(distance) < 2.5
    inner = (np.abs(x - 0.5) < 0.4) & (np.abs(y - 0.5) < 0.4)  # the edge goes on beyond the picture
    error = np.abs(field_from_ink(coverage) - distance)[away & inner].max()
    assert error < 0.35 * 64 / size


def test_field_from_ink_literal():
    coverage = np.zeros((64, 64), np.float32)
    coverage[:, 20:30] = 1
    coverage[:, 30] = 0.25
    np.testing.assert_allclose(
        field_from_ink(coverage)[5, 16:35],
        [-3, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3, 3, 3, 3, 2.75, 1.75, 0.75, -0.25, -1.25, -2.25, -3, -3],
        atol=1e-6,
    )


def test_whole_pictures_of_one_kind():
    assert (field_from_ink(np.zeros((8, 8))) == -FIELD_LIMIT).all()
    assert (field_from_ink(np.ones((64, 64))) == FIELD_LIMIT).all()


def test_a_pictures_field_at_its_own_size_cuts_back_to_it():
    rng = np.random.default_rng(3)
    coverage = ink(Strokes.make([rng.uniform(0.1, 0.9, (6, 2))], 0.02), 200)
    np.testing.assert_allclose(cut(field(Picture(coverage), 200)), coverage, atol=1e-6)
    np.testing.assert_array_equal(ink(Picture(coverage), 200), coverage)


@pytest.mark.parametrize(("native", "size"), [(256, 64), (100, 64), (64, 512), (200, 512)])
def test_pictures_at_another_size_look_like_the_strokes_they_show(native: int, size: int):
    curve = np.linspace(0, 4.5, 60)
    strokes = Strokes.make([np.stack([0.5 + 0.3 * np.cos(curve), 0.5 + 0.3 * np.sin(curve)], axis=1)], 0.03)
    picture = Picture(ink(strokes, native))
    expected = ink(strokes, size)
    assert ink(picture, size).shape == (size, size) and ink(picture, size).dtype == np.float32
    assert np.abs(ink(picture, size) - expected).mean() < 0.006
    assert np.abs(field(picture, size) - field(strokes, size)).mean() < 0.05
    assert ink(picture, size).sum(dtype=float) == pytest.approx(expected.sum(dtype=float), rel=0.02)


def test_shrinking_averages_areas():
    found = ink(Picture(np.eye(6)), 4)
    # 1.5 pixels a side: a corner cell holds one whole diagonal pixel and a quarter of the next.
    np.testing.assert_allclose(np.diag(found), [1.25 / 2.25, 1.25 / 2.25, 1.25 / 2.25, 1.25 / 2.25], atol=1e-6)
    assert found.sum(dtype=float) * 1.5**2 == pytest.approx(6)


# Pixels


def doodle(dtype: str = "float64") -> np.ndarray:
    """Light paper with a dark line, 8 x 8, as grey."""
    grey = np.ones((8, 8))
    grey[4, 2:6] = 0.0
    grey[3, 2:6] = 0.6
    if dtype == "bool":
        return grey > 0.5
    if dtype.startswith("float"):
        return grey.astype(dtype)
    return np.round(grey * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", ">u2", "float16", "float32", "float64"])
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("polarity", ["auto", "dark"])
def test_every_mode_and_depth(dtype: str, channels: int, polarity: str):
    grey = doodle(dtype)
    pixels = grey if not channels else np.repeat(grey[:, :, None], channels, axis=2)
    if channels in (2, 4):
        pixels = pixels.copy()
        pixels[:, :, -1] = np.iinfo(dtype).max if grey.dtype.kind == "u" else 1  # opaque
    found = from_pixels(pixels, polarity).ink
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[4], [0, 0, 1, 1, 1, 1, 0, 0])
    np.testing.assert_allclose(found[3, 2:6], 0 if dtype == "bool" else 0.4, atol=1e-3)
    np.testing.assert_array_equal(found[:3], 0)  # paper holds no trace of ink


def test_light_ink_on_dark_paper():
    light = 255 - doodle("uint8")
    np.testing.assert_array_equal(from_pixels(light).ink, from_pixels(doodle("uint8")).ink)
    np.testing.assert_array_equal(from_pixels(light, "light").ink, from_pixels(light).ink)
    np.testing.assert_allclose(from_pixels(light, "dark").ink, 1 - from_pixels(light).ink, atol=1e-6)


def test_the_border_decides_though_ink_touches_it():
    mostly_ink = np.zeros((20, 20), np.uint8)
    mostly_ink[0] = mostly_ink[-1] = mostly_ink[:, 0] = 255
    mostly_ink[:, 19] = 255
    mostly_ink[5:9, 19] = 0
    assert from_pixels(mostly_ink).ink[10, 10] == 1


@given(hnp.arrays(np.uint8, (6, 6)))
def test_eight_bits_come_back_exactly(pixels: np.ndarray):
    np.testing.assert_array_equal(np.rint((1 - from_pixels(pixels, "dark").ink) * 255).astype(np.uint8), pixels)
    np.testing.assert_array_equal(np.rint(from_pixels(pixels, "light").ink * 255).astype(np.uint8), pixels)


@given(hnp.arrays(np.uint16, (6, 6)))
def test_sixteen_bits_come_back_exactly(pixels: np.ndarray):
    found = from_pixels(pixels, "light").ink.astype(np.float64)
    np.testing.assert_array_equal(np.rint(found * 65535).astype(np.uint16), pixels)


@pytest.mark.parametrize("polarity", ["auto", "dark", "light"])
@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 30, 30)])
def test_one_colour_on_nothing_is_drawn_by_its_alpha(polarity: str, colour: tuple):
    alpha = np.round((1 - doodle()) * 255).astype(np.uint8)
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:, :, :3] = np.where(alpha[:, :, None] > 0, colour, (9, 99, 199))  # what is hidden does not count
    pixels[:, :, 3] = alpha
    np.testing.assert_allclose(from_pixels(pixels, polarity).ink, alpha / 255, atol=1e-5)
    np.testing.assert_allclose(from_pixels(pixels[:, :, [0, 3]], polarity).ink, alpha / 255, atol=1e-5)


def test_a_cut_out_with_paper_of_its_own_is_laid_on_paper():
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[1:7, 1:7] = 255  # a white card ...
    pixels[3, 2:6, :3] = 0  # ... with a black line
    expected = np.zeros((8, 8))
    expected[3, 2:6] = 1
    np.testing.assert_array_equal(from_pixels(pixels).ink, expected)
    np.testing.assert_array_equal(from_pixels(pixels, "dark").ink, expected)
    on_black = from_pixels(pixels, "light").ink
    assert on_black[2, 2] == 1 and on_black[3, 3] == 0 and on_black[0, 0] == 0


def test_a_page_with_rounded_corners_is_a_page():
    pixels = np.full((200, 200, 4), 255, np.uint8)
    pixels[:3, :3, 3] = pixels[-3:, -3:, 3] = 0
    pixels[100:102, 70:130, :3] = 0
    found = from_pixels(pixels).ink
    assert found.sum() == 120 and found[100, 100] == 1


@pytest.mark.parametrize(("alpha", "inked"), [(0, False), (255, True), (128, True)])
def test_alpha_that_is_the_same_everywhere(alpha: int, inked: bool):
    pixels = np.stack([doodle("uint8"), np.full((8, 8), alpha, np.uint8)], axis=2)
    expected = from_pixels(doodle("uint8")).ink if inked else np.zeros((8, 8))
    np.testing.assert_array_equal(from_pixels(pixels).ink, expected)


def over(picture: Picture, paper: float) -> np.ndarray:
    """A picture's ink in its colours, laid on paper: 0..255."""
    share = picture.ink[:, :, None].astype(float)
    return share * picture.colours + (1 - share) * paper * 255


@given(hnp.arrays(np.uint8, (5, 5, 3)), st.sampled_from(["dark", "light"]))
def test_coloured_ink_on_its_paper_is_the_picture(pixels: np.ndarray, polarity: str):
    pixels[0, 0], pixels[0, 1] = (255, 20, 20), (20, 20, 255)  # coloured, whatever else
    found = from_pixels(pixels, polarity)
    assert found.colours is not None and found.colours.dtype == np.uint8
    assert np.abs(over(found, polarity == "dark") - pixels).max() <= 1 + 1e-3
    extreme = 255 - pixels.min(axis=2) if polarity == "dark" else pixels.max(axis=2)
    np.testing.assert_array_equal(np.rint(found.ink * 255), extreme)


@pytest.mark.parametrize("polarity", ["dark", "light"])
@pytest.mark.parametrize("colour", [(255, 0, 0), (250, 120, 0), (0, 0, 255), (90, 0, 90), (0, 200, 255)])
def test_a_soft_line_has_its_colour_up_to_its_edge(colour: tuple, polarity: str):
    curve = np.linspace(0, 4.5, 60)
    line = Strokes.make([np.stack([0.5 + 0.3 * np.cos(curve), 0.5 + 0.3 * np.sin(curve)], axis=1)], 0.03)
    share = ink(line, 80).astype(float)[:, :, None]
    seen = np.array(colour) if polarity == "dark" else 255 - np.array(colour)
    pixels = np.rint(share * seen + (1 - share) * (255 if polarity == "dark" else 0)).astype(np.uint8)
    found = from_pixels(pixels)
    # What is as dark, or as light, as it can be: ink of full strength; else the strength that the picture shows.
    strength = (255 - min(colour)) / 255
    np.testing.assert_allclose(found.ink, share[:, :, 0] * strength, atol=0.5 / 255 + 1e-4)
    full = np.rint((seen - (1 - strength) * (255 if polarity == "dark" else 0)) / strength)
    assert np.abs(found.colours - full).max() <= 1  # everywhere, on bare paper beside it too


def test_a_pale_wash_keeps_its_colour_beside_a_strong_line():
    pixels = np.full((20, 20, 3), 255, np.uint8)
    pixels[:, 5:] = (225, 240, 255)  # hardly blue
    pixels[:, 4] = (200, 0, 0)
    found = from_pixels(pixels)
    assert (found.colours[:, 5:] == (0, 128, 255)).all()  # 15 / 30 of the way
    np.testing.assert_allclose(found.ink[:, 5:], 30 / 255, atol=1e-4)
    assert (found.colours[:, :5] == (200, 0, 0)).all()


def test_colours_of_large_pictures_are_averaged_by_their_ink():
    pixels = np.full((8, 8, 3), 255, np.uint8)
    pixels[0:2, 0] = (255, 0, 0)  # half a cell of red on white
    pixels[0:2, 2], pixels[0:2, 3] = (255, 0, 0), (0, 0, 255)  # half red, half blue
    found = from_pixels(pixels, size=4)
    np.testing.assert_allclose(found.ink[0], [0.5, 1, 0, 0], atol=1e-4)
    assert found.colours[0, 0].tolist() == [255, 0, 0]
    assert np.abs(found.colours[0, 1].astype(int) - (128, 0, 128)).max() <= 1


def test_greys_have_no_colours():
    noise = np.random.default_rng(0)
    grey = np.repeat(np.pad(noise.integers(0, 256, (50, 50), np.uint8), 5, constant_values=240)[:, :, None], 3, axis=2)
    scan = np.clip(grey.astype(int) + noise.integers(-9, 10, grey.shape), 0, 255).astype(np.uint8)
    for pixels in (grey, scan, grey[:, :, 0], grey > 99):
        assert from_pixels(pixels).colours is None
    stray = np.full((200, 200, 3), 255, np.uint8)
    stray[50:150, 50:150] = 0
    stray[60, 60] = (255, 0, 0)
    assert from_pixels(stray).colours is None
    stray[60:63, 60:63] = (255, 0, 0)
    assert from_pixels(stray).colours is not None


@pytest.mark.parametrize("paper", [(250, 240, 215), (220, 210, 180), (20, 45, 35)])
def test_grey_ink_on_tinted_paper_is_grey(paper: tuple):
    share = (1 - doodle())[:, :, None]
    light = sum(paper) > 383
    for ink_colour, coloured in (((25, 22, 18) if light else (235, 240, 238), False), ((230, 40, 160), True)):
        pixels = np.rint(share * ink_colour + (1 - share) * paper).astype(np.uint8)
        found = from_pixels(np.pad(pixels, ((6, 6), (6, 6), (0, 0)), mode="edge"))
        assert (found.colours is not None) == coloured


def test_the_colour_of_what_alpha_draws():
    alpha = np.round((1 - doodle()) * 255).astype(np.uint8)
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:, :, 3] = alpha
    assert from_pixels(pixels).colours is None
    pixels[:, :, :3] = np.where(alpha[:, :, None] > 0, (240, 200, 40), (9, 99, 199))  # what is hidden does not count
    for polarity in ("dark", "light"):
        found = from_pixels(pixels, polarity)
        assert (found.colours == (240, 200, 40)).all()
        np.testing.assert_allclose(found.ink, alpha / 255, atol=1e-5)


def test_a_coloured_cut_out_is_laid_on_paper():
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[1:7, 1:7] = (255, 200, 100, 255)
    pixels[3, 2:6, :3] = (40, 0, 0)
    pixels[6, :, 3] = 128
    for polarity, paper in (("dark", 1.0), ("light", 0.0)):
        found = from_pixels(pixels, polarity)
        share = pixels[:, :, 3:] / 255
        wanted = share * pixels[:, :, :3] + (1 - share) * paper * 255
        assert np.abs(over(found, paper) - wanted).max() <= 1
        assert not found.ink[0].any()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", ">u2", "float32", "float64"])
@pytest.mark.parametrize("channels", [3, 4])
def test_colours_of_every_depth(dtype: str, channels: int):
    grey = doodle(dtype)
    pixels = np.repeat(grey[:, :, None], channels, axis=2)
    full = np.iinfo(dtype).max if grey.dtype.kind == "u" else 1
    pixels[:, :, 0] = full
    pixels[:, :, 3:] = full
    found = from_pixels(pixels)
    assert (found.colours == (255, 0, 0)).all()
    np.testing.assert_allclose(found.ink, 1 - doodle(), atol=1e-4)


def test_strips_make_no_seams_in_colours():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (1500, 1200, 3), np.uint8)  # more than one strip
    squared = np.pad(255 - pixels, ((0, 0), (150, 150), (0, 0)))
    ink_of = squared.max(axis=2) / 255
    expected = [part.reshape(500, 3, 500, 3, -1).mean(axis=(1, 3)) for part in (ink_of[:, :, None], squared / 255.0)]
    found = from_pixels(pixels, "dark", size=500)
    np.testing.assert_allclose(found.ink, expected[0][:, :, 0], atol=1e-5)
    assert np.abs(over(found, 1.0) - 255 * (1 - expected[1])).max() <= 1


@pytest.mark.parametrize(("shape", "rows", "columns"), [((4, 8), (2, 6), (0, 8)), ((9, 4), (0, 9), (2, 6))])
def test_a_picture_that_is_not_square_is_centred_on_paper(shape: tuple, rows: tuple, columns: tuple):
    found = from_pixels(np.zeros(shape, np.uint8), "dark").ink
    expected = np.zeros((max(shape),) * 2)
    expected[slice(*rows), slice(*columns)] = 1
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("shape", "size", "side"), [((3000, 1024), None, 2048), ((300, 200), 64, 64), ((50, 50), 64, 50)]
)
def test_large_pictures_are_averaged_down(shape: tuple, size: int | None, side: int):
    pixels = np.full(shape, 255, np.uint8)
    pixels[shape[0] // 4 : shape[0] // 2, shape[1] // 4 : shape[1] // 2] = 0
    found = from_pixels(pixels, size=size).ink
    assert found.shape == (side, side)
    area = (shape[0] // 2 - shape[0] // 4) * (shape[1] // 2 - shape[1] // 4)
    assert found.mean(dtype=float) == pytest.approx(area / max(shape) ** 2, rel=1e-3)
    assert found.max() == 1 and found[0, 0] == 0


def test_strips_make_no_seams():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (3000, 2500), np.uint8)  # more than one strip
    squared = np.pad(1 - pixels / 255, ((0, 0), (250, 250)))
    expected = squared.reshape(1000, 3, 1000, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(from_pixels(pixels, "dark", size=1000).ink, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.zeros((1, 1)), "1 x 1 pixels is too small"),
        (np.zeros((1, 9)), "9 x 1 pixels is too small"),
        (np.zeros((0, 0)), "too small"),
        (np.broadcast_to(np.uint8(0), (2, 16385)), "16385 x 2 pixels is too large"),
        (np.zeros(9), "shape"),
        (np.zeros((4, 4, 5)), "shape"),
        (np.zeros((4, 4, 4, 4)), "shape"),
        (np.full((4, 4), np.nan), "NaN"),
        (np.full((4, 4), np.inf), "NaN"),
        (np.zeros((4, 4), np.int32), "int32"),
        (np.zeros((4, 4), complex), "complex"),
        (np.zeros((4, 4), object), "object"),
    ],
)
def test_pixels_that_are_no_picture(pixels: np.ndarray, message: str):
    with pytest.raises(DoodleError, match=message) as caught:
        from_pixels(pixels)
    assert "\n" not in str(caught.value)


def test_unknown_polarity_and_size():
    with pytest.raises(DoodleError, match="polarity 'black'"):
        from_pixels(doodle(), "black")
    with pytest.raises(DoodleError, match="size 0"):
        from_pixels(doodle(), size=0)


def test_sheets_are_cut_row_by_row():
    sheet = np.arange(4 * 6).reshape(4, 6)
    cells = split_sheet(sheet, 3, 2)
    assert [cell[0, 0] for cell in cells] == [0, 2, 4, 12, 14, 16]
    assert all(cell.shape == (2, 2) for cell in cells)
    assert split_sheet(np.zeros((4, 6, 3)), 1, 1)[0].shape == (4, 6, 3)


@given(st.integers(1, 7), st.integers(1, 7), st.integers(14, 40), st.integers(14, 40))
def test_sheets_lose_no_pixel(columns: int, rows: int, width: int, height: int):
    sheet = np.arange(width * height).reshape(height, width)
    cells = split_sheet(sheet, columns, rows)
    assert len(cells) == columns * rows
    whole = [np.concatenate(cells[row * columns : (row + 1) * columns], axis=1) for row in range(rows)]
    np.testing.assert_array_equal(np.concatenate(whole), sheet)
    assert {cell.shape[0] for cell in cells} <= {height // rows, height // rows + 1}


@pytest.mark.parametrize(("columns", "rows", "message"), [(0, 1, "0 x 1"), (2, -1, "2 x -1"), (5, 1, "8 x 8 .* 5 x 1")])
def test_impossible_sheets(columns: int, rows: int, message: str):
    with pytest.raises(DoodleError, match=message):
        split_sheet(doodle(), columns, rows)
