"""Film: a model and a track, asked for the drawing or the picture at any position.

Every frame stands alone: it depends on the position asked for, never on frames made before. What is kept between calls
only saves time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core import layering, raster
from doodle_core import pin as pins
from doodle_core.boil import NONE as STILL
from doodle_core.boil import Boil
from doodle_core.cache import KeyCache
from doodle_core.drawing import Drawing, Picture, is_empty
from doodle_core.drawing import Shown as Drawn
from doodle_core.drawing import sheet as sheets
from doodle_core.drawing.stacking import stacked
from doodle_core.errors import DoodleError
from doodle_core.inbetween import effects
from doodle_core.inbetween.methods import Neighbours
from doodle_core.interpolation import segments
from doodle_core.look import PLAIN, Look, cut, rgba
from doodle_core.pictures import OwnPicture, Shown, shown_picture
from doodle_core.rendering import LINE_WEIGHT_LIMIT, NO_STENCILS, Stencils, View, render
from doodle_core.track import LatentKey, LatentTrack
from doodle_core.transform import NONE, Transform
from doodle_core.units import MODEL_PIXELS
from doodle_core.window import WHOLE, Crop, Window, around

if TYPE_CHECKING:
    from doodle_core.inbetween.posing import Inbetweens
    from doodle_core.layering import Part
    from doodle_core.model import DoodleModel

__all__ = ["BATCH", "Film", "KeyCache", "Pose", "of_track"]

Array: TypeAlias = NDArray[np.float32]

BATCH = 64  # latents decoded together: enough to fill the processor, a megabyte of fields
# A position this near to a key is that key. Blender's curves are float32, and 2.9999998 must hold key 3, not key 2.
SNAP = 1e-5
_ASTRAY = ("spherical", "cubic")  # methods whose drawings may lie beside those of both keys


@dataclass(frozen=True, eq=False)
class Pose:
    """The drawing at a position of a track.

    Parameters
    ----------
    drawing : Drawing
    origins : (S, 2) int64
        For each of its shapes, that of the key before and of the key after that it comes from; -1 for none.
    keys : (S, 2) int64
        The numbers of these keys: where layers have keys of their own, those of the shape's layer.
    later : (S,) bool
        Whether the second of them is the nearer one.
    first, second : int
        The numbers of the track's keys before and after the position.
    key : int or None
        The number of the key that the drawing is, but for effects; None between keys.
    confidence : (S,) float32
        How sure it is what became of each of its shapes, 0 to 1; 1 for those of a key's own drawing.
    """

    drawing: Drawing
    origins: NDArray[np.int64]
    keys: NDArray[np.int64]
    later: NDArray[np.bool_]
    first: int
    second: int
    key: int | None
    confidence: NDArray[np.float32]


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
    transform : Transform
        Done to every drawing, keys included. DoodleError for one that is not NONE with a dense model.
    boil : Boil
        Shakes every drawing, keys included, before it is transformed: a drawing that is moved, turned or seen from
        nearer takes its shake with it.
    opacities : mapping of int to float
        How opaque some of the layers are, by number, 0 to 1; the others are as they were drawn.
    stencils : Stencils
        What takes ink away in pictures: holdout styles, and layers that mask others.
    lags : mapping of int to float
        The positions of layers, by number, that are not where the others are: what comes later or before.
    window : Window
        The part of the canvas that pictures show. `size` is always that of the whole canvas, in pixels a side; a
        picture has the pixels of `window.crop(size)`, and they are those of the whole picture.
    """

    model: DoodleModel
    track: LatentTrack
    cache: KeyCache = field(default_factory=KeyCache, repr=False)
    transform: Transform = NONE
    boil: Boil = STILL
    window: Window = WHOLE
    opacities: Mapping[int, float] = field(default_factory=dict)
    stencils: Stencils = NO_STENCILS
    lags: Mapping[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.transform != NONE and not self.model.DRAWS:
            raise DoodleError(
                f"model '{self.model.card.name}' cannot transform drawings; set all of the transform to 0, "
                "or use a stroke model"
            )

    # Drawings

    def pose(self, position: float) -> Pose:
        """The drawing at a position in key units, shaken, boiled and transformed as the film is.

        At a key it is the key's own drawing; of a key that is a picture, what was read of it. A layer without a drawing
        of its own there is on the way to its next one. A blank key shows nothing until the next; until it comes, the
        drawing before it stays. Raises DoodleError for a
        position that is not a number, and for a dense model, which has no drawings.
        """
        if not self.model.DRAWS:
            raise DoodleError(f"model '{self.model.card.name}' makes pictures, not strokes; use a stroke model")
        if self.lags:
            return lagging(replace(self, lags={}).pose, position, self.lags)
        track, position = self.track, self._snapped(position)
        index, s = self._segment(position)
        following = (index + 1) % len(track.keys)
        key = self.key_at(position)
        parts = layering.parts(track)
        if parts:
            return self._of_parts(parts, index, s, key)
        if s == 0.0 or s == 1.0 or (track.method == "hold" and track.sigma == 0.0) or self._ends_blank(index):
            drawing, origins = self._own(index if s < 1.0 else following, s == 1.0)  # nothing has to be matched
            sure = np.ones(len(origins), np.float32)
        else:
            neighbours = self._neighbours(index) if track.method == "cubic" else None
            between = self._between(index, following)
            drawing, origins = between.at(s, track.method, neighbours)
            sure = _sure(origins, between.confidence)
        count = len(origins)
        keys, later = np.tile((index, following), (count, 1)), np.full(count, s >= 0.5)
        return Pose(self._with_effects(drawing, index, s), origins, keys, later, index, following, key, sure)

    def _of_parts(self, parts: Sequence[Part], index: int, s: float, key: int | None) -> Pose:
        """The drawing at a fraction of a segment, where layers have keys of their own."""
        when = layering.time_at(self.track, index, s)
        drawings, origins, keys, later, sure = [], [], [], [], []
        for part in parts:
            own = replace(self, track=part.track).pose(float(part.track.position_of_time(when)))
            own = of_track(own, part)
            drawings.append(own.drawing)
            origins.append(own.origins)
            keys.append(own.keys)
            later.append(own.later)
            sure.append(own.confidence)
        drawing, order = stacked(drawings)
        following = (index + 1) % len(self.track.keys)
        return Pose(
            drawing,
            np.concatenate(origins)[order],
            np.concatenate(keys)[order],
            np.concatenate(later)[order],
            index,
            following,
            key,
            np.concatenate(sure)[order],
        )

    def _ends_blank(self, index: int) -> bool:
        """Whether a segment begins or ends with a blank key: nothing is between them."""
        return any(
            isinstance(key.latent, Drawing) and is_empty(key.latent)
            for key in (self.track.keys[index], self.track.keys[(index + 1) % len(self.track.keys)])
        )

    def flows(self, segment: int) -> bool:
        """Whether the drawings in a segment are in-betweens of its two keys, all of the same shapes and vertices but
        for shake and boil. Not where layers have keys or positions of their own, where keys are held, and beside a
        blank one."""
        held = len(self.track.keys) == 1 or self._held
        return not held and not self.lags and not layering.parts(self.track) and not self._ends_blank(segment)

    def segment_at(self, position: float) -> tuple[int, float]:
        """The number of the key at or before a position, and how far it is from there to the next, 0..1.

        1 occurs only at the last key of a track that is not closed. Raises DoodleError for a position that is not a
        number.
        """
        return self._segment(self._snapped(position))

    def reorders(self, segment: int) -> bool:
        """Whether shapes change places in paint order half-way through a segment; errors as `pose`'s."""
        return self._between(segment, (segment + 1) % len(self.track.keys)).reorders

    def shared_pose(self, segment: int, fraction: float, order: int) -> Drawing:
        """The drawing in a segment, described by the vertices that both its keys share, and painted in the order of the
        first (0) or the second (1). The picture is that of `pose`, where that has the same order.

        Without shake and boil, all drawings of a segment and order have the same shapes and vertices, one for one.
        """
        following = (segment + 1) % len(self.track.keys)
        neighbours = self._neighbours(segment) if self.track.method == "cubic" else None
        drawing = self._between(segment, following).painted(fraction, self.track.method, neighbours, order)
        return self._with_effects(drawing, segment, fraction)

    def _with_effects(self, drawing: Drawing, segment: int, fraction: float) -> Drawing:
        track = self.track
        if track.sigma > 0 and 0.0 < fraction < 1.0:
            amounts = track.shake([segment], [fraction], effects.SHAKE_SIZE)[0]
            drawing = effects.shaken(drawing, track.sigma * float(np.mean(track.spread)) * amounts)
        drawing = sheets.laid_out(drawing, self._sheet(segment, fraction))
        drawing = effects.dimmed(drawing, self.opacities)
        return effects.transformed(effects.boiled(drawing, self.boil), self.transform)

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
        """Ink at a position: (h, w) float32, 0..1. With pin 1, a key's own drawing at its position, boiled."""
        return next(self.frames((position,), size, look, pin))

    def frames(self, positions: Sequence[float], size: int, look: Look = PLAIN, pin: float = 1.0) -> Iterator[Array]:
        """Ink at each position in turn, (h, w) float32 0..1, as frame_ink gives it; dense models decode in batches.

        Raises DoodleError for a position that is not a number, a size under 1 or over 16384, or a pin outside 0..1.
        """
        if self.model.DRAWS:
            for position in positions:
                yield np.ascontiguousarray(self.frame_rgba(position, size, look, pin)[..., 3])
            return
        raster.check_size(size)
        seen = self.window.crop(size).slices
        for found in self._fields(positions, size, pin):
            yield np.ascontiguousarray(cut(found, look)[seen])

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
        """The picture at a position: (h, w, 4) float32, linear, straight alpha; written into `out` where one is given.
        Without a window, h and w are `size`.

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
        crop = self.window.crop(size)
        if not self.model.DRAWS:
            return self._dense(next(self._fields((position,), size, pin)), look, crop, out)
        view = View(crop.width, crop.height, float(size), crop.left, crop.top)
        # A layer lets through as a whole: where its shapes lie over each other, too.
        pose = (replace(self, opacities={}) if self.opacities else self).pose(position)
        stencils = replace(self.stencils, opacities=tuple(self.opacities.items()))
        key, strength = self._picture_at(position, pin)
        if key is None:
            return render(pose.drawing, view, look, out, drawn_ink, deep, stencils)
        # A key that is held may shake until the next; the picture itself does not.
        whole = strength == 1.0 and pose.key is not None
        own = shown_picture(key, Shown(size, look, drawn_ink, self.transform, self.boil), self.cache, whole)
        own = OwnPicture(own.premultiplied[crop.slices])
        if whole:
            return own.straight(look, out)
        answer = render(pose.drawing, view, look, out, drawn_ink, deep, stencils)
        own.blend_into(answer, strength)
        return answer

    def reach(self, between: Sequence[float] = (0.25, 0.5, 0.75)) -> Window:
        """Where on the canvas its keys and what lies between them leave ink, with room for the heaviest line weight.

        Parameters
        ----------
        between
            How far from each key to the next drawings are looked at, by the methods that leave the keys' own places.
        """
        track = self.track
        shown: list[Drawn] = [key.drawing for key in track.keys if key.drawing is not None]
        if self.model.DRAWS:
            shown += [key.latent for key in track.keys if isinstance(key.latent, Drawing)]
            for method in _ASTRAY:
                film = replace(self, track=replace(track, method=method))
                shown += [film.pose(number + share).drawing for number in range(int(track.end)) for share in between]
        return around(shown, LINE_WEIGHT_LIMIT / MODEL_PIXELS)

    def _dense(self, field: Array, look: Look, crop: Crop, out: Array | None) -> Array:
        """The picture of a field of the whole canvas."""
        if self.window == WHOLE:
            return rgba(field, look, out)
        seen = rgba(field, look)[crop.slices]
        if out is None:
            return np.ascontiguousarray(seen)
        out[...] = seen
        return out

    def _picture_at(self, position: float, pin: float) -> tuple[LatentKey | None, float]:
        """The key of a picture that shows at a position, and how strongly, 0..1; None where none does."""
        track = self.track
        position = self._snapped(position)
        # Before a blank key nothing moves: the picture itself stays.
        held = track.method == "hold" or self._ends_blank(self._segment(position)[0])
        key, strength = pins.pull(position, len(track.keys), pin, closed=track.closed, held=held)
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

    def _sheet(self, index: int, fraction: float) -> NDArray[np.floating] | None:
        """How the sheet of the drawings is turned at a fraction of a segment: evenly from one key's to the next's."""
        keys = self.track.keys
        first, second = (
            key.latent.sheet if isinstance(key.latent, Drawing) else None
            for key in (keys[index], keys[(index + 1) % len(keys)])
        )
        if first is None and second is None:
            return None
        held = self.track.method == "hold" or self._ends_blank(index)
        return sheets.between(first, second, float(np.floor(fraction)) if held else fraction)

    def _between(self, index: int, following: int) -> Inbetweens:
        return self.model.inbetweens(self.track.keys[index], self.track.keys[following])

    def _neighbours(self, index: int) -> Neighbours:
        """What the cubic method asks of the keys around segment `index`."""
        track, count = self.track, len(self.track.keys)
        times, last = track.times, count if track.closed else count - 1
        period = float(times[-1]) - float(times[0])
        between = self._between(index, (index + 1) % count)
        none = np.full((len(between.aligned.first), 2), np.nan)
        before, after, when = none, none, np.full(4, np.nan)
        when[1:3] = times[index], times[index + 1]
        if (index > 0 or track.closed) and not self._ends_blank((index - 1) % count):
            before = between.carried(self._between((index - 1) % count, index), later=False)
            when[0] = times[index - 1] if index > 0 else times[-2] - period
        following = (index + 1) % count
        if (index + 1 < last or track.closed) and not self._ends_blank(following):
            after = between.carried(self._between(following, (following + 1) % count), later=True)
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


def of_track(pose: Pose, part: Part) -> Pose:
    """A pose of a part's track, with the whole track's numbers of keys and shapes."""
    sides = zip(pose.origins.T, (pose.first, pose.second), strict=True)
    found = [np.append(part.shapes[number], -1)[side] for side, number in sides]  # -1 stays -1
    return replace(pose, origins=np.stack(found, axis=1), keys=part.numbers[pose.keys])


def _sure(origins: NDArray[np.int64], sides: tuple[NDArray[np.float32], NDArray[np.float32]]) -> NDArray[np.float32]:
    """How sure shapes of two keys' shapes (S, 2) are, from how sure these are: the less sure one counts."""
    found = [np.append(side, np.float32(1))[own] for own, side in zip(origins.T, sides, strict=True)]  # -1: the last
    return np.minimum(found[0], found[1])


def lagging(pose: Callable[[float], Pose], position: float, lags: Mapping[int, float]) -> Pose:
    """A pose whose layers are not all at one position: some have their own, by number."""
    whole = pose(position)
    found = [_on_layers(whole, list(lags), others=True)]
    for own in dict.fromkeys(lags.values()):
        found.append(_on_layers(pose(own), [layer for layer, there in lags.items() if there == own]))
    drawing, order = stacked([one.drawing for one in found])
    rows = {name: np.concatenate([getattr(one, name) for one in found])[order] for name in _OF_SHAPES}
    moved = any(there != position for there in lags.values())
    return replace(whole, drawing=drawing, key=None if moved else whole.key, **rows)


_OF_SHAPES = ("origins", "keys", "later", "confidence")


def _on_layers(pose: Pose, layers: Sequence[int], others: bool = False) -> Pose:
    """The shapes of a pose that are on some layers, or on all others."""
    assert pose.drawing.layers is not None  # a drawing fills them in
    shapes = np.flatnonzero(np.isin(pose.drawing.layers, layers, invert=others))
    rows = {name: getattr(pose, name)[shapes] for name in _OF_SHAPES}
    return replace(pose, drawing=pose.drawing.select(shapes), **rows)
