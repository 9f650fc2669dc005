"""A film's drawings as strokes: the real model, drawings whose strokes are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from doodle_core import raster
from doodle_core.boil import Boil
from doodle_core.drawing import Drawing, Picture, Strokes
from doodle_core.errors import DoodleError
from doodle_core.film import Film
from doodle_core.inking import inked, key_at
from doodle_core.model import DoodleModel, weights_folder
from doodle_core.nudge import Nudge
from doodle_core.track import LatentKey
from training.metrics import chamfer

TURN = np.linspace(0, 2 * np.pi, 60, endpoint=False)
SIZE = 256


def face(shift: float) -> Strokes:
    """A closed outline, two dots, a mouth; all moved to the right."""
    ring = np.stack([0.5 + shift + 0.3 * np.cos(TURN), 0.5 + 0.25 * np.sin(TURN)], axis=1)
    lines = [ring, [(0.4 + shift, 0.42)], [(0.6 + shift, 0.42)], [(0.4 + shift, 0.6), (0.5 + shift, 0.64)]]
    return Strokes.make(lines, 0.02, cyclic=[True, False, False, False])


@pytest.fixture(scope="module")
def model() -> DoodleModel:
    return DoodleModel.load(threads=1)


def film(model: DoodleModel, *drawings: Drawing, method: str = "spherical") -> Film:
    latents = model.encode(drawings)
    keys = [LatentKey(latent, k, drawing) for k, (latent, drawing) in enumerate(zip(latents, drawings, strict=True))]
    return Film(model, model.track(keys, method))


@pytest.mark.parametrize("cyclic", [False, True])
def test_a_key_of_few_points_bends_as_it_is_shown(model: DoodleModel, cyclic: bool) -> None:
    corners = [(0.1, 0.2), (0.9, 0.2), (0.5, 0.9)]
    drawing = Strokes.make([corners, corners[:1]], 0.02, cyclic=[cyclic, False])
    shown = film(model, drawing, face(0.0))
    shaken = replace(shown, boil=Boil(1.5, seed=3, wobble=4))
    found = inked(shaken, 0.0)
    strokes, sides = found.strokes, 3 if cyclic else 2
    assert found.origins.tolist() == [[0, 0], [0, 1]] and strokes.cyclic.tolist() == [cyclic, False]
    assert np.diff(strokes.offsets)[1] == 1 and sides * 40 < strokes.offsets[1] < sides * 60
    assert (strokes.radii == np.float32(0.02)).all()
    assert chamfer(raster.ink(strokes, SIZE), shaken.frame_ink(0.0, SIZE)) < 0.01
    np.testing.assert_array_equal(inked(shown, 0.0).strokes.points, drawing.points)  # nothing is cut that stands still


def test_an_in_between_has_the_keys_strokes_in_their_order(model: DoodleModel) -> None:
    between = inked(film(model, face(0.0), face(0.1)), 0.4)
    assert between.key is None
    assert between.strokes.cyclic.tolist() == [True, False, False, False]
    assert np.diff(between.strokes.offsets)[1:3].tolist() == [1, 1]  # dots
    assert between.origins.tolist() == [[0, 0], [0, 1], [0, 2], [0, 3]]
    assert inked(film(model, face(0.0), face(0.1)), 0.6).origins.tolist() == [[1, 0], [1, 1], [1, 2], [1, 3]]
    np.testing.assert_allclose(between.strokes.radii, 0.02, atol=1e-3)


def test_strokes_lie_where_the_picture_has_ink(model: DoodleModel) -> None:
    shown = film(model, face(0.0), face(0.1))
    nudged = replace(shown, nudge=Nudge(weight=0.3, x=0.05, scale=-0.2, rotation=0.3))
    boiled = replace(nudged, boil=Boil(0.8, seed=3, wobble=4))
    for one in (shown, nudged, boiled):
        ink = one.frame_ink(0.3, SIZE, pin=0.0)
        assert chamfer(raster.ink(inked(one, 0.3).strokes, SIZE), ink) < 0.05
    assert chamfer(raster.ink(inked(boiled, 0.0).strokes, SIZE), boiled.frame_ink(0.0, SIZE)) < 0.05
    assert inked(boiled, 0.0).key == 0


def test_a_key_is_the_drawing_itself(model: DoodleModel) -> None:
    drawing = face(0.0)
    at_key = inked(film(model, drawing, face(0.1)), 0.0)
    assert at_key.key == 0
    assert at_key.strokes is drawing
    assert at_key.origins.tolist() == [[0, 0], [0, 1], [0, 2], [0, 3]]
    heavier = inked(film(model, drawing, face(0.1)), 1.0, line_weight=0.64)
    assert heavier.key == 1
    np.testing.assert_allclose(heavier.strokes.radii, 0.03, atol=1e-6)
    # Without the pin, what the model makes of it.
    assert inked(film(model, drawing, face(0.1)), 0.0, pin=0.0).key is None


def test_a_line_that_grows_is_cut_where_it_vanishes(model: DoodleModel) -> None:
    stem = [(0.5, 0.9), (0.5, 0.5)]
    before, after = Strokes.make([stem], 0.02), Strokes.make([stem, [(0.1, 0.2), (0.4, 0.2)]], 0.02)
    growing = film(model, before, after, method="linear")
    lengths = []
    for position in (0.001, 0.3, 0.6, 0.9):
        strokes = inked(growing, position).strokes
        assert (strokes.radii >= 0).all()
        points = strokes.points[strokes.offsets[1] :] if len(strokes) > 1 else np.zeros((1, 2))
        lengths.append(float(np.ptp(points[:, 0])))
    assert lengths[0] == 0
    assert lengths == sorted(lengths)
    assert lengths[-1] > 0.2
    assert inked(growing, 0.6).origins.tolist() == [[1, 0], [1, 1]]


def test_a_line_too_thin_to_be_seen_has_no_stroke(model: DoodleModel) -> None:
    thin = Strokes.make([[(0.2, 0.5), (0.8, 0.5)]], 0.01)
    moving = film(model, thin, Strokes.make([[(0.2, 0.6), (0.8, 0.6)]], 0.01))
    assert len(inked(moving, 0.5, line_weight=-0.5).strokes) == 1
    assert len(inked(moving, 0.5, line_weight=-0.7).strokes) == 0


def test_part_of_a_line_thinned_away_is_cut_off(model: DoodleModel) -> None:
    points = [(0.1, 0.5), (0.5, 0.5), (0.9, 0.5)]
    tapered = Strokes.make([points], [[0.0, 0.02, 0.0]])
    still = film(model, tapered, tapered)
    strokes = inked(still, 0.5, line_weight=-0.64).strokes
    assert len(strokes) == 1
    np.testing.assert_allclose([strokes.points[:, 0].min(), strokes.points[:, 0].max()], [0.3, 0.7], atol=0.005)


def test_pictures_are_traced(model: DoodleModel) -> None:
    ink = Picture(raster.ink(face(0.0), SIZE))
    traced = inked(film(model, ink, Picture(raster.ink(face(0.1), SIZE))), 0.0)
    assert traced.key == 0
    assert traced.strokes.cyclic.any()
    assert (traced.origins[:, 1] == -1).all()
    assert chamfer(raster.ink(traced.strokes, SIZE), ink.ink) < 0.3


def test_models_of_pictures_are_traced() -> None:
    mixer = DoodleModel.load(weights_folder() / "mixer", threads=1)
    shown = film(mixer, face(0.0), face(0.1))
    between = inked(shown, 0.5)
    assert between.key is None
    assert len(between.strokes) > 0
    assert chamfer(raster.ink(between.strokes, SIZE), shown.frame_ink(0.5, SIZE)) < 0.6


def test_which_key_a_position_is() -> None:
    track = DoodleModel.load(threads=1).track([LatentKey(np.zeros(1536), k) for k in range(3)])
    assert [key_at(track, p) for p in (-1.0, 0.0, 0.5, 0.999999, 2.0, 7.0)] == [0, 0, None, 1, 2, 2]
    held = replace(track, method="hold")
    assert [key_at(held, p) for p in (0.5, 1.9, 2.0)] == [0, 1, 2]
    loop = replace(track, closed_time=9.0)
    assert [key_at(loop, p) for p in (2.5, 3.0, -1.0, 2.9999999)] == [None, 0, 2, 0]
    with pytest.raises(DoodleError, match="position nan"):
        key_at(track, float("nan"))
