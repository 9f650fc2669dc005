"""The arrays of a drawing from lists of polylines, and ranges of flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.errors import DoodleError

__all__ = ["from_polylines", "offsets_of", "ranges"]


def offsets_of(lengths: ArrayLike) -> NDArray[np.int32]:
    """Lengths (N,) of parts -> where each begins, and the whole length at the end, (N + 1,) int32."""
    return np.concatenate([[0], np.cumsum(np.asarray(lengths, np.int64))]).astype(np.int32)


def ranges(starts: ArrayLike, stops: ArrayLike) -> NDArray[np.int64]:
    """The whole numbers from each start (N,) up to its stop (N,), one range after the other."""
    first, last = np.asarray(starts, np.int64), np.asarray(stops, np.int64)
    lengths = np.maximum(last - first, 0)
    begins = np.cumsum(lengths) - lengths
    return np.arange(int(lengths.sum())) + np.repeat(first - begins, lengths)


def from_polylines(
    polylines: Sequence[ArrayLike],
    radii: float | Sequence[ArrayLike],
    opacities: float | Sequence[ArrayLike],
    cyclic: bool | Sequence[bool],
    filled: bool | Sequence[bool],
    colours: Sequence[ArrayLike] | None,
) -> dict[str, Any]:
    """The arrays of `Drawing`; arguments and errors are those of `Drawing.make`."""
    lines = [_polyline(line, number) for number, line in enumerate(polylines, 1)]
    lengths = [len(line) for line in lines]
    wide = _per_point(radii, lengths, "radii")
    opaque = _per_point(opacities, lengths, "opacities")
    closed, inside = _per_stroke(cyclic, len(lines), "cyclic"), _per_stroke(filled, len(lines), "filled")
    tints = None if colours is None else _colour_per_point(colours, lengths)
    offsets = offsets_of(lengths)
    owner = np.repeat(np.arange(len(lines)), lengths)
    counts = np.asarray(lengths, np.int64)
    area = inside & (counts > 2)
    lined = np.bincount(owner, wide > 0, len(lines)) > 0
    line = lined | ~area
    # Each polyline once or twice: its area, then its line.
    source = np.repeat(np.arange(len(lines)), area.astype(np.int64) + line)
    first = np.diff(source, prepend=-1) != 0
    areas = area[source] & first
    rows = ranges(offsets[:-1][source], offsets[1:][source])
    of_area = np.repeat(areas, counts[source])
    return {
        "points": _single(np.concatenate([np.zeros((0, 2)), *lines])[rows]),
        "radii": np.where(of_area, np.float32(0), _single(wide[rows])),
        "opacities": _single(opaque[rows]),
        "colours": None if tints is None else _single(tints[rows]),
        "offsets": offsets_of(counts[source]),
        "cyclic": closed[source] | areas,
        "shapes": np.arange(len(source) + 1),
        "areas": areas,
    }


def _single(values: NDArray[np.float64]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # becomes inf, and is refused by name
        return values.astype(np.float32)


def _polyline(line: ArrayLike, number: int) -> NDArray[np.float64]:
    points = np.asarray(line, np.float64)
    if points.size == 0:
        return np.zeros((0, 2))
    if points.ndim != 2 or points.shape[1] != 2:
        raise DoodleError(f"stroke {number} has points of shape {points.shape}; give (n, 2)")
    return points


def _per_point(value: float | Sequence[ArrayLike], lengths: list[int], name: str) -> NDArray[np.float64]:
    if isinstance(value, int | float | np.number):
        return np.full(sum(lengths), float(value))
    if len(value) != len(lengths):
        raise DoodleError(f"{name} have {len(value)} entries for {len(lengths)} strokes; give one a stroke")
    parts = []
    for index, (entry, length) in enumerate(zip(value, lengths, strict=True)):
        numbers = np.asarray(entry, np.float64)
        if numbers.shape not in ((), (length,)):
            raise DoodleError(f"stroke {index + 1} has {length} points and {name} of shape {numbers.shape}")
        parts.append(np.broadcast_to(numbers, (length,)))
    return np.concatenate([np.zeros(0), *parts])


def _colour_per_point(value: Sequence[ArrayLike], lengths: list[int]) -> NDArray[np.float64]:
    if len(value) != len(lengths):
        raise DoodleError(f"colours have {len(value)} entries for {len(lengths)} strokes; give one a stroke")
    parts = []
    for index, (entry, length) in enumerate(zip(value, lengths, strict=True)):
        colour = np.asarray(entry, np.float64)
        if colour.shape not in ((3,), (length, 3)):
            raise DoodleError(f"stroke {index + 1} has {length} points and colours of shape {colour.shape}")
        parts.append(np.broadcast_to(colour, (length, 3)))
    return np.concatenate([np.zeros((0, 3)), *parts])


def _per_stroke(value: bool | Sequence[bool], count: int, name: str) -> NDArray[np.bool_]:
    if isinstance(value, bool | np.bool_):
        return np.full(count, bool(value))
    if len(value) != count:
        raise DoodleError(f"{name} has {len(value)} entries for {count} strokes; give one a stroke")
    return np.asarray(value, np.bool_)
