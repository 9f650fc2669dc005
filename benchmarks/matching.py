"""How well shapes are matched: `python -m benchmarks.matching [--films FOLDER]`.

Dense scenes drawn by code, whose true in-betweens are known (`training/scenes/dense`): keys are matched, aligned, posed
at 1/4, 1/2 and 3/4, painted and compared with the truth: IoU of ink at half coverage, and the mean colour error over
the ink of both, over white. --films: a folder with a module `vectors` that loads vector drawings by animators at five
moments.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.drawing.building import offsets_of
from doodle_core.geometry.contour import contours_of
from doodle_core.inbetween.alignment import align
from doodle_core.inbetween.posing import Inbetweens
from doodle_core.matching.correspondence import Span
from doodle_core.matching.shapes import match
from doodle_core.rendering import render
from training.scenes.dense.hands import HANDS, drawn
from training.scenes.dense.scenes import CHOOSING, JUDGING

SIZE = 256
MOMENTS = (0.25, 0.5, 0.75)


def drawing_of(shapes: Sequence[tuple]) -> Drawing:
    """Shapes (kind, points (n, 2), closed, rgb, width, perhaps layer), in sides of the canvas, as a Drawing."""
    counts = np.array([len(shape[1]) for shape in shapes], np.int64)
    areas = np.array([shape[0] == "area" for shape in shapes], bool)
    widths = np.where(areas, 0.0, [shape[4] / 2 for shape in shapes])
    colours = np.clip(np.array([shape[3] for shape in shapes], np.float64).reshape(-1, 3), 0, 1)
    arrays: dict[str, Any] = {
        "points": np.concatenate([np.zeros((0, 2)), *(np.asarray(shape[1], float) for shape in shapes)]),
        "radii": np.repeat(widths, counts),
        "opacities": np.ones(int(counts.sum())),
        "offsets": offsets_of(counts),
        "cyclic": np.array([bool(shape[2]) for shape in shapes], bool) | areas,
        "shapes": np.arange(len(shapes) + 1),
        "areas": areas,
        "colours": np.repeat(colours, counts, axis=0),
        "layers": np.array([shape[5] if len(shape) > 5 else 0 for shape in shapes]),
    }
    return Drawing(**arrays)


def over_white(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return picture[..., :3] * picture[..., 3:] + 1 - picture[..., 3:]


def compared(found: Drawing, truth: Drawing) -> tuple[float, float]:
    """IoU and colour error."""
    a, b = render(found, SIZE), render(truth, SIZE)
    p, t = a[..., 3] > 0.5, b[..., 3] > 0.5
    either = (a[..., 3] > 0.05) | (b[..., 3] > 0.05)
    error = np.abs(over_white(a) - over_white(b))[either].mean() if either.any() else 0.0
    return float((p & t).sum() / max(1, (p | t).sum())), float(error)


def scored(first: Drawing, second: Drawing, spans: Sequence[Span], truths: dict[float, Drawing]) -> NDArray[np.float64]:
    """IoU and colour error with vertices moved straight, and spherically: (2, 2), means over the moments."""
    made = Inbetweens(align(first, second, list(spans)))
    return np.array(
        [
            np.mean([compared(made.at(t, method)[0], truth) for t, truth in truths.items()], axis=0)
            for method in ("linear", "spherical")
        ]
    )


def true_spans(first: Drawing, second: Drawing) -> list[Span]:
    """Contour k becomes contour k, vertex by vertex where both have as many."""
    found = []
    for k, (one, two) in enumerate(zip(contours_of(first), contours_of(second), strict=True)):
        same = len(one.lengths) == len(two.lengths)
        ends = slice(None) if same else [0, -1]
        found.append(Span(k, k, one.lengths[ends], two.lengths[ends]))
    return found


def dense(title: str, scenes: dict[str, Callable[[float], Any]]) -> None:
    rows = []
    for name, draw in scenes.items():
        a, b = draw(0.0).shapes, draw(1.0).shapes
        first, truths = drawing_of(a), {t: drawing_of(draw(t).shapes) for t in MOMENTS}
        cells, row = [], []
        for hand in HANDS:
            shapes, order = drawn(b, hand, 1)
            second = drawing_of(shapes)
            begun = time.process_time()
            spans = match(first, second)
            spent = time.process_time() - begun
            right = sum(span.line == order[span.other] for span in spans if span.line >= 0 and span.other >= 0)
            row.append(scored(first, second, spans, truths)[0])
            cells.append(f"{hand} {row[-1][0]:.3f} {row[-1][1]:.3f} {right / len(a):4.0%} {spent * 1e3:4.0f} ms")
        rows.append(row)
        print(f"{title:8s} {name:8s} {len(a):3d} shapes  " + "   ".join(cells))
    means = zip(HANDS, np.mean(rows, axis=0), strict=True)
    print(
        f"{title:8s} mean                 "
        + "   ".join(f"{hand} {iou:.3f} {error:.3f}" for hand, (iou, error) in means)
    )


def films(folder: Path) -> None:
    spec = importlib.util.spec_from_file_location("vectors", folder / "vectors.py")
    assert spec is not None and spec.loader is not None
    vectors = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(vectors)
    rows = []
    for name in vectors.names():
        film = vectors.load(name)
        first, last = ([shape for shape in film.at(k) if len(shape[1])] for k in (0, -1))
        truth = {0.5: drawing_of(film.at(2))}
        shuffled = vectors.shuffled(last, 1)
        other = [shuffled[k] for k in np.random.default_rng(1).permutation(len(shuffled))]
        one = drawing_of(first)
        row = [scored(one, drawing_of(last), true_spans(one, drawing_of(last)), truth)]
        for second in (drawing_of(shuffled), drawing_of(other)):
            row.append(scored(one, second, match(one, second), truth))
        rows.append(row)
        _print(name, np.array(row))
    _print("mean", np.mean(rows, axis=0))


def _print(name: str, row: NDArray[np.float64]) -> None:
    """row (3, 2, 2): of true partners, shuffled strokes, and paint order too; linear and spherical."""
    titles = ("true partners", "shuffled", "order too")
    cells = [f"{title} {scores[0, 0]:.3f} {scores[0, 1]:.3f}" for title, scores in zip(titles, row, strict=True)]
    print(f"{name:36s} " + "   ".join(cells) + f"   (spherical {row[0, 1, 0]:.3f}, {row[1, 1, 0]:.3f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=Path, help="a folder with vectors.py")
    arguments = parser.parse_args()
    dense("choosing", CHOOSING)
    dense("judging", JUDGING)
    if arguments.films:
        films(arguments.films)


if __name__ == "__main__":
    main()
