"""Which runs are painted as one shape, in which order, and with what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import Contour
from doodle_core.inbetween.aligned import Shapes
from doodle_core.inbetween.run import Run

__all__ = ["grouped"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Pair: TypeAlias = tuple[int, int]

_PLAIN = 2  # radius and opacity, before the colour


def grouped(
    runs: Sequence[tuple[Run, int]],
    offsets: Ints,
    drawings: tuple[Drawing, Drawing],
    outlines: tuple[Sequence[Contour], Sequence[Contour]],
) -> Shapes:
    """The shapes that runs make.

    Parameters
    ----------
    runs
        Each with the number of the run of the geometry whose vertices it has.
    offsets : (R + 1,) int64
        Of the runs of the geometry, as in `Aligned`.
    """
    pairs = _pairs([run for run, _ in runs], drawings)
    chosen: dict[Pair, list[int]] = {}
    for number, pair in enumerate(pairs):
        chosen.setdefault(pair, []).append(number)
    origins = sorted(chosen)
    order = [number for pair in origins for number in chosen[pair]]
    some = [runs[number][0] for number in order]
    geometry = [runs[number][1] for number in order]
    lengths = [len(run) for run in some]
    values = [_values(run, drawings, outlines) for run in some]
    width = values[0].shape[1] if values else _PLAIN
    key_of = [0 if pair[0] >= 0 else 1 for pair in origins]
    areas = [bool(drawings[key].areas[pair[key]]) for key, pair in zip(key_of, origins, strict=True)]
    styles, layers = (_both(origins, drawings, name) for name in ("styles", "layers"))
    return Shapes(
        vertices=np.concatenate(
            [np.zeros(0, np.int64), *(np.arange(offsets[number], offsets[number + 1]) for number in geometry)]
        ),
        offsets=np.cumsum([0, *lengths]),
        cyclic=np.array([run.cyclic for run in some], bool),
        runs=np.array(geometry, np.int64),
        sources=np.array(order, np.int64),
        shapes=np.cumsum([0, *(len(chosen[pair]) for pair in origins)]),
        areas=np.array(areas, bool),
        values=np.concatenate([np.zeros((2, width, 0), np.float32), *values], axis=2, dtype=np.float32),
        origins=np.array(origins, np.int64).reshape(-1, 2),
        styles=styles,
        layers=layers,
        orders=np.stack([_order(origins, layers[:, key], key) for key in (0, 1)]),
        caps=_caps(origins, [runs[chosen[pair][0]][0] for pair in origins], drawings),
        depths=_deep(drawings),
    )


def _pairs(runs: Sequence[Run], drawings: tuple[Drawing, Drawing]) -> list[Pair]:
    """The shape of the first and of the second key that each run is painted with; -1 for none.

    What only one key has of a shape that both have is painted with the rest of it.
    """
    shapes = [drawing.shape_of_contour for drawing in drawings]
    answer: list[Pair] = []
    reach: dict[Pair, int] = {}
    for run in runs:
        pair = (
            int(shapes[0][run.line]) if run.line >= 0 else -1,
            int(shapes[1][run.other]) if run.other >= 0 else -1,
        )
        answer.append(pair)
        if min(pair) >= 0:
            reach[pair] = reach.get(pair, 0) + len(run)
    best: tuple[dict[int, Pair], dict[int, Pair]] = ({}, {})
    for pair in sorted(reach, key=lambda pair: (reach[pair], pair)):
        best[0][pair[0]] = best[1][pair[1]] = pair
    return [
        pair if min(pair) >= 0 else best[0].get(pair[0], pair) if pair[0] >= 0 else best[1].get(pair[1], pair)
        for pair in answer
    ]


def _values(
    run: Run, drawings: tuple[Drawing, Drawing], outlines: tuple[Sequence[Contour], Sequence[Contour]]
) -> Floats:
    """Radius, opacity, colour and depth of a run's vertices at either key, (2, 2 to 6, n)."""
    known = [drawing.colours is not None for drawing in drawings]
    lengths = (run.here, run.there)
    there: list[Floats | None] = [None, None]
    for key, contour in enumerate((run.line, run.other)):
        if contour >= 0:
            there[key] = outlines[key][contour].at(lengths[key])[:, 2:]
    first, second = there
    if first is None or second is None:
        own = second if first is None else first
        assert own is not None  # a run lies on a contour of one key at least
        other = own.copy()
        if not run.drawn:
            other[:, 0] = 0.0  # a dot goes by thickness; to an area its radius makes no difference
        first, second = (other, own) if first is None else (own, other)
    width = _PLAIN + 3 * any(known)
    if not _deep(drawings):
        return np.stack([_filled(first, second, width).T, _filled(second, first, width).T])
    flat = _filled(first[:, :-1], second[:, :-1], width), _filled(second[:, :-1], first[:, :-1], width)
    return np.stack([np.column_stack([flat[0], first[:, -1]]).T, np.column_stack([flat[1], second[:, -1]]).T])


def _deep(drawings: tuple[Drawing, Drawing]) -> bool:
    """Whether the last value of all vertices is their depth."""
    return any(drawing.depths is not None for drawing in drawings)


def _filled(values: Floats, other: Floats, width: int) -> Floats:
    """Values with the other key's colours where their own are not known; black where neither's are."""
    if values.shape[1] >= width:
        return values[:, :width]
    colours = other[:, _PLAIN:width] if other.shape[1] >= width else np.zeros((len(values), width - _PLAIN))
    return np.concatenate([values, colours], axis=1)


def _both(origins: Sequence[Pair], drawings: tuple[Drawing, Drawing], name: str) -> Ints:
    """Styles or layers at either key, (S, 2); a shape that only one key has keeps its own."""
    answer = np.zeros((len(origins), 2), np.int64)
    for row, pair in enumerate(origins):
        for key in (0, 1):
            own = key if pair[key] >= 0 else 1 - key
            answer[row, key] = getattr(drawings[own], name)[pair[own]]
    return answer


def _caps(origins: Sequence[Pair], firsts: Sequence[Run], drawings: tuple[Drawing, Drawing]) -> NDArray[np.int8] | None:
    """Which ends are flat at either key, (S, 2), as the shapes' vertices go; None where all are round."""
    if all(drawing.caps is None for drawing in drawings):
        return None
    answer = np.zeros((len(origins), 2), np.int8)
    for row, (pair, run) in enumerate(zip(origins, firsts, strict=True)):
        found: list[int | None] = [None, None]
        for key, drawing in enumerate(drawings):
            if pair[key] >= 0:
                found[key] = 0 if drawing.caps is None else int(drawing.caps[pair[key]])
        other = found[1]
        if other is not None and len(run.there) > 1 and run.there[-1] < run.there[0]:
            found[1] = (other >> 1) | ((other & 1) << 1)  # it runs the other way
        first, second = found
        answer[row] = (second if first is None else first), (first if second is None else second)
    return answer


def _order(origins: Sequence[Pair], layers: Ints, key: int) -> Ints:
    """The shapes from back to front as one key has them. What only the other key has comes right after the shape that
    it lies on there; layers stay apart."""
    other = 1 - key
    rank = {}
    # From back to front at the other key: what a lone shape follows is known before it.
    below: dict[int, float] = {}
    for row in sorted(range(len(origins)), key=lambda row: origins[row][other]):
        pair, layer = origins[row], int(layers[row])
        if pair[key] >= 0:
            rank[row] = (layer, float(pair[key]), 0, pair[other])
            below[layer] = float(pair[key])
        else:
            rank[row] = (layer, below.get(layer, -1.0), 1, pair[other])
    return np.array(sorted(rank, key=lambda row: rank[row]), np.int64)
