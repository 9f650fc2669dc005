"""Sheets and depths: drawings that are turned in space, or lie before and behind the canvas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doodle_core.drawing import Drawing, digest, from_bytes, sheet, to_bytes
from doodle_core.drawing.stacking import stacked
from doodle_core.errors import DoodleError
from doodle_core.film import Film
from doodle_core.geometry.subdivision import subdivided
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey
from doodle_core.transform import Transform

NUMBERS = st.floats(-3, 3)
TURNS = st.tuples(st.floats(-1.7, 1.7), st.floats(-1.7, 1.7), st.floats(-1.7, 1.7))


def line(**more: object) -> Drawing:
    """A level line of three vertices in the middle of the canvas."""
    points = np.array([[0.2, 0.5], [0.5, 0.5], [0.8, 0.5]])
    return Drawing(
        points=points,
        radii=np.full(3, 0.01),
        opacities=np.ones(3),
        offsets=np.array([0, 3]),
        cyclic=np.array([False]),
        shapes=np.array([0, 1]),
        areas=np.array([False]),
        **more,  # type: ignore[arg-type]
    )


def upright(degrees: float) -> np.ndarray:
    """A sheet turned about the canvas's upright middle: its right half comes nearer for angles above 0."""
    return np.array([0.0, -np.radians(degrees), 0.0, 0.5, 0.5, 0.0])


def test_a_turned_sheet_is_narrower_and_deep() -> None:
    found = sheet.laid_out(line(), upright(60))
    np.testing.assert_allclose(found.points, [[0.35, 0.5], [0.5, 0.5], [0.65, 0.5]], atol=1e-6)
    assert found.depths is not None and found.sheet is None
    np.testing.assert_allclose(found.depths, [-0.3 * np.sin(np.pi / 3), 0.0, 0.3 * np.sin(np.pi / 3)], atol=1e-6)


@given(
    turn=TURNS, centre=st.tuples(NUMBERS, NUMBERS, NUMBERS), places=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1)
)
def test_unrolled_is_the_other_way_round(turn: tuple, centre: tuple, places: list) -> None:
    count = len(places)
    drawing = Drawing(
        points=np.array(places),
        radii=np.ones(count),
        opacities=np.ones(count),
        offsets=np.array([0, count]),
        cyclic=np.array([False]),
        shapes=np.array([0, 1]),
        areas=np.array([False]),
        depths=np.linspace(-1, 1, count),
    )
    there = sheet.laid_out(drawing, [*turn, *centre])
    back = sheet.unrolled(np.column_stack([there.points, there.depths]), [*turn, *centre])
    np.testing.assert_allclose(back, np.column_stack([drawing.points, drawing.depths]), atol=2e-5)


@given(first=TURNS, second=TURNS)
def test_between_two_sheets_it_turns_evenly(first: tuple, second: tuple) -> None:
    """From the first to the half way, and on from there to the second, are one turn; the ends are the sheets'."""
    one, other = [*first, 0.0, 0.0, 0.0], [*second, 1.0, 0.0, 0.0]
    start, half, end = (sheet.between(one, other, share) for share in (0.0, 0.5, 1.0))
    matrices = [sheet.matrix_of(found[:3]) for found in (start, half, end)]
    np.testing.assert_allclose(matrices[0], sheet.matrix_of(first), atol=1e-6)
    np.testing.assert_allclose(matrices[2], sheet.matrix_of(second), atol=1e-6)
    np.testing.assert_allclose(matrices[0].T @ matrices[1], matrices[1].T @ matrices[2], atol=1e-5)
    assert half[3] == 0.5


def test_half_a_turn_has_an_axis() -> None:
    for axis in np.vstack([np.eye(3), [[0.6, 0.8, 0.0], [0.0, -0.6, 0.8], [0.48, -0.6, 0.64]]]):
        found = sheet.between([0, 0, 0, 0, 0, 0], [*(np.pi * axis), 0, 0, 0], 0.5)
        assert np.linalg.norm(found[:3]) == pytest.approx(np.pi / 2, abs=1e-5)


def test_where_no_sheet_is_turned_nothing_is_done() -> None:
    assert sheet.between(None, None, 0.3) is None
    drawing = line()
    assert sheet.laid_out(drawing, None) is drawing


def test_a_drawing_is_stored_with_them() -> None:
    plain, deep = line(), line(depths=np.array([0.1, 0.2, -0.3]), sheet=upright(20))
    again = from_bytes(to_bytes(deep))
    assert isinstance(again, Drawing)
    np.testing.assert_array_equal(again.depths, deep.depths)
    np.testing.assert_array_equal(again.sheet, deep.sheet)
    assert len({digest(plain), digest(deep), digest(line(depths=deep.depths)), digest(line(sheet=deep.sheet))}) == 4
    assert from_bytes(to_bytes(plain)).depths is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "wrong", [{"depths": np.zeros(2)}, {"depths": np.array([0, np.nan, 0])}, {"sheet": np.ones(5)}]
)
def test_what_is_no_depth_is_refused(wrong: dict) -> None:
    with pytest.raises(DoodleError, match="finite numbers"):
        line(**wrong)


def test_they_stay_with_the_vertices() -> None:
    deep = line(depths=np.array([0.0, 0.3, 0.6]), sheet=upright(20), layers=np.array([1]))
    found = subdivided(deep, 1.0)
    np.testing.assert_allclose(found.depths, found.points[:, 0] - 0.2, atol=1e-6)
    assert found.sheet is deep.sheet and deep.select([0]).sheet is not None
    both, _ = stacked([line(layers=np.array([0])), deep])
    np.testing.assert_allclose(both.depths, [0, 0, 0, 0, 0.3, 0.6], atol=1e-6)


@pytest.mark.parametrize("colours", [None, np.full((3, 3), 0.5)])
@pytest.mark.parametrize("method", ["linear", "spherical", "cubic"])
def test_a_film_turns_sheets_and_moves_depths(method: str, colours: np.ndarray | None) -> None:
    model = DoodleModel.load(None, "onnx", None, "cpu")
    drawings = [line(sheet=upright(-30), colours=colours), line(sheet=upright(30), depths=np.full(3, 0.1))]
    film = Film(model, model.track([LatentKey(one, k) for k, one in enumerate(drawings)], method=method))
    for position, angle, near in ((0.0, -30, 0.0), (0.25, -15, 0.025), (0.5, 0, 0.05), (1.0, 30, 0.1)):
        found, turn = film.pose(position).drawing, np.radians(angle)
        away = np.array([-0.3, 0.0, 0.3])
        order = np.argsort(found.points[:, 0])
        ends = order[[0, -1]]
        np.testing.assert_allclose(
            found.points[ends, 0], (0.5 + away * np.cos(turn) - near * np.sin(turn))[[0, 2]], atol=1e-5
        )
        np.testing.assert_allclose(found.depths[ends], (away * np.sin(turn) + near * np.cos(turn))[[0, 2]], atol=1e-5)
        assert found.sheet is None
    seen = film.frame_rgba(0.5, 64)
    flat = Film(model, model.track([LatentKey(line(), 0)])).frame_rgba(0.0, 64)
    assert np.abs(seen[..., 3] - flat[..., 3]).max() < 0.02


def test_a_transform_scales_depths_with_the_rest() -> None:
    model = DoodleModel.load(None, "onnx", None, "cpu")
    key = LatentKey(line(depths=np.array([0.0, 0.1, 0.2])), 0)
    transform = Transform(scale=1.0)
    found = Film(model, model.track([key]), transform=transform).pose(0.0).drawing
    np.testing.assert_allclose(found.depths, np.array([0.0, 0.1, 0.2]) * transform.factor, atol=1e-6)
