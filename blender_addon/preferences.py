"""The add-on's preferences: which model decodes, on what, and with how many threads."""

from pathlib import Path

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

ENGINES = (
    ("auto", "Auto", "The fastest that works here"),
    ("onnx", "ONNX Runtime", "Always works, on the processor"),
    ("torch", "PyTorch", "Where PyTorch is installed: CUDA, Metal or the processor"),
)


def _changed(_preferences: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    from . import live, session, warming

    session.reset()
    live.refresh_all()
    warming.stop()
    warming.start()


class DoodlePreferences(bpy.types.AddonPreferences):
    bl_idname = __package__ or ""

    model_folder: StringProperty(
        name="Model",
        description="Folder with card.json and the weights; empty: the model that comes with the add-on",
        subtype="DIR_PATH",
        update=_changed,
    )
    engine: EnumProperty(
        name="Engine", description="What runs the model", items=ENGINES, default="auto", update=_changed
    )
    threads: IntProperty(
        name="Threads",
        description="Processor threads that the model may use; 0 lets the engine choose",
        default=0,
        min=0,
        max=256,
        update=_changed,
    )

    def draw(self, _context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.use_property_split = True
        column.prop(self, "model_folder")
        column.prop(self, "engine")
        column.prop(self, "threads")


def engine_choice() -> tuple[Path | None, str, int | None]:
    """Model folder (None: the bundled one), engine and threads (None: the engine chooses), as the animator set them."""
    name = __package__ or ""
    addons = bpy.context.preferences.addons
    if name not in addons:
        return None, "auto", None
    chosen = addons[name].preferences
    folder = Path(bpy.path.abspath(chosen.model_folder)) if chosen.model_folder else None
    return folder, chosen.engine, chosen.threads or None


def register() -> None:
    bpy.utils.register_class(DoodlePreferences)


def unregister() -> None:
    bpy.utils.unregister_class(DoodlePreferences)
