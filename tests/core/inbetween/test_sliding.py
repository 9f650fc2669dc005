"""Ends that touch another line at both keys stay on it between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doodle_core.drawing import Drawing
from doodle_core.inbetween.alignment import align
from doodle_core.inbetween.joints import joints
from doodle_core.inbetween.posing import Inbetweens
from doodle_core.inbetween.sliding import sliding
from doodle_core.matching.correspondence import Span
from doodle_core.units import MODEL_PIXELS

TURNS = np.linspace(0, 2 * np.pi, 41)


def figure(wide: float, high: float, place: float, turn: float, finger: bool = False) -> Drawing:
    """A body, an ellipse in model pixels, and an arm of 12 from the place (radians) on it, perhaps with a finger."""
    body = np.stack([32 + wide * np.cos(TURNS), 32 + high * np.sin(TURNS)], axis=1)[:-1]
    root = np.array([32 + wide * np.cos(place), 32 + high * np.sin(place)])
    along = np.array([np.cos(turn), np.sin(turn)])
    arm = root + np.linspace(0, 12, 7)[:, None] * along
    last = arm[-1] + np.array([[0.0, 0.0], [0.0, 3.0]])
    lines = [body, arm, last] if finger else [body, arm]
    return Drawing.make([line / 64 for line in lines], 0.005, cyclic=[True, *[False] * (len(lines) - 1)])


def whole(first: Drawing, second: Drawing) -> Inbetweens:
    spans = []
    for k in range(len(first)):
        both = [
            np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(_loop(d, k), axis=0).T))]) * MODEL_PIXELS
            for d in (first, second)
        ]
        spans.append(Span(k, k, *both))
    return Inbetweens(align(first, second, spans))


def _loop(drawing: Drawing, contour: int) -> np.ndarray:
    points = drawing.points[drawing.offsets[contour] : drawing.offsets[contour + 1]].astype(np.float64)
    return np.concatenate([points, points[:1]]) if drawing.cyclic[contour] else points


def away(drawing: Drawing) -> float:
    """How far the arm begins from the body's outline, model pixels."""
    body, root = _loop(drawing, 0), drawing.points[drawing.offsets[1]]
    step, toward = np.diff(body, axis=0), root - body[:-1]
    share = np.clip((toward * step).sum(axis=1) / np.maximum((step**2).sum(axis=1), 1e-12), 0, 1)
    return float(np.hypot(*(toward - share[:, None] * step).T).min() * MODEL_PIXELS)


@given(place=st.floats(-0.5, 0.5), moved=st.floats(-0.6, 0.6), turn=st.floats(-1.2, 1.2), t=st.floats(0.02, 0.98))
def test_an_arm_stays_on_the_body(place: float, moved: float, turn: float, t: float) -> None:
    first, second = figure(18, 12, place, 0.3), figure(12, 20, place + moved, turn)
    drawing, _ = whole(first, second).at(t, "spherical")
    assert away(drawing) < 0.35


def test_without_sliding_it_would_begin_within_the_body() -> None:
    """So the test above can fail."""
    made = whole(figure(18, 12, -0.3, 0.3), figure(12, 20, 0.3, -0.9))
    made.__dict__["_sliding"] = None
    assert away(made.at(0.5, "spherical")[0]) > 1.0


@pytest.mark.parametrize("method", ["linear", "circular", "spherical", "cubic"])
def test_keys_are_kept_and_the_way_is_even(method: str) -> None:
    first, second = figure(18, 12, -0.3, 0.3), figure(12, 20, 0.3, -0.9)
    made = whole(first, second)
    for t, key in ((1e-7, first), (1 - 1e-7, second)):
        drawing, _ = made.at(t, method)
        ends = drawing.offsets[1:3] - np.array([0, 1])
        np.testing.assert_allclose(drawing.points[ends], key.points[key.offsets[1:3] - np.array([0, 1])], atol=1e-6)
    steps = np.array([made.at(t, method)[0].points for t in np.linspace(0, 1, 101)[1:-1]])
    assert np.abs(np.diff(steps, axis=0)).max() * MODEL_PIXELS < 0.8


def test_what_hangs_on_an_arm_goes_with_it() -> None:
    first, second = figure(18, 12, -0.3, 0.3, finger=True), figure(12, 20, 0.3, -0.9, finger=True)
    drawing, _ = whole(first, second).at(0.5, "spherical")
    arm, finger = drawing.offsets[2] - 1, drawing.offsets[2]
    assert np.hypot(*(drawing.points[arm] - drawing.points[finger])) * MODEL_PIXELS < 0.05
    length = np.hypot(*np.diff(drawing.points[drawing.offsets[1] : drawing.offsets[2]], axis=0).T).sum()
    assert length * MODEL_PIXELS == pytest.approx(12, abs=0.2)


def test_what_goes_to_another_side_does_not_slide() -> None:
    first, second = figure(16, 16, 0.0, 0.0), figure(16, 16, 2.5, 2.5)
    aligned = whole(first, second).aligned
    assert sliding(aligned, joints(aligned)) is None


def test_what_is_joined_at_one_place_needs_no_sliding() -> None:
    first, second = figure(16, 16, 0.0, 0.0), figure(16, 16, 0.0, 1.0)
    aligned = whole(first, second).aligned
    assert len(joints(aligned).ends) and sliding(aligned, joints(aligned)) is None
