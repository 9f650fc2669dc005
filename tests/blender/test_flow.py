"""An animator's whole way once, from an empty file to a film: the steps of tests/window/tour.py without a window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon.interface import presets
from blender_addon.operators import timing
from tests.blender.conftest import arc, draw, picture_of


def _ink(doodle: bpy.types.Object, frame: int) -> np.ndarray:
    bpy.context.scene.frame_set(frame)
    return picture_of(doodle)[..., 3].copy()


def test_from_an_empty_file_to_a_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Blender gives the panel the name of the preset that was chosen last.
    monkeypatch.setattr(presets.DOODLE_BRIDGE_PT_motion_presets, "bl_label", "Motion Presets")
    scene = bpy.context.scene
    scene.frame_end = 36
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    assert bpy.ops.doodle_bridge.start_drawing() == {"FINISHED"}
    layer = bpy.context.object.data.layers.active
    draw(layer.current_frame(), [arc(-0.8), arc(-0.2, 0.4)])
    for lift in (0.0, 0.8):
        assert bpy.ops.doodle_bridge.next_drawing() == {"FINISHED"}
        draw(layer.current_frame(), [arc(lift), arc(lift - 0.5, 0.4)])

    assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=128) == {"FINISHED"}
    doodle = bpy.context.object
    settings = doodle.doodle_bridge
    assert [key.frame for key in settings.keys] == [1, 13, 25]
    key, between, other = _ink(doodle, 1), _ink(doodle, 7), _ink(doodle, 13)
    assert key.sum() > 100 and between.sum() > 100
    assert np.abs(between - key).mean() > 0.01 < np.abs(between - other).mean()

    # A preset, as its menu runs it
    (folder,) = bpy.utils.preset_paths("doodle_bridge/motion")
    bpy.ops.script.execute_preset(
        filepath=str(Path(folder) / "Line_Boil_on_Twos.py"), menu_idname="DOODLE_BRIDGE_PT_motion_presets"
    )
    assert settings.boil > 0 and settings.stepped
    assert np.abs(_ink(doodle, 1) - key).max() > 0.5, "the boil shakes keys"
    np.testing.assert_array_equal(_ink(doodle, 1), _ink(doodle, 1))
    settings.boil = settings.sigma = 0.0
    np.testing.assert_array_equal(_ink(doodle, 1), key)

    assert bpy.ops.doodle_bridge.close_loop() == {"FINISHED"}
    assert timing.is_closed(doodle)
    np.testing.assert_allclose(_ink(doodle, 37), key, atol=1 / 255)  # the first key again
    assert np.abs(_ink(doodle, 31) - other).mean() > 0.01, "on the way back from the last key"

    assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
    assert settings.is_baked
    files = sorted((tmp_path / "doodle_bridge").rglob("*.png"))
    assert len(files) == 36
    assert bpy.ops.doodle_bridge.use_bake(to="STRIP") == {"FINISHED"}
    assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}

    assert bpy.ops.doodle_bridge.bake_strokes() == {"FINISHED"}
    source = settings.source
    baked = source.data.layers["In-betweens"]
    assert {frame.keyframe_type for frame in baked.frames} == {"KEYFRAME", "BREAKDOWN"}
    assert all(len(frame.drawing.strokes) >= 1 for frame in baked.frames)
    assert [frame.frame_number for frame in source.data.layers["Lines"].frames] == [1, 13, 25]


def test_a_changed_drawing_changes_its_key_and_nothing_else(make_doodle: Callable[..., bpy.types.Object]) -> None:
    doodle = make_doodle()
    settings = doodle.doodle_bridge
    before = [key.digest for key in settings.keys]
    bpy.ops.doodle_bridge.edit_drawing()
    layer = settings.source.data.layers["Lines"]
    layer.frames.remove(11)
    draw(layer.frames.new(11), [arc(0.5)])
    bpy.ops.doodle_bridge.select_doodle(name=doodle.name)
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    after = [key.digest for key in settings.keys]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True]
