"""Frames as 8-bit pictures: greys on paper, or colours on nothing.

Paper is white for dark ink and black for light ink; polarity is 'dark' or 'light'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from doodle_core import srgb
from doodle_core.drawing import Drawing, Picture, Shown

__all__ = ["any_coloured", "coloured", "grey", "greyed", "inked", "laid"]

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # Rec. 709
_STRIP = 1 << 18  # pixels


def any_coloured(drawings: Iterable[Shown | None]) -> bool:
    """Whether the colours of any of them are known."""
    return any(isinstance(drawing, Drawing | Picture) and drawing.colours is not None for drawing in drawings)


def grey(ink: NDArray[np.float32], polarity: str) -> NDArray[np.uint8]:
    """Ink (n, n), 0..1, on paper, all of one colour: (n, n)."""
    levels = np.rint(ink * np.float32(255)).astype(np.uint8)
    return levels if polarity == "light" else 255 - levels


def inked(ink: NDArray[np.float32], polarity: str) -> NDArray[np.uint8]:
    """Ink (n, n), 0..1, all of one colour, on nothing: (n, n, 4), straight RGBA."""
    pixels = np.full((*ink.shape, 4), _paper("light" if polarity == "dark" else "dark"), np.uint8)
    pixels[..., 3] = np.rint(ink * np.float32(255))
    return pixels


def coloured(rgba: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Linear straight RGBA (n, n, 4) in sRGB: (n, n, 4)."""
    pixels = np.empty(rgba.shape, np.uint8)
    for part in _strips(rgba):
        pixels[part, :, :3] = np.rint(srgb.encoded(rgba[part, :, :3]) * np.float32(255))
        pixels[part, :, 3] = np.rint(rgba[part, :, 3] * np.float32(255))
    return pixels


def laid(rgba: NDArray[np.float32], polarity: str) -> NDArray[np.uint8]:
    """Linear straight RGBA (n, n, 4) laid on paper, its luma: (n, n). Mixed in sRGB, as picture files are."""
    paper = np.float32(_paper(polarity))
    levels = np.empty(rgba.shape[:2], np.uint8)
    for part in _strips(rgba):
        luma = np.float32(255) * (srgb.encoded(rgba[part, :, :3]) @ _LUMA)
        levels[part] = np.rint(paper + rgba[part, :, 3] * (luma - paper)).clip(0, 255)
    return levels


def _strips(rgba: NDArray[np.float32]) -> Iterator[slice]:
    """A large picture's rows, a few at a time: what is made of them on the way takes several times their memory."""
    rows = max(1, _STRIP // rgba.shape[1])
    return (slice(top, top + rows) for top in range(0, len(rgba), rows))


def greyed(picture: Picture, polarity: str, laid: bool) -> Picture:
    """The picture without its colours: where it was laid on paper of that polarity, as much ink as it differs from
    there in luma; else ink as it is."""
    if picture.colours is None:
        return picture
    if not laid:
        return Picture(picture.ink)
    luma = picture.colours @ (_LUMA / 255)
    return Picture(picture.ink * np.clip(luma if polarity == "light" else 1 - luma, 0, 1))


def _paper(polarity: str) -> int:
    return 255 if polarity == "dark" else 0
