"""From cells to strokes: what a perfect reader sees comes back as it was drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core.drawing import Drawing
from doodle_core.reading.cells import Cells, of_drawing
from doodle_core.reading.chains import Chains
from doodle_core.reading.nodes import mutual_best
from doodle_core.reading.vectorising import few, strokes_of

SIDE = 256
RADIUS = 1.5 / SIDE
ROUND = np.linspace(0, 2 * np.pi, 60, endpoint=False)
CIRCLE = np.stack([0.5 + 0.3 * np.cos(ROUND), 0.5 + 0.3 * np.sin(ROUND)], axis=1)
EIGHT = np.stack([0.5 + 0.3 * np.sin(ROUND), 0.5 + 0.2 * np.sin(2 * ROUND)], axis=1)
SQUARE = np.array([[0.25, 0.3], [0.75, 0.25], [0.8, 0.7], [0.3, 0.75]])


def read(lines: list, cyclic: bool = False) -> Chains:
    return strokes_of(of_drawing(Drawing.make(lines, RADIUS, cyclic=cyclic), SIDE))


def parts(chains: Chains) -> list[np.ndarray]:
    return [chains.places[a:b] for a, b in zip(chains.offsets[:-1], chains.offsets[1:], strict=True)]


def off(places: np.ndarray, line: np.ndarray, closed: bool = False) -> float:
    """The farthest that any place lies from a polyline of canvas units, working pixels."""
    points = np.concatenate([line, line[:1]] if closed else [line]) * SIDE
    start, across = points[:-1], np.diff(points, axis=0)
    to = places[:, None] - start
    share = np.clip((to * across).sum(-1) / np.maximum((across**2).sum(-1), 1e-12), 0, 1)
    return float(np.hypot(*(to - share[..., None] * across).transpose(2, 0, 1)).min(axis=1).max())


def test_a_line_comes_back_with_its_ends_and_its_radius() -> None:
    line = np.array([[0.2, 0.3], [0.8, 0.55]])
    found = read([line])
    assert len(found) == 1 and not found.cyclic[0]
    ends = found.places[[0, -1]][np.argsort(found.places[[0, -1], 0])]
    assert np.hypot(*(ends - SIDE * line).T).max() < 0.6
    assert off(found.places, line) < 0.2
    assert found.radii == pytest.approx(1.5, abs=0.1)
    assert len(few(found, SIDE).places) <= 5


@pytest.mark.parametrize(("line", "most"), [(CIRCLE, 0.25), (EIGHT, 0.4), (SQUARE, 0.6)], ids=["circle", "8", "square"])
def test_a_closed_line_is_one_cyclic_stroke(line: np.ndarray, most: float) -> None:
    found = read([line], cyclic=True)
    assert found.cyclic.tolist() == [True]
    assert off(found.places, line, closed=True) < most


def test_corners_stay() -> None:
    found = read([SQUARE], cyclic=True)
    nearest = np.hypot(*(SIDE * SQUARE[:, None] - found.places).transpose(2, 0, 1)).min(axis=1)
    assert nearest.max() < 0.7
    kept = few(found, SIDE).places
    assert np.hypot(*(SIDE * SQUARE[:, None] - kept).transpose(2, 0, 1)).min(axis=1).max() < 0.7


@pytest.mark.parametrize("degrees", [90, 45, 25, 15])
def test_lines_that_cross_go_straight_on(degrees: float) -> None:
    half = np.radians(degrees / 2)
    reach = 0.35 * np.array([np.cos(half), np.sin(half)])
    lines = [np.array([0.5 - reach, 0.5 + reach]), np.array([0.5 - reach * (1, -1), 0.5 + reach * (1, -1)])]
    found = parts(read(lines))
    assert len(found) == 2
    best = [min(off(part, line) for line in lines) for part in found]
    assert max(best) < 0.6


def test_a_stem_ends_on_the_middle_of_the_line_that_it_touches() -> None:
    bar, stem = np.array([[0.2, 0.3], [0.8, 0.3]]), np.array([[0.45, 0.3], [0.5, 0.8]])
    found = sorted(parts(read([bar, stem])), key=lambda part: float(np.ptp(part[:, 1])))
    assert len(found) == 2
    top = found[1][np.argmin(found[1][:, 1])]
    assert abs(top[1] - 0.3 * SIDE) < 0.6


def test_a_gap_of_two_cells_is_closed_where_there_is_ink() -> None:
    drawing = Drawing.make([[[0.1, 0.4], [0.9, 0.45]]], RADIUS)
    cells = of_drawing(drawing, SIDE)
    presence = cells.presence.copy()
    presence[:, 30:32] = 0
    holed = {name: getattr(cells, name) for name in Cells.__dataclass_fields__} | {"presence": presence}
    assert len(strokes_of(Cells(**holed))) == 1
    line = cells.line.copy()
    line[:, 4 * 30 : 4 * 32] = 0
    assert len(strokes_of(Cells(**holed | {"line": line}))) == 2


def test_hatching_stays_apart() -> None:
    lines = [np.array([[0.2, 0.3 + 0.02 * k], [0.7, 0.35 + 0.02 * k]]) for k in range(8)]
    found = parts(read(lines))
    assert len(found) == 8
    assert max(min(off(part, line) for line in lines) for part in found) < 0.5


def test_without_ink_there_are_no_strokes() -> None:
    assert len(strokes_of(of_drawing(Drawing.empty(), 64))) == 0


@given(st.lists(st.tuples(*[st.floats(-0.1, 1.1)] * 4), min_size=1, max_size=12))
@settings(max_examples=15, deadline=None)
def test_any_lines_become_strokes_in_the_picture(ends: list) -> None:
    found = read([np.array(four).reshape(2, 2) for four in ends])
    assert np.isfinite(found.places).all() and (found.radii > 0).all()
    assert found.places.min(initial=0) > -8 and found.places.max(initial=0) < SIDE + 8
    assert np.abs(np.hypot(*found.directions.T) - 1).max(initial=0) < 1e-6
    assert (np.diff(found.offsets) > 0).all()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 5)), max_size=30))
def test_mutual_best_takes_pairs_by_rising_cost(given_: list) -> None:
    pairs = np.array([(a, b) for a, b, _ in given_ if a != b], np.int64).reshape(-1, 2)
    costs = np.array([c for a, b, c in given_ if a != b], float)
    used: set[int] = set()
    wanted = []
    for number in np.lexsort((pairs[:, 1], pairs[:, 0], costs)).tolist():
        if not used & set(pairs[number].tolist()):
            used |= set(pairs[number].tolist())
            wanted.append(number)
    assert sorted(mutual_best(pairs, costs, 10).tolist()) == sorted(wanted)
