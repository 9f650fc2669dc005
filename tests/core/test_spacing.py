"""Charts of spacing: literal ones, and what holds for all."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doodle_core.errors import DoodleError
from doodle_core.spacing import CHARTS, NEAREST, spaced


@pytest.mark.parametrize(
    ("chart", "step", "wanted"),
    [
        ("even", 2, [(3, 0.25), (5, 0.5), (7, 0.75)]),
        ("slow_out", 2, [(3, 0.0625), (5, 0.25), (7, 0.5625)]),
        ("slow_in", 2, [(3, 0.4375), (5, 0.75), (7, 0.9375)]),
        ("slow_both", 2, [(3, 0.15625), (5, 0.5), (7, 0.84375)]),
        ("halves", 2, [(3, 0.5), (5, 0.75), (7, 0.875)]),
        ("thirds", 2, [(3, 1 / 3), (5, 5 / 9), (7, 19 / 27)]),
        ("even", 3, [(4, 0.375), (7, 0.75)]),
        ("even", 8, []),
    ],
)
def test_between_keys_at_frames_1_and_9(chart: str, step: int, wanted: list[tuple[float, float]]) -> None:
    made = spaced(chart, 1, 9, step)
    assert [frame for frame, _ in made] == [frame for frame, _ in wanted]
    assert [share for _, share in made] == pytest.approx([share for _, share in wanted])


def test_the_breakdown_stands_where_it_is_favoured() -> None:
    for favour in (0.25, 0.5, 0.8):
        assert dict(spaced("favour", 0, 10, 5, favour))[5] == pytest.approx(favour)
    assert dict(spaced("favour", 0, 10)) == pytest.approx(dict(spaced("even", 0, 10)))


@given(
    chart=st.sampled_from(CHARTS),
    first=st.floats(-1000, 1000),
    length=st.floats(0.5, 400),
    step=st.integers(1, 6),
    favour=st.floats(0.05, 0.95),
)
def test_drawings_rise_and_none_is_taken_for_a_key(
    chart: str, first: float, length: float, step: int, favour: float
) -> None:
    made = spaced(chart, first, first + length, step, favour)
    frames, shares = [frame for frame, _ in made], [share for _, share in made]
    assert all(first < frame < first + length for frame in frames)
    assert all(b > a for a, b in pairwise(shares))
    assert all(NEAREST <= share <= 1 - NEAREST for share in shares)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        (("quarters", 1, 9), "give one of even"),
        (("even", 9, 9), "do not rise"),
        (("even", 1, 9, 0), "give 1 or more"),
        (("favour", 1, 9, 1, 1.0), "between 0 and 1"),
    ],
)
def test_what_cannot_be_is_told(given_: tuple[object, ...], said: str) -> None:
    with pytest.raises(DoodleError, match=said):
        spaced(*given_)  # type: ignore[arg-type]
