"""Pictures are written while others are drawn: in order, counted when they are on disk, the first error first."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import pytest

from blender_addon.outputs.bake import _Run
from blender_addon.outputs.frames import make_plan, write_frames
from blender_addon.outputs.writer import AHEAD, Writer
from doodle_core.errors import DoodleError
from doodle_core.notes import read_note
from tests.blender.conftest import arc

LAST = 9


@pytest.fixture
def doodle(make_doodle: Callable[..., bpy.types.Object], tmp_path: Path) -> Iterator[bpy.types.Object]:
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 1, LAST
    made = make_doodle({1: [arc(-1.0)], 5: [arc(0.0, 0.4)], LAST: [arc(1.0)]})
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"), check_existing=False)
    yield made
    assert not [one for one in threading.enumerate() if one.name.startswith("doodle_bridge_writer")]


def frames_in(folder: Path) -> list[int]:
    """The frames whose pictures are whole; nothing else may lie there."""
    found = sorted(folder.iterdir())
    assert all(read_note(path) for path in found if path.is_file())
    return [int(path.stem) for path in found if path.is_file()]


def block(folder: Path, frame: int) -> None:
    """No picture of this frame can be written."""
    (folder / f"{frame:04d}.png").mkdir(parents=True)
    (folder / f"{frame:04d}.png" / "in the way").touch()


def test_frames_are_told_in_order_and_only_when_they_are_written() -> None:
    written: list[int] = []
    may = threading.Event()
    with Writer() as writer:
        writer.put(1, lambda: (may.wait(), written.append(1)))
        writer.put(2, None)  # there already
        writer.put(3, lambda: written.append(3))
        assert len(writer) == 3 and not written  # nobody waited
        assert list(writer.told(ahead=3)) == []
        may.set()
        for told in writer.told():
            assert told[0] in written or not told[1]
            assert told == [(1, True), (2, False), (3, True)][2 - len(writer)]
    assert written == [1, 3]


def test_what_is_put_in_is_written_though_nobody_asks() -> None:
    written: list[int] = []
    with Writer() as writer:
        for frame in range(4):
            writer.put(frame, lambda frame=frame: written.append(frame))
    assert written == [0, 1, 2, 3]


def test_after_an_error_nothing_is_written_or_told() -> None:
    written: list[int] = []

    def fail() -> None:
        raise DoodleError("full")

    told = []
    with Writer() as writer:
        writer.put(1, lambda: written.append(1))
        writer.put(2, fail)
        writer.put(3, lambda: written.append(3))
        with pytest.raises(DoodleError, match="full"):
            told.extend(frame for frame, _ in writer.told())
        assert list(writer.told()) == []
    assert written == [1]


@pytest.mark.parametrize("frame", [1, 4, LAST - 1, LAST])
def test_a_frame_that_cannot_be_written_is_named_after_those_before_it(
    doodle: bpy.types.Object, tmp_path: Path, frame: int
) -> None:
    block(tmp_path / "out", frame)
    told: list[bool] = []
    with pytest.raises(DoodleError) as error:
        for new in write_frames(make_plan(bpy.context, doodle, folder=tmp_path / "out")):
            told.append(new)
            assert len(told) in frames_in(tmp_path / "out")
    assert str(error.value).startswith(f"frame {frame}, {tmp_path / 'out' / f'{frame:04d}.png'}: cannot be written")
    assert told == [True] * (frame - 1)
    assert frames_in(tmp_path / "out") == list(range(1, frame))


def test_a_frame_that_cannot_be_drawn_is_named_after_those_before_it(doodle: bpy.types.Object, tmp_path: Path) -> None:
    frames = write_frames(make_plan(bpy.context, doodle, folder=tmp_path / "out"))
    told = [next(frames), next(frames)]
    doodle.hide_viewport = True
    with pytest.raises(DoodleError, match=rf"^frame {3 + AHEAD}, .*hidden"):
        told.extend(frames)
    assert told == [True] * (2 + AHEAD)
    assert frames_in(tmp_path / "out") == list(range(1, 3 + AHEAD))
    assert bpy.context.scene.frame_current == 1


def test_what_cannot_be_written_is_told_before_what_cannot_be_drawn(doodle: bpy.types.Object, tmp_path: Path) -> None:
    block(tmp_path / "out", 1 + AHEAD)
    frames = write_frames(make_plan(bpy.context, doodle, folder=tmp_path / "out"))
    next(frames)
    doodle.hide_viewport = True
    with pytest.raises(DoodleError, match=rf"^frame {1 + AHEAD}, .*written"):
        list(frames)


def test_only_so_many_pictures_wait(doodle: bpy.types.Object, tmp_path: Path) -> None:
    """Whoever stops after one frame finds that one and the few that were drawn meanwhile."""
    frames = write_frames(make_plan(bpy.context, doodle, folder=tmp_path / "out"))
    assert next(frames)
    frames.close()
    assert frames_in(tmp_path / "out") == list(range(1, 2 + AHEAD))


def test_a_bake_in_a_window_has_written_what_it_drew(doodle: bpy.types.Object, tmp_path: Path) -> None:
    """Between two bits of work, that is: whoever stops it then, or quits, finds what it counts and nothing else."""
    list(write_frames(make_plan(bpy.context, doodle, folder=tmp_path / "out", frames=(2, 3))))
    run = _Run(make_plan(bpy.context, doodle, folder=tmp_path / "out"))
    run.begin()
    bits = 0
    while not run.done():
        before = run.left
        run.work(0.0001)
        bits += 1
        assert run.left < before and len(run.writer) == 0
        assert set(frames_in(tmp_path / "out")) == set(range(1, LAST + 1 - run.left)) | {2, 3}
        assert run.written == set(range(1, LAST + 1 - run.left)) - {2, 3}
    assert run.left == 0 and bits > 1
    run.writer.close()


def test_a_bake_in_a_window_names_the_frame_that_fails_and_keeps_those_before(
    doodle: bpy.types.Object, tmp_path: Path
) -> None:
    block(tmp_path / "out", 3)
    run = _Run(make_plan(bpy.context, doodle, folder=tmp_path / "out"))
    run.begin()
    with pytest.raises(DoodleError, match=r"^frame 3, "):
        for _ in range(LAST):
            run.work(0.0001)
    assert run.written == {1, 2} == set(frames_in(tmp_path / "out"))
    run.writer.close()


def test_no_thread_of_python_is_at_work_while_blender_changes_frames(doodle: bpy.types.Object, tmp_path: Path) -> None:
    """Blender would take its lock for its own: bpy 4.5 crashed in some thousands of frames."""
    beside: list[int] = []

    def look(*_: object) -> None:
        beside.append(threading.active_count())

    before = threading.active_count()
    bpy.app.handlers.frame_change_post.append(look)
    try:
        list(write_frames(make_plan(bpy.context, doodle, folder=tmp_path / "out")))
        run = _Run(make_plan(bpy.context, doodle, folder=tmp_path / "window"))
        run.begin()
        while not run.done():
            run.work(0.01)
            beside.append(threading.active_count())
    finally:
        bpy.app.handlers.frame_change_post.remove(look)
    assert len(beside) > 2 * LAST and set(beside) == {before}


def test_the_command_tells_only_of_frames_that_are_on_disk(
    doodle: bpy.types.Object, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from blender_addon.commands import main

    block(tmp_path / "out", 4)
    given = ["bake", "--doodle", doodle.name, "--output", str(tmp_path / "out"), "--json"]
    assert main(given) == 2
    said = capfd.readouterr().err.splitlines()
    told = [line for line in said if line.startswith(f"{doodle.name}: ")]
    assert told == [f"{doodle.name}: {done}/{LAST}" for done in (1, 2, 3)]
    assert "frame 4, " in said[-1]
    (tmp_path / "out" / "0004.png" / "in the way").unlink()
    (tmp_path / "out" / "0004.png").rmdir()
    assert main(given) == 0
    answer = json.loads(capfd.readouterr().out.splitlines()[-1])["doodles"][0]
    assert (answer["written"], answer["unchanged"]) == (LAST - 3, 3)
