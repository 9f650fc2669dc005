"""The stroke model as it ships: keys as they were drawn, and in-betweens without jumps."""

import threading

import numpy as np
import pytest

from doodle_core.drawing import Drawing
from doodle_core.errors import DoodleError
from doodle_core.film import Film
from doodle_core.interpolation import METHODS
from doodle_core.matching.model import StrokeModel
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey
from training.metrics import iou, pieces
from training.scenes import SCENES

SCENE = {scene.name: scene for scene in SCENES}
SIZE = 64
STEPS = 60
ROUND = np.linspace(0, 2 * np.pi, 40, endpoint=False)
RING = np.stack([0.5 + 0.3 * np.cos(ROUND), 0.5 + 0.2 * np.sin(ROUND)], axis=1)
FACE = Drawing.make(
    [RING, [(0.4, 0.42)], [(0.6, 0.42)], [(0.4, 0.58), (0.5, 0.62), (0.6, 0.58)]],
    0.02,
    cyclic=[True, False, False, False],
)


@pytest.fixture(scope="module")
def model() -> StrokeModel:
    opened = DoodleModel.load(threads=1)
    assert isinstance(opened, StrokeModel)
    return opened


def keys(model: StrokeModel, drawings: list[Drawing]) -> list[LatentKey]:
    return [
        LatentKey(latent, 3.0 * i, drawing)
        for i, (latent, drawing) in enumerate(zip(model.encode(drawings), drawings, strict=True))
    ]


def film(model: StrokeModel, drawings: list[Drawing], *how: object, **more: object) -> Film:
    return Film(model, model.track(keys(model, drawings), *how, **more))  # type: ignore[arg-type]


def scene(name: str, count: int = 3) -> list[Drawing]:
    return [SCENE[name].draw(float(k)) for k in range(count)]


def inks(made: Film, positions: object) -> np.ndarray:
    return np.stack([made.frame_ink(float(p), SIZE) for p in np.asarray(positions)])


# Keys


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("closed", [None, 9.0])
def test_at_whole_positions_a_film_shows_its_keys(model: StrokeModel, method: str, closed: float | None) -> None:
    drawings = scene("jumper")
    made = film(model, drawings, method, 0.5, 7, closed)
    for position, drawing in ((0, 0), (1, 1), (2, 2), *(((3, 0),) if closed else ())):
        pose = made.pose(float(position))
        assert pose.key == drawing
        np.testing.assert_array_equal(pose.drawing.points, drawings[drawing].points)


# Motion


@pytest.mark.parametrize(
    ("name", "method"),
    [
        *(("jumper", method) for method in METHODS if method != "hold"),
        ("letters", "linear"),
        ("letters", "cubic"),
        ("handwriting", "spherical"),
    ],
)
def test_nothing_jumps_at_keys_or_between(model: StrokeModel, name: str, method: str) -> None:
    made = film(model, scene(name), method)
    frames = inks(made, np.linspace(0, 2, 2 * STEPS + 1))
    steps = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2))
    whole = np.abs(frames[0] - frames[-1]).mean()
    assert steps.max() < 0.15 * whole
    assert steps.max() < 6 * np.median(steps) + 0.002


@pytest.mark.parametrize("name", ["jumper", "letters"])
def test_hold_waits_and_then_changes(model: StrokeModel, name: str) -> None:
    frames = inks(film(model, scene(name, 2), "hold"), [0, 0.01, 0.99, 1])
    assert np.abs(frames[0] - frames[2]).max() == 0
    assert np.abs(frames[2] - frames[3]).mean() > 0.01


@pytest.mark.parametrize("method", METHODS)
def test_a_frame_alone_is_the_frame_in_company(model: StrokeModel, method: str) -> None:
    places = [0.5, 2.7, 0.1, 1.9, 0.5, 1.0]
    together = inks(film(model, scene("letters"), method, 0.4, 3, 11.0), places)
    for place, found in reversed(list(zip(places, together, strict=True))):
        fresh = film(DoodleModel.load(threads=1), scene("letters"), method, 0.4, 3, 11.0)  # type: ignore[arg-type]
        np.testing.assert_array_equal(fresh.frame_ink(place, SIZE), found)


@pytest.mark.parametrize("method", METHODS)
def test_a_loop_comes_round_without_a_jump(model: StrokeModel, method: str) -> None:
    made = film(model, scene("jumper"), method, closed_time=10.0)
    np.testing.assert_array_equal(inks(made, [0.4, 2.6]), inks(made, [3.4, 5.6]))
    if method != "hold":
        steps = np.abs(np.diff(inks(made, np.linspace(2, 4, 61)), axis=0)).mean(axis=(1, 2))
        assert steps.max() < 6 * np.median(steps) + 0.002


@pytest.mark.parametrize("method", METHODS)
def test_a_key_like_its_neighbour_stands_still(model: StrokeModel, method: str) -> None:
    for drawing in (FACE, SCENE["fish"].draw(0.0)):
        made = film(model, [drawing, drawing, SCENE["fish"].draw(1.0)], method)
        frames = inks(made, [0, 0.3, 0.7, 1])
        assert np.abs(frames - frames[0]).max() < 0.01


@pytest.mark.parametrize("method", METHODS)
def test_a_blank_key_shows_nothing_until_the_next(model: StrokeModel, method: str) -> None:
    """And what is before it stays until it comes."""
    made = film(model, [Drawing.empty(), FACE, FACE, Drawing.empty(), FACE], method)
    ink = inks(made, [0, 0.3, 0.99, 1, 1.5, 2, 2.5, 2.99, 3, 3.7, 4]).sum(axis=(1, 2))
    np.testing.assert_allclose(ink, ink[3] * np.array([0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1]), rtol=1e-6)


def test_cubic_goes_through_keys_without_a_kink(model: StrokeModel) -> None:
    squares = [np.array([(x, 0.4), (x + 0.2, 0.4), (x + 0.2, 0.6), (x, 0.6)]) for x in (0.1, 0.4, 0.5)]
    made = film(model, [Drawing.make([square], 0.02, cyclic=True) for square in squares], "cubic")
    left = [float(made.pose(position).drawing.points[:, 0].min()) for position in (0.99, 1.0, 1.01)]
    assert left[1] == pytest.approx(0.4, abs=1e-6)
    assert left[1] - left[0] == pytest.approx(left[2] - left[1], rel=0.15)


def test_cubic_holds_still_where_two_keys_are_alike(model: StrokeModel) -> None:
    one, two = SCENE["jumper"].draw(0.0), SCENE["jumper"].draw(1.0)
    latents = model.encode([one, two, two, one])
    made = Film(
        model, model.track([LatentKey(z, t) for z, t in zip(latents, (0.0, 2.0, 22.0, 24.0), strict=True)], "cubic")
    )
    for position in np.linspace(1, 2, 9):
        found = made.pose(float(position)).drawing
        np.testing.assert_allclose(found.points, two.points, atol=1e-6)


# The shake


def test_the_shake_is_as_large_as_asked_half_way(model: StrokeModel) -> None:
    dot = Drawing.make([[(0.5, 0.5)]], 0.05)
    for sigma in (0.25, 1.0):
        places = [film(model, [dot, dot], "linear", sigma, seed).pose(0.5).drawing.points[0] for seed in range(300)]
        assert np.std(places, axis=0) * 64 == pytest.approx(sigma, rel=0.13)


def test_a_held_shake_is_one_displacement_all_the_way(model: StrokeModel) -> None:
    dot = Drawing.make([[(0.5, 0.5)]], 0.05)
    places = [i + s for i in (0, 1) for s in (0.1, 0.5, 0.9)]
    made = film(model, [dot, dot, dot], "linear", 0.5, 0, wobble=3)
    moved = np.array([made.pose(place).drawing.points[0] - 0.5 for place in places])
    share = np.array(places) % 1
    # The dot goes along one line, as far as the envelope says.
    np.testing.assert_allclose(moved / np.sqrt(4 * share * (1 - share))[:, None], [moved[1]] * 6, atol=1e-5)


def test_shaken_lines_do_not_tear(model: StrokeModel) -> None:
    still = film(model, [FACE]).frame_ink(0.0, SIZE)
    for seed in range(12):
        found = film(model, [FACE, FACE], "linear", 0.25, seed).frame_ink(0.5, SIZE)
        assert pieces(found) == pieces(still) == 4
        assert np.abs(found - still).max() > 0.05


# What must not matter


@pytest.mark.parametrize("name", ["jumper", "face"])
def test_the_order_of_strokes_and_their_direction_do_not_matter(model: StrokeModel, name: str) -> None:
    random = np.random.default_rng(4)
    drawings, shuffled = scene(name, 2), []
    for drawing in drawings:
        parts = []
        for index in random.permutation(len(drawing)):
            part = slice(drawing.offsets[index], drawing.offsets[index + 1])
            parts.append((drawing.points[part], drawing.radii[part], bool(drawing.cyclic[index])))
        turn = [1 if random.integers(2) else -1 for _ in parts]
        shuffled.append(
            Drawing.make(
                [points[::way] for (points, _, _), way in zip(parts, turn, strict=True)],
                [radii[::way] for (_, radii, _), way in zip(parts, turn, strict=True)],
                cyclic=[closed for _, _, closed in parts],
            )
        )
    one, two = (inks(film(model, made), [0, 0.25, 0.5, 0.75, 1]) for made in (drawings, shuffled))
    overlap = [iou(a, b) for a, b in zip(one, two, strict=True)]
    assert min(overlap) > 0.9
    assert min(overlap[0], overlap[-1]) > 0.99


def test_threads_may_ask_at_once(model: StrokeModel) -> None:
    drawings = scene("letters")
    wanted = inks(film(model, drawings, "spherical"), [0.5, 1.5])
    shared, found = film(DoodleModel.load(threads=1), drawings, "spherical"), {}  # type: ignore[arg-type]

    def ask(number: int) -> None:
        found[number] = inks(shared, [0.5, 1.5])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for answer in found.values():
        np.testing.assert_array_equal(answer, wanted)


def test_memory_of_aligned_keys_is_bounded() -> None:
    model = DoodleModel.load(threads=1)
    assert isinstance(model, StrokeModel)
    random = np.random.default_rng(0)
    dense = [LatentKey(Drawing.make([random.random((3000, 2))], 0.01, filled=True), float(k)) for k in range(2)]
    for _ in range(3):
        again = [LatentKey(Drawing.make([key.latent.points[:3000]], 0.01), key.time) for key in dense]  # type: ignore[union-attr]
        model.inbetweens(*again)
    assert len(model._kept) == 3
    model._vertices += 10**9  # as if much more were kept
    model.inbetweens(dense[0], dense[0])
    assert len(model._kept) == 2


# What does not belong


def test_keys_of_other_models_are_refused_in_a_line(model: StrokeModel) -> None:
    dense = [LatentKey(np.full(64, float(i)), float(i)) for i in range(2)]
    with pytest.raises(DoodleError, match="another kind of model; update the keys"):
        Film(model, model.track(dense)).pose(0.5)
    with pytest.raises(DoodleError, match="make them with one model"):
        model.track([dense[0], LatentKey(FACE, 5.0)])


def test_a_dense_model_has_no_drawings() -> None:
    from pathlib import Path

    dense = DoodleModel.load(Path("mixer"), threads=1)
    made = Film(dense, dense.track([LatentKey(z, 0.0) for z in dense.encode([FACE])]))
    with pytest.raises(DoodleError, match="makes pictures, not strokes"):
        made.pose(0.0)
    assert made.frame_ink(0.0, SIZE).max() > 0.9
