"""A contact sheet: rows of small pictures, each with its frame number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["Row", "draw"]

SHEET, TEXT, MARK = (255, 255, 255), (120, 116, 108), (200, 60, 30)
GAP = 4  # pixels between cells
TITLE = 22  # height of a row's title


@dataclass(frozen=True)
class Row:
    """One row: a title above it ('' for none), the frames from left to right, and whether they are marked."""

    title: str
    frames: Sequence[int]
    mark: bool = False


def draw(pictures: Mapping[int, NDArray[np.uint8]], rows: Sequence[Row], cell: int) -> NDArray[np.uint8]:
    """The sheet as (H, W, 3) uint8: frame number -> (h, w, 3) uint8 `pictures`, as `rows` say, `cell` pixels each.

    From a titled row on, pictures are as large as its number of columns leaves room for.
    """
    columns = max(len(row.frames) for row in rows)
    width = columns * (cell + GAP) + GAP
    cells = []
    for row in rows:
        if row.title and row.frames:
            cell = (width - GAP) // len(row.frames) - GAP
        cells.append(cell)
    heights = [
        (TITLE if row.title else 0) + (cell + GAP if row.frames else 0) for row, cell in zip(rows, cells, strict=True)
    ]
    sheet = Image.new("RGB", (width, sum(heights) + GAP), SHEET)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    y = GAP
    for row, height, cell in zip(rows, heights, cells, strict=True):
        top = y
        if row.title:
            pen.text((GAP + 2, top + 3), row.title, fill=MARK if row.mark else TEXT, font=font)
            top += TITLE
        for column, frame in enumerate(row.frames):
            x = GAP + column * (cell + GAP)
            small = Image.fromarray(pictures[frame]).resize((cell, cell), Image.Resampling.LANCZOS)
            sheet.paste(small, (x, top))
            pen.text((x + 5, top + 3), str(frame), fill=MARK if row.mark else TEXT, font=font)
            if row.mark:
                pen.rectangle((x, top, x + cell - 1, top + cell - 1), outline=MARK)
        y += height
    return np.asarray(sheet)
