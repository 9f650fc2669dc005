"""Where a doodle stands: the square in space that all its keys share, fitted to strokes and kept in the doodle's
settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from doodle_core.canvas import Canvas, Plane
    from doodle_core.drawing import Drawing

    from ..properties import DoodleSettings
    from ..sources.grease_pencil import WorldDrawing

__all__ = ["Placement", "fit", "flatten", "holds", "load", "store", "upright"]

DEPTH = 0.02
"""How far ink may leave the plane, as a share of the canvas's side, before the plane is fitted anew."""


@dataclass(frozen=True)
class Placement:
    """A square in space: `canvas`, in metres, on `plane`."""

    plane: Plane
    canvas: Canvas

    @property
    def matrix(self) -> NDArray[np.float64]:
        """4 x 4: the unit square round the origin, y up, onto the square in space."""
        return self.plane.square_matrix(self.canvas)


def fit(drawings: Sequence[WorldDrawing], front: Sequence[float] | None = None) -> Placement:
    """The smallest square round the ink of all drawings, with a margin, on the plane that they lie in.

    `front`, (3,), points to where the drawings are seen from. Raises DoodleError when there is no ink.
    """
    import numpy as np

    from doodle_core import canvas

    points = np.concatenate([drawing.points[drawing.ink] for drawing in drawings])
    radii = np.concatenate([drawing.radii[drawing.ink] for drawing in drawings])
    plane = canvas.fit_plane(points, hint_normal=front)
    return _stored(Placement(plane, canvas.fit(plane.project(points), radii)))


def upright(centre: Sequence[float], side: float) -> Placement:
    """A square of `side` metres round a point in space, standing, seen from the front."""
    from doodle_core.canvas import Canvas, Plane

    x, y, z = centre
    return _stored(Placement(Plane((x, y, z), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)), Canvas((0.0, 0.0), side)))


def flatten(drawing: WorldDrawing, placement: Placement) -> Drawing:
    """The drawing as the canvas sees it. Raises DoodleError for numbers that are not finite."""
    import numpy as np

    from doodle_core.drawing import Drawing

    points = placement.canvas.to_canvas(placement.plane.project(drawing.points))
    return Drawing(
        points=points.astype(np.float32),
        radii=placement.canvas.length(drawing.radii).astype(np.float32),
        opacities=drawing.opacities.astype(np.float32),
        offsets=drawing.offsets,
        cyclic=drawing.cyclic,
        shapes=drawing.shapes,
        areas=drawing.areas,
        colours=drawing.colours.astype(np.float32),
        styles=drawing.styles,
        layers=drawing.layers,
    )


def holds(placement: Placement, drawings: Sequence[WorldDrawing]) -> bool:
    """Whether all ink lies on the square: within its borders, and hardly off its plane."""
    import numpy as np

    canvas, plane = placement.canvas, placement.plane
    for drawing in drawings:
        ink = drawing.ink
        if not ink.any():
            continue
        points = drawing.points[ink]
        radius = canvas.length(drawing.radii[ink])[:, None]
        flat = canvas.to_canvas(plane.project(points))
        depth = np.abs((points - plane.origin) @ plane.normal)
        if (flat - radius).min() < 0 or (flat + radius).max() > 1 or depth.max() > DEPTH * canvas.side:
            return False
    return True


def store(settings: DoodleSettings, placement: Placement) -> None:
    settings.plane_origin = placement.plane.origin
    settings.plane_x = placement.plane.x_axis
    settings.plane_y = placement.plane.y_axis
    settings.canvas_centre = placement.canvas.centre
    settings.canvas_side = placement.canvas.side


def load(settings: DoodleSettings) -> Placement:
    """The placement that `store` kept, bit for bit."""
    from doodle_core.canvas import Canvas, Plane

    return Placement(
        Plane(tuple(settings.plane_origin), tuple(settings.plane_x), tuple(settings.plane_y)),
        Canvas(tuple(settings.canvas_centre), settings.canvas_side),
    )


def _stored(placement: Placement) -> Placement:
    """Rounded to what Blender's float properties keep. Digests of drawings compare bits: a square read back must be
    the very same."""
    import numpy as np

    from doodle_core.canvas import Canvas, Plane

    def kept(values: Sequence[float]) -> Any:
        return tuple(np.asarray(values, np.float32).astype(float).tolist())

    plane, canvas = placement.plane, placement.canvas
    return Placement(
        Plane(kept(plane.origin), kept(plane.x_axis), kept(plane.y_axis)),
        Canvas(kept(canvas.centre), *kept([canvas.side])),
    )
