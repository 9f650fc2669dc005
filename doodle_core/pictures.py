"""How a key that is a picture shows: in full at the key, and beside it what reading it has left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.boil import Boil, warped
from doodle_core.cache import KeyCache
from doodle_core.drawing import Drawing, Picture
from doodle_core.inbetween import effects
from doodle_core.look import Look, cut
from doodle_core.rendering import render
from doodle_core.srgb import linear
from doodle_core.track import LatentKey
from doodle_core.transform import Transform, transformed_field

__all__ = ["OwnPicture", "Shown", "shown_picture"]

Array: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True)
class Shown:
    """How pictures are shown: size in pixels a side, and what is done to them."""

    size: int
    look: Look
    drawn_ink: bool
    transform: Transform
    boil: Boil


@dataclass(frozen=True, eq=False)
class OwnPicture:
    """A picture, or what of it was not read, as colour times alpha, and alpha: (n, n, 4) float32."""

    premultiplied: Array

    def straight(self, look: Look, out: Array | None = None) -> Array:
        """The picture itself with straight alpha."""
        answer = np.empty_like(self.premultiplied) if out is None else out
        answer[...] = self.premultiplied
        _divide(answer, look)
        return answer

    def blend_into(self, picture: Array, strength: float) -> None:
        """Add a share of what was not read to a picture (n, n, 4) with straight alpha."""
        colour = picture[..., :3].copy()
        picture[..., :3] *= picture[..., 3:]
        picture += np.float32(strength) * self.premultiplied
        np.clip(picture, 0.0, 1.0, out=picture)
        alpha = picture[..., 3:]
        np.minimum(picture[..., :3], alpha, out=picture[..., :3])
        shown = alpha > 1e-6
        np.divide(picture[..., :3], alpha, out=colour, where=shown)
        picture[..., :3] = colour


def shown_picture(key: LatentKey, shown: Shown, cache: KeyCache, whole: bool) -> OwnPicture:
    """The picture of a key as it is shown (whole), or what of it the key's drawing does not show."""

    def make() -> Array:
        own = _own(key, shown)
        if whole:
            return own
        assert isinstance(key.latent, Drawing)  # of what pictures are read to
        drawing = effects.transformed(effects.boiled(key.latent, shown.boil), shown.transform)
        read = render(drawing, shown.size, shown.look, None, shown.drawn_ink)
        read[..., :3] *= read[..., 3:]
        return np.subtract(own, read, out=read)

    if shown.boil.amount > 0:  # a new one every few frames: not worth keeping
        return OwnPicture(make())
    return OwnPicture(cache.get((key, shown, whole), make))


def _own(key: LatentKey, shown: Shown) -> Array:
    picture = key.drawing
    assert isinstance(picture, Picture)  # the callers ask only for those
    field = transformed_field(picture, shown.size, shown.transform)
    if shown.boil.amount > 0:
        field = warped(field, shown.boil, shown.transform)
    alpha = cut(field, shown.look) * np.float32(shown.look.colour[3])
    answer = np.empty((shown.size, shown.size, 4), np.float32)
    answer[..., 3] = alpha
    answer[..., :3] = np.array(shown.look.colour[:3], np.float32)
    if shown.drawn_ink and picture.colours is not None:
        answer[..., :3] = _colours(picture.colours, shown)
    answer[..., :3] *= alpha[..., None]
    return answer


def _colours(colours: NDArray[np.uint8], shown: Shown) -> Array:
    """A picture's colours, linear, where the transform has brought them: (n, n, 3) float32."""
    count, size = len(colours), shown.size
    axis = (np.arange(size) + 0.5) / size - 0.5
    x, y = np.meshgrid(axis, axis)
    places = (np.stack([x.ravel(), y.ravel()], axis=1) - shown.transform.shift) @ np.linalg.inv(
        shown.transform.matrix
    ).T
    index = np.clip(((places + 0.5) * count).astype(np.int64), 0, count - 1)
    return linear(colours[index[:, 1], index[:, 0]]).reshape(size, size, 3)


def _divide(picture: Array, look: Look) -> None:
    """Colour times alpha to colour, in place; where there is no alpha, the look's colour."""
    alpha = picture[..., 3:]
    bare = picture[..., 3] <= 1e-6
    np.divide(picture[..., :3], alpha, out=picture[..., :3], where=alpha > 1e-6)
    picture[bare, :3] = look.colour[:3]
