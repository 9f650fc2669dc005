"""New doodle from picture files, or from one sheet of doodles cut into a grid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from .. import session, thumbnails
from ..keyframes import keys, making
from ..sources import images
from ..view import placement, workbench

if TYPE_CHECKING:
    import numpy as np

    from doodle_core.drawing import Picture
    from doodle_core.reading.sheets import Grid

    from ..properties import DoodleKey

_NAMED = 6
"""So many frames without ink are named one by one."""
_PREVIEW = 768
"""Pixels a side of the picture of what was read."""


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
        description="Which ink is the drawing",
        items=(
            ("auto", "Auto", "The border is paper"),
            ("dark", "Dark", "Dark ink on light paper"),
            ("light", "Light", "Light ink on dark paper"),
            ("colours", "Colours", "Whatever is not paper, in its own colour"),
        ),
        default="auto",
    )
    sensitivity: FloatProperty(
        name="Sensitivity",
        description="How faint a line may be and still be read",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )
    smallest: FloatProperty(
        name="Smallest Line",
        description="Shorter lines and smaller spots are dust; in per cent of the picture's side",
        default=0.3,
        min=0.0,
        max=100.0,
        soft_max=5.0,
    )
    paper: EnumProperty(
        name="Paper",
        description="Whether the paper's tone, light and texture are part of the drawing",
        items=(
            ("removed", "Removed", "The drawing stands on nothing"),
            ("kept", "Kept", "The paper shows at the keys"),
        ),
        default="removed",
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
        description="Pixels along a side of the doodle's square; 0: as many as the render shows of it",
        default=0,
        min=0,
        max=8192,
    )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        self.start = context.scene.frame_current
        thumbnails.forget_reading()
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        paths = self._paths()
        try:
            if not paths:
                raise DoodleError("no picture was chosen; choose one or more")
            reading = self.sensitivity, self.smallest, self.paper
            sheet = images.Sheet(self.columns, self.rows, self.polarity, *reading)
            ob, empty = make_from(
                context, paths, sheet, start=self.start, every=self.every, side=self.side, size=self.size
            )
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        for frame, about in odd_keys(ob):
            self.report({"WARNING"}, rpt_("Key {}: {}").format(frame, about))
        if empty:
            names = ", ".join(map(str, empty[:_NAMED])) + (f", ... ({len(empty)})" if len(empty) > _NAMED else "")
            self.report({"WARNING"}, rpt_("Nothing is drawn in the pictures for frames {}: skipped").format(names))
        self.report({"INFO"}, rpt_("{} keys from {} pictures").format(len(ob.doodle_bridge.keys), len(paths)))
        told = workbench.advice(context.scene, ob)
        if told:
            self.report({"WARNING"}, told)
        return {"FINISHED"}

    def draw(self, _context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        names = "columns rows start every polarity sensitivity smallest paper side size"
        for name in names.split():
            layout.prop(self, name)
        icon = thumbnails.icon_of_reading()
        if icon:
            layout.template_icon(icon, scale=12)

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
    """A new doodle from the cells of picture files, `every` frames apart, and the frames of those after the last
    drawing, which are left out. Blank ones before that show nothing until the next.

    `side` is its width in metres, `size` in pixels, 0: as `sizing.pixels` finds. Raises DoodleError; then nothing is
    made.
    """
    from doodle_core.drawing import is_empty
    from doodle_core.errors import DoodleError

    thumbnails.forget_reading()
    cells = images.read(paths, sheet, _show_sheet)
    frames = [start + every * number for number in range(len(cells))]
    last = max((number for number, one in enumerate(cells) if not is_empty(one.drawing)), default=-1)
    inked, empty = list(zip(frames, cells, strict=True))[: last + 1], frames[last + 1 :]
    if not inked:
        raise DoodleError(f"{paths[0]}: there is nothing drawn; choose pictures with ink, or set Ink to dark or light")
    drawn = [keys.Drawn.of(frame, one.drawing, stored_path(one.path), one.cell) for frame, one in inked]
    square = placement.upright(context.scene.cursor.location[:], side)
    if context.object is not None and context.object.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    ob = making.make(context, paths[0].stem, drawn, square, size, context.collection, sheet.reading())
    sheet.store(ob.doodle_bridge)
    if sheet.columns * sheet.rows == 1 and not bpy.app.background:
        _show_lines(inked[0][1].drawing, ob.doodle_bridge.keys[0])
    return ob, empty


def odd_keys(ob: bpy.types.Object) -> list[tuple[int, str]]:
    """The frames of keys of whose pictures much was not read, or which are hardly drawings, with what is odd."""
    from doodle_core.drawing import Drawing, Picture
    from doodle_core.reading.preview import warning_about

    found = []
    for key in ob.doodle_bridge.keys:
        shown = session.decode_drawing(key.drawing)
        read = session.latent_of(key.latent, shown)
        if isinstance(shown, Picture) and isinstance(read, Drawing):
            found.append((key.frame, warning_about(shown, read)))
    return [(frame, about) for frame, about in found if about]


def _show_sheet(_path: Path, pixels: np.ndarray, grid: Grid) -> None:
    """Show how the first sheet is cut in the redo panel."""
    from doodle_core.inputs import shown_sheet

    if not thumbnails.icon_of_reading():
        thumbnails.show_reading(shown_sheet(pixels, grid))


def _show_lines(picture: Picture, key: DoodleKey) -> None:
    """Show which lines are read of the first picture in the redo panel."""
    from doodle_core.drawing import Drawing
    from doodle_core.reading.preview import preview

    read = session.latent_of(key.latent, picture)
    if isinstance(read, Drawing):
        thumbnails.show_reading(preview(picture, read, _PREVIEW))


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
