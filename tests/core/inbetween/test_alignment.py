"""Alignment: every vertex of both keys is kept, and at a key the in-between is the key."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial import cKDTree

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import contours_of
from doodle_core.inbetween.alignment import align
from doodle_core.inbetween.posing import Inbetweens
from doodle_core.matching.correspondence import Span
from doodle_core.matching.shapes import match
from tests.core.inbetween.making import aligned, area, drawn, line, places, ring, star, true_spans, turned

METHODS = ("linear", "circular", "spherical")
spots = hnp.arrays(np.float64, st.tuples(st.integers(1, 8), st.just(2)), elements=st.floats(-30, 30, width=32))


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    """Any lines and areas in colours, in one or two layers."""
    lines = draw(st.lists(spots, max_size=5))
    count = len(lines)
    flags = st.lists(st.booleans(), min_size=count, max_size=count)
    colours = [np.array(draw(st.tuples(*[st.floats(0, 1)] * 3))) for _ in lines]
    return drawn(lines, 0.7, cyclic=draw(flags), filled=draw(flags), colours=colours)


@settings(max_examples=40)
@given(drawings(), drawings())
def test_at_a_key_the_inbetween_is_the_key(first: Drawing, second: Drawing):
    inbetweens = Inbetweens(align(first, second, match(first, second)))
    for fraction, column, key in ((1e-9, 0, first), (1 - 1e-9, 1, second)):
        for method in METHODS:
            found, origins = inbetweens.at(fraction, method)
            of_key = origins[:, column]
            # Every shape of the key is there, in its order, and with its own vertices, colours and opacities.
            own = of_key[of_key >= 0]
            assert set(own) == {
                s for s in range(len(key)) if key.offsets[key.shapes[s + 1]] > key.offsets[key.shapes[s]]
            }
            assert (np.diff(own) >= 0).all()
            for number in np.unique(own):
                there = found.select(np.flatnonzero(of_key == number))
                theirs = key.select([number])
                away, _ = cKDTree(places(there)).query(places(theirs))
                assert away.max() < 1e-4
                np.testing.assert_allclose(there.opacities, theirs.opacities[0], atol=1e-6)
                if key.colours is not None and found.colours is not None:
                    np.testing.assert_allclose(
                        there.colours, np.tile(theirs.colours[0], (len(there.points), 1)), atol=1e-6
                    )


def test_exactly_at_a_key_it_is_the_drawing_itself():
    first, second = drawn([line((0, 0), 10, 9)]), drawn([line((3, 0), 50, 9)])
    inbetweens = Inbetweens(align(first, second, true_spans(first, second)))
    assert inbetweens.at(0.0)[0] is first
    assert inbetweens.at(1.0)[0] is second
    assert inbetweens.at(0.7, "hold")[0] is first


def test_vertices_of_both_keys_are_kept_where_they_have_others():
    first, second = drawn([line((0, 0), 0, 12, 4)]), drawn([line((0, 5), 0, 12, 3)])
    pair = align(first, second, match(first, second))
    np.testing.assert_allclose(pair.first[:, 0], [0, 3, 4, 6, 8, 9, 12], atol=1e-5)
    np.testing.assert_allclose(pair.second[:, 0], [0, 3, 4, 6, 8, 9, 12], atol=1e-5)


def test_a_closed_contour_begun_elsewhere_has_no_seam():
    first, second = drawn([ring(8)], cyclic=True), drawn([np.roll(ring(8), 7, axis=0)], cyclic=True)
    pair = align(first, second, match(first, second))
    assert pair.cyclic.all()
    np.testing.assert_allclose(pair.first, pair.second, atol=1e-4)


def test_an_area_and_the_line_round_it_share_their_vertices():
    first = drawn([star()], cyclic=True, filled=True)
    second = drawn([turned(star(), 70)], cyclic=True, filled=True)
    pair = align(first, second, match(first, second))
    assert len(first) == 2 and len(pair.offsets) == 2  # one run of geometry, two shapes
    half = Inbetweens(pair).at(0.5, "spherical")[0]
    parts = np.split(half.points, half.offsets[1:-1])
    np.testing.assert_array_equal(parts[0], parts[1])


def test_an_area_whose_line_is_open_shares_its_vertices_too():
    first = drawn([star()], cyclic=False, filled=True)
    second = drawn([star(10)], cyclic=False, filled=True)
    pair = align(first, second, true_spans(first, second))
    assert len(pair.offsets) == 2
    half = Inbetweens(pair).at(0.5)[0]
    assert half.cyclic.tolist() == [True, False]


def test_a_hole_stays_a_hole():
    def disc(radius: float, hole: float) -> Drawing:
        parts = [ring(radius), ring(hole, count=12)[::-1]]
        points = np.concatenate(parts) / 64 + 0.5
        count = len(points)
        return Drawing(
            points, np.zeros(count), np.ones(count), [0, 24, 36], [True, True], [0, 2], [True], np.zeros((count, 3))
        )

    first, second = disc(10, 4), disc(14, 8)
    half = Inbetweens(align(first, second, match(first, second))).at(0.5)[0]
    assert len(half) == 1 and len(half.offsets) == 3
    outer, inner = np.split(places(half), half.offsets[1:-1])
    assert area(outer) == pytest.approx(area(ring(12)), rel=0.02)
    assert area(inner) == pytest.approx(area(ring(6, count=12)), rel=0.02)


def test_a_line_that_becomes_two_stays_whole_at_its_own_key():
    first, second = drawn([line((0, 0), 0, 12, 4)]), drawn([line((0, 0), 0, 6, 2), line((6, 0), 90, 6, 2)])
    one, (two, three) = contours_of(first)[0], contours_of(second)
    spans = [
        Span(0, 0, np.array([0.0, 6.0]), two.lengths[[0, -1]]),
        Span(0, 1, np.array([6.0, 12.0]), three.lengths[[0, -1]]),
    ]
    half = Inbetweens(align(first, second, spans)).at(0.5, "spherical")[0]
    assert len(half) == 2
    ends = np.split(places(half), half.offsets[1:-1])
    np.testing.assert_allclose(ends[0][-1], ends[1][0], atol=0.2)
    assert one.length == 12


def test_values_change_evenly_between_keys():
    first = drawn([line((0, 0), 0, 9)], 1.0, opacities=0.2, colours=[(1, 0, 0)])
    second = drawn([line((0, 0), 0, 9)], 2.0, opacities=0.6, colours=[(0, 0, 1)])
    found = Inbetweens(align(first, second, true_spans(first, second))).at(0.25)[0]
    np.testing.assert_allclose(found.radii * 64, 1.25, rtol=1e-6)
    np.testing.assert_allclose(found.opacities, 0.3, rtol=1e-6)
    np.testing.assert_allclose(found.colours, np.tile([0.75, 0, 0.25], (7, 1)), atol=1e-6)


def test_nothing_becomes_nothing():
    half = Inbetweens(align(Drawing.empty(), Drawing.empty(), [])).at(0.5, "spherical")[0]
    assert len(half) == 0


def test_a_thousand_shapes_are_aligned_without_loss():
    rng = np.random.default_rng(2)
    first = [rng.normal(0, 10, (5, 2)) for _ in range(1000)]
    pair = aligned(first, [one + 1 for one in first])
    assert len(pair.first) == 5000
    np.testing.assert_allclose(pair.second - pair.first, 1, atol=1e-4)
