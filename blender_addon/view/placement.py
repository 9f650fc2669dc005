"""Where a doodle stands: the square in space that all its keys share, fitted to strokes and kept in the doodle's
settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
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
"""How far ink may leave the plane, as a share of the canvas's side, before the plane is fitted anew, or a drawing has a
plane of its own."""
FLAT = 1e-5
"""Nearer to the plane than this share of the canvas's side is on it."""
_LEVEL = 0.9998
"""The cosine of one degree: a plane turned by less is the canvas's own."""


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
    """The smallest square round the ink of all drawings, with a margin, on the plane that they lie in. Of drawings in
    planes of their own the square is on the plane between these, round the ink as it lies on them.

    `front`, (3,), points to where the drawings are seen from. Raises DoodleError when there is no ink.
    """
    import numpy as np

    from doodle_core import canvas

    points = np.concatenate([drawing.points[drawing.ink] for drawing in drawings])
    radii = np.concatenate([drawing.radii[drawing.ink] for drawing in drawings])
    plane = canvas.fit_plane(points, hint_normal=front)
    first = Placement(plane, canvas.fit(plane.project(points), radii))
    if holds(first, drawings, turned=False):
        return _stored(first)
    plane = _between(drawings, points, plane)
    first = Placement(plane, canvas.fit(plane.project(points), radii))
    found = [_on_sheet(drawing, first) for drawing in drawings]
    flat = np.concatenate([places[drawing.ink, :2] for (places, _), drawing in zip(found, drawings, strict=True)])
    return _stored(Placement(plane, canvas.fit(first.canvas.from_canvas(flat), radii)))


def _between(drawings: Sequence[WorldDrawing], points: NDArray[np.float64], front: Plane) -> Plane:
    """The plane through all points whose normal is the mean of the drawings' own; seen from where `front` is."""
    import numpy as np

    from doodle_core import canvas

    inked = [drawing.points[drawing.ink] for drawing in drawings if drawing.ink.any()]
    normals = np.array([canvas.fit_plane(one, hint_normal=front.normal).normal for one in inked])
    normals[normals @ normals[0] < 0] *= -1  # a drawing has no front of its own
    mean = normals.mean(axis=0)
    mean /= np.linalg.norm(mean)
    mean *= 1 if mean @ front.normal >= 0 else -1
    away = (points - points.mean(axis=0)) @ mean
    return canvas.fit_plane(points - away[:, None] * mean, hint_normal=mean)


def upright(centre: Sequence[float], side: float) -> Placement:
    """A square of `side` metres round a point in space, standing, seen from the front."""
    from doodle_core.canvas import Canvas, Plane

    x, y, z = centre
    return _stored(Placement(Plane((x, y, z), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)), Canvas((0.0, 0.0), side)))


def flatten(drawing: WorldDrawing, placement: Placement) -> Drawing:
    """The drawing as the canvas sees it; one that lies in a plane of its own as it lies on that, with its `sheet`.
    Raises DoodleError for numbers that are not finite."""
    import numpy as np

    from doodle_core.drawing import Drawing

    places, sheet = _on_sheet(drawing, placement)
    deep = bool(len(places)) and float(np.abs(places[:, 2]).max()) > FLAT
    return Drawing(
        points=places[:, :2].astype(np.float32),
        radii=placement.canvas.length(drawing.radii).astype(np.float32),
        opacities=drawing.opacities.astype(np.float32),
        offsets=drawing.offsets,
        cyclic=drawing.cyclic,
        shapes=drawing.shapes,
        areas=drawing.areas,
        colours=drawing.colours.astype(np.float32),
        styles=drawing.styles,
        layers=drawing.layers,
        depths=places[:, 2].astype(np.float32) if deep else None,
        sheet=None if sheet is None else sheet.astype(np.float32),
        caps=drawing.caps,
    )


def _on_sheet(drawing: WorldDrawing, placement: Placement) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """The points in the canvas's space, (N, 3): x right, y down, z towards the viewer; and the drawing's sheet. Where
    it has one (its ink lies in one plane, and that is not the canvas's), the points as they lie on that."""
    import numpy as np

    from doodle_core import canvas
    from doodle_core.drawing.sheet import unrolled

    flat = placement.canvas.to_canvas(placement.plane.project(drawing.points))
    with np.errstate(invalid="ignore"):
        away = (drawing.points - placement.plane.origin) @ placement.plane.normal
    places = np.column_stack([flat, away / placement.canvas.side])
    ink = places[drawing.ink]
    if not len(ink) or not np.isfinite(ink).all() or np.abs(ink[:, 2]).max() <= DEPTH:
        return places, None
    normal = np.array(canvas.fit_plane(ink, hint_normal=(0.0, 0.0, 1.0)).normal)
    centre = (ink.min(axis=0) + ink.max(axis=0)) / 2
    if normal[2] > _LEVEL or np.abs((ink - centre) @ normal).max() > DEPTH:
        return places, None
    axis = np.cross((0.0, 0.0, 1.0), normal)
    turn = axis * (np.arccos(np.clip(normal[2], -1.0, 1.0)) / max(float(np.linalg.norm(axis)), 1e-12))
    sheet = np.concatenate([turn, centre]).astype(np.float32).astype(np.float64)
    return unrolled(places, sheet), sheet


def holds(placement: Placement, drawings: Sequence[WorldDrawing], turned: bool = True) -> bool:
    """Whether all ink lies on the square, or, `turned`, on sheets as large as it: within its borders, and hardly off
    its plane."""
    import numpy as np

    for drawing in drawings:
        ink = drawing.ink
        if not ink.any():
            continue
        radius = placement.canvas.length(drawing.radii[ink])[:, None]
        places, sheet = _on_sheet(drawing, placement)
        places = places[ink]
        if sheet is not None and not turned:
            return False
        flat = places[:, :2]
        if (flat - radius).min() < 0 or (flat + radius).max() > 1 or np.abs(places[:, 2]).max() > DEPTH:
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
    axes = (tuple(settings.plane_origin), tuple(settings.plane_x), tuple(settings.plane_y))
    return _kept(axes, tuple(settings.canvas_centre), settings.canvas_side)


@lru_cache(maxsize=64)  # asked for at every frame
def _kept(axes: tuple[Any, ...], centre: tuple[float, float], side: float) -> Placement:
    from doodle_core.canvas import Canvas, Plane

    return Placement(Plane(*axes), Canvas(centre, side))


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
