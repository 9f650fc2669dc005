"""Shapes that turn: pieces keep their length, what touches stays together, what stands still stands still."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core.inbetween.aligned import Aligned
from doodle_core.inbetween.turning import Turning
from tests.core.inbetween.making import aligned, area, lengths, line, ring, star, turned

METHODS = ("circular", "spherical")
BETWEEN = (0.1, 0.25, 0.5, 0.8)


def heading(points: np.ndarray) -> float:
    return float(np.degrees(np.arctan2(*(points[-1] - points[0])[::-1])))


coordinates = st.floats(-40, 40).map(lambda x: round(x, 1))


@st.composite
def pairs(draw: st.DrawFn) -> Aligned:
    """Any contours, also of one vertex; drawn from few places, so that vertices coincide."""
    counts = draw(st.lists(st.integers(0, 7), min_size=1, max_size=5))
    spots = draw(hnp.arrays(np.float64, (6, 2), elements=coordinates))
    closed = draw(st.lists(st.booleans(), min_size=len(counts), max_size=len(counts)))
    keys = [[spots[draw(hnp.arrays(np.int64, n, elements=st.integers(0, 5)))] for n in counts] for _ in range(2)]
    return aligned(*keys, cyclic=closed)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15)
@given(pairs())
def test_anything_moves_finitely_and_hits_its_keys(method: str, pair: Aligned):
    turning = Turning(pair)
    np.testing.assert_array_equal(turning.at(0, method), pair.first)
    np.testing.assert_array_equal(turning.at(1, method), pair.second)
    for t in BETWEEN:
        found = turning.at(t, method)
        assert np.isfinite(found).all()
        assert np.abs(found).max(initial=0) < 1000


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15)
@given(pairs())
def test_the_motion_has_no_jumps_not_even_at_keys(method: str, pair: Aligned):
    turning = Turning(pair)
    for t in (1e-7, 1e-3, 0.3, 0.5, 1 - 1e-3, 1 - 1e-7):
        other = round(t) if min(t, 1 - t) < 1e-6 else t + 1e-7
        np.testing.assert_allclose(turning.at(t, method), turning.at(other, method), rtol=0, atol=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_a_line_that_turns_keeps_its_length(method: str):
    half = Turning(aligned([line((0, 0), 0, 4, 1)], [line((0, 0), 90, 4, 1)])).at(0.5, method)
    assert lengths(half)[0] == pytest.approx(4, rel=1e-4)
    assert heading(half) == pytest.approx(45)
    np.testing.assert_allclose(half[0], 0, atol=0.1)  # about the end that stands still


def test_spherical_turns_evenly_and_circular_as_its_chord():
    pair = aligned([line((0, 0), 0, 4, 1)], [line((0, 0), 120, 4, 1)])
    assert heading(Turning(pair).at(0.25, "spherical")) == pytest.approx(30, abs=0.01)
    chord = 0.75 * np.array([1, 0]) + 0.25 * np.array([np.cos(np.radians(120)), np.sin(np.radians(120))])
    wanted = np.degrees(np.arctan2(chord[1], chord[0]))
    assert heading(Turning(pair).at(0.25, "circular")) == pytest.approx(wanted, abs=0.01)


@pytest.mark.parametrize("method", METHODS)
def test_length_changes_evenly(method: str):
    pair = aligned([line((0, 0), 0, 4, 1)], [line((0, 0), 90, 8, 1)])
    assert lengths(Turning(pair).at(0.25, method))[0] == pytest.approx(5, rel=1e-4)


def test_a_circular_line_that_reverses_stays_on_its_chord():
    pair = aligned([line((-2, 0), 0, 4, 1)], [line((2, 0), 180, 4, 1)])
    np.testing.assert_allclose(Turning(pair).at(0.25, "circular"), [[-1, 0], [1, 0]], atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_translation_is_pure(method: str):
    first = [line((0, 0), 20, 12), line((0, 0), 80, 9), ring(3, (-9, 8))]
    pair = aligned(first, [points + (7, -5) for points in first], cyclic=[False, False, True])
    for t in BETWEEN:
        np.testing.assert_allclose(Turning(pair).at(t, method), pair.first + t * np.array([7, -5]), atol=1e-5)


@pytest.mark.parametrize("filled", [False, True])
def test_a_closed_shape_turns_rigidly_about_its_middle(filled: bool):
    square = np.array([[10, 10], [-10, 10], [-10, -10], [10, -10]], float)
    pair = aligned([square], [turned(square, 60)], radius=0 if filled else 1, cyclic=True, filled=filled)
    half = Turning(pair).at(0.5)
    np.testing.assert_allclose(half, turned(square, 30), atol=0.05)


def test_a_star_keeps_its_points_and_its_area():
    pair = aligned([star()], [turned(star(), 100) + (9, 3)], radius=0, filled=True)
    for t in BETWEEN:
        found = Turning(pair).at(t)
        assert area(found) == pytest.approx(area(star()), rel=0.03)
        reach = np.hypot(*(found - found.mean(axis=0)).T)
        np.testing.assert_allclose(reach[::2], 12, rtol=0.03)
        np.testing.assert_allclose(reach[1::2], 5.4, rtol=0.06)


@pytest.mark.parametrize("method", METHODS)
def test_an_arm_of_two_bones_stays_joined_and_long(method: str):
    def arm(upper: float, fore: float) -> list[np.ndarray]:
        bone = line((0, 0), upper, 12)
        return [bone, line(tuple(bone[-1]), fore, 10)]

    pair = aligned(arm(0, 20), arm(90, 10))
    for t in BETWEEN:
        found = Turning(pair).at(t, method)
        upper, fore = found[:7], found[7:]
        assert np.hypot(*(upper[-1] - fore[0])) < 0.1
        assert lengths(upper).sum() == pytest.approx(12, abs=0.3)
        assert lengths(fore).sum() == pytest.approx(10, abs=0.3)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("drift", [(0, 0), (14, -9)])
def test_a_limb_that_swings_does_not_push_its_body(method: str, drift: tuple[float, float]):
    # The limb begins between two vertices of the body: a T.
    body = line((0, -15), 90, 30, 12)
    pair = aligned([body, line((0, 1.2), 150, 14)], [body + drift, line((0, 1.2), 30, 14) + drift])
    for t in BETWEEN:
        found = Turning(pair).at(t, method)
        np.testing.assert_allclose(found[:13], body + t * np.array(drift), atol=0.5)
        np.testing.assert_allclose(found[13], np.array([0, 1.2]) + t * np.array(drift), atol=0.5)
        assert lengths(found[13:]).sum() == pytest.approx(14, abs=0.3)


def test_a_limb_in_pieces_turns_one_way():
    # Its far part turns by more than half a turn: it must not go round the other way.
    def tail(curl: float) -> np.ndarray:
        headings = np.radians(np.cumsum([0, *[curl / 12] * 12]))
        return np.cumsum(np.stack([2 * np.cos(headings), 2 * np.sin(headings)], 1), axis=0)

    first, second = tail(-95), tail(95)
    whole = aligned([first], [second])
    pieces = aligned([first[:5], first[4:9], first[8:][::-1]], [second[:5], second[4:9], second[8:][::-1]])
    half, broken = Turning(whole).at(0.5), Turning(pieces).at(0.5)
    np.testing.assert_allclose(lengths(half), 2, atol=0.15)
    np.testing.assert_allclose(np.concatenate([broken[:5], broken[6:10], broken[10:14][::-1]]), half, atol=0.1)


def test_lines_that_only_meet_at_one_key_part():
    first = [line((0, 0), 0, 10), line((10, 0), 90, 10)]
    second = [line((0, 0), 0, 10), line((18, 0), 90, 10)]
    half = Turning(aligned(first, second)).at(0.5)
    np.testing.assert_allclose(half[7:], line((14, 0), 90, 10), atol=1e-5)


def test_a_long_contour_turns_as_a_short_one_does():
    # Sums along long contours are made in another way than those of short ones.
    few, many = ring(14, count=390), ring(14, count=600)
    halves = [Turning(aligned([part], [turned(part, 80) * (1.1, 0.9)], cyclic=True)).at(0.5) for part in (few, many)]
    sides = [np.ptp(half, axis=0) for half in halves]
    np.testing.assert_allclose(sides[0], sides[1], rtol=5e-3)
