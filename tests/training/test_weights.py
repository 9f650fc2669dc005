"""The weights that ship keep what their cards promise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from doodle_core.model import ModelCard
from training.evaluate import Result, baselines, evaluate

WEIGHTS = Path(__file__).parents[2] / "weights"
MIXER = WEIGHTS / "mixer"
MEGABYTE = 1_000_000


@pytest.fixture(scope="module", params=[WEIGHTS, MIXER], ids=["strokes", "mixer"])
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def measured(folder: Path) -> dict[str, Result]:
    return {r.label: r for r in evaluate([folder], short=True)}


def promised(folder: Path) -> dict[str, Any]:
    """Figures by row label."""
    rows = json.loads((folder / "evaluation.json").read_text())["short"]
    others = {way.label for way in baselines()}
    return {row["label"]: row["mean"] for row in rows if row["label"] not in others}


def test_the_kinds_that_ship() -> None:
    assert (ModelCard.read(WEIGHTS).kind, ModelCard.read(MIXER).kind) == ("strokes", "mixer")


def test_the_evaluation_is_of_the_weights_that_ship(folder: Path) -> None:
    assert json.loads((folder / "evaluation.json").read_text())["model"] == ModelCard.read(folder).id


def test_the_short_evaluation_gives_the_cards_figures(folder: Path, measured: dict[str, Result]) -> None:
    rows = promised(folder)
    assert set(rows) == set(measured) - {way.label for way in baselines()}
    worse = []
    for label, row in rows.items():
        found = measured[label].mean
        kept = [
            row["key_iou"] is None or found.key_iou >= row["key_iou"] - 0.005,
            found.chamfer <= row["chamfer"] + 0.03,
            found.iou >= row["iou"] - 0.01,
            found.half_tone <= row["half_tone"] + 0.01,
            found.pieces <= row["pieces"] + 0.1,
        ]
        if not all(kept):
            worse.append((label, row, found))
    assert not worse


def test_taught_motion_beats_mixing_pictures(measured: dict[str, Result]) -> None:
    """In-betweens lie nearer to the truth than a cross-fade's, which has all of both keys' lines at once."""
    pinned = next(r for label, r in measured.items() if label.endswith((", pinned", ", from strokes")))
    assert pinned.mean.iou > measured["cross-fade"].mean.iou


def test_strokes_are_nearer_to_the_truth_than_the_mixers_pictures() -> None:
    strokes, mixer = (
        next(row for label, row in promised(path).items() if label.endswith(", pinned, circular"))
        for path in (WEIGHTS, MIXER)
    )
    assert strokes["chamfer"] < 0.5 * mixer["chamfer"] and strokes["iou"] > mixer["iou"] + 0.1
    assert strokes["pieces"] < 0.5 * mixer["pieces"]


@pytest.mark.parametrize(("path", "most"), [(WEIGHTS, 5), (MIXER, 24)], ids=["strokes", "mixer"])
def test_the_sets_are_small_enough_to_keep_in_the_history(path: Path, most: float) -> None:
    networks = sum(p.stat().st_size for p in path.iterdir() if p.suffix in (".onnx", ".safetensors"))
    assert networks < most * MEGABYTE
