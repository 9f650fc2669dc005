"""Making in-betweens keys: what is between the keys of a film at a position, with what it becomes on either side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core import layering
from doodle_core.boil import NONE as STILL
from doodle_core.drawing import Drawing, is_empty
from doodle_core.drawing.building import ranges
from doodle_core.errors import DoodleError
from doodle_core.film import Film, Pose, of_track
from doodle_core.geometry.contour import contours_of
from doodle_core.inbetween.breakdown import Stretch, spans_beside, stretches_of
from doodle_core.layering import Segment
from doodle_core.transform import NONE

if TYPE_CHECKING:
    from doodle_core.matching.correspondence import Span

__all__ = ["Division", "divisions"]

Ints: TypeAlias = NDArray[np.int64]

_NEAR = 0.01  # of the way: what has only begun to appear, or has nearly gone, is no part of a drawing


@dataclass(frozen=True, eq=False)
class Division:
    """What is between two keys, of all layers or of some, as a key of its own.

    Parameters
    ----------
    segment : Segment
        The two keys.
    share : float
        How far on its way the drawing is, 0 to 1.
    pose : Pose
        The drawing, without shake, boil and transform.
    stretches : tuple of Stretch
        Where the contours of the in-between come from.
    shown : (len(stretches),) int64
        The number that each has among the pose's contours; -1 for one that is hardly seen, and left out.
    """

    segment: Segment
    share: float
    pose: Pose
    stretches: tuple[Stretch, ...]
    shown: Ints

    def spans(self, stored: Drawing, names: Sequence[int]) -> tuple[list[Span], list[Span]] | None:
        """What becomes what from the first key to the drawing as it was stored, and from that to the second key.

        Parameters
        ----------
        names
            The number that each contour of the pose has in the stored drawing; -1 for none.

        Returns
        -------
        None where a contour was stored with other vertices.
        """
        table = np.append(np.asarray(names, np.int64), -1)
        return spans_beside(self.stretches, contours_of(stored), table[self.shown].tolist())


def divisions(film: Film, position: float, favouring: float = 0.0) -> list[Division]:
    """What is between the keys of a film at a position; nothing of layers that stand at a key, or hold one.

    Parameters
    ----------
    position : float
        Key units.
    favouring : float
        -1 to 1: nearer to the key before, at -1 all the way, or to the key after.

    Raises
    ------
    DoodleError
        For a position that is not a number, and for a model that makes pictures.
    """
    if not film.model.DRAWS:
        raise DoodleError(f"model '{film.model.card.name}' makes pictures, not strokes; use a stroke model")
    track = film.track
    plain = replace(film, track=replace(track, sigma=0.0), transform=NONE, boil=STILL, opacities={}, lags={})
    parts = layering.parts(plain.track)
    if not parts:
        found = _division(plain, position, favouring)
        return [] if found is None else [found]
    when = layering.time_at(plain.track, *plain.segment_at(position))
    answer = []
    for part in parts:
        own = _division(replace(plain, track=part.track), float(part.track.position_of_time(when)), favouring)
        if own is not None:
            first, second = part.numbers[[own.segment.first, own.segment.second]].tolist()
            segment = Segment(first, second, own.segment.keys, part.layers)
            answer.append(replace(own, segment=segment, pose=of_track(own.pose, part)))
    return answer


def _division(film: Film, position: float, favouring: float) -> Division | None:
    track = film.track
    index, s = film.segment_at(position)
    following = (index + 1) % len(track.keys)
    keys = track.keys[index], track.keys[following]
    blank = any(isinstance(key.latent, Drawing) and is_empty(key.latent) for key in keys)
    if s in (0.0, 1.0) or track.method == "hold" or blank:
        return None
    share = s + favouring * (1.0 - s if favouring > 0 else s)
    share = min(max(share, _NEAR / 2), 1.0 - _NEAR / 2)  # a key itself is not between keys
    pose = film.pose(index + share)
    stretches = stretches_of(film.model.inbetweens(*keys), share)
    lone = 0 if share < _NEAR else 1 if share > 1.0 - _NEAR else None
    segment, every = Segment(index, following, keys, None), np.arange(len(stretches))
    if lone is None:
        return Division(segment, share, pose, stretches, every)
    kept = np.flatnonzero(pose.origins[:, lone] >= 0)
    shapes = pose.drawing.shapes
    contours = ranges(shapes[:-1][kept], shapes[1:][kept])
    shown = np.full(len(stretches), -1)
    shown[contours] = np.arange(len(contours))
    return Division(segment, share, _only(pose, kept), stretches, shown)


def _only(pose: Pose, kept: Ints) -> Pose:
    """Some of a pose's shapes."""
    rows: dict[str, Any] = {
        name: getattr(pose, name)[kept]
        for name in pose.__dataclass_fields__
        if isinstance(getattr(pose, name), np.ndarray)  # all that is said of shapes
    }
    return replace(pose, drawing=pose.drawing.select(kept), **rows)
