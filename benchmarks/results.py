"""What a benchmark found, as plain data that goes from process to process as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Chart", "Goal", "Line", "Result", "Row", "Table"]


@dataclass(frozen=True)
class Row:
    """Figures of one thing, in the order of their table's columns; None where there can be none."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Table:
    """A caption, the heading of the labels, those of the values (with their units), and rows.

    Raises ValueError for a row of another length, and for a figure that is not finite.
    """

    caption: str
    label: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.values) != len(self.columns):
                raise ValueError(f"{self.caption}: {row.label}: {len(row.values)} figures, {len(self.columns)} columns")
            if not all(value is None or math.isfinite(value) for value in row.values):
                raise ValueError(f"{self.caption}: {row.label}: {row.values} are not all finite")


@dataclass(frozen=True)
class Goal:
    """What was to be reached, what was, and the unit of both; at_most: whether less is better."""

    text: str
    found: float
    bound: float
    unit: str
    at_most: bool = True

    def __post_init__(self) -> None:
        if not (math.isfinite(self.found) and math.isfinite(self.bound)):
            raise ValueError(f"{self.text}: {self.found} of {self.bound} {self.unit} is not finite")

    @property
    def met(self) -> bool:
        return self.found <= self.bound if self.at_most else self.found >= self.bound


@dataclass(frozen=True)
class Line:
    """A curve of a chart: places (x, y), by rising x."""

    label: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Chart:
    """Curves for the eye, which tables hold in figures: the name of its file, a caption, what x and y are."""

    name: str
    caption: str
    x: str
    y: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Result:
    """Tables, goals, notes (what could not be measured here and why), and charts."""

    tables: tuple[Table, ...]
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Result:
        table: dict[str, Any] = json.loads(text)
        tables = [
            Table(
                one["caption"],
                one["label"],
                tuple(one["columns"]),
                tuple(Row(row["label"], tuple(row["values"])) for row in one["rows"]),
            )
            for one in table["tables"]
        ]
        charts = []
        for one in table["charts"]:
            lines = tuple(Line(line["label"], tuple((x, y) for x, y in line["points"])) for line in one["lines"])
            charts.append(Chart(one["name"], one["caption"], one["x"], one["y"], lines))
        return cls(tuple(tables), tuple(Goal(**one) for one in table["goals"]), tuple(table["notes"]), tuple(charts))
