"""The ways to walk: every method hits its keys, and each keeps its own promise in between."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.interpolate import CubicSpline

from doodle_core.errors import DoodleError
from doodle_core.interpolation import METHODS, interpolate, segments

pytestmark = pytest.mark.filterwarnings("error")

RNG = np.random.default_rng(7)
KEYS = RNG.normal(size=(5, 6))
TIMES = np.array([0.0, 3.0, 4.0, 11.0, 12.5])
LOOP = np.append(TIMES, 20.0)

numbers = st.floats(-100, 100).map(lambda x: 0.0 if abs(x) < 1e-6 else x)
keys_and_times = st.tuples(st.integers(1, 6), st.integers(1, 5)).flatmap(
    lambda shape: st.tuples(
        hnp.arrays(np.float64, shape, elements=numbers),
        hnp.arrays(np.float64, shape[0] + 1, elements=st.floats(0.1, 10)).map(np.cumsum),
    )
)


def norms(latents: np.ndarray) -> np.ndarray:
    return np.linalg.norm(latents, axis=1)


def walk(keys: np.ndarray, times: np.ndarray, positions: object, method: str, closed: bool = False) -> np.ndarray:
    return interpolate(keys, times if closed else times[: len(keys)], positions, method, closed)


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("method", METHODS)
@given(keys_and_times)
def test_keys_are_hit_exactly(method: str, closed: bool, track: tuple):
    keys, times = track
    found = walk(keys, times, np.arange(len(keys)), method, closed)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, keys)
    if closed:
        np.testing.assert_array_equal(walk(keys, times, [len(keys), -1.0], method, True), keys[[0, -1]])


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("method", METHODS)
@given(keys_and_times, hnp.arrays(np.float64, st.integers(1, 5), elements=st.floats(-2, 8)), st.data())
def test_a_position_does_not_depend_on_what_else_is_asked_for(
    method: str, closed: bool, track: tuple, positions: np.ndarray, data: st.DataObject
):
    keys, times = track
    together = walk(keys, times, positions, method, closed)
    row = data.draw(st.integers(0, len(positions) - 1))
    np.testing.assert_array_equal(walk(keys, times, positions[row : row + 1], method, closed)[0], together[row])


@pytest.mark.parametrize("method", METHODS)
@given(keys_and_times, st.floats(0, 50))
def test_positions_beyond_the_ends_are_clamped(method: str, track: tuple, beyond: float):
    keys, times = track
    found = walk(keys, times, [-beyond, len(keys) - 1 + beyond], method)
    np.testing.assert_array_equal(found, keys[[0, -1]])


@pytest.mark.parametrize("method", METHODS)
@given(keys_and_times, st.floats(0, 1, exclude_max=True), st.integers(-3, 3))
def test_loops_repeat(method: str, track: tuple, share: float, turns: int):
    keys, times = track
    position = share * len(keys)
    wrapped = position + turns * len(keys)
    found = walk(keys, times, [np.mod(wrapped, len(keys)), wrapped], method, True)
    np.testing.assert_array_equal(found[0], found[1])


@given(keys_and_times, st.floats(-1, 7), st.booleans())
def test_linear_stays_between_its_keys(track: tuple, position: float, closed: bool):
    keys, times = track
    found = walk(keys, times, [position], "linear", closed)[0]
    segment, fraction = segments([position], len(keys), closed)
    first, second = keys[segment[0]], keys[(segment[0] + 1) % len(keys)]
    slack = 1e-12 * np.maximum(np.abs(first), np.abs(second))
    assert (found >= np.minimum(first, second) - slack).all()
    assert (found <= np.maximum(first, second) + slack).all()
    np.testing.assert_allclose(found, first + fraction * (second - first), atol=1e-10)


def test_linear_literal():
    found = interpolate([[0, 0], [4, 8], [4, 0]], [0, 1, 9], [0.25, 1.5], "linear")
    np.testing.assert_array_equal(found, [[1, 2], [4, 4]])
    # The way home of a loop.
    np.testing.assert_array_equal(interpolate([[0.0], [4.0]], [0, 1, 2], [1.25], "linear", True), [[3]])


def test_cubic_is_the_natural_spline_over_the_real_times():
    positions = np.linspace(0, 4, 41)
    segment = np.minimum(positions.astype(int), 3)
    when = TIMES[segment] + (positions - segment) * np.diff(TIMES)[segment]
    expected = CubicSpline(TIMES, KEYS, bc_type="natural")(when)
    np.testing.assert_allclose(interpolate(KEYS, TIMES, positions, "cubic"), expected, atol=1e-12)
    # Evenly spaced times give another path: the times do count.
    assert np.abs(interpolate(KEYS, np.arange(5), positions, "cubic") - expected).max() > 0.1


def test_cubic_loop_is_the_periodic_spline():
    positions = np.linspace(0, 5, 51)[:-1]
    segment = positions.astype(int)
    when = LOOP[segment] + (positions - segment) * np.diff(LOOP)[segment]
    expected = CubicSpline(LOOP, np.concatenate([KEYS, KEYS[:1]]), bc_type="periodic")(when)
    np.testing.assert_allclose(interpolate(KEYS, LOOP, positions, "cubic", True), expected, atol=1e-12)


def test_cubic_of_two_keys_is_a_straight_line():
    np.testing.assert_allclose(interpolate([[0.0], [8.0]], [2, 5], [0.25], "cubic"), [[2]], atol=1e-12)


@pytest.mark.parametrize("method", ["linear", "circular", "spherical", "cubic"])
@given(keys_and_times)
def test_loops_are_continuous_at_every_key(method: str, track: tuple):
    keys, times = track
    at = np.arange(len(keys) + 1, dtype=float)
    step = 1e-9
    before, after = walk(keys, times, at - step, method, True), walk(keys, times, at + step, method, True)
    # How fast it may go: a spline's slope, or a turn of direction, grows with the keys and with uneven times.
    np.testing.assert_allclose(before, after, atol=1e-4 * (1 + np.abs(keys).max()))


def test_cubic_loop_has_one_velocity_where_it_closes():
    step = 1e-5
    for key in range(5):
        around = interpolate(KEYS, LOOP, [key - step, key, key + step], "cubic", True)
        speeds = np.diff(LOOP)
        before = (around[1] - around[0]) / (step * speeds[key - 1])
        after = (around[2] - around[1]) / (step * speeds[key])
        np.testing.assert_allclose(before, after, atol=1e-3)


@given(hnp.arrays(np.float64, (2, 4), elements=numbers), st.floats(0, 1))
def test_circular_changes_the_norm_evenly(keys: np.ndarray, s: float):
    found = interpolate(keys, [0, 1], [s], "circular")
    chord = interpolate(keys, [0, 1], [s], "linear")
    path = interpolate(keys, [0, 1], np.linspace(0, 1, 101), "linear")
    wanted = (1 - s) * norms(keys[:1]) + s * norms(keys[1:])
    if norms(path).min() > 0.1 * norms(keys).max():  # the chord keeps well away from zero
        np.testing.assert_allclose(norms(found), wanted, rtol=1e-9)
    # Always on the ray of the chord.
    np.testing.assert_allclose(found * norms(chord), chord * norms(found), atol=1e-8 * (1 + np.abs(keys).max() ** 2))


def test_circular_literal():
    found = interpolate([[3.0, 0.0], [0.0, 5.0]], [0, 1], [0.5], "circular")
    np.testing.assert_allclose(found, [np.array([1.5, 2.5]) / np.hypot(1.5, 2.5) * 4])


def test_circular_falls_back_to_the_chord_through_zero():
    positions = np.linspace(0, 1, 101)
    for first, other in (([1, 0], [-1, 0]), ([1, 0], [-2, 0.001]), ([1, 0], [0, 0]), ([0, 0], [0, 0])):
        keys = np.array([first, other], float)
        np.testing.assert_allclose(
            interpolate(keys, [0, 1], positions, "circular"), interpolate(keys, [0, 1], positions, "linear"), atol=1e-12
        )


@pytest.mark.parametrize("keys", [[[1.2, 0.02], [2.2, -0.02]], [[2.0, -0.02], [1.0, 0.02]], [[1.5, 0.0], [0.0, 0.2]]])
def test_circular_turns_where_only_the_line_through_the_keys_passes_zero_or_one_is_small(keys: list):
    s = np.linspace(0, 1, 11)
    found = interpolate(keys, [0, 1], s, "circular")
    np.testing.assert_allclose(
        norms(found), (1 - s) * norms(np.array(keys))[0] + s * norms(np.array(keys))[1], rtol=1e-12
    )


def test_how_near_zero_is_near_depends_on_the_keys_size():
    # Both keys have norm 10, and the chord passes 0.3 from zero.
    first = np.ones(100)
    second = 0.06 * np.where(np.arange(100) % 2, 1, -1) - first
    s = np.linspace(0, 1, 11)
    keys = np.stack([first, second])
    np.testing.assert_array_equal(interpolate(keys, [0, 1], s, "circular"), interpolate(keys, [0, 1], s, "linear"))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [1e-300, 0.1, 1e30, 1e300])
def test_large_and_small_keys_walk_alike(method: str, size: float):
    positions = np.linspace(0, 4, 33)
    found = interpolate(KEYS * size, TIMES, positions, method)
    np.testing.assert_allclose(found / size, interpolate(KEYS, TIMES, positions, method), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_keys_times_and_positions_of_any_kind_of_number(method: str):
    whole = np.array([[1, 2], [3, -4], [5, 0]])
    found = interpolate(whole.tolist(), [0, 2, 3], [0, 1], method)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, whole[:2])
    single = np.array([0.1, 0.7, 1.9], np.float32)
    exact = interpolate(KEYS[:3].astype(np.float32).astype(float), single.astype(float), [0.3, 1.6], method)
    np.testing.assert_array_equal(interpolate(KEYS[:3].astype(np.float32), single, [0.3, 1.6], method), exact)
    assert [part.dtype for part in segments([0, 1], 3)] == [np.int64, np.float64]


@pytest.mark.parametrize("angle", [1e-9, 1e-3, 1.0, 2.0, np.pi - 1e-3, np.pi, np.pi + 1e-12])
@pytest.mark.parametrize("method", ["circular", "spherical"])
def test_no_method_jumps(method: str, angle: float):
    keys = np.array([[1.0, 0.0, 0.0], [2 * np.cos(angle), 2 * np.sin(angle), 0.0]])
    found = interpolate(keys, [0, 1], np.linspace(0, 1, 2001), method)
    assert np.isfinite(found).all()
    # The fastest honest turn near opposite keys: half a circle within the share of the chord that passes near zero.
    assert norms(np.diff(found, axis=0)).max() < 0.05


def test_spherical_turns_evenly():
    keys = np.array([[2.0, 0.0], [0.0, 4.0]])
    s = np.linspace(0, 1, 11)
    found = interpolate(keys, [0, 1], s, "spherical")
    np.testing.assert_allclose(norms(found), 2 + 2 * s)
    np.testing.assert_allclose(np.arctan2(found[:, 1], found[:, 0]), s * np.pi / 2, atol=1e-12)


def test_spherical_turns_small_keys_too():
    for keys in (np.array([[0.2, 0.0], [0.0, 1.5]]), np.array([[0.0, 1.5], [0.2, 0.0]])):
        found = interpolate(keys, [0, 1], [0.5], "spherical")[0]
        np.testing.assert_allclose(found, [0.85 * 0.5**0.5] * 2)


@pytest.mark.parametrize("first", [[1.0, 0.0], [0.0, 0.0]])
@pytest.mark.parametrize("other", [[3.0, 0.0], [-3.0, 0.0], [0.0, 0.0]])
def test_spherical_falls_back_to_the_chord(first: list, other: list):
    keys, s = np.array([first, other]), np.linspace(0, 1, 11)
    np.testing.assert_allclose(
        interpolate(keys, [0, 1], s, "spherical"), interpolate(keys, [0, 1], s, "linear"), atol=1e-12
    )


def test_hold_keeps_each_key_until_the_next():
    found = interpolate(KEYS, TIMES, [0, 0.999, 1, 1.5, 3.99, 4, 9], "hold")
    np.testing.assert_array_equal(found, KEYS[[0, 0, 1, 1, 3, 4, 4]])
    np.testing.assert_array_equal(interpolate(KEYS, LOOP, [4.7, 5, 5.9], "hold", True), KEYS[[4, 0, 0]])


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_equal_keys_stand_still(method: str, closed: bool):
    key = RNG.normal(size=6)
    keys = np.stack([key] * 3)
    found = interpolate(keys, np.arange(3 + closed), np.linspace(0, 3, 31), method, closed)
    np.testing.assert_allclose(found, np.broadcast_to(key, (31, 6)), rtol=0 if method in ("linear", "hold") else 1e-12)


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_one_key_stands_still(method: str, closed: bool):
    found = interpolate([[1.0, 2.0]], [5.0, 9.0][: 1 + closed], [-1, 0, 0.4, 7], method, closed)
    np.testing.assert_array_equal(found, [[1, 2]] * 4)


def test_no_positions():
    for method in METHODS:
        assert interpolate(KEYS, TIMES, [], method).shape == (0, 6)


def test_segments_of_positions():
    segment, fraction = segments([-1, 0, 0.25, 1, 2, 5], 3)
    assert segment.tolist() == [0, 0, 0, 1, 1, 1] and fraction.tolist() == [0, 0, 0.25, 0, 1, 1]
    segment, fraction = segments([-0.25, 2.5, 3, -1e-30], 3, closed=True)
    assert segment.tolist() == [2, 2, 0, 0] and fraction.tolist() == [0.75, 0.5, 0, 0]


UNSORTED = "key times do not rise; give every key a time of its own, in order"
NO_NUMBER = "a key's latent or time is not a number; make the key again"
NO_PLACE = "a position is not a number; give 0 for the first key, 1 for the second, and so on"
UNEVEN = "the times between keys are too uneven for method 'cubic'; move keys that are close together apart"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (KEYS, TIMES, [0], "quadratic"),
            "method 'quadratic' is unknown; give one of linear, circular, spherical, cubic, hold",
        ),
        (
            (np.zeros((0, 3)), [], [0]),
            "latents of shape (0, 3) are no keys; give (K, D) with at least one key",
        ),
        ((KEYS[0], TIMES, [0]), "latents of shape (6,) are no keys; give (K, D) with at least one key"),
        ((KEYS, TIMES[:4], [0]), "5 keys have times of shape (4,); give 5"),
        ((KEYS, TIMES, [0], "linear", True), "5 keys have times of shape (5,); give 6"),
        ((KEYS, TIMES[::-1], [0]), UNSORTED),
        ((KEYS, np.zeros(5), [0]), UNSORTED),
        ((KEYS, [0, 2, 1, 3, 4], [0]), UNSORTED),
        ((KEYS * np.nan, TIMES, [0]), NO_NUMBER),
        ((KEYS, [0, 1, 2, 3, np.inf], [0]), NO_NUMBER),
        ((KEYS, TIMES, [np.nan]), NO_PLACE),
        ((KEYS, TIMES, [[0.5]]), NO_PLACE),
        ((KEYS, LOOP, [np.inf], "linear", True), NO_PLACE),
        ((KEYS[:3], [0, 1e-300, 1], [0.5], "cubic"), UNEVEN),
        ((KEYS[:3], [0, 1e-320, 1e-319], [0.5], "cubic"), UNEVEN),
    ],
)
def test_mistakes_are_named(arguments: tuple, message: str):
    with pytest.raises(DoodleError) as caught:
        interpolate(*arguments)
    assert str(caught.value) == message
