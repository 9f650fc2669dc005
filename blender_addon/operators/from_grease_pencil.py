"""New doodle from the keyframes of a Grease Pencil object."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..keyframes import keys, making, outlook
from ..properties import OUTPUTS
from ..sources import grease_pencil, space, unshown
from ..sources.choice import Choice
from ..view import placement, workbench


def _layers(_operator: bpy.types.Operator, context: bpy.types.Context, edit_text: str) -> list[str]:
    if not grease_pencil.is_grease_pencil(context.object):
        return []
    return [layer.name for layer in context.object.data.layers if edit_text.casefold() in layer.name.casefold()]


class DOODLE_BRIDGE_OT_from_grease_pencil(bpy.types.Operator):
    """Make a doodle from the active Grease Pencil object: every keyframe becomes a latent key at its own frame"""

    bl_idname = "doodle_bridge.from_grease_pencil"
    bl_label = "New Doodle from Grease Pencil"
    bl_options = {"REGISTER", "UNDO"}

    layer: StringProperty(
        name="Layer",
        description="Layer to take; empty: all visible layers together",
        search=_layers,
        options={"SKIP_SAVE"},
    )
    exclude_breakdowns: BoolProperty(
        name="Exclude Breakdowns",
        description="Keyframes that are breakdowns, jitter or generated are no keys: what is between keys is made anew",
        default=False,
    )
    size: IntProperty(
        name="Size",
        description="Pixels along a side of the doodle's square; 0: as many as the render shows of it",
        default=0,
        min=0,
        max=8192,
    )
    output: EnumProperty(
        name="Output",
        description="What the doodle is in the scene; it can be changed later",
        items=OUTPUTS,
        default="strokes",
        options={"SKIP_SAVE"},
    )
    hide_source: BoolProperty(
        name="Hide Drawing",
        description="Hide the drawing itself in viewport and render, so that it does not stand in front of the doodle",
        default=True,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not grease_pencil.is_grease_pencil(context.object):
            cls.poll_message_set("Select a Grease Pencil object first")
            return False
        if outlook.is_empty(context.object):
            cls.poll_message_set("Nothing is drawn yet: draw a pose, and another on a keyframe of its own")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        source = context.object
        try:
            context.view_layer.update()
            own = space.of(source, shown=self.output == "plane")
            choice = Choice.asked(self.layer, self.exclude_breakdowns)
            drawings = grease_pencil.read_inked(context, source, choice, space=own)
            told = outlook.of_drawings(context, source, own, drawings, choice)
            square = placement.fit(drawings, outlook.front(context, source, own))
            drawn = [keys.Drawn.flat(one, square) for one in drawings]
            if source.mode != "OBJECT":
                bpy.ops.object.mode_set(mode="OBJECT")
            origin = making.Origin(source, choice, own, self.output)
            ob = making.make(context, f"{source.name} Doodle", drawn, square, self.size, origin)
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        settings = ob.doodle_bridge
        if self.output == "strokes" or any(one.coloured for one in drawings):
            settings.ink = "drawing"
            making.finish(context, ob)
        if self.hide_source:
            source.hide_viewport = source.hide_render = True
            if source.library is not None:
                line = rpt_("'{}' is linked: it is hidden until this file is opened again; hide its collection")
                self.report({"WARNING"}, line.format(source.name))
        self.report({"INFO"}, rpt_("'{}': {}; size {}").format(source.name, told.counts, settings.size))
        for doubt in told.doubts:
            self.report({"WARNING"}, doubt)
        missing = unshown.of_doodle(ob) if self.output == "plane" else unshown.weighted(ob)
        for line in filter(None, (missing, workbench.advice(context.scene, ob))):
            self.report({"WARNING"}, line)
        return {"FINISHED"}


def register() -> None:
    bpy.utils.register_class(DOODLE_BRIDGE_OT_from_grease_pencil)


def unregister() -> None:
    bpy.utils.unregister_class(DOODLE_BRIDGE_OT_from_grease_pencil)
