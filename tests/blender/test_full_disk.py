"""A disk without room and a folder that turns read-only, in the middle of a bake and under a save: in a Blender of its
own, on a disk of its own where the system lets it have one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender import child
from tests.blender.conftest import arc

LAST = 12

SCRIPT = """
import os, resource, subprocess
from pathlib import Path
import numpy as np
from blender_addon.outputs.frames import make_plan, write_frames
from blender_addon.view import plane
from doodle_core.notes import read_note
disk = Path(given["disk"])
mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "doodles", str(disk)]
mounted = given["mounts"] and subprocess.run(mount, capture_output=True).returncode == 0
bpy.ops.wm.open_mainfile(filepath=given["file"])
film, out = disk / "film.blend", disk / "out"
bpy.ops.wm.save_as_mainfile(filepath=str(film))
ob = bpy.data.objects[given["doodle"]]
bpy.context.view_layer.objects.active = ob
scene = bpy.context.scene
def bake(**options):
    try:
        return "", bpy.ops.doodle_bridge.bake(folder=str(out), **options) == {"FINISHED"}
    except RuntimeError as error:
        return str(error).strip(), False
def save():
    # With more in it than before, as a save is for.
    bpy.data.texts.new("More").write(os.urandom(20_000).hex())
    try:
        bpy.ops.wm.save_mainfile()
    except RuntimeError as error:
        return str(error)
    return ""
def state():
    files = sorted(path.name for path in out.iterdir()) if out.exists() else []
    pixels = np.empty(64 * 64 * 4, np.float32)
    ob.doodle_bridge.image_a.pixels.foreach_get(pixels)
    return {
        "files": files,
        "whole": [name for name in files if read_note(out / name)],
        "beside": sorted(path.name for path in disk.iterdir()),
        "stand_ins": [one.name for one in [*bpy.data.images, *bpy.data.texts] if plane.STAND_IN in one],
        "live": plane.shown_image(ob) == ob.doodle_bridge.image_a and bool(pixels.any()),
        "baked": ob.doodle_bridge.is_baked,
        "frame": scene.frame_current,
        "sum": float(pixels.sum()),
    }
def fault(begin, end):
    # Three pictures are there already; the fault comes before the fourth.
    assert all(write_frames(make_plan(bpy.context, ob, folder=out, frames=(1, 3))))
    scene.frame_set(5)
    before, film_before = state(), film.read_bytes()
    begin()
    told, done = bake()
    during = state()
    refused = save()
    after = state()
    intact = film.read_bytes() == film_before
    end()
    again = bake()
    return {
        "told": told, "done": done, "before": before, "during": during, "after": after, "refused": refused,
        "intact": intact, "again": again, "saved": save(), "end": state(),
        "bytes": {path.name: path.read_bytes().hex() for path in out.iterdir()},
    }
"""
FULL = (
    SCRIPT
    + """
filler = disk / "filler"
def fill():
    if not mounted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, resource.RLIM_INFINITY))
        return
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass
def free():
    if mounted:
        filler.unlink()
    else:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
answer(fault(fill, free))
"""
)
READ_ONLY = (
    SCRIPT
    + """
def lock(rights, mode):
    if mounted:
        subprocess.run(["mount", "-o", f"remount,{rights}", str(disk)], check=True)
        return
    for folder in (disk, out):
        folder.chmod(mode)
answer(fault(lambda: lock("ro", 0o555), lambda: lock("rw", 0o755)))
"""
)


@pytest.fixture
def given(make_doodle: Callable[..., bpy.types.Object], tmp_path: Path) -> dict[str, Any]:
    """A saved film of twelve frames, an empty folder for a disk, and what an unbroken bake gives."""
    from blender_addon.outputs.frames import make_plan, write_frames

    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, LAST
    doodle = make_doodle({1: [arc(-1.0)], 12: [arc(1.0)]})
    file, disk = tmp_path / "film.blend", tmp_path / "disk"
    bpy.ops.wm.save_as_mainfile(filepath=str(file), check_existing=False)
    disk.mkdir()
    assert all(write_frames(make_plan(bpy.context, doodle, folder=tmp_path / "whole")))
    whole = {path.name: path.read_bytes().hex() for path in (tmp_path / "whole").iterdir()}
    return {"file": str(file), "doodle": doodle.name, "disk": str(disk), "whole": whole}


@pytest.mark.parametrize(
    ("script", "reason"),
    [(FULL, ("No space left", "File too large")), (READ_ONLY, ("Read-only file system", "Permission denied"))],
    ids=["full", "read-only"],
)
def test_nothing_is_lost_and_the_next_bake_goes_on(
    script: str, reason: tuple[str, ...], given: dict[str, Any], tmp_path: Path
) -> None:
    before = child.own_mounts()
    if not before:
        if not hasattr(os, "geteuid"):
            pytest.skip("this system has neither mounts nor limits")
        if script is READ_ONLY and os.geteuid() == 0:
            pytest.skip("root may write everywhere, and this system allows no mounts")
    found = child.run(script, {**given, "mounts": bool(before)}, before=before)
    file = Path(given["disk"]) / "out" / "0004.png"
    assert found["told"].startswith(f"Error: frame 4, {file}: cannot be written ("), found["told"]
    assert any(one in found["told"] for one in reason) and "\n" not in found["told"]
    three = ["0001.png", "0002.png", "0003.png"]
    for now in (found["before"], found["during"], found["after"]):
        assert now["files"] == now["whole"] == three
        assert now["live"] and not now["baked"] and now["frame"] == 5 and not now["stand_ins"]
        assert now["sum"] == found["before"]["sum"]
    assert found["refused"] and found["intact"], "the .blend on disk is the one before"
    assert found["again"] == ["", True] and found["saved"] == ""
    assert found["bytes"] == given["whole"]
    assert found["end"]["baked"] and not found["end"]["stand_ins"]
    assert found["after"]["beside"] == sorted({*found["during"]["beside"]}), "no half of a .blend lies about"
