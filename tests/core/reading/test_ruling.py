"""The ruling of paper is told from a drawing, and a drawing of lines side by side is none."""

import numpy as np
import pytest

from doodle_core import raster
from doodle_core.drawing import Drawing, Picture
from doodle_core.reading.cells import of_drawing
from doodle_core.reading.preview import warning_about
from doodle_core.reading.ruling import ruled
from doodle_core.reading.vectorising import strokes_of

SIDE = 256
DRAWN = np.array([[0.2, 0.2], [0.45, 0.8], [0.8, 0.3]])


def of_ruling(lines: list, drawn: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Which strokes are found to be ruling, and which cross the page level or upright."""
    shapes = [*lines, DRAWN] if drawn else lines
    strokes = strokes_of(of_drawing(Drawing.make(shapes, 1.0 / SIDE), SIDE))
    spans = np.array(
        [np.ptp(strokes.places[a:b], axis=0) for a, b in zip(strokes.offsets[:-1], strokes.offsets[1:], strict=True)]
    )
    return ruled(strokes, SIDE), spans.min(axis=1) < 12


@pytest.mark.parametrize("upright", [False, True])
@pytest.mark.parametrize("turn", [0.0, 0.03])
def test_ruling_is_found_and_the_drawing_stays(upright: bool, turn: float) -> None:
    lines = [np.array([[0.02, y], [0.98, y + turn]]) for y in np.arange(0.05, 0.95, 0.08)]
    found, level = of_ruling([line[:, ::-1] for line in lines] if upright else lines)
    assert found.sum() >= 11
    assert not (found & ~level).any() and not found.all()


@pytest.mark.parametrize(
    "rows",
    [
        np.array([0.1, 0.3, 0.5]),  # few
        np.array([0.05, 0.1, 0.22, 0.27, 0.55, 0.61, 0.9]),  # uneven
    ],
    ids=["few", "uneven"],
)
def test_other_level_lines_are_drawn(rows: np.ndarray) -> None:
    found, _ = of_ruling([np.array([[0.02, y], [0.98, y]]) for y in rows])
    assert not found.any()


def test_hatching_is_drawn() -> None:
    found, _ = of_ruling([np.array([[0.4, y], [0.6, y]]) for y in np.arange(0.3, 0.7, 0.04)])
    assert not found.any()


def ruled_page(gap: int = 16, side: int = 256) -> np.ndarray:
    """Ink of a page with lines across it, every `gap` pixels."""
    ink = np.zeros((side, side), np.float32)
    ink[gap // 2 :: gap] = 0.25
    return ink


def test_ruling_that_is_left_out_is_no_reason_to_warn() -> None:
    line = Drawing.make([[(0.2, 0.3), (0.8, 0.62)]], 0.006)
    picture = Picture(np.maximum(raster.ink(line, 256), ruled_page()))
    assert warning_about(picture, line) == ""
    blot = picture.ink.copy()
    blot[150:200, 40:110] = 1
    assert "was not read" in warning_about(Picture(blot), line)


def test_a_drawing_of_crumbs_is_told_with_numbers() -> None:
    rng = np.random.default_rng(0)
    crumbs = [np.array([place, place + 0.004]) for place in rng.uniform(0.1, 0.9, (400, 2))]
    drawing = Drawing.make([*crumbs, [(0.1, 0.1), (0.9, 0.9)]], 0.002)
    assert "400 of 401 lines" in warning_about(Picture(raster.ink(drawing, 256)), drawing)
    few = Drawing.make(crumbs[:50], 0.002)
    assert "tiny" not in warning_about(Picture(raster.ink(few, 256)), few)
