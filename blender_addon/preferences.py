"""The add-on's preferences: which model decodes, on what, and with how many threads.

Nothing is cached on disk, so no folder is asked for: keys are stored in the .blend, pictures where they are baked, and
what is remembered of them in memory.
"""

from functools import lru_cache
from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from . import session
from .operators import self_test
from .view import live, warming

ENGINES = (
    ("auto", "Auto", "The fastest that works here"),
    ("onnx", "ONNX Runtime", "Always works: on the processor, and on any maker's GPU where its WebGPU plugin is there"),
    ("torch", "PyTorch", "Where PyTorch is installed: CUDA, Metal or the processor"),
)
DEVICES = (
    ("auto", "Auto", "The processor as long as nobody waits for it, else the fastest GPU that works"),
    ("cpu", "Processor", "No GPU is ever started"),
    ("gpu", "GPU", "The fastest GPU that works; where none does, the processor"),
)


def _changed(_preferences: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    session.reset()
    _checked.cache_clear()
    self_test.forget()
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
    device: EnumProperty(
        name="Device", description="What the engine runs on", items=DEVICES, default="auto", update=_changed
    )
    threads: IntProperty(
        name="Threads",
        description="Processor threads that the model may use; 0 is one for each core, at most 8",
        default=0,
        min=0,
        max=256,
        update=_changed,
    )
    gpu_in_renders: BoolProperty(
        name="GPU During Renders",
        description=(
            "Let the model use a GPU also while Blender renders. Without it the GPU and its memory are the renderer's, "
            "and doodles are drawn on the processor; the pictures are the same"
        ),
        default=False,
        update=_changed,
    )

    def draw(self, _context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.use_property_split = True
        column.prop(self, "model_folder")
        if self.model_folder:
            _verdict(column, *_checked(str(_folder(self.model_folder))))
        column.separator()
        column.prop(self, "engine")
        column.prop(self, "device")
        column.prop(self, "threads")
        column.prop(self, "gpu_in_renders")
        loaded = session.get().loaded
        if loaded is not None:
            runs = _under(column).column(align=True)
            choice = loaded.choice
            runs.label(text=f"{choice.name}: {choice.reason}", icon="INFO", translate=False)
            for name, reason in choice.refused:
                runs.label(text=f"{name}: {reason}", icon="BLANK1", translate=False)
        column.separator()
        _under(column).operator("doodle_bridge.self_test", icon="PLAY")
        tested = self_test.last()
        if tested is not None:
            _verdict(column, *tested)


def _under(layout: bpy.types.UILayout) -> bpy.types.UILayout:
    """Room for a line under the settings that it is about."""
    parts = layout.split(factor=0.4)
    parts.label()
    return parts


def _verdict(layout: bpy.types.UILayout, line: str, right: bool) -> None:
    _under(layout).label(text=line, icon="CHECKMARK" if right else "ERROR", translate=False)


def _folder(typed: str) -> Path:
    return Path(bpy.path.abspath(typed))


@lru_cache(maxsize=4)
def _checked(folder: str) -> tuple[str, bool]:
    """What is in a model folder, or what is wrong with it, and whether it is right. Once: it reads megabytes."""
    from doodle_core.errors import DoodleError
    from doodle_core.model import checked

    try:
        card = checked(Path(folder))
    except DoodleError as error:
        return str(error), False
    return f"{card.name} ({card.id})", True


def settings() -> session.Settings:
    """What the animator has set; as it comes where the add-on is not among the preferences."""
    name = __package__ or ""
    addons = bpy.context.preferences.addons
    if name not in addons:
        return session.Settings()
    chosen = addons[name].preferences
    # Without a window this is a farm, or somebody's render: every machine of it should draw by the same engine.
    alone = bpy.app.background and chosen.device == "auto" and not chosen.gpu_in_renders
    return session.Settings(
        folder=_folder(chosen.model_folder) if chosen.model_folder else None,
        engine=chosen.engine,
        device=chosen.device,
        threads=chosen.threads or None,
        gpu_in_renders=chosen.gpu_in_renders,
        keep_off_gpu="without a window, Auto leaves the GPU to renders" if alone else "",
    )


def register() -> None:
    bpy.utils.register_class(DoodlePreferences)
    session.set_up_by(settings)


def unregister() -> None:
    session.set_up_by(session.Settings)
    bpy.utils.unregister_class(DoodlePreferences)
    _checked.cache_clear()
