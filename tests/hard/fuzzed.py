"""`python -m tests.hard.fuzzed KIND FIRST COUNT FOLDER`: read damaged files of a kind, within bounds of the system.

Prints as JSON what went wrong, by number, and the largest resident megabytes. A crash shows as the process's status.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from pathlib import Path

from tests.core import fuzzing
from tests.hard import seeds
from tests.memory import peak

MOST = 8 << 30  # bytes of addresses: libraries reserve some gigabytes and use little of it


def main(kind: str, first: int, count: int, folder: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    fuzzing.SEEDS.update(seeds.found(folder.parent))
    wrong = {}
    for number, data in fuzzing.cases(kind, first, count):
        if said := fuzzing.trouble(kind, data, folder):
            wrong[number] = said
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps({"wrong": wrong, "peak": peak(), "child": child}))


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
