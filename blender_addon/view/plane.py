"""The doodle object: a rectangle with a transparent picture, where the drawing is. Its origin is the middle of the
doodle's square, of which the rectangle is a part or all (`framing`).

What Blender gets to see is ordinary: a mesh, a material with an image texture, two generated images. The images hold
the ink's colour as plain numbers (linear, premultiplied), untouched by colour management on the way in. Premultiplied,
since Blender mixes neighbouring pixels: of straight ones the clear pixels beside an edge would darken its colour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import bpy
from mathutils import Matrix

if TYPE_CHECKING:
    import numpy as np

    from doodle_core.window import Window

    from .placement import Placement

__all__ = [
    "Sheet",
    "create",
    "has_own_images",
    "make_own",
    "move",
    "picture_nodes",
    "show",
    "shown_image",
    "stretch",
    "write",
]


PICTURE = "Doodle"
"""Name of the node that shows the picture, by which it is known where its image was removed."""
DIVISOR = "Doodle Alpha"
"""Name of the node that undoes the multiplying by alpha: its second input is 0 where the image is a live one, else 1:
Blender answers the colours of files without alpha."""
STAND_IN = "doodle_bridge_stand_in"
"""Custom property of what is in a file for Blenders without the add-on; see `stand_in`."""


@dataclass(frozen=True)
class Sheet:
    """Where a picture is: on which square, on which part of it, and how far before it, as a share of its side."""

    square: Placement
    window: Window
    lift: float = 0.0


def create(name: str, collection: bpy.types.Collection, sheet: Sheet, size: int) -> bpy.types.Object:
    """A new plane object in `collection`, with a picture of clear pixels, `size` along a side of the square."""
    mesh = bpy.data.meshes.new(name)
    left, bottom, right, top = _edges(sheet.window)
    lift = sheet.lift
    corners = [(left, bottom, lift), (right, bottom, lift), (right, top, lift), (left, top, lift)]
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    mesh.uv_layers.new(name="UVMap").data.foreach_set("uv", [0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0])
    ob = bpy.data.objects.new(name, mesh)
    settings = ob.doodle_bridge
    settings.size, settings.window = size, astuple(sheet.window)
    crop = sheet.window.crop(size)
    settings.image_a, settings.image_b = (_image(name, crop.width, crop.height) for _ in range(2))
    mesh.materials.append(_material(name, settings.image_a))
    # Ink is no wall: a drawing in front of a set must not darken it.
    ob.visible_shadow = False
    ob.matrix_world = Matrix(sheet.square.matrix.tolist())
    collection.objects.link(ob)
    return ob


def move(ob: bpy.types.Object, old: Placement, new: Placement) -> None:
    """Carry the plane along from one square to another; how the animator has moved it since stays."""
    ob.matrix_world = ob.matrix_world @ Matrix(old.matrix.tolist()).inverted_safe() @ Matrix(new.matrix.tolist())


def stretch(ob: bpy.types.Object, old: Window, new: Window) -> None:
    """Let the plane's mesh, which shows one part of the square, show another: whatever its shape is by now, what lay
    over a corner of the old part then lies over that of the new one."""
    import numpy as np

    was, becomes = np.array(_edges(old)).reshape(2, 2), np.array(_edges(new)).reshape(2, 2)
    factor = (becomes[1] - becomes[0]) / (was[1] - was[0])
    mesh: Any = ob.data
    blocks = mesh.shape_keys.key_blocks if mesh.shape_keys is not None else ()
    for corners in (mesh.vertices, *(block.data for block in blocks)):
        places = np.empty((len(corners), 3), np.float32)
        corners.foreach_get("co", places.ravel())
        places[:, :2] = becomes[0] + (places[:, :2] - was[0]) * factor
        corners.foreach_set("co", places.ravel())
    mesh.update()


def _edges(window: Window) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of a part of the square [-0.5, 0.5]^2, y up."""
    left, top = window.x - 0.5, 0.5 - window.y
    return left, top - window.height, left + window.width, top


def picture_nodes(ob: bpy.types.Object) -> Iterator[Any]:
    """The ShaderNodeTexImage nodes that show the doodle's picture, live or baked; others in its materials stay out."""
    settings = ob.doodle_bridge
    ours = [image for image in (settings.image_a, settings.image_b, settings.bake_image) if image is not None]
    for slot in ob.material_slots:
        if slot.material is not None and slot.material.node_tree is not None:
            for node in slot.material.node_tree.nodes:
                if node.bl_idname == "ShaderNodeTexImage" and (
                    node.name == PICTURE if node.image is None else node.image in ours or STAND_IN in node.image
                ):
                    yield node


def shown_image(ob: bpy.types.Object) -> bpy.types.Image | None:
    """The image that the plane shows now."""
    return next((node.image for node in picture_nodes(ob)), ob.doodle_bridge.image_a)


def show(node: Any, image: bpy.types.Image | None, live: bool) -> None:
    """Let a picture node show an image: a live one, or one of a file."""
    if node.image != image:
        node.image = image
    divisor = node.id_data.nodes.get(DIVISOR)
    wanted = 0.0 if live else 1.0
    if divisor is not None and divisor.inputs[1].default_value != wanted:
        divisor.inputs[1].default_value = wanted


def write(ob: bpy.types.Object, pixels: np.ndarray, other: bool = False) -> bpy.types.Image:
    """Show (h, w, 4) float32 straight RGBA, first row on top, on the plane of the original object `ob`.

    Writes the image that is shown, or with `other` the other one, which then is shown. Returns the image written.
    """
    settings = ob.doodle_bridge
    image = shown_image(ob)
    if image not in (settings.image_a, settings.image_b):
        image = settings.image_a
    elif other:
        image = settings.image_b if image == settings.image_a else settings.image_a
    assert image is not None
    height, width = pixels.shape[:2]
    now: Any = image.size
    if tuple(now) != (width, height):
        image.generated_width, image.generated_height = width, height
    flat: Any = _stored(pixels).ravel()
    image.pixels.foreach_set(flat)
    image.update()
    image.update_tag()  # without it the viewport keeps the old picture
    for node in picture_nodes(ob):
        show(node, image, True)
    return image


def _stored(pixels: np.ndarray) -> np.ndarray:
    """Straight RGBA, first row on top, as the images hold it: premultiplied, first row at the bottom. The room is used
    again at the next call of its size."""
    import numpy as np

    rows, turned = _room(*pixels.shape[:2]), pixels[::-1]
    np.copyto(rows, turned)
    for channel in range(3):
        np.multiply(rows[..., channel], rows[..., 3], out=rows[..., channel])
    return rows


@lru_cache(maxsize=2)
def _room(height: int, width: int) -> np.ndarray:
    import numpy as np

    return np.empty((height, width, 4), np.float32)


def has_own_images(ob: bpy.types.Object, taken: set[int]) -> bool:
    """False when another doodle already writes this one's images: it is a copy. Adds them to `taken`."""
    image = ob.doodle_bridge.image_a
    if image is None or image.session_uid in taken:
        return False
    taken.add(image.session_uid)
    return True


def make_own(ob: bpy.types.Object) -> None:
    """Give a copied doodle images and materials of its own, so that it does not show the other one's picture."""
    settings = ob.doodle_bridge
    nodes = list(picture_nodes(ob))
    old = (settings.image_a, settings.image_b)
    width, height = (1, 1) if old[0] is None else tuple(old[0].size)
    new = (_image(ob.name, width, height), _image(ob.name, width, height))
    slots = {node.id_data for node in nodes}
    for slot in ob.material_slots:
        if slot.material is not None and slot.material.node_tree in slots:
            # On the object, since copies with Alt-D share the mesh and its material slots.
            material = slot.material.copy()
            slot.link = "OBJECT"
            slot.material = material
            for node in material.node_tree.nodes:
                if node.bl_idname == "ShaderNodeTexImage" and node.image in old:
                    node.image = new[0]
    settings.image_a, settings.image_b = new


def _image(name: str, width: int, height: int) -> bpy.types.Image:
    image = bpy.data.images.new(name, width, height, alpha=True, float_buffer=True, is_data=True)
    # Before any pixel is written, or it would wipe it.
    image.generated_color = (0.0, 0.0, 0.0, 0.0)
    # Cycles answers the same numbers for any mode, but Workbench takes channel-packed ink for an opaque square.
    image.alpha_mode = "PREMUL"
    return image


def _material(name: str, image: bpy.types.Image) -> bpy.types.Material:
    """Shadeless ink over nothing: emission and transparency, mixed by the picture's alpha."""
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    material.surface_render_method = "BLENDED"
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    picture = nodes.new("ShaderNodeTexImage")
    picture.name, picture.image = PICTURE, image
    picture.extension = "CLIP"
    clear, ink = nodes.new("ShaderNodeBsdfTransparent"), nodes.new("ShaderNodeEmission")
    mix, output = nodes.new("ShaderNodeMixShader"), nodes.new("ShaderNodeOutputMaterial")
    alpha, colour = nodes.new("ShaderNodeMath"), nodes.new("ShaderNodeVectorMath")
    alpha.name, alpha.operation, alpha.inputs[1].default_value = DIVISOR, "MAXIMUM", 0.0
    colour.operation = "DIVIDE"
    links.new(picture.outputs["Alpha"], alpha.inputs[0])
    links.new(picture.outputs["Color"], colour.inputs[0])
    links.new(alpha.outputs[0], colour.inputs[1])
    links.new(colour.outputs[0], ink.inputs["Color"])
    links.new(picture.outputs["Alpha"], mix.inputs[0])
    links.new(clear.outputs[0], mix.inputs[1])
    links.new(ink.outputs[0], mix.inputs[2])
    links.new(mix.outputs[0], output.inputs["Surface"])
    for x, node in enumerate((picture, alpha, colour, ink, mix, output)):
        node.location = (260 * x - 800, 0)
    clear.location = (-20, -150)
    nodes.active = picture  # what Workbench and Solid shading show
    return material
