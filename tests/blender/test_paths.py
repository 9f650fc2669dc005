"""Folders and files of any name; doodles whose names file systems cannot tell apart; a country with decimal commas."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import commands, session
from blender_addon.outputs import playback
from blender_addon.outputs.folders import default_folder
from doodle_core import cli
from doodle_core.model import weights_folder
from doodle_core.sequence import read_picture
from tests.blender import child
from tests.blender.conftest import ADDON, arc, write_picture
from tests.blender.test_bake import look_at, render
from tests.blender.test_images import bar

Maker = Callable[..., bpy.types.Object]
ODD = [
    "50% of #1 ####",
    "Größe 名前 👻 é",
    'it\'s "quoted" {blend_name} $HOME ~',
    "dots.. .and a-dash ",
    "%04d[0] <UDIM>",
]


def save(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(path), check_existing=False)


@pytest.mark.parametrize("name", ODD, ids=[f"odd {number}" for number in range(len(ODD))])
def test_a_folder_of_any_name_for_file_pictures_model_and_bake(name: str, tmp_path: Path) -> None:
    home = tmp_path / name
    pictures, model, out = home / "pictures" / name, home / "model" / name, home / f"out {name}"
    pictures.mkdir(parents=True)
    for number, at in enumerate((0.3, 0.6)):
        write_picture(pictures / f"{name}{number}.png", bar(at))
    shutil.copytree(weights_folder(), model, ignore=shutil.ignore_patterns("mixer"))
    bpy.context.preferences.addons[ADDON].preferences.model_folder = str(model)
    files = [{"name": f"{name}{number}.png"} for number in (0, 1)]
    save(home / f"{name}.blend")
    bpy.context.scene.frame_end = 3
    assert bpy.ops.doodle_bridge.from_images(directory=str(pictures), files=files, size=64, every=2) == {"FINISHED"}
    doodle = bpy.context.object
    assert session.get().loaded.card.id == doodle.doodle_bridge.model_id
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    look_at(doodle)
    live = render(tmp_path / "live.png", 2)  # not in there: Blender reads braces in the path of a render
    doodle.doodle_bridge.bake_folder = f"//out {name}/"
    assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
    assert sorted(path.name for path in out.iterdir()) == ["0001.png", "0002.png", "0003.png"]
    save(home / f"{name}.blend")
    moved = tmp_path / "moved" / name
    moved.parent.mkdir()
    home.rename(moved)
    bpy.ops.wm.open_mainfile(filepath=str(moved / f"{name}.blend"))
    doodle = next(ob for ob in bpy.data.objects if ob.doodle_bridge.is_doodle)
    assert playback.missing(doodle) == []
    played = render(tmp_path / "played.png", 2)
    assert np.abs(played.astype(int) - live).max() <= 3 and live[..., 3].max() == 255
    assert bpy.ops.doodle_bridge.use_bake(to="STRIP") == {"FINISHED"}
    assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}
    bpy.context.view_layer.objects.active = doodle
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}, "the pictures are found"


ALIKE = [("a?", "a*"), ("Walk", "walk"), ("x" * 60 + "ä", "x" * 60 + "a\u0308")]


@pytest.mark.parametrize("names", ALIKE, ids=["signs", "case", "spelling"])
@pytest.mark.parametrize("given", [False, True], ids=["default", "output"])
def test_no_two_doodles_share_a_folder(
    given: bool, names: tuple[str, str], make_doodle: Maker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On one machine or on two: a folder is named before anything is baked, by the names in the file."""
    bpy.context.scene.frame_end = 2
    for name, lift in zip(names, (1.0, -1.0), strict=True):
        make_doodle({1: [arc(lift)]}).name = name
    save(tmp_path / "film.blend")
    told = ["bake", *(["--output", str(tmp_path / "out")] if given else [])]
    assert commands.main(told) == 0
    folders = list((tmp_path / ("out" if given else "doodle_bridge")).iterdir())
    assert len({folder.name.casefold() for folder in folders}) == 2
    first, second = (read_picture(folder / "0001.png") for folder in folders)
    assert not np.array_equal(first, second)
    if not given:
        for name in names:
            found = default_folder(bpy.data.objects[name])
            assert commands.main(["bake", "--doodle", name]) == 0 and found in folders
            assert f"{name}: 0 written, 2 unchanged" in capsys.readouterr().err


@pytest.fixture(scope="module")
def commas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which a program may choose German numbers; made here where the system does not have them."""
    folder = tmp_path_factory.mktemp("locales")
    if shutil.which("localedef"):
        command = ["localedef", "-c", "-f", "UTF-8", "-i", "de_DE", str(folder / "de_DE.UTF-8")]
        subprocess.run(command, capture_output=True, check=False)
        if (folder / "de_DE.UTF-8").is_dir():
            return {"LOCPATH": str(folder), "LC_ALL": "de_DE.UTF-8"}
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout if shutil.which("locale") else ""
    if "de_DE.utf8" in known.split():
        return {"LC_ALL": "de_DE.UTF-8"}
    pytest.skip("this system has no locale with decimal commas, and cannot make one")


GERMAN = """
import locale
locale.setlocale(locale.LC_ALL, "")
assert locale.localeconv()["decimal_point"] == ",", "not German"
"""
BAKE = (
    GERMAN
    + """
bpy.ops.wm.open_mainfile(filepath=given["file"])
from blender_addon import commands
assert commands.main(["bake", "--output", given["folder"], "--json"]) == 0
assert commands.main(["info"]) == 0
answer(locale.localeconv()["decimal_point"])
"""
)


def test_decimal_commas_change_no_byte(make_doodle: Maker, tmp_path: Path, commas: dict[str, str]) -> None:
    scene = bpy.context.scene
    scene.frame_end = 6
    doodle = make_doodle({1: [arc(-1.0)], 6: [arc(0.5, 0.3)]})
    settings = doodle.doodle_bridge
    settings.sigma, settings.boil, settings.line_weight, settings.softness = 0.75, 0.25, 0.5, 0.125
    settings.colour = (0.8, 0.3, 0.05, 0.9)
    save(tmp_path / "film.blend")
    assert commands.main(["bake", "--output", str(tmp_path / "here")]) == 0
    found = child.run(BAKE, {"file": str(tmp_path / "film.blend"), "folder": str(tmp_path / "there")}, env=commas)
    assert found == ","
    here, there = (_bytes(tmp_path / name) for name in ("here", "there"))
    assert here == there and len(here) == 6


def test_nor_of_the_command_line(tmp_path: Path, commas: dict[str, str]) -> None:
    pictures = [str(write_picture(tmp_path / f"{number}.png", bar(at))) for number, at in enumerate((0.3, 0.6))]
    options = ["--sigma", "0.75", "--boil", "0.25", "--frames", "4", "--fps", "12.5", "--size", "96"]
    assert cli.main(["animate", *pictures, *options, "--output", str(tmp_path / "here.gif")]) == 0
    script = GERMAN + "import sys; from doodle_core.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", script, "animate", *pictures, *options, "--output", str(tmp_path / "there.gif")]
    subprocess.run(command, cwd=child.ROOT, env={**os.environ, **commas}, check=True)
    assert (tmp_path / "here.gif").read_bytes() == (tmp_path / "there.gif").read_bytes()


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.png")}
