"""How sure the matching is of what became what."""

from __future__ import annotations

import numpy as np
import pytest

from doodle_core.drawing import Drawing
from doodle_core.film import Film
from doodle_core.geometry.contour import contours_of
from doodle_core.matching.confidence import doubt, of_shapes
from doodle_core.matching.correspondence import Span
from doodle_core.matching.shapes import match
from doodle_core.matching.storage import from_bytes, to_bytes
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey, LatentTrack
from training.scenes.dense.hands import drawn
from training.scenes.dense.scenes import CHOOSING
from training.scenes.dense.shapes import drawing_of


def line(x, y, length=0.1):
    return np.linspace([x, y], [x + length, y + 0.02], 6)


def drawing(*lines):
    return Drawing.make(lines, 0.004)


def sure(first, second):
    return of_shapes(match(first, second), (first, second))


def test_a_shape_is_as_sure_as_its_stretches_by_their_lengths() -> None:
    one, two = drawing(line(0.1, 0.1, 0.5), line(0.1, 0.5)), drawing(line(0.1, 0.1, 0.5))
    spans = [
        Span(0, 0, np.array([0.0, 24.0]), np.array([0.0, 32.0]), 1.0),
        Span(0, -1, np.array([24.0, 32.0]), np.zeros(0), 0.2),
        Span(1, -1, np.array([0.0, 6.4]), np.zeros(0), 0.4),
    ]
    first, second = of_shapes(spans, (one, two))
    assert first == pytest.approx([0.8, 0.4], abs=0.01) and second == pytest.approx([1.0])


def test_doubt_is_the_share_of_the_contours_and_names_the_least_sure_first() -> None:
    one, two = drawing(line(0.1, 0.1, 0.3), line(0.1, 0.3, 0.1), line(0.1, 0.5, 0.1)), drawing(line(0.1, 0.1, 0.5))
    found = doubt((np.array([0.9, 0.4, 0.2], np.float32), np.array([1.0], np.float32)), (one, two))
    assert found.share == pytest.approx(0.2, abs=0.01)
    assert [side.tolist() for side in found.shapes] == [[2, 1], []]


def test_wrong_windows_of_a_redrawn_street_are_less_sure_than_right_ones() -> None:
    shapes = CHOOSING["street"](0.0).shapes
    made = drawn(CHOOSING["street"](1.0).shapes, "afresh", 1)
    first, second = drawing_of(shapes), drawing_of([shape for shape, _ in made])
    good, bad = [], []
    for span in match(first, second):
        if span.line >= 0 and span.other >= 0:
            own = shapes[first.shape_of_contour[span.line]].number
            (good if own in made[second.shape_of_contour[span.other]][1] else bad).append(span.sure)
    assert np.mean(good) > np.mean(bad) + 0.12
    assert abs(np.mean(good + bad) - len(good) / len(good + bad)) < 0.15  # as often right as said, on the whole


def test_equal_shapes_in_one_place_are_not_in_doubt() -> None:
    lines = [line(0.1 + 0.2 * (k % 4), 0.2 + 0.2 * (k // 4)) for k in range(12)]
    apart = sure(drawing(*lines), drawing(*lines[::-1]))[0]
    twice = sure(drawing(*lines, lines[3], lines[3]), drawing(lines[3], lines[3], *lines[::-1]))[0]
    assert twice[[3, 12, 13]].min() > apart.min() - 0.05


def test_certainty_comes_back_from_bytes() -> None:
    first, second = drawing(line(0.1, 0.3), line(0.1, 0.4)), drawing(line(0.1, 0.3), line(0.1, 0.45))
    spans = match(first, second)
    found = from_bytes(to_bytes(spans), contours_of(first), contours_of(second))
    assert found is not None
    assert [span.sure for span in found] == pytest.approx([span.sure for span in spans], abs=1e-6)


def test_a_pose_says_how_sure_its_shapes_are_and_keys_are_sure() -> None:
    model = DoodleModel.load(threads=1)
    first, second = drawing(line(0.1, 0.3), line(0.1, 0.6)), drawing(line(0.1, 0.3), line(0.1, 0.6), line(0.7, 0.7))
    keys = [LatentKey(d, float(k), d) for k, d in enumerate((first, second))]
    film = Film(model, LatentTrack(tuple(keys)))
    mine, theirs = model.confidence(*keys)
    assert len(mine) == 2 and len(theirs) == 3 and (mine >= 0).all() and (theirs <= 1).all()
    pose = film.pose(0.4)
    for shape, (own, other) in enumerate(pose.origins.tolist()):
        wanted = min(mine[own] if own >= 0 else 1, theirs[other] if other >= 0 else 1)
        assert pose.confidence[shape] == pytest.approx(wanted)
    assert (film.pose(0).confidence == 1).all() and (film.pose(1).confidence == 1).all()
    known = DoodleModel.load(threads=1)
    decided = model.match(*keys)
    assert decided is not None and known.know(*keys, decided)
    np.testing.assert_allclose(known.confidence(*keys)[0], mine, atol=1e-6)
