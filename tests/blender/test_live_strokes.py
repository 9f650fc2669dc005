"""Doodles of strokes: Grease Pencil objects that are written anew at every frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender.conftest import add_layer, add_material, arc, draw, fill, pencil, picture_of, write_picture
from tests.blender.rendering import rendered


def make(source: bpy.types.Object | None = None, **options: object) -> bpy.types.Object:
    """A doodle of strokes: of three bows at frames 1, 11 and 21, or of a drawing that is given."""
    if source is None:
        source = pencil({1: [arc(-1.0)], 11: [arc(0.0)], 21: [arc(1.0)]})
    bpy.context.view_layer.objects.active = source
    assert bpy.ops.doodle_bridge.from_grease_pencil(**{"size": 64, **options}) == {"FINISHED"}
    return bpy.context.object


def values(drawing: object, name: str, width: int, field: str, domain: str = "POINT") -> np.ndarray:
    attributes = drawing.attributes  # type: ignore[attr-defined]
    flat = np.zeros(attributes.domain_size(domain) * width, np.float32)
    attributes[name].data.foreach_get(field, flat)
    return flat.reshape(-1, width) if width > 1 else flat


def points(ob: bpy.types.Object, layer: int = 0, world: bool = True) -> np.ndarray:
    """What the doodle's layer shows, evaluated, in the world."""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    evaluated = ob.evaluated_get(depsgraph)
    found = values(evaluated.data.layers[layer].frames[0].drawing, "position", 3, "vector")
    matrix = np.array(evaluated.matrix_world)
    return found @ matrix[:3, :3].T + matrix[:3, 3] if world else found


def test_it_is_made_by_default_with_the_drawings_layers_and_materials() -> None:
    source = pencil({1: [arc(-1.0)], 11: [arc(0.0)]})
    layer = add_layer(source, "Front", {1: [arc(0.5)], 11: [arc(0.8)]})
    layer.opacity, layer.blend_mode, layer.tint_color, layer.tint_factor = 0.5, "MULTIPLY", (1, 0, 0), 0.25
    group = source.data.layer_groups.new("Group")
    source.data.layers.move_to_layer_group(layer, group)
    source.modifiers.new("Thick", "GREASE_PENCIL_THICKNESS")
    add_material(source, (1, 0, 0, 1))
    ob = make(source)
    assert ob.type == "GREASEPENCIL" and ob.doodle_bridge.output == "strokes"
    assert ob.doodle_bridge.source == source and source.hide_render
    front = ob.data.layers["Front"]
    assert (round(front.opacity, 3), front.blend_mode, round(front.tint_factor, 3)) == (0.5, "MULTIPLY", 0.25)
    assert front.parent_group.name == "Group"
    assert [one.name for one in ob.modifiers] == ["Thick"]
    assert list(ob.data.materials) == list(source.data.materials)
    assert [len(one.frames) for one in ob.data.layers] == [1, 1]
    assert [len(one.frames) for one in source.data.layers] == [2, 2]
    assert all(one.lock for one in ob.data.layers) and not any(one.lock for one in source.data.layers)


@pytest.mark.parametrize("frame", [1, 6, 11, 16, 21, -7, 40])
def test_every_frame_shows_its_in_between(frame: int) -> None:
    ob = make()
    bpy.context.scene.frame_set(frame)
    middle = points(ob)[11:13, 2].mean()
    wanted = np.interp(frame, [1, 11, 21], [-1.0, 0.0, 1.0])
    assert middle == pytest.approx(wanted, abs=0.02)


def test_at_a_key_the_strokes_are_the_drawings_own() -> None:
    source = pencil({})
    layer = source.data.layers[0]
    rng = np.random.default_rng(3)
    for frame in (1, 9):
        draw(layer.frames.new(frame), [rng.normal(size=(9, 3)) * (1, 0, 1), rng.normal(size=(5, 3)) * (1, 0, 1)])
        flat = rng.uniform(0.01, 0.1, 14).astype(np.float32)
        layer.get_frame_at(frame).drawing.attributes["radius"].data.foreach_set("value", flat)
    ob = make(source)
    for frame in (1, 9):
        bpy.context.scene.frame_set(frame)
        now, own = ob.data.layers[0].frames[0].drawing, layer.get_frame_at(frame).drawing
        for name, width, field in (("position", 3, "vector"), ("radius", 1, "value")):
            np.testing.assert_allclose(values(now, name, width, field), values(own, name, width, field), atol=1e-6)


def test_modifiers_are_live_keyed_ones_too() -> None:
    source = pencil({1: [arc(0.0)], 11: [arc(0.0)]})
    modifier = source.modifiers.new("Away", "GREASE_PENCIL_OFFSET")
    for frame, height in ((1, 0.0), (11, 5.0)):
        modifier.location = (0, 0, height)
        modifier.keyframe_insert("location", frame=frame)
    curves = source.animation_data.action.layers[0].strips[0].channelbags[0].fcurves
    for curve in curves:
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"
    ob = make(source)
    for frame in (1, 3, 6, 11):
        bpy.context.scene.frame_set(frame)
        np.testing.assert_allclose(points(ob)[:, 2], (frame - 1) / 2, atol=1e-5)


def test_it_goes_with_its_drawing() -> None:
    """A circle at 1 and 25 on an object that goes along a half circle stays on it."""
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.stack([np.cos(turn), 0 * turn, np.sin(turn)], axis=1).tolist()
    source = pencil({1: [ring], 25: [ring]})
    for frame in range(1, 26):
        angle = np.pi * (frame - 1) / 24
        source.location = (5 * np.cos(angle), 0, 5 * np.sin(angle))
        source.keyframe_insert("location", frame=frame)
    for output in ("strokes", "plane"):
        ob = make(source, output=output)
        for frame in (7, 13, 19):
            bpy.context.scene.frame_set(frame)
            angle = np.pi * (frame - 1) / 24
            place = (5 * np.cos(angle), 0, 5 * np.sin(angle))
            depsgraph = bpy.context.evaluated_depsgraph_get()
            middle = np.array(ob.evaluated_get(depsgraph).matrix_world)[:3, 3]
            if output == "strokes":
                middle = points(ob).mean(axis=0)
            np.testing.assert_allclose(middle, place, atol=1e-3)


@pytest.mark.parametrize("output", ["strokes", "plane"])
def test_it_stays_where_it_is_when_its_drawing_is_deleted(output: str) -> None:
    source = pencil({1: [arc(-1.0)], 11: [arc(0.0)], 21: [arc(1.0)]})
    source.location, source.rotation_euler, source.scale = (3, 2, 1), (0.2, 0.4, 0.6), (1.5, 1.5, 1.5)
    ob = make(source, output=output)
    ob.location.x += 0.5
    bpy.context.scene.frame_set(6)
    before = np.array(ob.matrix_world)
    assert before[:3, 3].any()
    bpy.data.objects.remove(source)
    for frame in (6, 16):
        bpy.context.scene.frame_set(frame)
        np.testing.assert_allclose(np.array(ob.matrix_world), before, atol=1e-5)
    if output == "strokes":  # they still are what the keys say
        assert points(ob, world=False)[12, 2] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("output", ["strokes", "plane"])
def test_later_changes_of_the_rig_are_followed(output: str) -> None:
    ob = make(output=output)
    source = ob.doodle_bridge.source
    before = np.array(ob.matrix_world)
    bones = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(bones)
    bpy.context.view_layer.objects.active = bones
    bpy.ops.object.mode_set(mode="EDIT")
    bone = bones.data.edit_bones.new("Arm")
    bone.head, bone.tail = (0, 0, 0), (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    source.parent, source.parent_type, source.parent_bone = bones, "BONE", "Arm"
    source.constraints.new("LIMIT_SCALE")
    bones.pose.bones["Arm"].rotation_mode = "XYZ"
    bones.pose.bones["Arm"].rotation_euler = (0.5, 0.3, 0.2)
    bones.location = (3, 2, 1)
    bpy.context.view_layer.update()
    wanted = np.array(source.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world) @ before
    np.testing.assert_allclose(np.array(ob.matrix_world), wanted, atol=1e-5)
    assert np.abs(wanted - before).max() > 1


def test_the_drawings_scale_keeps_widths(tmp_path: Path) -> None:
    """Stretched three times as wide as high, the lines are as wide as the drawing's own."""
    source = pencil({1: [arc(-0.5)], 11: [arc(0.5)]})
    source.scale, source.rotation_euler, source.location = (2.0, 1.0, 0.7), (0.0, 0.4, 0.0), (0.3, 0, 0.2)
    bpy.context.scene.frame_set(11)
    own = rendered(tmp_path, 6.0, 300)
    for output in ("strokes", "plane"):
        ob = make(source, output=output, size=2048)
        bpy.context.scene.frame_set(11)
        bpy.context.scene.display.shading.color_type = "TEXTURE"
        bpy.context.scene.display.shading.light = "FLAT"
        shown = rendered(tmp_path, 6.0, 300)
        assert np.abs(own - shown).mean() * 255 < 1.5, output
        source.hide_viewport = source.hide_render = False
        bpy.data.objects.remove(ob)
        bpy.context.view_layer.update()


def test_an_animation_render_shows_every_frames_own_strokes(tmp_path: Path) -> None:
    ob = make()
    scene = bpy.context.scene
    rendered(tmp_path, 3.0, 60)  # sets all up
    scene.frame_start, scene.frame_end, scene.frame_step = 1, 21, 5
    scene.render.filepath = str(tmp_path / "film_")
    bpy.ops.render.render(animation=True)
    heights = []
    for frame in range(1, 22, 5):
        image = bpy.data.images.load(str(tmp_path / f"film_{frame:04d}.exr"))
        alpha = np.array(image.pixels[:], np.float32).reshape(60, 60, 4)[..., 3]
        heights.append(alpha[:, 30].argmax())
    assert heights == sorted(heights) and heights[-1] - heights[0] > 30
    assert ob.data.layers[0].frames[0].drawing.attributes.domain_size("CURVE") == 1


def test_hidden_ones_cost_nothing() -> None:
    ob = make()
    ob.hide_viewport = True
    before = values(ob.data.layers[0].frames[0].drawing, "position", 3, "vector")
    bpy.context.scene.frame_set(15)
    assert (values(ob.data.layers[0].frames[0].drawing, "position", 3, "vector") == before).all()
    ob.hide_viewport = False
    bpy.context.scene.frame_set(15)
    assert points(ob)[12, 2] == pytest.approx(0.4, abs=0.03)


def test_a_bake_has_the_live_strokes_numbers() -> None:
    source = pencil({})
    layer = source.data.layers[0]
    add_material(source, (1, 0, 0, 0.5), (0, 1, 0, 1))
    for frame, x in ((1, 0.0), (11, 0.6)):
        square = [(x, 0, 0), (x + 1, 0, 0), (x + 1, 0, 1), (x, 0, 1)]
        draw(layer.frames.new(frame), [square, arc(x + 0.5)])
        layer.get_frame_at(frame).drawing.strokes[0].material_index = 1
        fill(source, layer.get_frame_at(frame).drawing.strokes[0])
    source.scale, source.location = (2.0, 1.5, 0.5), (1, 2, 3)
    ob = make(source)
    ob.doodle_bridge.line_weight, ob.doodle_bridge.boil = 0.4, 0.3
    bpy.context.scene.frame_end = 11
    assert bpy.ops.doodle_bridge.bake_strokes(step=1, show=False) == {"FINISHED"}
    baked = source.data.layers["In-betweens"]
    for frame in range(1, 12):
        bpy.context.scene.frame_set(frame)
        one, other = ob.data.layers[0].frames[0].drawing, baked.get_frame_at(frame).drawing
        names = {attribute.name for attribute in one.attributes if not attribute.name.startswith(".")}
        assert names == {attribute.name for attribute in other.attributes if not attribute.name.startswith(".")}
        for name, width, field in (
            ("position", 3, "vector"),
            ("radius", 1, "value"),
            ("opacity", 1, "value"),
        ):
            assert (values(one, name, width, field) == values(other, name, width, field)).all(), (frame, name)
        assert [s.material_index for s in one.strokes] == [s.material_index for s in other.strokes]
        assert [s.cyclic for s in one.strokes] == [s.cyclic for s in other.strokes]


def test_strokes_and_plane_agree_and_change_into_each_other(tmp_path: Path) -> None:
    source = pencil({1: [arc(-1.0)], 11: [arc(0.0)], 21: [arc(1.0)]})
    ob = make(source, size=800)
    scene = bpy.context.scene
    scene.display.shading.color_type, scene.display.shading.light = "TEXTURE", "FLAT"
    pictures = {}
    for output in ("strokes", "plane", "strokes"):
        assert bpy.ops.doodle_bridge.change_output(output=output) == {"FINISHED"}
        ob = bpy.context.object
        assert ob.name == "Drawing Doodle" and ob.doodle_bridge.output == output
        assert len([one for one in scene.objects if one.doodle_bridge.is_doodle]) == 1
        for frame in (1, 6, 14):
            scene.frame_set(frame)
            now = rendered(tmp_path, 3.0, 300)
            before = pictures.setdefault(frame, now)
            assert now[..., 3].mean() > 0.01
            assert np.abs(now - before).mean() * 255 < 1.5
    assert not bpy.data.meshes and not [one for one in bpy.data.images if one.type != "RENDER_RESULT"]


def test_a_changed_output_keeps_settings_animation_place_and_whoever_names_it() -> None:
    ob = make()
    settings = ob.doodle_bridge
    settings.method, settings.sigma, settings.seed = "cubic", 0.5, 7
    ob.keyframe_insert("doodle_bridge.sigma", frame=4)
    keys = [(key.frame, key.digest, key.drawing) for key in settings.keys]
    ob.location = (0.5, 0.25, 2.0)
    empty = bpy.data.objects.new("Follower", None)
    bpy.context.scene.collection.objects.link(empty)
    constraint = empty.constraints.new("COPY_LOCATION")
    constraint.target = ob
    bpy.context.view_layer.update()
    action, before = ob.animation_data.action, points(ob)
    for output in ("plane", "strokes"):
        assert bpy.ops.doodle_bridge.change_output(output=output) == {"FINISHED"}
        ob = bpy.context.object
        settings = ob.doodle_bridge
        assert constraint.target == ob and ob.animation_data.action == action
        assert (settings.method, settings.seed) == ("cubic", 7)
        assert [(key.frame, key.digest, key.drawing) for key in settings.keys] == keys
    np.testing.assert_allclose(points(ob), before, atol=1e-5)


def test_baked_pictures_play_on_a_plane_and_free_bake_brings_the_strokes_back(tmp_path: Path) -> None:
    ob = make()
    bpy.context.scene.frame_end = 5
    assert bpy.ops.doodle_bridge.bake(folder=str(tmp_path)) == {"FINISHED"}
    ob = bpy.context.object
    assert ob.type == "MESH" and ob.doodle_bridge.is_baked
    assert sorted(path.name for path in tmp_path.glob("*.png")) == [f"{frame:04d}.png" for frame in range(1, 6)]
    assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}
    assert bpy.context.object.type == "GREASEPENCIL"
    bpy.context.scene.frame_set(6)
    assert points(bpy.context.object)[12, 2] == pytest.approx(-0.5, abs=0.03)


def test_pictures_cannot_be_strokes(reports: Callable[..., str], tmp_path: Path) -> None:
    rows, columns = np.mgrid[0:64, 0:64]
    write_picture(tmp_path / "0.png", (np.abs(np.hypot(columns - 32, rows - 32) - 12) < 2).astype(float))
    bpy.ops.doodle_bridge.from_images(filepath=str(tmp_path / "0.png"), size=64)
    assert "made of pictures" in reports(bpy.ops.doodle_bridge.change_output, output="strokes")
    assert picture_of(bpy.context.object).any()


def test_copies_have_strokes_of_their_own() -> None:
    ob = make()
    ob.select_set(True)
    for linked in (False, True):
        assert bpy.ops.object.duplicate(linked=linked) == {"FINISHED"}
        other = bpy.context.object
        other.doodle_bridge.line_weight = 1.0
        other.animation_data_clear()
        other.doodle_bridge.position = 2.0
        bpy.context.view_layer.update()
        assert other.data != ob.data
        assert points(other)[12, 2] == pytest.approx(1.0, abs=0.03)
        assert points(ob)[12, 2] == pytest.approx(-1.0, abs=0.03)


def test_update_keys_follows_new_drawings_and_layers() -> None:
    source = pencil({1: [arc(-1.0)], 11: [arc(0.0)]})
    ob = make(source)
    add_layer(source, "More", {1: [arc(0.5)], 11: [arc(0.7)]})
    draw(source.data.layers[0].frames.new(21), [arc(1.0)])
    bpy.context.view_layer.objects.active = ob
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert bpy.ops.doodle_bridge.use_layer(layer="More") == {"FINISHED"}
    assert [layer.name for layer in ob.data.layers] == ["Lines", "More"]
    bpy.context.scene.frame_set(6)
    assert points(ob, 1)[12, 2] == pytest.approx(0.6, abs=0.03)
    bpy.context.scene.frame_set(16)
    assert points(ob, 0)[12, 2] == pytest.approx(0.5, abs=0.03)


def test_a_materials_new_colour_is_live() -> None:
    source = pencil({1: [arc(-1.0)], 11: [arc(0.0)]})
    source.data.materials[0].grease_pencil.color = (1, 0, 0, 1)
    ob = make(source)
    source.data.materials[0].grease_pencil.color = (0, 0, 1, 1)
    bpy.context.scene.frame_set(6)
    drawing = ob.data.layers[0].frames[0].drawing
    assert "vertex_color" not in drawing.attributes or not values(drawing, "vertex_color", 4, "color").any()


def two_layers(mask: bool = True) -> bpy.types.Object:
    """Two filled squares that pass each other, the front one at half its opacity, tinted, and masked by the other."""
    source = pencil({}, layer="Back")
    add_material(source, (0, 0, 0, 1), (0.1, 0.6, 0.2, 1))
    front = add_layer(source, "Front", {})
    front.opacity, front.tint_color, front.tint_factor, front.radius_offset = 0.6, (0.8, 0.1, 0.1), 0.5, 0.03
    for frame, x in ((1, 0.0), (11, 1.0)):
        for layer, at, slot in ((source.data.layers["Back"], x, 0), (front, 1 - x, 1)):
            square = [(at, 0, 0), (at + 1, 0, 0), (at + 1, 0, 1), (at, 0, 1)]
            drawing = layer.frames.new(frame).drawing
            drawing.add_strokes([4])
            drawing.strokes[0].material_index, drawing.strokes[0].cyclic = slot, True
            for point, place in zip(drawing.strokes[0].points, square, strict=True):
                point.position, point.radius = place, 0.04
            fill(source, drawing.strokes[0])
    if mask:
        front.use_masks = True
        source.data.layers.active = front
        bpy.context.view_layer.objects.active = source
        assert bpy.ops.grease_pencil.layer_mask_add(name="Back") == {"FINISHED"}
        front.mask_layers[0].invert = True
    return source


@pytest.mark.parametrize("mask", [False, True])
def test_layers_look_as_the_drawings_live_and_baked(mask: bool, tmp_path: Path) -> None:
    source = two_layers(mask)
    own = {}
    for frame in (1, 11):
        bpy.context.scene.frame_set(frame)
        own[frame] = rendered(tmp_path, 3.5, 200, (1.0, 0.5))
    ob = make(source)
    live = {}
    for frame in (1, 4, 8, 11):
        bpy.context.scene.frame_set(frame)
        live[frame] = rendered(tmp_path, 3.5, 200, (1.0, 0.5))
    for frame in (1, 11):
        assert np.abs(live[frame] - own[frame]).max() < 1e-3
    assert np.abs(live[4] - own[1]).mean() > 0.01
    bpy.context.scene.frame_end = 11
    bpy.context.view_layer.objects.active = ob
    assert bpy.ops.doodle_bridge.bake_strokes(step=1) == {"FINISHED"}
    assert [layer.name for layer in source.data.layers] == ["Back", "Back In-betweens", "Front", "Front In-betweens"]
    for frame in live:
        bpy.context.scene.frame_set(frame)
        assert np.abs(rendered(tmp_path, 3.5, 200, (1.0, 0.5)) - live[frame]).max() < 1e-3, frame
    assert bpy.ops.doodle_bridge.show_doodle() == {"FINISHED"}
    assert [layer.hide for layer in source.data.layers] == [False, True, False, True]
    assert bpy.ops.doodle_bridge.bake_strokes(step=1) == {"FINISHED"}
    assert len(source.data.layers) == 4


def test_update_keys_leaves_an_artists_layers_alone() -> None:
    source = two_layers()
    source.data.layers.new("Notes").hide = True
    before = [(one.name, one.hide, one.lock, one.opacity, len(one.frames)) for one in source.data.layers]
    make(source)
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert bpy.ops.doodle_bridge.bake_strokes(show=False) == {"FINISHED"}
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    baked = {"Back In-betweens", "Front In-betweens"}
    now = [(one.name, one.hide, one.lock, one.opacity, len(one.frames)) for one in source.data.layers]
    assert [one for one in now if one[0] not in baked] == before


def test_frames_before_the_scenes_first(capfd: pytest.CaptureFixture[str]) -> None:
    """Keys at negative frames, as where an action is worked out before the shot begins."""
    ob = make(pencil({-20: [arc(-1.0)], -5: [arc(0.0)], 7: [arc(1.0)]}))
    for frame, lift in ((-20, -1.0), (-5, 0.0), (7, 1.0), (-30, -1.0), (-31, -1.0), (-20, -1.0)):
        bpy.context.scene.frame_set(frame)
        shown = points(ob)
        assert abs(shown[:, 2]).max() == pytest.approx(abs(lift), abs=0.01), frame
        assert [one.lock for one in ob.data.layers] == [True]
    assert "not drawn" not in capfd.readouterr().out


def test_without_the_add_on_the_last_strokes_are_there_with_a_note(tmp_path: Path) -> None:
    import addon_utils

    from tests.blender.conftest import ADDON

    ob = make()
    bpy.context.scene.frame_set(6)
    before = points(ob)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "live.blend"))
    assert not bpy.data.texts
    addon_utils.disable(ADDON, default_set=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "live.blend"))
    ob = bpy.data.objects["Drawing Doodle"]
    bpy.context.scene.frame_set(14)
    np.testing.assert_allclose(points(ob), before)
    (text,) = bpy.data.texts
    assert "Drawing Doodle" in text.as_string() and "strokes" in text.as_string()


def test_a_linked_doodle_is_live(tmp_path: Path) -> None:
    make()
    path = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    import addon_utils

    from tests.blender.conftest import ADDON

    addon_utils.enable(ADDON, default_set=True)
    with bpy.data.libraries.load(path, link=True) as (_, into):
        into.objects = ["Drawing Doodle"]
    ob = bpy.data.objects["Drawing Doodle"]
    bpy.context.scene.collection.objects.link(ob)
    for frame, wanted in ((6, -0.5), (16, 0.5)):
        bpy.context.scene.frame_set(frame)
        assert points(ob)[12, 2] == pytest.approx(wanted, abs=0.03)


def test_undo_brings_the_strokes_back() -> None:
    ob = make()
    bpy.context.scene.frame_set(6)
    bpy.ops.ed.undo_push(message="before")
    ob.doodle_bridge.position = 2.0
    bpy.context.view_layer.update()
    bpy.ops.ed.undo_push(message="after")
    bpy.context.scene.frame_set(16)
    bpy.ops.ed.undo_push(message="frame")
    for _ in range(2):
        bpy.ops.ed.undo()
    assert bpy.context.scene.frame_current == 6
    assert points(bpy.data.objects["Drawing Doodle"])[12, 2] == pytest.approx(-0.5, abs=0.03)
