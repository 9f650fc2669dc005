"""Where strokes meet and were read badly: they go straight on all the same."""

from itertools import pairwise

import numpy as np
import pytest

from doodle_core.drawing import Drawing
from doodle_core.reading.cells import CELL, Cells, of_drawing
from doodle_core.reading.chains import Chains
from doodle_core.reading.vectorising import strokes_of

SIDE = 192
RADIUS = 1.5 / SIDE


def star(count: int, turned: float = 0.1, spread: float = np.pi) -> list[np.ndarray]:
    """Straight lines through the middle, at even angles."""
    angles = turned + spread * np.arange(count) / count
    along = 0.35 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return [np.array([0.5 - way, 0.5 + way]) for way in along]


def spoilt(cells: Cells, reach: float, seed: int) -> Cells:
    """Cells of which those near the middle say anything."""
    rng = np.random.default_rng(seed)
    grid = (np.arange(SIDE // CELL) + 0.5) * CELL - SIDE / 2
    near = np.hypot(*np.meshgrid(grid, grid)) < reach
    count = int(near.sum())
    values = {name: getattr(cells, name).copy() for name in Cells.__dataclass_fields__}
    values["presence"][near] = rng.choice([0.0, 0.9], (count, 2))
    angle = rng.uniform(0, 2 * np.pi, (count, 2))
    values["direction"][near] = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    values["offset"][near] = rng.uniform(-1.5, 1.5, (count, 2, 2))
    values["radius"][near] = RADIUS * SIDE
    return Cells(**values)


def whole(found: Chains, lines: list[np.ndarray]) -> int:
    """How many of some straight lines one stroke follows from end to end."""
    count = 0
    for line in lines:
        start, end = line * SIDE
        along = (end - start) / np.hypot(*(end - start))
        for low, high in pairwise(found.offsets):
            off = found.places[low:high] - start
            beside = np.abs(off[:, 0] * along[1] - off[:, 1] * along[0]).max()
            reach = np.ptp(off @ along)
            count += beside < 1.5 and reach > 0.95 * np.hypot(*(end - start))
    return count


@pytest.mark.parametrize(
    ("count", "spread", "reach", "least"), [(2, 1.0, 5, 0.9), (2, 0.6, 7, 0.65), (3, 1.0, 6, 0.95), (3, 1.0, 8, 0.65)]
)
def test_strokes_go_straight_on_through_what_was_read_badly(
    count: int, spread: float, reach: float, least: float
) -> None:
    """Of many: some of what is spoilt looks like a line that leads there."""
    straight = 0
    for seed in range(16):
        lines = star(count, 0.1 + 0.37 * seed, spread * np.pi)
        cells = spoilt(of_drawing(Drawing.make(lines, RADIUS), SIDE), reach, seed)
        straight += whole(strokes_of(cells), lines)
    assert straight >= least * 16 * count


@pytest.mark.parametrize("seed", range(4))
def test_bent_strokes_stay_bent(seed: int) -> None:
    t = np.linspace(-0.9, 0.9, 60)
    arcs = [np.stack([0.5 + 0.35 * np.sin(t), 0.5 + sign * 0.35 * (1 - np.cos(t))], axis=1) for sign in (-1, 1)]
    upright = np.array([[0.5, 0.2], [0.5, 0.8]])
    found = strokes_of(spoilt(of_drawing(Drawing.make([arcs[0], upright], RADIUS), SIDE), 6, seed))
    for low, high in pairwise(found.offsets):
        away = np.hypot(*(found.places[low:high, None] - SIDE * arcs[0]).transpose(2, 0, 1)).min(axis=1)
        if away.max() < 2.0 and np.ptp(found.places[low:high, 0]) > 0.9 * np.ptp(arcs[0][:, 0]) * SIDE:
            return
    pytest.fail("no stroke follows the arc")


def test_what_was_read_well_stays_as_it_is() -> None:
    """A stem that ends on a bar is no part of it, and two lines that touch do not become two others."""
    bar, stem = np.array([[0.2, 0.5], [0.8, 0.5]]), np.array([[0.5, 0.5], [0.52, 0.85]])
    found = strokes_of(of_drawing(Drawing.make([bar, stem], RADIUS), SIDE))
    assert len(found) == 2 and whole(found, [bar]) == 1
