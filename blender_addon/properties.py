"""What a doodle remembers in the .blend: `Object.doodle_bridge`, and its latent keys.

The motion and look settings animate like any Blender property. Everything that a frame needs is stored here (latents
too), so a file renders without encoding again.

(No `from __future__ import annotations` here: Blender reads the annotations of these classes.)
"""

from collections.abc import Iterable
from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from . import corrections

METHODS = (
    ("linear", "Straight", "Every point of every line goes straight"),
    ("circular", "Arcs by Chord", "Limbs swing along arcs and keep their length, as the chord of their turn goes"),
    ("spherical", "Arcs", "Limbs swing along arcs and keep their length, turning evenly"),
    ("cubic", "Smooth", "A smooth spline through all keys at their true times"),
    ("hold", "Hold", "Each key stays until the next one"),
)
"""Identifier, name, tooltip: in the order, and by the names, of doodle_core.interpolation.METHODS (a test compares
them)."""


OVERRIDABLE = {"LIBRARY_OVERRIDABLE"}
"""For every property: a doodle in a linked file can be overridden like any other object."""


KEY_STATES = (
    ("fresh", "Fresh", "The key is what is drawn", "CHECKMARK", 0),
    ("stale", "Stale", "The drawing has changed since: refresh the key", "FILE_REFRESH", 1),
    ("empty", "Empty", "Nothing is drawn there any more: draw, or remove the key", "GHOST_DISABLED", 2),
)
OUTPUTS = (
    (
        "strokes",
        "Strokes",
        "A Grease Pencil object that Blender draws: with the drawing's layers, materials and modifiers",
    ),
    ("plane", "Picture Plane", "A plane with a picture: for pictures, compositing and image sequences"),
)
INKS = (
    ("colour", "One Colour", "All ink has the colour below"),
    ("drawing", "As Drawn", "Every line has the colour of its stroke: its material and vertex colours"),
)
BAKE_FORMATS = (
    ("png", "PNG", "Pictures as any program reads them, in sRGB"),
    ("exr", "OpenEXR", "Scene-linear half floats with premultiplied alpha, for compositing"),
)
BAKE_RANGES = (
    ("scene", "Scene", "The frames that the scene renders"),
    ("preview", "Preview", "The preview range of the timeline, where one is set; else the scene's"),
    ("custom", "Custom", "The first and last frame below"),
)


def _edited(settings: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    # Blender evaluates the object anew, and the live view follows; without, an edit would wait for the next frame.
    settings.id_data.update_tag()


def _framed(settings: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    from .view import framing

    ob: Any = settings.id_data
    framing.toggled(ob)


def _output(settings: bpy.types.PropertyGroup) -> int:
    return 0 if settings.id_data.type == "GREASEPENCIL" else 1


class DoodleKey(bpy.types.PropertyGroup):
    """One latent key: what was drawn, where it came from and its latent. All texts are written by the add-on, none
    by hand."""

    frame: IntProperty(
        name="Source Frame",
        description="Frame of the drawing's own keyframe, in frames",
        options=set(),
        override=OVERRIDABLE,
    )
    latent: StringProperty(
        name="Latent",
        description="The latent as text; empty: the drawing itself",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    drawing: StringProperty(
        name="Drawing",
        description="Base64 of the drawing on its canvas",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    digest: StringProperty(
        name="Digest",
        description="Hash of the drawing: tells when the source has changed",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    match: StringProperty(
        name="Match",
        description="What becomes what on the way to the next key: base64 of spans, behind a name of both latents",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    path: StringProperty(
        name="Picture",
        description="File that this key was made from",
        subtype="FILE_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
        override=OVERRIDABLE,
    )
    cell: IntProperty(
        name="Cell",
        description="Which cell of the sheet, row by row from 0; -1: the whole picture",
        default=0,
        min=-1,
        options=set(),
        override=OVERRIDABLE,
    )
    stamp: StringProperty(
        name="Stamp",
        description="Time and size of the picture file when it was read: tells when it may have changed",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    layers: StringProperty(
        name="Layers",
        description="Which layers of the source have a keyframe of their own here, and its type; empty: all",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    hints: StringProperty(
        name="Hints",
        description="What the corrections say of this key's shapes, as JSON; empty: nothing",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    made: StringProperty(
        name="Made of an In-Between",
        description="How the key was made of an in-between, as JSON: what removing it brings back; empty: it was drawn",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    state: EnumProperty(
        name="State",
        description="Whether the key is still what is drawn",
        items=KEY_STATES,
        default="fresh",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )


class DoodleOffset(bpy.types.PropertyGroup):
    """By how many frames a layer, by name, comes later than the others."""

    frames: IntProperty(
        name="Offset",
        description="Frames by which this layer comes later than the others, as hair and tails follow through; "
        "negative: before them",
        default=0,
        soft_min=-24,
        soft_max=24,
        options=set(),
        update=_edited,
        override=OVERRIDABLE,
    )


class DoodleSettings(bpy.types.PropertyGroup):
    """Settings of one doodle object; on every other object `is_doodle` is off and nothing here matters."""

    is_doodle: BoolProperty(name="Is a Doodle", options={"HIDDEN"}, override=OVERRIDABLE)
    keys: CollectionProperty(
        name="Keys",
        description="The latent keys of the doodle, in the order of their drawings",
        type=DoodleKey,
        override=OVERRIDABLE,
    )
    active_key: IntProperty(name="Active Key", options={"HIDDEN"}, override=OVERRIDABLE)
    corrections: CollectionProperty(
        name="Corrections",
        description="What was said by hand of how the keys become one another",
        type=corrections.DoodleCorrection,
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    active_correction: IntProperty(name="Active Correction", options={"HIDDEN"}, override=OVERRIDABLE)
    picked: StringProperty(
        name="Picked Shapes",
        description="Shapes that were picked in the viewport: their keys and numbers",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    model_id: StringProperty(
        name="Model", description="Hash of the weights that made the keys", options={"HIDDEN"}, override=OVERRIDABLE
    )

    # Motion
    position: FloatProperty(
        name="Position",
        description="Where between the latent keys: 0 at the first, 1 at the second. Its keyframes time the doodle",
        default=0.0,
        soft_min=0.0,
        precision=3,
        step=5,
        update=_edited,
        override=OVERRIDABLE,
    )
    method: EnumProperty(
        name="Path",
        description="How lines go from key to key",
        items=METHODS,
        default="spherical",
        update=_edited,
        override=OVERRIDABLE,
    )
    sigma: FloatProperty(
        name="In-Between Shake",
        description="How much the in-betweens shake, half-way between two keys, in units of the model's latent spread; "
        "0.25 is a lively line boil, 1 is wild",
        default=0.0,
        min=0.0,
        max=1000.0,
        soft_max=2.0,
        precision=3,
        step=1,
        update=_edited,
        override=OVERRIDABLE,
    )
    seed: IntProperty(
        name="Seed",
        description="Which shake: another number gives another one",
        default=0,
        min=0,
        update=_edited,
        override=OVERRIDABLE,
    )

    favouring: IntProperty(
        name="Favouring",
        description="What Make It a Key draws: 0 is the in-between as it is shown; -100 all the way to the key before, "
        "100 to the key after",
        default=0,
        min=-100,
        max=100,
        subtype="PERCENTAGE",
        options=set(),
        override=OVERRIDABLE,
    )

    # Line boil
    boil: FloatProperty(
        name="Boil",
        description="How much every drawing shakes, keys and drawings that stand still too, in model pixels "
        "(1/64 of the doodle's side); 0.3 is lively",
        default=0.0,
        min=0.0,
        max=1000.0,
        soft_max=2.0,
        precision=3,
        step=1,
        update=_edited,
        override=OVERRIDABLE,
    )
    boil_step: IntProperty(
        name="Held For",
        description="Frames from one wobble to the next, held between: 1 is on ones, 2 on twos, 3 on threes",
        default=2,
        min=1,
        soft_max=12,
        update=_edited,
        override=OVERRIDABLE,
    )
    boil_cycle: IntProperty(
        name="Cycle",
        description="How many wobbles there are before the first returns, so that the boil loops; 0: none ever returns",
        default=0,
        min=0,
        soft_max=24,
        update=_edited,
        override=OVERRIDABLE,
    )
    stepped: BoolProperty(
        name="Hold the Shake",
        description="The in-betweens' shake is new at every wobble too, and held; off: it wanders on from frame to "
        "frame",
        default=False,
        update=_edited,
        override=OVERRIDABLE,
    )
    loop: BoolProperty(
        name="Loop",
        description="The way goes on from the last key to the first: position counts round and round",
        default=False,
        update=_edited,
        override=OVERRIDABLE,
    )

    # Look
    pin: FloatProperty(
        name="Exact at Keys",
        description="How much of your own drawing comes back at a key: 1 is the drawing, 0 what the model makes of it",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=_edited,
        override=OVERRIDABLE,
    )
    line_weight: FloatProperty(
        name="Line Weight",
        description="Thickens (or thins) lines on each side, in model pixels (1/64 of the doodle's side)",
        default=0.0,
        min=-2.0,
        max=2.0,
        soft_min=-1.0,
        soft_max=1.0,
        precision=3,
        step=1,
        update=_edited,
        override=OVERRIDABLE,
    )
    softness: FloatProperty(
        name="Softness",
        description="Width of the soft edge beyond one picture pixel, in model pixels (1/64 of the doodle's side)",
        default=0.0,
        min=0.0,
        max=4.0,
        precision=3,
        step=1,
        update=_edited,
        override=OVERRIDABLE,
    )
    ink: EnumProperty(
        name="Ink",
        description="Where the colour of lines comes from",
        items=INKS,
        default="colour",
        update=_edited,
        override=OVERRIDABLE,
    )
    opacity: FloatProperty(
        name="Opacity",
        description="How much of the whole drawing is seen",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=_edited,
        override=OVERRIDABLE,
    )
    colour: FloatVectorProperty(
        name="Colour",
        description="Colour and opacity of the ink",
        subtype="COLOR",
        size=4,
        default=(0.0, 0.0, 0.0, 1.0),
        min=0.0,
        max=1.0,
        update=_edited,
        override=OVERRIDABLE,
    )

    # Transform: ranges of doodle_core.transform
    transform_weight: FloatProperty(
        name="Weight",
        description="Makes the lines of every drawing thicker or thinner on each side, in model pixels (1/64 of the "
        "doodle's side)",
        default=0.0,
        min=-2.0,
        max=2.0,
        soft_min=-1.0,
        soft_max=1.0,
        precision=3,
        step=1,
        update=_edited,
        override=OVERRIDABLE,
    )
    transform_x: FloatProperty(
        name="Shift X",
        description="Moves every drawing to the right on its square, in sides of the square",
        default=0.0,
        min=-2.0,
        max=2.0,
        soft_min=-0.5,
        soft_max=0.5,
        precision=3,
        step=1,
        update=_edited,
        override=OVERRIDABLE,
    )
    transform_y: FloatProperty(
        name="Y",
        description="Moves every drawing up on its square, in sides of the square",
        default=0.0,
        min=-2.0,
        max=2.0,
        soft_min=-0.5,
        soft_max=0.5,
        precision=3,
        step=1,
        update=_edited,
        override=OVERRIDABLE,
    )
    transform_scale: FloatProperty(
        name="Scale",
        description="Makes every drawing, its lines too, larger or smaller about the middle of its square: 1 is twice "
        "as large, 2 four times, -1 half as large",
        default=0.0,
        min=-2.0,
        max=2.0,
        soft_min=-1.0,
        soft_max=1.0,
        precision=3,
        step=1,
        update=_edited,
        override=OVERRIDABLE,
    )
    transform_rotation: FloatProperty(
        name="Rotation",
        description="Turns every drawing counter-clockwise about the middle of its square",
        default=0.0,
        subtype="ANGLE",
        update=_edited,
        override=OVERRIDABLE,
    )
    size: IntProperty(
        name="Size",
        description="Pixels along a side of the doodle's square; the picture of a wide drawing is a part of it",
        default=512,
        min=16,
        max=8192,
        options=set(),
        update=_edited,
        override=OVERRIDABLE,
    )
    fitted: BoolProperty(
        name="Fit to Drawing",
        description="The picture of a wide or a tall drawing ends where the drawing does; off: it is the whole square, "
        "with room for drawings that are moved or turned",
        default=True,
        options=set(),
        update=_framed,
        override=OVERRIDABLE,
    )
    window: FloatVectorProperty(
        name="Window",
        description="Part of the square that the picture shows: left, top, width, height, in sides of the square",
        size=4,
        default=(0.0, 0.0, 1.0, 1.0),
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )

    output: EnumProperty(
        name="Output",
        description="What the doodle is in the scene; Change Output makes the other of it",
        items=OUTPUTS,
        get=_output,
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )

    # Source
    source: PointerProperty(
        name="Source",
        description="The drawing that the keys were made from",
        type=bpy.types.Object,
        override=OVERRIDABLE,
    )
    layers: StringProperty(
        name="Layers",
        description="Names of the layers that the keys come from, as JSON; empty: all that can be seen",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    exclude_breakdowns: BoolProperty(
        name="Exclude Breakdowns",
        description="Keyframes that are breakdowns, jitter or generated are no keys: what is between keys is made anew",
        default=False,
        options=set(),
        override=OVERRIDABLE,
    )
    offsets: CollectionProperty(
        name="Offsets",
        description="By how many frames layers of the drawing come later than the others",
        type=DoodleOffset,
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    follow: BoolProperty(
        name="Follow Drawing",
        description="Refresh keys by themselves, a moment after a stroke is finished",
        default=False,
        options=set(),
        override=OVERRIDABLE,
    )
    left_out: StringProperty(
        name="Left Out",
        description="Frames of the source whose keys were removed: Update Keys leaves them out",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    strokes_layers: StringProperty(
        name="In-Betweens Layers",
        description="Layers that hold baked in-betweens, by the layer that they are of, as JSON: never read as keys",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    strokes_digests: StringProperty(
        name="Baked In-Betweens",
        description="Digests of baked in-betweens by layer and frame, as JSON: tells which a hand has changed since",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    strokes_view: StringProperty(
        name="View without In-Betweens",
        description="What was shown before the in-betweens were, as JSON; empty: they are not",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    columns: IntProperty(
        name="Columns",
        description="Columns of the sheet that the keys were cut from",
        default=1,
        min=1,
        options=set(),
        override=OVERRIDABLE,
    )
    rows: IntProperty(
        name="Rows",
        description="Rows of the sheet that the keys were cut from",
        default=1,
        min=1,
        options=set(),
        override=OVERRIDABLE,
    )
    polarity: StringProperty(
        name="Ink",
        description="Which ink was read: auto, dark, light or colours",
        default="auto",
        override=OVERRIDABLE,
    )
    sensitivity: FloatProperty(
        name="Sensitivity",
        description="How faint a line was read",
        default=0.5,
        min=0.0,
        max=1.0,
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    smallest: FloatProperty(
        name="Smallest Line",
        description="The shortest line that was read, in per cent of a picture's side",
        default=0.3,
        min=0.0,
        max=100.0,
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    paper: StringProperty(
        name="Paper",
        description="Whether the paper of pictures was removed or kept",
        default="removed",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )

    space: StringProperty(
        name="Space",
        description="How the layers of the source lie in the space of the keys, as JSON; empty: keys are in the world",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    returns: BoolProperty(
        name="Was of Strokes",
        description="A plane only for its baked pictures: Free Bake makes strokes of it again",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    slots: StringProperty(
        name="Slots",
        description="The colours of the source's materials when the keys were read, as JSON",
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )

    # Where the square stands: the plane and canvas of doodle_core.canvas, as floats that survive being stored
    plane_origin: FloatVectorProperty(size=3, options={"HIDDEN"}, override=OVERRIDABLE)
    plane_x: FloatVectorProperty(size=3, default=(1.0, 0.0, 0.0), options={"HIDDEN"}, override=OVERRIDABLE)
    plane_y: FloatVectorProperty(size=3, default=(0.0, 0.0, 1.0), options={"HIDDEN"}, override=OVERRIDABLE)
    canvas_centre: FloatVectorProperty(size=2, options={"HIDDEN"}, override=OVERRIDABLE)
    canvas_side: FloatProperty(default=1.0, options={"HIDDEN"}, override=OVERRIDABLE)

    # The two pictures that the live view writes by turns (a render with persistent data keeps showing one that it has
    # seen)
    image_a: PointerProperty(type=bpy.types.Image, options={"HIDDEN"}, override=OVERRIDABLE)
    image_b: PointerProperty(type=bpy.types.Image, options={"HIDDEN"}, override=OVERRIDABLE)

    # Output. `is_baked` on: the plane plays `bake_image`, and the live view leaves it alone
    is_baked: BoolProperty(name="Baked", options={"HIDDEN"}, update=_edited, override=OVERRIDABLE)
    bake_image: PointerProperty(type=bpy.types.Image, options={"HIDDEN"}, override=OVERRIDABLE)
    bake_folder: StringProperty(
        name="Folder",
        description="Folder that the baked pictures go to; empty: a folder named after the doodle beside the .blend",
        subtype="DIR_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
        override=OVERRIDABLE,
    )
    bake_format: EnumProperty(
        name="Format",
        description="File format of the baked pictures",
        items=BAKE_FORMATS,
        default="png",
        options=set(),
        override=OVERRIDABLE,
    )
    bake_range: EnumProperty(
        name="Frames",
        description="Which frames are baked",
        items=BAKE_RANGES,
        default="scene",
        options=set(),
        override=OVERRIDABLE,
    )
    bake_first: IntProperty(
        name="First", description="First frame to bake", default=1, min=0, options=set(), override=OVERRIDABLE
    )
    bake_last: IntProperty(
        name="Last", description="Last frame to bake", default=250, min=0, options=set(), override=OVERRIDABLE
    )
    bake_depth: EnumProperty(
        name="Depth",
        description="Bits a channel of the baked PNG pictures",
        items=(("8", "8 bit", "Small files, 256 levels"), ("16", "16 bit", "Large files, 65536 levels")),
        default="8",
        options=set(),
        override=OVERRIDABLE,
    )
    bake_start: IntProperty(name="First Baked Frame", options={"HIDDEN"}, override=OVERRIDABLE)
    bake_end: IntProperty(name="Last Baked Frame", options={"HIDDEN"}, override=OVERRIDABLE)


def doodles(objects: Iterable[bpy.types.Object] | None = None) -> list[bpy.types.Object]:
    """The doodle objects among `objects` (default: of the whole file)."""
    return [ob for ob in (bpy.data.objects if objects is None else objects) if ob.doodle_bridge.is_doodle]


def active_doodle(context: bpy.types.Context) -> bpy.types.Object | None:
    """The active object if it is a doodle, or the doodle in the scene that is made of it; None for neither."""
    ob = context.object
    if ob is None or ob.doodle_bridge.is_doodle:
        return ob
    return next((one for one in doodles(context.scene.objects) if one.doodle_bridge.source == ob), None)


def named(scene: bpy.types.Scene, name: str, library: str = "") -> bpy.types.Object | None:
    """The object of that name in `scene`. Names are one of a kind within a file only: `library` is the path of the
    file that it is linked from, as the .blend has it; '' for none."""
    objects: Any = bpy.data.objects
    ob: bpy.types.Object | None = objects.get((name, library or None))
    return ob if ob is not None and scene in ob.users_scene else None


def library_of(ob: bpy.types.Object) -> str:
    """What `named` calls the file that an object is linked from."""
    return "" if ob.library is None else ob.library.filepath


CLASSES = (*corrections.CLASSES, DoodleKey, DoodleOffset, DoodleSettings)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Object.doodle_bridge = PointerProperty(type=DoodleSettings, override={"LIBRARY_OVERRIDABLE"})


def unregister() -> None:
    del bpy.types.Object.doodle_bridge
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
