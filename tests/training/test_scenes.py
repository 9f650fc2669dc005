"""The scenes keep what the evaluation assumes of them."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import training.scenes
from doodle_core import raster
from training import metrics
from training.scenes import SCENES, Scene
from training.scenes.lines import chain, corners, curve, part, pose, rounded

MOVING = [scene for scene in SCENES if scene.truth]


def named(scenes: list[Scene]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("scene", scenes, ids=[scene.name for scene in scenes])


def test_there_are_enough_of_both_kinds() -> None:
    assert len(MOVING) >= 10
    assert len(MOVING) < len(SCENES)
    assert len({scene.name for scene in SCENES}) == len(SCENES)
    assert all(scene.keys >= 3 for scene in SCENES)


def test_their_code_is_apart_from_what_is_trained_on() -> None:
    for path in Path(training.scenes.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("training"):
                assert (node.module or "").startswith("training.scenes"), path.name


@named(list(SCENES))
def test_every_drawing_lies_on_the_canvas(scene: Scene) -> None:
    for t in np.arange(0, scene.segments + 0.01, 0.125):
        drawing = scene.draw(t)
        seen = drawing.radii > 0
        reach = drawing.radii[seen, None]
        assert (drawing.points[seen] - reach).min() > 0.005
        assert (drawing.points[seen] + reach).max() < 0.995


@named(list(SCENES))
def test_lines_are_as_wide_as_doodlers_draw(scene: Scene) -> None:
    drawing = scene.draw(0)
    lines = [
        drawing.radii[a:b] * 64 for a, b in zip(drawing.offsets[:-1], drawing.offsets[1:], strict=True) if b - a > 1
    ]
    middles = [float(np.median(radii)) for radii in lines if radii.any()]
    assert min(middles) >= 0.9
    assert max(middles) <= 1.65


@named(list(SCENES))
def test_a_time_always_shows_the_same_drawing(scene: Scene) -> None:
    assert np.array_equal(scene.draw(0.3).points, scene.draw(0.3).points)


@named(MOVING)
def test_points_stay_the_same_ink(scene: Scene) -> None:
    """In a 64th of a key no point leaps: the strokes correspond, and keys do not jump."""
    for start in range(scene.segments):
        for t in (float(start), start + 0.5, start + 1 - 1 / 64):
            before, after = scene.draw(t), scene.draw(t + 1 / 64)
            assert np.array_equal(before.offsets, after.offsets)
            assert np.abs(after.points - before.points).max() < 0.05


@named(MOVING)
def test_keys_differ_and_the_middle_is_neither(scene: Scene) -> None:
    for start in range(scene.segments):
        first, middle, last = (raster.ink(scene.draw(start + s), 64) for s in (0, 0.5, 1))
        assert metrics.iou(first, last) < 0.9
        assert metrics.chamfer(middle, first) > 0
        assert metrics.chamfer(middle, last) > 0


@named([scene for scene in SCENES if not scene.truth])
def test_strangers_show_a_key_at_every_time(scene: Scene) -> None:
    assert np.array_equal(scene.draw(0.9).points, scene.draw(1).points)
    assert np.array_equal(scene.draw(0.1).points, scene.draw(0).points)


def test_limbs_keep_their_length_while_they_turn() -> None:
    for degrees in (0, 35, 190):
        arm = chain((3, 4), (degrees, 40), (5, 7))
        assert np.hypot(*np.diff(arm, axis=0).T) == pytest.approx([5, 7])
    assert chain((0, 0), (90,), (2,))[1] == pytest.approx([2, 0])  # to the right
    assert chain((0, 0), (0,), (2,))[1] == pytest.approx([0, 2])  # straight down


def test_a_pose_lies_evenly_between_its_keys() -> None:
    keys = [(0, 10), (4, 10), (6, 0)]
    assert pose(keys, 0.25) == pytest.approx([1, 10])
    assert pose(keys, 1.5) == pytest.approx([5, 5])
    assert pose(keys, 2) == pytest.approx([6, 0])
    assert pose(keys, 9) == pytest.approx([6, 0])


def test_lines_start_and_end_where_they_are_told_to() -> None:
    points = [(0, 0), (4, 1), (6, 6), (1, 8)]
    for line in (corners(points), curve(points), rounded(points)):
        assert line[0] == pytest.approx(points[0])
        assert line[-1] == pytest.approx(points[-1])
    for line in (corners(points, closed=True), curve(points, closed=True)):
        assert line[-1] == pytest.approx(line[0])
    assert part(corners([(0, 0), (10, 0)]), 0.2, 0.7)[[0, -1], 0] == pytest.approx([2, 7])
