"""The default engine: ONNX Runtime on the CPU."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from doodle_core.errors import DoodleError

__all__ = ["OnnxEngine"]


class OnnxEngine:
    """See `Engine`. Opens NETWORK.onnx of a folder when it is first asked for."""

    name = "onnx cpu"

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        self._folder = folder
        self._options = ort.SessionOptions()
        self._options.intra_op_num_threads = threads or min(os.cpu_count() or 1, 8)
        self._options.inter_op_num_threads = 1
        self._options.log_severity_level = 3
        # Threads that spin between calls would take the cores that Blender draws and renders with.
        self._options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._sessions: dict[str, ort.InferenceSession] = {}

    def run(self, network: str, **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        session = self._sessions.get(network)
        if session is None:
            path = self._folder / f"{network}.onnx"
            try:
                session = ort.InferenceSession(str(path), self._options, providers=["CPUExecutionProvider"])
            except Exception as error:
                # onnxruntime raises a dozen classes of its own; each means that this file is no good.
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise DoodleError(f"{path}: no network can be loaded ({reason}); install the weights again") from error
            self._sessions[network] = session
        answer: list[NDArray[np.float32]] = session.run(
            None, {k: np.ascontiguousarray(v, np.float32) for k, v in inputs.items()}
        )
        return answer
