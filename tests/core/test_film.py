"""Film: the real model and a track, asked for pictures."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from doodle_core import raster
from doodle_core.drawing import Drawing, Picture, Shown
from doodle_core.errors import DoodleError
from doodle_core.film import BATCH, Film, KeyCache
from doodle_core.look import Look
from doodle_core.model import DoodleModel, weights_folder
from doodle_core.rendering import render
from doodle_core.track import LatentKey

SIZE = 96
SEAM = 2e-3
"""Of ink: what the renderer's rounding may show as a step."""


@pytest.fixture(scope="module", params=["strokes", "mixer"])
def model(request: pytest.FixtureRequest) -> DoodleModel:
    return DoodleModel.load(None if request.param == "strokes" else weights_folder() / request.param)


def drawings() -> list[Shown]:
    """A stroke that turns, a picture with soft edges, an ellipse."""
    turn = np.linspace(0, 2 * np.pi, 40)
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    soft = np.clip(3 - 40 * np.abs(np.hypot(columns - 0.5, rows - 0.45) - 0.25), 0, 1)
    return [
        Drawing.make([[(0.2, 0.2), (0.5, 0.7), (0.8, 0.3)]], radii=0.02),
        Picture(np.round(soft * 255) / 255),
        Drawing.make([np.stack([0.5 + 0.3 * np.cos(turn), 0.5 + 0.2 * np.sin(turn)], axis=1)], radii=0.03, cyclic=True),
    ]


@pytest.fixture(scope="module")
def keys(model: DoodleModel) -> tuple[LatentKey, ...]:
    shown = drawings()
    latents = model.encode(shown)
    return tuple(LatentKey(z, 5.0 * n, d) for n, (z, d) in enumerate(zip(latents, shown, strict=True)))


@pytest.fixture(scope="module")
def film(model: DoodleModel, keys: tuple[LatentKey, ...]) -> Film:
    return Film(model, model.track(keys))


def walking(film: Film, **changes) -> Film:
    """The same film with another walk."""
    return dataclasses.replace(film, track=dataclasses.replace(film.track, **changes))


@pytest.mark.parametrize("closed_time", [None, 15.0])
@pytest.mark.parametrize("method", ["linear", "circular", "spherical", "cubic", "hold"])
@pytest.mark.parametrize("sigma", [0.0, 0.7])
def test_a_pinned_key_is_the_drawing(film: Film, method: str, sigma: float, closed_time: float | None) -> None:
    walk = walking(film, method=method, sigma=sigma, closed_time=closed_time)
    for number, key in enumerate(walk.track.keys):
        for size in (64, SIZE):
            assert key.drawing is not None
            wanted = raster.ink(key.drawing, size)
            off = np.abs(walk.frame_ink(float(number), size) - wanted)
            # A dense model's films are cut from fields, which round what is thin.
            assert (
                off.max() <= 1 / 255 if walk.model.DRAWS or isinstance(key.drawing, Picture) else off.mean() < 1 / 255
            )
    if closed_time:
        assert np.array_equal(walk.frame_ink(3.0, 64), walk.frame_ink(0.0, 64))


def test_a_picture_key_keeps_its_grey_levels(film: Film) -> None:
    drawing = film.track.keys[1].drawing
    assert isinstance(drawing, Picture)
    assert np.array_equal(np.rint(film.frame_ink(1.0, SIZE) * 255), np.rint(drawing.ink * 255))


@pytest.mark.parametrize("closed_time", [None, 15.0])
@pytest.mark.parametrize("method", ["linear", "circular", "spherical", "cubic"])
@pytest.mark.parametrize("pin", [1.0, 0.4])
def test_steps_shrink_on_both_sides_of_a_key(film: Film, method: str, pin: float, closed_time: float | None) -> None:
    walk = walking(film, method=method, closed_time=closed_time)
    for key, side in [(0, 1), (1, -1), (1, 1), (2, -1)] + ([(0, -1), (2, 1)] if closed_time else []):
        here = walk.frame_ink(float(key), SIZE, pin=pin)
        far, near, nearer = (
            np.abs(walk.frame_ink((key + side * step) % 3, SIZE, pin=pin) - here).mean() for step in (1e-2, 1e-3, 1e-4)
        )
        assert far < 0.05
        assert near <= 0.2 * far + SEAM
        assert nearer <= 0.2 * near + SEAM


def test_a_shaken_walk_has_no_jump_at_a_key(film: Film) -> None:
    walk = walking(film, sigma=0.5, seed=3)
    for side in (-1, 1):
        jumps = [np.abs(walk.frame_ink(1 + side * s, 64) - walk.frame_ink(1.0, 64)).mean() for s in (1e-1, 1e-3, 1e-5)]
        assert jumps[1] <= jumps[0] + 1e-6
        assert jumps[2] < 1e-3


def test_half_way_is_the_pose_painted(film: Film) -> None:
    if film.model.DRAWS:
        pose = film.pose(0.5)
        assert pose.key is None and (pose.first, pose.second) == (0, 1)
        np.testing.assert_array_equal(film.frame_rgba(0.5, 200)[..., 3], render(pose.drawing, 200)[..., 3])


def test_pin_0_shows_the_model(film: Film) -> None:
    picture = film.track.keys[1].drawing
    assert picture is not None
    pinned, bare = (np.abs(film.frame_ink(1.0, 64, pin=pin) - raster.ink(picture, 64)).mean() for pin in (1.0, 0.0))
    assert pinned < 1e-3 < bare < 0.1


def test_every_frame_stands_alone(film: Film, keys: tuple[LatentKey, ...]) -> None:
    """Alone, in a batch, in any order, after anything else: the same picture."""
    walk = walking(film, sigma=0.4, seed=11)
    positions = [2.0, 0.3, 1.1, 0.0, 1.9, 0.3]
    together = list(walk.frames(positions, 64))
    assert np.array_equal(together[1], together[5])
    for position, ink in zip(positions, together, strict=True):
        alone = Film(walk.model, dataclasses.replace(walk.track))
        assert np.abs(alone.frame_ink(position, 64) - ink).max() < 1e-5


def test_more_frames_than_a_batch(film: Film) -> None:
    positions = np.linspace(0, 2, 2 * BATCH + 3).tolist()
    inks = list(film.frames(positions, 64))
    assert len(inks) == len(positions)
    for index in (0, 1, BATCH, 2 * BATCH - 1, 2 * BATCH + 2):
        assert np.abs(inks[index] - film.frame_ink(positions[index], 64)).max() < 1e-5


def test_frames_are_made_as_they_are_asked_for(film: Film) -> None:
    asked: list[float] = []

    def positions():
        for number in range(10 * BATCH):
            asked.append(number)
            yield number / (5 * BATCH)

    stream = film.frames(positions(), 64)  # type: ignore[arg-type]
    assert asked == []
    next(stream)
    assert len(asked) == (1 if film.model.DRAWS else BATCH)


def test_look_is_honoured(film: Film) -> None:
    look = Look(line_weight=0.7, softness=2.0, colour=(0.1, 0.5, 0.9, 0.8))
    pixels, plain = film.frame_rgba(0.2, SIZE, look), film.frame_rgba(0.2, SIZE)
    inked = pixels[..., 3] > 0.01
    np.testing.assert_allclose(pixels[inked][:, :3], np.tile([0.1, 0.5, 0.9], (inked.sum(), 1)), atol=5e-3)
    assert pixels[..., 3].max() == pytest.approx(0.8, abs=5e-3)
    assert pixels[..., 3].sum() > plain[..., 3].sum()  # heavier, though lighter
    assert (inked & (plain[..., 3] == 0)).any()  # softer and wider


def test_a_key_without_drawing_is_shown_by_its_latent(film: Film, model: DoodleModel) -> None:
    first, second, third = film.track.keys
    walk = Film(model, model.track((first, LatentKey(second.latent, second.time), third)))
    np.testing.assert_array_equal(walk.frame_ink(1.0, 64), film.frame_ink(1.0, 64, pin=0.0))
    np.testing.assert_array_equal(walk.frame_ink(0.0, 64), film.frame_ink(0.0, 64))


@pytest.mark.parametrize("closed_time", [None, 4.0])
def test_a_single_key_is_shown_at_every_position(film: Film, closed_time: float | None) -> None:
    walk = Film(film.model, film.model.track(film.track.keys[:1], closed_time=closed_time))
    own = film.frame_ink(0.0, 64)
    assert np.array_equal(walk.frame_ink(0.0, 64), own)
    for position in (0.1, 0.9999, 5.0) if closed_time is None else (1.0, 7.0):
        assert np.array_equal(walk.frame_ink(position, 64), own)


def test_hold_keeps_the_drawing_until_the_next(film: Film) -> None:
    walk = walking(film, method="hold")
    for position in (1.0, 1.4, 1.9, 1.999):
        assert np.array_equal(walk.frame_ink(position, 64), film.frame_ink(1.0, 64))
    assert np.array_equal(walk.frame_ink(2.0, 64), film.frame_ink(2.0, 64))
    # What a float32 curve may say for 2, 1 and a loop's end.
    assert np.array_equal(walk.frame_ink(1.9999998, 64), film.frame_ink(2.0, 64))
    loop = walking(film, method="hold", closed_time=15.0)
    assert np.array_equal(loop.frame_ink(2.9999998, 64), film.frame_ink(0.0, 64))
    assert np.array_equal(loop.frame_ink(2.9, 64), film.frame_ink(2.0, 64))


def test_hold_shakes(film: Film) -> None:
    walk = walking(film, method="hold", sigma=1.0)
    assert not np.array_equal(walk.frame_ink(1.5, 64), walk.frame_ink(1.0, 64))
    # It shakes the drawing, not what the model makes of it.
    hardly = walking(film, method="hold", sigma=1e-6)
    # A drawing that shakes is painted in pieces that can bend; where these meet the rasteriser rounds.
    assert np.abs(hardly.frame_ink(1.8, 64) - film.frame_ink(1.0, 64)).mean() < 2e-3


def test_cache_is_shared_and_does_not_measure_again(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Film(film.model, film.track, KeyCache())
    wanted = first.frame_ink(1.0, 64)

    def never(*_: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(raster, "field", never)
    assert np.array_equal(walking(first, sigma=0.5).frame_ink(1.0, 64), wanted)
    with pytest.raises(AssertionError, match="measured again"):
        first.frame_ink(1.0, 65)


def test_cache_keeps_to_its_budget(film: Film) -> None:
    cache = KeyCache(budget=4 * 64 * 64 * 4)
    key = film.track.keys[0]
    made: list[int] = []

    def maker(size: int):
        def make() -> np.ndarray:
            made.append(size)
            return np.zeros((64, 64), np.float32)

        return make

    for size in (1, 2, 3, 4, 1, 5, 1, 2):  # 5 does not fit: the least recently used, 2, goes
        cache.get((key, size), maker(size))
    assert made == [1, 2, 3, 4, 5, 2]
    # One larger than the budget is kept all the same, with one neighbour: a frame needs two.
    small = KeyCache(budget=1)
    for size in (1, 2, 1, 2):
        small.get((key, size), maker(size))
    assert made[6:] == [1, 2]
    several = KeyCache(budget=0, at_least=3)
    for size in (1, 2, 3, 1, 4, 1, 2):
        several.get((key, size), maker(size))
    assert made[8:] == [1, 2, 3, 4, 2]


def test_what_is_kept_cannot_be_changed() -> None:
    kept = KeyCache().get("name", lambda: np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        kept[:] = 1


@pytest.mark.parametrize("position", [math.nan, math.inf])
def test_a_position_that_is_no_number_is_one_line(film: Film, position: float) -> None:
    with pytest.raises(DoodleError, match="position") as error:
        film.frame_ink(position, 64)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("pin", [-1.0, 2.0, math.nan])
@pytest.mark.parametrize("position", [0.0, 0.2])
def test_an_impossible_pin_is_one_line(film: Film, pin: float, position: float) -> None:
    with pytest.raises(DoodleError, match="pin"):
        film.frame_ink(position, 64, pin=pin)
