"""A GPU that may fail at any moment (a driver that restarts, memory that others took), with the CPU behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from doodle_core.engines.engine import Choice, Engine, reason_of, tell

__all__ = ["FallingBack"]


class FallingBack:
    """See `Engine`. Runs on `first` until that fails; the call that failed, and all after it, run on `cpu`.

    It is told once, by `say`. Nothing brings the GPU back but opening the engine again: one that failed once would stop
    every frame for its time-out.
    """

    def __init__(self, first: Engine, cpu: Engine, say: Callable[[str], None] = tell) -> None:
        self._now = first
        self._cpu = cpu
        self._say = say
        self._switching = threading.Lock()
        self.choice = first.choice

    def run(self, network: str, **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        engine = self._now
        if engine is self._cpu:
            return engine.run(network, **inputs)
        try:
            answer = engine.run(network, **inputs)
            if not any(np.isnan(output).any() for output in answer):
                return answer
            reason = "its answer is not a number"
        except Exception as error:  # drivers and libraries raise what they like
            reason = reason_of(error.__cause__ or error)
        repeated = self._cpu.run(network, **inputs)  # first: what fails here too is no fault of the GPU
        self._leave(engine, reason)
        return repeated

    def _leave(self, failed: Engine, reason: str) -> None:
        with self._switching:
            if self._now is not failed:
                return  # another thread's call has failed as well
            before = failed.choice
            self._now = self._cpu
            self.choice = Choice(
                self._cpu.choice.engine,
                self._cpu.choice.device,
                f"{before.name} failed ({reason})",
                (*before.refused, (before.name, reason)),
            )
        self._say(f"{before.name} failed ({reason}); going on with {self._cpu.choice.name}")
