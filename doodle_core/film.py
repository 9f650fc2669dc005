"""Film: a model and a track, asked for the drawing or the picture at any position.

Every frame stands alone: it depends on the position asked for, never on frames made before. What is kept between calls
only saves time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core import look as looks
from doodle_core import pin as pins
from doodle_core import raster
from doodle_core.boil import NONE as STILL
from doodle_core.boil import Boil
from doodle_core.cache import KeyCache
from doodle_core.drawing import Drawing, Picture
from doodle_core.errors import DoodleError
from doodle_core.inbetween import effects
from doodle_core.inbetween.carrying import carried
from doodle_core.inbetween.methods import Neighbours
from doodle_core.interpolation import segments
from doodle_core.look import PLAIN, Look
from doodle_core.nudge import NONE, Nudge
from doodle_core.pictures import Shown, shown_picture
from doodle_core.rendering import render
from doodle_core.track import LatentKey, LatentTrack

if TYPE_CHECKING:
    from doodle_core.inbetween.posing import Inbetweens
    from doodle_core.model import DoodleModel

__all__ = ["BATCH", "Film", "KeyCache", "Pose"]

Array: TypeAlias = NDArray[np.float32]

BATCH = 64  # latents decoded together: enough to fill the processor, a megabyte of fields
# A position this near to a key is that key. Blender's curves are float32, and 2.9999998 must hold key 3, not key 2.
SNAP = 1e-5


@dataclass(frozen=True, eq=False)
class Pose:
    """The drawing at a position of a track.

    Parameters
    ----------
    drawing : Drawing
    origins : (S, 2) int64
        For each of its shapes, that of the key before and of the key after that it comes from; -1 for none.
    first, second : int
        The numbers of these keys.
    key : int or None
        The number of the key that the drawing is, but for effects; None between keys.
    """

    drawing: Drawing
    origins: NDArray[np.int64]
    first: int
    second: int
    key: int | None = None


@dataclass(frozen=True, eq=False)
class Film:
    """The drawings between a track's keys.

    Parameters
    ----------
    model : DoodleModel
    track : LatentTrack
        The keys and how to go between them.
    cache : KeyCache
        What was made of keys; `dataclasses.replace(film, track=other)` keeps it (the LatentKey objects must be the same
        ones).
    nudge : Nudge
        Done to every drawing, keys included. DoodleError for one that is not NONE with a dense model.
    boil : Boil
        Shakes every drawing, keys included, before it is nudged: a drawing that is moved, turned or seen from nearer
        takes its shake with it.
    """

    model: DoodleModel
    track: LatentTrack
    cache: KeyCache = field(default_factory=KeyCache, repr=False)
    nudge: Nudge = NONE
    boil: Boil = STILL

    def __post_init__(self) -> None:
        if self.nudge != NONE and not self.model.DRAWS:
            raise DoodleError(
                f"model '{self.model.card.name}' cannot nudge; set every nudge to 0, or use a stroke model"
            )

    # Drawings

    def pose(self, position: float) -> Pose:
        """The drawing at a position in key units, shaken, boiled and nudged as the film is.

        At a key it is the key's own drawing; of a key that is a picture, what was read of it. Raises DoodleError for a
        position that is not a number, and for a dense model, which has no drawings.
        """
        if not self.model.DRAWS:
            raise DoodleError(f"model '{self.model.card.name}' makes pictures, not strokes; use a stroke model")
        track, position = self.track, self._snapped(position)
        index, s = self._segment(position)
        following = (index + 1) % len(track.keys)
        key = self.key_at(position)
        if s == 0.0 or s == 1.0 or (track.method == "hold" and track.sigma == 0.0):
            drawing, origins = self._own(index if s < 1.0 else following, s == 1.0)  # nothing has to be matched
        else:
            neighbours = self._neighbours(index) if track.method == "cubic" else None
            drawing, origins = self._between(index, following).at(s, track.method, neighbours)
        if track.sigma > 0 and 0.0 < s < 1.0:
            amounts = track.shake([index], [s], effects.SHAKE_SIZE)[0]
            drawing = effects.shaken(drawing, track.sigma * float(np.mean(track.spread)) * amounts)
        drawing = effects.transformed(effects.boiled(drawing, self.boil), self.nudge)
        return Pose(drawing, origins, index, following, key)

    def key_at(self, position: float) -> int | None:
        """The key that a position in key units lies on but for rounding; None between keys. A held track is always on
        one.

        Raises DoodleError for a position that is not a number.
        """
        if not math.isfinite(position):
            raise DoodleError(f"position {position} is not a number; give the number of a key or one between two keys")
        count = len(self.track.keys)
        place = float(np.mod(position, count)) if self.track.closed else float(np.clip(position, 0, count - 1))
        nearest = round(place)
        if abs(place - nearest) <= SNAP:
            return nearest % count
        return int(place) if self._held else None

    # Pictures

    def frame_ink(self, position: float, size: int, look: Look = PLAIN, pin: float = 1.0) -> Array:
        """Ink at a position: (size, size) float32, 0..1. With pin 1, a key's own drawing at its position, boiled."""
        return next(self.frames((position,), size, look, pin))

    def frames(self, positions: Sequence[float], size: int, look: Look = PLAIN, pin: float = 1.0) -> Iterator[Array]:
        """Ink at each position in turn, (size, size) float32 0..1, as frame_ink gives it; dense models decode in
        batches.

        Raises DoodleError for a position that is not a number, a size under 1 or over 16384, or a pin outside 0..1.
        """
        if self.model.DRAWS:
            for position in positions:
                yield np.ascontiguousarray(self.frame_rgba(position, size, look, pin)[..., 3])
            return
        for found in self._fields(positions, size, pin):
            yield looks.cut(found, look)

    def frame_rgba(
        self,
        position: float,
        size: int,
        look: Look = PLAIN,
        pin: float = 1.0,
        drawn_ink: bool = False,
        out: Array | None = None,
        deep: bool = False,
    ) -> Array:
        """The picture at a position: (size, size, 4) float32, linear, straight alpha; written into `out` where one is
        given.

        Parameters
        ----------
        drawn_ink
            Shapes have the colours that they were drawn in, and the look's only where none are known.
        deep
            For pictures of more than 8 bits a channel, see `render`; keys that are pictures have what their file has.

        Raises
        ------
        DoodleError
            As `frames`.
        """
        raster.check_size(size)
        pins.check(pin)
        if not self.model.DRAWS:
            return looks.rgba(next(self._fields((position,), size, pin)), look, out)
        pose = self.pose(position)
        key, strength = self._picture_at(position, pin)
        if key is None:
            return render(pose.drawing, size, look, out, drawn_ink, deep)
        # A key that is held may shake until the next; the picture itself does not.
        whole = strength == 1.0 and pose.key is not None
        own = shown_picture(key, Shown(size, look, drawn_ink, self.nudge, self.boil), self.cache, whole)
        if whole:
            return own.straight(look, out)
        answer = render(pose.drawing, size, look, out, drawn_ink, deep)
        own.blend_into(answer, strength)
        return answer

    def _picture_at(self, position: float, pin: float) -> tuple[LatentKey | None, float]:
        """The key of a picture that shows at a position, and how strongly, 0..1; None where none does."""
        track = self.track
        key, strength = pins.pull(
            self._snapped(position), len(track.keys), pin, closed=track.closed, held=track.method == "hold"
        )
        found = track.keys[key]
        return (found, strength) if strength > 0 and isinstance(found.drawing, Picture) else (None, 0.0)

    # Parts

    def _own(self, key: int, second: bool) -> tuple[Drawing, NDArray[np.int64]]:
        """A key's drawing, and where its shapes come from: itself, the second of two keys or the first."""
        drawing = self.track.keys[key].latent
        if not isinstance(drawing, Drawing):
            raise DoodleError(f"key {key + 1} was made by another kind of model; update the keys")
        own, none = np.arange(len(drawing)), np.full(len(drawing), -1)
        return drawing, np.stack([none, own] if second else [own, none], axis=1)

    def _between(self, index: int, following: int) -> Inbetweens:
        return self.model.inbetweens(self.track.keys[index], self.track.keys[following])

    def _neighbours(self, index: int) -> Neighbours:
        """What the cubic method asks of the keys around segment `index`."""
        track, count = self.track, len(self.track.keys)
        times, last = track.times, count if track.closed else count - 1
        period = float(times[-1]) - float(times[0])
        aligned = self._between(index, (index + 1) % count).aligned
        none = np.full((len(aligned.first), 2), np.nan)
        before, after, when = none, none, np.full(4, np.nan)
        when[1:3] = times[index], times[index + 1]
        if index > 0 or track.closed:
            before = carried(aligned, self._between((index - 1) % count, index).aligned, later=False)
            when[0] = times[index - 1] if index > 0 else times[-2] - period
        if index + 1 < last or track.closed:
            following = (index + 1) % count
            after = carried(aligned, self._between(following, (following + 1) % count).aligned, later=True)
            when[3] = times[index + 2] if index + 2 < len(times) else times[1] + period
        return Neighbours(before, after, when)

    def _fields(self, positions: Sequence[float], size: int, pin: float) -> Iterator[Array]:
        from doodle_core.dense.frames import fields

        raster.check_size(size)
        pins.check(pin)
        rest = iter(positions)
        while batch := [self._snapped(position) for position in islice(rest, BATCH)]:
            yield from fields(self, batch, size, pin)

    def key_shown(self, position: float) -> LatentKey | None:
        """The key with a drawing that fills this position when it is pinned in full."""
        if self._held and math.isfinite(position):
            position = float(np.floor(position))
        index = pins.key_at(position, len(self.track.keys), self.track.closed)
        return self.track.keys[index] if index is not None and self.track.keys[index].drawing is not None else None

    def _segment(self, position: float) -> tuple[int, float]:
        """The number of the key at or before a position, and how far it is from there to the next, 0..1."""
        segment, fraction = segments([position], len(self.track.keys), self.track.closed)
        return int(segment[0]), float(fraction[0])

    def _snapped(self, position: float) -> float:
        """The position, moved onto a key that it can only miss by rounding."""
        if not math.isfinite(position):
            return float(position)
        nearest = round(position)
        if abs(position - nearest) <= SNAP:
            return float(nearest)
        return float(np.floor(position)) if self._held else float(position)

    @property
    def _held(self) -> bool:
        """Whether a key is shown, and nothing else, until the next."""
        return self.track.method == "hold" and self.track.sigma == 0.0
