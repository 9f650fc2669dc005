"""Curves as an SVG of a few lines, for a page to show."""

from __future__ import annotations

from html import escape
from pathlib import Path

from benchmarks.results import Chart

__all__ = ["svg", "write_chart"]

_WIDTH, _HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 20, 50
_COLOURS = ("#1b6ca8", "#c1440e", "#3a7d44", "#7a4b94")
_STEPS = 4  # of the scales


def write_chart(path: Path, chart: Chart) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(svg(chart), encoding="utf-8")
    part.replace(path)


def svg(chart: Chart) -> str:
    """The chart as an SVG file; both scales begin at 0."""
    most_x = max(x for line in chart.lines for x, _ in line.points) or 1.0
    most_y = 1.1 * max(y for line in chart.lines for _, y in line.points) or 1.0
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def place(x: float, y: float) -> str:
        return f"{_LEFT + wide * x / most_x:.1f},{_TOP + high * (1 - y / most_y):.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
    ]
    for step in range(_STEPS + 1):
        x, y = most_x * step / _STEPS, most_y * step / _STEPS
        across, up = place(x, 0).split(",")[0], place(0, y).split(",")[1]
        parts.append(f'<line x1="{_LEFT}" y1="{up}" x2="{_WIDTH - _RIGHT}" y2="{up}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{up}" dy="4" text-anchor="end">{y:,.0f}</text>')
        parts.append(f'<text x="{across}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{x:,.0f}</text>')
    middle = _TOP + high / 2
    parts.append(f'<text x="{_LEFT + wide / 2}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(chart.x)}</text>')
    turned = f'transform="rotate(-90 16 {middle})"'
    parts.append(f'<text x="16" y="{middle}" {turned} text-anchor="middle">{escape(chart.y)}</text>')
    for number, line in enumerate(chart.lines):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(place(x, y) for x, y in line.points)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        down = _TOP + high - 14 - 16 * number
        parts.append(f'<text x="{_LEFT + 10}" y="{down}" fill="{colour}">{escape(line.label)}</text>')
    return "\n".join([*parts, "</svg>", ""])
