"""Lines: what of a drawing goes into a latent, and that it comes out again."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core import raster
from doodle_core.drawing import Picture, Strokes
from doodle_core.errors import DoodleError
from doodle_core.strokes.lines import Line, from_latent, lines_of, reduced, rows_to_latent, to_latent, to_strokes
from doodle_core.strokes.strokelets import ABSENT, COUNT, NUMBERS

RNG = np.random.default_rng(11)
ROUND = np.linspace(0, 2 * np.pi, 60, endpoint=False)
CIRCLE = np.stack([0.5 + 0.3 * np.cos(ROUND), 0.5 + 0.3 * np.sin(ROUND)], axis=1)


def pieces(lines: tuple[Line, ...]) -> int:
    return sum(max(1, len(line.outline) - 1) for line in lines)


def same(lines: tuple[Line, ...], others: tuple[Line, ...]) -> bool:
    return len(lines) == len(others) and all(
        one.cyclic == two.cyclic and np.array_equal(one.points, two.points)
        for one, two in zip(lines, others, strict=True)
    )


def apart(lines: tuple[Line, ...], drawing: Strokes) -> float:
    """Largest difference of the fields, model pixels, where the drawing's edge is near."""
    wanted = raster.field(drawing, 128)
    return float(np.abs(raster.field(to_strokes(lines), 128) - wanted)[np.abs(wanted) < 2].max(initial=0))


def off(points: np.ndarray, line: Line) -> float:
    """How far points (n, 3) lie from a line, x, y and radius together."""
    outline = line.outline if len(line.outline) > 1 else np.repeat(line.outline, 2, axis=0)
    start, across = outline[:-1], np.diff(outline, axis=0)
    to = points[:, None] - start
    share = np.clip((to * across).sum(-1) / np.maximum((across**2).sum(-1), 1e-12), 0, 1)
    return float(np.linalg.norm(to - share[..., None] * across, axis=2).min(axis=1).max())


# Few places, so that lines touch, return and coincide.
places = st.integers(-3, 3).map(float) | st.floats(-32, 32, width=32)


@st.composite
def any_lines(draw: st.DrawFn) -> tuple[Line, ...]:
    """Lines as `lines_of` makes them: float32, no point twice in a row, no open line that ends where it begins."""
    found = []
    for _ in range(draw(st.integers(0, 6))):
        points = draw(
            hnp.arrays(np.float64, st.tuples(st.integers(1, 9), st.just(3)), elements=places).map(
                lambda rows: np.column_stack([rows[:, :2], np.abs(rows[:, 2]) / 8 + 0.125])
            )
        ).astype(np.float32)
        points = points[np.concatenate([[True], (np.diff(points[:, :2], axis=0) != 0).any(axis=1)])].astype(np.float64)
        while len(points) > 1 and (points[0, :2] == points[-1, :2]).all():
            points = points[:-1]
        found.append(Line(points, len(points) > 2 and draw(st.booleans())))
    return tuple(found)


@st.composite
def any_strokes(draw: st.DrawFn) -> Strokes:
    """Any finite strokes: huge, tiny, without radius, with points in one place, filled or translucent."""
    counts = draw(st.lists(st.integers(0, 12), max_size=6))
    coordinate = st.sampled_from([0.25, 0.5, 0.75]) | st.floats(width=32, allow_nan=False, allow_infinity=False)
    radius = st.sampled_from([0.0, 0.0, 0.03125]) | st.floats(0, width=32, allow_nan=False, allow_infinity=False)
    see_through = draw(st.sampled_from([False] * 5 + [True]))
    return Strokes(
        points=draw(hnp.arrays(np.float32, (sum(counts), 2), elements=coordinate)),
        radii=draw(hnp.arrays(np.float32, sum(counts), elements=radius)),
        opacities=draw(hnp.arrays(np.float32, sum(counts), elements=st.floats(0, 1, width=32)))
        if see_through
        else np.ones(sum(counts)),
        offsets=np.cumsum([0, *counts]),
        cyclic=draw(hnp.arrays(np.bool_, len(counts))),
        filled=draw(hnp.arrays(np.bool_, len(counts))) if see_through else np.zeros(len(counts)),
    )


# Round trips


@settings(max_examples=35)
@given(any_lines())
def test_lines_come_back_from_a_latent_bit_for_bit(lines: tuple[Line, ...]) -> None:
    latent = to_latent(lines)
    assert latent.shape == (NUMBERS * COUNT,) and latent.dtype == np.float32
    found = from_latent(latent)
    assert same(found, lines)
    np.testing.assert_array_equal(to_latent(found), latent)


def test_lines_that_begin_where_others_end_stay_lines_of_their_own() -> None:
    at = np.array([4.0, 5.0, 1.0])
    ring = Line(at + [[0, 0, 0], [8, 0, 0], [8, 8, 0]], True)
    lines = (
        ring,
        Line(at + [[0, 0, 0], [-9, 3, 0]]),
        Line(at + [[-9, 3, 0], [0, 9, 0]]),
        Line(at[None]),
        Line(at[None]),
    )
    assert same(from_latent(to_latent(lines)), lines)
    assert from_latent(to_latent(lines, 7))[0].length > ring.length  # without room for what keeps them apart, joined


def test_a_full_latent_comes_back() -> None:
    lines = tuple(Line(RNG.uniform(0, 9, (17, 3)).astype(np.float32).astype(float)) for _ in range(16))
    assert pieces(lines) == COUNT
    assert same(from_latent(to_latent(lines)), lines)
    with pytest.raises(DoodleError, match="257 pieces of line do not fit a latent of 256"):
        to_latent((*lines, Line(np.ones((1, 3)))))
    with pytest.raises(DoodleError, match="257 pieces"):
        rows_to_latent(np.ones((257, 3)), np.ones((257, 3)))


def test_unused_rows_may_be_anywhere() -> None:
    lines = (Line(np.array([[0, 0, 1], [5, 0, 1], [5, 5, 1.0]])),)
    rows = to_latent(lines, 4).reshape(4, 6)
    assert (rows[2:, 4:] == ABSENT).all()
    assert same(from_latent(rows[[2, 0, 1, 3]].reshape(-1)), lines)


def test_nothing_is_an_empty_latent() -> None:
    for drawing in (Strokes.make(), Strokes.make([[]]), Strokes.make([CIRCLE], 0.0), Picture(np.zeros((8, 8)))):
        assert lines_of(drawing) == ()
    assert (to_latent(()).reshape(-1, 6)[:, 4:] == ABSENT).all()
    assert from_latent(to_latent(())) == ()


@pytest.mark.parametrize("shape", [(64,), (7,), (2, 12), ()])
def test_a_latent_of_another_shape_is_refused_or_has_other_rows(shape: tuple) -> None:
    with pytest.raises(DoodleError, match="a latent of lines has shape"):
        from_latent(np.zeros(shape))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("column", range(6))
def test_a_latent_that_is_not_finite_is_refused(bad: float, column: int) -> None:
    latent = to_latent((Line(np.ones((1, 3))),))
    latent[column] = bad
    with pytest.raises(DoodleError, match="not finite"):
        from_latent(latent)


# What becomes a line


def test_strokes_are_their_lines() -> None:
    strokes = Strokes.make([[(0.25, 0.5), (0.75, 0.5)], [(0.5, 0.25)]], [[0.01, 0.02], [0.03]])
    line, dot = lines_of(strokes)
    np.testing.assert_allclose(line.points, [[-16, 0, 0.64], [16, 0, 1.28]], atol=1e-5)
    np.testing.assert_allclose(dot.points, [[0, -16, 1.92]], atol=1e-5)
    assert line.length == pytest.approx(32) and dot.length == 0
    np.testing.assert_allclose(line.at([-1, 8, 99])[:, 0], [-16, -8, 16], atol=1e-5)


def test_a_closed_line_goes_round() -> None:
    (ring,) = lines_of(Strokes.make([CIRCLE], cyclic=True))
    assert ring.cyclic
    np.testing.assert_allclose(ring.at(ring.length + 3), ring.at(3), atol=1e-9)
    np.testing.assert_allclose(ring.at(-3), ring.at(ring.length - 3), atol=1e-9)


@pytest.mark.parametrize("gap", [0.0, 1e-7, 0.3, 1.0])
def test_a_line_whose_ends_nearly_meet_is_closed(gap: float) -> None:
    end = CIRCLE[:1] + np.array([gap / 64, 0]) * (1, -1)
    strokes = Strokes.make([np.concatenate([CIRCLE, end])], 0.01)
    (ring,) = lines_of(strokes)
    assert ring.cyclic
    assert same(from_latent(to_latent([ring])), (ring,))  # and no dot is left at the seam


def test_a_c_stays_open_and_so_does_a_short_hook() -> None:
    hook = [(0.5, 0.5), (0.53, 0.5), (0.53, 0.52), (0.505, 0.51)]
    for line in (CIRCLE[:54], hook):
        assert not lines_of(Strokes.make([line], 0.01))[0].cyclic


def test_points_in_one_place_are_one_with_the_widest_radius() -> None:
    (dot,) = lines_of(Strokes.make([[(0.5, 0.5)] * 4], [[0, 0.01, 0.04, 0]]))
    np.testing.assert_allclose(dot.points, [[0, 0, 2.56]], atol=1e-6)


def test_a_slow_hand_draws_a_line_and_not_a_dot() -> None:
    slow = np.column_stack([np.linspace(0.4, 0.6, 400_001), np.full(400_001, 0.5)])  # 3e-5 model pixels a step
    (line,) = lines_of(Strokes.make([slow]))
    assert line.length == pytest.approx(12.8, abs=1e-3)


@pytest.mark.parametrize("cyclic", [False, True])
def test_between_points_without_radius_there_is_no_line(cyclic: bool) -> None:
    points = [(0.1, 0.2), (0.5, 0.2), (0.9, 0.2), (0.9, 0.8), (0.5, 0.8), (0.1, 0.8)]
    strokes = Strokes.make([points], [[0.02, 0.02, 0, 0, 0.02, 0.02]], cyclic=cyclic)
    lines = lines_of(strokes)
    assert [line.cyclic for line in lines] == [False] * (1 if cyclic else 2)
    assert apart(lines, strokes) < 0.01


def test_a_line_is_where_it_was_though_it_ends_far_away() -> None:
    strokes = Strokes.make([[(-40, 0.1), (30, 0.9)], [(0.5, 0.5), (3e5, 7e5), (0.2, 0.9)]], 0.02)
    lines = lines_of(strokes)
    assert max(np.abs(line.points).max() for line in lines) <= 256
    assert apart(lines, strokes) < 0.01


def test_a_solid_area_is_traced() -> None:
    disc = Strokes.make([CIRCLE, [(0.1, 0.9), (0.9, 0.9)]], 0.02, filled=[True, False])
    ink = raster.ink(to_strokes(lines_of(disc)), 64)
    assert ink[18:46, 18:46].min() == 1
    assert ink[56, 10:54].min() > 0.5


def test_translucent_ink_is_a_line_as_wide_where_it_is_half_opaque() -> None:
    line = [(0.1, 0.5), (0.3, 0.5), (0.5, 0.5), (0.7, 0.5), (0.9, 0.5)]
    strokes = Strokes.make([line, CIRCLE, CIRCLE], 0.02, [[0.8, 0.6, 0, 0, 0.5], 0.3, 0.4], filled=[False, False, True])
    left, right = lines_of(strokes)
    np.testing.assert_allclose(left.points[[0, 1]], [[-25.6, 0, 1.28], [-12.8, 0, 1.28]], atol=1e-5)
    np.testing.assert_allclose(right.points[-1], [25.6, 0, 1.28], atol=1e-5)
    assert raster.ink(to_strokes(lines_of(Strokes.make([CIRCLE], 0.02, 0.7, filled=True))), 64)[18:46, 18:46].min() == 1


def test_a_picture_is_traced() -> None:
    strokes = Strokes.make([CIRCLE], 0.02, cyclic=True)
    (ring,) = lines_of(Picture(raster.ink(strokes, 128)))
    assert ring.cyclic and apart((ring,), strokes) < 0.3


# Not too many


def test_a_thousand_dots_are_as_many_as_fit() -> None:
    lines = lines_of(Strokes.make(list(RNG.uniform(0, 1, (1000, 1, 2)))))
    assert pieces(lines) == 192


def test_of_a_hatching_the_longest_lines_stay() -> None:
    starts = RNG.uniform(0, 0.5, (500, 2))
    long = np.arange(500) / 1000
    strokes = Strokes.make([np.stack([a, a + (0, size)]) for a, size in zip(starts, long, strict=True)], 0.005)
    lines = lines_of(strokes)
    assert pieces(lines) == 192
    assert min(line.length for line in lines) == pytest.approx(64 * long[308], abs=1e-3)
    assert same(from_latent(to_latent(lines)), lines)


@pytest.mark.parametrize("kind", ["wave", "noise"])
def test_a_stroke_of_ten_thousand_points_fits(kind: str) -> None:
    t = np.linspace(0, 1, 10_000)
    points = np.column_stack([t, 0.5 + 0.3 * np.sin(40 * t)]) if kind == "wave" else RNG.uniform(0, 1, (10_000, 2))
    strokes = Strokes.make([points], 0.01)
    begun = time.process_time()
    lines = lines_of(strokes)
    assert time.process_time() - begun < 3
    assert 20 < pieces(lines) <= 192
    if kind == "wave":
        assert apart(lines, strokes) < 0.2


def test_one_long_scribble_among_many_lines_leaves_room_for_them() -> None:
    scribble = RNG.uniform(0, 1, (3000, 2))
    dashes = [np.array([[x, y], [x, y + 0.02]]) for x in np.linspace(0.1, 0.9, 20) for y in np.linspace(0.1, 0.9, 15)]
    lines = lines_of(Strokes.make([scribble, *dashes], 0.005))
    assert 150 < pieces(lines) <= 192
    assert len(lines) > 90


def test_what_fits_is_kept_to_the_finest_tolerance() -> None:
    strokes = Strokes.make([CIRCLE, CIRCLE * 0.5], 0.02, cyclic=True)
    assert apart(lines_of(strokes), strokes) < 0.07
    assert apart(lines_of(strokes, most=24), strokes) > 0.1
    assert pieces(lines_of(strokes, most=24)) <= 24


@settings(max_examples=30)
@given(any_strokes(), st.sampled_from([1, 5, 192]))
def test_nothing_finite_fails(strokes: Strokes, most: int) -> None:
    lines = lines_of(strokes, most)
    assert pieces(lines) <= most
    for line in lines:
        assert np.isfinite(line.points).all() and np.abs(line.points).max() <= 256
        assert line.points[:, 2].min() >= 0
        assert (np.diff(line.walked) > 0).all()
    assert same(from_latent(to_latent(lines)), lines)


# Reducing


@pytest.mark.parametrize("cyclic", [False, True])
def test_places_passed_twice_are_not_left_twice_in_a_row(cyclic: bool) -> None:
    across = Line(np.array([[0, 0, 1], [9, 0, 1], [9, 1, 1], [9, 0, 1], [9, 9, 1], [0, 1, 1.0]]), cyclic)
    assert reduced(across, 1.5).points[:, :2].tolist() == [[0, 0], [9, 0], [9, 9]] + [[0, 1]] * (not cyclic)


@settings(max_examples=30)
@given(any_lines(), st.sampled_from([0.01, 0.3, 2.0, 20.0]))
def test_a_reduced_line_is_near_the_line_and_made_of_its_points(lines: tuple[Line, ...], tolerance: float) -> None:
    for line in lines:
        fewer = reduced(line, tolerance)
        assert off(line.points, fewer) <= tolerance + 1e-9
        assert {tuple(point) for point in fewer.points} <= {tuple(point) for point in line.points}
        assert (fewer.points[0] == line.points[0]).all()
        assert not fewer.cyclic or len(fewer.points) > 2


def test_the_radius_is_kept_too() -> None:
    swell = np.column_stack([np.linspace(-9, 9, 51), np.zeros(51), 2 - np.abs(np.linspace(-1, 1, 51))])
    assert reduced(Line(swell), 0.05).points.tolist() == swell[[0, 25, 50]].tolist()
