"""What was made of keys, kept within a budget of bytes."""

from __future__ import annotations

import ctypes
import mmap
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar
from weakref import ReferenceType, ref

import numpy as np
from numpy.typing import NDArray

__all__ = ["KeyCache", "Recent", "apart", "give_back"]

Kind = TypeVar("Kind", bound=np.generic)
Made = TypeVar("Made")

_WORTH = 1 << 16  # bytes: less does not fill the pages of memory that it would have to itself
_ALIGNED = 64  # bytes


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


class Recent(Generic[Made]):
    """What was made for objects, within a budget of bytes and no longer than these live; threads may share it.

    The least recently used is dropped first; the last two stay whatever their size.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._kept: OrderedDict[int, tuple[ReferenceType[object], Made, int]] = OrderedDict()
        self._lock = threading.RLock()  # an object may die while its thread is in here

    def get(self, owner: object, make: Callable[[], tuple[Made, int]]) -> Made:
        """What was kept for an object, or `make()`'s, given with its size in bytes."""
        name = id(owner)
        with self._lock:
            if name in self._kept and self._kept[name][0]() is owner:
                self._kept.move_to_end(name)
                return self._kept[name][1]
        made, size = make()
        with self._lock:
            self._kept[name] = ref(owner, lambda _: self._dropped(name)), made, size
            while len(self._kept) > 2 and sum(size for _, _, size in self._kept.values()) > self._budget:
                self._kept.popitem(last=False)
        return made

    def _dropped(self, name: int) -> None:
        with self._lock:
            self._kept.pop(name, None)


def apart(arrays: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """Copies of arrays in one block of memory of their own, outside the heap.

    For what is kept long and made between large arrays that are not: left where it was made, it would keep the heap
    from giving their memory back. Little arrays are answered as they are.
    """
    sizes = [-(-array.nbytes // _ALIGNED) * _ALIGNED for array in arrays]
    if sum(sizes) < _WORTH:
        return list(arrays)
    block = mmap.mmap(-1, sum(sizes))
    copies, start = [], 0
    for array, size in zip(arrays, sizes, strict=True):
        if array.size:
            copy: NDArray[Any] = np.frombuffer(block, array.dtype, array.size, start).reshape(array.shape)
            copy[...] = array
            array, start = copy, start + size
        copies.append(array)
    return copies


def give_back() -> None:
    """Ask the C library to give free memory amid its heap back to the system, where it only does so when asked: glibc.

    Large arrays that are used for a moment otherwise leave a heap of several times what is kept in it. It takes some
    milliseconds.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
