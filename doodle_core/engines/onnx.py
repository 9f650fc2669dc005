"""The default engine: ONNX Runtime, on the CPU, or on any vendor's GPU where its WebGPU plugin is installed."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from doodle_core.engines.batches import in_parts
from doodle_core.engines.cores import bounded
from doodle_core.engines.engine import LARGEST_FILE, Choice, check_answer, reason_of, running
from doodle_core.errors import DoodleError
from doodle_core.files.bounded import is_own, read_whole

__all__ = ["OnnxEngine", "webgpu_device"]

_PLUGIN = "doodle_webgpu"  # the name it is registered under, once in a process
_registering = threading.Lock()


class OnnxEngine:
    """See `Engine`. Opens NETWORK.onnx of a folder when it is first asked for. `device`: "cpu" or "webgpu".

    Answers of a file that did not come with this program are looked at: their shapes, and that they are numbers.

    Raises DoodleError where the WebGPU plugin is wanted and missing, or finds no GPU.
    """

    def __init__(self, folder: Path, threads: int | None = None, device: str = "cpu") -> None:
        self.choice = Choice("onnx", device)
        self._folder = folder
        self._threads = bounded(threads)
        self._options = _options()
        self._providers: list[str] | None = ["CPUExecutionProvider"]
        if device == "webgpu":
            self._options.add_provider_for_devices([webgpu_device()], {})
            self._providers = None  # the options name them
        self._sessions: dict[str, ort.InferenceSession] = {}
        self._own = is_own(folder)
        self._opening = threading.Lock()

    def run(self, network: str, **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        session = self._sessions.get(network) or self._open(network)
        given = {k: np.ascontiguousarray(v, np.float32) for k, v in inputs.items()}
        counts = {array.shape[:1] for array in given.values()}
        if self._providers is None or len(counts) > 1 or min(counts) <= (1,):
            return self._answer(network, session, given)
        return in_parts(lambda **part: self._answer(network, session, part), given, self._threads)

    def _answer(
        self, network: str, session: ort.InferenceSession, given: dict[str, NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        try:
            with running(network, self.choice):
                answer: list[NDArray[np.float32]] = session.run(None, given)
        except DoodleError as error:
            if self._own or self._providers is None:
                raise
            raise self._refused(network, error) from error
        if not self._own:
            check_answer(self._path(network), network, given, answer)
        return answer

    def _open(self, network: str) -> ort.InferenceSession:
        with self._opening:
            if network not in self._sessions:
                try:
                    # From memory, where no path leads to other files.
                    data = read_whole(self._path(network), LARGEST_FILE)
                    session = ort.InferenceSession(data, self._options, providers=self._providers)
                except Exception as error:
                    # onnxruntime raises a dozen classes of its own; each means that this file is no good, or its GPU.
                    if self._providers is None:
                        raise DoodleError(f"{network} does not start on it ({reason_of(error)})") from error
                    raise self._refused(network, error) from error
                self._sessions[network] = session
            return self._sessions[network]

    def _path(self, network: str) -> Path:
        return self._folder / f"{network}.onnx"

    def _refused(self, network: str, error: Exception) -> DoodleError:
        return DoodleError(
            f"{self._path(network)}: no network can be loaded ({reason_of(error)}); install the weights again"
        )


def _options() -> ort.SessionOptions:
    """One thread: a row has too little to share out, and threads that wake up for each of its layers come too late, or
    spin, which is slower still where anything else is to be done. Rows are shared out instead."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return options


def webgpu_device() -> Any:
    """ONNX Runtime's device for WebGPU. Raises DoodleError that says what is missing: the plugin, or a GPU."""
    try:
        import onnxruntime_ep_webgpu as plugin
    except ImportError as error:
        raise DoodleError("its plugin onnxruntime-ep-webgpu is not installed") from error
    try:
        with _registering:
            found = _devices(plugin.get_ep_name())
            if not found:
                ort.register_execution_provider_library(_PLUGIN, plugin.get_library_path())
                found = _devices(plugin.get_ep_name())
                if not found:
                    # Taken back, so that a driver that is installed meanwhile is found the next time.
                    ort.unregister_execution_provider_library(_PLUGIN)
    except Exception as error:  # of any class: another version of onnxruntime, a library that is missing
        raise DoodleError(f"its plugin cannot be used: {reason_of(error)}") from error
    if not found:
        raise DoodleError("no GPU with a driver for Vulkan, Metal or Direct3D 12 was found")
    return found[0]


def _devices(provider: str) -> list[Any]:
    return [device for device in ort.get_ep_devices() if device.ep_name == provider]
