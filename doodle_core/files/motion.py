"""A figure as animation formats store it: curves at a few keyframes, with what else changes at keyframes of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.files.curves import Curves, curves
from doodle_core.files.easing import Keyframes, keyframes
from doodle_core.files.figures import UNITS, Figure
from doodle_core.files.scenes import Scene

__all__ = ["Motion", "Values", "moved"]

Floats: TypeAlias = NDArray[np.float64]

# Of half a pixel at 512 pixels a canvas side, which is promised: how far keyframes, and then curves, may miss.
_PIXEL = UNITS / 512
_OVER_TIME, _ALONG, _WIDTH = 0.28 * _PIXEL, 0.15 * _PIXEL, 0.1 * _PIXEL
_LEVEL = 0.75 / 255  # of a colour's or an opacity's number


@dataclass(frozen=True, eq=False)
class Values:
    """Numbers that change: `rows` (K, D) float64, one row for each of `keys`."""

    keys: Keyframes
    rows: Floats


@dataclass(frozen=True, eq=False)
class Motion:
    """What is drawn of a figure, and how it changes.

    Parameters
    ----------
    keys : Keyframes
        Of the curves.
    curves : tuple of Curves
        One a contour, each with as many frames as there are keyframes.
    even_odd : bool
        How they are filled; else by the nonzero rule.
    colour, opacity, width : Values
        sRGB (3); (1); units (1), None where contours are filled.
    """

    keys: Keyframes
    curves: tuple[Curves, ...]
    even_odd: bool
    colour: Values
    opacity: Values
    width: Values | None


def moved(figure: Figure, scene: Scene) -> Motion:
    """The motion of a figure of a scene."""
    times = scene.times
    points = np.concatenate([contour.points for contour in figure.contours], axis=1)
    keys = keyframes(times, points, _OVER_TIME, scene.held)
    picks = list(keys.picks)
    drawn = tuple(curves(contour.points[picks], contour.closed, _ALONG) for contour in figure.contours)
    width = None if figure.widths is None else _values(figure.widths[:, None], scene, _WIDTH)
    return Motion(
        keys,
        drawn,
        figure.even_odd,
        _values(figure.colours, scene, _LEVEL),
        _values(figure.opacities[:, None], scene, _LEVEL),
        width,
    )


def _values(rows: Floats, scene: Scene, tolerance: float) -> Values:
    keys = keyframes(scene.times, rows[:, None], tolerance, scene.held)
    return Values(keys, rows[list(keys.picks)])
