"""Colours tell lines apart where shapes do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.film import Film
from doodle_core.matching.colours import mixed
from doodle_core.matching.model import StrokeModel
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey

RED, BLUE, GREEN, BLACK = (0.6, 0.0, 0.0), (0.0, 0.1, 0.7), (0.0, 0.4, 0.1), (0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def model() -> StrokeModel:
    found = DoodleModel.load(engine="onnx")
    assert isinstance(found, StrokeModel)
    return found


def ring(x: float, y: float, radius: float = 0.11) -> NDArray[np.float64]:
    turn = np.linspace(0, 2 * np.pi, 40)
    return np.array([x, y]) + radius * np.column_stack([np.cos(turn), np.sin(turn)])


def rings(along: float, colours: list[tuple[float, float, float]] | None, apart: float = 0.15) -> Drawing:
    """Two that travel in opposite directions."""
    return Drawing.make([ring(0.5 + along, 0.5 - apart), ring(0.5 - along, 0.5 + apart)], 0.012, colours=colours)


def legs(swing: float, colours: list[tuple[float, float, float]] | None, back: bool = False) -> Drawing:
    """Two that swing past each other below a body; back: the second leg is drawn first."""

    def leg(angle: float) -> NDArray[np.float64]:
        knee = np.array([0.5, 0.5]) + 0.2 * np.array([np.sin(angle), np.cos(angle)])
        return np.array([[0.5, 0.5], knee, knee + 0.2 * np.array([np.sin(angle - 0.2), np.cos(angle - 0.2)])])

    lines = [leg(swing), leg(-swing), [[0.5, 0.5], [0.5, 0.25]]]
    order = [1, 0, 2] if back else [0, 1, 2]
    return Drawing.make(
        [lines[k] for k in order], 0.015, colours=None if colours is None else [colours[k] for k in order]
    )


def half_way(model: StrokeModel, *drawings: Drawing) -> NDArray[np.float64]:
    """The vertices half-way between two keys, canvas units from the middle: (V, 2)."""
    track = model.track([LatentKey(z, float(k)) for k, z in enumerate(model.encode(drawings))])
    pose = Film(model, track).pose(0.5)
    assert (pose.origins >= 0).all(), "nothing appears, nothing vanishes"
    return pose.drawing.points.astype(np.float64) - 0.5


@pytest.mark.parametrize("apart", [0.15, 0.0])
def test_rings_of_two_colours_pass_each_other(model: StrokeModel, apart: float) -> None:
    colours = [RED, BLUE]
    points = half_way(model, rings(-0.28, colours, apart), rings(0.28, colours, apart))
    for side in (-1, 1):
        ring_there = points[np.sign(points[:, 1]) == side] if apart else points
        assert np.allclose(np.hypot(ring_there[:, 0], ring_there[:, 1] - side * apart * bool(apart)), 0.11, atol=0.01)


def test_legs_of_two_colours_pass_each_other_in_any_order(model: StrokeModel) -> None:
    colours = [RED, BLUE, BLACK]
    for back in (False, True):
        points = half_way(model, legs(-0.5, colours), legs(0.5, colours, back))
        assert np.abs(points[:, 0]).max() < 0.06, "both hang down, one over the other"


def test_what_is_painted_anew_stays_what_it_was(model: StrokeModel) -> None:
    points = half_way(model, rings(0.02, [BLACK, BLUE]), rings(-0.02, [BLACK, GREEN]))
    assert np.allclose(np.hypot(points[:, 0], np.abs(points[:, 1]) - 0.15), 0.11, atol=0.005)


def test_the_same_drawing_in_other_colours_stands_still(model: StrokeModel) -> None:
    points = half_way(model, rings(0.2, [RED, BLUE]), rings(0.2, [BLACK, BLUE]))
    assert np.allclose(points, rings(0.2, None).points - 0.5, atol=1e-6)


@given(st.integers(1, 6), st.integers(1, 6), st.data())
def test_mixed_opinions_are_opinions(n: int, m: int, data: st.DataObject) -> None:
    random = np.random.default_rng(data.draw(st.integers(0, 999)))
    rows = np.flatnonzero(random.random(n) < 0.6)
    columns = np.flatnonzero(random.random(m) < 0.6)

    def opinion(height: int, width: int) -> NDArray[np.float64]:
        logits = random.normal(0, 3, (height, width + 1))
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))

    likely = opinion(n, m)
    answer = mixed(likely, opinion(len(rows), len(columns)), rows, columns)
    assert np.allclose(np.exp(answer).sum(axis=1), 1.0), "each row still sums to one"
    others = np.setdiff1d(np.arange(n), rows)
    assert np.array_equal(answer[others], likely[others])
