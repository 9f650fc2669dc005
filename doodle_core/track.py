"""Keys, a method and a shake: the latent at any position."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.bridge import bridge, envelope, held, whole
from doodle_core.drawing import Drawing, Shown
from doodle_core.errors import DoodleError
from doodle_core.interpolation import METHODS, interpolate, segments
from doodle_core.matching.hints import Hints

__all__ = ["SIGMA_LIMIT", "LatentKey", "LatentTrack"]

Floats: TypeAlias = NDArray[np.float64]

SIGMA_LIMIT = 1000.0  # far more than leaves a drawing of anything
_APART = "move keys that are close together apart"


@dataclass(frozen=True, eq=False)
class LatentKey:
    """One of the animator's drawings as the model sees it.

    latent   a Drawing, for a model that draws; else (D,) float32, which becomes a read-only copy
    time     when it stands, in any unit (frames, seconds)
    drawing  what was drawn, a Drawing or a Picture; None when only the latent is known
    layers   the numbers of the layers that have a drawing of their own at this key, a blank one perhaps; the others go
             on to their next. None: all of them
    hints    what the artist said of the latent's shapes; None for nothing

    Raises DoodleError for a latent of another shape or numbers that are not finite.
    """

    latent: NDArray[np.float32] | Drawing
    time: float
    drawing: Shown | None = None
    layers: frozenset[int] | None = None
    hints: Hints | None = None
    _parts: dict[frozenset[int], tuple[LatentKey, NDArray[np.int64]]] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        if not math.isfinite(self.time):
            raise DoodleError(f"the key at time {self.time} has a time that is not a number; make it again")
        object.__setattr__(self, "time", float(self.time))
        if isinstance(self.latent, Drawing):
            return
        with np.errstate(over="ignore"):  # too large for float32 becomes inf, and is refused below
            latent = np.array(self.latent, np.float32)
        if latent.ndim != 1 or not len(latent):
            raise DoodleError(f"a key's latent has shape {latent.shape}; give (D,)")
        if not np.isfinite(latent).all():
            raise DoodleError(f"the key at time {self.time} has a latent that is not a number; make it again")
        latent.flags.writeable = False
        object.__setattr__(self, "latent", latent)

    @cached_property
    def drawn_layers(self) -> frozenset[int]:
        """The numbers of the layers of its drawing; none where the latent is no drawing."""
        layers = self.latent.layers if isinstance(self.latent, Drawing) else None
        return frozenset() if layers is None else frozenset(np.unique(layers).tolist())

    def part(self, layers: frozenset[int]) -> tuple[LatentKey, NDArray[np.int64]]:
        """The key of some layers alone, the same object at every call, and the numbers of its shapes in the whole
        drawing. Not for latents that are no drawings."""
        known = self._parts.get(layers)
        if known is None:
            assert isinstance(self.latent, Drawing) and self.latent.layers is not None
            whole = self.drawn_layers <= layers
            shapes = np.flatnonzero(np.isin(self.latent.layers, list(layers)))
            hints = (
                self.hints
                if whole or self.hints is None
                else self.hints.of({s: k for k, s in enumerate(shapes.tolist())})
            )
            made = LatentKey(self.latent if whole else self.latent.select(shapes), self.time, hints=hints)
            known = self._parts.setdefault(layers, (made, shapes))  # the first one stays, if two threads come at once
        return known


@dataclass(frozen=True, eq=False)
class LatentTrack:
    """A walk through latent space.

    keys         at least one, at rising times, of one latent size
    method       one of interpolation.METHODS
    sigma        standard deviation of the shake half-way between two keys, in units of `spread`, 0..SIGMA_LIMIT
    seed         which shake: any whole number
    spread       the model's latent spread: one number > 0, or (D,) of them
    closed_time  when the first key returns, after the last key's time; None for a walk with an end
    wobble       None: the shake wanders as a Brownian bridge; the number of a held wobble: it is that one's all the
                 way, as strong at every place as the bridge is there

    Raises DoodleError, naming the key or value, for anything else.
    """

    keys: tuple[LatentKey, ...]
    method: str = "linear"
    sigma: float = 0.0
    seed: int = 0
    spread: float | NDArray[np.float32] = 1.0
    closed_time: float | None = None
    wobble: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", tuple(self.keys))
        if not self.keys:
            raise DoodleError("a track needs at least one key; add a drawing")
        for number, (before, after) in enumerate(zip(self.keys, self.keys[1:], strict=False), start=2):
            if after.time <= before.time:
                raise DoodleError(f"key {number} at time {after.time:g} is not after key {number - 1}; move it later")
            if _size(after) != _size(before):
                raise DoodleError(
                    f"key {number} has {_size(after) or 'no'} latent numbers, key {number - 1} {_size(before) or 'no'};"
                    " make them with one model"
                )
        if self.method not in METHODS:
            raise DoodleError(f"method '{self.method}' is unknown; give one of {', '.join(METHODS)}")
        if not 0 <= self.sigma <= SIGMA_LIMIT:
            raise DoodleError(f"sigma {self.sigma} is not possible; give 0 to {SIGMA_LIMIT:g}")
        object.__setattr__(self, "seed", whole("seed", self.seed))
        if self.wobble is not None:
            object.__setattr__(self, "wobble", whole("wobble", self.wobble))
        spread = np.asarray(self.spread, np.float64)
        if spread.shape not in ((), (self.latent_size or 1,)) or not (np.isfinite(spread) & (spread > 0)).all():
            raise DoodleError(f"spread must be one number above 0, or {self.latent_size} of them")
        if self.closed_time is not None and not self.keys[-1].time < self.closed_time < np.inf:
            raise DoodleError(f"the loop closes at time {self.closed_time}; give a time after the last key's")
        if self.closed_time is not None:
            object.__setattr__(self, "closed_time", float(self.closed_time))
        last = self.keys[-1].time if self.closed_time is None else self.closed_time
        if last - self.keys[0].time == np.inf:
            raise DoodleError(f"times from {self.keys[0].time:g} to {last:g} are too far apart; move the keys nearer")

    @property
    def closed(self) -> bool:
        """Whether the walk leads back from the last key to the first."""
        return self.closed_time is not None

    @property
    def latent_size(self) -> int:
        """D, the numbers in a latent; 0 where latents are drawings."""
        return _size(self.keys[0])

    @property
    def end(self) -> float:
        """The last position: K - 1, or K for a loop (which shows the first key again)."""
        return float(len(self.keys) if self.closed else len(self.keys) - 1)

    @cached_property
    def latents(self) -> NDArray[np.float32]:
        """The keys' latents, (K, D) float32."""
        return np.stack([key.latent for key in self.keys if not isinstance(key.latent, Drawing)])

    @cached_property
    def times(self) -> Floats:
        """The keys' times, (K,) float64; a loop's (K + 1,) end with the time at which the first key returns."""
        return np.array([key.time for key in self.keys] + ([] if self.closed_time is None else [self.closed_time]))

    def at(self, positions: ArrayLike) -> NDArray[np.float32]:
        """The latents at positions (M,) in key units: (M, D) float32.

        Clamped to [0, K - 1], or wrapped to [0, K) for a loop. At a whole position exactly the key's latent. A
        position's latent does not depend on what else is asked for.

        Raises DoodleError for a position that is not a number, and where a walk leads beyond all numbers.
        """
        walk = interpolate(self.latents, self.times, positions, self.method, self.closed)
        if self.sigma > 0:
            segment, fraction = segments(positions, len(self.keys), self.closed)
            walk += (self.sigma * np.asarray(self.spread)) * self.shake(segment, fraction, self.latent_size)
        with np.errstate(over="ignore"):
            latents = walk.astype(np.float32)
        if not np.isfinite(latents).all():
            raise DoodleError(f"the walk leads beyond all numbers; give less than sigma {self.sigma:g}, or {_APART}")
        return latents

    def shake(self, segment: ArrayLike, fraction: ArrayLike, dimensions: int) -> Floats:
        """The shake at fractions (M,) in 0..1 of segments (M,), before sigma and spread: (M, dimensions) float64.

        Exactly 0 at fractions 0 and 1, of standard deviation 2 sqrt(s (1 - s)) between.
        """
        if self.wobble is None:
            return bridge(self.seed, segment, fraction, dimensions)
        return np.outer(envelope(fraction), held(self.seed, self.wobble, dimensions))

    def position_of_time(self, time: ArrayLike) -> Floats:
        """The position of a time, in key units, evenly between two keys: any shape -> the same shape, float64.

        Clamped to the first and last key; a loop repeats before and after. DoodleError for a time that is not a number,
        or endless in a loop.
        """
        when = np.asarray(time, np.float64)
        if self.closed_time is not None:
            period = self.closed_time - self.keys[0].time
            with np.errstate(all="ignore"):
                when = self.keys[0].time + np.mod(when - self.keys[0].time, period)
        if np.isnan(when).any():
            raise DoodleError("a time is not a number; give one in the units of the keys' times")
        return np.asarray(np.interp(when, self.times, np.arange(len(self.times), dtype=np.float64)))


def _size(key: LatentKey) -> int:
    """The numbers in a key's latent; 0 for a drawing."""
    return 0 if isinstance(key.latent, Drawing) else len(key.latent)
