"""Frames as 8-bit pictures, and the way from linear colours to sRGB and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core import srgb
from doodle_core.drawing import Drawing, Picture
from doodle_core.shades import any_coloured, coloured, grey, greyed, inked, laid
from doodle_core.unmixing import unmixed

LEVELS = np.arange(256, dtype=np.uint8)


def test_levels_come_back_from_linear() -> None:
    np.testing.assert_array_equal(np.rint(srgb.encoded(srgb.linear(LEVELS)) * 255), LEVELS)
    # From the standard's own table.
    np.testing.assert_allclose(srgb.linear(np.array([0, 10, 11, 188, 255], np.uint8))[[0, 4]], [0, 1])
    assert srgb.linear(np.uint8(188)) == pytest.approx(0.5029, abs=1e-4)
    assert srgb.encoded(np.array([0.0031308, 0.5])) == pytest.approx([0.04045, 0.7354], abs=1e-4)
    assert srgb.encoded(np.array([-1.0, 2.0])) == pytest.approx([0.0, 1.0], abs=1e-6)


@pytest.mark.parametrize("polarity", ["dark", "light"])
def test_ink_without_colours(polarity: str) -> None:
    ink = LEVELS.reshape(16, 16) / np.float32(255)
    wanted = LEVELS.reshape(16, 16)
    np.testing.assert_array_equal(grey(ink, polarity), 255 - wanted if polarity == "dark" else wanted)
    pixels = inked(ink, polarity)
    assert (pixels[..., :3] == (0 if polarity == "dark" else 255)).all()
    np.testing.assert_array_equal(pixels[..., 3], wanted)


@given(hnp.arrays(np.uint8, (5, 5, 4)))
def test_pixels_come_back_from_linear(pixels: np.ndarray) -> None:
    rgba = np.concatenate([srgb.linear(pixels[..., :3]), pixels[..., 3:] / np.float32(255)], axis=2)
    np.testing.assert_array_equal(coloured(rgba), pixels)
    for polarity, paper in (("dark", 255), ("light", 0)):
        share = pixels[..., 3] / 255
        luma = pixels[..., :3] @ [0.2126, 0.7152, 0.0722]
        assert np.abs(laid(rgba, polarity) - (share * luma + (1 - share) * paper)).max() <= 0.501


def test_a_large_picture_is_made_in_strips() -> None:
    dice = np.random.default_rng(0)
    pixels = dice.integers(0, 256, (700, 700, 4), np.uint8)
    rgba = np.concatenate([srgb.linear(pixels[..., :3]), pixels[..., 3:] / np.float32(255)], axis=2)
    np.testing.assert_array_equal(coloured(rgba), pixels)
    np.testing.assert_array_equal(laid(rgba, "dark")[600:], laid(rgba[600:], "dark"))


@pytest.mark.parametrize(("polarity", "paper"), [("dark", 1.0), ("light", 0.0)])
def test_a_picture_without_its_colours(polarity: str, paper: float) -> None:
    dice = np.random.default_rng(1)
    picture = Picture(dice.random((9, 9)), dice.integers(0, 256, (9, 9, 3), np.uint8))
    assert picture.colours is not None
    shown = picture.ink[..., None] * (picture.colours / 255) + (1 - picture.ink[..., None]) * paper
    luma = shown @ [0.2126, 0.7152, 0.0722]
    found = greyed(picture, polarity, laid=True)
    np.testing.assert_allclose(found.ink, 1 - luma if polarity == "dark" else luma, atol=1e-5)
    assert found.colours is None
    alone = greyed(picture, polarity, laid=False)
    assert alone.colours is None and np.array_equal(alone.ink, picture.ink)
    plain = Picture(picture.ink)
    assert greyed(plain, polarity, laid=True) is plain


def test_any_coloured() -> None:
    plain, red = Drawing.make([[(0, 0)]]), Drawing.make([[(0, 0)]], colours=[(1, 0, 0)])
    seen = Picture(np.eye(2), np.zeros((2, 2, 3), np.uint8))
    assert not any_coloured([plain, None, Picture(np.eye(2))])
    assert any_coloured([plain, red]) and any_coloured([seen])


@given(
    hnp.arrays(np.float64, (6, 6), elements=st.sampled_from([0.0, 0.004, 0.1, 0.5, 1.0])),
    hnp.arrays(np.float64, (6, 6, 3), elements=st.floats(0, 1)),
)
def test_unmixed_ink_looks_as_it_did(ink: np.ndarray, colours: np.ndarray) -> None:
    times_ink = ink[..., None] * colours
    found = unmixed(ink, times_ink) / 255
    assert np.abs(ink[..., None] * found - times_ink).max() <= 1 / 255 + 1e-9


def test_faint_ink_has_the_colour_of_sure_ink_near_it() -> None:
    ink = np.array([[0.0, 0.01, 0.5, 1.0, 1.0, 0.3, 0.01, 0.0]] * 8)
    colours = np.zeros((8, 8, 3))
    colours[:, :5], colours[:, 5:] = (0.8, 0.2, 0.0), (0.8, 0.2, 0.0)
    colours[:, 1], colours[:, 6] = (1.0, 0.3, 0.1), (0.6, 0.1, 0.0)  # as badly as so little ink says it
    found = unmixed(ink, ink[..., None] * colours)
    assert (found == (204, 51, 0)).all()
    # A wash that is faint, but not of that colour, keeps its own.
    colours[:, 5] = (0.0, 0.2, 0.9)
    assert (unmixed(ink, ink[..., None] * colours)[:, 5] == (0, 51, 230)).all()
