"""Which layers of the drawing take part: a check box for each."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, StringProperty

from .. import polls
from ..keyframes import updating
from ..sources import choice, grease_pencil
from ..sources.choice import Choice


class DOODLE_BRIDGE_OT_use_layer(bpy.types.Operator):
    """Whether this layer of the drawing takes part in the doodle; its keys are read again"""

    bl_idname = "doodle_bridge.use_layer"
    bl_label = "Use Layer"
    bl_options = {"REGISTER", "UNDO"}

    layer: StringProperty(name="Layer", description="Layer of the doodle's drawing", options={"SKIP_SAVE"})
    use: BoolProperty(
        name="Use", description="Whether the layer takes part in the doodle", default=True, options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return polls.doodle_with_own_keys(cls, context) is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        settings = context.object.doodle_bridge
        before = settings.layers
        try:
            source = updating.source_of(context.scene, settings)
            if self.layer not in choice.available(source):
                raise DoodleError(f"'{source.name}' has no layer '{self.layer}' that can take part")
            names = set(grease_pencil.layer_names(source, Choice.of(settings)))
            names = names | {self.layer} if self.use else names - {self.layer}
            choice.store(settings, [name for name in choice.available(source) if name in names])
            outcome = updating.update(context, context.object)
        except DoodleError as error:
            settings.layers = before
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, rpt_("{} layers take part").format(len(names)) + f"; {outcome}")
        return {"FINISHED"}


def register() -> None:
    bpy.utils.register_class(DOODLE_BRIDGE_OT_use_layer)


def unregister() -> None:
    bpy.utils.unregister_class(DOODLE_BRIDGE_OT_use_layer)
