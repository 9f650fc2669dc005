"""What the strokes of a doodle's in-betweens look like, and where they go: what live strokes and baked ones share."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import bpy

from .. import session
from ..sources import grease_pencil, retiming
from ..sources.choice import Choice
from ..view import placement
from . import shapes, stroke_data
from .palette import Palette

if TYPE_CHECKING:
    from typing import Any

    from ..properties import DoodleSettings
    from ..session import FrameRequest
    from ..sources.space import Space
    from ..view.placement import Placement
    from .shapes import Dress, Origins

__all__ = ["KeyLooks", "finished", "of_ink", "of_slots", "place"]


def of_slots(settings: DoodleSettings, target: bpy.types.Object) -> Dress:
    """For strokes in an object that has the materials of the source: the source itself, or a doodle of strokes."""
    return shapes.Dress(Palette.of(target, settings.slots), KeyLooks(settings), own=True)


def of_ink(settings: DoodleSettings, target: bpy.types.Object | None) -> Dress:
    """For strokes in an object whose materials say nothing of shapes; in one that is yet to be made, of one ink."""
    palette = Palette.of(target) if target is not None else Palette.of_ink(tuple(settings.colour))
    return shapes.Dress(palette, KeyLooks(settings, asked=False), own=False)


def finished(dress: Dress, request: FrameRequest) -> Dress:
    """The same with the look of a frame."""
    from dataclasses import replace

    from doodle_core.units import MODEL_PIXELS

    *ink, alpha = request.colour
    return replace(
        dress,
        ink=None if request.drawn_ink else tuple(ink),
        alpha=request.opacity * (alpha if dress.own else 1.0),
        heavier=request.line_weight / MODEL_PIXELS,
    )


def place(ob: bpy.types.Object, own: Space, layer: str) -> stroke_data.Place:
    """Where the strokes of a doodle with this space lie in a layer of that name, of the doodle itself if it is one of
    strokes, or beside it in the source."""
    return _place(placement.load(ob.doodle_bridge), own, layer)


@lru_cache(maxsize=256)  # asked for at every frame
def _place(square: Placement, own: Space, layer: str) -> stroke_data.Place:
    import numpy as np

    to_layer = np.linalg.pinv(own.matrix @ own.in_object(layer)) @ square.matrix
    return stroke_data.Place(to_layer, square.canvas.side / max(own.widening, 1e-9))


class KeyLooks:
    """What the strokes of the keys look like, read once a key."""

    def __init__(self, settings: DoodleSettings, asked: bool = True) -> None:
        source = settings.source
        self._settings = settings
        known = grease_pencil.is_grease_pencil(source) and not retiming.is_retimed(source)
        self._source = source if asked and known else None
        self._names = [] if self._source is None else grease_pencil.layer_names(self._source, Choice.of(settings))
        self._known: dict[int, Origins] = {}

    def __call__(self, key: int) -> Origins:
        if key not in self._known:
            self._known[key] = self._read(key)
        return self._known[key]

    def _read(self, key: int) -> Origins:
        import numpy as np

        from doodle_core.drawing import Drawing

        stored: Any = self._settings.keys[key]
        drawing = session.decode_drawing(stored.drawing)
        styles = drawing.styles if isinstance(drawing, Drawing) else np.zeros(0, np.int32)
        none = shapes.Origins(stroke_data.Looks.none(), np.zeros(0, np.int64), styles)
        if self._source is None or not isinstance(drawing, Drawing):
            return none
        owners = grease_pencil.strokes_of_shapes(self._source, self._names, stored.frame)
        if len(owners) != len(drawing):  # drawn anew since the key was made
            return none
        return shapes.Origins(stroke_data.looks_of(self._source, self._names, stored.frame), owners, styles)
