"""Small pictures of keys for lists and buttons: the drawing in its colours on light paper, or on dark where its ink is
light, which is read on any theme. Of a doodle that shows a part of its square they show that part.

A picture is named by the digest of its drawing, so that it can never be another key's, whatever file is open. Drawing
one takes milliseconds: `icon_of` only asks, and a timer makes them, a few a tick.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeAlias

import bpy
import bpy.utils.previews

from .view import desk

if TYPE_CHECKING:
    import numpy as np

    from .properties import DoodleKey

Part: TypeAlias = tuple[float, ...]
"""x, y, width and height of a part of the square, as in `doodle_core.window.Window`."""

__all__ = ["forget_reading", "icon_of", "icon_of_reading", "make_waiting", "picture", "show_reading"]

SIZE = 96
"""Pixels a side."""
KEPT = 512
"""Pictures kept, 36 kB each; those that were not asked for longest go first."""
AT_ONCE = 0.01
"""Seconds of drawing in one tick."""
_READING = "what was read"
_PAPER, _DARK, _INK = 0.86, 0.22, 0.06
_LIGHT = 0.6  # of white: lighter ink is shown on dark paper
_WHOLE = (0.0, 0.0, 1.0, 1.0)
_SHOWN_IN = ("VIEW_3D", "PROPERTIES")

_previews: Any = None
# By name: what is made, in the order of last being asked for, and the stored drawings of what is not made yet, with the
# part of the square that is shown.
_icons: OrderedDict[str, int] = OrderedDict()
_waiting: dict[str, tuple[str, Part]] = {}


def icon_of(key: DoodleKey) -> int:
    """The icon of what a key was drawn as, for `icon_value` or `template_icon`; 0 as long as it is not made. For
    drawing code: takes microseconds, and has areas drawn again once the picture is there."""
    part = tuple(round(side, 4) for side in key.id_data.doodle_bridge.window)
    name = key.digest if part == _WHOLE or not key.digest else f"{key.digest} {part}"
    if name in _icons:
        _icons.move_to_end(name)
        return _icons[name]
    if name and name not in _waiting and _previews is not None:
        _waiting[name] = key.drawing, part
        if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
            bpy.app.timers.register(_tick, first_interval=0.0)
    return 0


def make_waiting(seconds: float = AT_ONCE) -> bool:
    """Make pictures that were asked for, one at least; whether some are still missing."""
    until = time.perf_counter() + seconds
    while _waiting:
        name = next(iter(_waiting))
        _keep(name, *_waiting.pop(name))
        if time.perf_counter() >= until:
            break
    return bool(_waiting)


def picture(drawing: str, size: int = SIZE, part: Part = _WHOLE) -> np.ndarray:
    """(size, size, 4) float32 straight RGBA as displays show it, first row on top: a part of a stored drawing in the
    middle of its paper; bare paper for a damaged one."""
    import numpy as np

    from doodle_core.errors import DoodleError

    pixels = np.full((size, size, 4), _PAPER, np.float32)
    pixels[..., 3] = 1.0
    try:
        shown = _shown(drawing, part, size)
    except DoodleError:
        return pixels
    colours, alpha = shown[..., :3], shown[..., 3:]
    if alpha.any() and (colours * alpha).sum() > _LIGHT * 3 * alpha.sum():
        pixels[..., :3] = _DARK
    top, left = ((size - side) // 2 for side in shown.shape[:2])
    under = pixels[top : top + len(shown), left : left + shown.shape[1], :3]
    under += alpha * (colours - under)
    return pixels


def _shown(drawing: str, part: Part, size: int) -> np.ndarray:
    """(h, w, 4) float32 straight sRGB and alpha of a part of a stored drawing, the longer side `size`. Raises
    DoodleError for a damaged one."""
    import numpy as np

    from doodle_core import raster
    from doodle_core.drawing import Drawing
    from doodle_core.drawing.sheet import laid_out
    from doodle_core.rendering import Style, View, render
    from doodle_core.srgb import encoded, linear
    from doodle_core.window import Window

    from .session import decode_drawing

    stored = decode_drawing(drawing)
    window = Window(*part)
    whole = max(1, round(size / max(window.width, window.height)))
    crop = window.crop(whole)
    if isinstance(stored, Drawing):
        grey = float(linear(np.array([round(255 * _INK)], np.uint8))[0])
        style = Style(colour=(grey, grey, grey, 1.0))
        view = View(crop.width, crop.height, float(whole), crop.left, crop.top)
        answer = render(laid_out(stored, stored.sheet), view, style)
        answer[..., :3] = encoded(answer[..., :3])
    else:
        answer = np.full((crop.height, crop.width, 4), _INK, np.float32)
        answer[..., 3] = raster.ink(stored, whole)[crop.slices]
    return answer[:size, :size]


def show_reading(pixels: np.ndarray) -> None:
    """Keep the picture (n, m, 3) uint8 of what was read of the latest pictures, for `icon_of_reading`."""
    import numpy as np

    if _previews is None:
        return
    side = max(pixels.shape[:2])
    square = np.full((side, side, 4), _PAPER, np.float32)
    top, left = (side - pixels.shape[0]) // 2, (side - pixels.shape[1]) // 2
    square[top : top + pixels.shape[0], left : left + pixels.shape[1], :3] = pixels[..., :3] / np.float32(255)
    square[..., 3] = 1.0
    forget_reading()
    preview = _previews.new(_READING)
    preview.image_size = square.shape[:2]
    preview.image_pixels_float.foreach_set(square[::-1].ravel())


def forget_reading() -> None:
    """What was read belongs to other pictures from now on."""
    if _previews is not None and _READING in _previews:
        del _previews[_READING]


def icon_of_reading() -> int:
    """The icon of that picture for `template_icon`; 0 where there is none."""
    return int(_previews[_READING].icon_id) if _previews is not None and _READING in _previews else 0


def _keep(name: str, drawing: str, part: Part) -> None:
    preview = _previews.new(name)
    pixels = picture(drawing, SIZE, part)
    small = pixels.reshape(32, SIZE // 32, 32, SIZE // 32, 4).mean(axis=(1, 3))
    # Lists show the small one, template_icon the large one.
    for kind, own in (("image", pixels), ("icon", small)):
        setattr(preview, f"{kind}_size", own.shape[:2])
        getattr(preview, f"{kind}_pixels_float").foreach_set(own[::-1].ravel())
    _icons[name] = preview.icon_id
    while len(_icons) > KEPT:
        oldest, _ = _icons.popitem(last=False)
        del _previews[oldest]


def _tick() -> float | None:
    more = make_waiting()
    desk.tag_redraw(_SHOWN_IN)
    return 0.0 if more else None


def register() -> None:
    global _previews
    _previews = bpy.utils.previews.new()


def unregister() -> None:
    global _previews
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    _waiting.clear()
    _icons.clear()
    if _previews is not None:
        bpy.utils.previews.remove(_previews)
        _previews = None
