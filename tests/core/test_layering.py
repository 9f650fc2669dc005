"""Layers that have keys of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core import layering
from doodle_core.boil import Boil
from doodle_core.drawing import Drawing
from doodle_core.drawing.stacking import stacked
from doodle_core.files.scenes import Shot, scenes_of
from doodle_core.film import Film
from doodle_core.interpolation import METHODS
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey
from doodle_core.transform import Transform

BODY, BLINK = 0, 1
ALL = frozenset({BODY, BLINK})


@pytest.fixture(scope="module")
def model() -> DoodleModel:
    return DoodleModel.load(threads=1)


def drawn(**at: float | None) -> Drawing:
    """A horizontal line a layer at a height, 0 to 1; None: the layer is blank."""
    numbers = {"body": BODY, "blink": BLINK}
    there = [(numbers[name], height) for name, height in at.items() if height is not None]
    lines = [[(0.2, height), (0.8, height)] for _, height in there]
    return replace(Drawing.make(lines, 0.02), layers=np.array([layer for layer, _ in there], np.int32))


def key(time: float, layers: frozenset[int] | None, **at: float | None) -> LatentKey:
    drawing = drawn(**at)
    return LatentKey(drawing, time, drawing, layers)


def heights(film: Film, position: float) -> dict[int, float]:
    """Where each layer's line is."""
    drawing = film.pose(position).drawing
    of = drawing.layers[drawing.shape_of_vertex]
    return {int(layer): float(drawing.points[of == layer, 1].mean()) for layer in np.unique(of)}


def blinking(model: DoodleModel, *how: object, **more: object) -> Film:
    """A body drawn at 1 and 25, a blink at 1, 10 and 12. What is not drawn anew is seen as it was."""
    keys = [
        key(1, ALL, body=0.2, blink=0.5),
        key(10, frozenset({BLINK}), body=0.2, blink=0.6),
        key(12, frozenset({BLINK}), body=0.2, blink=0.5),
        key(25, frozenset({BODY}), body=0.8, blink=0.5),
    ]
    return Film(model, model.track(keys, *how, **more))  # type: ignore[arg-type]


def test_a_body_moves_evenly_while_a_blink_has_keys_of_its_own(model: DoodleModel) -> None:
    film = blinking(model)
    for frame in range(1, 26):
        position = float(film.track.position_of_time(frame))
        found = heights(film, position)
        assert found[BODY] == pytest.approx(0.2 + 0.6 * (frame - 1) / 24, abs=1e-6)
        assert found[BLINK] == pytest.approx(np.interp(frame, [1, 10, 12], [0.5, 0.6, 0.5]), abs=1e-6)
    assert film.pose(1.0).key == 1


def test_position_times_all_layers_together(model: DoodleModel) -> None:
    """Twice as late on the timeline is the same drawing: layers stay in step."""
    film = blinking(model)
    assert heights(film, 0.5) == heights(film, float(film.track.position_of_time(5.5)))


@pytest.mark.parametrize("method", METHODS)
def test_layers_without_others_go_as_alone(model: DoodleModel, method: str) -> None:
    film = blinking(model, method, 0.3, 5)
    body = Film(model, model.track([key(1, None, body=0.2), key(25, None, body=0.8)], method, 0.3, 5))
    for frame in (1.0, 4.0, 10.0, 11.5, 24.0, 25.0):
        pose = film.pose(float(film.track.position_of_time(frame)))
        own = pose.drawing.select(pose.drawing.layers == BODY)
        alone = body.pose(float(body.track.position_of_time(frame))).drawing
        np.testing.assert_allclose(own.points, alone.points, atol=1e-6)


def test_a_layer_that_begins_later_and_a_blank_one(model: DoodleModel) -> None:
    keys = [
        key(0, frozenset({BODY}), body=0.2),
        key(10, frozenset({BLINK}), body=0.2, blink=0.5),
        key(20, frozenset({BLINK}), body=0.2),
        key(30, ALL, body=0.8, blink=0.7),
    ]
    film = Film(model, model.track(keys))
    shown = {frame: heights(film, float(film.track.position_of_time(frame))) for frame in (0, 9, 10, 19, 20, 29, 30)}
    assert {frame for frame, found in shown.items() if BLINK in found} == {10, 19, 30}
    assert shown[19][BLINK] == pytest.approx(0.5), "it stays until the blank one comes"
    assert all(found[BODY] == pytest.approx(0.2 + 0.02 * frame, abs=1e-6) for frame, found in shown.items())


def test_a_layer_stays_after_its_last_key_and_goes_round_in_a_loop(model: DoodleModel) -> None:
    keys = [
        key(0, ALL, body=0.2, blink=0.5),
        key(10, frozenset({BODY}), body=0.6),
        key(20, frozenset({BODY}), body=0.4),
    ]
    film = Film(model, model.track(keys, closed_time=40.0))
    assert heights(film, 2.5)[BODY] == pytest.approx(0.3, abs=1e-6)
    assert heights(film, 2.5)[BLINK] == heights(film, 1.2)[BLINK] == pytest.approx(0.5)
    later = [key(0, frozenset({BODY}), body=0.2), key(10, frozenset({BLINK}), body=0.2, blink=0.6), keys[2]]
    turning = Film(model, model.track([*later, key(30, frozenset({BLINK}), blink=0.4)], closed_time=40.0))
    # From 0.4 at 30 round to 0.6 at 50, which is 10: at 40, which is 0, half-way.
    assert heights(turning, 0.0)[BLINK] == pytest.approx(0.5, abs=1e-6)


def test_shapes_know_the_keys_that_they_come_from(model: DoodleModel) -> None:
    film = blinking(model)
    pose = film.pose(1.5)  # 11: of the body 10/24 of the way
    assert pose.keys.tolist() == [[0, 3], [1, 2]]
    assert pose.origins.tolist() == [[0, 0], [1, 1]]
    assert pose.later.tolist() == [False, True]
    assert pose.drawing.layers.tolist() == [BODY, BLINK]


def test_the_same_keys_at_the_same_times_are_one_part(model: DoodleModel) -> None:
    keys = [key(0, ALL, body=0.2, blink=0.5), key(10, ALL, body=0.4, blink=0.5)]
    assert layering.parts(model.track(keys)) == ()
    assert len(layering.parts(blinking(model).track)) == 2


def test_parts_keep_what_was_made_of_them(model: DoodleModel) -> None:
    film = blinking(model)
    one, two = (layering.parts(replace(film.track))[0].track.keys for _ in range(2))
    assert all(a is b for a, b in zip(one, two, strict=True))


def test_effects_move_every_layer_alike(model: DoodleModel) -> None:
    film = replace(blinking(model), transform=Transform(x=0.25), boil=Boil(0.5, 1, 2))
    still = replace(film, track=replace(film.track, keys=[replace(one, layers=None) for one in film.track.keys]))
    for one, other in ((film.pose(0.0), still.pose(0.0)), (film.pose(3.0), still.pose(3.0))):
        np.testing.assert_allclose(one.drawing.points, other.drawing.points, atol=1e-6)


def test_reach_holds_what_layers_show_between(model: DoodleModel) -> None:
    window = blinking(model).reach()
    assert window.y <= 0.18 and window.y + window.height >= 0.82


def test_vector_films_show_each_layer_in_its_time(model: DoodleModel) -> None:
    film = blinking(model)
    positions = [float(film.track.position_of_time(frame)) for frame in range(1, 26)]
    for scene in scenes_of([Shot(film, position) for position in positions]):
        for time, drawing in zip(scene.times, scene.drawings, strict=True):
            if time < scene.stop:
                np.testing.assert_allclose(drawing.points, film.pose(positions[time]).drawing.points, atol=1e-6)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.integers(0, 3), max_size=4), min_size=1, max_size=4))
def test_stacked_is_every_shape_once_in_paint_order(layers: list[list[int]]) -> None:
    drawings, marks = [], []
    for number, own in enumerate(layers):
        lines = [[(0.1 * number, 0.1 * place), (0.9, 0.9)] for place in range(len(own))]
        drawings.append(replace(Drawing.make(lines), layers=np.array(sorted(own), np.int32)))
        marks += [(layer, number, place) for place, layer in enumerate(sorted(own))]
    found, order = stacked(drawings)
    assert [marks[one] for one in order] == sorted(marks)
    assert found.layers.tolist() == [layer for layer, _, _ in sorted(marks)]
    firsts = found.points[found.offsets[:-1]] if len(found) else np.zeros((0, 2))
    np.testing.assert_allclose(firsts, np.array([(0.1 * b, 0.1 * c) for _, b, c in sorted(marks)]).reshape(-1, 2))


def test_some_layers_are_less_opaque(model: DoodleModel) -> None:
    film = replace(blinking(model), opacities={BLINK: 0.25, 7: 0.5})
    for position in (0.0, 1.5, 3.0):
        drawing = film.pose(position).drawing
        of = drawing.layers[drawing.shape_of_vertex]
        np.testing.assert_allclose(drawing.opacities[of == BLINK], 0.25)
        np.testing.assert_allclose(drawing.opacities[of == BODY], 1.0)
    plain = replace(film, opacities={7: 0.5}).pose(0.0).drawing
    np.testing.assert_array_equal(plain.opacities, 1.0)


def test_what_is_matched_is_of_each_layer_and_of_nothing_blank(model: DoodleModel) -> None:
    found = [(one.first, one.second, one.layers) for one in layering.segments(blinking(model).track)]
    body, blink = frozenset({BODY}), frozenset({BLINK})
    assert found == [(0, 3, body), (3, 0, body), (0, 1, blink), (1, 2, blink), (2, 0, blink)]
    blank = model.track([key(0, None, body=0.2), key(1, None), key(2, None, body=0.4), key(3, None, body=0.6)])
    assert [(one.first, one.second) for one in layering.segments(blank)] == [(2, 3), (3, 0)]
    assert layering.segments(model.track([key(0, None, body=0.2)])) == []
