"""The evaluation tells good in-betweens from bad ones, and says so in a table."""

from __future__ import annotations

import json
import math
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from doodle_core import raster
from doodle_core.drawing import Drawing
from doodle_core.model import DoodleModel
from training import evaluate
from training.scenes import SCENES, Scene

WEIGHTS = Path(__file__).parents[2] / "weights"


def moved(t: float) -> Drawing:
    """A line that goes eight pixels to the right a key."""
    x = 0.25 + t / 8
    return Drawing.make([[(x, 0.25), (x, 0.75)]], 2 / 64)


SCENE = Scene("line", moved, 3)
STRANGER = Scene("stranger", lambda t: moved(round(t)), 3, truth=False)


def figures(label: str, scene: Scene) -> evaluate.Figures:
    (way,) = [way for way in evaluate.baselines() if way.label == label]
    return evaluate.measure(way, scene)


def test_the_truth_is_without_fault() -> None:
    found = figures("true drawings", SCENE)
    assert (found.chamfer, found.iou, found.pieces) == (0, 1, 0)
    assert math.isnan(found.key_iou)  # nothing is redrawn


def test_points_that_truly_go_straight_are_moved_rightly() -> None:
    found = figures("true strokes, points moved straight", SCENE)
    assert (found.chamfer, found.iou) == (0, 1)


def test_a_cross_fade_is_even_grey_and_doubled() -> None:
    found = figures("cross-fade", SCENE)
    assert found.evenness == pytest.approx(1)
    assert found.half_tone > 0.3
    assert found.pieces == pytest.approx(1 / 3)  # half-way both lines show; before and after, the stronger one
    # Four columns of ink, two off at 1/4 and 3/4: 0, 0, 1, 2 pixels. Half-way 1 to 4 there, 1, 2, 2, 1 back.
    assert found.chamfer == pytest.approx(100 * (0.75 + (2.5 + 1.5) / 2 + 0.75) / 3 / 64, rel=0.05)


def test_scenes_without_truth_are_measured_against_their_keys() -> None:
    found = figures("cross-fade", STRANGER)
    assert found.strange_pieces == pytest.approx(1 / 3)
    assert math.isnan(found.chamfer)
    assert math.isnan(found.pieces)


def test_far_fields_are_distances_beyond_the_limit() -> None:
    field = evaluate.far_field(moved(0))  # from x = 16 +- 2
    assert field[32, 16] == pytest.approx(1.5, abs=0.01)
    assert field[32, 50] == pytest.approx(-(50.5 - 18), abs=0.15)
    assert (evaluate.far_field(Drawing.make()) == -64).all()
    near = np.abs(field) < raster.FIELD_LIMIT - 0.1
    assert np.array_equal(field[near], raster.field(moved(0), 64)[near])


def test_a_row_is_the_mean_of_its_scenes_and_empty_cells_are_dashes() -> None:
    result = evaluate.Result("row", evaluate.Figures(iou=0.5), {}, evaluate.Cost(2e6))
    assert evaluate.table([result]).splitlines()[2] == "| row | - | - | 0.500 | - | - | - | - | 2.0 | - | - |"
    result = evaluate.Result("row", evaluate.Figures(), {}, evaluate.Cost(math.nan, 1.5, 20))
    assert evaluate.table([result]).splitlines()[2].endswith("| - | 1.50 | 20.00 |")


def test_the_worst_scenes_come_first() -> None:
    scenes = {name: evaluate.Figures(chamfer=c) for name, c in (("a", 0.1), ("b", 3.0), ("c", math.nan), ("d", 1.0))}
    assert evaluate.Result("row", evaluate.Figures(), scenes).worst(2) == ["b", "d"]


def test_the_short_form_writes_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main(["--short", "--output", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == [way.label for way in evaluate.baselines()]
    record = json.loads((tmp_path / "results-short.json").read_text(encoding="utf-8"))
    assert set(record["rows"][0]["scenes"]) == set(evaluate.SHORT)
    assert record["rows"][0]["mean"]["chamfer"] == 0
    assert record["rows"][0]["mean"]["key_iou"] is None


def test_a_missing_model_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main(["--short", "--model", str(tmp_path / "nowhere"), "--output", str(tmp_path)]) == 2
    assert "nowhere" in capsys.readouterr().err


# --- Stroke models


@pytest.fixture(scope="module")
def ways() -> dict[str, evaluate.Way]:
    model = DoodleModel.load(WEIGHTS, engine="onnx", threads=1)
    return {way.label: way for way in evaluate.model_ways(model, "it")}


def test_a_stroke_model_has_a_row_for_every_way(ways: dict[str, evaluate.Way]) -> None:
    ways_to_walk = ["pinned, circular", "pinned, spherical", "in colours, pinned, spherical", "pinned, cubic"]
    pinned = [f"it, {way}" for way in ways_to_walk]
    redrawn = ["it, from pictures", "it, from strokes"]
    assert list(ways) == [*redrawn, *pinned, "it, from pictures, pinned, circular", "it, circular, sigma 0.25"]
    assert [label for label, way in ways.items() if way.redraws_keys] == redrawn


@pytest.mark.parametrize(
    "label",
    [
        "it, from pictures",
        "it, from strokes",
        "it, pinned, circular",
        "it, pinned, spherical",
        "it, in colours, pinned, spherical",
        "it, pinned, cubic",
    ],
)
def test_a_line_that_moves_is_moved(ways: dict[str, evaluate.Way], label: str) -> None:
    found = evaluate.measure(ways[label], SCENE)
    assert found.chamfer < 0.3 and found.iou > 0.9 and found.pieces == 0
    assert math.isnan(found.key_iou) == ("pinned" in label)
    if "pinned" not in label:
        assert found.key_iou > 0.95
    if label == "it, from strokes":
        assert found.key_iou == 1


def test_sigma_shakes_the_line_but_does_not_break_it(ways: dict[str, evaluate.Way]) -> None:
    found = evaluate.measure(ways["it, circular, sigma 0.25"], SCENE)
    assert 0.01 < found.chamfer < 3 and found.pieces == 0


@pytest.mark.parametrize(
    "label",
    ["it, from strokes", "it, pinned, circular", "it, in colours, pinned, spherical", "it, circular, sigma 0.25"],
)
def test_keys_are_the_drawings_themselves(ways: dict[str, evaluate.Way], label: str) -> None:
    shown = ways[label].frames(SCENE, range(SCENE.keys))
    truth = np.stack([raster.ink(SCENE.draw(k), 64) for k in range(SCENE.keys)])
    assert np.abs(shown - truth).max() < 1e-5


def test_pinned_pictures_are_shown_as_they_are_and_read_ones_nearly(ways: dict[str, evaluate.Way]) -> None:
    truth = np.stack([raster.ink(key, 64) for key in evaluate._as_pictures(SCENE)])
    pinned, read = (
        ways[f"it, from pictures{more}"].frames(SCENE, range(SCENE.keys)) for more in (", pinned, circular", "")
    )
    assert np.abs(pinned - truth).max() < 0.01
    assert 0.01 < np.abs(read - truth).max() < 0.3


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_strokes_in_another_order_are_the_same_drawing(scene: Scene) -> None:
    key = scene.draw(0.0)
    for seed in range(3):
        other = evaluate.shuffled(key, seed)
        assert len(other) == len(key)
        assert (
            np.abs(raster.field(other, 64) - raster.field(key, 64)).max() < 2e-3
        )  # closed strokes lose a point that lies on another


def test_strokes_are_told_by_nothing_but_what_they_draw() -> None:
    turn = np.linspace(0, 2 * np.pi, 17)
    ring = np.stack([np.cos(turn), np.sin(turn)], 1) * 0.2 + 0.5
    tapered = [0.01, *[0.02] * 16]  # does not end as thick as it starts
    key = Drawing.make(
        [ring, ring[:-1] + 0.1, ring - 0.1, [(0.1, 0.1), (0.2, 0.2)]],
        [np.full(17, 0.02), np.full(16, 0.01), tapered, np.full(2, 0.03)],
        cyclic=[False, True, False, False],
    )
    starts: list[set[tuple[float, float]]] = [set() for _ in range(4)]
    orders = set()
    for seed in range(40):
        other = evaluate.shuffled(key, seed)
        kinds = []
        for index in range(4):
            part = slice(other.offsets[index], other.offsets[index + 1])
            points, radii = other.points[part], other.radii[part]
            kind = {2: 3, 16: 1}.get(len(points), 2 if radii.min() < 0.015 else 0)
            kinds.append(kind)
            starts[kind].add(tuple(points[0].tolist()))
        orders.add(tuple(kinds))
    assert len(orders) > 12
    assert [len(s) > 2 for s in starts] == [True, True, False, False]
    assert len(starts[3]) == 2  # from either end


def test_a_frame_has_its_cost() -> None:
    assert math.isnan(evaluate.cost_of(WEIGHTS, timed=False).multiply_adds)  # painted: there is no decoder
    mixer = evaluate.cost_of(WEIGHTS / "mixer", timed=False)
    assert 1e6 < mixer.multiply_adds < 1e9 and math.isnan(mixer.ms_64)


def test_what_comes_before_painting_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "SCENES", (SCENE,))
    times = evaluate.stroke_times(WEIGHTS)
    assert set(times) == {"read", "match", "align", "pose"} and min(times.values()) > 0
    cost = evaluate.cost_of(WEIGHTS)
    assert 0 < cost.ms_64 < cost.ms_512


def test_models_beside_have_rows_but_no_strips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "SHORT", ("ball",))
    results = evaluate.evaluate([], short=True, strips=tmp_path, beside=[WEIGHTS / "mixer"])
    assert [r.label for r in results[-2:]] == ["doodle mixer, pinned", "doodle mixer, pinned, circular"]
    strip = iio.imread(tmp_path / "ball.png")
    assert strip.shape[0] == 3 * 132 + 4  # the truth, the cross-fade, the fields
