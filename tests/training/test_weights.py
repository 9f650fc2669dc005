"""The weights that ship keep what their card promises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doodle_core.model import ModelCard
from training.evaluate import Result, evaluate

WEIGHTS = Path(__file__).parents[2] / "weights"
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def measured() -> dict[str, Result]:
    return {r.label: r for r in evaluate([WEIGHTS], short=True)}


def promised() -> list[dict]:
    return json.loads((WEIGHTS / "evaluation.json").read_text())["short"]


def test_the_evaluation_is_of_the_weights_that_ship() -> None:
    assert json.loads((WEIGHTS / "evaluation.json").read_text())["model"] == ModelCard.read(WEIGHTS).id


@pytest.mark.parametrize("label", [row["label"] for row in promised() if row["cost"]["multiply_adds"]])
def test_the_short_evaluation_gives_the_cards_figures(measured: dict[str, Result], label: str) -> None:
    row = next(r["mean"] for r in promised() if r["label"] == label)
    found = measured[label].mean
    if row["key_iou"] is not None:
        assert found.key_iou >= row["key_iou"] - 0.005
    assert found.chamfer <= row["chamfer"] + 0.03
    assert found.iou >= row["iou"] - 0.01
    assert found.half_tone <= row["half_tone"] + 0.01


def test_taught_motion_beats_mixing_pictures(measured: dict[str, Result]) -> None:
    """In-betweens lie nearer to the truth than a cross-fade's, which has all of both keys' lines at once."""
    pinned = next(r for label, r in measured.items() if label.endswith(", pinned"))
    assert pinned.mean.iou > measured["cross-fade"].mean.iou


def test_the_set_is_small_enough_to_keep_in_the_history() -> None:
    networks = sum(p.stat().st_size for p in WEIGHTS.iterdir() if p.suffix in (".onnx", ".safetensors"))
    assert networks < 24 * MEGABYTE
