"""Bakes that are killed at any moment, and several Blenders at once over one file and one folder."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from doodle_core.notes import read_note
from doodle_core.sequence import read_picture
from tests.blender import child
from tests.blender.conftest import arc, start_afresh
from tests.blender.test_bake import look_at

Maker = Callable[..., bpy.types.Object]
LAST = 24
BAKE = """
bpy.ops.wm.open_mainfile(filepath=given["file"])
print("BEGIN", flush=True)
from blender_addon import commands
assert commands.main(["bake", "--doodle", given["doodle"], "--output", given["folder"], *given["more"]]) == 0
"""
RENDER = """
bpy.ops.wm.open_mainfile(filepath=given["file"])
scene = bpy.context.scene
scene.render.filepath = given["folder"] + "/####.png"
bpy.ops.render.render(animation=True)
"""


@pytest.fixture
def film(make_doodle: Maker, tmp_path: Path) -> Path:
    """A saved film of 24 frames, shaking all the way, of pictures large enough to be met half-written; closed."""
    scene = bpy.context.scene
    scene.frame_end = LAST
    doodle = make_doodle({1: [arc(-1.0)], 12: [arc(0.0, 0.4)], 24: [arc(1.0)]}, size=512)
    doodle.doodle_bridge.sigma, doodle.doodle_bridge.boil = 0.5, 0.5
    look_at(doodle)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    start_afresh()
    return tmp_path / "film.blend"


def baking(film: Path, folder: Path, *more: str) -> subprocess.Popen[str]:
    given = {"file": str(film), "doodle": "Drawing Doodle", "folder": str(folder), "more": more}
    return child.started(BAKE, given)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


@pytest.fixture
def whole(film: Path, tmp_path: Path) -> dict[str, bytes]:
    child.ended(baking(film, tmp_path / "whole"))
    return contents(tmp_path / "whole")


def test_killed_at_any_moment_again_and_again(film: Path, whole: dict[str, bytes], tmp_path: Path) -> None:
    """One bake after the other into one folder, each killed at another moment; the last one is let be."""
    out, before, dice = tmp_path / "out", film.read_bytes(), random.Random(11)
    done = 0
    for number in range(8):
        process = baking(film, out)
        while "BEGIN" not in process.stdout.readline():
            pass
        # Some picture further on, or a temporary file that is just being written.
        target, until = len(contents(out)) + dice.randint(1, 3), time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            names = [path.name for path in out.iterdir()] if out.exists() else []
            if len(names) >= target or (number % 2 and any(".tmp." in name for name in names)):
                break
        process.kill()
        process.communicate()
        found = contents(out)
        hidden = {name for name in found if name.startswith(".")}
        assert all(".tmp." in name for name in hidden) and len(hidden) <= 2, "each bake clears up after the one before"
        for name in found.keys() - hidden:
            assert found[name] == whole[name]
            assert read_picture(out / name).shape == (512, 512, 4) and read_note(out / name)
        assert film.read_bytes() == before
        assert len(found.keys() - hidden) >= done
        done = len(found.keys() - hidden)
    child.ended(baking(film, out))
    assert contents(out) == whole


def test_killed_while_it_saves(film: Path, tmp_path: Path) -> None:
    """The file that plays the pictures is there and whole, or not there; the film is as it was."""
    before, dice = film.read_bytes(), random.Random(5)
    target = tmp_path / "out" / "baked.blend"
    target.parent.mkdir()
    for _ in range(5):
        process = baking(film, tmp_path / "frames", "--save", str(target))
        while "24 unchanged" not in (line := process.stdout.readline()) and "24 written" not in line:
            pass
        for _ in range(dice.randint(0, 20_000)):  # a moment, while it saves
            target.exists()
        process.kill()
        process.communicate()
        assert film.read_bytes() == before
        if target.exists():
            bpy.ops.wm.open_mainfile(filepath=str(target))
            assert bpy.data.objects["Drawing Doodle"].doodle_bridge.is_baked
    bpy.ops.wm.open_mainfile(filepath=str(film))
    assert not bpy.data.objects["Drawing Doodle"].doodle_bridge.is_baked
    start_afresh()
    child.ended(baking(film, tmp_path / "frames", "--save", str(target)))
    bpy.ops.wm.open_mainfile(filepath=str(target))
    assert bpy.data.objects["Drawing Doodle"].doodle_bridge.is_baked


def test_two_bakes_of_the_same_frames_into_one_folder(film: Path, whole: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "out"
    for more in ((), ("--overwrite",)):
        both = [baking(film, out, *more), baking(film, out, *more)]
        for process in both:
            child.ended(process)
        assert contents(out) == whole


def test_two_renders_of_one_file_and_a_bake_at_once(film: Path, whole: dict[str, bytes], tmp_path: Path) -> None:
    """Nothing that they keep is shared: each gives what one alone gives."""
    folders = [tmp_path / name for name in ("alone", "first", "second")]
    child.run(RENDER, {"file": str(film), "folder": str(folders[0])})
    given = [{"file": str(film), "folder": str(folder)} for folder in folders[1:]]
    many = [*(child.started(RENDER, one) for one in given), baking(film, tmp_path / "out")]
    for process in many:
        child.ended(process)
    alone = {path.name: read_picture(path) for path in folders[0].iterdir()}
    assert len(alone) == LAST and max(pixels[..., 3].max() for pixels in alone.values()) > 200
    for folder in folders[1:]:
        assert {path.name for path in folder.iterdir()} == alone.keys()
        for name, pixels in alone.items():
            assert np.array_equal(read_picture(folder / name), pixels), name
    assert contents(tmp_path / "out") == whole
