"""Drawings of thousands of shapes are matched part by part."""

import numpy as np

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import contours_of
from doodle_core.matching.correspondence import Span
from doodle_core.matching.hints import Constraints
from doodle_core.matching.large import MOST, in_parts


def dots(count: int) -> Drawing:
    return Drawing.make([np.array([[k / count, 0.2], [k / count, 0.3]]) for k in range(count)], 0.001)


def by_number(first: Drawing, second: Drawing, asked: Constraints) -> list[Span]:
    """Shape k becomes shape k, and no part is too large; all shapes that have no partner are of this part."""
    assert all(shape < len(first) for shape in asked.alone[0])
    assert max(len(first), len(second)) <= MOST
    one, two = contours_of(first), contours_of(second)
    found = [Span(k, k, one[k].lengths, two[k].lengths) for k in range(min(len(one), len(two)))]
    return found + [Span(-1, k, np.zeros(0), two[k].lengths) for k in range(len(one), len(two))]


def test_every_shape_is_in_one_part():
    spans = in_parts(dots(2 * MOST), dots(2 * MOST), by_number)
    assert [(span.line, span.other) for span in spans] == [(k, k) for k in range(2 * MOST)]


def test_parts_follow_both_drawings():
    spans = in_parts(dots(1000), dots(2 * MOST), by_number)
    assert sorted(span.other for span in spans) == list(range(2 * MOST))
    assert sorted(span.line for span in spans if span.line >= 0) == list(range(1000))


def test_constraints_go_to_the_part_of_their_shapes():
    seen = []

    def asked_of(first: Drawing, second: Drawing, asked: Constraints) -> list[Span]:
        seen.append(asked.alone)
        return by_number(first, second, asked)

    in_parts(dots(2 * MOST), dots(2 * MOST), asked_of, Constraints(alone=(frozenset({3, MOST + 4}), frozenset({5}))))
    assert seen == [(frozenset({3}), frozenset({5})), (frozenset({4}), frozenset())]


def test_a_small_drawing_is_one_part():
    assert len(in_parts(dots(3), dots(3), by_number)) == 3
