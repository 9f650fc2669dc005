"""What is drawn over a doodle: all layers of it, as arrays. Which of them are there yet, `building` says."""

from __future__ import annotations

from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import bpy

from .. import session
from ..keyframes import correcting, keys, neighbours
from . import arcs, arrows, doubt, lines, onion
from .building import workshop
from .requests import Timed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from doodle_core.drawing import Drawing

    from ..keyframes.neighbours import Shown
    from ..session import FrameRequest
    from .settings import OverlaySettings

__all__ = ["AFTER", "BEFORE", "Layer", "Scene", "layers", "of_keys", "of_links", "of_picked", "of_shape"]

Colour = tuple[float, float, float, float]
Place = tuple[float, float]
Lags = Sequence[tuple[int, float]]
"""The positions of layers that come later than the others, or before."""

BEFORE, AFTER = (0.95, 0.35, 0.1, 0.9), (0.1, 0.55, 1.0, 0.9)
"""Colours of the key before and of the key after, where links are drawn."""
LINK, ACTIVE = (0.55, 0.2, 0.9, 1.0), (0.9, 0.1, 0.6, 1.0)
ARC, DOT, NOW = (0.95, 0.55, 0.1, 0.85), (0.95, 0.55, 0.1, 1.0), (0.9, 0.15, 0.1, 1.0)
PICKED = (0.0, 0.65, 0.6, 1.0)
MOST_FRAMES = 1000
"""Frames that arcs are worked out at; of a longer film every second, or third."""


@dataclass(frozen=True, eq=False)
class Layer:
    """Lines or dots to draw.

    Parameters
    ----------
    name : hashable
        Layers of one name are equal.
    places : (N, 3) float32
        In the square: pairs of ends, or dots.
    width : float
        Of lines, or across dots, in pixels.
    colour : four floats
        Of all, where `colours`, (N, 4) float32, are not given.
    dots : bool
    """

    name: Hashable
    places: NDArray[np.float32]
    width: float
    colour: Colour = (1.0, 1.0, 1.0, 1.0)
    colours: NDArray[np.float32] | None = None
    dots: bool = False


@dataclass(frozen=True, eq=False)
class Scene:
    """A doodle at a frame: the original object, the scene, what is set, and what it shows now."""

    ob: bpy.types.Object
    scene: bpy.types.Scene
    overlay: OverlaySettings
    timed: Timed = field(init=False)
    now: FrameRequest = field(init=False)

    def __post_init__(self) -> None:
        frame = self.scene.frame_current_final
        timed = Timed.of(self.ob, keys.frame_request(self.ob, frame))
        object.__setattr__(self, "timed", timed)
        object.__setattr__(self, "now", timed.at(frame))


def layers(seen: Scene) -> list[Layer]:
    """What is drawn, from the back, as far as it is there; the rest is asked for (`building.workshop`)."""
    overlay, found = seen.overlay, []
    if len(seen.ob.doodle_bridge.keys) > 1:
        if overlay.onion:
            found += _onion(seen)
        if overlay.arcs:
            found += _arcs(seen)
        if overlay.doubt:
            found += _doubt(seen)
    return found


def _onion(seen: Scene) -> list[Layer]:
    skin = onion.skin_of(seen.overlay, seen.ob.doodle_bridge.source)
    timed, frame = seen.timed, round(seen.scene.frame_current_final)
    found = []
    for ghost in onion.ghosts(skin, frame, timed.reach(seen.scene), timed.drawing):
        request = timed.at(ghost.frame)
        name = "ghost", request
        places = workshop.get(name, partial(_ghost, request))
        if places is not None:
            found.append(Layer(name, places, 3.0, ghost.colour))
    return found


def _ghost(request: FrameRequest) -> Generator[None, None, Any]:
    yield
    return lines.segments(session.get().pose(request).drawing)


def _arcs(seen: Scene) -> list[Layer]:
    timed = Timed.of(seen.ob, seen.timed.now, still=True)
    first, last = timed.reach(seen.scene)
    frames = range(first, last + 1, 1 + (last - first) // MOST_FRAMES)
    settings = seen.ob.doodle_bridge
    picked = correcting.picked(settings) if seen.overlay.arcs_of == "picked" else []
    values = tuple(timed.values(frame) for frame in frames)
    name = "arcs", timed.at(first), timed.late, values, tuple(picked)
    found = workshop.get(name, lambda: _film(timed, frames, picked))
    if found is None:
        return []
    way, dots, here = found
    made = [Layer((name, "way"), way, 1.5, ARC), Layer((name, "dots"), dots, 6.0, DOT, dots=True)]
    frame = round(seen.scene.frame_current_final)
    if frame in here:
        made.append(Layer((name, "now", frame), here[frame], 11.0, NOW, dots=True))
    return made


def _film(timed: Timed, frames: range, picked: list[tuple[int, int]]) -> Generator[None, None, Any]:
    """Lines and dots of all arcs, and the dots of each frame."""
    import numpy as np

    film = []
    for frame in frames:
        film.append(arcs.centres(frame, session.get().pose(timed.at(frame))))
        yield
    found = arcs.arcs(film, picked)
    none = np.zeros((0, 3), np.float32)
    pairs = [np.repeat(one.places, 2, axis=0)[1:-1] for one in found]
    here: dict[int, Any] = {}
    for one in found:
        for frame, place in zip(one.frames.tolist(), one.places, strict=True):
            here.setdefault(frame, []).append(place)
    at = {frame: np.array(some, np.float32) for frame, some in here.items()}
    return np.concatenate([none, *pairs]), np.concatenate([none, *(one.places for one in found)]), at


def _doubt(seen: Scene) -> list[Layer]:
    name = "doubt", seen.now
    found = workshop.get(name, lambda: _tinted(seen.now))
    if found is None or not len(found[0]):
        return []
    return [Layer(name, found[0], 4.0, colours=found[1])]


def _tinted(request: FrameRequest) -> Generator[None, None, Any]:
    """The shapes in doubt, and their colours. At a key no shape comes from another: there it is how sure its partners
    are, on either side."""
    yield
    pose = session.get().pose(request)
    sure = pose.confidence
    if pose.key is not None:
        sure = sure.copy()
        for one in session.get().certainties(request.keys, request.closed_time is not None):
            ends = ((one.first, one.of_first, one.shapes_of_first), (one.second, one.of_second, one.shapes_of_second))
            for number, values, shapes in ends:
                _lower(sure, pose, number, values, shapes)
    return lines.coloured(pose.drawing, doubt.tints(sure))


def _lower(sure: Any, pose: Any, key: int, values: Any, shapes: Any | None) -> None:
    """The confidences of a key's shapes, where a pose shows them, for higher ones."""
    import numpy as np

    least = np.ones(int(pose.origins.max(initial=-1)) + 2)  # -1, no shape, is the last
    there = np.arange(len(values)) if shapes is None else np.asarray(shapes)
    kept = there < len(least) - 1
    least[there[kept]] = np.asarray(values)[kept]
    for side in (0, 1):
        own = (pose.keys[:, side] == key) & (pose.origins[:, side] >= 0)
        sure[own] = np.minimum(sure[own], least[pose.origins[own, side]])


def of_keys(shown: list[Shown]) -> list[Layer]:
    """The keys on either side, in two colours."""
    import numpy as np

    found = []
    for one in shown:
        among = np.packbits(one.among).tobytes()
        places = lines.segments(one.drawing, one.among)
        found.append(Layer(("key", one.name, among, one.side), places, 2.5, (BEFORE, AFTER)[one.side]))
    return found


def of_links(ob: bpy.types.Object, position: float, lags: Lags = ()) -> list[Layer]:
    """Arrows for the links between the keys on either side of a position, the active one in another colour."""
    settings = ob.doodle_bridge
    links = [
        (number == settings.active_correction, *((end.key, tuple(end.place)) for end in one.ends))
        for number, one in enumerate(settings.corrections)
        if one.kind == "link" and len(one.ends) == 2
    ]
    if not links:
        return []
    drawings: tuple[dict[int, Drawing], dict[int, Drawing]] = ({}, {})
    for one in neighbours.around(settings, position, lags):
        drawings[one.side][one.key] = one.drawing
    here = [link for link in links if link[1][0] in drawings[0] and link[2][0] in drawings[1]]
    found = []
    for active, colour in ((False, LINK), (True, ACTIVE)):
        own = tuple((drawings[0][a[0]], a[1], drawings[1][b[0]], b[1]) for chosen, a, b in here if chosen == active)
        if own:
            shafts, dots = _arrows(own)
            name = "links", active, shafts.tobytes()
            found.append(Layer((*name, "shafts"), shafts, 3.0, colour))
            found.append(Layer((*name, "dots"), dots, 9.0, colour, dots=True))
    return found


@lru_cache(maxsize=8)
def _arrows(links: tuple[tuple[Drawing, Place, Drawing, Place], ...]) -> tuple[Any, Any]:
    """Arrows and the dots that they begin with, from a place on one drawing to a place on another."""
    import numpy as np

    starts = np.concatenate([lines.on(a, [start]) for a, start, _, _ in links])
    ends = np.concatenate([lines.on(b, [end]) for _, _, b, end in links])
    return arrows.arrows(starts, ends), starts


def of_shape(name: Hashable, drawing: Drawing, shape: int, colour: Colour) -> Layer:
    """One shape of a key, as under the mouse; `name` is that of the drawing, by content."""
    import numpy as np

    return Layer(("shape", name, shape), lines.segments(drawing, np.arange(len(drawing)) == shape), 5.0, colour)


def of_picked(ob: bpy.types.Object, position: float, lags: Lags = ()) -> list[Layer]:
    """The shapes that are picked, where they are of the keys on either side."""
    settings = ob.doodle_bridge
    chosen = correcting.picked(settings)
    if not chosen:
        return []
    here = {one.key: one for one in neighbours.around(settings, position, lags)}
    return [
        of_shape(here[key].name, here[key].drawing, shape, PICKED)
        for key, shape in chosen
        if key in here and shape < len(here[key].drawing)
    ]
