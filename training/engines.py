"""What each engine takes on this machine, and whether its pictures are the same: the table of docs/engines.md.

    python -m training.engines                        # every engine that starts here, the bundled model
    python -m training.engines --model mixer --output engines.json

Each is measured in a process of its own, so that the time to start is what a user waits: the import, the driver, the
first call. `longest` is the model's longest call (for lines, matching two full keys), the shortest of many runs.
`frames` are new pictures of 512 pixels a second, matching included; `apart` is how far these
pictures are at most from those of ONNX Runtime on one CPU thread, in 255ths.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.engines.choosing import KINDS
from doodle_core.engines.engine import Engine, reason_of
from doodle_core.engines.trial import seconds, trial
from doodle_core.errors import DoodleError
from doodle_core.film import Film
from doodle_core.model import DoodleModel, find_folder
from doodle_core.track import LatentKey

__all__ = ["WAYS", "Figures", "main", "measure", "table"]

WAYS = (("onnx", "cpu", 1), ("onnx", "cpu", 2), ("torch", "cpu", 1), ("torch", "cpu", 2), ("onnx", "gpu", 1),
        ("torch", "gpu", 1))  # fmt: skip
"""Engine, device and threads of each row; the first is what the others' pictures are compared with."""
SIZE = 512
KEYS, BETWEEN = 9, 4
RUNS = 15


@dataclass(frozen=True)
class Figures:
    """A row: milliseconds, but `start` (seconds), `frames` (a second) and `apart` (255ths)."""

    name: str
    threads: int
    start: float
    longest: float
    frames: float
    apart: float


def measure(folder: Path, kind: str, device: str, threads: int) -> tuple[Figures, NDArray[np.float32]]:
    """The figures of one engine (but `apart`), and its pictures (F, SIZE, SIZE). DoodleError, ImportError or what the
    driver raises where it does not start."""
    begun = time.perf_counter()
    engine: Engine = getattr(KINDS[kind], device)(folder, threads)
    model = DoodleModel.load(folder, "onnx", threads, "cpu")
    model.engine = engine
    call = trial(model.card.table)
    call.run(engine)
    start = time.perf_counter() - begun
    longest = seconds(engine, call, RUNS)

    drawings = [_bow(lift) for lift in np.linspace(-0.3, 0.3, KEYS)]
    keys = [LatentKey(z, float(k), d) for k, (z, d) in enumerate(zip(model.encode(drawings), drawings, strict=True))]
    film = Film(model, model.track(keys))
    positions = [k / BETWEEN for k in range((KEYS - 1) * BETWEEN + 1)]
    begun = time.perf_counter()
    pictures = np.stack([film.frame_ink(position, SIZE) for position in positions])
    spent = time.perf_counter() - begun
    name = engine.choice.name
    return Figures(name, threads, start, 1e3 * longest, len(positions) / spent, 0.0), pictures


def _bow(lift: float) -> Drawing:
    """Two lines, one of them bent by so much."""
    x = np.linspace(-0.35, 0.35, 48)
    bow = np.stack([0.5 + x, 0.5 - lift * (1 - (x / 0.35) ** 2)], axis=1)
    mast = np.stack([np.full(16, 0.5 + lift / 3), np.linspace(0.6, 0.9, 16)], axis=1)
    return Drawing.make([bow, mast], 0.015)


def table(folder: Path) -> Iterator[Figures | str]:
    """A row for each engine that starts, and for each that does not a line that says why."""
    with tempfile.TemporaryDirectory() as temporary:
        reference: NDArray[np.float32] | None = None
        for number, (kind, device, threads) in enumerate(WAYS):
            path = Path(temporary) / f"{number}.npy"
            command = [sys.executable, "-m", "training.engines", "--model", str(folder)]
            one = ["--one", kind, device, str(threads), "--pictures", str(path)]
            done = subprocess.run([*command, *one], capture_output=True, text=True, check=False)
            if done.returncode:
                said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
                yield f"{kind} {device}: {said[-1]}"
                continue
            pictures = np.load(path)
            reference = pictures if reference is None else reference
            row = json.loads(done.stdout.splitlines()[-1])
            yield Figures(**{**row, "apart": 255 * float(np.abs(pictures - reference).max())})


def _one(folder: Path, kind: str, device: str, threads: int, pictures: Path) -> int:
    try:
        figures, made = measure(folder, kind, device, threads)
    except Exception as error:  # drivers and libraries raise what they like
        print(reason_of(error), file=sys.stderr)
        return 1
    np.save(pictures, made)
    print(json.dumps(asdict(figures)))
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.engines", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--model", type=Path, help='another model\'s folder, or "mixer" (default: the bundled one)')
    parser.add_argument("--output", type=Path, help="a JSON file to write the figures to")
    parser.add_argument("--one", nargs=3, metavar=("ENGINE", "DEVICE", "THREADS"), help=argparse.SUPPRESS)
    parser.add_argument("--pictures", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    folder = find_folder(options.model)
    if options.one:
        kind, device, threads = options.one
        return _one(folder, kind, device, int(threads), options.pictures)
    rows: list[dict[str, Any]] = []
    print("| engine | threads | start, s | longest call, ms | frames/s at 512 px | apart, 255ths |")
    print("|---|---|---|---|---|---|", flush=True)
    try:
        for row in table(folder):
            if isinstance(row, str):
                print(f"| {row} | | | | | |", flush=True)
                continue
            rows.append(asdict(row))
            figures = f"{row.start:.2f} | {row.longest:.1f} | {row.frames:.0f} | {row.apart:.2g}"
            print(f"| {row.name} | {row.threads} | {figures} |", flush=True)
    except DoodleError as error:
        print(error, file=sys.stderr)
        return 2
    if options.output:
        options.output.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
