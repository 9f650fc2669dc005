"""Few keyframes, near enough at every time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from doodle_core.files.easing import HOLD, LINEAR, Keyframes, keyframes, progress

T = np.arange(13.0)


def replayed(times: np.ndarray, values: np.ndarray, keys: Keyframes) -> np.ndarray:
    """What the keyframes show at every time."""
    shown = np.empty_like(values)
    shown[keys.picks[-1] :] = values[keys.picks[-1]]
    for (a, b), ease in zip(zip(keys.picks, keys.picks[1:], strict=False), keys.eases, strict=True):
        share = (times[a:b] - times[a]) / (times[b] - times[a])
        shown[a:b] = values[a] + progress(share, ease)[:, None, None] * (values[b] - values[a])
    return shown


def column(numbers: np.ndarray) -> np.ndarray:
    return np.asarray(numbers, float)[:, None, None]


@pytest.mark.parametrize(
    ("values", "picks"),
    [
        (np.zeros(13), (0,)),
        (T, (0, 12)),
        ((T / 12) ** 2 * (3 - 2 * T / 12) * 100, (0, 12)),
        (np.where(T < 6, 0, T - 6) * 10, (0, 6, 12)),
        (np.where(T < 6, T, 6) * 10, (0, 6)),
        (np.abs(T - 6) * 10, (0, 6, 12)),
    ],
    ids=["still", "even", "eased", "waits", "arrives", "back"],
)
def test_where_keyframes_are(values: np.ndarray, picks: tuple[int, ...]) -> None:
    assert keyframes(T, column(values), 0.1).picks == picks


def test_even_motion_is_linear_and_a_smooth_one_eased() -> None:
    assert keyframes(T, column(T), 0.1).eases == (LINEAR,)
    (ease,) = keyframes(T, column(100 * (T / 12) ** 3), 0.1).eases
    assert ease == pytest.approx((0.0, 0.0), abs=1e-3)


def test_held_values_jump() -> None:
    keys = keyframes(T, column(T // 2 * 5), 0.1, held=True)
    assert keys.picks == (0, 2, 4, 6, 8, 10, 12) and set(keys.eases) == {HOLD}


def test_progress_ends_where_it_should() -> None:
    assert progress(np.array([0.0, 1.0]), (0.2, 0.9)).tolist() == [0.0, 1.0]
    assert progress(np.array([0.0, 0.9]), HOLD).tolist() == [0.0, 0.0]
    assert progress(np.array([0.25, 0.5]), LINEAR) == pytest.approx([0.25, 0.5])


@given(
    values=arrays.arrays(np.float64, (9, 3, 2), elements=st.floats(-50, 50)),
    tolerance=st.floats(0.5, 20),
    held=st.booleans(),
)
def test_no_value_is_ever_farther_than_told(values: np.ndarray, tolerance: float, held: bool) -> None:
    times = np.cumsum([0, 1, 2, 1, 1, 3, 1, 1, 1])
    keys = keyframes(times, values, tolerance, held)
    away = np.linalg.norm(replayed(times, values, keys) - values, axis=2)
    assert away.max() <= tolerance + 1e-9
