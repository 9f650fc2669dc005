"""The add-on is switched off and on while doodles live, and in the middle of opening a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import addon_utils
import bpy
import numpy as np
import pytest

from blender_addon import session
from blender_addon.keyframes import keys
from doodle_core.sequence import read_picture
from tests.blender import child
from tests.blender.conftest import ADDON, arc, picture_of
from tests.blender.test_bake import difference, look_at, render

Maker = Callable[..., bpy.types.Object]
NAME = "Drawing Doodle"


def on() -> None:
    addon_utils.enable(ADDON, default_set=True)
    assert addon_utils.check(ADDON)[1]


def off() -> None:
    addon_utils.disable(ADDON, default_set=True)
    assert not addon_utils.check(ADDON)[1]


def assert_right(frame: int) -> None:
    bpy.context.scene.frame_set(frame)
    for ob in (one for one in bpy.data.objects if one.doodle_bridge.is_doodle):
        evaluated = ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
        fresh = session.Session().render(keys.frame_request(evaluated, frame))
        np.testing.assert_allclose(picture_of(ob), fresh, atol=1e-5)
        assert fresh[..., 3].max() > 0.5


def test_a_render_right_after_switching_on_is_right(make_doodle: Maker, tmp_path: Path) -> None:
    """Nothing goes to another frame first, which would draw the doodle."""
    doodle = make_doodle()
    look_at(doodle)
    wanted = render(tmp_path / "wanted.png", 16)
    bpy.context.scene.frame_set(3)
    off()
    bpy.context.scene.frame_set(16)
    on()
    bpy.context.scene.render.filepath = str(tmp_path / "found.png")
    bpy.ops.render.render(write_still=True)
    assert difference(read_picture(tmp_path / "found.png"), wanted).max() <= 1
    assert wanted[..., 3].max() > 200


def test_settings_keys_and_bakes_survive_files_that_are_opened_meanwhile(make_doodle: Maker, tmp_path: Path) -> None:
    doodle = make_doodle()
    settings = doodle.doodle_bridge
    settings.line_weight, settings.sigma, settings.method = 0.7, 0.3, "circular"
    digests = [key.digest for key in settings.keys]
    other = make_doodle({1: [arc(0.5)], 9: [arc(-0.5)]}).name
    bpy.context.scene.frame_end = 3
    files = [tmp_path / "one.blend", tmp_path / "two.blend"]
    bpy.ops.wm.save_as_mainfile(filepath=str(files[0]))
    assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
    bpy.ops.wm.save_as_mainfile(filepath=str(files[1]))
    for number in range(4):
        off()
        bpy.ops.wm.open_mainfile(filepath=str(files[number % 2]))
        bpy.context.scene.frame_set(7)
        if number > 1:
            bpy.ops.wm.save_mainfile()
        on()
        ob = bpy.data.objects[NAME]
        found = ob.doodle_bridge
        assert [key.digest for key in found.keys] == digests
        assert (round(found.line_weight, 3), round(found.sigma, 3), found.method) == (0.7, 0.3, "circular")
        baked = bpy.data.objects[other].doodle_bridge.is_baked
        assert baked == (number % 2 == 1)
        if not baked:
            assert_right(11)


@pytest.mark.parametrize("last", [False, True], ids=["before our handlers", "after them"])
@pytest.mark.parametrize("moment", ["load_pre", "load_post", "save_pre", "save_post"])
def test_switched_off_by_a_handler_of_another_add_on(
    moment: str, last: bool, make_doodle: Maker, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make_doodle()
    file = str(tmp_path / "film.blend")
    bpy.ops.wm.save_as_mainfile(filepath=file)
    calls = []

    @bpy.app.handlers.persistent
    def switch_off(*_: object) -> None:
        calls.append(moment)
        if addon_utils.check(ADDON)[1]:
            addon_utils.disable(ADDON)

    handlers = getattr(bpy.app.handlers, moment)
    handlers.insert(len(handlers) if last else 0, switch_off)
    try:
        bpy.ops.wm.save_mainfile() if moment.startswith("save") else bpy.ops.wm.open_mainfile(filepath=file)
    finally:
        handlers.remove(switch_off)
    said = "".join(capfd.readouterr())
    assert calls == [moment] and "Traceback" not in said
    assert not addon_utils.check(ADDON)[1]
    left = [
        one
        for name in dir(bpy.app.handlers)
        if isinstance(many := getattr(bpy.app.handlers, name), list)
        for one in many
    ]
    assert not [one for one in left if one.__module__.startswith(ADDON)]
    on()
    assert_right(16)
    bpy.ops.wm.save_mainfile()
    assert not [image for image in bpy.data.images if "NOT BAKED" in image.name], "nothing of a save is left"
    bpy.ops.wm.open_mainfile(filepath=file)
    assert_right(6)


def test_a_blender_that_is_closed_in_a_load(make_doodle: Maker, tmp_path: Path) -> None:
    """It ends, with status 0, and soon: no handler of ours holds Python up."""
    make_doodle()
    file = str(tmp_path / "film.blend")
    bpy.ops.wm.save_as_mainfile(filepath=file)
    script = """
import os
bpy.app.handlers.load_post.append(lambda *_: (addon_utils.disable("blender_addon"), sys.exit(0)))
bpy.ops.wm.open_mainfile(filepath=given)
"""
    child.run(script, file)
