"""How well shapes are matched: `python -m benchmarks.matching [--judge] [--films FOLDER] [--strips FOLDER]`.

With --confidence: how far what the matching says of its own certainty holds, and nothing else; with --links: how much
one link of the artist's heals in pairs of keys that have more than one answer (`training/scenes/ambiguous`).

Dense scenes drawn by code, whose true in-betweens are known (`training/scenes/dense`): keys are matched, aligned, posed
at 1/4, 1/2 and 3/4, painted and compared with the truth: IoU of ink at half coverage; the mean colour error over the
ink of both, over white; and pieces of line (the areas left out) over the truth's. Also the share of contour that became
what it is. Only the scenes to choose by, but with --judge the others, too. --films: a folder with a module `vectors`
that loads vector drawings by animators at five moments. --strips: where to write pictures of every scene.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from doodle_core.drawing import Drawing
from doodle_core.drawing.building import offsets_of
from doodle_core.geometry.contour import Contour, contours_of
from doodle_core.inbetween.alignment import align
from doodle_core.inbetween.posing import Inbetweens
from doodle_core.matching.correspondence import Span
from doodle_core.matching.hints import Hints, LinkEnd
from doodle_core.matching.shapes import match
from doodle_core.model import DoodleModel
from doodle_core.rendering import render
from doodle_core.track import LatentKey
from training.metrics import pieces
from training.scenes.ambiguous import AMBIGUOUS
from training.scenes.dense.hands import HANDS, Drawn, drawn
from training.scenes.dense.scenes import CHOOSING, JUDGING
from training.scenes.dense.shapes import Shape, Sheet
from training.scenes.dense.shapes import drawing_of as sheet_drawing

SIZE = 256
MOMENTS = (0.25, 0.5, 0.75)
METHODS = ("linear", "spherical")


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


def lines_of(drawing: Drawing) -> int:
    """Pieces of line in its picture."""
    return pieces(render(drawing.select(~drawing.areas), SIZE)[..., 3])


def scored(first: Drawing, second: Drawing, spans: Sequence[Span], truths: dict[float, Drawing]) -> NDArray[np.float64]:
    """IoU, colour error and pieces over the truth's with vertices moved straight, and spherically: (2, 3), means over
    the moments."""
    made = Inbetweens(align(first, second, list(spans)))
    rows = []
    for method in METHODS:
        found = [(made.at(t, method)[0], truth) for t, truth in truths.items()]
        cells = [(*compared(one, truth), lines_of(one) / max(lines_of(truth), 1)) for one, truth in found]
        rows.append(np.mean(cells, axis=0))
    return np.array(rows)


def true_spans(first: Drawing, second: Drawing) -> list[Span]:
    """Contour k becomes contour k, vertex by vertex where both have as many."""
    found = []
    for k, (one, two) in enumerate(zip(contours_of(first), contours_of(second), strict=True)):
        same = len(one.lengths) == len(two.lengths)
        ends = slice(None) if same else [0, -1]
        found.append(Span(k, k, one.lengths[ends], two.lengths[ends]))
    return found


def _numbers(shapes: Drawn, drawing: Drawing) -> list[tuple[int, ...]]:
    """Of each contour of a drawing, the numbers of the shapes that it shows."""
    return [shapes[s][1] for s in drawing.shape_of_contour.tolist()]


def right(spans: Sequence[Span], own: Sequence[tuple[int, ...]], other: Sequence[tuple[int, ...]]) -> float:
    """The share of contour of the first key, of what both have, that became what it is."""
    both = {number for one in other for number in one}
    good = total = 0.0
    for span in spans:
        if span.line >= 0 and set(own[span.line]) & both:
            long = float(span.here[-1] - span.here[0])
            total += long
            good += long * (span.other >= 0 and bool(set(own[span.line]) & set(other[span.other])))
    return good / max(total, 1e-9)


def dense(title: str, scenes: dict[str, Callable[[float], Sheet]], strips: Path | None = None) -> None:
    """Print a row a scene and a row of means."""
    rows = []
    for name, draw in scenes.items():
        shapes = draw(0.0).shapes
        first, truths = sheet_drawing(shapes), {t: sheet_drawing(draw(t).shapes) for t in MOMENTS}
        own = [(shapes[s].number,) for s in first.shape_of_contour.tolist()]
        cells, row, shown = [], [], [[truths[t] for t in MOMENTS]]
        for hand in HANDS:
            made = drawn(draw(1.0).shapes, hand, 1)
            second = sheet_drawing([shape for shape, _ in made])
            begun = time.process_time()
            spans = match(first, second)
            spent = time.process_time() - begun
            share = right(spans, own, _numbers(made, second))
            row.append(scored(first, second, spans, truths))
            between = Inbetweens(align(first, second, spans))
            shown.append([between.at(t, "spherical")[0] for t in MOMENTS])
            (iou, error, _), (turned, wrong, count) = row[-1]
            cells.append(
                f"{hand} {iou:.3f} {error:.3f} {turned:.3f} {wrong:.3f} {count:.2f} {share:4.0%} {spent * 1e3:4.0f} ms"
            )
        rows.append(row)
        print(f"{title:8s} {name:8s} {len(first):3d} shapes  " + "   ".join(cells), flush=True)
        if strips:
            _strip(shown, strips / f"{name}.png")
    cells = [
        f"{hand} {one[0]:.3f} {one[1]:.3f} {two[0]:.3f} {two[1]:.3f} {two[2]:.2f}            "
        for hand, (one, two) in zip(HANDS, np.mean(rows, axis=0), strict=True)
    ]
    print(f"{title:8s} mean                 " + "   ".join(cells))


def _strip(rows: Sequence[Sequence[Drawing]], path: Path) -> None:
    """The truth above, then each hand's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = [np.concatenate([over_white(render(one, SIZE)) for one in row], axis=1) for row in rows]
    whole = np.clip(np.concatenate(pictures), 0, 1) ** (1 / 2.2)
    Image.fromarray((whole * 255).astype(np.uint8)).save(path)


def films(folder: Path) -> None:
    """Print a row a film: true partners, strokes shuffled, and paint order shuffled, too."""
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
    """row (3, 2, 3): of true partners, shuffled strokes, and paint order too; linear and spherical."""
    titles = ("true partners", "shuffled", "order too")
    cells = [f"{title} {scores[0, 0]:.3f} {scores[0, 1]:.3f}" for title, scores in zip(titles, row, strict=True)]
    print(f"{name:36s} " + "   ".join(cells) + f"   (spherical {row[0, 1, 0]:.3f}, {row[1, 1, 0]:.3f})")


BINS = (0.0, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0)


def confidence(title: str, scenes: dict[str, Callable[[float], Sheet]]) -> None:
    """Print, of all three hands, the share of contour that is right by how sure it is said to be."""
    print(f"{title:9s} said, right: for {', '.join(f'{a:g} to {b:g}' for a, b in pairwise(BINS))}")
    everything = []
    for hand in HANDS:
        rows = []
        for draw in scenes.values():
            first, made = sheet_drawing(draw(0.0).shapes), drawn(draw(1.0).shapes, hand, 1)
            second = sheet_drawing([shape for shape, _ in made])
            own = [(draw(0.0).shapes[s].number,) for s in first.shape_of_contour.tolist()]
            rows += judged(match(first, second), own, _numbers(made, second))
        print(f"{hand:9s} {_reliability(np.array(rows))}", flush=True)
        everything += rows
    print(f"{'all':9s} {_reliability(np.array(everything))}")


def judged(
    spans: Sequence[Span], own: Sequence[tuple[int, ...]], other: Sequence[tuple[int, ...]]
) -> list[tuple[float, float]]:
    """Of every contour of the first key that has a partner: how sure that is said to be, and whether it is right."""
    pairs = [span for span in spans if span.line >= 0 and span.other >= 0]
    return [(span.sure, float(bool(set(own[span.line]) & set(other[span.other])))) for span in pairs]


def _reliability(rows: NDArray[np.float64]) -> str:
    """rows (N, 2): said and right."""
    cells, off = [], 0.0
    for low, high in pairwise(BINS):
        some = rows[(rows[:, 0] >= low) & ((rows[:, 0] < high) | (high == 1.0))]
        if not len(some):
            cells.append("-               ")
            continue
        said, good = some.mean(axis=0)
        off += len(some) * abs(said - good)
        cells.append(f"{said:.2f} {good:.2f} ({len(some):4d})")
    return "   ".join(cells) + f"   mean difference {off / max(len(rows), 1):.3f}"


def links() -> None:
    """Print a row a pair of keys: shapes that are wrong without links, and with one, two ... at the longest of them."""
    model = DoodleModel.load()
    for name, make in AMBIGUOUS.items():
        first, second = make(1)
        drawings = sheet_drawing(first), sheet_drawing(second)
        chosen: list[tuple[int, int]] = []
        cells = []
        while len(chosen) <= MOST_LINKS:
            keys = linked_keys((first, second), drawings, chosen)
            begun = time.process_time()
            wrong, count = wrong_shapes(model.inbetweens(*keys).aligned.spans, (first, second))
            cells.append(f"{len(wrong):2d} ({(time.process_time() - begun) * 1e3:4.0f} ms)")
            if not wrong:
                break
            worst = max(wrong, key=lambda shape: wrong[shape])
            chosen.append((worst, [shape.number for shape in second].index(first[worst].number)))
        print(f"{name:8s} {count:2d} shapes, wrong with 0, 1, ... links: {', '.join(cells)}", flush=True)


MOST_LINKS = 5


def linked_keys(
    shapes: tuple[Sequence[Shape], Sequence[Shape]], drawings: tuple[Drawing, Drawing], pairs: Sequence[tuple[int, int]]
) -> list[LatentKey]:
    """Two keys with links from the middle of each shape to that of its partner."""
    keys = []
    for key in (0, 1):
        ends = tuple(LinkEnd(k, pair[key], _middle(shapes[key][pair[key]])) for k, pair in enumerate(pairs))
        keys.append(LatentKey(drawings[key], float(key), drawings[key], hints=Hints(ends)))
    return keys


def _middle(shape: Shape) -> tuple[float, float]:
    """Half-way along a shape."""
    outline = Contour(np.asarray(shape.contours[0], np.float64), shape.closed)
    x, y = outline.at([outline.length / 2])[0, :2].tolist()
    return x, y


def wrong_shapes(
    spans: Sequence[Span], shapes: tuple[Sequence[Shape], Sequence[Shape]]
) -> tuple[dict[int, float], int]:
    """Shapes of the first key that became something else than they are, each with the length that did; and how many
    both keys have."""
    numbers = [[shape.number for shape in side] for side in shapes]
    both = set(numbers[0]) & set(numbers[1])
    wrong: dict[int, float] = {}
    for span in spans:
        own = numbers[0][span.line] if span.line >= 0 else None
        if own in both and (span.other < 0 or numbers[1][span.other] != own):
            wrong[span.line] = wrong.get(span.line, 0.0) + float(span.here[-1] - span.here[0])
    return wrong, sum(number in both for number in numbers[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", action="store_true", help="the scenes that are only for judging, too")
    parser.add_argument("--films", type=Path, help="a folder with vectors.py")
    parser.add_argument("--strips", type=Path, help="where to write pictures")
    parser.add_argument("--confidence", action="store_true", help="only whether what is said of certainty holds")
    parser.add_argument("--links", action="store_true", help="only how much links heal")
    arguments = parser.parse_args()
    if arguments.links:
        links()
    if arguments.confidence:
        confidence("choosing", CHOOSING)
        confidence("judging", JUDGING)
    if arguments.links or arguments.confidence:
        return
    dense("choosing", CHOOSING, arguments.strips)
    if arguments.judge:
        dense("judging", JUDGING, arguments.strips)
    if arguments.films:
        films(arguments.films)


if __name__ == "__main__":
    main()
