"""The methods: what goes straight, what holds, and a cubic curve that never flies off."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core.errors import DoodleError
from doodle_core.inbetween.methods import Neighbours, vertices

KEYS = np.random.default_rng(5).normal(scale=12, size=(4, 9, 2))
TIMES = np.array([0.0, 3.0, 4.0, 11.0])


def turned(fraction: float, method: str) -> np.ndarray:
    return np.full_like(KEYS[1], fraction)


def cubic(keys: np.ndarray, fraction: float, times: np.ndarray = TIMES) -> np.ndarray:
    """Between the second and the third of four keys (4, V, 2); NaN for one that is not there."""
    when = np.where(np.isnan(keys).all(axis=(1, 2)), np.nan, times)
    return vertices(keys[1], keys[2], fraction, "cubic", turned, Neighbours(keys[0], keys[3], when))


@pytest.mark.parametrize("method", ["linear", "circular", "spherical", "cubic"])
def test_keys_are_hit_exactly(method: str):
    around = Neighbours(KEYS[0], KEYS[3], TIMES)
    np.testing.assert_array_equal(vertices(KEYS[1], KEYS[2], 0.0, method, turned, around), KEYS[1])
    np.testing.assert_array_equal(vertices(KEYS[1], KEYS[2], 1.0, method, turned, around), KEYS[2])


def test_linear_goes_straight_and_hold_waits():
    np.testing.assert_allclose(
        vertices(KEYS[1], KEYS[2], 0.25, "linear", turned), 0.75 * KEYS[1] + 0.25 * KEYS[2], atol=1e-12
    )
    np.testing.assert_array_equal(vertices(KEYS[1], KEYS[2], 0.999, "hold", turned), KEYS[1])


def test_turning_methods_ask_the_turning():
    np.testing.assert_array_equal(vertices(KEYS[1], KEYS[2], 0.3, "spherical", turned), turned(0.3, ""))


def test_cubic_has_no_kink_at_a_key():
    step = 1e-6
    none = np.full_like(KEYS[0], np.nan)
    before = cubic(np.stack([none, KEYS[0], KEYS[1], KEYS[2]]), 1 - step, np.array([0, 0, 3, 4.0]))
    after = cubic(KEYS, step)
    speed_before = (KEYS[1] - before) / (step * (TIMES[1] - TIMES[0]))
    speed_after = (after - KEYS[1]) / (step * (TIMES[2] - TIMES[1]))
    np.testing.assert_allclose(speed_before, speed_after, rtol=0, atol=1e-3)


def test_cubic_follows_a_parabola_through_its_keys():
    # The tangent at a key is that of the parabola through three keys.
    keys = (0.3 * TIMES**2 + 2 * TIMES + 1)[:, None, None] * np.ones((4, 9, 2))
    for fraction in (0.3, 0.6):
        when = 3 + fraction
        np.testing.assert_allclose(cubic(keys, fraction)[:, 0], 0.3 * when**2 + 2 * when + 1, atol=1e-9)


def test_cubic_does_not_bend_where_the_track_ends():
    none = np.full_like(KEYS[0], np.nan)
    step = 1e-3
    keys = np.stack([none, KEYS[1], KEYS[2], KEYS[3]])
    bend = cubic(keys, 0.0) - 2 * cubic(keys, step) + cubic(keys, 2 * step)
    assert np.abs(bend / step**2).max() < 0.02 * np.abs(KEYS).max() * 6


def test_a_hold_of_twenty_frames_rests():
    # Today's spline throws a drawing that is held off the canvas.
    keys = np.stack([KEYS[0], KEYS[1], KEYS[1], KEYS[3]])
    for fraction in np.linspace(0, 1, 21):
        np.testing.assert_allclose(cubic(keys, float(fraction), np.array([0, 2, 22, 24.0])), KEYS[1], atol=1e-9)


@given(
    hnp.arrays(np.float64, (4, 3, 2), elements=st.floats(-50, 50)),
    st.lists(st.floats(0.05, 40), min_size=3, max_size=3),
    st.tuples(st.booleans(), st.booleans()),
)
def test_cubic_never_strays_by_more_than_a_tenth_of_the_move(keys: np.ndarray, gaps: list, ends: tuple):
    keys = keys.copy()
    for key, there in zip((0, 3), ends, strict=True):
        if not there:
            keys[key] = np.nan
    times = np.cumsum([0.0, *gaps])
    move = keys[2] - keys[1]
    length = np.hypot(*move.T)
    for fraction in np.linspace(0.02, 0.98, 25):
        away = cubic(keys, float(fraction), times) - keys[1]
        share = np.clip((away * move).sum(1) / np.maximum(length**2, 1e-30), 0, 1)
        off = np.hypot(*(away - share[:, None] * move).T)
        assert (off <= 0.1 * length + 1e-9).all()


@pytest.mark.parametrize("times", [[3.0, 3.0, 4.0, 5.0], [0.0, 4.0, 4.0, 5.0], [0.0, 1.0, 2.0, 2.0]])
def test_times_that_do_not_rise_are_refused(times: list):
    with pytest.raises(DoodleError, match="rise"):
        cubic(KEYS, 0.5, np.array(times))


def test_an_unknown_method_is_named():
    with pytest.raises(DoodleError, match="slide"):
        vertices(KEYS[1], KEYS[2], 0.5, "slide", turned)
