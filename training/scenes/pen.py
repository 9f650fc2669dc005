"""A pen in a slightly unsteady hand: lines in, a `Drawing` out.

Scenes are told in pixels of a 64 x 64 sheet, x right, y down, because doodles of that size are what is measured;
`Pen.drawing` turns them into canvas units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from doodle_core.drawing import Drawing
from training.scenes.lines import Line

__all__ = ["SHEET", "Pen"]

SHEET = 64.0  # pixels a side

_WAVES = 4  # sines in a wobble
_STEADY = 0.3  # pixels: the wobble that a stroke keeps at every time, as a person repeats a shape
_FRESH = 0.16  # pixels: the wobble that every key has of its own


class Pen:
    """Collects the strokes of one drawing.

    A stroke's wobble depends on the scene, on how many strokes came before it, and a little on the key: between keys
    it goes over from one key's to the next one's.
    """

    def __init__(self, scene: int, t: float, radius: float = 1.25) -> None:
        """scene: a number for its wobble; t: time in keys; radius: the line's, pixels."""
        self._scene = scene
        self._key = math.floor(t)
        self._share = t - self._key
        self._radius = radius
        self._lines: list[Line] = []
        self._radii: list[Line] = []

    def draw(self, line: ArrayLike, weight: float = 1.0) -> None:
        """One line (N, 2) in pixels, whose radius is the pen's times `weight`."""
        points = np.asarray(line, np.float64)
        u = np.linspace(0, 1, len(points))
        reach = min(1.0, np.hypot(*np.diff(points, axis=0).T).sum() / 20)  # small things take small movements
        wobble = _STEADY * self._wobble(u, 0)
        wobble += _FRESH * (1 - self._share) * self._wobble(u, self._key + 1)
        wobble += _FRESH * self._share * self._wobble(u, self._key + 2)
        pressed = 1 - 0.12 * np.abs(2 * u - 1) ** 3 + 0.05 * np.sin(7 * u + len(self._lines))
        self._lines.append(points + reach * wobble)
        self._radii.append(self._radius * weight * pressed)

    def dot(self, at: ArrayLike, radius: float) -> None:
        """A round solid dot of `radius` pixels."""
        self._lines.append(np.asarray(at, np.float64).reshape(1, 2))
        self._radii.append(np.full(1, float(radius)))

    def draw_all(self, lines: Sequence[ArrayLike], weight: float = 1.0) -> None:
        """Several lines alike."""
        for line in lines:
            self.draw(line, weight)

    def drawing(self) -> Drawing:
        """What has been drawn, in canvas units."""
        return Drawing.make([line / SHEET for line in self._lines], [radii / SHEET for radii in self._radii])

    def _wobble(self, u: Line, kind: int) -> Line:
        """Offsets (N, 2), about 1 at most, at the fractions u of the next stroke."""
        dice = np.random.default_rng((self._scene, len(self._lines), kind)).random((2, _WAVES, 2))
        order = np.arange(1, _WAVES + 1)[:, None]
        periods = order - 0.5 + dice[0]
        return (np.sin(2 * np.pi * (periods * u[:, None, None] + dice[1])) / order).sum(1)
