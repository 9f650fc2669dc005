"""A mistake gives one clear line and changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import session
from doodle_core.model import weights_folder
from doodle_core.sequence import write_png
from tests.blender.conftest import ADDON, add_layer, arc, draw, pencil, picture_of, write_picture
from tests.blender.test_images import bar

Maker = Callable[..., bpy.types.Object]
Reports = Callable[..., str]


def _state() -> dict[str, list[str]]:
    """All that a failed operator might have left behind."""
    kinds = ("objects", "meshes", "materials", "images", "actions", "collections")
    state = {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in kinds}
    state["selected"] = [ob.name for ob in bpy.context.selected_objects]
    state["active"] = [str(bpy.context.object and bpy.context.object.name), str(bpy.context.scene.frame_current)]
    state["hidden"] = [ob.name for ob in bpy.data.objects if ob.hide_viewport or ob.hide_render]
    return state


# Grease Pencil


def test_no_active_object() -> None:
    assert not bpy.ops.doodle_bridge.from_grease_pencil.poll()
    with pytest.raises(RuntimeError, match="Select a Grease Pencil object"):
        bpy.ops.doodle_bridge.from_grease_pencil()
    with pytest.raises(RuntimeError, match="Select a doodle"):
        bpy.ops.doodle_bridge.update_keys()
    bpy.ops.mesh.primitive_cube_add()
    with pytest.raises(RuntimeError, match="Select a Grease Pencil object"):
        bpy.ops.doodle_bridge.from_grease_pencil()


@pytest.mark.parametrize("drawings", [{}, {3: []}, {3: [], 9: []}])
def test_an_empty_drawing_cannot_be_pressed(drawings: dict[int, list[list[list[float]]]]) -> None:
    pencil(drawings)
    before = _state()
    assert not bpy.ops.doodle_bridge.from_grease_pencil.poll()
    with pytest.raises(RuntimeError, match="Nothing is drawn yet"):
        bpy.ops.doodle_bridge.from_grease_pencil()
    assert _state() == before


def test_strokes_without_ink(reports: Reports) -> None:
    source = pencil({3: [arc(1.0)], 9: []})
    for point in source.data.layers[0].frames[0].drawing.strokes[0].points:
        point.opacity = 0.0
    before = _state()
    line = reports(bpy.ops.doodle_bridge.from_grease_pencil)
    assert "no keyframe with ink" in line and "3" in line and "9" in line
    assert _state() == before


def test_no_such_layer_and_none_that_can_be_seen(reports: Reports) -> None:
    source = pencil({1: [arc(1.0)]})
    add_layer(source, "Arm", {})
    before = _state()
    line = reports(bpy.ops.doodle_bridge.from_grease_pencil, layer="Leg")
    assert "'Leg'" in line and "'Lines'" in line and "'Arm'" in line
    for layer in source.data.layers:
        layer.hide = True
    assert "no layer that can be seen" in reports(bpy.ops.doodle_bridge.from_grease_pencil)
    assert _state() == before


def test_a_single_point_is_a_dot() -> None:
    pencil({1: [[(0.5, 0.0, 0.5)]], 11: [[(0.5, 0.0, 0.5)], [(1.5, 0.0, 1.5)]]})
    assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=64) == {"FINISHED"}
    doodle = bpy.context.object
    bpy.context.scene.frame_set(11)
    ink = picture_of(doodle)[..., 3]
    assert ink.max() > 0.9 and ink.mean() < 0.1


def test_a_single_point_alone() -> None:
    pencil({1: [[(0.5, 0.0, 0.5)]]})
    assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=64) == {"FINISHED"}
    ink = picture_of(bpy.context.object)[..., 3]
    assert ink[28:36, 28:36].max() > 0.9


def test_one_key_stands_and_boils() -> None:
    pencil({4: [arc(1.0)]})
    assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=64) == {"FINISHED"}
    doodle = bpy.context.object
    still = picture_of(doodle).copy()
    for frame in (-10, 4, 50):
        bpy.context.scene.frame_set(frame)
        assert np.array_equal(picture_of(doodle), still)
    doodle.animation_data_clear()
    settings = doodle.doodle_bridge
    boiled = []
    for position, sigma, seed in ((0.5, 0.0, 0), (0.5, 0.5, 0), (0.5, 0.5, 1), (3.0, 0.5, 1)):
        settings.position, settings.sigma, settings.seed = position, sigma, seed
        bpy.context.view_layer.update()
        boiled.append(picture_of(doodle).copy())
    assert np.array_equal(boiled[0], still), "without sigma it stands, whatever the position"
    assert np.abs(boiled[1] - boiled[2]).max() > 0.3
    assert np.array_equal(boiled[3], still), "at whole positions it is the drawing"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_point_that_is_no_number(value: float, reports: Reports) -> None:
    source = pencil({1: [arc(1.0)], 11: [arc(0.0)]})
    drawing = source.data.layers[0].frames[1].drawing
    points = np.zeros((24, 3), np.float32)
    points[5, 2] = value
    drawing.attributes["position"].data.foreach_set("vector", points.ravel())
    before = _state()
    assert "frame 11" in reports(bpy.ops.doodle_bridge.from_grease_pencil)
    assert _state() == before


def test_update_with_a_point_that_is_no_number(make_doodle: Maker, reports: Reports) -> None:
    doodle = make_doodle()
    before = [(key.frame, key.latent) for key in doodle.doodle_bridge.keys]
    drawing = doodle.doodle_bridge.source.data.layers[0].frames[2].drawing
    drawing.attributes["position"].data.foreach_set("vector", np.full(72, np.nan, np.float32))
    assert "frame 21" in reports(bpy.ops.doodle_bridge.update_keys)
    assert [(key.frame, key.latent) for key in doodle.doodle_bridge.keys] == before


def test_update_with_nothing_left(make_doodle: Maker, reports: Reports) -> None:
    doodle = make_doodle()
    for frame in (1, 11, 21):
        doodle.doodle_bridge.source.data.layers[0].frames.remove(frame)
    assert "no keyframe with ink" in reports(bpy.ops.doodle_bridge.update_keys)
    assert len(doodle.doodle_bridge.keys) == 3


def test_update_without_a_source(make_doodle: Maker, reports: Reports) -> None:
    doodle = make_doodle()
    bpy.data.objects.remove(doodle.doodle_bridge.source)
    bpy.context.view_layer.objects.active = doodle
    assert "no longer in the scene" in reports(bpy.ops.doodle_bridge.update_keys)
    bpy.context.scene.frame_set(6)  # and the doodle plays on
    assert picture_of(doodle)[..., 3].max() > 0.1


# Pictures


def _bad_pictures(folder: Path) -> dict[str, Path]:
    good = write_picture(folder / "good.png", bar(0.5))
    paths = {name: folder / f"{name}.png" for name in ("truncated", "one pixel", "not a picture", "empty", "missing")}
    paths["truncated"].write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    write_png(paths["one pixel"], np.zeros((1, 1), np.uint8))
    paths["not a picture"].write_text("a poem")
    paths["empty"].write_bytes(b"")
    paths["huge"] = write_png(folder / "huge.png", np.zeros((2, 20_000), np.uint8))
    return paths


@pytest.mark.parametrize("kind", ["truncated", "one pixel", "not a picture", "empty", "missing", "huge"])
def test_a_bad_picture(kind: str, tmp_path: Path, reports: Reports) -> None:
    path = _bad_pictures(tmp_path)[kind]
    before = _state()
    files = [{"name": "good.png"}, {"name": path.name}]
    assert path.name in reports(bpy.ops.doodle_bridge.from_images, directory=str(tmp_path), files=files)
    assert _state() == before


def test_no_picture_chosen_blank_paper_and_too_many_cells(tmp_path: Path, reports: Reports) -> None:
    before = _state()
    assert "no picture" in reports(bpy.ops.doodle_bridge.from_images)
    blank = str(write_picture(tmp_path / "blank.png", np.zeros((40, 40))))
    assert "blank.png" in reports(bpy.ops.doodle_bridge.from_images, filepath=blank)
    assert "blank.png" in reports(bpy.ops.doodle_bridge.from_images, filepath=blank, columns=60)
    assert _state() == before


def test_update_with_a_picture_that_is_gone(tmp_path: Path, reports: Reports) -> None:
    path = write_picture(tmp_path / "one.png", bar(0.5))
    bpy.ops.doodle_bridge.from_images(filepath=str(path), size=64)
    latent = bpy.context.object.doodle_bridge.keys[0].latent
    path.unlink()
    assert "one.png" in reports(bpy.ops.doodle_bridge.update_keys)
    assert bpy.context.object.doodle_bridge.keys[0].latent == latent


# Weights


@pytest.mark.parametrize("harm", ["no card", "no network", "altered", "no folder"])
def test_missing_or_altered_weights(harm: str, tmp_path: Path, reports: Reports) -> None:
    folder = tmp_path / "model"
    if harm != "no folder":
        shutil.copytree(weights_folder(), folder)
    files = {"no card": "card.json", "no network": "matcher.onnx", "altered": "matcher.onnx", "no folder": "model"}
    named = files[harm]
    if harm in ("no card", "no network"):
        (folder / named).unlink()
    elif harm == "altered":
        data = bytearray((folder / named).read_bytes())
        data[len(data) // 2] ^= 1
        (folder / named).write_bytes(data)
    bpy.context.preferences.addons[ADDON].preferences.model_folder = str(folder)
    pencil({1: [arc(1.0)], 11: [arc(0.0)]})
    before = _state()
    assert named in reports(bpy.ops.doodle_bridge.from_grease_pencil)
    assert _state() == before


def test_a_live_doodle_without_its_weights_says_so_once(
    make_doodle: Maker, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    doodle = make_doodle()
    before = picture_of(doodle).copy()
    bpy.context.preferences.addons[ADDON].preferences.model_folder = str(tmp_path)
    for frame in (2, 3, 4):
        bpy.context.scene.frame_set(frame)
    assert np.array_equal(picture_of(doodle), before), "the last picture stays"
    out, err = capfd.readouterr()
    assert out.count("Doodle Bridge:") == 1 and "card.json" in out and "Traceback" not in out + err
    bpy.context.preferences.addons[ADDON].preferences.model_folder = ""
    assert not np.array_equal(picture_of(doodle), before)


def test_keys_of_another_model_are_not_shown_as_if_they_were_ours(
    make_doodle: Maker, capfd: pytest.CaptureFixture[str]
) -> None:
    doodle = make_doodle()
    doodle.doodle_bridge.model_id = "0123456789abcdef"
    doodle.update_tag()
    bpy.context.scene.frame_set(5)
    out = capfd.readouterr().out
    assert "another model" in out and "Update Keys" in out
    assert session.get().model_id[:8] in out


@pytest.mark.parametrize("name", ["latent", "drawing"])
@pytest.mark.parametrize("text", ["", "no base64!", "QUJD", "QUJDRA=="])
def test_a_damaged_key_says_so_and_is_made_again(
    name: str, text: str, make_doodle: Maker, capfd: pytest.CaptureFixture[str]
) -> None:
    doodle = make_doodle()
    shown = picture_of(doodle).copy()
    setattr(doodle.doodle_bridge.keys[1], name, text)
    session.reset()  # what it remembers is known by its digest, and still sound
    doodle.update_tag()
    bpy.context.scene.frame_set(6)
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    if not (name == "latent" and text == ""):  # then the key is its drawing
        assert out.count("Doodle Bridge:") == 1
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    bpy.context.scene.frame_set(1)
    assert np.array_equal(picture_of(doodle), shown)


def test_odd_names_do_no_harm() -> None:
    source = pencil({1: [arc(1.0)], 9: [arc(0.0)]}, name='Ein "Strich" / ✏️ ' + 40 * "ü", layer='L"i/n\\e')
    assert bpy.ops.doodle_bridge.from_grease_pencil(size=64, layer=source.data.layers[0].name) == {"FINISHED"}
    draw(source.data.layers[0].frames.new(5), [arc(0.5)])
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert len(bpy.context.object.doodle_bridge.keys) == 3
