"""In-betweens are corrected by hand, in a real Blender: doubt is seen, a link is drawn with the mouse, an in-between
becomes a key, spacing is set, a film is exported; a picture at each step.

    blender --factory-startup --enable-event-simulate -p 0 0 1600 1000 \\
            --python tests/window/correcting.py -- OUT [--wheels DIR]

What each step should have done is checked, and the pictures in OUT are those of the guide; `tour.py` beside this says
what the options are. A dancer swings both arms to one side, and nothing in the two drawings says which of them is the
upper one then.
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

from tests.window import driver  # noqa: E402
from tests.window.driver import Point, click, grab  # noqa: E402
from tests.window.hand import bow, button, draw, ring  # noqa: E402

HEAD, TRUNK = ring(0, 150, 52, 58), bow((0, 90), (6, 20), (0, -60))
OPEN = [
    HEAD,
    TRUNK,
    bow((0, 70), (-90, 60), (-170, 20)),
    bow((0, 70), (90, 60), (172, 22)),
    bow((0, -60), (-30, -130), (-60, -215)),
    bow((0, -60), (30, -130), (62, -214)),
]
SWUNG = [
    HEAD,
    TRUNK,
    bow((0, 70), (90, 40), (170, -10)),
    bow((0, 70), (90, 120), (160, 170)),
    bow((0, -60), (-20, -130), (-40, -215)),
    bow((0, -60), (25, -130), (80, -214)),
]
LEFT, RIGHT = 2, 3  # of the arms, among the shapes of either key
MIDDLE = 7  # a frame between the keys, which stand at 1 and 13


def correcting(out: Path) -> Iterator[float | None]:
    picture = Pictures(out)
    yield from dancer()
    settings = bpy.context.object.doodle_bridge
    bpy.context.scene.frame_set(MIDDLE)
    overlay = bpy.context.scene.doodle_bridge_overlay
    overlay.doubt = True
    yield 4
    assert partner(LEFT) == RIGHT, "the left arm goes over the other"
    assert doubtful() > 0
    yield from picture("doubt")

    with driver.inside():
        bpy.ops.doodle_bridge.draw_links("INVOKE_DEFAULT")
    yield 1
    start, goal = on_screen(0, LEFT), on_screen(1, LEFT)
    driver.event("MOUSEMOVE", "NOTHING", start)
    driver.event("LEFTMOUSE", "PRESS", start)
    for share in (0.25, 0.5, 0.75, 1.0):
        driver.event("MOUSEMOVE", "NOTHING", tuple(a + (b - a) * share for a, b in zip(start, goal, strict=True)))
        yield 0.3
    yield from picture("drag")
    driver.event("LEFTMOUSE", "RELEASE", goal)
    yield 2
    assert partner(LEFT) == LEFT and partner(RIGHT) == RIGHT, "one link is enough for both arms"
    assert [one.kind for one in settings.corrections] == ["link"]
    driver.press("Z", goal, ctrl=True)
    yield 2
    settings = bpy.context.object.doodle_bridge
    assert not settings.corrections and partner(LEFT) == RIGHT, "taken back"
    driver.press("Z", goal, ctrl=True, shift=True)
    yield 2
    settings = bpy.context.object.doodle_bridge
    assert len(settings.corrections) == 1 and partner(LEFT) == LEFT, "and done once more"
    driver.press("ESC", goal)
    yield 1
    yield from picture("linked")

    overlay = bpy.context.scene.doodle_bridge_overlay
    overlay.onion = overlay.arcs = True
    overlay.as_drawing, overlay.before, overlay.after = False, 3, 3
    yield 4
    yield from picture("onion_skin_and_arcs")

    with driver.inside():
        assert bpy.ops.doodle_bridge.make_key(favouring=-40) == {"FINISHED"}
    yield 3
    doodle = bpy.context.object
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, MIDDLE, 13]
    assert partner(partner(LEFT, 4), 10) == LEFT, "its lines know their partners on both sides"
    yield from picture("breakdown")

    with driver.inside():
        assert bpy.ops.doodle_bridge.space(chart="slow_both", frames=1, span="all") == {"FINISHED"}
    yield 4
    yield from picture("spacing")

    for kind, ending in (("svg", "svg"), ("lottie", "json"), ("sheet", "png")):
        path = out / f"dancer.{ending}"
        with driver.inside():
            assert bpy.ops.doodle_bridge.export(filepath=str(path), kind=kind, span="keys") == {"FINISHED"}
        assert path.stat().st_size > 1000, path
        yield 0.5
    print("corrected and exported", flush=True)


def dancer() -> Iterator[float | None]:
    """Draw both poses, and make a doodle of them."""
    bpy.ops.wm.read_homefile(app_template="2D_Animation", load_ui=True)
    yield 2
    addon_utils.enable("blender_addon", default_set=True)
    view = driver.area()
    view.spaces.active.shading.type = "SOLID"
    view.spaces.active.show_region_ui = True
    bpy.context.scene.frame_end = 24
    yield 1
    driver.region("UI").active_panel_category = "Doodle"
    yield 1.5
    yield from draw(OPEN)
    click(button(91))  # Next Drawing
    yield 1.5
    yield from draw(SWUNG)
    assert [len(one.drawing.strokes) for one in bpy.context.object.data.layers["Lines"].frames] == [6, 6]
    with driver.inside():
        assert bpy.ops.doodle_bridge.from_grease_pencil(output="strokes") == {"FINISHED"}
        bpy.ops.ed.undo_push(message="New Doodle")  # as a press of its button does
    yield 4
    assert bpy.context.object.doodle_bridge.is_doodle


def partner(shape: int, frame: int = MIDDLE) -> int:
    """The shape of the key after that a shape of the key before becomes, at a frame."""
    from blender_addon import session
    from blender_addon.overlay import content

    scene = bpy.context.scene
    seen = content.Scene(bpy.context.object, scene, scene.doodle_bridge_overlay)
    pose = session.get().pose(seen.timed.at(frame))
    return dict(pose.origins.tolist())[shape]


def doubtful() -> int:
    """Shapes in doubt, as the panel counts them."""
    from blender_addon.overlay import confidence

    return sum(one.doubtful for one in confidence.fresh(bpy.context.object).values())


def on_screen(key: int, shape: int, along: float = 0.6) -> Point:
    """Where a shape of a key is in the window."""
    import numpy as np

    from blender_addon.keyframes import correcting as corrections
    from blender_addon.overlay import lines
    from blender_addon.overlay.pointing import View
    from blender_addon.view import hanging

    region = driver.region()
    seen = np.array(driver.area().spaces.active.region_3d.perspective_matrix)
    view = View(seen @ hanging.square_of(bpy.context.object), region.width, region.height)
    drawing = corrections.drawing_of(bpy.context.object.doodle_bridge, key)
    points = drawing.select([shape]).points
    (place,) = view.project(lines.on(drawing, [points[round(along * (len(points) - 1))]]))
    return region.x + float(place[0]), region.y + float(place[1])


class Pictures:
    """Numbered pictures of the view and its sidebar, small enough for a guide."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0

    def __call__(self, name: str) -> Iterator[float | None]:
        from blender_addon.overlay.building import workshop

        # What is asked for at a redraw is made after it, and what is on the screen is one redraw old.
        for _ in range(3):
            driver.area().tag_redraw()
            yield 1
            while workshop.busy:
                yield 0.3
        self.count += 1
        area, height = driver.area(), driver.window().height
        box = (area.x, height - area.y - area.height, area.x + area.width, height - area.y)
        grab(self.folder / f"{self.count:02}_{name}.png", box, colours=200)
        print(f"step {self.count}: {name}", flush=True)


driver.run(correcting(options.output))
