"""Transforms in Blender: zero by default, animated, honoured in live frames, renders and bakes."""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import properties, session
from blender_addon.interface import panels
from blender_addon.keyframes import keys
from doodle_core import transform
from tests.blender.conftest import ADDON, picture_of
from tests.blender.test_live import expected, read, same, stage

Maker = Callable[..., bpy.types.Object]

TRANSFORMS = {
    "transform_weight": 0.9,
    "transform_x": 0.2,
    "transform_y": -0.15,
    "transform_scale": -0.7,
    "transform_rotation": 0.6,
}


def centre(picture: np.ndarray) -> np.ndarray:
    """Mean column and row of the ink, canvas sides."""
    ink = picture[..., 3]
    rows, columns = (np.mgrid[0 : len(ink), 0 : len(ink)] + 0.5) / len(ink)
    return np.array([(columns * ink).sum(), (rows * ink).sum()]) / ink.sum()


def test_ranges_are_the_cores_and_defaults_do_nothing(make_doodle: Maker) -> None:
    settings = properties.DoodleSettings.bl_rna.properties
    for name, limit in (
        ("transform_weight", transform.WEIGHT_LIMIT),
        ("transform_x", transform.SHIFT_LIMIT),
        ("transform_y", transform.SHIFT_LIMIT),
        ("transform_scale", transform.SCALE_LIMIT),
    ):
        assert settings[name].hard_max == limit == -settings[name].hard_min
    assert settings["transform_rotation"].subtype == "ANGLE"
    doodle = make_doodle()
    assert all(getattr(doodle.doodle_bridge, name) == 0.0 for name in TRANSFORMS)


def test_up_is_up_and_right_is_right(make_doodle: Maker) -> None:
    doodle = make_doodle()
    bpy.context.scene.frame_set(11)  # a flat line across the middle
    before = centre(picture_of(doodle))
    doodle.doodle_bridge.transform_scale = -1.0
    doodle.doodle_bridge.transform_y = 0.25
    bpy.context.view_layer.update()
    np.testing.assert_allclose(centre(picture_of(doodle)), (0.5 + (before[0] - 0.5) / 2, 0.25), atol=0.01)
    doodle.doodle_bridge.transform_x = 0.2
    doodle.doodle_bridge.transform_rotation = pi / 2
    bpy.context.view_layer.update()
    shown = picture_of(doodle)
    np.testing.assert_allclose(centre(shown), (0.7, 0.25), atol=0.02)
    assert np.ptp(np.nonzero(shown[..., 3] > 0.5)[0]) > 4 * np.ptp(np.nonzero(shown[..., 3] > 0.5)[1])  # upright


@pytest.mark.parametrize("name", TRANSFORMS)
def test_it_animates_and_each_rendered_frame_has_its_own(name: str, make_doodle: Maker, tmp_path: Path) -> None:
    """One frame pinned in part, one on a key: both are transformed."""
    doodle = make_doodle()
    settings, scene = doodle.doodle_bridge, bpy.context.scene
    frames, values = (3, 11), (0.0, TRANSFORMS[name])
    for frame, value in zip(frames, values, strict=True):
        setattr(settings, name, value)
        assert doodle.keyframe_insert(f"doodle_bridge.{name}", frame=frame)
    stage(doodle, "CYCLES")
    scene.frame_set(frames[0])
    inks = [expected(doodle, at, **{name: value})[..., 3] for at, value in zip((0.2, 1.0), values, strict=True)]
    not_keyed = expected(doodle, 1.0, **{name: 0.0})[..., 3]
    assert np.abs(inks[1] - not_keyed).max() > 0.05

    scene.frame_start, scene.frame_end, scene.frame_step = 3, 11, 8
    scene.render.filepath = f"{tmp_path}/"
    bpy.ops.render.render(animation=True)
    for frame, ink in zip(frames, inks, strict=True):
        assert same(read(tmp_path / f"{frame:04d}.png"), ink, "CYCLES"), f"frame {frame}"
        scene.frame_set(frame)
        np.testing.assert_allclose(picture_of(doodle)[..., 3], ink, atol=1e-4)


def test_bakes_are_transformed(make_doodle: Maker, tmp_path: Path) -> None:
    doodle = make_doodle()
    for frame, x in ((1, 0.0), (21, 0.3)):
        doodle.doodle_bridge.transform_x = x
        doodle.keyframe_insert("doodle_bridge.transform_x", frame=frame)
    inks = {}
    for frame in (1, 6, 21):
        bpy.context.scene.frame_set(frame)
        inks[frame] = picture_of(doodle)[..., 3].copy()
    doodle.doodle_bridge.bake_depth = "16"
    told = {"folder": str(tmp_path), "first": 1, "last": 21}
    assert bpy.ops.doodle_bridge.bake(**told) == {"FINISHED"}
    for frame, ink in inks.items():
        (path,) = tmp_path.glob(f"*{frame:04d}.png")
        assert np.abs(read(path) - ink).mean() < 1e-3  # edges of 16 bits are finer than those of the live picture


def test_transforms_outlive_the_file(make_doodle: Maker, tmp_path: Path) -> None:
    doodle = make_doodle()
    for name, value in TRANSFORMS.items():
        setattr(doodle.doodle_bridge, name, value)
    bpy.context.view_layer.update()
    shown = picture_of(doodle).copy()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"), check_existing=False)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    np.testing.assert_array_equal(picture_of(bpy.data.objects["Drawing Doodle"]), shown)


def test_a_model_that_cannot_says_so_and_still_shows_doodles(
    make_doodle: Maker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from doodle_core.errors import DoodleError
    from doodle_core.model import weights_folder

    bpy.context.preferences.addons[ADDON].preferences.model_folder = str(weights_folder() / "mixer")
    assert session.get().transforms is None  # not loaded: nobody waits for it
    doodle = make_doodle()
    assert session.get().transforms is False
    before = picture_of(doodle).copy()
    assert before[..., 3].any()
    doodle.doodle_bridge.transform_x = 0.2
    bpy.context.view_layer.update()
    assert np.array_equal(picture_of(doodle), before)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "transform" in line]
    assert "cannot transform" in line
    request = keys.frame_request(
        doodle.evaluated_get(bpy.context.evaluated_depsgraph_get()), bpy.context.scene.frame_current_final
    )
    with pytest.raises(DoodleError, match="cannot transform"):
        session.render(request)
    session.reset()


def test_the_panel_is_closed_and_under_the_doodles(make_doodle: Maker) -> None:
    make_doodle()
    assert session.get().transforms is True
    assert panels.DOODLE_BRIDGE_PT_transform.bl_parent_id == "DOODLE_BRIDGE_PT_main"
    assert "DEFAULT_CLOSED" in panels.DOODLE_BRIDGE_PT_transform.bl_options
    assert panels.DOODLE_BRIDGE_PT_transform.poll(bpy.context)
