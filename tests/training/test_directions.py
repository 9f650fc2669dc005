"""Known changes of doodles are found again in latents, and told in a table."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from doodle_core.model import weights_folder
from training import directions, motion


def figure() -> motion.Figure:
    return motion.sample(4, torch.Generator().manual_seed(5))


@pytest.mark.parametrize(
    ("feature", "amount", "place", "radius"),
    [
        ("x", 0.125, lambda p: p + (0.125, 0), lambda r: r),
        ("y", 0.125, lambda p: p - (0, 0.125), lambda r: r),  # up, where canvas units go down
        ("weight", 0.5, lambda p: p, lambda r: r + 0.5 / 64),
        ("scale", 1.0, lambda p: 2 * p - 0.5, lambda r: 2 * r),
        ("rotation", math.pi / 2, lambda p: np.stack([p[:, 1], 1 - p[:, 0]], 1), lambda r: r),  # right goes up
    ],
)
def test_features_are_what_they_say(feature, amount, place, radius) -> None:
    for plain, changed in zip(directions.drawn(figure()), directions.drawn(figure(), **{feature: amount}), strict=True):
        np.testing.assert_allclose(changed.points, place(plain.points), atol=1e-5)
        line = ~plain.areas[plain.shape_of_vertex]  # areas have no radius
        np.testing.assert_allclose(changed.radii[line], radius(plain.radii[line]), atol=1e-6)


def test_every_figure_may_have_its_own_amount() -> None:
    shifts = np.array([0.0, 0.1, -0.1, 0.2])
    for plain, changed, x in zip(directions.drawn(figure()), directions.drawn(figure(), x=shifts), shifts, strict=True):
        np.testing.assert_allclose(changed.points - plain.points, np.tile((x, 0.0), (len(plain.points), 1)), atol=1e-5)
    with pytest.raises(ValueError, match="hue"):
        directions.drawn(figure(), hue=1.0)


def test_explained() -> None:
    truth = np.array([1.0, -2.0, 2.0])
    assert directions.explained(truth, truth) == 1
    assert directions.explained(truth, 0 * truth) == 0
    assert directions.explained(truth, 2 * truth) == 0
    assert directions.explained(truth, truth / 2) == pytest.approx(0.75)
    assert math.isnan(directions.explained(truth[:0], truth[:0]))


def test_the_command_writes_a_table_and_strips(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = ["--model", str(weights_folder() / "mixer"), "--doodles", "16", "--output", str(tmp_path)]
    assert directions.main(told) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].split(",")[-1].strip() for line in lines[2:]] == list(directions.FEATURES)
    record = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [row["feature"] for row in record["rows"]] == list(directions.FEATURES)
    assert record["rows"][0]["encoded"] > record["rows"][0]["still"]
    assert {path.name for path in tmp_path.glob("*.png")} == {f"doodle-mixer-{f}.png" for f in directions.FEATURES}


def test_a_stroke_model_has_no_directions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert directions.main(["--model", str(weights_folder()), "--output", str(tmp_path)]) == 2
    assert "latents are drawings" in capsys.readouterr().err


def test_a_missing_model_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert directions.main(["--model", str(tmp_path / "nowhere"), "--output", str(tmp_path)]) == 2
    assert "nowhere" in capsys.readouterr().err
