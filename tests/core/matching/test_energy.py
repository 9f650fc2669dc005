"""The referee between correspondences: less bending, turning, moving and vanishing is better."""

import numpy as np
import pytest

from doodle_core.geometry.contour import contours_of
from doodle_core.inbetween.alignment import align
from doodle_core.matching.correspondence import Span
from doodle_core.matching.energy import energy
from tests.core.inbetween.making import aligned, drawn, line, ring, turned


def test_what_stands_still_or_moves_as_a_whole_costs_nothing():
    shapes = [line((0, 0), 30, 12), line((-20, 5), 80, 9)]
    assert energy(aligned(shapes, shapes)) == pytest.approx(0, abs=1e-3)
    assert energy(aligned(shapes, [one + (9, -4) for one in shapes])) == pytest.approx(0, abs=1e-3)


def test_bending_costs_more_than_turning():
    straight = line((-6, 0), 0, 12, 12)
    bow = np.stack([straight[:, 0], -4 * np.cos(straight[:, 0] / 6 * np.pi / 2)], axis=1)
    turn, bend = energy(aligned([straight], [turned(straight, 40)])), energy(aligned([straight], [bow]))
    assert 0 < turn < bend


def test_a_loop_turned_inside_out_costs_more_than_one_that_is_not():
    loop = np.concatenate([ring(8)[:12], ring(8)[12:] * (1.4, 1)])
    first, second = drawn([loop], cyclic=True), drawn([loop], cyclic=True)
    outline = contours_of(first)[0]
    kept = Span(0, 0, outline.lengths, outline.lengths)
    reversed_ = Span(0, 0, outline.lengths, outline.lengths[::-1].copy())
    assert energy(align(first, second, [kept])) < energy(align(first, second, [reversed_]))


def test_swapped_equals_cost_more_than_themselves():
    shapes = [line((-20, 0), 90, 10), line((20, 0), 90, 10), line((0, 20), 0, 14)]
    drawing = drawn(shapes)
    lengths = [contour.lengths for contour in contours_of(drawing)]
    own = [Span(k, k, lengths[k], lengths[k]) for k in range(3)]
    swapped = [Span(0, 1, lengths[0], lengths[1]), Span(1, 0, lengths[1], lengths[0]), own[2]]
    assert energy(align(drawing, drawing, own)) < energy(align(drawing, drawing, swapped))


def test_what_one_key_lacks_costs_its_length():
    body, arm = line((0, -10), 90, 20), line((0, 0), 0, 12)
    first, second = drawn([body, arm]), drawn([body])
    lengths = [contour.lengths for contour in contours_of(first)]
    spans = [Span(0, 0, lengths[0], lengths[0]), Span(1, -1, lengths[1][[0, -1]], np.zeros(0))]
    assert energy(align(first, second, spans)) == pytest.approx(12, abs=0.01)
