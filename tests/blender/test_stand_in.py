"""A file with live doodles in a Blender without the add-on: it must not pass for the film."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import addon_utils
import bpy
import numpy as np
import pytest

from tests.blender.conftest import ADDON, picture_of


@pytest.fixture
def saved(make_doodle: Callable[..., bpy.types.Object], tmp_path: Path) -> Path:
    """A file with one live doodle, at frame 6, still open."""
    make_doodle()
    bpy.context.scene.frame_set(6)
    path = tmp_path / "live.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def open_without_the_add_on(path: Path) -> None:
    addon_utils.disable(ADDON, default_set=True)
    bpy.ops.wm.open_mainfile(filepath=str(path))
    assert not hasattr(bpy.types.Object, "doodle_bridge")


def stand_ins() -> list[bpy.types.ID]:
    from blender_addon.view import plane

    return [one for one in [*bpy.data.images, *bpy.data.texts] if plane.STAND_IN in one]


def picture_node() -> bpy.types.ShaderNodeTexImage:
    (node,) = [
        node
        for material in bpy.data.materials
        if material.node_tree is not None
        for node in material.node_tree.nodes
        if node.bl_idname == "ShaderNodeTexImage"
    ]
    return node


def rendered(folder: Path) -> np.ndarray:
    """What a camera right before the plane sees, (64, 64, 4) in 0..255, without any of the add-on's help."""
    from doodle_core.sequence import read_picture

    scene = bpy.context.scene
    camera = bpy.data.cameras.new("Camera")
    camera.type = "ORTHO"
    (ob,) = [ob for ob in bpy.data.objects if ob.type == "MESH"]
    camera.ortho_scale = max(ob.dimensions)
    scene.camera = bpy.data.objects.new("Camera", camera)
    scene.collection.objects.link(scene.camera)
    scene.camera.matrix_world = ob.matrix_world.normalized()
    scene.camera.location += scene.camera.matrix_world.to_3x3() @ ob.location.__class__((0.003, 0.001, 3))
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.render.film_transparent = True
    scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "RGBA"
    scene.view_settings.view_transform = "Standard"
    scene.render.filepath = str(folder / "rendered.png")
    bpy.ops.render.render(write_still=True)
    return read_picture(folder / "rendered.png")


def red(pixels: np.ndarray) -> float:
    """How much of a picture is the stamp's red."""
    away = np.abs(pixels[..., :3].astype(int) - (200, 0, 40)).max(-1)
    return float(((away < 30) & (pixels[..., 3] > 250)).mean())


def test_without_the_add_on_the_picture_says_that_it_is_not_the_film(saved: Path, tmp_path: Path) -> None:
    open_without_the_add_on(saved)
    image = picture_node().image
    assert image.packed_file is not None and "NOT BAKED" in image.name
    assert tuple(image.size) == (256, 256)
    bpy.context.scene.frame_set(11)
    pixels = rendered(tmp_path)
    assert red(pixels) > 0.15
    (text,) = bpy.data.texts
    assert text.name == "Doodle Bridge" and "Drawing Doodle" in text.as_string() and "bake" in text.as_string()


def test_under_the_stamp_is_the_last_picture(saved: Path) -> None:
    ink = picture_of(bpy.context.object)[..., 3]
    open_without_the_add_on(saved)
    pixels = np.empty(256 * 256 * 4, np.float32)
    picture_node().image.pixels.foreach_get(pixels)
    seen = pixels.reshape(256, 256, 4)[::-1].reshape(64, 4, 64, 4, 4).mean((1, 3))[..., 3]
    bare = np.zeros((64, 64), bool)
    bare[3:22, 3:-3] = bare[42:-3, 3:-3] = True
    assert ink[bare].max() > 0.5, "the doodle has ink where there is no stamp"
    assert np.abs(seen - ink)[bare].max() < 0.02


def test_a_baked_file_renders_right_without_the_add_on(saved: Path, tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 5, 7
    assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
    bpy.ops.wm.save_mainfile()
    scene.frame_set(6)
    here = rendered(tmp_path)
    assert here[..., 3].max() == 255
    open_without_the_add_on(saved)
    assert not bpy.data.texts and not any("NOT BAKED" in image.name for image in bpy.data.images)
    bpy.context.scene.frame_set(6)
    assert np.array_equal(rendered(tmp_path), here)


def test_nothing_of_it_is_left_in_the_open_file(saved: Path) -> None:
    ob = bpy.context.object
    before = picture_of(ob)
    for _ in range(2):
        bpy.ops.wm.save_mainfile()
        assert stand_ins() == [] and len(bpy.data.images) == 2
        assert picture_node().image == ob.doodle_bridge.image_a
        assert np.array_equal(picture_of(ob), before)
    bpy.ops.wm.save_as_mainfile(filepath=str(saved.with_name("copy.blend")), copy=True)
    assert stand_ins() == []


def test_with_the_add_on_all_is_live_again(saved: Path) -> None:
    before = picture_of(bpy.context.object)
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    assert stand_ins() == []
    assert np.array_equal(picture_of(bpy.context.object), before)
    bpy.context.scene.frame_set(9)
    assert not np.array_equal(picture_of(bpy.context.object), before)


def test_the_add_on_comes_back_to_a_file_that_was_opened_and_saved_without_it(saved: Path) -> None:
    before = picture_of(bpy.context.object)
    open_without_the_add_on(saved)
    bpy.ops.wm.save_mainfile()
    addon_utils.enable(ADDON, default_set=True)
    bpy.context.scene.frame_set(6)
    assert np.array_equal(picture_of(bpy.context.object), before)
    bpy.ops.wm.save_mainfile()
    assert stand_ins() == []


def test_a_hidden_doodle_has_a_stand_in_too_and_appears_live(saved: Path) -> None:
    ob = bpy.context.object
    ob.hide_viewport = True
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    ob = bpy.data.objects["Drawing Doodle"]
    ob.hide_viewport = False
    bpy.context.view_layer.update()
    assert picture_node().image in (ob.doodle_bridge.image_a, ob.doodle_bridge.image_b)
    assert picture_of(ob)[..., 3].max() == 1.0
    bpy.ops.wm.save_mainfile()
    assert stand_ins() == []


def test_a_doodle_that_is_appended_or_linked_is_live(saved: Path) -> None:
    before = picture_of(bpy.context.object)
    for link in (False, True):
        bpy.ops.wm.read_homefile(use_empty=True)
        with bpy.data.libraries.load(str(saved), link=link) as (there, here):
            here.objects = [name for name in there.objects if name == "Drawing Doodle"]
        (ob,) = here.objects
        bpy.context.scene.collection.objects.link(ob)
        bpy.context.scene.frame_set(6)
        assert np.array_equal(picture_of(ob), before)


def test_a_save_that_fails_leaves_the_doodle_live(saved: Path) -> None:
    ob = bpy.context.object
    with pytest.raises(RuntimeError):
        bpy.ops.wm.save_as_mainfile(filepath=str(saved / "no" / "folder.blend"))
    assert stand_ins() == [] and picture_node().image == ob.doodle_bridge.image_a


def test_undo_after_saving(saved: Path) -> None:
    ob = bpy.context.object
    before = picture_of(ob)
    bpy.ops.ed.undo_push(message="One")
    ob.doodle_bridge.line_weight = 0.8
    bpy.context.view_layer.update()
    bpy.ops.ed.undo_push(message="Two")
    bpy.ops.wm.save_mainfile()
    assert bpy.ops.ed.undo() == {"FINISHED"}
    assert stand_ins() == []
    assert np.array_equal(picture_of(bpy.data.objects["Drawing Doodle"]), before)


def test_a_file_without_live_doodles_gets_nothing(tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "empty.blend"))
    open_without_the_add_on(tmp_path / "empty.blend")
    assert len(bpy.data.texts) == 0 and len(bpy.data.images) == 0
