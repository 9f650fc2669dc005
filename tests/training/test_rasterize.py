"""The training rasterizer against literal cases, and against the library's own, which is written quite differently."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core import raster
from doodle_core.drawing import Drawing
from training.rasterize import LIMIT, SIZE, Segments, field_from_segments, ink_from_field


def segments(lines: list[list[float]], radius: float = 1.0, drawing: int = 0, solid: bool = False) -> Segments:
    ends = torch.tensor(lines, dtype=torch.float32).view(-1, 2, 2)
    width = torch.full((len(ends),), radius)
    where = torch.full((len(ends),), drawing, dtype=torch.int64)
    return Segments(ends[:, 0], ends[:, 1], width, width, where, torch.full((len(ends),), solid))


def test_distances_to_a_horizontal_line_are_exact() -> None:
    field = field_from_segments(segments([[10.5, 32.5, 50.5, 32.5]], radius=1.25), 1)[0]
    column = field[28:37, 30]
    assert torch.allclose(column, torch.tensor([-2.75, -1.75, -0.75, 0.25, 1.25, 0.25, -0.75, -1.75, -2.75]), atol=1e-4)
    assert field[32, 8].item() == pytest.approx(-0.75, abs=1e-4)  # two pixels beyond the round end
    assert field[5, 5].item() == -LIMIT


def test_ink_is_the_area_of_a_long_line() -> None:
    field = field_from_segments(segments([[0.0, 20.3, 64.0, 44.8]], radius=1.0), 1)[0]
    length = float(np.hypot(64.0, 24.5))
    assert ink_from_field(field).sum().item() == pytest.approx(2.0 * length, rel=0.03)


def test_a_solid_square_is_filled_and_its_neighbour_in_the_batch_is_not() -> None:
    corners = [(16.0, 16.0), (48.0, 16.0), (48.0, 48.0), (16.0, 48.0)]
    lines = [[*a, *b] for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    first, second = segments(lines, 0.5, 0, solid=True), segments(lines, 0.5, 1, solid=False)
    both = Segments(*(torch.cat((getattr(first, f), getattr(second, f))) for f in Segments.__dataclass_fields__))
    field = field_from_segments(both, 2)
    assert field[0, 32, 32].item() == LIMIT
    assert field[1, 32, 32].item() == -LIMIT
    assert (field[:, 8, 8] == -LIMIT).all()
    assert ink_from_field(field[0]).sum().item() == pytest.approx(33 * 33, rel=0.02)


def test_lines_far_outside_draw_nothing_and_break_nothing() -> None:
    field = field_from_segments(segments([[-500.0, -500.0, -400.0, 700.0], [1e4, 1e4, 1e4, 1e4]]), 1)
    assert (field == -LIMIT).all()


def test_no_lines_at_all_is_an_empty_square() -> None:
    assert (field_from_segments(segments([]), 3) == -LIMIT).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[st.floats(4, 60)] * 4), min_size=1, max_size=5), st.floats(0.6, 3.0))
def test_agrees_with_the_library_rasterizer(lines: list[tuple[float, ...]], radius: float) -> None:
    ours = field_from_segments(segments([list(line) for line in lines], radius), 1)[0].numpy()
    strokes = [Drawing.make([np.reshape(line, (2, 2)) / SIZE], radii=radius / SIZE) for line in lines]
    # Each stroke's own: where several meet, the library measures the edge of all of them together.
    theirs = np.max([raster.field(stroke, SIZE) for stroke in strokes], axis=0)
    # The library measures what it has painted, of which a pixel is a 255th at best, with edges on quarters of a row: a
    # line that is hardly wider than a pixel says less of where it is.
    assert np.abs(np.clip(ours + 0.5, 0, 1) - np.clip(theirs + 0.5, 0, 1)).max() < 0.12
    near = np.abs(ours) < LIMIT - 0.5
    assert np.abs(ours - theirs)[near].max() < (0.25 if radius > 1 else 0.45)
