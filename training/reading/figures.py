"""How well cells say what is true, by kinds of error: what training prints and `evaluate` tables."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.reading.cells import CELL, SLOT, Cells

__all__ = ["Sums", "measure", "ratios"]

Floats: TypeAlias = NDArray[np.float32]
Sums: TypeAlias = dict[str, float]

_THERE = 0.5


def measure(said: Cells, truth: Floats) -> Sums:
    """Sums over the cells of a picture, to be added up and then read by `ratios`.

    Parameters
    ----------
    said : Cells
    truth : (CHANNELS, h, w) float32
        As `targets.pack` gives it.
    """
    h, w = truth.shape[1:]
    slots = truth[: 2 * SLOT].reshape(2, SLOT, h, w).transpose(2, 3, 0, 1)
    there, found = slots[..., 0] > _THERE, said.presence > _THERE
    none, surely = slots[..., 0] < 0.05, slots[..., 0] > 0.9
    # Pair slots by direction and place.
    offset, direction = slots[..., 1:3] * (CELL / 2), slots[..., 3:5]
    apart = _apart(said.offset, said.direction, offset, direction)
    apart_crossed = _apart(said.offset[:, :, ::-1], said.direction[:, :, ::-1], offset, direction)
    both_there = there.all(-1)
    cost = np.where(there & found, apart, np.where(there != found, 5.0, 0.0)).sum(-1)
    found_crossed = found[..., ::-1]
    cost_crossed = np.where(there & found_crossed, apart_crossed, np.where(there != found_crossed, 5.0, 0.0)).sum(-1)
    swap = cost_crossed < cost
    order = np.where(swap[..., None], [1, 0], [0, 1])

    def paired(values: NDArray[Any]) -> NDArray[Any]:
        index = order if values.ndim == 3 else np.broadcast_to(order[..., None], values.shape)
        return np.take_along_axis(values, index, 2)

    hit = there & paired(found)
    delta = paired(said.offset) - offset
    angle = np.arctan2(direction[..., 1], direction[..., 0]) / 2
    across = np.abs(delta[..., 1] * np.cos(angle) - delta[..., 0] * np.sin(angle))
    cosine = (paired(said.direction) * direction).sum(-1)
    lined = hit & (np.hypot(direction[..., 0], direction[..., 1]) > 0.5)
    turn = np.degrees(np.arccos(np.clip(cosine, -1, 1)) / 2)
    between = np.degrees(np.arccos(np.clip((direction[:, :, 0] * direction[:, :, 1]).sum(-1), -1, 1)) / 2)
    crossing = both_there & surely.all(-1) & (between > 20)
    crossed_right = crossing & hit.all(-1) & (turn < 12).all(-1)
    size = np.abs(paired(said.radius) / np.exp(slots[..., 5]) - 1)
    sums = {
        "there": surely.sum(), "hit": (surely & paired(found)).sum(),
        "none": (none.all(-1)).sum(), "false": (found.any(-1) & none.all(-1)).sum(),
        "lined": lined.sum(), "across": across[lined].sum(), "far": (across[lined] > 0.75).sum(),
        "turn": turn[lined].sum(), "astray": (turn[lined] > 15).sum(),
        "wide": size[lined].sum(), "crossing": crossing.sum(), "crossed": crossed_right.sum(),
    }  # fmt: skip
    marks = {"end": said.end, "corner": said.corner, "junction": said.junction}
    for k, (name, says) in enumerate(marks.items()):
        sums |= _marked(name, says, truth[2 * SLOT + k])
    pixels = truth[2 * SLOT + 3 :].reshape(2, CELL, CELL, h, w).transpose(0, 3, 1, 4, 2)
    for name, says, share in zip(("line", "solid"), (said.line, said.solid), pixels, strict=True):
        flat = share.reshape(CELL * h, CELL * w)
        sums |= {f"{name}_both": np.minimum(says, flat).sum(), f"{name}_any": np.maximum(says, flat).sum()}
    return {name: float(value) for name, value in sums.items()}


def _apart(offset: Floats, direction: Floats, other: Floats, their: Floats) -> Floats:
    return np.abs(offset - other).sum(-1) + 2 * (1 - (direction * their).sum(-1))


def _marked(name: str, says: Floats, true: Floats) -> Sums:
    """Found within a cell's neighbours counts."""
    found, there = says > _THERE, true > _THERE
    return {
        f"{name}_true": float(there.sum()),
        f"{name}_found": float((there & _grown(found)).sum()),
        f"{name}_said": float(found.sum()),
        f"{name}_right": float((found & _grown(there)).sum()),
    }


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    padded = np.pad(mask, 1)
    h, w = mask.shape
    grown: NDArray[np.bool_] = np.logical_or.reduce([padded[y : y + h, x : x + w] for y in range(3) for x in range(3)])
    return grown


def ratios(sums: Sums) -> dict[str, float]:
    """Figures of summed `measure`s: shares, pixels, degrees."""

    def share(part: str, whole: str) -> float:
        return sums[part] / max(sums[whole], 1e-9)

    figures = {
        "missed": 1 - share("hit", "there"),
        "false": share("false", "none"),
        "across": share("across", "lined"),
        "far": share("far", "lined"),
        "turn": share("turn", "lined"),
        "astray": share("astray", "lined"),
        "width": share("wide", "lined"),
        "crossed": share("crossed", "crossing"),
        "line_iou": share("line_both", "line_any"),
        "solid_iou": share("solid_both", "solid_any"),
    }
    for name in ("end", "corner", "junction"):
        figures[f"{name}_recall"] = share(f"{name}_found", f"{name}_true")
        figures[f"{name}_precision"] = share(f"{name}_right", f"{name}_said")
    return figures
