"""Export: the doodle as one file that others play, read or look at."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, EnumProperty, FloatVectorProperty, IntProperty, StringProperty

from .. import polls
from ..outputs import export
from ..outputs.folders import file_name
from .timing import held_frames

SHEET_SIZE = 240
KINDS = (
    ("svg", "SVG", "An animated vector drawing, for browsers"),
    ("lottie", "Lottie", "An animated vector drawing as JSON, for apps and web pages with a Lottie player"),
    ("gif", "GIF", "A film of pixels that plays everywhere, in 256 colours"),
    ("mp4", "MP4", "A film of pixels that is small (H.264)"),
    ("sheet", "Contact Sheet", "The frames as small pictures in rows, with their numbers (PNG)"),
)
SPANS = (
    ("scene", "Scene", "The frames of the scene, or its preview range where one is set"),
    ("keys", "Keys", "From the first key to the last; on a contact sheet, the keys alone"),
)


class DOODLE_BRIDGE_OT_export(bpy.types.Operator):
    """Write the doodle as a vector film (SVG, Lottie), a GIF, an MP4 or a contact sheet"""

    bl_idname = "doodle_bridge.export"
    bl_label = "Export"
    bl_options = {"REGISTER"}

    filepath: StringProperty(name="File", description="The file to write", subtype="FILE_PATH", options={"SKIP_SAVE"})
    check_existing: BoolProperty(default=True, options={"HIDDEN"})
    filter_glob: StringProperty(default="*.svg;*.json;*.gif;*.mp4;*.png", options={"HIDDEN"})
    kind: EnumProperty(name="Kind", description="What is written", items=KINDS, default="svg")
    span: EnumProperty(name="Frames", description="Which frames are written", items=SPANS, default="scene")
    size: IntProperty(
        name="Size",
        description="Pixels along a side; 0: the doodle's own size, or 240 on a contact sheet",
        default=0,
        min=0,
        max=8192,
    )
    paper: FloatVectorProperty(
        name="Paper",
        description="The colour behind the drawing",
        subtype="COLOR_GAMMA",
        size=3,
        min=0.0,
        max=1.0,
        default=(1.0, 1.0, 1.0),
    )
    transparent: BoolProperty(name="No Paper", description="Nothing behind the drawing, in SVG and Lottie")
    columns: IntProperty(
        name="Columns", description="Pictures in a row of a contact sheet; 0: about a square", default=0, min=0, max=100
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return polls.doodle(cls, context) is not None

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        if not self.filepath:
            folder = Path(bpy.data.filepath).parent if bpy.data.filepath else Path.home()
            self.filepath = str(folder / (file_name(context.object.name) + export.ENDINGS[self.kind]))
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def check(self, _context: bpy.types.Context) -> bool:
        """The name follows the kind that is chosen."""
        path, wanted = Path(self.filepath), export.ENDINGS[self.kind]
        if not path.name or path.suffix.lower() == wanted:
            return False
        known = path.suffix.lower() in export.ENDINGS.values()
        self.filepath = str(path.with_suffix(wanted) if known else path) + ("" if known else wanted)
        return True

    def draw(self, _context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.use_property_split = True
        column.prop(self, "kind")
        column.prop(self, "span")
        column.prop(self, "size")
        if self.kind in export.VECTOR:
            column.prop(self, "transparent")
        row = column.row()
        row.active = not (self.transparent and self.kind in export.VECTOR)
        row.prop(self, "paper")
        if self.kind == "sheet":
            column.prop(self, "columns")

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        manager = context.window_manager
        try:
            plan = self._plan(context)
            manager.progress_begin(0, len(plan.frames))
            try:
                export.write(context, context.object, plan, manager.progress_update)
            finally:
                manager.progress_end()
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, rpt_("{} frames are in {}").format(len(plan.frames), plan.path))
        return {"FINISHED"}

    def _plan(self, context: bpy.types.Context) -> export.ExportPlan:
        ob, render = context.object, context.scene.render
        path, kind = self._file()
        return export.ExportPlan(
            path=path,
            kind=kind,
            frames=self._frames(context, kind),
            size=self.size or (SHEET_SIZE if kind == "sheet" else ob.doodle_bridge.size),
            fps=render.fps / render.fps_base,
            paper=None if self.transparent and kind in export.VECTOR else tuple(self.paper),
            held=held_frames(ob) > 1,
            columns=self.columns,
        )

    def _file(self) -> tuple[Path, str]:
        """The file and its kind: what the name's ending says. Raises DoodleError for another ending."""
        from doodle_core.errors import DoodleError

        path = Path(bpy.path.abspath(self.filepath))
        if not path.suffix and path.name:
            path = path.with_name(path.name + export.ENDINGS[self.kind])
        kind = next((kind for kind, ending in export.ENDINGS.items() if ending == path.suffix.lower()), None)
        if kind is None:
            endings = ", ".join(export.ENDINGS.values())
            raise DoodleError(f"'{self.filepath}' cannot be exported: let the name end in one of {endings}")
        return path, kind

    def _frames(self, context: bpy.types.Context, kind: str) -> tuple[int, ...]:
        scene = context.scene
        if self.span == "keys":
            at_keys = export.frames_of_keys(context.object)
            return at_keys if kind == "sheet" else tuple(range(at_keys[0], at_keys[-1] + 1))
        if scene.use_preview_range:
            return tuple(range(scene.frame_preview_start, scene.frame_preview_end + 1))
        return tuple(range(scene.frame_start, scene.frame_end + 1))


def register() -> None:
    bpy.utils.register_class(DOODLE_BRIDGE_OT_export)


def unregister() -> None:
    bpy.utils.unregister_class(DOODLE_BRIDGE_OT_export)
