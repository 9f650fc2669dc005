"""The WebGPU plugin of ONNX Runtime. Where it finds a GPU (or ORT_WEBGPU_EP_ALLOW_SOFTWARE_ADAPTER=1 and a software
Vulkan), all of this runs on it; where it finds none, or is not installed, the one line that says so is tested."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from doodle_core.engines import open_engine
from doodle_core.engines.falling_back import FallingBack
from doodle_core.engines.onnx import OnnxEngine, webgpu_device
from doodle_core.engines.trial import AGREE, apart, trial
from doodle_core.errors import DoodleError
from doodle_core.model import DoodleModel, ModelCard, weights_folder
from doodle_core.self_test import self_test

PLUGIN = find_spec("onnxruntime_ep_webgpu") is not None


def starts() -> bool:
    try:
        webgpu_device()
    except DoodleError:
        return False
    return True


STARTS = starts()
without = pytest.mark.skipif(STARTS, reason="WebGPU starts here")
needs = pytest.mark.skipif(not STARTS, reason="WebGPU does not start here")


@without
def test_without_one_it_says_what_is_missing_as_often_as_it_is_asked() -> None:
    missing = "no GPU with a driver" if PLUGIN else "onnxruntime-ep-webgpu is not installed"
    for _ in range(2):
        with pytest.raises(DoodleError, match=missing):
            OnnxEngine(weights_folder(), 1, "webgpu")


@without
def test_and_the_cpu_draws() -> None:
    said: list[str] = []
    engine = open_engine(weights_folder(), "onnx", 1, "gpu", say=said.append)
    assert engine.choice.name == "onnx cpu" and len(said) == 1
    assert [name for name, _ in engine.choice.refused] == ["onnx webgpu"]


@needs
@pytest.mark.parametrize("folder", [weights_folder(), weights_folder() / "mixer"], ids=["strokes", "mixer"])
def test_it_gives_the_cpu_s_numbers(folder: Path) -> None:
    call = trial(ModelCard.read(folder).table)
    found = call.run(OnnxEngine(folder, 1, "webgpu"))
    assert apart(found, call.run(OnnxEngine(folder, 1))) <= AGREE


@needs
def test_asked_for_it_runs_the_model_and_can_fall_back() -> None:
    model = DoodleModel.load(engine="onnx", device="gpu", threads=1)
    assert model.engine_name == "onnx webgpu" and isinstance(model.engine, FallingBack)
    assert "the GPU was asked for" in model.engine_why
    assert self_test(model).engine == "onnx webgpu"
