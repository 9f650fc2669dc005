"""An animation is rendered from the window while somebody works on: every picture is that of its frame, and Blender
lives. In a real Blender:

    blender --factory-startup --python tests/window/render_and_scrub.py -- FILE.blend OUT [--wheels DIR]

While it renders, Blender keeps mouse and keys off the timeline, since the render counts with the scene's own frame.
What is left is another scene with the same doodles, which goes to other frames all the time here, and edits. FILE holds
live doodles and a camera, as `python -m tests.blender.versions make` makes it. The same frames are rendered once more
with nobody at the mouse, and compared, number by number.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import bpy

_arguments = argparse.ArgumentParser()
_arguments.add_argument("file", type=Path)
_arguments.add_argument("output", type=Path)
_arguments.add_argument("--wheels", default="")
options = _arguments.parse_args(sys.argv[sys.argv.index("--") + 1 :])
sys.path[:0] = [str(Path(__file__).parents[2]), *filter(None, [options.wheels])]

import addon_utils  # noqa: E402

addon_utils.enable("blender_addon", default_set=True)

import numpy as np  # noqa: E402

from blender_addon import session  # noqa: E402
from blender_addon.keyframes import keys  # noqa: E402
from blender_addon.properties import doodles  # noqa: E402
from blender_addon.view import live, plane  # noqa: E402
from doodle_core.sequence import read_picture  # noqa: E402
from tests.window import driver  # noqa: E402

FRAMES = 26
finished: list[str] = []


def _done(*_: object) -> None:
    finished.append("done")


def film() -> None:
    bpy.ops.wm.open_mainfile(filepath=str(options.file))
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, FRAMES
    scene.render.image_settings.file_format = "PNG"
    for name in ("render_complete", "render_cancel"):
        getattr(bpy.app.handlers, name).append(_done)


def rendered(folder: Path) -> dict[str, np.ndarray]:
    return {path.name: read_picture(path) for path in sorted(folder.glob("*.png"))}


def assert_shown() -> None:
    """The window is back at its own frame, and so are the planes."""
    scene, depsgraph = bpy.context.scene, bpy.context.evaluated_depsgraph_get()
    for ob in doodles():
        image = plane.shown_image(ob)
        pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
        image.pixels.foreach_get(pixels)
        wanted = session.render(keys.frame_request(ob.evaluated_get(depsgraph), scene.frame_current_final))
        assert np.abs(pixels.reshape(wanted.shape)[::-1] - wanted).max() < 1e-5, ob.name


def steps() -> Iterator[float]:
    film()
    yield 1.0
    scene, dice = bpy.context.scene, random.Random(3)
    other = bpy.data.scenes.new("Other")
    for ob in scene.collection.all_objects:
        other.collection.objects.link(ob)
    driver.area().spaces.active.shading.color_type = "TEXTURE"  # the window draws the doodles' images all the while
    driver.area().spaces.active.region_3d.view_perspective = "CAMERA"
    for lock, persistent in ((False, False), (False, True)):
        folder = options.output / f"scrubbed {persistent}"
        scene.render.use_lock_interface, scene.render.use_persistent_data = lock, persistent
        scene.render.filepath = str(folder / "####.png")
        finished.clear()
        with driver.inside():
            bpy.ops.render.render("INVOKE_DEFAULT", animation=True)
        dragged = 0
        while not finished:
            yield 0.02
            if not bpy.app.is_job_running("RENDER"):
                continue
            dragged += 1
            driver.area().tag_redraw()
            to = dice.randint(1, FRAMES)
            if dragged % 2:
                other.frame_current = to
            else:
                other.frame_set(to)
            if dragged % 7 == 0:  # an edit that no picture shows, but that Blender evaluates
                doodles()[0].doodle_bridge.active_key = dragged % 2
        yield 1.0
        while any(map(bpy.app.timers.is_registered, (live._draw_anew, live.catch_up))):  # one doodle after the other
            yield 0.5
        scrubbed = rendered(folder)
        assert len(scrubbed) == FRAMES, sorted(scrubbed)
        assert dragged > 10, "frames were changed meanwhile"
        assert_shown()
        alone = options.output / f"alone {persistent}"
        scene.render.filepath = str(alone / "####.png")
        bpy.ops.render.render(animation=True)
        yield 1.0
        for name, pixels in rendered(alone).items():
            off = np.abs(pixels.astype(int) - scrubbed[name].astype(int)).max()
            assert off == 0, f"{name} differs by {off}"
        different = {pixels.tobytes() for pixels in scrubbed.values()}
        assert len(different) > FRAMES // 2, "the film moves"
        kept = " with persistent data" if persistent else ""
        print(
            f"{FRAMES} frames rendered{kept} while another scene was taken to {dragged} frames: all right", flush=True
        )


driver.run(steps())
