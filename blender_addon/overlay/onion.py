"""Onion skin: which drawings before and after are seen, and in which colours.

Counts, colours and fading are Blender's own for Grease Pencil, where the doodle is made of it. What Blender counts as a
keyframe there is a drawing here: every in-between that differs from the one beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .settings import OverlaySettings

__all__ = ["Ghost", "Skin", "ghosts", "skin_of"]

FARTHEST = 240
"""Frames that are looked at on either side for drawings that differ."""
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Skin:
    """How an onion skin looks.

    Parameters
    ----------
    before, after : int
        How many, in drawings or, `by_frames`, in frames.
    before_colour, after_colour : three floats
        As the screen has them.
    opacity : float
        Of the nearest.
    fade : bool
        Whether those farther away are fainter.
    """

    before: int
    after: int
    before_colour: Colour
    after_colour: Colour
    opacity: float = 0.5
    fade: bool = True
    by_frames: bool = False


@dataclass(frozen=True)
class Ghost:
    """A drawing of an onion skin: its frame, and its colour with alpha."""

    frame: int
    colour: tuple[float, float, float, float]


def skin_of(overlay: OverlaySettings, source: Any) -> Skin:
    """The onion skin that is set: that of the doodle's drawing, or the overlay's own where there is no drawing or it is
    not wanted."""
    if not overlay.as_drawing or source is None or source.type != "GREASEPENCIL":
        return Skin(
            overlay.before,
            overlay.after,
            _on_screen(overlay.before_colour),
            _on_screen(overlay.after_colour),
            overlay.opacity,
            by_frames=overlay.by_frames,
        )
    data = source.data
    own = data.use_ghost_custom_colors
    return Skin(
        data.ghost_before_range,
        data.ghost_after_range,
        _on_screen(data.before_color if own else _BEFORE),
        _on_screen(data.after_color if own else _AFTER),
        data.onion_factor,
        data.use_onion_fade,
        data.onion_mode == "ABSOLUTE",
    )


# What Blender has for a new drawing.
_BEFORE, _AFTER = (0.145, 0.42, 0.137), (0.125, 0.082, 0.529)


def _on_screen(colour: Iterable[float]) -> Colour:
    """A linear colour as sRGB: what is drawn over the view is not converted."""
    red, green, blue = (
        12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055 for value in map(float, colour)
    )
    return red, green, blue


def ghosts(skin: Skin, now: int, reach: tuple[int, int], shown: Callable[[int], Hashable]) -> list[Ghost]:
    """The drawings of an onion skin, the farthest first, since the nearest lie on top.

    Parameters
    ----------
    skin : Skin
    now : int
        The frame that the scene stands at.
    reach : (int, int)
        The first and last frame of the film.
    shown
        What is shown at a frame: frames with equal answers show the same drawing.
    """
    found = []
    for count, step, colour in ((skin.before, -1, skin.before_colour), (skin.after, 1, skin.after_colour)):
        frames = list(_beside(count, step, now, reach, shown, skin.by_frames))
        for number, frame in enumerate(frames):
            alpha = skin.opacity * (1 - number / len(frames) if skin.fade else 1)
            found.append((number, Ghost(frame, (*colour, alpha))))
    return [ghost for _, ghost in sorted(found, key=lambda one: -one[0])]


def _beside(
    count: int, step: int, now: int, reach: tuple[int, int], shown: Callable[[int], Hashable], by_frames: bool
) -> Iterator[int]:
    last, left, frame = shown(now), count, now
    for _ in range(FARTHEST):
        frame += step
        if left <= 0 or not reach[0] <= frame <= reach[1]:
            return
        drawing = shown(frame)
        if by_frames:
            left -= 1
        if drawing != last:
            last = drawing
            if not by_frames:
                left -= 1
            yield frame
