"""Models that did not come with the program: what they answer is looked at, and they see no other file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from doodle_core.engines.onnx import OnnxEngine
from doodle_core.engines.trial import trial
from doodle_core.errors import DoodleError
from doodle_core.model import DoodleModel, weights_folder
from tests.core.engines.other_models import folder_with, keys

onnx = pytest.importorskip("onnx")
SIDES = {"first": ("b", "n", 9), "second": ("b", "n", 9), "there": ("b", "n"), "there_too": ("b", "n")}


def network(*nodes: tuple[str, str, str], tensors: tuple[object, ...] = ()) -> bytes:
    """A matcher of these operators, given as (operator, inputs, outputs); it has the constants `one` and `two`."""
    helper, kinds = onnx.helper, onnx.TensorProto
    ends = [helper.make_tensor_value_info(name, kinds.FLOAT, sides) for name, sides in SIDES.items()]
    outs = [helper.make_tensor_value_info(k, kinds.FLOAT, None) for k in ("scores", "nowhere", "nowhere_too")]
    made = [helper.make_node(op, inputs.split(), outputs.split()) for op, inputs, outputs in nodes]
    constants = [helper.make_tensor(name, kinds.INT64, [1], [k]) for name, k in (("one", 1), ("two", 2))]
    graph = helper.make_graph(made, "g", ends, outs, [*constants, *tensors])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10).SerializeToString()


COLUMN, ROW = ("Unsqueeze", "there two", "column"), ("Unsqueeze", "there_too one", "row")
SCORES = ("MatMul", "column row", "scores")
GOOD = (COLUMN, ROW, SCORES, ("Neg", "there", "nowhere"), ("Neg", "there_too", "nowhere_too"))


def engine_of(folder: Path, data: bytes) -> OnnxEngine:
    model = DoodleModel.load(folder_with(folder, matcher=data), engine="onnx", device="cpu")
    assert isinstance(model.engine, OnnxEngine)
    return model.engine


def test_a_network_that_answers_as_a_matcher_is_used(tmp_path: Path) -> None:
    given = keys(2)
    scores, nowhere, _ = engine_of(tmp_path / "model", network(*GOOD)).run("matcher", **given)
    np.testing.assert_array_equal(scores, given["there"][:, :, None] * given["there_too"][:, None])
    np.testing.assert_array_equal(nowhere, -given["there"])


CASES = {
    "shapes": (
        (COLUMN, ROW, SCORES, ("Neg", "first", "nowhere"), GOOD[4]),
        r"onnx: its answers are of shapes",
    ),
    "no numbers": (
        (COLUMN, ROW, SCORES, ("Sub", "there there", "zero"), ("Div", "zero zero", "nowhere"), GOOD[4]),
        r"matcher\.onnx: its answers are not numbers",
    ),
    "an operator of nobody": ((*GOOD[:3], ("Neg", "there", "nowhere"), ("Fly", "there", "nowhere_too")), "Fly"),
}


@pytest.mark.parametrize(("nodes", "said"), CASES.values(), ids=CASES.keys())
def test_a_network_that_does_not_answer_as_a_matcher_is_named(
    tmp_path: Path, nodes: tuple[tuple[str, str, str], ...], said: str
) -> None:
    with pytest.raises(DoodleError, match=said) as error:
        engine_of(tmp_path / "model", network(*nodes)).run("matcher", **keys(2))
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_network_is_named(tmp_path: Path) -> None:
    with pytest.raises(DoodleError, match=r"matcher\.onnx: no network can be loaded"):
        engine_of(tmp_path / "model", b"not a network").run("matcher", **keys(2))


@pytest.mark.parametrize("path", ["numbers", "../numbers", "/etc/passwd"])
def test_numbers_in_another_file_are_not_read(tmp_path: Path, path: str) -> None:
    """ONNX lets a constant say that its numbers lie in another file."""
    for place in (tmp_path / "numbers", tmp_path / "within" / "numbers"):
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(bytes(64))
    tensor = onnx.TensorProto(name="w", data_type=onnx.TensorProto.FLOAT, dims=[1])
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", path
    nodes = (*GOOD[:3], ("Mul", "there w", "nowhere"), GOOD[4])
    before = Path.cwd()
    os.chdir(tmp_path / "within")
    try:
        with pytest.raises(DoodleError, match=r"matcher\.onnx: no network can be loaded"):
            engine_of(tmp_path / "model", network(*nodes, tensors=(tensor,))).run("matcher", **keys(2))
    finally:
        os.chdir(before)


@pytest.mark.parametrize("folder", [weights_folder(), weights_folder() / "mixer"], ids=["strokes", "mixer"])
def test_a_copy_of_the_bundled_model_answers_the_same(tmp_path: Path, folder: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in folder.iterdir():
        if path.suffix in (".onnx", ".json", ".safetensors"):
            (copy / path.name).write_bytes(path.read_bytes())
    own, other = (DoodleModel.load(one, engine="onnx", device="cpu") for one in (folder, copy))
    for model in (own, other):
        assert isinstance(model.engine, OnnxEngine) and model.engine._own == (model is own)
    for one, two in zip(*(trial(model.card.table).run(model.engine) for model in (own, other)), strict=True):
        np.testing.assert_array_equal(one, two)
    if not own.DRAWS:
        latents = np.random.default_rng(2).normal(0, 5, (9, own.latent_size)).astype(np.float32)
        np.testing.assert_array_equal(own.decode(latents), other.decode(latents))
