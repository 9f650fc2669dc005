"""One call of a model's longest network, on numbers that are always the same: to measure engines, and to compare them.

The numbers are no drawing's. How long a network takes does not depend on them, and engines must agree on any.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doodle_core.engines.engine import FULL_KEY, Engine, reason_of
from doodle_core.errors import DoodleError

__all__ = ["AGREE", "Trial", "apart", "seconds", "trial"]

AGREE = 1e-3
"""Engines differ by this much at most, of numbers larger than 1 by this share."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A call: a network's name, and its inputs by name, float32."""

    network: str
    inputs: dict[str, NDArray[np.float32]]

    def run(self, engine: Engine) -> list[NDArray[np.float32]]:
        return engine.run(self.network, **self.inputs)


def trial(table: dict[str, Any]) -> Trial:
    """The longest call that the model of a card makes for one doodle: the matcher with two full keys of a stroke model,
    of a dense one a step of refining a key, or its encoder. DoodleError for a card that does not tell."""
    try:
        network = table["network"]
        if network["kind"] == "strokes":
            there = np.ones((1, FULL_KEY), np.float32)
            first, second = numbers(1, FULL_KEY, 9), numbers(1, FULL_KEY, 9, phase=2.0)
            return Trial("matcher", {"first": first, "second": second, "there": there, "there_too": there})
        drawing = numbers(1, network["size"], network["size"])
        if "compare.onnx" in table["sha256"]:
            return Trial("compare", {"latent": numbers(1, network["latent"], phase=1.0), "drawing": drawing})
    except (ValueError, KeyError, TypeError) as error:
        raise DoodleError(f"not a model card ({reason_of(error)}); install the weights again") from error
    return Trial("encoder", {"drawing": drawing})


def numbers(*shape: int, phase: float = 0.0) -> NDArray[np.float32]:
    """float32 numbers in -1..1, the same on any machine but for the last digit."""
    return np.sin(0.7 * np.arange(np.prod(shape)) + phase).astype(np.float32).reshape(shape)


def seconds(engine: Engine, call: Trial, runs: int = 3) -> float:
    """The shortest of so many runs: what else the machine does makes runs longer, and none shorter."""
    spent = []
    for _ in range(runs):
        begun = time.perf_counter()
        call.run(engine)
        spent.append(time.perf_counter() - begun)
    return min(spent)


def apart(ones: list[NDArray[np.float32]], others: list[NDArray[np.float32]]) -> float:
    """How far two engines' answers differ at most, as in AGREE; inf where one is not a number."""
    most = 0.0
    for one, other in zip(ones, others, strict=True):
        if one.shape != other.shape or np.isnan(one).any() or np.isnan(other).any():
            return np.inf
        scale = max(1.0, float(np.abs(other).max(initial=0.0)))
        most = max(most, float(np.abs(one - other).max(initial=0.0)) / scale)
    return most
