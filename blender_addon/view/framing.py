"""Which part of its square a doodle's picture shows: all of it, or where the drawing goes.

The square is that of the canvas, in which drawings are stored and matched. Round a wide drawing most of it is empty, so
the picture, and the plane that shows it, end where the drawing does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING

import bpy

from .. import session
from ..layer_keys import layered
from . import plane

if TYPE_CHECKING:
    from doodle_core.window import Window

    from ..keyframes.keys import Drawn
    from ..properties import DoodleSettings

__all__ = ["chosen", "load", "refitted", "show", "toggled"]

WIDE = 0.75
"""What is less wide than high, or the other way round, by this factor or more gets a picture of its own shape."""
_ROUNDED = 1e-6  # canvas units by which a stored window may differ from itself


def chosen(drawn: Sequence[Drawn], size: int) -> Window:
    """The window for keys, new or stored, with their latents, `size` pixels a side of the square: round all that they
    and their in-betweens show, or the whole square where that is hardly smaller. Raises DoodleError as `Session.reach`.
    """
    from doodle_core.window import WHOLE

    frames = [float(one.frame) for one in drawn]
    times = frames if layered(one.layers for one in drawn) else map(float, range(len(drawn)))
    data = tuple(
        session.KeyData(time, one.latent or "", one.digest, one.drawing, layers=one.layers)
        for time, one in zip(times, drawn, strict=True)
    )
    if not _wide(session.get().reach(data, between=False)):
        return WHOLE  # what lies between the keys need not be asked for
    reach = session.get().reach(data)
    return reach.snapped(size) if _wide(reach) else WHOLE


def _wide(window: Window) -> bool:
    return min(window.width, window.height) <= WIDE * max(window.width, window.height)


def load(settings: DoodleSettings) -> Window:
    """The window that a doodle has."""
    from doodle_core.window import Window

    return Window(*settings.window)


def show(ob: bpy.types.Object, window: Window) -> None:
    """Have the doodle's picture and plane show this part of its square; nothing where its mesh is another file's."""
    settings = ob.doodle_bridge
    mesh = ob.data
    if load(settings) == window or ob.type != "MESH" or mesh.library is not None:
        return
    if mesh.users > 1:  # of a copy whose picture stays as it is
        ob.data = mesh.copy()
    plane.stretch(ob, load(settings), window)
    settings.window = astuple(window)


def refitted(settings: DoodleSettings, drawn: Sequence[Drawn], anew: bool = False) -> Window:
    """The window for new keys: where the picture is fitted, the one that it has as long as that holds them and their
    in-betweens, unless `anew`. Raises DoodleError as `chosen`."""
    from doodle_core.window import WHOLE

    now = load(settings)
    if not settings.fitted or (now == WHOLE and not anew):
        return now
    found = chosen(drawn, settings.size)
    return now if not anew and now.holds(found, _ROUNDED) else found


def toggled(ob: bpy.types.Object) -> None:
    """The animator wants another picture: fitted to the drawing, or of the whole square."""
    from doodle_core.errors import DoodleError
    from doodle_core.window import WHOLE

    settings = ob.doodle_bridge
    if not settings.is_doodle or not settings.keys:
        return
    try:
        show(ob, chosen(list(settings.keys), settings.size) if settings.fitted else WHOLE)
    except DoodleError as error:
        print(f"Doodle Bridge: '{ob.name}' keeps its picture's shape: {error}")
