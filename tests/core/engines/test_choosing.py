"""Which engine is chosen, what is said of it, and what happens where there is no GPU."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from doodle_core.engines import DEVICES, ENGINES, choosing, open_engine
from doodle_core.engines.onnx import OnnxEngine
from doodle_core.engines.trial import AGREE, apart, trial
from doodle_core.errors import DoodleError
from doodle_core.model import DoodleModel, ModelCard, weights_folder

FOLDERS = [weights_folder(), weights_folder() / "mixer"]
NO_GPU = not (find_spec("torch") and __import__("torch").cuda.is_available())


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.mark.parametrize("folder", FOLDERS, ids=["strokes", "mixer"])
def test_auto_says_which_and_why_in_words_and_figures(folder: Path) -> None:
    choice = open_engine(folder).choice
    assert choice.name == "onnx cpu"
    assert "ms" in choice.reason or choice.reason == "no engine for a GPU is installed"


@pytest.mark.skipif(not NO_GPU, reason="there is a GPU")
@pytest.mark.torch
def test_a_slow_cpu_has_every_gpu_looked_at_and_each_refusal_told(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    monkeypatch.setattr(choosing, "ENOUGH", 0.0)
    choice = open_engine(FOLDERS[0], say=said.append).choice
    assert (choice.name, choice.reason) == ("onnx cpu", "no GPU can be used")
    assert [name for name, _ in choice.refused] == ["onnx webgpu", "torch gpu"]
    assert all(reason for _, reason in choice.refused)
    assert said == []  # nobody asked for a GPU


@pytest.mark.skipif(not NO_GPU, reason="there is a GPU")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_gpu_that_is_asked_for_and_missing_leaves_the_cpu_in_one_line(engine: str, said: list[str]) -> None:
    opened = open_engine(FOLDERS[0], engine, device="gpu", say=said.append)
    assert opened.choice.device == "cpu"
    (line,) = said
    assert line.startswith("no GPU can be used (") and line.endswith(f"going on with {opened.choice.name}")
    assert "\n" not in line


@pytest.mark.parametrize("device", DEVICES)
def test_a_reason_to_keep_off_the_gpu_is_the_reason_given(device: str, said: list[str]) -> None:
    choice = open_engine(FOLDERS[0], device=device, keep_off_gpu="a render has it", say=said.append).choice
    assert (choice.name, choice.reason, said) == ("onnx cpu", "a render has it", [])


@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_the_engine_that_is_named_is_the_one_that_runs(engine: str) -> None:
    assert open_engine(FOLDERS[0], engine, device="cpu").choice.name == f"{engine} cpu"


@pytest.mark.torch
def test_without_onnxruntime_torch_runs_and_the_wheel_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "doodle_core.engines.onnx", raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    choice = open_engine(FOLDERS[0], device="cpu").choice
    assert choice.name == "torch cpu"
    assert choice.refused[0][0] == "onnx cpu" and "onnxruntime cannot be imported" in choice.refused[0][1]


def test_without_any_engine_one_line_names_both(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("onnx", "torch"):
        monkeypatch.delitem(sys.modules, f"doodle_core.engines.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(DoodleError, match=r"onnxruntime cannot be imported.*torch cannot be imported"):
        open_engine(FOLDERS[0])


@pytest.mark.parametrize(("name", "value"), [("engine", "abacus"), ("device", "tpu")])
def test_what_is_not_known_is_named_with_what_is(name: str, value: str) -> None:
    with pytest.raises(DoodleError, match=f"{name} '{value}' is not known; choose one of auto, "):
        open_engine(FOLDERS[0], **{name: value})  # type: ignore[arg-type]


@pytest.mark.torch
@pytest.mark.parametrize("folder", FOLDERS, ids=["strokes", "mixer"])
@pytest.mark.parametrize("threads", [1, 2])
def test_engines_and_threads_give_the_same_numbers(folder: Path, threads: int) -> None:
    call = trial(ModelCard.read(folder).table)
    one = call.run(open_engine(folder, "onnx", threads, "cpu"))
    other = call.run(open_engine(folder, "torch", threads, "cpu"))
    assert apart(one, other) <= AGREE
    assert apart(one, [array + 0.1 for array in one]) > AGREE
    assert apart(one, [np.full_like(array, np.nan) for array in one]) == np.inf


@pytest.mark.torch
def test_threads_are_bounded_in_both_engines() -> None:
    import torch

    from doodle_core.engines.torch import TorchEngine

    before = torch.get_num_threads()
    try:
        TorchEngine(FOLDERS[0], 1)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_rows_are_shared_out_among_the_threads_that_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = OnnxEngine(FOLDERS[0], 3)
    assert (engine._options.intra_op_num_threads, engine._options.inter_op_num_threads) == (1, 1)
    seen: list[int] = []
    monkeypatch.setattr("doodle_core.engines.onnx.in_parts", lambda run, inputs, threads: seen.append(threads) or [])
    call = trial(ModelCard.read(FOLDERS[0]).table)
    call.run(engine)  # a single one has nothing to share
    assert seen == []
    engine.run(call.network, **{name: np.repeat(rows, 2, axis=0) for name, rows in call.inputs.items()})
    assert seen == [3]


def test_a_model_tells_what_runs_it() -> None:
    model = DoodleModel.load(device="cpu")
    assert (model.engine_name, model.engine_why) == ("onnx cpu", "the CPU was asked for")
