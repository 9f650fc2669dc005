"""The benchmarks run, every figure is there, and the report keeps what people wrote."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.machine import this_machine
from benchmarks.registry import BENCHMARKS
from benchmarks.report import block, updated
from benchmarks.results import Goal, Result, Row, Table
from benchmarks.timing import FULL, Effort, Times, interleaved

ROOT = Path(__file__).parents[2]
IN_BLENDER: set[str] = set()  # measured in tests/blender, if at all


@pytest.mark.torch
@pytest.mark.parametrize("name", [one.name for one in BENCHMARKS if one.name not in IN_BLENDER])
def test_a_benchmark_finds_all_its_figures(name: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Speed\n\nBy hand.\n", encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks", "--tiny", "--only", name, "--output", str(page)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Speed\n\nBy hand.\n\n## ")
    rows = [line.split("|")[2:-1] for line in text.splitlines() if re.match(r"\| (?!target)", line)]
    figures = [cell.strip() for row in rows for cell in row]
    assert sum(bool(re.fullmatch(r"-?[\d,.]+(e-?\d+)?", cell)) for cell in figures) >= 4
    assert not any(re.search("nan|inf", cell) for cell in figures)
    assert os.uname().nodename not in text if hasattr(os, "uname") else True


def test_figures_must_be_there_and_finite() -> None:
    for values in ((1.0,), (1.0, float("nan")), (1.0, float("inf"))):
        with pytest.raises(ValueError, match="row"):
            Table("table", "what", ("ms", "times"), (Row("row", values),))
    with pytest.raises(ValueError, match="goal"):
        Goal("goal", float("nan"), 1.0, "ms")
    result = Result(
        (Table("t", "what", ("ms",), (Row("a", (1.5,)), Row("b", (None,)))),), (Goal("g", 1, 2, "s"),), ("n",)
    )
    assert Result.from_json(result.to_json()) == result


def test_goals() -> None:
    assert Goal("time", 3.0, 3.0, "ms").met and not Goal("time", 3.1, 3.0, "ms").met
    assert Goal("speed", 5.0, 5.0, "times", at_most=False).met and not Goal("speed", 4.9, 5.0, "times", False).met


def test_the_report_replaces_figures_and_nothing_else() -> None:
    def figures(name: str, value: float) -> str:
        return block(name, Result((Table("Caption:", "what", ("ms",), (Row("a", (value,)),)),)), "a machine")

    text = updated("# Head\n", "one", "One", figures("one", 1234.5))
    text = updated(text, "two", "Two", figures("two", 0.00123))
    text = text.replace("## Two\n", "## Two\n\nWhat the profile said.\n")
    assert "| a | 1,234 |" in text and "| a | 0.0012 |" in text
    again = updated(text, "two", "Another title", figures("two", 5))
    assert again == text.replace("| a | 0.0012 |", "| a | 5 |")
    again = updated(again, "one", "One", figures("one", 7))
    assert again == text.replace("| a | 0.0012 |", "| a | 5 |").replace("| a | 1,234 |", "| a | 7 |")


def test_calls_are_timed_beside_each_other() -> None:
    order: list[str] = []
    calls = {name: lambda name=name: order.append(name) for name in "ab"}
    times = interleaved(calls, Effort(3, 0.0, 3))
    assert len(times["a"].seconds) == len(times["b"].seconds) == 3
    assert "".join(order).find("ba") > 0  # b before a again
    assert Times((1.0, 2.0, 9.0)).median == 2.0
    assert Times((1.0, 4.0, 9.0)).over(Times((1.0, 2.0, 3.0))) == 2.0
    assert Times((1.0, 4.0)).scaled(0.5) == Times((0.5, 2.0))


def test_the_page_has_a_section_for_every_benchmark() -> None:
    page = (ROOT / "docs/performance.md").read_text(encoding="utf-8")
    for benchmark in BENCHMARKS:
        assert f"\n## {benchmark.title}\n" in page and f"<!-- figures: {benchmark.name} " in page
    assert FULL.rounds >= 3 and this_machine().processor
