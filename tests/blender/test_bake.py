"""Baking: files are the live frames; the plane plays them, with or without the add-on; mistakes break nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import session
from blender_addon.keyframes import keys
from blender_addon.outputs.writer import AHEAD
from doodle_core.sequence import read_picture
from tests.blender.conftest import arc, picture_of

FIRST, LAST, SIZE = 1, 9, 96
NAME = "Drawing Doodle"


@pytest.fixture
def doodle(make_doodle: Callable[..., bpy.types.Object], tmp_path: Path) -> bpy.types.Object:
    """Three drawings at frames 1, 5 and 9, 96 pixels a side, in a scene of those frames, saved in `tmp_path`."""
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = FIRST, LAST
    made = make_doodle({1: [arc(-1.0)], 5: [arc(0.0, 0.4)], 9: [arc(1.0)]}, size=SIZE)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"), check_existing=False)
    return made


def bake(**options: object) -> set[str]:
    return bpy.ops.doodle_bridge.bake(**options)


def pictures(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_writes_every_frame_of_the_scene_beside_the_blend(doodle: bpy.types.Object, tmp_path: Path) -> None:
    bpy.context.scene.frame_set(4)
    assert bake() == {"FINISHED"}
    wanted = [f"{frame:04d}.png" for frame in range(FIRST, LAST + 1)]
    assert pictures(tmp_path / "doodle_bridge" / NAME) == wanted
    assert bpy.context.scene.frame_current == 4


@pytest.mark.parametrize(("depth", "dtype", "most"), [("8", np.uint8, 255), ("16", np.uint16, 65535)])
def test_the_pixels_are_those_of_the_live_frame(
    doodle: bpy.types.Object, tmp_path: Path, depth: str, dtype: type, most: int
) -> None:
    settings = doodle.doodle_bridge
    settings.colour = (0.8, 0.3, 0.05, 0.9)
    settings.method = "cubic"
    for frame, sigma in ((FIRST, 0.0), (5, 0.6), (LAST, 0.0)):
        settings.sigma = sigma
        doodle.keyframe_insert("doodle_bridge.sigma", frame=frame)
    shown = live_pixels if depth == "8" else deep_pixels
    live = {frame: to_srgb(shown(doodle, frame)) for frame in (1, 4, 7)}
    settings.bake_depth = depth
    bake(folder=str(tmp_path / "out"))
    for frame, wanted in live.items():
        baked = read_picture(tmp_path / "out" / f"{frame:04d}.png")
        assert baked.dtype == dtype and baked.shape == (SIZE, SIZE, 4)
        away = np.abs(baked / most - wanted)
        assert away[..., 3].max() <= 0.5 / most + 1e-5
        assert away[wanted[..., 3] > 0].max() <= 0.5 / most + 1e-5
        assert baked[..., 3].min() == 0  # paper is clear
    assert np.abs(live[4] - live[7]).max() > 0.5  # the frames differ, so the right one was compared


@pytest.mark.parametrize("engine", ["CYCLES", "BLENDER_WORKBENCH"])
@pytest.mark.parametrize("kind", ["png", "exr"])
def test_the_plane_plays_the_files_as_the_live_one_rendered(
    doodle: bpy.types.Object, tmp_path: Path, engine: str, kind: str
) -> None:
    doodle.doodle_bridge.colour = (0.6, 0.1, 0.1, 0.7)
    doodle.doodle_bridge.bake_format = kind
    look_at(doodle)
    bpy.context.scene.render.engine = engine
    bpy.context.scene.display.shading.light = "FLAT"
    bpy.context.scene.display.shading.color_type = "TEXTURE"
    live = {frame: render(tmp_path / f"live_{frame}.png", frame) for frame in (2, 8)}
    bake()
    assert doodle.doodle_bridge.is_baked
    for frame, wanted in live.items():
        played = render(tmp_path / f"baked_{frame}.png", frame)
        assert wanted[..., 3].max() > 150  # there is something to compare
        off = difference(played, wanted)
        if kind == "exr":  # its edges are finer than those of the live picture
            assert off.mean() < 0.5 and np.count_nonzero(off > 3) < 0.02 * off.size
        elif engine == "CYCLES":
            assert off.max() <= 3
        else:  # Workbench's own smoothing may see an edge otherwise in a pixel or two
            assert np.count_nonzero(off > 2) <= 8
    assert difference(live[2], live[8]).max() > 50


def test_a_range_plays_at_its_own_frames(doodle: bpy.types.Object, tmp_path: Path) -> None:
    look_at(doodle)
    wanted = render(tmp_path / "live.png", 6)
    bake(first=4, last=7, folder=str(tmp_path / "part"))
    assert pictures(tmp_path / "part") == ["0004.png", "0005.png", "0006.png", "0007.png"]
    played = render(tmp_path / "played.png", 6)
    assert difference(played, wanted).max() <= 2


@pytest.mark.parametrize(("first", "last"), [(4, 7), (5, 5)])
def test_before_and_after_its_range_a_bake_holds_its_first_and_last_picture(
    doodle: bpy.types.Object, tmp_path: Path, first: int, last: int
) -> None:
    look_at(doodle)
    wanted = {frame: render(tmp_path / f"live_{frame}.png", frame) for frame in {first, last}}
    bake(first=first, last=last)
    for frame, shown in ((1, first), (first - 1, first), (first, first), (last, last), (last + 1, last), (9, last)):
        assert difference(render(tmp_path / "held.png", frame), wanted[shown]).max() <= 2, frame


def test_a_range_baked_beside_another_extends_it(doodle: bpy.types.Object, tmp_path: Path) -> None:
    settings = doodle.doodle_bridge
    bake(first=4, last=7)
    bake(first=2, last=3)
    assert (settings.bake_start, settings.bake_end) == (2, 7)
    bake(first=9, last=9)  # 8 is missing between them
    assert (settings.bake_start, settings.bake_end) == (9, 9)


def test_another_format_in_the_same_folder_is_a_bake_of_its_own(doodle: bpy.types.Object, tmp_path: Path) -> None:
    settings = doodle.doodle_bridge
    bake(first=2, last=4)
    settings.bake_format = "exr"
    bake(first=5, last=6)
    assert (settings.bake_start, settings.bake_end) == (5, 6)
    assert [image.name for image in bpy.data.images if image.source == "SEQUENCE"] == [settings.bake_image.name]
    assert settings.bake_image.alpha_mode == "PREMUL"
    assert pictures(tmp_path / "doodle_bridge" / NAME) == [f"000{n}.{'png' if n < 5 else 'exr'}" for n in range(2, 7)]


def test_an_exr_holds_linear_colour_times_alpha(doodle: bpy.types.Object, tmp_path: Path) -> None:
    doodle.doodle_bridge.colour = (0.8, 0.3, 0.05, 0.5)
    doodle.doodle_bridge.bake_format = "exr"
    live = deep_pixels(doodle, 4)
    bake(first=4, last=4, folder=str(tmp_path / "out"))
    image = bpy.data.images.load(str(tmp_path / "out" / "0004.exr"))
    read = np.empty(SIZE * SIZE * 4, np.float32)
    image.pixels.foreach_get(read)  # premultiplied, as the file holds it
    baked = read.reshape(SIZE, SIZE, 4)[::-1]
    assert np.abs(baked[..., 3] - live[..., 3]).max() < 1e-3
    assert np.abs(baked[..., :3] - live[..., :3] * live[..., 3:]).max() < 1e-3
    assert baked[..., 0].max() == pytest.approx(0.4, abs=1e-3)


@pytest.mark.parametrize(
    ("frames", "wanted"),
    [("scene", range(1, 10)), ("preview", range(3, 6)), ("custom", range(2, 4))],
)
def test_the_settings_say_which_frames(doodle: bpy.types.Object, tmp_path: Path, frames: str, wanted: range) -> None:
    scene, settings = bpy.context.scene, doodle.doodle_bridge
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = 3, 5
    settings.bake_range, settings.bake_first, settings.bake_last = frames, 2, 3
    bake(folder=str(tmp_path / "out"))
    assert pictures(tmp_path / "out") == [f"{frame:04d}.png" for frame in wanted]


def test_the_operator_may_be_told_one_end_or_both(doodle: bpy.types.Object, tmp_path: Path) -> None:
    bake(first=8, folder=str(tmp_path / "end"))
    assert pictures(tmp_path / "end") == ["0008.png", "0009.png"]
    bake(last=2, folder=str(tmp_path / "start"))
    assert pictures(tmp_path / "start") == ["0001.png", "0002.png"]


def test_a_file_with_a_bake_renders_the_same_without_the_add_on(doodle: bpy.types.Object, tmp_path: Path) -> None:
    look_at(doodle)
    wanted = render(tmp_path / "live.png", 6)
    bake()
    # Moved as a whole: the .blend finds its pictures wherever both are.
    moved = tmp_path / "moved"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"), check_existing=False)
    moved.mkdir()
    (tmp_path / "scene.blend").rename(moved / "scene.blend")
    (tmp_path / "doodle_bridge").rename(moved / "doodle_bridge")
    script = f"""
import bpy
bpy.ops.wm.open_mainfile(filepath={str(moved / "scene.blend")!r})
assert not hasattr(bpy.types.Object, "doodle_bridge")
scene = bpy.context.scene
scene.render.filepath = {str(tmp_path / "plain.png")!r}
scene.frame_set(6)
bpy.ops.render.render(write_still=True)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    plain = read_picture(tmp_path / "plain.png")
    assert difference(plain, wanted).max() <= 2


def test_free_bake_returns_to_the_live_picture_and_keeps_the_files(doodle: bpy.types.Object, tmp_path: Path) -> None:
    before = live_pixels(doodle, 3)
    bake(folder=str(tmp_path / "out"))
    assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}
    assert not doodle.doodle_bridge.is_baked and doodle.doodle_bridge.bake_image is None
    assert not [image for image in bpy.data.images if image.source == "SEQUENCE"]
    assert len(pictures(tmp_path / "out")) == LAST - FIRST + 1
    assert np.array_equal(live_pixels(doodle, 3), before)
    doodle.doodle_bridge.colour = (1.0, 0.0, 0.0, 1.0)
    assert live_pixels(doodle, 7)[..., 0].max() == 1.0  # alive again


def test_a_copy_that_is_baked_leaves_the_first_one_playing_its_own(doodle: bpy.types.Object, tmp_path: Path) -> None:
    bake()
    bpy.ops.object.select_all(action="DESELECT")
    doodle.select_set(True)
    bpy.ops.object.duplicate()
    copy = bpy.context.object
    assert copy != doodle
    bake(folder=str(tmp_path / "copy"))
    assert NAME in doodle.doodle_bridge.bake_image.filepath
    assert bpy.path.abspath(copy.doodle_bridge.bake_image.filepath) == str(tmp_path / "copy" / "0001.png")


def test_a_folder_that_cannot_be_written_is_one_line_and_changes_nothing(
    doodle: bpy.types.Object, reports: Callable[..., str], tmp_path: Path
) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("not a folder")
    assert "a file" in reports(bpy.ops.doodle_bridge.bake, folder=str(in_the_way / "out"))
    assert not doodle.doodle_bridge.is_baked
    assert in_the_way.read_text() == "not a folder"
    assert bpy.context.scene.frame_current == FIRST


def test_a_file_that_is_not_saved_needs_a_folder(
    make_doodle: Callable[..., bpy.types.Object], reports: Callable[..., str], tmp_path: Path
) -> None:
    made = make_doodle()
    assert "save" in reports(bpy.ops.doodle_bridge.bake)
    bpy.context.scene.frame_end = 2
    made.doodle_bridge.bake_folder = str(tmp_path / "chosen")
    assert bake() == {"FINISHED"}
    assert pictures(tmp_path / "chosen") == ["0001.png", "0002.png"]


def test_a_bake_stopped_half_way_leaves_whole_files_and_the_live_picture(
    doodle: bpy.types.Object, tmp_path: Path
) -> None:
    from blender_addon.outputs.frames import make_plan, write_frames

    bpy.context.scene.frame_set(8)
    plan = make_plan(bpy.context, doodle, folder=tmp_path / "out")
    frames = write_frames(plan)
    for _ in range(3):
        next(frames)
    frames.close()  # what Esc does
    assert pictures(tmp_path / "out") == [f"000{n}.png" for n in range(1, 4 + AHEAD)]  # what is drawn is written
    for name in pictures(tmp_path / "out"):
        assert read_picture(tmp_path / "out" / name).shape == (SIZE, SIZE, 4)
    assert bpy.context.scene.frame_current == 8
    assert not doodle.doodle_bridge.is_baked


def test_baking_again_replaces_pictures_whole(doodle: bpy.types.Object, tmp_path: Path) -> None:
    bake(folder=str(tmp_path / "out"))
    doodle.doodle_bridge.colour = (1.0, 1.0, 1.0, 1.0)
    bake(folder=str(tmp_path / "out"))
    assert read_picture(tmp_path / "out" / "0005.png")[..., 0].max() == 255
    assert len(pictures(tmp_path / "out")) == LAST - FIRST + 1


@pytest.mark.parametrize("kind", ["png", "exr"])
def test_what_is_on_disk_as_it_should_be_is_left_alone(doodle: bpy.types.Object, tmp_path: Path, kind: str) -> None:
    doodle.doodle_bridge.bake_format = kind
    for frame, sigma in ((4, 0.0), (5, 0.5), (7, 0.0)):
        doodle.doodle_bridge.sigma = sigma
        doodle.keyframe_insert("doodle_bridge.sigma", frame=frame)
    assert written(doodle, tmp_path) == list(range(FIRST, LAST + 1))
    assert written(doodle, tmp_path) == []
    curve = next(c for c in keys_curves(doodle) if c.data_path == "doodle_bridge.sigma")
    curve.keyframe_points[1].co.y = 0.6
    curve.update()
    assert written(doodle, tmp_path) == [5, 6]  # sigma differs between 4 and 7 only
    doodle.doodle_bridge.size = 64
    assert written(doodle, tmp_path) == list(range(FIRST, LAST + 1))
    assert written(doodle, tmp_path, overwrite=True) == list(range(FIRST, LAST + 1))


def test_another_depth_or_drawing_is_another_picture(doodle: bpy.types.Object, tmp_path: Path) -> None:
    written(doodle, tmp_path)
    doodle.doodle_bridge.bake_depth = "16"
    assert len(written(doodle, tmp_path)) == LAST
    drawing = bpy.data.objects["Drawing"].data.layers[0].frames[1].drawing
    points = drawing.attributes["position"].data
    moved = np.empty(3 * len(points), np.float32)
    points.foreach_get("vector", moved)
    points.foreach_set("vector", moved * np.float32(0.9))
    bpy.ops.doodle_bridge.update_keys()
    assert 5 in written(doodle, tmp_path)


@pytest.mark.parametrize("kind", ["png", "exr"])
def test_a_picture_that_is_not_whole_is_written_anew(doodle: bpy.types.Object, tmp_path: Path, kind: str) -> None:
    doodle.doodle_bridge.bake_format = kind
    written(doodle, tmp_path)
    whole = {frame: (tmp_path / "out" / f"{frame:04d}.{kind}").read_bytes() for frame in (2, 3, 5, 7)}
    holed = bytearray(whole[5])
    holed[-60:-40] = bytes(20)  # of the size it should be, but with a hole
    damaged = {2: b"", 3: whole[3][:-1], 5: bytes(holed), 7: whole[7][: len(whole[7]) // 2]}
    for frame, data in damaged.items():
        (tmp_path / "out" / f"{frame:04d}.{kind}").write_bytes(data)
    assert written(doodle, tmp_path) == sorted(damaged)
    for frame, data in whole.items():
        assert (tmp_path / "out" / f"{frame:04d}.{kind}").read_bytes() == data


def test_a_bake_goes_on_when_the_window_shows_another_scene(doodle: bpy.types.Object, tmp_path: Path) -> None:
    from blender_addon.outputs.frames import make_plan, write_frames

    live = deep_pixels(doodle, 5)
    scene = bpy.context.scene
    frames = write_frames(make_plan(bpy.context, doodle, folder=tmp_path / "out", depth=16))
    next(frames)
    bpy.context.window.scene = bpy.data.scenes.new("Another")
    assert sum(frames) == LAST - FIRST
    assert scene.frame_current == 5
    baked = read_picture(tmp_path / "out" / "0005.png")
    assert np.abs(baked / 65535 - to_srgb(live)).max() < 1e-4


def test_a_bake_lives_through_undo(doodle: bpy.types.Object, tmp_path: Path) -> None:
    from blender_addon.outputs.frames import make_plan, write_frames

    bpy.ops.ed.undo_push(message="made")
    frames = write_frames(make_plan(bpy.context, doodle, folder=tmp_path / "out"))
    next(frames)
    doodle.doodle_bridge.colour = (1.0, 0.0, 0.0, 1.0)
    bpy.ops.ed.undo_push(message="red")
    next(frames)
    bpy.ops.ed.undo()  # replaces scene and doodle
    next(frames)
    frames.close()
    drawn = [1, 1 + AHEAD, 2 + AHEAD, 3 + AHEAD]
    reds = [read_picture(tmp_path / "out" / f"000{n}.png")[..., 0].max() for n in drawn]
    assert reds == [0, 0, 255, 0]


def test_a_frame_that_cannot_be_written_is_named_with_its_file(
    doodle: bpy.types.Object, reports: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "out" / "0004.png").mkdir(parents=True)
    (tmp_path / "out" / "0004.png" / "in the way").touch()
    told = reports(bpy.ops.doodle_bridge.bake, folder=str(tmp_path / "out"))
    assert told.startswith(f"frame 4, {tmp_path / 'out' / '0004.png'}: cannot be written")
    assert (tmp_path / "out" / "0003.png").exists() and not (tmp_path / "out" / "0005.png").exists()


def test_a_hidden_doodle_is_refused_instead_of_baked_wrong(
    doodle: bpy.types.Object, reports: Callable[..., str], tmp_path: Path
) -> None:
    doodle.hide_viewport = True
    assert "hidden" in reports(bpy.ops.doodle_bridge.bake, folder=str(tmp_path / "out"))


def test_frames_that_run_backwards_are_refused(
    doodle: bpy.types.Object, reports: Callable[..., str], tmp_path: Path
) -> None:
    wrong = {"first": 5, "last": 2}
    assert "5-2" in reports(bpy.ops.doodle_bridge.bake, **wrong, folder=str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Walker", "Walker"),
        ("Walker.001", "Walker.001"),
        ("a/b\\c:d", "a_b_c_d"),
        ("..", "_"),
        ("été ", "été"),
        ("con", "_con"),
        ("NUL.tar.gz", "_NUL.tar.gz"),
        ("COM¹", "_COM¹"),
        ("Conny", "Conny"),
        ("ü" * 200, "ü" * 50),
        ("a" + "👻" * 63, "a" + "👻" * 24),
        ("x" * 99 + ". y", "x" * 99),
    ],
)
def test_a_folder_is_named_after_its_doodle(name: str, expected: str) -> None:
    from blender_addon.outputs.folders import file_name

    assert file_name(name) == expected


def written(doodle: bpy.types.Object, tmp_path: Path, **options: object) -> list[int]:
    """Bake into `out`: the frames that were written."""
    from blender_addon.outputs.frames import make_plan, write_frames

    plan = make_plan(bpy.context, doodle, folder=tmp_path / "out", **options)
    return [frame for frame, new in zip(plan.frames, write_frames(plan), strict=True) if new]


def keys_curves(doodle: bpy.types.Object) -> list[bpy.types.FCurve]:
    from bpy_extras import anim_utils

    data = doodle.animation_data
    return list(anim_utils.action_get_channelbag_for_slot(data.action, data.action_slot).fcurves)


def deep_pixels(doodle: bpy.types.Object, frame: int) -> np.ndarray:
    """What files of more than 8 bits hold: as live, with finer edges."""
    bpy.context.scene.frame_set(frame)
    evaluated = doodle.evaluated_get(bpy.context.evaluated_depsgraph_get())
    fine = session.render(keys.frame_request(evaluated, frame), deep=True)
    assert np.abs(fine[..., 3] - live_pixels(doodle, frame)[..., 3]).mean() < 2e-3
    return fine


def live_pixels(doodle: bpy.types.Object, frame: int) -> np.ndarray:
    """What the live plane shows at `frame`: (n, n, 4) linear straight RGBA, first row on top."""
    bpy.context.scene.frame_set(frame)
    assert not doodle.doodle_bridge.is_baked
    return picture_of(doodle).copy()


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """The display value of scene-linear RGBA, colour by colour; alpha stays."""
    answer = linear.copy()
    low = linear[..., :3] <= 0.0031308
    answer[..., :3] = np.where(low, linear[..., :3] * 12.92, 1.055 * linear[..., :3] ** (1 / 2.4) - 0.055)
    return answer


def look_at(doodle: bpy.types.Object) -> None:
    """A flat camera straight in front of the doodle, and Cycles at 64 x 64 pixels with nothing random."""
    scene = bpy.context.scene
    camera = bpy.data.cameras.new("Camera")
    camera.type = "ORTHO"
    camera.ortho_scale = max(doodle.dimensions) * 1.1
    scene.camera = bpy.data.objects.new("Camera", camera)
    scene.camera.rotation_euler = (np.pi / 2, 0.0, 0.0)
    scene.camera.location = (*doodle.matrix_world.translation,)
    scene.camera.location.y -= 4.0
    scene.collection.objects.link(scene.camera)
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 4
    scene.cycles.use_denoising = False
    scene.cycles.pixel_filter_type = "BOX"
    scene.render.film_transparent = True
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGBA"
    scene.view_settings.view_transform = "Standard"


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How far two 8-bit RGBA pictures are from each other as seen on black: colour that hardly covers hardly counts."""
    seen = [np.concatenate([p[..., :3] * (p[..., 3:] / 255.0), p[..., 3:]], axis=2) for p in (one, other)]
    return np.abs(seen[0] - seen[1])


def render(path: Path, frame: int) -> np.ndarray:
    """Frame `frame` through Blender's own output: (64, 64, 4) uint8."""
    scene = bpy.context.scene
    scene.frame_set(frame)
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    return read_picture(path)
