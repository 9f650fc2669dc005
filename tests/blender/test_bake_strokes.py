"""In-betweens become Grease Pencil strokes on a layer of their own."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon.keyframes import keys
from blender_addon.outputs import strokes
from blender_addon.sources import grease_pencil
from blender_addon.view import strokes_view
from tests.blender.conftest import add_layer, arc, draw, fill, pencil, write_picture

LAYER = "In-betweens"


def bake(**options: object) -> bpy.types.Object:
    """Bake what is active; the object that holds the strokes."""
    assert bpy.ops.doodle_bridge.bake_strokes(**options) == {"FINISHED"}
    doodle = strokes.doodle_of(bpy.context)
    assert doodle is not None
    target = strokes_view.drawing_of(doodle)
    assert target is not None
    return target


def frames(layer: object) -> dict[int, str]:
    return {frame.frame_number: frame.keyframe_type for frame in layer.frames}  # type: ignore[attr-defined]


def points(layer: object, frame: int) -> np.ndarray:
    """(N, 3), in the layer's own space."""
    attribute = layer.get_frame_at(frame).drawing.attributes["position"]  # type: ignore[attr-defined]
    flat = np.empty(3 * len(attribute.data), np.float32)
    attribute.data.foreach_get("vector", flat)
    return flat.reshape(-1, 3)


def values(layer: object, frame: int, name: str) -> np.ndarray:
    attribute = layer.get_frame_at(frame).drawing.attributes[name]  # type: ignore[attr-defined]
    flat = np.empty(len(attribute.data), np.float32)
    attribute.data.foreach_get("value", flat)
    return flat


def in_world(ob: bpy.types.Object, frame: int, layer: str = LAYER) -> grease_pencil.WorldDrawing:
    """What the layer shows at a frame, in the world."""
    bpy.context.scene.frame_set(frame)
    return grease_pencil._gather(ob, [layer], frame)


@pytest.fixture(autouse=True)
def twenty_one_frames(empty_file: None) -> None:
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 1, 21


def test_breakdowns_on_twos_between_the_keys(make_doodle: Callable[..., bpy.types.Object]) -> None:
    doodle = make_doodle()
    ob = bake()
    assert ob == doodle.doodle_bridge.source
    assert strokes_view.own_layers(doodle) == {"": LAYER}
    found = frames(ob.data.layers[LAYER])
    assert found == {f: "KEYFRAME" if f in (1, 11, 21) else "BREAKDOWN" for f in range(1, 22, 2)}
    layer = ob.data.layers[LAYER]
    for frame in range(1, 22, 2):
        shown = in_world(ob, frame)
        assert len(shown.offsets) == 2  # one bow
        lift = -1.0 + (frame - 1) / 10
        height = lift * (1 - shown.points[:, 0] ** 2)
        np.testing.assert_allclose(shown.points[:, 1], 0, atol=1e-5)
        if frame in (1, 11, 21):
            np.testing.assert_allclose(shown.points[:, 2], height, atol=1e-5)
        else:  # a bow that bends as limbs do is no parabola: its ends and its middle tell
            np.testing.assert_allclose(shown.points[[0, -1], 2], 0, atol=0.15)
        np.testing.assert_allclose(shown.radii, 0.04, rtol=0.03)
        assert not layer.get_frame_at(frame).drawing.strokes[0].cyclic
        assert layer.get_frame_at(frame).drawing.strokes[0].curve_type in (1, "POLY")
    assert not layer.use_lights  # as the source's


def test_every_nth_frame_counts_from_each_key(make_doodle: Callable[..., bpy.types.Object]) -> None:
    make_doodle({1: [arc(-1.0)], 8: [arc(0.0)], 21: [arc(1.0)]})
    ob = bake(step=3)
    assert list(frames(ob.data.layers[LAYER])) == [1, 4, 7, 8, 11, 14, 17, 20, 21]


def test_without_keys_the_layer_is_empty_where_they_are(make_doodle: Callable[..., bpy.types.Object]) -> None:
    make_doodle()
    ob = bake(keys=False, step=5)
    layer = ob.data.layers[LAYER]
    counts = {f.frame_number: f.drawing.attributes.domain_size("CURVE") for f in layer.frames}
    assert counts == {1: 0, 6: 1, 11: 0, 16: 1, 21: 0}
    assert not ob.data.layers["Lines"].hide  # the keys are seen there


def test_a_drawing_that_is_held_is_drawn_once(make_doodle: Callable[..., bpy.types.Object]) -> None:
    doodle = make_doodle()
    doodle.doodle_bridge.method = "hold"
    assert frames(bake().data.layers[LAYER]) == {1: "KEYFRAME", 11: "KEYFRAME", 21: "KEYFRAME"}


def test_a_held_key_that_boils_is_drawn_again(make_doodle: Callable[..., bpy.types.Object]) -> None:
    doodle = make_doodle()
    doodle.doodle_bridge.method, doodle.doodle_bridge.boil = "hold", 0.5
    doodle.doodle_bridge.boil_step = 5
    layer = bake(step=1).data.layers[LAYER]
    assert frames(layer) == {1: "KEYFRAME", 6: "BREAKDOWN", 11: "KEYFRAME", 16: "BREAKDOWN", 21: "KEYFRAME"}
    assert np.abs(points(layer, 1) - points(layer, 6)).max() > 0.005


def test_baking_again_replaces_the_range_and_nothing_else(make_doodle: Callable[..., bpy.types.Object]) -> None:
    doodle = make_doodle()
    ob = bake()
    layer = ob.data.layers[LAYER]
    by_hand = np.array([(0, 0, 3), (1, 0, 3)], np.float32)
    for frame in (3, 15):
        layer.frames.remove(frame)
        draw(layer.frames.new(frame), [by_hand.tolist()])
    settings = doodle.doodle_bridge
    settings.bake_range, settings.bake_first, settings.bake_last = "custom", 11, 21
    assert bake(step=4, overwrite=True) == ob
    assert list(frames(layer)) == [1, 3, 5, 7, 9, 11, 15, 19, 21]
    np.testing.assert_array_equal(points(layer, 3), by_hand)  # outside the range
    assert len(points(layer, 15)) > 2
    assert [one.name for one in ob.data.layers] == ["Lines", LAYER]
    assert list(frames(ob.data.layers["Lines"])) == [1, 11, 21]


def test_what_a_hand_has_changed_since_is_kept_and_told(make_doodle: Callable[..., bpy.types.Object]) -> None:
    doodle = make_doodle()
    ob = bake()
    layer = ob.data.layers[LAYER]
    doodle.doodle_bridge.line_weight = 0.5  # all others become others
    before = {frame: points(layer, frame) for frame in (3, 5, 6, 9)}
    layer.get_frame_at(3).drawing.strokes[0].points[0].position.z += 0.5
    layer.get_frame_at(5).drawing.strokes[0].softness = 0.5
    draw(layer.frames.new(8), [[(0, 0, 0), (1, 0, 1)]])
    widths = {frame: layer.get_frame_at(frame).drawing.strokes[0].points[3].radius for frame in (3, 5, 9)}
    found = strokes.bake(bpy.context, strokes.make_plan(bpy.context, doodle))
    assert found.kept == (3, 5, 8)
    assert points(layer, 3)[0, 2] == pytest.approx(before[3][0, 2] + 0.5)
    assert layer.get_frame_at(5).drawing.strokes[0].softness == 0.5
    assert len(points(layer, 8)) == 2
    now = {frame: layer.get_frame_at(frame).drawing.strokes[0].points[3].radius for frame in (3, 5, 9)}
    assert now[3] == widths[3] and now[5] == widths[5] and now[9] > widths[9]
    found = strokes.bake(bpy.context, strokes.make_plan(bpy.context, doodle))
    assert found.kept == (3, 5, 8), "they are the hand's until they are overwritten"
    found = strokes.bake(bpy.context, strokes.make_plan(bpy.context, doodle, overwrite=True))
    assert not found.kept
    assert list(frames(layer)) == list(range(1, 22, 2))
    assert points(layer, 3)[0, 2] == pytest.approx(before[3][0, 2], abs=1e-6)


def test_what_was_baked_is_known_again_in_a_file(make_doodle: Callable[..., bpy.types.Object], tmp_path: Path) -> None:
    make_doodle()
    bake()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "film.blend"))
    doodle = bpy.data.objects["Drawing Doodle"]
    assert not strokes.bake(bpy.context, strokes.make_plan(bpy.context, doodle)).kept


def test_an_artists_layer_of_that_name_is_left_alone(make_doodle: Callable[..., bpy.types.Object]) -> None:
    doodle = make_doodle()
    add_layer(doodle.doodle_bridge.source, LAYER, {2: [arc(0.3)]})
    ob = bake()
    assert list(frames(ob.data.layers[LAYER])) == [2]
    assert strokes_view.own_layers(doodle) == {"": f"{LAYER}.001"}
    assert ob.data.layers[f"{LAYER}.001"].frames
    # Another name renames the doodle's layer: there is never a second one, which would be read as keys.
    bpy.context.view_layer.objects.active = doodle
    bake(layer="Breakdowns")
    assert [one.name for one in ob.data.layers] == ["Lines", LAYER, "Breakdowns"]


def test_in_betweens_never_become_keys(make_doodle: Callable[..., bpy.types.Object]) -> None:
    doodle = make_doodle()
    ob = bake()  # which hides the layer of the keys, too
    assert grease_pencil.keyframes(ob) == [1, 11, 21]
    bpy.context.view_layer.objects.active = doodle
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 11, 21]
    assert bpy.ops.doodle_bridge.show_doodle() == {"FINISHED"}
    ob.data.layers[LAYER].hide = False
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 11, 21]


def test_what_was_shown_comes_back(make_doodle: Callable[..., bpy.types.Object]) -> None:
    doodle = make_doodle()
    source = doodle.doodle_bridge.source
    add_layer(source, "Notes", {5: [arc(-1.0)]}).hide = True
    bake()
    assert doodle.hide_viewport
    assert doodle.hide_render
    assert not source.hide_viewport
    assert not source.hide_render
    assert bpy.context.object == source
    assert [layer.name for layer in source.data.layers if not layer.hide] == [LAYER]
    bake()  # from the source, which is active now
    assert bpy.ops.doodle_bridge.show_doodle() == {"FINISHED"}
    assert bpy.context.object == doodle
    assert not doodle.hide_viewport
    assert source.hide_viewport
    assert [layer.name for layer in source.data.layers if not layer.hide] == ["Lines"]
    assert bpy.ops.doodle_bridge.show_strokes() == {"FINISHED"}
    assert [layer.name for layer in source.data.layers if not layer.hide] == [LAYER]


def test_strokes_stay_in_their_place_on_the_source_however_it_and_the_layer_are_moved(
    make_doodle: Callable[..., bpy.types.Object],
) -> None:
    doodle = make_doodle()
    source = doodle.doodle_bridge.source
    bake()
    plain = {frame: in_world(source, frame) for frame in (1, 5, 15)}
    carrier = bpy.data.objects.new("Carrier", None)
    bpy.context.scene.collection.objects.link(carrier)
    source.parent = carrier
    carrier.rotation_euler, source.scale = (0.3, 0.2, 1.0), (2, 2, 2)
    for frame, x in ((1, 0.0), (21, 8.0)):
        carrier.location.x = x
        carrier.keyframe_insert("location", frame=frame)
    layer = source.data.layers[LAYER]
    layer.translation, layer.scale, layer.radius_offset = (1, 2, 3), (0.5, 0.5, 0.5), 0.005
    bpy.context.view_layer.objects.active = doodle
    bake()
    for frame, before in plain.items():
        now = in_world(source, frame)
        matrix = np.array(source.matrix_world)
        np.testing.assert_allclose(now.points, before.points @ matrix[:3, :3].T + matrix[:3, 3], atol=1e-4)
        np.testing.assert_allclose(now.radii, 2 * before.radii, atol=1e-5)


def test_strokes_follow_the_plane(make_doodle: Callable[..., bpy.types.Object]) -> None:
    doodle = make_doodle()
    source = doodle.doodle_bridge.source
    bake()
    plain = in_world(source, 5)
    strokes_view.show_doodle(bpy.context, doodle)
    bpy.context.scene.frame_set(1)
    doodle.scale *= 2
    for frame, x in ((1, 0.0), (9, 8.0)):
        doodle.location.x += x
        doodle.keyframe_insert("location", frame=frame)
    bake(show=False)
    moved = in_world(source, 5)
    shift = doodle.matrix_world.translation.x
    centre = doodle.doodle_bridge.canvas_centre
    np.testing.assert_allclose(np.ptp(moved.points, axis=0), 2 * np.ptp(plain.points, axis=0), atol=1e-4)
    np.testing.assert_allclose(moved.radii, 2 * plain.radii, atol=1e-6)
    assert moved.points[:, 0].mean() == pytest.approx(2 * (plain.points[:, 0].mean() - centre[0]) + shift, abs=1e-3)


def test_strokes_look_as_those_that_they_come_from(make_doodle: Callable[..., bpy.types.Object]) -> None:
    source = pencil({})
    red = bpy.data.materials.new("Red")
    bpy.data.materials.create_gpencil_data(red)
    source.data.materials.append(red)
    layer = source.data.layers[0]
    for frame, lift in ((1, 0.2), (11, 0.8)):
        # Drawn in another order at the second key.
        shapes = [arc(lift), arc(-lift - 0.5)]
        keyframe = layer.frames.new(frame)
        draw(keyframe, shapes if frame == 1 else shapes[::-1], opacity=0.75)
        red_one = 1 if frame == 1 else 0
        keyframe.drawing.strokes[red_one].material_index = 1
        keyframe.drawing.strokes[red_one].softness = 0.5
        for point in keyframe.drawing.strokes[red_one].points:
            point.vertex_color = (0.0, 1.0, 0.0, 0.5)
    assert bpy.ops.doodle_bridge.from_grease_pencil(size=64) == {"FINISHED"}
    bpy.context.scene.frame_end = 11
    ob = bake()
    for frame in range(1, 12, 2):
        drawing = ob.data.layers[LAYER].get_frame_at(frame).drawing
        assert len(drawing.strokes) == 2
        for stroke in drawing.strokes:
            low = np.mean([point.position.z for point in stroke.points]) < 0
            assert stroke.material_index == int(low)
            assert stroke.softness == (0.5 if low else 0.0)
            np.testing.assert_allclose(stroke.points[0].vertex_color, (0, 1, 0, 0.5) if low else (0, 0, 0, 0))
            assert stroke.points[0].opacity == pytest.approx(0.75)


def test_filled_strokes_come_back_as_the_ones_they_are() -> None:
    """Their inside and their line, of another colour, are two strokes of the doodle, and one of the drawing."""
    source = pencil({})
    source.data.materials[0].grease_pencil.fill_color = (1.0, 0.0, 0.0, 1.0)
    other = bpy.data.materials.new("Other")
    bpy.data.materials.create_gpencil_data(other)
    source.data.materials.append(other)
    layer = source.data.layers[0]
    for frame, x in ((1, 0.0), (11, 0.5)):
        square = [(x, 0, 0), (x + 1, 0, 0), (x + 1, 0, 1), (x, 0, 1)]
        draw(layer.frames.new(frame), [square, arc(2.0)])
        square_stroke, bow = layer.get_frame_at(frame).drawing.strokes
        square_stroke.cyclic = True
        bow.material_index = 1
        fill(source, square_stroke)
    assert bpy.ops.doodle_bridge.from_grease_pencil(size=64) == {"FINISHED"}
    bpy.context.scene.frame_end = 11
    layer = bake().data.layers[LAYER]
    for frame in (1, 5, 7, 11):
        drawing = layer.get_frame_at(frame).drawing
        assert [stroke.material_index for stroke in drawing.strokes] == [0, 1]
        assert [stroke.cyclic for stroke in drawing.strokes] == [True, False]
        if frame in (1, 11):
            assert [len(stroke.points) for stroke in drawing.strokes] == [4, 24]
        shown = in_world(source, frame)
        assert shown.areas.tolist() == [True, False, False]
        np.testing.assert_allclose(shown.opacities, 1.0, atol=1e-6)
        np.testing.assert_allclose(shown.colours[: shown.offsets[1]], [(1, 0, 0)] * shown.offsets[1], atol=1e-6)
    assert len(source.data.materials) == 2


def test_closed_lines_and_dots_stay_what_they_are(make_doodle: Callable[..., bpy.types.Object]) -> None:
    turn = np.linspace(0, 2 * math.pi, 40, endpoint=False)
    source = pencil({})
    layer = source.data.layers[0]
    for frame, x in ((1, 0.0), (11, 0.6)):
        ring = np.stack([x + np.cos(turn), 0 * turn, np.sin(turn)], axis=1)
        draw(layer.frames.new(frame), [ring.tolist(), [(x, 0, 0)]])
        layer.get_frame_at(frame).drawing.strokes[0].cyclic = True
    assert bpy.ops.doodle_bridge.from_grease_pencil(size=64) == {"FINISHED"}
    bpy.context.scene.frame_end = 11
    drawing = bake().data.layers[LAYER].get_frame_at(5).drawing
    assert [stroke.cyclic for stroke in drawing.strokes] == [True, False]
    assert len(drawing.strokes[1].points) == 1


def test_only_a_doodle_or_the_drawing_of_one_can_be_baked(make_doodle: Callable[..., bpy.types.Object]) -> None:
    can = bpy.ops.doodle_bridge.bake_strokes.poll
    assert not can()
    pencil({1: [arc(0.0)]}, name="No doodle's")
    assert not can()
    doodle = make_doodle()
    other = bpy.data.objects.new("Empty", None)
    bpy.context.scene.collection.objects.link(other)
    for ob, wanted in ((doodle, True), (doodle.doodle_bridge.source, True), (other, False)):
        bpy.context.view_layer.objects.active = ob
        assert can() == wanted, ob.name
    bpy.context.view_layer.objects.active = bpy.context.scene.objects["No doodle's"]
    assert not can()


def test_pictures_get_a_drawing_in_the_planes_place(tmp_path: Path) -> None:
    rows, columns = np.mgrid[0:64, 0:64]
    paths = []
    for number, x in enumerate((20, 44)):
        ring = np.abs(np.hypot(columns - x, rows - 32) - 12) < 2
        paths.append({"name": write_picture(tmp_path / f"{number}.png", ring.astype(float)).name})
    options = {"files": paths, "directory": str(tmp_path), "size": 64}
    assert bpy.ops.doodle_bridge.from_images(**options) == {"FINISHED"}
    doodle = bpy.context.object
    doodle.doodle_bridge.colour = (0.8, 0.1, 0.2, 1.0)
    doodle.location.x += 3
    times = keys.key_times(doodle)
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = int(times[0]), int(times[1])
    ob = bake()
    assert ob.parent == doodle
    np.testing.assert_allclose(ob.data.materials[0].grease_pencil.color, (0.8, 0.1, 0.2, 1.0), atol=1e-6)
    middle = in_world(ob, int(times[0]) + 4)
    assert middle.cyclic.any()
    bpy.context.view_layer.update()
    inside = np.array(doodle.matrix_world.inverted()) @ np.vstack([middle.points.T, np.ones(len(middle.points))])
    assert np.abs(inside[:2]).max() < 0.5
    np.testing.assert_allclose(inside[2], 0, atol=1e-5)
    side = doodle.matrix_world.to_scale().x
    np.testing.assert_allclose(middle.radii.mean() / side, 2 / 64, rtol=0.25)
    assert bake() == ob  # again into the same
    assert bpy.ops.doodle_bridge.show_doodle() == {"FINISHED"}
    assert ob.hide_viewport
    bpy.context.view_layer.objects.active = doodle
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}


def test_the_preview_range_is_baked_where_one_is_set(make_doodle: Callable[..., bpy.types.Object]) -> None:
    doodle = make_doodle()
    doodle.doodle_bridge.bake_range = "preview"
    scene = bpy.context.scene
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = 5, 9
    assert list(frames(bake().data.layers[LAYER])) == [5, 7, 9]


def test_the_scene_stays_at_its_frame(make_doodle: Callable[..., bpy.types.Object]) -> None:
    make_doodle()
    bpy.context.scene.frame_set(7, subframe=0.25)
    bake()
    assert bpy.context.scene.frame_current_final == 7.25


def test_mistakes_change_nothing(make_doodle: Callable[..., bpy.types.Object], reports: Callable[..., str]) -> None:
    doodle = make_doodle()
    source = doodle.doodle_bridge.source
    bake_strokes = bpy.ops.doodle_bridge.bake_strokes
    assert "no name" in reports(bake_strokes, layer="")
    doodle.doodle_bridge.bake_range, doodle.doodle_bridge.bake_first, doodle.doodle_bridge.bake_last = "custom", 9, 3
    assert "frames 9-3" in reports(bake_strokes)
    doodle.doodle_bridge.bake_range = "scene"
    doodle.doodle_bridge.model_id = "another"
    doodle.update_tag()
    assert "another model" in reports(bake_strokes)
    bpy.context.scene.collection.objects.unlink(source)
    assert "is not in the scene" in reports(bake_strokes)
    assert [layer.name for layer in source.data.layers] == ["Lines"]
    assert not doodle.hide_viewport
