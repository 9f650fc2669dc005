"""Live strokes look as the drawing does, in any order of frames; what a plane leaves out is named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import session
from blender_addon.keyframes import keys
from blender_addon.view import placement, workbench
from examples import character
from examples import pencil as pencil_of_code
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
                fill(source, stroke, group=slot)  # each by itself
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


@pytest.mark.parametrize("kind", ["dots", "squares", "texture", "gradient"])
def test_dotted_and_textured_materials_are_as_drawn(kind: str, tmp_path: Path) -> None:
    """At the keys the very picture of the drawing itself, which differs from that of plain ink."""
    source = varied()
    ink = source.data.materials[1].grease_pencil
    bpy.context.scene.frame_set(1)
    plain = rendered(tmp_path, 3.5, 120)
    if kind in ("dots", "squares"):
        ink.mode = {"dots": "DOTS", "squares": "BOX"}[kind]
    elif kind == "gradient":
        ink.fill_style, ink.mix_color = "GRADIENT", (0, 1, 0, 1)
    else:
        image = bpy.data.images.new("Checks", 4, 4)
        image.pixels.foreach_set(np.tile(np.eye(4, dtype=np.float32).ravel()[:, None], (1, 4)).ravel())
        ink.fill_style, ink.fill_image, ink.mix_factor = "TEXTURE", image, 0.0
        ink.stroke_style, ink.stroke_image = "TEXTURE", image
    own = {}
    for frame in (1, 11):
        bpy.context.scene.frame_set(frame)
        own[frame] = rendered(tmp_path, 3.5, 120)
    assert np.abs(own[1] - plain).mean() > 1e-3
    make(source)
    for frame in (1, 11):
        bpy.context.scene.frame_set(frame)
        assert np.abs(rendered(tmp_path, 3.5, 120) - own[frame]).max() < 2e-3


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


_SPLIT = """
import sys
import bpy, addon_utils
addon_utils.enable("blender_addon", default_set=True)
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
for frame in map(int, sys.argv[3:]):
    bpy.context.scene.frame_set(frame)
    bpy.context.scene.render.filepath = f"{sys.argv[2]}/{frame:04d}.exr"
    bpy.ops.render.render(write_still=True)
addon_utils.disable("blender_addon")
"""


def test_two_machines_render_halves_of_one_film(tmp_path: Path) -> None:
    """Two processes at once, one of them backwards, and this one all of it: the same numbers."""
    ob = make(varied())
    ob.doodle_bridge.sigma, ob.doodle_bridge.boil = 0.3, 0.2
    own = {}
    for frame in (2, 3, 4, 5):
        bpy.context.scene.frame_set(frame)
        rendered(tmp_path, 3.5, 60)
        own[frame] = picture(tmp_path / "drawing.exr")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    parts = [
        subprocess.Popen(
            [sys.executable, "-c", _SPLIT, str(tmp_path / "shot.blend"), str(tmp_path), *frames],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for frames in (("2", "3"), ("5", "4"))
    ]
    assert [part.wait() for part in parts] == [0, 0]
    for frame, one in own.items():
        np.testing.assert_array_equal(picture(tmp_path / f"{frame:04d}.exr"), one)


def test_textures_stay_where_the_artist_placed_them() -> None:
    """How the texture of a line and of a fill is moved, scaled and turned is copied to live strokes and bakes."""
    source = pencil({1: [arc(-1.0)], 11: [arc(0.0)]})
    wanted = {"u_translation": (0.3,), "u_scale": (2.0,), "uv_rotation": (0.7,), "uv_translation": (0.1, 0.2)}
    wanted["uv_scale"] = (1.5, 3.0)
    for frame in source.data.layers[0].frames:
        for name, numbers in wanted.items():
            kind, field = ("FLOAT2", "vector") if len(numbers) == 2 else ("FLOAT", "value")
            frame.drawing.attributes.new(name, kind, "CURVE").data.foreach_set(field, numbers)
    ob = make(source)
    bpy.context.scene.frame_end = 11
    bpy.context.scene.frame_set(4)
    assert bpy.ops.doodle_bridge.bake_strokes(step=1, show=False) == {"FINISHED"}
    for drawing in (
        ob.data.layers[0].frames[0].drawing,
        source.data.layers["In-betweens"].get_frame_at(4).drawing,
    ):
        for name, numbers in wanted.items():
            found = np.zeros(len(numbers), np.float32)
            drawing.attributes[name].data.foreach_get("vector" if len(numbers) == 2 else "value", found)
            np.testing.assert_allclose(found, numbers, rtol=1e-6, err_msg=name)


def picture(path: Path) -> np.ndarray:
    image = bpy.data.images.load(str(path))
    answer = np.array(image.pixels[:], np.float32)
    bpy.data.images.remove(image)
    return answer


PIXELS = 600


def pictures(
    source: bpy.types.Object, frames: Sequence[int], pixels: int = PIXELS
) -> tuple[dict[int, np.ndarray], placement.Placement]:
    """The pictures of a plane of a drawing, premultiplied, as files of them have it, and its square; the plane is gone
    afterwards."""
    ob = make(source, output="plane", size=pixels)
    square = placement.load(ob.doodle_bridge)
    found = {}
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        request = keys.frame_request(ob.evaluated_get(bpy.context.evaluated_depsgraph_get()), frame)
        found[frame] = session.render(replace(request, window=(0.0, 0.0, 1.0, 1.0)))
        found[frame][..., :3] *= found[frame][..., 3:]
    bpy.data.objects.remove(ob)
    source.hide_viewport = source.hide_render = False
    return found, square


def framed(square: placement.Placement, folder: Path, frame: int, pixels: int = PIXELS) -> np.ndarray:
    """What Blender renders of the scene where a square is, which stands upright."""
    x, _, z = square.matrix[:3, 3].tolist()
    bpy.context.scene.frame_set(frame)
    return rendered(folder, square.canvas.side, pixels, (x, z))


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """The mean difference over the box of what is drawn, in steps of 1/255."""
    inked = (one[..., 3] > 0) | (other[..., 3] > 0)
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    return float(np.abs(one - other)[box].mean() * 255)


def test_pictures_are_what_live_strokes_look_like(tmp_path: Path) -> None:
    """A character of 300 shapes, at a key and between, in HD: the plane's pictures, and the strokes as Blender renders
    them. Seen: 0.53 / 255 in 4.5; 5.x smooths lines otherwise."""
    source = pencil_of_code.new("Fox", None, bpy.context.scene)
    pencil_of_code.materials(source, character.MATERIALS)
    drawings = dict(zip((1, 13, 25), character.keys(), strict=False))
    pencil_of_code.paint(source, character.LAYERS, 4.0, drawings)
    found, square = pictures(source, (1, 7), 1080)
    make(source)
    for frame, own in found.items():
        assert apart(framed(square, tmp_path, frame, 1080), own) < 1.5, frame


def test_a_plane_has_its_holdouts_and_flat_ends(tmp_path: Path) -> None:
    """The hole is one in the plane's pictures, at keys and between, as strokes have it; lines are cut off as there."""
    source = varied()
    for one in source.data.layers[0].frames:
        one.drawing.strokes[2].softness = 0.0
    found, square = pictures(source, (1, 6, 11))
    make(source)
    for frame, own in found.items():
        assert apart(framed(square, tmp_path, frame), own) < 1.5, frame
    held = (found[6][..., 3] < 0.05)[PIXELS // 3 : 2 * PIXELS // 3, PIXELS // 3 : 2 * PIXELS // 3]
    assert held.mean() > 0.2


@pytest.mark.parametrize("inverted", [False, True])
def test_a_plane_has_its_masks(inverted: bool, tmp_path: Path) -> None:
    """Layers are seen through each other at keys and between, as strokes are."""
    source = two_layers()
    source.data.layers["Front"].mask_layers[0].invert = inverted
    found, square = pictures(source, (1, 4, 11))
    make(source)
    for frame, own in found.items():
        assert apart(framed(square, tmp_path, frame), own) < 1.5, frame
    bare = source.data.layers["Front"]
    bare.use_masks = False
    assert np.abs(pictures(source, (4,))[0][4] - found[4]).mean() > 0.005


def test_what_a_plane_leaves_out_is_named_in_one_line(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    source = two_layers()
    source.data.layers["Back"].blend_mode = "MULTIPLY"
    make(source, output="plane")
    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("Warning: ")]
    assert len(lines) == 1
    assert lines[0].startswith("Warning: The plane's pictures leave out: blend modes; ")
    make(source, output="plane", layer="Front")  # its mask does not take part
    assert "Warning: The plane's pictures leave out: masks; " in capfd.readouterr().out
    make(varied(), output="strokes")
    assert "Warning" not in capfd.readouterr().out
    assert bpy.ops.doodle_bridge.change_output(output="plane") == {"FINISHED"}
    told = capfd.readouterr().out
    assert "Warning: The plane's pictures leave out: soft edges; " in told
    bpy.context.scene.frame_end = 1
    assert bpy.ops.doodle_bridge.bake(folder=str(tmp_path)) == {"FINISHED"}
    assert "leave out: soft edges; " in capfd.readouterr().out
    make(pencil({1: [arc(-1.0)], 11: [arc(0.0)]}), output="plane")
    assert "Warning" not in capfd.readouterr().out


def test_workbench_is_told_how_to_show_a_plane(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With its default settings a plane is a grey square there; set as the line says, it is the picture."""
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    source = pencil({1: [arc(-1.0)], 11: [arc(0.0)]})
    ob = make(source, output="plane", size=600)
    told = capfd.readouterr().out
    assert "Warning: Workbench renders show the picture with Render Properties > Lighting: Flat and Color: Tex" in told
    assert workbench.advice(scene, ob)
    assert rendered(tmp_path, 3.0, 100)[50, 50, 3] > 0.9
    scene.display.shading.color_type, scene.display.shading.light = "TEXTURE", "FLAT"
    assert not workbench.advice(scene, ob)
    shown = rendered(tmp_path, 3.0, 100)
    assert shown[..., 3].any() and shown[50, 50, 3] == 0.0
    assert not workbench.advice(scene, make(source))
    assert "Workbench" not in capfd.readouterr().out
