"""ONNX files made by hand, byte by byte: no package for it would write what these tests need."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from doodle_core.model import identity, weights_folder

FLOAT, INT64 = 1, 7


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def fields(number: int, values: Iterable[int | bytes | str]) -> bytes:
    return b"".join(field(number, value) for value in values)


def whole(name: str, *numbers: int, shape: tuple[int, ...] | None = None) -> bytes:
    """A tensor of int64."""
    shape = (len(numbers),) if shape is None else shape
    return fields(1, shape) + field(2, INT64) + field(8, name) + field(9, struct.pack(f"<{len(numbers)}q", *numbers))


def single(name: str, *numbers: float, shape: tuple[int, ...] = ()) -> bytes:
    """A tensor of float32."""
    return fields(1, shape) + field(2, FLOAT) + field(8, name) + field(9, struct.pack(f"<{len(numbers)}f", *numbers))


def node(op: str, inputs: str, outputs: str, *rest: bytes, **attributes: int | tuple[int, ...]) -> bytes:
    """A node; inputs and outputs by name, between spaces; attributes are numbers or tuples of them."""
    own = b"".join(
        field(
            5,
            field(1, name)
            + (fields(8, given) + field(20, 7) if isinstance(given, tuple) else field(3, given) + field(20, 2)),
        )
        for name, given in sorted(attributes.items())
    )
    return fields(1, inputs.split()) + fields(2, outputs.split()) + field(4, op) + own + b"".join(rest)


def value(name: str, *shape: int | str) -> bytes:
    """An input or output of float32, of so many numbers each way, or of any."""
    sides = b"".join(field(1, field(1 if isinstance(side, int) else 2, side)) for side in shape)
    return field(1, name) + field(2, field(1, field(1, FLOAT) + field(2, sides)))


MATCHER = (
    tuple(value(name, "batch", "pieces", 9) for name in ("first", "second"))
    + tuple(value(name, "batch", "pieces") for name in ("there", "there_too")),
    (value("scores", "batch", "pieces", "pieces"), value("nowhere", "batch", "pieces"), value("nowhere_too", "b", "p")),
)


def graph(nodes: Iterable[bytes], tensors: Iterable[bytes] = (), rest: bytes = b"", ends: tuple = MATCHER) -> bytes:
    return fields(1, nodes) + field(2, "g") + fields(5, tensors) + fields(11, ends[0]) + fields(12, ends[1]) + rest


def model(graph: bytes, rest: bytes = b"", opset: int = 20, domain: str = "") -> bytes:
    imported = (field(1, domain) if domain else b"") + field(2, opset)
    return field(1, 10) + field(7, graph) + field(8, imported) + rest


def blank(*nodes: bytes, tensors: Iterable[bytes] = ()) -> bytes:
    """The graph of a matcher that runs: scores of what is there, and the tokens' places as those of "none". Further
    nodes and tensors beside."""
    made = (
        node("Unsqueeze", "there two", "column"),
        node("Unsqueeze", "there_too one", "row"),
        node("MatMul", "column row", "scores"),
        node("Gather", "first index", "nowhere", axis=2),
        node("Gather", "second index", "nowhere_too", axis=2),
    )
    return graph([*made, *nodes], [whole("index", 0, shape=()), whole("one", 1), whole("two", 2), *tensors])


def keys(batch: int = 1, tokens: int = 4) -> dict[str, NDArray[np.float32]]:
    """What a matcher is given: two keys of so many tokens."""
    dice = np.random.default_rng(batch)
    names = {"first": (batch, tokens, 9), "second": (batch, tokens, 9), "there": (batch, tokens)}
    made = {name: dice.normal(0, 1, shape).astype(np.float32) for name, shape in names.items()}
    return {**made, "there_too": np.ones((batch, tokens), np.float32)}


def folder_with(folder: Path, **networks: bytes) -> Path:
    """The bundled model with other networks, by name, and a card that vouches for them."""
    folder.mkdir()
    card = json.loads((weights_folder() / "card.json").read_text())
    for name in card["sha256"]:
        shutil.copyfile(weights_folder() / name, folder / name)
    for name, data in networks.items():
        (folder / f"{name}.onnx").write_bytes(data)
    for name in card["sha256"]:
        card["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    card["id"] = identity("strokes", card["sha256"])
    (folder / "card.json").write_text(json.dumps(card))
    return folder
