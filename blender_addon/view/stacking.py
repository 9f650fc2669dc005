"""Doodles in one plane, as animators draw them: each new one stands a little in front of those there.

Where two pictures are in exactly the same place, renderers cut or flicker. The gap is in the plane's mesh, not in the
object's matrix: the square that the drawing lies on stays where it is, whatever else is done to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from . import hanging

if TYPE_CHECKING:
    import bpy
    import numpy as np
    from numpy.typing import NDArray

    from .placement import Placement

__all__ = ["in_front", "lift"]

GAP = 1 / 2000
"""Of the larger one's side: a depth buffer tells it from nothing, and an eye, a quarter of a pixel of 512, does not."""
PARALLEL = 1e-6
"""How far the cosine between two planes may be from 1."""


def in_front(square: Placement, others: Iterable[bpy.types.Object]) -> float:
    """How far a new doodle has to stand before its square, towards the viewer, so that it is in front of all of the
    doodles `others` that stand there already: a share of the square's side, 0 where none does."""
    import numpy as np

    normal, origin = np.array(square.plane.normal), np.array(square.plane.origin)
    there = []
    for ob in others:
        matrix = hanging.square_of(ob)
        across = np.cross(matrix[:3, 0], matrix[:3, 1])
        area = float(np.linalg.norm(across))
        if area > 0 and abs(across @ normal) >= (1 - PARALLEL) * area:
            depth = float((_picture_centre(ob, matrix) - origin) @ normal)
            there.append((depth, GAP * max(square.canvas.side, area**0.5)))
    free = 0.0
    for depth, gap in sorted(there):
        if abs(depth - free) < 0.99 * gap:  # less than all of it: what is one gap away may be rounded
            free = depth + gap
    return free / square.canvas.side


def lift(ob: bpy.types.Object) -> float:
    """How far the picture of a doodle stands before its square, in shares of its side."""
    corners = ob.data.vertices if ob.type == "MESH" else ()
    return sum(corner.co.z for corner in corners) / max(len(corners), 1)


def _picture_centre(ob: bpy.types.Object, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The middle of the square that the picture is on, in the world."""
    centre: NDArray[np.float64] = matrix[:3, 3] + lift(ob) * matrix[:3, 2]
    return centre
