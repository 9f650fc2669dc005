"""Effects: drawings that shake, boil, or are moved as a whole. Each takes a drawing and gives one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.boil import Boil
from doodle_core.drawing import Drawing
from doodle_core.errors import DoodleError
from doodle_core.geometry.subdivision import subdivided
from doodle_core.transform import NONE, Transform
from doodle_core.units import MODEL_PIXELS
from doodle_core.waves import parts, placed

__all__ = ["SHAKE_SIZE", "boiled", "dimmed", "shaken", "transformed"]

Floats: TypeAlias = NDArray[np.float64]

_WAVES = 14  # of the displacement
_SWELLS = 5  # of the radius
_THICKNESS = 0.1  # how much the radius's logarithm varies
_FATTEST = 10.0  # the logarithm of how many times a radius may grow: from nearly nothing to all of the canvas
_BENDS = 1.5  # model pixels: how long a straight piece of what is shaken may be
_FAR = 1024.0  # canvas sides: nothing is moved farther

SHAKE_SIZE = 4 * _WAVES + 2 * _SWELLS
"""Numbers that make one shake."""


def shaken(drawing: Drawing, coefficients: ArrayLike) -> Drawing:
    """A drawing moved by a smooth displacement of the plane; the radii of lines swell and thin a little.

    The displacement is a sum of plane waves, the same for every drawing, so what touches goes on touching, and lines
    wobble but do not tear.

    Parameters
    ----------
    coefficients : (SHAKE_SIZE,) float64
        How much of each wave. Where these are independent, of mean 0 and standard deviation 1, every place's
        displacement has a standard deviation of one model pixel in x, and in y. Zeros move nothing.
    """
    amounts = np.asarray(coefficients, np.float64)
    if amounts.shape != (SHAKE_SIZE,):
        raise DoodleError(f"a shake has shape {amounts.shape}; give ({SHAKE_SIZE},)")
    if not amounts.any() or not len(drawing.points):
        return drawing
    drawing = subdivided(drawing, _BENDS)
    places = _places(drawing)
    along, swell = _waves()
    moved = places + parts(places, along) @ amounts[: 4 * _WAVES].reshape(2, -1).T
    swollen = np.exp(np.minimum(_THICKNESS * (parts(places, swell) @ amounts[4 * _WAVES :]), _FATTEST))
    return _with(drawing, moved, np.minimum(drawing.radii, _FAR) * swollen)


def boiled(drawing: Drawing, boil: Boil) -> Drawing:
    """A drawing with its plane displaced as `boil` says; the radii of lines stay."""
    if boil.amount == 0 or not len(drawing.points):
        return drawing
    drawing = subdivided(drawing, _BENDS)
    places = _places(drawing)
    return _with(drawing, places + boil.displacement(places), drawing.radii)


def transformed(drawing: Drawing, transform: Transform) -> Drawing:
    """A drawing scaled and turned about the canvas's centre, then shifted, its lines made heavier."""
    if transform == NONE or not len(drawing.points):
        return drawing
    points = (_places(drawing) / MODEL_PIXELS) @ transform.matrix.T + transform.shift
    radii = np.minimum(drawing.radii.astype(np.float64), _FAR) * transform.factor
    heavier = np.maximum(radii + transform.weight / MODEL_PIXELS, 0.0)
    moved = _with(drawing, points * MODEL_PIXELS, np.where(radii > 0, heavier, radii))
    if moved.depths is None:
        return moved
    arrays = {name: getattr(moved, name) for name in moved.__dataclass_fields__}
    return Drawing.trusted(**{**arrays, "depths": np.clip(moved.depths * np.float32(transform.factor), -_FAR, _FAR)})


def dimmed(drawing: Drawing, opacities: Mapping[int, float]) -> Drawing:
    """A drawing some of whose layers, by number, are only so opaque, 0 to 1."""
    layers = drawing.layers
    if layers is None or not any(opacities.get(layer, 1.0) != 1.0 for layer in np.unique(layers).tolist()):
        return drawing
    share = np.ones(len(layers), np.float32)
    for layer, opacity in opacities.items():
        share[layers == layer] = opacity
    arrays = {name: getattr(drawing, name) for name in drawing.__dataclass_fields__}
    return Drawing.trusted(**{**arrays, "opacities": drawing.opacities * share[drawing.shape_of_vertex]})


def _places(drawing: Drawing) -> Floats:
    """Model pixels from the canvas's centre, (V, 2)."""
    return (np.clip(drawing.points.astype(np.float64), -_FAR, _FAR) - 0.5) * MODEL_PIXELS


def _with(drawing: Drawing, places: Floats, radii: NDArray[np.floating]) -> Drawing:
    points = np.clip(places / MODEL_PIXELS + 0.5, -_FAR, _FAR).astype(np.float32)
    arrays = {name: getattr(drawing, name) for name in drawing.__dataclass_fields__}
    return Drawing.trusted(**{**arrays, "points": points, "radii": np.minimum(radii, _FAR).astype(np.float32)})


@lru_cache(maxsize=1)
def _waves() -> tuple[Floats, Floats]:
    """Waves of the displacement and of the radius, (W, 3) each, see `waves.placed`."""
    # Mostly waves longer than small shapes are wide: at 1 sigma shorter ones would fold the plane, and lines with it.
    lengths = np.geomspace(8, 40, _WAVES)
    share = np.exp(-0.5 * (np.log(lengths / 21) / np.log(1.5)) ** 2)
    swells = np.geomspace(12, 36, _SWELLS)
    return placed(lengths, share, 0.0), placed(swells, np.ones(_SWELLS), 1.0)
