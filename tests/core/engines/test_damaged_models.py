"""Cards and weights that are damaged, or made to ask for too much: what they ask for is weighed before it is made."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from doodle_core.engines.tensors import read_tensors
from doodle_core.errors import DoodleError
from doodle_core.files.bounded import read_table, read_whole
from doodle_core.model import DoodleModel, ModelCard, weights_folder
from tests.core.engines.other_models import folder_with
from tests.core.engines.safetensors_bytes import packed

Table = dict


def _set(*path: str, to: object) -> Callable[[Table], None]:
    def change(card: Table) -> None:
        for name in path[:-1]:
            card = card[name]
        card[path[-1]] = to

    return change


CARDS = {
    "a latent of everything": _set("network", "latent", to=1 << 40),
    "a latent beyond numbers": _set("network", "latent", to=float("inf")),
    "a latent below nothing": _set("network", "latent", to=-1),
    "a latent that is none": _set("network", "latent", to=float("nan")),
    "numbers in a latent that is a drawing": _set("network", "latent", to=64),
    "a spread beyond numbers": _set("spread", to=1e300),
    "a spread of words": _set("spread", to=["much"] * 1536),
    "a spread of several": _set("spread", to=[1.0, 2.0]),
    "a spread of none": _set("spread", to=[]),
    "a size beyond numbers": _set("network", "size", to=1e308),
    "hashes that are none": _set("sha256", to=[1, 2]),
    "a path for a name": _set("sha256", "../../etc/passwd", to="0" * 64),
    "a path from the root": _set("sha256", "/etc/passwd", to="0" * 64),
    "a network of words": _set("network", to="strokes"),
}


@pytest.mark.parametrize("change", CARDS.values(), ids=CARDS.keys())
def test_a_card_that_asks_too_much_is_refused(tmp_path: Path, change: Callable[[Table], None]) -> None:
    folder = folder_with(tmp_path / "model")
    card = json.loads((folder / "card.json").read_text())
    change(card)
    (folder / "card.json").write_text(json.dumps(card))
    with np.errstate(over="ignore"), pytest.raises(DoodleError, match=re.escape(str(folder / "card.json"))) as error:
        DoodleModel.load(folder, engine="onnx", device="cpu")
    assert "\n" not in str(error.value) and len(str(error.value)) < 500


@pytest.mark.parametrize("latent", [0, -1, 1 << 40, float("inf"), float("nan"), None])
def test_a_dense_model_has_numbers_in_its_latents(tmp_path: Path, latent: float | None) -> None:
    card = json.loads((weights_folder() / "mixer" / "card.json").read_text())
    card["network"]["latent"] = latent
    if latent is None:
        del card["network"]["latent"]
    (tmp_path / "card.json").write_text(json.dumps(card))
    with pytest.raises(DoodleError, match=re.escape(str(tmp_path / "card.json"))):
        ModelCard.read(tmp_path)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "{" + " " * (2 << 20) + "}", "", "\0", '"', "[1]"])
def test_a_card_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    folder = folder_with(tmp_path / "model")
    (folder / "card.json").write_text(text)
    with pytest.raises(DoodleError, match=re.escape(str(folder / "card.json"))) as error:
        DoodleModel.load(folder)
    assert "\n" not in str(error.value)


def test_a_name_is_one_line(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "model")
    card = json.loads((folder / "card.json").read_text())
    card["name"] = "a\n\033[2J" + "b" * 10_000
    (folder / "card.json").write_text(json.dumps(card))
    name = DoodleModel.load(folder, engine="onnx", device="cpu").card.name
    assert name.startswith("a [2Jbbb") and name.isprintable() and len(name) == 100


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
@pytest.mark.parametrize("name", ["card.json", "matcher.onnx", "weights.safetensors"])
def test_a_pipe_is_not_waited_on(tmp_path: Path, name: str) -> None:
    folder = folder_with(tmp_path / "model")
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(DoodleError, match=f"{name}: .*not a file"):
        DoodleModel.load(folder)


def test_a_device_without_end_is_not_read(tmp_path: Path) -> None:
    if Path("/dev/zero").exists():
        with pytest.raises(ValueError, match="not a file"):
            read_whole(Path("/dev/zero"), 1 << 30)
    (tmp_path / "many").write_bytes(bytes(11))
    with pytest.raises(ValueError, match="larger than"):
        read_whole(tmp_path / "many", 10)
    with pytest.raises(ValueError):
        read_table(tmp_path / "many")


@pytest.mark.parametrize(
    "data",
    [
        packed({name: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for name in "ab"}),
        packed({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 8]}}),
        packed({"a": {"dtype": "F32", "shape": [1] * 40 + [2], "data_offsets": [0, 8]}}),
        packed({"a": {"dtype": "F32", "shape": [1 << 62, 1 << 62], "data_offsets": [0, 8]}}),
        packed({"a": {"dtype": "F32", "shape": [1e300], "data_offsets": [0, 8]}}),
        packed({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 1e400]}}),
        packed({"a": {"dtype": "F32", "shape": 2, "data_offsets": [0, 8]}}),
        packed({"a": {"dtype": ["F32"], "shape": [2], "data_offsets": [0, 8]}}),
        packed("[" * 100_000),
    ],
    ids=["overlap", "below nothing", "many sides", "wrap", "beyond", "out of file", "no shape", "no kind", "deep"],
)  # fmt: skip
def test_weights_that_are_not_what_they_say_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "w").write_bytes(data)
    with pytest.raises(ValueError):
        read_tensors(tmp_path / "w")


@pytest.mark.torch
@pytest.mark.parametrize(
    ("name", "size"),
    [("width", 1 << 14), ("blocks", 1 << 14), ("heads", 0), ("heads", 1 << 14), ("width", 1.5), ("blocks", 63)],
)
def test_a_network_larger_than_its_weights_is_not_made(tmp_path: Path, name: str, size: object) -> None:
    folder = folder_with(tmp_path / "model")
    card = json.loads((folder / "card.json").read_text())
    card["network"][name] = size
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(DoodleError, match=r"weights\.safetensors: cannot be loaded") as error:
        DoodleModel.load(folder, engine="torch", device="cpu")
    assert "\n" not in str(error.value)
