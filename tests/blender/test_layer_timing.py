"""Every layer in its own time, as the artist has drawn it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import layer_keys, session
from blender_addon.keyframes import keys
from blender_addon.live_strokes import copying
from tests.blender.conftest import Stroke, add_layer, pencil, picture_of


def line(height: float) -> Stroke:
    """Two metres wide, level."""
    return [(x, 0.0, height) for x in np.linspace(-1, 1, 9)]


def blinking(**drawings: dict[int, Sequence[Stroke]]) -> bpy.types.Object:
    """A drawing with a layer of each name, from the back; else a body at 1 and 25, a blink at 1, 10 and 12."""
    drawings = drawings or {
        "Body": {1: [line(0.0)], 25: [line(1.2)]},
        "Blink": {1: [line(0.2)], 10: [line(0.4)], 12: [line(0.2)]},
    }
    (name, first), *others = drawings.items()
    source = pencil(first, layer=name)
    for other, frames in others:
        add_layer(source, other, frames)
    return source


def make(output: str, **options: object) -> bpy.types.Object:
    assert bpy.ops.doodle_bridge.from_grease_pencil(size=64, output=output, **options) == {"FINISHED"}
    return bpy.context.object


def heights(doodle: bpy.types.Object, frame: int) -> dict[str, float]:
    """How high the lines of each layer are at a frame, in metres; of strokes as they are written."""
    bpy.context.scene.frame_set(frame)
    if doodle.type == "GREASEPENCIL":
        found = {}
        for layer in doodle.data.layers:
            attributes = layer.get_frame_at(frame).drawing.attributes
            count = attributes.domain_size("POINT")
            if count:
                places = np.empty(3 * count, np.float32)
                attributes["position"].data.foreach_get("vector", places)
                found[layer.name] = float(places.reshape(-1, 3)[:, 2].mean())
        return found
    ob = doodle.evaluated_get(bpy.context.evaluated_depsgraph_get())
    drawing = session.get().pose(keys.frame_request(ob, frame)).drawing
    settings = doodle.doodle_bridge
    names = [layer.name for layer in settings.source.data.layers]
    of = drawing.layers[drawing.shape_of_vertex]
    middle = settings.plane_origin[2] + settings.plane_y[2] * settings.canvas_centre[1]
    return {
        names[layer]: middle + float(0.5 - drawing.points[of == layer, 1].mean()) * settings.canvas_side
        for layer in np.unique(of).tolist()
    }


@pytest.mark.parametrize("output", ["strokes", "plane"])
def test_a_body_goes_evenly_while_a_blink_has_keyframes_of_its_own(output: str) -> None:
    blinking()
    doodle = make(output)
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 10, 12, 25]
    assert keys.position_curve(doodle).evaluate(10) == 1.0
    for frame in range(1, 26):
        found = heights(doodle, frame)
        assert found["Body"] == pytest.approx(1.2 * (frame - 1) / 24, abs=1e-4)
        assert found["Blink"] == pytest.approx(np.interp(frame, [1, 10, 12], [0.2, 0.4, 0.2]), abs=1e-4)


@pytest.mark.parametrize(("method", "loop"), [("cubic", False), ("hold", False), ("spherical", True)])
def test_by_any_method_the_blink_does_not_touch_the_body(method: str, loop: bool) -> None:
    source = blinking()
    with_blink = make("plane")
    bpy.context.view_layer.objects.active = source
    body = make("plane", layer="Body")
    for doodle in (with_blink, body):
        doodle.doodle_bridge.method, doodle.doodle_bridge.loop = method, loop
    for frame in (1, 5, 10, 11, 17, 25):
        assert heights(with_blink, frame)["Body"] == pytest.approx(heights(body, frame)["Body"], abs=1e-3)


@pytest.mark.parametrize("output", ["strokes", "plane"])
def test_a_blank_keyframe_shows_nothing_until_the_next(output: str) -> None:
    blinking(Body={1: [line(0.0)], 25: [line(1.0)]}, Blink={5: [line(0.2)], 9: [], 20: [line(0.6)]})
    doodle = make(output)
    for frame in range(1, 26):
        found = heights(doodle, frame)
        assert found["Body"] == pytest.approx((frame - 1) / 24, abs=1e-4)
        assert found.get("Blink") == (
            pytest.approx(0.2, abs=1e-4) if 5 <= frame < 9 else pytest.approx(0.6, abs=1e-4) if frame >= 20 else None
        )


@pytest.mark.parametrize("output", ["strokes", "plane"])
def test_one_layer_with_a_blank_keyframe(output: str) -> None:
    blinking(Body={1: [line(0.0)], 9: [], 20: [line(0.6)], 25: [line(1.1)]})
    doodle = make(output)
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 9, 20, 25]
    seen = {frame: heights(doodle, frame) for frame in (1, 8, 9, 19, 20, 22)}
    assert seen[9] == seen[19] == {}
    assert [seen[frame]["Body"] for frame in (1, 8, 20, 22)] == pytest.approx([0, 0, 0.6, 0.8], abs=1e-4)


def frames_of(ob: bpy.types.Object, layer: str) -> dict[int, tuple[str, int]]:
    """Types of a layer's keyframes, and how many strokes they hold."""
    return {
        one.frame_number: (one.keyframe_type, one.drawing.attributes.domain_size("CURVE"))
        for one in ob.data.layers[layer].frames
    }


def test_baked_strokes_have_the_types_of_each_layers_keyframes() -> None:
    source = blinking()
    source.data.layers["Body"].frames[1].keyframe_type = "EXTREME"
    source.data.layers["Blink"].frames[1].keyframe_type = "MOVING_HOLD"
    bpy.context.scene.frame_end = 25
    doodle = make("strokes")
    bpy.ops.doodle_bridge.bake_strokes(step=3)
    body, blink = (frames_of(source, f"{name} In-betweens") for name in ("Body", "Blink"))
    assert [body[frame][0] for frame in (1, 10, 12, 25)] == ["KEYFRAME", "BREAKDOWN", "BREAKDOWN", "EXTREME"]
    assert [blink[frame][0] for frame in (1, 10, 12, 25)] == ["KEYFRAME", "MOVING_HOLD", "KEYFRAME", "BREAKDOWN"]
    assert {kind for frame, (kind, _) in (body | blink).items() if frame not in (1, 10, 12, 25)} == {"BREAKDOWN"}
    bpy.context.view_layer.objects.active = doodle
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 10, 12, 25], "what was baked is no key"


def test_without_keys_only_the_layers_that_have_one_are_empty() -> None:
    source = blinking()
    bpy.context.scene.frame_end = 25
    make("strokes")
    bpy.ops.doodle_bridge.bake_strokes(step=1, keys=False)
    assert frames_of(source, "Body In-betweens")[10] == ("BREAKDOWN", 1)
    assert frames_of(source, "Blink In-betweens")[10] == ("KEYFRAME", 0)


def test_a_blank_keyframe_is_baked_as_an_empty_one() -> None:
    source = blinking(Body={1: [line(0.0)], 25: [line(1.0)]}, Blink={1: [line(0.2)], 9: [], 20: [line(0.6)]})
    bpy.context.scene.frame_end = 25
    make("strokes")
    bpy.ops.doodle_bridge.bake_strokes(step=4)
    baked = frames_of(source, "Blink In-betweens")
    assert baked[9] == ("KEYFRAME", 0)
    assert {count for frame, (_, count) in baked.items() if 9 <= frame < 20} == {0}
    assert baked[5][1] == baked[20][1] == 1


def animate_opacity(source: bpy.types.Object, name: str = "Body") -> None:
    """1, 0 and 1 at frames 1, 20 and 40, evenly."""
    layer = source.data.layers[name]
    for frame, value in ((1, 1.0), (20, 0.0), (40, 1.0)):
        layer.opacity = value
        layer.keyframe_insert("opacity", frame=frame)
    for curve in copying.curves(source.data.animation_data):
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"


def test_a_keyed_opacity_is_followed_in_the_plane() -> None:
    source = blinking(Body={1: [line(0.0)], 40: [line(1.0)]}, Front={1: [line(0.5)], 40: [line(0.6)]})
    animate_opacity(source)
    doodle = make("plane")
    scene = bpy.context.scene
    for frame, wanted in ((1, 1.0), (10.5, 0.5), (20, 0.0), (30, 0.5), (40, 1.0)):
        scene.frame_set(int(frame), subframe=frame % 1)
        ob = doodle.evaluated_get(bpy.context.evaluated_depsgraph_get())
        drawing = session.get().pose(keys.frame_request(ob, frame)).drawing
        of = drawing.layers[drawing.shape_of_vertex]
        np.testing.assert_allclose(drawing.opacities[of == 0], wanted, atol=1e-5)
        np.testing.assert_allclose(drawing.opacities[of == 1], 1.0)
    scene.frame_set(20)
    at_20 = picture_of(doodle)[..., 3].sum()
    scene.frame_set(30)
    assert at_20 < picture_of(doodle)[..., 3].sum()


def test_a_keyed_opacity_is_blenders_own_in_strokes() -> None:
    source = blinking(Body={1: [line(0.0)], 40: [line(1.0)]})
    animate_opacity(source)
    doodle = make("strokes")
    for frame, wanted in ((1, 1.0), (20, 0.0), (30, 0.5), (40, 1.0)):
        bpy.context.scene.frame_set(frame)
        evaluated = doodle.evaluated_get(bpy.context.evaluated_depsgraph_get())
        assert evaluated.data.layers["Body"].opacity == pytest.approx(wanted, abs=1e-5)
        opacities = np.empty(9, np.float32)
        doodle.data.layers["Body"].get_frame_at(frame).drawing.attributes["opacity"].data.foreach_get(
            "value", opacities
        )
        np.testing.assert_allclose(opacities, 1.0)


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("output", ["strokes", "plane"])
def test_a_keyed_hide_is_followed(output: str, grouped: bool) -> None:
    """Of the layer, or of the group that it is in."""
    source = blinking()
    blink = layer = source.data.layers["Blink"]
    if grouped:
        layer = source.data.layer_groups.new("Eyes")
        source.data.layers.move_to_layer_group(blink, layer)
    for frame, value in ((1, True), (8, False), (20, True)):
        layer.hide = value
        layer.keyframe_insert("hide", frame=frame)
    bpy.context.scene.frame_set(1)
    doodle = make(output)
    for frame in (1, 7, 8, 19, 20, 25):
        bpy.context.scene.frame_set(frame)
        ob = doodle.evaluated_get(bpy.context.evaluated_depsgraph_get())
        if output == "strokes":
            shown = ob.data.layers["Blink"]
            hidden = (shown.parent_group if grouped else shown).hide
        else:
            drawing = session.get().pose(keys.frame_request(ob, frame)).drawing
            hidden = not drawing.opacities[drawing.layers[drawing.shape_of_vertex] == 1].any()
        assert hidden == (not 8 <= frame < 20), frame


def test_breakdowns_are_left_out_where_that_is_wanted() -> None:
    drawings = {frame: [line(0.1 * frame)] for frame in (1, 5, 9, 13, 17)}
    source = blinking(Body=drawings, Front={1: [line(0.5)], 5: [line(0.6)]})
    frames = source.data.layers["Body"].frames
    for number, kind in ((1, "BREAKDOWN"), (2, "JITTER"), (3, "GENERATED")):
        frames[number].keyframe_type = kind
    doodle = make("plane", exclude_breakdowns=True)
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 5, 17]
    assert heights(doodle, 5)["Body"] == pytest.approx(0.1 + 1.6 * 4 / 16, abs=1e-4)
    doodle.doodle_bridge.exclude_breakdowns = False
    bpy.ops.doodle_bridge.update_keys()
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 5, 9, 13, 17]


@pytest.mark.parametrize("output", ["strokes", "plane"])
def test_layers_take_part_as_they_are_ticked(output: str, reports: Callable[..., str]) -> None:
    source = blinking()
    doodle = make(output)
    add_layer(source, "New", {3: [line(0.9)]})
    bpy.ops.doodle_bridge.update_keys()
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 10, 12, 25], "not before it is ticked"
    bpy.ops.doodle_bridge.use_layer(layer="New")
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 3, 10, 12, 25]
    assert set(heights(doodle, 4)) == {"Body", "Blink", "New"}
    bpy.ops.doodle_bridge.use_layer(layer="Blink", use=False)
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 3, 25]
    assert set(heights(doodle, 4)) == {"Body", "New"}
    bpy.ops.doodle_bridge.use_layer(layer="New", use=False)
    kept = doodle.doodle_bridge.layers
    assert "tick one" in reports(bpy.ops.doodle_bridge.use_layer, layer="Body", use=False)
    assert "no layer 'Nose'" in reports(bpy.ops.doodle_bridge.use_layer, layer="Nose")
    assert doodle.doodle_bridge.layers == kept


def test_a_layer_with_another_name_still_takes_part() -> None:
    source = blinking()
    doodle = make("plane")
    source.data.layers["Blink"].name = "Eyes"
    bpy.ops.doodle_bridge.update_keys()
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 10, 12, 25]
    assert json.loads(doodle.doodle_bridge.layers) == ["Body", "Eyes"]


def test_what_becomes_what_is_stored_for_every_layer(tmp_path: Path) -> None:
    """Of the body from 1 to 25, of the blink from 1 to 10 to 12; another machine need not decide anything."""
    blinking()
    doodle = make("plane")
    name = doodle.name
    for frame in (1, 5, 11, 20):
        bpy.context.scene.frame_set(frame)
    path = str(tmp_path / "film.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    assert [len(key.match.splitlines()) for key in doodle.doodle_bridge.keys] == [2, 1, 0, 0]
    session.reset()
    bpy.ops.wm.open_mainfile(filepath=path)
    doodle = bpy.data.objects[name]
    found = []
    model = session.get().model
    spans = model._found  # type: ignore[attr-defined]
    model._found = lambda *pair: found.append(pair) or spans(*pair)  # type: ignore[attr-defined]
    for frame in (5, 11, 20):
        heights(doodle, frame)
    assert found == []


@pytest.mark.parametrize("output", ["strokes", "plane"])
def test_a_mouth_chart_has_its_keys_where_what_is_shown_changes(output: str) -> None:
    """Four mouths at frames 1 to 4, shown one after the other by a keyed time modifier, while a body moves."""
    chart = {number: [line(0.1 * number)] for number in range(1, 5)}
    source = blinking(Body={1: [line(0.0)], 25: [line(1.2)]}, Mouth=chart)
    source.data.layers["Mouth"].frames[2].keyframe_type = "EXTREME"
    time = source.modifiers.new("Chart", "GREASE_PENCIL_TIME")
    time.mode, time.tree_node_filter = "FIX", "Mouth"
    for frame, number in ((1, 2), (9, 4), (17, 3)):
        time.offset = number
        time.keyframe_insert("offset", frame=frame)
    for curve in copying.curves(source.animation_data):
        for point in curve.keyframe_points:
            point.interpolation = "CONSTANT"
    source.modifiers.new("Away", "GREASE_PENCIL_OFFSET").location = (0, 0, 0.5)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 30
    scene.frame_set(6)
    doodle = make(output)
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 9, 17, 25]
    assert scene.frame_current == 6 and source.modifiers["Away"].show_viewport
    lift = 0.0 if output == "strokes" else 0.5  # strokes have the modifier themselves, but not that of the time
    if output == "strokes":
        assert [one.name for one in doodle.modifiers] == ["Away"]
    for frame in (1, 5, 9, 13, 17, 21):
        found = heights(doodle, frame)
        assert found["Mouth"] == pytest.approx(np.interp(frame, [1, 9, 17], [0.2, 0.4, 0.3]) + lift, abs=1e-3)
        assert found["Body"] == pytest.approx(0.05 * (frame - 1) + lift, abs=1e-3)
    assert layer_keys.types_of(doodle.doodle_bridge.keys[2].layers) == {1: "EXTREME"}
    bpy.context.view_layer.objects.active = doodle
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 9, 17, 25]
