"""Which engine runs a model.

`Auto` weighs what a GPU costs against what it saves. The networks are small: a pair of keys is matched once, in some
hundredths of a second on one CPU core, and remembered; pixels are made by numpy in any case. A GPU takes seconds to
start (torch alone two to import) and memory from the renderer. So the model's longest call is timed on the CPU, and as
long as that takes less than ENOUGH, which nobody sees, no GPU is started. Where it takes longer (a larger model, a slow
machine), every GPU that is there runs the same call, and the fastest stays, if it is faster than the CPU by more than
a measurement errs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doodle_core.engines.engine import DEVICES, ENGINES, Engine, reason_of, tell
from doodle_core.engines.falling_back import FallingBack
from doodle_core.engines.trial import AGREE, Trial, apart, seconds, trial
from doodle_core.errors import DoodleError
from doodle_core.files.bounded import read_table

__all__ = ["ENOUGH", "open_engine"]

ENOUGH = 0.1
"""Seconds of the longest call that nobody waits for."""
CLEARLY = 1.25
"""How many times faster than the CPU a GPU has to be."""


@dataclass(frozen=True)
class _Kind:
    """An engine of a library: where the library is, and how it opens on the CPU and on a GPU."""

    library: str
    gpu_name: str
    gpu_library: str
    cpu: Callable[[Path, int | None], Engine]  # these two raise ImportError where the library is missing
    gpu: Callable[[Path, int | None], Engine]


def open_engine(
    folder: Path,
    engine: str = "auto",
    threads: int | None = None,
    device: str = "auto",
    keep_off_gpu: str = "",
    say: Callable[[str], None] = tell,
) -> Engine:
    """The engine of that name over the weights in `folder`; its `choice` says which it is, and why.

    `engine`: of ENGINES. `device`: of DEVICES; a "gpu" that does not start leaves the CPU, which `say` is told in one
    line. `threads` bounds the CPU threads (None: one a core, at most 8). `keep_off_gpu`: a reason to use none.
    Raises DoodleError where no engine's library can be imported or a file does not load.
    """
    _known("engine", engine, ENGINES)
    _known("device", device, DEVICES)
    names = tuple(KINDS) if engine == "auto" else (engine,)
    cpu, refused = _cpu(folder, names, threads)
    if keep_off_gpu or device == "cpu":
        return _chosen(cpu, keep_off_gpu or "the CPU was asked for", refused)
    there = [name for name in names if find_spec(KINDS[name].gpu_library) and find_spec(KINDS[name].library)]
    absent = [(KINDS[name].gpu_name, f"{KINDS[name].gpu_library} is not installed") for name in names]
    refused = [*refused, *(one for name, one in zip(names, absent, strict=True) if name not in there)]
    if not there and device == "auto":
        return _chosen(cpu, "no engine for a GPU is installed", refused)

    call = trial(_table(folder))
    wanted = call.run(cpu)  # the first call opens the network, too
    on_cpu = seconds(cpu, call, runs=1)
    if on_cpu >= ENOUGH or device == "gpu":
        on_cpu = min(on_cpu, seconds(cpu, call))
    if device == "auto" and on_cpu < ENOUGH:
        return _chosen(cpu, f"its longest call takes {_ms(on_cpu)}, too short for a GPU to matter", refused)

    found: list[tuple[float, Engine]] = []
    for name in there:
        try:
            found.append(_tried(KINDS[name].gpu(folder, threads), call, wanted))
        except Exception as error:  # drivers and libraries raise what they like
            refused.append((KINDS[name].gpu_name, reason_of(error)))
    # By time alone: engines cannot be compared.
    on_gpu, fastest = min(found, key=lambda one: one[0], default=(0.0, cpu))
    if fastest is cpu:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in refused)
        if device == "gpu":
            say(f"no GPU can be used ({reasons}); going on with {cpu.choice.name}")
        return _chosen(cpu, "no GPU can be used", refused)
    slower = [(one.choice.name, f"takes {_ms(spent)}") for spent, one in found if one is not fastest]
    figures = f"{_ms(on_gpu)} for its longest call, {_ms(on_cpu)} on the CPU"
    if device == "auto" and on_gpu * CLEARLY > on_cpu:
        return _chosen(cpu, f"no GPU is faster: {figures}", [*refused, *slower, (fastest.choice.name, "not faster")])
    reason = f"the GPU was asked for; {figures}" if device == "gpu" else f"the fastest: {figures}"
    return FallingBack(_chosen(fastest, reason, [*refused, *slower]), cpu, say)


def _known(what: str, value: str, values: Sequence[str]) -> None:
    if value not in values:
        raise DoodleError(f"{what} {value!r} is not known; choose one of {', '.join(values)}")


def _cpu(folder: Path, names: Sequence[str], threads: int | None) -> tuple[Engine, list[tuple[str, str]]]:
    """The first of these that can be imported, on the CPU, and those that cannot."""
    problems: list[tuple[str, str]] = []
    for name in names:
        try:
            return KINDS[name].cpu(folder, threads), problems
        except ImportError as error:
            problems.append((f"{name} cpu", f"{KINDS[name].library} cannot be imported ({reason_of(error)})"))
    told = "; ".join(reason for _, reason in problems)
    raise DoodleError(f"no engine to run the model: {told}; install the wheel or choose another engine")


def _table(folder: Path) -> dict[str, Any]:
    path = folder / "card.json"
    try:
        return read_table(path)
    except (OSError, ValueError) as error:
        raise DoodleError(f"{path}: not a model card ({reason_of(error)}); install the weights again") from error


def _tried(engine: Engine, call: Trial, wanted: list[NDArray[np.float32]]) -> tuple[float, Engine]:
    """How long a GPU takes for a call that it answers as the CPU does; DoodleError where it does not."""
    differ = apart(call.run(engine), wanted)
    if not differ <= AGREE:
        raise DoodleError(f"its numbers are wrong by {differ:.2g}")
    return seconds(engine, call), engine


def _chosen(engine: Engine, reason: str, refused: Sequence[tuple[str, str]]) -> Engine:
    engine.choice = replace(engine.choice, reason=reason, refused=tuple(refused))
    return engine


def _ms(spent: float) -> str:
    return f"{1000 * spent:.0f} ms" if spent >= 0.01 else f"{1000 * spent:.1f} ms"


def _onnx_cpu(folder: Path, threads: int | None) -> Engine:
    from doodle_core.engines.onnx import OnnxEngine

    return OnnxEngine(folder, threads)


def _onnx_gpu(folder: Path, threads: int | None) -> Engine:
    from doodle_core.engines.onnx import OnnxEngine

    return OnnxEngine(folder, threads, "webgpu")


def _torch_cpu(folder: Path, threads: int | None) -> Engine:
    from doodle_core.engines.torch import TorchEngine

    return TorchEngine(folder, threads)


def _torch_gpu(folder: Path, threads: int | None) -> Engine:
    from doodle_core.engines.torch import TorchEngine, gpu

    return TorchEngine(folder, threads, gpu())


# In the order in which Auto takes them on the CPU: on a machine at rest ONNX Runtime is the faster (docs/engines.md).
KINDS = {
    "onnx": _Kind("onnxruntime", "onnx webgpu", "onnxruntime_ep_webgpu", _onnx_cpu, _onnx_gpu),
    "torch": _Kind("torch", "torch gpu", "torch", _torch_cpu, _torch_gpu),
}
