"""Small drawings whose in-betweens must come out right, each measured at every frame."""

from __future__ import annotations

import numpy as np
import pytest

from doodle_core.drawing import Drawing
from doodle_core.inbetween.alignment import align
from doodle_core.inbetween.posing import Inbetweens
from doodle_core.matching.model import StrokeModel
from doodle_core.matching.shapes import match
from doodle_core.model import DoodleModel
from doodle_core.rendering import render
from doodle_core.track import LatentKey

FRAMES = np.linspace(0, 1, 13)
METHODS = ("linear", "spherical")


@pytest.fixture(scope="module")
def model() -> StrokeModel:
    opened = DoodleModel.load(threads=1)
    assert isinstance(opened, StrokeModel)
    return opened


def circle(x, y, radius, count=40, start=0.0, sweep=2 * np.pi):
    closed = sweep == 2 * np.pi
    angle = start + np.arange(count) / (count if closed else count - 1) * sweep
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def turned(points, degrees, about):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return (np.asarray(points) - about) @ np.array([[c, s], [-s, c]]) + about


def frames(model, first, second, method="spherical"):
    """The drawings at FRAMES, and which shapes of either key theirs are."""
    made = model.inbetweens(LatentKey(first, 0.0, first), LatentKey(second, 1.0, second))
    return [made.at(float(t), method) for t in FRAMES]


def points(drawing, shape):
    low, high = drawing.offsets[drawing.shapes[shape]], drawing.offsets[drawing.shapes[shape] + 1]
    return drawing.points[low:high].astype(float)


def number(origins, key, shape):
    """The shapes of an in-between that come from a shape of a key."""
    return np.flatnonzero(origins[:, key] == shape).tolist()


def radius(*outlines):
    """The mean distance of outlines from their middle, evenly along them."""
    even = []
    for outline in outlines:
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(outline, axis=0).T))])
        places = np.arange(0, along[-1], 0.002)
        even.append(np.stack([np.interp(places, along, column) for column in outline.T], axis=1))
    whole = np.concatenate(even)
    return np.hypot(*(whole - whole.mean(axis=0)).T).mean()


def area(outline):
    x, y = outline.T
    return abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2


def sun(shift, random):
    lines = [circle(0.5, 0.5, 0.15)]
    for k in range(8):
        angle = k * np.pi / 4 + 0.05 * shift
        lines.append(0.5 + np.array([np.cos(angle), np.sin(angle)]) * np.linspace(0.2, 0.33, 6)[:, None])
    lines = [line + random.normal(0, 0.002, line.shape) for line in lines]
    return Drawing.make(lines, 0.004, cyclic=[True] + [False] * 8)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mixed", (False, True))
def test_the_circle_of_a_sun_keeps_its_radius(model, method, mixed) -> None:
    random = np.random.default_rng(1)
    first, second = sun(0, random), sun(1, random)
    if mixed:
        second = second.select(random.permutation(9))
    for drawing, origins in frames(model, first, second, method)[1:-1]:
        (own,) = number(origins, 0, 0)
        outline = points(drawing, own)
        assert radius(np.concatenate([outline, outline[:1]])) == pytest.approx(0.15, rel=0.05)
        assert drawing.points.min() > 0.15 and drawing.points.max() < 0.85


@pytest.mark.parametrize("method", METHODS)
def test_a_loop_begun_elsewhere_and_drawn_the_other_way_round_keeps_its_form(model, method) -> None:
    outline = circle(0, 0, 1, 60) * np.array([0.3, 0.15])
    outline[:, 0] += 0.05 * np.cos(np.arange(60) / 60 * 4 * np.pi)
    first = Drawing.make([outline + 0.5], 0.004, cyclic=True)
    second = Drawing.make([np.roll(outline, 17, axis=0)[::-1] + 0.52], 0.004, cyclic=True)
    for drawing, _ in frames(model, first, second, method):
        assert area(points(drawing, 0)) == pytest.approx(area(outline), rel=0.01)


@pytest.mark.parametrize("gap", (0.1, 0.3, 0.6))
@pytest.mark.parametrize("at", (0.0, 1.0, 2.5, 4.0))
@pytest.mark.parametrize("backwards", (False, True))
def test_an_open_ring_turned_half_round_stays_a_ring(model, gap, at, backwards) -> None:
    ring = circle(0.3, 0.5, 0.1, 50, at, 2 * np.pi - gap)
    moved = circle(0.6, 0.5, 0.1, 50, at + np.pi, 2 * np.pi - gap)
    first = Drawing.make([ring], 0.006)
    second = Drawing.make([moved[::-1] if backwards else moved], 0.006)
    for drawing, _ in frames(model, first, second):
        pieces = np.split(drawing.points.astype(float), drawing.offsets[1:-1])
        assert 0.9 < radius(*pieces) / radius(ring) < 1.1


def star(x, y, size, degrees, each=4, count=5):
    angle = np.radians(degrees - 90 + np.arange(2 * count) * 180 / count)
    r = np.where(np.arange(2 * count) % 2, 0.45 * size, size)
    corners = np.stack([x + r * np.cos(angle), y + r * np.sin(angle)], axis=1)
    part = np.arange(each)[None, :, None] / each
    return (corners[:, None] * (1 - part) + np.roll(corners, -1, axis=0)[:, None] * part).reshape(-1, 2)


@pytest.mark.parametrize("start", (0, 7, 21))
@pytest.mark.parametrize("backwards", (False, True))
def test_a_filled_star_keeps_its_points_and_its_area(model, start, backwards) -> None:
    one, two = star(0.3, 0.4, 0.1, 0), np.roll(star(0.5, 0.5, 0.1, 20, 7), start, axis=0)
    first = Drawing.make([one], radii=0.0, filled=True)
    second = Drawing.make([two[::-1] if backwards else two], radii=0.0, filled=True)
    made = frames(model, first, second)
    for drawing, _ in made:
        outline = points(drawing, 0)
        assert area(outline) == pytest.approx(area(one), rel=0.03)
        middle = outline.mean(axis=0)
        away = np.hypot(*(outline - middle).T)
        tips = (away > np.roll(away, 1)) & (away > np.roll(away, -1)) & (away > 0.085)
        assert tips.sum() == 5
    inbetweens = model.inbetweens(LatentKey(first, 0.0, first), LatentKey(second, 1.0, second))
    ink = [render(drawing, 128)[..., 3] for drawing in (first, inbetweens.at(0.004, "spherical")[0])]
    assert np.abs(ink[0] - ink[1]).sum() < 0.05 * ink[0].sum()


def test_two_arms_that_turn_far_keep_to_themselves(model) -> None:
    shoulder = np.array([[0.4, 0.4], [0.6, 0.4]])
    arm = np.linspace([0, 0], [0, 0.2], 8)
    arms = [turned(arm, 20, (0, 0)) + shoulder[0], turned(arm, -20, (0, 0)) + shoulder[1]]
    raised = [turned(arms[0], 80, shoulder[0]), turned(arms[1], -100, shoulder[1])]
    first = Drawing.make([circle(0.5, 0.5, 0.1), *arms], 0.008, cyclic=[True, False, False])
    second = Drawing.make([circle(0.5, 0.5, 0.1), *raised], 0.008, cyclic=[True, False, False])
    for drawing, origins in frames(model, first, second)[1:-1]:
        for side in (0, 1):
            (own,) = number(origins, 0, side + 1)
            line = points(drawing, own)
            assert np.hypot(*(line[0] - shoulder[side])) < 0.01
            assert np.hypot(*np.diff(line, axis=0).T).sum() == pytest.approx(0.2, rel=0.02)


def face(open_, mouth):
    eyes = [circle(x, 0.4, 0.06, 24) for x in (0.4, 0.6)]
    eyes = [(eye - eye.mean(axis=0)) * (1, open_) + eye.mean(axis=0) for eye in eyes]
    wide, high = mouth
    lips = (circle(0, 0, 1, 28) * (wide, high)) + (0.5, 0.66)
    return Drawing.make([circle(0.5, 0.5, 0.3), *eyes, lips], 0.005, cyclic=True)


MOUTHS = ((0.1, 0.01), (0.08, 0.06), (0.04, 0.05), (0.11, 0.03), (0.02, 0.02))


@pytest.mark.parametrize("one", range(len(MOUTHS)))
@pytest.mark.parametrize("method", METHODS)
def test_a_blink_and_a_mouth_chart_stay_in_place(model, one, method) -> None:
    first, second = face(1.0, MOUTHS[one]), face(0.1, MOUTHS[(one + 2) % len(MOUTHS)])
    for t, (drawing, origins) in zip(FRAMES[1:-1], frames(model, first, second, method)[1:-1], strict=True):
        for shape, middle in ((1, (0.4, 0.4)), (2, (0.6, 0.4)), (3, (0.5, 0.66))):
            (own,) = number(origins, 0, shape)
            keys = points(first, shape), points(second, shape)
            found = points(drawing, own)
            assert np.abs(found.mean(axis=0) - middle).max() < 0.006
            size = np.ptp(found, axis=0)
            straight = (1 - t) * np.ptp(keys[0], axis=0) + t * np.ptp(keys[1], axis=0)
            assert np.abs(size - straight).max() < 0.03


def test_sixteen_bars_that_are_panned_go_as_one(model) -> None:
    bars = [np.array([[0.1 + 0.04 * k, 0.3], [0.1 + 0.04 * k, 0.4], [0.1 + 0.04 * k, 0.6]]) for k in range(16)]
    first, second = Drawing.make(bars, 0.004), Drawing.make([bar + [0.06, 0] for bar in bars], 0.004)
    for t, (drawing, origins) in zip(FRAMES[1:-1], frames(model, first, second)[1:-1], strict=True):
        for k, bar in enumerate(bars):
            (own,) = number(origins, 0, k)
            assert np.abs(points(drawing, own)[:, 0] - bar[0, 0] - 0.06 * t).max() < 1e-3


@pytest.mark.parametrize("method", METHODS)
def test_equal_shapes_stand_still_while_others_move(model, method) -> None:
    random = np.random.default_rng(3)
    lines = [random.uniform(0.1, 0.9, 2) + random.normal(0, 0.05, (7, 2)) for _ in range(20)]
    second = [line + 0.1 if k < 6 else line for k, line in enumerate(lines)]
    first, second = Drawing.make(lines, 0.004), Drawing.make(second, 0.004)
    for drawing, origins in frames(model, first, second, method)[1:-1]:
        for k in range(6, 20):
            (own,) = number(origins, 0, k)
            assert np.abs(points(drawing, own) - lines[k]).max() * 64 < 1e-3


def test_a_figure_that_leaves_the_frame_goes_out_as_it_is(model) -> None:
    figure = [
        circle(0.3, 0.3, 0.08),
        [[0.3, 0.38], [0.3, 0.45], [0.3, 0.6]],
        [[0.3, 0.45], [0.22, 0.5], [0.2, 0.55]],
        [[0.3, 0.45], [0.38, 0.5], [0.4, 0.55]],
        [[0.3, 0.6], [0.24, 0.7], [0.22, 0.8]],
        [[0.3, 0.6], [0.36, 0.7], [0.38, 0.8]],
    ]
    closed = [True] + [False] * 5
    first = Drawing.make(figure, 0.006, cyclic=closed)
    second = Drawing.make([np.array(line) + [1.1, 0.02] for line in figure], 0.006, cyclic=closed)
    for t, (drawing, origins) in zip(FRAMES[1:-1], frames(model, first, second)[1:-1], strict=True):
        for k, line in enumerate(figure):
            (own,) = number(origins, 0, k)
            middle = np.array(line).mean(axis=0) + np.array([1.1, 0.02]) * t
            low, high = points(drawing, own).min(axis=0), points(drawing, own).max(axis=0)
            assert np.ptp(points(drawing, own), axis=0) == pytest.approx(np.ptp(np.array(line), axis=0), abs=0.002)
            assert (low - 0.002 <= middle).all() and (middle <= high + 0.002).all()


def compound(*contours):
    counts = [len(c) for c in contours]
    total = sum(counts)
    return Drawing(
        points=np.concatenate(contours),
        radii=np.zeros(total),
        opacities=np.ones(total),
        offsets=np.cumsum([0, *counts]),
        cyclic=np.ones(len(counts), bool),
        shapes=np.array([0, len(counts)]),
        areas=np.array([True]),
    )


def ink(drawing):
    return float(render(drawing, 128)[..., 3].sum()) / 128**2


def test_the_hole_of_a_disc_that_becomes_a_ring_opens_evenly(model) -> None:
    first, second = compound(circle(0.5, 0.5, 0.2)), compound(circle(0.52, 0.5, 0.2), circle(0.52, 0.5, 0.1, 30))
    for t, (drawing, _) in zip(FRAMES, frames(model, first, second, "linear"), strict=True):
        assert ink(drawing) == pytest.approx(np.pi * (0.2**2 - (0.1 * t) ** 2), rel=0.02)


@pytest.mark.parametrize("back", (False, True))
def test_one_area_that_becomes_two_divides(model, back) -> None:
    whole = Drawing.make([circle(0.5, 0.5, 0.2)], radii=0.0, filled=True)
    parts = Drawing.make([circle(0.35, 0.5, 0.14), circle(0.68, 0.5, 0.12)], radii=0.0, filled=True)
    made = [drawing for drawing, _ in frames(model, whole, parts)]
    if back:
        made = [drawing for drawing, _ in frames(model, parts, whole)][::-1]
    sizes = [ink(drawing) for drawing in made]
    assert min(sizes) > 0.95 * min(sizes[0], sizes[-1])  # nothing is lost on the way,
    assert max(sizes) < 1.05 * max(sizes[0], sizes[-1])
    assert sizes[1] == pytest.approx(sizes[0], rel=0.05)  # and neither comes out of nothing


def test_shapes_divide_only_where_they_fit() -> None:
    whole = Drawing.make([circle(0.5, 0.5, 0.2)], radii=0.0, filled=True)
    far = Drawing.make([circle(0.5, 0.5, 0.19), circle(0.1, 0.1, 0.08)], radii=0.0, filled=True)
    spans = match(whole, far)
    assert [(span.line, span.other) for span in spans] == [(0, 0), (-1, 1)]
    assert Inbetweens(align(whole, far, spans)).at(0.5)[0] is not None
