"""Every picture stands in its place, above its number."""

from __future__ import annotations

import numpy as np
import pytest

from doodle_core.errors import DoodleError
from doodle_core.files.contact_sheet import contact_sheet


def _plain(count: int, high: int = 30, wide: int = 40) -> list[np.ndarray]:
    return [np.full((high, wide, 3), 10 * number, np.uint8) for number in range(count)]


def test_pictures_are_in_rows_in_their_order() -> None:
    sheet = contact_sheet(_plain(5), ["1", "2", "3", "4", "5"], columns=3)
    assert sheet.shape == (2 * (30 + 8 + 18) + 8, 3 * 48 + 8, 3)
    shown = [int(sheet[8 + 15 + 56 * row, 8 + 20 + 48 * column, 0]) for row in (0, 1) for column in (0, 1, 2)]
    assert shown == [0, 10, 20, 30, 40, 255]
    labels = [sheet[8 + 30 + 56 * row + 2 :, 8 + 48 * column :][:16, :40].min() for row, column in ((0, 0), (1, 1))]
    assert max(labels) < 160 and sheet[8 + 30 + 56 + 2 :, 8 + 2 * 48 :][:16, :40].min() == 255


def test_without_columns_it_is_about_square() -> None:
    height, width = contact_sheet(_plain(30, 50, 50), [""] * 30).shape[:2]
    assert 0.6 < width / height < 1.6
    assert contact_sheet(_plain(1), ["1"], columns=4).shape[1] == 56  # no empty columns


def test_too_large_a_sheet_is_refused() -> None:
    with pytest.raises(DoodleError, match="fewer frames"):
        contact_sheet(_plain(9, 4000, 4000), [""] * 9, columns=5)
