"""How many threads an engine may have."""

from __future__ import annotations

import os

__all__ = ["bounded"]

MOST = 8
"""Threads, if nobody says how many: the networks are small, and more wait for one another."""


def bounded(threads: int | None) -> int:
    """`threads`, or (None or 0) one for each core that this process may use, at most MOST."""
    if threads:
        return threads
    # A farm's job has a share of its machine's cores, and cpu_count counts them all.
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(own, MOST)
