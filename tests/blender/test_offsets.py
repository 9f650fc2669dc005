"""Layers that come later than the others: follow-through, in the live output, the picture and what is baked."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import session
from blender_addon.keyframes import keys
from blender_addon.sources import offsets
from tests.blender.conftest import start_afresh
from tests.blender.test_layer_timing import blinking, frames_of, heights, line, make

OPERATORS = bpy.ops.doodle_bridge


def swaying(output: str = "strokes", late: int = 6) -> bpy.types.Object:
    """A body and hair that go up together, from frame 1 to 25; the hair is late."""
    blinking(Body={1: [line(0.0)], 25: [line(1.2)]}, Hair={1: [line(0.2)], 25: [line(1.4)]})
    doodle = make(output)
    assert [one.name for one in doodle.doodle_bridge.offsets] == ["Body", "Hair"]
    doodle.doodle_bridge.offsets["Hair"].frames = late
    return doodle


def height(frame: float) -> float:
    return 1.2 * (min(max(frame, 1), 25) - 1) / 24


@pytest.mark.parametrize("output", ["strokes", "plane"])
@pytest.mark.parametrize("late", [6, -4])
def test_a_layer_is_where_it_was_so_many_frames_ago(output: str, late: int) -> None:
    doodle = swaying(output, late)
    for frame in range(1, 33):
        found = heights(doodle, frame)
        assert found["Body"] == pytest.approx(height(frame), abs=1e-4)
        assert found["Hair"] == pytest.approx(0.2 + height(frame - late), abs=1e-4)


@pytest.mark.parametrize("output", ["strokes", "plane"])
def test_it_follows_the_timing_by_hand(output: str) -> None:
    doodle = swaying(output)
    curve = keys.position_curve(doodle)
    curve.keyframe_points[1].co.x = 49
    curve.keyframe_points[0].interpolation = "SINE"
    curve.update()
    for frame in (1, 10, 25, 49, 55):
        found = heights(doodle, frame)
        assert found["Hair"] == pytest.approx(0.2 + 1.2 * curve.evaluate(frame - 6), abs=1e-4)


def test_layers_that_have_keys_of_their_own() -> None:
    blinking()
    doodle = make("strokes")
    doodle.doodle_bridge.offsets["Blink"].frames = 3
    for frame in range(1, 29):
        found = heights(doodle, frame)
        assert found["Body"] == pytest.approx(height(frame), abs=1e-4)
        assert found["Blink"] == pytest.approx(np.interp(frame - 3, [1, 10, 12], [0.2, 0.4, 0.2]), abs=1e-4)


def test_in_a_loop_it_goes_round() -> None:
    doodle = swaying()
    OPERATORS.close_loop(frames=24)
    before = [heights(doodle, frame)["Hair"] for frame in (1, 5, 9)]
    assert before == pytest.approx([heights(doodle, frame)["Hair"] for frame in (49, 53, 57)], abs=1e-4)
    assert before[0] == pytest.approx(0.2 + height(7), abs=1e-4), "six frames before the first key it comes back down"


def test_what_is_baked_is_late_too() -> None:
    doodle = swaying()
    source = doodle.doodle_bridge.source
    bpy.context.scene.frame_end = 31
    OPERATORS.bake_strokes(step=1, show=False)
    for frame in (7, 13, 25, 31):
        drawing = source.data.layers["Hair In-betweens"].get_frame_at(frame).drawing
        found = np.mean([point.position.z for point in drawing.strokes[0].points])
        assert found == pytest.approx(0.2 + height(frame - 6), abs=1e-4)
    hair, body = (frames_of(source, f"{name} In-betweens") for name in ("Hair", "Body"))
    assert (body[25][0], hair[25][0]) == ("KEYFRAME", "BREAKDOWN")


def test_another_output_and_new_layers_keep_offsets() -> None:
    doodle = swaying()
    name = doodle.name
    OPERATORS.change_output(output="plane")
    doodle = bpy.data.objects[name]
    assert doodle.doodle_bridge.offsets["Hair"].frames == 6
    source = doodle.doodle_bridge.source
    source.data.layers["Hair"].name = "Tail"
    OPERATORS.update_keys()
    assert [(one.name, one.frames) for one in doodle.doodle_bridge.offsets] == [("Body", 0), ("Tail", 6)]
    layer = source.data.layers.new("Eyes")
    layer.frames.new(1)
    OPERATORS.update_keys()
    assert [(one.name, one.frames) for one in doodle.doodle_bridge.offsets] == [("Body", 0), ("Tail", 6), ("Eyes", 0)]


def test_offsets_are_saved_and_undone(tmp_path: Path) -> None:
    doodle = swaying()
    bpy.ops.ed.undo_push(message="six")
    doodle.doodle_bridge.offsets["Hair"].frames = 2
    bpy.ops.ed.undo_push(message="two")
    bpy.ops.ed.undo()
    doodle = bpy.data.objects["Drawing Doodle"]
    assert doodle.doodle_bridge.offsets["Hair"].frames == 6
    path = str(tmp_path / "late.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    start_afresh()
    bpy.ops.wm.open_mainfile(filepath=path)
    assert heights(bpy.data.objects["Drawing Doodle"], 13)["Hair"] == pytest.approx(0.2 + height(7), abs=1e-4)


def test_a_linked_doodle_is_late_and_an_override_has_its_own(tmp_path: Path) -> None:
    swaying("plane")
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    start_afresh()
    with bpy.data.libraries.load(str(path), link=True) as (_, there):
        there.objects = ["Drawing Doodle"]
    bpy.context.scene.collection.objects.link(there.objects[0])
    assert heights(there.objects[0], 13)["Hair"] == pytest.approx(0.2 + height(7), abs=1e-4)
    made = there.objects[0].override_create(remap_local_usages=True)
    made.doodle_bridge.offsets[1].frames = 12
    assert heights(made, 13)["Hair"] == pytest.approx(0.2 + height(1), abs=1e-4)


def test_frames_that_are_late_are_written_as_they_are_shown() -> None:
    """In vector films."""
    doodle = swaying()
    evaluated = doodle.evaluated_get(bpy.context.evaluated_depsgraph_get())
    requests = []
    for frame in (7, 13):
        bpy.context.scene.frame_set(frame)
        requests.append(keys.frame_request(evaluated, frame))
    drawings = [one for scene in session.get().scenes(requests, held=False) for one in scene.drawings]
    assert len(drawings) == 2
    for drawing, request in zip(drawings, requests, strict=True):
        np.testing.assert_array_equal(drawing.points, session.get().pose(request).drawing.points)


def test_names_that_stay_keep_their_offset() -> None:
    doodle = swaying()
    offsets.fit(doodle.doodle_bridge, ["Hair", "Body", "New"])
    assert [(one.name, one.frames) for one in doodle.doodle_bridge.offsets] == [("Hair", 6), ("Body", 0), ("New", 0)]
