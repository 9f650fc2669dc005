"""What the artist says of shapes: links, shapes that stay by themselves, shapes that move as one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core.drawing import Drawing
from doodle_core.errors import DoodleError
from doodle_core.film import Film
from doodle_core.geometry.contour import contours_of
from doodle_core.matching.hints import Constraints, Hints, Link, LinkEnd, constraints_of
from doodle_core.matching.linking import linked
from doodle_core.matching.model import StrokeModel
from doodle_core.matching.shapes import match
from doodle_core.matching.stretches import by_stretches
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey, LatentTrack

MOMENTS = (0.25, 0.5, 0.75)


@pytest.fixture(scope="module")
def model() -> StrokeModel:
    opened = DoodleModel.load(threads=1)
    assert isinstance(opened, StrokeModel)
    return opened


def circle(x, y, radius, count=40, start=0.0):
    angle = start + np.arange(count) / count * 2 * np.pi
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def keys(first, second, links=(), alone=((), ()), groups=((), ())):
    """Two keys; links: (shape, other, place, goal); alone and groups: shapes of either."""
    hints = [
        Hints(
            tuple(LinkEnd(number, link[key], tuple(link[2 + key])) for number, link in enumerate(links)),
            frozenset(alone[key]),
            ((1, frozenset(groups[key])),) if groups[key] else (),
        )
        for key in (0, 1)
    ]
    return [LatentKey(d, float(k), d, hints=hints[k]) for k, d in enumerate((first, second))]


def missed(aligned, line, other, place, goal):
    """How far a place of a contour is taken from the place it was linked with, model pixels."""
    at = [np.asarray(p) * 64 - 32 for p in (place, goal)]
    best = np.inf
    for run in np.flatnonzero((aligned.contours[0] == line) & (aligned.contours[1] == other)):
        rows = np.arange(aligned.offsets[run], aligned.offsets[run + 1])
        if aligned.cyclic[run]:
            rows = np.append(rows, rows[0])
        part = np.linspace(0, len(rows) - 1, 4000)
        here, there = (
            np.stack([np.interp(part, np.arange(len(rows)), column) for column in side[rows].T], 1)
            for side in (aligned.first, aligned.second)
        )
        on = np.hypot(*(here - at[0]).T).argmin()
        best = min(best, np.hypot(*(there[on] - at[1])))
    return best


# What two keys say together.


def some(count=3, layers=None, filled=False):
    lines = [np.array([[0.1, 0.1 * k + 0.1], [0.5, 0.1 * k + 0.12], [0.9, 0.1 * k + 0.1]]) for k in range(count)]
    drawing = Drawing.make(lines, 0.004, filled=filled)
    return drawing if layers is None else replace(drawing, layers=np.array(layers, np.int32))


def end(number, shape, place=(0.5, 0.5)):
    return LinkEnd(number, shape, place)


def test_two_ends_of_one_number_are_a_link() -> None:
    one, two = Hints((end(4, 0, (0.1, 0.2)), end(7, 1))), Hints((end(9, 1), end(4, 2, (0.3, 0.4))))
    found = constraints_of(one, two, (some(), some()))
    assert found.links == (Link(0, 2, (0.1, 0.2), (0.3, 0.4)),)


@pytest.mark.parametrize(
    "drawings, other",
    [((some(), some()), 3), ((some(), some(filled=True)), 0), ((some(), some(layers=[0, 5, 5])), 1)],
)
def test_what_cannot_be_linked_is_passed_over(drawings, other) -> None:
    assert not constraints_of(Hints((end(1, 0),)), Hints((end(1, other),)), drawings)


def test_a_shape_that_is_linked_is_not_alone() -> None:
    found = constraints_of(Hints((end(1, 0),), frozenset({0, 1, 9})), Hints((end(1, 0),)), (some(), some()))
    assert found.alone == (frozenset({1}), frozenset())


def test_a_group_is_of_both_keys_and_of_more_than_one_shape() -> None:
    one, two = Hints(groups=((3, frozenset({0})), (5, frozenset({1})))), Hints(groups=((3, frozenset({2})),))
    assert constraints_of(one, two, (some(), some())).groups == ((frozenset({0}), frozenset({2})),)


def test_the_digest_tells_constraints_apart() -> None:
    link = Link(0, 1, (0.1, 0.2), (0.3, 0.4))
    made = [
        Constraints(),
        Constraints((link,)),
        Constraints((Link(0, 1, (0.1, 0.2), (0.3, 0.5)),)),
        Constraints(alone=(frozenset({1}), frozenset())),
        Constraints(alone=(frozenset(), frozenset({1}))),
        Constraints(groups=((frozenset({0, 1}), frozenset()),)),
    ]
    assert made[0].digest == "" and len({one.digest for one in made}) == len(made)


def test_a_place_that_is_no_number_is_refused() -> None:
    with pytest.raises(DoodleError, match="link 3"):
        LinkEnd(3, 0, (0.1, float("nan")))


def test_a_part_takes_along_the_hints_of_its_shapes() -> None:
    hints = Hints((end(1, 0), end(2, 2)), frozenset({1, 2}), ((1, frozenset({0, 2})), (2, frozenset({0}))))
    key = LatentKey(some(layers=[0, 4, 4]), 0.0, hints=hints)
    part, _ = key.part(frozenset({4}))
    assert part.hints == Hints((end(2, 1),), frozenset({0, 1}), ((1, frozenset({1})),))
    assert key.part(frozenset({0, 4}))[0].hints == hints


# Links.

CROSS = [np.linspace([0.2, 0.3], [0.5, 0.3], 8), np.linspace([0.2, 0.6], [0.5, 0.6], 8), circle(0.7, 0.5, 0.1)]
MOVED = [np.array(line) + [0.05, 0.02] for line in CROSS]


def test_linked_shapes_are_partners_and_their_places_meet(model) -> None:
    first = Drawing.make(CROSS, 0.004, cyclic=[False, False, True])
    second = Drawing.make(MOVED, 0.004, cyclic=[False, False, True])
    place, goal = (0.3, 0.3), (0.40, 0.62)
    made = model.inbetweens(*keys(first, second, [(0, 1, place, goal)]))
    pairs = {(span.line, span.other) for span in made.aligned.spans}
    assert (0, 1) in pairs and (0, 0) not in pairs and (1, 1) not in pairs
    assert missed(made.aligned, 0, 1, place, goal) < 0.1


@pytest.mark.parametrize("angle", (0.5, 2.0, 4.0))
def test_a_closed_shape_begins_where_it_is_linked(model, angle) -> None:
    first, second = (Drawing.make([circle(x, 0.5, 0.15)], 0.004, cyclic=True) for x in (0.3, 0.6))
    place = 0.3 + 0.15 * np.cos(0.2), 0.5 + 0.15 * np.sin(0.2)
    goal = 0.6 + 0.15 * np.cos(0.2 + angle), 0.5 + 0.15 * np.sin(0.2 + angle)
    made = model.inbetweens(*keys(first, second, [(0, 0, place, goal)]))
    assert missed(made.aligned, 0, 0, place, goal) < 0.2
    # It runs round the same way: half-way it is a circle still, turned by half.
    half = made.at(0.5, "spherical")[0].points
    assert np.hypot(*(half - half.mean(axis=0)).T) == pytest.approx(0.15, abs=0.01)


@pytest.mark.parametrize("turned", (False, True))
def test_two_links_on_one_line_say_which_way_it_runs(model, turned) -> None:
    first, second = (Drawing.make([np.linspace([0.2, y], [0.8, y], 9)], 0.004) for y in (0.4, 0.5))
    goals = [(0.7, 0.5), (0.3, 0.5)] if turned else [(0.3, 0.5), (0.7, 0.5)]
    links = [(0, 0, (0.3, 0.4), goals[0]), (0, 0, (0.7, 0.4), goals[1])]
    made = model.inbetweens(*keys(first, second, links))
    for _, _, place, goal in links:
        assert missed(made.aligned, 0, 0, place, goal) < 0.1


def test_a_line_linked_with_two_is_cut(model) -> None:
    first = Drawing.make([np.linspace([0.1, 0.4], [0.9, 0.4], 17)], 0.004)
    second = Drawing.make([np.linspace([0.1, 0.5], [0.45, 0.5], 9), np.linspace([0.55, 0.6], [0.9, 0.6], 9)], 0.004)
    links = [(0, 0, (0.2, 0.4), (0.2, 0.5)), (0, 1, (0.8, 0.4), (0.8, 0.6))]
    made = model.inbetweens(*keys(first, second, links))
    assert {(span.line, span.other) for span in made.aligned.spans} == {(0, 0), (0, 1)}
    for _, other, place, goal in links:
        assert missed(made.aligned, 0, other, place, goal) < 0.1


def test_the_line_round_an_area_goes_along(model) -> None:
    rings = [circle(0.3, 0.4, 0.1), circle(0.6, 0.4, 0.1)]
    first = Drawing.make(rings, 0.004, 1.0, True, True)  # an area, then the line round it
    second = Drawing.make([ring + [0.02, 0.1] for ring in rings], 0.004, 1.0, True, True)
    for shape in (0, 1):  # the area, the line
        made = model.inbetweens(*keys(first, second, [(shape, shape + 2, (0.4, 0.4), (0.72, 0.5))]))
        assert {(s.line, s.other) for s in made.aligned.spans} == {(0, 2), (1, 3), (2, 0), (3, 1)}
        assert missed(made.aligned, 1, 3, (0.4, 0.4), (0.72, 0.5)) < 0.3


def test_a_link_that_confirms_changes_nothing(model) -> None:
    random = np.random.default_rng(4)
    lines = [random.uniform(0.1, 0.9, 2) + random.normal(0, 0.05, (7, 2)) for _ in range(20)]
    first = Drawing.make(lines, 0.004)
    second = Drawing.make([line + 0.01 for line in lines], 0.004).select(random.permutation(20))
    without = model.inbetweens(*keys(first, second)).aligned
    other = {span.line: span.other for span in without.spans}
    own = contours_of(first)[3].at([5.0])[0, :2] / 64 + 0.5
    withit = model.inbetweens(*keys(first, second, [(3, other[3], own, own + 0.01)])).aligned
    assert {(s.line, s.other) for s in withit.spans} == {(s.line, s.other) for s in without.spans}
    for name in ("first", "second"):
        assert len(getattr(withit, name)) <= len(getattr(without, name)) + 2


def test_stretches_keep_what_is_linked_and_what_is_alone() -> None:
    first = Drawing.make(CROSS, 0.004, cyclic=[False, False, True])
    second = Drawing.make(MOVED, 0.004, cyclic=[False, False, True])
    asked = Constraints((Link(0, 1, (0.3, 0.3), (0.40, 0.62)),), (frozenset({2}), frozenset()))
    whole = linked(match(first, second, asked), (first, second), asked)
    found = by_stretches(first, second, whole, asked)
    assert found is not None
    assert sorted((s.line, s.other) for s in found if s.line in (0, 2)) == [(0, 1), (2, -1)]


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 7), other=st.integers(1, 7), links=st.integers(1, 4))
def test_whatever_is_linked_all_contours_are_covered_and_links_are_kept(seed, count, other, links) -> None:
    random = np.random.default_rng(seed)

    def drawing(n):
        lines = [random.uniform(0.2, 0.8, 2) + random.normal(0, 0.1, (int(random.integers(2, 9)), 2)) for _ in range(n)]
        closed = [bool(random.integers(2)) for _ in range(n)]
        return Drawing.make(lines, 0.01, 1.0, closed, [bool(random.integers(4) == 0) for _ in range(n)])

    first, second = drawing(count), drawing(other)
    ends = [
        [LinkEnd(k, int(random.integers(n)), tuple(random.random(2))) for k in range(links)] for n in (count, other)
    ]
    alone = [frozenset(np.flatnonzero(random.random(n) < 0.2).tolist()) for n in (count, other)]
    asked = constraints_of(Hints(tuple(ends[0]), alone[0]), Hints(tuple(ends[1]), alone[1]), (first, second))
    found = match(first, second, asked)
    for contours, side in ((contours_of(first), "line"), (contours_of(second), "other")):
        lengths = [0.0] * len(contours)
        for span in found:
            along = span.here if side == "line" else span.there
            if getattr(span, side) >= 0:
                lengths[getattr(span, side)] += abs(along[-1] - along[0])
        areas = first.areas if side == "line" else second.areas
        for contour, length, area in zip(contours, lengths, areas, strict=True):
            assert length == pytest.approx(contour.length, abs=1e-3) or (area and length > contour.length - 1e-3)
    pairs = {(span.line, span.other) for span in found}
    if asked.links:
        assert (asked.links[0].shape, asked.links[0].other) in pairs
    for side, own in enumerate(asked.alone):
        assert all(pair[1 - side] < 0 for pair in pairs if pair[side] in own)


def test_keys_of_equal_drawings_and_other_hints_do_not_meet(model) -> None:
    first = Drawing.make(CROSS, 0.004, cyclic=[False, False, True])
    second = Drawing.make(MOVED, 0.004, cyclic=[False, False, True])
    plain, said = keys(first, second), keys(first, second, [(0, 1, (0.3, 0.3), (0.4, 0.62))])
    one, two = model.match(*plain, decide=True), model.match(*said, decide=True)
    assert one is not None and two is not None and one != two
    assert model.match(*plain) == one and model.match(*said) == two
    model.know(*said, one)
    assert model.match(*plain) == one and model.match(*said) == one


# Shapes that stay by themselves, and shapes that move as one.


@pytest.mark.parametrize("method", ("linear", "spherical"))
def test_shapes_left_alone_hold_and_go_half_way(model, method) -> None:
    first = Drawing.make([*CROSS[:2], [[0.8, 0.8], [0.85, 0.9]]], 0.004)
    second = Drawing.make([*MOVED[:2], [[0.1, 0.8], [0.15, 0.9]]], 0.004)
    one, two = keys(first, second, alone=((2,), (2,)))
    film = Film(model, LatentTrack((one, two), method))
    assert film.reorders(0)
    for position in (0.01, 0.3, 0.49, 0.5, 0.8, 0.99):
        pose = film.pose(position)
        key = int(position >= 0.5)
        (shape,) = np.flatnonzero((pose.origins == 2).any(axis=1))
        assert pose.origins[shape, key] == 2 and pose.origins[shape, 1 - key] == -1
        low, high = pose.drawing.offsets[pose.drawing.shapes[[shape, shape + 1]]]
        own = (first, second)[key].points[-2:]
        np.testing.assert_allclose(pose.drawing.points[low:high], own, atol=1e-6)
        assert pose.drawing.radii[low:high] == pytest.approx(0.004)


@pytest.mark.parametrize("method", ("linear", "circular", "spherical", "cubic"))
def test_a_group_moves_as_one_piece(model, method) -> None:
    turn = np.radians(120)
    about = np.array([0.5, 0.5])
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    piece = [circle(0.4, 0.5, 0.05), np.array([[0.45, 0.5], [0.5, 0.52], [0.6, 0.5]]), circle(0.65, 0.5, 0.05)]
    rest = [np.array([[0.1, 0.9], [0.5, 0.92], [0.9, 0.9]])]
    closed = [True, False, True, False]
    first = Drawing.make(piece + rest, 0.004, cyclic=closed)
    second = Drawing.make([(line - about) @ spin + about + [0.1, 0.0] for line in piece] + rest, 0.004, cyclic=closed)
    film = Film(model, LatentTrack(tuple(keys(first, second, groups=((0, 1, 2), (0, 1, 2)))), method))
    for t in MOMENTS:
        pose = film.pose(t)
        middles = []
        for shape in (0, 1, 2):
            (own,) = np.flatnonzero(pose.origins[:, 0] == shape)
            low, high = pose.drawing.offsets[pose.drawing.shapes[[own, own + 1]]]
            line = pose.drawing.points[low:high].astype(float)
            middles.append((line.min(axis=0) + line.max(axis=0)) / 2)
        away = np.hypot(*(middles[2] - middles[0]))
        assert away == pytest.approx(0.25, abs=0.003)


def test_shapes_of_a_group_go_to_shapes_of_the_group() -> None:
    lines = [circle(0.2 + 0.2 * k, 0.5, 0.06) for k in range(4)]
    first = Drawing.make(lines, 0.004, cyclic=True)
    second = Drawing.make([line + [0.0, 0.02] for line in lines], 0.004, cyclic=True)
    asked = Constraints(groups=((frozenset({0, 1}), frozenset({2, 3})),))
    pairs = {(span.line, span.other) for span in match(first, second, asked) if min(span.line, span.other) >= 0}
    assert all((line in (0, 1)) == (other in (2, 3)) for line, other in pairs) and len(pairs) >= 2
