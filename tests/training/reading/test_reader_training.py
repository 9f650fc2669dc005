"""The reader's training: it learns, goes on after a kill, and what it writes is what the program loads."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from doodle_core.drawing import Drawing
from doodle_core.engines.onnx import OnnxEngine
from doodle_core.engines.torch import TorchEngine
from doodle_core.model import ModelCard, checked, weights_folder
from doodle_core.reading.cells import of_drawing
from doodle_core.reading.network import Reader, ReaderConfig
from training.export import _keep_reader
from training.reading import export as exporting
from training.reading.export import export, fused
from training.reading.stretches import crossings_kept, whole
from training.reading.train import Config, Trainer

CPU = torch.device("cpu")
SMALL = Config(ReaderConfig(8, 8, 16, 8, 1), batch=2, kept=3, looks=1, half=False, minutes=50)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a few steps."""
    folder = tmp_path_factory.mktemp("run")
    trainer = Trainer(SMALL, CPU, folder)
    for _ in range(3):
        trainer.advance()
    trainer.look()
    trainer.save()
    return folder


def test_it_learns(tmp_path: Path) -> None:
    trainer = Trainer(replace(SMALL, rate=0.01), CPU, tmp_path)
    trainer.step = 300  # the rate has risen
    losses = [sum(trainer.advance().values()) for _ in range(60)]
    assert np.mean(losses[-15:]) < 0.6 * np.mean(losses[:5])


def test_a_killed_run_goes_on(run: Path) -> None:
    trainer = Trainer(SMALL, CPU, run)
    assert trainer.resume()
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    assert (trainer.step, trainer.pictures, trainer.store.seen) == (3, state["pictures"], 6)
    assert trainer.seconds == state["seconds"] > 0 and len(trainer.history) == 1
    for name, tensor in trainer.network.state_dict().items():
        torch.testing.assert_close(tensor, state["network"][name])
    trainer.advance()
    assert trainer.step == 4 and 0 < trainer.progress < 1


def test_a_run_of_another_network_is_refused(run: Path) -> None:
    other = Trainer(replace(SMALL, network=ReaderConfig(8, 8, 16, 16, 1)), CPU, run)
    with pytest.raises(ValueError, match=r"checkpoint\.pt: is of another network"):
        other.resume()


def test_the_learning_rate_rises_stays_and_falls(tmp_path: Path) -> None:
    trainer = Trainer(SMALL, CPU, tmp_path)
    rates = []
    for step, share in ((0, 0.0), (299, 0.1), (5000, 0.3), (9000, 0.7), (20000, 1.0)):
        trainer.step, trainer.seconds = step, share * SMALL.minutes * 60
        rates.append(trainer.rate() / SMALL.rate)
    assert rates == pytest.approx([0.01, 1, 1, 0.5, 0.01])


def test_a_network_without_normalisations_answers_the_same() -> None:
    torch.manual_seed(1)
    network = Reader(SMALL.network)
    network(torch.rand(4, 3, 64, 64))  # so that normalisations do something
    network.eval()
    with torch.inference_mode():
        given = torch.rand(2, 3, 40, 48)
        torch.testing.assert_close(fused(network, SMALL.network)(given), network(given), rtol=1e-4, atol=1e-4)
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in fused(network, SMALL.network).modules())


def test_light_and_contrast_change_little() -> None:
    """What the network is given beside the picture: the same of a picture in half the light, but for the paper's."""
    from doodle_core.reading.network import _lit

    picture = torch.ones(1, 3, 64, 64)
    picture[..., 30:33, :] = 0.2
    one, two = _lit(picture)[:, 3:], _lit(0.6 * picture)[:, 3:]
    assert float((one - two).abs().max()) < 0.1 * float(one.abs().max())


def folder_with_card(folder: Path) -> Path:
    shutil.copytree(weights_folder(), folder, ignore=shutil.ignore_patterns("mixer", "strips", "*.png"))
    return folder


def test_an_exported_reader_stands_beside_the_matcher(run: Path, tmp_path: Path) -> None:
    folder = folder_with_card(tmp_path / "weights")
    before = ModelCard.read(folder)
    entry = export(run, folder)
    card = checked(folder)
    assert card.id == before.id and card.hashes["matcher.onnx"] == before.hashes["matcher.onnx"]
    assert card.table["reader"] == entry and entry["training"]["steps"] == 3
    assert entry["training"]["machine"].endswith("CPU cores") and entry["engines_differ_at_most"] < 1e-3
    assert len(card.table["self_test"]["reader"]) == 64
    parameters = entry["parameters"]
    for name in ("reader.onnx", "reader.safetensors"):
        assert card.hashes[name] != before.hashes[name]
        assert 2 * parameters < (folder / name).stat().st_size < 2 * parameters + 60_000  # half precision
    given = np.random.default_rng(0).random((1, 3, 32, 48), np.float32)
    (ours,) = OnnxEngine(folder).run("reader", picture=given)
    engine = TorchEngine(folder, 1)
    engine._own = True  # as if these were the bundled weights
    (theirs,) = engine.run("reader", picture=given)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3)


def test_a_new_matcher_leaves_the_reader(tmp_path: Path) -> None:
    folder = folder_with_card(tmp_path / "weights")
    before = json.loads((folder / "card.json").read_text())
    card: dict = {"sha256": {"matcher.onnx": "new"}, "self_test": {"matcher": [1.0]}}
    _keep_reader(card, folder / "card.json")
    assert card["reader"] == before["reader"] and card["sha256"]["matcher.onnx"] == "new"
    assert card["sha256"]["reader.onnx"] == before["sha256"]["reader.onnx"]
    assert card["self_test"] == {"matcher": [1.0], "reader": before["self_test"]["reader"]}
    alone: dict = {"sha256": {}, "self_test": {}}
    _keep_reader(alone, tmp_path / "none.json")
    assert alone == {"sha256": {}, "self_test": {}}


def test_nothing_is_written_where_the_engines_disagree(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_with_card(tmp_path / "weights")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(exporting, "TOLERANCE", -1.0)
    with pytest.raises(RuntimeError, match="differ"):
        export(run, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(("missing", "said"), [("run", "checkpoint.pt"), ("card", "card.json")])
def test_what_is_missing_is_named(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], missing: str, said: str
) -> None:
    start = tmp_path / "none" if missing == "run" else run
    folder = folder_with_card(tmp_path / "weights") if missing == "run" else tmp_path / "empty"
    assert exporting.main([str(start), "--output", str(folder)]) == 2
    assert said in capsys.readouterr().err


SIDE = 100
CROSS = Drawing.make([[(0.1, 0.5), (0.9, 0.5)], [(0.5, 0.1), (0.5, 0.9)]], 0.02)
LEVEL, UPRIGHT = np.array([[10.0, 50.0], [90.0, 50.0]]), np.array([[50.0, 10.0], [50.0, 90.0]])
TURNING = [np.array([[10.0, 50], [50, 50], [50, 90]]), np.array([[50.0, 10], [50, 50], [90, 50]])]


@pytest.mark.parametrize(
    ("pieces", "are_whole", "straight"),
    [
        ([LEVEL, UPRIGHT], 2, 1),
        ([LEVEL[::-1] + [0, 1], UPRIGHT], 2, 1),
        ([LEVEL + [0, 3], UPRIGHT], 1, 0),
        ([LEVEL, UPRIGHT[:1], UPRIGHT[1:]], 1, 0),
        ([LEVEL, np.array([[50, 10], [50, 49]]), np.array([[50, 51], [50, 90]])], 1, 0),
        (TURNING, 0, 0),
        ([LEVEL * [0.5, 1] + [5, 0], UPRIGHT], 1, 0),
        ([], 0, 0),
    ],
)
def test_strokes_are_whole_and_go_straight_on(pieces: list[np.ndarray], are_whole: int, straight: int) -> None:
    cells = of_drawing(CROSS, SIDE)
    assert whole(CROSS, SIDE, pieces, cells) == {"whole_true": 2, "whole_found": are_whole}
    found = crossings_kept(CROSS, SIDE, pieces, cells)
    assert found == {"straight_true": 1, "straight_found": straight, "crowded_true": 0, "crowded_found": 0}


def test_crossings_where_a_third_stroke_comes_near_are_counted_apart_and_hidden_ones_not() -> None:
    lines = [[(0.1, 0.5), (0.9, 0.5)], [(0.5, 0.1), (0.5, 0.9)]]
    crowd = Drawing.make([*lines, [(0.44, 0.1), (0.56, 0.9)]], 0.01)
    found = crossings_kept(crowd, SIDE, [LEVEL, UPRIGHT], of_drawing(crowd, SIDE))
    assert found == {"straight_true": 0, "straight_found": 0, "crowded_true": 2, "crowded_found": 1}
    cover = [(0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)]
    hidden = Drawing.make([*lines, cover], [0.02, 0.02, 0.0], 1.0, [False, False, True], [False, False, True])
    assert crossings_kept(hidden, SIDE, [LEVEL, UPRIGHT], of_drawing(hidden, SIDE))["straight_true"] == 0
