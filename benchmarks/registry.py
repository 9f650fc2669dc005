"""Which benchmarks there are, in the order of the report."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from benchmarks.results import Result
from benchmarks.timing import Effort

__all__ = ["BENCHMARKS", "Benchmark"]


@dataclass(frozen=True)
class Benchmark:
    """One section of the report.

    name    of the section's marks, and for --only
    title   its heading
    module  where `measure(effort: Effort) -> Result` is; imported only in the process that measures
    """

    name: str
    title: str
    module: str

    def measure(self, effort: Effort) -> Result:
        found: Result = importlib.import_module(self.module).measure(effort)
        return found


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark("drawings", "Drawings and their pictures", "benchmarks.rendering"),
    Benchmark("keys", "Making keys", "benchmarks.keys"),
    Benchmark("strokes", "Live strokes", "benchmarks.strokes"),
    Benchmark("scrubbing", "Scrubbing a plane", "benchmarks.scrubbing"),
    Benchmark("overlay", "Overlay and links", "benchmarks.overlay"),
    Benchmark("bake", "Baking", "benchmarks.bake"),
    Benchmark("film", "Memory of a film", "benchmarks.film"),
    Benchmark("opening", "Enabling, opening, making", "benchmarks.opening"),
    Benchmark("look", "Effects, and pictures of dense models", "benchmarks.look"),
    Benchmark("decode", "Dense models", "benchmarks.decode"),
    Benchmark("memory", "Memory of a long bake", "benchmarks.memory"),
    Benchmark("training", "Training", "benchmarks.training"),
)
