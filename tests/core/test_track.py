"""Tracks: keys, method and shake together, at any position, whatever else is asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core.bridge import bridge, held
from doodle_core.drawing import Strokes
from doodle_core.errors import DoodleError
from doodle_core.interpolation import METHODS, interpolate
from doodle_core.track import SIGMA_LIMIT, LatentKey, LatentTrack

pytestmark = pytest.mark.filterwarnings("error")

SPREAD = np.linspace(0.5, 2, 8).astype(np.float32)


def track(count: int = 4, **settings: object) -> LatentTrack:
    rng = np.random.default_rng(11)
    times = [0.0, 5.0, 6.0, 20.0][:count]
    return LatentTrack(tuple(LatentKey(rng.normal(size=8), time) for time in times), **settings)


@pytest.mark.parametrize("closed_time", [None, 30.0])
@pytest.mark.parametrize("method", METHODS)
def test_keys_are_shown_bit_for_bit_however_much_it_shakes(method: str, closed_time: float | None):
    walk = track(method=method, sigma=3.0, seed=5, spread=SPREAD, closed_time=closed_time)
    found = walk.at([0, 1, 2, 3])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, walk.latents)


@pytest.mark.parametrize("closed_time", [None, 30.0])
@pytest.mark.parametrize("method", METHODS)
def test_without_shake_it_is_the_interpolation(method: str, closed_time: float | None):
    positions = np.linspace(-1, 5, 61)
    walk = track(method=method, seed=5, closed_time=closed_time)
    expected = interpolate(walk.latents, walk.times, positions, method, closed_time is not None)
    np.testing.assert_array_equal(walk.at(positions), expected.astype(np.float32))


def test_the_shake_is_sigma_times_spread_times_the_bridge():
    still, shaken = track(), track(sigma=0.7, seed=9, spread=SPREAD)
    shake = shaken.at([0.5, 2.25]) - still.at([0.5, 2.25])
    np.testing.assert_allclose(shake, 0.7 * SPREAD * bridge(9, [0, 2], [0.5, 0.25], 8), atol=1e-5)
    doubled = track(sigma=1.4, seed=9, spread=SPREAD).at([0.5]) - still.at([0.5])
    np.testing.assert_allclose(doubled, 2 * shake[:1], atol=1e-5)
    np.testing.assert_allclose(track(sigma=0.7, spread=2.0).at([0.5]), track(sigma=1.4).at([0.5]), atol=1e-6)


def test_every_seed_and_segment_shakes_differently():
    shakes = [track(sigma=1, seed=seed).at([p]) - track().at([p]) for seed in (0, 1) for p in (0.5, 1.5, 2.5)]
    flat = np.concatenate(shakes)
    assert len(np.unique(flat.round(4), axis=0)) == 6


def test_a_loop_shakes_on_its_way_home_and_repeats():
    walk = track(sigma=1, seed=2, closed_time=30.0)
    assert np.abs(walk.at([3.5]) - track(closed_time=30.0).at([3.5])).max() > 0.1
    np.testing.assert_array_equal(walk.at([0.5, 3.5]), walk.at([4.5, -0.5]))


@pytest.mark.parametrize("method", METHODS)
def test_a_held_shake_is_its_wobbles_all_the_way(method: str):
    still, shaken = track(method=method), track(method=method, sigma=0.7, seed=9, spread=SPREAD, wobble=-3)
    positions = [0.5, 1.1, 2.25]
    wanted = np.outer(2 * np.sqrt([0.25, 0.09, 0.1875]), 0.7 * SPREAD * held(9, -3, 8))
    np.testing.assert_allclose(shaken.at(positions) - still.at(positions), wanted, atol=2e-5)
    np.testing.assert_array_equal(shaken.at([0, 1, 2, 3]), still.at([0, 1, 2, 3]))  # keys are sacred


@settings(max_examples=60)
@given(
    st.sampled_from(METHODS),
    st.booleans(),
    st.floats(0, 2),
    st.lists(st.floats(-1, 6), min_size=1, max_size=8),
    st.data(),
)
def test_any_frame_range_gives_the_same_latents(
    method: str, closed: bool, sigma: float, positions: list, data: st.DataObject
):
    walk = track(method=method, sigma=sigma, seed=3, spread=SPREAD, closed_time=30.0 if closed else None)
    together = walk.at(positions)
    first = data.draw(st.integers(0, len(positions) - 1))
    np.testing.assert_array_equal(walk.at(positions[first:]), together[first:])
    np.testing.assert_array_equal(walk.at(positions[first])[0], together[first])


def test_one_key():
    walk = track(1, sigma=1.0, method="cubic")
    np.testing.assert_array_equal(walk.at([-1, 0, 0.5, 9]), np.repeat(walk.latents, 4, axis=0))
    assert walk.end == 0
    assert walk.position_of_time(77.0) == 0


def test_a_loop_of_one_key_shakes():
    walk = track(1, sigma=1.0, closed_time=10.0)
    np.testing.assert_array_equal(walk.at([0, 1]), np.repeat(walk.latents, 2, axis=0))
    assert np.abs(walk.at([0.5]) - walk.latents).max() > 0.1


def test_position_of_time():
    walk = track()
    found = walk.position_of_time([[-3, 0, 2.5], [5, 13, 99]])
    np.testing.assert_allclose(found, [[0, 0, 0.5], [1, 2.5, 3]])
    assert walk.position_of_time(5.5) == 1.5
    loop = track(closed_time=30.0)
    np.testing.assert_allclose(loop.position_of_time([25, 30, 32.5, -5]), [3.5, 0, 0.5, 3.5])


def test_position_of_time_where_the_first_key_is_late():
    keys = [LatentKey([0.0], time) for time in (103.0, 113.0, 133.0)]
    loop = LatentTrack(keys, closed_time=143.0)
    np.testing.assert_allclose(
        loop.position_of_time([103, 108, 138, 143, 148, 83, 63.0]), [0, 0.5, 2.5, 0, 0.5, 1.5, 0]
    )
    assert LatentTrack(keys).position_of_time([99, 108, 999]).tolist() == [0, 0.5, 2]
    single = np.array([103.1, 133.3, 141.7], np.float32)
    loop = LatentTrack([LatentKey([0.0], 0.3), LatentKey([0.0], 50.1)], closed_time=90.7)
    np.testing.assert_array_equal(loop.position_of_time(single), loop.position_of_time(single.astype(float)))


def test_a_time_that_is_no_number():
    for walk, time in ((track(), np.nan), (track(closed_time=30.0), np.nan), (track(closed_time=30.0), np.inf)):
        with pytest.raises(DoodleError) as caught:
            walk.position_of_time([0, time])
        assert str(caught.value) == "a time is not a number; give one in the units of the keys' times"
    assert track().position_of_time([-np.inf, np.inf]).tolist() == [0, 3]


def test_a_walk_beyond_all_numbers():
    largest = np.finfo(np.float32).max
    for arguments in ({"sigma": 1000.0, "spread": 1e37}, {"sigma": 1000.0, "spread": 1e300}):
        walk = LatentTrack((LatentKey([0.0], 0), LatentKey([1.0], 1)), **arguments)
        with pytest.raises(DoodleError) as caught:
            walk.at([0.5])
        assert str(caught.value) == (
            "the walk leads beyond all numbers; give less than sigma 1000, or move keys that are close together apart"
        )
    keys = tuple(LatentKey([value * largest], time) for value, time in ((-1, 0), (1, 1), (-1, 1.001)))
    with pytest.raises(DoodleError, match="give less than sigma 0, or move keys that are close together apart"):
        LatentTrack(keys, "cubic").at([0.8, 1.5])


def test_whole_numbers_of_any_kind_and_keys_in_a_list():
    walk = LatentTrack([LatentKey(np.zeros(2), 3)], seed=np.int64(7), wobble=np.uint8(2), closed_time=5)
    assert (type(walk.seed), type(walk.wobble), type(walk.closed_time)) == (int, int, float)
    assert isinstance(walk.keys, tuple)
    assert type(walk.keys[0].time) is float
    assert track(sigma=SIGMA_LIMIT).sigma == 1000
    assert track(spread=2**70).spread == 2**70


def test_ends_sizes_and_times():
    walk, loop = track(), track(closed_time=30.0)
    assert (walk.end, loop.end) == (3, 4)
    assert (walk.closed, loop.closed) == (False, True)
    assert walk.latent_size == 8
    assert walk.times.tolist() == [0, 5, 6, 20] and loop.times.tolist() == [0, 5, 6, 20, 30]


def test_keys_keep_their_drawing_and_cannot_change():
    latent = np.ones(3)
    drawing = Strokes.make()
    key = LatentKey(latent, 1, drawing)
    latent[:] = 9
    assert key.latent.tolist() == [1, 1, 1] and key.latent.dtype == np.float32 and key.drawing is drawing
    with pytest.raises(ValueError, match="read-only"):
        key.latent[0] = 2


def key(time: float, size: int = 2) -> LatentKey:
    return LatentKey(np.zeros(size), time)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keys": ()}, "a track needs at least one key; add a drawing"),
        ({"keys": (key(0), key(2), key(2))}, "key 3 at time 2 is not after key 2; move it later"),
        ({"keys": (key(1), key(0))}, "key 2 at time 0 is not after key 1; move it later"),
        (
            {"keys": (key(0), key(1), key(2, 3))},
            "key 3 has 3 latent numbers, key 2 2; make them with one model",
        ),
        (
            {"keys": (key(0),), "method": "wobble"},
            "method 'wobble' is unknown; give one of linear, circular, spherical, cubic, hold",
        ),
        ({"keys": (key(0),), "sigma": -1.0}, "sigma -1.0 is not possible; give 0 to 1000"),
        ({"keys": (key(0),), "sigma": np.nan}, "sigma nan is not possible; give 0 to 1000"),
        ({"keys": (key(0),), "sigma": 1000.1}, "sigma 1000.1 is not possible; give 0 to 1000"),
        ({"keys": (key(0),), "seed": 0.5}, "seed 0.5 is not a whole number; give one, such as 0 or 7"),
        ({"keys": (key(0),), "wobble": 0.5}, "wobble 0.5 is not a whole number; give one, such as 0 or 7"),
        ({"keys": (key(0),), "spread": np.ones(3)}, "spread must be one number above 0, or 2 of them"),
        ({"keys": (key(0),), "spread": 0.0}, "spread must be one number above 0, or 2 of them"),
        ({"keys": (key(0),), "spread": [1.0, np.inf]}, "spread must be one number above 0, or 2 of them"),
        (
            {"keys": (key(0), key(4)), "closed_time": 4.0},
            "the loop closes at time 4.0; give a time after the last key's",
        ),
        (
            {"keys": (key(0), key(4)), "closed_time": np.nan},
            "the loop closes at time nan; give a time after the last key's",
        ),
        (
            {"keys": (key(0), key(4)), "closed_time": np.inf},
            "the loop closes at time inf; give a time after the last key's",
        ),
        (
            {"keys": (key(-1e308), key(1e308))},
            "times from -1e+308 to 1e+308 are too far apart; move the keys nearer",
        ),
        (
            {"keys": (key(-1e308),), "closed_time": 1e308},
            "times from -1e+308 to 1e+308 are too far apart; move the keys nearer",
        ),
    ],
)
def test_mistakes_are_named(arguments: dict, message: str):
    with pytest.raises(DoodleError) as caught:
        LatentTrack(**arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize("latent", [np.zeros((2, 2)), np.zeros(0), np.array([1, np.nan]), np.array([1e300])])
def test_latents_that_are_none(latent: np.ndarray):
    with pytest.raises(DoodleError, match="latent"):
        LatentKey(latent, 0)
    with pytest.raises(DoodleError, match="time nan"):
        LatentKey(np.zeros(2), float("nan"))
