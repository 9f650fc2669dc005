"""Drawings that do not lie in one plane: turned planes, layers behind each other, strokes in space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender.conftest import add_layer, pencil, picture_of
from tests.blender.rendering import rendered

Points = np.ndarray


def bow(height: float = 0.5, deep: float = 0.0) -> Points:
    """An upright bow, two metres wide, `deep` metres behind the front plane."""
    x = np.linspace(-1, 1, 24)
    return np.stack([x, 0 * x + deep, height * (1 - x**2)], axis=1)


def turned(points: Points, degrees: float) -> Points:
    """Round the upright axis."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return points @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])


def make(drawings: dict[int, Sequence[Points]], **options: object) -> bpy.types.Object:
    pencil({frame: [one.tolist() for one in some] for frame, some in drawings.items()})
    assert bpy.ops.doodle_bridge.from_grease_pencil(**{"size": 64, **options}) == {"FINISHED"}
    return bpy.context.object


def places(ob: bpy.types.Object, frame: int, layer: int = 0) -> Points:
    """The vertices of a layer in the world."""
    bpy.context.scene.frame_set(frame)
    evaluated = ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    attributes = evaluated.data.layers[layer].frames[0].drawing.attributes
    flat = np.zeros(attributes.domain_size("POINT") * 3, np.float32)
    attributes["position"].data.foreach_get("vector", flat)
    matrix = np.array(evaluated.matrix_world)
    return flat.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


@pytest.mark.parametrize("method", ["linear", "circular", "spherical", "cubic"])
def test_a_plane_that_turns_turns_evenly_between_keys(method: str) -> None:
    """By 60 degrees from frame 1 to 13: a third of that after a third, and nothing gets shorter."""
    ob = make({1: [bow()], 13: [turned(bow(), 60)]})
    ob.doodle_bridge.method = method
    for frame, angle in ((1, 0), (5, 20), (7, 30), (9, 40), (13, 60)):
        np.testing.assert_allclose(places(ob, frame), turned(bow(), angle), atol=2e-5, err_msg=str(frame))


def test_a_hold_keeps_the_first_plane() -> None:
    ob = make({1: [bow()], 13: [turned(bow(), 60)]})
    ob.doodle_bridge.method = "hold"
    np.testing.assert_allclose(places(ob, 12), bow(), atol=2e-5)
    np.testing.assert_allclose(places(ob, 13), turned(bow(), 60), atol=2e-5)


def test_it_moves_on_its_plane_while_that_turns() -> None:
    ob = make({1: [bow(0.2)], 13: [turned(bow(0.8), 60)]})
    ob.doodle_bridge.method = "linear"
    np.testing.assert_allclose(places(ob, 7), turned(bow(0.5), 30), atol=0.01)


def test_layers_stay_behind_each_other_and_strokes_in_space() -> None:
    """A layer half a metre behind, and a spring that winds through space on its way to the right."""
    along = np.linspace(0, 6 * np.pi, 90)
    spring = np.stack([along / 10 - 1, 0.3 * np.sin(along), 0.3 * np.cos(along)], axis=1)
    moved = spring + (0.5, 0.2, 0.0)
    source = pencil({1: [spring.tolist()], 9: [moved.tolist()]})
    add_layer(source, "Behind", {1: [bow(0.5, 0.5).tolist()], 9: [bow(0.5, 0.9).tolist()]})
    bpy.ops.doodle_bridge.from_grease_pencil(size=64)
    ob = bpy.context.object
    for frame, share in ((1, 0.0), (5, 0.5), (9, 1.0)):
        np.testing.assert_allclose(
            places(ob, frame), spring + share * (moved - spring), atol=2e-3 if share == 0.5 else 2e-5
        )
        np.testing.assert_allclose(places(ob, frame, 1), bow(0.5, 0.5 + 0.4 * share), atol=2e-5)


def test_layers_with_keyframes_of_their_own_turn_between_these() -> None:
    source = pencil({1: [bow().tolist()], 13: [turned(bow(), 60).tolist()]})
    add_layer(source, "Dot", {frame: [[(0, 0, 1), (0.05, 0, 1)]] for frame in (1, 5, 6, 13)})
    bpy.ops.doodle_bridge.from_grease_pencil(size=64)
    np.testing.assert_allclose(places(bpy.context.object, 7), turned(bow(), 30), atol=5e-3)


def test_update_keys_finds_the_same_keys() -> None:
    ob = make({1: [bow()], 13: [turned(bow(), 60)]})
    before = [key.digest for key in ob.doodle_bridge.keys]
    for _ in range(2):
        assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
        assert [key.digest for key in ob.doodle_bridge.keys] == before
    np.testing.assert_allclose(places(ob, 7), turned(bow(), 30), atol=2e-5)


def test_a_bake_and_a_file_have_the_same_places(tmp_path: Path) -> None:
    ob = make({1: [bow()], 13: [turned(bow(), 60)]})
    source = ob.doodle_bridge.source
    bpy.context.scene.frame_end = 13
    assert bpy.ops.doodle_bridge.bake_strokes(step=1, show=False) == {"FINISHED"}
    baked = source.data.layers["In-betweens"].get_frame_at(7).drawing
    flat = np.zeros(baked.attributes.domain_size("POINT") * 3, np.float32)
    baked.attributes["position"].data.foreach_get("vector", flat)
    np.testing.assert_allclose(flat.reshape(-1, 3), turned(bow(), 30), atol=2e-5)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "turns.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "turns.blend"))
    (again,) = [one for one in bpy.data.objects if one.doodle_bridge.is_doodle]
    np.testing.assert_allclose(places(again, 7), turned(bow(), 30), atol=2e-5)


def test_a_plane_shows_it_from_the_front_and_says_so(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The picture at every frame is what the strokes show from the plane's front; one line says that it is flat."""
    drawings = {1: [bow()], 13: [turned(bow(), 60)]}
    capfd.readouterr()
    ob = make(drawings, output="plane", size=400)
    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("Warning")]
    assert len(lines) == 1 and "depth" in lines[0]
    widths = []
    for frame in (1, 7, 13):
        bpy.context.scene.frame_set(frame)
        columns = np.flatnonzero(picture_of(ob)[..., 3].any(axis=0))
        widths.append(columns[-1] - columns[0])
    assert widths[0] == pytest.approx(widths[2], abs=2)  # the plane halves the angle
    assert widths[0] / widths[1] == pytest.approx(np.cos(np.radians(30)), abs=0.02)


def test_flat_drawings_say_nothing_of_depth(make_doodle: Callable[..., bpy.types.Object]) -> None:
    from blender_addon import session

    ob = make_doodle()
    for key in ob.doodle_bridge.keys:
        drawing = session.decode_drawing(key.drawing)
        assert drawing.depths is None and drawing.sheet is None


def test_turned_strokes_render_as_the_drawing(tmp_path: Path) -> None:
    source = pencil({1: [bow().tolist()], 13: [turned(bow(), 60).tolist()]})
    pictures = {}
    for frame in (1, 13):
        bpy.context.scene.frame_set(frame)
        pictures[frame] = rendered(tmp_path, 3.0, 200)
    bpy.context.view_layer.objects.active = source
    bpy.ops.doodle_bridge.from_grease_pencil(size=64)
    for frame, own in pictures.items():
        bpy.context.scene.frame_set(frame)
        assert own.any() and np.abs(rendered(tmp_path, 3.0, 200) - own).mean() * 255 < 0.05
