"""Pictures of 8 bits: what was painted comes back as it was, and what is mixed within a level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core.drawing import Drawing
from doodle_core.rendering import render
from doodle_core.srgb import encoded, linear
from tests.core.anything import examples

LEVEL = 1 / 255
SIZE = 64


def tiles(colours: list, opacities: list | float = 1.0) -> Drawing:
    """Squares in a row, with paper between them."""
    count = len(colours)
    width = 1 / count
    corners = np.array([[0.1, 0.2], [0.9, 0.2], [0.9, 0.8], [0.1, 0.8]]) * [width, 1]
    squares = [corners + [k * width, 0] for k in range(count)]
    return Drawing.make(squares, 0, opacities, filled=True, colours=colours)


def middles(drawing: Drawing, count: int) -> np.ndarray:
    columns = ((np.arange(count) + 0.5) / count * SIZE).astype(int)
    return render(drawing, SIZE)[SIZE // 2, columns]


def test_flat_colours_are_those_drawn_where_no_two_share_a_code():
    colours = [(0.0015, 0.013, 0.2), (0.9999, 0.0061, 0.0301), (0.05, 0.09, 0.7)]
    found = middles(tiles(colours), 3)
    np.testing.assert_allclose(found[:, :3], colours, rtol=1e-3)
    assert (found[:, 3] == 1).all()


@pytest.mark.parametrize(
    ("srgb", "most"),
    [
        ([(30, 20, 15), (32, 22, 60), (200, 190, 100), (0, 0, 0), (255, 255, 255)], 0.1),
        ([(30, 20, 15), (32, 22, 16), (10, 12, 40), (4, 4, 4), (58, 31, 90), (255, 255, 255)], 3),  # 12 under six codes
    ],
)
def test_dark_colours_keep_their_levels_of_an_srgb_file(srgb: list, most: float):
    """8 linear bits by themselves would miss some by six."""
    drawn = linear(np.array(srgb, np.uint8))
    found = encoded(middles(tiles(drawn.tolist()), len(srgb))[:, :3]) * 255
    assert np.abs(found - srgb).max() < most


def test_what_is_translucent_and_lies_on_nothing_is_as_drawn():
    colours = [(0.01, 0.03, 0.6), (0.4, 0.2, 0.02), (0.9, 0.9, 0.9)]
    found = middles(tiles(colours, [0.3, 0.55, 0.123]), 3)
    np.testing.assert_allclose(found[:, 3], [0.3, 0.55, 0.123], rtol=1e-5)
    np.testing.assert_allclose(found[:, :3], colours, rtol=1e-5)


def test_a_drawing_of_one_colour_has_it_everywhere():
    """It is painted as alpha alone."""
    lines = Drawing.make(
        [[[0.1, 0.2], [0.9, 0.7]], [[0.1, 0.8], [0.9, 0.3]]], 0.02, [0.3, 1.0], colours=[(0.01, 0.2, 0.5)] * 2
    )
    pixels = render(lines, 256)
    inked = pixels[..., 3] > 0
    assert (pixels[inked][:, :3] == np.float32([0.01, 0.2, 0.5])).all()
    assert not pixels[~inked].any()
    assert np.isin(np.float32([0.3, 1.0]), pixels[..., 3]).all()


@given(
    hnp.arrays(np.float32, (6, 3), elements=st.floats(0, 1, width=32)),
    hnp.arrays(np.float32, 6, elements=st.floats(0.125, 1, width=32)),
    st.integers(0, 99),
)
@examples(30)
def test_over_any_paper_it_is_what_finer_pictures_are(colours: np.ndarray, opacities: np.ndarray, seed: int):
    rng = np.random.default_rng(seed)
    shapes = list(rng.uniform(0, 1, (6, 5, 2)))
    drawing = Drawing.make(shapes, 0.02, list(opacities), filled=[True, False] * 3, colours=list(colours))
    coarse, fine = render(drawing, SIZE), render(drawing, SIZE, deep=True)
    difference = coarse[..., :3] * coarse[..., 3:] - fine[..., :3] * fine[..., 3:]
    flat = (fine[..., 3] > 0) & (np.abs(np.diff(fine[..., 3], axis=0, append=0)) < 1e-6)
    assert np.abs(difference).mean() < LEVEL
    assert np.abs(difference[flat]).mean() < 2 * LEVEL if flat.any() else True


@pytest.mark.parametrize("colours", [[(0.2, 0.4, 0.6)] * 2, [(0.2, 0.4, 0.6), (0.01, 0.9, 0.3)]])
def test_rows_without_ink_and_parts_of_large_pictures(colours: list):
    """They are cleared and made in several threads."""
    drawing = Drawing.make([[[0.2, 0.41], [0.8, 0.52]], [[0.2, 0.5], [0.8, 0.45]]], 0.01, [0.5, 1.0], colours=colours)
    out = np.full((700, 700, 4), np.nan, np.float32)
    render(drawing, 700, out=out)
    assert not out[:270].any() and not out[380:].any()
    alpha = out[..., 3]
    assert alpha.max() == 1 and (alpha == np.float32(0.5)).sum() > 1000
    hues = out[alpha == 1][:, :3]
    assert np.abs(hues - np.float32(colours[-1])).max() < LEVEL
