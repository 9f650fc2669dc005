"""The card for people says what was measured, of both kinds of model."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from training.card import card_text
from training.evaluate import Figures, Result

WEIGHTS = Path(__file__).parents[2] / "weights"
SCENES = {name: Figures(chamfer=c) for name, c in zip("abcdefg", (4.0, 3.0, 7.0, 1.0, 2.0, math.nan, 5.0), strict=True)}
RECORD = {
    "folder": "weights",
    "command": "python -m training.card weights",
    "machine": "a machine",
    "milliseconds": {"read": 31.0, "match": 46.0, "align": 4.2, "pose": 0.523},
}


@pytest.mark.parametrize(
    ("folder", "row"), [(WEIGHTS, "it, from strokes"), (WEIGHTS / "mixer", "it, refined")], ids=["strokes", "mixer"]
)
def test_the_card_names_what_is_worst_and_best(folder: Path, row: str) -> None:
    card = json.loads((folder / "card.json").read_text())
    other = Result("other", Figures(), {"z": Figures(chamfer=9.0)})
    text = card_text(card, RECORD, [other, Result(row, Figures(iou=0.123), SCENES)])
    assert card["id"] in text and f"| {row} | - | - | 0.123 |" in text and "| other |" in text
    worst, best = (text.split(heading)[1].split("##")[0] for heading in ("The worst three", "The best three"))
    assert [name for name in "abcdefgz" if f"({'strips/' + name}.png)" in worst] == ["a", "c", "g"]
    assert worst.index("strips/c") < worst.index("strips/g") < worst.index("strips/a")
    assert [name for name in "abcdefgz" if f"({'strips/' + name}.png)" in best] == ["b", "d", "e"]


def test_a_stroke_models_card_tells_its_data_and_its_times() -> None:
    card = json.loads((WEIGHTS / "card.json").read_text())
    text = card_text(card, RECORD, [Result("it, from strokes", Figures(), SCENES)])
    assert f"{card['training']['pairs']:,} pairs of keys" in text
    assert "31 to read a key given as a picture" in text and "0.52 for the drawing of a frame" in text
    assert "46 to match two keys and 4.2 to align them" in " ".join(text.split())
    assert "The worst three: c, g, a" in text
    assert "{" not in text
