"""Which frames a bake takes."""

from __future__ import annotations

import bpy
import pytest

from blender_addon.outputs.frame_range import frame_range
from doodle_core.errors import DoodleError


@pytest.mark.parametrize(
    ("choice", "preview", "expected"),
    [
        ("scene", True, (3, 40)),
        ("preview", True, (7, 9)),
        ("preview", False, (3, 40)),
        ("custom", True, (5, 6)),
    ],
)
def test_frames_to_bake(choice: str, preview: bool, expected: tuple[int, int]) -> None:
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 3, 40
    scene.use_preview_range = True  # first: the range's start and end switch it on themselves, and begin anew
    scene.frame_preview_start, scene.frame_preview_end = 7, 9
    scene.use_preview_range = preview
    settings = bpy.data.objects.new("Doodle", None).doodle_bridge
    settings.bake_range, settings.bake_first, settings.bake_last = choice, 5, 6
    assert frame_range(scene, settings) == expected


def test_frames_that_run_backwards_are_refused() -> None:
    settings = bpy.data.objects.new("Doodle", None).doodle_bridge
    settings.bake_range, settings.bake_first, settings.bake_last = "custom", 9, 6
    with pytest.raises(DoodleError, match="frames 9-6"):
        frame_range(bpy.context.scene, settings)
