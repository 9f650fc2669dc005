"""What is kept to save time."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from doodle_core.cache import KeyCache, Recent, apart, give_back


class Owner:
    pass


def test_recent_keeps_within_its_budget_and_the_last_two_whatever_their_size():
    kept: Recent[str] = Recent(100)
    owners = [Owner() for _ in range(4)]
    made: list[int] = []

    def get(number: int, size: int) -> str:
        def make() -> tuple[str, int]:
            made.append(number)
            return f"of {number}", size

        return kept.get(owners[number], make)

    assert [get(number, 40) for number in (0, 1, 0, 1)] == ["of 0", "of 1", "of 0", "of 1"]
    assert made == [0, 1]
    get(2, 40)  # 0 goes
    assert get(1, 40) == "of 1" and made == [0, 1, 2]
    get(0, 40)
    assert made == [0, 1, 2, 0]
    get(3, 1000)  # only the last two stay, though they are too large
    get(0, 40)
    get(3, 1000)
    assert made == [0, 1, 2, 0, 3]


def test_recent_keeps_nothing_of_what_is_gone():
    kept: Recent[str] = Recent(100)
    owner = Owner()
    kept.get(owner, lambda: ("one", 10))
    assert len(kept._kept) == 1
    del owner
    assert not kept._kept


def test_arrays_are_dropped_by_bytes_and_cannot_be_changed():
    cache = KeyCache(100, at_least=1)
    first = cache.get("a", lambda: np.zeros(10, np.float32))
    assert cache.get("a", lambda: np.ones(10, np.float32)) is first and not first.flags.writeable
    cache.get("b", lambda: np.zeros(20, np.float32))
    assert cache.get("a", lambda: np.ones(10, np.float32))[0] == 1


def test_copies_apart_are_equal_and_share_nothing():
    arrays = [np.arange(20_000).reshape(2, -1), np.zeros((0, 2)), np.arange(7, dtype=np.float32), np.ones(3, bool)]
    copies = apart(arrays)
    for array, copy in zip(arrays, copies, strict=True):
        assert copy.dtype == array.dtype and copy.shape == array.shape
        np.testing.assert_array_equal(copy, array)
        assert not np.shares_memory(copy, array)
    copies[0][0, 0] = 9
    assert arrays[0][0, 0] == 0
    small = [np.arange(7)]
    assert apart(small)[0] is small[0]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems are not asked")
def test_free_memory_amid_the_heap_is_given_back():
    arrays = [np.ones(3000) for _ in range(4000)]  # 96 MB, too small each to be mapped by itself
    del arrays[:-1]  # what is left lies last
    before = _resident()
    give_back()
    assert before - _resident() > 60
    del arrays


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6
