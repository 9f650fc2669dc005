"""What was made of keys, kept within a budget of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["KeyCache"]

Kind = TypeVar("Kind", bound=np.generic)


class KeyCache:
    """Arrays by name within a budget of bytes, the least recently used dropped first; threads may share it.

    at_least: so many of the newest stay whatever their size. A frame between two keys needs what was made of each.
    """

    def __init__(self, budget: int = 256 << 20, at_least: int = 2) -> None:
        self._budget, self._at_least = budget, at_least
        self._bytes = 0
        self._kept: OrderedDict[Hashable, NDArray[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: Hashable, make: Callable[[], NDArray[Kind]]) -> NDArray[Kind]:
        """The kept array, or `make()`'s, which must then not be changed by anybody."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        made = make()  # outside the lock: it takes milliseconds, and made twice it is the same
        made.flags.writeable = False
        with self._lock:
            if name not in self._kept:
                self._kept[name] = made
                self._bytes += made.nbytes
            while self._bytes > self._budget and len(self._kept) > self._at_least:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= dropped.nbytes
        return made
