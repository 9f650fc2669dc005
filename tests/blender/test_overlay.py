"""What is drawn over a doodle in the viewport: worked out without a window, as plain arrays. The window itself is tried
by tests/window."""

from __future__ import annotations

import time
from collections.abc import Callable

import bpy
import numpy as np
import pytest

from blender_addon import session
from blender_addon.keyframes import correcting, keys, neighbours
from blender_addon.overlay import arcs, arrows, confidence, content, doubt, lines, linking, onion, pointing, requests
from blender_addon.overlay.building import Workshop, workshop
from blender_addon.overlay.content import Layer
from blender_addon.overlay.onion import Ghost, Skin
from blender_addon.overlay.pointing import View
from blender_addon.view import hanging
from doodle_core import Drawing
from tests.blender.conftest import add_layer, arc, pencil
from tests.blender.test_correcting import BODY, LEFT, RIGHT, line, link, make, partners

Maker = Callable[..., bpy.types.Object]
RED, BLUE = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    workshop.forget()
    confidence.stop()
    linking.end()


@pytest.fixture(params=["strokes", "plane"])
def doodle(request: pytest.FixtureRequest) -> bpy.types.Object:
    """A body whose arms rise, at frames 1, 11 and 21; the scene stands at 6."""
    made = make(output=request.param)
    bpy.context.scene.frame_set(6)
    return made


def shown(doodle: bpy.types.Object, **settings: object) -> dict[str, list[Layer]]:
    """What is drawn once all is worked out, by kind."""
    overlay = bpy.context.scene.doodle_bridge_overlay
    for name, value in settings.items():
        setattr(overlay, name, value)
    for _ in range(2):
        found: dict[str, list[Layer]] = {}
        for layer in content.layers(content.Scene(doodle, bpy.context.scene, overlay)):
            name = layer.name
            while isinstance(name[0], tuple):
                name = name[0]
            found.setdefault(name[0], []).append(layer)
        workshop.finish()
    return found


# Lines in the square


def test_a_drawing_lies_on_the_square_with_y_up() -> None:
    drawing = Drawing.make([[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]], cyclic=True)
    found = lines.segments(drawing).reshape(-1, 2, 3)
    corners = [[-0.5, 0.5, 0], [0.5, 0.5, 0], [0.5, -0.5, 0]]
    assert found.tolist() == [[corners[n], corners[(n + 1) % 3]] for n in range(3)]


def test_what_leaves_no_ink_is_not_drawn_and_colours_are_those_of_shapes() -> None:
    line = [(0.1, 0.1), (0.9, 0.1)]
    drawing = Drawing.make([line, line, line], opacities=[1.0, 0.0, 1.0])
    assert len(lines.segments(drawing)) == 4 and len(lines.segments(drawing, [True, False, False])) == 2
    places, colours = lines.coloured(drawing, [(1, 0, 0, 1), (0, 1, 0, 1), (0, 0, 1, 0)])
    assert len(places) == 2 and colours.tolist() == [[1, 0, 0, 1]] * 2


# Onion skin


def test_the_nearest_ghosts_are_on_top_and_the_far_ones_faint() -> None:
    skin = Skin(2, 1, RED, BLUE, 0.5)
    found = onion.ghosts(skin, 10, (1, 21), lambda frame: frame)
    assert found == [Ghost(8, (*RED, 0.25)), Ghost(9, (*RED, 0.5)), Ghost(11, (*BLUE, 0.5))]
    assert onion.ghosts(Skin(2, 2, RED, BLUE, 0.5, fade=False), 1, (1, 2), lambda frame: frame) == [
        Ghost(2, (*BLUE, 0.5))
    ]


def test_held_drawings_are_counted_once_unless_frames_are_counted() -> None:
    def on_threes(frame: int) -> int:
        return frame // 3

    found = onion.ghosts(Skin(2, 2, RED, BLUE), 10, (0, 30), on_threes)
    assert sorted(ghost.frame for ghost in found) == [5, 8, 12, 15]
    found = onion.ghosts(Skin(3, 1, RED, BLUE, by_frames=True), 10, (0, 30), on_threes)
    assert sorted(ghost.frame for ghost in found) == [8]


def test_counts_and_colours_are_those_of_the_drawing(doodle: bpy.types.Object) -> None:
    data = doodle.doodle_bridge.source.data
    data.ghost_before_range, data.ghost_after_range, data.onion_factor = 3, 1, 0.8
    data.before_color, data.after_color = (1, 0, 0), (0, 0, 1)
    found = shown(doodle, onion=True)["ghost"]
    colours = [tuple(round(value, 3) for value in layer.colour) for layer in found]
    assert sorted(colours) == [(*BLUE, 0.8), (*RED, 0.267), (*RED, 0.533), (*RED, 0.8)]
    data.use_onion_fade, data.onion_mode = False, "ABSOLUTE"
    assert {round(layer.colour[3], 3) for layer in shown(doodle)["ghost"]} == {0.8}


def test_a_ghost_is_the_drawing_of_its_frame(doodle: bpy.types.Object) -> None:
    (before, after) = shown(doodle, onion=True, as_drawing=False, before=1, after=1)["ghost"]
    for layer, frame in ((before, 5), (after, 7)):
        bpy.context.scene.frame_set(frame)
        now = content.Scene(doodle, bpy.context.scene, bpy.context.scene.doodle_bridge_overlay)
        wanted = lines.segments(session.get().pose(now.now).drawing)
        np.testing.assert_array_equal(layer.places, wanted)


def test_colours_are_as_the_colour_wheel_shows_them(doodle: bpy.types.Object) -> None:
    """The wheel's numbers are linear, the screen's are not."""
    overlay = bpy.context.scene.doodle_bridge_overlay
    overlay.before_colour, overlay.as_drawing = (0.2140, 1.0, 0.0), False
    assert onion.skin_of(overlay, None).before_colour == pytest.approx((0.5, 1.0, 0.0), abs=1e-3)


# Arcs


def test_arcs_follow_shapes_through_all_keys_with_a_dot_a_frame(doodle: bpy.types.Object) -> None:
    way, dots, now = shown(doodle, arcs=True)["arcs"]
    assert len(dots.places) == 3 * 21 and len(way.places) == 3 * 20 * 2 and len(now.places) == 3
    film = dots.places.reshape(3, 21, 3)
    moved = np.ptp(film, axis=1)[:, 1]
    assert sorted(moved > 0.05) == [False, True, True]  # the body stands, the arms rise
    np.testing.assert_allclose(film[:, 0], film[:, 20], atol=1e-6)  # and are back at the last key
    np.testing.assert_array_equal(now.places, film[:, 5])


def test_only_picked_shapes_have_arcs(doodle: bpy.types.Object) -> None:
    bpy.ops.doodle_bridge.pick_shape(key=1, shape=2)
    _, dots, _ = shown(doodle, arcs=True, arcs_of="picked")["arcs"]
    assert len(dots.places) == 21
    centre = lines.places(correcting.drawing_of(doodle.doodle_bridge, 0).select([2])).mean(axis=0)
    np.testing.assert_allclose(dots.places[0], centre, atol=0.01)


def test_another_timing_makes_other_arcs(doodle: bpy.types.Object) -> None:
    before = shown(doodle, arcs=True)["arcs"][1]
    assert bpy.ops.doodle_bridge.space(chart="slow_out", frames=1) == {"FINISHED"}
    after = shown(doodle)["arcs"][1]
    assert before.name != after.name and not np.array_equal(before.places, after.places)


def test_pieces_of_a_shape_are_followed_as_one() -> None:
    def at(frame: int, *places: tuple[float, float]) -> arcs.Centres:
        count = len(places)
        nodes = np.zeros((count, 2, 2), np.int64)
        nodes[:, 1] = 1, 0
        return arcs.Centres(frame, np.column_stack([places, np.zeros(count)]), np.ones(count), nodes)

    (one,) = arcs.arcs([at(1, (0.0, 0.0), (1.0, 0.0)), at(2, (2.0, 1.0))])
    assert one.frames.tolist() == [1, 2] and one.places.tolist() == [[0.5, 0, 0], [2, 1, 0]]


# Doubt


def test_doubt_is_red_and_what_is_sure_is_not_drawn() -> None:
    found = doubt.tints([0.0, 0.4, 0.79, 0.8, 1.0])
    assert (found[:, 3] > 0).tolist() == [True, True, True, False, False]
    assert found[0, :2].tolist() == pytest.approx([1, 0.05]) and found[0, 3] > found[1, 3] > found[2, 3]
    assert found[0, 1] < found[1, 1] < found[2, 1]


def test_doubt_of_layers_is_taken_together() -> None:
    found = doubt.doubts([(0, 1, [1.0, 0.5], [0.5]), (0, 2, [1.0], [1.0]), (1, 2, [1.0], [])])
    assert found[0] == doubt.Doubt(0, 1, 5, 2, 0.8) and found[1].doubtful == 0
    assert doubt.doubts([(0, 1, [], [])])[0].confidence == 1.0


CROSSED = [line(-1, 0, 1, 1), line(1, 0, -1, 1)]
UPRIGHT = [line(0, 0, 0, 1), line(-1, 0.5, 1, 0.5)]


def test_shapes_in_doubt_are_tinted_between_keys_and_at_them() -> None:
    """A cross that turns by an eighth, one way or the other."""
    made = make({1: CROSSED, 11: UPRIGHT, 21: UPRIGHT})
    bpy.context.scene.frame_set(6)
    seen = content.Scene(made, bpy.context.scene, bpy.context.scene.doodle_bridge_overlay)
    pose = session.get().pose(seen.now)
    in_doubt = pose.confidence < doubt.SURE
    assert in_doubt.any()
    (between,) = shown(made, doubt=True)["doubt"]
    np.testing.assert_array_equal(between.places, lines.segments(pose.drawing, in_doubt))
    bpy.context.scene.frame_set(11)
    (at_key,) = shown(made)["doubt"]  # though the way on is sure
    assert len(at_key.places) == 2 * 9 * in_doubt.sum()
    bpy.context.scene.frame_set(16)
    assert "doubt" not in shown(made)
    counted = confidence.doubts_of(made)
    assert counted[0].doubtful == 2 * in_doubt.sum() and counted[1] == doubt.Doubt(1, 2, 4, 0, 1.0)


def test_before_the_model_is_loaded_nothing_is_known_of_doubt() -> None:
    made = make()
    session.reset()
    assert confidence.doubts_of(made) == {}


# Links


def test_arrows_end_where_they_should() -> None:
    found = arrows.arrows([(0, 0, 0)], [(0.4, 0.3, 0.1)]).reshape(-1, 2, 3)
    assert found[0, 0].tolist() == [0, 0, 0] and found[arrows.STEPS - 1, 1] == pytest.approx([0.4, 0.3, 0.1])
    np.testing.assert_array_equal(found[1 : arrows.STEPS, 0], found[: arrows.STEPS - 1, 1])
    assert len(found) == arrows.STEPS + 2 and np.isfinite(arrows.arrows([(0, 0, 0)], [(0, 0, 0)])).all()


def test_links_are_arrows_between_their_keys_alone(doodle: bpy.types.Object) -> None:
    link(doodle, 0, 1, 2)
    link(doodle, 1, 1, 2)
    settings = doodle.doodle_bridge
    names = [[layer.name[1] for layer in content.of_links(doodle, at)] for at in (0.5, 1.5)]
    assert names == [[False, False], [True, True]]  # the second one is active
    settings.active_correction = 0
    shaft, dots = content.of_links(doodle, 0.5)
    ends = settings.corrections[0].ends
    for place, end in ((shaft.places[0], ends[0]), (shaft.places[2 * arrows.STEPS - 1], ends[1])):
        np.testing.assert_allclose(place, lines.in_square([tuple(end.place)])[0], atol=1e-6)
    assert dots.dots and len(dots.places) == 1


# The mouse


def front(doodle: bpy.types.Object, size: tuple[int, int] = (800, 600), perspective: bool = False) -> View:
    """A view of the doodle's square from the front, four metres wide, or from a point before it."""
    square = hanging.square_of(doodle.evaluated_get(bpy.context.evaluated_depsgraph_get()))
    camera = np.array([[0.5, 0, 0, 0], [0, 0, 0.6, -0.6], [0, 0.001, 0, 0], [0, 0, 0, 1]], float)
    if perspective:
        camera[3] = 0, 0.1, 0, 1.5
    return View(camera @ square, *size)


@pytest.mark.parametrize("perspective", [False, True])
def test_the_mouse_finds_the_shape_and_the_place_on_it(doodle: bpy.types.Object, perspective: bool) -> None:
    doodle.doodle_bridge.source.location = (0.3, 0.2, 0.1)
    bpy.context.view_layer.update()
    view, settings = front(doodle, perspective=perspective), doodle.doodle_bridge
    found = pointing.targets(neighbours.around(settings, 0.5), view)
    assert [(one.shown.side, one.shown.key) for one in found] == [(0, 0), (1, 1)]
    for key, shape in ((0, 1), (0, 2), (1, 1), (1, 2)):
        drawing = correcting.drawing_of(settings, key)
        place = drawing.select([shape]).points[7]
        (mouse,) = view.project(lines.on(drawing, [place]))
        hit = pointing.hit(found, view, tuple(mouse + (1.0, 1.0)))
        assert (hit.side, hit.key, hit.shape) == (key, key, shape)
        assert hit.place == pytest.approx(place, abs=0.01)
        assert pointing.on_square(view, tuple(mouse)) == pytest.approx(place, abs=1e-4)
    assert pointing.hit(found, view, (5.0, 5.0)) is None
    assert pointing.hit(found, view, tuple(mouse), side=0) is None
    assert pointing.hit(found, view, tuple(mouse), like=(True, 0)) is None


def test_inside_an_area_the_mouse_means_the_area() -> None:
    drawing = Drawing.make([[(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)]], radii=0.0, filled=True)
    view = View(np.diag([2.0, 2.0, 1.0, 1.0]), 500, 500)
    found = pointing.targets([neighbours.Shown(1, 3, "square", drawing, np.ones(1, bool))], view)
    hit = pointing.hit(found, view, (200.0, 250.0))
    assert (hit.side, hit.key, hit.shape) == (1, 3, 0) and hit.place == pytest.approx((0.4, 0.5))


def test_what_lies_behind_the_viewer_is_far_away() -> None:
    view = View(np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, -1, 0]], float), 100, 100)
    assert np.abs(view.project([(0, 0, 5), (0, 0, -5)])).max(axis=1).tolist() == [1e6, 50.0]


def test_whoever_draws_links_sees_both_keys_and_what_is_pointed_to(doodle: bpy.types.Object) -> None:
    now = linking.begin()
    before, after = now.layers(doodle, 0.5)
    assert (before.colour, after.colour) == (content.BEFORE, content.AFTER)
    assert len(before.places) == len(lines.segments(correcting.drawing_of(doodle.doodle_bridge, 0)))
    now.begun = pointing.Hit(0, 0, 1, (0.3, 0.3))
    now.hover = pointing.Hit(1, 1, 2, (0.6, 0.2))
    found = now.layers(doodle, 0.5)
    assert [layer.name[0] for layer in found] == ["key", "key", "shape", "shape", "drag"]
    np.testing.assert_allclose(found[-1].places[0], lines.in_square([(0.3, 0.3)])[0])
    now.hover = pointing.Hit(1, 9, 2, (0.6, 0.2))  # of a key that undo has taken away
    now.begun = None
    assert len(now.layers(doodle, 0.5)) == 2


def layered() -> bpy.types.Object:
    """A body at frames 1, 11 and 21, whose arms, on a layer of their own, have none at 11."""
    source = pencil({1: [BODY], 11: [BODY], 21: [BODY]})
    add_layer(source, "Arms", {1: [LEFT, RIGHT], 21: [RIGHT, LEFT]})
    assert bpy.ops.doodle_bridge.from_grease_pencil(size=64, output="strokes") == {"FINISHED"}
    return bpy.context.object


def sides(doodle: bpy.types.Object, position: float, lags: content.Lags = ()) -> list[tuple[int, int, list[int]]]:
    shown_there = neighbours.around(doodle.doodle_bridge, position, lags)
    return [(one.side, one.key, np.flatnonzero(one.among).tolist()) for one in shown_there]


def test_each_layer_lies_between_its_own_keys() -> None:
    made = layered()
    assert sides(made, 0.5) == [(0, 0, [0, 1, 2]), (1, 1, [0]), (1, 2, [1, 2])]
    assert sides(made, 1.5) == [(0, 1, [0]), (0, 0, [1, 2]), (1, 2, [0, 1, 2])]
    assert sides(made, 2.0) == sides(made, 1.5)
    made.doodle_bridge.loop = True
    assert sides(made, 2.5) == [(0, 2, [0, 1, 2]), (1, 0, [0, 1, 2])]


def test_a_layer_that_is_late_is_between_the_keys_of_then() -> None:
    made = make()
    assert sides(made, 1.1, [(0, 0.8)]) == sides(made, 0.8)
    made = layered()
    assert sides(made, 1.1, [(0, 0.8)]) == [(0, 0, [1, 2]), (0, 0, [0]), (1, 2, [1, 2]), (1, 1, [0])]
    made.doodle_bridge.offsets["Lines"].frames = 3
    bpy.context.scene.frame_set(12)
    seen = content.Scene(made, bpy.context.scene, bpy.context.scene.doodle_bridge_overlay)
    assert seen.now == requests.plain(keys.frame_request(made, 12)) and dict(seen.now.lags) == {0: pytest.approx(0.8)}
    before = shown(made, arcs=True)["arcs"][1]
    made.doodle_bridge.offsets["Lines"].frames = 5
    assert shown(made)["arcs"][1].name != before.name


# Work between redraws


def test_what_is_asked_for_is_made_in_steps_and_once() -> None:
    shop, steps = Workshop(), []

    def work():
        for number in range(3):
            steps.append(number)
            yield
        return "done"

    assert shop.get("a", work) is None and shop.busy and not steps
    assert not shop.step(0.0) and steps == [0]  # at least one
    assert shop.get("a", work) is None
    shop.finish()
    assert shop.get("a", work) == "done" and steps == [0, 1, 2] and not shop.busy


def test_what_was_asked_for_last_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    shop, made, clock = Workshop(), [], iter(range(100))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock) / 100)

    def work(name: str):
        made.append(name)
        yield

    for name in "abca":
        shop.get(name, lambda name=name: work(name))
    shop.finish()
    assert made == ["a", "c", "b"]


def test_what_nobody_asks_for_any_more_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Workshop()
    shop.get("a", lambda: (None for _ in ()))
    later = time.monotonic() + 11
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert not shop.step(1.0) and not shop.busy


def test_what_cannot_be_made_is_not_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    shop = Workshop()

    def fails():
        yield
        raise ValueError("by mistake")

    shop.get("a", fails)
    shop.finish()
    assert shop.get("a", fails) is None and not shop.busy and "by mistake" in capsys.readouterr().out


# All of it


def test_a_link_is_seen_at_once_in_all_of_it(doodle: bpy.types.Object) -> None:
    before = shown(doodle, onion=True, arcs=True)
    link(doodle, 0, 1, 2)
    assert partners(doodle, 6)[1] == 2
    after = shown(doodle)
    assert {layer.name for layer in before["ghost"]}.isdisjoint({layer.name for layer in after["ghost"]})
    assert not np.array_equal(before["arcs"][1].places, after["arcs"][1].places)


def test_a_redraw_of_a_hundred_shapes_takes_under_three_milliseconds() -> None:
    """What Python does at a redraw once all is made; handing it to the GPU is measured in the window."""
    dice = np.random.default_rng(1)
    strokes = {
        frame: [
            (np.array(arc(dice.uniform(-0.2, 0.2))) * 0.2 + (x, 0, y + frame / 60)).tolist()
            for x in np.linspace(-2, 2, 10)
            for y in np.linspace(-2, 2, 10)
        ]
        for frame in (1, 25)
    }
    made = make(strokes)
    bpy.context.scene.frame_set(12)
    link(made, 0, 1, 1)
    assert len(shown(made, onion=True, arcs=True, doubt=True, as_drawing=False, before=3, after=3)["ghost"]) == 6
    overlay = bpy.context.scene.doodle_bridge_overlay
    before, count = time.process_time(), 20
    for _ in range(count):
        seen = content.Scene(made, bpy.context.scene, overlay)
        content.layers(seen) + content.of_links(made, seen.now.position)
    assert (time.process_time() - before) / count < 0.003
