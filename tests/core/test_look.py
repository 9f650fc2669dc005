"""Fields to pictures: resampling, cutting, shading."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from doodle_core import raster
from doodle_core.drawing import Strokes
from doodle_core.errors import DoodleError
from doodle_core.look import LINE_WEIGHT_LIMIT, SOFTNESS_LIMIT, Look, cut, resample, rgba, shade

FIELDS = arrays.arrays(np.float32, (64, 64), elements=st.floats(-3, 3, width=32), fill=st.just(-3.0))


def line(radius: float, angle: float = 20.0) -> Strokes:
    """One straight line through the middle and out of the canvas; radius in model pixels, angle in degrees."""
    way = 2 * np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    middle = np.array([0.503, 0.497])
    return Strokes.make([[middle - way, middle + way]], radii=radius / 64)


def spot(radius: float) -> Strokes:
    return Strokes.make([[(0.5, 0.5)]], radii=radius)


# Resampling


@given(FIELDS)
@settings(max_examples=20, deadline=None)
def test_same_size_is_the_same_field(field: np.ndarray) -> None:
    again = resample(field, 64)
    assert np.array_equal(again, field)
    assert again is not field


@pytest.mark.parametrize("size", [16, 32, 63, 65, 100, 128, 511, 512])
@pytest.mark.parametrize("value", [-3.0, 0.25])
def test_flat_stays_flat(size: int, value: float) -> None:
    flat = resample(np.full((64, 64), value, np.float32), size)
    assert flat.shape == (size, size)
    assert flat.dtype == np.float32
    assert np.abs(flat - value).max() < 1e-5


@pytest.mark.parametrize("size", [32, 96, 200, 512])
def test_a_slope_stays_where_it_is(size: int) -> None:
    """A straight edge's field is a plane: no half pixel's shift, no change of slope, rows and columns not swapped."""
    small, large = ((np.arange(n) + 0.5) / n for n in (64, size))
    field = (3 * small[None, :] - small[:, None]).astype(np.float32)
    inside = slice(size // 8, -size // 8)
    wanted = 3 * large[None, :] - large[:, None]
    assert np.abs(resample(field, size) - wanted)[inside, inside].max() < 1e-4


def test_border_goes_on_and_does_not_wrap() -> None:
    """A line along the left border: it reaches the border, and the right border knows nothing of it."""
    x = np.arange(64) + 0.5
    field = np.broadcast_to(np.clip(1 - np.abs(x - 0.5), -3, 3), (64, 64)).astype(np.float32)
    large = resample(field, 512)
    assert np.abs(large[:, :4] - 1.0).max() < 0.3
    assert np.abs(large[:, -64:] + 3.0).max() < 1e-4


def test_stack_and_out() -> None:
    stack = np.random.default_rng(0).normal(size=(3, 64, 64)).astype(np.float32)
    whole = resample(stack, 100)
    assert whole.shape == (3, 100, 100)
    out = np.empty((100, 100), np.float32)
    assert resample(stack[1], 100, out=out) is out
    assert np.allclose(out, whole[1], atol=1e-5)
    same = np.empty((64, 64), np.float32)
    assert resample(stack[1], 64, out=same) is same
    assert np.array_equal(same, stack[1])


def width_and_centre(ink: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Of a line drawn by `line`: its width and how far its centre is off, column by column, in model pixels."""
    size = len(ink)
    columns = slice(size // 8, -size // 8)
    inked = ink[:, columns]
    turn, per_pixel = math.radians(angle), 64 / size
    rows = np.arange(size)[:, None] + 0.5
    x = (np.arange(size)[columns] + 0.5) / size
    middle = (inked * rows).sum(axis=0) / inked.sum(axis=0)
    wanted = ((x - 0.503) * math.tan(turn) + 0.497) * size
    return inked.sum(axis=0) * math.cos(turn) * per_pixel, (middle - wanted) * math.cos(turn) * per_pixel


@pytest.mark.parametrize("angle", [3.0, 8.0, 20.0, 34.0, 45.0])
@pytest.mark.parametrize("radius", [0.6, 0.75, 1.0, 1.5])
def test_thin_lines_neither_bead_nor_wander(radius: float, angle: float) -> None:
    field = raster.field(line(radius, angle), 64)
    width, off = width_and_centre(cut(resample(field, 512)), angle)
    assert width.min() > 0.9 * 2 * radius
    assert width.max() < 2 * radius + 0.25
    assert width.std() < 0.06
    assert off.std() < 0.05


def test_half_pixel_line_does_not_break() -> None:
    for angle in (3.0, 8.0, 20.0):
        width, _ = width_and_centre(cut(resample(raster.field(line(0.5, angle), 64), 512)), angle)
        assert width.min() > 0.8


# Cutting


@pytest.mark.parametrize("n", [64, 200, 512])
def test_cut_undoes_field_from_ink(n: int) -> None:
    ink = np.random.default_rng(2).random((n, n)).astype(np.float32)
    ink[: n // 2] = np.round(ink[: n // 2])
    assert np.abs(cut(raster.field_from_ink(ink)) - ink).max() < 1e-5


@pytest.mark.parametrize("n", [64, 256, 512])
def test_crisp_edge_is_one_pixel_and_a_half_at_most(n: int) -> None:
    ink = cut(raster.field(line(4.0, 20.0), n))
    partly = ((ink > 0) & (ink < 1))[:, n // 4 : -n // 4].sum(axis=0)  # down a column, over two edges
    across = partly.mean() * math.cos(math.radians(20.0)) / 2
    assert 0.5 < across <= 1.5


@given(FIELDS, st.floats(-2, 2), st.floats(0, 4))
@settings(max_examples=40, deadline=None)
def test_ink_is_coverage(field: np.ndarray, weight: float, softness: float) -> None:
    ink = cut(field, Look(line_weight=weight, softness=softness))
    assert ink.dtype == np.float32
    assert ink.min() >= 0
    assert ink.max() <= 1


@pytest.mark.parametrize("weight", [-2.0, 0.0, 1.0, 2.0])
@pytest.mark.parametrize("softness", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("n", [16, 64, 512])
def test_paper_stays_clean_and_solid_stays_full(weight: float, softness: float, n: int) -> None:
    """The field is flat at its limit: neither weight nor softness may take flat paper for a near edge."""
    look = Look(line_weight=weight, softness=softness)
    assert cut(np.full((n, n), -3.0, np.float32), look).max() == pytest.approx(0.0, abs=1e-6)
    assert cut(np.full((n, n), 3.0, np.float32), look).min() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("weight", [-1.0, 0.5, 2.0])
def test_line_weight_is_model_pixels_a_side(weight: float) -> None:
    field = raster.field(line(1.5), 512)
    plain, heavy = (width_and_centre(cut(field, Look(line_weight=w)), 20.0)[0].mean() for w in (0.0, weight))
    assert heavy - plain == pytest.approx(2 * weight, abs=0.02)


def test_softness_is_extra_width_in_model_pixels() -> None:
    field = raster.field(line(2.9), 512)
    steepest = [np.abs(np.diff(cut(field, Look(softness=s)), axis=0)).max() for s in (0.0, 1.0, 2.0)]
    slope = math.cos(math.radians(20.0))
    # An edge of w output pixels rises by 1 / w a pixel; 8 of them are a model pixel.
    # A field that is measured from pixels is a pixel's third off here and there, and so a little steeper.
    assert steepest[1] == pytest.approx(slope / 9, rel=0.07)
    assert steepest[2] == pytest.approx(slope / 17, rel=0.07)
    assert steepest[0] > 0.8


def test_cut_in_place() -> None:
    field = raster.field(spot(0.2), 128)
    wanted = cut(field)
    assert cut(field, out=field) is field
    assert np.array_equal(field, wanted)


# Shading


def test_shade_is_straight_alpha_of_one_colour() -> None:
    ink = np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4)
    pixels = shade(ink, Look(colour=(0.2, 0.4, 0.6, 0.5)))
    assert pixels.shape == (4, 4, 4)
    assert pixels.dtype == np.float32
    assert np.allclose(pixels[..., :3], (0.2, 0.4, 0.6))
    assert np.allclose(pixels[..., 3], ink * 0.5)


def test_shade_reuses_its_buffer() -> None:
    out = np.full((4, 4, 4), 9.0, np.float32)
    assert shade(np.zeros((4, 4), np.float32), Look(colour=(1, 0, 0, 1)), out=out) is out
    assert np.array_equal(out, np.broadcast_to(np.float32([1, 0, 0, 0]), (4, 4, 4)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"line_weight": LINE_WEIGHT_LIMIT + 0.1},
        {"line_weight": math.nan},
        {"softness": -0.1},
        {"softness": SOFTNESS_LIMIT + 0.1},
        {"softness": math.nan},
        {"colour": (0.0, 0.0, 0.0)},
        {"colour": (0.0, 0.0, 0.0, 1.5)},
        {"colour": (0.0, math.nan, 0.0, 1.0)},
    ],
)
def test_impossible_looks_are_one_line(wrong: dict) -> None:
    with pytest.raises(DoodleError, match=next(iter(wrong)).replace("_", " ")) as error:
        Look(**wrong)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("size", [1, 7, 64, 512, 1100])
@pytest.mark.parametrize("look", [Look(), Look(1.5, 2.0, (0.2, 0.4, 0.6, 0.5)), Look(-2.0)])
def test_fields_become_pictures_at_once_as_step_by_step(size: int, look: Look) -> None:
    field = (raster.field(line(0.02), size) if size > 1 else np.full((1, 1), 0.1)).astype(np.float32)
    wide = np.where(np.arange(size) % 97 == 0, np.float32(0.01), field)  # ink up to every side
    for one in (field, wide, np.full((size, size), -8, np.float32)):
        expected = shade(cut(one, look), look)
        out = np.full((size, size, 4), 9, np.float32)
        assert rgba(one, look, out) is out
        np.testing.assert_array_equal(out, expected)
        np.testing.assert_array_equal(rgba(one, look), expected)
