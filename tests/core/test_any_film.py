"""Films of whatever drawings and settings, by the real models: pictures in range, or one line; never a warning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doodle_core import raster
from doodle_core.boil import Boil
from doodle_core.drawing import Drawing, Picture, Shown, digest
from doodle_core.errors import DoodleError
from doodle_core.film import SNAP, Film
from doodle_core.interpolation import METHODS
from doodle_core.look import Look
from doodle_core.matching.model import StrokeModel
from doodle_core.model import DoodleModel, weights_folder
from doodle_core.rendering import render
from doodle_core.track import LatentKey, LatentTrack
from doodle_core.transform import Transform
from tests.core.anything import answered, drawings, examples, few_shapes, near, numbers, pictures, thin, whole

pytestmark = pytest.mark.filterwarnings("error")

MOVING = ("linear", "circular", "spherical", "cubic")
FAR = 1e5  # canvas sides: what lies farther is brought there on the way


@pytest.fixture(scope="module")
def strokes() -> StrokeModel:
    model = DoodleModel.load()
    assert isinstance(model, StrokeModel)
    return model


@pytest.fixture(scope="module")
def mixer() -> DoodleModel:
    return DoodleModel.load(weights_folder() / "mixer")


def keyed(model: DoodleModel, shown: list[Shown], times: list[float]) -> tuple[LatentKey, ...]:
    return tuple(map(LatentKey, model.encode(shown), times, shown))


def evenly(model: DoodleModel, shown: list[Shown], **settings: Any) -> LatentTrack:
    return model.track(keyed(model, shown, [float(number) for number in range(len(shown))]), **settings)


rising = st.lists(st.floats(-100, 100), min_size=3, max_size=3, unique=True).map(sorted)
times = st.one_of(rising, rising, rising, st.lists(numbers, min_size=3, max_size=3))
simple = st.one_of(few_shapes(), few_shapes(near), few_shapes(near), pictures())
few = st.lists(drawings(), min_size=1, max_size=3)
positions = st.one_of(st.floats(0, 3), st.floats(0, 3), numbers)
sigmas = st.one_of(st.just(0.0), st.floats(0, 3), st.sampled_from([1e-300, 1000.0, 1001.0, -0.1, float("nan")]))
sizes = st.sampled_from([1, 2, 3, 16, 63, 64, 65, 100, 0, -1])
transforms = st.tuples(*[st.sampled_from([0.0, 0.0, -2.0, 0.4, 2.0, 3.0])] * 5)
looks = st.tuples(st.sampled_from([0.0, -2.0, 2.0]), st.sampled_from([0.0, 0.5, 4.0]))


@pytest.mark.parametrize("kind", ["strokes", "mixer"])
@examples(25)
@given(few, times, st.sampled_from(METHODS), sigmas, whole, st.none() | whole, st.booleans(), positions, st.data())
def test_any_film(
    kind: str,
    strokes: StrokeModel,
    mixer: DoodleModel,
    shown: list[Shown],
    when: list[float],
    method: str,
    sigma: float,
    seed: int,
    wobble: int | None,
    closed: bool,
    position: float,
    data: st.DataObject,
) -> None:
    model = strokes if kind == "strokes" else mixer

    def frames() -> list[np.ndarray]:
        end = data.draw(numbers | st.just(200.0), "closed_time") if closed else None
        track = model.track(keyed(model, shown, when[: len(shown)]), method, sigma, seed, end, wobble)
        transform = Transform(*data.draw(transforms, "transform")) if kind == "strokes" else Transform()
        boil = Boil(data.draw(st.sampled_from([0.0, 0.0, 1.0, 1000.0])), seed, seed)
        size, pin = data.draw(sizes, "size"), data.draw(st.sampled_from([1.0, 1.0, 0.0, 0.3, 1.5]), "pin")
        look = Look(*data.draw(looks, "look"))
        film = Film(model, track, transform=transform, boil=boil)
        return [film.frame_rgba(place, size, look, pin, kind == "strokes") for place in (position, 0.5, 1.0)]

    for picture in answered(frames) or ():
        assert picture.dtype == np.float32 and np.isfinite(picture).all()
        assert picture.min() >= 0 and picture.max() <= 1


@examples(15)
@given(few, st.sampled_from(METHODS), st.floats(0, 100), st.booleans(), st.sampled_from([1, 64, 70]))
def test_a_key_is_the_drawing_whatever_it_is(
    strokes: StrokeModel, shown: list[Shown], method: str, sigma: float, closed: bool, size: int
) -> None:
    film = Film(strokes, evenly(strokes, shown, method=method, sigma=sigma, closed_time=9.0 if closed else None))
    for number, drawing in enumerate(shown):
        if isinstance(drawing, Drawing) or size > 10:  # below, a model pixel is not enough to tell ink from paper
            np.testing.assert_allclose(film.frame_ink(number, size), raster.ink(drawing, size), atol=1 / 255)
        if isinstance(drawing, Drawing):
            # Places, widths, colours, opacities, order, layers and styles: all of it.
            pose = film.pose(number)
            assert digest(pose.drawing) == digest(drawing) and pose.key == number
            found, own = film.frame_rgba(number, size, drawn_ink=True), render(drawing, size)
            np.testing.assert_array_equal(found[..., 3], own[..., 3])
            inked = own[..., 3] > 0
            np.testing.assert_array_equal(found[inked], own[inked])


@examples(20)
@given(simple, simple, st.floats(0, 1))
def test_straight_between_two_keys_what_is_in_both_stays_within_both(
    strokes: StrokeModel, first: Shown, second: Shown, s: float
) -> None:
    """Within the box of all vertices, with no line wider, no ink stronger and no colour beyond those of the keys. What
    comes or goes is taken along by what is near, and is thin or faint on the way."""
    film = Film(strokes, evenly(strokes, [first, second]))
    keys = [film.pose(0).drawing, film.pose(1).drawing]
    pose = film.pose(s)
    both = (pose.origins >= 0).all(axis=1)[pose.drawing.shape_of_vertex]
    for name in ("points", "radii", "opacities", "colours"):
        ends = [getattr(key, name) for key in keys if getattr(key, name) is not None and len(key.points)]
        values = getattr(pose.drawing, name)
        if not ends or values is None:
            continue
        own = np.concatenate(ends).astype(np.float64)
        own = np.concatenate([own, own.clip(-FAR, FAR)])
        span = 1e-6 * max(1.0, float(np.abs(own).max()))
        assert (values[both] >= own.min(axis=0) - span).all(), name
        assert ((values if name != "points" else values[both]) <= own.max(axis=0) + span).all(), name


def apart(drawing: Drawing) -> Drawing:
    """The same in opaque lines, with no two vertices in one place."""
    spread = 1e-3 * np.arange(len(drawing.points))
    points = drawing.points + np.stack([np.cos(7 * spread * 1e3), np.sin(7 * spread * 1e3)], axis=1) * spread[:, None]
    solid = np.ones_like(drawing.opacities)
    return replace(drawing, areas=np.zeros(len(drawing), bool), points=points, opacities=solid)


kept = few_shapes(near, thin) | pictures()
lined = few_shapes(near, thin).map(apart)


@pytest.mark.parametrize("method", MOVING)
@examples(6)
@given(st.lists(kept, min_size=3, max_size=3), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_small_step_is_a_small_change(
    strokes: StrokeModel, method: str, shown: list[Shown], s: float, sigma: float, closed: bool
) -> None:
    """But half-way, where the order of the shapes may change, and at a key, which has a test of its own."""
    track = evenly(strokes, shown, method=method, sigma=sigma, closed_time=3.0 if closed else None)
    film, step = Film(strokes, track), 1e-7
    if abs(s - 0.5) <= 2 * step or abs(min(s, 1 - s) - SNAP) <= 2 * step:
        return
    for index in range(3 if closed else 2):
        if not film.flows(index):  # beside a blank key drawings come and go at once
            continue
        here = film.frame_ink(index + s, 65, pin=0.0)
        there = film.frame_ink(index + (s + step if s < 0.5 else s - step), 65, pin=0.0)
        # Coverage has steps where edges lie on each other, and a line that runs over itself may show either end there.
        away = np.abs(here - there)
        assert np.count_nonzero(away > 0.1) <= 5 and away.mean() < 1e-3


@pytest.mark.parametrize("method", MOVING)
@examples(6)
@given(st.lists(lined, min_size=3, max_size=3), st.floats(0, 1), st.booleans())
def test_no_picture_jumps_at_a_key_nor_where_a_loop_closes(
    strokes: StrokeModel, method: str, shown: list[Drawing], sigma: float, closed: bool
) -> None:
    film = Film(strokes, evenly(strokes, shown, method=method, sigma=sigma, closed_time=3.0 if closed else None))
    for number in range(3):
        key = film.frame_ink(number, 65)
        for side in (-3e-5, 3e-5):  # beyond what is taken for the key itself
            beside = film.segment_at(number + side)[0]
            if (closed or 0 <= number + side <= 2) and film.flows(beside):  # beside a blank key drawings come and go
                away = np.abs(film.frame_ink(number + side, 65) - key)
                # Pieces of a line that are painted as one have seams, where coverage is a little off.
                assert np.count_nonzero(away > 0.4) <= 60 and away.mean() < 6e-3, (number, side)


@pytest.mark.parametrize("cyclic", [False, True])
@pytest.mark.parametrize("where", [0, 1, 2])
def test_vertices_in_one_place_keep_their_widths_between_the_keys(
    strokes: StrokeModel, where: int, cyclic: bool
) -> None:
    """As pens leave them, where they rest before they move."""
    line, wide = [[0.3, 0.2], [0.5, 0.8], [0.7, 0.3]], [0.01, 0.01, 0.01]
    line.insert(where, line[where])
    wide.insert(where, 0.1)
    for radii in (wide, wide[:where] + [0.01, 0.1] + wide[where + 2 :]):
        drawing = Drawing.make([line], [radii], cyclic=cyclic)
        film = Film(strokes, evenly(strokes, [drawing, replace(drawing, points=drawing.points + np.float32(0.05))]))
        assert film.pose(1e-4).drawing.radii.max() == pytest.approx(0.1, rel=1e-3)
        assert np.abs(film.frame_ink(1e-4, 64) - film.frame_ink(0, 64)).max() < 0.1


def test_a_dot_of_several_vertices_is_as_wide_as_the_widest_beside_the_key(strokes: StrokeModel) -> None:
    """A pen that was only pressed: it comes or goes by its thickness, all of it."""
    dot = Drawing.make([[[0.3, 0.6]] * 4], [[0.07, 0.11, 0.05, 0.02]])
    line = Drawing.make([[[0.1, 0.1], [0.8, 0.2]]], 0.02)
    film = Film(strokes, evenly(strokes, [dot, line]))
    assert np.abs(film.frame_ink(1e-4, 64) - film.frame_ink(0, 64)).max() < 0.1


@pytest.mark.parametrize("kind", ["strokes", "mixer"])
@examples(8)
@given(few, st.sampled_from(METHODS), st.floats(0, 50), whole, st.none() | whole, st.booleans())
def test_there_is_no_shake_at_a_key(
    kind: str, strokes: StrokeModel, mixer: DoodleModel, shown: list[Shown], method: str, sigma, seed, wobble, closed
) -> None:
    model = strokes if kind == "strokes" else mixer
    track = evenly(
        model, shown, method=method, sigma=sigma, seed=seed, wobble=wobble, closed_time=9 if closed else None
    )
    around = np.arange(len(shown) + closed)
    if kind == "mixer":
        np.testing.assert_array_equal(track.at(around), track.latents[around % len(shown)])
        return
    film = Film(strokes, track)
    for number in around.tolist():
        assert digest(film.pose(number).drawing) == digest(track.keys[number % len(shown)].latent)


@examples(5)
@given(
    st.lists(few_shapes(), min_size=2, max_size=3),
    st.sampled_from(METHODS),
    st.booleans(),
    st.sampled_from([0.0, 1.0]),
    st.permutations([0.0, 0.3, 0.5, 1.0, 1.2, 1.999, 2.0]),
)
def test_a_frame_does_not_depend_on_those_asked_for_before(
    strokes: StrokeModel, shown: list[Shown], method: str, closed: bool, boil: float, order: list[float]
) -> None:
    def film() -> Film:
        fresh = StrokeModel(strokes.card, strokes.engine)  # knows of no pair of keys
        settings = {"method": method, "sigma": 0.3, "seed": 5, "closed_time": 4.0 if closed else None}
        return Film(fresh, evenly(fresh, shown, **settings), boil=Boil(boil))

    asked = film()
    for position in order:
        alone = film().frame_rgba(position, 65, drawn_ink=True)
        np.testing.assert_array_equal(asked.frame_rgba(position, 65, drawn_ink=True), alone)


# Many keys, and one


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("closed_time", [None, 500.5])
def test_five_hundred_keys(strokes: StrokeModel, method: str, closed_time: float | None) -> None:
    shown = [Drawing.make([[(0.2, 0.2), (0.5, 0.1 * k), (0.8, 0.5)]], 0.02) for k in range(10)]
    latents = strokes.encode(shown)
    keys = [LatentKey(latents[k * k % 10], float(k), shown[k * k % 10]) for k in range(500)]
    film = Film(strokes, strokes.track(keys, method, 0.5, closed_time=closed_time))
    for position in (0.5, 250.0, 498.9, 499.0, 499.7):
        ink = film.frame_ink(position, 64)
        assert np.isfinite(ink).all() and ink.max() > 0.9
    np.testing.assert_allclose(film.frame_ink(250.0, 64), raster.ink(shown[0], 64), atol=1e-6)


@pytest.mark.parametrize("drawing", [Drawing.make(), Picture(np.zeros((4, 4)))])
def test_an_empty_key_between_coloured_ones(strokes: StrokeModel, drawing: Drawing) -> None:
    line = Drawing.make([[(0.2, 0.2), (0.8, 0.8)], [(0.2, 0.8), (0.8, 0.2)]], 0.03, colours=[(1, 0, 0), (0, 0, 1)])
    film = Film(strokes, evenly(strokes, [line, drawing, line]))
    for position in (0.0, 0.3, 0.7, 1.0, 1.5, 2.0):
        picture = film.frame_rgba(position, 80, drawn_ink=True)
        seen = picture[picture[..., 3] > 0.9][:, :3]
        np.testing.assert_allclose(seen[:, 0] + seen[:, 2], 1, atol=1.5 / 255)
        assert (seen[:, 1] == 0).all()
        assert bool(len(seen)) == (not 1.0 <= position < 2.0)


@pytest.mark.parametrize("size", [0, -1, 16385, 2.5, float("nan")])
def test_a_frame_of_no_possible_size_is_one_line(strokes: StrokeModel, mixer: DoodleModel, size: float) -> None:
    shown: list[Shown] = [Drawing.make([[(0.2, 0.2), (0.8, 0.8)]]), Picture(np.eye(8))]
    for model in (strokes, mixer):
        for boil in (0.0, 1.0):
            for position in (0.0, 0.4):
                with pytest.raises(DoodleError, match=f"size {size} is not possible; give 1 to 16384 pixels"):
                    Film(model, evenly(model, shown), boil=Boil(boil)).frame_ink(position, size)  # type: ignore[arg-type]


UNEVEN = [(0.0, 1e-300, 1.0), (0.0, 1.0, 1e300), (0.0, 1e-9, 1.0), (-1e300, 0.0, 1e300), (0.0, 5e-324, 1e-323)]


@pytest.mark.parametrize("kind", ["strokes", "mixer"])
@pytest.mark.parametrize("method", METHODS)
def test_times_as_uneven_as_they_get(kind: str, method: str, strokes: StrokeModel, mixer: DoodleModel) -> None:
    model = strokes if kind == "strokes" else mixer
    shown = [Drawing.make([[(0.2, 0.2), (0.8, y)]]) for y in (0.1, 0.5, 0.9)]
    latents = model.encode(shown)
    for when in UNEVEN:
        for closed in (None, max(when[2] * 1.5, 1e-320)):
            keys = tuple(map(LatentKey, latents, when, shown))

            def inks(keys=keys, closed=closed) -> list[np.ndarray]:
                return list(Film(model, model.track(keys, method, closed_time=closed)).frames([0.5, 1.5, 2.5], 32))

            found = answered(inks)
            assert found is not None or method == "cubic"
            assert all(np.isfinite(ink).all() for ink in found or ())
