"""Where a drawing lies: the square it is seen in, and the plane that square lies on in space."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.errors import DoodleError

__all__ = ["Canvas", "Plane", "fit", "fit_plane"]

Floats: TypeAlias = NDArray[np.float64]
Triple: TypeAlias = tuple[float, float, float]

_SNAP = float(np.cos(np.radians(1.0)))  # a drawing this near to a world axis was meant to lie on it
_FARTHEST = 1e100  # source units; of what lies nearer, squares are numbers
_FLAT = 1e-4  # a cloud of points this thin, as a share of its length, has no direction across


@dataclass(frozen=True)
class Canvas:
    """A square of the drawing's own plane, seen as the canvas [0, 1] x [0, 1].

    centre  (x, y) of the square, in source units, y UP
    side    its side in source units, > 0
    """

    centre: tuple[float, float]
    side: float

    def __post_init__(self) -> None:
        if not (all(map(math.isfinite, self.centre)) and 0 < self.side < np.inf):
            raise DoodleError(f"a canvas with side {self.side} round {self.centre} is impossible; give a side above 0")

    def to_canvas(self, points: ArrayLike) -> Floats:
        """Source points (N, 2), y up -> canvas units (N, 2) float64, y DOWN; endless where that is no number."""
        points = np.asarray(points, np.float64).reshape(-1, 2)
        with np.errstate(over="ignore"):
            return (points - self.centre) * (1, -1) / self.side + 0.5

    def from_canvas(self, points: ArrayLike) -> Floats:
        """Canvas units (N, 2), y down -> source points (N, 2) float64, y UP."""
        points = np.asarray(points, np.float64).reshape(-1, 2)
        return (points - 0.5) * (1, -1) * self.side + self.centre

    def length(self, lengths: ArrayLike) -> Floats:
        """Source lengths (radii), any shape -> canvas units; endless where that is no number."""
        with np.errstate(over="ignore"):
            return np.asarray(np.asarray(lengths, np.float64) / self.side)


@dataclass(frozen=True)
class Plane:
    """A plane in space with its own right and up.

    origin  a point on it, where (0, 0) lies
    x_axis  unit vector to the right
    y_axis  unit vector up, at right angles to x_axis

    Raises DoodleError when the axes are not orthonormal within 1e-4.
    """

    origin: Triple
    x_axis: Triple
    y_axis: Triple

    def __post_init__(self) -> None:
        axes = np.array([self.x_axis, self.y_axis], np.float64)
        if not (np.isfinite(self.origin).all() and np.allclose(axes @ axes.T, np.eye(2), atol=1e-4)):
            raise DoodleError("a plane's axes are not at right angles or not of length 1")

    @property
    def normal(self) -> Triple:
        """Unit vector towards the viewer: x_axis x y_axis."""
        return _triple(np.cross(self.x_axis, self.y_axis))

    def project(self, points: ArrayLike) -> Floats:
        """Points in space (N, 3) -> (N, 2) on the plane, straight along the normal."""
        away = np.asarray(points, np.float64).reshape(-1, 3) - self.origin
        return away @ np.array([self.x_axis, self.y_axis]).T

    def lift(self, points: ArrayLike) -> Floats:
        """Points on the plane (N, 2) -> (N, 3) in space."""
        return np.asarray(points, np.float64).reshape(-1, 2) @ np.array([self.x_axis, self.y_axis]) + self.origin

    def square_matrix(self, canvas: Canvas) -> Floats:
        """The 4 x 4 matrix that lays the square [-0.5, 0.5]^2 (z = 0, y up) on the canvas's square in space.

        Columns x, y, z and place; z is the normal times the side, so the scale is even.
        """
        matrix = np.eye(4)
        matrix[:3, 0] = np.multiply(self.x_axis, canvas.side)
        matrix[:3, 1] = np.multiply(self.y_axis, canvas.side)
        matrix[:3, 2] = np.multiply(self.normal, canvas.side)
        matrix[:3, 3] = self.lift([canvas.centre])[0]
        return matrix


def fit(points: ArrayLike, radii: ArrayLike, margin: float = 0.08) -> Canvas:
    """The smallest square round all ink, points (N, 2) with radii (N,) or one radius, in source units, plus a margin.

    margin: paper on each side, as a share of the canvas's side, 0 <= margin < 0.5. Give the points of ALL keys, so that
    they share one canvas. One point without a radius gets a canvas of side 1.

    Raises DoodleError for no points, numbers that are not finite, or another margin.
    """
    points = np.asarray(points, np.float64).reshape(-1, 2)
    if not len(points):
        raise DoodleError("there is nothing drawn; draw something first")
    if not 0 <= margin < 0.5:
        raise DoodleError(f"margin {margin} is not possible; give 0 to 0.49")
    radius = np.broadcast_to(np.asarray(radii, np.float64), (len(points),))[:, None]
    if not (np.isfinite(points).all() and np.isfinite(radius).all()):
        raise DoodleError("a point or radius of the drawing is not a number; remove that stroke")
    _near(points, radius)
    low, high = (points - radius).min(axis=0), (points + radius).max(axis=0)
    x, y = ((low + high) / 2).tolist()
    extent = float((high - low).max())
    # So far from the origin that the extent is only rounding, it is a single point, too.
    if extent <= 1e-12 * float(np.abs([low, high]).max()):
        return Canvas((x, y), 1.0)
    return Canvas((x, y), extent / (1 - 2 * margin))


def fit_plane(points: ArrayLike, hint_normal: ArrayLike | None = None, hint_up: ArrayLike | None = None) -> Plane:
    """The plane nearest to points in space (N, 3), by least squares, upright.

    The origin is the middle of the points' bounding box, brought onto the plane. Points on a line or in one place leave
    the normal open: then it is as near as possible to hint_normal, or without one to the front view's (-Y), or the
    top's (+Z) or side's (+X) where the line allows those better. Otherwise hint_normal only says which side is the
    front; without it, it is the one that the front, top or right view sees. A normal within 1 degree of a world axis is
    that axis. Up is hint_up, or else +Z, or +Y for a plane that lies flat; laid into the plane.

    Raises DoodleError for no points, or numbers that are not finite.
    """
    cloud = np.asarray(points, np.float64).reshape(-1, 3)
    if not len(cloud):
        raise DoodleError("there is nothing drawn; draw something first")
    if not np.isfinite(cloud).all():
        raise DoodleError("a point of the drawing is not a number; remove that stroke")
    _near(cloud)
    origin = (cloud.min(axis=0) + cloud.max(axis=0)) / 2
    front = None if hint_normal is None else _unit(np.asarray(hint_normal, np.float64))
    size, direction = _spread(cloud)
    tiny = max(float(np.abs(cloud).max()), 1e-30) * 1e-7  # float32 points in one place differ by rounding
    if size[1] > max(_FLAT * size[0], tiny):
        normal = direction[2]
    else:
        line = direction[0] if size[0] > tiny else np.zeros(3)
        views = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
        if front is not None and abs(front @ line) < 0.999:
            wish = front
        else:
            # The first view that sees the line at full length, or else the one that sees it longest.
            wish = views[int(np.argmin(np.round(np.abs(views @ line), 3)))]
        normal = _unit(wish - (wish @ line) * line)
    normal = _snapped(normal)
    if front is not None and abs(normal @ front) > 1e-6:
        facing = bool(normal @ front > 0)
    else:
        main = int(np.argmax(np.round(np.abs(normal), 6)))
        facing = bool((normal[main] < 0) == (main == 1))
    if not facing:
        normal = -normal
    normal = normal + 0.0  # no -0
    # The middle of the box need not lie on a slanting plane; the mean does.
    origin = origin + ((cloud.mean(axis=0) - origin) @ normal) * normal
    wishes = [np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0])]
    if hint_up is not None:
        wishes.insert(0, _unit(np.asarray(hint_up, np.float64)))
    up = next(wish for wish in wishes if abs(wish @ normal) < 0.99)
    y_axis = _unit(up - (up @ normal) * normal) + 0.0
    return Plane(_triple(origin), _triple(np.cross(y_axis, normal) + 0.0), _triple(y_axis))


def _near(*parts: Floats) -> None:
    if any(np.abs(part).max() > _FARTHEST for part in parts):
        raise DoodleError(f"a drawing reaches farther than {_FARTHEST:g}; move or scale it back, or remove that stroke")


def _spread(cloud: Floats) -> tuple[Floats, Floats]:
    """Extents (3,) along the main directions (3, 3), longest first; singular vectors of the centred points.

    Through the 3 x 3 QR factor, so that the work does not hold an N x N matrix."""
    centred = cloud - cloud.mean(axis=0)
    padded = np.concatenate([centred, np.zeros((3, 3))])
    _, size, direction = np.linalg.svd(np.linalg.qr(padded, mode="r"))
    return size / np.sqrt(len(cloud)), direction


def _snapped(normal: Floats) -> Floats:
    main = int(np.argmax(np.abs(normal)))
    if abs(normal[main]) < _SNAP:
        return normal
    axis = np.zeros(3)
    axis[main] = np.sign(normal[main])
    return axis


def _unit(vector: Floats) -> Floats:
    largest = float(np.abs(vector).max())
    if not 0 < largest < np.inf:
        raise DoodleError(f"a direction {tuple(vector.tolist())} has no length; give another")
    # By a power of two, which changes no digit: squares of numbers as large or small as this have no room.
    vector = np.ldexp(vector, -np.frexp(largest)[1])
    return vector / np.linalg.norm(vector)


def _triple(vector: NDArray[np.floating]) -> Triple:
    x, y, z = vector.tolist()
    return (x, y, z)
