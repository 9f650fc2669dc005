"""The whole chain once, in real Blender: nine drawings of a walker and six of a fox become a rendered film.

    python -m examples.walk_demo [--output build/demo]

Draws the keys with Grease Pencil, makes latent keys of them, lets the walk repeat with a Cycles modifier on `position`,
keyframes `sigma` from 0 upwards and back over the second round, where `method` changes too, and renders every frame
through Blender. In the second half a fox, filled and coloured, sees the walker come. In the folder afterwards: the
.blend, the frames, a GIF and a contact sheet.
"""

from __future__ import annotations

import argparse
import atexit
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import bpy  # first: it makes Blender's own modules importable

# isort: split
import addon_utils
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from examples import character, contact_sheet, pencil, walker

KEYS = 9  # eight poses of the cycle, then the first one drawn again
SPACING = 6  # frames from key to key
ROUND = (KEYS - 1) * SPACING
FIRST, MIDDLE, LAST = 1, 1 + ROUND, 1 + 2 * ROUND
SIGMA = 0.4

GREETING = 9  # frames from key to key of the fox, who is there from MIDDLE on
FOX_SIDE = 2.15  # of its canvas, in Blender's units
FOX_X = 0.3

PAPER = (0.955, 0.94, 0.90)  # sRGB
INK = (0.09, 0.10, 0.16)
GRASS = (0.62, 0.66, 0.52)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("build/demo"), help="folder for all that is made")
    parser.add_argument("--size", type=int, default=384, help="width and height of the film, in pixels")
    options = parser.parse_args()
    folder = options.output.absolute()
    folder.mkdir(parents=True, exist_ok=True)

    started = time.monotonic()
    with addon():
        doodles = build(options.size), join(options.size)
        bpy.ops.wm.save_as_mainfile(filepath=str(folder / "walk.blend"), check_existing=False)
        keys = " and ".join(str(len(doodle.doodle_bridge.keys)) for doodle in doodles)
        say(f"{keys} latent keys after {time.monotonic() - started:.1f} s")
        frames = render(folder / "frames", folder / "render.log")
    say(f"{len(frames)} frames after {time.monotonic() - started:.1f} s")
    films(folder, frames)
    say(f"finished after {time.monotonic() - started:.1f} s")
    print(folder)
    return 0


@contextmanager
def addon() -> Iterator[None]:
    """An empty Blender with the add-on of this checkout."""
    if not bpy.app.binary_path:
        # bpy 4.5 hangs at exit while a Python handler is left, also after an error: leave nothing behind. (A whole
        # Blender disables add-ons itself, and when Python ends has freed the preferences that this would read.)
        atexit.register(addon_utils.disable, "blender_addon")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.preferences.filepaths.save_version = 0  # no walk.blend1 of the run before
    addon_utils.enable("blender_addon", default_set=True)
    if not addon_utils.check("blender_addon")[1]:
        raise SystemExit("walk_demo: the add-on did not start; run this from the project's folder: make demo")
    yield


def build(size: int) -> bpy.types.Object:
    """The scene, from nothing to the animated doodle, which is returned."""
    scene = bpy.context.scene
    assert scene is not None
    scene.frame_start, scene.frame_end = FIRST, LAST
    scene.render.fps = 24
    stage(scene, size)
    walk = doodle_of(draw_keys(scene), 2 * size)  # the doodle fills most of the film: this keeps its edges crisp
    walk_on(walk)
    scene.frame_set(FIRST)
    return walk


def join(size: int) -> bpy.types.Object:
    """The fox, who joins the scene in the second half: behind the walker, on the right."""
    scene = bpy.context.scene
    assert scene is not None
    doodle = doodle_of(draw_fox(scene), 3 * size // 2)
    doodle.location.x += FOX_X
    doodle.location.y += 0.1
    doodle.doodle_bridge.method = "spherical"
    animate(doodle, "hide_render", {FIRST: True, MIDDLE: False}, "CONSTANT")
    scene.frame_set(FIRST)
    return doodle


def doodle_of(source: bpy.types.Object, size: int) -> bpy.types.Object:
    """A doodle of a Grease Pencil object, which is hidden."""
    bpy.ops.object.select_all(action="DESELECT")
    bpy.context.view_layer.objects.active = source
    source.select_set(True)
    bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=size, hide_source=True)
    doodle = bpy.context.object
    assert doodle is not None
    return doodle


def walk_on(doodle: bpy.types.Object) -> None:
    """The walker: on the spot in its first round, up to the fox in its second."""
    settings = doodle.doodle_bridge
    settings.colour = (*pencil.linear(INK), 1.0)
    settings.method = "spherical"
    doodle.keyframe_insert("doodle_bridge.method", frame=FIRST)
    settings.method = "cubic"
    doodle.keyframe_insert("doodle_bridge.method", frame=MIDDLE)
    for frame, sigma in ((MIDDLE, 0.0), ((MIDDLE + LAST) // 2, SIGMA), (LAST, 0.0)):
        settings.sigma = sigma
        doodle.keyframe_insert("doodle_bridge.sigma", frame=frame)
    repeat(doodle)
    x, travel = doodle.location.x, 2 * walker.STRIDE  # a round is two steps
    end = x - 0.95
    animate(doodle, "location", {FIRST: x, MIDDLE - 1: x}, "CONSTANT", 0)
    animate(doodle, "location", {MIDDLE: end - travel, LAST: end}, "LINEAR", 0)


def animate(owner: bpy.types.ID, path: str, values: Mapping[int, float], interpolation: str, index: int = -1) -> None:
    """Keyframes of a property by frame, in that interpolation."""
    for frame, value in values.items():
        if index < 0:
            setattr(owner, path, value)
        else:
            getattr(owner, path)[index] = value
        owner.keyframe_insert(path, index=index, frame=frame)
    bag = owner.animation_data.action.layers[0].strips[0].channelbag(owner.animation_data.action_slot)
    for curve in bag.fcurves:
        if curve.data_path == path:
            for point in curve.keyframe_points:
                if round(point.co.x) in values:
                    point.interpolation = interpolation


def draw_keys(scene: bpy.types.Scene) -> bpy.types.Object:
    """A Grease Pencil object, upright in the x-z plane, with one drawing every SPACING frames."""
    source = pencil.new("Walker drawings", INK, scene)
    drawings = {FIRST + key * SPACING: walker.draw(key / (KEYS - 1), seed=key) for key in range(KEYS)}
    pencil.draw(source, "Lines", drawings)
    return source


def draw_fox(scene: bpy.types.Scene) -> bpy.types.Object:
    """A Grease Pencil object of two layers, with materials for lines and for areas, and a drawing every GREETING
    frames."""
    source = pencil.new("Fox drawings", None, scene)
    pencil.materials(source, character.MATERIALS)
    drawings = {MIDDLE + number * GREETING: shapes for number, shapes in enumerate(character.keys())}
    pencil.paint(source, character.LAYERS, FOX_SIDE, drawings)
    return source


def repeat(doodle: bpy.types.Object) -> None:
    """Even timing, and a Cycles modifier: after the last key the walk begins again."""
    from blender_addon.keyframes.keys import position_curve

    curve = position_curve(doodle)
    for point in curve.keyframe_points:
        point.interpolation = "LINEAR"
    curve.modifiers.new("CYCLES")


def stage(scene: bpy.types.Scene, size: int) -> None:
    """Paper, a flat camera, and ground that passes below the walker as fast as its feet, until the camera stops."""
    world = bpy.data.worlds.new("Paper")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (*pencil.linear(PAPER), 1.0)
    scene.world = world

    camera = bpy.data.cameras.new("Camera")
    camera.type = "ORTHO"
    scene.camera = bpy.data.objects.new("Camera", camera)
    scene.camera.location = (0.03, -6.0, 1.0)
    scene.camera.rotation_euler = (np.pi / 2, 0.0, 0.0)
    scene.collection.objects.link(scene.camera)
    # A cut: in the second half two have to be seen.
    animate(camera, "ortho_scale", {FIRST: 2.45, MIDDLE: 2.8}, "CONSTANT")
    animate(scene.camera, "location", {FIRST: 1.0, MIDDLE: 1.08}, "CONSTANT", 2)

    travel = 2 * walker.STRIDE
    ground = bpy.data.objects.new("Ground", ground_mesh(travel + 4.0))
    ground.location.y = 0.2
    scene.collection.objects.link(ground)
    animate(ground, "location", {FIRST: -2.0, MIDDLE: -2.0 - travel}, "LINEAR", 0)

    render_settings = scene.render
    render_settings.engine = "CYCLES"
    scene.cycles.samples = 8
    scene.cycles.use_denoising = False
    scene.cycles.max_bounces = 0  # nothing here is lit: paper, ink and grass shine by themselves
    world.cycles.sampling_method = "NONE"
    scene.cycles.pixel_filter_type = "BOX"  # the doodle's own edge is smooth already
    render_settings.resolution_x = render_settings.resolution_y = size
    render_settings.resolution_percentage = 100
    render_settings.image_settings.file_format = "PNG"
    render_settings.image_settings.color_mode = "RGB"
    scene.view_settings.view_transform = "Standard"


def ground_mesh(length: float) -> bpy.types.Mesh:
    """Dashes and tufts of grass along x, from 0 to `length`, just below z = 0."""
    rng = np.random.default_rng(3)
    corners: list[tuple[float, float, float]] = []
    x = 0.0
    while x < length:
        dash, z = rng.uniform(0.10, 0.35), -0.055 + rng.normal() * 0.006
        corners += [(x, 0, z - 0.011), (x + dash, 0, z - 0.007), (x + dash, 0, z + 0.007), (x, 0, z + 0.009)]
        if rng.random() < 0.3:
            for lean in (-0.05, 0.0, 0.06):
                foot, top = x + dash / 2 + lean * 0.4, 0.07 + rng.random() * 0.05
                tip = foot + lean
                corners += [(foot - 0.012, 0, z), (foot + 0.012, 0, z), (tip + 0.003, 0, z + top), (tip, 0, z + top)]
        x += dash + rng.uniform(0.12, 0.30)
    mesh = bpy.data.meshes.new("Ground")
    mesh.from_pydata(corners, [], [tuple(range(i, i + 4)) for i in range(0, len(corners), 4)])
    material = bpy.data.materials.new("Grass")
    material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    emission, output = tree.nodes.new("ShaderNodeEmission"), tree.nodes.new("ShaderNodeOutputMaterial")
    emission.inputs["Color"].default_value = (*pencil.linear(GRASS), 1.0)
    tree.links.new(emission.outputs[0], output.inputs["Surface"])
    mesh.materials.append(material)
    return mesh


def render(folder: Path, log: Path) -> list[Path]:
    """Render the scene's frames into `folder`, what Blender says into the file `log`. Returns the pictures in order."""
    scene = bpy.context.scene
    scene.render.filepath = str(folder / "####.png")
    wanted = [folder / f"{frame:04d}.png" for frame in range(FIRST, LAST + 1)]
    for old in folder.glob("*.png"):  # a picture of an earlier run must not pass for one of this run
        old.unlink()
    with quiet(log):
        bpy.ops.render.render(animation=True)
    missing = [path.name for path in wanted if not path.is_file()]
    if missing:
        raise SystemExit(f"walk_demo: {len(missing)} frames were not rendered, the first is {missing[0]}; see {log}")
    return wanted


@contextmanager
def quiet(log: Path) -> Iterator[None]:
    """Send what Blender prints (many lines a frame, from C, so Python cannot catch it) to the file `log`."""
    sys.stdout.flush()
    kept = {stream: os.dup(stream) for stream in (1, 2)}
    try:
        with log.open("wb") as file:
            for stream in kept:
                os.dup2(file.fileno(), stream)
            yield
    finally:
        sys.stdout.flush()
        for stream, copy in kept.items():
            os.dup2(copy, stream)
            os.close(copy)


def films(folder: Path, frames: list[Path]) -> None:
    """The GIF and the contact sheet."""
    from doodle_core.sequence import read_picture, write_gif, write_png

    pictures = {FIRST + i: read_picture(path)[..., :3] for i, path in enumerate(frames)}
    # The last frame is the first pose again: left out, the loop has no hold.
    write_gif(folder / "walk.gif", (small(pictures[frame]) for frame in range(FIRST, LAST)), fps=24)
    columns = range(FIRST, MIDDLE, SPACING)
    rows = [contact_sheet.Row("keys", list(columns), mark=True)]
    rows += [contact_sheet.Row("", [key + i for key in columns]) for i in range(1, SPACING)]
    columns = range(MIDDLE, LAST + 1, GREETING)
    title = (
        f"second half: a fox of {len(character.pose(0))} shapes, keys; the walker cubic, sigma up to {SIGMA:g} and back"
    )
    rows += [contact_sheet.Row(title, list(columns), mark=True)]
    rows += [contact_sheet.Row("", [key + i for key in columns[:-1]]) for i in (2, 4, 5, 7)]
    write_png(folder / "contact_sheet.png", contact_sheet.draw(pictures, rows, cell=160))


def small(picture: NDArray[np.uint8], side: int = 288, colours: int = 40) -> NDArray[np.uint8]:
    """A picture as a web page likes it: (side, side, 3) uint8 in few colours, which GIF packs far better."""
    image = Image.fromarray(picture).resize((side, side), Image.Resampling.BOX)
    return np.asarray(image.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).convert("RGB"))


def say(text: str) -> None:
    print(f"walk_demo: {text}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
