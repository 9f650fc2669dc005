"""At a key that is a picture, the frame is that picture: in colour, at its own size, to a level of 255."""

from __future__ import annotations

import numpy as np
import pytest

from doodle_core import shades
from doodle_core.drawing import Drawing
from doodle_core.film import Film
from doodle_core.model import DoodleModel
from doodle_core.pixels import from_pixels
from doodle_core.rendering import render
from doodle_core.srgb import encoded
from doodle_core.track import LatentKey


@pytest.fixture(scope="module")
def model() -> DoodleModel:
    return DoodleModel.load()


def painted(side: int, seed: int) -> np.ndarray:
    """Shapes in flat and shaded colours with dark outlines and soft edges on white paper, (side, side, 3) uint8."""
    rng = np.random.default_rng(seed)
    turn = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    contours, radii, closed, filled, colours = [], [], [], [], []
    for _ in range(6):
        middle, reach = rng.uniform(0.25, 0.75, 2), rng.uniform(0.05, 0.22, 2)
        outline = middle + reach * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        for area in (True, False):
            contours.append(outline)
            radii.append(0.0 if area else 0.004)
            closed.append(True)
            filled.append(area)
            colours.append(rng.uniform(0, 1, 3) if area else rng.uniform(0, 0.1, 3))
    alike = render(Drawing.make(contours, radii, 1.0, closed, filled, colours), side)
    picture = 1 + alike[..., 3:] * (encoded(alike[..., :3]) - 1)
    picture[: side // 4] *= np.linspace(0.6, 1, side // 4)[:, None, None] ** (alike[: side // 4, :, 3:] > 0.5)
    return np.rint(255 * picture).astype(np.uint8)


@pytest.mark.parametrize("side", [1024, 2048])
def test_a_coloured_picture_comes_back_at_its_key(model: DoodleModel, side: int) -> None:
    given = painted(side, side)
    picture = from_pixels(given, paper="removed")
    assert picture.ink.shape == (side, side) and picture.colours is not None
    latents = [Drawing.make([[(0.2, 0.2), (0.8, shift)]], 0.01) for shift in (0.4, 0.6)]
    keys = [LatentKey(latents[0], 0.0, picture), LatentKey(latents[1], 1.0, latents[1])]
    shown = Film(model, model.track(keys)).frame_rgba(0.0, side, pin=1.0, drawn_ink=True)
    levels = shades.coloured(shown).astype(np.float64) / 255
    laid = 1 + levels[..., 3:] * (levels[..., :3] - 1)
    assert np.abs(np.rint(255 * laid) - given).max() <= 1
