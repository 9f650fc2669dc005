"""What only one key has moves with what it belongs to, and comes or goes without a flash or a stray dot."""

import numpy as np
import pytest

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import contours_of
from doodle_core.inbetween.alignment import align
from doodle_core.inbetween.posing import Inbetweens
from doodle_core.matching.correspondence import Span
from tests.core.inbetween.making import area, drawn, lengths, line, places, ring


def pair_of_first(first: Drawing, second: Drawing, paired: int = 1) -> Inbetweens:
    """The first `paired` contours of either drawing become each other; the rest is alone."""
    one, two = contours_of(first), contours_of(second)
    spans = [Span(k, k, one[k].lengths, two[k].lengths) for k in range(paired)]
    spans += [Span(k, -1, one[k].lengths[[0, -1]], np.zeros(0)) for k in range(paired, len(one))]
    spans += [Span(-1, k, np.zeros(0), two[k].lengths[[0, -1]]) for k in range(paired, len(two))]
    return Inbetweens(align(first, second, spans))


def contour(drawing: Drawing, number: int) -> np.ndarray:
    return places(drawing)[drawing.offsets[number] : drawing.offsets[number + 1]]


def test_a_line_grows_out_of_what_it_touches_and_goes_with_it():
    body, arm = line((0, -10), 90, 20, 10), line((0, 0), 0, 12, 6)
    grown = pair_of_first(drawn([body]), drawn([body + (8, 0), arm + (8, 0)]))
    for s in (0.1, 0.5, 0.9):
        found = contour(grown.at(s, "spherical")[0], 1)
        np.testing.assert_allclose(found[0], (8 * s, 0), atol=0.2)  # still on the body
        assert lengths(found).sum() == pytest.approx(12 * s, rel=0.03)
        np.testing.assert_allclose(found[:, 1], 0, atol=0.2)


def test_a_line_that_vanishes_is_taken_back_to_where_it_hangs():
    body, arm = line((0, -10), 90, 20, 10), line((0, 0), 0, 12, 6)
    gone = pair_of_first(drawn([body, arm]), drawn([body]))
    lengths_left = [lengths(contour(gone.at(s)[0], 1)).sum() for s in (0.01, 0.5, 0.99)]
    np.testing.assert_allclose(lengths_left, [11.88, 6, 0.12], rtol=0.02)


def test_a_line_of_its_own_moves_with_its_neighbours_and_is_drawn_from_its_left():
    face, brow = ring(10), line((4, -4), 180, 6, 3)
    here = pair_of_first(drawn([face], cyclic=[True]), drawn([face + (20, 5), brow + (20, 5)], cyclic=[True, False]))
    found = contour(here.at(0.5)[0], 1)
    left = min(found, key=lambda point: point[0])
    np.testing.assert_allclose(left, (-2 + 10, -4 + 2.5), atol=0.3)
    assert np.ptp(found[:, 0]) == pytest.approx(3, abs=0.1)


def test_a_dot_goes_by_thickness_where_it_belongs():
    face, eye = ring(10), np.array([[3.0, -2.0]])
    gone = pair_of_first(drawn([face, eye], 1.0, cyclic=[True, False]), drawn([face + (12, 0)], cyclic=[True]))
    for s in (0.25, 0.75):
        found = gone.at(s)[0]
        np.testing.assert_allclose(contour(found, 1), [[3 + 12 * s, -2]], atol=0.2)
        assert found.radii[-1] * 64 == pytest.approx(1 - s, abs=1e-3)


def test_an_area_shrinks_onto_the_boundary_beside_it():
    body, patch = ring(12, count=48), ring(2, (10, 0))
    gone = pair_of_first(drawn([body, patch], 0, filled=True), drawn([body + (5, 0)], 0, filled=True))
    sizes = [area(contour(gone.at(s)[0], 1)) for s in (1e-6, 0.5, 0.99)]
    assert sizes[0] == pytest.approx(area(patch), rel=1e-3)
    assert sizes[0] > sizes[1] > sizes[2] and sizes[2] < 0.06 * sizes[0]
    last = contour(gone.at(0.999)[0], 1)
    np.testing.assert_allclose(np.hypot(*(last - (5, 0)).T), 12, atol=0.3)  # on the body's edge, where that has gone


def test_an_area_whose_line_stays_shrinks_onto_it_and_encloses_nothing():
    whole = ring(10, count=40)
    first, second = drawn([whole], cyclic=True, filled=True), drawn([whole + (6, 0)], cyclic=True)
    area_of, line_of, other = contours_of(first)[0], contours_of(first)[1], contours_of(second)[0]
    spans = [
        Span(0, -1, area_of.lengths[[0, -1]], np.zeros(0)),
        Span(1, 0, line_of.lengths[[0, -1]], other.lengths[[0, -1]]),
    ]
    made = Inbetweens(align(first, second, spans))
    sizes = []
    for s in (1e-6, 0.5, 0.999):
        found = made.at(s, "spherical")[0]
        sizes.append(area(contour(found, int(np.flatnonzero(found.filled)[0]))))
    assert sizes[0] == pytest.approx(area(whole), rel=1e-3)
    assert sizes[0] > sizes[1] > 100 * sizes[2]


def test_a_hole_opens_at_its_own_middle():
    def disc(hole: float | None) -> Drawing:
        parts = [ring(12)] + ([] if hole is None else [ring(hole, (2, 0), 12)])
        points = np.concatenate(parts) / 64 + 0.5
        count = len(points)
        ends = [0, 24] if hole is None else [0, 24, 36]
        flags = [True] * (len(ends) - 1)
        return Drawing(points, np.zeros(count), np.ones(count), ends, flags, [0, len(flags)], [True])

    opened = pair_of_first(disc(None), disc(4))
    found = opened.at(0.5)[0]
    assert len(found) == 1
    np.testing.assert_allclose(contour(found, 1).mean(axis=0), (2, 0), atol=0.01)
    assert area(contour(found, 1)) == pytest.approx(area(ring(2, count=12)), rel=0.01)


def test_a_drawing_with_nothing_left_does_not_jump():
    # Nothing is paired: lines are drawn away from an end where they are, areas close to a line, not to a dot.
    gone = pair_of_first(
        drawn([line((0, 0), 30, 12), ring(5)], cyclic=[False, True], filled=[False, True]), drawn([]), 0
    )
    for number, drawing in enumerate(gone.at(s, "spherical")[0] for s in (0.2, 0.6, 0.999)):
        assert np.abs(places(drawing)).max() < 16
        closing = contour(drawing, int(np.flatnonzero(drawing.filled)[0]))
        assert np.ptp(closing, axis=0).max() > 6, number


def test_both_ends_of_a_gap_close_from_their_sides():
    whole = line((0, 0), 0, 12, 12)
    first, second = drawn([whole]), drawn([line((-3, 0), 0, 4, 4), line((11, 0), 0, 4, 4)])
    two, three = contours_of(second)
    spans = [
        Span(0, 0, np.array([0.0, 4.0]), two.lengths[[0, -1]]),
        Span(0, -1, np.array([4.0, 8.0]), np.zeros(0)),
        Span(0, 1, np.array([8.0, 12.0]), three.lengths[[0, -1]]),
    ]
    opening = Inbetweens(align(first, second, spans))
    found = opening.at(0.5)[0]
    parts = [contour(found, k) for k in range(len(found.offsets) - 1)]
    ends = np.concatenate([part[[0, -1], 0] for part in parts])
    assert ends.min() == pytest.approx(-1.5, abs=0.1) and ends.max() == pytest.approx(13.5, abs=0.1)
    total = sum(lengths(part).sum() for part in parts)
    assert 9.5 < total < 11.3  # of the middle, which is stretched on the way, half is left
