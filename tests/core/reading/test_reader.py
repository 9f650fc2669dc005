"""Pictures to drawings, with a perfect network: what it says of cells is computed from what was drawn."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from doodle_core import raster
from doodle_core.drawing import Drawing, Picture
from doodle_core.reading.cells import Cells, of_drawing
from doodle_core.reading.chains import Chains
from doodle_core.reading.fitting import contrast_of, fitted
from doodle_core.reading.reader import read
from doodle_core.reading.scales import line_radius, working_side
from doodle_core.reading.settings import Reading
from doodle_core.rendering import render

SIDE = 128
LINE = np.array([[0.2, 0.3], [0.8, 0.55]])


def read_back(drawing: Drawing, side: int = SIDE, reading: Reading | None = None) -> Drawing:
    return read(Picture(raster.ink(drawing, side)), lambda shown: of_drawing(drawing, len(shown)), reading)


def chain(places: np.ndarray, radius: float) -> Chains:
    """One stroke with points a pixel apart."""
    way = np.gradient(places, axis=0)
    way /= np.hypot(*way.T)[:, None]
    count = len(places)
    values = np.ones(count)
    return Chains(
        places,
        way,
        radius * values,
        values,
        values,
        np.zeros(count, bool),
        np.array([0, count]),
        np.array([False]),
        np.arange(count),
    )


@pytest.mark.parametrize(("moved", "wider"), [(0.7, 1.0), (-0.4, 1.3), (0.0, 0.75)])
def test_strokes_move_to_the_middle_of_their_ink_and_are_as_wide(moved: float, wider: float) -> None:
    ink = raster.ink(Drawing.make([np.array([[0.1, 0.5], [0.9, 0.5]])], 2.0 / SIDE), SIDE)
    x = np.arange(20.0, 108.0)
    found = fitted(chain(np.stack([x, np.full(len(x), 64 + moved)], axis=1), 2.0 * wider), ink)
    assert np.abs(found.places[5:-5, 1] - 64).max() < 0.1
    assert found.radii[5:-5] == pytest.approx(2.0, abs=0.1)


def test_beside_another_line_a_stroke_stays() -> None:
    lines = [np.array([[0.1, y], [0.9, y]]) for y in (0.5, 0.53)]
    ink = raster.ink(Drawing.make(lines, 1.5 / SIDE), SIDE)
    x = np.arange(20.0, 108.0)
    drawn = chain(np.stack([x, np.full(len(x), 64.0)], axis=1), 1.5)
    assert np.abs(fitted(drawn, ink).places - drawn.places).max() < 0.3


def test_contrast_is_how_far_a_colour_is_from_white() -> None:
    shown = np.array([[[1, 1, 1], [0, 0, 0], [1, 0.25, 1]]], np.float32)
    assert contrast_of(shown).tolist() == [[0, 1, 0.75]]


@pytest.mark.parametrize("side", [64, 128, 512])
def test_radii_come_back_at_any_size(side: int) -> None:
    drawing = Drawing.make([LINE, LINE[:, ::-1] + (0, 0.3)], 10 / 512)
    found = read_back(drawing, side)
    assert len(found) == 2
    assert np.median(found.radii) == pytest.approx(10 / 512, rel=0.05)


@pytest.mark.parametrize("radius", [1.2, 2.0, 3.0])
def test_a_dot_is_one_point(radius: float) -> None:
    found = read_back(Drawing.make([np.array([[0.5, 0.4]])], radius / SIDE))
    assert np.diff(found.offsets).tolist() == [1]
    assert np.abs(found.points - (0.5, 0.4)).max() < 0.6 / SIDE
    assert found.radii[0] == pytest.approx(radius / SIDE, rel=0.25)


def test_a_small_mouth_is_one_stroke() -> None:
    """Two short arms that meet at an angle are not two dots."""
    mouth = np.array([[0.49, 0.34], [0.525, 0.367], [0.57, 0.34]])
    found = read_back(Drawing.make([mouth], 2.0 / SIDE))
    assert len(found) == 1
    assert np.ptp(found.points, axis=0) == pytest.approx(np.ptp(mouth, axis=0), abs=1.2 / SIDE)


def test_colours_come_back() -> None:
    drawing = Drawing.make([LINE, LINE[:, ::-1]], 2.5 / SIDE, colours=[(1, 0, 0), (0, 0, 1)])
    ink = raster.ink(drawing, SIDE)
    red = ink.copy()
    red[:, SIDE // 2 :] = 0
    colours = np.zeros((SIDE, SIDE, 3), np.uint8)
    first = raster.ink(Drawing.make([LINE], 2.5 / SIDE), SIDE) > 0
    colours[..., 0], colours[..., 2] = np.where(first, 255, 0), np.where(first, 0, 255)
    found = read(Picture(ink, colours), lambda shown: of_drawing(drawing, len(shown)))
    assert found.colours is not None and len(found) == 2
    assert {tuple(found.colours[first].round(2).tolist()) for first in found.offsets[:-1]} == {(1, 0, 0), (0, 0, 1)}


def test_what_is_smaller_than_the_smallest_line_is_dust() -> None:
    speck = np.array([[0.5, 0.8], [0.52, 0.8]])
    drawing = Drawing.make([LINE, speck], 1.5 / SIDE)
    assert len(read_back(drawing)) == 2
    assert len(read_back(drawing, reading=Reading(smallest=8))) == 1


def test_what_the_edge_has_cut_off_is_left_out() -> None:
    rest = np.array([[0.5, 0.995], [0.51, 0.995]])
    assert len(read_back(Drawing.make([LINE, rest], 1.2 / SIDE), 256)) == 1


@pytest.mark.parametrize(("side", "radius"), [(96, 2.2), (256, 0.8), (512, 1.0), (512, 3.0), (1024, 2.0), (1024, 6.0)])
def test_the_width_of_lines_is_measured(side: int, radius: float) -> None:
    ink = raster.ink(Drawing.make([LINE, LINE[:, ::-1]], radius / side), side)
    shown = np.repeat(1 - ink[..., None], 3, axis=2)
    assert line_radius(shown) == pytest.approx(radius, rel=0.25)
    assert working_side(shown) % 8 == 0


@settings(max_examples=20, deadline=None)
@given(arrays.arrays(np.float32, (16, 16), elements=st.floats(0, 1, width=32)), st.integers(0, 2**31))
def test_any_ink_and_any_cells_give_a_drawing(ink: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)

    def see(shown: np.ndarray) -> Cells:
        rows = len(shown) // 4
        angle = rng.uniform(0, 2 * np.pi, (rows, rows, 2))
        pixels = rng.uniform(0, 1, (2, *shown.shape[:2])).astype(np.float32)
        return Cells(
            presence=rng.uniform(0, 1, (rows, rows, 2)).astype(np.float32),
            offset=rng.uniform(-2, 2, (rows, rows, 2, 2)).astype(np.float32),
            direction=np.stack([np.cos(angle), np.sin(angle)], axis=-1).astype(np.float32),
            radius=rng.uniform(0.2, 6, (rows, rows, 2)).astype(np.float32),
            strength=rng.uniform(0, 1, (rows, rows, 2)).astype(np.float32),
            end=rng.uniform(0, 1, (rows, rows)).astype(np.float32),
            corner=rng.uniform(0, 1, (rows, rows)).astype(np.float32),
            junction=rng.uniform(0, 1, (rows, rows)).astype(np.float32),
            line=pixels[0],
            solid=pixels[1],
        )

    found = read(Picture(np.repeat(np.repeat(ink, 4, 0), 4, 1)), see)
    assert np.isfinite(found.points).all() and np.isfinite(found.radii).all()
    assert (found.radii >= 0).all() and (found.opacities >= 0).all() and (found.opacities <= 1).all()


@pytest.mark.parametrize("level", [0.35, 0.6, 1.0])
def test_lines_are_as_dark_as_their_ink(level: float) -> None:
    """So the frames beside a key in pale pencil are as pale as the key, which shows the picture itself."""
    lines = [LINE, LINE[:, ::-1], np.array([[0.1, 0.8], [0.6, 0.9]])]
    drawing = Drawing.make(lines, 2.2 / 256, level)
    picture = Picture(level * raster.ink(replace(drawing, opacities=np.ones_like(drawing.opacities)), 256))
    found = read(picture, lambda shown: of_drawing(drawing, len(shown)))
    assert found.opacities == pytest.approx(level, abs=0.06)
    assert len(np.unique(found.opacities)) == 1  # of one pen
    shown = render(found, 256)[..., 3]
    assert shown.sum() == pytest.approx(picture.ink.sum(), rel=0.06)
    assert np.percentile(shown[shown > 0.2], 90) == pytest.approx(level, abs=0.07)


def test_a_line_much_fainter_than_the_others_stays_fainter() -> None:
    lines = [np.array([[0.1, y], [0.9, y]]) for y in (0.2, 0.4, 0.6, 0.8)]
    levels = [0.9, 0.9, 0.85, 0.3]
    drawing = Drawing.make(lines, 2.2 / 256, levels)
    picture = Picture(render(drawing, 256)[..., 3])
    found = read(picture, lambda shown: of_drawing(drawing, len(shown)))
    assert np.sort(found.opacities[found.offsets[:-1]]) == pytest.approx([0.3, 0.9, 0.9, 0.9], abs=0.1)


def test_grain_that_falls_to_pieces_is_read_again_from_further_away() -> None:
    drawing = Drawing.make([LINE], 3 / 256)
    picture = Picture(raster.ink(drawing, 256))
    asked = []

    def see(shown: np.ndarray) -> Cells:
        asked.append(len(shown))
        cells = of_drawing(drawing, len(shown))
        if len(asked) > 1:
            return cells
        unsure = np.random.default_rng(0).random(cells.presence.shape).astype(np.float32)
        return replace(cells, presence=0.75 * cells.presence * (unsure > 0.4))

    found = read(picture, see)
    assert len(asked) == 2 and asked[1] <= asked[0] / 2 + 8
    assert len(found) == 1 and not found.filled[0]
