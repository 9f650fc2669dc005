"""The self-test is passed by the bundled models on every engine, and by no model that was changed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from doodle_core.engines.torch import TorchEngine
from doodle_core.errors import DoodleError
from doodle_core.model import DoodleModel, weights_folder
from doodle_core.self_test import figures, self_test

FOLDERS = [weights_folder(), weights_folder() / "mixer"]


@pytest.mark.parametrize("engine", ["onnx", "torch"])
@pytest.mark.parametrize("folder", FOLDERS, ids=["strokes", "mixer"])
def test_the_bundled_models_pass(folder: Path, engine: str) -> None:
    found = self_test(DoodleModel.load(folder, engine, 1, "cpu"))
    assert found.differs is not None and found.differs <= 1e-4
    assert found.engine == f"{engine} cpu" and found.milliseconds > 0
    assert found.engine in found.told() and "ms a frame" in found.told()


@pytest.mark.parametrize(("folder", "network"), [(FOLDERS[0], "matcher"), (FOLDERS[1], "decoder")])
def test_a_network_that_answers_otherwise_fails(folder: Path, network: str) -> None:
    model = DoodleModel.load(folder, "torch", 1, "cpu")
    assert isinstance(model.engine, TorchEngine)
    for parameter in model.engine._networks[network].parameters():
        parameter.mul_(1.01)
    with pytest.raises(DoodleError, match=f"'{model.card.name}' on torch cpu is wrong by .* choose another engine"):
        self_test(model)


def test_figures_are_of_many_places_that_differ() -> None:
    for folder, networks in zip(FOLDERS, [{"matcher", "reader"}, {"compare", "decoder"}], strict=True):
        assert set(figures(DoodleModel.load(folder, device="cpu"))) == networks
        for numbers in figures(DoodleModel.load(folder, device="cpu")).values():
            assert len(set(np.round(numbers, 3))) > 10


def test_a_card_without_figures_passes_and_says_so(tmp_path: Path) -> None:
    shutil.copytree(FOLDERS[0], tmp_path / "own")
    path = tmp_path / "own" / "card.json"
    card = json.loads(path.read_text())
    del card["self_test"]
    path.write_text(json.dumps(card))
    found = self_test(DoodleModel.load(tmp_path / "own", device="cpu"))
    assert found.differs is None and "no figures" in found.told()


@pytest.mark.parametrize(
    "stored", [3, {}, {"decoder": [1.0]}, {"matcher": "a"}, {"matcher": [1.0, 2.0]}, {"matcher": None}]
)
def test_a_card_with_damaged_figures_is_told(stored: object) -> None:
    model = DoodleModel.load(device="cpu")
    model.card = replace(model.card, table={**model.card.table, "self_test": stored})
    with pytest.raises(DoodleError, match=r"damaged self_test|is wrong by"):
        self_test(model)
