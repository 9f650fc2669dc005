"""Batches on a CPU, a few rows at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["TOGETHER", "in_parts"]

Arrays: TypeAlias = list[NDArray[np.float32]]

TOGETHER = 8
"""Rows: more leave the processor's caches, and take longer each."""


def in_parts(run: Callable[..., Arrays], inputs: dict[str, NDArray[np.float32]], threads: int) -> Arrays:
    """What `run(**inputs)` answers, from calls of it with at most TOGETHER rows of all inputs; by several threads, each
    of which works alone: that wastes less than threads that share a row.

    A network's rows do not depend on each other. Threads are the call's own: none are left behind.
    """
    count = len(next(iter(inputs.values())))
    step = max(1, min(TOGETHER, -(-count // threads)))
    parts = [{name: rows[i : i + step] for name, rows in inputs.items()} for i in range(0, max(1, count), step)]

    def call(part: dict[str, NDArray[np.float32]]) -> Arrays:
        return run(**part)

    if threads == 1 or len(parts) == 1:
        answers = [call(part) for part in parts]
    else:
        with ThreadPoolExecutor(min(threads, len(parts))) as pool:
            answers = list(pool.map(call, parts))
    return [np.concatenate(outputs) for outputs in zip(*answers, strict=True)]
