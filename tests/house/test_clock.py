"""No decision hangs on the clock on the wall, which people and servers set: durations are measured otherwise."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = [path for room in ("blender_addon", "doodle_core") for path in sorted((ROOT / room).rglob("*.py"))]
WALL = {("time", name) for name in ("time", "time_ns", "localtime", "gmtime", "ctime", "asctime", "strftime")}
WALL |= {("datetime", name) for name in ("now", "today", "utcnow")} | {("date", "today")}


def wall_clocks(source: str) -> list[str]:
    """Where the time of day is asked for, or an older of two files looked for by their times."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            of = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if (of, node.attr) in WALL:
                found.append(f"line {node.lineno}: {of}.{node.attr}")
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [f"line {node.lineno}: {name.name}" for name in node.names if ("time", name.name) in WALL]
        if isinstance(node, ast.Compare) and not isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.In | ast.NotIn):
            found += [f"line {node.lineno}: {ast.unparse(node)}"] * ("mtime" in ast.unparse(node))
    return found


def test_no_file_asks_for_the_time_of_day() -> None:
    told = {str(path.relative_to(ROOT)): wall_clocks(path.read_text(encoding="utf-8")) for path in FILES}
    assert len(told) > 80
    assert {name: found for name, found in told.items() if found} == {}


@pytest.mark.parametrize(
    "source",
    ["time.time()", "from time import time", "datetime.datetime.now()", "a.stat().st_mtime > b.stat().st_mtime"],
)
def test_it_would_be_found(source: str) -> None:
    assert wall_clocks(source)
