"""Colours tell lines apart where shapes do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from doodle_core.drawing import Strokes
from doodle_core.model import DoodleModel
from doodle_core.strokes.model import StrokeModel
from doodle_core.strokes.tints import mixed, palettes
from doodle_core.track import LatentKey, LatentTrack

RED, BLUE, GREEN, BLACK = (0.6, 0.0, 0.0), (0.0, 0.1, 0.7), (0.0, 0.4, 0.1), (0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def model() -> StrokeModel:
    found = DoodleModel.load(engine="onnx")
    assert isinstance(found, StrokeModel)
    return found


def ring(x: float, y: float, radius: float = 0.11) -> NDArray[np.float64]:
    turn = np.linspace(0, 2 * np.pi, 40)
    return np.array([x, y]) + radius * np.column_stack([np.cos(turn), np.sin(turn)])


def rings(along: float, colours: list[tuple[float, float, float]] | None, apart: float = 0.15) -> Strokes:
    """Two that travel in opposite directions."""
    return Strokes.make([ring(0.5 + along, 0.5 - apart), ring(0.5 - along, 0.5 + apart)], 0.012, colours=colours)


def legs(swing: float, colours: list[tuple[float, float, float]] | None) -> Strokes:
    """Two that swing past each other below a body."""

    def leg(angle: float) -> NDArray[np.float64]:
        knee = np.array([0.5, 0.5]) + 0.2 * np.array([np.sin(angle), np.cos(angle)])
        return np.array([[0.5, 0.5], knee, knee + 0.2 * np.array([np.sin(angle - 0.2), np.cos(angle - 0.2)])])

    return Strokes.make([leg(swing), leg(-swing), [[0.5, 0.5], [0.5, 0.25]]], 0.015, colours=colours)


def track(model: StrokeModel, *drawings: Strokes) -> LatentTrack:
    latents = model.encode(drawings)
    return model.track([LatentKey(z, float(k), d) for k, (z, d) in enumerate(zip(latents, drawings, strict=True))])


def half_way(model: StrokeModel, *drawings: Strokes) -> NDArray[np.float64]:
    """The vertices half-way between two keys, canvas units from the middle: (V, 2)."""
    paired, vertices = model.vertices(track(model, *drawings), 0, 0.5)
    assert paired.lone.max(initial=0) == 0, "nothing appears, nothing vanishes"
    return vertices[:, :2] / 64


@pytest.mark.parametrize("apart", [0.15, 0.0])
def test_rings_of_two_colours_pass_each_other(model: StrokeModel, apart: float) -> None:
    colours = [RED, BLUE]
    points = half_way(model, rings(-0.28, colours, apart), rings(0.28, colours, apart))
    for side in (-1, 1):
        ring_there = points[np.sign(points[:, 1]) == side] if apart else points
        assert np.allclose(np.hypot(ring_there[:, 0], ring_there[:, 1] - side * apart * bool(apart)), 0.11, atol=0.01)


def test_rings_of_one_colour_are_taken_for_the_nearest(model: StrokeModel) -> None:
    """What shows that it is the colours that make them pass."""
    plain = half_way(model, rings(-0.28, None), rings(0.28, None))
    assert np.abs(plain[:, 0]).min() > 0.1


def test_legs_of_two_colours_pass_each_other(model: StrokeModel) -> None:
    colours = [RED, BLUE, BLACK]
    points = half_way(model, legs(-0.5, colours), legs(0.5, colours))
    assert np.abs(points[:, 0]).max() < 0.06, "both hang down, one over the other"
    assert np.abs(half_way(model, legs(-0.5, None), legs(0.5, None))[:, 0]).max() > 0.1


def test_one_colour_whichever_it_is_changes_nothing(model: StrokeModel) -> None:
    plain = half_way(model, legs(-0.4, None), legs(0.3, None))
    for first, second in ((RED, RED), (RED, BLUE)):
        assert np.array_equal(half_way(model, legs(-0.4, [first] * 3), legs(0.3, [second] * 3)), plain)
    # A picture, or a key that is known by its latent alone, has no colours to go by.
    assert palettes((legs(0.4, [RED, BLUE, BLACK]), None)) == b""


def test_what_is_painted_anew_stays_what_it_was(model: StrokeModel) -> None:
    points = half_way(model, rings(0.02, [BLACK, BLUE]), rings(-0.02, [BLACK, GREEN]))
    assert np.allclose(np.hypot(points[:, 0], np.abs(points[:, 1]) - 0.15), 0.11, atol=0.005)
    all_new = half_way(model, legs(-0.4, [RED, BLUE, BLACK]), legs(0.3, [GREEN, (0.7, 0.6, 0.0), (0.7, 0.0, 0.7)]))
    assert np.array_equal(all_new, half_way(model, legs(-0.4, None), legs(0.3, None)))


def test_the_same_drawing_in_other_colours_stands_still(model: StrokeModel) -> None:
    points = half_way(model, rings(0.2, [RED, BLUE]), rings(0.2, [BLACK, BLUE]))
    assert np.allclose(points, half_way(model, rings(0.2, None), rings(0.2, None)), atol=1e-6)


def test_what_was_decided_by_colours_is_told_with_them() -> None:
    here, elsewhere = DoodleModel.load(engine="onnx"), DoodleModel.load(engine="onnx")
    drawings = rings(-0.28, [RED, BLUE]), rings(0.28, [RED, BLUE])
    first, second = here.encode(drawings)
    coloured = here.match(first, second, drawings, decide=True)
    assert coloured is not None and coloured != here.match(first, second, decide=True)
    assert elsewhere.know(first, second, coloured, drawings)
    assert elsewhere.match(first, second, drawings) == coloured
    assert elsewhere.match(first, second) is None, "without colours nothing was decided yet"


def test_lines_that_are_not_of_the_drawing_have_no_colours(model: StrokeModel) -> None:
    """As in a damaged file: the latents of one drawing, and another drawing beside them."""
    first, second = model.encode([rings(-0.2, None), rings(0.2, None)])
    without_ink = Strokes.make([ring(0.5, 0.5)], 0.0, colours=[RED])
    plain = model.pair(first, second)
    found = model.pair(first, second, (without_ink, rings(0.2, [RED, BLUE])))
    assert np.array_equal(found.first, plain.first) and np.array_equal(found.second, plain.second)


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
