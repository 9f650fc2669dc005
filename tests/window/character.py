"""A filled, coloured character becomes a doodle of live strokes, in a real Blender; a picture at each step.

    blender --factory-startup --enable-event-simulate -p 0 0 1600 1000 \\
            --python tests/window/character.py -- OUT [--wheels DIR]

The fox of the demo, 235 lines and 95 areas on two layers. What each step should have done is checked, and the pictures
in OUT are those of the guide; `tour.py` beside this says what the options are.
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

from examples import character, pencil  # noqa: E402
from tests.window import driver  # noqa: E402
from tests.window.driver import grab  # noqa: E402

SIDE = 4.0  # metres: the canvas of the fox
KEYS = (1, 13, 25, 37)


def tour(out: Path) -> Iterator[float | None]:
    bpy.ops.wm.read_homefile(app_template="2D_Animation", load_ui=True)
    yield 2
    addon_utils.enable("blender_addon", default_set=True)
    view = driver.area()
    view.spaces.active.shading.type = "SOLID"
    view.spaces.active.show_region_ui = True
    scene = bpy.context.scene
    scene.frame_end = KEYS[-1]
    bpy.data.objects.remove(bpy.context.object)
    source = pencil.new("Fox", None, scene)
    pencil.materials(source, character.MATERIALS)
    pencil.paint(source, character.LAYERS, SIDE, dict(zip(KEYS, character.keys(), strict=False)))
    source.location.z = -SIDE / 2
    bpy.context.view_layer.objects.active = source
    source.select_set(True)
    scene.frame_set(KEYS[1])
    yield 1
    driver.region("UI").active_panel_category = "Doodle"
    yield 2
    drawn = [len(layer.frames[1].drawing.strokes) for layer in source.data.layers]
    assert sum(drawn) >= 100, drawn
    grab(out / "11_character.png")

    with driver.inside():
        bpy.ops.doodle_bridge.from_grease_pencil()
    yield 12
    doodle = bpy.context.object
    settings = doodle.doodle_bridge
    assert settings.is_doodle and doodle.type == "GREASEPENCIL" and len(settings.keys) == len(KEYS)
    assert [layer.name for layer in doodle.data.layers] == [layer.name for layer in source.data.layers]
    settings.method = "spherical"
    scene.frame_set((KEYS[1] + KEYS[2]) // 2)
    yield 3
    shown = [len(layer.current_frame().drawing.strokes) for layer in doodle.data.layers]
    assert sum(shown) >= 100, shown
    grab(out / "12_character_between.png")

    # As near as one likes: strokes stay strokes.
    view.spaces.active.region_3d.view_camera_zoom = 80
    view.spaces.active.region_3d.view_camera_offset = (0.0, 0.05)
    yield 3
    grab(out / "13_character_near.png")


driver.run(tour(options.output))
