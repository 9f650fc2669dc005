"""Live strokes look as the drawing does, in any order of frames; what a plane leaves out is named."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender.conftest import add_material, arc, fill, pencil
from tests.blender.rendering import rendered
from tests.blender.test_live_strokes import make, two_layers


def varied() -> bpy.types.Object:
    """A filled square with a hole held out of it, in front of a bar, and a bow with soft edges and flat ends."""
    source = pencil({}, layer="Back")
    add_material(source, (0.1, 0.2, 0.8, 1), (0.8, 0.5, 0.1, 1))
    add_material(source, (0, 0, 0, 1), (0, 0, 0, 1))
    add_material(source, (0.7, 0.1, 0.1, 0.5), (0, 0, 0, 1))
    source.data.materials[0].grease_pencil.color = (0.2, 0.2, 0.2, 1)
    hole = source.data.materials[2].grease_pencil
    hole.use_stroke_holdout = hole.use_fill_holdout = True
    for frame, x in ((1, -0.4), (11, 0.4)):
        drawing = source.data.layers[0].frames.new(frame).drawing
        shapes = (
            ([(x - 1, 0, -1), (x + 1, 0, -1), (x + 1, 0, 1), (x - 1, 0, 1)], 1, True),
            ([(x - 0.4, 0, -0.4), (x + 0.4, 0, -0.4), (x + 0.4, 0, 0.4), (x - 0.4, 0, 0.4)], 2, True),
            (arc(x, 0.3), 3, False),
        )
        drawing.add_strokes([len(shape) for shape, _, _ in shapes])
        for stroke, (shape, slot, closed) in zip(drawing.strokes, shapes, strict=True):
            stroke.material_index, stroke.cyclic = slot, closed
            for point, place in zip(stroke.points, shape, strict=True):
                point.position, point.radius = place, 0.08
            if closed:
                fill(source, stroke)
        drawing.strokes[2].softness, drawing.strokes[2].start_cap, drawing.strokes[2].end_cap = 0.7, 1, 1
    return source


def test_holdout_alpha_softness_and_caps_are_as_drawn(tmp_path: Path) -> None:
    source = varied()
    own = {}
    for frame in (1, 11):
        bpy.context.scene.frame_set(frame)
        own[frame] = rendered(tmp_path, 3.5, 200)
    assert own[1][100, 77, 3] < 0.5 < own[1][100, 30, 3]  # the hole is one
    make(source)
    for frame in (1, 11):
        bpy.context.scene.frame_set(frame)
        assert np.abs(rendered(tmp_path, 3.5, 200) - own[frame]).max() < 2e-3
    bpy.context.scene.frame_set(6)
    between = rendered(tmp_path, 3.5, 200)
    assert between[100, 100, 3] < 0.5 < between[100, 55, 3]
    assert np.abs(between - own[1]).mean() > 0.01


EEVEE = "BLENDER_EEVEE_NEXT" if bpy.app.version < (5, 0, 0) else "BLENDER_EEVEE"


@pytest.mark.parametrize("engine", [EEVEE, "CYCLES"])
def test_other_engines_show_it_as_drawn(engine: str, tmp_path: Path) -> None:
    source = varied()
    bpy.context.scene.cycles.samples = 1
    bpy.context.scene.frame_set(11)
    own = rendered(tmp_path, 3.5, 60, engine=engine)
    make(source)
    bpy.context.scene.frame_set(11)
    assert own[..., 3].mean() > 0.1
    assert np.abs(rendered(tmp_path, 3.5, 60, engine=engine) - own).max() < 2e-3


def test_frames_in_any_order_are_the_film_s_own(tmp_path: Path) -> None:
    """As machines that share a film render it: each some frames, in any order, in a file opened afresh."""
    ob = make(varied())
    ob.doodle_bridge.sigma, ob.doodle_bridge.boil = 0.3, 0.2
    scene = bpy.context.scene
    rendered(tmp_path, 3.5, 60)  # sets all up
    scene.frame_start, scene.frame_end = 1, 5
    scene.render.filepath = str(tmp_path / "film_")
    bpy.ops.render.render(animation=True)
    film = {frame: picture(tmp_path / f"film_{frame:04d}.exr") for frame in range(1, 6)}
    assert all(np.abs(film[frame] - film[frame + 1]).max() > 0.05 for frame in range(1, 5))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    scene = bpy.context.scene
    for frame in (4, 1, 5, 2, 3):
        scene.frame_set(frame)
        scene.render.filepath = str(tmp_path / "alone.exr")
        bpy.ops.render.render(write_still=True)
        np.testing.assert_array_equal(picture(tmp_path / "alone.exr"), film[frame])


def picture(path: Path) -> np.ndarray:
    image = bpy.data.images.load(str(path))
    answer = np.array(image.pixels[:], np.float32)
    bpy.data.images.remove(image)
    return answer


def test_what_a_plane_leaves_out_is_named_in_one_line(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    source = two_layers()
    source.data.layers["Back"].blend_mode = "MULTIPLY"
    make(source, output="plane")
    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("Warning: ")]
    assert len(lines) == 1
    assert lines[0].startswith("Warning: The plane's pictures leave out: masks, blend modes; ")
    assert bpy.ops.doodle_bridge.change_output(output="strokes") == {"FINISHED"}
    make(varied(), output="strokes")
    assert "Warning" not in capfd.readouterr().out
    assert bpy.ops.doodle_bridge.change_output(output="plane") == {"FINISHED"}
    told = capfd.readouterr().out
    assert "Warning: The plane's pictures leave out: holdout materials, flat caps, soft edges; " in told
    bpy.context.scene.frame_end = 1
    assert bpy.ops.doodle_bridge.bake(folder=str(tmp_path)) == {"FINISHED"}
    assert "holdout materials, flat caps, soft edges; " in capfd.readouterr().out
    make(pencil({1: [arc(-1.0)], 11: [arc(0.0)]}), output="plane")
    assert "Warning" not in capfd.readouterr().out
