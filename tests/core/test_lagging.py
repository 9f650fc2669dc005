"""Layers at positions of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from doodle_core.drawing import Drawing
from doodle_core.film import Film
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey


@pytest.fixture(scope="module")
def film() -> Film:
    """Three layers of a line each, which go down; the middle one has two."""
    model = DoodleModel.load(threads=1)

    def key(height: float, time: float) -> LatentKey:
        lines = [[(0.1 + 0.2 * n, height), (0.2 + 0.2 * n, height)] for n in range(4)]
        drawing = replace(Drawing.make(lines, 0.01), layers=np.array([0, 1, 1, 2], np.int32))
        return LatentKey(drawing, time, drawing)

    return Film(model, model.track([key(0.2, 0.0), key(0.6, 1.0)]))


def heights(film: Film, position: float) -> dict[int, float]:
    drawing = film.pose(position).drawing
    of = drawing.layers[drawing.shape_of_vertex]
    return {int(layer): float(drawing.points[of == layer, 1].mean()) for layer in np.unique(of)}


def test_layers_stay_in_their_order_wherever_they_are(film: Film) -> None:
    late = replace(film, lags={1: 0.0, 2: 0.25})
    assert heights(late, 0.5) == pytest.approx({0: 0.4, 1: 0.2, 2: 0.3}, abs=1e-6)
    pose = late.pose(0.5)
    assert pose.drawing.layers.tolist() == [0, 1, 1, 2]
    assert pose.origins.shape == pose.keys.shape == (4, 2) and len(pose.confidence) == len(pose.later) == 4
    assert pose.key is None and not late.flows(0)


def test_a_layer_that_is_with_the_others_changes_nothing(film: Film) -> None:
    with_them = replace(film, lags={1: 0.5}).pose(0.5)
    np.testing.assert_array_equal(with_them.drawing.points, film.pose(0.5).drawing.points)
    assert replace(film, lags={1: 1.0}).pose(1.0).key == 1


def test_layers_that_are_not_there_do_no_harm(film: Film) -> None:
    np.testing.assert_array_equal(replace(film, lags={7: 0.1}).pose(0.5).drawing.points, film.pose(0.5).drawing.points)
