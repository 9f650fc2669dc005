"""`blender -c doodle_bridge`: called as Blender calls it, in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from doodle_core.sequence import read_picture
from tests.blender.conftest import arc, write_picture


@pytest.fixture
def doodle(make_doodle: Callable[..., bpy.types.Object]) -> bpy.types.Object:
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 1, 9
    return make_doodle({1: [arc(-1.0)], 5: [arc(0.0)], 9: [arc(1.0)]})


def run(*arguments: object) -> int:
    from blender_addon import commands

    return commands.main([str(argument) for argument in arguments])


def test_info_is_json_on_standard_output(doodle: bpy.types.Object, capsys: pytest.CaptureFixture[str]) -> None:
    doodle.doodle_bridge.sigma = 0.25
    assert run("info") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["frames"] == [1, 9]
    (found,) = answer["doodles"]
    assert found["name"] == doodle.name and found["keys"] == [1, 5, 9] and found["baked"] is None
    assert found["sigma"] == pytest.approx(0.25) and found["method"] == "spherical"
    assert found["boil"] == 0 and found["loop"] is False and found["states"] == ["fresh"] * 3
    assert answer["engine"] and answer["model"] == doodle.doodle_bridge.model_id


def test_info_tells_keys_that_are_no_longer_what_is_drawn(
    doodle: bpy.types.Object, capsys: pytest.CaptureFixture[str]
) -> None:
    drawing = doodle.doodle_bridge.source.data.layers[0].frames[1].drawing
    drawing.attributes["position"].data[3].vector.x += 0.4
    doodle.doodle_bridge.source.data.update_tag()
    bpy.context.view_layer.update()
    assert run("info") == 0
    (found,) = json.loads(capsys.readouterr().out)["doodles"]
    assert found["states"] == ["fresh", "stale", "fresh"]


def test_info_tells_baked_pictures_that_are_gone(
    doodle: bpy.types.Object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bpy.ops.doodle_bridge.bake(folder=str(tmp_path)) == {"FINISHED"}
    (tmp_path / "0004.png").unlink()
    assert run("info") == 0
    (found,) = json.loads(_json(capsys.readouterr().out))["doodles"]
    assert found["baked"] == [1, 9] and found["missing"] == [str(tmp_path / "0004.png")]


def test_info_of_a_file_without_doodles(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info") == 0
    assert json.loads(capsys.readouterr().out)["doodles"] == []


def test_bake_writes_the_frames_asked_for(
    doodle: bpy.types.Object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run("bake", "--doodle", doodle.name, "--frames", "3-5", "--output", out, "--size", 48) == 0
    assert sorted(path.name for path in out.iterdir()) == ["0003.png", "0004.png", "0005.png"]
    assert read_picture(out / "0003.png").shape == (48, 48, 4)
    said = capsys.readouterr()
    assert said.out.strip() == str(out)
    assert said.err.splitlines()[-2:] == [f"{doodle.name}: 3/3", f"{doodle.name}: 3 written, 0 unchanged"]
    assert not doodle.doodle_bridge.is_baked  # the file stays as it is


def test_bake_leaves_alone_what_is_there_unless_told_to_overwrite(
    doodle: bpy.types.Object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ("bake", "--frames", "1-4", "--output", tmp_path, "--doodle", doodle.name, "--format", "exr")
    for more, last_line in (
        ((), "4 written, 0 unchanged"),
        ((), "0 written, 4 unchanged"),
        (("--overwrite",), "4 written, 0 unchanged"),
        (("--format", "png", "--depth", "16"), "4 written, 0 unchanged"),
    ):
        assert run(*told, *more) == 0
        assert capsys.readouterr().err.splitlines()[-1] == f"{doodle.name}: {last_line}"
    assert sorted(path.name for path in tmp_path.iterdir())[:2] == ["0001.exr", "0001.png"]
    assert read_picture(tmp_path / "0001.png").dtype == np.uint16


def test_bake_takes_all_doodles_and_the_scene_s_range(
    doodle: bpy.types.Object, make_doodle: Callable[..., bpy.types.Object], tmp_path: Path
) -> None:
    second = make_doodle()
    assert run("bake", "--output", tmp_path / "out") == 0
    for name in (doodle.name, second.name):
        assert len(list((tmp_path / "out" / name).iterdir())) == 9


def test_any_range_gives_the_pictures_of_one_long_run(doodle: bpy.types.Object, tmp_path: Path) -> None:
    doodle.doodle_bridge.sigma = 0.5
    assert run("bake", "--doodle", doodle.name, "--output", tmp_path / "all") == 0
    assert run("bake", "--doodle", doodle.name, "--output", tmp_path / "parts", "--frames", "6-9") == 0
    assert run("bake", "--doodle", doodle.name, "--output", tmp_path / "parts", "--frames", "1-5") == 0
    for frame in range(1, 10):
        name = f"{frame:04d}.png"
        assert (tmp_path / "all" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["bake", "--doodle", "Nobody"], "Nobody"),
        (["bake", "--frames", "9-3"], "9-3"),
        (["bake", "--frames", "some"], "some"),
        (["bake", "--size", "3"], "'3'"),
        (["bake", "--size", "big"], "big"),
        (["dance"], "dance"),
        ([], "bake|info|from-images"),
        (["bake", "--save", "film.png"], "film.png"),
        (["bake", "--save", "nowhere/film.blend"], "nowhere"),
        (["bake", "--strokes", "--size", "64"], "--size"),
        (["bake", "--strokes", "--step", "0"], "'0'"),
        (["from-images", "--save", "new.blend"], "PICTURE"),
        (["from-images", "nothing.png"], "--save"),
        (["from-images", "nothing.png", "--save", "new.blend"], "nothing.png"),
        (["from-images", "nothing.png", "--grid", "4", "--save", "new.blend"], "'4'"),
    ],
)
def test_a_mistake_is_status_2_and_named(
    doodle: bpy.types.Object, capsys: pytest.CaptureFixture[str], arguments: list[str], named: str
) -> None:
    assert run(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert named in said.err.strip().splitlines()[-1]
    assert "Traceback" not in said.err


def test_a_scene_without_doodles_cannot_be_baked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("bake") == 2
    assert "no doodle" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_status_2(
    doodle: bpy.types.Object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_the_way = tmp_path / "in the way"
    in_the_way.write_text("")
    assert run("bake", "--output", in_the_way) == 2
    said = capsys.readouterr()
    assert len(said.err.strip().splitlines()) == 1 and "in the way" in said.err


def test_help_is_no_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("bake", "--help") == 0
    assert "--frames A-B" in capsys.readouterr().out


def test_the_command_is_registered_with_the_add_on() -> None:
    from blender_addon import commands

    assert commands._handle is not None


def test_bake_can_save_a_file_that_plays_the_pictures(
    doodle: bpy.types.Object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live, baked = tmp_path / "live.blend", tmp_path / "baked.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(live))
    capsys.readouterr()
    assert run("bake", "--size", 32, "--save", baked, "--json") == 0
    answer = json.loads(_json(capsys.readouterr().out))
    assert answer["file"] == str(baked) and answer["saved"]
    (found,) = answer["doodles"]
    assert found["frames"] == [1, 9] and found["written"] == 9 and found["size"] == 32 and found["format"] == "png"
    assert len(list(Path(found["folder"]).iterdir())) == 9
    for path, is_baked in ((live, False), (baked, True)):
        bpy.ops.wm.open_mainfile(filepath=str(path))
        assert bpy.data.objects[found["name"]].doodle_bridge.is_baked is is_baked


def test_strokes_go_into_the_file(doodle: bpy.types.Object, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("bake", "--strokes") == 2
    assert "--save" in capsys.readouterr().err
    path = tmp_path / "strokes.blend"
    assert run("bake", "--strokes", "--step", 2, "--frames", "1-9", "--save", path) == 0
    said = capsys.readouterr()
    assert said.out.strip().splitlines()[-1] == str(path)
    assert said.err.strip().splitlines()[-1] == f"{doodle.name}: 2 in-betweens and 3 keys"
    bpy.ops.wm.open_mainfile(filepath=str(path))
    layer = bpy.data.objects["Drawing"].data.layers["In-betweens"]
    assert [frame.frame_number for frame in layer.frames] == [1, 3, 5, 7, 9]


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """Three drawings and an empty place, 2 x 2."""
    ink = np.zeros((128, 128))
    ink[10:14, 8:56] = ink[40:44, 72:120] = ink[76:120, 30:34] = 1
    return write_picture(tmp_path / "walk.png", ink)


def test_a_doodle_from_pictures_in_a_new_file(sheet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "new.blend"
    told = ("from-images", sheet, "--grid", "2x2", "--every", 6, "--size", 64, "--ink", "dark", "--save", new)
    assert run(*told, "--json") == 0
    said = capsys.readouterr()
    answer = json.loads(_json(said.out))
    assert answer == {"file": str(new), "name": "walk", "keys": [1, 7, 13], "skipped": [19]}
    assert said.err.strip().splitlines()[-1] == "walk: nothing is drawn for frames 19: skipped"
    bpy.ops.wm.open_mainfile(filepath=str(new))
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end) == (1, 13) and len(scene.objects) == 2
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "RGBA"
    scene.render.filepath = str(tmp_path / "seen.png")
    bpy.ops.render.render(write_still=True)
    seen = read_picture(tmp_path / "seen.png")[..., 3]
    assert seen.shape == (64, 64)
    # What is seen is the first cell, edge to edge.
    assert seen[12, 8:56].min() > 200 and seen[20:].max() == 0 and seen[:8].max() == 0


def test_a_doodle_from_pictures_joins_the_file_that_is_open(
    doodle: bpy.types.Object, sheet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    before = (tmp_path / "scene.blend").read_bytes()
    new = tmp_path / "new.blend"
    assert run("from-images", sheet, "--grid", "2x2", "--start", 5, "--save", new) == 0
    assert capsys.readouterr().out.strip().splitlines()[-1] == str(new)
    assert doodle.name in bpy.context.scene.objects and "walk" in bpy.context.scene.objects
    assert bpy.context.scene.camera is None
    assert (tmp_path / "scene.blend").read_bytes() == before


def test_an_empty_picture_is_status_2_and_nothing_is_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paper = write_picture(tmp_path / "paper.png", np.zeros((32, 32)))
    assert run("from-images", paper, "--save", tmp_path / "new.blend") == 2
    assert "paper.png" in capsys.readouterr().err and not (tmp_path / "new.blend").exists()


def test_what_nobody_foresaw_is_status_1(
    doodle: bpy.types.Object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from blender_addon import session

    def broken() -> session.Session:
        raise ZeroDivisionError

    monkeypatch.setattr(session, "get", broken)
    assert run("info") == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


def _json(said: str) -> str:
    """The answer among what Blender itself says on standard output: the last line."""
    return said.splitlines()[-1]
