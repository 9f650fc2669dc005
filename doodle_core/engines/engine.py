"""What an engine is, and what is told of the one that was chosen."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from doodle_core.errors import DoodleError
from doodle_core.raster import RESOLUTION

__all__ = [
    "CELL",
    "CELL_CHANNELS",
    "DEVICES",
    "ENGINES",
    "FULL_KEY",
    "LARGEST_FILE",
    "Choice",
    "Engine",
    "check_answer",
    "reason_of",
    "running",
    "tell",
]

LARGEST_FILE = 64 << 20
"""Bytes of a file of a model."""
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


def check_answer(path: Path, network: str, given: Mapping[str, NDArray[Any]], answer: Sequence[NDArray[Any]]) -> None:
    """Raise DoodleError, naming the file, where what a network answered is not of a network's shapes (see `Engine`), or
    its weights make of numbers what are none."""
    ahead = next(iter(given.values())).shape
    wanted: list[tuple[int | None, ...]]
    if network == "encoder":
        wanted = [(ahead[0], None)]
    elif network == "decoder":
        wanted = [(ahead[0], RESOLUTION, RESOLUTION)]
    elif network == "compare":
        wanted = [ahead[:1], given["latent"].shape]
    elif network == "reader":
        wanted = [(ahead[0], CELL_CHANNELS, ahead[2] // CELL, ahead[3] // CELL)]
    else:
        wanted = [(*ahead[:2], ahead[1]), ahead[:2], ahead[:2]]
    found = [array.shape for array in answer]
    fits = len(found) == len(wanted) and all(
        len(sides) == len(own) and all(side in (None, length) for length, side in zip(sides, own, strict=True))
        for sides, own in zip(found, wanted, strict=True)
    )
    if not fits:
        raise DoodleError(f"{path}: its answers are of shapes {found}, which no {network}'s are; choose another model")
    if not all(np.isfinite(array).all() for array in answer) and all(np.isfinite(a).all() for a in given.values()):
        raise DoodleError(f"{path}: its answers are not numbers; install the weights again, or choose another model")


def reason_of(error: BaseException) -> str:
    """What an error says, in one line: libraries write pages, and some nothing at all."""
    lines = str(error).strip().splitlines()
    return lines[0].strip()[:300] if lines else type(error).__name__


def tell(line: str) -> None:
    """A line for the log: standard error."""
    print(f"doodle: {line}", file=sys.stderr, flush=True)
