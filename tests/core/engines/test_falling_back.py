"""A GPU that fails in the middle. The model, the networks and both engines are the real ones; what is done to them is
what drivers do: the device goes away, or answers with numbers that are none."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.engines import Choice
from doodle_core.engines.falling_back import FallingBack
from doodle_core.engines.onnx import OnnxEngine
from doodle_core.engines.torch import TorchEngine
from doodle_core.engines.trial import trial
from doodle_core.errors import DoodleError
from doodle_core.film import Film
from doodle_core.model import DoodleModel, ModelCard, weights_folder
from doodle_core.track import LatentKey

WEIGHTS = weights_folder()
MIXER = WEIGHTS / "mixer"


class Leaving(TorchEngine):
    """Torch, whose device is gone after so many calls: its networks are taken to one that holds no numbers."""

    def __init__(self, folder: object, calls: int) -> None:
        super().__init__(folder, 1)  # type: ignore[arg-type]
        self.choice = Choice("torch", "cuda")
        self.left = calls
        self.counting = threading.Lock()

    def run(self, network: str, **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        with self.counting:
            self.left -= 1
            if self.left == -1:
                for one in self._networks.values():
                    one.to("meta")
        return super().run(network, **inputs)


def bow(lift: float) -> Drawing:
    x = np.linspace(-0.35, 0.35, 24)
    return Drawing.make([np.stack([0.5 + x, 0.5 - lift * (1 - (x / 0.35) ** 2)], axis=1)], 0.02)


DRAWINGS = [bow(lift) for lift in (-0.3, 0.1, 0.3, -0.1)]


def film_of(model: DoodleModel) -> list[NDArray[np.float32]]:
    keys = [LatentKey(z, float(k), d) for k, (z, d) in enumerate(zip(model.encode(DRAWINGS), DRAWINGS, strict=True))]
    film = Film(model, model.track(keys))
    return [film.frame_rgba(k / 4, 96) for k in range(13)]


@pytest.mark.parametrize("calls", [0, 1, 2])
def test_a_gpu_that_goes_away_between_two_keys_costs_one_line_and_no_picture(calls: int) -> None:
    said: list[str] = []
    model = DoodleModel.load(device="cpu", threads=1)
    wanted = film_of(model)
    model = DoodleModel.load(device="cpu", threads=1)
    model.engine = FallingBack(Leaving(WEIGHTS, calls), model.engine, said.append)
    assert model.engine_name == "torch cuda"
    for one, other in zip(film_of(model), wanted, strict=True):
        assert np.abs(one - other).max() <= 1 / 255
    (line,) = said
    assert line.startswith("torch cuda failed (") and line.endswith("going on with onnx cpu") and "\n" not in line
    assert model.engine_name == "onnx cpu" and model.engine_why.startswith("torch cuda failed (")
    assert model.choice.refused[-1][0] == "torch cuda"


@pytest.mark.parametrize("calls", [0, 1, 7, 20])
def test_so_does_one_that_goes_away_while_a_dense_model_refines_a_key(calls: int) -> None:
    said: list[str] = []
    model = DoodleModel.load(MIXER, device="cpu", threads=1)
    wanted = film_of(model)
    model.engine = FallingBack(Leaving(MIXER, calls), model.engine, said.append)
    for one, other in zip(film_of(model), wanted, strict=True):
        assert np.abs(one - other).max() <= 1 / 255
    assert len(said) == 1


def test_an_answer_that_is_not_a_number_is_a_failure_too() -> None:
    said: list[str] = []
    broken = TorchEngine(WEIGHTS, 1)
    for parameter in broken._networks["matcher"].parameters():
        parameter.fill_(float("nan"))
    call = trial(ModelCard.read(WEIGHTS).table)
    engine = FallingBack(broken, OnnxEngine(WEIGHTS, 1), said.append)
    for output, expected in zip(call.run(engine), call.run(OnnxEngine(WEIGHTS, 1)), strict=True):
        np.testing.assert_array_equal(output, expected)
    assert "not a number" in said[0] and engine.choice.name == "onnx cpu"


def test_many_threads_that_fail_at_once_all_get_their_answer_and_it_is_said_once() -> None:
    said: list[str] = []
    call = trial(ModelCard.read(WEIGHTS).table)
    wanted = call.run(OnnxEngine(WEIGHTS, 1))
    engine = FallingBack(Leaving(WEIGHTS, 2), OnnxEngine(WEIGHTS, 1), said.append)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: call.run(engine), range(12)))
    assert len(said) == 1
    for answer in answers:
        for one, other in zip(answer, wanted, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-3, rtol=1e-3)


def test_a_mistake_of_the_caller_is_no_fault_of_the_gpu() -> None:
    said: list[str] = []
    engine = FallingBack(TorchEngine(WEIGHTS, 1), OnnxEngine(WEIGHTS, 1), said.append)
    with pytest.raises(DoodleError, match=r"nothing\.onnx"):
        engine.run("nothing", latent=np.zeros((1, 256), np.float32))
    assert not said and engine.choice.name == "torch cpu"
