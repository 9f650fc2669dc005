"""A plain render of a Grease Pencil drawing, by Workbench unless told otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np


def rendered(
    folder: Path,
    width: float,
    pixels: int,
    middle: Sequence[float] = (0.0, 0.0),
    samples: str = "16",
    engine: str = "BLENDER_WORKBENCH",
) -> np.ndarray:
    """The scene seen along y at its current frame: (pixels, pixels, 4) float, linear, premultiplied, the first row on
    top; `width` metres across, round a place (x, z)."""
    scene = bpy.context.scene
    if scene.camera is None:
        scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
        scene.collection.objects.link(scene.camera)
    camera = scene.camera
    camera.location, camera.rotation_euler = (middle[0], -10, middle[1]), (np.pi / 2, 0, 0)
    camera.data.type, camera.data.ortho_scale = "ORTHO", width
    render = scene.render
    render.engine, render.film_transparent = engine, True
    scene.display.render_aa = samples
    render.resolution_x = render.resolution_y = pixels
    scene.view_settings.view_transform = "Raw"
    render.image_settings.file_format, render.image_settings.color_mode = "OPEN_EXR", "RGBA"
    render.filepath = str(folder / "drawing.exr")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(render.filepath)
    image.colorspace_settings.name, image.alpha_mode = "Non-Color", "PREMUL"
    answer = np.array(image.pixels[:], np.float32).reshape(pixels, pixels, 4)[::-1]
    bpy.data.images.remove(image)
    return answer
