"""Pinning: exact at a key, smooth beside it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doodle_core.errors import DoodleError
from doodle_core.pin import REACH, key_at, pinned, pull, weights

N = 8


def fields(seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-3, 3, (count, N, N)).astype(np.float32)


class Walk:
    """A decoded walk of our own: straight from each decoded key to the next."""

    def __init__(self, count: int, closed: bool = False) -> None:
        self.count, self.closed = count, closed
        self.own, self.decoded = fields(1, count), fields(2, count)

    def at(self, position: float, pin: float = 1.0) -> np.ndarray:
        if self.closed:
            position %= self.count
        else:
            position = min(max(position, 0.0), self.count - 1.0)
        first = min(int(position), self.count - 1)
        second = (first + 1) % self.count if self.closed else min(first + 1, self.count - 1)
        s = np.float32(position - first)
        field = (1 - s) * self.decoded[first] + s * self.decoded[second]
        return pinned(
            field,
            position,
            lambda index: self.own[index],
            lambda index: self.decoded[index],
            pin,
            key_count=self.count,
            closed=self.closed,
        )


# Weights


@pytest.mark.parametrize(
    ("position", "count", "closed", "wanted"),
    [
        (0.0, 3, False, [1, 0, 0]),
        (1.0, 3, False, [0, 1, 0]),
        (2.0, 3, False, [0, 0, 1]),
        (0.5, 3, False, [0, 0, 0]),
        (REACH, 2, False, [0, 0]),
        (REACH / 2, 2, False, [0.5, 0]),
        (1 - REACH / 2, 2, False, [0, 0.5]),
        (-4.0, 3, False, [1, 0, 0]),
        (9.0, 3, False, [0, 0, 1]),
        (3.0, 3, True, [1, 0, 0]),
        (3.0 - REACH / 2, 3, True, [0.5, 0, 0]),
        (-REACH / 2, 3, True, [0.5, 0, 0]),
        (2.0, 3, True, [0, 0, 1]),
        (0.0, 1, False, [1]),
        (0.7, 1, False, [1]),
        (0.5, 1, True, [0]),
        (1.0, 1, True, [1]),
    ],
)
def test_weights_by_hand(position: float, count: int, closed: bool, wanted: list[float]) -> None:
    assert weights(position, count, closed) == pytest.approx(wanted, abs=1e-12)


def test_held_keys_are_pinned_until_the_next() -> None:
    assert weights(1.99, 3, held=True).tolist() == [0, 1, 0]
    assert weights(2.0, 3, held=True).tolist() == [0, 0, 1]
    assert weights(3.4, 3, closed=True, held=True).tolist() == [1, 0, 0]


@given(st.floats(-5, 15), st.integers(1, 9), st.booleans())
def test_weights_lie_between_0_and_1_and_keys_do_not_overlap(position: float, count: int, closed: bool) -> None:
    found = weights(position, count, closed)
    assert found.shape == (count,)
    assert ((found >= 0) & (found <= 1)).all()
    assert np.count_nonzero(found) <= 1


@pytest.mark.parametrize("closed", [False, True])
def test_weights_are_once_differentiable(closed: bool) -> None:
    """The slope is bounded and has no step, at keys and where the reach ends."""
    h = 1e-4
    positions = np.arange(0.5, 2.5, h)
    table = np.array([weights(p, 4, closed) for p in positions])
    slopes = np.diff(table, axis=0) / h
    assert np.abs(slopes).max() < 1.6 / REACH
    assert np.abs(np.diff(slopes, axis=0)).max() < 10 * h / REACH**2


@pytest.mark.parametrize("position", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("closed", [False, True])
def test_positions_that_are_no_numbers_are_refused(position: float, closed: bool) -> None:
    with pytest.raises(DoodleError, match="position"):
        weights(position, 3, closed)


# Pinned fields


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_at_a_key_it_is_the_key_bit_for_bit(count: int, closed: bool) -> None:
    walk = Walk(count, closed)
    for key in range(count):
        assert np.array_equal(walk.at(float(key)), walk.own[key])
    if closed:
        assert np.array_equal(walk.at(float(count)), walk.own[0])


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("pin", [1.0, 0.5])
@pytest.mark.parametrize("key", [0, 1, 3])
def test_steps_shrink_to_nothing_on_both_sides_of_a_key(key: int, pin: float, closed: bool) -> None:
    walk = Walk(4, closed)
    here = walk.at(float(key), pin)
    for side in (-1, 1):
        jumps = [np.abs(walk.at(key + side * 10.0**-power, pin) - here).max() for power in (1, 2, 3, 4, 5)]
        assert jumps[1] < 0.2
        for power, jump in enumerate(jumps[1:], 2):
            assert jump < 20 * 10.0**-power + 1e-6
    seam = walk.at(3.999999) if closed else None
    if seam is not None:
        assert np.abs(seam - walk.at(0.0)).max() < 1e-4


def test_half_way_the_pin_lets_go() -> None:
    walk = Walk(3)
    assert np.array_equal(walk.at(0.5), walk.at(0.5, pin=0.0))


def test_pin_0_is_the_decoded_field_itself() -> None:
    field = fields(3, 1)[0]

    def never(index: int) -> np.ndarray:
        raise AssertionError("nothing is needed of the keys")

    assert pinned(field, 0.0, never, never, 0.0, key_count=2) is field


def test_pin_is_a_share() -> None:
    walk = Walk(2)
    wanted = 0.25 * walk.own[1] + 0.75 * walk.decoded[1]
    assert np.allclose(walk.at(1.0, pin=0.25), wanted, atol=1e-6)


def test_a_key_without_drawing_is_not_pinned() -> None:
    field = fields(3, 1)[0]
    for position in (0.0, 0.1):
        assert pinned(field, position, lambda index: None, lambda index: field, key_count=2) is field


def test_the_decoded_field_is_left_alone() -> None:
    walk = Walk(2)
    field = fields(4, 1)[0]
    before = field.copy()
    result = pinned(field, 0.1, lambda i: walk.own[i], lambda i: walk.decoded[i], key_count=2)
    assert np.array_equal(field, before)
    assert result.dtype == np.float32
    assert not np.array_equal(result, field)


def test_held_shake_is_not_pinned_away() -> None:
    """With method 'hold' a key's drawing stays, and what the shake adds to the decoded field stays too."""
    walk = Walk(2)
    shaken = walk.decoded[0] + np.float32(0.5)
    result = pinned(shaken, 0.6, lambda i: walk.own[i], lambda i: walk.decoded[i], key_count=2, held=True)
    assert np.allclose(result, walk.own[0] + 0.5, atol=1e-6)


@given(st.floats(-5, 9), st.integers(1, 5), st.floats(0, 1), st.booleans(), st.booleans())
def test_one_key_pulls_at_a_time(position: float, count: int, pin: float, closed: bool, held: bool) -> None:
    wanted = pin * weights(position, count, closed, held=held)
    key, strength = pull(position, count, pin, closed=closed, held=held)
    assert strength == wanted[key] == wanted.sum()


@pytest.mark.parametrize("pin", [-0.1, 1.1, math.nan])
def test_impossible_pins_are_refused(pin: float) -> None:
    with pytest.raises(DoodleError, match="pin"):
        Walk(2).at(0.2, pin)
    with pytest.raises(DoodleError, match="pin"):
        pull(0.2, 2, pin)


def test_key_at() -> None:
    assert key_at(2.0, 4) == 2
    assert key_at(2.5, 4) is None
    assert key_at(7.5, 4) == 3
    assert key_at(4.0, 4, closed=True) == 0
    assert key_at(-1e-30, 4, closed=True) == 0
