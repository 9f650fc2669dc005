"""What a Blender without this add-on shows of a doodle that is not baked: its last picture, stamped NOT BAKED.

Generated pictures are not stored in a .blend, so such a Blender would show nothing at all, and a render without the
drawing looks like any other. The stand-ins, and a text that says what to do, are in the file alone: they are put in
before it is written and taken out again after. A file that is opened with the add-on draws its doodles as ever, and
what it no longer needs goes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.handlers import persistent

from ..hooks import Hooks
from ..properties import doodles
from . import plane

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["NAME", "put", "take_away"]

NAME = "Doodle Bridge"
"""Of the text in the file."""
SIDE = 256
"""Pixels along a side of a square stand-in, others have as many in all: to be read on the plane, not to be looked at; a
dozen kilobytes."""
LINES = (("NOT BAKED", 0.145, -0.035), ("needs the add-on Doodle Bridge", 0.06, 0.075))
"""Texts of the stamp, how high their letters are and how far under its middle they stand: shares of the stamp's side.
"""
RED, WHITE = (200, 0, 40, 255), (255, 255, 255, 255)

_swapped: list[tuple[Any, bpy.types.Image]] = []


def put() -> None:
    """Let every live doodle of this file show its stand-in, and add the text. `take_away` undoes it."""
    take_away()
    if bpy.app.is_job_running("RENDER"):
        return  # it looks at the planes
    names = []
    for ob in doodles():
        if ob.library is not None or ob.doodle_bridge.is_baked:
            continue
        if ob.type == "GREASEPENCIL":
            names.append(f"{ob.name} (strokes)")
        if ob.doodle_bridge.image_a is None:
            continue
        names.append(ob.name)
        settings = ob.doodle_bridge
        shown = plane.shown_image(ob)
        shown = shown if shown in (settings.image_a, settings.image_b) else settings.image_a
        nodes = [node for node in plane.picture_nodes(ob) if node.id_data.library is None]
        if nodes:
            image = _image(f"{ob.name} (NOT BAKED)", _stamped(_pixels(shown)))
            for node in nodes:
                _swapped.append((node, shown))
                plane.show(node, image, False)
    if names:
        text = bpy.data.texts.new(NAME)
        text[plane.STAND_IN] = True
        text.write(_told(names))


def take_away() -> None:
    """Show the live pictures again, and remove stand-ins that nothing shows and the text."""
    for node, image in _swapped:
        plane.show(node, image, True)
    _swapped.clear()
    gone: list[bpy.types.ID] = [one for one in bpy.data.images if _ours(one) and one.users == 0]
    gone += [one for one in bpy.data.texts if _ours(one)]
    if gone:
        bpy.data.batch_remove(gone)


def _ours(one: bpy.types.ID) -> bool:
    return one.library is None and one.get(plane.STAND_IN) is not None


def _pixels(image: bpy.types.Image) -> NDArray[np.float32]:
    """What a live image shows, sampled: (h, w, 4) straight RGBA in its shape, first row on top."""
    import numpy as np

    size: Any = image.size
    width, height = (int(side) for side in size)
    flat: Any = np.empty(height * width * 4, np.float32)
    image.pixels.foreach_get(flat)
    shape = (height / width) ** 0.5
    rows, columns = (
        (np.arange(count) * side + side // 2) // count
        for side, count in ((height, round(SIDE * shape)), (width, round(SIDE / shape)))
    )
    pixels: NDArray[np.float32] = flat.reshape(height, width, 4)[::-1][np.ix_(rows, columns)]
    alpha = pixels[..., 3:]
    np.divide(pixels[..., :3], alpha, out=pixels[..., :3], where=alpha > 0)
    return pixels


def _stamped(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(h, w, 4) scene-linear RGBA -> the same in sRGB, framed in red and with what is the matter across it."""
    import numpy as np

    from ..outputs.levels import to_levels

    stamp = _stamp(*pixels.shape[:2])
    return np.where(stamp[..., 3:] > 0, stamp, to_levels(pixels, 8))


@cache
def _stamp(rows: int, columns: int) -> NDArray[np.uint8]:
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGBA", (columns, rows))
    draw = ImageDraw.Draw(picture)
    side = min(columns, 3 * rows)  # of a low picture the stamp's band takes most
    draw.rectangle((0, 0, columns - 1, rows - 1), outline=RED, width=max(1, side // 42))
    draw.rectangle((0, rows / 2 - side / 8, columns - 1, rows / 2 + side / 8), fill=RED)
    for line, height, down in LINES:
        font: Any = ImageFont.load_default(side * height)
        draw.text((columns / 2, rows / 2 + side * down), line, fill=WHITE, font=font, anchor="mm")
    return np.asarray(picture)


def _image(name: str, levels: NDArray[np.uint8]) -> bpy.types.Image:
    """An image whose picture is stored in the .blend."""
    import numpy as np

    height, width = levels.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=True)
    image[plane.STAND_IN] = True
    image.colorspace_settings.name = "sRGB"
    image.alpha_mode = "STRAIGHT"
    flat: Any = (levels[::-1].astype(np.float32) / 255).ravel()
    image.pixels.foreach_set(flat)
    image.pack()
    return image


def _told(names: list[str]) -> str:
    listed = "\n".join(f"    {name}" for name in names)
    return f"""This file needs the add-on Doodle Bridge.

These drawings are not baked; Doodle Bridge draws them anew at every frame:
{listed}
Where it is not installed they show one old picture, stamped NOT BAKED, or the
strokes of one old frame. Either
- install and enable Doodle Bridge on that machine, or
- bake them where it is installed, and save:
    in the window: sidebar, Doodle, Output, Bake
    without one: blender -b THIS.blend -c doodle_bridge bake --save
"""


@persistent
def _saving(*_: object) -> None:
    try:
        put()
    except Exception as error:  # the animator's file comes first
        take_away()
        print(f"Doodle Bridge: no stand-ins in this file: {error}")


@persistent
def _saved(*_: object) -> None:
    take_away()


_hooks = Hooks(
    save_pre=_saving,
    save_post=_saved,
    save_post_fail=_saved,
    load_post=_saved,  # after the live view, which shows what can be shown
)


def register() -> None:
    _hooks.register()


def unregister() -> None:
    _hooks.unregister()
    _swapped.clear()
