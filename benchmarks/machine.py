"""The machine that measures, in words that say what it is and not which."""

from __future__ import annotations

import os
import platform
import re
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["Machine", "resident", "this_machine"]

_PACKAGES = ("numpy", "scipy", "onnxruntime", "torch", "bpy")


@dataclass(frozen=True)
class Machine:
    """processor: its maker's name for it. cores: those that this process may use. load: how many processes wanted a
    core in the last minute, where the system tells. versions: of Python and the libraries that matter."""

    processor: str
    system: str
    cores: int
    load: float | None
    versions: tuple[str, ...]

    def __str__(self) -> str:
        load = "" if self.load is None else f", load {self.load:.1f} before"
        cores = f"{self.cores} core{'s' if self.cores != 1 else ''}"
        return f"{self.processor}, {cores}{load}; {self.system}; {', '.join(self.versions)}"


def this_machine() -> Machine:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    found = [f"Python {platform.python_version()}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return Machine(_processor(), f"{platform.system()} {platform.machine()}", cores, load, tuple(found))


def resident() -> float | None:
    """Megabytes of memory that this process has; None where the system does not tell."""
    if sys.platform != "linux":
        return None
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    import resource

    return pages * resource.getpagesize() / 1e6


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        named = re.search(r"^model name\s*:\s*(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        if named:
            return " ".join(named[1].split())
    return platform.processor() or platform.machine()
