"""`python -m tests.hard.altered NETWORK FIRST COUNT FOLDER`: run networks in which a number here and there is another.

Not damaged files but whole ones, as a stranger would write them: shapes, axes and counts that are constants or
attributes of the bundled networks are changed, operators swapped, wires crossed. What passes for a network is run.
Prints as JSON how many were refused, how many ran, what went wrong, and the largest resident megabytes.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from doodle_core.engines.onnx import OnnxEngine
from doodle_core.errors import DoodleError
from doodle_core.model import weights_folder
from tests.memory import peak

MOST = 8 << 30  # bytes of addresses
ALIKE = (
    ("Add", "Sub", "Mul", "Div", "Max", "Min", "MatMul"),
    ("Abs", "Neg", "Sqrt", "Exp", "Log", "Erf", "Sign", "Gelu", "Softmax", "Relu", "Squeeze", "Shape"),
    ("ReduceSum", "ReduceMax", "ReduceMean", "ReduceMin"),
    ("Reshape", "Expand", "Unsqueeze", "TopK", "Gather"),
)
NUMBERS = (
    -(1 << 63),
    -(1 << 31),
    -65,
    -2,
    -1,
    0,
    1,
    2,
    3,
    7,
    63,
    64,
    65,
    1536,
    1 << 20,
    1 << 31,
    1 << 40,
    (1 << 63) - 1,
)


def altered(model: onnx.ModelProto, dice: np.random.Generator) -> bytes:
    """The network with one to three changes."""
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    graph = changed.graph
    whole = [tensor for tensor in graph.initializer if tensor.data_type == onnx.TensorProto.INT64]
    for _ in range(int(dice.integers(1, 4))):
        node = graph.node[int(dice.integers(len(graph.node)))]
        ints = [a for a in node.attribute if a.type in (onnx.AttributeProto.INT, onnx.AttributeProto.INTS)]
        kind = int(dice.integers(4))
        number = NUMBERS[int(dice.integers(len(NUMBERS)))]
        if kind == 0 and whole:
            tensor = whole[int(dice.integers(len(whole)))]
            values = numpy_helper.to_array(tensor).copy()
            values.reshape(-1)[int(dice.integers(max(1, values.size)))] = number
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
        elif kind == 1 and ints:
            attribute = ints[int(dice.integers(len(ints)))]
            if attribute.type == onnx.AttributeProto.INT:
                attribute.i = number
            elif len(attribute.ints):
                attribute.ints[int(dice.integers(len(attribute.ints)))] = number
        elif kind == 2:
            group = next((group for group in ALIKE if node.op_type in group), None)
            if group:
                node.op_type = group[int(dice.integers(len(group)))]
        elif len(node.input):
            other = graph.node[int(dice.integers(len(graph.node)))]
            node.input[int(dice.integers(len(node.input)))] = (*other.output, *other.input)[0]
    return changed.SerializeToString()


def main(network: str, first: int, count: int, folder: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    model = onnx.load(weights_folder() / f"{network}.onnx")
    name = Path(network).name
    latent = 256 if "/" in network else 1536
    sides = {"batch": 2, "pieces": 40, "latent": latent}
    inputs = {
        one.name: np.ones([sides.get(d.dim_param, d.dim_value) for d in one.type.tensor_type.shape.dim], np.float32)
        for one in model.graph.input
    }
    refused, ran, wrong = 0, 0, {}
    for number in range(first, first + count):
        (folder / f"{name}.onnx").write_bytes(altered(model, np.random.default_rng([number, len(network)])))
        print(number, file=sys.stderr, flush=True)  # where it was, should it crash
        try:
            OnnxEngine(folder, threads=1).run(name, **inputs)
            ran += 1
        except DoodleError as error:
            refused += 1
            if "\n" in str(error) or f"{name}.onnx" not in str(error):
                wrong[number] = str(error)
        except Exception as error:
            wrong[number] = f"{type(error).__name__}: {error}"
    print(json.dumps({"refused": refused, "ran": ran, "wrong": wrong, "peak": peak()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
