"""`blender -c doodle_bridge`: called as Blender calls it, in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from doodle_core.sequence import read_picture
from tests.blender.conftest import arc


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
        ([], "bake|info"),
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
