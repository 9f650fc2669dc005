"""Measure the reader on drawings of kinds that it was never trained on, by kind of medium.

    python -m training.reading.evaluate build/reader --pictures 18

Of cells: missed and false lines, error of their centre, direction and width, crossings of which both directions are
right. Of strokes, once they are put together: those that come back whole (95 % of the length within 0.75 radius, in one
piece), and crossings of two strokes at 20 to 90 degrees at which both go on, and where others come near ("crowded");
each picture is read as the program reads it, at the size that it chooses.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.engines.onnx import OnnxEngine
from doodle_core.pixels import from_pixels
from doodle_core.reading.cells import Cells, of_drawing
from doodle_core.reading.chains import Chains
from doodle_core.reading.reader import read
from doodle_core.reading.seeing import seen
from doodle_core.reading.vectorising import few, strokes_of
from doodle_core.rendering import render
from training.reading.figures import measure, ratios
from training.reading.media import MEDIA, apply, choose
from training.reading.stretches import crossings_kept, whole
from training.reading.targets import pack
from training.reading.testing import KINDS, tested

__all__ = ["evaluate", "main", "table"]

Array: TypeAlias = NDArray[np.float32]
Floats: TypeAlias = NDArray[np.float64]
See: TypeAlias = Callable[[Array], Cells]

SIZE = 320
_SEED = 77_000
_ORDER = ("missed", "false", "across", "far", "turn", "astray", "width", "crossed", "line_iou", "solid_iou",
          "end_recall", "end_precision", "corner_recall", "junction_recall", "whole", "straight",
          "crowded")  # fmt: skip


def pictures(name: str, count: int) -> list[tuple[NDArray[np.uint8], Drawing, Cells, float]]:
    """Pictures of a medium: (SIZE, SIZE, 3), their drawings, what is true of them, the contrast that ink has kept."""
    kinds = [*KINDS, "scene", "robot"]
    made = []
    for k in range(count):
        rng = np.random.default_rng([_SEED, k, sorted(MEDIA).index(name)])
        medium = choose(rng, name)
        drawing = tested(rng, SIZE, medium.inks[0], kinds[k % len(kinds)])
        picture, kept = apply(rng, medium, render(drawing, SIZE))
        made.append((picture, drawing, of_drawing(drawing, SIZE, tuple(medium.paper)), kept))
    return made


def evaluate(see: See | None, count: int, names: Sequence[str] = tuple(MEDIA)) -> dict[str, dict[str, float]]:
    """Figures by kind of medium. see: what is said of a picture; None for what is true, which measures all else."""
    rows = {}
    for name in names:
        sums: dict[str, float] = {}
        for picture, drawing, cells, kept in pictures(name, count):
            said = cells if see is None else see(picture.astype(np.float32) / 255)
            found = measure(said, pack(cells, kept).astype(np.float32))
            if see is None:
                pieces = _pieces(few(strokes_of(said), SIZE))
            else:  # as the program reads it
                drawn = read(from_pixels(picture, paper="removed"), see)
                pieces = _lines(drawn)
            found |= whole(drawing, SIZE, pieces, cells) | crossings_kept(drawing, SIZE, pieces, cells)
            for key, value in found.items():
                sums[key] = sums.get(key, 0.0) + value
        rows[name] = ratios(sums) | {
            "whole": sums["whole_found"] / max(sums["whole_true"], 1),
            "straight": sums["straight_found"] / max(sums["straight_true"], 1),
            "crowded": sums["crowded_found"] / max(sums["crowded_true"], 1),
            "crossings": sums["straight_true"],
            "crowded_crossings": sums["crowded_true"],
        }
    return rows


def _pieces(strokes: Chains) -> list[Floats]:
    lines = [strokes.places[a:b] for a, b in pairwise(strokes.offsets)]
    return [_closed(line) if closed else line for line, closed in zip(lines, strokes.cyclic, strict=True)]


def _lines(drawing: Drawing) -> list[Floats]:
    """The lines of a drawing, pixels of a picture of SIZE."""
    points = drawing.points.astype(np.float64) * SIZE
    lines = [points[a:b] for a, b in pairwise(drawing.offsets)]
    kept = np.flatnonzero(~drawing.filled)
    return [_closed(lines[k]) if drawing.cyclic[k] else lines[k] for k in kept]


def _closed(line: Floats) -> Floats:
    return np.concatenate([line, line[:1]])


def table(rows: dict[str, dict[str, float]]) -> str:
    """Markdown."""
    lines = ["| | " + " | ".join(_ORDER) + " |", "|---" * (len(_ORDER) + 1) + "|"]
    for name, row in rows.items():
        lines.append(f"| {name} | " + " | ".join(f"{row[key]:.3f}" for key in _ORDER) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.reading.evaluate", description="Measure the reader.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("weights"), help="where reader.onnx lies")
    parser.add_argument("--pictures", type=int, default=18, help="of each medium")
    parser.add_argument("--truth", action="store_true", help="what strokes become of what is true, without the network")
    parser.add_argument("--output", type=Path, help="a JSON file to write the figures to")
    options = parser.parse_args(arguments)
    engine = OnnxEngine(options.folder.resolve(), 1)
    rows = evaluate(None if options.truth else lambda picture: seen(engine, picture), options.pictures)
    print(table(rows))
    if options.output:
        options.output.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
