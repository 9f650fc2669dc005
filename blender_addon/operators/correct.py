"""What the artist says of how keys become one another, without the mouse: the operators that those in the viewport
call, and that scripts do. Places are in canvas units: (0, 0) is the top left corner of the doodle's square, (1, 1) the
bottom right one."""

from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, EnumProperty, FloatVectorProperty, IntProperty, StringProperty

from .. import polls
from ..keyframes import correcting, making, neighbours, selecting
from ..keyframes.correcting import End
from ..properties import active_doodle
from ..sources import choice, grease_pencil

if TYPE_CHECKING:
    from ..properties import DoodleSettings

REACH = 0.08
"""Canvas units: how far a place may be from the line that is meant."""
_KEY = "Number of the key, from 0"
_PLACE = "Where on the key's drawing, in sides of the doodle's square from its top left corner"
_SHAPES = (
    "Numbers of shapes of that key, as '3 4 7'; empty: those that are picked in the viewport, or selected in the "
    "drawing"
)


class _Correction(bpy.types.Operator):
    """What all share: a doodle with keys of its own."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        ob = active_doodle(context)
        if ob is None or ob == context.object:
            return polls.doodle_with_own_keys(cls, context) is not None
        return ob.library is None and ob.override_library is None

    def act(self, context: bpy.types.Context, ob: bpy.types.Object) -> str:
        """Do it, and give the line to report. Raises DoodleError, and then nothing has changed."""
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        ob = active_doodle(context)
        try:
            line = self.act(context, ob)
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        making.finish(context, ob)
        self.report({"INFO"}, line)
        return {"FINISHED"}


class DOODLE_BRIDGE_OT_link_shapes(_Correction):
    """Say that what is here at one key goes there at the next: what is around it follows"""

    bl_idname = "doodle_bridge.link_shapes"
    bl_label = "Link"

    key: IntProperty(name="Key", description=_KEY, default=0, min=0, options={"SKIP_SAVE"})
    place: FloatVectorProperty(name="Place", description=_PLACE, size=2, precision=4, options={"SKIP_SAVE"})
    shape: IntProperty(
        name="Shape",
        description="Number of the key's shape; -1: the one at that place",
        default=-1,
        min=-1,
        options={"SKIP_SAVE"},
    )
    next_place: FloatVectorProperty(
        name="Next Place",
        description="Where it goes at the next key, in sides of the doodle's square from its top left corner",
        size=2,
        precision=4,
        options={"SKIP_SAVE"},
    )
    next_shape: IntProperty(
        name="Next Shape",
        description="Number of the next key's shape; -1: the one at that place",
        default=-1,
        min=-1,
        options={"SKIP_SAVE"},
    )

    def act(self, context: bpy.types.Context, ob: bpy.types.Object) -> str:
        settings = ob.doodle_bridge
        first = _end(settings, self.key, self.shape, tuple(self.place))
        drawing = correcting.drawing_of(settings, self.key)
        layer = neighbours.layer_of(drawing, first.shape)
        following = neighbours.following(settings, self.key, layer)
        if following is None:
            raise _error(f"no key comes after key {self.key}; link from an earlier one")
        other = correcting.drawing_of(settings, following)
        alike = (other.areas == drawing.areas[first.shape]) & (_layers(other) == layer)
        second = _end(settings, following, self.next_shape, tuple(self.next_place), alike)
        if not alike[second.shape]:
            raise _error("a line links to a line and an area to an area, on the same layer; choose another place")
        correcting.add(settings, "link", [first, second])
        return rpt_("Shape {} of key {} becomes shape {} of key {}").format(
            first.shape, first.key, second.shape, second.key
        )


class _OfShapes(_Correction):
    """About some shapes of a key."""

    key: IntProperty(name="Key", description=_KEY, default=0, min=0, options={"SKIP_SAVE"})
    shapes: StringProperty(name="Shapes", description=_SHAPES, options={"SKIP_SAVE"})

    def meant(self, context: bpy.types.Context, ob: bpy.types.Object) -> list[End]:
        """The shapes that are named, picked or selected, in this order of preference. Raises DoodleError for none."""
        settings = ob.doodle_bridge
        if self.shapes.strip():
            found = [(self.key, number) for number in _numbers(self.shapes)]
        elif context.object != ob:
            found = selecting.shapes(context, ob)
        else:
            found = correcting.picked(settings)
        if not found:
            raise _error("no shapes are chosen: pick some in the viewport, or select strokes of the drawing")
        return [End.on(settings, key, shape) for key, shape in found]


class DOODLE_BRIDGE_OT_leave_alone(_OfShapes):
    """Shapes that shall become nothing else: they stay as they are, and then vanish or appear"""

    bl_idname = "doodle_bridge.leave_alone"
    bl_label = "Leave Alone"

    what: EnumProperty(
        name="What",
        description="What is left alone",
        items=(
            ("shapes", "Shapes", "The shapes that are picked in the viewport, or selected in the drawing"),
            ("layer", "Layer", "All shapes of a layer, at all keys; once more, and it is left alone no longer"),
        ),
        options={"SKIP_SAVE"},
    )
    layer: StringProperty(
        name="Layer", description="Name of the layer; empty: the drawing's active one", options={"SKIP_SAVE"}
    )

    def act(self, context: bpy.types.Context, ob: bpy.types.Object) -> str:
        settings = ob.doodle_bridge
        if self.what == "layer":
            name = _layer(settings, self.layer)
            known = next((number for number, one in enumerate(settings.corrections) if one.layer == name), None)
            if known is not None:
                correcting.remove(settings, known)
                return rpt_("Layer '{}' is left alone no more").format(name)
            correcting.add(settings, "alone", [], name)
            return rpt_("Layer '{}' is left alone").format(name)
        ends = self.meant(context, ob)
        correcting.add(settings, "alone", ends)
        return rpt_("{} shapes are left alone").format(len(ends))


class DOODLE_BRIDGE_OT_belong_together(_OfShapes):
    """Shapes that shall move as one piece"""

    bl_idname = "doodle_bridge.belong_together"
    bl_label = "These Belong Together"

    def act(self, context: bpy.types.Context, ob: bpy.types.Object) -> str:
        ends = self.meant(context, ob)
        if len(ends) < 2:
            raise _error("one shape is a piece of its own: choose two or more")
        correcting.add(ob.doodle_bridge, "together", ends)
        return rpt_("{} shapes move as one piece").format(len(ends))


class DOODLE_BRIDGE_OT_pick_shape(_Correction):
    """Pick a shape of a key, for Leave Alone and These Belong Together; picked once more, it is let go"""

    bl_idname = "doodle_bridge.pick_shape"
    bl_label = "Pick Shape"

    key: IntProperty(name="Key", description=_KEY, default=0, min=0, options={"SKIP_SAVE"})
    shape: IntProperty(
        name="Shape", description="Number of the key's shape; -1: none", default=-1, min=-1, options={"SKIP_SAVE"}
    )
    extend: BoolProperty(name="Extend", description="Keep what is picked already", default=False, options={"SKIP_SAVE"})

    def act(self, context: bpy.types.Context, ob: bpy.types.Object) -> str:
        settings = ob.doodle_bridge
        before = correcting.picked(settings)
        one = (self.key, self.shape)
        if self.shape >= 0:
            End.on(settings, *one)
        now = before if self.extend else []
        now = [other for other in now if other != one] + [one] * (self.shape >= 0 and one not in before)
        correcting.set_picked(settings, now)
        return rpt_("Shapes picked: {}").format(len(now))


class DOODLE_BRIDGE_OT_remove_correction(_Correction):
    """Take back what was said of these shapes"""

    bl_idname = "doodle_bridge.remove_correction"
    bl_label = "Remove Correction"

    index: IntProperty(
        name="Index",
        description="Number of the correction in the list, from 0; -1: the active one",
        default=-1,
        min=-1,
        options={"SKIP_SAVE"},
    )
    all: BoolProperty(name="All", description="All of the list", default=False, options={"SKIP_SAVE"})

    def act(self, _context: bpy.types.Context, ob: bpy.types.Object) -> str:
        settings = ob.doodle_bridge
        if self.all:
            correcting.clear(settings)
            return rpt_("All corrections are removed")
        index = settings.active_correction if self.index < 0 else self.index
        if not 0 <= index < len(settings.corrections):
            raise _error(f"there is no correction {index}; there are {len(settings.corrections)}")
        correcting.remove(settings, index)
        return rpt_("The correction is removed")


def _end(settings: "DoodleSettings", key: int, shape: int, place: tuple[float, float], alike: Any | None = None) -> End:
    """The shape of that number, or the nearest to the place; of those `alike`, where they are given. Raises DoodleError
    where nothing is."""
    from doodle_core.drawing.picking import nearest

    if shape >= 0:
        return End(key, End.on(settings, key, shape).shape, place)
    found = nearest(correcting.drawing_of(settings, key), place, REACH, alike)
    if found is None:
        raise _error(f"nothing that could be meant is drawn at {place[0]:.3g}, {place[1]:.3g} of key {key}")
    return End(key, found, place)


def _layers(drawing: Any) -> Any:
    import numpy as np

    return np.zeros(len(drawing), np.int32) if drawing.layers is None else drawing.layers


def _layer(settings: "DoodleSettings", name: str) -> str:
    """The layer that is meant. Raises DoodleError where the drawing has no such layer."""
    source = settings.source
    if not grease_pencil.is_grease_pencil(source):
        raise _error("only a Grease Pencil drawing has layers; leave shapes alone instead")
    if not name and source.data.layers.active is not None:
        name = source.data.layers.active.name
    there = choice.available(source)
    if name not in there:
        raise _error(f"'{source.name}' has no layer '{name}' that can take part; it has {', '.join(there) or 'none'}")
    return name


def _numbers(text: str) -> list[int]:
    try:
        return [int(one) for one in text.replace(",", " ").split()]
    except ValueError:
        raise _error(f"'{text}' names no shapes; give numbers, as '3 4 7'") from None


def _error(line: str) -> Exception:
    from doodle_core.errors import DoodleError

    return DoodleError(line)


CLASSES = (
    DOODLE_BRIDGE_OT_link_shapes,
    DOODLE_BRIDGE_OT_leave_alone,
    DOODLE_BRIDGE_OT_belong_together,
    DOODLE_BRIDGE_OT_pick_shape,
    DOODLE_BRIDGE_OT_remove_correction,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
