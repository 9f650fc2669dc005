"""What interrupts a bake: whole pictures stay, the next bake goes on, and the report names the frame and the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import session
from doodle_core.matching.tokens import COLUMNS
from doodle_core.model import find_folder
from doodle_core.notes import read_note
from doodle_core.sequence import read_picture, remove_leftovers
from tests.blender import child
from tests.blender.conftest import arc, picture_of
from tests.blender.test_bake import look_at, render

Maker = Callable[..., bpy.types.Object]
SIZE, LAST = 64, 48


@pytest.fixture
def doodle(make_doodle: Maker, tmp_path: Path) -> bpy.types.Object:
    """Drawings at frames 1, 36 and 48, shaking all the way, in a saved file of those frames. What becomes what is not
    stored in it: the network is asked at frames 2 and 37."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, LAST
    made = make_doodle({1: [arc(-1.0)], 36: [arc(0.0, 0.4)], 48: [arc(1.0)]}, size=SIZE)
    made.doodle_bridge.sigma, made.doodle_bridge.boil = 0.4, 0.3
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"), check_existing=False)
    for key in made.doodle_bridge.keys:
        key.match = ""
    session.reset()
    return made


def bake(folder: Path, **options: object) -> set[str]:
    return bpy.ops.doodle_bridge.bake(folder=str(folder), **options)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def right_pictures(doodle: bpy.types.Object, folder: Path) -> dict[str, bytes]:
    """Those of a bake that nothing interrupts; the doodle stays live."""
    from blender_addon.outputs.frames import make_plan, write_frames

    assert all(write_frames(make_plan(bpy.context, doodle, folder=folder)))
    return contents(folder)


def assert_whole(folder: Path) -> int:
    """Every picture decodes and has its note; how many there are. Hidden files are for others to judge."""
    pictures = [path for path in folder.iterdir() if not path.name.startswith(".")]
    for path in pictures:
        assert read_picture(path).shape == (SIZE, SIZE, 4), path
        assert read_note(path), path
    return len(pictures)


def other_network() -> object:
    import onnxruntime

    return onnxruntime.InferenceSession(str(find_folder() / "mixer" / "decoder.onnx"))


@contextmanager
def failing_matcher() -> Iterator[None]:
    """Within: the engine that runs has another network in the place of one, so that its library refuses what it is
    given, in words and classes of its own."""
    engine = session.get().model.engine
    table = np.zeros((1, 1, COLUMNS), np.float32)
    there = np.ones((1, 1), np.float32)
    engine.run("matcher", first=table, second=table, there=there, there_too=there)  # opens it
    networks = engine._sessions
    right, networks["matcher"] = networks["matcher"], other_network()
    yield
    networks["matcher"] = right


def test_an_engine_that_fails_at_frame_37(
    doodle: bpy.types.Object, reports: Callable[..., str], tmp_path: Path
) -> None:
    whole, out = right_pictures(doodle, tmp_path / "whole"), tmp_path / "out"
    session.reset()
    assert bake(out, first=1, last=36) == {"FINISHED"}
    assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}
    bpy.context.scene.frame_set(3)
    with failing_matcher():
        told = reports(bpy.ops.doodle_bridge.bake, folder=str(out))
    assert told.startswith(f"frame 37, {out / '0037.png'}: onnx cpu does not run the matcher ("), told
    assert assert_whole(out) == 36 and len(contents(out)) == 36
    assert bpy.context.scene.frame_current == 3 and not doodle.doodle_bridge.is_baked
    stood = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert bake(out) == {"FINISHED"}
    assert all((out / name).stat().st_mtime_ns == when for name, when in stood.items()), "36 stay, 12 are drawn"
    assert contents(out) == whole


def test_the_live_picture_survives_an_engine_that_fails(
    doodle: bpy.types.Object, make_doodle: Maker, capfd: pytest.CaptureFixture[str]
) -> None:
    other = make_doodle({1: [arc(0.5)]})
    bpy.context.scene.frame_set(36)
    stands = picture_of(doodle).copy()
    bpy.context.scene.frame_set(35)
    before = picture_of(other).copy()
    with failing_matcher():
        bpy.context.scene.frame_set(36)
        other.doodle_bridge.line_weight = 1.0
        for frame in (37, 38):
            bpy.context.scene.frame_set(frame)
    said = "".join(capfd.readouterr())
    assert said.count("does not run the matcher") == 1 and "Traceback" not in said
    assert np.array_equal(picture_of(doodle), stands), "the last picture stays"
    assert not np.array_equal(picture_of(other), before), "and the others go on"
    bpy.context.scene.frame_set(39)
    assert not np.array_equal(picture_of(doodle), stands)


BAKE = """
bpy.ops.wm.open_mainfile(filepath=given["file"])
from blender_addon import commands
bpy.app.handlers.frame_change_post.append(lambda scene, *_: print("frame", scene.frame_current, flush=True))
commands.main(["bake", "--doodle", given["doodle"], "--output", given["folder"]])
"""


def test_a_bake_that_is_killed(doodle: bpy.types.Object, tmp_path: Path) -> None:
    whole = right_pictures(doodle, tmp_path / "whole")
    file, out = tmp_path / "film.blend", tmp_path / "out"
    before = file.read_bytes()
    process = child.started(BAKE, {"file": str(file), "doodle": doodle.name, "folder": str(out)})
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "frame 20":
            break
    process.kill()
    process.communicate()
    assert 15 <= assert_whole(out) < LAST
    assert file.read_bytes() == before
    leave_behind(out / "0020.png")
    assert bake(out) == {"FINISHED"}
    assert contents(out) == whole


def leave_behind(path: Path) -> Path:
    """What a process that is killed while it writes `path` leaves."""
    script = """
import os, sys
from doodle_core.sequence import whole_file
with whole_file(sys.argv[1]) as temporary, temporary.open("xb") as file:
    file.write(bytes(100))
    file.flush()
    os.kill(os.getpid(), 9)
"""
    there = set(path.parent.iterdir())
    subprocess.run([sys.executable, "-c", script, str(path)], cwd=child.ROOT)
    (left,) = set(path.parent.iterdir()) - there
    return left


def test_leftovers_of_its_own_frames_go_and_nothing_else(doodle: bpy.types.Object, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    own = [leave_behind(out / "0003.png"), leave_behind(out / "0004.exr")]
    others = [leave_behind(out / name) for name in ("0009.png", "film.mp4", "0003.gif")]
    for name in (".0003.png", ".0003.tmp.png", "0003.0badcafe.tmp.png", ".notes"):
        others.append(out / name)
        others[-1].write_text("mine")
    assert bake(out, first=2, last=4) == {"FINISHED"}
    assert not any(path.exists() for path in own)
    assert all(path.exists() for path in others)
    assert set(out.iterdir()) == {*others, *(out / f"{frame:04d}.png" for frame in (2, 3, 4))}


def test_a_picture_whose_temporary_file_another_bake_removes_is_written_again(
    doodle: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    removed = []
    move = Path.replace

    def swept(self: Path, target: Path) -> Path:
        if len(removed) < 2:
            removed.extend(remove_leftovers(self.parent, range(100)))
        return move(self, target)

    monkeypatch.setattr(Path, "replace", swept)
    assert bake(out, first=5, last=6) == {"FINISHED"}
    assert len(removed) == 2 and assert_whole(out) == 2


def test_a_folder_that_is_removed_in_the_middle_is_made_again(doodle: bpy.types.Object, tmp_path: Path) -> None:
    from blender_addon.outputs.frames import make_plan, write_frames

    out = tmp_path / "out"
    frames = write_frames(make_plan(bpy.context, doodle, folder=out, frames=(1, 4)))
    next(frames)
    gone = out.rename(tmp_path / "gone")  # at once: the writer is on the next ones
    assert all(frames) and assert_whole(out)
    names = {path.name for folder in (out, gone) for path in folder.iterdir()}
    assert {f"{frame:04d}.png" for frame in range(1, 5)} <= names


def test_a_picture_that_is_deleted_under_the_plane(
    doodle: bpy.types.Object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Blender's own sign for a missing file; the commands name it, and the next bake makes that one."""
    from blender_addon import commands
    from blender_addon.outputs.playback import missing, missing_now

    out = tmp_path / "out"
    look_at(doodle)
    assert bake(out, first=1, last=6) == {"FINISHED"}
    right = render(tmp_path / "right.png", 4)
    stood = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    whole = (out / "0004.png").read_bytes()
    (out / "0004.png").unlink()
    pink = render(tmp_path / "pink.png", 4)
    assert pink[32, 32, 0] > 150 and pink[32, 32, 2] > 150 and pink[32, 32, 1] < 20
    assert missing(doodle) == [out / "0004.png"] and missing_now(doodle) == 1
    assert commands.main(["info"]) == 0
    (found,) = json.loads(capsys.readouterr().out.splitlines()[-1])["doodles"]
    assert found["missing"] == [str(out / "0004.png")] and found["states"] == ["fresh"] * 3
    assert bake(out, first=1, last=6) == {"FINISHED"}
    assert "1 pictures written, 5 unchanged" in capsys.readouterr().out
    assert missing(doodle) == [] and missing_now(doodle) == 0 and (out / "0004.png").read_bytes() == whole
    assert {path.name for path in out.iterdir() if path.stat().st_mtime_ns != stood[path.name]} == {"0004.png"}
    assert np.array_equal(render(tmp_path / "again.png", 4), right)


@pytest.mark.parametrize("year", [1971, 2099])
def test_a_clock_that_jumps_changes_no_decision(doodle: bpy.types.Object, tmp_path: Path, year: int) -> None:
    out, when = tmp_path / "out", (year - 1970) * 365 * 86_400
    assert bake(out, first=1, last=4) == {"FINISHED"}
    for path in (*out.iterdir(), out):
        os.utime(path, (when, when))
    assert bake(out, first=1, last=4) == {"FINISHED"}
    assert all(path.stat().st_mtime == when for path in out.iterdir()), "what is right stays"
    doodle.doodle_bridge.line_weight = 1.0
    assert bake(out, first=1, last=4) == {"FINISHED"}
    assert all(path.stat().st_mtime != when for path in out.iterdir()), "what looks new is drawn, newer or not"


TOO_LARGE = """
import resource
from pathlib import Path
bpy.ops.wm.open_mainfile(filepath=given["file"])
ob = bpy.data.objects[given["doodle"]]
bpy.context.view_layer.objects.active = ob
bpy.ops.doodle_bridge.bake(first=1, last=2, folder=given["folder"])
ob.doodle_bridge.size = 8192
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + (400 << 20), resource.RLIM_INFINITY))
try:
    bpy.ops.doodle_bridge.bake(first=1, last=2, folder=given["folder"])
except RuntimeError as error:
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    answer([str(error), bpy.context.scene.frame_current, ob.doodle_bridge.is_baked])
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is limited by Linux here")
def test_a_picture_that_does_not_fit_into_memory(doodle: bpy.types.Object, tmp_path: Path) -> None:
    out = tmp_path / "out"
    given = {"file": str(tmp_path / "film.blend"), "doodle": doodle.name, "folder": str(out)}
    told, frame, baked = child.run(TOO_LARGE, given)
    assert told.startswith(f"Error: frame 1, {out / '0001.png'}: no memory for a picture of 8192 x 8192 pixels")
    assert "Traceback" not in told and frame == 1 and baked
    assert assert_whole(out) == 2
