"""Tracing: literal drawings come back as they were drawn, scenes closely, and nothing makes it fail."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core import raster
from doodle_core.drawing import Drawing, Picture, digest
from doodle_core.errors import DoodleError
from doodle_core.tracing.thinning import branches, thin
from doodle_core.tracing.trace import trace, trace_field
from training.metrics import iou, pieces
from training.scenes import SCENES

PIXEL = 1 / 64  # a model pixel in canvas units
RADIUS = 1.3 * PIXEL
ROUND = np.linspace(0, 2 * np.pi, 90, endpoint=False)
CIRCLE = np.stack([0.5 + 0.3 * np.cos(ROUND), 0.5 + 0.3 * np.sin(ROUND)], axis=1)
EIGHT = np.stack([0.5 + 0.3 * np.sin(ROUND), 0.5 + 0.2 * np.sin(2 * ROUND)], axis=1)
SPAN = np.linspace(0, 1, 90)
LOOP = np.stack(
    [0.2 + 0.6 * SPAN + 0.3 * np.sin(2 * np.pi * SPAN), 0.5 - 0.2 * np.cos(2 * np.pi * SPAN)],
    axis=1,
)
SQUARE = np.array([[0.25, 0.3], [0.75, 0.25], [0.8, 0.7], [0.3, 0.75]])
TRIANGLE = np.array([[0.2, 0.75], [0.5, 0.2], [0.85, 0.7]])
SIZES = (64, 128, 256)


def picture(lines: list, size: int, cyclic: bool = False, radius: float = RADIUS) -> Picture:
    return Picture(raster.ink(Drawing.make(lines, radius, cyclic=cyclic), size))


def polylines(strokes: Drawing) -> list[np.ndarray]:
    return [strokes.points[a:b] for a, b in zip(strokes.offsets[:-1], strokes.offsets[1:], strict=True)]


def distance(places: np.ndarray, polyline: np.ndarray, closed: bool = False) -> np.ndarray:
    """How far each place (k, 2) lies from a polyline, model pixels."""
    line = np.concatenate([polyline, polyline[:1]]) if closed else polyline
    start, across = line[:-1], np.diff(line, axis=0)
    to = places[:, None] - start
    share = np.clip((to * across).sum(-1) / np.maximum((across**2).sum(-1), 1e-12), 0, 1)
    return np.hypot(*(to - share[..., None] * across).transpose(2, 0, 1)).min(axis=1) / PIXEL


def agreement(strokes: Drawing, ink: Picture) -> float:
    return iou(raster.ink(strokes, 64), raster.ink(ink, 64))


# Literal drawings


@pytest.mark.parametrize("size", SIZES)
def test_a_line_comes_back_with_its_ends_and_its_radius(size: int) -> None:
    line = np.array([[0.2, 0.3], [0.8, 0.55]])
    strokes = trace(picture([line], size))
    assert len(strokes) == 1
    assert not strokes.cyclic[0]
    assert len(strokes.points) <= 4
    ends = strokes.points[[0, -1]]
    ends = ends[np.argsort(ends[:, 0])]
    assert np.hypot(*(ends - line).T).max() < 0.35 * PIXEL
    assert np.abs(strokes.radii - RADIUS).max() < 0.2 * PIXEL
    assert distance(strokes.points, line).max() < 0.1


@pytest.mark.parametrize("size", SIZES)
def test_a_circle_is_one_cyclic_stroke(size: int) -> None:
    strokes = trace(picture([CIRCLE], size, cyclic=True))
    assert strokes.cyclic.tolist() == [True]
    assert len(strokes.points) <= 40
    assert np.abs(np.hypot(*(strokes.points - 0.5).T) - 0.3).max() < 0.15 * PIXEL
    assert np.abs(strokes.radii - RADIUS).max() < 0.12 * PIXEL


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("degrees", [90, 50, 30])
def test_a_crossing_is_two_straight_strokes(size: int, degrees: float) -> None:
    half = np.radians(degrees / 2)
    reach = 0.35 * np.array([np.cos(half), np.sin(half)])
    lines = [np.array([0.5 - reach, 0.5 + reach]), np.array([0.5 - reach * (1, -1), 0.5 + reach * (1, -1)])]
    found = polylines(trace(picture(lines, size)))
    assert len(found) == 2
    nearest = [int(np.argmin([distance(part, line).max() for line in lines])) for part in found]
    assert sorted(nearest) == [0, 1]
    assert max(distance(part, lines[k]).max() for part, k in zip(found, nearest, strict=True)) < (
        0.8 if size == 64 else 0.45
    )


@pytest.mark.parametrize("size", SIZES)
def test_a_branch_ends_on_the_other_lines_middle(size: int) -> None:
    bar, stem = np.array([[0.2, 0.3], [0.8, 0.3]]), np.array([[0.45, 0.3], [0.5, 0.8]])
    found = sorted(polylines(trace(picture([bar, stem], size))), key=lambda part: np.ptp(part[:, 1]))
    assert len(found) == 2
    near = 1.5 if size == 64 else 1.0  # which has hardly a pixel for a line's half
    assert distance(found[0], bar).max() < 0.3 * near
    ends = found[1][[0, -1]]
    assert distance(ends[np.argsort(ends[:, 1])], stem).max() < 0.5 * near
    assert distance(stem, found[1]).max() < 0.5 * near


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("line", "cyclic"), [(EIGHT, True), (LOOP, False)], ids=["eight", "loop"])
def test_one_stroke_that_crosses_itself_stays_one(size: int, line: np.ndarray, cyclic: bool) -> None:
    drawn = picture([line], size, cyclic)
    strokes = trace(drawn)
    assert strokes.cyclic.tolist() == [cyclic]
    assert agreement(strokes, drawn) > 0.95


@pytest.mark.parametrize("radius", [0.8, 1.5, 4.0])
def test_a_dot_is_a_point_with_its_radius(radius: float) -> None:
    strokes = trace(picture([[[0.4, 0.6]]], 128, radius=radius * PIXEL))
    assert strokes.points == pytest.approx(np.array([[0.4, 0.6]]), abs=0.05 * PIXEL)
    assert strokes.radii == pytest.approx([radius * PIXEL], abs=0.1 * PIXEL)


def test_a_short_dash_keeps_its_direction_and_its_length() -> None:
    dash = np.array([[0.48, 0.5], [0.54, 0.53]])
    strokes = trace(picture([dash], 128))
    assert len(strokes.points) == 2
    ends = strokes.points[np.argsort(strokes.points[:, 0])]
    assert np.hypot(*(ends - dash).T).max() < 0.2 * PIXEL


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("polygon", [SQUARE, TRIANGLE], ids=["square", "triangle"])
def test_corners_stay(size: int, polygon: np.ndarray) -> None:
    strokes = trace(picture([polygon], size, cyclic=True))
    assert strokes.cyclic.tolist() == [True]
    nearest = np.hypot(*(polygon[:, None] - strokes.points[None]).transpose(2, 0, 1)).min(axis=1)
    assert nearest.max() < 0.45 * PIXEL
    assert distance(strokes.points, polygon, closed=True).max() < 0.4


def test_a_line_that_leaves_the_canvas_goes_straight_to_its_edge() -> None:
    line = np.array([[0.4, 0.5], [1.2, 0.7]])
    strokes = trace(picture([line], 128))
    assert len(strokes) == 1
    assert distance(strokes.points, line).max() < 0.3
    assert strokes.points[:, 0].max() > 1 - PIXEL


def test_without_ink_there_are_no_strokes() -> None:
    assert len(trace(Picture(np.zeros((32, 32), np.float32)))) == 0
    assert len(trace(Drawing.make())) == 0
    assert len(trace_field(np.full((64, 64), -3, np.float32))) == 0


def test_solid_ink_stays_solid() -> None:
    strokes = trace(Picture(np.ones((32, 32), np.float32)))
    assert raster.ink(strokes, 64)[12:52, 12:52].all()
    disc = picture([[[0.5, 0.5]]], 128, radius=0.3)
    assert agreement(trace(disc), disc) > 0.97


# Scenes


@pytest.mark.parametrize(
    ("size", "least"), [(64, 0.92), (128, 0.93), (256, 0.935), (None, 0.925)], ids=["64", "128", "256", "field"]
)
def test_scenes_come_back(size: int | None, least: float) -> None:
    drawings = [scene.draw(float(k)) for scene, k in zip(SCENES, [0, 1, 2] * len(SCENES), strict=False)][::4]
    overlap, whole = [], []
    for drawing in drawings:
        traced = trace_field(raster.field(drawing, 64)) if size is None else trace(Picture(raster.ink(drawing, size)))
        again, truth = raster.ink(traced, 64), raster.ink(drawing, 64)
        overlap.append(iou(again, truth))
        whole.append(pieces(again) == pieces(truth))
    assert np.mean(overlap) > least
    assert np.mean(whole) >= 0.75


def test_scenes_come_back_in_about_as_many_strokes_as_were_drawn() -> None:
    ratios = []
    for scene in SCENES[1::4]:
        drawing = scene.draw(0.0)
        drawn = np.count_nonzero(np.diff(drawing.offsets))
        ratios.append(len(trace(Picture(raster.ink(drawing, 128)))) / drawn)
    assert 0.75 < np.mean(ratios) < 1.35


# The answer's form


def test_evenly_spaced_points_without_simplifying() -> None:
    strokes = trace(picture([CIRCLE], 128, cyclic=True), simplify=False)
    steps = np.hypot(*(strokes.points - np.roll(strokes.points, 1, axis=0)).T) / PIXEL
    assert steps.min() > 0.85
    assert steps.max() < 1.15


def test_a_looser_tolerance_gives_fewer_points_within_it() -> None:
    drawn = picture([CIRCLE], 128, cyclic=True)
    tight, loose = trace(drawn, tolerance=0.05), trace(drawn, tolerance=0.5)
    assert len(loose.points) < 0.6 * len(tight.points)
    for strokes, tolerance in ((tight, 0.05), (loose, 0.5)):
        assert distance(CIRCLE, strokes.points, closed=True).max() < tolerance + 0.1


def test_the_same_drawing_gives_the_same_strokes() -> None:
    drawn = Picture(raster.ink(SCENES[0].draw(1.0), 96))
    assert digest(trace(drawn)) == digest(trace(Picture(drawn.ink.copy())))


@pytest.mark.parametrize("tolerance", [0.0, -1.0, np.nan, np.inf])
def test_a_tolerance_must_be_above_nothing(tolerance: float) -> None:
    with pytest.raises(DoodleError, match="tolerance"):
        trace(Picture(np.ones((4, 4), np.float32)), tolerance=tolerance)


@pytest.mark.parametrize("values", [np.zeros((4, 5)), np.zeros(4), np.full((4, 4), np.nan)])
def test_a_field_must_be_a_square_of_numbers(values: np.ndarray) -> None:
    with pytest.raises(DoodleError, match="field"):
        trace_field(values.astype(np.float32))


@given(hnp.arrays(np.float32, (16, 16), elements=st.floats(0, 1, width=32)), st.booleans())
@settings(max_examples=8)
def test_any_ink_can_be_traced(ink: np.ndarray, simplify: bool) -> None:
    strokes = trace(Picture(ink), simplify=simplify)
    assert (np.abs(strokes.points - 0.5) < 0.5 + 2.1 * PIXEL).all()
    assert (strokes.radii > 0).all()
    # An enlarged picture's ink is where its field is positive.
    assert (len(strokes) > 0) == bool((raster.field(Picture(ink), 256) > 0).any())


# Thinning


@given(hnp.arrays(np.bool_, (12, 12)))
@settings(max_examples=20)
def test_thinning_keeps_the_pieces_and_the_paths_hold_every_pixel(mask: np.ndarray) -> None:
    skeleton = thin(mask)
    assert not (skeleton & ~mask).any()
    assert pieces(skeleton) == pieces(mask)
    found = branches(skeleton)
    paths = [*found.between, *found.loops, *([pixel] for pixel in found.alone)]
    assert sorted({pixel for path in paths for pixel in path}) == list(range(len(found.pixels)))
    for path in paths:
        assert (np.abs(np.diff(found.pixels[path], axis=0)) <= 1).all()
    assert [len(found.pixels)] == [np.count_nonzero(skeleton)]


@pytest.mark.parametrize("corners", [4, 3, 6])
def test_solid_areas_are_covered(corners: int) -> None:
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False) + 0.3
    outline = np.stack([0.5 + 0.3 * np.cos(turn), 0.5 + 0.3 * np.sin(turn)], axis=1)
    area = Drawing.make([outline], radii=0.005, cyclic=True, filled=True)
    assert iou(raster.ink(trace(area), 64), raster.ink(area, 64)) > 0.85
