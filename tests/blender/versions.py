"""Does another Blender show what this one drew? Files are made and rendered by one, opened and rendered by the others.

    python -m tests.blender.versions make DIR        in the Blender that animators save with (bpy 4.5)
    python -m tests.blender.versions compare DIR     in any other bpy
    blender -b --python-exit-code 1 -P tests/blender/versions.py -- compare DIR      in a whole Blender

`compare` prints the largest difference of each frame, in steps of 1/255, and fails where it is more than one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from math import pi
from pathlib import Path

if __name__ == "__main__" and __package__ is None:  # run by Blender, which knows nothing of the checkout
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import bpy  # first: it makes Blender's own modules importable

# isort: split
import addon_utils
import numpy as np

ADDON = "blender_addon"
FILES = ("live.blend", "baked.blend")
FRAMES = (1, 6, 13, 21, 26)
SIZE = 96
"""Pixels of a doodle, in its own picture and in the render."""
COLUMNS = 5
KINDS: dict[str, dict[str, object]] = {
    "plain": {},
    "linear": {"method": "linear"},
    "cubic, shaking": {"method": "cubic", "sigma": 0.6, "seed": 11},
    "hold": {"method": "hold"},
    "on twos": {"boil": 0.4, "boil_step": 2},
    "a cycle on threes": {"boil": 0.5, "boil_step": 3, "boil_cycle": 4, "seed": 5},
    "shake held": {"sigma": 0.8, "stepped": True},
    "loop": {"loop": True, "method": "circular", "boil": 0.2, "boil_cycle": 3},
    "heavy and soft": {"line_weight": 0.8, "softness": 1.5, "pin": 0.3},
    "colour": {"colour": (0.8, 0.3, 0.1, 0.7), "opacity": 0.6},
    "as drawn": {"ink": "drawing"},
    "transformed": {
        "transform_weight": 0.4,
        "transform_x": 0.1,
        "transform_y": -0.1,
        "transform_scale": -0.3,
        "transform_rotation": 0.6,
    },
}
BAKES: dict[str, dict[str, object]] = {
    "eight bits": {"colour": (0.8, 0.3, 0.1, 0.7), "bake_depth": "8"},
    "sixteen bits": {"boil": 0.4, "bake_depth": "16"},
    "linear": {"ink": "drawing", "bake_format": "exr"},
}


def make(folder: Path) -> None:
    """The files, and what they look like here."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, kinds in zip(FILES, (KINDS, BAKES), strict=True):
        _afresh()
        for number, settings in enumerate(kinds.values()):
            _doodle(number, settings)
        _stage(len(kinds))
        path = folder / name
        bpy.ops.wm.save_as_mainfile(filepath=str(path), check_existing=False)
        if kinds is BAKES:
            for ob in _doodles():
                bpy.context.view_layer.objects.active = ob
                assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
            bpy.ops.wm.save_mainfile()
        _afresh()
        bpy.ops.wm.open_mainfile(filepath=str(path))
        for _ in _rendered(path.stem, folder / "made"):
            pass


def compare(folder: Path) -> int:
    """How many frames differ by more than one step of 255."""
    wrong = 0
    for name in FILES:
        _afresh()
        bpy.ops.wm.open_mainfile(filepath=str(folder / name))
        for path in _rendered(Path(name).stem, folder / bpy.app.version_string.replace(" ", "_")):
            here, there = _seen(path), _seen(folder / "made" / path.name)
            off = float(np.abs(here - there).max())
            wrong += off > 1.0
            print(f"{bpy.app.version_string}  {path.stem}: {off:.2f}/255, ink {there[..., 3].mean() / 2.55:.1f} %")
    print(
        f"{bpy.app.version_string}: {wrong} frames differ" if wrong else f"{bpy.app.version_string}: all frames agree"
    )
    return wrong


def _afresh() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable(ADDON, default_set=True)
    assert addon_utils.check(ADDON)[1], "the add-on did not start"


def _doodles() -> list[bpy.types.Object]:
    return sorted((ob for ob in bpy.data.objects if ob.doodle_bridge.is_doodle), key=lambda ob: ob.name)


def _doodle(number: int, settings: dict[str, object]) -> None:
    """Three drawings of two strokes, one of them blue, at its place in the rows."""
    from tests.blender.conftest import arc, pencil

    def scribble(seed: int) -> list[list[float]]:
        return (np.random.default_rng(seed).uniform(-1, 1, (20, 3)) * (1, 0, 1)).tolist()

    source = pencil(
        {frame: [arc(lift), scribble(frame + number)] for frame, lift in ((1, -1.0), (11, 0.2), (21, 1.0))},
        name=f"Drawing {number:02}",
    )
    blue = bpy.data.materials.new("Blue")
    bpy.data.materials.create_gpencil_data(blue)
    blue.grease_pencil.color = (0.0, 0.1, 0.9, 1.0)
    source.data.materials.append(blue)
    for frame in source.data.layers[0].frames:
        frame.drawing.strokes[1].material_index = 1
    assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=SIZE) == {"FINISHED"}
    ob = bpy.context.object
    ob.scale, ob.location = (1, 1, 1), (number % COLUMNS, 0, -(number // COLUMNS))
    for name, value in {"ink": "colour", **settings}.items():
        setattr(ob.doodle_bridge, name, value)


def _stage(count: int) -> None:
    """A camera that sees all planes, pixel for pixel, and a renderer that changes no number."""
    scene = bpy.context.scene
    columns, rows = min(COLUMNS, count), -(-count // COLUMNS)
    camera = bpy.data.cameras.new("Camera")
    camera.type, camera.ortho_scale = "ORTHO", max(columns, rows)
    scene.camera = bpy.data.objects.new("Camera", camera)
    scene.collection.objects.link(scene.camera)
    # A little aside: no look may fall on an edge of two triangles, where renderers choose one, both or none.
    aside = 0.3 / SIZE
    scene.camera.location = ((columns - 1) / 2 + aside, -5, -(rows - 1) / 2 + aside / 3)
    scene.camera.rotation_euler = (pi / 2, 0, 0)
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y = SIZE * columns, SIZE * rows
    render.film_transparent = True
    render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGBA"
    render.image_settings.color_depth = "16"
    scene.view_settings.view_transform = "Raw"
    # One look through the middle of each pixel: renderers of other years choose other places in it.
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", 0.01
    scene.frame_start, scene.frame_end = FRAMES[0], FRAMES[-1]


def _rendered(name: str, folder: Path) -> Iterator[Path]:
    """The open file's frames, one after the other."""
    scene = bpy.context.scene
    for frame in FRAMES:
        scene.frame_set(frame)
        path = folder / f"{name}_{frame:04}.png"
        scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True)
        yield path


def _seen(path: Path) -> np.ndarray:
    """What is seen of a picture, (h, w, 4) in 0..255: colours times alpha, for where nothing is they may be any."""
    from doodle_core.sequence import read_picture

    pixels = read_picture(path) / 257.0
    pixels[..., :3] *= pixels[..., 3:] / 255
    return pixels


def main(arguments: list[str]) -> int:
    commands: dict[str, Callable[[Path], object]] = {"make": make, "compare": compare}
    if len(arguments) != 2 or arguments[0] not in commands:
        print(__doc__)
        return 2
    try:
        return 1 if commands[arguments[0]](Path(arguments[1]).absolute()) else 0
    finally:
        addon_utils.disable(ADDON)  # bpy 4.5 hangs at exit while a handler is left


if __name__ == "__main__":
    sys.exit(main(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]))
