"""Rows of a picture in several threads."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from doodle_core.strips import in_strips


@pytest.mark.parametrize("worth_it", [True, False])
@pytest.mark.parametrize("rows", [1, 2, 3, 1000])
def test_every_row_is_worked_on_once(rows: int, worth_it: bool) -> None:
    done = np.zeros(rows, np.int64)

    def work(first: int, last: int) -> None:
        done[first:last] += 1

    in_strips(work, rows, worth_it)
    np.testing.assert_array_equal(done, 1)


def test_what_a_strip_raises_is_raised_and_no_thread_is_left() -> None:
    before = threading.active_count()

    def work(first: int, last: int) -> None:
        if last == 100:
            raise ValueError("the last strip")

    with pytest.raises(ValueError, match="the last strip"):
        in_strips(work, 100, True)
    assert threading.active_count() == before
