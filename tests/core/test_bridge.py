"""The Brownian bridge: its statistics, and that every place of it stands alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core.bridge import _GOLDEN, _gaussians, bridge, envelope, held, whole
from doodle_core.errors import DoodleError

pytestmark = pytest.mark.filterwarnings("error")

FRACTIONS = np.array([0.02, 0.1, 0.25, 0.5, 0.6, 0.9])


def sample(fractions: np.ndarray, seeds: int = 40, dimensions: int = 500) -> np.ndarray:
    """Independent bridges at the same fractions: (seeds * dimensions, M)."""
    rows = [bridge(seed, np.zeros(len(fractions), int), fractions, dimensions).T for seed in range(seeds)]
    return np.concatenate(rows)


def test_numbers_are_pinned():
    # A film must shake the same on every machine and in every version.
    found = bridge(1, [0, 0, 3], [0.5, 0.25, 0.5], 3)
    np.testing.assert_allclose(found, PINNED, rtol=0, atol=1e-12)
    np.testing.assert_allclose(bridge(-7, [2**40], [0.125], 2), PINNED_FAR, rtol=0, atol=1e-12)


def test_segments_may_come_as_any_kind_of_number():
    for seed, kind in enumerate((np.float64, np.float32, np.uint8), 7001):
        # Asked for first: what is known of segment 3 would be found again for 3.0.
        found = bridge(seed, np.array([0, 3], kind), [0.5, 0.5], 3)
        np.testing.assert_array_equal(found, bridge(seed, [0, 3], [0.5, 0.5], 3))


PINNED = [
    [0.9763873131308813, 0.8798041727756878, -0.33521289951884337],
    [1.0616210681133715, 0.42760205587268796, -0.520559555411075],
    [-0.11264513342763918, -0.5318005392026821, -0.9446461112742943],
]
PINNED_FAR = [[1.2888639392017798, 0.16434418811260512]]


def test_zero_at_both_ends_exactly():
    np.testing.assert_array_equal(bridge(3, [0, 0, 5, 5], [0, 1, 0, 1], 7), np.zeros((4, 7)))


def test_close_to_the_ends_it_is_small():
    assert np.abs(bridge(3, [0, 0], [1e-6, 1 - 1e-6], 100)).max() < 1e-3


def test_mean_and_covariance_are_a_bridges():
    paths = sample(FRACTIONS)
    count = len(paths)  # 20,000
    s, t = np.meshgrid(FRACTIONS, FRACTIONS)
    expected = 4 * np.minimum(s, t) * (1 - np.maximum(s, t))
    variance = 4 * FRACTIONS * (1 - FRACTIONS)
    assert (np.abs(paths.mean(axis=0)) < 4 * np.sqrt(variance / count)).all()
    found = paths.T @ paths / count
    # Four standard errors of a covariance of normals, and what the series leaves out.
    error = 4 * np.sqrt((expected**2 + np.outer(variance, variance)) / count) + 0.004
    assert (np.abs(found - expected) < error).all()


def test_deviation_is_one_half_way():
    half = sample(np.array([0.5]), seeds=80)[:, 0]
    assert half.std() == pytest.approx(1, abs=4 / np.sqrt(2 * len(half)))


def test_it_is_normal():
    half = sample(np.array([0.5]))[:, 0]
    assert (half**4).mean() == pytest.approx(3, abs=4 * np.sqrt(96 / len(half)))
    assert (half**3).mean() == pytest.approx(0, abs=4 * np.sqrt(15 / len(half)))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (bridge(0, np.zeros(1, int), [0.5], 20_000), bridge(1, np.zeros(1, int), [0.5], 20_000)),  # seeds
        (bridge(0, [0], [0.5], 20_000), bridge(0, [1], [0.5], 20_000)),  # segments
        (bridge(0, [1], [0.5], 20_000), bridge(1, [0], [0.5], 20_000)),  # swapped
        (bridge(0, [0], [0.5], 20_000)[:, :-1], bridge(0, [0], [0.5], 20_000)[:, 1:]),  # dimensions
        (bridge(0, [0], [0.5], 20_000), bridge(0, [-1], [0.5], 20_000)),
    ],
)
def test_seeds_segments_and_dimensions_are_independent(first: np.ndarray, second: np.ndarray):
    assert abs((first * second).mean()) < 4 / np.sqrt(first.size)
    assert abs((first**2 * second**2).mean() - 1) < 4 * np.sqrt(8 / first.size)


@settings(max_examples=40)
@given(
    st.integers(-(2**70), 2**70),
    st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1)), min_size=1, max_size=6),
    st.integers(1, 70),
    st.data(),
)
def test_one_place_alone_is_the_same_as_among_many(seed: int, places: list, dimensions: int, data: st.DataObject):
    where, part = [place[0] for place in places], [place[1] for place in places]
    together = bridge(seed, where, part, dimensions)
    row = data.draw(st.integers(0, len(places) - 1))
    np.testing.assert_array_equal(bridge(seed, [where[row]], [part[row]], dimensions)[0], together[row])


@given(st.integers(1, 60), st.integers(1, 60))
@settings(max_examples=20)
def test_a_dimension_does_not_depend_on_how_many_there_are(few: int, many: int):
    few, many = sorted((few, many))
    np.testing.assert_allclose(bridge(4, [1], [0.3], few), bridge(4, [1], [0.3], many)[:, :few], atol=1e-13)


def test_it_is_continuous_and_rough():
    path = bridge(2, np.zeros(1001, int), np.linspace(0, 1, 1001), 200)
    steps = np.diff(path, axis=0)
    assert np.abs(steps).max() < 0.5
    # A Brownian path moves 2 sqrt(dt) in dt down to the finest term: 2 * sqrt(1 / 64) in a 64th.
    assert np.diff(path[::10], axis=0).std() == pytest.approx(2 * np.sqrt(0.01), rel=0.1)


@pytest.mark.parametrize("fraction", [-0.1, -1e-300, 1.1, np.nextafter(1, 2), np.nan, np.inf])
def test_fractions_outside_a_segment(fraction: float):
    for ask in (lambda: bridge(0, [0], [fraction], 2), lambda: envelope([0.5, fraction])):
        with pytest.raises(DoodleError) as caught:
            ask()
        assert str(caught.value) == "a fraction of a segment is not between 0 and 1"


@pytest.mark.parametrize("number", [1.5, 2.0, np.nan, None, "3", [1]])
def test_numbers_that_are_not_whole_are_named(number: object):
    for name, ask in (
        ("seed", lambda: bridge(number, [0], [0.5], 2)),
        ("seed", lambda: held(number, 0, 2)),
        ("wobble", lambda: held(0, number, 2)),
        ("stream", lambda: held(0, 0, 2, number)),
    ):
        with pytest.raises(DoodleError) as caught:
            ask()
        assert str(caught.value) == f"{name} {number} is not a whole number; give one, such as 0 or 7"
    assert whole("seed", np.uint8(3)) == 3 and type(whole("seed", np.uint8(3))) is int


def test_other_kinds_of_numbers_are_taken_as_they_are():
    np.testing.assert_array_equal(bridge(8123, [1.0], [0.5], 3), bridge(8123, [1], [0.5], 3))
    assert envelope(np.float32([0.1, 0.5])).dtype == np.float64
    assert envelope(0.5) == 1


def test_the_smallest_hash_is_a_number_far_out_and_not_endless():
    # Counter 0, which splitmix64 leaves at 0: a uniform number half a cell above 0.
    first = _gaussians((1 << 64) - _GOLDEN, 2)
    assert np.hypot(*first) == pytest.approx(np.sqrt(2 * 54 * np.log(2)), rel=1e-12)


def test_shapes():
    assert bridge(0, [], [], 5).shape == (0, 5)
    assert bridge(0, 1, 0.5, 5).shape == (1, 5)
    with pytest.raises(DoodleError) as caught:
        bridge(0, [0, 1], [0.5], 5)
    assert str(caught.value) == "segments of shape (2,) do not fit fractions of shape (1,); give (M,) each"
    with pytest.raises(DoodleError, match="give"):
        bridge(0, [[0]], [[0.5]], 5)


# Held wobbles


def test_held_numbers_are_pinned():
    np.testing.assert_allclose(held(1, 0, 3), HELD, rtol=0, atol=1e-12)
    np.testing.assert_allclose(held(-7, -3, 2, stream=1), HELD_FAR, rtol=0, atol=1e-12)


HELD = [-1.1771509655797503, -2.1040484288943904, 0.3174292127838712]
HELD_FAR = [2.763243037960514, 0.6285392952249437]


def test_held_wobbles_are_normal():
    found = np.stack([held(seed, wobble, 50) for seed in range(20) for wobble in range(-10, 10)])  # 20,000
    assert abs(found.mean()) < 4 / np.sqrt(found.size)
    assert found.std() == pytest.approx(1, abs=4 / np.sqrt(2 * found.size))
    assert (found**4).mean() == pytest.approx(3, abs=4 * np.sqrt(96 / found.size))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (held(0, 0, 20_000), held(1, 0, 20_000)),  # seeds
        (held(0, 0, 20_000), held(0, 1, 20_000)),  # wobbles
        (held(0, 0, 20_000), held(0, -1, 20_000)),
        (held(0, 1, 20_000), held(1, 0, 20_000)),  # swapped
        (held(0, 1, 20_000, 0), held(0, 0, 20_000, 1)),
        (held(0, 0, 20_000), held(0, 0, 20_000, 1)),  # streams
        (held(0, 0, 20_000)[:-1], held(0, 0, 20_000)[1:]),  # dimensions
        (held(0, 0, 20_000), bridge(0, [0], [0.5], 20_000)[0]),
        (held(3, 2, 20_000), bridge(3, [2], [0.5], 20_000)[0]),
    ],
)
def test_held_wobbles_are_independent(first: np.ndarray, second: np.ndarray):
    assert abs((first * second).mean()) < 4 / np.sqrt(first.size)
    assert abs((first**2 * second**2).mean() - 1) < 4 * np.sqrt(8 / first.size)


@given(st.integers(-(2**70), 2**70), st.integers(-(2**70), 2**70), st.integers(0, 60), st.integers(0, 60))
@settings(max_examples=30)
def test_a_held_dimension_does_not_depend_on_how_many_there_are(seed: int, wobble: int, few: int, many: int):
    few, many = sorted((few, many))
    found = held(seed, wobble, many)
    assert found.shape == (many,)
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(held(seed, wobble, few), found[:few])


def test_the_envelope_is_the_bridges_deviation():
    np.testing.assert_allclose(envelope(FRACTIONS), sample(FRACTIONS).std(axis=0), rtol=0.03)
    np.testing.assert_array_equal(envelope([0, 0.5, 1]), [0, 1, 0])
