"""The report: figures written between marks in a Markdown file, everything else left as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmarks.results import Goal, Result, Row, Table

__all__ = ["block", "updated"]

_HEAD = "# How fast it is\n"


def block(name: str, result: Result, machine: str) -> str:
    """A section's figures in Markdown, with the command that repeats them and the machine."""
    parts = [f"`python -m benchmarks --only {name}` on {machine}.", *map(_table, result.tables)]
    parts += [f"![{chart.caption}](images/{chart.name}.svg)" for chart in result.charts]
    if result.goals:
        parts.append(_goals(result.goals))
    if result.notes:
        parts.append("\n".join(f"- {note}" for note in result.notes))
    return "\n\n".join(parts) + "\n"


def updated(text: str, name: str, title: str, figures: str) -> str:
    """A report with one section's figures replaced; a section that is not there comes at the end."""
    begin, end = _marks(name)
    text = text or _HEAD
    marked = f"{begin}\n{figures}{end}\n"
    found = re.search(re.escape(begin) + r"\n.*?" + re.escape(end) + r"\n", text, re.DOTALL)
    if found is None:
        return f"{text.rstrip()}\n\n## {title}\n\n{marked}"
    return text[: found.start()] + marked + text[found.end() :]


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- figures: {name} (python -m benchmarks writes them; write outside) -->", f"<!-- end: {name} -->"


def _table(table: Table) -> str:
    return f"{table.caption}\n\n" + _lines((table.label, *table.columns), [_row(row) for row in table.rows])


def _row(row: Row) -> tuple[str, ...]:
    return (row.label, *("" if value is None else _number(value) for value in row.values))


def _goals(goals: tuple[Goal, ...]) -> str:
    rows = [
        (
            goal.text,
            f"at {'most' if goal.at_most else 'least'} {_number(goal.bound)} {goal.unit}".rstrip(),
            f"{_number(goal.found)} {goal.unit}".rstrip(),
            "yes" if goal.met else "**no**",
        )
        for goal in goals
    ]
    return _lines(("target", "", "measured", "met"), rows)


def _lines(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    aligned = "|---|" + "---:|" * (len(heads) - 1)
    return "\n".join([f"| {' | '.join(heads)} |", aligned, *(f"| {' | '.join(row)} |" for row in rows)])


def _number(value: float) -> str:
    """Three significant digits, thousands apart."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2g}" if abs(value) < 0.01 else f"{value:.3g}"
