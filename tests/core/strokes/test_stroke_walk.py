"""Walks of strokelets from key to key, and the shake that bends the plane."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core.errors import DoodleError
from doodle_core.interpolation import METHODS
from doodle_core.strokes.paired import Paired
from doodle_core.strokes.walk import SHAKE, SHAKE_SIZE, shake, walk
from tests.core.strokes.test_turning import pairs

RNG = np.random.default_rng(5)
KEYS = RNG.normal(scale=12, size=(4, 9, 3))
TIMES = (0.0, 3.0, 4.0, 11.0)
OFFSETS = np.array([0, 4, 5, 9])
PAIR = Paired(KEYS[1], KEYS[2], OFFSETS)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=10)
@given(pairs(), st.floats(0, 1))
def test_keys_are_hit_exactly_and_fractions_stand_alone(method: str, pair: Paired, s: float):
    neighbours = pair.second[::-1], pair.first[::-1]
    found = walk(pair, [0, s, 1, 0.5], method, *neighbours, TIMES)
    assert found.shape == (4, len(pair), 3) and found.dtype == np.float64
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found[0], pair.first)
    np.testing.assert_array_equal(found[2], pair.second)
    np.testing.assert_array_equal(walk(pair, [s], method, *neighbours, TIMES)[0], found[1])


@pytest.mark.parametrize("method", METHODS)
def test_what_stands_still_stands_still(method: str):
    still = Paired(KEYS[1], KEYS[1], OFFSETS)
    found = walk(still, [0.1, 1 / 3, 0.7], method)
    np.testing.assert_allclose(found, np.repeat(KEYS[1][None], 3, axis=0), rtol=0, atol=1e-9)


def test_linear_goes_straight():
    np.testing.assert_allclose(walk(PAIR, [0.25])[0], 0.75 * KEYS[1] + 0.25 * KEYS[2], atol=1e-12)


def test_hold_waits():
    found = walk(PAIR, [0, 0.999, 1], "hold")
    np.testing.assert_array_equal(found, np.stack([KEYS[1], KEYS[1], KEYS[2]]))


@pytest.mark.parametrize("method", ["circular", "spherical"])
def test_lines_turn_where_points_would_go_straight(method: str):
    pair = Paired([[0, 0, 1], [6, 0, 1]], [[0, 0, 1], [0, 6, 1]], [0, 2])
    half = walk(pair, [0.5], method)[0]
    assert np.hypot(*(half[1] - half[0])[:2]) == pytest.approx(6, rel=1e-4)


def test_cubic_has_no_kink_at_a_key():
    before = walk(Paired(KEYS[0], KEYS[1], OFFSETS), [1 - 1e-6], "cubic", None, KEYS[2], (None, *TIMES[:3]))[0]
    after = walk(PAIR, [1e-6], "cubic", KEYS[0], KEYS[3], TIMES)[0]
    speed_before = (KEYS[1] - before) / (1e-6 * (TIMES[1] - TIMES[0]))
    speed_after = (after - KEYS[1]) / (1e-6 * (TIMES[2] - TIMES[1]))
    np.testing.assert_allclose(speed_before, speed_after, rtol=0, atol=1e-3)


def test_cubic_follows_a_parabola_through_its_keys():
    # The tangent at a key is that of the parabola through three keys.
    at = np.array(TIMES)
    keys = (0.3 * at**2 - 2 * at + 1)[:, None, None] * np.ones((4, 9, 3))
    found = walk(Paired(keys[1], keys[2], OFFSETS), [0.3, 0.6], "cubic", keys[0], keys[3], TIMES)
    when = 3 + np.array([0.3, 0.6])
    np.testing.assert_allclose(found[:, 0, 0], 0.3 * when**2 - 2 * when + 1, atol=1e-9)


def test_cubic_does_not_bend_where_the_track_ends():
    step = 1e-3
    first = walk(PAIR, [0, step, 2 * step], "cubic", None, KEYS[3], TIMES)
    last = walk(PAIR, [1, 1 - step, 1 - 2 * step], "cubic", KEYS[0], None, TIMES)
    for frames in (first, last):
        bend = np.diff(frames, n=2, axis=0)[0] / step**2
        assert np.abs(bend).max() < 0.02 * np.abs(KEYS).max() * 6
    alone = walk(PAIR, [0.3], "cubic")[0]
    np.testing.assert_allclose(alone, 0.7 * KEYS[1] + 0.3 * KEYS[2], atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([0.5], "slide"), "slide"),
        (([1.5],), "between 0 and 1"),
        (([np.nan],), "between 0 and 1"),
        (([0.5], "cubic", KEYS[0][:3], None, TIMES), "shape"),
        (([0.5], "cubic", KEYS[0], None, (3.0, 3.0, 4.0, None)), "rise"),
        (([0.5], "cubic", KEYS[0], None, (None, 3.0, 4.0, None)), "rise"),
    ],
)
def test_mistakes_are_named(arguments: tuple, words: str):
    with pytest.raises(DoodleError, match=words):
        walk(PAIR, *arguments)


def shaken(places: np.ndarray, count: int = 4000) -> np.ndarray:
    """Displacements (count, V, 2) of places (V, 2)."""
    vertices = np.column_stack([places, np.ones(len(places))])
    normals = np.random.default_rng(3).normal(size=(count, SHAKE_SIZE))
    return np.stack([shake(vertices, row)[:, :2] - places for row in normals])


def test_displacement_has_the_same_size_everywhere():
    found = shaken(np.array([[0, 0], [31, -12], [-7.5, 20], [-32, -32]]))
    assert np.abs(found.mean(axis=0)).max() < 4 * SHAKE / np.sqrt(len(found))
    np.testing.assert_allclose(found.std(axis=0), SHAKE, rtol=4 / np.sqrt(2 * len(found)))
    assert abs(np.corrcoef(found[:, 0, 0], found[:, 0, 1])[0, 1]) < 4 / np.sqrt(len(found))


def test_neighbours_are_displaced_alike_and_far_places_are_not():
    found = shaken(np.array([[3, 4], [3.5, 4], [25, -22]]))
    apart = (found[:, 0] - found[:, 1]).std(axis=0)
    assert (apart < 0.3 * SHAKE).all()  # half a pixel apart
    assert np.abs(np.corrcoef(found[:, 0, 0], found[:, 2, 0])[0, 1]) < 0.5


def test_one_place_is_displaced_as_one():
    vertices = np.array([[3, 4, 1.5], [9, 9, 1], [3, 4, -2]])
    found = shake(vertices, np.random.default_rng(1).normal(size=SHAKE_SIZE))
    np.testing.assert_array_equal(found[0, :2], found[2, :2])
    assert found[0, 2] > 0 > found[2, 2]
    assert found[0, 2] / 1.5 == pytest.approx(found[2, 2] / -2)


def test_no_shake_moves_nothing():
    np.testing.assert_array_equal(shake(KEYS[0], np.zeros(SHAKE_SIZE)), KEYS[0])


def test_shake_is_pinned():
    # A film must shake the same on every machine and in every version.
    found = shake([[0, 0, 1], [10, -20, 2]], np.sin(np.arange(SHAKE_SIZE)))
    np.testing.assert_allclose(found, PINNED, rtol=0, atol=1e-9)


PINNED = [[-0.048522887175, 0.055837171809, 1.056993195821], [10.291696048391, -20.198347135187, 2.071362065320]]


def test_shake_refuses_other_shapes():
    with pytest.raises(DoodleError, match="fit"):
        shake(KEYS[0], np.zeros(SHAKE_SIZE - 1))
    with pytest.raises(DoodleError, match="fit"):
        shake(KEYS[0][:, :2], np.zeros(SHAKE_SIZE))
