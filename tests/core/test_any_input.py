"""Whatever is given to the library's parts: an answer in range, or one line that says what to do; never a warning."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core import raster
from doodle_core.boil import Boil
from doodle_core.bridge import bridge, envelope, held
from doodle_core.canvas import Canvas, fit, fit_plane
from doodle_core.drawing import Drawing, Picture, Shown, digest, from_bytes, is_empty, to_bytes
from doodle_core.errors import DoodleError
from doodle_core.geometry.contour import contours_of
from doodle_core.inbetween import effects
from doodle_core.interpolation import METHODS, interpolate, segments
from doodle_core.look import Look, cut, shade
from doodle_core.pin import weights
from doodle_core.raster import FIELD_LIMIT, from_pixels
from doodle_core.rendering import render
from doodle_core.track import LatentKey, LatentTrack
from doodle_core.transform import Transform, transformed_field
from tests.core.anything import answered, array, drawings, examples, few_shapes, numbers, pictures, whole

pytestmark = pytest.mark.filterwarnings("error")


def in_range(values: np.ndarray | None, low: float = 0.0, high: float = 1.0) -> None:
    if values is not None:
        assert np.isfinite(values).all()
        assert values.min(initial=low) >= low and values.max(initial=high) <= high


# Drawings


@given(st.lists(st.integers(0, 5), max_size=4), st.data())
def test_strokes_of_any_numbers(lengths: list[int], data: st.DataObject) -> None:
    lines = [data.draw(array(numbers, (length, 2), np.float64)) for length in lengths]
    one_each = st.one_of(numbers, st.lists(numbers, max_size=4))
    strokes = answered(
        lambda: Drawing.make(
            lines,
            data.draw(one_each),
            data.draw(one_each),
            filled=data.draw(st.booleans() | st.lists(st.booleans(), max_size=4)),
            colours=data.draw(st.none() | st.lists(array(numbers, 3, np.float64), max_size=4)),
        )
    )
    if strokes is not None:
        assert np.isfinite(strokes.points).all() and (strokes.radii >= 0).all()
        in_range(strokes.opacities)
        assert digest(from_bytes(to_bytes(strokes))) == digest(strokes)


@pytest.mark.parametrize("shape", [(3,), (4,), (2, 3), (6, 1), (1, 2, 2)])
def test_a_stroke_of_other_points_is_not_taken_for_one_of_pairs(shape: tuple[int, ...]) -> None:
    with pytest.raises(DoodleError, match=r"stroke 2 has points of shape .*give \(n, 2\)"):
        Drawing.make([[(0, 0)], np.zeros(shape)])


@examples(40)
@given(few_shapes())
def test_any_drawing_comes_back_from_bytes_and_is_what_it_selects(drawing: Drawing) -> None:
    assert digest(from_bytes(to_bytes(drawing))) == digest(drawing)
    assert digest(drawing.select(np.arange(len(drawing)))) == digest(drawing)
    assert digest(drawing.select(np.ones(len(drawing), bool))) == digest(drawing)
    halves = [drawing.select(np.arange(len(drawing)) % 2 == part) for part in (0, 1)]
    assert sum(len(half) for half in halves) == len(drawing)
    assert sum(len(half.points) for half in halves) == len(drawing.points)
    assert is_empty(drawing) == all(map(is_empty, halves))


@examples(40)
@given(drawings(), st.sampled_from([1, 2, 7, 64, 65]))
def test_any_drawing_is_a_field_and_ink(drawing: Shown, size: int) -> None:
    in_range(raster.field(drawing, size), -FIELD_LIMIT, FIELD_LIMIT)
    ink = raster.ink(drawing, size)
    in_range(ink)
    assert not is_empty(drawing) or not ink.any()


@examples(40)
@given(few_shapes(), st.sampled_from([1, 2, 7, 64, 65]), st.sampled_from([-2.0, 0.0, 2.0]), st.sampled_from([0.0, 4.0]))
def test_any_drawing_is_a_picture_in_its_colours(drawing: Drawing, size: int, weight: float, softness: float) -> None:
    for deep in (False, True):
        found = render(drawing, size, Look(weight, softness), deep=deep)
        assert found.shape == (size, size, 4) and found.dtype == np.float32
        in_range(found)


@examples(40)
@given(pictures(), st.tuples(*[st.sampled_from([-2.0, -0.3, 0.0, 0.3, 2.0])] * 4), numbers)
def test_any_picture_is_transformed(picture: Picture, amounts: tuple[float, ...], rotation: float) -> None:
    transform = answered(lambda: Transform(*amounts, rotation=float(rotation)))
    if transform is not None:
        in_range(transformed_field(picture, 16, transform), -FIELD_LIMIT, FIELD_LIMIT)


@examples(40)
@given(
    few_shapes(),
    st.tuples(*[st.sampled_from([-2.0, -0.3, 0.0, 0.3, 2.0])] * 4),
    numbers,
    st.sampled_from([0.0, 0.3, 1000.0]),
    st.sampled_from([0.0, 0.3, 1e6]),
)
def test_any_drawing_is_shaken_boiled_and_moved(
    drawing: Drawing, amounts: tuple[float, ...], rotation: float, boil: float, shake: float
) -> None:
    transform = answered(lambda: Transform(*amounts, rotation=float(rotation)))
    if transform is None:
        return
    moved = effects.boiled(effects.shaken(drawing, np.full(effects.SHAKE_SIZE, shake)), Boil(boil, 3))
    moved = effects.transformed(moved, transform)
    arrays = {name: getattr(moved, name) for name in Drawing.__dataclass_fields__}
    Drawing(**arrays)  # numbers that a drawing may have
    assert len(moved) == len(drawing)
    in_range(raster.ink(moved, 16))


@examples(40)
@given(few_shapes())
def test_any_drawing_has_contours(drawing: Drawing) -> None:
    contours = contours_of(drawing)
    assert len(contours) == len(drawing.offsets) - 1
    for contour in contours:
        if len(contour.points):
            assert np.isfinite(contour.points).all() and np.isfinite(contour.lengths).all()
            assert np.isfinite(contour.at(np.linspace(-1, 1, 5) * contour.length)).all()


@pytest.mark.parametrize("size", [0, -1, 16385, 2.5, 64.0, float("nan"), float("inf"), 2**70])
def test_other_sizes_are_named(size: float) -> None:
    for make in (raster.field, raster.ink):
        with pytest.raises(DoodleError, match=f"size {size} is not possible; give 1 to 16384"):
            make(Picture(np.ones((2, 2))), size)  # type: ignore[arg-type]


# Pictures


KINDS = [bool, np.uint8, ">u2", "<u2", np.uint32, np.int8, np.int64, np.float16, np.float32, np.float64, complex, "U1"]


@given(
    st.sampled_from(KINDS),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
    st.sampled_from(["auto", "dark", "light", "grey"]),
    st.none() | st.integers(-1, 9),
    st.data(),
)
def test_pixels_of_any_kind_and_shape(kind: str, shape: tuple, polarity: str, size: int | None, data: st.DataObject):
    some = hnp.from_dtype(np.dtype(kind), allow_nan=True, allow_infinity=True) if kind != "U1" else st.just("x")
    pixels = data.draw(hnp.arrays(kind, shape, elements=some))
    picture = answered(lambda: from_pixels(pixels, polarity, size))
    if picture is not None:
        in_range(picture.ink)


@pytest.mark.parametrize("polarity", ["auto", "dark", "light"])
@pytest.mark.parametrize("shape", [(2, 2), (2, 300), (300, 2), (40, 40)])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("value", [0, 255])
def test_pictures_of_nothing_and_of_nothing_else(shape: tuple, channels: int, value: int, polarity: str) -> None:
    """Black, white, all transparent."""
    ink = from_pixels(np.full((*shape, channels), value, np.uint8), polarity).ink
    in_range(ink)
    across = slice(ink.shape[0] // 2 - 1, ink.shape[0] // 2 + 1)  # the picture, and not the paper round it
    seen = ink[across] if shape[0] < shape[1] else ink[:, across] if shape[0] > shape[1] else ink
    transparent = channels in (2, 4) and value == 0
    light_paper = polarity == "dark" or (polarity == "auto" and (value == 255 or transparent))
    assert (seen == (0.0 if transparent or light_paper == (value == 255) else 1.0)).all()


@pytest.mark.parametrize("width", [1, 2, 9])
def test_a_picture_one_pixel_high_is_refused_whatever_its_width(width: int) -> None:
    for shape in ((1, width), (width, 1)):
        with pytest.raises(DoodleError, match="too small; give at least 2"):
            from_pixels(np.zeros(shape, np.uint8))


# Settings


@given(numbers, numbers, st.lists(numbers, max_size=5))
def test_any_look(weight: float, softness: float, colour: list) -> None:
    look = answered(lambda: Look(weight, softness, tuple(colour)))
    if look is not None:
        in_range(shade(cut(np.linspace(-3, 3, 64, dtype=np.float32).reshape(8, 8), look), look))


@given(numbers, numbers | whole, numbers | whole)
def test_any_boil(amount: float, seed: float, wobble: float) -> None:
    boil = answered(lambda: Boil(amount, seed, wobble))  # type: ignore[arg-type]
    if boil is not None:
        assert np.isfinite(boil.displacement(np.array([[0.0, 0.0], [-32.0, 1e6]]))).all()


@given(array(numbers, (3, 2), np.float64), numbers, numbers, numbers)
def test_any_canvas(points: np.ndarray, radius: float, margin: float, side: float) -> None:
    for canvas in (
        answered(lambda: fit(points, radius, margin)),
        answered(lambda: fit(points, radius)),
        answered(lambda: Canvas((0.0, 0.0), float(side))),
    ):
        if canvas is not None:
            # Too far for a number is endless, and refused as a stroke.
            answered(lambda canvas=canvas: Drawing.make([canvas.to_canvas(points)]))


@given(array(numbers, (4, 3), np.float64), st.none() | array(numbers, 3, np.float64))
def test_any_points_in_space_have_a_plane(points: np.ndarray, hint: np.ndarray | None) -> None:
    plane = answered(lambda: fit_plane(points, hint))
    if plane is not None:
        assert np.isfinite([plane.origin, plane.x_axis, plane.y_axis]).all()


# Walks

times = st.one_of(
    st.lists(numbers, min_size=1, max_size=4),
    st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=4, unique=True).map(sorted),
    st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True).map(sorted),
)


@given(times, st.sampled_from(METHODS), st.booleans(), array(numbers, st.integers(0, 3), np.float64), st.data())
def test_any_keys_times_and_positions(
    when: list, method: str, closed: bool, positions: np.ndarray, data: st.DataObject
) -> None:
    keys = data.draw(array(numbers, (max(1, len(when) - closed), 3), np.float64))
    found = answered(lambda: interpolate(keys, np.array(when, float), positions, method, closed))
    if found is not None:
        assert found.shape == (len(positions), 3)
        assert np.isfinite(found).all()
        if method in ("linear", "hold"):
            in_range(found, keys.min(), keys.max())
    found = answered(lambda: segments(positions, len(keys), closed))
    if found is not None:
        in_range(found[1])
        in_range(found[0], 0, len(keys) - 1)


@given(
    times, st.sampled_from(METHODS), numbers, whole | numbers, st.none() | whole, st.none() | numbers, numbers, numbers
)
def test_any_track(when: list, method: str, sigma: float, seed: int, wobble, closed, spread: float, position: float):
    latent = np.array([0.0, -1.0, 1e-40, LATENT_LIMIT], np.float32)

    def walked() -> np.ndarray:
        keys = [LatentKey(np.roll(latent, number), time) for number, time in enumerate(when)]
        track = LatentTrack(tuple(keys), method, sigma, seed, spread, closed, wobble)
        in_range(track.position_of_time(when), 0, len(keys))
        in_range(answered(lambda: track.position_of_time(position)), 0, len(keys))
        return track.at([0, 0.5, track.end, 1e-300])

    found = answered(walked)
    if found is not None:
        assert found.dtype == np.float32 and np.isfinite(found).all()
        np.testing.assert_array_equal(found[0], latent)


LATENT_LIMIT = 1e3


@given(whole | numbers, array(numbers, st.integers(0, 3), np.float64))
def test_any_shake(seed: int, fractions: np.ndarray) -> None:
    for found in (
        answered(lambda: bridge(seed, np.zeros(len(fractions), int), fractions, 3)),
        answered(lambda: envelope(fractions)),
        answered(lambda: held(seed, 0, 3)),
        answered(lambda: held(0, seed, 3)),
    ):
        assert found is None or np.isfinite(found).all()


@pytest.mark.parametrize("kind", [int, np.int8, np.int64, np.uint64])
def test_a_seed_is_a_whole_number_of_any_kind(kind: type) -> None:
    np.testing.assert_array_equal(held(kind(7), kind(3), 4), held(7, 3, 4))
    np.testing.assert_array_equal(bridge(kind(7), [0], [0.5], 4), bridge(7, [0], [0.5], 4))


@given(numbers, st.integers(1, 4), st.booleans(), st.booleans())
def test_any_position_pins(position: float, count: int, closed: bool, still: bool) -> None:
    in_range(answered(lambda: weights(float(position), count, closed, held=still)))
