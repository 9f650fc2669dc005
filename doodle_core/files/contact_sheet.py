"""Contact sheets: many frames as small pictures in rows, each with its number."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from doodle_core.errors import DoodleError

__all__ = ["contact_sheet"]

_PAPER, _FRAME, _TEXT = 255, 218, 96  # greys
_GAP, _LABEL = 8, 18  # pixels
_LONGEST = 16384  # pixels a side


def contact_sheet(pictures: Sequence[NDArray[np.uint8]], labels: Sequence[str], columns: int = 0) -> NDArray[np.uint8]:
    """The sheet, (H, W, 3) uint8.

    Parameters
    ----------
    pictures : (N,) of (h, w, 3) uint8
        All of one size; N at least 1.
    labels : (N,) of str
        What stands under each.
    columns : int
        Pictures in a row; 0 for a sheet about as wide as it is high.

    Raises
    ------
    DoodleError
        For a sheet that is more than 16,384 pixels wide or high.
    """
    from PIL import Image, ImageDraw, ImageFont

    high, wide = pictures[0].shape[:2]
    across, down = wide + _GAP, high + _GAP + _LABEL
    columns = min(columns or max(1, round(math.sqrt(len(pictures) * down / across))), len(pictures))
    rows = math.ceil(len(pictures) / columns)
    width, height = columns * across + _GAP, rows * down + _GAP
    if max(width, height) > _LONGEST:
        raise DoodleError(
            f"a sheet of {len(pictures)} pictures would be {width} x {height} pixels; choose fewer frames or a "
            "smaller size"
        )
    sheet = np.full((height, width, 3), _PAPER, np.uint8)
    corners = [(_GAP + n // columns * down, _GAP + n % columns * across) for n in range(len(pictures))]
    for picture, (top, left) in zip(pictures, corners, strict=True):
        sheet[top - 1 : top + high + 1, left - 1 : left + wide + 1] = _FRAME
        sheet[top : top + high, left : left + wide] = picture
    image = Image.fromarray(sheet)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(12)
    for label, (top, left) in zip(labels, corners, strict=True):
        pen.text((left + 1, top + high + 2), label, fill=(_TEXT,) * 3, font=font)
    return np.asarray(image)
