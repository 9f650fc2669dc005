"""A film as scenes: stretches of time in which all drawings have the same vertices, so that shapes can be animated.

Vector formats move the vertices of a shape from one place to another; they cannot turn one shape into another. Between
two keys every in-between has the same shapes and vertices, in the paint order of either key. That is one scene, or two
where the order changes. Where drawings differ (a shake that bends straight lines, a boil), a scene is one drawing long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from doodle_core.drawing import Drawing
from doodle_core.rendering.style import PLAIN, Style
from doodle_core.units import MODEL_PIXELS

if TYPE_CHECKING:
    from doodle_core.film import Film

__all__ = ["Scene", "Shot", "scenes_of"]


@dataclass(frozen=True, eq=False)
class Shot:
    """What one frame shows.

    Parameters
    ----------
    film : Film
    position : float
        Key units.
    style : Style
        How it is painted. Vector films have no soft edges, and a line weight is for lines alone.
    drawn_ink : bool
        Whether the drawing's own colours are used, where it has any; else the style's.
    """

    film: Film
    position: float
    style: Style = PLAIN
    drawn_ink: bool = True


@dataclass(frozen=True, eq=False)
class Scene:
    """A stretch of time in which drawings have the same shapes, contours and vertices.

    Parameters
    ----------
    start, stop : int
        It is shown from frame `start` up to, not including, frame `stop`.
    times : tuple of int
        The frames whose drawings are given, rising from `start`. The last may be `stop`: where the scene is going.
    drawings : tuple of Drawing
        One a time.
    held : bool
        Whether each drawing stays until the next; else what is between two times is interpolated.
    """

    start: int
    stop: int
    times: tuple[int, ...]
    drawings: tuple[Drawing, ...]
    held: bool = False


@dataclass(frozen=True)
class _Place:
    """Where a frame is: between which two keys, and in which of their paint orders. segment -1: the drawing itself."""

    shot: Shot
    segment: int
    fraction: float
    order: int

    def drawing(self) -> Drawing:
        film = self.shot.film
        if self.segment < 0:
            drawing = film.pose(self.shot.position).drawing
        else:
            drawing = film.shared_pose(self.segment, self.fraction, self.order)
        return _painted(drawing, self.shot.style, self.shot.drawn_ink)

    def is_with(self, other: _Place) -> bool:
        """Whether both may have the same vertices."""
        mine, theirs = self.shot.film.track.keys, other.shot.film.track.keys
        same_keys = mine is theirs or all(a is b for a, b in zip(mine, theirs, strict=False))
        return same_keys and (self.segment, self.order) == (other.segment, other.order)


def scenes_of(shots: Sequence[Shot], held: bool = False) -> Iterator[Scene]:
    """The scenes of a film, one after the other without gaps, from frame 0.

    Parameters
    ----------
    shots : (N,) of Shot
        What each frame shows, N at least 1.
    held : bool
        Whether frames are drawings of their own, as on twos or with a boil; else the film flows from one to the next.

    Raises
    ------
    DoodleError
        For a model that makes pictures, and a position that is not a number.
    """
    places = [_place(shot) for shot in shots]
    cuts = [0, *(n for n in range(1, len(places)) if not places[n].is_with(places[n - 1])), len(places)]
    for first, last in pairwise(cuts):
        times, drawings = list(range(first, last)), [place.drawing() for place in places[first:last]]
        if not held and last < len(places):
            ahead = _ahead(places[last - 1], places[last])
            if ahead is not None:
                times.append(last)
                drawings.append(ahead.drawing())
        yield from _alike(times, drawings, last, held)


def _place(shot: Shot) -> _Place:
    film = shot.film
    segment, fraction = film.segment_at(shot.position)
    if not film.model.DRAWS or not film.flows(segment):
        return _Place(shot, -1, fraction, 0)  # the drawing itself; of a dense model, the error
    return _Place(shot, segment, fraction, int(fraction >= 0.5 and film.reorders(segment)))


def _ahead(now: _Place, following: _Place) -> _Place | None:
    """The frame after a scene's last, as the scene's own vertices tell it; None where they cannot."""
    if now.segment < 0 or following.segment < 0:
        return None
    count = len(now.shot.film.track.keys)
    if following.segment == now.segment:
        fraction = following.fraction
    elif following.segment == (now.segment + 1) % count:
        fraction = 1.0
    elif now.segment == (following.segment + 1) % count:
        fraction = 0.0
    else:
        return None
    return _Place(replace(now.shot, style=following.shot.style), now.segment, fraction, now.order)


def _alike(times: list[int], drawings: list[Drawing], stop: int, held: bool) -> Iterator[Scene]:
    """Scenes of drawings that are not known to have the same vertices."""
    first = 0
    for number in range(1, len(times) + 1):
        if number < len(times) and _same_vertices(drawings[first], drawings[number]):
            continue
        until = times[number] if number < len(times) else stop
        if times[first] < until:  # else only where a scene was going, which the next one tells
            yield Scene(times[first], until, tuple(times[first:number]), tuple(drawings[first:number]), held)
        first = number


def _same_vertices(one: Drawing, other: Drawing) -> bool:
    if one is other:
        return True
    return all(
        a is b or np.array_equal(a, b)
        for a, b in (
            (one.offsets, other.offsets),
            (one.shapes, other.shapes),
            (one.areas, other.areas),
            (one.cyclic, other.cyclic),
        )
    )


def _painted(drawing: Drawing, style: Style, drawn_ink: bool) -> Drawing:
    """A drawing with the colours, opacities and radii that it is painted with."""
    red, green, blue, alpha = style.colour
    changed = {}
    if style.line_weight:
        radii = np.maximum(drawing.radii + np.float32(style.line_weight / MODEL_PIXELS), np.float32(0))
        changed["radii"] = np.where(drawing.radii > 0, radii, np.float32(0))
    if alpha != 1.0:
        changed["opacities"] = drawing.opacities * np.float32(alpha)
    if drawing.colours is None or not drawn_ink:
        changed["colours"] = np.tile(np.array([red, green, blue], np.float32), (len(drawing.points), 1))
    if not changed:
        return drawing
    arrays = {name: getattr(drawing, name) for name in drawing.__dataclass_fields__}
    return Drawing.trusted(**{**arrays, **changed})
