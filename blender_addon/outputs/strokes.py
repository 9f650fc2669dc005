"""Bake a doodle's in-betweens to Grease Pencil: strokes on a layer of their own, for an artist to go on with."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, IntProperty, StringProperty

from .. import session
from ..keyframes import keys
from ..properties import doodles, library_of, named
from ..sources import grease_pencil
from ..view import live, stacking, strokes_view
from . import shapes, stroke_data
from .frame_range import frame_range
from .palette import Palette

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from doodle_core.film import Pose

    from ..properties import DoodleSettings

__all__ = ["StrokesPlan", "bake", "make_plan"]


@dataclass(frozen=True)
class StrokesPlan:
    """What to bake: of the doodle's frames `first` to `last`, both included, every `step`-th after a key.

    `keys`: the keys' own drawings too, at their frames; without, the layer is empty there. `layer`: its name.
    """

    doodle: str
    first: int
    last: int
    step: int = 2
    keys: bool = True
    layer: str = "In-betweens"
    library: str = ""
    """With the name, see `properties.named`."""


@dataclass(frozen=True, eq=False)
class _Cel:
    """One keyframe to be: its strokes, and the way from the canvas into the layer at that frame."""

    frame: int
    kind: str
    pose: Pose | None
    later: bool
    """Whether it is nearer to the key after it."""
    heavier: float
    """Line weight, in canvas units."""
    matrix: NDArray[np.float64]
    """(4, 4): the unit square round the origin, y up, into the layer."""
    thinner: float
    """What a radius in canvas units is multiplied with for Blender to draw it as wide as it is."""
    less: float
    """What is then taken from it: the layer adds it again."""


def make_plan(
    context: bpy.types.Context,
    ob: bpy.types.Object,
    *,
    frames: tuple[int, int] | None = None,
    step: int = 2,
    keys: bool = True,
    layer: str = "In-betweens",
) -> StrokesPlan:
    """The plan for the doodle `ob`; frames that are not given come from its settings. Raises DoodleError when there is
    nothing to bake."""
    from doodle_core.errors import DoodleError

    settings = ob.doodle_bridge
    if not settings.is_doodle:
        raise DoodleError(f"'{ob.name}' is not a doodle: select one, or make it with New Doodle")
    first, last = frames or frame_range(context.scene, settings)
    if last < first:
        raise DoodleError(f"frames {first}-{last} end before they start: give the first frame first")
    if step < 1:
        raise DoodleError(f"every {step}th frame is not possible: give 1 or more")
    if not layer:
        raise DoodleError("the layer has no name: give one, such as In-betweens")
    return StrokesPlan(ob.name, first, last, step, keys, layer, library_of(ob))


def bake(context: bpy.types.Context, plan: StrokesPlan) -> tuple[int, int]:
    """Put the strokes into the layer: how many in-betweens and how many keys it holds now, of the plan's frames.

    What the layer held at these frames goes; other frames and other layers stay. Nothing is changed before all strokes
    are there. Raises DoodleError where they cannot be.
    """
    from doodle_core.errors import DoodleError

    doodle = named(context.scene, plan.doodle, plan.library)
    if doodle is None:
        raise DoodleError(f"'{plan.doodle}' is no longer in the scene '{context.scene.name}'")
    settings = doodle.doodle_bridge
    target = strokes_view.drawing_of(doodle)
    if target is not None and target.name not in context.scene.objects:
        raise DoodleError(f"'{target.name}', which the in-betweens go to, is not in the scene '{context.scene.name}'")
    if target is not None and not target.is_editable:
        raise DoodleError(f"'{target.name}' is linked from another file: make it local, then bake")
    cels = list(_cels(context, plan, doodle, target))
    source = target if target is not None and target == settings.source else None
    palette = _palette(settings, target)
    coloured = source is not None or settings.ink == "drawing"
    dress = shapes.Dress(palette, _Keys(settings, source), source is not None, coloured)
    ready = [(cel, _dressed(cel, dress)) for cel in cels]  # all of it, before anything is changed
    if target is None:
        target = _new_drawing(context, doodle)
    palette.complete(target)
    layer = _layer(target, settings, plan.layer)
    for number in [frame.frame_number for frame in layer.frames if plan.first <= frame.frame_number <= plan.last]:
        layer.frames.remove(number)
    for cel, strokes in ready:
        stroke_data.write(layer, cel.frame, cel.kind, strokes)
    target.data.update_tag()
    kinds = [cel.kind for cel in cels if cel.pose is not None]
    return kinds.count("BREAKDOWN"), kinds.count("KEYFRAME")


def _cels(
    context: bpy.types.Context, plan: StrokesPlan, doodle: bpy.types.Object, target: bpy.types.Object | None
) -> Generator[_Cel, None, None]:
    """The keyframes that the layer gets. The scene's frame changes on the way, and is put back."""
    scene = context.scene
    now, part = scene.frame_current, scene.frame_subframe
    shown: _Cel | None = None
    anchor, on_key = plan.first, -1
    # A drawing's own in-betweens lie in its plane; others where the picture is, before those of other doodles.
    lift = 0.0 if target is not None and target == doodle.doodle_bridge.source else stacking.lift(doodle)
    with live.paused(), grease_pencil.shown(context, doodle), grease_pencil.shown(context, target or doodle):
        try:
            for frame in range(plan.first, plan.last + 1):
                scene.frame_set(frame)
                ob = _evaluated(context, doodle)
                request = keys.frame_request(ob, frame)
                key = session.get().key_at(request)
                if key is not None and key != on_key:
                    anchor = frame
                new_key, on_key = key is not None and key != on_key, -1 if key is None else key
                if (frame - anchor) % plan.step:
                    continue
                pose = None if key is not None and not plan.keys else session.get().pose(request)
                way = _way(ob, lift, target, doodle.doodle_bridge.strokes_layer, context)
                kind = "KEYFRAME" if new_key else "BREAKDOWN"
                cel = _Cel(frame, kind, pose, request.position % 1 >= 0.5, request.line_weight / 64, *way)
                if shown is None or new_key or not _same(shown, cel):
                    shown = cel
                    yield cel
        finally:
            scene.frame_set(now, subframe=part)


def _evaluated(context: bpy.types.Context, ob: bpy.types.Object) -> bpy.types.Object:
    """An object as the current frame has it. Raises DoodleError where Blender does not evaluate it."""
    from doodle_core.errors import DoodleError

    answer: bpy.types.Object = ob.evaluated_get(context.evaluated_depsgraph_get())
    if not answer.is_evaluated:
        raise DoodleError(f"'{ob.name}' is hidden in the view layer '{context.view_layer.name}': show it, then bake")
    return answer


def _same(one: _Cel, other: _Cel) -> bool:
    """Whether the drawing is held: the one that stands there goes on."""
    import numpy as np

    if one.pose is None or other.pose is None:
        return one.pose is other.pose
    a, b = one.pose.drawing, other.pose.drawing
    pairs = [(getattr(a, name), getattr(b, name)) for name in ("points", "radii", "opacities", "offsets", "shapes")]
    pairs += [(one.matrix, other.matrix), (one.heavier, other.heavier)]
    if a.colours is not None and b.colours is not None:
        pairs.append((a.colours, b.colours))
    return all(np.array_equal(*pair) for pair in pairs)


def _way(
    ob: bpy.types.Object, lift: float, target: bpy.types.Object | None, name: str, context: bpy.types.Context
) -> tuple[NDArray[np.float64], float, float]:
    """From the square of the evaluated doodle, `lift` of its side before it, into the layer `name` of `target`: matrix,
    thinner and less of a _Cel."""
    import numpy as np

    lifted = np.eye(4)
    lifted[2, 3] = lift
    square = np.array(ob.matrix_world, np.float64) @ lifted
    side = float(np.sqrt(np.linalg.norm(np.cross(square[:3, 0], square[:3, 1]))))
    if target is None:  # it will hang on the doodle, and lie on its square
        return lifted, side / max(grease_pencil.widening(ob.matrix_world), 1e-9), 0.0
    there = _evaluated(context, target)
    layer = there.data.layers.get(name)
    to_world = np.array(there.matrix_world if layer is None else grease_pencil.layer_matrix(there, layer), np.float64)
    thinner = side / max(grease_pencil.widening(there.matrix_world), 1e-9)
    return np.linalg.pinv(to_world) @ square, thinner, 0.0 if layer is None else float(layer.radius_offset)


class _Keys:
    """What the strokes of the keys look like, read once a key."""

    def __init__(self, settings: DoodleSettings, source: bpy.types.Object | None) -> None:
        self._settings, self._source = settings, source
        self._names = [] if source is None else grease_pencil.layer_names(source, settings.layer)
        self._known: dict[int, shapes.Origins] = {}

    def __call__(self, key: int) -> shapes.Origins:
        if key not in self._known:
            self._known[key] = self._read(key)
        return self._known[key]

    def _read(self, key: int) -> shapes.Origins:
        import numpy as np

        from doodle_core.drawing import Drawing

        stored = self._settings.keys[key]
        drawing = session.decode_drawing(stored.drawing)
        styles = drawing.styles if isinstance(drawing, Drawing) else np.zeros(0, np.int32)
        none = shapes.Origins(stroke_data.Looks.none(), np.zeros(0, np.int64), styles)
        if self._source is None or not isinstance(drawing, Drawing):
            return none
        owners = grease_pencil.strokes_of_shapes(self._source, self._names, stored.frame)
        if len(owners) != len(drawing):  # drawn anew since the key was made
            return none
        return shapes.Origins(stroke_data.looks_of(self._source, self._names, stored.frame), owners, styles)


def _dressed(cel: _Cel, dress: shapes.Dress) -> stroke_data.LayerStrokes:
    """A cel's strokes in the layer's space, looking as those that they come from."""
    import numpy as np

    def widths(radii: NDArray[np.floating]) -> NDArray[np.floating]:
        heavier = np.where(radii > 0, np.maximum(radii + cel.heavier, 0.0), 0.0)
        return np.maximum(heavier * cel.thinner - cel.less, 0.0)

    return stroke_data.nothing() if cel.pose is None else shapes.dressed(cel.pose, cel.later, dress, cel.matrix, widths)


def _palette(settings: DoodleSettings, target: bpy.types.Object | None) -> Palette:
    """The slots that strokes go into; of a drawing that is yet to be made, its one ink."""
    return Palette.of(target) if target is not None else Palette.of_ink(tuple(settings.colour))


def _layer(target: bpy.types.Object, settings: DoodleSettings, name: str) -> Any:
    """The doodle's own layer of in-betweens, called `name` if nothing else is. An artist's layer is never taken."""
    layers = target.data.layers
    layer = layers.get(settings.strokes_layer) if settings.strokes_layer else None
    if layer is None:
        chosen = grease_pencil.layer_names(target, settings.layer if target == settings.source else "")
        layer = layers.new(name)  # Blender appends a number where the name is taken
        layer.use_lights = layers[chosen[0]].use_lights if chosen else False
    elif layer.name != name:
        layer.name = name
    settings.strokes_layer = layer.name
    return layer


def _new_drawing(context: bpy.types.Context, doodle: bpy.types.Object) -> bpy.types.Object:
    """A Grease Pencil object that lies on the doodle's plane and goes with it, with ink of the doodle's colour."""
    pencils = bpy.data.grease_pencils_v3 if hasattr(bpy.data, "grease_pencils_v3") else bpy.data.grease_pencils
    name = f"{doodle.name} In-betweens"
    ob = bpy.data.objects.new(name, pencils.new(name))
    ink = bpy.data.materials.new(name)
    bpy.data.materials.create_gpencil_data(ink)
    ink.grease_pencil.color = ink.grease_pencil.fill_color = doodle.doodle_bridge.colour
    ob.data.materials.append(ink)
    for collection in doodle.users_collection or (context.scene.collection,):
        collection.objects.link(ob)
    ob.parent = doodle
    return ob


def doodle_of(context: bpy.types.Context) -> bpy.types.Object | None:
    """The active doodle, or the one whose drawing is active."""
    ob = context.object
    if ob is None or ob.doodle_bridge.is_doodle:
        return ob
    if not grease_pencil.is_grease_pencil(ob):
        return None
    found = [one for one in doodles(context.scene.objects) if strokes_view.drawing_of(one) == ob]
    return next((one for one in found if one.doodle_bridge.strokes_view), found[0] if found else None)


class DOODLE_BRIDGE_OT_bake_strokes(bpy.types.Operator):
    """Write the in-betweens as Grease Pencil strokes."""

    bl_idname = "doodle_bridge.bake_strokes"
    bl_label = "Bake to Grease Pencil"
    bl_description = (
        "Write the in-betweens as Grease Pencil strokes, on a layer of their own beside the drawing: breakdowns "
        "to go on with by hand"
    )
    bl_options = {"REGISTER", "UNDO"}

    step: IntProperty(
        name="Every",
        description="Frames from one drawing to the next, counted from each key: 2 is on twos",
        default=2,
        min=1,
        soft_max=12,
    )
    keys: BoolProperty(
        name="Keys", description="Copy the keys' own drawings into the layer, too, as ordinary keyframes", default=True
    )
    layer: StringProperty(
        name="Layer", description="Name of the layer that holds the in-betweens", default="In-betweens"
    )
    show: BoolProperty(
        name="Show Only In-Betweens",
        description="Hide the doodle's plane and the drawing's other layers; Show Doodle brings them back",
        default=True,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if doodle_of(context) is None:
            cls.poll_message_set("Select a doodle first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        doodle = doodle_of(context)
        assert doodle is not None  # poll
        if context.object is not None and context.object.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        try:
            plan = make_plan(context, doodle, step=self.step, keys=self.keys, layer=self.layer)
            between, on_keys = bake(context, plan)
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if self.show:
            strokes_view.show_strokes(context, doodle, alone=self.keys)
        line = rpt_("{} in-betweens and {} keys in layer '{}'")
        self.report({"INFO"}, line.format(between, on_keys, doodle.doodle_bridge.strokes_layer))
        return {"FINISHED"}


class _ViewOperator(bpy.types.Operator):
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        doodle = doodle_of(context)
        if doodle is None or not doodle.doodle_bridge.strokes_layer or strokes_view.drawing_of(doodle) is None:
            cls.poll_message_set("Bake the doodle to Grease Pencil first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        doodle = doodle_of(context)
        assert doodle is not None  # poll
        self.show(context, doodle)
        return {"FINISHED"}


class DOODLE_BRIDGE_OT_show_doodle(_ViewOperator):
    """Show the doodle's plane again, and the drawing as it was before its in-betweens were shown; they stay"""

    bl_idname = "doodle_bridge.show_doodle"
    bl_label = "Show Doodle"
    show = staticmethod(strokes_view.show_doodle)


class DOODLE_BRIDGE_OT_show_strokes(_ViewOperator):
    """Show the baked in-betweens instead of the doodle's plane and the drawing's other layers"""

    bl_idname = "doodle_bridge.show_strokes"
    bl_label = "Show In-Betweens"
    show = staticmethod(strokes_view.show_strokes)


CLASSES = (DOODLE_BRIDGE_OT_bake_strokes, DOODLE_BRIDGE_OT_show_doodle, DOODLE_BRIDGE_OT_show_strokes)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
