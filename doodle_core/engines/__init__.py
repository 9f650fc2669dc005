"""What runs the networks. Every engine makes the same calls and gives the same numbers, within 1e-3."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from doodle_core.errors import DoodleError

__all__ = ["ENGINES", "Engine", "open_engine"]

ENGINES = ("auto", "onnx", "torch")


class Engine(Protocol):
    """The networks of a model folder, ready to run. Safe to call from any thread.

    A dense model's: "encoder" (drawing (B, 64, 64) -> latent (B, D)), "decoder" (latent -> drawing) and "compare"
    (latent, drawing -> loss (B,), its gradient by the latent (B, D)).
    A stroke model's: "decoder" as above, and "matcher" (first, second (B, N, 9), there, there_too (B, N) -> scores
    (B, N, N), nowhere (B, N), nowhere_too (B, N)); see `matcher`.
    """

    name: str
    """What runs, for people: "onnx cpu", "torch cuda"."""

    def run(self, network: str, **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The outputs of a network, float32, from its inputs by name, float32. DoodleError where it does not load."""
        ...


def open_engine(folder: Path, engine: str = "auto", threads: int | None = None) -> Engine:
    """The engine of that name over the weights in `folder`.

    "auto" is ONNX Runtime on the CPU unless only torch is importable. `threads` bounds the CPU threads (None: one a
    core, at most 8). Raises DoodleError where the engine's library is missing or a file does not load.
    """
    if engine not in ENGINES:
        raise DoodleError(f"engine {engine!r} is not known; choose one of {', '.join(ENGINES)}")
    problems: list[str] = []
    if engine in ("auto", "onnx"):
        try:
            from doodle_core.engines.onnx import OnnxEngine
        except ImportError as error:
            problems.append(f"onnxruntime cannot be imported ({error})")
        else:
            return OnnxEngine(folder, threads)
    if engine in ("auto", "torch"):
        try:
            from doodle_core.engines.torch import TorchEngine
        except ImportError as error:
            problems.append(f"torch cannot be imported ({error})")
        else:
            return TorchEngine(folder, threads)
    raise DoodleError(f"no engine to run the model: {'; '.join(problems)}; install the wheel or choose another engine")
