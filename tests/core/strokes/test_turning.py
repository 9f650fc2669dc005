"""Lines that turn: pieces keep their length, what touches stays together, what stands still stands still."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.sparse import csc_array

from doodle_core.errors import DoodleError
from doodle_core.strokes.paired import Paired
from doodle_core.strokes.turning import Turning, _Factors

METHODS = ("circular", "spherical")
BETWEEN = (0.1, 0.25, 0.5, 0.8)


def line(start: tuple[float, float], degrees: float, length: float, pieces: int = 6) -> np.ndarray:
    """A straight run from `start`, (pieces + 1, 3), of radius 1.2; degrees clockwise from the right."""
    along = np.linspace(0, length, pieces + 1)[:, None]
    a = np.radians(degrees)
    return np.hstack([np.array(start) + along * (np.cos(a), np.sin(a)), np.full((pieces + 1, 1), 1.2)])


def paired(first: list[np.ndarray], second: list[np.ndarray]) -> Paired:
    return Paired(np.concatenate(first), np.concatenate(second), np.cumsum([0, *map(len, first)]))


def turned(vertices: np.ndarray, degrees: float, centre: tuple[float, float] = (0, 0)) -> np.ndarray:
    a = np.radians(degrees)
    answer = vertices.copy()
    answer[:, :2] = (vertices[:, :2] - centre) @ [[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]] + centre
    return answer


def lengths(vertices: np.ndarray) -> np.ndarray:
    return np.hypot(*np.diff(vertices[:, :2], axis=0).T)


def heading(vertices: np.ndarray) -> float:
    return float(np.degrees(np.arctan2(*(vertices[-1, :2] - vertices[0, :2])[::-1])))


coordinates = st.floats(-40, 40).map(lambda x: round(x, 1))


@st.composite
def pairs(draw: st.DrawFn) -> Paired:
    """Any runs, also of one vertex; drawn from few places, so that vertices coincide; radii of either sign."""
    counts = draw(st.lists(st.integers(0, 7), min_size=1, max_size=5))
    places = draw(hnp.arrays(np.float64, (6, 2), elements=coordinates))
    keys = []
    for _ in range(2):
        where = draw(hnp.arrays(np.int64, sum(counts), elements=st.integers(0, 5)))
        radii = draw(hnp.arrays(np.float64, sum(counts), elements=st.floats(-3, 3)))
        keys.append(np.column_stack([places[where], radii]))
    return Paired(keys[0], keys[1], np.cumsum([0, *counts]))


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15)
@given(pairs())
def test_anything_walks_finitely_and_hits_its_keys(method: str, pair: Paired):
    turning = Turning(pair)
    np.testing.assert_array_equal(turning.at(0, method), pair.first)
    np.testing.assert_array_equal(turning.at(1, method), pair.second)
    for t in BETWEEN:
        found = turning.at(t, method)
        assert np.isfinite(found).all()
        assert np.abs(found[:, :2]).max(initial=0) < 1000
        np.testing.assert_allclose(found[:, 2], (1 - t) * pair.first[:, 2] + t * pair.second[:, 2], atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15)
@given(pairs())
def test_the_way_has_no_jumps_not_even_at_keys(method: str, pair: Paired):
    turning = Turning(pair)
    near = [1e-7, 1e-3, 0.3, 0.5, 1 - 1e-3, 1 - 1e-7]
    for t in near:
        other = round(t) if min(t, 1 - t) < 1e-6 else t + 1e-7
        np.testing.assert_allclose(turning.at(t, method), turning.at(other, method), rtol=0, atol=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_a_strokelet_that_turns_keeps_its_length(method: str):
    pair = paired([line((0, 0), 0, 4, 1)], [line((0, 0), 90, 4, 1)])
    half = Turning(pair).at(0.5, method)
    assert lengths(half)[0] == pytest.approx(4, rel=1e-4)
    assert heading(half) == pytest.approx(45)
    np.testing.assert_allclose(half[0, :2], 0, atol=0.1)  # about the end that stands still


def test_spherical_turns_evenly_and_circular_as_its_chord():
    pair = paired([line((0, 0), 0, 4, 1)], [line((0, 0), 120, 4, 1)])
    assert heading(Turning(pair).at(0.25, "spherical")) == pytest.approx(30, abs=0.01)
    chord = 0.75 * np.array([1, 0]) + 0.25 * np.array([np.cos(np.radians(120)), np.sin(np.radians(120))])
    assert heading(Turning(pair).at(0.25, "circular")) == pytest.approx(
        np.degrees(np.arctan2(chord[1], chord[0])), abs=0.01
    )


@pytest.mark.parametrize("method", METHODS)
def test_length_changes_evenly(method: str):
    pair = paired([line((0, 0), 0, 4, 1)], [line((0, 0), 90, 8, 1)])
    assert lengths(Turning(pair).at(0.25, method))[0] == pytest.approx(5, rel=1e-4)


def test_a_circular_strokelet_that_reverses_stays_on_its_chord():
    pair = paired([line((-2, 0), 0, 4, 1)], [line((2, 0), 180, 4, 1)])
    np.testing.assert_allclose(Turning(pair).at(0.25, "circular")[:, :2], [[-1, 0], [1, 0]], atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_translation_is_pure(method: str):
    first = [line((0, 0), 20, 12), line((0, 0), 80, 9), line((20, 5), 0, 0, 0)]
    second = [run + (7, -5, 0) for run in first]
    pair = paired(first, second)
    for t in BETWEEN:
        np.testing.assert_allclose(Turning(pair).at(t, method), pair.first + t * np.array([7, -5, 0]), atol=1e-9)


def test_a_shape_turns_rigidly_about_its_middle():
    square = np.array([[10, 10, 1], [-10, 10, 1], [-10, -10, 1], [10, -10, 1], [10, 10, 1]], float)
    square = np.stack([np.interp(np.linspace(0, 4, 33), range(5), column) for column in square.T], axis=1)
    half = Turning(paired([square], [turned(square, 60)])).at(0.5)
    np.testing.assert_allclose(half, turned(square, 30), atol=0.3)
    np.testing.assert_allclose(lengths(half), 2.5, atol=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_an_arm_of_two_bones_stays_joined_and_long(method: str):
    def arm(upper: float, fore: float) -> list[np.ndarray]:
        bone = line((0, 0), upper, 12)
        return [bone, line(tuple(bone[-1, :2]), fore, 10)]

    pair = paired(arm(0, 20), arm(90, 10))
    for t in BETWEEN:
        found = Turning(pair).at(t, method)
        upper, fore = found[:7], found[7:]
        assert np.hypot(*(upper[-1] - fore[0])[:2]) < 0.1
        assert lengths(upper).sum() == pytest.approx(12, abs=0.3)
        assert lengths(fore).sum() == pytest.approx(10, abs=0.3)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("drift", [(0, 0), (14, -9)])
def test_a_limb_that_swings_does_not_push_its_body(method: str, drift: tuple[float, float]):
    # The limb begins between two vertices of the body: a T.
    body = line((0, -15), 90, 30, 12)
    first, second = [body, line((0, 1.2), 150, 14)], [body, line((0, 1.2), 30, 14)]
    moved = np.array([*drift, 0])
    pair = paired(first, [run + moved for run in second])
    for t in BETWEEN:
        found = Turning(pair).at(t, method)
        np.testing.assert_allclose(found[:13], body + t * moved, atol=0.5)
        np.testing.assert_allclose(found[13, :2], (np.array([0, 1.2, 0]) + t * moved)[:2], atol=0.5)
        assert lengths(found[13:]).sum() == pytest.approx(14, abs=0.3)


def test_a_limb_in_pieces_turns_one_way():
    # Its far part turns by more than half a turn: it must not go round the other way.
    def tail(curl: float) -> np.ndarray:
        headings = np.radians(np.cumsum([0, *[curl / 12] * 12]))
        points = np.cumsum(np.stack([2 * np.cos(headings), 2 * np.sin(headings)], 1), axis=0)
        return np.column_stack([points, np.ones(13)])

    first, second = tail(-95), tail(95)
    whole = paired([first], [second])
    pieces = paired([first[:5], first[4:9], first[8:][::-1]], [second[:5], second[4:9], second[8:][::-1]])
    half, broken = Turning(whole).at(0.5), Turning(pieces).at(0.5)
    np.testing.assert_allclose(lengths(half), 2, atol=0.15)
    np.testing.assert_allclose(np.concatenate([broken[:5], broken[6:10], broken[10:14][::-1]]), half, atol=0.1)


@pytest.mark.parametrize("method", METHODS)
def test_a_line_that_grows_out_of_a_point_grows_straight(method: str):
    grown = line((3, 4), 30, 15)
    point = np.repeat(grown[:1], len(grown), axis=0)
    half = Turning(paired([point], [grown])).at(0.5, method)
    np.testing.assert_allclose(half, (point + grown) / 2, atol=1e-9)


def test_a_tip_that_grows_turns_with_its_limb():
    def limb(degrees: float, length: float) -> np.ndarray:
        shares = np.minimum(np.linspace(0, 2, 13), length)
        return line((0, 0), degrees, 12, 12)[:1] + shares[:, None] * (line((0, 0), degrees, 12, 1)[1:] * (1, 1, 0))

    half = Turning(paired([limb(0, 1)], [limb(90, 2)])).at(0.5)
    assert heading(half) == pytest.approx(45, abs=1)
    np.testing.assert_allclose(half[:, 0], half[:, 1], atol=0.5)
    assert lengths(half).sum() == pytest.approx(18, abs=0.3)


def test_ends_of_a_closed_run_stay_together():
    angles = np.radians(np.linspace(0, 360, 25))
    ring = np.column_stack([9 * np.cos(angles), 9 * np.sin(angles), np.ones(25)])
    squashed = turned(ring * (1.2, 0.4, 1), 50) + (5, 0, 0)
    found = Turning(paired([ring], [squashed])).at(0.5)
    assert np.hypot(*(found[0] - found[-1])[:2]) < 0.1


def test_lines_that_only_meet_at_one_key_part():
    first = [line((0, 0), 0, 10), line((10, 0), 90, 10)]
    second = [line((0, 0), 0, 10), line((18, 0), 90, 10)]
    half = Turning(paired(first, second)).at(0.5)
    np.testing.assert_allclose(half[7:, :2], line((14, 0), 90, 10)[:, :2], atol=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "offsets", "words"),
    [
        (np.zeros((2, 2)), np.zeros((2, 2)), [0, 2], "shapes"),
        (np.zeros((2, 3)), np.zeros((3, 3)), [0, 2], "shapes"),
        (np.zeros((2, 3)), np.zeros((2, 3)), [0, 3], "offsets"),
        (np.zeros((2, 3)), np.zeros((2, 3)), [0, 2, 1, 2], "offsets"),
        (np.zeros((2, 3)), np.full((2, 3), np.nan), [0, 2], "finite"),
    ],
)
def test_what_is_no_pair_is_refused(first: np.ndarray, second: np.ndarray, offsets: list[int], words: str):
    with pytest.raises(DoodleError, match=words):
        Paired(first, second, np.array(offsets))


@given(count=st.integers(1, 40), more=st.integers(0, 30), seed=st.integers(0, 99))
def test_factors_solve_whatever_the_order_of_the_vertices(count: int, more: int, seed: int):
    rng = np.random.default_rng(seed)
    matrix = np.diag(rng.uniform(0.01, 1, count))
    ways = rng.integers(0, count, (count + more, 2))  # who hangs together with whom
    for one, other in ways[ways[:, 0] != ways[:, 1]]:
        tie = np.zeros(count)
        tie[one], tie[other] = 1, -1
        matrix += rng.uniform(0.5, 2) * np.outer(tie, tie)
    values = rng.normal(size=(count, 2))
    assert np.allclose(_Factors(csc_array(matrix)).solve(values), np.linalg.solve(matrix, values), atol=1e-8)
