"""What is in an ONNX file, read as data before anything runs it, and refused where it is more than a network.

An ONNX file may name other files to be read, operators that libraries bring, functions, loops, and numbers by the
gigabyte. Networks of this program have none of it: nodes of a few operators, in order, over numbers that lie in the
file itself. `dry_run` tells how much a network asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doodle_core.engines import wire
from doodle_core.engines.wire import BYTES, FIXED32, INTS, MANY, MANY_FIXED32, VARINT

__all__ = ["Constant", "Graph", "Node", "graph_of"]

LARGEST = 64 << 20  # bytes of a file
OPSETS = range(18, 26)
"""Versions of the operators whose shapes `dry_run` knows. The exporter writes 20."""
_NODES, _OTHER, _TEXT = 10_000, 8 << 20, 1 << 16

# How each field of each message is written, by its number in onnx.proto; what is not named here is refused. Left out on
# purpose, of models: functions, training, metadata; of graphs: sparse tensors, quantization; of nodes: another domain's
# operators, devices; of attributes: graphs, tensors, types, references; of tensors: segments, other files, numbers
# that are not in raw_data.
_MODEL = {1: VARINT, 2: BYTES, 3: BYTES, 4: BYTES, 5: VARINT, 6: BYTES, 7: BYTES, 8: MANY}
_OPSET = {1: BYTES, 2: VARINT}
_GRAPH = {1: MANY, 2: BYTES, 5: MANY, 10: BYTES, 11: MANY, 12: MANY, 13: MANY}
_NODE = {1: MANY, 2: MANY, 3: BYTES, 4: BYTES, 5: MANY, 6: BYTES, 7: BYTES}
_ATTRIBUTE = {1: BYTES, 2: FIXED32, 3: VARINT, 4: BYTES, 7: MANY_FIXED32, 8: INTS, 13: BYTES, 20: VARINT}
_TENSOR = {1: INTS, 2: VARINT, 8: BYTES, 9: BYTES, 12: BYTES}
_VALUE = {1: BYTES, 2: BYTES, 3: BYTES}
_WHY = {
    ("model", 25): "functions of its own",
    ("model", 20): "a training graph",
    ("graph", 15): "sparse tensors",
    ("attribute", 6): "a graph within a graph",
    ("attribute", 11): "a graph within a graph",
    ("tensor", 13): "numbers in another file",
    ("tensor", 14): "numbers in another file",
}

# Kinds of numbers, by onnx.proto's own: float32, int64, bool and float16.
FLOAT, INT64, BOOL, HALF = 1, 7, 9, 10
SIZES = {FLOAT: 4, INT64: 8, BOOL: 1, HALF: 2}
FEW = 64
"""Numbers that may be a shape."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation. `attributes`: ints and tuples of them, strings; numbers that are not whole are left out."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, int | str | tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Constant:
    """Numbers that the file holds. `values`: where they are few enough to be a shape, or scales."""

    kind: int
    shape: tuple[int, ...]
    values: NDArray[Any] | None


@dataclass(frozen=True, slots=True)
class Graph:
    """A network: what it does, in order, with what; `inputs` and `outputs` by name."""

    nodes: tuple[Node, ...]
    constants: dict[str, Constant]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def graph_of(data: bytes) -> Graph:
    """The network in an ONNX file. Raises ValueError, in a few words, for anything else."""
    if len(data) > LARGEST:
        raise ValueError(f"larger than {LARGEST >> 20} MB")
    model = _message(data, (0, len(data)), _MODEL, "model")
    if 7 not in model or 8 not in model:
        raise ValueError("not a network")
    for span in model[8]:
        opset = _message(data, span, _OPSET, "opset")
        domain = wire.text(data, opset[1][0]) if 1 in opset else ""
        version = opset.get(2, [0])[0]
        if domain not in ("", "ai.onnx") or len(model[8]) > 1:
            raise ValueError(f"operators of {domain or 'several sets'!r}, which this program has not")
        if version not in OPSETS:
            raise ValueError(f"operators of version {version}; {OPSETS.start} to {OPSETS.stop - 1} are known")
    graph = _message(data, model[7][0], _GRAPH, "graph")
    if sum(end - start for number in graph if number != 5 for start, end in graph[number]) > _OTHER:
        raise ValueError("too much in it beside its numbers")
    if len(graph.get(1, ())) > _NODES:
        raise ValueError(f"more than {_NODES} operations")
    constants: dict[str, Constant] = {}
    for span in graph.get(5, ()):
        name, constant = _constant(data, span)
        if name in constants:
            raise ValueError(f"two of the name {name!r}")
        constants[name] = constant
    nodes = tuple(_node(data, span) for span in graph.get(1, ()))
    inputs, outputs = (tuple(_named(data, span) for span in graph.get(number, ())) for number in (11, 12))
    _in_order(nodes, constants, inputs, outputs)
    return Graph(nodes, constants, inputs, outputs)


def _in_order(
    nodes: tuple[Node, ...], constants: dict[str, Constant], inputs: tuple[str, ...], outputs: tuple[str, ...]
) -> None:
    """Raise ValueError unless every name is made once, and before it is used."""
    there = set(constants)
    for name in inputs:
        if name in there:
            raise ValueError(f"two of the name {name!r}")
        there.add(name)
    for node in nodes:
        for name in node.inputs:
            if name and name not in there:
                raise ValueError(f"{name!r} is used before it is made")
        for name in node.outputs:
            if name in there:
                raise ValueError(f"two of the name {name!r}")
            if name:
                there.add(name)
    if len(set(outputs)) != len(outputs) or not set(outputs) <= there:
        raise ValueError("its outputs are not made")


def _node(data: bytes, span: tuple[int, int]) -> Node:
    fields = _message(data, span, _NODE, "node")
    domain = wire.text(data, fields[7][0]) if 7 in fields else ""
    op = wire.text(data, fields[4][0]) if 4 in fields else ""
    if domain not in ("", "ai.onnx"):
        raise ValueError(f"the operator {op!r} of {domain!r}, which this program has not")
    attributes: dict[str, int | str | tuple[int, ...]] = {}
    for part in fields.get(5, ()):
        attribute = _message(data, part, _ATTRIBUTE, "attribute")
        name = wire.text(data, attribute[1][0]) if 1 in attribute else ""
        if not name or name in attributes:
            raise ValueError(f"an attribute of {op!r} comes twice")
        kind = attribute.get(20, [0])[0]
        # The type names which of the fields counts; another one beside it is left to no reader's taste.
        valued = {1: 2, 2: 3, 3: 4, 6: 7, 7: 8}.get(kind)
        if valued is None or set(attribute) - {1, 13, 20, valued}:
            raise ValueError(f"{op!r} with more than numbers and words")
        if kind == 2:
            attributes[name] = wire.signed(attribute.get(3, [0])[0])
        elif kind == 3:
            attributes[name] = wire.text(data, attribute[4][0]) if 4 in attribute else ""
        elif kind == 7:
            attributes[name] = tuple(wire.packed(data, attribute.get(8, [])))
        else:
            attributes[name] = "number"
    inputs, outputs = (tuple(wire.text(data, part) for part in fields.get(number, ())) for number in (1, 2))
    return Node(op, inputs, outputs, attributes)


def _constant(data: bytes, span: tuple[int, int]) -> tuple[str, Constant]:
    fields = _message(data, span, _TENSOR, "tensor")
    name = wire.text(data, fields[8][0]) if 8 in fields else ""
    kind = fields.get(2, [0])[0]
    shape = tuple(wire.packed(data, fields.get(1, [])))
    start, end = fields.get(9, [(0, 0)])[0]
    if not name or kind not in SIZES or len(shape) > 8 or any(not 0 <= side <= LARGEST for side in shape):
        raise ValueError(f"numbers of a kind or shape that networks have not ({name!r})")
    count = 1
    for side in shape:  # of at most eight sides: no overflow to fear, these are Python's numbers
        count *= side
    if count * SIZES[kind] != end - start:
        raise ValueError(f"{name!r} does not hold as many numbers as it says")
    values = None
    if kind in (INT64, FLOAT) and count <= FEW:
        values = np.frombuffer(data, "<i8" if kind == INT64 else "<f4", count, start).reshape(shape)
    return name, Constant(kind, shape, values)


def _named(data: bytes, span: tuple[int, int]) -> str:
    """The name of an input or output. What shape it says it has is not believed: `dry_run` finds out."""
    fields = _message(data, span, _VALUE, "value")
    name = wire.text(data, fields[1][0]) if 1 in fields else ""
    if not name:
        raise ValueError("an input or output without a name")
    return name


def _message(data: bytes, span: tuple[int, int], schema: dict[int, int], what: str) -> wire.Fields:
    try:
        return wire.read(data, *span, schema)
    except wire.UnknownFieldError as error:
        why = _WHY.get((what, error.number), f"a part that networks have not (field {error.number} of a {what})")
        raise ValueError(why) from error
