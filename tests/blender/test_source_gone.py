"""A doodle from another file, by append, link, override and copy; then that file, or its drawing, is deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import commands, properties, session
from blender_addon.keyframes import keys
from blender_addon.outputs.folders import folder_name
from doodle_core.sequence import read_picture
from tests.blender.conftest import arc, picture_of, start_afresh

Maker = Callable[..., bpy.types.Object]
NAME = "Drawing Doodle"


@pytest.fixture
def library(make_doodle: Maker, tmp_path: Path) -> Path:
    """A file with a doodle, closed; another one, empty, is open."""
    make_doodle().doodle_bridge.sigma = 0.3
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    start_afresh()
    bpy.context.scene.frame_end = 3
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    return path


def taken(path: Path, link: bool) -> bpy.types.Object:
    with bpy.data.libraries.load(str(path), link=link) as (_, here):
        here.objects = [NAME]
    (ob,) = here.objects
    bpy.context.scene.collection.objects.link(ob)
    return ob


def appended(path: Path) -> bpy.types.Object:
    return taken(path, link=False)


def linked(path: Path) -> bpy.types.Object:
    return taken(path, link=True)


def overridden(path: Path) -> bpy.types.Object:
    ob = linked(path)
    made = ob.override_create(remap_local_usages=True)
    made.doodle_bridge.line_weight = 0.8
    return made


def duplicated(path: Path) -> bpy.types.Object:
    ob = appended(path)
    copy = ob.copy()
    bpy.context.scene.collection.objects.link(copy)
    source = ob.doodle_bridge.source
    bpy.data.objects.remove(ob)
    bpy.data.objects.remove(source)
    bpy.data.orphans_purge(do_recursive=True)
    return copy


def assert_right(ob: bpy.types.Object, frame: int) -> None:
    bpy.context.scene.frame_set(frame)
    evaluated = ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    np.testing.assert_allclose(
        picture_of(ob), session.Session().render(keys.frame_request(evaluated, frame)), atol=1e-5
    )
    assert picture_of(ob)[..., 3].max() > 0.5


def assert_is(folder: Path, ob: bpy.types.Object) -> None:
    """What was baked is this doodle and no other."""
    baked = read_picture(folder / "0002.png")
    bpy.context.scene.frame_set(2)
    np.testing.assert_allclose(baked[..., 3] / 255, picture_of(ob)[..., 3], atol=0.6 / 255)


@pytest.mark.parametrize("take", [appended, duplicated])
def test_what_is_ours_lives_on(
    take: Callable[[Path], bpy.types.Object], library: Path, tmp_path: Path, reports: Callable[..., str]
) -> None:
    name = take(library).name
    bpy.ops.wm.save_mainfile()
    library.unlink()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    ob = bpy.data.objects[name]
    for frame in (16, 6):
        assert_right(ob, frame)
    bpy.context.view_layer.objects.active = ob
    if take is duplicated:
        assert "no longer in the scene" in reports(bpy.ops.doodle_bridge.update_keys)
    assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}


@pytest.mark.parametrize("take", [linked, overridden])
def test_what_was_another_file_s_is_missed_in_words_and_comes_back(
    take: Callable[[Path], bpy.types.Object],
    library: Path,
    make_doodle: Maker,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    ob = take(library)
    name, lib = ob.name, ob.library.filepath if ob.library else None
    own = make_doodle().name
    assert_right(ob, 16)
    bpy.ops.wm.save_mainfile()
    away = library.rename(tmp_path / "away.blend")
    capfd.readouterr()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    mine = bpy.data.objects[own, None]
    for frame in (6, 16):
        assert_right(mine, frame)
    assert commands.main(["info"]) == 0
    told = capfd.readouterr()
    found = json.loads(told.out.strip().splitlines()[-1])["doodles"]
    assert own in [one["name"] for one in found]
    assert commands.main(["bake", "--doodle", own, "--output", str(tmp_path / "out")]) == 0
    assert_is(tmp_path / "out", mine)
    status = commands.main(["bake", "--output", str(tmp_path / "all")])
    told_too = capfd.readouterr()
    assert "Traceback" not in told.out + told.err + told_too.out + told_too.err
    assert status in (0, 2)
    bpy.ops.wm.save_mainfile()
    away.rename(library)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    again = [one for one in properties.doodles() if one.name == name and (one.library is None) == (lib is None)]
    assert again and all(bpy.context.scene.objects.get(one.name) for one in again)
    assert_right(again[0], 16)
    if take is overridden:
        assert round(again[0].doodle_bridge.line_weight, 3) == 0.8


def test_a_doodle_and_one_that_is_linked_of_the_same_name(library: Path, make_doodle: Maker, tmp_path: Path) -> None:
    theirs, mine = linked(library), make_doodle({1: [arc(0.3)], 3: [arc(-0.8)]})
    assert theirs.name == mine.name == NAME
    bpy.ops.wm.save_mainfile()
    assert bpy.ops.doodle_bridge.bake(folder=str(tmp_path / "pressed")) == {"FINISHED"}
    assert mine.doodle_bridge.is_baked and not theirs.doodle_bridge.is_baked
    assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}
    assert commands.main(["bake", "--doodle", NAME, "--output", str(tmp_path / "mine")]) == 0
    assert commands.main(["bake", "--output", str(tmp_path / "both")]) == 0
    folders = list((tmp_path / "both").iterdir())
    for folder in (tmp_path / "pressed", tmp_path / "mine"):
        assert_is(folder, mine)
    assert len(folders) == 2
    for ob in (theirs, mine):
        (own,) = [one for one in folders if one.name == folder_name(ob)]
        assert_is(own, ob)
    assert bpy.ops.doodle_bridge.bake_strokes() == {"FINISHED"}
    assert mine.doodle_bridge.strokes_layers and not theirs.doodle_bridge.strokes_layers
