"""Synthetic drawings and what becomes of them on paper: bounded, repeatable, and seen."""

from __future__ import annotations

import numpy as np
import pytest

from doodle_core.reading.cells import CHANNELS, of_drawing
from doodle_core.rendering import render
from training.reading import testing
from training.reading.drawings import THICKEST, draw
from training.reading.media import MEDIA, apply, choose, enlarged
from training.reading.pictures import Store, drawn
from training.reading.strokes import FAMILIES, Box

SIDE = 128


@pytest.mark.parametrize("family", FAMILIES)
def test_families_draw_lines_that_are_seen(family: str) -> None:
    for seed in range(4):
        strokes = FAMILIES[family][1](np.random.default_rng(seed), Box(64, 64, 40))
        assert strokes
        for stroke in strokes:
            assert stroke.points.ndim == 2 and stroke.points.shape[1] == 2 and np.isfinite(stroke.points).all()
            assert stroke.most > 0.1
        near = np.concatenate([stroke.points for stroke in strokes])
        assert (np.abs(near - 64).max(axis=1) < 64).any()


def test_drawings_are_bounded_and_their_own() -> None:
    made = [draw(np.random.default_rng(seed), SIDE, [np.zeros(3)], np.ones(3)) for seed in range(12)]
    for drawing in made:
        assert len(drawing) and np.isfinite(drawing.points).all()
        lines = drawing.radii[drawing.radii > 0] * SIDE
        assert lines.size == 0 or np.median(lines) < 30
    assert len({drawing.points.tobytes() for drawing in made}) == 12
    again = draw(np.random.default_rng(3), SIDE, [np.zeros(3)], np.ones(3))
    np.testing.assert_array_equal(again.points, made[3].points)


def test_pens_keep_to_the_thickest() -> None:
    for seed in range(12):
        drawing = draw(np.random.default_rng([5, seed]), SIDE, [np.zeros(3)], np.ones(3), thickest=1.2)
        cells = of_drawing(drawing, SIDE)
        there = cells.presence > 0
        assert there.any() and np.median(cells.radius[there]) < 2.2
    assert THICKEST > 1.2


@pytest.mark.parametrize("name", MEDIA)
def test_ink_is_darker_than_its_paper_in_every_medium(name: str) -> None:
    """Light ink too: its negative is shown."""
    darker = []
    for seed in range(6):
        dice = np.random.default_rng(seed)
        medium = choose(dice, name)
        drawing = testing.tested(dice, SIDE, medium.inks[0], "crosses")
        painted = render(drawing, SIDE)
        picture, kept = apply(dice, medium, painted)
        assert picture.shape == (SIDE, SIDE, 3) and picture.dtype == np.uint8 and 0 < kept <= 1
        ink = painted[..., 3] > 0.8
        if ink.sum() > 20:
            least = picture.astype(float).min(axis=2)
            darker.append(least[ink].mean() < least[painted[..., 3] == 0].mean() - 5)
    assert darker and np.mean(darker) > 0.8


def test_what_is_true_of_a_picture_lies_where_its_ink_is() -> None:
    """Also where the picture was made small and then enlarged."""
    seen = []
    for seed in range(10):
        (picture, truth), *_ = drawn(np.random.default_rng([9, seed]), SIDE, 1, "clean")
        assert picture.shape == (SIDE, SIDE, 3) and truth.shape == (CHANNELS, SIDE // 4, SIDE // 4)
        paper = np.median(picture.reshape(-1, 3), axis=0)
        away = np.abs(picture - paper).max(axis=2).reshape(SIDE // 4, 4, SIDE // 4, 4).max(axis=(1, 3))
        lined = truth[0] > 0.9
        if lined.sum() > 10 and (~lined & (away < 3)).any():
            seen.append(away[lined].mean() - np.percentile(away[truth[[0, 7]].max(axis=0) == 0], 25))
    assert len(seen) >= 5 and np.min(seen) > 5


def test_enlarging_keeps_places() -> None:
    picture = np.full((32, 32, 3), 255, np.uint8)
    picture[8:10, 20:22] = 0
    made = enlarged(np.random.default_rng(0), picture, 96)
    row, column = np.argwhere(made[..., 0] < 128).mean(axis=0) + 0.5
    assert (row, column) == pytest.approx((27, 63), abs=0.6)


def test_a_store_gives_parts_and_replaces_its_pictures() -> None:
    store = Store(np.random.default_rng(0), size=64, tile=32, count=4, uses=2, media=2)
    pictures, truths = store.batch(3)
    assert pictures.shape == (3, 32, 32, 3) and truths.shape == (3, CHANNELS, 8, 8) and store.seen == 3
    before = {id(pair) for pair in store.pairs}
    for _ in range(12):
        store.batch(4)
    after = {id(pair) for pair in store.pairs}
    assert len(after) <= 4 and len(before & after) < 4
    one, two = (Store(np.random.default_rng(7), size=64, tile=32, count=2, media=1).batch(2) for _ in range(2))
    np.testing.assert_array_equal(one[0], two[0])
    np.testing.assert_array_equal(one[1], two[1])


def test_what_is_measured_with_is_never_trained_on() -> None:
    assert not {*testing.KINDS, "scene", "robot"} & set(FAMILIES)
    for kind in (*testing.KINDS, "scene", "robot"):
        drawing = testing.tested(np.random.default_rng(1), SIDE, np.zeros(3), kind)
        assert of_drawing(drawing, SIDE).presence.max() == 1
