"""Work on a large picture, some rows of it in each of several threads: numpy and scipy leave Python alone meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from doodle_core.engines.cores import bounded

__all__ = ["in_strips"]


def in_strips(work: Callable[[int, int], None], rows: int, worth_it: bool) -> None:
    """Call work(first, last) for parts that cover `rows` rows: at once in several threads, or all in this one where
    that is not worth the tenth of a millisecond that threads take to begin.

    Raises what one of them raises, once all have ended. Threads are the call's own: none are left behind, to be missed
    by a process that forks.
    """
    parts = min(bounded(None), rows) if worth_it else 1
    if parts == 1:
        work(0, rows)
        return
    first, *others = pairwise(rows * part // parts for part in range(parts + 1))
    with ThreadPoolExecutor(len(others)) as pool:
        waiting = [pool.submit(work, *pair) for pair in others]
        work(*first)
    for one in waiting:
        one.result()
