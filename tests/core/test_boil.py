"""Boil: every drawing shaken, exactly where lines are, smoothly, and each wobble by itself."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core import pictures, raster
from doodle_core.boil import NONE, Boil, warped
from doodle_core.dense import frames
from doodle_core.drawing import Drawing, Picture, Shown
from doodle_core.errors import DoodleError
from doodle_core.film import Film, KeyCache
from doodle_core.inbetween.effects import transformed
from doodle_core.model import DoodleModel, weights_folder
from doodle_core.track import LatentKey
from doodle_core.transform import Transform, transformed_field
from doodle_core.waves import on_grid, parts

SIZE = 160
NUMBER = st.integers(-(2**70), 2**70)  # the lowest 64 bits count


# The displacement


@settings(max_examples=30)
@given(st.floats(0.01, 2), NUMBER, st.integers(-8, 8))
def test_every_place_goes_as_far_as_said(amount: float, seed: int, shift: int) -> None:
    """Over many wobbles: mean 0, and in x and y the standard deviation that was asked for, at any place."""
    places = np.array([(0.0, 0.0), (31.5, -20.0), (-7.3, 12.0)]) + shift
    moves = np.stack([Boil(amount, seed, wobble).displacement(places) for wobble in range(1500)])
    assert np.abs(moves.mean(axis=0)).max() < 5 * amount / math.sqrt(1500)
    np.testing.assert_allclose(moves.std(axis=0), amount, rtol=5 / math.sqrt(2 * 1500))


@settings(max_examples=30)
@given(st.floats(0.01, 1), NUMBER, NUMBER)
def test_near_places_go_together(amount: float, seed: int, wobble: int) -> None:
    """Lines of one place stay in one place: it is smooth, and at moderate amounts folds nowhere."""
    axis = np.linspace(-32, 32, 65)
    places = np.stack(np.meshgrid(axis, axis), axis=-1)
    boil = Boil(amount, seed, wobble)
    moved = boil.displacement(places.reshape(-1, 2)).reshape(places.shape)
    steps = np.concatenate([np.diff(moved, axis=0).ravel(), np.diff(moved, axis=1).ravel()])
    assert np.sqrt((steps**2).mean()) < 0.6
    assert np.sqrt((steps**2).mean()) < 1.1 * amount
    one = places[3, 5][None]
    np.testing.assert_allclose(boil.displacement(one)[0], moved[3, 5], atol=1e-5)


@settings(max_examples=30)
@given(NUMBER, NUMBER, NUMBER)
def test_wobbles_and_seeds_are_unlike(seed: int, wobble: int, other: int) -> None:
    axis = np.linspace(-32, 32, 33)
    places = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    here = Boil(0.3, seed, wobble).displacement(places)
    np.testing.assert_array_equal(Boil(0.3, seed, wobble).displacement(places), here)
    for name in ("seed", "wobble"):
        there = dataclasses.replace(Boil(0.3, seed, wobble), **{name: other}).displacement(places)
        if (other - (seed if name == "seed" else wobble)) % 2**64 == 0:
            continue
        assert abs((here * there).mean()) < 0.6 * 0.3**2
        assert np.abs(here - there).max() > 0.1


@pytest.mark.parametrize("amount", [-0.1, math.nan, math.inf])
def test_impossible_amounts_are_one_line(amount: float) -> None:
    with pytest.raises(DoodleError, match="boil") as error:
        Boil(amount)
    assert "\n" not in str(error.value)


# Fields


def strokes() -> Drawing:
    turn = np.linspace(0, 2 * np.pi, 60)
    oval = np.stack([0.5 + 0.25 * np.cos(turn), 0.45 + 0.15 * np.sin(turn)], axis=1)
    lines = [oval, [(0.25, 0.8), (0.5, 0.6), (0.75, 0.7)], [(0.7, 0.25)]]
    return Drawing.make(lines, radii=[0.02, 0.016, 0.04])


def bent(drawing: Drawing, boil: Boil) -> Drawing:
    """The truth: the strokes cut so small that moving their points is bending them."""
    parts, radii = [], []
    for number in range(len(drawing)):
        part = slice(drawing.offsets[number], drawing.offsets[number + 1])
        line, radius = drawing.points[part].astype(np.float64), drawing.radii[part]
        fine = np.linspace(0, len(line) - 1, 400 * max(1, len(line) - 1) if len(line) < 9 else 20 * len(line))
        line = np.stack([np.interp(fine, np.arange(len(line)), column) for column in line.T], axis=1)
        parts.append(line + boil.displacement((line - 0.5) * 64) / 64)
        radii.append(np.interp(fine, np.arange(len(radius)), radius))
    return Drawing.make(parts, radii=radii)


def shape(boil: Boil = NONE) -> Drawing:
    """A solid area without a line: its edge, finely cut, goes where the plane goes."""
    turn = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    edge = np.stack([0.5 + 0.3 * np.cos(turn), 0.45 + 0.2 * np.sin(turn) + 0.1 * np.cos(3 * turn)], axis=1)
    edge = edge + boil.displacement((edge - 0.5) * 64) / 64
    return Drawing.make([edge], radii=0.0, cyclic=True, filled=True)


def ink_of(field: np.ndarray) -> np.ndarray:
    return np.clip(field * (len(field) / 64) + 0.5, 0, 1)


@pytest.mark.parametrize("amount", [0.1, 0.3, 0.6])
@pytest.mark.parametrize(("size", "off"), [(64, 0.35), (256, 0.15)])
def test_a_warp_goes_where_the_plane_goes(amount: float, size: int, off: float) -> None:
    field, still = raster.field(shape(), size), raster.ink(shape(), size)
    for wobble in range(4):
        boil = Boil(amount, 2, wobble)
        truth = raster.ink(shape(boil), size)
        assert np.abs(ink_of(warped(field, boil)) - truth).mean() < off * np.abs(still - truth).mean()


def as_picture(drawing: Drawing) -> Picture:
    return Picture(raster.ink(drawing, 512))


@pytest.mark.parametrize(
    "transform", [Transform(x=0.2, y=-0.1), Transform(scale=-0.5), Transform(0, 0.05, 0.1, 0.5, 1.1)]
)
def test_a_transformed_field_is_warped_as_its_drawing_was_before(transform: Transform) -> None:
    boil, still = Boil(0.3, 7, 3), transformed_field(as_picture(shape()), 192, transform)
    truth = ink_of(transformed_field(as_picture(shape(boil)), 192, transform))
    assert np.abs(ink_of(warped(still, boil, transform)) - truth).mean() < 0.2 * np.abs(ink_of(still) - truth).mean()


def test_a_boil_of_nothing_warps_nothing() -> None:
    field = raster.field(strokes(), 100)
    np.testing.assert_array_equal(warped(field, NONE), field)


def test_waves_on_a_grid_are_those_of_its_places():
    dice = np.random.default_rng(0)
    waves, phases, amplitudes = dice.normal(size=(7, 3)), dice.normal(size=7), dice.normal(size=14)
    columns, rows = dice.uniform(-32, 32, 5), dice.uniform(-32, 32, 4)
    # A phase is a shift along the wave.
    places = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    wanted = sum(
        parts(places + wave[:2] * phase / (wave[:2] ** 2).sum(), wave[None]) @ amplitudes[[n, n + 7]]
        for n, (wave, phase) in enumerate(zip(waves, phases, strict=True))
    )
    np.testing.assert_allclose(on_grid(columns, rows, waves, phases, amplitudes), wanted.reshape(4, 5), atol=1e-10)


# Films


@pytest.fixture(scope="module", params=["strokes", "mixer"])
def model(request: pytest.FixtureRequest) -> DoodleModel:
    return DoodleModel.load(None if request.param == "strokes" else weights_folder() / request.param)


@pytest.fixture(scope="module")
def lines_model() -> DoodleModel:
    return DoodleModel.load()


def drawings() -> list[Shown]:
    """Lines, a picture, and lines that are filled or let through."""
    filled = Drawing.make(
        [[(0.3, 0.3), (0.7, 0.35), (0.6, 0.7)], [(0.2, 0.8), (0.8, 0.85)]],
        radii=0.018,
        opacities=[1.0, 0.6],
        cyclic=[True, False],
        filled=[True, False],
    )
    return [strokes(), Picture(np.round(raster.ink(strokes(), 200) * 255) / 255), filled]


def film_of(model: DoodleModel, shown: list[Shown], **track: object) -> Film:
    latents = model.encode(shown)
    keys = [LatentKey(z, float(n), d) for n, (z, d) in enumerate(zip(latents, shown, strict=True))]
    return Film(model, model.track(keys, **track))


@pytest.fixture(scope="module")
def film(model: DoodleModel) -> Film:
    return film_of(model, drawings())


def boiling(film: Film, amount: float, seed: int = 1, wobble: int = 0, **track: object) -> Film:
    walk = dataclasses.replace(film.track, **track)
    return dataclasses.replace(film, track=walk, boil=Boil(amount, seed, wobble))


@pytest.mark.parametrize("grey", [0.6, 0.8])
def test_greys_stay_grey(lines_model: DoodleModel, grey: float) -> None:
    lines = Drawing.make([[(0.2, 0.3), (0.8, 0.6)], [(0.2, 0.7), (0.6, 0.8)]], radii=0.015, opacities=grey)
    for drawing in (lines, Picture(raster.ink(lines, 512))):
        film = film_of(lines_model, [drawing, drawing])
        for position in (0.0, 1.0):
            ink = boiling(film, 0.8).frame_ink(position, 256)
            assert ink.max() < grey + 0.05 and abs(np.median(ink[ink > grey / 2]) - grey) < 0.05


def test_amount_0_is_the_same_bits_and_no_work(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("boiled for nothing")

    for module in (pictures, frames):
        monkeypatch.setattr(module, "warped", never)
    monkeypatch.setattr(Boil, "displacement", never)
    for method in ("linear", "hold"):
        still = Film(film.model, dataclasses.replace(film.track, method=method))
        for position in (0.0, 0.2, 0.5, 1.0, 1.7, 2.0):
            for pin in (0.0, 0.5, 1.0):
                asked = boiling(film, 0.0, 5, 6, method=method).frame_ink(position, 96, pin=pin)
                assert np.array_equal(asked, still.frame_ink(position, 96, pin=pin))


@pytest.mark.parametrize("size", [64, 300])
def test_a_pinned_key_is_its_lines_bent(lines_model: DoodleModel, size: int) -> None:
    """As sharp as ever: as the strokes themselves, displaced point by point."""
    walk = film_of(lines_model, drawings())
    for amount in (0.15, 0.3, 0.6):
        for wobble in range(3):
            boil = Boil(amount, 1, wobble)
            truth, still = raster.ink(bent(strokes(), boil), size), raster.ink(strokes(), size)
            found = boiling(walk, amount, 1, wobble).frame_ink(0.0, size)
            assert np.abs(found - truth).mean() < 1.5 / 255
            assert np.abs(still - truth).mean() > 5 * np.abs(found - truth).mean()
            # No more grey than in the drawing, which is all edge.
            grey = [((ink > 0.02) & (ink < 0.98)).mean() for ink in (found, truth)]
            assert grey[0] < 1.1 * grey[1]


@pytest.mark.parametrize("position", [0.0, 0.2, 0.5, 1.0, 1.1, 2.0])
@pytest.mark.parametrize("pin", [1.0, 0.4, 0.0])
def test_every_drawing_boils_a_little(film: Film, position: float, pin: float) -> None:
    still = film.frame_ink(position, SIZE, pin=pin)
    inks = [boiling(film, 0.3, 1, wobble).frame_ink(position, SIZE, pin=pin) for wobble in range(3)]
    for ink in inks:
        assert 0.003 < np.abs(ink - still).mean() < 0.1
        assert 0.75 < ink.mean() / still.mean() < 1.3  # no line is lost, none is doubled
    assert np.abs(inks[0] - inks[1]).mean() > 0.003
    assert np.abs(inks[1] - inks[2]).mean() > 0.003


@pytest.mark.parametrize("method", ["linear", "spherical", "cubic"])
@pytest.mark.parametrize("closed_time", [None, 3.0])
def test_a_boiling_walk_has_no_jump_at_a_key(film: Film, method: str, closed_time: float | None) -> None:
    walk = boiling(film, 0.4, 3, 5, method=method, closed_time=closed_time)
    for key, side in [(0, 1), (1, -1), (1, 1), (2, -1)] + ([(0, -1), (2, 1)] if closed_time else []):
        here = walk.frame_ink(float(key), SIZE)
        jumps = [np.abs(walk.frame_ink((key + side * step) % 3, SIZE) - here).mean() for step in (1e-1, 1e-4)]
        assert jumps[1] < 0.05 * jumps[0] + (2e-3 if method == "cubic" else 6e-4), (key, side)


@pytest.mark.parametrize("position", [0.0, 0.2, 1.0, 1.5, 2.0])
def test_it_comes_in_smoothly(film: Film, position: float) -> None:
    still = film.frame_ink(position, SIZE)
    small = [np.abs(boiling(film, amount).frame_ink(position, SIZE) - still).mean() for amount in (1e-1, 1e-3)]
    assert small[1] < 0.02 * small[0] + 3e-4


def test_every_frame_stands_alone(film: Film) -> None:
    positions = [2.0, 0.3, 1.0, 0.0, 0.3]
    shaken = dataclasses.replace(film.track, sigma=0.4, wobble=-4)
    walk = dataclasses.replace(film, track=shaken, boil=Boil(0.3, 9, -4))
    together = list(walk.frames(positions, 96))
    assert np.array_equal(together[1], together[4])
    for position, ink in zip(positions, together, strict=True):
        alone = dataclasses.replace(walk, cache=KeyCache())
        np.testing.assert_allclose(alone.frame_ink(position, 96), ink, atol=1e-5)


def test_the_cache_keeps_nothing_that_is_shaken(film: Film) -> None:
    walk = dataclasses.replace(film, cache=KeyCache())
    stills = [walk.frame_ink(position, 96) for position in (0.0, 0.1, 1.0, 1.1)]
    kept = []
    for wobble in range(3):
        for position in (0.0, 0.1, 1.0, 1.1, 0.5):
            boiling(walk, 0.3, 0, wobble).frame_ink(position, 96)
        kept.append(len(walk.cache._kept))
    assert kept[0] == kept[1] == kept[2]
    for position, still in zip((0.0, 0.1, 1.0, 1.1), stills, strict=True):
        assert np.array_equal(walk.frame_ink(position, 96), still)


def test_a_held_key_boils_where_it_is_held(film: Film) -> None:
    for wobble in range(2):
        walk = boiling(film, 0.3, 1, wobble, method="hold")
        for position in (0.4, 0.999):
            assert np.array_equal(walk.frame_ink(position, 96), walk.frame_ink(0.0, 96))
        assert np.array_equal(walk.frame_ink(1.5, 96), walk.frame_ink(1.0, 96))
        assert not np.array_equal(walk.frame_ink(1.5, 96), film.frame_ink(1.0, 96))


@pytest.mark.parametrize("closed_time", [None, 1.0])
def test_a_single_drawing_boils(model: DoodleModel, closed_time: float | None) -> None:
    for drawing in drawings():
        walk = film_of(model, [drawing], closed_time=closed_time)
        inks = [boiling(walk, 0.3, 1, wobble).frame_ink(0.0, 96) for wobble in range(2)]
        assert np.abs(inks[0] - inks[1]).mean() > 0.003


def test_a_key_without_a_drawing_and_an_empty_one(model: DoodleModel) -> None:
    shown: list[Shown] = [strokes(), Drawing.make()]
    latents = model.encode(shown)
    bare = Film(model, model.track([LatentKey(latents[0], 0.0), LatentKey(latents[1], 1.0, shown[1])]))
    assert boiling(bare, 0.3).frame_ink(0.0, 96).mean() > 0.01
    assert boiling(bare, 0.3).frame_ink(1.0, 96).max() < 0.02
    assert np.isfinite(boiling(bare, 0.3).frame_ink(0.7, 16)).all()


def test_shaken_first_then_transformed(lines_model: DoodleModel) -> None:
    transform, boil = Transform(0.2, 0.05, 0.1, -0.4, 0.8), Boil(0.4, 1, 2)
    walk = dataclasses.replace(film_of(lines_model, [strokes(), shape()]), transform=transform)
    for position, bending in ((0.0, bent(strokes(), boil)), (1.0, shape(boil))):
        truth = raster.ink(transformed(bending, transform), 256)
        found = dataclasses.replace(walk, boil=boil).frame_ink(position, 256)
        assert np.abs(found - truth).mean() < 0.2 * np.abs(walk.frame_ink(position, 256) - truth).mean()


@pytest.mark.parametrize("pin", [-1.0, 2.0, math.nan])
def test_an_impossible_pin_is_one_line(film: Film, pin: float) -> None:
    with pytest.raises(DoodleError, match="pin"):
        boiling(film, 0.3).frame_ink(0.0, 96, pin=pin)
