"""Correspondence: literal scores to the spans that a person would name, and any scores to spans that cover all ink."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from doodle_core.geometry.contour import Contour
from doodle_core.matching.correspondence import Scores, Span, spans
from doodle_core.matching.tokens import Tokens, cut
from tests.core.matching.lines import any_lines

ROUND = np.linspace(0, 2 * np.pi, 48, endpoint=False)


def straight(x0: float, y0: float, x1: float, y1: float, points: int = 2) -> Contour:
    t = np.linspace(0, 1, points)[:, None]
    return Contour(np.hstack([(1 - t) * (x0, y0) + t * (x1, y1), np.full((points, 1), 1.25)]))


def ring(x: float, y: float, radius: float, start: float = 0.0) -> Contour:
    a = ROUND + start
    return Contour(np.column_stack([x + radius * np.cos(a), y + radius * np.sin(a), np.full(len(a), 1.25)]), True)


def near(a: Tokens, b: Tokens, moved: tuple[float, float] = (0.0, 0.0), nowhere: float = -6.0) -> Scores:
    """Scores of a matcher that knows how far everything moved."""
    away = np.hypot(*(a.place[:, None] + np.array(moved) - b.place[None]).transpose(2, 0, 1)).astype(np.float64)
    return Scores(np.maximum(-1.5 * away, -12), np.full(len(a), nowhere))


def matched(lines: Sequence[Contour], others: Sequence[Contour], *how, **known) -> list[Span]:
    a, b = cut(lines), cut(others)
    return spans(lines, others, a, b, near(a, b, *how, **known))


def ends(span: Span) -> list[float]:
    return [*span.here[[0, -1]], *span.there[[0, -1]]]


def covered(line: Contour, stretches: list[np.ndarray]) -> bool:
    """Whether stretches, lengths of line, cover the line: every place, round a closed one."""
    if not line.length:
        return bool(stretches)
    place = (np.arange(3000) + 0.5) / 3000 * line.length
    answer = np.zeros(len(place), bool)
    for stretch in stretches:
        low, high = stretch.min() - 1e-6, stretch.max() + 1e-6
        turns = range(int(np.floor(low / line.length)) - 1, int(high / line.length) + 2) if line.closed else (0,)
        for turn in turns:
            answer |= (place + turn * line.length >= low) & (place + turn * line.length <= high)
    return bool(answer.all())


def test_a_drawing_becomes_itself() -> None:
    lines = [straight(-20, 0, 20, 4), ring(0, 15, 8), straight(0, -20, 3, -12), Contour(np.array([[20, 20, 2.0]]))]
    found = matched(lines, lines)
    assert [(span.line, span.other) for span in found] == [(0, 0), (1, 1), (2, 2), (3, 3)]
    for span, line in zip(found, lines, strict=True):
        assert ends(span) == pytest.approx([0, line.length, 0, line.length], abs=0.6 if line.closed else 1e-6)
        np.testing.assert_allclose(span.there, span.here, atol=0.6)


def test_a_line_drawn_the_other_way_round_runs_backwards() -> None:
    (span,) = matched([straight(-20, 0, 20, 4)], [straight(20, 6, -20, 2)], (0, 2))
    length = np.hypot(40, 4)
    assert ends(span) == pytest.approx([0, length, length, 0])
    assert (np.diff(span.there) <= 0).all()


def test_two_lines_that_change_places_are_followed() -> None:
    lines = [straight(-20, -10, 20, -10), straight(-20, 10, 20, 10)]
    a, b = cut(lines), cut(lines)
    # Each piece became the one across: only the scores say so.
    away = np.hypot(*((a.place * (1, -1))[:, None] - b.place[None]).transpose(2, 0, 1))
    found = spans(lines, lines, a, b, Scores(np.maximum(-1.5 * away, -12), np.full(len(a), -6.0)))
    assert [(span.line, span.other) for span in found] == [(0, 1), (1, 0)]
    assert [value for span in found for value in ends(span)] == pytest.approx([0, 40] * 4)


@pytest.mark.parametrize("start", [0.0, 1.0, np.pi, 4.5])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_ring_becomes_a_ring_wherever_it_begins(start: float, sign: int) -> None:
    line, other = ring(0, 0, 10), ring(3, 1, 10, start)
    if sign < 0:
        other = Contour(other.points[::-1], True)
    (span,) = matched([line], [other], (3, 1))
    assert (span.line, span.other) == (0, 0)
    assert span.there[-1] - span.there[0] == pytest.approx(sign * other.length)
    assert span.here[-1] - span.here[0] == pytest.approx(line.length)
    gone = other.at(np.interp(np.linspace(*span.here[[0, -1]], 50), span.here, span.there))[:, :2]
    stood = line.at(np.linspace(*span.here[[0, -1]], 50))[:, :2]
    assert np.hypot(*(gone - stood - (3, 1)).T).max() < 1.0


def test_a_line_becomes_a_longer_one_as_a_whole() -> None:
    line, other = straight(-10, 0, 10, 0), straight(-16, 0, 16, 0)
    a, b = cut([line]), cut([other])
    away = np.abs(a.place[:, None, 0] * 1.6 - b.place[None, :, 0]).astype(float)
    (span,) = spans([line], [other], a, b, Scores(-1.5 * away, np.full(len(a), -6.0)))
    assert ends(span) == pytest.approx([0, 20, 0, 32])
    np.testing.assert_allclose(span.there, 1.6 * span.here, atol=1.0)


def test_one_line_splits_in_two() -> None:
    found = matched([straight(-21, 0, 21, 0)], [straight(-21, 0, 0, 0), straight(0, 0, 21, 0)])
    assert [(span.line, span.other) for span in found] == [(0, 0), (0, 1)]
    assert [value for span in found for value in ends(span)] == pytest.approx([0, 21, 0, 21, 21, 42, 0, 21], abs=0.5)


def test_two_lines_become_one() -> None:
    found = matched([straight(-21, 0, 0, 0), straight(0, 0, 21, 0)], [straight(-21, 0, 21, 0)])
    assert [(span.line, span.other) for span in found] == [(0, 0), (1, 0)]
    assert found[0].there[-1] == pytest.approx(found[1].there[0])
    assert found[0].there[-1] == pytest.approx(21, abs=0.5)


def test_a_line_without_a_counterpart_vanishes_or_appears_as_a_whole() -> None:
    stays, goes = straight(-20, -20, 20, -20), straight(-10, 20, 10, 20)
    for before, after in (([stays, goes], [stays]), ([stays], [stays, goes])):
        found = matched(before, after, nowhere=-3.0)
        assert [(span.line, span.other) for span in found] == [(0, 0), (1, -1) if len(before) > 1 else (-1, 1)]
        own = found[1].here if len(before) > 1 else found[1].there
        assert own.tolist() == pytest.approx([0, 20])


def test_what_is_drawn_on_beyond_a_line_appears() -> None:
    found = matched([straight(-24, 0, 0, 0)], [straight(-24, 0, 24, 0)])
    assert [(span.line, span.other) for span in found] == [(0, 0), (-1, 0)]
    assert found[0].there[-1] == pytest.approx(found[1].there[0])
    assert found[1].there.tolist() == pytest.approx([24, 48], abs=2)


def test_a_line_without_its_middle_keeps_both_its_ends() -> None:
    whole = straight(-30, 0, 30, 0)
    found = matched([whole], [straight(-30, 0, -12, 0), straight(12, 0, 30, 0)], nowhere=-4.0)
    assert [(span.line, span.other) for span in found] == [(0, 0), (0, -1), (0, 1)]
    assert [span.here[-1] for span in found] == pytest.approx([18, 42, 60], abs=2.5)


def test_a_short_gap_is_closed() -> None:
    found = matched([straight(-21, 0, -1, 0), straight(1, 0, 21, 0)], [straight(-21, 0, 21, 0)])
    assert [(span.line, span.other) for span in found] == [(0, 0), (1, 0)]
    assert found[0].there[-1] == pytest.approx(found[1].there[0])


def test_a_closed_lines_gap_lies_between_what_became_of_it() -> None:
    arc = ring(0, 0, 10)
    half = Contour(arc.points[:25])
    found = matched([half], [arc], nowhere=-3.0)
    assert [(span.line, span.other) for span in found] == [(0, 0), (-1, 0)]
    assert covered(arc, [span.there for span in found])
    assert np.ptp(found[1].there) == pytest.approx(arc.length / 2, abs=3)


def round_the_seam() -> tuple[list[Contour], list[Contour], Scores]:
    """A ring, most of which came from an arc that reaches over the place where the ring begins, as far as its middle;
    a short line became a bit of the same stretch. Hardly anything lies between the arc's ends."""
    arc = Contour(ring(0, 0, 10, 4.2).points[:46])
    bit = Contour(ring(0, 0, 10, 0.3).points[:4])
    lines, others = [bit, arc], [ring(0, 0, 10)]
    return lines, others, near(cut(lines), cut(others))


def test_what_reaches_over_the_seam_closes_the_gap_behind_it() -> None:
    lines, (whole,), scores = round_the_seam()
    bit, arc = spans(lines, [whole], cut(lines), cut([whole]), scores)
    assert (bit.line, arc.line) == (0, 1)
    assert np.ptp(arc.there) == pytest.approx(whole.length)  # its own ends meet
    assert np.ptp(bit.there) == pytest.approx(lines[0].length, abs=1.5)  # and the bit stays one


@st.composite
def scores_for(draw: st.DrawFn, a: Tokens, b: Tokens) -> Scores:
    """Of any kind: noise, by distance, or sure and wrong."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["noise", "near", "sure", "level"]))
    pairs = -random.exponential(draw(st.sampled_from([0.5, 3.0, 9.0])), (len(a), len(b)))
    if kind == "near":
        pairs = near(a, b).pairs
    elif kind == "sure":
        pairs = np.where(random.random(pairs.shape) < 0.1, 0.0, -12.0)
    elif kind == "level":
        pairs = np.zeros(pairs.shape)
    return Scores(np.maximum(pairs, -12.0), -random.exponential(draw(st.sampled_from([0.1, 2.0, 9.0])), len(a)))


some_lines = any_lines().filter(len)


@st.composite
def scored_lines(draw: st.DrawFn) -> tuple[Sequence[Contour], Sequence[Contour], Scores]:
    """Two keys, and scores of any kind."""
    lines, others = draw(some_lines), draw(some_lines)
    return lines, others, draw(scores_for(cut(lines), cut(others)))


@settings(max_examples=50)
@example(round_the_seam())
@given(scored_lines())
def test_any_scores_give_spans_that_cover_both_keys(case: tuple[Sequence[Contour], Sequence[Contour], Scores]) -> None:
    lines, others, scores = case
    found = spans(lines, others, cut(lines), cut(others), scores)
    for span in found:
        assert (span.line >= 0) == (len(span.here) > 0) and (span.other >= 0) == (len(span.there) > 0)
        assert span.line >= 0 or span.other >= 0
        assert np.isfinite(span.here).all() and np.isfinite(span.there).all()
        assert (np.diff(span.here) >= 0).all()
        assert (np.diff(span.there) >= -1e-9).all() or (np.diff(span.there) <= 1e-9).all()
        if span.other >= 0 and not others[span.other].closed:
            assert span.there.min() >= -1e-9 and span.there.max() <= others[span.other].length + 1e-9
    for index, line in enumerate(lines):
        own = [span.here for span in found if span.line == index]
        assert covered(line, own)
        assert sum(np.ptp(stretch) for stretch in own) == pytest.approx(line.length)  # once, without overlap
    for index, line in enumerate(others):
        assert covered(line, [span.there for span in found if span.other == index])
