"""From an empty window to a film, as an animator does it, in a real Blender; a picture at each step.

    blender --factory-startup --enable-event-simulate -p 0 0 1600 1000 \\
            --python tests/window/tour.py -- OUT [--wheels DIR]

Strokes are drawn with the mouse and buttons are pressed with it. What each step should have done is checked, and the
pictures in OUT are those of the guide. On a machine without a screen put `xvfb-run -s "-screen 0 1600x1000x24"` before
it. `--wheels` names a folder with onnxruntime and the other libraries for a Blender whose Python does not have them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import bpy

_CHECKOUT = Path(__file__).parents[2]
_arguments = argparse.ArgumentParser()
_arguments.add_argument("output", type=Path)
_arguments.add_argument("--wheels", default="")
options = _arguments.parse_args(sys.argv[sys.argv.index("--") + 1 :])
sys.path[:0] = [str(_CHECKOUT), *filter(None, [options.wheels])]

import addon_utils  # noqa: E402

from blender_addon.outputs import bake  # noqa: E402
from tests.window import driver  # noqa: E402
from tests.window.driver import click  # noqa: E402
from tests.window.hand import Pictures, bow, button, draw, ring, scroll, scrub  # noqa: E402

CROUCH = [
    ring(0, -60, 150, 105),
    ring(-45, -30, 9, 13, 10),
    ring(45, -32, 9, 13, 10),
    bow((-50, -85), (0, -120), (52, -84)),
    bow((-145, -70), (-190, -120), (-205, -160)),
    bow((146, -72), (190, -120), (208, -158)),
    bow((-70, -155), (-110, -190), (-70, -215)),
    bow((72, -154), (112, -192), (74, -216)),
]
JUMP = [
    ring(0, 70, 96, 158),
    ring(-30, 130, 10, 18, 10),
    ring(32, 128, 10, 18, 10),
    bow((-36, 60), (0, 18), (38, 62)),
    bow((-92, 100), (-160, 160), (-185, 240)),
    bow((94, 98), (160, 160), (188, 238)),
    bow((-40, -76), (-50, -140), (-58, -195)),
    bow((42, -74), (50, -140), (62, -196)),
]
LAND = [
    ring(10, -20, 128, 122),
    ring(-30, 25, 9, 15, 10),
    ring(52, 22, 9, 15, 10),
    bow((-38, -35), (10, -75), (62, -36)),
    bow((-112, 0), (-190, 20), (-235, 60)),
    bow((134, -2), (200, 20), (250, 62)),
    bow((-50, -132), (-90, -170), (-120, -212)),
    bow((70, -132), (100, -170), (135, -213)),
]


def tour(out: Path) -> Iterator[float | None]:
    step = Pictures(out)
    bpy.ops.wm.read_homefile(app_template="2D_Animation", load_ui=True)
    yield 2
    addon_utils.enable("blender_addon", default_set=True)
    view = driver.area()
    view.spaces.active.shading.type = "SOLID"
    view.spaces.active.show_region_ui = True
    bpy.context.scene.frame_end = 48
    yield 1
    driver.region("UI").active_panel_category = "Doodle"
    yield 1.5
    step("start")

    yield from draw(CROUCH)
    step("first_drawing")
    for pose in (JUMP, LAND):
        click(button(91))  # Next Drawing
        yield 1.5
        yield from draw(pose)
    source = bpy.context.object
    frames = [frame.frame_number for frame in source.data.layers["Lines"].frames]
    assert frames == [1, 13, 25], frames
    assert [len(f.drawing.strokes) for f in source.data.layers["Lines"].frames] == [8, 8, 8]
    step("three_drawings")

    click(button(118))  # New Doodle from Grease Pencil
    yield 5
    doodle = bpy.context.object
    settings = doodle.doodle_bridge
    assert settings.is_doodle and len(settings.keys) == 3, doodle.name
    assert source.hide_viewport
    step("new_doodle")

    assert driver.area("DOPESHEET_EDITOR").spaces.active.mode == "DOPESHEET"
    scrub(25, 7)
    yield 4
    assert bpy.context.scene.frame_current == 7, bpy.context.scene.frame_current
    step("in_between")

    # The preset's script, as its menu runs it
    (presets,) = bpy.utils.preset_paths("doodle_bridge/motion")
    with driver.inside():
        bpy.ops.script.execute_preset(
            filepath=str(Path(presets) / "Line_Boil_on_Twos.py"), menu_idname="DOODLE_BRIDGE_PT_motion_presets"
        )
    scroll(12)
    yield 2
    assert settings.boil == 0.25
    step("line_boil")

    film = [picture(doodle, frame) for frame in range(1, 26)]
    save_film(out / "film.gif", film)
    yield 1

    bpy.ops.wm.save_as_mainfile(filepath=str(out / "tour.blend"))
    bpy.context.scene.frame_end = 240
    _settings().size = 1024
    scroll(60)
    yield 1.5
    with driver.inside():
        bpy.ops.doodle_bridge.bake("INVOKE_DEFAULT")
    yield 6
    step("baking")
    assert bake.running() is not None
    with driver.inside():
        bpy.ops.doodle_bridge.bake("INVOKE_DEFAULT")  # a second press stops it
    yield 2
    assert bake.running() is None and 1 < len(list(out.rglob("*.png"))) - step.count < 240
    _settings().size = 256
    bpy.context.scene.frame_end = 25
    yield 1
    with driver.inside():
        bpy.ops.doodle_bridge.bake("INVOKE_DEFAULT")
    while bake.running() is not None or not _settings().is_baked:
        yield 1
    scrub(7, 10)
    yield 2
    step("baked")
    scroll(-60)
    yield 1
    with driver.inside():
        bpy.ops.doodle_bridge.free_bake()
        _settings().boil = _settings().sigma = 0.0
        bpy.ops.doodle_bridge.bake_strokes()
    yield 1
    scrub(10, 7)
    yield 4
    step("strokes")


def _settings() -> object:
    """Those of the doodle that is shown: a bake makes a plane of strokes, and one that is stopped strokes again."""
    return bpy.context.object.doodle_bridge


def picture(doodle: bpy.types.Object, frame: int) -> object:
    """The doodle's picture at a frame: (h, w, 4) float32, first row on top."""
    from dataclasses import replace

    from blender_addon import session
    from blender_addon.keyframes import keys

    bpy.context.scene.frame_set(frame)
    request = keys.frame_request(doodle.evaluated_get(bpy.context.evaluated_depsgraph_get()), frame)
    return session.render(replace(request, size=512))


def save_film(path: Path, frames: list) -> None:
    """A GIF of the ink, black on white, there and back again."""
    import numpy as np
    from PIL import Image

    pictures = [Image.fromarray(np.rint(255 * (1 - one[..., 3])).astype(np.uint8)).resize((320, 320)) for one in frames]
    pictures += pictures[-2:0:-1]
    pictures = [one.quantize(16) for one in pictures]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=42, loop=0, optimize=True)


driver.run(tour(options.output))
