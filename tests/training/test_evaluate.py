"""The evaluation tells good in-betweens from bad ones, and says so in a table."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from doodle_core import raster
from doodle_core.drawing import Strokes
from training import evaluate
from training.scenes import Scene


def moved(t: float) -> Strokes:
    """A line that goes eight pixels to the right a key."""
    x = 0.25 + t / 8
    return Strokes.make([[(x, 0.25), (x, 0.75)]], 2 / 64)


SCENE = Scene("line", moved, 3)
STRANGER = Scene("stranger", lambda t: moved(round(t)), 3, truth=False)


def figures(label: str, scene: Scene) -> evaluate.Figures:
    (way,) = [way for way in evaluate.baselines() if way.label == label]
    return evaluate.measure(way, scene)


def test_the_truth_is_without_fault() -> None:
    found = figures("true drawings", SCENE)
    assert (found.chamfer, found.iou, found.pieces) == (0, 1, 0)
    assert math.isnan(found.key_iou)  # nothing is redrawn


def test_points_that_truly_go_straight_are_moved_rightly() -> None:
    found = figures("true strokes, points moved straight", SCENE)
    assert (found.chamfer, found.iou) == (0, 1)


def test_a_cross_fade_is_even_grey_and_doubled() -> None:
    found = figures("cross-fade", SCENE)
    assert found.evenness == pytest.approx(1)
    assert found.half_tone > 0.3
    assert found.pieces == pytest.approx(1 / 3)  # half-way both lines show; before and after, the stronger one
    # Four columns of ink, two off at 1/4 and 3/4: 0, 0, 1, 2 pixels. Half-way 1 to 4 there, 1, 2, 2, 1 back.
    assert found.chamfer == pytest.approx(100 * (0.75 + (2.5 + 1.5) / 2 + 0.75) / 3 / 64, rel=0.05)


def test_scenes_without_truth_are_measured_against_their_keys() -> None:
    found = figures("cross-fade", STRANGER)
    assert found.strange_pieces == pytest.approx(1 / 3)
    assert math.isnan(found.chamfer)
    assert math.isnan(found.pieces)


def test_far_fields_are_distances_beyond_the_limit() -> None:
    field = evaluate.far_field(moved(0))  # from x = 16 +- 2
    assert field[32, 16] == pytest.approx(1.5, abs=0.01)
    assert field[32, 50] == pytest.approx(-(50.5 - 18), abs=0.15)
    assert (evaluate.far_field(Strokes.make()) == -64).all()
    near = np.abs(field) < raster.FIELD_LIMIT - 0.1
    assert np.array_equal(field[near], raster.field(moved(0), 64)[near])


def test_a_row_is_the_mean_of_its_scenes_and_empty_cells_are_dashes() -> None:
    result = evaluate.Result("row", evaluate.Figures(iou=0.5), {}, evaluate.Cost(2e6))
    assert evaluate.table([result]).splitlines()[2] == "| row | - | - | 0.500 | - | - | - | - | 2.0 | - | - |"


def test_the_worst_scenes_come_first() -> None:
    scenes = {name: evaluate.Figures(chamfer=c) for name, c in (("a", 0.1), ("b", 3.0), ("c", math.nan), ("d", 1.0))}
    assert evaluate.Result("row", evaluate.Figures(), scenes).worst(2) == ["b", "d"]


def test_the_short_form_writes_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main(["--short", "--output", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == [way.label for way in evaluate.baselines()]
    record = json.loads((tmp_path / "results-short.json").read_text(encoding="utf-8"))
    assert set(record["rows"][0]["scenes"]) == set(evaluate.SHORT)
    assert record["rows"][0]["mean"]["chamfer"] == 0
    assert record["rows"][0]["mean"]["key_iou"] is None


def test_a_missing_model_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main(["--short", "--model", str(tmp_path / "nowhere"), "--output", str(tmp_path)]) == 2
    assert "nowhere" in capsys.readouterr().err
