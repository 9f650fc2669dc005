"""What an engine is, and what is told of the one that was chosen."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from doodle_core.errors import DoodleError

__all__ = [
    "CELL",
    "CELL_CHANNELS",
    "DEVICES",
    "ENGINES",
    "FULL_KEY",
    "Choice",
    "Engine",
    "check_numbers",
    "reason_of",
    "running",
    "tell",
]

ENGINES = ("auto", "onnx", "torch")
DEVICES = ("auto", "cpu", "gpu")
FULL_KEY = 96
"""Tokens of a key, about as many as the matcher is given at most: the 72 or so that lines are cut into, and one more
for each of many short lines."""


CELL, CELL_CHANNELS = 4, 49
"""Pixels along the side of a cell of a picture, and how many numbers the reader says of one; see `reading.cells`."""


@dataclass(frozen=True)
class Choice:
    """Which engine runs the model, and why.

    `engine`: "onnx" or "torch". `device`: "cpu", "webgpu", "cuda" or "mps". `reason`: a few words for people.
    `refused`: what else was looked at, with what was wrong with it: names as in `name`.
    """

    engine: str
    device: str
    reason: str = "asked for"
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """For people: "onnx cpu", "torch cuda"."""
        return f"{self.engine} {self.device}"


class Engine(Protocol):
    """The networks of a model folder, ready to run. Safe to call from any thread.

    A dense model's: "encoder" (drawing (B, 64, 64) -> latent (B, D)), "decoder" (latent -> drawing) and "compare"
    (latent, drawing -> loss (B,), its gradient by the latent (B, D)).
    A stroke model's: "matcher" (first, second (B, N, 9), there, there_too (B, N) -> scores (B, N, N), nowhere (B, N),
    nowhere_too (B, N)); see `matching.network`. And "reader" (picture (B, 3, H, W), sides that are multiples of 8 ->
    cells (B, CELL_CHANNELS, H / CELL, W / CELL)); see `reading.network`.
    """

    choice: Choice
    """What runs, and why."""

    def run(self, network: str, **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The outputs of a network, float32, from its inputs by name, float32. DoodleError where it does not load or
        run."""
        ...


@contextmanager
def running(network: str, choice: Choice) -> Iterator[None]:
    """Within: a library runs a network. What it raises, of whatever class, becomes a DoodleError."""
    try:
        yield
    except Exception as error:
        told = f"{choice.name} does not run the {network} ({reason_of(error)})"
        raise DoodleError(f"{told}; make room in memory, or choose another engine") from error


def check_numbers(path: Path, given: Iterable[NDArray[Any]], answer: Iterable[NDArray[Any]]) -> None:
    """Raise DoodleError that names the file whose weights make of numbers what are none."""
    if not all(np.isfinite(array).all() for array in answer) and all(np.isfinite(array).all() for array in given):
        raise DoodleError(f"{path}: its answers are not numbers; install the weights again, or choose another model")


def reason_of(error: BaseException) -> str:
    """What an error says, in one line: libraries write pages, and some nothing at all."""
    lines = str(error).strip().splitlines()
    return lines[0].strip()[:300] if lines else type(error).__name__


def tell(line: str) -> None:
    """A line for the log: standard error."""
    print(f"doodle: {line}", file=sys.stderr, flush=True)
