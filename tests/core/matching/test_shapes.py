"""Matching of whole shapes: what an animator would be surprised to see otherwise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import contours_of
from doodle_core.matching.correspondence import Span
from doodle_core.matching.shapes import match


def circle(x, y, radius, count=40, start=0.0, sweep=2 * np.pi):
    closed = sweep == 2 * np.pi
    angle = start + np.arange(count) / (count if closed else count - 1) * sweep
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def turned(points, degrees, about):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return (np.asarray(points) - about) @ np.array([[c, s], [-s, c]]) + about


def partners(spans):
    return {(span.line, span.other) for span in spans if span.line >= 0 and span.other >= 0}


def alone(spans):
    return [(span.line, span.other) for span in spans if span.line < 0 or span.other < 0]


def moves(first, second, span, count=101):
    """Places of a span (count, 2) at both keys, model pixels."""
    a, b = contours_of(first)[span.line], contours_of(second)[span.other]
    here = np.linspace(span.here[0], span.here[-1], count)
    there = np.interp(here, span.here, span.there)
    return a.at(here)[:, :2], b.at(there)[:, :2]


def assert_whole(first, second, spans):
    """Every contour with vertices is covered wholly, and once but for areas of which two are one at the other key."""
    for contours, side in ((contours_of_all(first), 0), (contours_of_all(second), 1)):
        for number, length in contours.items():
            own = [s for s in spans if (s.line, s.other)[side] == number]
            assert len(own) == 1 or (len(own) > 1 and all(s.line >= 0 and s.other >= 0 for s in own))
            for span in own:
                marks = (span.here, span.there)[side]
                assert abs(abs(marks[-1] - marks[0]) - length) <= 1e-9 * max(length, 1)
    for span in spans:
        if span.line >= 0 and span.other >= 0:
            assert len(span.here) == len(span.there) >= 2
            assert (np.diff(span.here) > 0).all() or span.here[-1] == span.here[0]
            steps = np.diff(span.there)
            assert (steps >= 0).all() or (steps <= 0).all()


def contours_of_all(drawing):
    counts = np.diff(drawing.offsets)
    closed = drawing.cyclic | drawing.filled
    answer = {}
    for c, (low, high) in enumerate(pairwise(drawing.offsets.tolist())):
        if counts[c]:
            points = drawing.points[low:high].astype(float) * 64
            ring = np.concatenate([points, points[:1]]) if closed[c] else points
            answer[c] = float(np.hypot(*np.diff(ring, axis=0).T).sum())
    return answer


def sun(shift, random):
    lines = [circle(0.5, 0.5, 0.15)]
    for k in range(8):
        angle = k * np.pi / 4 + 0.05 * shift
        way = np.array([np.cos(angle), np.sin(angle)])
        lines.append(0.5 + way * np.linspace(0.2, 0.33, 6)[:, None])
    lines = [line + random.normal(0, 0.002, line.shape) for line in lines]
    return Drawing.make(lines, cyclic=[True] + [False] * 8)


@pytest.mark.parametrize("seed", range(4))
def test_each_ray_of_a_sun_stays_itself(seed):
    random = np.random.default_rng(seed)
    first, second = sun(0, random), sun(1, random)
    spans = match(first, second)
    assert partners(spans) == {(k, k) for k in range(9)}
    for span in spans:
        p, q = moves(first, second, span)
        assert np.hypot(*(p - q).T).max() < 2.5
        middle = (p + q) / 2
        if span.line == 0:
            assert np.hypot(*middle.T).mean() == pytest.approx(0.15 * 64, rel=0.05)


@pytest.mark.parametrize("seed", range(4))
def test_the_rays_of_a_sun_drawn_in_another_order(seed):
    random = np.random.default_rng(seed)
    first, other = sun(0, random), sun(1, random)
    order = random.permutation(9)
    assert partners(match(first, other.select(order))) == {(int(k), n) for n, k in enumerate(order)}


def test_a_closed_loop_begun_elsewhere_and_drawn_the_other_way_round():
    outline = circle(0, 0, 1, 60) * np.array([0.3, 0.15])
    outline[:, 0] += 0.05 * np.cos(np.arange(60) / 60 * 4 * np.pi)
    first = Drawing.make([outline + 0.5], cyclic=True)
    second = Drawing.make([np.roll(outline, 17, axis=0)[::-1] + 0.52], cyclic=True)
    (span,) = match(first, second)
    p, q = moves(first, second, span)
    np.testing.assert_allclose(q - p, 0.02 * 64, atol=0.02)


@pytest.mark.parametrize("gap", (0.1, 0.3, 0.6))
@pytest.mark.parametrize("at", (0.0, 1.0, 2.5, 4.0))
@pytest.mark.parametrize("backwards", (False, True))
def test_an_open_ring_turned_half_round_goes_round_and_not_inside_out(gap, at, backwards):
    first = Drawing.make([circle(0.3, 0.5, 0.1, 50, at, 2 * np.pi - gap)])
    moved = circle(0.6, 0.5, 0.1, 50, at + np.pi, 2 * np.pi - gap)
    second = Drawing.make([moved[::-1] if backwards else moved])
    (span,) = match(first, second)
    assert (span.there[-1] < span.there[0]) == backwards
    p, q = moves(first, second, span)
    p, q = p - [(0.3 - 0.5) * 64, 0], q - [(0.6 - 0.5) * 64, 0]
    np.testing.assert_allclose(q, -p, atol=0.1)  # turned by 180 degrees about its centre


def star(x, y, radius, degrees, each=4, count=5):
    angle = np.radians(degrees - 90 + np.arange(2 * count) * 180 / count)
    r = np.where(np.arange(2 * count) % 2, 0.45 * radius, radius)
    corners = np.stack([x + r * np.cos(angle), y + r * np.sin(angle)], axis=1)
    part = np.arange(each)[None, :, None] / each
    return (corners[:, None] * (1 - part) + np.roll(corners, -1, axis=0)[:, None] * part).reshape(-1, 2)


@pytest.mark.parametrize("start", (0, 7, 21))
@pytest.mark.parametrize("each", (4, 7))
@pytest.mark.parametrize("backwards", (False, True))
def test_the_points_of_a_filled_star_go_to_points(start, each, backwards):
    one = star(0.3, 0.4, 0.1, 0)
    two = np.roll(star(0.5, 0.5, 0.1, 20, each), start, axis=0)
    first = Drawing.make([one], radii=0.0, filled=True)
    second = Drawing.make([two[::-1] if backwards else two], radii=0.0, filled=True)
    (span,) = match(first, second)
    contour, other = contours_of(first)[0], contours_of(second)[0]
    points = contour.at(contour.lengths[:-1:4])[:, :2]
    along = span.here[0] + np.mod(contour.lengths[:-1:4] - span.here[0], contour.length)
    goals = other.at(np.interp(along, span.here, span.there))[:, :2]
    expected = turned(points, 20, (np.array([0.3, 0.4]) - 0.5) * 64) + np.array([0.2, 0.1]) * 64
    np.testing.assert_allclose(goals, expected, atol=0.3)


def test_the_order_of_bars_wins_over_their_place():
    bars = [np.array([[0.1 + 0.04 * k, 0.3], [0.1 + 0.04 * k, 0.4], [0.1 + 0.04 * k, 0.6]]) for k in range(16)]
    first, second = Drawing.make(bars), Drawing.make([bar + [0.06, 0] for bar in bars])
    assert partners(match(first, second)) == {(k, k) for k in range(16)}


def test_equal_shapes_stand_still():
    random = np.random.default_rng(3)
    lines = [random.uniform(0.1, 0.9, 2) + random.normal(0, 0.05, (7, 2)) for _ in range(20)]
    second = [line + 0.1 if k < 6 else line for k, line in enumerate(lines)]
    first, second = Drawing.make(lines), Drawing.make(second)
    spans = match(first, second)
    assert partners(spans) == {(k, k) for k in range(20)}
    for span in spans:
        p, q = moves(first, second, span)
        assert np.abs(p - q + (0.1 * 64 if span.line < 6 else 0.0)).max() < 1e-3


def test_arms_that_turn_far_keep_their_direction_where_the_order_is_kept():
    shoulder = np.array([[0.4, 0.4], [0.6, 0.4]])
    body = circle(0.5, 0.5, 0.1)
    arm = np.linspace([0, 0], [0, 0.2], 8)
    arms = [turned(arm, 20, (0, 0)) + shoulder[0], turned(arm, -20, (0, 0)) + shoulder[1]]
    raised = [turned(arms[0], 80, shoulder[0]), turned(arms[1], -100, shoulder[1])]
    first = Drawing.make([body, *arms], cyclic=[True, False, False])
    second = Drawing.make([body, *raised], cyclic=[True, False, False])
    spans = match(first, second)
    assert partners(spans) == {(0, 0), (1, 1), (2, 2)}
    assert all(span.there[-1] > span.there[0] for span in spans if span.line > 0)


def test_a_blink():
    def face(open_):
        eyes = [circle(0, 0, 1, 24) * [0.06, 0.06 * open_] + [x, 0.4] for x in (0.4, 0.6)]
        return Drawing.make(
            [circle(0.5, 0.5, 0.3), *eyes, [[0.4, 0.65], [0.5, 0.68], [0.6, 0.65]]], cyclic=[1, 1, 1, 0]
        )

    first, second = face(1.0), face(0.1)
    spans = match(first, second)
    assert partners(spans) == {(k, k) for k in range(4)}
    for span in spans:
        p, q = moves(first, second, span)
        assert np.abs(p - q)[:, 0].max() < 1.2
        assert np.abs(p - q)[:, 1].max() < 0.06 * 64


def compound(*contours):
    points = np.concatenate(contours)
    return {"points": points, "counts": [len(c) for c in contours]}


def area(*contours):
    counts = [len(c) for c in contours]
    n = sum(counts)
    return Drawing(
        points=np.concatenate(contours),
        radii=np.zeros(n),
        opacities=np.ones(n),
        offsets=np.cumsum([0, *counts]),
        cyclic=np.ones(len(counts), bool),
        shapes=np.array([0, len(counts)]),
        areas=np.array([True]),
    )


def test_a_disc_becomes_a_ring():
    first, second = area(circle(0.5, 0.5, 0.2)), area(circle(0.52, 0.5, 0.1, 30), circle(0.52, 0.5, 0.2))
    spans = match(first, second)
    assert partners(spans) == {(0, 1)}
    assert alone(spans) == [(-1, 0)]


def test_holes_go_to_holes():
    eyes = circle(0.4, 0.4, 0.05), circle(0.6, 0.4, 0.05)
    first = area(circle(0.5, 0.5, 0.3), *eyes)
    second = area(*(eye[::-1] + 0.05 for eye in eyes[::-1]), circle(0.55, 0.55, 0.3))
    assert partners(match(first, second)) == {(0, 2), (1, 1), (2, 0)}


def test_one_area_becomes_two():
    first = Drawing.make([circle(0.5, 0.5, 0.2)], radii=0.0, filled=True)
    second = Drawing.make([circle(0.35, 0.5, 0.14), circle(0.68, 0.5, 0.12)], radii=0.0, filled=True)
    spans = match(first, second)
    assert len(partners(spans)) == 1
    assert len(alone(spans)) == 1


def test_nothing_matches_nothing():
    one = Drawing.make([[[0.1, 0.1], [0.9, 0.9]]])
    assert match(Drawing.empty(), Drawing.empty()) == []
    (gone,) = match(one, Drawing.empty())
    assert (gone.line, gone.other, len(gone.there)) == (0, -1, 0)
    np.testing.assert_allclose(gone.here, [0, np.hypot(0.8, 0.8) * 64], rtol=1e-6)
    (came,) = match(Drawing.empty(), one)
    assert (came.line, came.other, len(came.here)) == (-1, 0, 0)


def test_dots_and_contours_without_vertices():
    first = Drawing.make([[[0.2, 0.2]], [], [[0.5, 0.5], [0.7, 0.5]]])
    second = Drawing.make([[[0.25, 0.2]], [[0.5, 0.55], [0.7, 0.55]]])
    spans = match(first, second)
    assert partners(spans) == {(0, 0), (2, 1)}
    dot = next(span for span in spans if span.line == 0)
    np.testing.assert_array_equal([dot.here, dot.there], np.zeros((2, 2)))


@pytest.mark.parametrize("mixed", (False, True))
def test_a_fence_of_equal_posts_shifted_a_little(mixed):
    posts = [np.array([[0.1 + 0.05 * k, 0.4], [0.1 + 0.05 * k, 0.5], [0.1 + 0.05 * k, 0.6]]) for k in range(16)]
    order = np.random.default_rng(0).permutation(16) if mixed else np.arange(16)
    first = Drawing.make(posts)
    second = Drawing.make([posts[k] + [0.012, 0.0] for k in order])
    assert partners(match(first, second)) == {(int(k), n) for n, k in enumerate(order)}


def test_kinds_and_layers_never_mix():
    line, other = circle(0.5, 0.5, 0.2), circle(0.2, 0.2, 0.1)
    first, second = Drawing.make([line], cyclic=True), Drawing.make([line], radii=0.0, filled=True)
    assert partners(match(first, second)) == set()
    layered = [
        Drawing(
            points=np.concatenate([line, other]),
            radii=np.full(80, 0.01),
            opacities=np.ones(80),
            offsets=[0, 40, 80],
            cyclic=[True, True],
            shapes=[0, 1, 2],
            areas=[False, False],
            layers=layers,
        )
        for layers in ([0, 1], [0, 0], [1, 1])
    ]
    assert partners(match(layered[0], layered[1])) == {(0, 0)}
    assert partners(match(layered[1], layered[2])) == set()


def test_a_bend_goes_to_the_bend_though_the_lengths_differ():
    """An elbow in the middle, and at a third: arc length alone would slide it."""

    def arm(at, count):
        corner = np.array([0.3 + 0.3 * at, 0.5])
        one = np.linspace([0.3, 0.5], corner, count)
        return np.concatenate([one, np.linspace(corner, corner + [0, 0.3 * (1 - at)], count + 3)[1:]])

    first, second = Drawing.make([arm(0.5, 9)]), Drawing.make([arm(0.36, 14)])
    (span,) = match(first, second)
    assert np.interp(0.15 * 64, span.here, span.there) == pytest.approx(0.3 * 0.36 * 64, abs=0.35)


@given(seed=st.integers(0, 10**6), count=st.integers(0, 9), other=st.integers(0, 9))
def test_every_contour_is_covered_once_and_wholly(seed, count, other):
    random = np.random.default_rng(seed)

    def drawing(n):
        lines = [random.random(2) + random.normal(0, 0.1, (int(random.integers(0, 9)), 2)) for _ in range(n)]
        filled = [bool(random.integers(2)) for _ in range(n)]
        return Drawing.make(lines, 0.01, 1.0, [bool(random.integers(2)) for _ in range(n)], filled)

    first, second = drawing(count), drawing(other)
    found = match(first, second)
    assert_whole(first, second, found)
    assert all(0 <= span.sure <= 1 for span in found)
    assert all(isinstance(span, Span) for span in found)


@given(seed=st.integers(0, 10**6))
def test_a_drawing_is_itself(seed):
    random = np.random.default_rng(seed)
    lines = [random.uniform(0, 1, 2) + random.normal(0, 0.1, (int(random.integers(1, 9)), 2)) for _ in range(12)]
    drawing = Drawing.make(lines, cyclic=[bool(random.integers(2)) for _ in lines])
    for span in match(drawing, drawing):
        assert span.line == span.other
        np.testing.assert_allclose(span.here, span.there, atol=1e-6)
