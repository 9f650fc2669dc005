"""A plane in EEVEE shows its own picture, pixel for pixel: half a minute in Blender 4.5 on a machine without a GPU."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from tests.blender.conftest import pencil, picture_of
from tests.blender.rendering import rendered

EEVEE = "BLENDER_EEVEE_NEXT" if bpy.app.version < (5, 0, 0) else "BLENDER_EEVEE"


def test_a_wide_planes_picture_is_what_eevee_renders(tmp_path: Path) -> None:
    """Of a drawing three times as wide as high, between its keys: colours, edges and opacity of the picture."""
    x = np.linspace(-1.5, 1.5, 40)

    def wave(phase: float) -> list[list[float]]:
        return np.stack([x, 0 * x, 0.4 * np.sin(2 * x + phase)], axis=1).tolist()

    source = pencil({1: [wave(0.0)], 11: [wave(1.0)]})
    source.data.materials[0].grease_pencil.color = (0.7, 0.2, 0.1, 0.8)
    bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=300)
    ob = bpy.context.object
    bpy.context.scene.frame_set(6)
    own = picture_of(ob).copy()
    own[..., :3] *= own[..., 3:]
    rows, columns = own.shape[:2]
    assert columns > 2 * rows
    corners = np.array([ob.matrix_world @ vertex.co for vertex in ob.data.vertices])
    middle, width = (corners.min(axis=0) + corners.max(axis=0)) / 2, float(np.ptp(corners[:, 0]))
    bpy.context.scene.render.filter_size = 0.01  # no pixel sees its neighbours
    shown = rendered(tmp_path, width, columns, (middle[0], middle[2]), engine=EEVEE)
    first = (columns - rows) // 2
    seen = shown[first : first + rows]
    assert np.abs(seen - own).mean() * 255 < 1.5
    assert abs(seen[..., 3].sum() / own[..., 3].sum() - 1) < 0.03
