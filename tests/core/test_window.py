"""Windows: where ink is, which pixels that is, and that a film's picture of them is that part of its whole picture."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doodle_core import raster
from doodle_core.drawing import Drawing, Picture, Shown
from doodle_core.errors import DoodleError
from doodle_core.film import Film
from doodle_core.look import Look
from doodle_core.model import DoodleModel, weights_folder
from doodle_core.track import LatentKey
from doodle_core.window import WHOLE, Window, around

SIZE = 200
WIDE = Window(0.1, 0.4, 0.8, 0.15)


@pytest.mark.parametrize(
    "wrong", [(-0.1, 0, 0.5, 0.5), (0.6, 0, 0.5, 0.5), (0, 0, 0, 0.5), (0, 0, 0.5, math.nan), (math.nan, 0, 0.5, 0.5)]
)
def test_a_window_lies_on_the_canvas(wrong: tuple[float, ...]) -> None:
    with pytest.raises(DoodleError, match="window") as error:
        Window(*wrong)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("window", "size", "crop"),
    [
        (WHOLE, 512, (0, 0, 512, 512)),
        (WIDE, 200, (20, 80, 160, 30)),
        (WIDE, 1, (0, 0, 1, 1)),
        (Window(0.9, 0.9, 0.1, 0.05), 3, (2, 2, 1, 1)),
        (Window(0.5, 0.0, 0.5, 1.0), 5, (2, 0, 2, 5)),
    ],
)
def test_which_pixels_it_is(window: Window, size: int, crop: tuple[int, ...]) -> None:
    assert window.crop(size) == crop


sides = st.tuples(st.floats(0, 0.99), st.floats(0.001, 1)).map(lambda pair: (pair[0], min(pair[1], 1 - pair[0])))


@given(sides, sides, st.integers(1, 4096))
def test_snapped_ends_between_pixels_and_holds_all_of_it(
    across: tuple[float, float], down: tuple[float, float], size: int
) -> None:
    window = Window(across[0], down[0], across[1], down[1])
    snapped, crop = window.snapped(size), window.snapped(size).crop(size)
    assert snapped.holds(window, 1.01e-3 / size)
    assert snapped.snapped(size) == snapped
    assert crop.left + crop.width <= size and crop.top + crop.height <= size
    exact = np.array([snapped.x, snapped.y, snapped.width, snapped.height]) * size
    np.testing.assert_allclose(exact, crop, atol=1e-6)
    stored = Window(*(float(np.float32(value)) for value in dataclasses.astuple(snapped)))
    assert stored.crop(size) == crop  # as Blender keeps it


def test_around_is_the_ink_with_its_width() -> None:
    line = Drawing.make([[(0.2, 0.5), (0.8, 0.5)]], radii=[0.01])
    np.testing.assert_allclose(dataclasses.astuple(around([line], 0.02)), (0.17, 0.47, 0.66, 0.06), atol=1e-6)
    ink = np.zeros((10, 10), np.float32)
    ink[3, 2:6] = 0.5
    np.testing.assert_allclose(dataclasses.astuple(around([Picture(ink)], 0.0)), (0.2, 0.3, 0.4, 0.1), atol=1e-6)
    both = around([line, Picture(ink)], 0.0)
    np.testing.assert_allclose(dataclasses.astuple(both), (0.19, 0.3, 0.62, 0.21), atol=1e-6)
    assert around([line], 0.0).joined(around([Picture(ink)], 0.0)).holds(both, 1e-6)


def test_around_nothing_is_the_whole_canvas() -> None:
    far = Drawing.make([[(2.0, 2.0), (3.0, 2.0)]], radii=[0.01])
    assert around([], 0.1) == around([Drawing.make(), Picture(np.zeros((4, 4)))], 0.1) == around([far], 0.1) == WHOLE


# Films


@pytest.fixture(scope="module")
def model() -> DoodleModel:
    return DoodleModel.load()


def film_of(model: DoodleModel, drawings: list[Shown]) -> Film:
    latents = model.encode(drawings)
    keys = [LatentKey(latent, time, shown) for time, (latent, shown) in enumerate(zip(latents, drawings, strict=True))]
    return Film(model, model.track(keys))


def strip(lift: float) -> Drawing:
    """A wide drawing: a line and a filled shape, ten times as wide as high."""
    x = np.linspace(0.12, 0.88, 40)
    line = np.stack([x, 0.47 + lift * np.sin(9 * x)], axis=1)
    area = [(0.2, 0.44), (0.6, 0.45 + lift), (0.55, 0.5)]
    return Drawing.make(
        [area, line], [0.0, 0.006], [0.7, 1.0], filled=[True, False], colours=[(0.8, 0.2, 0.1), (0, 0, 0.4)]
    )


def assert_part(film: Film, position: float, **options: object) -> None:
    crop = WIDE.crop(SIZE)
    whole = film.frame_rgba(position, SIZE, **options)  # type: ignore[arg-type]
    part = dataclasses.replace(film, window=WIDE).frame_rgba(position, SIZE, **options)  # type: ignore[arg-type]
    assert part.shape == (crop.height, crop.width, 4)
    wanted = whole[crop.slices]
    assert wanted[..., 3].max() > 0.5
    for one in (part, wanted):
        one[..., :3] *= one[..., 3:]
    # Of fewer shapes colours have other codes, each within two of the nearest: seen where they mix. And pictures are a
    # rendering and what it leaves out, each rounded to 8 bits.
    assert np.abs(part - wanted).max() <= 4.001 / 255


@pytest.mark.parametrize("position", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("deep", [False, True])
def test_a_part_of_a_drawn_film(model: DoodleModel, position: float, deep: bool) -> None:
    film = film_of(model, [strip(0.02), strip(-0.02)])
    for look in (Look(), Look(0.3, 0.5, (0.1, 0.2, 0.3, 0.8))):
        assert_part(film, position, look=look, drawn_ink=True, deep=deep)
    crop = WIDE.crop(SIZE)
    out = np.full((crop.height, crop.width, 4), 9, np.float32)
    windowed = dataclasses.replace(film, window=WIDE)
    assert windowed.frame_rgba(position, SIZE, out=out) is out
    np.testing.assert_array_equal(out, windowed.frame_rgba(position, SIZE))
    np.testing.assert_array_equal(windowed.frame_ink(position, SIZE), out[..., 3])


@pytest.mark.parametrize("position", [0.0, 0.03, 0.5])
@pytest.mark.parametrize("kind", ["strokes", "mixer"])
def test_a_part_of_a_film_of_pictures(model: DoodleModel, position: float, kind: str) -> None:
    used = model if kind == "strokes" else DoodleModel.load(weights_folder() / "mixer")
    ink = [Picture(raster.ink(strip(lift), 128)) for lift in (0.02, -0.02)]
    film = film_of(used, list(ink))
    assert_part(film, position)
    crop, windowed = WIDE.crop(SIZE), dataclasses.replace(film, window=WIDE)
    out = np.full((crop.height, crop.width, 4), 9, np.float32)
    assert windowed.frame_rgba(position, SIZE, out=out) is out
    np.testing.assert_array_equal(windowed.frame_ink(position, SIZE), out[..., 3])


def test_it_reaches_as_far_as_what_swings_between_keys(model: DoodleModel) -> None:
    """A pendulum: half-way it is lower than at both keys."""
    ends = [np.array([0.5, 0.3]) + 0.45 * np.array([math.sin(a), math.cos(a)]) for a in (-0.8, 0.8)]
    film = film_of(model, [Drawing.make([np.linspace((0.5, 0.3), end, 12)], radii=[0.01]) for end in ends])
    found = film.reach()
    keys = around([key.latent for key in film.track.keys], 2 / 64)  # type: ignore[misc]
    assert keys.y + keys.height < 0.66
    assert found.y + found.height == pytest.approx(0.75 + 0.01 + 2 / 64, abs=0.01)
    assert found.holds(keys)


def test_one_key_reaches_as_far_as_it_is_drawn(model: DoodleModel) -> None:
    assert film_of(model, [strip(0.02)]).reach() == around([strip(0.02)], 2 / 64)
