"""Models of strangers: what is no network of this program is refused before anything runs it.

Every folder here has a card that vouches for it, with hashes and id that are right: who makes the file makes the card.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from doodle_core.engines.dry_run import dry_run
from doodle_core.engines.graph import graph_of
from doodle_core.engines.onnx import OnnxEngine
from doodle_core.engines.trial import trial
from doodle_core.errors import DoodleError
from doodle_core.model import DoodleModel, weights_folder
from tests.core.engines.hostile import (
    MATCHER,
    blank,
    field,
    fields,
    folder_with,
    graph,
    keys,
    model,
    node,
    single,
    value,
    whole,
)

G = blank()
NOUGHT, STEP = single("zero", 0.0), whole("step", 1, shape=())


def big(name: str, count: int) -> bytes:
    """A tensor that says it has many numbers, and has none."""
    return fields(1, [count]) + field(2, 1) + field(8, name) + field(9, b"")


def elsewhere(path: str) -> bytes:
    """A tensor whose numbers are in another file."""
    location = field(1, "location") + field(2, path)
    return fields(1, [4]) + field(2, 1) + field(8, "w") + field(13, location) + field(14, 1)


def doubled(times: int) -> list[bytes]:
    """Nodes that lay an array beside itself, again and again."""
    return [node("Concat", f"d{i} d{i}" if i else "first first", f"d{i + 1}", axis=0) for i in range(times)]


def attribute(number: int, inner: bytes, kind: int) -> bytes:
    return field(5, field(1, "body") + field(number, inner) + field(20, kind))


LATE = graph(  # an array as large as it is told to be, by a number that is large for 97 pieces alone
    [
        node("Shape", "there", "n", start=1),
        node("Equal", "n odd", "hit"),
        node("Cast", "hit", "one", to=7),
        node("Mul", "one huge", "side"),
        node("Expand", "zero side", "flood"),
        node("ReduceSum", "flood", "drop", keepdims=0),
        node("Transpose", "first", "t"),
        node("Gather", "first index", "f", axis=2),
        node("Gather", "second index", "s", axis=2),
        node("Unsqueeze", "there two", "column"),
        node("Unsqueeze", "there_too one_", "row"),
        node("MatMul", "column row", "scores"),
        node("Add", "f drop", "nowhere"),
        node("Add", "s drop", "nowhere_too"),
    ],
    [
        *(whole("odd", 97), whole("huge", 1 << 40), single("zero", 0.0), whole("two", 2), whole("one_", 1)),
        whole("index", 0, shape=()),
    ],
    ends=MATCHER,
)

HOSTILE = {
    "nothing at all": (b"", "not a network"),
    "words": (b"just some words", ""),
    "cut short": (model(G)[:-20], ""),
    "something behind it": (model(G) + b"\0\0\0", ""),
    "another graph merged in": (model(G, field(7, G)), "comes twice"),
    "a path up": (model(blank(tensors=[elsewhere("../../etc/passwd")])), "another file"),
    "a path from the root": (model(blank(tensors=[elsewhere("/etc/passwd")])), "another file"),
    "numbers elsewhere, without a path": (model(blank(tensors=[big("w", 4) + field(14, 1)])), "another file"),
    "a custom operator": (model(blank(node("Run", "row", "x", field(7, "evil")))), "'evil'"),
    "a custom set of operators": (model(G, domain="evil"), "'evil'"),
    "two sets of operators": (model(G, field(8, field(2, 20))), "several sets"),
    "operators of another time": (model(G, opset=9), "version 9"),
    "operators of the future": (model(G, opset=999), "version 999"),
    "functions": (model(G, field(25, field(1, "f"))), "functions"),
    "training": (model(G, field(20, b"")), "training"),
    "settings for the runtime": (model(G, field(14, field(1, "ort_config"))), "field 14"),
    "a loop": (model(blank(node("Loop", "one", "x", attribute(6, G, 5)))), "a graph within a graph"),
    "a loop without a body": (model(blank(node("Loop", "one", "x"))), "'Loop'"),
    "branches": (model(blank(node("If", "one", "x", attribute(11, G, 10)))), "a graph within a graph"),
    "a sparse tensor": (model(G + field(15, b"")), "sparse"),
    "an operator nobody needs": (model(blank(node("NonZero", "row", "x"))), "'NonZero'"),
    "a tensor of words": (model(blank(tensors=[fields(1, [1]) + field(2, 8) + field(8, "w")])), "of a kind"),
    "a tensor of gigabytes": (model(blank(tensors=[big("w", 1 << 33)])), "of a kind or shape"),
    "a tensor that is not there": (model(blank(tensors=[big("w", 1 << 20)])), "as many numbers"),
    "sides below nothing": (model(blank(tensors=[big("w", -4)])), "of a kind or shape"),
    "sides that wrap round": (model(blank(tensors=[fields(1, [1 << 33] * 2) + big("w", 0)])), "of a kind or shape"),
    "one name twice": (model(blank(tensors=[whole("one", 64)])), "two of the name"),
    "a name made twice": (model(blank(node("Abs", "row", "scores"))), "two of the name"),
    "a circle": (model(blank(node("Add", "b c", "a"), node("Add", "a c", "b"))), "before it is made"),
    "a flood by Expand": (
        model(blank(node("Expand", "zero s", "x"), tensors=[NOUGHT, whole("s", 1 << 20, 1 << 20, 64)])),
        "MB",
    ),
    "a flood by Range": (
        model(blank(node("Range", "index end step", "x"), tensors=[whole("end", 1 << 62, shape=()), STEP])),
        "'Range'",
    ),
    "a flood by doubling": (model(blank(*doubled(40))), "MB"),
    "a column, a row and a depth": (
        model(
            blank(
                *(node("Reshape", f"first s{i}", f"p{i}") for i in range(3)),
                *(node("Mul", "p0 p1", "square"), node("Mul", "square p2", "cube")),
                tensors=[whole(f"s{i}", *(-1 if i == j else 1 for j in range(3))) for i in range(3)],
            )
        ),
        "MB",
    ),
    "work for days": (
        model(
            blank(
                *(node("Reshape", "first a", "post"), node("Reshape", "first b", "line")),
                node("MatMul", "post line", "x0"),
                *(node("MatMul", f"x{i} x{i}", f"x{i + 1}") for i in range(4000)),
                tensors=[whole("a", -1, 1), whole("b", 1, -1)],
            )
        ),
        "multiply-adds",
    ),
    "a shape out of numbers": (
        model(blank(node("Cast", "row", "n", to=7), node("Expand", "zero n", "x"), tensors=[NOUGHT])),
        "depends on the drawing",
    ),
    "a division that ends the process": (
        model(blank(node("Div", "a b", "x"), tensors=[whole("a", 1), whole("b", 0)])),
        "divi",
    ),
    "other inputs": (model(graph([], ends=((value("image", "b", 1536),), MATCHER[1]))), ""),
    "other answers": (
        model(
            graph(
                [node("Abs", "first", "scores"), node("Abs", "there", "nowhere"), node("Abs", "there", "nowhere_too")]
            )
        ),
        "shapes",
    ),
    "an attribute of two kinds": (
        model(blank(node("Shape", "first", "x", attribute(4, b"s", 2), end=1))),
        "more than numbers and words",
    ),
    "an attribute from elsewhere": (
        model(blank(node("Shape", "first", "x", attribute(21, b"end", 2)))),
        "field 21",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "said"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_strangers_model_is_refused_before_it_runs(tmp_path: Path, data: bytes, said: str) -> None:
    folder = folder_with(tmp_path / "model", matcher=data)
    for use in (
        lambda: DoodleModel.load(folder, engine="onnx", device="cpu"),
        lambda: OnnxEngine(folder).run("matcher", **keys(1, 96)),
    ):
        with pytest.raises(DoodleError) as error:
            use()
        told = str(error.value)
        assert str(folder / "matcher.onnx") in told
        assert said in told and "\n" not in told and len(told) < 500


def test_the_same_made_by_hand_and_harmless_is_run(tmp_path: Path) -> None:
    """So what is refused above is refused for what is said there."""
    engine = DoodleModel.load(folder_with(tmp_path / "model", matcher=model(G)), engine="onnx", device="cpu").engine
    given = keys(3, 5)
    scores, nowhere, nowhere_too = engine.run("matcher", **given)
    np.testing.assert_allclose(scores, given["there"][:, :, None] * given["there_too"][:, None], atol=1e-6)
    np.testing.assert_array_equal(nowhere, given["first"][..., 0])
    np.testing.assert_array_equal(nowhere_too, given["second"][..., 0])


def test_what_is_harmless_for_all_sizes_but_one_is_refused_for_that_one(tmp_path: Path) -> None:
    """A shape that is told by Equal is no shape of ours, whatever it comes to."""
    folder = folder_with(tmp_path / "model", matcher=model(LATE))
    with pytest.raises(DoodleError, match=re.escape(str(folder / "matcher.onnx"))):
        DoodleModel.load(folder, engine="onnx", device="cpu")


def test_a_call_of_another_size_is_looked_at_again(tmp_path: Path) -> None:
    """The square of the batch: 64 drawings are well within bounds, 30,000 are not."""
    squared = blank(
        node("Gather", "there nought", "c", axis=1),
        node("Transpose", "c", "r"), node("MatMul", "c r", "square"),
        tensors=[whole("nought", 0)],
    )  # fmt: skip
    engine = OnnxEngine(folder_with(tmp_path / "model", matcher=model(squared)))
    assert engine.run("matcher", **keys(64, 3))[0].shape == (64, 3, 3)
    with pytest.raises(DoodleError, match="more than a network needs"):
        engine.run("matcher", **keys(30_000, 3))


def test_answers_that_are_no_numbers_are_told(tmp_path: Path) -> None:
    """As of a weight with one bit turned."""
    broken = graph(
        [
            node("Sub", "there there", "zero"),
            node("Div", "zero zero", "nowhere"),
            node("Unsqueeze", "there two", "column"),
            node("Unsqueeze", "there_too one", "row"),
            node("MatMul", "column row", "scores"),
            node("Neg", "there_too", "nowhere_too"),
        ],
        [whole("one", 1), whole("two", 2)],
    )
    engine = DoodleModel.load(
        folder_with(tmp_path / "model", matcher=model(broken)), engine="onnx", device="cpu"
    ).engine
    with pytest.raises(DoodleError, match=r"matcher\.onnx: its answers are not numbers"):
        engine.run("matcher", **keys(2))


def test_parts_of_a_batch_are_looked_at_too(tmp_path: Path) -> None:
    """Of 70 drawings eight are run at once: too few for a network that asks for the more the fewer there are."""
    few = blank(
        node("Shape", "first", "batch", end=1),
        node("Sub", "limit batch", "left"),
        node("Mul", "left many", "wide"),
        node("Expand", "zero wide", "flood"),
        tensors=[whole("limit", 70), whole("many", 1 << 22), NOUGHT],
    )
    engine = OnnxEngine(folder_with(tmp_path / "model", matcher=model(few)), threads=2)
    with pytest.raises(DoodleError, match="more than a network needs"):
        engine.run("matcher", **keys(70))


@pytest.mark.parametrize("folder", [weights_folder(), weights_folder() / "mixer"], ids=["strokes", "mixer"])
def test_the_bundled_networks_pass_as_strangers(tmp_path: Path, folder: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in folder.iterdir():
        if path.suffix in (".onnx", ".json", ".safetensors"):
            (copy / path.name).write_bytes(path.read_bytes())
    own, strange = (DoodleModel.load(one, engine="onnx", device="cpu") for one in (folder, copy))
    for model_ in (own, strange):
        assert isinstance(model_.engine, OnnxEngine) and model_.engine._own == (model_ is own)
    for one, other in zip(*(trial(m.card.table).run(m.engine) for m in (own, strange)), strict=True):
        np.testing.assert_array_equal(one, other)
    if not own.DRAWS:
        latents = np.random.default_rng(2).normal(0, 5, (9, own.latent_size)).astype(np.float32)
        np.testing.assert_array_equal(own.decode(latents), strange.decode(latents))


@pytest.mark.torch
@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("name", ["matcher", "mixer/encoder", "mixer/decoder", "mixer/compare"])
def test_every_shape_is_as_the_runtime_has_it(name: str, count: int) -> None:
    """Of everything a network makes in between, not only of its outputs."""
    import onnx
    import onnxruntime as ort

    data = (weights_folder() / f"{name}.onnx").read_bytes()
    whole_ = onnx.load_from_string(data)
    sides = {"batch": count, "pieces": 7 + count, "latent": 256}
    given = {
        one.name: np.ones([sides.get(d.dim_param, d.dim_value) for d in one.type.tensor_type.shape.dim], np.float32)
        for one in whole_.graph.input
    }
    facts = dry_run(graph_of(data), {k: v.shape for k, v in given.items()})
    made = [name for node in whole_.graph.node for name in node.output if name]
    del whole_.graph.output[:]
    del whole_.graph.value_info[:]
    whole_.graph.output.extend(onnx.ValueInfoProto(name=name) for name in made)
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    answers = ort.InferenceSession(whole_.SerializeToString(), options, providers=["CPUExecutionProvider"]).run(
        made, given
    )
    assert len(made) > 99
    for one, answer in zip(made, answers, strict=True):
        assert facts[one].shape == answer.shape, one
        known = facts[one].values
        assert known is None or np.array_equal(known, answer), one
