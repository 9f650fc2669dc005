"""What is said by hand of how keys become one another: links, shapes that are left alone, shapes that belong together.
It is stored in the .blend, undone, carried along when keys change, and every frame is drawn by it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import key_hints, session
from blender_addon.keyframes import correcting, keys
from doodle_core.drawing.picking import on_shape
from doodle_core.sequence import read_picture
from tests.blender.conftest import Stroke, add_layer, draw, pencil, start_afresh

Reports = Callable[..., str]
Doodle = bpy.types.Object


def line(x0: float, y0: float, x1: float, y1: float) -> Stroke:
    share = np.linspace(0, 1, 10)
    return np.stack([x0 + (x1 - x0) * share, 0 * share, y0 + (y1 - y0) * share], axis=1).tolist()


BODY, LEFT, RIGHT = line(0, 0, 0, 2), line(-0.2, 1.5, -1.2, 1), line(0.2, 1.5, 1.2, 1)
UP_LEFT, UP_RIGHT = line(-0.2, 1.5, -1, 2.2), line(0.2, 1.5, 1, 2.2)


def make(drawings: dict[int, list[Stroke]] | None = None, **options: object) -> Doodle:
    pencil(drawings or {1: [BODY, LEFT, RIGHT], 11: [BODY, UP_LEFT, UP_RIGHT], 21: [BODY, LEFT, RIGHT]})
    options = {"size": 64, "output": "strokes", **options}
    assert bpy.ops.doodle_bridge.from_grease_pencil(**options) == {"FINISHED"}
    return bpy.context.object


@pytest.fixture
def doodle() -> Doodle:
    """Three keys of a body and two arms."""
    return make()


def place(doodle: Doodle, key: int, shape: int) -> tuple[float, float]:
    return on_shape(correcting.drawing_of(doodle.doodle_bridge, key), shape)


def link(doodle: Doodle, key: int, shape: int, other: int) -> None:
    goal = place(doodle, key + 1, other)
    done = bpy.ops.doodle_bridge.link_shapes(key=key, place=place(doodle, key, shape), next_place=goal)
    assert done == {"FINISHED"}


def partners(doodle: Doodle, frame: int) -> dict[int, int]:
    """Which shape of the key before becomes which of the key after, at a frame."""
    bpy.context.scene.frame_set(frame)
    evaluated = doodle.evaluated_get(bpy.context.evaluated_depsgraph_get())
    pose = session.get().pose(keys.frame_request(evaluated, frame))
    return {before: after for before, after in pose.origins.tolist() if before >= 0}


def said(doodle: Doodle) -> list[key_hints.Said]:
    return [key_hints.said_of(key.hints) for key in doodle.doodle_bridge.keys]


def ends(doodle: Doodle) -> list[list[tuple[int, int]]]:
    return [[(end.key, end.shape) for end in one.ends] for one in doodle.doodle_bridge.corrections]


def test_a_link_changes_what_becomes_what_and_only_between_its_keys(doodle: Doodle) -> None:
    assert partners(doodle, 6) == {0: 0, 1: 1, 2: 2}
    link(doodle, 0, 1, 2)
    assert partners(doodle, 6) == {0: 0, 1: 2, 2: 1}  # the other arm has made way
    assert partners(doodle, 16) == {0: 0, 1: 1, 2: 2}
    (one,) = doodle.doodle_bridge.corrections
    assert (one.kind, ends(doodle)) == ("link", [[(0, 1), (1, 2)]])


def test_what_a_shape_was_linked_to_before_counts_no_more(doodle: Doodle) -> None:
    link(doodle, 0, 1, 2)
    link(doodle, 0, 1, 1)
    assert ends(doodle) == [[(0, 1), (1, 1)]]
    assert partners(doodle, 6) == {0: 0, 1: 1, 2: 2}
    link(doodle, 1, 1, 2)  # the way on is another matter
    assert ends(doodle) == [[(0, 1), (1, 1)], [(1, 1), (2, 2)]]
    assert partners(doodle, 16)[1] == 2


def test_a_link_heals_within_half_a_second(doodle: Doodle) -> None:
    partners(doodle, 6)
    before = time.process_time()
    link(doodle, 0, 1, 2)
    assert partners(doodle, 6)[1] == 2
    assert time.process_time() - before < 0.5


def test_links_are_refused_where_they_cannot_be(doodle: Doodle, reports: Reports) -> None:
    far, near = (0.001, 0.001), place(doodle, 0, 1)
    assert "nothing that could be meant" in reports(
        bpy.ops.doodle_bridge.link_shapes, key=0, place=far, next_place=near
    )
    assert "nothing that could be meant" in reports(
        bpy.ops.doodle_bridge.link_shapes, key=0, place=near, next_place=far
    )
    assert "no key comes after" in reports(bpy.ops.doodle_bridge.link_shapes, key=2, place=near, next_place=near)
    assert "there is no key 7" in reports(bpy.ops.doodle_bridge.link_shapes, key=7, place=near, next_place=near)
    assert "no shape 9" in reports(bpy.ops.doodle_bridge.link_shapes, key=0, shape=9, place=near, next_place=near)
    assert not doodle.doodle_bridge.corrections and not any(key.hints for key in doodle.doodle_bridge.keys)


def test_the_way_back_of_a_loop_can_be_linked(doodle: Doodle) -> None:
    assert bpy.ops.doodle_bridge.close_loop() == {"FINISHED"}
    doodle.doodle_bridge.loop = True
    goal = place(doodle, 0, 2)
    assert bpy.ops.doodle_bridge.link_shapes(key=2, place=place(doodle, 2, 1), next_place=goal) == {"FINISHED"}
    assert ends(doodle) == [[(2, 1), (0, 2)]]
    assert partners(doodle, 26)[1] == 2


def test_left_alone_a_shape_has_no_partner(doodle: Doodle) -> None:
    assert bpy.ops.doodle_bridge.leave_alone(key=0, shapes="1") == {"FINISHED"}
    assert partners(doodle, 6).get(1, -1) == -1
    assert partners(doodle, 16) == {0: 0, 1: 1, 2: 2}
    link(doodle, 0, 1, 2)  # said later, so it counts
    assert [one.kind for one in doodle.doodle_bridge.corrections] == ["link"]
    assert partners(doodle, 6)[1] == 2
    assert bpy.ops.doodle_bridge.leave_alone(key=0, shapes="1 2") == {"FINISHED"}
    assert [one.kind for one in doodle.doodle_bridge.corrections] == ["alone"]


def test_a_layer_can_be_left_alone(reports: Reports) -> None:
    source = pencil({1: [BODY], 11: [BODY]})
    add_layer(source, "Arms", {1: [LEFT, RIGHT], 11: [UP_LEFT, UP_RIGHT]})
    assert bpy.ops.doodle_bridge.from_grease_pencil(size=64, output="strokes") == {"FINISHED"}
    doodle = bpy.context.object
    assert bpy.ops.doodle_bridge.leave_alone(what="layer", layer="Arms") == {"FINISHED"}
    assert partners(doodle, 3) == {0: 0, 1: -1, 2: -1}
    assert [one.layers for one in said(doodle)] == [(1,), (1,)]
    assert "no layer 'Legs'" in reports(bpy.ops.doodle_bridge.leave_alone, what="layer", layer="Legs")
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert [one.layer for one in doodle.doodle_bridge.corrections] == ["Arms"]
    assert bpy.ops.doodle_bridge.leave_alone(what="layer", layer="Arms") == {"FINISHED"}  # and no more
    assert not doodle.doodle_bridge.corrections and partners(doodle, 6) == {0: 0, 1: 1, 2: 2}


def test_shapes_belong_together(doodle: Doodle, reports: Reports) -> None:
    assert "two or more" in reports(bpy.ops.doodle_bridge.belong_together, key=0, shapes="1")
    assert "no shapes are chosen" in reports(bpy.ops.doodle_bridge.belong_together)
    assert "names no shapes" in reports(bpy.ops.doodle_bridge.belong_together, key=0, shapes="arm")
    assert bpy.ops.doodle_bridge.belong_together(key=0, shapes="0, 1") == {"FINISHED"}
    assert said(doodle)[0].groups == ((1, (0, 1)),)
    assert partners(doodle, 6).keys() == {0, 1, 2}


def test_shapes_are_picked_one_by_one_and_let_go(doodle: Doodle) -> None:
    pick, settings = bpy.ops.doodle_bridge.pick_shape, doodle.doodle_bridge
    assert (
        pick(key=0, shape=1) == pick(key=0, shape=2, extend=True) == pick(key=1, shape=0, extend=True) == {"FINISHED"}
    )
    assert correcting.picked(settings) == [(0, 1), (0, 2), (1, 0)]
    pick(key=0, shape=2, extend=True)
    assert correcting.picked(settings) == [(0, 1), (1, 0)]
    assert bpy.ops.doodle_bridge.belong_together() == {"FINISHED"}
    assert [one.groups for one in said(doodle)[:2]] == [((1, (1,)),), ((1, (0,)),)]
    pick(key=0, shape=2)
    assert correcting.picked(settings) == [(0, 2)]
    pick(shape=-1)
    assert correcting.picked(settings) == []


@pytest.mark.parametrize("mode", ["STROKE", "POINT"])
def test_selected_strokes_of_the_drawing_are_meant_in_edit_mode(doodle: Doodle, mode: str) -> None:
    source = doodle.doodle_bridge.source
    assert bpy.ops.doodle_bridge.edit_drawing() == {"FINISHED"}
    bpy.context.scene.frame_set(13)
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.context.scene.tool_settings.gpencil_selectmode_edit = mode
    bpy.ops.grease_pencil.select_all(action="DESELECT")
    strokes = source.data.layers[0].frames[1].drawing.strokes
    for number in (0, 2):
        strokes[number].points[3].select = True
    if mode == "STROKE":
        for number in (0, 2):
            strokes[number].select = True
    assert bpy.ops.doodle_bridge.belong_together() == {"FINISHED"}
    assert ends(doodle) == [[(1, 0), (1, 2)]]
    bpy.ops.grease_pencil.select_all(action="SELECT")
    assert bpy.ops.doodle_bridge.leave_alone() == {"FINISHED"}
    assert ends(doodle)[1] == [(1, 0), (1, 1), (1, 2)]


@pytest.mark.parametrize("operator", ["link", "alone", "together", "pick", "remove"])
def test_undo_and_redo(doodle: Doodle, operator: str) -> None:
    def do() -> None:
        if operator == "link":
            link(doodle, 0, 1, 2)
        elif operator == "remove":
            bpy.ops.doodle_bridge.remove_correction(index=0)
        elif operator == "pick":
            bpy.ops.doodle_bridge.pick_shape(key=0, shape=1)
        else:
            names = {"alone": "leave_alone", "together": "belong_together"}
            getattr(bpy.ops.doodle_bridge, names[operator])(key=0, shapes="1 2")

    def state() -> tuple[object, ...]:
        settings = bpy.data.objects[name].doodle_bridge
        return [key.hints for key in settings.keys], [one.kind for one in settings.corrections], settings.picked

    name = doodle.name
    if operator == "remove":
        link(doodle, 0, 1, 2)
    before, became = state(), partners(doodle, 6)
    bpy.ops.ed.undo_push(message="before")
    do()
    after = state()
    assert after != before
    bpy.ops.ed.undo_push(message="after")
    assert bpy.ops.ed.undo() == {"FINISHED"} and state() == before
    assert partners(bpy.data.objects[name], 6) == became
    assert bpy.ops.ed.redo() == {"FINISHED"} and state() == after


def test_corrections_are_removed_from_the_list(doodle: Doodle, reports: Reports) -> None:
    link(doodle, 0, 1, 2)
    link(doodle, 1, 1, 2)
    assert doodle.doodle_bridge.active_correction == 1
    assert bpy.ops.doodle_bridge.remove_correction(index=0) == {"FINISHED"}
    assert ends(doodle) == [[(1, 1), (2, 2)]] and partners(doodle, 6)[1] == 1 and partners(doodle, 16)[1] == 2
    assert "there is no correction 4" in reports(bpy.ops.doodle_bridge.remove_correction, index=4)
    bpy.ops.doodle_bridge.leave_alone(key=0, shapes="1")
    assert bpy.ops.doodle_bridge.remove_correction(all=True) == {"FINISHED"}
    assert not doodle.doodle_bridge.corrections and not any(key.hints for key in doodle.doodle_bridge.keys)


def test_a_file_that_reopens_has_them_and_matches_nothing_anew(doodle: Doodle, tmp_path: Path) -> None:
    link(doodle, 0, 1, 2)
    became, name = partners(doodle, 6), doodle.name
    path = str(tmp_path / "linked.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    start_afresh()
    session.reset()
    bpy.ops.wm.open_mainfile(filepath=path)
    again = bpy.data.objects[name]
    evaluated = again.evaluated_get(bpy.context.evaluated_depsgraph_get())
    request = keys.frame_request(evaluated, 6)
    track = session.Session()
    assert session.get().matches(request.keys, lambda _: False)[0], "it was stored with its links"
    assert track.matches(request.keys, lambda _: False)[0] == again.doodle_bridge.keys[0].match.splitlines()[0]
    assert partners(again, 6) == became and ends(again) == [[(0, 1), (1, 2)]]


def test_linked_data_shows_its_corrections_and_keeps_them(doodle: Doodle, tmp_path: Path) -> None:
    link(doodle, 0, 1, 2)
    name = doodle.name
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    start_afresh()
    with bpy.data.libraries.load(str(path), link=True) as (_, there):
        there.objects = [name]
    linked = there.objects[0]
    bpy.context.scene.collection.objects.link(linked)
    assert partners(linked, 6)[1] == 2
    bpy.context.view_layer.objects.active = linked
    assert not bpy.ops.doodle_bridge.link_shapes.poll() and not bpy.ops.doodle_bridge.remove_correction.poll()
    own = linked.override_create(remap_local_usages=False)
    bpy.context.scene.collection.objects.link(own)
    assert partners(own, 6)[1] == 2


def test_update_keys_keeps_what_is_said_of_shapes_that_survive(doodle: Doodle) -> None:
    link(doodle, 0, 1, 2)
    bpy.ops.doodle_bridge.belong_together(key=1, shapes="0 1")
    layer = doodle.doodle_bridge.source.data.layers[0]
    drawing = layer.frames[0].drawing
    drawing.remove_strokes()
    # The body is gone, the other arm comes first, and the linked one is drawn again, a little farther down.
    draw(layer.frames[0], [RIGHT, line(-0.2, 1.5, -1.2, 0.95)])
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert ends(doodle) == [[(0, 1), (1, 2)], [(1, 0), (1, 1)]]
    assert partners(doodle, 6)[1] == 2
    layer.frames[0].drawing.remove_strokes(indices=[1])
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert ends(doodle) == [[(1, 0), (1, 1)]]  # with its shape the link is gone


def test_a_larger_square_moves_places_along(doodle: Doodle) -> None:
    link(doodle, 0, 1, 2)
    before = [tuple(end.place) for end in doodle.doodle_bridge.corrections[0].ends]
    layer = doodle.doodle_bridge.source.data.layers[0]
    draw(layer.frames.new(31), [line(-5, -3, 5, 6)])
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    after = [tuple(end.place) for end in doodle.doodle_bridge.corrections[0].ends]
    assert ends(doodle) == [[(0, 1), (1, 2)]] and after != before
    for number, (end, shape) in enumerate(((after[0], 1), (after[1], 2))):
        assert end == pytest.approx(place(doodle, number, shape), abs=1e-4)


def test_links_wait_for_their_keys_to_be_neighbours_again(doodle: Doodle) -> None:
    link(doodle, 0, 1, 2)
    layer = doodle.doodle_bridge.source.data.layers[0]
    draw(layer.frames.new(6), [BODY, LEFT, RIGHT])
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert ends(doodle) == [[(0, 1), (2, 2)]] and partners(doodle, 3) == {0: 0, 1: 1, 2: 2}
    assert bpy.ops.doodle_bridge.remove_key(index=1) == {"FINISHED"}
    assert ends(doodle) == [[(0, 1), (1, 2)]] and partners(doodle, 6)[1] == 2
    assert bpy.ops.doodle_bridge.remove_key(index=0) == {"FINISHED"}
    assert ends(doodle) == []


def test_a_doodle_that_changes_its_output_or_is_copied_keeps_them(doodle: Doodle) -> None:
    link(doodle, 0, 1, 2)
    assert bpy.ops.doodle_bridge.change_output(output="plane") == {"FINISHED"}
    plane = bpy.context.object
    assert ends(plane) == [[(0, 1), (1, 2)]] and partners(plane, 6)[1] == 2
    assert bpy.ops.object.duplicate() == {"FINISHED"}
    copy = bpy.context.object
    assert copy != plane and partners(copy, 6)[1] == 2
    assert bpy.ops.doodle_bridge.remove_correction() == {"FINISHED"}
    assert partners(copy, 6)[1] == 1 and partners(plane, 6)[1] == 2


def test_a_bake_draws_anew_what_a_link_changes(tmp_path: Path) -> None:
    doodle = make(output="plane")
    options = {"first": 6, "last": 16, "folder": str(tmp_path)}
    assert bpy.ops.doodle_bridge.bake(**options) == {"FINISHED"}
    pictures = {path.name: read_picture(path) for path in sorted(tmp_path.glob("*.png"))}
    assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}
    link(doodle, 0, 1, 2)
    assert bpy.ops.doodle_bridge.bake(**options) == {"FINISHED"}
    changed = [name for name, before in pictures.items() if not np.array_equal(read_picture(tmp_path / name), before)]
    numbers = [int(name.removesuffix(".png")[-4:]) for name in changed]
    assert 7 in numbers and set(numbers) <= set(range(6, 11)), numbers  # the other pair of keys is as it was


def test_layers_with_keys_of_their_own_link_to_their_next() -> None:
    source = pencil({1: [BODY], 11: [BODY], 21: [BODY]})
    add_layer(source, "Arms", {1: [LEFT, RIGHT], 21: [UP_LEFT, UP_RIGHT]})
    assert bpy.ops.doodle_bridge.from_grease_pencil(size=64, output="strokes") == {"FINISHED"}
    doodle = bpy.context.object
    goal = place(doodle, 2, 2)
    assert bpy.ops.doodle_bridge.link_shapes(key=0, place=place(doodle, 0, 1), next_place=goal) == {"FINISHED"}
    assert ends(doodle) == [[(0, 1), (2, 2)]]
    assert partners(doodle, 6)[1] == 2


@pytest.mark.parametrize("text", ["{", "[]", '{"links": 1}', '{"links":[[1,2]],"alone":[],"layers":[],"groups":[]}'])
def test_a_damaged_text_says_nothing(doodle: Doodle, text: str) -> None:
    doodle.doodle_bridge.keys[0].hints = text
    assert key_hints.said_of(text) == key_hints.NOTHING
    assert partners(doodle, 6) == {0: 0, 1: 1, 2: 2}


def test_what_matters_between_two_keys_is_told_alike_whatever_its_numbers() -> None:
    def of(number: int, *, alone: tuple[int, ...] = ()) -> tuple[str, str]:
        one = key_hints.Said((key_hints.End(number, 3, (0.1, 0.2)),), alone)
        two = key_hints.Said((key_hints.End(number, 4, (0.3, 0.4)), key_hints.End(99, 1, (0.5, 0.5))))
        return key_hints.said_text(one), key_hints.said_text(two)

    assert key_hints.between(*of(1)) == key_hints.between(*of(7)) != ""
    assert key_hints.between(*of(1)) != key_hints.between(*of(1, alone=(2,)))
    assert key_hints.between(of(1)[0], of(2)[1]) == ""  # two ends of no link
    assert key_hints.between("", "") == ""
