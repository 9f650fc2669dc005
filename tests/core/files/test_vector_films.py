"""Vector films show what the frames show: Lottie in another program's player, SVG by the rules of its animation."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from curve_points import farthest, sampled
from films import STEP, film_of, fox, lines, on_white, positions, ring_with_holes
from smil import at, drawn

from doodle_core import srgb
from doodle_core.boil import Boil
from doodle_core.drawing import Drawing
from doodle_core.files.curves import Curves
from doodle_core.files.easing import progress
from doodle_core.files.figures import UNITS, Page, figures
from doodle_core.files.lottie import lottie
from doodle_core.files.motion import Motion, moved
from doodle_core.files.scenes import Scene, Shot, scenes_of
from doodle_core.files.svg import svg
from doodle_core.film import Film
from doodle_core.model import DoodleModel
from doodle_core.rendering.style import Style

SIZE = 512
NEAR = 2.0
"""Of 255: how much frames may differ on average. Edges are smoothed otherwise in every program."""

FILMS = {"fox": fox, "lines": lines, "holes": ring_with_holes}


@pytest.fixture(scope="module")
def model() -> DoodleModel:
    return DoodleModel.load(None, engine="onnx")


@pytest.fixture(scope="module", params=FILMS)
def film(request: pytest.FixtureRequest, model: DoodleModel) -> Film:
    return film_of(model, FILMS[request.param]())


@pytest.fixture(scope="module")
def scenes(film: Film) -> list[Scene]:
    return list(scenes_of([Shot(film, position) for position in positions(film)]))


@pytest.fixture(scope="module")
def moving(scenes: list[Scene]) -> str:
    return svg(scenes, Page.square(SIZE, fps=10))


def _played(text: str, frame: int) -> np.ndarray:
    """(SIZE, SIZE, 3): a frame of a Lottie film as rlottie plays it."""
    player = pytest.importorskip("rlottie_python").LottieAnimation.from_data(text)
    picture = player.render_pillow_frame(frame_num=frame, width=SIZE, height=SIZE)
    return np.asarray(picture.convert("RGB")).astype(float)


def test_lottie_plays_as_the_frames_are(film: Film, scenes: list[Scene]) -> None:
    text = lottie(scenes, Page.square(SIZE))
    off = [np.abs(_played(text, n) - on_white(film, place, SIZE)).mean() for n, place in enumerate(positions(film))]
    assert len(off) == STEP + 1
    assert np.mean(off) < NEAR and max(off) < 1.5 * NEAR, off


def test_svg_moves_as_the_frames_are(film: Film, moving: str) -> None:
    for number in (1, 3, STEP):
        still = drawn(at(moving, number / 10), SIZE)
        assert np.abs(still - on_white(film, positions(film)[number], SIZE)).mean() < NEAR, number


def test_without_animation_the_first_frame_is_shown(film: Film, moving: str) -> None:
    still = drawn(moving, SIZE)
    assert np.abs(still - on_white(film, 0.0, SIZE)).mean() < NEAR


def test_no_vertex_is_half_a_pixel_away(film: Film, scenes: list[Scene]) -> None:
    for scene in scenes:
        for figure in list(figures(scene, Page.square(SIZE)))[:15]:
            motion = moved(figure, scene)
            for frame in range(len(scene.times)):
                for contour, shown in zip(figure.contours, _shown(motion, scene, frame), strict=True):
                    assert farthest(contour.points[frame], shown) * SIZE / UNITS < 0.5


def _shown(motion: Motion, scene: Scene, frame: int) -> list[np.ndarray]:
    """Points of the curves that a motion shows at one of its scene's times."""
    picks = motion.keys.picks
    before = max(number for number, pick in enumerate(picks) if pick <= frame)
    after = min(before + 1, len(picks) - 1)
    done = 0.0
    if picks[before] < frame and after > before:
        first, last = scene.times[picks[before]], scene.times[picks[after]]
        share = (scene.times[frame] - first) / (last - first)
        done = float(progress(np.array([share]), motion.keys.eases[before])[0])
    points = []
    for made in motion.curves:
        told = [(1 - done) * part[before] + done * part[after] for part in (made.knots, made.before, made.after)]
        points.append(sampled(Curves(*(part[None] for part in told), made.straight, made.closed), 0))
    return points


def test_the_scenes_of_two_segments_follow_each_other(model: DoodleModel) -> None:
    there = lines()
    film = film_of(model, [*there, there[0]])
    scenes = list(scenes_of([Shot(film, position) for position in positions(film)]))
    assert [(scene.start, scene.stop) for scene in scenes] == [(0, STEP), (STEP, 2 * STEP + 1)]
    assert scenes[0].times[-1] == STEP  # where it is going: the second key
    for text, shown in (
        (lottie(scenes, Page.square(SIZE)), lambda text, n: _played(text, n)),
        (svg(scenes, Page.square(SIZE, fps=10)), lambda text, n: drawn(at(text, n / 10), SIZE)),
    ):
        for number in (STEP - 1, STEP, STEP + 1):  # and none is shown with another
            assert np.abs(shown(text, number) - on_white(film, number / STEP, SIZE)).mean() < NEAR, number


def test_few_keyframes_are_needed(model: DoodleModel) -> None:
    square = np.array([[0.2, 0.2], [0.4, 0.2], [0.4, 0.4], [0.2, 0.4]])
    keys = [Drawing.make([square + shift], 0.0, filled=True) for shift in (0.0, 0.3)]
    film = film_of(model, keys, "linear")
    layer = json.loads(lottie(scenes_of([Shot(film, place) for place in positions(film)]), Page.square(SIZE)))[
        "layers"
    ][0]
    path = layer["shapes"][0]["it"][0]["ks"]
    assert [key["t"] for key in path["k"]] == [0, STEP]


def test_an_eased_move_is_two_keyframes_and_an_ease(model: DoodleModel) -> None:
    film = film_of(model, [Drawing.make([[[0.2 + s, 0.2], [0.4 + s, 0.5]]]) for s in (0.0, 0.4)], "linear")
    slow = [3 * t**2 - 2 * t**3 for t in positions(film)]
    made = json.loads(lottie(scenes_of([Shot(film, place) for place in slow]), Page.square(SIZE)))
    keys = made["layers"][0]["shapes"][0]["it"][0]["ks"]["k"]
    assert [key["t"] for key in keys] == [0, STEP]
    assert keys[0]["o"]["y"] == pytest.approx([0.0], abs=0.01) and keys[0]["i"]["y"] == pytest.approx([1.0], abs=0.01)


@pytest.mark.parametrize("changed", [{"boil": Boil(1.0, 0, 0)}, {"sigma": 1.0}])
def test_drawings_that_shake_are_shown_one_by_one(model: DoodleModel, changed: dict[str, object]) -> None:
    film = film_of(model, lines())
    if "sigma" in changed:
        film = replace(film, track=replace(film.track, sigma=1.0))
    else:
        film = replace(film, boil=changed["boil"])
    scenes = list(scenes_of([Shot(film, place) for place in positions(film)], held="boil" in changed))
    assert [scene.start for scene in scenes] == [0, *(scene.stop for scene in scenes[:-1])]
    text = svg(scenes, Page.square(SIZE, fps=10))
    for number in (0, 2, STEP):
        still = drawn(at(text, number / 10), SIZE)
        assert np.abs(still - on_white(film, positions(film)[number], SIZE)).mean() < NEAR, number


def test_a_held_film_does_not_flow(model: DoodleModel) -> None:
    film = film_of(model, lines(), "hold")
    text = svg(scenes_of([Shot(film, place) for place in positions(film)], held=True), Page.square(SIZE, fps=10))
    between = drawn(at(text, (STEP - 0.5) / 10), SIZE)
    assert np.abs(between - on_white(film, 0.0, SIZE)).mean() < NEAR


def test_a_translucent_stroke_is_no_darker_where_it_crosses_itself() -> None:
    cross = [[0.2, 0.2], [0.8, 0.8], [0.8, 0.2], [0.2, 0.8]]
    for radii in (0.05, np.array([0.05, 0.05, 0.05, 0.06])):
        drawing = Drawing.make([cross], [radii], 0.5)
        scene = Scene(0, 1, (0,), (drawing,))
        for still in (_played(lottie([scene], Page.square(SIZE)), 0), drawn(svg([scene], Page.square(SIZE)), SIZE)):
            centre, side = still[SIZE // 2, SIZE // 2], still[SIZE * 7 // 20, SIZE * 7 // 20]
            assert centre == pytest.approx([127.5] * 3, abs=2) and side == pytest.approx(centre, abs=1)


def test_paper_size_ink_and_what_is_off_the_page() -> None:
    drawing = Drawing.make([[[0.1, 0.5], [0.9, 0.5]], [[2.0, 2.0], [3.0, 3.0]]], 0.01)
    page = Page.square(256, 24, (0.0, 0.0, 0.2))
    root = ET.fromstring(svg([Scene(0, 1, (0,), (drawing,))], page))
    paths = [element for element in root.iter() if element.tag.endswith("}path")]
    assert root.get("width") == "256" and len(paths) == 2
    assert paths[0].get("fill") == "#003" and paths[1].get("stroke") == "#000"
    film = json.loads(lottie([Scene(0, 1, (0,), (drawing,))], replace(page, paper=None)))
    assert (film["w"], film["h"], film["fr"], film["op"], len(film["layers"])) == (256, 256, 24, 1, 1)
    assert len(film["layers"][0]["shapes"]) == 1


def test_it_is_painted_in_the_style_of_each_frame(model: DoodleModel) -> None:
    film = film_of(model, lines())
    styles = [Style(line_weight=n / 5, colour=(1 - n / 20, 0.0, n / 20, 1 - n / 20)) for n in range(STEP + 1)]
    shots = [Shot(film, place, style, False) for place, style in zip(positions(film), styles, strict=True)]
    text = svg(scenes_of(shots), Page.square(SIZE, fps=10))
    for number in (0, 2, STEP):
        rgba = film.frame_rgba(positions(film)[number], SIZE, styles[number], drawn_ink=False)
        alpha = rgba[..., 3:]
        still = drawn(at(text, number / 10), SIZE)
        assert np.abs(still - 255 * (srgb.encoded(rgba[..., :3]) * alpha + 1 - alpha)).mean() < NEAR, number


def test_a_part_of_the_canvas() -> None:
    drawing = Drawing.make([[[0.5, 0.25], [0.5, 0.75]]], 0.1)
    page = replace(Page.square(SIZE), width=256, height=512, left=256.0)
    still = _played(lottie([Scene(0, 1, (0,), (drawing,))], page), 0)
    # The page stands in the middle of a square; the right half of the stroke is at its left edge.
    assert still[SIZE // 2, 130].mean() < 10 and still[SIZE // 2, 380].mean() > 250
