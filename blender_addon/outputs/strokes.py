"""Bake a doodle's in-betweens to Grease Pencil: strokes on a layer of their own, for an artist to go on with."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, IntProperty, StringProperty

from .. import layer_keys, session
from ..keyframes import keys
from ..properties import doodles, library_of, named
from ..sources import grease_pencil, space
from ..sources.choice import Choice
from ..view import hanging, live, stacking, strokes_view
from . import baked_layers, by_hand, dressing, shapes, stroke_data
from .frame_range import frame_range

if TYPE_CHECKING:
    from doodle_core.film import Pose

    from ..properties import DoodleSettings
    from ..session import FrameRequest
    from .shapes import Dress
    from .stroke_data import LayerStrokes, Place

__all__ = ["Baked", "StrokesPlan", "bake", "make_plan"]


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
    overwrite: bool = False
    """Drawings too that a hand has changed since they were baked."""


@dataclass(frozen=True, eq=False)
class _Cel:
    """One keyframe to be: what it shows, and where that is at that frame, by layer (`baked_layers.ALL`: in one).

    keyed: at a key, the types of its keyframes by layer, of which those that are on their way have none; None between
    keys.
    """

    frame: int
    keyed: Mapping[str, str] | None
    pose: Pose
    request: FrameRequest
    places: Mapping[str, Place]

    def kind(self, layer: str) -> str:
        """The type of a layer's keyframe."""
        return "BREAKDOWN" if self.keyed is None else self.keyed.get(layer, "BREAKDOWN")

    @property
    def look(self) -> tuple[object, ...]:
        """What the settings say of how it looks."""
        now = self.request
        return now.line_weight, now.opacity, now.colour, now.drawn_ink


@dataclass(frozen=True)
class Baked:
    """How many in-betweens and keys a doodle's layers hold now, of a plan's frames, and the frames at which drawings
    that a hand has changed were kept."""

    between: int
    on_keys: int
    kept: tuple[int, ...] = ()


def make_plan(
    context: bpy.types.Context,
    ob: bpy.types.Object,
    *,
    frames: tuple[int, int] | None = None,
    step: int = 2,
    keys: bool = True,
    layer: str = "In-betweens",
    overwrite: bool = False,
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
    return StrokesPlan(ob.name, first, last, step, keys, layer, library_of(ob), overwrite)


def bake(context: bpy.types.Context, plan: StrokesPlan) -> Baked:
    """Put the strokes into the doodle's layers of in-betweens.

    What these held at the plan's frames goes, but for what a hand has changed; other frames and other layers stay.
    Nothing is changed before all strokes are there. Raises DoodleError where they cannot be.
    """
    doodle, target = _checked(context, plan)
    settings = doodle.doodle_bridge
    of = _layers_of(doodle, target)
    cels = list(_cels(context, plan, doodle, (target, of)))
    source = target if target is not None and target == settings.source else None
    dress = dressing.of_slots(settings, source) if source is not None else dressing.of_ink(settings, target)
    # All of it, before anything is changed.
    ready = [(cel, _dressed(cel, dress, settings, plan.keys)) for cel in cels]
    if target is None:
        target = _new_drawing(context, doodle)
    dress.palette.complete(target)
    layers = baked_layers.prepared(target, doodle, plan.layer, of)
    kept = {} if plan.overwrite else by_hand.changed(settings, layers, plan.first, plan.last)
    written: dict[str, list[int]] = {}
    for one, layer in layers.items():
        stays = set(kept.get(one, ()))
        there = {frame.frame_number for frame in layer.frames if plan.first <= frame.frame_number <= plan.last}
        for number in there - stays:
            layer.frames.remove(number)
        for cel, strokes in ready:
            if cel.frame not in stays:
                stroke_data.write(layer, cel.frame, cel.kind(one), strokes[one])
                written.setdefault(one, []).append(cel.frame)
    by_hand.note(settings, layers, written)
    target.data.update_tag()
    on_keys = sum(cel.keyed is not None for cel in cels)
    frames = sorted({frame for some in kept.values() for frame in some})
    return Baked(len(cels) - on_keys, on_keys if plan.keys else 0, tuple(frames))


def _checked(context: bpy.types.Context, plan: StrokesPlan) -> tuple[bpy.types.Object, bpy.types.Object | None]:
    """The doodle of a plan, and the drawing that its in-betweens go to. Raises DoodleError where they cannot."""
    from doodle_core.errors import DoodleError

    doodle = named(context.scene, plan.doodle, plan.library)
    if doodle is None:
        raise DoodleError(f"'{plan.doodle}' is no longer in the scene '{context.scene.name}'")
    target = strokes_view.drawing_of(doodle)
    if target is not None and target.name not in context.scene.objects:
        raise DoodleError(f"'{target.name}', which the in-betweens go to, is not in the scene '{context.scene.name}'")
    if target is not None and (not target.is_editable or target.data.library is not None):
        raise DoodleError(f"'{target.name}' is linked from another file: make it and its data local, then bake")
    return doodle, target


def _layers_of(doodle: bpy.types.Object, target: bpy.types.Object | None) -> list[str]:
    """Which layers get in-betweens of their own: those of a doodle of strokes."""
    settings = doodle.doodle_bridge
    own = space.load(settings)
    if settings.output != "strokes" or own is None or target is None or target != settings.source:
        return [baked_layers.ALL]
    chosen = set(grease_pencil.layer_names(target, Choice.of(settings)))
    return [name for name in own.names if name in chosen] or [baked_layers.ALL]


def _cels(
    context: bpy.types.Context,
    plan: StrokesPlan,
    doodle: bpy.types.Object,
    into: tuple[bpy.types.Object | None, Sequence[str]],
) -> Generator[_Cel, None, None]:
    """The keyframes that the layers `into` a target get. The scene's frame changes on the way, and is put back."""
    scene, (target, of) = context.scene, into
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
                pose = session.get().pose(request)
                if of == [baked_layers.ALL]:
                    name = strokes_view.own_layers(doodle).get(baked_layers.ALL, "")
                    places = {baked_layers.ALL: _place(ob, lift, target, name, context)}
                else:
                    assert target is not None
                    places = _beside(ob, _evaluated(context, target), of)
                keyed = _types(doodle.doodle_bridge, key, of) if key is not None and new_key else None
                if keyed is not None:
                    keyed = _in_step(keyed, doodle.doodle_bridge)
                cel = _Cel(frame, keyed, pose, request, places)
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

    a, b = one.pose.drawing, other.pose.drawing
    pairs = [(getattr(a, name), getattr(b, name)) for name in ("points", "radii", "opacities", "offsets", "shapes")]
    pairs += [(one.places[name].matrix, other.places[name].matrix) for name in one.places]
    if a.colours is not None and b.colours is not None:
        pairs.append((a.colours, b.colours))
    return one.look == other.look and all(np.array_equal(*pair) for pair in pairs)


def _place(
    ob: bpy.types.Object, lift: float, target: bpy.types.Object | None, name: str, context: bpy.types.Context
) -> Place:
    """From the square of the evaluated doodle, `lift` of its side before it, into the layer `name` of `target`."""
    import numpy as np

    lifted = np.eye(4)
    lifted[2, 3] = lift
    square = hanging.square_of(ob) @ lifted
    side = float(np.sqrt(np.linalg.norm(np.cross(square[:3, 0], square[:3, 1]))))
    if target is None:  # it will hang on the doodle, and lie on its square
        return stroke_data.Place(lifted, side / max(space.widening(ob.matrix_world), 1e-9))
    there = _evaluated(context, target)
    layer = there.data.layers.get(name)
    less = 0.0 if layer is None else float(layer.radius_offset)
    to_world = np.array(there.matrix_world if layer is None else grease_pencil.layer_matrix(there, layer), np.float64)
    thinner = side / max(space.widening(there.matrix_world), 1e-9)
    return stroke_data.Place(np.linalg.pinv(to_world) @ square, thinner, less)


def _beside(ob: bpy.types.Object, target: bpy.types.Object, of: Sequence[str]) -> dict[str, Place]:
    """Where the strokes of a doodle of strokes lie in layers beside those of its source, both evaluated: as in its own,
    and where it was moved itself, there."""
    import numpy as np

    own = space.load(ob.doodle_bridge)
    assert own is not None  # `_layers_of`
    places = {name: dressing.place(ob, own, name) for name in of}
    if hanging.lies_on(ob, target):
        return places
    thinner = space.widening(ob.matrix_world) / max(space.widening(target.matrix_world), 1e-9)
    moved = np.linalg.pinv(np.array(target.matrix_world, np.float64)) @ np.array(ob.matrix_world, np.float64)
    for name, place in places.items():
        layer = own.in_object(name)
        matrix = np.linalg.pinv(layer) @ moved @ layer @ place.matrix
        places[name] = stroke_data.Place(matrix, place.thinner * thinner)
    return places


def _types(settings: DoodleSettings, key: int, of: Sequence[str]) -> dict[str, str]:
    """The types of a key's keyframes by the layers in-betweens are `of`; in one layer for all, an ordinary one where
    they differ."""
    types = layer_keys.types_of(settings.keys[key].layers)
    own = space.load(settings)
    if types is None or own is None:
        return dict.fromkeys(of, "KEYFRAME")
    if of == [baked_layers.ALL]:
        kinds = set(types.values())
        return {baked_layers.ALL: kinds.pop() if len(kinds) == 1 else "KEYFRAME"}
    named = {own.names[number]: kind for number, kind in types.items() if number < len(own.names)}
    return {name: named[name] for name in of if name in named}


def _in_step(keyed: Mapping[str, str], settings: DoodleSettings) -> dict[str, str]:
    """Without the layers that come later or before: at a key they are between keys."""
    late = {one.name for one in settings.offsets if one.frames}
    return {name: kind for name, kind in keyed.items() if name not in late}


def _dressed(cel: _Cel, dress: Dress, settings: DoodleSettings, with_keys: bool) -> dict[str, LayerStrokes]:
    """A cel's strokes in the layers' space, looking as those that they come from; nothing where keys are left out."""
    strokes = shapes.dressed(cel.pose, dressing.finished(dress, cel.request))
    if baked_layers.ALL in cel.places:
        left_out = cel.keyed is not None and not with_keys
        return {baked_layers.ALL: stroke_data.nothing() if left_out else strokes.placed(cel.places[baked_layers.ALL])}
    own = space.load(settings)
    assert own is not None  # `_layers_of`
    found = {name: strokes.on_layer(own.names.index(name)).placed(place) for name, place in cel.places.items()}
    return found | dict.fromkeys(() if with_keys else cel.keyed or (), stroke_data.nothing())


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
        "to go on with by hand. Drawings that were changed since stay; with Shift, all are written"
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

    overwrite: BoolProperty(
        name="Overwrite",
        description="Write drawings anew that were changed by hand since they were baked",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if doodle_of(context) is None:
            cls.poll_message_set("Select a doodle first")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.overwrite |= event.shift
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        doodle = doodle_of(context)
        assert doodle is not None  # poll
        if context.object is not None and context.object.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        try:
            options = {"step": self.step, "keys": self.keys, "layer": self.layer, "overwrite": self.overwrite}
            found = bake(context, make_plan(context, doodle, **options))
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if self.show:
            strokes_view.show_strokes(context, doodle, alone=self.keys)
        if found.kept:
            line = rpt_("Changed by hand and kept: {}; bake with Overwrite to write them anew")
            self.report({"WARNING"}, line.format(", ".join(map(str, found.kept))))
        names = ", ".join(f"'{name}'" for name in strokes_view.own_layers(doodle).values())
        line = rpt_("{} in-betweens and {} keys in layer {}")
        self.report({"INFO"}, line.format(found.between, found.on_keys, names))
        return {"FINISHED"}


class _ViewOperator(bpy.types.Operator):
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        doodle = doodle_of(context)
        if doodle is None or not doodle.doodle_bridge.strokes_layers or strokes_view.drawing_of(doodle) is None:
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
