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
    """A pair of networks ready to run. Drawings are (B, 64, 64), latents (B, D), all float32. Safe to call from any
    thread."""

    name: str
    """What runs, for people: "onnx cpu", "torch cuda"."""

    def encode(self, drawings: NDArray[np.float32]) -> NDArray[np.float32]:
        """Latents of drawings in the model's domain (fields or inks)."""
        ...

    def decode(self, latents: NDArray[np.float32]) -> NDArray[np.float32]:
        """Drawings of latents."""
        ...

    def compare(
        self, latents: NDArray[np.float32], drawings: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """How far each decoded latent is from its drawing: losses (B,), and their gradients (B, D) by the latents."""
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
