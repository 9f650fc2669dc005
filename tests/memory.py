"""How much memory a process has used."""

from __future__ import annotations

import resource
from pathlib import Path

__all__ = ["peak"]


def peak() -> float:
    """The most that this process has had resident, MB.

    Linux's `ru_maxrss` is handed on to children: begun by a large process, a small one would seem as large.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
