"""How many pixels a new doodle's picture has: as many as the render shows of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .placement import Placement

__all__ = ["pixels"]

WITHOUT_CAMERA = 1080
LEAST, MOST, STEP = 64, 4096, 8
ACROSS = 17
"""Places along each side of the square at which its size in the frame is measured."""


def pixels(context: bpy.types.Context, square: Placement) -> int:
    """Pixels a side of a picture on a square in space, for every pixel of a render through the scene's camera to get
    one of the picture's at least, where the square is largest in the frame; a multiple of `STEP`, from `LEAST` to
    `MOST`. Without a camera that sees the square, `WITHOUT_CAMERA`."""
    found = _magnification(context, square.matrix)
    if found is None or not math.isfinite(found):
        return WITHOUT_CAMERA
    return int(min(max(math.ceil((found - 0.01) / STEP) * STEP, LEAST), MOST))


def _magnification(context: bpy.types.Context, matrix: NDArray[np.float64]) -> float | None:
    """The most render pixels that the unit square, brought to its place by `matrix`, has for its side; None where the
    camera sees nothing of it."""
    import numpy as np

    scene = context.scene
    camera, render = scene.camera, scene.render
    if camera is None or camera.type != "CAMERA":
        return None
    width, height = (side * render.resolution_percentage / 100 for side in (render.resolution_x, render.resolution_y))
    projection = camera.calc_matrix_camera(
        context.evaluated_depsgraph_get(),
        x=max(1, round(width)),
        y=max(1, round(height)),
        scale_x=render.pixel_aspect_x,
        scale_y=render.pixel_aspect_y,
    )
    to_camera = np.array(camera.matrix_world.normalized().inverted_safe(), np.float64) @ matrix
    whole = np.array(projection, np.float64) @ to_camera
    steps = np.linspace(-0.5, 0.5, ACROSS)
    u, v = (axis.ravel() for axis in np.meshgrid(steps, steps))
    places = np.stack([u, v, 0 * u, 0 * u + 1])
    x, y, _, w = whole @ places
    before = ((to_camera @ places)[2] < 0) & (w > 0)
    if not before.any():
        return None
    x, y, w = x[before], y[before], w[before]
    seen = (np.abs(x) <= w) & (np.abs(y) <= w)
    if not seen.any():
        return None
    along = whole[[0, 1], :2][:, :, None] / w - np.stack([x, y])[:, None] * whole[3, :2][None, :, None] / w**2
    along *= np.array([width, height])[:, None, None] / 2  # of the frame, from -1 to 1
    return float(np.linalg.norm(along.transpose(2, 0, 1)[seen], 2, axis=(1, 2)).max())
