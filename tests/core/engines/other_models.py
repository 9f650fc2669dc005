"""Models that did not come with the program: folders with a card that vouches for what is in them."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from doodle_core.model import identity, weights_folder


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
