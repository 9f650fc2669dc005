"""The transform of a doodle: its drawing made heavier, moved, scaled or turned as a whole, keys and in-betweens alike.

What they do to drawings is in `inbetween.effects`; what they do to the field of a picture is here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core import raster
from doodle_core.drawing import Picture
from doodle_core.errors import DoodleError
from doodle_core.raster import FIELD_LIMIT, RESOLUTION

__all__ = ["NONE", "SCALE_LIMIT", "SHIFT_LIMIT", "WEIGHT_LIMIT", "Transform", "transformed_field"]

Array: TypeAlias = NDArray[np.float32]
Floats: TypeAlias = NDArray[np.float64]

WEIGHT_LIMIT = 2.0  # model pixels: as far as a field, flat from FIELD_LIMIT on, can move an edge
SHIFT_LIMIT = 2.0  # canvas sides: farther, nothing of the drawing is left to see
SCALE_LIMIT = 2.0  # octaves, a quarter to four times: lines far beside the canvas stay where the decoder can place them
_MARGIN = 13.0  # model pixels round a picture: scaled to a quarter, the field at its border is still at its limit
_BEND = 0.4  # model pixels from a field's limit in which an added weight comes in


@dataclass(frozen=True)
class Transform:
    """How a drawing is changed; all zero changes nothing. Scaled and turned about the canvas's centre, then shifted.

    weight    model pixels added to every line's radius, -2..2
    x, y      shift in canvas sides, -2..2: x to the right, y UP, as in Blender (canvas units go down)
    scale     octaves, -2..2: 1 is twice as large, -1 half as large; an even animation grows evenly. The lines' width
              scales as well, as if seen from nearer: `weight` has it back
    rotation  radians, counter-clockwise as seen, any number

    About the canvas's centre, not the drawing's own: that one wanders while a drawing moves from key to key, and every
    turned frame would wander with it. The canvas's centre is the same for all frames, and is the origin of the plane in
    Blender.

    Raises DoodleError for numbers outside those ranges, NaN and infinity included.
    """

    weight: float = 0.0
    x: float = 0.0
    y: float = 0.0
    scale: float = 0.0
    rotation: float = 0.0

    def __post_init__(self) -> None:
        for name, value, limit in (
            ("weight", self.weight, WEIGHT_LIMIT),
            ("x", self.x, SHIFT_LIMIT),
            ("y", self.y, SHIFT_LIMIT),
            ("scale", self.scale, SCALE_LIMIT),
        ):
            if not -limit <= value <= limit:
                raise DoodleError(f"transform {name} {value} is out of range; give -{limit:g} to {limit:g}")
        if not math.isfinite(self.rotation):
            raise DoodleError(f"transform rotation {self.rotation} is not a number; give radians")

    @property
    def factor(self) -> float:
        """How many times as large."""
        return float(2.0**self.scale)

    @property
    def matrix(self) -> Floats:
        """(2, 2): x, y from the canvas's centre, y down, to where they are scaled and turned to."""
        c, s = self.factor * np.cos(self.rotation), self.factor * np.sin(self.rotation)
        return np.array([[c, s], [-s, c]])

    @property
    def shift(self) -> Floats:
        """(2,): canvas units, y down."""
        return np.array([self.x, -self.y])


NONE = Transform()


def transformed_field(picture: Picture, size: int, transform: Transform) -> Array:
    """The field of a transformed picture, (size, size) float32, as raster.field; without a transform the same.

    The field is resampled (cubic splines); what lies beside the picture is paper.
    """
    from scipy import ndimage  # slow to import, and lines alone need none of it

    if transform == NONE:
        return raster.field(picture, size)
    wide = _wide_field(picture, size)
    # Rows come before columns: the matrix from y, x to y, x has both its axes exchanged.
    back = np.linalg.inv(transform.matrix)[::-1, ::-1]
    shift, middle = transform.shift[::-1] * size, (len(wide) - 1) / 2
    start = back @ (-(size - 1) / 2 - shift) + middle
    seen = ndimage.affine_transform(wide, back, start, (size, size), np.float32, 3, "nearest", prefilter=False)
    seen *= np.float32(transform.factor)
    return _thickened(np.clip(seen, -FIELD_LIMIT, FIELD_LIMIT), transform.weight)


def _thickened(field: Array, weight: float) -> Array:
    """The field with its edges moved outward by `weight` model pixels. What is at the limit stays: it is flat there."""
    if weight == 0.0:
        return field
    side, far = np.float32(np.sign(weight)), abs(weight)
    ahead = side * field
    bent = (ahead + np.float32(FIELD_LIMIT)) * np.float32(1 + far / _BEND) - np.float32(FIELD_LIMIT)
    return side * np.minimum(np.minimum(ahead + np.float32(far), bent), np.float32(FIELD_LIMIT))


def _wide_field(picture: Picture, size: int) -> Array:
    """Coefficients of the cubic spline through the picture's field at `size` pixels, going on into a margin of paper
    and beyond its limit: (n, n) float32."""
    from scipy import ndimage  # slow to import, and lines alone need none of it

    unit = RESOLUTION / size
    margin = int(np.ceil(_MARGIN / unit))
    ink = np.pad(raster.ink(picture, size), margin)
    field = raster.field_from_ink(ink, len(ink) * unit)
    for sign in (-1, 1):
        flat = sign * field >= FIELD_LIMIT
        if flat.all():
            field[:] = sign * RESOLUTION
        elif flat.any():
            field[flat] += sign * unit * (ndimage.distance_transform_edt(flat)[flat] - 0.5)
    coefficients: Array = ndimage.spline_filter(field, 3, np.float32, "nearest")
    return coefficients
