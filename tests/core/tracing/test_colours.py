"""Traced lines have the colours that are seen in the picture."""

import numpy as np

from doodle_core import raster, srgb
from doodle_core.drawing import Drawing, Picture, digest
from doodle_core.pixels import from_pixels
from doodle_core.rendering import render
from doodle_core.tracing.colours import coloured
from doodle_core.tracing.trace import trace

RED, BLUE, GREEN = (220, 20, 30), (30, 60, 230), (10, 160, 40)
LINES = [[[0.1, 0.2], [0.9, 0.25]], [[0.1, 0.5], [0.5, 0.45], [0.9, 0.5]], [[0.2, 0.8], [0.8, 0.8]]]


def seen(lines: list, colours: list, size: int = 128) -> Picture:
    """Lines in colours on white paper, as a picture file has them."""
    linear = [srgb.linear(np.array(colour, np.uint8)) for colour in colours]
    rgba = render(Drawing.make(lines, 0.02, colours=linear), size)
    alpha = rgba[..., 3:]
    return from_pixels(np.rint((alpha * srgb.encoded(rgba[..., :3]) + 1 - alpha) * 255).astype(np.uint8))


def colours_by_height(drawing: Drawing) -> list[np.ndarray]:
    assert drawing.colours is not None
    middles = [drawing.points[drawing.shape_of_vertex == shape, 1].mean() for shape in range(len(drawing))]
    return [drawing.colours[drawing.shape_of_vertex == shape] for shape in np.argsort(middles)]


def test_every_line_has_the_colour_that_it_was_drawn_in() -> None:
    picture = seen(LINES, [RED, BLUE, GREEN])
    found = colours_by_height(coloured(trace(picture), picture))
    assert len(found) == 3
    for colours, drawn in zip(found, (RED, BLUE, GREEN), strict=True):
        # The paper's share is taken out: what ink there is, is stronger, and less of it.
        share = 1 - min(drawn) / 255
        wanted = srgb.linear(np.rint((np.array(drawn) - 255 * (1 - share)) / share).astype(np.uint8))
        assert np.abs(colours - wanted).max() < 0.02
        assert (colours == colours[0]).all()


def test_lines_that_cross_keep_their_own() -> None:
    picture = seen([[[0.1, 0.1], [0.9, 0.9]], [[0.1, 0.9], [0.9, 0.1]]], [(255, 0, 0), (0, 0, 255)])
    drawing = coloured(trace(picture), picture)
    assert len(drawing) == 2 and drawing.colours is not None
    found = {tuple(np.rint(drawing.colours[drawing.shape_of_vertex == shape][0]).tolist()) for shape in range(2)}
    assert found == {(1.0, 0.0, 0.0), (0.0, 0.0, 1.0)}


def test_without_colours_or_lines_nothing_changes() -> None:
    plain = Picture(raster.ink(Drawing.make(LINES, 0.02), 128))
    lines = trace(plain)
    assert coloured(lines, plain) is lines
    blank = Picture(np.zeros((8, 8)), np.zeros((8, 8, 3), np.uint8))
    assert digest(coloured(trace(blank), blank)) == digest(Drawing.make())


def test_lines_beyond_the_canvas_have_the_colour_of_its_edge() -> None:
    picture = seen([[[0.5, 0.5], [1.3, 0.5]]], [(255, 0, 0)])
    colours = coloured(Drawing.make([[[0.5, 0.5], [1.3, 0.5]]], 0.02), picture).colours
    assert colours is not None and (np.rint(colours) == (1, 0, 0)).all()
