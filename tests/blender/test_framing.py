"""A wide drawing has a picture, and a plane, of its own shape: the same pixels in the same place, without the paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import session
from blender_addon.keyframes import keys
from blender_addon.outputs.levels import to_levels
from blender_addon.view import framing, placement
from doodle_core.sequence import read_picture
from doodle_core.window import WHOLE, Window
from tests.blender.conftest import Stroke, add_material, draw, fill, pencil, picture_of, write_picture
from tests.blender.rendering import rendered
from tests.blender.test_commands import run

SIZE = 480


def wave(lift: float, shift: float = 0.0) -> Stroke:
    """Ten metres wide, one high at most."""
    x = np.linspace(-5, 5, 60)
    return np.stack([x + shift, 0 * x, lift * np.sin(2 * x)], axis=1).tolist()


def block(x: float) -> Stroke:
    return [(x - 1, 0, -0.4), (x + 1, 0, -0.4), (x + 1, 0, 0.4), (x - 1, 0, 0.4)]


def wide_source() -> bpy.types.Object:
    """A thin wave before a filled block that moves along it, ten times as wide as high."""
    source = pencil({1: [block(-3), wave(0.46)], 11: [block(0), wave(-0.46)], 21: [block(3), wave(0.46)]})
    add_material(source, (0.1, 0.2, 0.6, 1), (0.8, 0.3, 0.1, 1))
    for frame in source.data.layers[0].frames:
        filled = frame.drawing.strokes[0]
        filled.material_index = 1
        fill(source, filled, line=False)
    return source


@pytest.fixture
def wide() -> bpy.types.Object:
    wide_source()
    assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=SIZE) == {"FINISHED"}
    return bpy.context.object


def shape_of(ob: bpy.types.Object) -> tuple[int, int]:
    return picture_of(ob).shape[:2]


def whole_picture(ob: bpy.types.Object) -> np.ndarray:
    from dataclasses import replace

    evaluated = ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    request = keys.frame_request(evaluated, bpy.context.scene.frame_current_final)
    return session.render(replace(request, window=(0.0, 0.0, 1.0, 1.0)))


def premultiplied(picture: np.ndarray) -> np.ndarray:
    return np.concatenate([picture[..., :3] * picture[..., 3:], picture[..., 3:]], axis=2)


def test_the_plane_is_about_as_wide_as_the_drawing(wide: bpy.types.Object) -> None:
    width, height, _ = wide.dimensions
    assert 6 < width / height < 10
    assert 10.08 < width < 12
    rows, columns = shape_of(wide)
    assert columns / rows == pytest.approx(width / height, rel=1e-4)
    pixel = wide.doodle_bridge.canvas_side / SIZE
    np.testing.assert_allclose((width / columns, height / rows), pixel, rtol=1e-4)
    square = placement.load(wide.doodle_bridge)  # whose place and scale the object has
    np.testing.assert_allclose(np.array(wide.matrix_world), square.matrix, atol=1e-5)


@pytest.mark.parametrize("frame", [1, 5, 11, 16])
def test_its_pixels_are_those_of_the_square(wide: bpy.types.Object, frame: int) -> None:
    bpy.context.scene.frame_set(frame)
    crop = framing.load(wide.doodle_bridge).crop(SIZE)
    whole, part = premultiplied(whole_picture(wide)), premultiplied(picture_of(wide))
    assert part.shape[:2] == (crop.height, crop.width)
    assert part[..., 3].max() == 1
    assert np.abs(part - whole[crop.slices]).max() <= 1.001 / 255
    whole[crop.slices] = 0
    assert not whole.any()  # nothing of it is left out


def through_cycles(folder: Path) -> np.ndarray:
    """The frame as `rendered` has set it up, but through Cycles, which mixes planes by their alpha."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", 1.0
    scene.render.filepath = str(folder / "plane.exr")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath)
    image.colorspace_settings.name, image.alpha_mode = "Non-Color", "PREMUL"
    return np.array(image.pixels[:], np.float32).reshape(SIZE, SIZE, 4)[::-1]


def test_it_renders_where_and_as_the_drawing_does(wide: bpy.types.Object, tmp_path: Path) -> None:
    """At keys, against Grease Pencil's own render through the same camera, a pixel of the picture to a pixel."""
    source, square = wide.doodle_bridge.source, placement.load(wide.doodle_bridge)
    middle = wide.matrix_world.translation
    for frame in (1, 11):
        bpy.context.scene.frame_set(frame)
        source.hide_render, wide.hide_render = False, True
        theirs = rendered(tmp_path, square.canvas.side, SIZE, (middle.x, middle.z), samples="OFF")
        source.hide_render, wide.hide_render = True, False
        ours = through_cycles(tmp_path)
        inked = theirs[..., 3] > 0
        rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
        assert columns[-1] - columns[0] > 8 * (rows[-1] - rows[0])
        box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        assert np.abs(ours - theirs)[box].mean() <= 1.5 / 255
        assert ours[..., 3].sum() == pytest.approx(theirs[..., 3].sum(), rel=0.03)


def test_window_and_command_line_bake_what_is_live(wide: bpy.types.Object, tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 21
    crop = framing.load(wide.doodle_bridge).crop(SIZE)
    live = {}
    for frame in (1, 6, 11):
        scene.frame_set(frame)
        live[frame] = premultiplied(to_levels(picture_of(wide), 8) / 255)
    assert bpy.ops.doodle_bridge.bake(folder=str(tmp_path / "window"), first=1, last=11) == {"FINISHED"}
    assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}
    assert run("bake", "--doodle", wide.name, "--frames", "1-11", "--output", tmp_path / "line") == 0
    for frame, wanted in live.items():
        name = f"{frame:04d}.png"
        assert (tmp_path / "window" / name).read_bytes() == (tmp_path / "line" / name).read_bytes()
        found = read_picture(tmp_path / "line" / name)
        assert found.shape == (crop.height, crop.width, 4)
        assert np.abs(premultiplied(found / 255) - wanted).max() <= 1.5 / 255
    told = ("bake", "--doodle", wide.name, "--frames", "1-2", "--output", tmp_path / "half")
    assert run(*told, "--size", SIZE // 2) == 0
    half = read_picture(tmp_path / "half" / "0001.png").shape
    assert abs(half[0] - crop.height / 2) <= 0.5 and abs(half[1] - crop.width / 2) <= 0.5


def test_the_baked_plane_plays_what_the_live_one_renders(wide: bpy.types.Object, tmp_path: Path) -> None:
    middle = wide.matrix_world.translation
    bpy.context.scene.frame_set(6)
    rendered(tmp_path, wide.doodle_bridge.canvas_side, SIZE, (middle.x, middle.z))
    live = through_cycles(tmp_path)
    assert live[..., 3].max() == 1
    bpy.context.scene.view_settings.view_transform = "Standard"
    assert bpy.ops.doodle_bridge.bake(folder=str(tmp_path / "out"), first=6, last=6) == {"FINISHED"}
    assert np.abs(through_cycles(tmp_path) - live).max() <= 3 / 255


def test_a_drawing_about_as_wide_as_high_keeps_its_square(make_doodle: Callable[..., bpy.types.Object]) -> None:
    doodle = make_doodle()
    assert framing.load(doodle.doodle_bridge) == WHOLE
    assert shape_of(doodle) == (64, 64)


def test_a_tall_drawing_has_a_tall_plane() -> None:
    pencil({1: [[(z, 0.0, x) for x, _, z in wave(0.4)]]})
    assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=64) == {"FINISHED"}
    width, height, _ = bpy.context.object.dimensions
    assert height > 4 * width


def test_what_swings_lower_between_keys_is_seen(tmp_path: Path) -> None:
    """A pendulum that hangs from a long beam: half-way it is lower than at both keys."""
    beam = [(x, 0, 0) for x in np.linspace(-6, 6, 20)]
    bobs = [[(r * np.sin(a), 0, -r * np.cos(a)) for r in np.linspace(0, 4, 12)] for a in (-1.0, 1.0)]
    pencil({1: [beam, bobs[0]], 21: [beam, bobs[1]]})
    assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=240) == {"FINISHED"}
    ob = bpy.context.object
    bpy.context.scene.frame_set(11)
    part, whole = picture_of(ob)[..., 3], whole_picture(ob)[..., 3]
    assert part.shape[1] > 1.3 * part.shape[0]
    assert part.sum() == pytest.approx(whole.sum(), rel=1e-4)


def test_the_animator_may_want_the_whole_square(wide: bpy.types.Object) -> None:
    settings = wide.doodle_bridge
    window, before = framing.load(settings), picture_of(wide).copy()
    settings.fitted = False
    bpy.context.view_layer.update()
    assert framing.load(settings) == WHOLE
    assert shape_of(wide) == (SIZE, SIZE)
    assert wide.dimensions.x == pytest.approx(settings.canvas_side) == wide.dimensions.y
    assert np.array_equal(picture_of(wide), whole_picture(wide))
    settings.fitted = True
    bpy.context.view_layer.update()
    assert framing.load(settings).crop(SIZE) == window.crop(SIZE)
    np.testing.assert_allclose(picture_of(wide), before, atol=1e-6)


def test_update_keys_widens_the_picture_only_where_the_drawing_leaves_it(wide: bpy.types.Object) -> None:
    settings = wide.doodle_bridge
    layer, window = settings.source.data.layers[0], framing.load(settings)
    draw(layer.frames.new(31), [block(3), wave(0.46)])
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert len(settings.keys) == 4 and framing.load(settings) == window
    matrix, side = wide.matrix_world.copy(), settings.canvas_side
    draw(layer.frames.new(41), [wave(1.5)])
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert settings.canvas_side == side and wide.matrix_world == matrix
    grown = framing.load(settings)
    assert grown.height > 2 * window.height and grown.holds(window, 1e-6)
    bpy.context.scene.frame_set(41)
    assert picture_of(wide)[..., 3].sum() == pytest.approx(whole_picture(wide)[..., 3].sum(), rel=1e-4)
    assert wide.dimensions.y == pytest.approx(side * grown.height, rel=1e-5)


def test_a_copy_that_shares_the_mesh_keeps_its_shape(wide: bpy.types.Object) -> None:
    assert bpy.ops.object.duplicate(linked=True) == {"FINISHED"}
    copy = bpy.context.object
    assert copy.data == wide.data
    copy.doodle_bridge.fitted = False
    bpy.context.view_layer.update()
    assert shape_of(copy) == (SIZE, SIZE) and shape_of(wide)[0] < SIZE / 4
    assert copy.dimensions.y > 4 * wide.dimensions.y


def test_a_plane_that_was_subdivided_goes_along(wide: bpy.types.Object) -> None:
    import bmesh

    made = bmesh.new()
    made.from_mesh(wide.data)
    bmesh.ops.subdivide_edges(made, edges=made.edges[:], cuts=3, use_grid_fill=True)
    made.to_mesh(wide.data)
    made.free()
    wide.doodle_bridge.fitted = False
    bpy.context.view_layer.update()
    corners = np.array([corner.co for corner in wide.data.vertices])
    np.testing.assert_allclose(corners[:, :2].min(axis=0), -0.5, atol=1e-6)
    np.testing.assert_allclose(corners[:, :2].max(axis=0), 0.5, atol=1e-6)
    assert len(np.unique(corners[:, 0].round(5))) == 5


def test_what_is_in_a_file_for_others_has_its_shape_too(wide: bpy.types.Object) -> None:
    from blender_addon.view import plane, stand_in

    stand_in.put()
    (image,) = [one for one in bpy.data.images if plane.STAND_IN in one]
    width, height = image.size
    rows, columns = shape_of(wide)
    assert width / height == pytest.approx(columns / rows, rel=0.03)
    assert 0.8 < width * height / stand_in.SIDE**2 < 1.2
    pixels = np.array(image.pixels[:]).reshape(height, width, 4)[::-1]
    stamp = np.abs(pixels[..., :3] * 255 - (200, 0, 40)).max(axis=2) < 8
    assert 0.4 < stamp.mean() < 0.9  # red all across, with white letters in it
    letters = (pixels[..., :3] > 0.9).all(axis=2) & (pixels[..., 3] == 1)
    assert np.ptp(np.flatnonzero(letters.any(axis=0))) > 0.2 * width
    stand_in.take_away()


def test_pictures_of_something_wide_and_the_file_that_is_made_of_them(tmp_path: Path) -> None:
    ink = np.zeros((60, 60))
    ink[27:33, 6:54] = 1
    paths = [write_picture(tmp_path / f"{number}.png", np.roll(ink, number, axis=0)) for number in (0, 3)]
    assert run("from-images", *paths, "--save", tmp_path / "made.blend", "--size", "120") == 0
    ob = bpy.context.object
    rows, columns = shape_of(ob)
    assert columns > 3 * rows
    render = bpy.context.scene.render
    assert (render.resolution_x, render.resolution_y) == (columns, rows)
    render.engine, bpy.context.scene.cycles.samples = "CYCLES", 1
    bpy.context.scene.cycles.use_denoising, bpy.context.scene.cycles.pixel_filter_type = False, "BOX"
    render.image_settings.color_mode, render.filepath = "RGBA", str(tmp_path / "seen.png")
    bpy.ops.render.render(write_still=True)
    seen = read_picture(tmp_path / "seen.png")[..., 3] / 255
    assert np.abs(seen - picture_of(ob)[..., 3]).max() < 0.02


def test_new_windows_replace_old_ones_exactly() -> None:
    """Back and forth, the corners are where they were to a millionth of the square."""
    wide_source()
    assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=64) == {"FINISHED"}
    ob = bpy.context.object
    before = np.array([corner.co for corner in ob.data.vertices])
    own = framing.load(ob.doodle_bridge)
    for other in (WHOLE, Window(0.2, 0.3, 0.05, 0.6), own):
        framing.show(ob, other)
    np.testing.assert_allclose(np.array([corner.co for corner in ob.data.vertices]), before, atol=1e-6)
