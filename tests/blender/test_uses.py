"""Where baked pictures go: Video Sequencer, camera background and compositor show what the plane shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from blender_addon.outputs.levels import to_levels
from tests.blender.conftest import arc
from tests.blender.test_bake import difference, live_pixels, look_at, render

FIRST, LAST, SIZE = 3, 9, 64
PLACES = ("STRIP", "BACKGROUND", "COMPOSITOR")


@pytest.fixture(params=["png", "exr"])
def baked(request: pytest.FixtureRequest, make_doodle: Callable[..., bpy.types.Object], tmp_path: Path) -> Any:
    """A red doodle of 64 pixels that fills the camera's 64 x 64, baked from frame 3 to 9."""
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = FIRST, LAST
    made = make_doodle({1: [arc(-1.0)], 5: [arc(0.0, 0.4)], 9: [arc(1.0)]}, size=SIZE)
    made.doodle_bridge.colour = (0.7, 0.1, 0.05, 1.0)
    made.doodle_bridge.bake_format = request.param
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"), check_existing=False)
    look_at(made)
    bpy.context.scene.camera.data.ortho_scale = max(made.dimensions)
    assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
    return made


def use(to: str) -> set[str]:
    return bpy.ops.doodle_bridge.use_bake(to=to)


def tree() -> Any:
    scene: Any = bpy.context.scene
    return scene.compositing_node_group if hasattr(scene, "compositing_node_group") else scene.node_tree


@pytest.mark.parametrize("place", ["STRIP", "COMPOSITOR"])
def test_what_renders_is_what_the_plane_shows(baked: bpy.types.Object, tmp_path: Path, place: str) -> None:
    plain = {frame: render(tmp_path / f"plane_{frame}.png", frame) for frame in (FIRST, 6, LAST)}
    exact = {frame: to_levels(live_pixels_of(baked, frame), 8) for frame in plain}
    assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
    assert use(place) == {"FINISHED"}
    baked.hide_render = True
    for frame in plain:
        seen = render(tmp_path / f"{place}_{frame}.png", frame)
        off = difference(seen, exact[frame])
        if baked.doodle_bridge.bake_format == "exr":  # its edges are finer than those of the live picture
            assert off.mean() < 0.5 and np.count_nonzero(off > 3) < 0.02 * off.size
        else:
            assert off.max() <= 3
        # The camera's samples may put an edge elsewhere by a part of a pixel, never a line.
        assert difference(seen, plain[frame]).mean() < 1.0
    assert difference(exact[FIRST], exact[LAST]).max() > 100


def live_pixels_of(doodle: bpy.types.Object, frame: int) -> np.ndarray:
    if doodle.doodle_bridge.is_baked:
        bpy.ops.doodle_bridge.free_bake()
    return live_pixels(doodle, frame)


def test_the_strip_lies_above_all_at_its_time_and_is_lined_up(baked: bpy.types.Object, tmp_path: Path) -> None:
    editor = bpy.context.scene.sequence_editor_create()
    there = [
        editor.strips.new_effect(name=name, type="COLOR", channel=channel, frame_start=start, **lasting(start, 4))
        for name, channel, start in (("Low", 1, 1), ("High", 4, 6), ("Later", 7, 10))
    ]
    before = [(strip.name, strip.channel) for strip in there]
    use("STRIP")
    assert [(strip.name, strip.channel) for strip in there] == before
    strip = editor.strips["Drawing Doodle"]
    assert (strip.channel, strip.frame_final_start, strip.frame_final_end) == (5, FIRST, LAST + 1)
    assert strip.blend_type == "ALPHA_OVER"
    assert [element.filename[:4] for element in strip.elements] == [f"{n:04d}" for n in range(FIRST, LAST + 1)]
    assert strip.directory.startswith("//")  # moves with the .blend


def test_twice_is_once_and_brings_up_to_date(baked: bpy.types.Object) -> None:
    for place in PLACES:
        use(place)
    bpy.ops.doodle_bridge.bake(first=1, last=12)
    strip = bpy.context.scene.sequence_editor.strips[0]
    strip.channel = 6
    nodes = len(tree().nodes)
    for place in PLACES:
        use(place)
    assert list(bpy.context.scene.sequence_editor.strips) == [strip]
    assert (strip.channel, strip.frame_final_start, strip.frame_final_end) == (6, 1, 13)
    (picture,) = bpy.context.scene.camera.data.background_images
    node = next(node for node in tree().nodes if node.bl_idname == "CompositorNodeImage")
    assert len(tree().nodes) == nodes
    user = picture.image_user
    assert (user.frame_start, user.frame_duration, user.frame_offset) == (1, 12, 0)
    assert (node.frame_start, node.frame_duration, node.frame_offset) == (2, 11, 1)  # the first is held before its time


def test_another_format_in_the_same_folder_is_taken_over(baked: bpy.types.Object) -> None:
    settings = baked.doodle_bridge
    for place in PLACES:
        use(place)
    settings.bake_format = "exr" if settings.bake_format == "png" else "png"
    bpy.ops.doodle_bridge.bake()
    for place in PLACES:
        use(place)
    assert len(bpy.context.scene.sequence_editor.strips) == 1
    strip = bpy.context.scene.sequence_editor.strips[0]
    assert strip.elements[0].filename == f"0003.{settings.bake_format}"
    assert strip.alpha_mode == settings.bake_image.alpha_mode
    assert [one.image for one in bpy.context.scene.camera.data.background_images] == [settings.bake_image]
    assert [one.image for one in tree().nodes if one.bl_idname == "CompositorNodeImage"] == [settings.bake_image]


def test_the_compositor_keeps_what_it_had(baked: bpy.types.Object, tmp_path: Path) -> None:
    use("COMPOSITOR")  # makes the tree
    nodes = tree().nodes
    for node in [node for node in nodes if node.bl_idname not in ("CompositorNodeRLayers", *OUTPUTS)]:
        nodes.remove(node)
    end = next(node for node in nodes if node.bl_idname in OUTPUTS)
    layers = next(node for node in nodes if node.bl_idname == "CompositorNodeRLayers")
    mine = nodes.new("CompositorNodeExposure" if hasattr(bpy.types, "CompositorNodeExposure") else OUTPUTS[0])
    tree().links.new(layers.outputs["Image"], mine.inputs["Image"])
    tree().links.new(mine.outputs["Image"], end.inputs[0])
    use("COMPOSITOR")
    over = end.inputs[0].links[0].from_node
    assert over.bl_idname == "CompositorNodeAlphaOver"
    below = next(socket for socket in over.inputs if socket.type == "RGBA")
    assert below.links[0].from_node == mine
    assert mine.inputs["Image"].links[0].from_node == layers


def test_the_background_is_shown_at_the_scenes_frames(baked: bpy.types.Object) -> None:
    use("BACKGROUND")
    camera = bpy.context.scene.camera.data
    assert camera.show_background_images
    (picture,) = camera.background_images
    assert picture.image == baked.doodle_bridge.bake_image and picture.show_background_image
    user = picture.image_user
    assert (user.frame_start, user.frame_duration, user.frame_offset) == (FIRST, LAST - FIRST + 1, FIRST - 1)


def test_what_is_missing_is_told(
    make_doodle: Callable[..., bpy.types.Object], reports: Callable[..., str], tmp_path: Path
) -> None:
    made = make_doodle()
    assert not bpy.ops.doodle_bridge.use_bake.poll()
    bpy.context.scene.frame_end = 2
    made.doodle_bridge.bake_folder = str(tmp_path)
    bpy.ops.doodle_bridge.bake()
    assert "camera" in reports(bpy.ops.doodle_bridge.use_bake, to="BACKGROUND")
    editor = bpy.context.scene.sequence_editor_create()
    editor.strips.new_effect(name="Top", type="COLOR", channel=128, frame_start=1, **lasting(1, 9))
    assert "128" in reports(bpy.ops.doodle_bridge.use_bake, to="STRIP")
    bpy.ops.doodle_bridge.free_bake()
    assert not bpy.ops.doodle_bridge.use_bake.poll()


OUTPUTS = ("CompositorNodeComposite", "NodeGroupOutput")


def lasting(start: int, length: int) -> dict[str, int]:
    """How long a strip is, in the words of this Blender."""
    return {"length": length} if bpy.app.version >= (5, 0, 0) else {"frame_end": start + length}
