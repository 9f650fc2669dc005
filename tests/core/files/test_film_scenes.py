"""Films cut into stretches that have the same vertices: what they show is what the film shows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from films import film_of, lines

from doodle_core.drawing import Drawing
from doodle_core.errors import DoodleError
from doodle_core.files.scenes import Scene, Shot, scenes_of
from doodle_core.film import Film
from doodle_core.model import DoodleModel
from doodle_core.rendering import render

SIZE = 128


@pytest.fixture(scope="module")
def model() -> DoodleModel:
    return DoodleModel.load(None, engine="onnx")


@pytest.fixture(scope="module")
def film(model: DoodleModel) -> Film:
    one, two = lines()
    return film_of(model, [one, two, one])


@pytest.fixture(scope="module")
def swapped(model: DoodleModel) -> Film:
    """Two discs, of which one passes in front of the other half-way."""
    t = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    disc = 0.15 * np.stack([np.cos(t), np.sin(t)], axis=1)
    made = []
    for red, blue, front in ((0.3, 0.7, "red"), (0.6, 0.4, "blue")):
        shapes = {"red": (disc + [red, 0.5], (0.8, 0, 0)), "blue": (1.2 * disc + [blue, 0.5], (0, 0, 0.8))}
        order = sorted(shapes, key=lambda name: name == front)
        made.append(
            Drawing.make([shapes[n][0] for n in order], 0.0, filled=True, colours=[shapes[n][1] for n in order])
        )
    return film_of(model, made)


def cut(film: Film, positions: list[float], held: bool = False) -> list[Scene]:
    scenes = list(scenes_of([Shot(film, position) for position in positions], held))
    assert scenes[0].start == 0 and scenes[-1].stop == len(positions)
    assert all(one.stop == other.start for one, other in pairwise(scenes))
    for scene in scenes:
        assert scene.times[0] == scene.start and list(scene.times) == sorted(set(scene.times))
        assert all((one.offsets == scene.drawings[0].offsets).all() for one in scene.drawings)
        for time, drawing in zip(scene.times, scene.drawings, strict=True):
            if time < scene.stop:
                there = render(film.pose(positions[time]).drawing, SIZE)
                assert np.abs(render(drawing, SIZE) - there).mean() < 2e-3, time
    return scenes


def spans(scenes: list[Scene]) -> list[tuple[int, int, int]]:
    """From, to, and the last time of which the drawing is told."""
    return [(scene.start, scene.stop, scene.times[-1]) for scene in scenes]


def test_a_scene_a_segment_and_each_goes_on_to_the_key(film: Film) -> None:
    assert spans(cut(film, [0, 0.5, 1, 1.5, 2])) == [(0, 2, 2), (2, 5, 4)]


def test_keys_may_lie_between_frames_and_time_may_go_back(film: Film) -> None:
    assert spans(cut(film, [0.2, 0.8, 1.4, 1.6, 0.9, 0.1])) == [(0, 2, 2), (2, 4, 4), (4, 6, 5)]


def test_from_elsewhere_nothing_flows(model: DoodleModel) -> None:
    one, two = lines()
    film = film_of(model, [one, two, one, two])
    assert spans(cut(film, [0.2, 0.4, 2.5, 2.7])) == [(0, 2, 1), (2, 4, 3)]


def test_held_frames_do_not_look_ahead(film: Film) -> None:
    assert spans(cut(film, [0, 0.5, 1, 1.5], held=True)) == [(0, 2, 1), (2, 4, 3)]


def test_a_single_key_is_one_scene(model: DoodleModel) -> None:
    assert spans(cut(film_of(model, lines()[:1]), [0.0, 0.0, 0.0])) == [(0, 3, 2)]


def test_where_the_paint_order_changes_there_are_two(swapped: Film) -> None:
    assert swapped.reorders(0)
    assert spans(cut(swapped, [0, 0.25, 0.5, 0.75, 1])) == [(0, 2, 2), (2, 5, 4)]


def test_the_shared_vertices_show_the_keys_themselves(film: Film) -> None:
    for fraction, key in ((0.0, 0), (1.0, 1)):
        own = render(film.track.keys[key].latent, SIZE)
        assert np.abs(render(film.shared_pose(0, fraction, 0), SIZE) - own).mean() < 1e-3


def test_a_model_of_pictures_has_no_scenes(tmp_path: object) -> None:
    from doodle_core.drawing import Picture

    mixer = DoodleModel.load("mixer", engine="onnx")
    picture = Picture(np.pad(np.ones((8, 8), np.float32), 28))
    film = film_of(mixer, [picture, picture])  # type: ignore[list-item]
    with pytest.raises(DoodleError, match="makes pictures"):
        list(scenes_of([Shot(film, 0.5)]))
