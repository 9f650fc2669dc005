"""The command: every benchmark in a process of its own, so that none finds what another has warmed or filled."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.chart import write_chart
from benchmarks.machine import this_machine
from benchmarks.registry import BENCHMARKS, Benchmark
from benchmarks.report import block, updated
from benchmarks.results import Result
from benchmarks.timing import FULL, TINY

__all__ = ["main"]

_LONGEST = 600  # seconds; a benchmark that takes longer hangs


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what the program takes here.")
    names = [benchmark.name for benchmark in BENCHMARKS]
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--output", type=Path, help="a Markdown file in which to replace the figures")
    parser.add_argument("--tiny", action="store_true", help="one round of everything: does it run?")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)  # measure here, and write the result there
    options = parser.parse_args(arguments)
    chosen = [benchmark for benchmark in BENCHMARKS if not options.only or benchmark.name in options.only]
    if options.one:
        result = chosen[0].measure(TINY if options.tiny else FULL)
        options.one.write_text(result.to_json(), encoding="utf-8")
        return 0
    failed: list[str] = []
    for benchmark in chosen:
        machine, begun = str(this_machine()), time.perf_counter()
        found = _measured(benchmark, options.tiny)
        if found is None:
            failed.append(benchmark.name)
            continue
        figures = block(benchmark.name, found, machine)
        print(f"{figures}\n{benchmark.name}: {time.perf_counter() - begun:.0f} s", flush=True)
        if options.output:
            _write(options.output, benchmark, figures)
            for chart in found.charts:
                write_chart(options.output.parent / "images" / f"{chart.name}.svg", chart)
    if failed:
        print(f"could not be measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _measured(benchmark: Benchmark, tiny: bool) -> Result | None:
    """What a benchmark finds in a process of its own; None where that fails, which has then said why."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.json"
        command = [sys.executable, "-m", "benchmarks", "--only", benchmark.name, "--one", str(path)]
        try:
            # What it prints (Blender prints) is no part of the report.
            subprocess.run([*command, *(["--tiny"] if tiny else [])], stdout=sys.stderr, timeout=_LONGEST, check=False)
        except subprocess.TimeoutExpired:
            print(f"{benchmark.name}: not done after {_LONGEST} s", file=sys.stderr)
        return Result.from_json(path.read_text(encoding="utf-8")) if path.exists() else None


def _write(path: Path, benchmark: Benchmark, figures: str) -> None:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    part = path.with_name(path.name + ".part")
    part.write_text(updated(text, benchmark.name, benchmark.title, figures), encoding="utf-8")
    part.replace(path)
