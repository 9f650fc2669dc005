"""A whole run in small: train, kill, resume, export, and load what was exported."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from doodle_core.drawing import Strokes
from doodle_core.engines.onnx import OnnxEngine
from doodle_core.engines.torch import TorchEngine
from doodle_core.errors import DoodleError
from doodle_core.model import DoodleModel
from doodle_core.networks import NetworkConfig, build
from training import export as export_module
from training.config import Config
from training.dataset import draw
from training.train import Trainer, main

CPU = torch.device("cpu")
SMALL = Config(
    name="small",
    network=NetworkConfig(latent=16, width=16, encoder_blocks=1, decoder_blocks=1, token_hidden=16, channel_hidden=16),
    batch=8,
    steps=6,
)
CONFIGS = Path(__file__).parents[2] / "training" / "configs"


def trainer(folder: Path, config: Config = SMALL) -> Trainer:
    return Trainer(config, CPU, folder)


def test_a_resumed_run_equals_an_unbroken_one(tmp_path: Path) -> None:
    whole = trainer(tmp_path / "whole")
    losses = [whole.advance() for _ in range(4)]
    (tmp_path / "broken").mkdir()
    broken = trainer(tmp_path / "broken")
    broken.advance(), broken.advance()
    broken.save()
    resumed = trainer(tmp_path / "broken")
    assert resumed.resume() and resumed.step == 2
    assert [resumed.advance(), resumed.advance()] == pytest.approx(losses[2:], rel=1e-5)


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    trainer(tmp_path).save()
    other = trainer(tmp_path, replace(SMALL, network=replace(SMALL.network, latent=8)))
    with pytest.raises(ValueError, match=r"checkpoint\.pt"):
        other.resume()


def test_training_lowers_the_loss_on_what_it_sees(tmp_path: Path) -> None:
    run = trainer(tmp_path, replace(SMALL, steps=80, rate=1e-2))
    losses = [run.advance() for _ in range(80)]
    assert np.mean(losses[-10:]) < 0.6 * losses[0]


def test_the_learning_rate_rises_stays_and_falls(tmp_path: Path) -> None:
    run = trainer(tmp_path, replace(SMALL, steps=1000))
    rates = []
    for run.step in (0, 100, 400, 900, 1000):
        rates.append(run.rate() / SMALL.rate)
    assert rates[0] < 0.3 and rates[1] == rates[2] == 1 and rates[3] == pytest.approx(0.2) and rates[4] == 0


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    run = trainer(folder / "run")
    (folder / "run").mkdir()
    run.run()
    export_module.export(folder / "run", folder / "weights", "small")
    return folder / "weights"


def test_the_exported_set_loads_in_both_engines_and_they_agree(exported: Path) -> None:
    doodles = draw("motion", 5, torch.Generator().manual_seed(7)).first.numpy()
    onnx, torch_ = OnnxEngine(exported), TorchEngine(exported, device="cpu")
    latents = onnx.encode(doodles)
    assert latents.shape == (5, 16)
    assert np.abs(latents - torch_.encode(doodles)).max() < 1e-4
    assert np.abs(onnx.decode(latents) - torch_.decode(latents)).max() < 1e-4
    for ours, theirs in zip(onnx.compare(latents, doodles), torch_.compare(latents, doodles), strict=True):
        assert np.abs(ours - theirs).max() < 1e-4


def test_the_gradient_is_the_slope_of_the_loss(exported: Path) -> None:
    engine = TorchEngine(exported, device="cpu")
    doodles = draw("motion", 3, torch.Generator().manual_seed(8)).first.numpy()
    latents = engine.encode(doodles)
    loss, gradient = OnnxEngine(exported).compare(latents, doodles)
    step = 1e-2 * gradient / np.linalg.norm(gradient, axis=1, keepdims=True)
    higher, lower = (OnnxEngine(exported).compare(latents + s * step, doodles)[0] for s in (1, -1))
    assert (higher - lower) / 2e-2 == pytest.approx(np.linalg.norm(gradient, axis=1), rel=0.05)
    assert (lower < loss).all()


def test_the_card_tells_what_was_trained(exported: Path) -> None:
    card = json.loads((exported / "card.json").read_text())
    assert card["training"]["steps"] == 6 and card["training"]["drawings"] == 6 * 8 * 3
    assert len(card["spread"]) == 16 and min(card["spread"]) > 0
    assert (exported / "strip.png").stat().st_size > 1000


def test_refining_never_makes_a_key_worse(exported: Path) -> None:
    model = DoodleModel.load(exported)
    drawing = Strokes.make([np.array([[0.2, 0.2], [0.8, 0.7]], np.float32)], radii=0.02)
    target = model.inputs([drawing])
    losses = [float(OnnxEngine(exported).compare(model.encode([drawing], rounds=r), target)[0][0]) for r in (0, 4, 16)]
    assert losses[0] > losses[1] >= losses[2]


@pytest.mark.parametrize("name", ["encoder.onnx", "compare.onnx", "weights.safetensors"])
def test_an_altered_or_missing_file_is_named(exported: Path, tmp_path: Path, name: str) -> None:
    for file in exported.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DoodleError, match=f"{name}.*altered"):
        DoodleModel.load(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(DoodleError, match=name):
        DoodleModel.load(tmp_path)


def test_export_writes_nothing_when_the_engines_disagree(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    trainer(run).save()
    monkeypatch.setattr(export_module, "TOLERANCE", -1.0)
    with pytest.raises(RuntimeError, match="differ"):
        export_module.export(run, tmp_path / "weights", "bad")
    assert not list((tmp_path / "weights").iterdir())


def test_the_2018_networks_have_twenty_convolutions_each_way() -> None:
    for name in ("conv2018", "coordconv2018"):
        network = Config.load(CONFIGS / f"{name}.toml").network
        assert network.latent == 64 and network.coord == (name == "coordconv2018")
        parts = build(network)
        for part in parts:
            convolutions = [m for m in part.modules() if isinstance(m, torch.nn.Conv2d)]
            assert 20 <= len(convolutions) <= 21
        encoder, decoder = parts
        picture = torch.rand(2, 64, 64)
        answer = decoder(encoder(picture))
        assert answer.shape == picture.shape and answer.min() >= 0 and answer.max() <= 1


def test_coordconv_sees_where_it_is() -> None:
    """A plain convolution answers a shifted picture with a shifted answer; CoordConv does not."""
    for coord in (False, True):
        torch.manual_seed(0)
        network = NetworkConfig(
            kind="conv", domain="ink", latent=8, width=4, encoder_blocks=1, decoder_blocks=1, coord=coord
        )
        layer = build(network)[0].body[0]
        picture = torch.zeros(1, 1, 64, 64)
        picture[0, 0, 20, 20] = 1
        plain, shifted = layer(picture), layer(picture.roll(8, -1)).roll(-8, -1)
        same = torch.allclose(plain[..., 19:22, 19:22], shifted[..., 19:22, 19:22], atol=1e-6)
        assert same != coord


@pytest.mark.parametrize("name", ["mixer", "conv2018", "coordconv2018"])
def test_every_configuration_trains_a_step(tmp_path: Path, name: str) -> None:
    config = Config.load(CONFIGS / f"{name}.toml", batch=2, steps=1)
    run = Trainer(config, CPU, tmp_path)
    assert np.isfinite(run.advance()) and run.progress == 1


def test_a_mistaken_configuration_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "odd.toml"
    path.write_text('data = "cats"\n')
    with pytest.raises(SystemExit) as stop:
        main([str(path)])
    assert stop.value.code == 2 and "odd.toml" in capsys.readouterr().err
    path.write_text("bach = 3\n")
    with pytest.raises(ValueError, match="bach"):
        Config.load(path)
