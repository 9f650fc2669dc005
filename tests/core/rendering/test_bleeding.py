"""Clear pixels beside ink have its colour, so that a filtered texture has no dark edge."""

import numpy as np

from doodle_core.drawing import Drawing
from doodle_core.film import Film
from doodle_core.model import DoodleModel
from doodle_core.rendering.bleeding import bleed
from doodle_core.track import LatentKey


def test_colour_reaches_one_pixel_into_the_paper_and_alpha_stays():
    picture = np.zeros((5, 6, 4), np.float32)
    picture[2, 3] = (0.2, 0.4, 0.6, 0.5)
    found = bleed(picture.copy())
    np.testing.assert_array_equal(found[..., 3], picture[..., 3])
    np.testing.assert_array_equal(found[1:4, 2:5, :3], np.tile(np.float32([0.2, 0.4, 0.6]), (3, 3, 1)))
    found[1:4, 2:5] = 0
    assert not found.any()


def test_ink_at_the_border_does_not_come_round():
    picture = np.zeros((3, 4, 4), np.float32)
    picture[1, 3] = (1, 1, 1, 1)
    assert not bleed(picture)[:, 0].any()


def test_a_film_in_colours_halves_without_a_dark_edge():
    model = DoodleModel.load()
    white = Drawing.make([[(0.2, 0.2), (0.8, 0.25), (0.5, 0.8)]], 0.0, filled=True, colours=[(1.0, 1.0, 1.0)])
    film = Film(model, model.track([LatentKey(z, 0.0, white) for z in model.encode([white])]))
    picture = bleed(film.frame_rgba(0.0, 64, drawn_ink=True))
    # As a texture between its pixels: colours and alpha each by themselves.
    between = (picture[:-1, :-1] + picture[1:, :-1] + picture[:-1, 1:] + picture[1:, 1:]) / 4
    np.testing.assert_allclose(between[between[..., 3] > 0][:, :3], 1.0, atol=1e-3)
