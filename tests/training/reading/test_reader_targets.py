"""What the reader is trained towards: cells as channels, turned with their pictures, and the loss between the two."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from doodle_core.drawing import Drawing
from doodle_core.reading.cells import CELL, CHANNELS, SLOT, Cells, of_drawing, unpack
from doodle_core.rendering import coverage
from training.reading.figures import measure, ratios
from training.reading.targets import Weights, loss, pack, turned

SIDE = 64
HOOK = [(0.21, 0.26), (0.63, 0.31), (0.43, 0.71)]
DRAWN = Drawing.make([HOOK, [(0.31, 0.81), (0.72, 0.11)], [(0.87, 0.87)]], 1.3 / SIDE)
TURNS = {
    "mirrored": ((True, False, False), lambda p: (1 - p[0], p[1])),
    "upside down": ((False, True, False), lambda p: (p[0], 1 - p[1])),
    "rows for columns": ((False, False, True), lambda p: (p[1], p[0])),
}


def logits(packed: np.ndarray) -> np.ndarray:
    """Channels as the network would say them if it were sure."""
    raw = packed.astype(np.float32)
    shares = [0, 6, SLOT, SLOT + 6, *range(2 * SLOT, CHANNELS)]
    p = np.clip(raw[shares], 1e-6, 1 - 1e-6)
    raw[shares] = np.log(p / (1 - p))
    return raw


def test_cells_come_back_from_their_channels() -> None:
    cells = of_drawing(DRAWN, SIDE)
    back = unpack(logits(pack(cells)))
    there = cells.presence > 0
    assert there.sum() > 30
    for field in fields(Cells):
        one, two = getattr(cells, field.name), getattr(back, field.name)
        if field.name in ("offset", "direction", "radius", "strength"):
            lined = there & (np.hypot(*np.moveaxis(cells.direction, -1, 0)) > 0.5)
            one, two = one[lined], two[lined]
        if field.name == "offset":  # sampled to a part of a pixel, truth may lie a little beyond its cell
            one = np.clip(one, -CELL / 2, CELL / 2)
        np.testing.assert_allclose(one, two, atol=5e-3)


def test_pale_ink_is_told_as_weak() -> None:
    cells = of_drawing(DRAWN, SIDE)
    full, pale = pack(cells), pack(cells, 0.4)
    np.testing.assert_allclose(pale[[6, SLOT + 6]], 0.4 * full[[6, SLOT + 6]], atol=1e-3)
    np.testing.assert_array_equal(np.delete(pale, [6, SLOT + 6], 0), np.delete(full, [6, SLOT + 6], 0))


@pytest.mark.parametrize(("how", "moved"), TURNS.values(), ids=TURNS.keys())
def test_channels_turn_as_drawings_do(how: tuple[bool, bool, bool], moved: object) -> None:
    """What is true of a turned drawing is what is true of the drawing, turned, but for the order of slots."""
    lines = [[moved(p) for p in line] for line in (HOOK, [(0.31, 0.81), (0.72, 0.11)], [(0.87, 0.87)])]  # type: ignore[operator]
    drawing = Drawing.make(lines, 1.3 / SIDE)
    other = of_drawing(drawing, SIDE)
    picture = np.repeat((255 * coverage(DRAWN, SIDE))[..., None], 3, axis=2).astype(np.uint8)
    shown, packed = turned(picture, pack(of_drawing(DRAWN, SIDE)), *how)
    assert np.abs(shown[..., 0] / 255 - coverage(drawing, SIDE)).mean() < 0.003
    figures = ratios(measure(unpack(logits(packed)), pack(other).astype(np.float32)))
    assert figures["missed"] == 0 and figures["false"] == 0
    assert figures["across"] < 0.02 and figures["turn"] < 1 and figures["width"] < 0.01 and figures["line_iou"] > 0.98
    back = unpack(logits(packed))
    for name in ("end", "corner", "junction"):
        np.testing.assert_allclose(getattr(back, name), getattr(other, name), atol=1e-3)


@given(st.lists(st.booleans(), min_size=3, max_size=3), st.integers(0, 2**32 - 1))
def test_turning_by_the_same_twice_is_nothing(how: list[bool], seed: int) -> None:
    dice = np.random.default_rng(seed)
    picture = dice.integers(0, 255, (16, 16, 3), np.uint8)
    packed = dice.normal(size=(CHANNELS, 4, 4)).astype(np.float16)
    swap = how[2]
    once = turned(picture, packed, *how)
    # Rows for columns last, so undone first.
    again = turned(*(turned(*once, False, False, True) if swap else once), how[0], how[1], False)
    np.testing.assert_array_equal(again[0], picture)
    np.testing.assert_array_equal(again[1], packed)


def test_the_truth_costs_least_in_either_order_of_slots() -> None:
    packed = pack(of_drawing(DRAWN, SIDE)).astype(np.float32)
    said = logits(packed)
    swapped = np.concatenate([said[SLOT : 2 * SLOT], said[:SLOT], said[2 * SLOT :]])
    truth = torch.from_numpy(packed)[None]
    right, other = (float(loss(torch.from_numpy(raw)[None], truth, Weights())[0]) for raw in (said, swapped))
    assert right == pytest.approx(other, rel=1e-4)
    dice = np.random.default_rng(0)
    for channels in (slice(0, 1), slice(1, 3), slice(3, 5), slice(5, 6), slice(14, 17), slice(17, 33), slice(33, None)):
        wrong = said.copy()
        wrong[channels] = dice.normal(0, 1, wrong[channels].shape) - 0.5 * wrong[channels]
        assert float(loss(torch.from_numpy(wrong)[None], truth, Weights())[0]) > right + 1e-3


def test_where_nothing_is_only_presence_and_pixels_count() -> None:
    truth = torch.zeros(1, CHANNELS, 4, 4)
    raw = torch.zeros(1, CHANNELS, 4, 4)
    far = raw.clone()
    far[:, 1:6] = 3
    far[:, 6] = -2
    assert float(loss(raw, truth, Weights())[0]) == pytest.approx(float(loss(far, truth, Weights())[0]))


def test_figures_name_what_is_wrong() -> None:
    cells = of_drawing(DRAWN, SIDE)
    truth = pack(cells).astype(np.float32)
    said = logits(truth)

    def figures(change: tuple[slice | int, float]) -> dict[str, float]:
        raw = said.copy()
        raw[change[0]] += change[1]
        return ratios(measure(unpack(raw), truth))

    right = figures((0, 0.0))
    assert right["missed"] == right["false"] == 0 and right["end_recall"] == right["corner_recall"] == 1
    assert figures((slice(0, 1), -99.0))["missed"] > 0.5
    assert figures((slice(0, 1), 99.0))["false"] > 0.5
    assert figures((slice(5, 6), float(np.log(1.5))))["width"] == pytest.approx(0.5, abs=0.12)
    assert figures((slice(1, 3), 0.25))["across"] == pytest.approx(0.4, abs=0.2)
    assert figures((slice(14, 15), -99.0))["end_recall"] == 0
