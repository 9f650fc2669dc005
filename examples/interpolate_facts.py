"""What Blender's *Interpolate Sequence* does, found out by running it. It needs a window, since the operator does:

    blender --python examples/interpolate_facts.py

Prints one line for each finding, and quits. `interpolate` runs the operator for other scripts.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import bpy
import numpy as np

if __name__ == "__main__":  # Blender knows neither the folder of a script nor the checkout
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from examples import pencil
from examples.walker import Line, Points

__all__ = ["in_view", "interpolate", "points_of"]

FIRST, MIDDLE, LAST = 1, 6, 11

# Blender starts an operator with what it was run with last: every run here names all that matters.
DEFAULTS: dict[str, Any] = {
    "step": 1,
    "layers": "ACTIVE",
    "exclude_breakdowns": False,
    "use_selection": False,
    "flip": "AUTO",
    "smooth_steps": 1,
    "smooth_factor": 0.0,
    "type": "LINEAR",
    "easing": "EASE_IN_OUT",
}


def interpolate(ob: bpy.types.Object, frame: int, **options: Any) -> set[str]:
    """Run *Interpolate Sequence* on `ob` at `frame`, as from the menu of its edit mode."""
    with in_view(ob, "EDIT"):
        bpy.context.scene.frame_set(frame)
        return set(bpy.ops.grease_pencil.interpolate_sequence("EXEC_DEFAULT", True, **{**DEFAULTS, **options}))


@contextmanager
def in_view(ob: bpy.types.Object, mode: Literal["OBJECT", "EDIT"]) -> Iterator[None]:
    """The 3D viewport as context, with `ob` alone selected and in `mode`; back in object mode afterwards."""
    windows = bpy.context.window_manager.windows
    areas = [(window, area) for window in windows for area in window.screen.areas if area.type == "VIEW_3D"]
    if not areas:
        raise SystemExit("interpolate_facts: Interpolate Sequence needs a 3D viewport: run Blender with its window")
    window, area = areas[0]
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        for other in bpy.context.view_layer.objects:
            other.select_set(other == ob)
        bpy.context.view_layer.objects.active = ob
        bpy.ops.object.mode_set(mode=mode)
        yield
        bpy.ops.object.mode_set(mode="OBJECT")


def points_of(layer: bpy.types.GreasePencilLayer, frame: int) -> list[Points]:
    """The strokes of the drawing that shows at `frame`: each (N, 2) float32 as x, z."""
    drawing = layer.get_frame_at(frame).drawing
    flat = np.empty(3 * drawing.attributes.domain_size("POINT"), np.float32)
    drawing.attributes["position"].data.foreach_get("vector", flat)
    cuts = [offset.value for offset in drawing.curve_offsets]
    return np.split(flat.reshape(-1, 3)[:, [0, 2]], cuts[1:-1])


# --- findings: each runs the operator on a little drawing and answers one line


def unlike_counts() -> str:
    fewer = heights(between([bar(0), bar(1), bar(2)], [bar(3), bar(4)]))
    more = heights(between([bar(0), bar(1)], [bar(3), bar(4), bar(5)]))
    return f"bars at 0, 1, 2 to bars at 3, 4: half-way at {fewer}; bars at 0, 1 to bars at 3, 4, 5: half-way at {more}"


def order() -> str:
    layer = between([bar(0), bar(1)], [bar(1), bar(0)])
    return f"bars resting at 0 and 1, drawn in the other order at the second key: half-way at {heights(layer)}"


def direction() -> str:
    found = {}
    for flip in ("NONE", "AUTO", "FLIP"):
        layer = between([bar(0)], [backwards(bar(0))], flip=flip)
        found[flip] = round(width(layer), 2)
    turned = {}
    for degrees in (30, 60, 90, 120, 150):
        layer = between([spoke(0)], [backwards(spoke(degrees))])
        turned[degrees] = round(width(layer), 2)
    return f"length half-way of a bar drawn backwards at the second key, by Flip Mode {found}; turned as well {turned}"


def arcs() -> str:
    found = {degrees: round(width(between([spoke(0)], [spoke(degrees)])), 2) for degrees in (45, 90, 135, 180)}
    return f"a spoke of length 1 turned about its end by so many degrees, its length half-way: {found}"


def one_gap_a_run() -> str:
    keys = {1: [bar(0)], 11: [bar(1)], 21: [bar(2)], 31: [bar(1)]}
    found = []
    for multi_frame in (False, True):
        ob, layer = drawn(keys)
        for frame in layer.frames:
            frame.select = True
        bpy.context.scene.tool_settings.use_grease_pencil_multi_frame_editing = multi_frame
        interpolate(ob, 15)
        found.append(frames(layer))
    bpy.context.scene.tool_settings.use_grease_pencil_multi_frame_editing = False
    return f"keys at 1, 11, 21, 31, all selected, run at 15: {found[0]}; with Multiframe on: {found[1]}"


def on_a_key() -> str:
    ob, layer = drawn({1: [bar(0)], 11: [bar(1)], 21: [bar(2)]})
    interpolate(ob, 11)
    first = frames(layer)
    answer = interpolate(ob, 21)
    return f"run on the key 11 of 1, 11, 21: {first}; then on the last key: {sorted(answer)} {frames(layer)}"


def steps() -> str:
    ob, layer = drawn({1: [bar(0)], 11: [bar(1)]})
    interpolate(ob, 5, step=3)
    return f"step 3: {frames(layer)}, heights {[round(float(points_of(layer, f)[0][0, 1]), 2) for f in frames(layer)]}"


def again() -> str:
    ob, layer = drawn({1: [bar(0)], 11: [bar(1)]})
    interpolate(ob, 5)
    raise_key(layer, 11, 1.0)
    interpolate(ob, 5)
    plain = [round(float(points_of(layer, f)[0][0, 1]), 2) for f in (1, 5, 10, 11)]
    interpolate(ob, 5, exclude_breakdowns=True)
    excluded = [round(float(points_of(layer, f)[0][0, 1]), 2) for f in (1, 5, 10, 11)]
    kinds = sorted({frame.keyframe_type for frame in layer.frames})
    return (
        f"heights at 1, 5, 10, 11 after the key at 11 was raised to 2 and the operator run again: {plain}; "
        f"with Exclude Breakdowns: {excluded}; keyframe types {kinds}"
    )


def later_changes() -> str:
    ob, layer = drawn({1: [bar(0)], 11: [bar(1)]})
    interpolate(ob, 5)
    raise_key(layer, 11, 1.0)
    before = round(float(points_of(layer, 10)[0][0, 1]), 2)
    layer.frames.move(11, 21)
    shown = [round(float(points_of(layer, f)[0][0, 1]), 2) for f in (10, 11, 15, 20, 21)]
    return f"key at 11 raised to 2: height at 10 is {before}; key moved to 21: heights at 10, 11, 15, 20, 21 {shown}"


def layers() -> str:
    found = {}
    for which in ("ACTIVE", "ALL"):
        ob, _ = drawn({1: [bar(0)], 11: [bar(1)]}, "One")
        for name, keys in (("Two", (1, 21)), ("Locked", (1, 11)), ("Hidden", (1, 11))):
            pencil.draw(ob, name, {key: [bar(0)] for key in keys})
        ob.data.layers["Locked"].lock = True
        ob.data.layers["Hidden"].hide = True
        ob.data.layers.active = ob.data.layers["One"]
        interpolate(ob, 5, layers=which)
        found[which] = {layer.name: len(layer.frames) - 2 for layer in ob.data.layers}
    return f"new frames by layer: {found}"


def easing() -> str:
    found = {}
    for kind in ("LINEAR", "SINE", "CUBIC", "BACK", "BOUNCE", "ELASTIC"):
        ob, layer = drawn({1: [bar(0)], 11: [bar(1)]})
        interpolate(ob, 5, type=kind, easing="EASE_IN_OUT", **({"back": 1.702} if kind == "BACK" else {}))
        found[kind] = [round(float(points_of(layer, f)[0][0, 1]), 2) for f in (3, 6, 9)]
    return f"heights at 3, 6, 9 of a rise from 0 at 1 to 1 at 11, eased in and out: {found}"


def keys_kept() -> str:
    ob, layer = drawn({1: [bar(0), spoke(20)], 11: [bar(1), spoke(70)]})
    before = [points_of(layer, f) for f in (1, 11)]
    interpolate(ob, 5, smooth_factor=1.0, smooth_steps=3)
    after = [points_of(layer, f) for f in (1, 11)]
    same = all(np.array_equal(a, b) for x, y in zip(before, after, strict=True) for a, b in zip(x, y, strict=True))
    return f"points at the keys are the same to the bit, also with smoothing: {same}"


def attributes() -> str:
    ob, layer = drawn({1: [bar(0)], 11: [bar(1)]})
    red = bpy.data.materials.new("Red")
    bpy.data.materials.create_gpencil_data(red)
    ob.data.materials.append(red)
    for frame, colour, radius, opacity in ((1, (1, 0, 0, 1), 0.02, 1.0), (11, (0, 0, 1, 1), 0.06, 0.2)):
        stroke = layer.get_frame_at(frame).drawing.strokes[0]
        stroke.material_index, stroke.cyclic = 1, frame == 1
        for point in stroke.points:
            point.vertex_color, point.radius, point.opacity = colour, radius, opacity
    interpolate(ob, 5)
    stroke = layer.get_frame_at(MIDDLE).drawing.strokes[0]
    point = stroke.points[3]
    return (
        f"half-way: material {stroke.material_index} (1 at both keys), cyclic {stroke.cyclic} (only at the first), "
        f"colour {[round(c, 2) for c in point.vertex_color]} (red to blue), "
        f"radius {point.radius:.3f} (0.02 to 0.06), opacity {point.opacity:.2f} (1 to 0.2)"
    )


def point_counts() -> str:
    layer = between([bar(0, count=5)], [bar(1, count=40)])
    return f"5 points to 40: {len(points_of(layer, MIDDLE)[0])} points in-between"


def selection() -> str:
    ob, layer = drawn({1: [bar(0), bar(1), bar(2)], 11: [bar(3), bar(4), bar(5)]})
    for frame, chosen in ((1, 0), (11, 2)):
        for i, stroke in enumerate(layer.get_frame_at(frame).drawing.strokes):
            stroke.select = i == chosen
    interpolate(ob, 5, use_selection=True)
    return f"bars 0, 1, 2 to bars 3, 4, 5, with 0 and 5 selected: half-way at {heights(layer)}"


def undone() -> str:
    ob, _ = drawn({1: [bar(0)], 11: [bar(1)]})
    name = ob.name
    with in_view(ob, "EDIT"):
        bpy.context.scene.frame_set(5)
        bpy.ops.ed.undo_push(message="before")
        bpy.ops.grease_pencil.interpolate_sequence("EXEC_DEFAULT", True, **DEFAULTS)
        made = len(bpy.data.objects[name].data.layers[0].frames) - 2
        bpy.ops.ed.undo()
        left = len(bpy.data.objects[name].data.layers[0].frames) - 2
    return f"{made} new frames, {left} after one undo"


def speed() -> str:
    rng = np.random.default_rng(0)
    marks = [Line(rng.normal(size=(100, 2)).astype(np.float32), np.full(100, 0.02, np.float32)) for _ in range(200)]
    ob, _ = drawn({1: marks, 101: marks})
    with in_view(ob, "EDIT"):
        bpy.context.scene.frame_set(50)
        started = time.perf_counter()
        bpy.ops.grease_pencil.interpolate_sequence(**DEFAULTS)
        return f"99 frames of 200 strokes of 100 points: {1000 * (time.perf_counter() - started):.0f} ms"


def animatable() -> str:
    operator = bpy.ops.grease_pencil.interpolate_sequence.get_rna_type()  # type: ignore[call-arg]
    settings = [p.identifier for p in operator.properties if p.identifier != "rna_type"]
    return f"settings of the operator, none of them kept with the drawing: {', '.join(settings)}"


FINDINGS: tuple[Callable[[], str], ...] = (
    unlike_counts,
    order,
    direction,
    arcs,
    one_gap_a_run,
    on_a_key,
    steps,
    again,
    later_changes,
    layers,
    easing,
    keys_kept,
    attributes,
    point_counts,
    selection,
    undone,
    speed,
    animatable,
)


def drawn(drawings: Mapping[int, Sequence[Line]], layer: str = "Lines") -> tuple[bpy.types.Object, Any]:
    """A new Grease Pencil object with these keyframes, and its layer."""
    ob = pencil.new("Drawing", (0, 0, 0), bpy.context.scene)
    return ob, pencil.draw(ob, layer, drawings)


def between(first: Sequence[Line], last: Sequence[Line], **options: Any) -> Any:
    """The layer with two drawings at FIRST and LAST and what the operator puts between them."""
    ob, layer = drawn({FIRST: first, LAST: last})
    interpolate(ob, MIDDLE, **options)
    return layer


def bar(height: float, count: int = 12) -> Line:
    """A level line of length 1."""
    points = np.stack([np.linspace(0, 1, count), np.full(count, height)], axis=1)
    return Line(points.astype(np.float32), np.full(count, 0.02, np.float32))


def spoke(degrees: float) -> Line:
    """A line of length 1 from the origin."""
    points = np.linspace(0, 1, 12)[:, None] * [np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]
    return Line(points.astype(np.float32), np.full(12, 0.02, np.float32))


def backwards(line: Line) -> Line:
    return Line(line.points[::-1], line.radii[::-1])


def raise_key(layer: Any, frame: int, by: float) -> None:
    for point in layer.get_frame_at(frame).drawing.strokes[0].points:
        point.position[2] += by


def frames(layer: Any) -> list[int]:
    return [frame.frame_number for frame in layer.frames]


def heights(layer: Any) -> list[float]:
    return [round(float(stroke[:, 1].mean()), 2) for stroke in points_of(layer, MIDDLE)]


def width(layer: Any) -> float:
    """How long the first stroke half-way is, end to end."""
    stroke = points_of(layer, MIDDLE)[0]
    return float(np.hypot(*(stroke[-1] - stroke[0])))


def main() -> None:
    print(f"Blender {bpy.app.version_string}")
    for finding in FINDINGS:
        print(f"{finding.__name__.replace('_', ' ')}: {finding()}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
        sys.exit(1)  # left to itself, Blender would go on and end well
    bpy.ops.wm.quit_blender()
