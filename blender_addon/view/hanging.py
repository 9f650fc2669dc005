"""How a doodle hangs on the drawing that it was made from: as its child, so that it goes wherever that goes.

The child's own matrix is free: an animator may move a doodle, and it still follows from there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import bpy
from mathutils import Matrix

from ..sources import space as spaces
from . import placement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..sources.space import Space
    from .placement import Placement

__all__ = ["Hook", "Places", "hang", "in_world", "lies_on", "moved_apart", "square_of"]


_MOVED = 1e-5
"""Nearer numbers of two matrices are the same."""
_NOTHING = 1e-9
"""Shorter axes are those of an object that is scaled to nothing."""


@dataclass(frozen=True)
class Hook:
    """What a doodle hangs on: the drawing, in whose `space` its square is."""

    source: bpy.types.Object
    space: Space

    @property
    def to_world(self) -> NDArray[np.float64]:
        """(4, 4): from the space of the keys, turned and moved."""
        return spaces.rigid(self.source, self.space)


class Places:
    """Where doodles hang, by session_uid: one whose drawing is deleted stays there, and would jump without."""

    def __init__(self) -> None:
        self._known: dict[int, Matrix] = {}

    def keep(self, ob: bpy.types.Object) -> None:
        """Remember where a doodle, an original object, hangs; or leave it there, when its drawing is gone."""
        parent, source = ob.parent, ob.doodle_bridge.source
        if parent is not None and parent == source:
            self._known[ob.session_uid] = parent.matrix_world @ ob.matrix_parent_inverse
        elif parent is None and source is None and ob.session_uid in self._known:
            place = self._known.pop(ob.session_uid)
            if ob.is_editable:
                ob.matrix_basis = place @ ob.matrix_basis


def hang(ob: bpy.types.Object, hook: Hook, square: Placement | None = None) -> None:
    """Make `ob` the source's child, where that is; or, for a plane, where the square is in the source's space."""
    import numpy as np

    inverse = np.eye(4) if square is None else np.linalg.pinv(hook.space.matrix)
    ob.parent, ob.parent_type = hook.source, "OBJECT"
    ob.matrix_parent_inverse = Matrix(inverse.tolist())
    ob.matrix_basis = Matrix(np.eye(4).tolist() if square is None else square.matrix.tolist())


def in_world(square: Placement, hook: Hook) -> Placement:
    """A square in the space of a drawing, as it stands in the world now; of one that has been scaled since, the square
    that is nearest. Raises DoodleError where it has no size."""
    import numpy as np

    from doodle_core.canvas import Plane
    from doodle_core.errors import DoodleError

    matrix = hook.to_world
    plane = square.plane
    origin = matrix[:3, :3] @ np.array(plane.origin) + matrix[:3, 3]
    x, y = (matrix[:3, :3] @ np.array(axis) for axis in (plane.x_axis, plane.y_axis))
    wide, across = float(np.linalg.norm(x)), y - x * (x @ y) / max(float(x @ x), _NOTHING**2)
    high = float(np.linalg.norm(across))
    if min(wide, high) < _NOTHING:
        raise DoodleError(f"'{hook.source.name}' has no size: its scale, or that of what it hangs on, is 0")
    canvas = square.canvas
    if max(abs(wide - 1), abs(high - 1), abs(float(x @ y))) > _MOVED:
        x, y = x / wide, across / high
        canvas = replace(canvas, centre=(canvas.centre[0] * wide, canvas.centre[1] * high), side=canvas.side * wide)
    return placement.Placement(Plane(*(tuple(one.tolist()) for one in (origin, x, y))), canvas)


def lies_on(ob: bpy.types.Object, source: bpy.types.Object) -> bool:
    """Whether a doodle of strokes, evaluated or not, is where its source is, moved by nothing else."""
    parent = ob.parent
    still = Matrix.Identity(4)
    return (
        ob.type == "GREASEPENCIL"
        and parent is not None
        and parent.original == source.original
        and ob.parent_type == "OBJECT"
        and not ob.constraints
        and ob.matrix_parent_inverse == still
        and ob.matrix_basis == still
    )


def moved_apart(ob: bpy.types.Object) -> bool:
    """Whether a doodle of strokes stands apart from its drawing: moved by hand, or by Blender, which does that to
    children when their parent's scale or place is applied or its origin set."""
    source = ob.doodle_bridge.source
    apart = ob.matrix_parent_inverse @ ob.matrix_basis - Matrix.Identity(4)
    far = max(abs(number) for row in apart for number in row) > _MOVED
    return ob.type == "GREASEPENCIL" and source is not None and ob.parent == source and far


def square_of(ob: bpy.types.Object) -> NDArray[np.float64]:
    """(4, 4): the unit square round the origin, y up, onto a doodle's square in the world, evaluated or not."""
    import numpy as np

    matrix = np.array(ob.matrix_world, np.float64)
    if ob.type == "MESH":
        return matrix
    space = spaces.load(ob.doodle_bridge)
    own = np.eye(4) if space is None else np.linalg.pinv(space.matrix)
    answer: NDArray[np.float64] = matrix @ own @ placement.load(ob.doodle_bridge).matrix
    return answer
