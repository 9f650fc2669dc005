"""The stroke model as it ships: keys as they were drawn, and walks between them without jumps."""

import threading
import time

import numpy as np
import pytest

from doodle_core import raster
from doodle_core.drawing import Strokes
from doodle_core.errors import DoodleError
from doodle_core.interpolation import METHODS
from doodle_core.model import DoodleModel
from doodle_core.strokes.lines import from_latent, to_latent
from doodle_core.strokes.model import StrokeModel
from doodle_core.strokes.strokelets import ABSENT
from doodle_core.strokes.walk import SHAKE
from doodle_core.track import LatentKey, LatentTrack
from training.metrics import iou, pieces
from training.scenes import SCENES

SCENE = {scene.name: scene for scene in SCENES}
MOVING = ("jumper", "letters", "handwriting")
STEPS = 200  # over two segments
ROUND = np.linspace(0, 2 * np.pi, 40, endpoint=False)
RING = np.stack([0.5 + 0.3 * np.cos(ROUND), 0.5 + 0.2 * np.sin(ROUND)], axis=1)
FACE = Strokes.make(
    [RING, [(0.4, 0.42)], [(0.6, 0.42)], [(0.4, 0.58), (0.5, 0.62), (0.6, 0.58)]],
    0.02,
    cyclic=[True, False, False, False],
)


@pytest.fixture(scope="module")
def model() -> StrokeModel:
    opened = DoodleModel.load(threads=1)
    assert isinstance(opened, StrokeModel)
    return opened


def keys(model: StrokeModel, drawings: list[Strokes]) -> list[LatentKey]:
    return [LatentKey(latent, 3.0 * i) for i, latent in enumerate(model.encode(drawings))]


def scene(model: StrokeModel, name: str, count: int = 3) -> list[LatentKey]:
    return keys(model, [SCENE[name].draw(float(k)) for k in range(count)])


def seen(fields: np.ndarray) -> np.ndarray:
    """Of fields, what may show: model pixels."""
    return np.maximum(fields, -0.5)


def largest_step(model: StrokeModel, track: LatentTrack, start: float, stop: float, steps: int = STEPS) -> np.ndarray:
    """The mean change of the field from step to step, model pixels."""
    frames = seen(model.decode(track.at(np.linspace(start, stop, steps + 1))))
    return np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2))


# Keys


def test_keys_come_back_as_they_were_drawn(model: StrokeModel) -> None:
    drawings = [SCENE[name].draw(0.0) for name in ("jumper", "letters", "face", "fish")]
    for drawing, found in zip(drawings, model.decode(model.encode(drawings)), strict=True):
        assert iou(np.clip(found + 0.5, 0, 1), raster.ink(drawing, 64)) > 0.95


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("closed", [None, 9.0])
def test_at_whole_positions_a_track_is_its_keys_bit_for_bit(
    model: StrokeModel, method: str, closed: float | None
) -> None:
    made = scene(model, "jumper")
    track = model.track(made, method, 0.5, 7, closed)
    found = track.at([0, 1, 2, track.end])
    assert found.dtype == np.float32
    last = made[0 if closed else 2]
    np.testing.assert_array_equal(found, np.stack([key.latent for key in [*made, last]]))


# Walks


@pytest.mark.parametrize(
    ("name", "method"),
    [
        *(("jumper", method) for method in METHODS if method != "hold"),
        ("letters", "linear"),
        ("letters", "cubic"),
        ("handwriting", "circular"),
        ("handwriting", "spherical"),
    ],
)
def test_a_walk_does_not_jump_at_keys_or_between(model: StrokeModel, name: str, method: str) -> None:
    track = model.track(scene(model, name), method)
    whole = np.abs(np.subtract(*seen(model.decode(track.at([0, 2]))))).mean()
    steps = largest_step(model, track, 0, 2)
    # Evenly, each step would be about a hundredth of the way; a line that comes or goes at once is a tenth.
    assert steps.max() < 0.1 * whole
    assert steps.max() < 6 * np.median(steps) + 0.002


@pytest.mark.parametrize("name", MOVING)
def test_hold_waits_and_then_changes(model: StrokeModel, name: str) -> None:
    track = model.track(scene(model, name, 2), "hold")
    frames = seen(model.decode(track.at([0, 0.01, 0.99, 1])))
    assert np.abs(frames[1] - frames[2]).max() == 0
    assert np.abs(frames[0] - frames[1]).mean() < 0.01 < np.abs(frames[2] - frames[3]).mean()


@pytest.mark.parametrize("method", METHODS)
def test_a_frame_alone_is_the_frame_in_company(model: StrokeModel, method: str) -> None:
    made = scene(model, "letters")
    places = [0.5, 2.7, 0.1, 1.9, 0.5, 1.0, -4.2]
    together = model.track(made, method, 0.4, 3, 11.0).at(places)
    fresh = DoodleModel.load(threads=1)  # nothing in its memory
    for place, found in reversed(list(zip(places, together, strict=True))):
        np.testing.assert_array_equal(fresh.track(made, method, 0.4, 3, 11.0).at([place])[0], found)


@pytest.mark.parametrize("method", METHODS)
def test_a_loop_comes_round_without_a_jump(model: StrokeModel, method: str) -> None:
    track = model.track(scene(model, "jumper"), method, closed_time=10.0)
    np.testing.assert_array_equal(track.at([0.4, 2.6, -0.4]), track.at([3.4, 5.6, 2.6]))
    if method != "hold":
        steps = largest_step(model, track, 2, 4, 60)
        assert steps.max() < 6 * np.median(steps) + 0.002


@pytest.mark.parametrize("method", METHODS)
def test_one_key_stays(model: StrokeModel, method: str) -> None:
    (key,) = keys(model, [FACE])
    for closed in (None, 1.0):
        found = model.track([key], method, closed_time=closed).at([-1, 0, 0.5, 3])
        off = np.abs(model.decode(found) - model.decode(key.latent[None])).max()
        assert off < 0.02


@pytest.mark.parametrize("method", [method for method in METHODS if method != "cubic"])
def test_a_key_like_its_neighbour_stands_still(model: StrokeModel, method: str) -> None:
    for drawing in (FACE, SCENE["fish"].draw(0.0)):
        made = keys(model, [drawing, drawing])
        frames = model.decode(model.track(made, method).at([0, 0.3, 0.7, 1]))
        assert np.abs(seen(frames) - seen(frames[0])).max() < 0.03


@pytest.mark.parametrize("method", METHODS)
def test_a_blank_key_is_blank_and_lines_come_and_go(model: StrokeModel, method: str) -> None:
    made = keys(model, [Strokes.make(), FACE, Strokes.make()])
    assert (made[0].latent.reshape(-1, 6)[:, 4:] == ABSENT).all()
    ink = (model.decode(model.track(made, method).at([0, 0.3, 0.6, 1, 1.4, 1.7, 2])) > 0).sum(axis=(1, 2))
    assert ink[0] == ink[-1] == 0
    if method != "hold":
        assert ink[0] < ink[1] < ink[2] < ink[3] > ink[4] > ink[5] > ink[6]


@pytest.mark.parametrize("method", METHODS)
def test_two_blank_keys_are_blank_all_the_way(model: StrokeModel, method: str) -> None:
    made = keys(model, [Strokes.make(), Strokes.make()])
    assert model.decode(model.track(made, method, 0.5, closed_time=9.0).at([0, 0.5, 1, 1.5])).max() < -0.5


def test_cubic_goes_through_keys_without_a_kink(model: StrokeModel) -> None:
    squares = [np.array([(x, 0.4), (x + 0.2, 0.4), (x + 0.2, 0.6), (x, 0.6)]) for x in (0.1, 0.4, 0.5)]
    track = model.track(keys(model, [Strokes.make([square], 0.02, cyclic=True) for square in squares]), "cubic")
    left = [min(line.points[:, 0].min() for line in from_latent(row)) for row in track.at([0.99, 1, 1.01])]
    assert left[1] == pytest.approx(0.4 * 64 - 32, abs=1e-3)
    assert left[1] - left[0] == pytest.approx(left[2] - left[1], rel=0.15)


# The shake


def test_the_shake_is_as_large_as_asked_half_way(model: StrokeModel) -> None:
    dot = Strokes.make([[(0.5, 0.5)]], 0.05)
    made = keys(model, [dot, dot])
    for sigma in (0.25, 1.0):
        places = [model.track(made, "linear", sigma, seed).at([0.5])[0, :2] for seed in range(300)]
        assert np.std(places, axis=0) == pytest.approx(sigma * SHAKE, rel=0.13)
        assert np.abs(np.mean(places, axis=0)).max() < 0.25 * sigma * SHAKE


def test_a_held_shake_is_one_displacement_all_the_way(model: StrokeModel) -> None:
    dot = Strokes.make([[(0.5, 0.5)]], 0.05)
    made = keys(model, [dot, dot, dot])
    places = [i + s for i in (0, 1) for s in (0.0, 0.1, 0.5, 0.9)]
    found = [model.track(made, "linear", 0.5, 0, wobble=wobble).at(places)[:, :2] for wobble in range(200)]
    for moved in found[:20]:
        # The dot goes along one line, as far as the envelope says: by it, all are the same.
        still = np.array(places) % 1 == 0
        np.testing.assert_array_equal(moved[still], 0)
        s = np.array(places)[~still] % 1
        np.testing.assert_allclose(moved[~still] / np.sqrt(4 * s * (1 - s))[:, None], [moved[2]] * 6, atol=1e-4)
    assert np.std([moved[2] for moved in found], axis=0) == pytest.approx(0.5 * SHAKE, rel=0.16)
    flowing = model.track(made, "linear", 0.5, 0).at(places)
    assert np.abs(flowing[2, :2] / flowing[6, :2] - 1).max() > 0.05  # a bridge goes its own way in every segment


def test_shaken_lines_do_not_tear(model: StrokeModel) -> None:
    made = keys(model, [FACE, Strokes.make([RING + 0.03], 0.02, cyclic=True)])
    still = model.decode(model.track([made[0], made[0]][:1]).at([0]))[0]
    again = LatentKey(made[0].latent, 9.0)
    for seed in range(12):
        (found,) = model.decode(model.track([made[0], again], "linear", 0.25, seed).at([0.5]))
        assert pieces(np.clip(found + 0.5, 0, 1)) == pieces(np.clip(still + 0.5, 0, 1)) == 4
        assert np.abs(seen(found) - seen(still)).max() > 0.1


# What must not matter


@pytest.mark.parametrize("name", ["jumper", "face"])
def test_the_order_of_strokes_and_their_direction_do_not_matter(model: StrokeModel, name: str) -> None:
    random = np.random.default_rng(4)
    drawings, shuffled = [SCENE[name].draw(float(k)) for k in range(2)], []
    for drawing in drawings:
        order = random.permutation(len(drawing))
        parts = [slice(drawing.offsets[i], drawing.offsets[i + 1]) for i in order]
        turn = [1 if random.integers(2) else -1 for _ in parts]
        shuffled.append(
            Strokes.make(
                [drawing.points[part][::way] for part, way in zip(parts, turn, strict=True)],
                [drawing.radii[part][::way] for part, way in zip(parts, turn, strict=True)],
                cyclic=list(drawing.cyclic[order]),
            )
        )
    one, two = (
        model.decode(model.track(keys(model, made)).at([0, 0.25, 0.5, 0.75, 1])) for made in (drawings, shuffled)
    )
    overlap = [iou(np.clip(a + 0.5, 0, 1), np.clip(b + 0.5, 0, 1)) for a, b in zip(one, two, strict=True)]
    assert min(overlap) > 0.9
    assert min(overlap[0], overlap[-1]) > 0.99


def test_threads_may_ask_at_once(model: StrokeModel) -> None:
    made = scene(model, "letters")
    wanted = model.track(made, "spherical").at([0.5, 1.5])
    fresh, found = DoodleModel.load(threads=1), {}

    def ask(number: int) -> None:
        found[number] = fresh.track(made, "spherical").at([0.5, 1.5])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for answer in found.values():
        np.testing.assert_array_equal(answer, wanted)


# Time


def cost(model: StrokeModel, latents: np.ndarray, tries: int) -> float:
    """Seconds of processor that pairing takes, the best of some tries."""
    spent = []
    for number in range(tries):
        other = latents[1].copy()
        other[-1] -= number + 1  # an unused row: the same drawing, not yet in memory
        begun = time.process_time()
        model.pair(latents[0], other)
        spent.append(time.process_time() - begun)
    return min(spent)


def test_pairing_takes_little_time(model: StrokeModel) -> None:
    cost(model, model.encode([FACE, SCENE["ball"].draw(0.0)]), 1)  # the first call opens the network
    assert cost(model, model.encode([SCENE["jumper"].draw(0.0), SCENE["jumper"].draw(1.0)]), 5) < 0.06
    random = np.random.default_rng(1)
    tiny = [
        Strokes.make([place + random.normal(0, 0.005, (4, 2)) for place in random.uniform(0.05, 0.95, (300, 2))], 0.004)
        for _ in range(2)
    ]
    assert cost(model, model.encode(tiny), 1) < 1.5


# What does not belong


def test_latents_of_other_models_are_refused_in_a_line(model: StrokeModel) -> None:
    for size in (64, 96):  # one that is and one that is not made of sixes
        dense = [LatentKey(np.full(size, float(i)), float(i)) for i in range(2)]
        for count in (1, 2):
            with pytest.raises(DoodleError, match=f"a key's latent has shape \\({size},\\)"):
                model.track(dense[:count]).at([0.0])
        with pytest.raises(DoodleError, match="a key's latent has shape"):
            model.pair(dense[0].latent, dense[1].latent)
        with pytest.raises(DoodleError, match="this model takes"):
            model.decode(np.zeros((1, size)))


def test_latents_that_are_not_finite_are_refused(model: StrokeModel) -> None:
    bad = model.encode([FACE])[0]
    bad[7] = np.nan
    with pytest.raises(DoodleError, match="not finite"):
        model.pair(bad, model.encode([FACE])[0])
    with pytest.raises(DoodleError, match="not a number"):
        LatentKey(bad, 0.0)


@pytest.mark.parametrize("scale", [1e-30, 3.0, 1e30])
def test_latents_that_no_drawing_made_still_walk(model: StrokeModel, scale: float) -> None:
    rows = np.random.default_rng(6).normal(size=(2, 12, 6)) * scale
    latents = np.tile(to_latent(()).reshape(-1, 6), (2, 1, 1))
    latents[:, :12] = rows
    made = [LatentKey(latent.reshape(-1), float(i)) for i, latent in enumerate(latents)]
    for method in METHODS:
        found = model.decode(model.track(made, method, 0.2).at([0, 0.5, 1]))
        assert np.isfinite(found).all()
