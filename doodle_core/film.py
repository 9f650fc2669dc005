"""Film: a model and a track, asked for the picture at any position.

Every frame stands alone: it depends on the position asked for, never on frames made before. What is kept between calls
(the keys' own fields) only saves time.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from doodle_core import boil as boils
from doodle_core import look as looks
from doodle_core import nudge as nudges
from doodle_core import pin as pins
from doodle_core import raster
from doodle_core.boil import Boil
from doodle_core.colouring import between, ink_of_latent, ink_of_pair, known, plain_colour
from doodle_core.drawing import Strokes
from doodle_core.interpolation import segments
from doodle_core.look import PLAIN, Look
from doodle_core.nudge import NONE, Nudge
from doodle_core.painting import Painted, paint, paint_strokes
from doodle_core.raster import FIELD_LIMIT
from doodle_core.strokes.paired import Paired
from doodle_core.strokes.refine import Added
from doodle_core.strokes.strokelets import NUMBERS
from doodle_core.track import LatentKey, LatentTrack

__all__ = ["BATCH", "Decoder", "Film", "KeyCache"]

Array: TypeAlias = NDArray[np.float32]
Kind = TypeVar("Kind", bound=np.floating[Any])

BATCH = 64  # latents decoded together: enough to fill the processor, a megabyte of fields
# A position this near to a key is that key. Blender's curves are float32, and 2.9999998 must hold key 3, not key 2.
SNAP = 1e-5


class Decoder(Protocol):
    """What a film needs of a model."""

    def decode(self, latents: Array) -> Array:
        """(B, D) float32 latents -> (B, 64, 64) float32 fields."""
        ...

    EXACT: bool
    """Whether it can draw a latent at any size."""

    def drawn(self, latent: Array, size: int, level: float, reach: float, added: Added | None) -> Array:
        """(D,) float32 latent -> (size, size) float32 field, see `refine`; asked only of an EXACT model."""
        ...

    def nudged(self, latents: Array, nudge: Nudge) -> Array:
        """(B, D) float32 latents -> those of the nudged drawings; asked only for a nudge that is not NONE."""
        ...

    def boiled(self, latent: Array, boil: Boil, size: int) -> Array:
        """(D,) float32 latent -> one for `drawn` at that size, of the drawing with its plane displaced; asked only of
        an EXACT model, for a boil of an amount above 0."""
        ...

    def joined(self, track: LatentTrack, index: int, s: float) -> tuple[Paired, NDArray[np.int64]]:
        """The keys of segment `index`, paired, and which of their vertices each row of the latent at fraction s of it
        joins, (R, 2); asked only of an EXACT model."""
        ...


class KeyCache:
    """Fields of keys within a budget of bytes, the least recently used dropped first; threads may share it.

    at_least: so many of the newest stay whatever their size. A frame between two keys needs each one's own field and
    the decoded one, and what is known of their colours.
    """

    def __init__(self, budget: int = 256 << 20, at_least: int = 2) -> None:
        self._budget, self._at_least = budget, at_least
        self._bytes = 0
        self._fields: OrderedDict[tuple[LatentKey, int, Hashable], NDArray[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: LatentKey, size: int, kind: Hashable, make: Callable[[], NDArray[Kind]]) -> NDArray[Kind]:
        """The kept array, or `make()`'s, which must then not be changed by anybody."""
        name = (key, size, kind)
        with self._lock:
            if name in self._fields:
                self._fields.move_to_end(name)
                return self._fields[name]
        made = make()  # outside the lock: it takes milliseconds, and made twice it is the same
        made.flags.writeable = False
        with self._lock:
            if name not in self._fields:
                self._fields[name] = made
                self._bytes += made.nbytes
            while self._bytes > self._budget and len(self._fields) > self._at_least:
                _, dropped = self._fields.popitem(last=False)
                self._bytes -= dropped.nbytes
        return made


@dataclass(frozen=True, eq=False)
class Film:
    """The drawings between a track's keys.

    model  anything with decode(latents (B, D)) -> (B, 64, 64) fields; a DoodleModel
    track  the keys and how to walk between them
    cache  the keys' fields; `dataclasses.replace(film, track=other)` keeps it, so that an animated sigma or method does
           not draw the keys anew (the LatentKey objects must be the same ones)
    nudge  done to every drawing, keys included. DoodleError for one that is not NONE where the model cannot
    boil   shakes every drawing, keys included, before it is nudged: a drawing that is moved, turned or seen from nearer
           takes its shake with it. Nothing shaken is kept in the cache
    """

    model: Decoder
    track: LatentTrack
    cache: KeyCache = field(default_factory=KeyCache, repr=False)
    nudge: Nudge = NONE
    boil: Boil = boils.NONE

    def __post_init__(self) -> None:
        self._nudged(self.track.latents[:0])  # a model that cannot should say so at every position

    def frame_field(self, position: float, size: int, pin: float = 1.0) -> Array:
        """The field at a position in key units: (size, size) float32, model pixels, perhaps read-only."""
        return next(self.fields((position,), size, pin))

    def frame_ink(self, position: float, size: int, look: Look = PLAIN, pin: float = 1.0) -> Array:
        """Ink at a position: (size, size) float32, 0..1. With pin 1, a key's own drawing at its position, boiled."""
        return next(self.frames((position,), size, look, pin))

    def frame_rgba(
        self,
        position: float,
        size: int,
        look: Look = PLAIN,
        pin: float = 1.0,
        drawn_ink: bool = False,
        out: Array | None = None,
    ) -> Array:
        """Coloured ink at a position: (size, size, 4) float32, straight alpha; written into `out` where one is given.

        drawn_ink: lines have the colours that they were drawn in, and the look's only where none are known.
        """
        if not drawn_ink:
            return looks.rgba(next(self.fields((position,), size, pin, look)), look, out)
        ink = self.frame_ink(position, size, look, pin)
        return looks.shade(ink, look, out, self._colours(position, ink, look, pin))

    def frames(self, positions: Sequence[float], size: int, look: Look = PLAIN, pin: float = 1.0) -> Iterator[Array]:
        """Ink at each position in turn, (size, size) float32 0..1, as frame_ink gives it, but decoded in batches."""
        for found in self.fields(positions, size, pin, look):
            yield looks.cut(found, look)

    def fields(
        self, positions: Sequence[float], size: int, pin: float = 1.0, look: Look | None = None
    ) -> Iterator[Array]:
        """The field at each position in turn, as frame_field; at most BATCH latents are decoded at once.

        look: what it will be cut with; may save time, as what then makes no difference need not be right.
        Raises DoodleError for a position that is not a number, a size under 1 or over 16384, or a pin outside 0..1.
        """
        raster.check_size(size)
        exact = self._exact(size)
        rest = iter(positions)
        while batch := [self._snapped(position) for position in islice(rest, BATCH)]:
            # A pinned key is its own drawing: nothing to decode.
            asked = [position for position in batch if self._shown_alone(position, pin) is None]
            latents = self.track.at(np.array(asked)) if asked else self.track.latents[:0]
            decoded = iter(latents if exact else self.model.decode(self._nudged(latents)))
            for position in batch:
                key = self._shown_alone(position, pin)
                if key is not None:
                    yield self._warped(self._own(key, size)) if self._boils else self._own(key, size)
                    continue
                found = next(decoded)
                if exact:
                    level, reach = (
                        (0.0, FIELD_LIMIT) if look is None else (-look.line_weight, looks.edge(size, look) / 2)
                    )
                    draw = self._drawn_shaken if self._boils else self._drawn
                    yield draw(found, position, size, pin, level, reach)
                    continue
                added = self._added(position, size, pin)
                found = looks.resample(found, size)
                if added is not None:
                    found = np.add(found, added, out=added)
                yield self._warped(found) if self._boils else found

    def _drawn(self, latent: Array, position: float, size: int, pin: float, level: float, reach: float) -> Array:
        """The frame of a latent that is drawn anew."""
        added = self._added(position, size, pin)
        return self.model.drawn(self._moved(latent, size), size, level, reach, added)

    def _drawn_shaken(self, latent: Array, position: float, size: int, pin: float, level: float, reach: float) -> Array:
        """The frame of a latent that is shaken and drawn anew."""
        track = self.track
        index, pull = pins.pull(position, len(track.keys), pin, closed=track.closed, held=track.method == "hold")
        key, latent = track.keys[index], self._moved(latent, size)
        if pull == 0 or key.drawing is None:
            return self.model.drawn(latent, size, level, reach, None)
        if self._goes_as_lines(key):
            # There are no lines to tell by what the latent lacks of the key: that is shaken as a field.
            added = boils.Warped(self._lost(key, size), self.boil, self.nudge, pull)
        else:
            decoded = self.model.drawn(self._moved(key.latent, size), size, 0.0, FIELD_LIMIT, None)
            added = boils.Warped(self._own(key, size), self.boil, self.nudge, pull, decoded)
        return self.model.drawn(latent, size, level, reach, added)

    def _goes_as_lines(self, key: LatentKey) -> bool:
        return self.model.EXACT and boils.goes_as_lines(key.drawing, key.latent)

    @property
    def _boils(self) -> bool:
        return self.boil.amount > 0

    def _colours(self, position: float, ink: Array, look: Look, pin: float) -> NDArray[np.floating] | None:
        """The colours that ink (n, n) at a position was drawn in: (3,), (n, n, 3), or None where none can be known."""
        unknown = np.array(look.colour[:3])
        position = self._snapped(position)
        own = self._key_drawn_at(position) if pin == 1.0 else None
        if own is not None and self._boils and self.model.EXACT and boils.is_lines(own.drawing):
            own = None  # lines have their colours wherever they go
        index, s = self._segment(position)
        ends = (self.track.keys[index], self.track.keys[(index + 1) % len(self.track.keys)])
        # A key that is held shakes towards the next one, but does not take on its colours.
        mix = 0.0 if self.track.method == "hold" and s < 1.0 else s
        shown = [own] if own is not None else [ends[int(mix)]] if mix in (0.0, 1.0) else list(ends)
        plain = [coloured for key in shown if (coloured := plain_colour(key.drawing, unknown)) is not None]
        if len(plain) == len(shown):
            return plain[0] if (plain[0] == plain[-1]).all() else (1 - mix) * plain[0] + mix * plain[1]
        if not self.model.EXACT:
            return None
        if own is not None:
            still = self._own_colours(own, len(ink), look)
            if not self._boils:
                return still
            return np.stack([self._warped(channel) for channel in np.moveaxis(still, 2, 0)], axis=2)
        return paint(self._painted(position, len(ink), unknown, mix), ink, look)

    def _painted(self, position: float, size: int, unknown: NDArray[np.floating], mix: float) -> Painted:
        """The strokelets at a position between keys, or at one, as they are drawn at that size, in their colours; mix:
        the second key's share in these."""
        index, s = self._segment(position)
        first, second = self.track.keys[index], self.track.keys[(index + 1) % len(self.track.keys)]
        latent = self.track.at([position])[0]
        colours = np.zeros((len(latent) // NUMBERS, 2, 4))
        if s in (0.0, 1.0):
            key = first if s == 0.0 else second
            ink = self.cache.get(key, 0, "ink", lambda: ink_of_latent(key.latent, key.drawing))
            colours = known(ink, unknown)
        else:
            paired, joined = self.model.joined(self.track, index, s)
            ink = self.cache.get(first, 0, ("ink", second), lambda: ink_of_pair(paired, first.drawing, second.drawing))
            colours[: len(joined)] = between(paired, ink, mix, unknown)[joined]
        if self._boils:
            owner, shares = boils.pieces(latent, self.boil, size)
            start, end = colours[owner, :1], colours[owner, 1:]
            colours = start + shares[..., None] * (end - start)
        return Painted(self._moved(latent, size).reshape(-1, NUMBERS), colours[..., :3], colours[:, 0, 3])

    def _segment(self, position: float) -> tuple[int, float]:
        """The number of the key at or before a position, and how far it is from there to the next, 0..1."""
        segment, fraction = segments([position], len(self.track.keys), self.track.closed)
        return int(segment[0]), float(fraction[0])

    def _exact(self, size: int) -> bool:
        """Whether frames of that size are drawn anew. At the model's own size and below, the decoded field will do,
        but lines that bend are more of them than a decoder takes."""
        return self.model.EXACT and (size > raster.RESOLUTION or self._boils)

    def _added(self, position: float, size: int, pin: float) -> Array | None:
        keys = self.track.keys
        return pins.added(
            position,
            lambda index: self._lost(keys[index], size) if keys[index].drawing is not None else None,
            pin,
            key_count=len(keys),
            closed=self.track.closed,
            held=self.track.method == "hold",
        )

    def _warped(self, field: Array) -> Array:
        return boils.warped(field, self.boil, self.nudge)

    def _snapped(self, position: float) -> float:
        """The position, moved onto a key that it can only miss by rounding, or that boils while it is held."""
        if not math.isfinite(position):
            return float(position)
        nearest = round(position)
        if abs(position - nearest) <= SNAP:
            return float(nearest)
        return float(np.floor(position) if self._boils and self._held else position)

    @property
    def _held(self) -> bool:
        """Whether a key is shown, and nothing else, until the next."""
        return self.track.method == "hold" and self.track.sigma == 0.0

    def _shown_alone(self, position: float, pin: float) -> LatentKey | None:
        """The key whose own field is the frame, but for a warp. What boils as lines do is drawn anew instead."""
        key = self._key_drawn_at(position) if pin == 1.0 else None
        return None if key is not None and self._boils and self._goes_as_lines(key) else key

    def _key_drawn_at(self, position: float) -> LatentKey | None:
        """The key with a drawing that fills this position when pinned in full."""
        keys = self.track.keys
        if self._held and math.isfinite(position):
            position = np.floor(position)
        index = pins.key_at(position, len(keys), self.track.closed)
        return keys[index] if index is not None and keys[index].drawing is not None else None

    def _nudged(self, latents: Array) -> Array:
        return latents if self.nudge == NONE else self.model.nudged(latents, self.nudge)

    def _moved(self, latent: Array, size: int) -> Array:
        """A latent as it is drawn: shaken, then nudged."""
        if self._boils:
            latent = self.model.boiled(latent, self.boil, size)
        return self._nudged(latent[None])[0]

    def _kind(self, kind: str) -> Hashable:
        """The name in the cache of what depends on the nudge."""
        return kind if self.nudge == NONE else (kind, self.nudge)

    def _own(self, key: LatentKey, size: int) -> Array:
        drawing = key.drawing
        assert drawing is not None  # the callers ask only for keys with a drawing

        def keep(make: Callable[[], Array]) -> Array:
            return self.cache.get(key, size, "spline", make)

        return self.cache.get(key, size, self._kind("own"), lambda: nudges.field(drawing, size, self.nudge, keep))

    def _own_colours(self, key: LatentKey, size: int, look: Look) -> Array:
        drawing = key.drawing
        assert isinstance(drawing, Strokes)  # pictures have no colours

        def painted() -> Array:
            strokes = drawing if self.nudge == NONE else nudges.moved(drawing, self.nudge)
            return paint_strokes(strokes, looks.cut(self._own(key, size), look), look, self.nudge.weight)

        return self.cache.get(key, size, ("colours", self.nudge, look.line_weight, look.softness), painted)

    def _lost(self, key: LatentKey, size: int) -> Array:
        """What the model loses of a key with a drawing: its own field, less the decoded one."""
        exact = self._exact(size)

        def small() -> Array:
            return self.model.decode(self._nudged(key.latent[None]))[0].copy()

        def lost() -> Array:
            if exact:
                decoded = self.model.drawn(self._nudged(key.latent[None])[0], size, 0.0, FIELD_LIMIT, None)
            else:
                decoded = looks.resample(self.cache.get(key, raster.RESOLUTION, self._kind("latent"), small), size)
            return np.subtract(self._own(key, size), decoded, out=decoded)

        return self.cache.get(key, size, self._kind("drawn, lost" if exact else "decoded, lost"), lost)
