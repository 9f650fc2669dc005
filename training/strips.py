"""A sheet of small drawings with labels, to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["save_strip"]

_SCALE = 2  # screen pixels a pixel of ink
_GAP = 4
_LABEL = 150
_PAPER, _KEY_PAPER, _ROOM = (255, 255, 255), (255, 244, 214), (222, 222, 222)


def save_strip(
    path: Path, rows: Sequence[tuple[str, Sequence[NDArray[np.floating[Any]] | None]]], is_key: Sequence[bool]
) -> None:
    """Write rows of inks (n, n), each with a label, as a PNG; None leaves a cell free. Keys get warmer paper.

    Pixels are shown as they are, twice as large, so that half-tones and breaks can be judged.
    """
    side = next(len(ink) for _, inks in rows for ink in inks if ink is not None) * _SCALE
    step = side + _GAP
    sheet = Image.new("RGB", (_LABEL + step * len(is_key) + _GAP, step * len(rows) + _GAP), _ROOM)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=13)
    for j, (label, inks) in enumerate(rows):
        top = _GAP + j * step
        pen.multiline_text((8, top + 8), _wrapped(label), fill=(40, 40, 40), font=font)
        for i, (ink, key) in enumerate(zip(inks, is_key, strict=True)):
            if ink is None:
                continue
            paper = np.array(_KEY_PAPER if key else _PAPER, np.float64)
            shown = np.rint((1 - np.clip(ink, 0, 1))[..., None] * paper).astype(np.uint8)
            cell = Image.fromarray(shown).resize((side, side), Image.Resampling.NEAREST)
            sheet.paste(cell, (_LABEL + i * step, top))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, optimize=True)


def _wrapped(label: str, width: int = 19) -> str:
    lines = [""]
    for word in label.split():
        fits = len(lines[-1]) + 1 + len(word) <= width
        lines[-1:] = [f"{lines[-1]} {word}".strip()] if fits or not lines[-1] else [lines[-1], word]
    return "\n".join(lines)
