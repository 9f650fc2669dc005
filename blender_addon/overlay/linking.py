"""What is going on while links are drawn in the viewport: the shape under the mouse, and the one that a drag began on.
It holds nothing of Blender but the doodle's name: undo may bring any state of the file back meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import bpy

from ..key_texts import name_of
from ..keyframes import correcting, neighbours
from . import arrows, content, lines
from .pointing import Hit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..properties import DoodleSettings
    from .content import Layer

__all__ = ["Linking", "begin", "end", "state"]

HOVER, DRAGGED = (0.1, 0.8, 0.3, 1.0), (0.9, 0.1, 0.6, 1.0)
"""Of the shape under the mouse, and of the one that is dragged from; on paper and on dark grey they are seen alike."""


@dataclass
class Linking:
    """One who draws links.

    Parameters
    ----------
    hover : Hit or None
        What the mouse means now.
    begun : Hit or None
        What the button was pressed on.
    at : (2,)
        Where the mouse is on the square, in canvas units.
    """

    hover: Hit | None = None
    begun: Hit | None = None
    at: tuple[float, float] = field(default=(0.5, 0.5))

    def layers(self, ob: bpy.types.Object, position: float, lags: content.Lags = ()) -> list[Layer]:
        """Both keys, what is linked and picked already, and what is being done."""
        settings = ob.doodle_bridge
        found = content.of_keys(neighbours.around(settings, position, lags))
        found += content.of_picked(ob, position, lags) + content.of_links(ob, position, lags)
        for one, colour in ((self.begun, DRAGGED), (self.hover, HOVER)):
            if one is not None and one.key < len(settings.keys):
                drawing = correcting.drawing_of(settings, one.key)
                if one.shape < len(drawing):
                    found.append(content.of_shape(name_of(settings.keys[one.key]), drawing, one.shape, colour))
        if self.begun is not None:
            drawing = correcting.drawing_of(settings, self.begun.key)
            start = lines.on(drawing, [self.begun.place])
            end = lines.in_square([self.at]) if self.hover is None else self._place(settings)
            name = "drag", start.tobytes(), end.tobytes()
            found.append(content.Layer(name, arrows.arrows(start, end), 3.0, DRAGGED))
        return found

    def _place(self, settings: DoodleSettings) -> NDArray[np.float32]:
        assert self.hover is not None
        return lines.on(correcting.drawing_of(settings, self.hover.key), [self.hover.place])


_now: list[Linking] = []


def begin() -> Linking:
    _now[:] = [Linking()]
    return _now[0]


def end() -> None:
    _now.clear()


def state() -> Linking | None:
    """What goes on; None while nobody draws links."""
    return _now[0] if _now else None
