"""Ten thousand frames on the timeline take no more memory than the first thousand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import bpy
import pytest

from tests.blender import child
from tests.blender.conftest import arc

FRAMES, WARM, LIMIT = 10_000, 1_000, 20.0

SCRUB = """
import random
from pathlib import Path
from blender_addon import session
from blender_addon.keyframes import keys
from blender_addon.properties import doodles
from blender_addon.view import plane
bpy.ops.wm.open_mainfile(filepath=given["file"])
PAGE = __import__("os").sysconf("SC_PAGE_SIZE")
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 2**20
scene, dice, curve = bpy.context.scene, random.Random(7), []
for number in range(given["frames"] + 1):
    if number % 500 == 0:
        curve.append([number, round(resident(), 2)])
    scene.frame_set(dice.randint(-5, 70), subframe=dice.choice((0.0, 0.5)))
    if given["kind"] == "swapped":  # as renders with persistent data do: each picture in the other image
        depsgraph = bpy.context.evaluated_depsgraph_get()
        for ob in doodles():
            request = keys.frame_request(ob.evaluated_get(depsgraph), scene.frame_current_final)
            plane.write(ob, session.render(request), other=True)
    elif given["kind"] == "edited":  # a setting and the size change, and the add-on draws each again
        ob = dice.choice(doodles())
        ob.doodle_bridge.line_weight = dice.random()
        ob.doodle_bridge.size = dice.choice((64, 80, 96))
        bpy.context.view_layer.update()
answer(curve)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is counted by Linux here")
@pytest.mark.parametrize("kind", ["plain", "swapped", "edited"])
def test_it_stays_flat(kind: str, make_doodle: Callable[..., bpy.types.Object], tmp_path: Path) -> None:
    """Doodles that stand, shake and loop, with animated shaking."""
    for number, (method, ink) in enumerate((("spherical", "colour"), ("cubic", "drawing"), ("linear", "colour"))):
        doodle = make_doodle({1: [arc(-1.0)], 20: [arc(0.2 * number)], 40: [arc(1.0, 0.3)], 60: [arc(-0.5)]}, size=64)
        settings = doodle.doodle_bridge
        settings.method, settings.ink, settings.loop = method, ink, number == 2
        settings.seed, settings.boil_step = number, 2
        for frame, value in ((1, 0.0), (30, 1.0), (60, 0.3)) if number else ():
            settings.sigma, settings.boil = value, value / 2
            doodle.keyframe_insert("doodle_bridge.sigma", frame=frame)
            doodle.keyframe_insert("doodle_bridge.boil", frame=frame)
    file = tmp_path / "film.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    frames = FRAMES if kind == "plain" else FRAMES // 4
    curve = child.run(SCRUB, {"file": str(file), "frames": frames, "kind": kind})
    print(kind, curve, file=sys.stderr)
    after = [memory for number, memory in curve if number >= WARM]
    assert max(after) - after[0] <= LIMIT, curve
