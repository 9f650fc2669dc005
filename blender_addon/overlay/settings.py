"""What is drawn over doodles in the viewport: `Scene.doodle_bridge_overlay`.

(No `from __future__ import annotations` here: Blender reads the annotations of this class.)
"""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, FloatVectorProperty, IntProperty, PointerProperty

from ..view import desk

ARCS = (
    ("large", "Large Shapes", "The shapes with the longest outlines"),
    ("picked", "Picked Shapes", "The shapes that were picked in the viewport; the large ones where none is"),
)


def _changed(_settings: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    if not bpy.app.background:
        desk.tag_redraw(("VIEW_3D",))


class OverlaySettings(bpy.types.PropertyGroup):
    """What is drawn over the active doodle, in the viewport alone."""

    show: BoolProperty(
        name="Overlay",
        description="Draw this over the active doodle in the viewport; renders never show it",
        default=True,
        options=set(),
        update=_changed,
    )
    onion: BoolProperty(
        name="Onion Skin",
        description="The drawings before and after the current frame, in-betweens too",
        default=False,
        options=set(),
        update=_changed,
    )
    as_drawing: BoolProperty(
        name="As the Drawing's",
        description="Counts and colours are those of the Grease Pencil drawing's own onion skin",
        default=True,
        options=set(),
        update=_changed,
    )
    before: IntProperty(
        name="Before",
        description="Drawings before the current frame that are seen",
        default=2,
        min=0,
        max=60,
        soft_max=12,
        options=set(),
        update=_changed,
    )
    after: IntProperty(
        name="After",
        description="Drawings after the current frame that are seen",
        default=2,
        min=0,
        max=60,
        soft_max=12,
        options=set(),
        update=_changed,
    )
    by_frames: BoolProperty(
        name="Count Frames",
        description="Frames are counted, also where a drawing is held; off: drawings",
        default=False,
        options=set(),
        update=_changed,
    )
    before_colour: FloatVectorProperty(
        name="Colour Before",
        description="Colour of the drawings before the current frame",
        subtype="COLOR",
        default=(0.145, 0.42, 0.137),
        min=0.0,
        max=1.0,
        options=set(),
        update=_changed,
    )
    after_colour: FloatVectorProperty(
        name="Colour After",
        description="Colour of the drawings after the current frame",
        subtype="COLOR",
        default=(0.125, 0.082, 0.529),
        min=0.0,
        max=1.0,
        options=set(),
        update=_changed,
    )
    opacity: FloatProperty(
        name="Onion Opacity",
        description="How opaque the nearest drawings of the onion skin are",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        options=set(),
        update=_changed,
    )
    arcs: BoolProperty(
        name="Arcs",
        description="The ways of shapes' centres through the film, with a dot at each frame",
        default=False,
        options=set(),
        update=_changed,
    )
    arcs_of: EnumProperty(
        name="Arcs Of",
        description="Which shapes' ways are drawn",
        items=ARCS,
        default="large",
        options=set(),
        update=_changed,
    )
    doubt: BoolProperty(
        name="Doubt",
        description="Colours shapes whose partners are not sure: amber for some doubt, red for much",
        default=False,
        options=set(),
        update=_changed,
    )
    links: BoolProperty(
        name="Links",
        description="Arrows for the links between the keys before and after the current frame",
        default=True,
        options=set(),
        update=_changed,
    )


def register() -> None:
    bpy.utils.register_class(OverlaySettings)
    bpy.types.Scene.doodle_bridge_overlay = PointerProperty(type=OverlaySettings)


def unregister() -> None:
    del bpy.types.Scene.doodle_bridge_overlay
    bpy.utils.unregister_class(OverlaySettings)
