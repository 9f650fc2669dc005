"""The part of the canvas that pictures show: all of it, or a rectangle where the drawing goes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from doodle_core.drawing import Drawing, Shown
from doodle_core.errors import DoodleError

__all__ = ["WHOLE", "Crop", "Window", "around"]

_EXACT = 1e-3  # pixels: what misses a whole one by less has only been rounded when it was stored


class Crop(NamedTuple):
    """Pixels of a picture of the whole canvas: the first column and row, and how many."""

    left: int
    top: int
    width: int
    height: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index a picture of the whole canvas with."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


@dataclass(frozen=True)
class Window:
    """A rectangle of the canvas.

    Parameters
    ----------
    x, y : float
        Its top left corner, canvas units (y down).
    width, height : float
        Its sides, canvas units, above 0. It lies on the canvas, [0, 1] x [0, 1].

    Raises
    ------
    DoodleError
        For another rectangle, NaN included.
    """

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0

    def __post_init__(self) -> None:
        for first, side in ((self.x, self.width), (self.y, self.height)):
            if not (first >= 0.0 and side > 0.0 and first + side <= 1.0 + 1e-6):
                raise DoodleError(
                    f"the window ({self.x:g}, {self.y:g}, {self.width:g}, {self.height:g}) is not on the canvas; "
                    "give a rectangle within 0 to 1"
                )

    def crop(self, size: int) -> Crop:
        """Which pixels it is of a picture of the whole canvas, `size` pixels a side: about size x width of them across
        and size x height down, one at least."""
        across, down = max(1, round(size * self.width)), max(1, round(size * self.height))
        return Crop(min(round(size * self.x), size - across), min(round(size * self.y), size - down), across, down)

    def snapped(self, size: int) -> Window:
        """The smallest window that holds this one and ends between pixels of a picture of the whole canvas, `size`
        pixels a side: for that size, `crop` is exact."""

        def outward(first: float, side: float) -> tuple[float, float]:
            low = max(0, math.floor(first * size + _EXACT))
            high = min(size, max(low + 1, math.ceil((first + side) * size - _EXACT)))
            return min(low, high - 1) / size, (high - min(low, high - 1)) / size

        (x, width), (y, height) = outward(self.x, self.width), outward(self.y, self.height)
        return Window(x, y, width, height)

    def holds(self, other: Window, slack: float = 0.0) -> bool:
        """Whether another window lies in this one, or leaves it by no more than `slack`, in canvas units."""
        return (
            self.x - slack <= other.x
            and self.y - slack <= other.y
            and other.x + other.width <= self.x + self.width + slack
            and other.y + other.height <= self.y + self.height + slack
        )

    def joined(self, other: Window) -> Window:
        """The smallest window that holds both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        right = max(self.x + self.width, other.x + other.width)
        bottom = max(self.y + self.height, other.y + other.height)
        return Window(x, y, min(right - x, 1.0 - x), min(bottom - y, 1.0 - y))


WHOLE = Window()


def around(shown: Iterable[Shown], margin: float) -> Window:
    """The smallest window round the ink of drawings and pictures, and `margin` on each side, in canvas units; of what
    leaves the canvas, the part that is on it. Without ink the whole canvas."""
    boxes = [box for box in map(_box, shown) if box is not None]
    if not boxes:
        return WHOLE
    corners = np.array(boxes)
    low = np.clip(corners[:, 0].min(axis=0) - margin, 0.0, 1.0)
    high = np.clip(corners[:, 1].max(axis=0) + margin, 0.0, 1.0)
    if not (high > low).all():
        return WHOLE  # all of it beside the canvas
    (x, y), (width, height) = low.tolist(), (high - low).tolist()
    return Window(x, y, width, height)


def _box(shown: Shown) -> tuple[np.ndarray, np.ndarray] | None:
    """Two corners (2,) of what is inked; None where nothing is."""
    if isinstance(shown, Drawing):
        if not len(shown.points):
            return None
        radii = shown.radii[:, None]
        return (shown.points - radii).min(axis=0), (shown.points + radii).max(axis=0)
    rows, columns = (np.flatnonzero((shown.ink > 0).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    side = len(shown.ink)
    return np.array([columns[0], rows[0]]) / side, np.array([columns[-1] + 1, rows[-1] + 1]) / side
