"""Drawings: what they refuse, and how they are stored and told apart."""

import dataclasses
import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core.drawing import MOST_SHAPES, MOST_VERTICES, Picture, Strokes, digest, from_bytes, is_empty, to_bytes
from doodle_core.errors import DoodleError

LINE = [[0.1, 0.5], [0.9, 0.5]]


@st.composite
def strokes(draw: st.DrawFn) -> Strokes:
    lengths = draw(st.lists(st.integers(0, 5), max_size=6))
    count, contours = sum(lengths), len(lengths)
    unit = st.floats(0, 1, width=32)
    ends = sorted({0, contours, *draw(st.lists(st.integers(0, contours), max_size=4))})
    shapes = len(ends) - 1
    numbers = hnp.arrays(np.int32, shapes, elements=st.integers(-3, 9))
    return Strokes(
        points=draw(hnp.arrays(np.float32, (count, 2), elements=st.floats(-2, 2, width=32))),
        radii=draw(hnp.arrays(np.float32, count, elements=unit)),
        opacities=draw(hnp.arrays(np.float32, count, elements=unit)),
        offsets=np.cumsum([0, *lengths]),
        cyclic=draw(hnp.arrays(bool, len(lengths))),
        shapes=np.array(ends),
        areas=draw(hnp.arrays(bool, shapes)),
        colours=draw(st.none() | hnp.arrays(np.float32, (count, 3), elements=unit)),
        styles=draw(numbers),
        layers=np.sort(draw(numbers)),
    )


def test_make_lays_out_strokes():
    drawing = Strokes.make(
        [LINE, [], [[0.5, 0.5]]], radii=[0.1, 0.2, [0.3]], opacities=0.5, cyclic=[True, False, False]
    )
    assert drawing.offsets.tolist() == [0, 2, 2, 3]
    assert drawing.points.dtype == np.float32 and drawing.offsets.dtype == np.int32
    np.testing.assert_allclose(drawing.radii, [0.1, 0.1, 0.3])
    assert drawing.opacities.tolist() == [0.5] * 3
    assert drawing.cyclic.tolist() == [True, False, False] and not drawing.filled.any()
    assert len(drawing) == 3


def test_no_strokes_at_all():
    assert Strokes.make().points.shape == (0, 2)
    assert Strokes.make().offsets.tolist() == [0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"polylines": [LINE, [[0.1, np.nan], [0, 0]]]}, "stroke 2 has a point"),
        ({"polylines": [[[1e300, 0]]]}, "stroke 1 has a point"),
        ({"polylines": [LINE, [], LINE], "radii": [0.1, 0.1, [0.1, -0.1]]}, "stroke 3 has a radius"),
        ({"polylines": [LINE], "radii": float("nan")}, "stroke 1 has a radius"),
        ({"polylines": [LINE], "opacities": 1.5}, "stroke 1 has an opacity"),
        ({"polylines": [LINE], "opacities": [[0.5, np.nan]]}, "stroke 1 has an opacity"),
        ({"polylines": [LINE], "radii": [[0.1, 0.1, 0.1]]}, "stroke 1 has 2 points and radii"),
        ({"polylines": [LINE], "radii": [0.1, 0.1]}, "2 entries for 1 strokes"),
        ({"polylines": [LINE], "cyclic": [True, False]}, "2 entries for 1 strokes"),
    ],
)
def test_make_names_the_stroke_that_is_wrong(arguments: dict, message: str):
    with pytest.raises(DoodleError, match=message) as caught:
        Strokes.make(**arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("offsets", [[], [0], [0, 1], [1, 2], [0, 2, 1, 2], [0, 3]])
def test_offsets_must_fit_the_points(offsets: list):
    flags = np.zeros(max(len(offsets) - 1, 0), bool)
    with pytest.raises(DoodleError, match="offsets"):
        Strokes(np.zeros((2, 2)), np.ones(2), np.ones(2), np.array(offsets), flags, np.arange(len(flags) + 1), flags)


@pytest.mark.parametrize("shapes", [[], [0], [0, 1], [0, 2, 1, 2], [0, 3]])
def test_shapes_must_fit_the_contours(shapes: list):
    flags = np.zeros(max(len(shapes) - 1, 0), bool)
    with pytest.raises(DoodleError, match="shapes must rise from 0 to the number of contours, 2"):
        Strokes(np.zeros((2, 2)), np.ones(2), np.ones(2), [0, 1, 2], [False, False], np.array(shapes), flags)


def test_layers_must_not_fall():
    lines = Strokes.make([LINE, LINE])
    assert dataclasses.replace(lines, layers=[3, 3]).layers.tolist() == [3, 3]
    with pytest.raises(DoodleError, match="layers fall"):
        dataclasses.replace(lines, layers=[3, 2])


def test_filled_polylines_are_an_area_and_a_line_over_it():
    corner = [*LINE, [0.5, 0.9]]
    drawing = Strokes.make([corner, corner, LINE], [0.1, 0.0, 0.1], cyclic=[False, True, False], filled=True)
    assert drawing.areas.tolist() == [True, False, True, False]  # two points enclose nothing
    assert drawing.cyclic.tolist() == [True, False, True, False]
    assert drawing.radii.tolist() == [0, 0, 0, *[np.float32(0.1)] * 3, 0, 0, 0, *[np.float32(0.1)] * 2]


def test_some_shapes_in_another_order():
    drawing = Strokes.make([LINE, [[0.5, 0.5]], LINE[::-1]], [0.1, 0.2, 0.3], colours=[(1, 0, 0), (0, 1, 0), (0, 0, 1)])
    found = drawing.select([2, 1])
    np.testing.assert_allclose(found.points, [[0.9, 0.5], [0.1, 0.5], [0.5, 0.5]])
    np.testing.assert_allclose(found.radii, [0.3, 0.3, 0.2])
    np.testing.assert_allclose(found.colours, [(0, 0, 1), (0, 0, 1), (0, 1, 0)])
    assert len(drawing.select(np.array([False, True, False]))) == 1


def test_large_drawings_pass_and_larger_ones_are_one_line():
    count, each = 20_000, 100
    points = np.random.default_rng(0).random((count * each, 2), np.float32)
    ends = np.arange(count + 1)
    flags = np.zeros(count, bool)
    large = Strokes(points, np.ones(len(points)), np.ones(len(points)), ends * each, flags, ends, flags)
    assert len(large) == 20_000 and len(large.points) == 2_000_000
    assert digest(from_bytes(to_bytes(large))) == digest(large)
    many = np.arange(MOST_SHAPES + 2)
    flags = np.zeros(MOST_SHAPES + 1, bool)
    with pytest.raises(DoodleError, match="100,001 shapes and 0 vertices is too large; give at most 100,000") as caught:
        Strokes(np.zeros((0, 2)), [], [], np.zeros(len(many)), flags, many, flags)
    assert "\n" not in str(caught.value)
    ends = np.zeros(MOST_VERTICES + 2, np.int32)
    flags = np.zeros(MOST_VERTICES + 1, bool)
    with pytest.raises(DoodleError, match="4,000,001 contours is too large; give at most 4,000,000"):
        Strokes(np.zeros((0, 2)), [], [], ends, flags, np.array([0, len(flags)]), [False])
    none = np.zeros(MOST_VERTICES + 1, np.float32)
    with pytest.raises(DoodleError, match="4,000,001 vertices is too large"):
        Strokes(np.zeros((MOST_VERTICES + 1, 2), np.float32), none, none, [0, len(none)], [False], [0, 1], [False])


@pytest.mark.parametrize("ink", [np.zeros((2, 3)), np.zeros(4), np.zeros((0, 0)), [[1.5]], [[-0.1]], [[np.nan]]])
def test_picture_refuses(ink: np.ndarray):
    with pytest.raises(DoodleError, match="ink has"):
        Picture(np.asarray(ink))


def test_a_drawing_cannot_change_behind_its_digest():
    points = np.array(LINE)
    drawing = Strokes.make([points])
    before = digest(drawing)
    points[:] = 0
    assert digest(drawing) == before
    with pytest.raises(ValueError, match="read-only"):
        drawing.points[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        Picture(np.zeros((2, 2))).ink[0, 0] = 1


@given(strokes())
def test_strokes_come_back_bit_for_bit(drawing: Strokes):
    back = from_bytes(to_bytes(drawing))
    assert isinstance(back, Strokes)
    for name in ("points", "radii", "opacities", "offsets", "cyclic", "shapes", "areas", "styles", "layers", "colours"):
        np.testing.assert_array_equal(getattr(back, name), getattr(drawing, name))
    assert digest(back) == digest(drawing)


@given(hnp.arrays(np.float32, st.integers(1, 6).map(lambda n: (n, n)), elements=st.floats(0, 1, width=32)))
def test_pictures_come_back_bit_for_bit(ink: np.ndarray):
    back = from_bytes(to_bytes(Picture(ink)))
    assert isinstance(back, Picture)
    np.testing.assert_array_equal(back.ink, ink)
    assert digest(back) == digest(Picture(ink))


@pytest.mark.parametrize("levels", [255, 65535])
def test_ink_of_picture_files_is_stored_compactly(levels: int):
    rng = np.random.default_rng(5)
    ink = (rng.integers(0, levels + 1, (256, 256)) / levels).astype(np.float32)
    stored = to_bytes(Picture(ink))
    assert len(stored) < 256 * 256 * (1 if levels == 255 else 2) * 1.05
    np.testing.assert_array_equal(from_bytes(stored).ink, ink)


def test_bytes_are_the_same_every_time():
    assert to_bytes(Strokes.make([LINE])) == to_bytes(Strokes.make([LINE]))


@pytest.mark.parametrize(
    "damaged",
    [b"", b"doodle", zlib.compress(b"doodle"), to_bytes(Strokes.make([LINE]))[:-40], zlib.compress(b"PK\3\4")],
)
def test_damaged_bytes_are_a_users_error(damaged: bytes):
    with pytest.raises(DoodleError, match="damaged"):
        from_bytes(damaged)


def test_digest_is_pinned_and_sees_every_part():
    # Stored in .blend files: a change here would make every key look stale.
    line = Strokes.make([LINE], 0.25)
    assert digest(line) == DIGEST
    others = [
        Strokes.make([LINE[::-1]], 0.25),
        Strokes.make([LINE], 0.26),
        Strokes.make([LINE], 0.25, 0.5),
        Strokes.make([LINE], 0.25, cyclic=True),
        Strokes.make([[*LINE, [0.5, 0.9]]], 0.25, filled=True),
        Strokes.make([[*LINE, [0.5, 0.9]]], 0.25),
        dataclasses.replace(line, layers=[1]),
        dataclasses.replace(line, styles=[1]),
        Strokes.make([LINE[:1], LINE[1:]], 0.25),
        Picture(np.zeros((2, 2))),
        Picture(np.ones((2, 2))),
        Picture(np.zeros((3, 3))),
    ]
    assert len({digest(drawing) for drawing in [line, *others]}) == 13


DIGEST = "894e04baaba2c08c8198d1b4a801246e5647e40444a82b3c8b3442c834dc432c"


def test_minus_zero_is_zero_to_the_digest():
    assert digest(Strokes.make([[[-0.0, 0.0]]])) == digest(Strokes.make([[[0.0, 0.0]]]))


@pytest.mark.parametrize(
    ("drawing", "empty"),
    [
        (Strokes.make(), True),
        (Strokes.make([[]]), True),
        (Strokes.make([LINE], 0.0), True),
        (Strokes.make([LINE], 0.1, 0.0), True),
        (Strokes.make([LINE], 0.1), False),
        (Strokes.make([[[0.5, 0.5]]], 0.1), False),
        (Strokes.make([LINE], 0.0, filled=True), True),
        (Strokes.make([[*LINE, [0.5, 0.9]]], 0.0, filled=True), False),
        (Strokes.make([[*LINE, [0.5, 0.9]]], 0.0, 0.0, filled=True), True),
        (Strokes.make([[], LINE], [0.0, [0.0, 0.1]]), False),
        (Picture(np.zeros((4, 4))), True),
        (Picture(np.eye(4) * 0.01), False),
    ],
)
def test_is_empty(drawing: Strokes | Picture, empty: bool):
    assert is_empty(drawing) is empty


def test_colours_come_back_and_are_part_of_the_digest() -> None:
    plain = Strokes.make([[(0.25, 0.5), (0.75, 0.5)], [(0.5, 0.25)]], radii=0.0625, cyclic=[False, True])
    red = dataclasses.replace(plain, colours=np.tile(np.float32([0.8, 0.1, 0.0]), (3, 1)))
    stored = from_bytes(to_bytes(red))
    assert isinstance(stored, Strokes) and stored.colours is not None
    assert np.array_equal(stored.colours, red.colours)
    assert digest(stored) == digest(red) != digest(plain)
    other = red.colours.copy()
    other[2, 1] += 0.01
    assert digest(dataclasses.replace(red, colours=other)) != digest(red)


def test_without_colours_nothing_is_stored_of_them() -> None:
    plain = Strokes.make([[(0.25, 0.5), (0.75, 0.5)], [(0.5, 0.25)]], radii=0.0625, cyclic=[False, True])
    with np.load(io.BytesIO(zlib.decompress(to_bytes(plain)))) as arrays:
        assert "colours" not in arrays.files
    assert from_bytes(to_bytes(plain)).colours is None


def test_a_picture_keeps_its_colours() -> None:
    colours = np.random.default_rng(3).integers(0, 256, (4, 4, 3)).astype(np.uint8)
    shown = Picture(np.eye(4), colours)
    stored = from_bytes(to_bytes(shown))
    assert isinstance(stored, Picture)
    np.testing.assert_array_equal(stored.colours, colours)
    assert digest(stored) == digest(shown) != digest(Picture(np.eye(4)))
    with pytest.raises(DoodleError, match="colours have shape"):
        Picture(np.eye(4), colours[:2])


@pytest.mark.parametrize("bad", [np.nan, -0.1, 1.5])
def test_a_colour_that_is_none_is_refused_by_stroke(bad: float) -> None:
    with pytest.raises(DoodleError, match="stroke 2 has a colour"):
        Strokes.make([[(0, 0)], [(0, 0), (1, 1)]], colours=[(0, 0, 0), (0, bad, 0)])


def test_the_one_colour_of_all_ink() -> None:
    lines = [[(0, 0), (1, 0)], [(0, 1), (1, 1)]]
    assert Strokes.make(lines).plain is None
    assert Strokes.make(lines, colours=[(1, 0, 0), (0, 1, 0)]).plain is None
    same = Strokes.make(lines, radii=[0.1, 0.0], colours=[(1, 0, 0), (0, 1, 0)])  # the other draws nothing
    assert same.plain is not None and same.plain.tolist() == [1, 0, 0]
