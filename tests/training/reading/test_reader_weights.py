"""The reader that ships reads pictures of kinds that it was never trained on."""

from __future__ import annotations

import json
from functools import partial

import pytest

from doodle_core.engines.onnx import OnnxEngine
from doodle_core.model import weights_folder
from doodle_core.reading.seeing import seen
from training.reading.evaluate import evaluate, table

LEAST = {"clean": (0.97, 0.75, 0.7), "photo": (0.94, 0.6, 0.55)}
"""Lines found, strokes that come back whole, crossings that go straight on: a little below docs/training.md."""


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, float]]:
    return evaluate(partial(seen, OnnxEngine(weights_folder(), 2)), 9, tuple(LEAST))


@pytest.mark.parametrize("name", LEAST)
def test_strokes_come_back(rows: dict[str, dict[str, float]], name: str) -> None:
    found, whole, straight = LEAST[name]
    row = rows[name]
    assert 1 - row["missed"] > found and row["false"] < 0.02
    assert row["whole"] > whole and row["straight"] > straight
    assert name in table({name: row}) and f"{row['whole']:.3f}" in table({name: row})


def test_what_is_true_is_read_better_than_any_network_could() -> None:
    """So what is missing in the table is not what it is measured with."""
    row = evaluate(None, 18, ["clean"])["clean"]
    assert row["missed"] == row["false"] == 0 and row["across"] < 0.01 and row["line_iou"] > 0.99
    assert row["whole"] > 0.88 and row["straight"] > 0.88


def test_the_reader_is_within_its_size() -> None:
    card = json.loads((weights_folder() / "card.json").read_text())
    assert card["reader"]["parameters"] < 500_000
    for name in ("reader.onnx", "reader.safetensors"):
        assert (weights_folder() / name).stat().st_size < 1_000_000
