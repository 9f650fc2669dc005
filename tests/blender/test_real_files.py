"""Files as animators have them: masks that do not take part, layers added to a doodle, rigs, linked drawings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon.keyframes import correcting, keys
from tests.blender.conftest import add_layer, arc, pencil, start_afresh, write_picture


def body_and_hair() -> bpy.types.Object:
    """Two layers with keyframes of their own."""
    source = pencil({1: [arc(0.5)], 11: [arc(-0.5)]}, layer="Body")
    add_layer(source, "Hair", {1: [arc(1.0)], 6: [arc(0.9)], 11: [arc(0.2)]})
    return source


def make(source: bpy.types.Object, **options: object) -> bpy.types.Object:
    bpy.context.view_layer.objects.active = source
    assert bpy.ops.doodle_bridge.from_grease_pencil(**{"size": 64, **options}) == {"FINISHED"}
    return bpy.context.object


def heights(ob: bpy.types.Object, layer: str) -> np.ndarray:
    """How high the points of a layer's first keyframe lie, as they are stored."""
    drawing = ob.data.layers[layer].frames[0].drawing
    flat = np.zeros(3 * drawing.attributes.domain_size("POINT"), np.float32)
    drawing.attributes["position"].data.foreach_get("vector", flat)
    return flat[2::3]


def strokes_of(ob: bpy.types.Object, layer: str) -> list[tuple[int, int]]:
    """The keyframes of a layer, and how many strokes each has."""
    frames = ob.data.layers[layer].frames
    return [(one.frame_number, one.drawing.attributes.domain_size("CURVE")) for one in frames]


def test_a_mask_that_takes_no_part_stays_as_it_is_drawn() -> None:
    source = body_and_hair()
    add_layer(source, "Mask", {1: [arc(0.2)], 11: [arc(0.4)]})
    hair = source.data.layers["Hair"]
    hair.use_masks = True
    source.data.layers.active = hair
    assert bpy.ops.grease_pencil.layer_mask_add(name="Mask") == {"FINISHED"}
    ob = make(source, layer="Hair")
    for frame in (1, 6, -3, 11):
        bpy.context.scene.frame_set(frame)
    assert strokes_of(ob, "Mask") == [(1, 1), (11, 1)]


def test_a_layer_that_is_renamed_in_the_doodle_goes_on() -> None:
    ob = make(body_and_hair())
    bpy.context.scene.frame_set(1)
    ob.data.layers["Body"].name = "Torso"
    bpy.context.scene.frame_set(11)
    assert heights(ob, "Torso").min() == pytest.approx(-0.5, abs=0.01)
    assert heights(ob, "Hair").max() == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("how", ["update", "plane"])
def test_what_is_drawn_into_a_doodle_is_never_lost(how: str, capfd: pytest.CaptureFixture[str]) -> None:
    source = body_and_hair()
    source.location = (1, 2, 3)
    ob = make(source)
    add_layer(ob, "Prop", {1: [arc(-1.0)], 9: [arc(1.2)]})
    bpy.context.scene.frame_set(5)
    assert strokes_of(ob, "Prop") == [(1, 1), (9, 1)]
    if how == "update":
        assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
        told = "The layers that were added to the doodle are in 'Drawing Doodle Layers' now"
        assert told in capfd.readouterr().out
    else:
        assert bpy.ops.doodle_bridge.change_output(output="plane") == {"FINISHED"}
    aside = bpy.data.objects["Drawing Doodle Layers"]
    bpy.context.view_layer.update()
    assert [layer.name for layer in aside.data.layers] == ["Prop"]
    assert strokes_of(aside, "Prop") == [(1, 1), (9, 1)]
    assert aside.matrix_world == source.matrix_world and not aside.doodle_bridge.is_doodle
    count = len(bpy.data.objects)
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert len(bpy.data.objects) == count


def test_modifiers_that_need_vertex_weights_are_named(capfd: pytest.CaptureFixture[str]) -> None:
    source = body_and_hair()
    source.vertex_groups.new(name="Arm")
    source.modifiers.new("Lift", "GREASE_PENCIL_OFFSET").vertex_group_name = "Arm"
    source.modifiers.new("Push", "GREASE_PENCIL_OFFSET")
    make(source)
    line = "Warning: In-betweens have no vertex weights, so 'Lift' cannot act on them; "
    assert line in capfd.readouterr().out
    assert bpy.ops.doodle_bridge.change_output(output="plane") == {"FINISHED"}
    assert line not in capfd.readouterr().out
    assert bpy.ops.doodle_bridge.change_output(output="strokes") == {"FINISHED"}
    assert line in capfd.readouterr().out


def test_keys_are_not_counted_anew_under_an_action_in_the_nla(reports: Callable[..., str]) -> None:
    source = body_and_hair()
    ob = make(source)
    animation = ob.animation_data
    action, slot = animation.action, animation.action_slot
    strip = animation.nla_tracks.new().strips.new("Walk", 1, action)
    strip.action_slot = slot
    animation.action = None
    bpy.context.scene.frame_set(4)
    before = heights(ob, "Body")
    add_layer(source, "Tail", {15: [arc(0.0)]})
    ob.doodle_bridge.layers = '["Body", "Hair", "Tail"]'
    line = "the timing of 'Drawing Doodle' is in the NLA: bring its action back, change keys, push it down"
    assert reports(bpy.ops.doodle_bridge.make_key) == line
    assert reports(bpy.ops.doodle_bridge.update_keys) == line
    assert reports(bpy.ops.doodle_bridge.remove_key) == line
    assert len(ob.doodle_bridge.keys) == 3 and len(source.data.layers["Body"].frames) == 2
    bpy.context.scene.frame_set(2)
    bpy.context.scene.frame_set(4)
    np.testing.assert_allclose(heights(ob, "Body"), before)
    animation.nla_tracks.remove(animation.nla_tracks[0])
    animation.action, animation.action_slot = action, slot
    assert bpy.ops.doodle_bridge.make_key() == {"FINISHED"}


def test_the_drawing_of_a_doodle_that_was_deleted_is_shown_again() -> None:
    source = body_and_hair()
    bpy.data.objects.remove(make(source))
    bpy.context.view_layer.objects.active = source
    assert source.hide_viewport and source.hide_render
    assert bpy.ops.doodle_bridge.show_drawing() == {"FINISHED"}
    assert source.visible_get() and source.select_get() and not source.hide_render
    assert not bpy.ops.doodle_bridge.show_drawing.poll()


def test_drawings_that_are_moved_together_to_each_others_frames_stay_the_same_keys() -> None:
    source = pencil({1: [arc(-1.0), arc(-0.5)], 13: [arc(0.0), arc(0.4)], 25: [arc(1.0), arc(1.2)]})
    ob = make(source)
    settings = ob.doodle_bridge
    correcting.add(settings, "link", [correcting.End(0, 0, (0.5, 0.9)), correcting.End(1, 1, (0.5, 0.4))])
    curve = keys.position_curve(ob)
    curve.keyframe_points[1].co.x = 17  # by hand
    curve.update()
    frames = source.data.layers["Lines"].frames
    for number in (25, 13, 1):
        frames.move(number, number + 12)
    digests = [key.digest for key in settings.keys]
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert [key.digest for key in settings.keys] == digests
    assert [key.frame for key in settings.keys] == [13, 25, 37]
    assert [tuple(point.co) for point in curve.keyframe_points] == [(13, 0), (17, 1), (37, 2)]
    assert [(end.key, end.shape) for end in settings.corrections[0].ends] == [(0, 0), (1, 1)]


def test_drawings_that_change_places_stay_at_their_frames() -> None:
    source = pencil({1: [arc(-1.0)], 13: [arc(0.5)], 25: [arc(1.0)]})
    ob = make(source)
    curve = keys.position_curve(ob)
    curve.keyframe_points[1].co.x = 17
    curve.update()
    frames = source.data.layers["Lines"].frames
    for before, after in ((1, 100), (13, 1), (100, 13)):
        frames.move(before, after)
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert [tuple(point.co) for point in curve.keyframe_points] == [(1, 0), (17, 1), (25, 2)]


def test_what_was_added_to_a_doodle_is_not_dropped_for_a_plane(tmp_path: Path, reports: Callable[..., str]) -> None:
    source = body_and_hair()
    source.modifiers.new("Thick", "GREASE_PENCIL_THICKNESS")
    ob = make(source)
    ob.modifiers.new("Lift", "GREASE_PENCIL_OFFSET")
    ob.shader_effects.new("Soft", "FX_BLUR")
    line = "a plane cannot have what was added to 'Drawing Doodle', 'Lift', 'Soft': give it to its drawing instead"
    for operator, given in (("change_output", {"output": "plane"}), ("bake", {"folder": str(tmp_path)})):
        assert reports(getattr(bpy.ops.doodle_bridge, operator), **given) == line
    assert [one.name for one in ob.modifiers] == ["Thick", "Lift"]
    ob.modifiers.remove(ob.modifiers["Lift"])
    ob.shader_effects.clear()
    ob.constraints.new("COPY_LOCATION")
    line = "'Drawing Doodle' has constraints of its own: give them to its drawing, which it hangs on"
    assert reports(bpy.ops.doodle_bridge.change_output, output="plane") == line
    ob.constraints.clear()
    ob["mood"], ob["rig"] = 0.5, {"arm": [1.0, 2.0]}
    ob.id_properties_ui("mood").update(min=0.0, max=1.0)
    assert bpy.ops.doodle_bridge.change_output(output="plane") == {"FINISHED"}
    assert bpy.ops.doodle_bridge.change_output(output="strokes") == {"FINISHED"}
    ob = bpy.context.object
    assert ob["mood"] == 0.5 and ob.id_properties_ui("mood").as_dict()["max"] == 1.0
    assert ob["rig"].to_dict() == {"arm": [1.0, 2.0]}
    assert [one.name for one in ob.modifiers] == ["Thick"] and len(ob.doodle_bridge.keys) == 3


def test_a_linked_drawing_is_not_drawn_into_and_shows_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    body_and_hair()
    path = str(tmp_path / "drawing.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    start_afresh()
    with bpy.data.libraries.load(path, link=True) as (_, wanted):
        wanted.objects = ["Drawing"]
    (source,) = wanted.objects
    bpy.context.scene.collection.objects.link(source)
    ob = make(source)
    assert "'Drawing' is linked: it is hidden until this file is opened again" in capfd.readouterr().out
    assert not bpy.ops.doodle_bridge.edit_drawing.poll()
    assert not ob.hide_get() and bpy.context.object == ob


def in_world(ob: bpy.types.Object) -> np.ndarray:
    """The points of layer 'Body' of an object at the first key, in the world."""
    bpy.context.scene.frame_set(1)
    drawing = ob.data.layers["Body"].frames[0].drawing
    flat = np.zeros(3 * drawing.attributes.domain_size("POINT"), np.float32)
    drawing.attributes["position"].data.foreach_get("vector", flat)
    matrix = np.array(ob.matrix_world)
    return flat.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


@pytest.mark.parametrize("what", ["scale", "place", "origin"])
def test_a_drawing_whose_transform_is_applied_says_what_puts_its_doodle_back(
    what: str, capfd: pytest.CaptureFixture[str]
) -> None:
    source = body_and_hair()
    source.scale, source.location = (2, 2, 2), (0.3, 0, 0.1)
    ob = make(source)
    before = in_world(ob)
    source.hide_viewport = False
    ob.select_set(False)
    bpy.context.view_layer.objects.active = source
    source.select_set(True)
    if what == "origin":
        bpy.context.scene.cursor.location = (1, 0, 1)
        assert bpy.ops.object.origin_set(type="ORIGIN_CURSOR") == {"FINISHED"}
    else:
        bpy.ops.object.transform_apply(location=what == "place", rotation=False, scale=what == "scale")
    bpy.context.view_layer.objects.active = ob
    np.testing.assert_allclose(in_world(ob), before, atol=1e-5)
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert "The doodle stands apart from its drawing" in capfd.readouterr().out
    ob.matrix_parent_inverse.identity()
    ob.location, ob.rotation_euler, ob.scale = (0, 0, 0), (0, 0, 0), (1, 1, 1)
    bpy.context.view_layer.update()
    np.testing.assert_allclose(in_world(ob), before, atol=1e-4)
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert "stands apart" not in capfd.readouterr().out


@pytest.mark.parametrize("scale", [(2, 2, 2), (1, 1, 0.3), (-1, 2, 1)])
def test_a_drawing_that_is_scaled_later_changes_its_output(scale: tuple[float, float, float], tmp_path: Path) -> None:
    source = body_and_hair()
    ob = make(source)
    bpy.context.scene.frame_set(1)
    before = heights(ob, "Body")
    source.scale = scale
    source.rotation_euler = (0, 0.4, 0)
    bpy.context.view_layer.update()
    assert bpy.ops.doodle_bridge.bake(folder=str(tmp_path), first=1, last=1) == {"FINISHED"}
    assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}
    ob = bpy.context.object
    bpy.context.scene.frame_set(1)
    assert ob.type == "GREASEPENCIL"
    np.testing.assert_allclose(heights(ob, "Body"), before, atol=1e-5)


def test_a_drawing_without_size_says_so(reports: Callable[..., str]) -> None:
    source = body_and_hair()
    for scale in ((0, 0, 0), (0, 1, 1), (0, 0, 1)):
        source.scale = scale
        line = reports(bpy.ops.doodle_bridge.from_grease_pencil)
        assert line == "'Drawing' has no size: its scale, or that of what it hangs on, is 0"
    source.scale = (1, 0, 1)  # flat as it is drawn
    make(source)


def test_strokes_are_not_baked_into_an_overrides_linked_drawing(tmp_path: Path, reports: Callable[..., str]) -> None:
    source = body_and_hair()
    ob = make(source)
    character = bpy.data.collections.new("Character")
    bpy.context.scene.collection.children.link(character)
    for one in (source, ob):
        character.objects.link(one)
        bpy.context.scene.collection.objects.unlink(one)
    path = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    start_afresh()
    with bpy.data.libraries.load(path, link=True) as (_, wanted):
        wanted.collections = ["Character"]
    (character,) = wanted.collections
    bpy.context.scene.collection.children.link(character)
    made = character.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
    bpy.context.view_layer.objects.active = next(one for one in made.all_objects if one.doodle_bridge.is_doodle)
    line = reports(bpy.ops.doodle_bridge.bake_strokes)
    assert line == "'Drawing' is linked from another file: make it and its data local, then bake"


def test_a_sheet_with_many_empty_cells_is_told_in_one_short_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ink = np.zeros((160, 160))
    ink[4:16, 4:16] = 1
    write_picture(tmp_path / "sheet.png", ink)
    made = bpy.ops.doodle_bridge.from_images(
        directory=str(tmp_path), files=[{"name": "sheet.png"}], columns=8, rows=8, every=1, size=64
    )
    assert made == {"FINISHED"}
    assert "for frames 2, 3, 4, 5, 6, 7, ... (63): skipped" in capfd.readouterr().out
