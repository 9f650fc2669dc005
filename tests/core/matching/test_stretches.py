"""Lines cut and matched stretch by stretch: keys whose lines begin and end elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import contours_of
from doodle_core.inbetween.alignment import align
from doodle_core.inbetween.posing import Inbetweens
from doodle_core.matching import shapes
from doodle_core.matching.registration import Places, register
from doodle_core.matching.stretches import by_stretches

_STEPS = np.linspace(0, 1, 60)[:, None]


def line(*corners):
    """A polyline through corners, in 1/64 of the canvas, with a vertex every short way."""
    at = np.linspace(0, len(corners) - 1, 24 * (len(corners) - 1) + 1)
    corners = np.array(corners, float)
    return np.stack([np.interp(at, np.arange(len(corners)), corners[:, k]) for k in (0, 1)], axis=1) / 64


def drawing(lines):
    return Drawing.make(lines, [np.full(len(one), 0.005) for one in lines])


def figure(shift=(0.0, 0.0), degrees=0.0):
    """A house with a door and a chimney: one long outline, and what stands on it."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    parts = [
        [(14, 50), (14, 30), (32, 16), (50, 30), (50, 50), (14, 50)],
        [(28, 50), (28, 40), (36, 40), (36, 50)],
        [(40, 22), (40, 14), (45, 14), (45, 26)],
    ]
    return [line(*((np.array(part) - 32) @ np.array([[c, s], [-s, c]]) + 32 + shift)) for part in parts]


def cut(lines, at):
    """Every line cut in two at that share of its vertices, its later part drawn backwards and first."""
    made = []
    for one in lines:
        k = int(np.clip(at * len(one), 2, len(one) - 3))
        made += [one[k:][::-1], one[: k + 1]]
    return made


def farthest(found, truth):
    """How far ink of one drawing lies from the other's, at most, model pixels."""
    places = [
        np.concatenate([c.at(np.linspace(0, c.length, 200))[:, :2] for c in contours_of(d)]) for d in (found, truth)
    ]
    apart = np.linalg.norm(places[0][:, None] - places[1][None], axis=2)
    return max(apart.min(axis=1).max(), apart.min(axis=0).max())


def covered(spans, side, drawing):
    """The length of contour that spans hold at one key, over what there is."""
    held = sum(abs(s[-1] - s[0]) for s in ((span.here, span.there)[side] for span in spans) if len(s))
    return held / sum(contour.length for contour in contours_of(drawing))


@pytest.mark.parametrize("at", [0.2, 0.37, 0.5, 0.71])
@pytest.mark.parametrize(("shift", "degrees"), [((0, 0), 0), ((5, -3), 0), ((2, 1), 14)])
def test_lines_that_break_elsewhere_move_as_one_drawing(at, shift, degrees):
    first, second = drawing(figure()), drawing(cut(figure(shift, degrees), at))
    half = drawing(figure(np.array(shift) / 2, degrees / 2))
    spans = by_stretches(first, second, shapes.match(first, second))
    found, _ = Inbetweens(align(first, second, spans)).at(0.5, "spherical")
    assert farthest(found, half) < 1.2
    assert farthest(Inbetweens(align(first, second, shapes.match(first, second))).at(0.5, "spherical")[0], half) > 3


@settings(max_examples=6)
@given(st.floats(0.1, 0.9), st.floats(-6, 6), st.floats(-6, 6))
def test_all_of_both_keys_is_kept(at, x, y):
    first, second = drawing(figure()), drawing(cut(figure((x, y)), at))
    spans = by_stretches(first, second, shapes.match(first, second))
    assert covered(spans, 0, first) == pytest.approx(1, abs=0.02)
    assert covered(spans, 1, second) >= 0.98


def test_areas_keep_their_partners():
    def painted(lines, x):
        box = np.array([[x, 4], [x + 8, 4], [x + 8, 12], [x, 12]], float) / 64
        radii = [np.zeros(4), *(np.full(len(one), 0.005) for one in lines)]
        filled = [True] + [False] * len(lines)
        return Drawing.make([box, *lines], radii, cyclic=filled, filled=filled)

    first, second = painted(figure(), 4), painted(cut(figure((3, 0)), 0.4), 7)
    whole = shapes.match(first, second)
    spans = by_stretches(first, second, whole)
    assert [(s.line, s.other) for s in spans if s.line == 0 or s.other == 0] == [(0, 0)]


def test_nothing_to_cut():
    empty, one = drawing([]), drawing(figure())
    assert by_stretches(empty, one, shapes.match(empty, one)) is None


def test_two_pieces_do_not_take_the_same_one():
    """The sides of a finger, as near each other as it moves: each becomes its own."""
    left, right = 1j * np.arange(12.0), 1.5 + 1j * np.arange(12.0)
    first = Places(np.concatenate([left, right]), np.full(24, 1j))
    second = Places(first.middles + 1.4, first.along)
    pairs, none = register(first, second, (np.zeros(0, complex), np.zeros(0, complex)))
    side = pairs.argmax(axis=1) // 12
    np.testing.assert_array_equal(side, np.repeat([0, 1], 12))
    assert np.exp(pairs).sum(axis=0).max() <= 1.0 + 1e-6
    assert none.max() < np.log(0.5)
