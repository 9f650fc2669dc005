"""Lines keep the colours that they were drawn in, at keys and in between; with the real model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core.boil import Boil
from doodle_core.drawing import Drawing, Picture, Strokes
from doodle_core.film import Film
from doodle_core.look import Look
from doodle_core.model import DoodleModel, weights_folder
from doodle_core.nudge import Nudge
from doodle_core.track import LatentKey

RED, BLUE, BLACK = (0.9, 0.05, 0.1), (0.0, 0.2, 0.8), (0.0, 0.0, 0.0)
SIZE = 160


@pytest.fixture(scope="module")
def model() -> DoodleModel:
    return DoodleModel.load()


def film_of(model: DoodleModel, drawings: Sequence[Drawing], **track: object) -> Film:
    latents = model.encode(drawings)
    keys = [LatentKey(z, float(n), one) for n, (z, one) in enumerate(zip(latents, drawings, strict=True))]
    return Film(model, model.track(keys, **track))  # type: ignore[arg-type]


def cross(shift: float, colours: Sequence[object] | None = (RED, BLUE)) -> Strokes:
    """Two lines that cross, the second over the first."""
    return Strokes.make(
        [[(0.1 + shift, 0.5), (0.8 + shift, 0.5)], [(0.4 + shift, 0.1), (0.4 + shift, 0.9)]],
        radii=0.04,
        colours=colours,
    )


def shown(film: Film, position: float, **options: object) -> tuple[np.ndarray, np.ndarray]:
    """Colours and ink of a frame."""
    rgba = film.frame_rgba(position, SIZE, drawn_ink=True, **options)  # type: ignore[arg-type]
    return rgba[..., :3], rgba[..., 3]


@pytest.mark.parametrize("method", ["linear", "spherical", "cubic"])
def test_one_colour_a_key_mixes_over_the_whole_picture(model: DoodleModel, method: str) -> None:
    film = film_of(model, [cross(0, (RED, RED)), cross(0.1, (BLUE, BLUE))], method=method)
    for share in (0.0, 0.25, 0.5, 1.0):
        wanted = (1 - share) * np.array(RED) + share * np.array(BLUE)
        colours, _ = shown(film, share)
        np.testing.assert_allclose(colours, np.broadcast_to(wanted, colours.shape), atol=1e-6)


def test_one_colour_throughout_is_exactly_that(model: DoodleModel) -> None:
    colours, _ = shown(film_of(model, [cross(0, (RED, RED)), cross(0.1, (RED, RED))]), 0.3)
    assert (colours == np.float32(RED)).all()


@pytest.mark.parametrize("position", [0.0, 0.001, 0.3, 0.5, 0.999, 1.0])
@pytest.mark.parametrize("pin", [0.0, 1.0])
def test_crossing_lines_keep_their_colours_along_their_length(model: DoodleModel, position: float, pin: float) -> None:
    film = film_of(model, [cross(0), cross(0.1)])
    colours, ink = shown(film, position, pin=pin)
    centre = 0.4 + 0.1 * position
    for x, y, wanted in (
        *((0.14 + 0.1 * position + step, 0.5, RED) for step in (0.0, 0.1, 0.2)),
        *((centre + step, 0.5, RED) for step in (0.07, 0.2, 0.33)),
        *((centre, y, BLUE) for y in (0.15, 0.3, 0.45, 0.5, 0.55, 0.7, 0.85)),
    ):
        place = int(y * SIZE), int(x * SIZE)
        assert ink[place] == 1
        np.testing.assert_allclose(colours[place], wanted, atol=1e-3)


def test_a_line_mixes_its_own_two_colours_only(model: DoodleModel) -> None:
    film = film_of(model, [cross(0, (RED, BLACK)), cross(0.1, (BLUE, BLACK))])
    colours, _ = shown(film, 0.5)
    wanted = (np.array(RED) + BLUE) / 2
    np.testing.assert_allclose(colours[SIZE // 2, int(0.7 * SIZE)], wanted, atol=1e-3)
    np.testing.assert_allclose(colours[int(0.8 * SIZE), int(0.45 * SIZE)], BLACK, atol=1e-3)


def test_a_line_that_comes_has_its_own_colour(model: DoodleModel) -> None:
    line, other = [(0.1, 0.3), (0.9, 0.3)], [(0.2, 0.8), (0.8, 0.8)]
    film = film_of(
        model,
        [
            Strokes.make([line], radii=0.04, colours=[RED]),
            Strokes.make([line, other], radii=0.04, colours=[RED, BLUE]),
        ],
    )
    colours, ink = shown(film, 0.6)
    rows = np.arange(SIZE)[:, None] / SIZE
    below = (ink == 1) & (rows > 0.6)
    assert below.sum() > 50
    np.testing.assert_allclose(colours[below], np.broadcast_to(BLUE, colours[below].shape), atol=1e-5)
    above = (ink == 1) & (rows < 0.45)
    np.testing.assert_allclose(colours[above], np.broadcast_to(RED, colours[above].shape), atol=1e-5)


def test_a_line_drawn_on_shows_the_colours_of_the_places_it_has_reached(model: DoodleModel) -> None:
    """Red to blue from left to right, and half of it drawn: from red to half-way blue, not to blue."""
    line = np.stack([np.linspace(0.15, 0.85, 20), np.full(20, 0.75)], axis=1)
    fade = np.linspace(0, 1, 20)[:, None] * (np.array(BLUE) - RED) + RED
    still = [(0.2, 0.2), (0.8, 0.25)]
    film = film_of(
        model,
        [
            Strokes.make([still], radii=0.03, colours=[BLACK]),
            Strokes.make([still, line], radii=0.03, colours=[BLACK, fade]),
        ],
    )
    colours, ink = shown(film, 0.5)
    row = int(0.75 * SIZE)
    columns = np.flatnonzero(ink[row] == 1)
    assert 20 < len(columns) < 0.5 * SIZE
    share = ((columns + 0.5) / SIZE - 0.15) / 0.7
    wanted = RED + np.clip(share, 0, 1)[:, None] * (np.array(BLUE) - RED)
    inner = slice(8, -8)  # round ends go on in their last colour
    np.testing.assert_allclose(colours[row, columns][inner], wanted[inner], atol=0.03)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=4, max_size=4),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_colours_stay_between_those_of_the_strokes(
    model: DoodleModel, four: list[tuple[float, float, float]], position: float, sigma: float
) -> None:
    film = film_of(model, [cross(0, four[:2]), cross(0.1, four[2:])], sigma=sigma)
    colours, _ = shown(film, position)
    assert (colours >= np.min(four, axis=0) - 1e-5).all()
    assert (colours <= np.max(four, axis=0) + 1e-5).all()


def test_what_has_no_colour_has_the_looks(model: DoodleModel) -> None:
    look = Look(colour=(0.2, 0.6, 0.4, 0.5))
    film = film_of(model, [cross(0, None), cross(0.1, (RED, BLUE))])
    rgba = film.frame_rgba(0.0, SIZE, look, drawn_ink=True)
    assert (rgba[..., :3] == np.float32(look.colour[:3])).all()
    assert rgba[..., 3].max() == np.float32(0.5)
    colours = film.frame_rgba(0.5, SIZE, look, drawn_ink=True)[..., :3]
    wanted = (np.array(look.colour[:3]) + BLUE) / 2
    np.testing.assert_allclose(colours[int(0.8 * SIZE), int(0.45 * SIZE)], wanted, atol=1e-3)
    plain = film.frame_rgba(1.0, SIZE, look)
    assert (plain[..., :3] == np.float32(look.colour[:3])).all()


def test_pictures_and_models_without_lines_have_the_looks_colour(model: DoodleModel) -> None:
    look = Look(colour=(0.2, 0.6, 0.4, 1.0))
    ink = np.zeros((64, 64), np.float32)
    ink[20:28, 10:54] = 1
    dense = DoodleModel.load(weights_folder() / "mixer")
    for film in (film_of(model, [Picture(ink), Picture(ink.T)]), film_of(dense, [cross(0), cross(0.1)])):
        for position in (0.0, 0.5):
            colours = film.frame_rgba(position, SIZE, look, drawn_ink=True)[..., :3]
            assert (colours == np.float32(look.colour[:3])).all()


@pytest.mark.parametrize("position", [0.0, 0.5])
def test_nudges_take_the_colours_along(model: DoodleModel, position: float) -> None:
    film = replace(film_of(model, [cross(0), cross(0.0)]), nudge=Nudge(weight=0.5, y=0.25))
    colours, ink = shown(film, position)
    for x, y, wanted in ((0.2, 0.25, RED), (0.7, 0.25, RED), (0.4, 0.25, BLUE), (0.4, 0.5, BLUE)):
        assert ink[int(y * SIZE), int(x * SIZE)] == 1
        np.testing.assert_allclose(colours[int(y * SIZE), int(x * SIZE)], wanted, atol=1e-3)


@pytest.mark.parametrize("position", [0.0, 0.5])
def test_boiling_lines_keep_their_colours(model: DoodleModel, position: float) -> None:
    """Shaken by a model pixel or so: every pixel a little inside a line has the colour of the line."""
    fade = np.linspace(0, 1, 12)[:, None] * (np.array(BLUE) - RED) + RED
    line = np.stack([np.linspace(0.15, 0.85, 12), np.full(12, 0.5)], axis=1)
    drawing = Strokes.make([line, [(0.1, 0.8), (0.9, 0.8)]], radii=0.05, colours=[fade, BLACK])
    film = film_of(model, [drawing, drawing])
    colours, _ = shown(replace(film, boil=Boil(0.6, 3, 2)), position)
    still, _ = shown(film, position)
    assert not np.array_equal(colours, still)
    row = int(0.5 * SIZE)
    columns = slice(int(0.2 * SIZE), int(0.8 * SIZE))
    assert np.abs(colours[row, columns] - still[row, columns]).max() < 0.1
    np.testing.assert_allclose(colours[int(0.8 * SIZE), columns], 0, atol=1e-6)


def test_a_filled_drawing_keeps_its_colours_between_keys(model: DoodleModel) -> None:
    """Traced, its lines are no strokes of its own any more: they have the colours that are seen there."""

    def drawing(shift: float) -> Strokes:
        square = np.array([(0.15, 0.2), (0.45, 0.2), (0.45, 0.5), (0.15, 0.5)]) + (shift, 0)
        return Strokes.make(
            [square, [(0.1, 0.8), (0.9, 0.8)]],
            radii=[0.0, 0.03],
            cyclic=[True, False],
            filled=[True, False],
            colours=[RED, BLUE],
        )

    film = film_of(model, [drawing(0), drawing(0.2)])
    for position in (0.0, 0.5, 1.0):
        colours, ink = shown(film, position)
        x = 0.3 + 0.2 * position
        for place, wanted in (((0.35, x), RED), ((0.8, 0.5), BLUE)):
            pixel = int(place[0] * SIZE), int(place[1] * SIZE)
            assert ink[pixel] > 0.9
            np.testing.assert_allclose(colours[pixel], wanted, atol=0.02)


def test_a_boiling_filled_key_is_warped_with_its_colours(model: DoodleModel) -> None:
    square = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.6), (0.2, 0.6)]
    drawing = Strokes.make(
        [square, [(0.1, 0.85), (0.9, 0.85)]], 0.02, cyclic=[True, False], filled=[True, False], colours=[RED, BLUE]
    )
    film = replace(film_of(model, [drawing, drawing]), boil=Boil(0.4, 1, 1))
    colours, ink = shown(film, 0.0)
    solid = ink == 1
    upper = np.arange(SIZE)[:, None] < 0.7 * SIZE
    np.testing.assert_allclose(colours[solid & upper], np.broadcast_to(RED, colours[solid & upper].shape), atol=1e-4)
    np.testing.assert_allclose(colours[solid & ~upper], np.broadcast_to(BLUE, colours[solid & ~upper].shape), atol=1e-4)


def test_colours_leave_a_key_as_they_were(model: DoodleModel) -> None:
    fade = np.linspace(0, 1, 2)[:, None] * (np.array(BLUE) - RED) + RED
    film = film_of(model, [cross(0, (fade, BLACK)), cross(0.1, (fade[::-1], RED))])
    (before, ink), (after, other) = shown(film, 0.0), shown(film, 1e-4)
    inside = (ink == 1) & (other == 1)
    assert np.abs(before - after)[inside].max() < 0.02


def test_rgba_is_written_where_it_is_wanted(model: DoodleModel) -> None:
    film = film_of(model, [cross(0), cross(0.1)])
    flipped = np.empty((SIZE, SIZE, 4), np.float32)[::-1]
    for position in (0.0, 0.4):
        assert film.frame_rgba(position, SIZE, drawn_ink=True, out=flipped) is flipped
        assert np.array_equal(flipped, film.frame_rgba(position, SIZE, drawn_ink=True))
