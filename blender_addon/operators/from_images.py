"""New doodle from picture files, or from one sheet of doodles cut into a grid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..keyframes import keys, making
from ..sources import images
from ..view import placement


class DOODLE_BRIDGE_OT_from_images(bpy.types.Operator):
    """Make a doodle from pictures: each file, or each cell of a sheet, becomes a latent key"""

    bl_idname = "doodle_bridge.from_images"
    bl_label = "New Doodle from Images"
    bl_options = {"REGISTER", "UNDO"}

    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"})
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filter_image: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    columns: IntProperty(name="Columns", description="Columns of doodles on a sheet", default=1, min=1, max=64)
    rows: IntProperty(name="Rows", description="Rows of doodles on a sheet", default=1, min=1, max=64)
    start: IntProperty(name="Start", description="Frame of the first key", default=1)
    every: IntProperty(name="Every", description="Frames from one key to the next", default=12, min=1)
    polarity: EnumProperty(
        name="Ink",
        description="How ink is told from paper",
        items=(
            ("auto", "Auto", "The border is paper"),
            ("dark", "Dark", "Dark ink on light paper"),
            ("light", "Light", "Light ink on dark paper"),
        ),
        default="auto",
    )
    side: FloatProperty(
        name="Width",
        description="Width of the doodle in the scene, in metres",
        default=2.0,
        min=0.001,
        subtype="DISTANCE",
    )
    size: IntProperty(
        name="Size",
        description="Width and height of the doodle's picture, in pixels; 0: as many as the render shows of it",
        default=0,
        min=0,
        max=8192,
    )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        self.start = context.scene.frame_current
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        paths = self._paths()
        try:
            if not paths:
                raise DoodleError("no picture was chosen; choose one or more")
            sheet = images.Sheet(self.columns, self.rows, self.polarity)
            ob, empty = make_from(
                context, paths, sheet, start=self.start, every=self.every, side=self.side, size=self.size
            )
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if empty:
            names = ", ".join(str(frame) for frame in empty)
            self.report({"WARNING"}, rpt_("Nothing is drawn in the pictures for frames {}: skipped").format(names))
        self.report({"INFO"}, rpt_("{} keys from {} pictures").format(len(ob.doodle_bridge.keys), len(paths)))
        return {"FINISHED"}

    def _paths(self) -> list[Path]:
        folder = Path(bpy.path.abspath(self.directory))
        chosen = [folder / one.name for one in self.files if one.name]
        if not chosen and self.filepath:
            chosen = [Path(bpy.path.abspath(self.filepath))]
        return chosen


def make_from(
    context: bpy.types.Context,
    paths: Sequence[Path],
    sheet: images.Sheet,
    *,
    start: int = 1,
    every: int = 12,
    side: float = 2.0,
    size: int = 0,
) -> tuple[bpy.types.Object, list[int]]:
    """A new doodle from the cells of picture files, `every` frames apart, and the frames of those that are empty.

    `side` is its width in metres, `size` in pixels, 0: as `sizing.pixels` finds. Raises DoodleError; then nothing is
    made.
    """
    from doodle_core.drawing import is_empty
    from doodle_core.errors import DoodleError

    cells = images.read(paths, sheet)
    frames = [start + every * number for number in range(len(cells))]
    inked = [(frame, one) for frame, one in zip(frames, cells, strict=True) if not is_empty(one.drawing)]
    empty = [frame for frame, one in zip(frames, cells, strict=True) if is_empty(one.drawing)]
    if not inked:
        raise DoodleError(f"{paths[0]}: there is nothing drawn; choose pictures with ink, or set Ink to dark or light")
    drawn = [keys.Drawn.of(frame, one.drawing, stored_path(one.path), one.cell) for frame, one in inked]
    square = placement.upright(context.scene.cursor.location[:], side)
    if context.object is not None and context.object.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    ob = making.make(context, paths[0].stem, drawn, square, size, context.collection)
    settings = ob.doodle_bridge
    settings.columns, settings.rows, settings.polarity = sheet.columns, sheet.rows, sheet.polarity
    return ob, empty


def stored_path(path: Path) -> str:
    """The path as the .blend should keep it: relative where possible, so that file and pictures move together."""
    if not bpy.data.filepath:
        return str(path)
    try:
        return bpy.path.relpath(str(path))
    except ValueError:  # another drive on Windows
        return str(path)


def register() -> None:
    bpy.utils.register_class(DOODLE_BRIDGE_OT_from_images)


def unregister() -> None:
    bpy.utils.unregister_class(DOODLE_BRIDGE_OT_from_images)
