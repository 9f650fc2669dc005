"""PNG files: every pixel comes back, and they are about as small as another writer's."""

from __future__ import annotations

import io

import numpy as np
import png
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from doodle_core import raster
from doodle_core.drawing import Strokes
from doodle_core.png_file import encode_png


@given(
    height=st.integers(1, 9),
    width=st.integers(1, 300),
    channels=st.sampled_from([None, 3, 4]),
    dtype=st.sampled_from([np.uint8, np.uint16]),
    flat=st.booleans(),
    seed=st.integers(0, 99),
)
def test_every_pixel_comes_back(
    height: int, width: int, channels: int | None, dtype: type, flat: bool, seed: int
) -> None:
    shape = (height, width) if channels is None else (height, width, channels)
    pixels = np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)
    if flat:
        pixels[...] = pixels[0, 0]
    got_width, got_height, rows, about = png.Reader(bytes=encode_png(pixels)).read()
    assert (got_width, got_height, about["bitdepth"]) == (width, height, 8 * pixels.dtype.itemsize)
    read = np.array([np.array(row) for row in rows]).reshape(shape)
    assert (read == pixels).all()


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_pillow_reads_the_same(mode: str) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (40, 30, len(mode)), np.uint8)
    pixels = pixels[..., 0] if mode == "L" else pixels
    image = Image.open(io.BytesIO(encode_png(pixels)))
    assert image.mode == mode
    assert (np.asarray(image) == pixels).all()


def test_rows_that_are_not_stored_one_after_the_other_are_read_as_they_lie() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (20, 24, 4), np.uint8)
    assert encode_png(pixels[::-1, ::2]) == encode_png(pixels[::-1, ::2].copy())


def test_a_drawing_is_about_as_small_as_pillow_makes_it() -> None:
    turn = np.linspace(0, 6, 80)
    spiral = 0.5 + 0.06 * turn[:, None] * np.stack([np.cos(turn), np.sin(turn)], 1)
    pixels = np.full((512, 512, 4), (20, 90, 160, 0), np.uint8)
    pixels[..., 3] = np.rint(255 * raster.ink(Strokes.make([spiral], [0.02]), 512))
    assert pixels[..., 3].max() == 255
    other = io.BytesIO()
    Image.fromarray(pixels).save(other, "PNG")
    assert len(encode_png(pixels)) <= 1.15 * len(other.getvalue())
