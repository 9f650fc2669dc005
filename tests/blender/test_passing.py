"""A bake passes its keys: each picture is made ready once, none is kept for long, and the frames are the live ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import session
from blender_addon.keyframes import keys
from blender_addon.outputs.frames import make_plan, write_frames
from doodle_core import pictures
from tests.blender.conftest import arc
from tests.blender.test_live import of_pictures

KEYS = 9
EVERY = 4


@pytest.fixture
def doodle(make_doodle: Callable[..., bpy.types.Object]) -> bpy.types.Object:
    drawings = {1 + EVERY * key: [arc(np.sin(key), 0.1 * key), arc(-0.5)] for key in range(KEYS)}
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 1, 1 + EVERY * (KEYS - 1)
    return make_doodle(drawings, size=128)


def requests(doodle: bpy.types.Object) -> list[session.FrameRequest]:
    found = []
    for frame in range(1, 2 + EVERY * (KEYS - 1)):
        bpy.context.scene.frame_set(frame)
        ob = doodle.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append(keys.frame_request(ob, frame))
    return found


@pytest.mark.parametrize("ink", ["colour", "drawing"])
@pytest.mark.parametrize("boil", [0.0, 0.5])
def test_who_passes_sees_the_same(doodle: bpy.types.Object, ink: str, boil: float) -> None:
    doodle.doodle_bridge.ink, doodle.doodle_bridge.boil = ink, boil
    for request in requests(doodle):
        passed = session.render(request, passing=True)
        assert np.array_equal(passed, session.render(request))


def test_a_bake_makes_a_picture_ready_once_and_keeps_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    own = pictures._own

    def counted(key: object, shown: object) -> np.ndarray:
        made.append(key)
        return own(key, shown)

    monkeypatch.setattr(pictures, "_own", counted)
    doodle = of_pictures(tmp_path, KEYS)
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 1, 1 + 10 * (KEYS - 1)
    bpy.context.view_layer.update()  # what the view draws itself comes before
    session.reset()
    made.clear()
    list(write_frames(make_plan(bpy.context, doodle, folder=tmp_path / "out")))
    assert len({id(key) for key in made}) == KEYS
    assert max(made.count(key) for key in made) == 2  # whole at its own frame, and what its lines lack beside it
    passing = session.get()._passing
    assert passing is not None and 4 <= len(passing._kept) <= session.PASSING_KEPT
    assert session.get()._fields is None or not session.get()._fields._kept
