"""The loop that trains, for both kinds of network: it learns, is killed, goes on, and refuses what it does not know."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small import CPU, SMALL, SMALL_STROKES

from doodle_core.dense.networks import NetworkConfig, build
from training.config import Config, StrokesConfig
from training.train import Trainer, main

CONFIGS = Path(__file__).parents[2] / "training" / "configs"
BOTH = pytest.mark.parametrize("small", [SMALL, SMALL_STROKES], ids=["autoencoder", "matcher"])


def trainer(folder: Path, config: Config = SMALL) -> Trainer:
    return Trainer(config, CPU, folder)


@BOTH
def test_a_resumed_run_equals_an_unbroken_one(tmp_path: Path, small: Config) -> None:
    whole = trainer(tmp_path / "whole", small)
    losses = [whole.advance() for _ in range(4)]
    (tmp_path / "broken").mkdir()
    broken = trainer(tmp_path / "broken", small)
    broken.advance(), broken.advance()
    broken.save()
    resumed = trainer(tmp_path / "broken", small)
    assert resumed.resume() and resumed.step == 2
    assert [resumed.advance(), resumed.advance()] == pytest.approx(losses[2:], rel=1e-5)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SMALL, replace(SMALL, network=NetworkConfig(latent=8))),
        (SMALL, SMALL_STROKES),
        (SMALL_STROKES, SMALL),
        (SMALL_STROKES, replace(SMALL_STROKES, network=StrokesConfig(width=32, heads=2, blocks=1))),
    ],
)
def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path, before: Config, after: Config) -> None:
    trainer(tmp_path, before).save()
    with pytest.raises(ValueError, match=r"checkpoint\.pt"):
        trainer(tmp_path, after).resume()


@BOTH
def test_a_checkpoint_holds_the_networks_by_name(tmp_path: Path, small: Config) -> None:
    run = trainer(tmp_path, small)
    run.save()
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    names = {"matcher"} if small is SMALL_STROKES else {"encoder", "decoder"}
    rest = {"config", "optimizers", "generator", "step", "drawings", "clock", "history", "machine"}
    assert set(state) == names | rest
    assert state["config"]["network"] == small.network.to_dict()


@pytest.mark.parametrize(
    ("config", "share"),
    [
        (replace(SMALL, steps=80, rate=1e-2), 0.6),
        (replace(SMALL_STROKES, network=StrokesConfig(width=32, heads=2, blocks=2), batch=8, steps=60, rate=1e-2), 0.8),
    ],
    ids=["autoencoder", "matcher"],
)
def test_training_lowers_the_loss_on_what_it_sees(tmp_path: Path, config: Config, share: float) -> None:
    run = trainer(tmp_path, config)
    losses = [run.advance() for _ in range(config.steps)]
    assert np.mean(losses[-10:]) < share * losses[0]


def test_muon_has_the_matchers_hidden_matrices(tmp_path: Path) -> None:
    run = trainer(tmp_path, SMALL_STROKES)
    rest, inside = ([p for g in o.param_groups for p in g["params"]] for o in run.optimizers)
    names = {id(p): name for name, p in run.task.networks["matcher"].named_parameters()}
    assert len(rest) + len(inside) == len(names)
    assert {names[id(p)] for p in rest if p.ndim == 2} == {"enter.0.weight", "nowhere.weight"}
    assert all(p.ndim == 2 for p in inside)


@BOTH
def test_a_run_to_its_end_looks_and_saves(tmp_path: Path, small: Config) -> None:
    run = trainer(tmp_path, small)
    run.run()
    assert run.progress == 1 and run.drawings == small.steps * small.batch * (2 if small is SMALL_STROKES else 3)
    assert {p.name for p in tmp_path.iterdir()} == {"checkpoint.pt", "strip.png", "history.json"}


def test_the_learning_rate_rises_stays_and_falls(tmp_path: Path) -> None:
    run = trainer(tmp_path, replace(SMALL, steps=1000))
    rates = []
    for run.step in (0, 100, 400, 900, 1000):
        rates.append(run.rate() / SMALL.rate)
    assert rates[0] < 0.3 and rates[1] == rates[2] == 1 and rates[3] == pytest.approx(0.2) and rates[4] == 0


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


@pytest.mark.parametrize("name", ["mixer", "conv2018", "coordconv2018", "strokes"])
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


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("bach = 3", "bach"),
        ('data = "cats"', "cats"),
        ('[network]\nkind = "cats"', "cats"),
        ('[network]\nkind = "strokes"\nlatent = 64', "latent"),
        ('[network]\nkind = "mixer"\nheads = 4', "heads"),
        ('data = "lines2018"\n[network]\nkind = "strokes"', "lines2018"),
        ("network = 3", "odd.toml"),
        ("batch = ", "odd.toml"),
    ],
)
def test_what_a_configuration_cannot_say_is_named(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(text + "\n")
    with pytest.raises(ValueError, match=r"odd\.toml: .*") as error:
        Config.load(path)
    assert named in str(error.value)
