"""Where drawings lie: canvases round ink, and planes through points in space."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core.canvas import Canvas, Plane, fit, fit_plane
from doodle_core.errors import DoodleError

metres = st.floats(-1e3, 1e3)
canvases = st.builds(Canvas, st.tuples(metres, metres), st.floats(1e-3, 1e3))
clouds = hnp.arrays(np.float64, st.tuples(st.integers(1, 20), st.just(2)), elements=metres)

FRONT = Plane((0, 0, 0), (1, 0, 0), (0, 0, 1))
TOP = Plane((0, 0, 0), (1, 0, 0), (0, 1, 0))
SIDE = Plane((0, 0, 0), (0, 1, 0), (0, 0, 1))


def axes(plane: Plane) -> np.ndarray:
    return np.array([plane.x_axis, plane.y_axis, plane.normal])


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    matrix = np.eye(3)
    for angle, (i, j) in zip((yaw, pitch, roll), ((0, 1), (0, 2), (1, 2)), strict=True):
        turn = np.eye(3)
        turn[[i, j], [i, j]] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        matrix = turn @ matrix
    return matrix


def test_canvas_literal():
    canvas = Canvas((10.0, 20.0), 4.0)
    corners = [[8, 22], [12, 22], [8, 18], [10, 20], [11, 21]]  # y up
    expected = [[0, 0], [1, 0], [0, 1], [0.5, 0.5], [0.75, 0.25]]  # y down
    np.testing.assert_array_equal(canvas.to_canvas(corners), expected)
    np.testing.assert_array_equal(canvas.from_canvas(expected), corners)
    np.testing.assert_array_equal(canvas.length([1, 2]), [0.25, 0.5])
    assert canvas.length(4) == 1
    assert canvas.to_canvas(np.zeros((0, 2))).shape == (0, 2)


@given(canvases, clouds)
def test_to_the_canvas_and_back(canvas: Canvas, points: np.ndarray):
    np.testing.assert_allclose(canvas.from_canvas(canvas.to_canvas(points)), points, atol=1e-9 * 4e3)


@pytest.mark.parametrize("side", [0.0, -1.0, np.nan, np.inf])
def test_impossible_canvases(side: float):
    with pytest.raises(DoodleError, match="side"):
        Canvas((0, 0), side)


def test_fit_literal():
    # A point of radius 1 at the left, one of radius 3 at the right: ink from -1 to 13 and from -3 to 3.
    canvas = fit([[0, 0], [10, 0]], [1, 3], margin=0.15)
    assert canvas.centre == (6, 0)
    assert canvas.side == pytest.approx(14 / 0.7)
    assert fit([[0, 0], [10, 0]], [1, 3], margin=0).side == 14


@given(clouds, st.floats(0, 10), st.floats(0, 0.4))
def test_all_ink_lies_on_the_canvas_and_touches_the_margin(points: np.ndarray, radius: float, margin: float):
    canvas = fit(points, radius, margin)
    seen, reach = canvas.to_canvas(points), canvas.length(radius)
    low, high = (seen - reach).min(), (seen + reach).max()
    # Far from the origin a tiny canvas is told no finer than rounding lets places be.
    slack = 1e-6 + 1e-15 * (np.abs(points).max() + radius) / canvas.side
    assert low >= margin - slack and high <= 1 - margin + slack
    if canvas.side != 1.0:
        extent = (seen + reach).max(axis=0) - (seen - reach).min(axis=0)
        assert extent.max() == pytest.approx(1 - 2 * margin, abs=slack)


@pytest.mark.parametrize("points", [[[3.0, 4.0]], [[3.0, 4.0], [3.0, 4.0]], [[1e9, 1e9], [1e9, 1e9]]])
def test_one_point_gets_a_canvas_round_it(points: list):
    canvas = fit(points, 0.0)
    assert canvas == Canvas(tuple(points[0]), 1.0)
    # With a radius it is a dot that fills its canvas.
    assert fit([[3.0, 4.0]], 2.0, margin=0.1).side == pytest.approx(5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((0, 2)), []), "nothing drawn"),
        (([[0, np.nan]], [1]), "not a number"),
        (([[0, 0]], [np.inf]), "not a number"),
        (([[0, 0]], [1], 0.5), "margin 0.5"),
        (([[0, 0]], [1], -0.1), "margin -0.1"),
    ],
)
def test_fit_names_mistakes(arguments: tuple, message: str):
    with pytest.raises(DoodleError, match=message):
        fit(*arguments)


def test_plane_projects_and_lifts():
    plane = Plane((1, 2, 3), (1, 0, 0), (0, 0, 1))
    np.testing.assert_array_equal(plane.project([[1, 2, 3], [2, 9, 5]]), [[0, 0], [1, 2]])
    np.testing.assert_array_equal(plane.lift([[0, 0], [1, 2]]), [[1, 2, 3], [2, 2, 5]])
    assert plane.normal == (0, -1, 0)  # towards whoever looks from the front


@given(st.tuples(metres, metres, metres), st.tuples(*[st.floats(-3, 3)] * 3), clouds)
def test_lifted_points_project_back(origin: tuple, angles: tuple, points: np.ndarray):
    x_axis, y_axis, _ = rotation(*angles)
    plane = Plane(origin, tuple(x_axis), tuple(y_axis))
    np.testing.assert_allclose(plane.project(plane.lift(points)), points, atol=1e-9)


@pytest.mark.parametrize("x_axis", [(2, 0, 0), (0, 0, 1), (0, 0, 0), (np.nan, 0, 0)])
def test_planes_need_unit_axes_at_right_angles(x_axis: tuple):
    with pytest.raises(DoodleError, match="axes"):
        Plane((0, 0, 0), x_axis, (0, 0, 1))


def test_square_matrix_lays_the_unit_square_on_the_canvas():
    plane, canvas = Plane((5, 6, 7), (1, 0, 0), (0, 0, 1)), Canvas((1, 2), 4)
    matrix = plane.square_matrix(canvas)
    # Top left corner of the square, in homogeneous coordinates, is (0, 0) of the canvas.
    np.testing.assert_allclose(matrix @ [-0.5, 0.5, 0, 1], [5 - 1, 6, 7 + 4, 1])
    np.testing.assert_allclose(matrix @ [0, 0, 0, 1], [6, 6, 9, 1])
    assert np.linalg.det(matrix) == pytest.approx(4**3)


@given(canvases, st.tuples(*[st.floats(-3, 3)] * 3), hnp.arrays(np.float64, (3, 2), elements=st.floats(0, 1)))
def test_square_matrix_agrees_with_the_canvas(canvas: Canvas, angles: tuple, seen: np.ndarray):
    x_axis, y_axis, _ = rotation(*angles)
    plane = Plane((1, 2, 3), tuple(x_axis), tuple(y_axis))
    local = np.column_stack([seen[:, 0] - 0.5, 0.5 - seen[:, 1], np.zeros(3), np.ones(3)])
    found = (plane.square_matrix(canvas) @ local.T).T[:, :3]
    np.testing.assert_allclose(found, plane.lift(canvas.from_canvas(seen)), atol=1e-8)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([[0, 0, 0], [1, 0, 0], [0, 0, 1]], FRONT),
        ([[0, 0, 0], [1, 0, 0], [0, 1, 0]], TOP),
        ([[0, 0, 0], [0, 1, 0], [0, 0, 1]], SIDE),
        ([[0, 0, 0]], FRONT),  # a point
        ([[7, 7, 7], [7, 7, 7]], FRONT),
        ([[0, 0, 0], [1, 0, 0]], FRONT),  # lines along x, y, z
        ([[0, 0, 0], [0, 3, 0]], TOP),
        ([[0, 0, 0], [0, 0, 2]], FRONT),
        ([[0, 0, 0], [1, 0, 1]], FRONT),  # lines across
        ([[0, 0, 0], [1, 1, 0]], TOP),
        ([[0, 0, 0], [0, 1, 1]], SIDE),
        ([[0, 0, 0], [1, 0.01, 0], [0, -0.01, 1], [1, 0, 1]], FRONT),  # nearly so
    ],
)
def test_planes_of_the_usual_drawings(points: list, expected: Plane):
    plane = fit_plane(points)
    np.testing.assert_allclose(axes(plane), axes(expected), atol=1e-12)
    np.testing.assert_allclose(plane.origin, (np.min(points, axis=0) + np.max(points, axis=0)) / 2, atol=1e-12)
    assert "-0.0" not in repr(plane)


@settings(max_examples=60)
@given(
    hnp.arrays(np.float64, st.tuples(st.integers(4, 30), st.just(2)), elements=st.floats(-10, 10)),
    st.tuples(*[st.floats(-3, 3)] * 3),
    st.tuples(*[st.floats(-100, 100)] * 3),
)
def test_points_on_any_plane_lie_on_the_fitted_one(flat: np.ndarray, angles: tuple, origin: tuple):
    assume(np.linalg.svd(flat - flat.mean(axis=0), compute_uv=False)[1] > 0.1)
    x_axis, y_axis, normal = rotation(*angles)
    points = flat @ [x_axis, y_axis] + origin
    plane = fit_plane(points)
    along = abs(np.dot(plane.normal, normal))
    assert along == pytest.approx(1, abs=2e-4)  # 1 degree of snapping
    if along > 1 - 1e-14:  # 1.4e-7 radians: not snapped, or by less than shows
        np.testing.assert_allclose(plane.lift(plane.project(points)), points, atol=1e-5)
    # Upright: right is level, and up is not down.
    if abs(plane.normal[2]) < 0.99:
        assert plane.x_axis[2] == pytest.approx(0, abs=1e-9) and plane.y_axis[2] > 0
    np.testing.assert_allclose(axes(plane) @ axes(plane).T, np.eye(3), atol=1e-9)
    # The hint turns it round.
    np.testing.assert_allclose(np.dot(fit_plane(points, normal).normal, normal), 1, atol=2e-4)
    np.testing.assert_allclose(np.dot(fit_plane(points, -normal).normal, normal), -1, atol=2e-4)


@pytest.mark.parametrize("length", [5e-324, 1e-200, 1.35e154, 1.7e308])
def test_a_hint_is_a_direction_whatever_its_length(length: float):
    assert fit_plane([[1.0, 2.0, 3.0]], [0, 0, length], [0, length, 0]) == fit_plane([[1.0, 2.0, 3.0]], [0, 0, 1])
    for none in (0.0, np.inf, np.nan):
        with pytest.raises(DoodleError, match="has no length"):
            fit_plane([[1.0, 2.0, 3.0]], [0, 0, none])


def test_hints():
    square = [[0, 0, 0], [1, 0, 0], [0, 0, 1]]
    assert fit_plane(square, hint_normal=(0, 1, 0)).x_axis == (-1, 0, 0)  # seen from behind
    assert fit_plane(square, hint_up=(1, 0, 0)).y_axis == (1, 0, 0)
    assert fit_plane(square, hint_up=(0, 1, 0)).y_axis == (0, 0, 1)  # straight at the viewer is no way up
    np.testing.assert_allclose(fit_plane(square, hint_up=(1, 0, 1)).y_axis, np.sqrt([0.5, 0, 0.5]))
    # Points and lines take the hint as it is, as far as they can.
    wish = np.array([1, -1, 0]) / np.sqrt(2)
    np.testing.assert_allclose(fit_plane([[0, 0, 0]], wish).normal, wish)
    np.testing.assert_allclose(fit_plane([[0, 0, 0], [0, 0, 5]], wish).normal, wish, atol=1e-12)
    np.testing.assert_allclose(fit_plane([[0, 0, 0], [1, 0, 0]], wish).normal, [0, -1, 0], atol=1e-12)
    # A hint along the line itself says nothing.
    np.testing.assert_allclose(fit_plane([[0, 0, 0], [1, 0, 0]], (1, 0, 0)).normal, [0, -1, 0], atol=1e-12)


def test_single_precision_far_away_is_still_a_line():
    x = np.linspace(1000, 1000.1, 50)
    line = np.stack([x, 1000 + 4e-5 * np.sin(7e3 * x), 1000 + 4e-5 * np.sin(1e4 * x)], axis=1).astype(np.float32)
    assert (line[:, 1:] != 1000).any(axis=0).all()  # rounding did scatter it
    np.testing.assert_allclose(axes(fit_plane(line)), axes(FRONT), atol=1e-12)


def test_many_points_need_little_memory():
    points = np.random.default_rng(0).normal(size=(200_000, 3)) * [1, 0, 1]
    assert fit_plane(points).normal == (0, -1, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), "nothing drawn"),
        (([[0, 0, np.nan]],), "not a number"),
        (([[0, 0, 0]], (0, 0, 0)), "direction"),
        (([[0, 0, 0]], None, (0, 0, 0)), "direction"),
    ],
)
def test_fit_plane_names_mistakes(arguments: tuple, message: str):
    with pytest.raises(DoodleError, match=message):
        fit_plane(*arguments)
