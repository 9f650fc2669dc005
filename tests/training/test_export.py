"""What is exported loads in both engines, which agree, and its card tells what was trained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from small import CPU, SMALL, SMALL_STROKES

from doodle_core.dense.model import DenseModel
from doodle_core.drawing import Drawing
from doodle_core.engines.onnx import OnnxEngine
from doodle_core.engines.torch import TorchEngine
from doodle_core.errors import DoodleError
from doodle_core.film import Film
from doodle_core.matching.model import StrokeModel
from doodle_core.model import DoodleModel
from doodle_core.rendering import coverage
from doodle_core.track import LatentKey
from training import export as export_module
from training.config import Config
from training.dataset import draw
from training.train import Trainer


def run(folder: Path, config: Config) -> Path:
    """A finished run, in little."""
    folder.mkdir(parents=True)
    Trainer(config, CPU, folder).run()
    return folder


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dense")
    export_module.export(run(folder / "run", SMALL), folder / "weights", "small")
    return folder / "weights"


@pytest.fixture(scope="module")
def strokes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("strokes")
    export_module.export(run(folder / "run", SMALL_STROKES), folder / "weights", "small strokes")
    return folder / "weights"


def test_an_autoencoder_loads_in_both_engines_and_they_agree(dense: Path) -> None:
    doodles = draw("motion", 5, torch.Generator().manual_seed(7)).first.numpy()
    onnx, torch_ = OnnxEngine(dense), TorchEngine(dense, device="cpu")
    (latents,) = onnx.run("encoder", drawing=doodles)
    assert latents.shape == (5, 16)
    for name, given in (
        ("encoder", {"drawing": doodles}),
        ("decoder", {"latent": latents}),
        ("compare", {"latent": latents, "drawing": doodles}),
    ):
        for ours, theirs in zip(onnx.run(name, **given), torch_.run(name, **given), strict=True):
            assert np.abs(ours - theirs).max() < 1e-4


@pytest.mark.parametrize(("count", "pieces"), [(1, 1), (1, 7), (3, 40), (1, 130)])
def test_a_matcher_loads_in_both_engines_and_they_agree(strokes: Path, count: int, pieces: int) -> None:
    dice = np.random.default_rng(pieces)
    given = {
        "first": dice.normal(0, 8, (count, pieces, 9)),
        "second": dice.normal(0, 8, (count, pieces, 9)),
        "there": np.arange(pieces) < dice.integers(1, pieces + 1, (count, 1)),
        "there_too": np.arange(pieces) < dice.integers(1, pieces + 1, (count, 1)),
    }
    arrays = {name: array.astype(np.float32) for name, array in given.items()}
    ours = OnnxEngine(strokes).run("matcher", **arrays)
    theirs = TorchEngine(strokes, device="cpu").run("matcher", **arrays)
    assert [a.shape for a in ours] == [(count, pieces, pieces), (count, pieces), (count, pieces)]
    for a, b in zip(ours, theirs, strict=True):
        assert np.abs(a - b).max() < 1e-3


def test_a_stroke_model_gives_its_keys_back(strokes: Path) -> None:
    model = DoodleModel.load(strokes)
    assert isinstance(model, StrokeModel) and model.latent_size == 0
    lines = [[(0.2, 0.2), (0.8, 0.7)], [(0.3, 0.8), (0.6, 0.3)]]
    drawings = [Drawing.make(lines, 0.02), Drawing.make(lines[::-1], 0.03)]
    assert list(model.encode(drawings)) == drawings
    keys = [LatentKey(drawing, k, drawing) for k, drawing in enumerate(drawings)]
    assert model.match(*keys) is None and model.match(*keys, decide=True)
    film = Film(model, model.track(keys))
    for k, drawing in enumerate(drawings):
        np.testing.assert_array_equal(film.frame_ink(k, 64), coverage(drawing, 64))


def test_the_gradient_is_the_slope_of_the_loss(dense: Path) -> None:
    doodles = draw("motion", 3, torch.Generator().manual_seed(8)).first.numpy()
    (latents,) = TorchEngine(dense, device="cpu").run("encoder", drawing=doodles)
    engine = OnnxEngine(dense)
    loss, gradient = engine.run("compare", latent=latents, drawing=doodles)
    step = 1e-2 * gradient / np.linalg.norm(gradient, axis=1, keepdims=True)
    higher, lower = (engine.run("compare", latent=latents + s * step, drawing=doodles)[0] for s in (1, -1))
    assert (higher - lower) / 2e-2 == pytest.approx(np.linalg.norm(gradient, axis=1), rel=0.05)
    assert (lower < loss).all()


def test_the_card_tells_what_was_trained(dense: Path) -> None:
    card = json.loads((dense / "card.json").read_text())
    assert card["training"]["steps"] == 6 and card["training"]["drawings"] == 6 * 8 * 3
    assert len(card["spread"]) == 16 and min(card["spread"]) > 0
    assert set(card["sha256"]) == {"encoder.onnx", "decoder.onnx", "compare.onnx", "weights.safetensors"}
    assert (dense / "strip.png").stat().st_size > 1000


def test_the_card_of_a_stroke_model_tells_what_was_trained(strokes: Path) -> None:
    card = json.loads((strokes / "card.json").read_text())
    assert card["network"] == {
        "kind": "strokes",
        "domain": "field",
        "size": 64,
        "width": 16,
        "heads": 2,
        "blocks": 1,
    }
    assert card["training"]["drawings"] == 2 * card["training"]["pairs"] == 6 * 4 * 2
    assert card["spread"] == 1 and list(card["parameters"]) == ["matcher"]
    assert set(card["sha256"]) == {"matcher.onnx", "weights.safetensors"}
    assert set(card["self_test"]) == {"matcher"}
    assert card["held_out"]["error_mean"] > 0
    assert (strokes / "strip.png").stat().st_size > 1000


def test_weights_are_stored_in_half_precision(strokes: Path) -> None:
    parameters = json.loads((strokes / "card.json").read_text())["parameters"]["matcher"]
    assert (strokes / "weights.safetensors").stat().st_size < 2 * parameters + 8000


def test_refining_never_makes_a_key_worse(dense: Path) -> None:
    model = DoodleModel.load(dense)
    assert isinstance(model, DenseModel)
    drawing = Drawing.make([np.array([[0.2, 0.2], [0.8, 0.7]], np.float32)], radii=0.02)
    target = model.inputs([drawing])
    losses = []
    for rounds in (0, 4, 16):
        latent = model.refined([drawing], rounds)
        losses.append(float(OnnxEngine(dense).run("compare", latent=latent, drawing=target)[0][0]))
    assert losses[0] > losses[1] >= losses[2]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("dense", "encoder.onnx"),
        ("dense", "compare.onnx"),
        ("dense", "weights.safetensors"),
        ("strokes", "matcher.onnx"),
        ("strokes", "weights.safetensors"),
    ],
)
def test_an_altered_or_missing_file_is_named(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, name: str
) -> None:
    for file in request.getfixturevalue(kind).iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DoodleError, match=f"{name}.*altered"):
        DoodleModel.load(tmp_path)
    (tmp_path / name).unlink()
    if name == "weights.safetensors":  # torch alone reads these, and zips of the add-on leave some out
        assert DoodleModel.load(tmp_path).card.id
        with pytest.raises(DoodleError, match=f"{name}.*install the weights again"):
            TorchEngine(tmp_path)
    else:
        with pytest.raises(DoodleError, match=f"{name}.*install the weights again"):
            DoodleModel.load(tmp_path)


@pytest.mark.parametrize(("config", "bound"), [(SMALL, "TOLERANCE"), (SMALL_STROKES, "TOLERANCE_OF_SCORES")])
def test_export_writes_nothing_when_the_engines_disagree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Config, bound: str
) -> None:
    (tmp_path / "run").mkdir()
    Trainer(config, CPU, tmp_path / "run").save()
    monkeypatch.setattr(export_module, bound, -1.0)
    with pytest.raises(RuntimeError, match="differ"):
        export_module.export(tmp_path / "run", tmp_path / "weights", "bad")
    assert not list((tmp_path / "weights").iterdir())


def test_a_run_without_a_checkpoint_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export_module.main([str(tmp_path), "--output", str(tmp_path / "weights")]) == 2
    assert "checkpoint.pt" in capsys.readouterr().err
    assert not (tmp_path / "weights").exists()
