"""What the artist has said of how a doodle's keys become one another: kept in the .blend beside the keys.

(No `from __future__ import annotations` here: Blender reads the annotations of these classes.)
"""

import bpy
from bpy.props import CollectionProperty, EnumProperty, FloatVectorProperty, IntProperty, StringProperty

KINDS = (
    ("link", "Link", "This goes there: a shape of one key becomes a shape of the next one", "LINKED", 0),
    ("alone", "Left Alone", "Shapes that become nothing else: they stay, and then appear or vanish", "UNLINKED", 1),
    ("together", "Belong Together", "Shapes that move as one piece", "GROUP", 2),
)
OVERRIDABLE = {"LIBRARY_OVERRIDABLE"}


class DoodleEnd(bpy.types.PropertyGroup):
    """A shape of a key, and a place on it."""

    key: IntProperty(name="Key", options={"HIDDEN"}, override=OVERRIDABLE)
    shape: IntProperty(name="Shape", options={"HIDDEN"}, override=OVERRIDABLE)
    place: FloatVectorProperty(name="Place", size=2, options={"HIDDEN"}, override=OVERRIDABLE)


class DoodleCorrection(bpy.types.PropertyGroup):
    """One thing that the artist has said."""

    kind: EnumProperty(
        name="Kind",
        description="What is said of these shapes",
        items=KINDS,
        default="link",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    number: IntProperty(
        name="Number", description="One of a kind in the doodle", options={"HIDDEN"}, override=OVERRIDABLE
    )
    layer: StringProperty(
        name="Layer",
        description="A whole layer of the drawing is meant, at all keys",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    ends: CollectionProperty(
        name="Shapes", description="The shapes that are meant", type=DoodleEnd, override=OVERRIDABLE
    )


CLASSES = (DoodleEnd, DoodleCorrection)
