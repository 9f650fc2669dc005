"""Transforms: literal moves, exact on strokes, the same on keys as on what lies between."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from doodle_core import raster
from doodle_core.drawing import Drawing, Picture, Shown
from doodle_core.errors import DoodleError
from doodle_core.film import Film
from doodle_core.inbetween.effects import transformed
from doodle_core.look import Look
from doodle_core.model import DoodleModel, weights_folder
from doodle_core.track import LatentKey
from doodle_core.transform import NONE, SCALE_LIMIT, SHIFT_LIMIT, WEIGHT_LIMIT, Transform, transformed_field

SIZE = 96
FEATURES = [field.name for field in dataclasses.fields(Transform)]
SOME = [
    Transform(weight=0.5),
    Transform(weight=-0.4),
    Transform(x=0.11),
    Transform(y=-0.07),
    Transform(scale=0.6),
    Transform(scale=-1.0),
    Transform(rotation=0.7),
    Transform(0.3, 0.08, 0.05, -0.4, -1.1),
]


@pytest.mark.parametrize(
    ("name", "limit"), [("weight", WEIGHT_LIMIT), ("x", SHIFT_LIMIT), ("y", SHIFT_LIMIT), ("scale", SCALE_LIMIT)]
)
def test_ranges(name: str, limit: float) -> None:
    Transform(**{name: limit}), Transform(**{name: -limit})
    for wrong in (limit + 0.01, -limit - 0.01, math.nan, math.inf):
        with pytest.raises(DoodleError, match=f"transform {name}") as error:
            Transform(**{name: wrong})
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_rotation_is_any_number(wrong: float) -> None:
    Transform(rotation=100.0), Transform(rotation=-100.0)
    with pytest.raises(DoodleError, match="transform rotation"):
        Transform(rotation=wrong)


# Drawings


def strokes() -> Drawing:
    turn = np.linspace(0, 2 * np.pi, 60)
    oval = np.stack([0.5 + 0.25 * np.cos(turn), 0.45 + 0.15 * np.sin(turn)], axis=1)
    lines = [oval, [(0.25, 0.8), (0.5, 0.6), (0.75, 0.7)], [(0.7, 0.25)]]
    return Drawing.make(lines, radii=[0.02, 0.016, 0.04])


def picture() -> Picture:
    return Picture(np.round(raster.ink(strokes(), 256) * 255) / 255)


def ink(drawing: Drawing, transform: Transform, size: int) -> np.ndarray:
    """The truth: the drawing itself with other places and other radii."""
    return raster.ink(transformed(drawing, transform), size)


@pytest.mark.parametrize("transform", SOME)
@pytest.mark.parametrize("size", [64, 256, 300])
def test_a_transformed_picture_is_the_picture_drawn_so(transform: Transform, size: int) -> None:
    of_picture = np.clip(transformed_field(picture(), size, transform) * (size / 64) + 0.5, 0, 1)
    assert np.abs(of_picture - ink(strokes(), transform, size)).mean() < 2 / 255


@pytest.mark.parametrize("feature", FEATURES)
def test_pictures_change_smoothly_from_nothing(feature: str) -> None:
    for size in (64, SIZE, 300):
        still = np.clip(transformed_field(picture(), size, NONE) * (size / 64) + 0.5, 0, 1)
        assert np.array_equal(transformed_field(picture(), size, NONE), raster.field(picture(), size))
        hardly = np.clip(transformed_field(picture(), size, Transform(**{feature: 1e-5})) * (size / 64) + 0.5, 0, 1)
        assert np.abs(hardly - still).max() < 5e-3


def test_a_shift_by_whole_pixels_is_exact_and_brings_in_paper() -> None:
    block = np.zeros((64, 64), np.float32)
    block[20:44, 0:30] = 1.0  # touches the left border
    shifted = np.clip(transformed_field(Picture(block), 64, Transform(x=4 / 64, y=8 / 64)) + 0.5, 0, 1)
    wanted = np.zeros_like(block)
    wanted[12:36, 4:34] = 1.0
    np.testing.assert_allclose(shifted, wanted, atol=0.02)


@pytest.mark.parametrize("transform", SOME)
def test_nothing_stays_nothing(transform: Transform) -> None:
    assert (transformed_field(Picture(np.zeros((32, 32))), SIZE, transform) <= -raster.FIELD_LIMIT + 1e-4).all()
    assert len(transformed(Drawing.make(), transform)) == 0


def test_a_heavy_line_weight_beside_a_heavy_transform_inks_no_paper() -> None:
    shown = transformed_field(picture(), 64, Transform(weight=2.0))
    assert shown.min() == -raster.FIELD_LIMIT and shown.max() <= raster.FIELD_LIMIT


# Films


@pytest.fixture(scope="module")
def model() -> DoodleModel:
    return DoodleModel.load()


def film_of(model: DoodleModel, drawings: list[Shown]) -> Film:
    latents = model.encode(drawings)
    return Film(
        model, model.track([LatentKey(z, t, d) for t, (z, d) in enumerate(zip(latents, drawings, strict=True))])
    )


@pytest.fixture(scope="module")
def film(model: DoodleModel) -> Film:
    second = Drawing.make([[(0.2, 0.3), (0.5, 0.5), (0.8, 0.35)], [(0.4, 0.7), (0.6, 0.72)]], radii=0.018)
    return film_of(model, [strokes(), second, picture()])


def moved(film: Film, **features: float) -> Film:
    return dataclasses.replace(film, transform=Transform(**features))


@pytest.mark.parametrize("transform", SOME)
def test_a_transformed_pinned_key_is_its_drawing_transformed(film: Film, transform: Transform) -> None:
    walk = dataclasses.replace(film, transform=transform)
    for position in (0.0, 1.0, 2.0):
        drawing = film.track.keys[int(position)].drawing
        truth = ink(drawing if isinstance(drawing, Drawing) else strokes(), transform, SIZE)
        assert np.abs(walk.frame_ink(position, SIZE) - truth).mean() < 2 / 255


@pytest.mark.parametrize("transform", SOME)
@pytest.mark.parametrize("position", [0.0, 0.15, 0.5, 2.0])
def test_what_the_model_makes_is_transformed_alike(film: Film, transform: Transform, position: float) -> None:
    """Unpinned: the decoded drawing moves as its field, measured where it stood, would."""
    walk = dataclasses.replace(film, transform=transform)
    still = Picture(film.frame_ink(position, 256, pin=0.0))
    truth = np.clip(transformed_field(still, SIZE, transform) * (SIZE / 64) + 0.5, 0, 1)
    assert np.abs(walk.frame_ink(position, SIZE, pin=0.0) - truth).mean() < 5 / 255


def test_without_a_transform_the_same_bits_and_no_more_work(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("transformed for nothing")

    monkeypatch.setattr(Transform, "matrix", property(never))
    plain = Film(film.model, film.track)
    for position in (0.0, 0.1, 0.5, 1.7):
        assert np.array_equal(moved(film).frame_ink(position, SIZE), plain.frame_ink(position, SIZE))


def test_transformed_and_still_share_a_cache_without_mixing(film: Film) -> None:
    for position in (0.0, 0.1):
        still = film.frame_ink(position, SIZE)
        moved_right = moved(film, x=0.2).frame_ink(position, SIZE)
        assert np.abs(moved_right - still).max() > 0.5
        assert np.array_equal(moved(film, x=0.2).frame_ink(position, SIZE), moved_right)
        assert np.array_equal(film.frame_ink(position, SIZE), still)
        alone = dataclasses.replace(Film(film.model, film.track), transform=Transform(x=0.2))
        assert np.array_equal(alone.frame_ink(position, SIZE), moved_right)


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("start", [0.0, 0.3])
@pytest.mark.parametrize("position", [0.0, 0.1, 0.5, 1.9, 2.0])
def test_frames_change_smoothly_with_the_transform(film: Film, feature: str, start: float, position: float) -> None:
    here = moved(film, **{feature: start}).frame_ink(position, SIZE)
    off = [np.abs(moved(film, **{feature: start + step}).frame_ink(position, SIZE) - here) for step in (1e-3, 1e-5)]
    steps = [one.max() for one in off]
    assert off[1].mean() < max(0.03 * off[0].mean(), 4e-4)  # and few of them are on an edge of these
    assert 0 < steps[0] < 0.5
    assert steps[1] < max(0.02 * steps[0], 0.16)  # the rasteriser's places are whole parts of a pixel,


@pytest.mark.parametrize("transform", SOME)
@pytest.mark.parametrize("method", ["linear", "circular", "cubic"])
def test_a_transformed_walk_has_no_jump_at_a_key(film: Film, transform: Transform, method: str) -> None:
    track = dataclasses.replace(film.track, method=method)
    walk = dataclasses.replace(film, track=track, transform=transform)
    for key, side in ((0, 1), (1, -1), (1, 1), (2, -1)):
        here = walk.frame_ink(float(key), SIZE)
        jumps = [np.abs(walk.frame_ink(key + side * step, SIZE) - here).mean() for step in (1e-1, 1e-4)]
        assert jumps[1] < 0.05 * jumps[0] + 4e-4


def test_look_and_transform_add_up(film: Film) -> None:
    by_look = film.frame_ink(0.0, 256, Look(line_weight=0.4))
    by_transform = moved(film, weight=0.4).frame_ink(0.0, 256)
    assert np.abs(by_look - by_transform).max() < 0.02


def test_a_model_without_directions_says_so() -> None:
    dense = DoodleModel.load(weights_folder() / "mixer")
    still = film_of(dense, [strokes()])
    assert still.frame_ink(0.0, 64).any()
    with pytest.raises(DoodleError, match="cannot transform") as error:
        moved(still, x=0.1).frame_ink(0.0, 64)
    assert "\n" not in str(error.value)
